from __future__ import annotations

import numpy as np
from scipy.special import gamma, polygamma, psi

from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import exp, log
from mostlikely.calculus.special import log1mexp
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.param import TIME
from mostlikely.family.positive.exponential import Exponential
from mostlikely.family.positive.rayleigh import Rayleigh
from mostlikely.family.summaries import log_moments


class Weibull(Family):
    """Time until the weakest of many links fails: lifetimes, strengths, wind speeds.

    The hazard rises with y for shape > 1 and falls for shape < 1. log y is a Gumbel variable for
    minima, located at log(scale) with scale 1/shape.
    """

    scale = Param(positive, "63% of y lies below it", typical=(0.5, 20.0), unit=1, ratios=TIME)
    shape = Param(positive, "how fast the hazard rises: 1 is constant", typical=(0.6, 6.0))
    support = positive
    special_cases = (
        SpecialCase(Exponential, when={"shape": 1.0}, rest=lambda mean: {"scale": mean}),
        SpecialCase(
            Rayleigh, when={"shape": 2.0}, rest=lambda scale: {"scale": np.sqrt(2.0) * scale}
        ),
    )

    def log_prob(y, scale, shape):
        log_y = log(y)
        t = shape * (log_y - log(scale))
        return log(shape) - log_y + t - exp(t)

    def sample(rng, n, scale, shape):
        return scale * rng.standard_exponential(n) ** (1.0 / shape)

    def start(y, w):
        """Moments of log y (Menon, *Technometrics* 5, 1963, 175-182)."""
        middle, deviation = log_moments(y, w)
        shape = np.pi / np.sqrt(6.0) / deviation
        return {"scale": np.exp(middle + np.euler_gamma / shape), "shape": shape}

    def mle(data, scale=None, shape=None):
        if shape is None:
            return None
        if scale is None:
            unit = np.exp(data.mean(np.log))  # the powers of y/unit do not leave float64
            scale = unit * data.mean(lambda y: (y / unit) ** shape) ** (1.0 / shape)
        return {"scale": scale, "shape": shape}

    def log_cdf(y, scale, shape):
        return log1mexp(exp(shape * (log(y) - log(scale))))

    def log_sf(y, scale, shape):
        return -exp(shape * (log(y) - log(scale)))

    def quantile(q, scale, shape):
        return scale * (-np.log1p(-q)) ** (1.0 / shape)

    def information(scale, shape):
        # v = (y/scale)**shape is a standard exponential: E[v log v] = ψ(2) and so on
        slope = psi(2.0)
        about_scale, cross = (shape / scale) * (shape / scale), -slope / scale
        return np.array(
            [[about_scale, cross], [cross, (1.0 + slope**2 + polygamma(1, 2.0)) / shape / shape]]
        )

    def moments(scale, shape):
        first, second = gamma(1.0 + 1.0 / shape), gamma(1.0 + 2.0 / shape)
        return scale * first, scale * scale * (second - first * first)
