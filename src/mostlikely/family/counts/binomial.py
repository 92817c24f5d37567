from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.calculus.counting import kl_div, poisson_peak
from mostlikely.calculus.domain import counts, counts_up_to, natural, unit
from mostlikely.calculus.incomplete import log_betainc, log_betaincc
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.counts.bernoulli import Bernoulli
from mostlikely.family.param import PROBABILITY


class Binomial(Family):
    """Successes among n tries that are alike: heads in n flips, seeds of n that sprout.

    n is known, never estimated: ``Binomial(n=10)``. Where tries of one row are more alike than
    those of different rows the counts vary more; that is what `BetaBinomial` is for.
    """

    p = Param(unit, "probability that a try succeeds", typical=(0.1, 0.9), ratios=PROBABILITY)
    n = Param(natural, "number of trials", typical=(5, 40), known=True)
    support = counts
    special_cases = (SpecialCase(Bernoulli, when={"n": 1.0}),)

    def __init__(self, *positional: Any, **bound: Any) -> None:
        super().__init__(*positional, **bound)
        if "n" in self.fixed:
            self.support = counts_up_to(self.fixed["n"])

    def log_prob(y, p, n):
        # two Poissons, of successes and of failures, given their sum (Loader 2000, eq. 3)
        return (
            (poisson_peak(y) + poisson_peak(n - y) - poisson_peak(n))
            - kl_div(y, n * p)
            - kl_div(n - y, n * (1.0 - p))
        )

    def ends(p, n):
        return 0.0, n

    def possible(y, n):
        return y <= n

    def recession(y, n):
        return np.where(y == 0.0, -1.0, np.where(y == n, 1.0, 0.0))

    def sample(rng, n_rows, p, n):
        return rng.binomial(np.asarray(n, dtype=np.int64), p, n_rows)

    def start(y, w, n):
        return {"p": min(np.average(y, weights=w) / n, 1.0)}

    def mle(data, n, p=None):
        return {"p": data.mean(lambda y: y) / n if p is None else p, "n": n}

    def log_cdf(y, p, n):
        return log_betaincc(y + 1.0, n - y, p)

    def log_sf(y, p, n):
        return log_betainc(y + 1.0, n - y, p)

    def information(p, n):
        return np.array([[n / (p * (1.0 - p))]])

    def moments(p, n):
        return n * p, n * p * (1.0 - p)
