"""From scored tasks to occupations, sectors, places and groups."""
