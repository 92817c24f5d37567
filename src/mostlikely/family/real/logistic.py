from __future__ import annotations

import numpy as np
from scipy.special import logit

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import log, log_expit
from mostlikely.calculus.special import log_cosh
from mostlikely.family.base import Family, Param
from mostlikely.family.summaries import spread, weighted_quantile


class Logistic(Family):
    """Symmetric errors with tails a little heavier than the normal's; loss 2 log cosh(z/2).

    The noise of the latent variable behind logistic regression.
    """

    mu = Param(real, "mean of y", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "√3/π of the standard deviation", typical=(0.3, 4.0), unit=1)
    support = real
    precision_weights = {"scale": -0.5}

    def log_prob(y, mu, scale):
        return -2.0 * log_cosh(0.5 * ((y - mu) / scale)) - log(scale) - np.log(4.0)

    def sample(rng, n, mu, scale):
        return mu + scale * np.log(rng.standard_exponential(n) / rng.standard_exponential(n))

    def start(y, w):
        return {"mu": weighted_quantile(y, w, 0.5), "scale": spread(y, w)}

    def log_cdf(y, mu, scale):
        return log_expit((y - mu) / scale)

    def log_sf(y, mu, scale):
        return log_expit((mu - y) / scale)

    def quantile(q, mu, scale):
        return mu + scale * logit(q)

    def information(mu, scale):
        # Johnson, Kotz and Balakrishnan, Continuous Univariate Distributions 2 (1995), eq. 23.44
        about_mu = np.float64(1.0 / 3.0) / scale**2
        return np.diag([about_mu, (1.0 + np.pi**2 / 3.0) * about_mu])

    def moments(mu, scale):
        return mu, (np.pi * scale) ** 2 / 3.0
