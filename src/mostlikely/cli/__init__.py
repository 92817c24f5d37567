"""The command line: ``mostlikely fit gamma data.csv --y amount``.

Each verb reads its input, calls the library as a user would, and writes text, JSON, CSV or a
picture. Exit codes: 0, all is well; 1, fitted, but the verdict is not ok; 2, the input cannot be
used, and one sentence on standard error says why.

Open `commands` first; `read` and `write` are what goes in and out, `pages` opens the browser.

Nothing here may compute a statistic, and no trace of a Python error reaches the terminal.
"""

from mostlikely.cli.commands import app, main

__all__ = ["app", "main"]
