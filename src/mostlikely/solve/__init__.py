"""Solvers: they see an objective θ → (value, score, information), never a family or a table."""
