"""Texts whose score is to be doubted: what is no task statement in a known language."""
