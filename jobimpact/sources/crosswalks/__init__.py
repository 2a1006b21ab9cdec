"""Crosswalks between classifications as published."""
