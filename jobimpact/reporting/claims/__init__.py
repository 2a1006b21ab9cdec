"""Figures bound to table cells."""
