"""Columns of arrays, dataframes and files, read as numbers in blocks of rows."""
