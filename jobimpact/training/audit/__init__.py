"""Whether a trained model is even-handed, and how noisy labels are."""
