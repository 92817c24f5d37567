from __future__ import annotations

import numpy as np
from scipy.special import gammainccinv, gammaincinv, ndtri, polygamma, psi

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.incomplete import log_gammainc, log_gammaincc
from mostlikely.calculus.jet import seed
from mostlikely.calculus.ops import log, log_ndtr, where
from mostlikely.calculus.special import expm1mx_ratio, log1p_ratio, log1pmx, stirling_reciprocal
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.compositions.one_sided import PowerFunction
from mostlikely.family.numerical import inverse_cdf
from mostlikely.family.param import LOG_TIME
from mostlikely.family.positive.gamma import Gamma
from mostlikely.family.positive.inverse_gamma import InverseGamma
from mostlikely.family.positive.log_normal import LogNormal
from mostlikely.family.positive.pareto import Pareto
from mostlikely.family.positive.weibull import Weibull
from mostlikely.family.summaries import log_moments

#: Below this |Q| the distribution function is the normal one with its first correction: the error
#: of that, of the order Q², is then less than the rounding of a gamma variable of shape 1/Q².
_NEARLY_NORMAL = 1e-5


class GeneralizedGamma(Family):
    """Survival times of unknown type: Weibull, gamma and log-normal are members of one family.

    With w = (log y - mu)/sigma, exp(Q w)/Q² is a standard gamma variable of shape 1/Q² (Prentice,
    *Biometrika* 61, 1974, 539-544; as in R's flexsurv). In Stacy's form the power is Q/sigma.
    """

    mu = Param(real, "location of log y", typical=(-2.0, 3.0), ratios=LOG_TIME)
    sigma = Param(positive, "scale of log y", typical=(0.2, 1.5))
    Q = Param(real, "skewness of log y, with its sign turned", typical=(-1.5, 2.0))
    support = positive
    special_cases = (
        SpecialCase(LogNormal, when={"Q": 0.0}),
        SpecialCase(
            Weibull,
            when={"Q": 1.0},
            rest=lambda scale, shape: {"mu": np.log(scale), "sigma": 1.0 / shape},
        ),
        SpecialCase(
            Gamma,
            when={},
            rest=lambda mean, shape: {
                "mu": np.log(mean),
                "sigma": shape**-0.5,
                "Q": shape**-0.5,
            },
        ),
        SpecialCase(
            InverseGamma,
            when={},
            rest=lambda scale, shape: {
                "mu": np.log(scale / shape),
                "sigma": shape**-0.5,
                "Q": -(shape**-0.5),
            },
        ),
        SpecialCase(
            Pareto,
            when={"Q": -np.inf},
            rest=lambda shape, minimum, Q: {"mu": np.log(minimum), "sigma": (-1.0 / Q) / shape},
        ),
        SpecialCase(
            PowerFunction,
            when={"Q": np.inf},
            rest=lambda shape, maximum, Q: {"mu": np.log(maximum), "sigma": (1.0 / Q) / shape},
        ),
    )
    exempt = {"units_only_rescale": "mu is a logarithm: a change of units adds to it"}

    def log_prob(y, mu, sigma, Q):
        log_y = log(y)
        w = (log_y - mu) / sigma
        peak = -0.5 * np.log(2.0 * np.pi) - stirling_reciprocal(Q * Q)
        return peak - w * w * expm1mx_ratio(Q * w) - log(sigma) - log_y

    def sample(rng, n, mu, sigma, Q):
        if abs(Q) < _NEARLY_NORMAL:
            return np.exp(mu + sigma * rng.standard_normal(n))
        # G(k) = G(k + 1) U**(1/k), in logarithms: G(k) itself leaves float64 for small k
        k = Q**-2.0
        log_gamma = np.log(rng.standard_gamma(k + 1.0, n)) - rng.standard_exponential(n) / k
        return np.exp(mu + sigma * (log_gamma - np.log(k)) / Q)

    def start(y, w):
        """Moments of log y at three skewnesses."""
        middle, deviation = log_moments(y, w)
        guesses = []
        for Q in (0.01, 1.0, -1.0):
            k = Q**-2.0
            sigma = deviation * abs(Q) / np.sqrt(polygamma(1, k))
            guesses.append(
                {"mu": middle - sigma * (psi(k) - np.log(k)) / Q, "sigma": sigma, "Q": Q}
            )
        return guesses

    def log_cdf(y, mu, sigma, Q):
        return _log_tail((log(y) - mu) / sigma, Q)

    def log_sf(y, mu, sigma, Q):
        return _log_tail((mu - log(y)) / sigma, -Q)

    def quantile(q, mu, sigma, Q):
        # for small Q, SciPy's inverses lose the tails: Cornish and Fisher's first terms, polished
        z, near = ndtri(q), abs(Q) < 0.01
        k = np.where(near, 1.0, Q) ** -2.0
        gamma = np.where(Q > 0.0, gammaincinv(k, q), gammainccinv(k, q))
        far = np.log(gamma / k) / np.where(near, 1.0, Q)
        guess = np.where(near, z - Q * (z * z + 2.0) / 6.0, far)
        slack = np.where(near, Q * Q * (1.0 + abs(z) ** 3), 0.0)
        w = inverse_cdf(
            q,
            guess - slack,
            guess + slack,
            lambda w: GeneralizedGamma.log_prob(np.exp(w), 0.0, 1.0, Q) + w,
            lambda w: _log_tail(w, Q),
            lambda w: _log_tail(-w, -Q),
        )
        return np.exp(mu + sigma * w)

    def information(mu, sigma, Q):
        # E[exp(Q w)] = 1, and under that weight w has mean `first` and mean square `second`; of
        # ψ and ψ' in these Stirling's remainder g(t), t = 1/k = Q², leaves what does not cancel
        t = Q * Q
        g = stirling_reciprocal(seed([t])[0])
        slope, curve = g.grad[0], g.hess[0]
        first = 0.5 - t * slope  # the mean over Q
        second = first**2 - 0.5 + 2.0 * t * slope + t * t * curve  # (the mean square - 1) over Q²
        mu_sigma, mu_Q = Q * first / sigma / sigma, -first / sigma
        sigma_Q = -Q * second / sigma
        sigma_sigma = (2.0 + t * second) / sigma / sigma
        Q_Q = second + 8.0 * slope + 4.0 * t * curve
        return np.array(
            [
                [1.0 / sigma / sigma, mu_sigma, mu_Q],
                [mu_sigma, sigma_sigma, sigma_Q],
                [mu_Q, sigma_Q, Q_Q],
            ]
        )

    def moments(mu, sigma, Q):
        first, second = _log_moment(1.0, mu, sigma, Q), _log_moment(2.0, mu, sigma, Q)
        mean = np.exp(first)
        growth = second - 2.0 * np.where(second < np.inf, first, 0.0)
        return mean, mean * mean * np.expm1(growth)


