"""Exposure of a user's own employment table."""
