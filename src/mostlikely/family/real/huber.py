from __future__ import annotations

import numpy as np
from scipy.special import erf as erf_of
from scipy.special import ndtri

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import (
    erf,
    exp,
    log,
    log1p,
    log_ndtr,
    logaddexp,
    maximum,
    minimum,
    where,
)
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.real.laplace import Laplace
from mostlikely.family.real.normal import Normal
from mostlikely.family.summaries import spread, weighted_quantile

ROOT_2PI = np.sqrt(2.0 * np.pi)

#: Scales, in spreads of the sample, and deltas that are begun from: it has several maxima.
GUESSES = ((1.2, 1.3), (0.6, 0.5), (1.0, 2.2), (0.4, 0.25))


class Huber(Family):
    """Normal errors up to delta scales from the centre, exponential beyond; its loss is Huber's.

    The least favourable law of Huber 1964, Ann. Math. Statist. 35:73, section 6: of all normal
    samples of which a given share went wrong in any symmetric way, it tells the least of mu.
    """

    mu = Param(real, "mean of y", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "σ of the normal centre", typical=(0.3, 4.0), unit=1)
    delta = Param(positive, "where the tails begin, in scales", typical=(0.6, 2.0))
    support = real
    precision_weights = {"scale": -0.5}
    special_cases = (
        SpecialCase(Normal, {"delta": np.inf}, lambda mu, sigma: {"mu": mu, "scale": sigma}),
        SpecialCase(
            Laplace, {"delta": 0.0}, lambda mu, scale, delta: {"mu": mu, "scale": scale * delta}
        ),
    )

    def log_prob(y, mu, scale, delta):
        z = (y - mu) / scale
        core = minimum(maximum(z, -delta), delta)
        return -core * (z - 0.5 * core) - _log_whole(delta) - log(scale)

    def corners(mu, scale, delta):
        return mu - delta * scale, mu, mu + delta * scale

    def sample(rng, n, mu, scale, delta):
        core, tails = ROOT_2PI * erf_of(delta / np.sqrt(2.0)), 2.0 / delta * np.exp(-0.5 * delta**2)
        low = 0.5 - 0.5 * erf_of(delta / np.sqrt(2.0))
        inner = ndtri(rng.uniform(low, 1.0 - low, n))
        outer = np.where(rng.random(n) < 0.5, -1.0, 1.0) * (
            delta + rng.standard_exponential(n) / delta
        )
        return mu + scale * np.where(rng.random(n) * (core + tails) < tails, outer, inner)

    def start(y, w):
        mu, scale = weighted_quantile(y, w, 0.5), spread(y, w)
        return [{"mu": mu, "scale": scale * c, "delta": d} for c, d in GUESSES]

    def log_cdf(y, mu, scale, delta):
        return _log_left((y - mu) / scale, delta)

    def log_sf(y, mu, scale, delta):
        return _log_left((mu - y) / scale, delta)

    def quantile(q, mu, scale, delta):
        # of the smaller tail, times the whole, as the density is written
        area = np.minimum(q, 1.0 - q) * np.exp(_log_whole(delta))
        tail = np.exp(-0.5 * delta**2) / delta
        beyond = np.log(area * delta) / delta - 0.5 * delta
        gap = np.exp(_log_gap(delta))
        within = ndtri(np.where(area > tail, area - gap, 0.5 * ROOT_2PI) / ROOT_2PI)
        return mu + scale * np.sign(q - 0.5) * -np.where(area > tail, within, beyond)

    def moments(mu, scale, delta):
        tails = 4.0 * (1.0 / delta + delta**-3.0) * np.exp(-0.5 * delta**2)
        core = ROOT_2PI * erf_of(delta / np.sqrt(2.0))
        return mu, scale**2 * (core + tails) * np.exp(-_log_whole(delta))


def _log_whole(delta):
    """log ∫ exp(-ρ(z)) dz: the normal centre and two exponential tails, none of them negative."""
    core = ROOT_2PI * delta * erf(delta * np.sqrt(0.5))
    return log(core + 2.0 * exp(-0.5 * delta * delta)) - log(delta)


def _log_gap(delta):
    """log of what an exponential tail has more than the normal one that it stands for.

    exp(-δ²/2)/δ - √(2π) Φ(-δ) cancels far out, where it is the asymptotic series of Mills' ratio.
    """
    far = delta > 12.0
    near = where(far, 1.0, delta)
    mills = ROOT_2PI * exp(log_ndtr(-near) + 0.5 * near * near)
    u = 1.0 / (delta * delta)
    u = where(far, u, 0.005)
    series = u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * (945.0 - u * 10395.0)))))
    excess = where(far, series, 1.0 - near * mills)
    return log(excess) - log(delta) - 0.5 * delta * delta


def _log_left(z, delta):
    """log P(Z ≤ z) of the standard law."""
    left = where(z < 0.0, z, -z)
    beyond = left < -delta
    tail = delta * left + 0.5 * delta * delta - log(delta)
    within = logaddexp(
        _log_gap(delta), 0.5 * np.log(2.0 * np.pi) + log_ndtr(where(beyond, 0.0 * left, left))
    )
    half = where(beyond, tail, within) - _log_whole(delta)
    return where(z < 0.0, half, log1p(-exp(half)))
