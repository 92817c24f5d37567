"""Formulas: read, turned into columns, and kept so that new rows give the same columns."""
