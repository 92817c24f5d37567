from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import real
from mostlikely.calculus.ops import log, where
from mostlikely.family.base import Family, Param
from mostlikely.family.summaries import spread


class Uniform(Family):
    """All values between two ends alike: rounding errors, phases, random numbers.

    The likelihood rises as the ends close in on the sample, whose smallest and largest values are
    the estimates; they lie inside the true ends.
    """

    low = Param(real, "smallest possible y", typical=(-3.0, 0.0), unit=1)
    high = Param(real, "largest possible y", typical=(0.5, 4.0), unit=1)
    support = real
    sample_extremes = {"low": "smallest", "high": "largest"}

    def ends(low, high):
        return low, high

    def log_prob(y, low, high):
        return where((y >= low) & (y <= high), -log(high - low), -np.inf)

    def sample(rng, n, low, high):
        return rng.uniform(low, high, n)

    def start(y, w):
        low, high = y.min(), y.max()
        apart = 0.0 if low < high else spread(y, w)
        return {"low": low - apart, "high": high + apart}

    def log_cdf(y, low, high):
        return log((y - low) / (high - low))

    def log_sf(y, low, high):
        return log((high - y) / (high - low))

    def quantile(q, low, high):
        return np.where(q < 0.5, low + q * (high - low), high - (1.0 - q) * (high - low))

    def moments(low, high):
        return low + 0.5 * (high - low), (high - low) * ((high - low) / 12.0)
