from __future__ import annotations

import numpy as np
from scipy.special import erf, ndtr, ndtri, owens_t

from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.link import Link
from mostlikely.calculus.ops import arcsinh, log, log_ndtr, sinh
from mostlikely.calculus.pieces import quiet
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.compositions.one_sided import HalfNormalAbove, HalfNormalBelow
from mostlikely.family.numerical import integral_of_decay, inverse_cdf
from mostlikely.family.real.normal import Normal
from mostlikely.family.summaries import spread

#: As the identity near zero and as a signed logarithm far out, so that a run to ±∞ is soon seen.
_asinh = Link("asinh", arcsinh, sinh, real)


class SkewNormal(Family):
    """Errors with one tail longer than the other: what is left of a normal after a selection.

    mu and sigma are location and scale, not mean and standard deviation (Azzalini 1985, Scand. J.
    Statist. 12:171). In small samples the estimate of the shape is infinite with positive
    probability: the data then look like half a normal.
    """

    mu = Param(real, "location: the mode of the normal part", typical=(-3.0, 3.0), unit=1)
    sigma = Param(positive, "scale: its standard deviation", typical=(0.3, 4.0), unit=1)
    shape = Param(real, "slant: positive is a longer right tail", typical=(-5.0, 5.0), link=_asinh)
    support = real
    precision_weights = {"sigma": -0.5}
    special_cases = (
        SpecialCase(Normal, {"shape": 0.0}),
        SpecialCase(
            HalfNormalAbove,
            {"shape": np.inf},
            lambda scale, minimum: {"mu": minimum, "sigma": scale},
        ),
        SpecialCase(
            HalfNormalBelow,
            {"shape": -np.inf},
            lambda scale, maximum: {"mu": maximum, "sigma": scale},
        ),
    )

    def log_prob(y, mu, sigma, shape):
        z = (y - mu) / sigma
        return -0.5 * z * z + log_ndtr(shape * z) - log(sigma) + 0.5 * np.log(2.0 / np.pi)

    def sample(rng, n, mu, sigma, shape):
        common, own = np.abs(rng.standard_normal(n)), rng.standard_normal(n)
        return mu + sigma * (shape * common + own) / np.hypot(1.0, shape)

    def start(y, w):
        mean, size = np.average(y, weights=w), spread(y, w)
        z = (y - mean) / size
        deviation = np.sqrt(np.average(z * z, weights=w)) or 1.0
        skewness = np.average((z / deviation) ** 3, weights=w)
        skewness = np.copysign(np.clip(abs(skewness), 0.05, 0.95), skewness)
        begins = [_by_moments(mean, size * deviation, g) for g in (skewness, -skewness)]
        # The likelihood may be higher yet towards a half-normal that begins at an extreme value.
        for end, shape in ((y.min(), 20.0), (y.max(), -20.0)):
            half = size * np.sqrt(np.average(((y - end) / size) ** 2, weights=w))
            begins.append({"mu": end, "sigma": half or size, "shape": shape})
        return begins

    def log_cdf(y, mu, sigma, shape):
        return _log_skew_ndtr((y - mu) / sigma, shape)

    def log_sf(y, mu, sigma, shape):
        return _log_skew_ndtr((mu - y) / sigma, -shape)

    def quantile(q, mu, sigma, shape):
        # 2Φ(z) - 1 ≤ P(Z ≤ z) ≤ 2Φ(z), whatever the shape
        z = inverse_cdf(
            q,
            ndtri(0.5 * q),
            -ndtri(0.5 * (1.0 - q)),
            lambda z: SkewNormal.log_prob(z, 0.0, 1.0, shape),
            lambda z: _log_left(z, shape),
            lambda z: _log_left(-z, -shape),
        )
        return mu + sigma * z

    def moments(mu, sigma, shape):
        mean = np.sqrt(2.0 / np.pi) * shape / np.hypot(1.0, shape)
        return mu + sigma * mean, sigma**2 * (1.0 - mean**2)

    def caveat(self, mu, sigma, shape):
        if abs(shape) > 0.1 or "shape" not in self.free:
            return None
        return (
            "Near shape = 0 the information is singular (Azzalini 1985), and standard errors "
            "mean little; compare with the Normal."
        )


