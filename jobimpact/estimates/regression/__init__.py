"""Regressions on an exposure that is measured with error."""
