"""Families of the positive half-line."""
