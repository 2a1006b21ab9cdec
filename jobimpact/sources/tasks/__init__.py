"""Task statements of every source."""
