"""One format-neutral document per type of report."""
