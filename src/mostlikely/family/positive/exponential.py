from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import nonnegative, positive
from mostlikely.calculus.ops import log
from mostlikely.family.base import Family, Param
from mostlikely.family.param import MEAN


class Exponential(Family):
    """Waiting times without memory: the hazard never changes."""

    mean = Param(positive, "mean of y", typical=(0.3, 20.0), unit=1, ratios=MEAN)
    support = nonnegative

    def log_prob(y, mean):
        return -log(mean) - y / mean

    def sample(rng, n, mean):
        return mean * rng.standard_exponential(n)

    def start(y, w):
        return {"mean": np.average(y, weights=w)}

    def statistics(y, mean):
        return (y / mean,)

    def mle(data, mean=None):
        return {"mean": data.mean(lambda y: y) if mean is None else mean}

    def log_cdf(y, mean):
        return np.log(-np.expm1(-y / mean))

    def log_sf(y, mean):
        return -y / mean

    def quantile(q, mean):
        return -mean * np.log1p(-q)

    def information(mean):
        return np.array([[mean**-2]])

    def moments(mean):
        return mean, mean**2
