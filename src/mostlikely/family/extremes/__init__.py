"""Families of maxima and exceedances."""
