from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import arctan, exp, log, log1p, where
from mostlikely.calculus.special import log_cosh
from mostlikely.family.base import Family, Param
from mostlikely.family.summaries import spread, weighted_quantile


class HyperbolicSecant(Family):
    """Symmetric errors between normal at the centre and Laplace in the tails; its loss is log-cosh.

    Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2 (1995), section 23.11,
    where the scale is that of unit variance, π/2 of the one here.
    """

    mu = Param(real, "mean of y", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "2/π of the standard deviation", typical=(0.3, 4.0), unit=1)
    support = real
    precision_weights = {"scale": -0.5}

    def log_prob(y, mu, scale):
        return -log_cosh((y - mu) / scale) - log(scale) - np.log(np.pi)

    def sample(rng, n, mu, scale):
        # the logarithm of the size of a Cauchy variable, which is a ratio of two normal ones
        above, below = np.abs(rng.standard_normal((2, n)))
        return mu + scale * np.log(above / below)

    def start(y, w):
        return {"mu": weighted_quantile(y, w, 0.5), "scale": spread(y, w)}

    def log_cdf(y, mu, scale):
        return _log_left((y - mu) / scale)

    def log_sf(y, mu, scale):
        return _log_left((mu - y) / scale)

    def quantile(q, mu, scale):
        near = np.minimum(q, 1.0 - q)
        return mu - scale * np.sign(0.5 - q) * -np.log(np.tan(0.5 * np.pi * near))

    def information(mu, scale):
        return np.diag([0.5, np.pi**2 / 8.0]) / scale**2

    def moments(mu, scale):
        return mu, (0.5 * np.pi * scale) ** 2


def _log_left(z):
    """log P(Z ≤ z) of the standard law; far left arctan(exp(z)) is exp(z)."""
    far = z < -20.0
    size = where(z < 0.0, z, -z)
    share = 2.0 / np.pi * arctan(exp(where(far, -1.0, size)))
    log_share = where(far, z + np.log(2.0 / np.pi), log(share))
    return where(z < 0.0, log_share, log1p(-share))
