from __future__ import annotations

import numpy as np
from scipy.special import erfinv

from mostlikely.calculus.domain import nonnegative, positive
from mostlikely.calculus.ops import erf, log, log1p, log_ndtr, ndtr, where
from mostlikely.family.base import Family, Param
from mostlikely.family.param import TIME


class HalfNormal(Family):
    """The size of a normal error whose sign is not recorded: distances from a target."""

    scale = Param(positive, "root mean square of y", typical=(0.3, 20.0), unit=1, ratios=TIME)
    support = nonnegative

    def log_prob(y, scale):
        z = y / scale
        return 0.5 * np.log(2.0 / np.pi) - log(scale) - 0.5 * z * z

    def sample(rng, n, scale):
        return scale * np.abs(rng.standard_normal(n))

    def start(y, w):
        unit = y.max() or 1.0
        return {"scale": unit * np.sqrt(np.average((y / unit) ** 2, weights=w))}

    def statistics(y, scale):
        z = y / scale
        return (z * z,)

    def mle(data, scale=None):
        return {"scale": np.sqrt(data.mean(lambda y: y * y)) if scale is None else scale}

    def log_cdf(y, scale):
        z = y / scale
        return where(z < 1.0, log(erf(z / np.sqrt(2.0))), log1p(-2.0 * ndtr(-z)))

    def log_sf(y, scale):
        return np.log(2.0) + log_ndtr(-(y / scale))

    def quantile(q, scale):
        return scale * np.sqrt(2.0) * erfinv(q)

    def information(scale):
        return np.array([[2.0 / scale / scale]])

    def moments(scale):
        return scale * np.sqrt(2.0 / np.pi), (1.0 - 2.0 / np.pi) * scale * scale
