from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import exp, log, where
from mostlikely.calculus.special import expm1_ratio, log1mexp
from mostlikely.family.base import Family, Param


class Gumbel(Family):
    """The largest of many values with light tails: yearly maxima of rain, wind and floods.

    It is the law of maxima; for minima fit -y.
    """

    mu = Param(real, "mode of y", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "√6/π of the standard deviation", typical=(0.3, 4.0), unit=1)
    support = real
    precision_weights = {"scale": -0.5}

    def log_prob(y, mu, scale):
        z = (y - mu) / scale
        return -z - exp(-z) - log(scale)

    def sample(rng, n, mu, scale):
        return mu - scale * np.log(rng.standard_exponential(n))

    def start(y, w):
        mean = np.average(y, weights=w)
        scale = np.sqrt(6.0 * np.average((y - mean) ** 2, weights=w)) / np.pi
        return {"mu": mean - np.euler_gamma * scale, "scale": scale}

    def log_cdf(y, mu, scale):
        return -exp(-(y - mu) / scale)

    def log_sf(y, mu, scale):
        z = (y - mu) / scale
        high = z > 0.0
        above, below = where(high, z, 0.0), where(high, 0.0, z)
        return where(high, log(expm1_ratio(-exp(-above))) - above, log1mexp(exp(-below)))

    def quantile(q, mu, scale):
        return mu - scale * np.log(-np.log(q))

    def information(mu, scale):
        # Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2 (1995), eq. 22.66
        lag = 1.0 - np.euler_gamma
        return np.array([[1.0, -lag], [-lag, np.pi**2 / 6.0 + lag**2]]) / scale**2

    def moments(mu, scale):
        return mu + np.euler_gamma * scale, (np.pi * scale) ** 2 / 6.0
