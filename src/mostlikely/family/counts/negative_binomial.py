from __future__ import annotations

import numpy as np

from mostlikely.calculus.counting import negative_binomial_deviance, negative_binomial_peak
from mostlikely.calculus.domain import counts, positive
from mostlikely.calculus.incomplete import log_betainc, log_betaincc
from mostlikely.family.base import Family, Kin, Param
from mostlikely.family.counts.geometric import Geometric
from mostlikely.family.counts.poisson import Poisson


class NegativeBinomial(Family):
    """Poisson counts whose rates differ as a gamma: parasites per host, visits, accidents.

    The variance is mean + mean²/size; counts that vary less than a Poisson's drive size to
    infinity, where this is a Poisson. For whole sizes y is the number of failures before that
    many successes, of probability size/(size + mean).
    """

    mean = Param(positive, "mean of y", typical=(0.5, 40.0))
    size = Param(positive, "larger is less overdispersed", typical=(0.4, 20.0))
    support = counts
    kin = (
        Kin(Poisson, when={"size": np.inf}),
        Kin(Geometric, when={"size": 1.0}, rest=lambda p: {"mean": (1.0 - p) / p}),
    )

    def log_prob(y, mean, size):
        # the largest value over the mean, reached at mean = y, less the deviance
        return negative_binomial_peak(y, size) - negative_binomial_deviance(y, mean, size)

    def sample(rng, n, mean, size):
        return rng.poisson(mean * (rng.standard_gamma(size, n) / size))

    def start(y, w):
        """By moments; a sample that varies no more than a Poisson begins at size 100."""
        mean = np.average(y, weights=w)
        excess = np.average((y - mean) ** 2, weights=w) - mean
        return {"mean": mean, "size": mean * (mean / excess) if excess > 0.0 else 100.0}

    def mle(data, mean=None, size=None):
        if size is None:
            return None
        return {"mean": data.mean(lambda y: y) if mean is None else mean, "size": size}

    def log_cdf(y, mean, size):
        return log_betaincc(y + 1.0, size, mean / (size + mean))

    def log_sf(y, mean, size):
        return log_betainc(y + 1.0, size, mean / (size + mean))

    def moments(mean, size):
        return mean, mean + mean * (mean / size)
