from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import positive, real, unit
from mostlikely.calculus.ops import exp, log, log1p, where
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.compositions.one_sided import ExponentialAbove, ExponentialBelow
from mostlikely.family.real.laplace import Laplace
from mostlikely.family.summaries import spread, weighted_quantile


class AsymmetricLaplace(Family):
    """Errors of which a given share falls below mu; its loss is the pinball loss.

    With ``quantile`` known, the estimate of mu is that quantile of the sample (Koenker and Machado
    1999, J. Amer. Statist. Assoc. 94:1296).
    """

    mu = Param(real, "the quantile of y, its mode too", typical=(-3.0, 3.0), unit=1)
    scale = Param(positive, "mean pinball loss of y - mu", typical=(0.3, 4.0), unit=1)
    # The name is also a formula's, which is hung in below the class: hence the two ignores.
    quantile = Param(  # type: ignore[assignment]
        unit, "probability that y is below mu", typical=(0.1, 0.9), chosen=True
    )
    support = real
    kinks = ("mu",)
    nonsmooth = ("mu",)
    precision_weights = {"scale": -0.5}
    special_cases = (
        SpecialCase(Laplace, {"quantile": 0.5}, lambda mu, scale: {"mu": mu, "scale": 0.5 * scale}),
        SpecialCase(
            ExponentialAbove,
            {"quantile": 0.0},
            lambda mean, minimum, quantile: {"mu": minimum, "scale": mean * quantile},
        ),
        SpecialCase(
            ExponentialBelow,
            {"quantile": 1.0},
            lambda mean, maximum, quantile: {"mu": maximum, "scale": mean * (1.0 - quantile)},
        ),
    )

    def log_prob(y, mu, scale, quantile):
        loss = _pinball((y - mu) / scale, quantile)
        return -loss + log(quantile) + log1p(-quantile) - log(scale)

    def sample(rng, n, mu, scale, quantile):
        above, below = rng.standard_exponential((2, n))
        return mu + scale * (above / quantile - below / (1.0 - quantile))

    def start(y, w):
        shares = [0.5, 0.25, 0.75]
        scale = 0.5 * spread(y, w)
        middles = weighted_quantile(y, w, shares)
        return [
            {"mu": mu, "scale": scale, "quantile": q} for mu, q in zip(middles, shares, strict=True)
        ]

    def mle(data, mu=None, scale=None, quantile=None):
        if quantile is None:
            return _all_free(data) if mu is None and scale is None else None
        if mu is None:
            mu = data.median() if quantile == 0.5 else data.quantile(quantile)
        if scale is None:
            scale = data.mean(lambda y: _pinball(y - mu, quantile))
        return {"mu": mu, "scale": scale, "quantile": quantile}

    def check_loss(mu, scale, quantile):
        return 1.0 / scale, quantile

    def log_cdf(y, mu, scale, quantile):
        return _log_left((y - mu) / scale, quantile)

    def log_sf(y, mu, scale, quantile):
        return _log_left((mu - y) / scale, 1.0 - quantile)

    def information(mu, scale, quantile):
        p, q = quantile, 1.0 - quantile
        lean = np.divide(p - q, p * q)
        at_quantile = np.reciprocal(p) ** 2 + np.reciprocal(q) ** 2
        standard = [[p * q, 0.0, -1.0], [0.0, 1.0, lean], [-1.0, lean, at_quantile]]
        unit = np.array([scale, scale, 1.0])
        return np.array(standard) / np.outer(unit, unit)

    def moments(mu, scale, quantile):
        p, q = quantile, 1.0 - quantile
        return mu + scale * (q - p) / (p * q), (scale / (p * q)) ** 2 * (p * p + q * q)


def _all_free(data):
    """The estimate with nothing known.

    With A, B the mean distances above and below mu, the likelihood is highest at
    quantile = √B/(√A + √B), scale = √(AB), and the mu that makes √A + √B least (Kotz, Kozubowski
    and Podgórski 2001, The Laplace Distribution and Generalizations, section 3.5). Between two
    data the sum of roots is concave, so that mu is a datum.
    """
    y, _ = data.small()
    knots = np.unique([data.smallest, *np.quantile(y, np.linspace(0, 1, 513)), data.largest])
    above, below = _distances(data, knots)
    # Within a cell A is at least its value at the right end, B at least its value at the left.
    floor = np.sqrt(above[1:]) + np.sqrt(below[:-1])
    open_cells = np.flatnonzero(floor <= np.min(np.sqrt(above) + np.sqrt(below)))
    inside = [
        b.y[np.isin(np.searchsorted(knots, b.y, side="left") - 1, open_cells)]
        for b in data.blocks()
    ]
    mus = np.unique(np.concatenate([*inside, [data.smallest]]))
    above, below = _distances(data, mus)
    best = int(np.argmin(np.sqrt(above) + np.sqrt(below)))
    a, b = np.sqrt(above[best]), np.sqrt(below[best])
    return {"mu": mus[best], "scale": a * b, "quantile": b / (a + b) if a + b > 0.0 else 0.5}


def _distances(data, knots):
    """Mean distances of the data above and below each knot, as two arrays."""
    middle = knots[len(knots) // 2]
    weights, sums = np.zeros((2, len(knots) + 1))
    for block in data.blocks():
        cell = np.searchsorted(knots, block.y, side="left")
        w = np.ones_like(block.y) if block.w is None else block.w
        weights += np.bincount(cell, w, len(knots) + 1)
        sums += np.bincount(cell, w * (block.y - middle), len(knots) + 1)
    weight, total = np.cumsum(weights)[:-1], np.cumsum(sums)[:-1]
    place = knots - middle
    above = sums.sum() - total - place * (weights.sum() - weight)
    return np.maximum(above, 0.0) / data.total, np.maximum(place * weight - total, 0.0) / data.total


def _pinball(z, quantile):
    return where(z < 0.0, (quantile - 1.0) * z, quantile * z)


def _log_left(z, quantile):
    """log P(Z ≤ z) of the standard law."""
    above = where(z < 0.0, 0.0, z)
    upper = (1.0 - quantile) * exp(-quantile * above)
    return where(z < 0.0, log(quantile) + (1.0 - quantile) * z, log1p(-upper))


def _quantile(q, mu, scale, quantile):
    below = np.log(q / quantile) / (1.0 - quantile)
    above = -np.log((1.0 - q) / (1.0 - quantile)) / quantile
    return mu + scale * np.where(q < quantile, below, above)


# In the class body this name is the parameter's, which the base class has read by now.
AsymmetricLaplace.quantile = staticmethod(_quantile)  # type: ignore[assignment]
