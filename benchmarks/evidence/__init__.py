"""Evidence that takes minutes: networks and boosting on real data."""
