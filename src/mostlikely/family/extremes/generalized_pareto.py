from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import nonnegative, positive, real
from mostlikely.calculus.ops import log, where
from mostlikely.calculus.special import log1mexp
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.extremes import endless, irregular, reduced, stretched
from mostlikely.family.positive.exponential import Exponential
from mostlikely.family.summaries import spread, weighted_quantile


class GeneralizedPareto(Family):
    """What is left above a high threshold, whatever the tail: excesses of rain, losses, waves.

    The threshold is known and already taken off: y is the excess (Coles 2001, An Introduction to
    Statistical Modeling of Extreme Values, eq. 4.2). xi > 0 is the heavy tail; for xi < 0 the
    excess ends at -sigma / xi.
    """

    sigma = Param(positive, "scale of y", typical=(0.3, 4.0), unit=1)
    xi = Param(real, "tail index: above 0 a heavy tail, below 0 a finite end", typical=(-0.3, 0.3))
    support = nonnegative
    pole_at_zero = "sigma goes to 0 and xi to ∞"
    special_cases = (SpecialCase(Exponential, {"xi": 0.0}, lambda mean: {"sigma": mean}),)

    def log_prob(y, sigma, xi):
        inside, s = reduced(y / sigma, xi)
        return where(inside, -(1.0 + xi) * s - log(sigma), -np.inf)

    def sample(rng, n, sigma, xi):
        return sigma * stretched(rng.standard_exponential(n), xi)

    def start(y, w):
        size = spread(y, w)
        mean = np.average(y, weights=w) or size
        variance = np.average((y - mean) ** 2, weights=w) or mean**2
        ratio = mean * (mean / variance)
        # Exponential; by moments (Hosking and Wallis 1987, Technometrics 29:339); heavy.
        begins = [
            {"sigma": mean, "xi": 0.0},
            {"sigma": 0.5 * mean * (1.0 + ratio), "xi": 0.5 * (1.0 - ratio)},
            {"sigma": weighted_quantile(y, w, 0.5) or size, "xi": 1.0},
        ]
        return [g for g in begins if g["sigma"] + g["xi"] * np.max(y) > 0.0]

    def log_cdf(y, sigma, xi):
        inside, s = reduced(y / sigma, xi)
        return where(inside, log1mexp(s), 0.0)

    def log_sf(y, sigma, xi):
        inside, s = reduced(y / sigma, xi)
        return where(inside, -s, -np.inf)

    def quantile(q, sigma, xi):
        return sigma * stretched(-np.log1p(-q), xi)

    def ends(sigma, xi):
        end = -sigma / np.where(xi < 0.0, xi, -1.0)
        return 0.0, np.where(xi < 0.0, end, np.inf)

    def information(sigma, xi):
        # Smith 1987, Ann. Statist. 15:1174, section 3; it exists for xi > -1/2
        if xi <= -0.5:
            return np.full((2, 2), np.nan)
        standard = np.array([[1.0 + xi, 1.0], [1.0, 2.0]]) / ((1.0 + xi) * (1.0 + 2.0 * xi))
        unit = np.array([sigma, 1.0])
        return standard / np.outer(unit, unit)

    def moments(sigma, xi):
        a, b = 1.0 - np.minimum(xi, 1.0), 1.0 - 2.0 * np.minimum(xi, 0.5)
        with np.errstate(divide="ignore"):
            return sigma / a, np.divide(sigma, a) ** 2 / b

    def caveat(self, sigma, xi):
        return irregular(xi) if "xi" in self.free else None

    def unbounded(sigma, xi):
        return endless(xi)
