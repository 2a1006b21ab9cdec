"""Published indices of exposure."""
