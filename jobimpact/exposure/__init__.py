"""From task text to exposure: encoder, heads per rater, training and scoring."""
