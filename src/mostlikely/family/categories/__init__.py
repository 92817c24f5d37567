"""Families of levels without order."""
