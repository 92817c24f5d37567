from __future__ import annotations

import numpy as np
from scipy.special import logit

from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import softplus
from mostlikely.family.base import Family, Param
from mostlikely.family.param import TIME
from mostlikely.family.summaries import log_moments


class LogLogistic(Family):
    """Times whose odds of being over grow as a power of y; the hazard rises, then falls (Fisk).

    log y is a logistic variable, located at log(scale) with scale 1/shape. The mean is finite for
    shape > 1, the variance for shape > 2.
    """

    scale = Param(positive, "median of y", typical=(0.5, 20.0), unit=1, ratios=TIME)
    shape = Param(positive, "tail exponent: larger is tighter", typical=(0.8, 8.0))
    support = positive

    def log_prob(y, scale, shape):
        log_y = log(y)
        t = shape * (log_y - log(scale))
        return log(shape) - log_y + t - 2.0 * softplus(t)

    def sample(rng, n, scale, shape):
        return scale * (rng.standard_exponential(n) / rng.standard_exponential(n)) ** (1.0 / shape)

    def start(y, w):
        middle, deviation = log_moments(y, w)
        return {"scale": np.exp(middle), "shape": np.pi / np.sqrt(3.0) / deviation}

    def log_cdf(y, scale, shape):
        return -softplus(shape * (log(scale) - log(y)))

    def log_sf(y, scale, shape):
        return -softplus(shape * (log(y) - log(scale)))

    def quantile(q, scale, shape):
        return scale * np.exp(logit(q) / shape)

    def information(scale, shape):
        return np.diag(
            [(shape / scale) * (shape / scale) / 3.0, (3.0 + np.pi**2) / 9.0 / shape / shape]
        )

    def moments(scale, shape):
        angle = np.pi / shape
        mean = np.where(shape > 1.0, scale * angle / np.sin(angle), np.inf)
        return mean, np.where(shape > 2.0, mean * mean * (np.tan(angle) / angle - 1.0), np.inf)
