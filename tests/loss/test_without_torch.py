"""PyTorch is an extra: the library does without, and says how to get it."""

from __future__ import annotations

import subprocess
import sys


def test_missing_torch_is_said_with_the_line_that_installs_it() -> None:
    code = (
        "import sys; sys.modules['torch'] = None; import mostlikely as ml\n"
        "for word in (lambda: ml.loss(ml.Normal()), lambda: ml.head(ml.Normal(), 3)):\n"
        "    try: word()\n"
        "    except ml.MissingPackage as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.count('pip install "mostlikely[torch]"') == 2
