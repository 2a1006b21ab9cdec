"""The rubric put as a question to a causal language model, and its answers as probabilities."""
