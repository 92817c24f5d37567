"""Peak memory over the data: each family in a process of its own, fitted to ten million rows."""

from __future__ import annotations

import json
import resource
import subprocess
import sys

import numpy as np

import mostlikely as ml

ROWS = 10_000_000


def draw(family: type[ml.Family], rows: int) -> np.ndarray:
    """A sample at the middle of the typical ranges, in place of which nothing else is kept."""
    fixed = {"n": 10.0} if "n" in family.parameters else {}
    model = family(**fixed)
    middle = {k: 0.5 * sum(family.parameters[k].typical) for k in model.free}
    out = np.empty(rows)
    for start in range(0, rows, 100_000):
        stop = min(start + 100_000, rows)
        out[start:stop] = model.at(**middle).sample(stop - start, seed=start)
    return out


def peak_over_data(name: str, rows: int = ROWS) -> dict[str, object]:
    """Megabytes by which fitting ``rows`` rows raises the peak, and the verdict."""
    code = f"from benchmarks.memory import child; child({name!r}, {rows})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def child(name: str, rows: int) -> None:
    """Fit a small sample first, so that imports do not count; then measure the large one."""
    family = ml.family(name)
    model = family(n=10.0) if "n" in family.parameters else family()
    ml.fit(model, draw(family, 5_000)).standard_errors  # noqa: B018 - the work is the point
    y = draw(family, rows)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    fit = ml.fit(model, y)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"mb": (after - before) / 1024, "verdict": fit.verdict.kind}))
