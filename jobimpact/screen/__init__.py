"""What the dashboard needs and a report does not."""
