"""What was found: the argmax of a likelihood, and the proof of what it is."""
