from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import Domain, unit
from mostlikely.calculus.ops import xlog1py, xlogy
from mostlikely.family.base import Family, Param
from mostlikely.family.param import PROBABILITY


class Bernoulli(Family):
    """One yes or no: a coin flip; its loss is binary cross-entropy."""

    p = Param(unit, "probability that y is 1", typical=(0.1, 0.9), ratios=PROBABILITY)
    support = Domain("0 or 1", 0.0, 1.0, (True, True), discrete=True, link="logit")

    def log_prob(y, p):
        return xlogy(y, p) + xlog1py(1.0 - y, -p)

    def recession(y):
        return 2.0 * y - 1.0

    def sample(rng, n, p):
        return (rng.random(n) < p).astype(float)

    def start(y, w):
        return {"p": np.average(y, weights=w)}

    def mle(data, p=None):
        return {"p": data.mean(lambda y: y) if p is None else p}

    def log_cdf(y, p):
        return np.where(y >= 1, 0.0, np.log1p(-p))

    def log_sf(y, p):
        return np.where(y >= 1, -np.inf, np.log(p))

    def quantile(q, p):
        return np.where(q <= 1.0 - p, 0.0, 1.0)

    def information(p):
        return np.array([[1.0 / (p * (1.0 - p))]])

    def moments(p):
        return p, p * (1.0 - p)
