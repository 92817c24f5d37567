from __future__ import annotations

import numpy as np
from scipy.special import erfcx

from mostlikely.calculus.dispatch import Op, unary
from mostlikely.calculus.domain import positive
from mostlikely.calculus.ops import log, log_ndtr, logaddexp, sqrt
from mostlikely.calculus.special import log1mexp
from mostlikely.family.base import Family, Param
from mostlikely.family.param import MEAN


class InverseGaussian(Family):
    """Time at which a drifting random walk first passes a level; more skewed than the gamma.

    Its loss is the inverse Gaussian deviance, Σ (y - mean)²/(mean² y). Also called Wald's; shape
    is λ, and the variance mean³/λ.
    """

    mean = Param(positive, "mean of y", typical=(0.5, 20.0), unit=1, ratios=MEAN)
    shape = Param(positive, "λ = mean³/variance: larger is tighter", typical=(0.5, 50.0), unit=1)
    support = positive
    precision_weights = {"shape": 1.0}

    def log_prob(y, mean, shape):
        log_y = log(y)
        x = (y - mean) / mean
        peak = 0.5 * (log(shape) - log_y - np.log(2.0 * np.pi)) - log_y
        return peak - 0.5 * (shape / y) * x * x

    def sample(rng, n, mean, shape):
        return rng.wald(mean, shape, n)

    def start(y, w):
        mean = np.average(y, weights=w)
        x = (y - mean) / mean
        dispersion = np.average(x * x * (mean / y), weights=w) if np.ptp(y) > 0.0 else 0.01
        return {"mean": mean, "shape": mean / dispersion}

    def statistics(y, mean, shape):
        return y / mean, mean / y, np.log(y / mean)

    def mle(data, mean=None, shape=None):
        if mean is None:
            mean = data.mean(lambda y: y)
        if shape is None:
            shape = mean * np.reciprocal(data.mean(lambda y: ((y - mean) / mean) ** 2 * (mean / y)))
        return {"mean": mean, "shape": shape}

    # P(Y ≤ y) = Φ(a) + exp(2 shape/mean) Φ(-b), whose second term is φ(a)/φ(b) Φ(-b) (Shuster,
    # *JASA* 63, 1968, 1514-1516): with the densities taken out, nothing large is left to cancel.

    def log_cdf(y, mean, shape):
        a, b = _ends(y, mean, shape)
        return logaddexp(log_ndtr(a), _log_mills(b) - 0.5 * a * a)

    def log_sf(y, mean, shape):
        a, b = _ends(y, mean, shape)
        left = _log_mills(a)
        return left - 0.5 * a * a + log1mexp(left - _log_mills(b))

    def information(mean, shape):
        return np.diag([shape / mean / mean / mean, 0.5 / shape / shape])

    def moments(mean, shape):
        return mean, mean * mean * (mean / shape)


def _ends(y, mean, shape):
    root = sqrt(shape / y)
    return root * ((y - mean) / mean), root * ((y + mean) / mean)


def _mills_derivatives(x, value):
    # h - x, with h the normal hazard; for large x by its asymptotic series (Abramowitz and
    # Stegun 26.2.12), since the difference and 1 - h (h - x) lose twice the digits of x
    hazard = np.exp(-value - 0.5 * np.log(2.0 * np.pi))
    u = 1.0 / np.square(np.maximum(x, 100.0))
    far = x > 100.0
    excess = np.where(far, (1.0 + u * (-2.0 + u * (10.0 - 74.0 * u))) / x, hazard - x)
    curve = np.where(far, u * (1.0 + u * (-6.0 + 50.0 * u)), 1.0 - hazard * (hazard - x))
    return -excess, curve


#: log(Φ(-x)/φ(x)) - log(2π)/2: Mills' ratio without its constant.
_log_mills = Op(
    "log_mills",
    lambda x: np.where(
        x > 0.0, np.log(0.5 * erfcx(np.maximum(x, 0.0) / np.sqrt(2.0))), log_ndtr(-x) + 0.5 * x * x
    ),
    unary(_mills_derivatives),
    lambda torch, x: log_ndtr(-x) + 0.5 * x * x,
    lambda sympy, x: log_ndtr(-x) + x * x / 2,
)
