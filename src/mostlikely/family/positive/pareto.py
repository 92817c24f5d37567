from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import log, log1p, where
from mostlikely.calculus.special import log1mexp
from mostlikely.family.base import Family, Param


class Pareto(Family):
    """Sizes above a threshold with a power-law tail: incomes, cities, claims (type I).

    The likelihood rises with minimum up to the smallest value of the sample, which is its
    estimate; give minimum where it is known. The mean is finite for shape > 1, the variance for
    shape > 2. Given minimum, log(y/minimum) is exponential with mean 1/shape.
    """

    shape = Param(positive, "tail exponent: larger is lighter", typical=(0.8, 6.0))
    minimum = Param(positive, "smallest possible y", typical=(0.5, 10.0), unit=1)
    support = positive
    sample_extremes = {"minimum": "smallest"}
    one_sided = (1, 1.0, True)

    def ends(shape, minimum):
        return minimum, np.inf

    def log_prob(y, shape, minimum):
        possible = y >= minimum
        excess = (where(possible, y, minimum) - minimum) / minimum
        return where(possible, log(shape) - shape * log1p(excess) - log(y), -np.inf)

    def sample(rng, n, shape, minimum):
        return minimum * np.exp(rng.standard_exponential(n) / shape)

    def start(y, w):
        minimum = y.min()
        tail = np.average(np.log1p((y - minimum) / minimum), weights=w)
        return {"shape": 1.0 / tail if tail > 0.0 else 100.0, "minimum": minimum}

    def mle(data, shape=None, minimum=None):
        if minimum is None:
            return None
        if shape is None:
            shape = np.reciprocal(data.mean(lambda y: np.log1p((y - minimum) / minimum)))
        return {"shape": shape, "minimum": minimum}

    def log_cdf(y, shape, minimum):
        return log1mexp(shape * log1p((y - minimum) / minimum))

    def log_sf(y, shape, minimum):
        return -shape * log1p((y - minimum) / minimum)

    def quantile(q, shape, minimum):
        return minimum * np.exp(-np.log1p(-q) / shape)

    def moments(shape, minimum):
        with np.errstate(divide="ignore"):
            unit = np.divide(minimum, np.maximum(shape - 1.0, 0.0))
            return shape * unit, unit * unit * np.divide(shape, np.maximum(shape - 2.0, 0.0))
