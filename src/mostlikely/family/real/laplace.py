from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import absolute, exp, log, log1p, where
from mostlikely.family.base import Family, Param
from mostlikely.family.summaries import spread, weighted_quantile


class Laplace(Family):
    """Errors with a sharp peak and exponential tails; its loss is the absolute error.

    The estimate of mu is the median: for an even number of values any point between the middle
    two is one, and the one halfway is given.
    """

    mu = Param(real, "median of y, its mean too", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "mean distance of y from mu", typical=(0.3, 4.0), unit=1)
    support = real
    kinks = ("mu",)
    nonsmooth = ("mu",)
    precision_weights = {"scale": -0.5}

    def log_prob(y, mu, scale):
        return -absolute((y - mu) / scale) - log(scale) - np.log(2.0)

    def sample(rng, n, mu, scale):
        return mu + scale * (rng.standard_exponential(n) - rng.standard_exponential(n))

    def start(y, w):
        return {"mu": weighted_quantile(y, w, 0.5), "scale": spread(y, w)}

    def mle(data, mu=None, scale=None):
        mu = data.median() if mu is None else mu
        scale = data.mean(lambda y: np.abs(y - mu)) if scale is None else scale
        return {"mu": mu, "scale": scale}

    def check_loss(mu, scale):
        return 2.0 / scale, 0.5

    def log_cdf(y, mu, scale):
        return _log_left((y - mu) / scale)

    def log_sf(y, mu, scale):
        return _log_left((mu - y) / scale)

    def quantile(q, mu, scale):
        return mu + scale * np.where(q < 0.5, np.log(2.0 * q), -np.log(2.0 * (1.0 - q)))

    def information(mu, scale):
        each = np.float64(1.0) / scale**2
        return np.diag([each, each])

    def moments(mu, scale):
        return mu, 2.0 * scale**2


def _log_left(z):
    """log P(Z ≤ z) of the standard law."""
    return where(z < 0.0, z - np.log(2.0), log1p(-0.5 * exp(-where(z < 0.0, 0.0, z))))