def _by_moments(mean, deviation, skewness):
    """Azzalini 1985, section 2.3, solved for the parameters."""
    g = np.cbrt(2.0 * skewness / (4.0 - np.pi))
    offset = g / np.sqrt(1.0 + g * g)
    delta = np.sqrt(np.pi / 2.0) * offset
    sigma = deviation / np.sqrt(1.0 - offset**2)
    return {"mu": mean - sigma * offset, "sigma": sigma, "shape": delta / np.sqrt(1.0 - delta**2)}


@quiet
def _log_left(z, shape):
    """log P(Z ≤ z) of the standard law, every term of every sum positive.

    Beyond h = |z| a skew normal of slant ±|shape| has a thin tail F and a fat one, 2Φ(-h) - F.
    """
    h = np.abs(z)
    thin, normal = _log_thin_tail(h, np.abs(shape)), log_ndtr(-h)
    fat = normal + np.log(2.0 - np.exp(np.minimum(thin - normal, 0.0)))
    left = np.where(shape < 0.0, fat, thin)
    right = np.where(
        (shape < 0.0) | (fat < np.log(0.5)),
        np.log1p(-np.exp(np.where(shape < 0.0, thin, fat))),
        np.log(erf(h / np.sqrt(2.0)) + np.exp(thin)),
    )
    return np.where(z < 0.0, left, right)


def _log_thin_tail(h, a):
    """log F for h, a ≥ 0, where F = 2 (T(h, ∞) - T(h, a)).

    Owen's T(h, a) is the integral from 0 to a of exp(-h² (1 + x²) / 2) / (1 + x²) over 2π
    (Owen 1956, Ann. Math. Statist. 27:1075).
    """
    h, a = np.broadcast_arrays(h, a)
    far = h * np.maximum(a, 1.0) > 1.0
    g = np.where(far, h, 1.0)
    width = 80.0 / (g * g * (a + np.sqrt(a * a + 80.0 / (g * g))))
    g, b = g[..., None], a[..., None]
    area = integral_of_decay(
        lambda v: np.exp(-g * g * v * (b + 0.5 * v)) / (1.0 + (b + v) ** 2), np.zeros_like(a), width
    )
    outer = np.log(area / np.pi) - 0.5 * h * h * (1.0 + a * a)
    steep = 2.0 * owens_t(a * h, 1.0 / np.maximum(a, 1.0)) - ndtr(-a * h) * erf(h / np.sqrt(2.0))
    inner = np.where(a > 1.0, steep, ndtr(-h) - 2.0 * owens_t(h, a))
    return np.where(far, outer, np.log(np.where(far, 1.0, inner)))


@quiet
def _log_left_rule(value, args, needs):
    """From ∂F/∂z, the density, and ∂F/∂shape = -exp(-z² (1 + shape²) / 2) / (1 + shape²) / π."""
    z, a = args
    wide = 1.0 + a * a
    by_z = np.exp(SkewNormal.log_prob(z, 0.0, 1.0, a) - value)
    by_a = -np.exp(-0.5 * z * z * wide - value) / (np.pi * wide)
    mills = np.exp(-0.5 * (a * z) ** 2 - log_ndtr(a * z)) / np.sqrt(2.0 * np.pi)
    zz = by_z * (a * mills - z - by_z)
    aa = -by_a * (a * z * z + 2.0 * a / wide + by_a)
    return (by_z, by_a), (zz, -by_a * (z * wide + by_z), aa)


_log_skew_ndtr = Op("log_skew_ndtr", _log_left, _log_left_rule)
