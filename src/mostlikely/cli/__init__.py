"""The command line: ``mostlikely fit gamma data.csv --y amount``."""

from mostlikely.cli.commands import app, main

__all__ = ["app", "main"]
