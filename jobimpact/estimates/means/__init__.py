"""Tasks to occupations, occupations to sectors, places and groups, and headline numbers."""
