from __future__ import annotations

import numpy as np
from scipy.special import gamma, psi

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import log, where
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.extremes import endless, irregular, reduced, stretched
from mostlikely.family.numerical import through_zero
from mostlikely.family.real.gumbel import Gumbel
from mostlikely.family.summaries import spread, weighted_quantile


class GEV(Family):
    """The largest of many values, whatever their tails: yearly maxima of floods, seas and losses.

    The generalised extreme value law as in Coles 2001, An Introduction to Statistical Modeling of
    Extreme Values, eq. 3.2: xi > 0 is the heavy upper tail, xi < 0 an upper end at mu - sigma / xi.
    """

    mu = Param(real, "location: P(y < mu) = 1/e", typical=(-3.0, 3.0), unit=1)
    sigma = Param(positive, "scale of y", typical=(0.3, 4.0), unit=1)
    xi = Param(real, "tail index: above 0 a heavy tail, below 0 a finite end", typical=(-0.3, 0.3))
    support = real
    precision_weights = {"sigma": -0.5}
    special_cases = (
        SpecialCase(Gumbel, {"xi": 0.0}, lambda mu, scale: {"mu": mu, "sigma": scale}),
    )

    def log_prob(y, mu, sigma, xi):
        inside, s = reduced((y - mu) / sigma, xi)
        return where(inside, Gumbel.log_prob(s, 0.0, 1.0) - xi * s - log(sigma), -np.inf)

    def sample(rng, n, mu, sigma, xi):
        return mu + sigma * stretched(-np.log(rng.standard_exponential(n)), xi)

    def start(y, w):
        shares = np.array([0.25, 0.5, 0.75])
        low, middle, high = weighted_quantile(y, w, shares)
        size = 0.5 * (high - low) or spread(y, w)
        begins = []
        for xi in (0.0, 0.2, -0.2):
            a, b, c = stretched(-np.log(-np.log(shares)), xi)
            sigma = 2.0 * size / (c - a)
            begins.append({"mu": middle - sigma * b, "sigma": sigma, "xi": xi})
        return [g for g in begins if np.all(1.0 + g["xi"] * (y - g["mu"]) / g["sigma"] > 0.0)]

    def log_cdf(y, mu, sigma, xi):
        inside, s = reduced((y - mu) / sigma, xi)
        return where(inside, Gumbel.log_cdf(s, 0.0, 1.0), where(y < mu, -np.inf, 0.0))

    def log_sf(y, mu, sigma, xi):
        inside, s = reduced((y - mu) / sigma, xi)
        return where(inside, Gumbel.log_sf(s, 0.0, 1.0), where(y < mu, 0.0, -np.inf))

    def quantile(q, mu, sigma, xi):
        return mu + sigma * stretched(-np.log(-np.log(q)), xi)

    def ends(mu, sigma, xi):
        end = mu - sigma / np.where(np.equal(xi, 0.0), 1.0, xi)
        return np.where(xi > 0.0, end, -np.inf), np.where(xi < 0.0, end, np.inf)

    def information(mu, sigma, xi):
        if xi <= -0.5:
            return np.full((3, 3), np.nan)
        unit = np.array([sigma, sigma, 1.0])
        return through_zero(_information, xi) / np.outer(unit, unit)

    def moments(mu, sigma, xi):
        mean = np.where(xi < 1.0, mu + sigma * through_zero(_mean, xi), np.inf)
        return mean, np.where(xi < 0.5, sigma**2 * through_zero(_variance, xi), np.inf)

    def caveat(self, mu, sigma, xi):
        return irregular(xi) if "xi" in self.free else None

    def unbounded(self, mu, sigma, xi):
        # With m of n rows at the smallest value sigma → 0 there sends ℓ to ∞ for xi > n/m - 1.
        low = "xi → ∞ and the lower end rises to the smallest observation"
        return endless(xi) or (low if xi > 1.0 and "xi" in self.free else None)


# Prescott and Walden 1980, Biometrika 67:723, with xi = -k; each divides zero by zero at xi = 0.


def _information(xi):
    g, p = gamma(2.0 + xi), (1.0 + xi) ** 2 * gamma(1.0 + 2.0 * xi)
    q = g * (psi(1.0 + xi) + (1.0 + xi) / xi)
    lag = 1.0 - np.euler_gamma
    mu_sigma = (g - p) / xi
    mu_xi = (p / xi - q) / xi
    sigma_sigma = (1.0 - 2.0 * g + p) / xi**2
    sigma_xi = -(lag + (1.0 - g) / xi - q + p / xi) / xi**2
    xi_xi = (np.pi**2 / 6.0 + (lag + 1.0 / xi) ** 2 - 2.0 * q / xi + p / xi**2) / xi**2
    return np.array(
        [
            [p, mu_sigma, mu_xi],
            [mu_sigma, sigma_sigma, sigma_xi],
            [mu_xi, sigma_xi, xi_xi],
        ]
    )


def _mean(xi):
    return (gamma(1.0 - xi) - 1.0) / xi


def _variance(xi):
    return (gamma(1.0 - 2.0 * xi) - gamma(1.0 - xi) ** 2) / xi**2
