from __future__ import annotations

import numpy as np
from scipy.special import erfcx, ndtri

from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import log, log_ndtr, sqrt
from mostlikely.family.base import Family, Param
from mostlikely.family.param import TIME


class BirnbaumSaunders(Family):
    """Cycles until a crack, growing by random steps, breaks the part: metal fatigue.

    (√(y/scale) - √(scale/y))/shape is a standard normal variable, so scale is the median of y.
    """

    scale = Param(positive, "median of y", typical=(0.5, 20.0), unit=1, ratios=TIME)
    shape = Param(positive, "spread on the log scale: smaller is tighter", typical=(0.2, 2.0))
    support = positive

    def log_prob(y, scale, shape):
        z = _normal(y, scale, shape)
        log_slope = log((y + scale) / (2.0 * sqrt(y) * sqrt(scale))) - log(shape) - log(y)
        return log_slope - 0.5 * z * z - 0.5 * np.log(2.0 * np.pi)

    def sample(rng, n, scale, shape):
        half = 0.5 * shape * rng.standard_normal(n)
        return scale * (half + np.sqrt(half**2 + 1.0)) ** 2

    def start(y, w):
        """Modified moments (Ng, Kundu and Balakrishnan, *CSDA* 43, 2003, 283-298)."""
        mean, inverse = np.average(y, weights=w), np.average(1.0 / y, weights=w)
        scale = np.sqrt(mean / inverse)
        z = _normal(y, scale, 1.0)
        shape = np.sqrt(np.average(z * z, weights=w)) if np.ptp(y) > 0.0 else 0.01
        return {"scale": scale, "shape": shape}

    def mle(data, scale=None, shape=None):
        if scale is None:
            return None
        if shape is None:
            shape = np.sqrt(data.mean(lambda y: _normal(y, scale, 1.0) ** 2))
        return {"scale": scale, "shape": shape}

    def log_cdf(y, scale, shape):
        return log_ndtr(_normal(y, scale, shape))

    def log_sf(y, scale, shape):
        return log_ndtr(-_normal(y, scale, shape))

    def quantile(q, scale, shape):
        return scale * np.exp(2.0 * np.arcsinh(0.5 * shape * ndtri(q)))

    def information(scale, shape):
        """Lemonte, Cribari-Neto and Vasconcellos, *CSDA* 51 (2007) 4656-4681."""
        h = shape * np.sqrt(0.5 * np.pi) - 0.5 * np.pi * erfcx(np.sqrt(2.0) / shape)
        about_scale = (1.0 + shape * h / np.sqrt(2.0 * np.pi)) / (shape * scale) / (shape * scale)
        return np.diag([about_scale, 2.0 / shape / shape])

    def moments(scale, shape):
        square = shape * shape
        return scale * (1.0 + 0.5 * square), scale * scale * square * (1.0 + 1.25 * square)


def _normal(y, scale, shape):
    """The standard normal variable; the difference y - scale keeps the digits of a tight sample."""
    return (y - scale) / (shape * sqrt(y) * sqrt(scale))
