"""A study beside published indices."""
