"""Families of angles."""
