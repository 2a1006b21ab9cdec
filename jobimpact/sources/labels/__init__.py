"""Labels of tasks by people and models, and how AI is used for them."""
