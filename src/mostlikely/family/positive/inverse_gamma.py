from __future__ import annotations

import numpy as np
from scipy.special import gammainccinv, polygamma

from mostlikely.calculus.deviance import inverse_gamma_deviance
from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import log
from mostlikely.calculus.special import stirling
from mostlikely.family.base import Family, Param
from mostlikely.family.param import TIME
from mostlikely.family.positive.gamma import Gamma


class InverseGamma(Family):
    """The reciprocal of a gamma: unknown variances, and amounts with a power-law upper tail.

    The tail falls as y**-(shape + 1): the mean is finite for shape > 1, the variance for
    shape > 2.
    """

    scale = Param(
        positive,
        "scale of y: the mode is scale/(shape + 1)",
        typical=(0.5, 20.0),
        unit=1,
        ratios=TIME,
    )
    shape = Param(positive, "tail exponent: larger is lighter", typical=(1.2, 12.0))
    support = positive

    def log_prob(y, scale, shape):
        # scale/y is a standard gamma variable: as there, Stirling has cancelled the large terms
        peak = 0.5 * (log(shape) - np.log(2.0 * np.pi)) - stirling(shape)
        return peak - inverse_gamma_deviance(y, scale, shape) - log(y)

    def sample(rng, n, scale, shape):
        return scale / rng.standard_gamma(shape, n)

    def start(y, w):
        reciprocal = Gamma.start(1.0 / y, w)
        shape = reciprocal["shape"]
        return {"scale": shape / reciprocal["mean"], "shape": shape}

    def statistics(y, scale, shape):
        return scale / y, np.log(y / scale)

    def mle(data, scale=None, shape=None):
        if shape is None:
            return None
        return {
            "scale": shape / data.mean(lambda y: 1.0 / y) if scale is None else scale,
            "shape": shape,
        }

    def log_cdf(y, scale, shape):
        return Gamma.log_sf(1.0 / y, shape / scale, shape)

    def log_sf(y, scale, shape):
        return Gamma.log_cdf(1.0 / y, shape / scale, shape)

    def quantile(q, scale, shape):
        return scale / gammainccinv(shape, q)

    def information(scale, shape):
        cross = -1.0 / scale
        return np.array([[shape / scale / scale, cross], [cross, polygamma(1, shape)]])

    def moments(scale, shape):
        with np.errstate(divide="ignore"):
            mean = np.divide(scale, np.maximum(shape - 1.0, 0.0))
            return mean, mean * (mean / np.maximum(shape - 2.0, 0.0))
