from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import counts, unit
from mostlikely.calculus.ops import log, log1p, xlog1py
from mostlikely.calculus.special import log1mexp
from mostlikely.family.base import Family, Param
from mostlikely.family.param import PROBABILITY


class Geometric(Family):
    """Failures before the first success: waiting, in whole tries, without memory."""

    p = Param(unit, "probability that a try succeeds", typical=(0.05, 0.8), ratios=PROBABILITY)
    support = counts

    def log_prob(y, p):
        return log(p) + xlog1py(y, -p)

    def recession(y):
        return np.where(y == 0.0, 1.0, 0.0)

    def sample(rng, n, p):
        return rng.geometric(p, n) - 1.0

    def start(y, w):
        return {"p": 1.0 / (1.0 + np.average(y, weights=w))}

    def statistics(y, p):
        return (y * p,)

    def mle(data, p=None):
        return {"p": 1.0 / (1.0 + data.mean(lambda y: y)) if p is None else p}

    def log_cdf(y, p):
        return log1mexp(-(y + 1.0) * log1p(-p))

    def log_sf(y, p):
        return (y + 1.0) * log1p(-p)

    def information(p):
        return np.array([[1.0 / (p * p * (1.0 - p))]])

    def moments(p):
        mean = (1.0 - p) / p
        return mean, mean / p
