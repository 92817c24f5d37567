from __future__ import annotations

import numpy as np
from scipy.special import polygamma, stdtrit

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.incomplete import log_stdtr
from mostlikely.calculus.kernels import log1p_square
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import lbeta, log1p_ratio, stirling_reciprocal
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.real.cauchy import Cauchy
from mostlikely.family.real.normal import Normal
from mostlikely.family.summaries import spread, weighted_quantile


class StudentT(Family):
    """Symmetric errors with outliers: the robust cousin of the normal, with power-law tails.

    sigma is a scale, not the standard deviation, which is sigma √(df / (df - 2)) for df > 2.
    """

    mu = Param(real, "centre of y; its mean where df > 1", typical=(-3.0, 3.0), unit=1)
    sigma = Param(positive, "scale of y", typical=(0.3, 4.0), unit=1)
    df = Param(positive, "degrees of freedom: smaller values, heavier tails", typical=(2.5, 30.0))
    support = real
    precision_weights = {"sigma": -0.5}
    special_cases = (
        SpecialCase(Normal, {"df": np.inf}),
        SpecialCase(Cauchy, {"df": 1.0}, lambda mu, scale: {"mu": mu, "sigma": scale}),
    )

    def log_prob(y, mu, sigma, df):
        # In t = 1/df everything is smooth at t = 0, where the normal is. By Stirling's formula
        # log Γ((df+1)/2) - log Γ(df/2) - log(df/2)/2 = (log1p(t)/t - 1)/2 + the last two terms.
        t = 1.0 / df
        constant = (
            0.5 * (log1p_ratio(t) - 1.0)
            + stirling_reciprocal(2.0 * t / (1.0 + t))
            - stirling_reciprocal(2.0 * t)
            - 0.5 * np.log(2.0 * np.pi)
        )
        return -0.5 * (1.0 + t) * log1p_square(y - mu, sigma, t) - log(sigma) + constant

    def sample(rng, n, mu, sigma, df):
        return mu + sigma * rng.standard_normal(n) / np.sqrt(rng.chisquare(df, n) / df)

    def start(y, w):
        scale = spread(y, w)
        low, middle, high = weighted_quantile(y, w, [0.25, 0.5, 0.75])
        begins = [(middle, 5.0), (middle, 1.5), (middle, 30.0), (low, 1.5), (high, 1.5)]
        return [{"mu": mu, "sigma": scale, "df": df} for mu, df in begins]

    def log_cdf(y, mu, sigma, df):
        return log_stdtr(df, (y - mu) / sigma)

    def log_sf(y, mu, sigma, df):
        return log_stdtr(df, (mu - y) / sigma)

    def quantile(q, mu, sigma, df):
        # Far out P(T > t) is its first term, x^(df/2) / (df/2 B(df/2, 1/2)) with x = df/t².
        near, half = np.minimum(q, 1.0 - q), 0.5 * df
        log_x = (np.log(2.0 * near) + np.log(half) + lbeta(half, 0.5)) / half
        far = np.sign(q - 0.5) * np.sqrt(df) * np.exp(-0.5 * log_x)
        return mu + sigma * np.where(log_x < -40.0, far, stdtrit(df, q))

    def information(mu, sigma, df):
        # Lange, Little and Taylor 1989, J. Amer. Statist. Assoc. 84:881, appendix B
        across = -2.0 / ((df + 1.0) * (df + 3.0))
        standard = [
            [(df + 1.0) / (df + 3.0), 0.0, 0.0],
            [0.0, 2.0 * df / (df + 3.0), across],
            [0.0, across, _information_df(df)],
        ]
        unit = np.array([sigma, sigma, 1.0])
        return np.array(standard) / np.outer(unit, unit)

    def moments(mu, sigma, df):
        mean = np.where(df > 1.0, mu, np.nan)
        heavy = np.where(df > 1.0, np.inf, np.nan)
        return mean, np.where(df > 2.0, sigma**2 / (1.0 - 2.0 / np.maximum(df, 2.0 + 1e-15)), heavy)

    def caveat(self, mu, sigma, df):
        if "df" not in self.free:
            return None
        return (
            "With df free the likelihood is unbounded, as df and sigma go to 0 at an observation; "
            "this is a local maximum."
        )

    def unbounded(self, mu, sigma, df):
        # Fernandez and Steel 1999, Biometrika 86:153: so it is for df < m/(n - m), m rows alike
        free = {"sigma", "df"} <= set(self.free)
        return "df and sigma go to 0 at an observation" if df < 0.5 and free else None


def _information_df(df):
    if df < 30.0:
        psi = polygamma(1, 0.5 * df) - polygamma(1, 0.5 * (df + 1.0))
        return 0.25 * psi - 0.5 * (df + 5.0) / (df * (df + 1.0) * (df + 3.0))
    # The same with the trigamma functions expanded in t = 1/df, where they cancel.
    t = 1.0 / df
    rest = -(t**5) + 3.0 * t**7 - 17.0 * t**9 + 155.0 * t**11 - 2073.0 * t**13
    return 0.5 * ((7.0 + 3.0 * t) * t**4 / ((1.0 + t) * (1.0 + 3.0 * t)) + rest)
