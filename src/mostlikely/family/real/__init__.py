"""Families of the whole line."""
