"""From a task's vector to labels, usage and intervals."""
