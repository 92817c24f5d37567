from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.kernels import log1p_square
from mostlikely.calculus.ops import arctan, log, log1p, where
from mostlikely.family.base import Family, Param
from mostlikely.family.summaries import spread, weighted_quantile


class Cauchy(Family):
    """Ratios and resonances: outliers of any size; its loss is the log of one plus the square.

    It has neither mean nor variance. With location and scale free the likelihood has one maximum
    (Copas 1975, Biometrika 62:701); with the scale known it may have several.
    """

    mu = Param(real, "median of y, its mode too", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "half the interquartile range of y", typical=(0.3, 4.0), unit=1)
    support = real
    precision_weights = {"scale": -0.5}

    def log_prob(y, mu, scale):
        return -log1p_square(y - mu, scale, 1.0) - log(scale) - np.log(np.pi)

    def sample(rng, n, mu, scale):
        return mu + scale * rng.standard_normal(n) / rng.standard_normal(n)

    def start(y, w):
        scale = spread(y, w)
        begins = weighted_quantile(y, w, [0.5, 0.1, 0.25, 0.75, 0.9])
        return [{"mu": mu, "scale": scale} for mu in begins]

    def log_cdf(y, mu, scale):
        return _log_left((y - mu) / scale)

    def log_sf(y, mu, scale):
        return _log_left((mu - y) / scale)

    def quantile(q, mu, scale):
        p = np.minimum(q, 1.0 - q)
        distance = np.where(p < 0.25, 1.0 / np.tan(np.pi * p), np.tan(np.pi * (0.5 - p)))
        return mu + scale * np.where(q < 0.5, -distance, distance)

    def information(mu, scale):
        each = np.float64(0.5) / scale**2
        return np.diag([each, each])

    def moments(mu, scale):
        return np.nan, np.nan


def _log_left(z):
    """log P(Z ≤ z) of the standard law, from the smaller tail, arctan(1/|z|) / π."""
    size = where(z < 0.0, -z, z)
    far = size > 1.0
    near_angle = 0.5 * np.pi - arctan(where(far, 0.0, size))
    tail = where(far, arctan(1.0 / where(far, size, 1.0)), near_angle) / np.pi
    return where(z < 0.0, log(tail), log1p(-tail))
