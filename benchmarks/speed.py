"""Pairs of the same work, ours and a peer's, in turn, each in a process of its own, on one thread.

Each side has its own interpreter, which makes the data, does the work once to warm up, and then
times it whenever it is asked: what one side imports cannot help or hinder the other.
"""

from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import dataclass
from statistics import median

DATA = {
    "t": "rng = np.random.default_rng(0); y = 1.0 + 2.0 * rng.standard_t(4, 100_000)",
    "weibull": "y = 3.0 * np.random.default_rng(0).weibull(1.7, 1_000_000)",
    "gamma": "y = np.random.default_rng(0).gamma(2.0, 3.0, 10_000_000)",
    "counts": "y = np.random.default_rng(0).negative_binomial(3, 0.3, 100_000)",
    "small": "y = np.random.default_rng(0).gamma(2.0, 3.0, 1_000)",
}


@dataclass(frozen=True)
class Pair:
    """The same work twice.

    Parameters
    ----------
    name : str
    data : str
        A key of `DATA`.
    ours, theirs : (str, str)
        An import, and the statement to be timed.
    must, aim : float
        The ratio ours/theirs that must be reached, and the one that we want.
    whole : bool
        Whether the whole process is timed, from its start to its end.
    """

    name: str
    data: str
    ours: tuple[str, str]
    theirs: tuple[str, str]
    must: float
    aim: float
    whole: bool = False


@dataclass(frozen=True)
class Timing:
    """Seconds of each run, in turn."""

    pair: Pair
    ours: list[float]
    theirs: list[float]

    @property
    def ratio(self) -> float:
        """The median of ours over theirs, run by run."""
        return median(a / b for a, b in zip(self.ours, self.theirs, strict=True))


def measure(pair: Pair, runs: int) -> Timing:
    """``runs`` of each in turn, after one warm-up."""
    if pair.whole:
        sides = [_Process(pair.data, *side) for side in (pair.ours, pair.theirs)]
    else:
        sides = [_Worker(pair.data, *side) for side in (pair.ours, pair.theirs)]
    both = [[side.seconds() for side in sides] for _ in range(runs + 1)][1:]
    for side in sides:
        side.close()
    return Timing(pair, [a for a, _ in both], [b for _, b in both])


def _made(data: str) -> str:
    """The lines that make the data: named here, or in the rooms of regressions and losses."""
    from benchmarks import losses, regression

    return {**DATA, **regression.DATA, **losses.DATA}[data]


class _Process:
    """A whole process per run."""

    def __init__(self, data: str, imports: str, work: str) -> None:
        self.code = f"import numpy as np; {_made(data)}; {imports}; {work}"

    def seconds(self) -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", self.code], check=True)
        return time.perf_counter() - begin

    def close(self) -> None:
        pass


class _Worker:
    """A process that times its work each time it gets a line."""

    def __init__(self, data: str, imports: str, work: str) -> None:
        code = (
            f"import sys, time, warnings, numpy as np\n{imports}\n{_made(data)}\n"
            "warnings.simplefilter('ignore')\n"
            "for line in sys.stdin:\n"
            "    begin = time.perf_counter()\n"
            f"    {work}\n"
            "    print(time.perf_counter() - begin, flush=True)\n"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def seconds(self) -> float:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.communicate()


OURS = "import mostlikely as ml"
SCIPY = "from scipy import stats"

PAIRS = [
    Pair(
        "whole process: import, gamma fit of 1,000 with SE | scipy.stats.gamma.fit",
        "small",
        (OURS, "ml.fit('gamma', y).standard_errors"),
        (SCIPY, "stats.gamma.fit(y)"),
        must=0.6,
        aim=0.4,
        whole=True,
    ),
    Pair(
        "Student-t, n = 1e5, with SE | scipy.stats.t.fit",
        "t",
        (OURS, "ml.fit('student_t', y).standard_errors"),
        (SCIPY, "stats.t.fit(y)"),
        must=1 / 30,
        aim=1 / 100,
    ),
    Pair(
        "Weibull, n = 1e6, with SE | scipy.stats.weibull_min.fit(floc=0)",
        "weibull",
        (OURS, "ml.fit('weibull', y).standard_errors"),
        (SCIPY, "stats.weibull_min.fit(y, floc=0)"),
        must=1 / 20,
        aim=1 / 60,
    ),
    Pair(
        "gamma, n = 1e7, with SE | one np.sum",
        "gamma",
        (OURS, "ml.fit('gamma', y).standard_errors"),
        ("pass", "np.sum(y)"),
        must=8,
        aim=5,
    ),
    Pair(
        "negative binomial, n = 1e5, with SE | scipy.stats.fit",
        "counts",
        (OURS, "ml.fit('negative_binomial', y).standard_errors"),
        (SCIPY, "stats.fit(stats.nbinom, y, [(0, 50), (0, 1)])"),
        must=1 / 50,
        aim=1 / 500,
    ),
]
