"""Derivatives, the vocabulary of formulas, domains and links: NumPy and `scipy.special` alone."""
