"""A document written in every format."""
