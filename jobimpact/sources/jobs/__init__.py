"""Employment, wages and who works where."""
