"""One sample, ours and a peer's: full fits with standard errors."""

from __future__ import annotations

from benchmarks.pair import Pair

DATA = {
    "t": "rng = np.random.default_rng(0); y = 1.0 + 2.0 * rng.standard_t(4, 100_000)",
    "weibull": "y = 3.0 * np.random.default_rng(0).weibull(1.7, 1_000_000)",
    "gamma": "y = np.random.default_rng(0).gamma(2.0, 3.0, 10_000_000)",
    "counts": "y = np.random.default_rng(0).negative_binomial(3, 0.3, 100_000)",
    "small": "y = np.random.default_rng(0).gamma(2.0, 3.0, 1_000)",
}
OURS = "import mostlikely as ml"
SCIPY = "from scipy import stats"

PAIRS = [
    Pair(
        "whole process: import, gamma fit of 1,000 with SE | scipy.stats.gamma.fit",
        DATA["small"],
        (OURS, "ml.fit('gamma', y).standard_errors"),
        (SCIPY, "stats.gamma.fit(y)"),
        must=0.6,
        aim=0.4,
        whole=True,
    ),
    Pair(
        "Student-t, n = 1e5, with SE | scipy.stats.t.fit",
        DATA["t"],
        (OURS, "ml.fit('student_t', y).standard_errors"),
        (SCIPY, "stats.t.fit(y)"),
        must=1 / 30,
        aim=1 / 100,
    ),
    Pair(
        "Weibull, n = 1e6, with SE | scipy.stats.weibull_min.fit(floc=0)",
        DATA["weibull"],
        (OURS, "ml.fit('weibull', y).standard_errors"),
        (SCIPY, "stats.weibull_min.fit(y, floc=0)"),
        must=1 / 20,
        aim=1 / 60,
    ),
    Pair(
        "gamma, n = 1e7, with SE | one np.sum",
        DATA["gamma"],
        (OURS, "ml.fit('gamma', y).standard_errors"),
        ("pass", "np.sum(y)"),
        must=8,
        aim=5,
    ),
    Pair(
        "negative binomial, n = 1e5, with SE | scipy.stats.fit",
        DATA["counts"],
        (OURS, "ml.fit('negative_binomial', y).standard_errors"),
        (SCIPY, "stats.fit(stats.nbinom, y, [(0, 50), (0, 1)])"),
        must=1 / 50,
        aim=1 / 500,
    ),
]
