"""Exposure to capabilities that nobody has labelled, by resemblance."""
