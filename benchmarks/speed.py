"""Pairs of the same work, ours and a peer's, timed in turn in one process on one thread."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

import numpy as np

import mostlikely as ml

Work = Callable[[], object]


@dataclass(frozen=True)
class Pair:
    """The same work twice.

    Parameters
    ----------
    name : str
    ours, theirs : callable
    must, aim : float
        The ratio ours/theirs that must be reached, and the one that we want.
    """

    name: str
    ours: Work
    theirs: Work
    must: float
    aim: float


@dataclass(frozen=True)
class Timing:
    """Seconds of each run, in turn."""

    pair: Pair
    ours: list[float]
    theirs: list[float]

    @property
    def ratios(self) -> list[float]:
        """Ours over theirs, run by run."""
        return [a / b for a, b in zip(self.ours, self.theirs, strict=True)]

    @property
    def ratio(self) -> float:
        """The median ratio."""
        return median(self.ratios)


def measure(pair: Pair, runs: int) -> Timing:
    """One warm-up of each, then ``runs`` of each in turn."""
    _seconds(pair.ours)
    _seconds(pair.theirs)
    both = [(_seconds(pair.ours), _seconds(pair.theirs)) for _ in range(runs)]
    return Timing(pair, [a for a, _ in both], [b for _, b in both])


def _seconds(work: Work) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def pairs() -> list[Pair]:
    """The rows of the speed table, with seeded data."""
    from scipy import stats

    rng = np.random.default_rng(0)
    t = 1.0 + 2.0 * rng.standard_t(4, 100_000)
    weibull = 3.0 * rng.weibull(1.7, 1_000_000)
    gamma = rng.gamma(2.0, 3.0, 10_000_000)
    counts = rng.negative_binomial(3, 0.3, 100_000)
    bounds = [(0, 50), (0, 1)]
    return [
        Pair(
            "whole process: import, gamma fit of 1,000 with SE | scipy.stats.gamma.fit",
            lambda: _process(OURS),
            lambda: _process(SCIPY),
            must=0.6,
            aim=0.4,
        ),
        Pair(
            "Student-t, n = 1e5, with SE | scipy.stats.t.fit",
            lambda: ml.fit("student_t", t).standard_errors,
            lambda: stats.t.fit(t),
            must=1 / 30,
            aim=1 / 100,
        ),
        Pair(
            "Weibull, n = 1e6, with SE | scipy.stats.weibull_min.fit(floc=0)",
            lambda: ml.fit("weibull", weibull).standard_errors,
            lambda: stats.weibull_min.fit(weibull, floc=0),
            must=1 / 20,
            aim=1 / 60,
        ),
        Pair(
            "gamma, n = 1e7, with SE | one np.sum",
            lambda: ml.fit("gamma", gamma).standard_errors,
            gamma.sum,
            must=8,
            aim=5,
        ),
        Pair(
            "negative binomial, n = 1e5, with SE | scipy.stats.fit",
            lambda: ml.fit("negative_binomial", counts).standard_errors,
            lambda: stats.fit(stats.nbinom, counts, bounds),
            must=1 / 50,
            aim=1 / 500,
        ),
    ]


DATA = "import numpy as np; y = np.random.default_rng(0).gamma(2.0, 3.0, 1000); "
OURS = DATA + "import mostlikely as ml; ml.fit('gamma', y).standard_errors"
SCIPY = DATA + "from scipy import stats; stats.gamma.fit(y)"


def _process(code: str) -> None:
    subprocess.run([sys.executable, "-c", code], check=True)
