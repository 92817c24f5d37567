from __future__ import annotations

import numpy as np
from scipy.special import gamma, gammainccinv, gammaln, polygamma, psi

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.incomplete import log_gammaincc
from mostlikely.calculus.kernels import absolute_power
from mostlikely.calculus.ops import exp, log, log1p, where
from mostlikely.calculus.special import lgamma_rise
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.real.laplace import Laplace
from mostlikely.family.real.normal import Normal
from mostlikely.family.summaries import spread, weighted_quantile
from mostlikely.family.unit.uniform import Uniform

#: Where the gamma function of 2 - 1/shape is held on its way to its pole.
LEAST = 0.05


class GeneralizedNormal(Family):
    """Symmetric errors from peaked to flat: a power of the distance; its loss is the Lp norm.

    Also called exponential power (Box and Tiao 1973, section 3.2.1). For shape < 3/2 the second
    derivative in mu has no finite variance, below 2 it is infinite at mu, and for shape ≤ 1 the
    density has a corner there: below 2 the expected information speaks for mu.
    """

    mu = Param(real, "mean of y", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "scale of y", typical=(0.3, 4.0), unit=1)
    shape = Param(positive, "power: 1 is Laplace, 2 normal, more is flatter", typical=(1.2, 4.0))
    support = real
    kinks = ("mu",)
    nonsmooth = ("mu",)
    precision_weights = {"scale": -0.5}
    special_cases = (
        SpecialCase(
            Normal, {"shape": 2.0}, lambda mu, sigma: {"mu": mu, "scale": np.sqrt(2.0) * sigma}
        ),
        SpecialCase(Laplace, {"shape": 1.0}),
        SpecialCase(
            Uniform,
            {"shape": np.inf},
            lambda low, high: {"mu": 0.5 * (low + high), "scale": 0.5 * (high - low)},
        ),
    )

    def smooth(mu, scale, shape):
        # from here on the second derivative in mu is finite; towards the uniform, where a few
        # extreme rows tell mu, it is what they tell, and the expected one is far too small
        return bool(shape >= 2.0)

    def unbounded(self, mu, scale, shape):
        # At a datum, the scale at its best, ℓ grows as n/shape log(n/(n - 1)) as shape → 0.
        free = {"mu", "scale", "shape"} <= set(self.free)
        return "shape and scale go to 0 at an observation" if shape < 1.0 and free else None

    def caveat(self, mu, scale, shape):
        if not {"mu", "scale", "shape"} <= set(self.free):
            if shape >= 1.0 or "mu" not in self.free:
                return None
            return (
                "Below shape 1 the likelihood has a local maximum wherever rows are met exactly; "
                "this is the highest that the search met."
            )
        return (
            "The likelihood is unbounded, as shape and scale go to 0 at an observation; this is a "
            "local maximum."
        )

    def log_prob(y, mu, scale, shape):
        z = (y - mu) / scale
        return -absolute_power(z, shape) - lgamma_rise(1.0, 1.0 / shape) - log(scale) - np.log(2.0)

    def sample(rng, n, mu, scale, shape):
        sign = 2.0 * rng.integers(0, 2, n) - 1.0
        return mu + scale * sign * rng.standard_gamma(1.0 / shape, n) ** (1.0 / shape)

    def start(y, w):
        middle, size = weighted_quantile(y, w, 0.5), spread(y, w)
        distance = np.abs(y - middle) / size
        begins = []
        for shape in (2.0, 1.0, 6.0):
            power = np.average(distance**shape, weights=w) or 1.0
            scale = size * (shape * power) ** (1.0 / shape)
            begins.append({"mu": middle, "scale": scale, "shape": shape})
        return begins

    def log_cdf(y, mu, scale, shape):
        return _log_left((y - mu) / scale, shape)

    def log_sf(y, mu, scale, shape):
        return _log_left((mu - y) / scale, shape)

    def quantile(q, mu, scale, shape):
        tail, r = 2.0 * np.minimum(q, 1.0 - q), np.reciprocal(shape)
        x = gammainccinv(r, tail)
        size = np.where(~(x >= 1e-20), np.abs(2.0 * q - 1.0) * gamma(1.0 + r), x**r)
        return mu + scale * np.sign(q - 0.5) * size

    def information(mu, scale, shape):
        # Nadarajah 2005, J. Appl. Statist. 32:685, section 6, in the form that has no pole
        r = np.reciprocal(shape)
        lift = 1.0 + psi(1.0 + r)
        # that of mu has no bound for shape ≤ 1/2; a climb is told of a finite one
        at_mu = shape**2 * np.exp(gammaln(np.maximum(2.0 - r, LEAST)) - gammaln(r))
        at_shape = r**3 * ((1.0 + r) * polygamma(1, 1.0 + r) + lift**2 - 1.0)
        standard = [[at_mu, 0.0, 0.0], [0.0, shape, -r * lift], [0.0, -r * lift, at_shape]]
        unit = np.array([scale, scale, 1.0])
        return np.array(standard) / np.outer(unit, unit)

    def moments(mu, scale, shape):
        return mu, scale**2 * np.exp(gammaln(3.0 / shape) - gammaln(1.0 / shape))


def _log_left(z, shape):
    """log P(Z ≤ z) of the standard law."""
    x, size = absolute_power(z, shape), where(z < 0.0, -z, z)
    # near the centre P(|Z| < z) is the first term of its series in x, which may underflow
    near = x < 1e-20
    inner = log1p(-where(near, size, 0.0) * exp(-lgamma_rise(1.0, 1.0 / shape)))
    tail = where(near, inner, log_gammaincc(1.0 / shape, where(near, 1.0, x))) - np.log(2.0)
    return where(z < 0.0, tail, log1p(-exp(tail)))
