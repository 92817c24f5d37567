from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import log
from mostlikely.family.base import Family, Param
from mostlikely.family.param import LOG_TIME
from mostlikely.family.real.normal import Normal
from mostlikely.family.summaries import log_moments


class LogNormal(Family):
    """Many small factors multiplied: sizes, incomes, concentrations; squared error of log y.

    mu and sigma are the mean and standard deviation of log y; the median of y is exp(mu), its
    mean exp(mu + sigma²/2).
    """

    mu = Param(real, "mean of log y", typical=(-2.0, 3.0), ratios=LOG_TIME)
    sigma = Param(positive, "standard deviation of log y (divisor n)", typical=(0.2, 1.5))
    support = positive
    exempt = {"units_only_rescale": "mu is a logarithm: a change of units adds to it"}

    def log_prob(y, mu, sigma):
        log_y = log(y)
        z = (log_y - mu) / sigma
        return -0.5 * z * z - log(sigma) - 0.5 * np.log(2.0 * np.pi) - log_y

    def sample(rng, n, mu, sigma):
        return np.exp(mu + sigma * rng.standard_normal(n))

    def start(y, w):
        middle, deviation = log_moments(y, w)
        return {"mu": middle, "sigma": deviation}

    def statistics(y, mu, sigma):
        z = (np.log(y) - mu) / sigma
        return z, z * z

    def mle(data, mu=None, sigma=None):
        if mu is None:
            mu = data.mean(np.log)
        if sigma is None:
            sigma = np.sqrt(data.mean(lambda y: (np.log(y) - mu) ** 2))
        return {"mu": mu, "sigma": sigma}

    def log_cdf(y, mu, sigma):
        return Normal.log_cdf(log(y), mu, sigma)

    def log_sf(y, mu, sigma):
        return Normal.log_sf(log(y), mu, sigma)

    def quantile(q, mu, sigma):
        return np.exp(Normal.quantile(q, mu, sigma))

    def information(mu, sigma):
        return Normal.information(mu, sigma)

    def moments(mu, sigma):
        mean = np.exp(mu + 0.5 * sigma**2)
        return mean, mean**2 * np.expm1(sigma**2)
