from __future__ import annotations

import numpy as np

from mostlikely.calculus.counting_sizes import negative_binomial_deviance, negative_binomial_peak
from mostlikely.calculus.domain import counts, positive
from mostlikely.calculus.incomplete import log_betainc, log_betaincc
from mostlikely.calculus.special import expm1mx_ratio, log1pmx
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.counts.geometric import Geometric
from mostlikely.family.counts.poisson import Poisson
from mostlikely.family.param import COUNTED


class NegativeBinomial(Family):
    """Poisson counts whose rates differ as a gamma: parasites per host, visits, accidents.

    The variance is mean + mean²/size; counts that vary less than a Poisson's drive size to
    infinity, where this is a Poisson. For whole sizes y is the number of failures before that
    many successes, of probability size/(size + mean).
    """

    mean = Param(positive, "mean of y", typical=(0.5, 40.0), ratios=COUNTED)
    size = Param(positive, "larger is less overdispersed", typical=(0.4, 20.0))
    support = counts
    special_cases = (
        SpecialCase(Poisson, when={"size": np.inf}),
        SpecialCase(Geometric, when={"size": 1.0}, rest=lambda p: {"mean": (1.0 - p) / p}),
    )

    def log_prob(y, mean, size):
        # the largest value over the mean, reached at mean = y, less the deviance
        return negative_binomial_peak(y, size) - negative_binomial_deviance(y, mean, size)

    def recession(y):
        return np.where(y == 0.0, -1.0, 0.0)

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

    def information(mean, size):
        return np.diag([1.0 / mean / (1.0 + mean / size), _about_size(mean, size)])

    def moments(mean, size):
        return mean, mean + mean * (mean / size)


def _about_size(mean, size):
    """E[ψ'(size) - ψ'(size + y)] - mean/(size (size + mean)) as one integral.

    Each term is ∫ exp(-size t) (...) dt: of ψ' by Abramowitz and Stegun 6.4.1, of its mean with
    E[exp(-t y)] = (1 + (mean/size) (1 - exp(-t)))^-size for exp(-t y). With t = exp(x) the
    trapezoid rule converges exponentially.
    """
    low = np.log(1e-6 / max(1.0, mean, size))
    x, step = np.linspace(low, np.log(50.0 / size), 2000, retstep=True)
    t = np.exp(x)
    fall = -np.expm1(-t)
    bend = t * t * expm1mx_ratio(-t)  # t - 1 + exp(-t)
    z = mean / size * fall
    log_transform = -size * np.log1p(z)
    apart = mean * bend - size * log1pmx(z)  # log_transform + mean t, without the difference
    gap = np.exp(log_transform) * -np.expm1(-apart)
    inner = bend / fall * -np.expm1(log_transform) - gap
    return step * np.sum(np.exp(-size * t) * t * inner)
