"""What looking for separation costs: a factor of 3,000 levels and two numbers, 20,000 rows.

Run as ``python -m benchmarks.separation [levels]``: the fit as it is beside the same fit without
the check, on counts of which no level is separated and on counts with three empty levels.
"""

from __future__ import annotations

import sys
import time
from typing import Any
from unittest import mock

import numpy as np

import mostlikely as ml
from mostlikely.verdict.separation import Separated


def counts(levels: int, empty: int, rows: int = 20_000, seed: int = 0) -> dict[str, Any]:
    """Counts of which every level but the empty ones has some that are not zero."""
    r = np.random.default_rng(seed)
    g = np.arange(rows) % levels
    x, z = r.normal(size=(2, rows))
    y = r.poisson(np.exp(0.5 + r.normal(0.0, 0.5, levels)[g] + 0.3 * x - 0.2 * z))
    y[:levels] = np.maximum(y[:levels], 1)
    y[g < empty] = 0
    return {"g": g, "x": x, "z": z, "y": y}


def seconds(data: dict[str, Any]) -> tuple[float, Any]:
    """Of the processor, for one fit, and the fit."""
    start = time.process_time()
    fit = ml.fit(ml.Poisson("y ~ x + z + C(g)"), data)
    return time.process_time() - start, fit


def main(levels: int = 3_000) -> None:
    """Print a row for each table."""
    seconds(counts(100, 3, 6_000))  # what is loaded is no part of it
    print("| levels | empty | with the check | without | ratio | verdict |")
    print("|---|---|---|---|---|---|")
    for empty in (0, 3):
        data = counts(levels, empty)
        looked, fit = seconds(data)
        with mock.patch.object(Separated, "suspects", return_value=False):
            without, _ = seconds(data)
        row = (levels, empty, f"{looked:.1f} s", f"{without:.1f} s", f"{looked / without:.2f}")
        print("|", " | ".join(map(str, (*row, fit.verdict.kind))), "|", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
