"""Checks of a study from outside: published indices, replications, and whether a conclusion survives other choices."""
