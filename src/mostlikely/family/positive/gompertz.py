from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import nonnegative, positive, real
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import expm1_ratio, log1mexp, log1p_ratio
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.param import HAZARD
from mostlikely.family.positive.exponential import Exponential


class Gompertz(Family):
    """Lifetimes whose hazard grows by the same factor every year: rate·exp(shape·y).

    With a negative shape the hazard dies out and the share exp(rate/shape) never has the event:
    the density adds up to less than one. The log-likelihood is concave in (log rate, shape).
    """

    rate = Param(positive, "hazard at y = 0", typical=(0.02, 1.0), unit=-1, ratios=HAZARD)
    shape = Param(real, "growth of the log hazard per unit of y", typical=(0.05, 1.0), unit=-1)
    support = nonnegative
    special_cases = (
        SpecialCase(Exponential, when={"shape": 0.0}, rest=lambda mean: {"rate": 1.0 / mean}),
    )

    def log_prob(y, rate, shape):
        return log(rate) + shape * y - rate * y * expm1_ratio(shape * y)

    def sample(rng, n, rate, shape):
        return _time_of_hazard(rng.standard_exponential(n), rate, shape)

    def start(y, w):
        """Where sd = 1.28/shape, as for a large shape, or infinite at shape 0, where sd = mean."""
        mean = np.average(y, weights=w)
        deviation = np.sqrt(np.average((y - mean) ** 2, weights=w))
        unit = mean or 1.0
        shape = (np.clip(unit / max(deviation, 0.1 * unit), 0.1, None) - 1.0) * 1.28 / unit
        exposure = np.average(y * expm1_ratio(shape * y), weights=w)
        return {"rate": 1.0 / (exposure or unit), "shape": shape}

    def mle(data, rate=None, shape=None):
        if shape is None:
            return None
        if rate is None:
            rate = np.reciprocal(data.mean(lambda y: y * expm1_ratio(shape * y)))
        return {"rate": rate, "shape": shape}

    def log_cdf(y, rate, shape):
        return log1mexp(rate * y * expm1_ratio(shape * y))

    def log_sf(y, rate, shape):
        return -rate * y * expm1_ratio(shape * y)

    def quantile(q, rate, shape):
        return _time_of_hazard(-np.log1p(-q), rate, shape)

    def moments(rate, shape):
        # E f(Y) = ∫ f(time of hazard h) exp(-h) dh, by the double exponential rule
        t = np.arange(-4.5, 5.5, 1.0 / 32.0)
        hazard = np.exp(t - np.exp(-t))
        weight = np.exp(-hazard) * hazard * (1.0 + np.exp(-t)) / 32.0
        proper = np.asarray(shape) >= 0.0
        rate, shape = np.asarray(rate)[..., None], np.maximum(shape, 0.0)[..., None]
        time = _time_of_hazard(hazard, rate, shape)
        mean = np.sum(weight * time, axis=-1)
        square = np.sum(weight * (time - mean[..., None]) ** 2, axis=-1)
        return np.where(proper, mean, np.inf), np.where(proper, square, np.inf)

    def caveat(rate, shape):
        if shape >= 0.0:
            return None
        return (
            f"With a negative shape the hazard dies out: a share of {np.exp(rate / shape):.3g} "
            "never has the event, and the density adds up to the rest only."
        )


def _time_of_hazard(hazard, rate, shape):
    """The y at which the cumulated hazard is reached; infinite where it never is."""
    h = hazard / rate
    reached = shape * h > -1.0
    return np.where(reached, h * log1p_ratio(np.where(reached, shape * h, 0.0)), np.inf)
