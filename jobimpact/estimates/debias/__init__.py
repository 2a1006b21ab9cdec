"""Estimates that are valid for a person's labels of a few tasks."""
