from __future__ import annotations

import numpy as np
from scipy.special import betaincinv

from mostlikely.calculus.counting import kl_div
from mostlikely.calculus.domain import positive, unit
from mostlikely.calculus.incomplete import log_betainc, log_betaincc
from mostlikely.calculus.jet import seed
from mostlikely.calculus.ops import log, log1p
from mostlikely.calculus.special import stirling
from mostlikely.family.base import Family, Param
from mostlikely.family.param import FRACTION


class Beta(Family):
    """Shares and rates between 0 and 1: yields, proportions of time, fractions of a whole.

    The usual alpha and beta are mean precision and (1 - mean) precision; the variance is
    mean (1 - mean)/(1 + precision) (Ferrari and Cribari-Neto, *Journal of Applied Statistics* 31,
    2004). With mean 1/2 and precision 2 all values are equally likely. Exact zeros and ones have
    no density here.
    """

    mean = Param(unit, "mean of y", typical=(0.2, 0.8), ratios=FRACTION)
    precision = Param(positive, "larger is tighter", typical=(3.0, 60.0))
    support = unit

    def log_prob(y, mean, precision):
        alpha, beta = mean * precision, (1.0 - mean) * precision
        # the divergence of a coin of probability y from one of probability mean
        divergence = kl_div(mean, y) + kl_div(1.0 - mean, 1.0 - y)
        # 1/B(alpha, beta) less what is in the divergence, by Stirling
        half_log = log(alpha) + log1p(-mean) - np.log(2.0 * np.pi)
        peak = 0.5 * half_log - stirling(alpha) - stirling(beta) + stirling(precision)
        return peak - precision * divergence - log(y) - log1p(-y)

    def sample(rng, n, mean, precision):
        return rng.beta(mean * precision, (1.0 - mean) * precision, n)

    def start(y, w):
        """By moments."""
        mean = np.average(y, weights=w)
        variance = np.average((y - mean) ** 2, weights=w)
        precision = mean * (1.0 - mean) / variance - 1.0 if np.ptp(y) > 0.0 else 100.0
        return {"mean": mean, "precision": max(precision, 0.1)}

    def statistics(y, mean, precision):
        # log y and log(1 - y), as a standardised deviation and half its square
        deviation = np.log(y) - np.log(mean) - (np.log1p(-y) - np.log1p(-mean))
        divergence = kl_div(mean, y) + kl_div(1.0 - mean, 1.0 - y)
        return np.sqrt(precision * mean * (1.0 - mean)) * deviation, precision * divergence

    def log_cdf(y, mean, precision):
        return log_betainc(mean * precision, (1.0 - mean) * precision, y)

    def log_sf(y, mean, precision):
        return log_betaincc(mean * precision, (1.0 - mean) * precision, y)

    def quantile(q, mean, precision):
        return betaincinv(mean * precision, (1.0 - mean) * precision, q)

    def information(mean, precision):
        """Ferrari and Cribari-Neto (2004), eq. 9, the trigammas less their leading terms."""
        a, b, both = (
            stirling(seed([x])[0]).hess[0]
            for x in (mean * precision, (1.0 - mean) * precision, precision)
        )
        share = mean * (1.0 - mean)
        about_mean = precision / share + 0.5 / mean**2 + 0.5 / (1.0 - mean) ** 2
        cross = 0.5 * (1.0 - 2.0 * mean) / share / precision
        cross = cross + precision * (mean * a - (1.0 - mean) * b)
        about_precision = 0.5 / precision**2 + mean**2 * a + (1.0 - mean) ** 2 * b - both
        return np.array([[about_mean + precision**2 * (a + b), cross], [cross, about_precision]])

    def moments(mean, precision):
        return mean, mean * (1.0 - mean) / (1.0 + precision)
