from __future__ import annotations

import numpy as np
from scipy.special import gammaincinv

from mostlikely.calculus.deviance import gamma_deviance
from mostlikely.calculus.domain import positive
from mostlikely.calculus.incomplete import log_gammainc, log_gammaincc
from mostlikely.calculus.jet import seed
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import stirling
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.param import MEAN
from mostlikely.family.positive.exponential import Exponential


class Gamma(Family):
    """Amounts whose spread grows with their mean: rain, claims, waits for several events.

    Its loss is the gamma deviance, 2 Σ ((y - mean)/mean - log(y/mean)). The rate of other
    parameterisations is shape/mean, the coefficient of variation 1/√shape.
    """

    mean = Param(positive, "mean of y", typical=(0.5, 20.0), unit=1, ratios=MEAN)
    shape = Param(positive, "1/CV²: larger is tighter", typical=(0.5, 30.0))
    support = positive
    special_cases = (SpecialCase(Exponential, when={"shape": 1.0}),)
    precision_weights = {"shape": 1.0}

    def log_prob(y, mean, shape):
        # log(shape**shape e**-shape / Γ(shape)) by Stirling: no large terms are left to cancel
        peak = 0.5 * (log(shape) - np.log(2.0 * np.pi)) - stirling(shape)
        return peak - shape * gamma_deviance(y, mean) - log(y)

    def sample(rng, n, mean, shape):
        return mean * (rng.standard_gamma(shape, n) / shape)

    def start(y, w):
        """Thom's approximation to the estimate (*Monthly Weather Review* 86, 1958, 117-122)."""
        mean = np.average(y, weights=w)
        gap = np.average(gamma_deviance(y, mean), weights=w) if np.ptp(y) > 0.0 else 0.005
        return {"mean": mean, "shape": (1.0 + np.sqrt(1.0 + 4.0 / 3.0 * gap)) / (4.0 * gap)}

    def statistics(y, mean, shape):
        z = y * (1.0 / mean)
        return z, np.log(z)

    def mle(data, mean=None, shape=None):
        if shape is None:
            return None
        return {"mean": data.mean(lambda y: y) if mean is None else mean, "shape": shape}

    def log_cdf(y, mean, shape):
        return log_gammainc(shape, shape * (y / mean))

    def log_sf(y, mean, shape):
        return log_gammaincc(shape, shape * (y / mean))

    def quantile(q, mean, shape):
        return mean * (gammaincinv(shape, q) / shape)

    def information(mean, shape):
        # ψ'(shape) - 1/shape, of which Stirling's remainder has the digits
        remainder = stirling(seed([shape])[0]).hess[0]
        return np.diag([shape / mean / mean, remainder + 0.5 / shape / shape])

    def moments(mean, shape):
        return mean, mean * (mean / shape)
