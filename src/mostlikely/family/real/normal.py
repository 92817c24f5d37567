from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr, ndtri

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import log
from mostlikely.family.base import Family, Param


class Normal(Family):
    """Symmetric errors, many small causes added up; its loss is the squared error.

    The estimate of sigma is the maximum likelihood one: its divisor is n, not n - 1.
    """

    mu = Param(real, "mean of y", typical=(-3.0, 3.0), unit=1)
    sigma = Param(positive, "standard deviation of y (divisor n)", typical=(0.3, 4.0), unit=1)
    support = real
    precision_weights = {"sigma": -0.5}

    def log_prob(y, mu, sigma):
        z = (y - mu) / sigma
        return -0.5 * z * z - log(sigma) - 0.5 * np.log(2 * np.pi)

    def sample(rng, n, mu, sigma):
        return mu + sigma * rng.standard_normal(n)

    def start(y, w):
        mu = np.average(y, weights=w)
        return {"mu": mu, "sigma": np.sqrt(np.average((y - mu) ** 2, weights=w))}

    def statistics(y, mu, sigma):
        z = (y - mu) / sigma
        return z, z * z

    def mle(data, mu=None, sigma=None):
        if mu is None:
            mu = data.mean(lambda y: y)
            mu = mu + data.mean(lambda y: y - mu)  # the digits that a large mean rounds away
        if sigma is None:
            sigma = np.sqrt(data.mean(lambda y: (y - mu) ** 2))
        return {"mu": mu, "sigma": sigma}

    def log_cdf(y, mu, sigma):
        return log_ndtr((y - mu) / sigma)

    def log_sf(y, mu, sigma):
        return log_ndtr((mu - y) / sigma)

    def quantile(q, mu, sigma):
        return mu + sigma * ndtri(q)

    def information(mu, sigma):
        about_mu = np.float64(1.0) / sigma**2
        return np.diag([about_mu, 2.0 * about_mu])

    def moments(mu, sigma):
        return mu, sigma**2
