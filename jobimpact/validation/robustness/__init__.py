"""Whether a conclusion survives other choices."""
