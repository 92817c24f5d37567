"""How probable the data are: models with their rows, as functions of their parameters."""
