"""``python -m benchmarks.coverage [simulations]``: how many new observations intervals hold.

The probability, under the true law, of 95 % prediction intervals for three new rows, averaged
over simulated data sets, beside that of the fitted distribution's own quantiles ("plug-in").
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import stats

import mostlikely as ml

#: x of the new rows.
NEW = np.array([-1.0, 0.0, 1.5])


def gamma(mean: Any) -> Any:
    return stats.gamma(2.0, scale=mean / 2.0)


def negative_binomial(mean: Any) -> Any:
    return stats.nbinom(3.0, 3.0 / (3.0 + mean))


#: The model, and the true law of a row at x.
CASES: dict[str, tuple[ml.Family, Callable[[Any], Any]]] = {
    "normal": (ml.Normal("y ~ x"), lambda x: stats.norm(1.0 + 2.0 * x, 1.5)),
    "gamma": (ml.Gamma("y ~ x"), lambda x: gamma(np.exp(1.0 + 0.5 * x))),
    "poisson": (ml.Poisson("y ~ x"), lambda x: stats.poisson(np.exp(1.0 + 0.5 * x))),
    "negative binomial": (
        ml.NegativeBinomial("y ~ x"),
        lambda x: negative_binomial(np.exp(1.0 + 0.5 * x)),
    ),
}


def held(model: ml.Family, law: Callable[[Any], Any], rows: int, seed: int) -> tuple[float, ...]:
    """What the intervals of one data set hold: calibrated, plug-in; and the seconds they took."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=rows)
    fit = ml.fit(model, {"x": x, "y": law(x).rvs(random_state=rng)})
    found = fit.predict({"x": NEW})
    began = time.perf_counter()
    ends = found.prediction_interval()
    took = time.perf_counter() - began
    plain = [np.asarray(fit.predict({"x": NEW}, "quantile", q=q)) for q in (0.025, 0.975)]
    true, whole = law(NEW), fit.model.support.discrete
    ours, theirs = (np.mean(true.cdf(high) - true.cdf(low - whole)) for low, high in (ends, plain))
    return float(ours), float(theirs), took


def main() -> None:
    """Print the table."""
    simulations = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    for name, (model, law) in CASES.items():
        for rows in (8, 20, 100):
            found = []
            for seed in range(simulations):
                try:
                    found.append(held(model, law, rows, seed))
                except ml.MostLikelyError:  # separated, or all zero: there is nothing to predict
                    continue
            ours, plain, took = np.array(found).T
            error = ours.std() / len(ours) ** 0.5
            print(
                f"{name:18} n = {rows:3}: {ours.mean():.4f} ± {error:.4f}, plug-in "
                f"{plain.mean():.4f}, {1e3 * np.median(took):.0f} ms, {len(ours)} data sets"
            )


if __name__ == "__main__":
    main()