def _log_tail(w, Q):
    """log P(W ≤ w). Reflection turns (w, Q) into (-w, -Q)."""
    # near the normal: the signed root of the deviance, corrected once (Temme, *SIAM J. Math.
    # Anal.* 10, 1979, 757-766: P(k, x) = Φ(z) - φ(z)(c₀ + ...)/√k, c₀ = -1/3 near the middle)
    z = w * np.sqrt(2.0 * expm1mx_ratio(Q * w))
    normal = abs(Q) < _NEARLY_NORMAL
    k = np.where(normal, 1.0, Q) ** -2.0
    x = k * np.exp(Q * w)
    gamma = np.where(Q > 0.0, log_gammainc(k, x), log_gammaincc(k, x))
    return np.where(normal, log_ndtr(z + Q / 3.0), gamma)


def _log_moment(order, mu, sigma, Q):
    """log E[y**order], Γ(k + order·sigma/Q)/Γ(k) written with Stirling's remainder."""
    s = order * sigma
    x = s * Q
    exists = x > -1.0
    x = where(exists, x, 0.0)
    # (log1pmx(x) + x log1p(x))/x², which is 1/2 - x/6 + ... near x = 0
    tiny = abs(x) < 1e-8
    safe = where(tiny, 1.0, x)
    growth = where(tiny, 0.5 - x / 6.0, log1pmx(safe) / safe**2 + log1p_ratio(safe))
    remainder = stirling_reciprocal(Q * Q / (1.0 + x)) - stirling_reciprocal(Q * Q)
    value = order * mu + s * s * growth - 0.5 * np.log1p(x) + remainder
    return where(exists, value, np.inf)
