from __future__ import annotations

import numpy as np

from mostlikely.calculus.counting import poisson_deviance, poisson_peak
from mostlikely.calculus.domain import counts, positive
from mostlikely.calculus.incomplete import log_gammainc, log_gammaincc
from mostlikely.family.base import Family, Param
from mostlikely.family.param import COUNTED


class Poisson(Family):
    """Events that happen independently of one another: decays, calls, goals, mutations.

    Its loss is the Poisson deviance, 2 Σ (y log(y/mean) - y + mean). The variance is the mean;
    counts that vary more are what `NegativeBinomial` is for.
    """

    mean = Param(positive, "mean of y, and its variance", typical=(0.5, 40.0), ratios=COUNTED)
    support = counts

    def log_prob(y, mean):
        # y log(mean) - mean - log Γ(y + 1): its largest value, at mean = y, less the deviance
        return poisson_peak(y) - poisson_deviance(y, mean)

    def recession(y):
        return np.where(y == 0.0, -1.0, 0.0)

    def sample(rng, n, mean):
        return rng.poisson(mean, n)

    def start(y, w):
        return {"mean": np.average(y, weights=w)}

    def statistics(y, mean):
        return (y - mean) / np.sqrt(mean), Poisson.log_prob(y, mean)

    def mle(data, mean=None):
        return {"mean": data.mean(lambda y: y) if mean is None else mean}

    def log_cdf(y, mean):
        return log_gammaincc(y + 1.0, mean)

    def log_sf(y, mean):
        return log_gammainc(y + 1.0, mean)

    def information(mean):
        return np.array([[1.0 / mean]])

    def moments(mean):
        return mean, mean
