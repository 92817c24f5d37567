"""Families of an interval."""
