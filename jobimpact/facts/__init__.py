"""What everybody may read: codes of occupations and places, and the registry of sources."""
