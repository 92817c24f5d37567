"""``python -m mostlikely``: the command line."""

import sys

from mostlikely.cli import main

if __name__ == "__main__":
    sys.exit(main())
