from __future__ import annotations

import numpy as np
from scipy.special import beta, polygamma, psi

from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import log1mexp, softplus
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.param import TIME
from mostlikely.family.positive.log_logistic import LogLogistic
from mostlikely.family.positive.lomax import Lomax
from mostlikely.family.positive.pareto import Pareto
from mostlikely.family.positive.weibull import Weibull
from mostlikely.family.summaries import log_moments


class Burr12(Family):
    """Incomes, claims and flood peaks with a power-law tail: P(Y > y) = (1 + (y/scale)^c)^-d.

    Also called Singh-Maddala. A Weibull whose hazards differ between units as a gamma does; the
    upper tail falls as y**-(c d), the lower as y**c.
    """

    scale = Param(
        positive,
        "scale of y: where the power law sets in",
        typical=(0.5, 20.0),
        unit=1,
        ratios=TIME,
    )
    c = Param(positive, "exponent of the lower tail", typical=(0.8, 6.0))
    d = Param(positive, "tail exponent over c: larger is lighter", typical=(0.4, 5.0))
    support = positive
    special_cases = (
        SpecialCase(Lomax, when={"c": 1.0}, rest=lambda scale, shape: {"scale": scale, "d": shape}),
        SpecialCase(
            LogLogistic, when={"d": 1.0}, rest=lambda scale, shape: {"scale": scale, "c": shape}
        ),
        SpecialCase(
            Weibull,
            when={"d": np.inf},
            rest=lambda scale, shape, d: {"scale": scale * d ** (1.0 / shape), "c": shape},
        ),
        SpecialCase(
            Pareto,
            when={"c": np.inf},
            rest=lambda shape, minimum, c: {"scale": minimum, "d": shape / c},
        ),
    )

    def log_prob(y, scale, c, d):
        log_y = log(y)
        t = c * (log_y - log(scale))
        return log(c) + log(d) - log_y - d * softplus(t) - softplus(-t)

    def sample(rng, n, scale, c, d):
        return scale * (rng.standard_exponential(n) / rng.standard_gamma(d, n)) ** (1.0 / c)

    def start(y, w):
        """Log-logistic, and with a heavier tail; given the rest, the best d is known."""
        middle, deviation = log_moments(y, w)
        guesses = []
        for shift, factor in ((0.0, 1.0), (-1.5, 2.0)):
            scale, c = np.exp(middle + shift * deviation), factor * np.pi / np.sqrt(3.0) / deviation
            t = c * (np.log(y) - np.log(scale))
            guesses.append({"scale": scale, "c": c, "d": 1.0 / np.average(softplus(t), weights=w)})
        return guesses

    def mle(data, scale=None, c=None, d=None):
        if scale is None or c is None:
            return None
        if d is None:
            d = np.reciprocal(data.mean(lambda y: softplus(c * (np.log(y) - np.log(scale)))))
        return {"scale": scale, "c": c, "d": d}

    def log_cdf(y, scale, c, d):
        return log1mexp(d * softplus(c * (log(y) - log(scale))))

    def log_sf(y, scale, c, d):
        return -d * softplus(c * (log(y) - log(scale)))

    def quantile(q, scale, c, d):
        return scale * np.expm1(-np.log1p(-q) / d) ** (1.0 / c)

    def information(scale, c, d):
        # V = 1/(1 + (y/scale)^c) is Beta(d, 1) and t = log(1/V - 1): the expectations of
        # (1-V) t, V (1-V) t and V (1-V) t² are those of t and t² under Beta(d, 2), Beta(d + 1, 2)
        top = psi(2.0) - psi(d)
        once = psi(2.0) - psi(d + 1.0)
        twice = once**2 + polygamma(1, 2.0) + polygamma(1, d + 1.0)
        tail = d / (d + 2.0)
        scale_scale = (c / scale) * (c / scale) * tail
        scale_c = -once * tail / scale
        scale_d = -c / scale / (d + 1.0)
        c_c = (1.0 + tail * twice) / c / c
        c_d = top / (c * (d + 1.0))
        return np.array(
            [[scale_scale, scale_c, scale_d], [scale_c, c_c, c_d], [scale_d, c_d, 1.0 / d / d]]
        )

    def moments(scale, c, d):
        def raw(order):
            value = scale**order * d * beta(d - order / c, 1.0 + order / c)
            return np.where(c * d > order, value, np.inf)

        mean, square = raw(1), raw(2)
        return mean, square - np.where(np.isfinite(square), mean, 0.0) ** 2
