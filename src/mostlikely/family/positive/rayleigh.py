from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import log1mexp
from mostlikely.family.base import Family, Param
from mostlikely.family.param import TIME


class Rayleigh(Family):
    """The length of a vector with two normal components: wind and wave heights, radial misses."""

    scale = Param(
        positive, "standard deviation of each component", typical=(0.3, 20.0), unit=1, ratios=TIME
    )
    support = positive

    def log_prob(y, scale):
        z = y / scale
        return log(y) - 2.0 * log(scale) - 0.5 * z * z

    def sample(rng, n, scale):
        return scale * np.hypot(rng.standard_normal(n), rng.standard_normal(n))

    def start(y, w):
        unit = y.max()
        return {"scale": unit * np.sqrt(0.5 * np.average((y / unit) ** 2, weights=w))}

    def statistics(y, scale):
        z = y / scale
        return z * z, np.log(z)

    def mle(data, scale=None):
        return {"scale": np.sqrt(0.5 * data.mean(lambda y: y * y)) if scale is None else scale}

    def log_cdf(y, scale):
        z = y / scale
        return log1mexp(0.5 * z * z)

    def log_sf(y, scale):
        z = y / scale
        return -0.5 * z * z

    def quantile(q, scale):
        return scale * np.sqrt(-2.0 * np.log1p(-q))

    def information(scale):
        return np.array([[4.0 / scale / scale]])

    def moments(scale):
        return scale * np.sqrt(0.5 * np.pi), (2.0 - 0.5 * np.pi) * scale * scale
