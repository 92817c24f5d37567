"""Peak memory over the data: families fitted to ten million rows, regressions to twenty columns.

Each in a process of its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tracemalloc

import numpy as np

import mostlikely as ml

ROWS = 10_000_000
#: How the twenty columns of a regression lie.
LAYOUTS = ("rows", "columns", "pandas", "formula")


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


def of_regression(layout: str, rows: int) -> dict[str, object]:
    """Megabytes of the data, the peak over them of a Poisson fit with errors, and the verdict."""
    code = f"from benchmarks.memory import regressed; regressed({layout!r}, {rows})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return dict(json.loads(done.stdout))


def regressed(layout: str, rows: int) -> None:
    """What NumPy and Python allocate from the call of fit on, at the most."""
    import pandas as pd

    rng = np.random.default_rng(0)
    x = np.asarray(rng.standard_normal((rows, 20)), order="F" if layout == "columns" else "C")
    y = rng.poisson(np.exp(0.3 + 0.1 * x[:, :5].sum(axis=1))).astype(float)
    frame = pd.DataFrame(x).add_prefix("c").assign(y=y)
    columns = frame.drop(columns="y") if layout == "pandas" else x
    terms = " + ".join(f"c{j}" for j in range(20))

    def fitted(few: slice) -> ml.Fit:
        if layout == "formula":
            return ml.fit(ml.Poisson(f"y ~ {terms}"), frame[few])
        return ml.fit(ml.Poisson(), X=columns[few], y=y[few])

    fitted(slice(20_000)).standard_errors  # noqa: B018 - imports do not count
    tracemalloc.start()
    fit = fitted(slice(None))
    fit.standard_errors  # noqa: B018 - the work is the point
    peak = tracemalloc.get_traced_memory()[1]
    data = (x.nbytes + y.nbytes) / 2**20
    print(json.dumps({"data": data, "mb": peak / 2**20, "verdict": fit.verdict.kind}))
