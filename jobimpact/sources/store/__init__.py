"""Publishers' files fetched, kept and found."""
