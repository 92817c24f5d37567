from __future__ import annotations

import numpy as np
from scipy.special import beta, polygamma

from mostlikely.calculus.domain import positive, unit
from mostlikely.calculus.jet import seed
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import lgamma_rise, log1mexp
from mostlikely.family.base import Family, Param
from mostlikely.family.summaries import log_moments


class Kumaraswamy(Family):
    """Much like a beta, with a distribution function in closed form: reservoir storage, shares.

    P(Y > y) = (1 - y^a)^b, so that y^a is a beta variable with alpha = 1 and beta = b (Jones,
    *Statistical Methodology* 6, 2009). With b = 1 it is the beta with alpha = a and beta = 1, with
    a = 1 the beta with alpha = 1 and beta = b.
    """

    a = Param(positive, "how fast the density rises from 0", typical=(0.7, 5.0))
    b = Param(positive, "how fast the density falls to 1", typical=(0.8, 8.0))
    support = unit

    def log_prob(y, a, b):
        log_y = log(y)
        return log(a) + log(b) + (a - 1.0) * log_y + (b - 1.0) * log1mexp(-a * log_y)

    def sample(rng, n, a, b):
        return rng.beta(1.0, b, n) ** (1.0 / a)

    def start(y, w):
        """The best b for each a, and by bisection the a at which the score is zero.

        The two go together along a curved ridge, b being near median(y)**-a, so that a rough
        guess is a bad one.
        """
        if np.ptp(y) == 0.0:
            return {"a": 1.0, "b": -1.0 / np.log1p(-y[0])}
        log_y = np.log(y)
        guess = np.pi / np.sqrt(6.0) / log_moments(y, w)[1]  # near zero it is a Weibull
        low, high = 1e-3 * guess, 1e3 * guess
        for _ in range(40):
            a = np.sqrt(low * high)
            b = -1.0 / np.average(log1mexp(-a * log_y), weights=w)
            odds = 1.0 / np.expm1(-a * log_y)
            score = 1.0 / a + np.average(log_y - (b - 1.0) * odds * log_y, weights=w)
            low, high = (a, high) if score > 0.0 else (low, a)
        return {"a": a, "b": b}

    def mle(data, a=None, b=None):
        if a is None:
            return None
        if b is None:
            b = -1.0 / data.mean(lambda y: log1mexp(-a * np.log(y)))
        return {"a": a, "b": b}

    def log_cdf(y, a, b):
        return log1mexp(-b * log1mexp(-a * log(y)))

    def log_sf(y, a, b):
        return b * log1mexp(-a * log(y))

    def quantile(q, a, b):
        return (-np.expm1(np.log1p(-q) / b)) ** (1.0 / a)

    def information(a, b):
        """With u = y^a: E[u log u/(1 - u)] and E[u log² u/(1 - u)²] are derivatives of B(s, .)."""
        cross = -_polygamma_slopes(b - 1.0)[0] / a
        first, second = _polygamma_slopes(b - 2.0)
        about_a = 1.0 + b * ((b - 2.0) * first * first - second)
        return np.array([[about_a / a**2, cross], [cross, b**-2]])

    def moments(a, b):
        mean = b * beta(1.0 + 1.0 / a, b)
        return mean, b * beta(1.0 + 2.0 / a, b) - mean * mean


def _polygamma_slopes(h):
    """(ψ(2 + h) - ψ(2))/h and (ψ'(2 + h) - ψ'(2))/h."""
    if h == 0.0:
        return polygamma(1, 2.0), polygamma(2, 2.0)
    rise = lgamma_rise(seed([2.0])[0], h)
    return rise.grad[0] / h, rise.hess[0] / h
