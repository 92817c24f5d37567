from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import angle, positive
from mostlikely.calculus.kernels import log_i0e
from mostlikely.calculus.ops import sin
from mostlikely.family.base import Family, Param
from mostlikely.family.numerical import integral_of_decay, inverse_cdf


class VonMises(Family):
    """Directions around a preferred one: compass bearings, times of day; its loss is 1 - cosine.

    Any real angle in radians is an observation, and turns do not count. Probabilities, quantiles
    and moments are of the angle brought to within half a turn of mu.
    """

    mu = Param(angle, "mean direction of y, radians", typical=(-3.0, 3.0))
    kappa = Param(positive, "concentration: about one over the variance", typical=(0.5, 10.0))
    support = angle

    def log_prob(y, mu, kappa):
        half = sin(0.5 * (y - mu))
        return -2.0 * kappa * half * half - log_i0e(kappa) - np.log(2.0 * np.pi)

    def sample(rng, n, mu, kappa):
        return mu + rng.vonmises(0.0, kappa, n)

    def start(y, w):
        across, along = (np.average(f(y), weights=w) for f in (np.sin, np.cos))
        mu = np.arctan2(across, along)
        lost = np.average(2.0 * np.sin(0.5 * (y - mu)) ** 2, weights=w)
        return {"mu": mu, "kappa": _concentration(lost) or 1.0}

    def statistics(y, mu, kappa):
        # cos = 1 - 2 sin² of the half angle keeps its digits when all angles are close
        return np.sin(y - mu), np.sin(0.5 * (y - mu)) ** 2

    def mle(data, mu=None, kappa=None):
        # Mardia and Jupp 2000, Directional Statistics, section 5.3.1
        if mu is None:
            rough = np.arctan2(*data.mean(lambda y: (np.sin(y), np.cos(y))))
            turn = np.arctan2(*data.mean(lambda y: (np.sin(y - rough), np.cos(y - rough))))
            mu = rough + turn
            mu = mu - 2.0 * np.pi if mu > np.pi else mu + 2.0 * np.pi if mu <= -np.pi else mu
        if kappa is None:
            kappa = _concentration(data.mean(lambda y: 2.0 * np.sin(0.5 * (y - mu)) ** 2))
        return {"mu": mu, "kappa": kappa}

    def log_cdf(y, mu, kappa):
        return _log_left(_within_a_turn(y - mu), kappa)

    def log_sf(y, mu, kappa):
        return _log_left(-_within_a_turn(y - mu), kappa)

    def quantile(q, mu, kappa):
        angle_from_mu = inverse_cdf(
            q,
            np.where(q < 1.0, -np.pi, np.pi),
            np.where(q > 0.0, np.pi, -np.pi),
            lambda x: VonMises.log_prob(x, 0.0, kappa),
            lambda x: _log_left(x, kappa),
            lambda x: _log_left(-x, kappa),
        )
        return mu + angle_from_mu

    def ends(mu, kappa):
        return mu - np.pi, mu + np.pi

    def information(mu, kappa):
        # Mardia and Jupp 2000, section 5.3.1: A(kappa) is the mean resultant length
        (lost,), (slope,) = log_i0e.rule(None, [kappa], (True,))
        return np.diag([kappa * (1.0 + lost), slope])

    def moments(mu, kappa):
        def squares(x):
            return x * x * np.exp(VonMises.log_prob(x, 0.0, np.asarray(kappa)[..., None]))

        return mu, 2.0 * integral_of_decay(squares, 0.0 * kappa, _reach(0.0, kappa))


def _within_a_turn(x):
    """The angle brought to [-π, π]."""
    return x - 2.0 * np.pi * np.round(x / (2.0 * np.pi))


def _reach(x, kappa):
    """The angle beyond x ≥ 0 at which the density has fallen by e⁻⁴⁰, at most π."""
    height = np.sin(0.5 * x) ** 2 + 20.0 / kappa
    return 2.0 * np.arcsin(np.sqrt(np.minimum(height, 1.0)))


def _log_left(x, kappa):
    """log P(X ≤ x) for -π ≤ x ≤ π around mu = 0, from the tail beyond |x|."""
    x, kappa = np.broadcast_arrays(np.asarray(x, dtype=np.float64), kappa)
    size = np.abs(x)
    a, k = size[..., None], kappa[..., None]
    area = integral_of_decay(
        lambda v: np.exp(-2.0 * k * np.sin(0.5 * v) * np.sin(a + 0.5 * v)),
        np.zeros_like(size),
        _reach(size, kappa) - size,
    )
    tail = np.log(area) + VonMises.log_prob(size, 0.0, kappa)
    return np.where(x < 0.0, tail, np.log1p(-np.exp(tail)))


def _concentration(lost):
    """The kappa with 1 - A(kappa) = ``lost``, by Newton's method.

    It is 0 where there is none, and infinite where the angles differ by their rounding only.
    """
    r = 1.0 - lost
    if r <= 0.0:
        return 0.0
    if lost < 1e-29:
        return np.inf
    # Fisher 1993, Statistical Analysis of Circular Data, eq. 4.40
    if r < 0.53:
        kappa = 2.0 * r + r**3 + 5.0 * r**5 / 6.0
    else:
        kappa = 0.43 / lost + 1.39 * r - 0.4 if r < 0.85 else 1.0 / (r * lost * (3.0 - r))
    for _ in range(50):
        (value,), (slope,) = log_i0e.rule(None, [kappa], (True,))
        step = (value + lost) / slope
        kappa = kappa - step
        if abs(step) <= 4.0 * np.spacing(kappa):
            break
    return float(kappa)
