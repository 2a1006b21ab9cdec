"""Reasons for a score: nearest labelled tasks and the words that moved it."""
