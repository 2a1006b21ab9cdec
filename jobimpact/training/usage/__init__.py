"""What the usage head learns from, and its training."""
