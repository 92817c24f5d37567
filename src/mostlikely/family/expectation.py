"""Exact expectations under a noise model, from its log-density alone.

Nothing here knows a quantile or a distribution function, so that what it computes can be held
against those. A few seeded draws say where the mass is; the rest is quadrature.

References
----------
Takahasi and Mori, "Double exponential formulas for numerical integration", *Publ. RIMS* 9 (1974)
721-741. Press et al., *Numerical Recipes*, 3rd ed. (2007), section 4.5.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf, isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.jet import Jet, seed
from mostlikely.errors import ModelError
from mostlikely.family.formulas import Formulas, Law

__all__ = [
    "Expectation",
    "declared_information",
    "expectation",
    "expected_information",
    "log_mass",
    "score",
]

Array = NDArray[np.float64]

#: exp(π/2 sinh 6.75) is 1e292: nodes reach both ends of float64.
_REACH = 6.75
_COARSEST, _FINEST = 0.25, 1.0 / 512.0
_LARGEST_BLOCK = 2**22


class Expectation(NamedTuple):
    """A number (or vector) and how far it may be off.

    Parameters
    ----------
    value : array
        E[f(y)], one entry per component of f.
    error : float
        The last two refinements' difference and what may lie beyond the outermost node, or the
        last block of a sum, relative to E|f(y)|.
    """

    value: Array
    error: float


def expectation(law: Law, f: Callable[[Array], Any], tolerance: float = 1e-12) -> Expectation:
    """E[f(y)] under a law.

    Parameters
    ----------
    law : Distribution
    f : callable
        Takes n points y inside the support, returns an array (n,) or (m, n).
    tolerance : float
        Relative to E|f(y)|; the refinement stops there, or where it gets no further.

    Examples
    --------
    >>> import mostlikely as ml
    >>> mean, error = expectation(ml.Exponential().at(mean=3), lambda y: y)
    >>> print(f"{mean[0]:.9f}", error < 1e-9)
    3.000000000 True
    """
    with np.errstate(all="ignore"):
        levels = _sums(law, f) if law.family.support.discrete else _integrals(law, f)
        level = next(levels)
        for level in levels:
            if level.error <= tolerance * level.size:
                break
    return Expectation(level.value, level.error / level.size if level.size > 0.0 else level.error)


class _Level(NamedTuple):
    """E[f], the largest component's E|f|, and how far the former may be off."""

    value: Any
    size: float
    error: float


def score(family: Formulas, values: Mapping[str, Any], names: Sequence[str], y: Any) -> Array:
    """∂ log p(y) / ∂θ on the natural scale, one row per name in ``names``, one column per y."""
    y = np.asarray(y, dtype=np.float64)
    inner = dict(zip(names, seed([values[k] for k in names], order=1), strict=True))
    jet = family.log_prob(y, *family.arguments({**values, **inner}))
    grad = jet.grad if isinstance(jet, Jet) else (None,) * len(names)
    return np.stack([np.broadcast_to(0.0 if g is None else g, y.shape) for g in grad])


def declared_information(family: Formulas, values: Sequence[Any]) -> list[list[Any]] | None:
    """The family's own formula of the expected information at jets, or None where it is not one.

    Parameters
    ----------
    family : Family
    values : sequence of Jet or number
        Every parameter, in order; of the rows, or of one.

    Returns
    -------
    list of lists of Jet or number, or None
        Per pair of free parameters. None where there is no formula, or where jets cannot go
        through it.
    """
    if family.information is None:
        return None
    try:
        whole = np.asarray(family.information(*values), dtype=object)
    except (TypeError, ValueError, IndexError):  # a function in it that takes numbers only
        return None
    estimable = [k for k, p in family.parameters.items() if not p.known]
    if whole.shape != (len(estimable),) * 2:
        return None
    index = [estimable.index(k) for k in family.free]
    return [[whole[a, b] for b in index] for a in index]


def expected_information(
    family: Formulas, values: Mapping[str, Any], names: Sequence[str]
) -> Array:
    """Expected (Fisher) information per observation in ``names``, on the natural scale.

    The family's own formula where it declares one, otherwise E[score scoreᵀ].

    Returns
    -------
    array, k × k
        In the order of ``names``.

    Examples
    --------
    >>> import mostlikely as ml
    >>> expected_information(ml.Normal(), {"mu": 0.0, "sigma": 2.0}, ["mu", "sigma"])
    array([[0.25, 0.  ],
           [0.  , 0.5 ]])
    """
    if family.information is not None:
        whole = np.asarray(family.information(*family.arguments(values)), dtype=np.float64)
        estimable = [k for k, p in family.parameters.items() if not p.known]
        index = [estimable.index(k) for k in names]
        return whole[np.ix_(index, index)]
    k = len(names)

    def squares(y: Array) -> Array:
        s = score(family, values, names, y)
        return (s[:, None, :] * s[None, :, :]).reshape(k * k, -1)

    found = expectation(family.at(**{k: values[k] for k in family.free}), squares)
    information: Array = found.value.reshape(k, k)
    if not found.error <= 1e-6:
        raise ModelError(
            f"the expected information of {family.name} could not be computed to six digits here; "
            'use kind="observed".'
        )
    return information


# Continuous y: the trapezoid rule in t, after a change of variable that makes every piece's
# integrand die doubly exponentially at both ends.

Piece = tuple[float, float, float]


def _pieces(law: Law, low: float, high: float) -> list[Piece]:
    """(start, end, scale) of the pieces of (low, high), cut where the mass and the corners are."""
    center, scale = _location(law)
    cuts = [float(law.values[k]) for k in law.family.kinks]
    cuts += [] if law.family.corners is None else map(float, law.family.corners(*law.arguments))
    cuts = cuts or [center]
    edges = [low, *sorted(c for c in cuts if low < c < high), high]
    if len(edges) == 2 and not any(map(isfinite, edges)):
        edges.insert(1, center)
    return [(a, b, scale) for a, b in pairwise(edges)]


def _location(law: Law) -> tuple[float, float]:
    quartiles = np.quantile(law.sample(255, seed=0), [0.25, 0.5, 0.75])
    spread = float(quartiles[2] - quartiles[0])
    return float(quartiles[1]), spread if spread > 0.0 else max(abs(float(quartiles[1])), 1.0)


def _nodes(piece: Piece, t: Array) -> tuple[Array, Array]:
    """Points y(t) and log |dy/dt|: tanh-sinh between finite ends, exp-sinh towards infinity."""
    a, b, scale = piece
    u = 0.5 * np.pi * np.sinh(t)
    log_du = np.log(0.5 * np.pi * np.cosh(t))
    if isfinite(a) and isfinite(b):
        # the distance from the nearer end is what must keep its digits
        near = (b - a) / (1.0 + np.exp(np.abs(u)))
        log_slope = np.log(b - a) + log_du - 2.0 * np.logaddexp(u / 2, -u / 2)
        log_slope = np.where(near < np.finfo(float).tiny, -inf, log_slope)
        return np.where(u < 0.0, a + near, b - near), log_slope
    away = scale * np.exp(u)
    return (a + away if isfinite(a) else b - away), np.log(scale) + u + log_du


def _grid(step: float, odd: bool) -> Array:
    n = int(_REACH / step)
    k = np.arange(-n, n + 1)
    return step * (k[k % 2 != 0] if odd else k).astype(np.float64)


def _integrals(law: Law, f: Callable[[Array], Any]) -> Iterator[_Level]:
    """As the step is halved, over the new points alone."""
    pieces = _pieces(law, *law.ends)
    value: Any = 0.0
    size, step, odd = 0.0, _COARSEST, False
    while step >= _FINEST:
        before, beyond = value, 0.0
        value, size = 0.5 * value, 0.5 * size
        for piece in pieces:
            y, log_slope = _nodes(piece, _grid(step, odd))
            mass = np.exp(law.log_prob(y) + log_slope)
            total, absolute = _weighted(f, y, step * mass)
            value, size = value + total, size + absolute
            outermost = np.flatnonzero(mass > 0.0)[[0, -1]] if np.any(mass > 0.0) else slice(0)
            beyond = max(beyond, _weighted(f, y[outermost], mass[outermost])[1])
        yield _Level(value, size, float(np.max(np.abs(value - before))) + beyond)
        step, odd = 0.5 * step, True


def _weighted(f: Callable[[Array], Any], y: Array, mass: Array) -> tuple[Any, float]:
    """Σ f(y) mass per component, and the largest component's Σ |f(y)| mass."""
    there = mass > 0.0
    terms = np.atleast_2d(f(y[there])) * mass[there]
    return terms.sum(axis=1), float(np.max(np.abs(terms).sum(axis=1)))


# Discrete y: sums outward from the middle, in blocks that double.


def _outward(law: Law, first: float, last: float) -> Iterator[tuple[Array, bool]]:
    """The whole numbers from ``first`` to ``last`` in blocks, and whether the last one came."""
    down = up = float(np.floor(np.clip(_location(law)[0], first, last)))
    block = 512.0
    while block < _LARGEST_BLOCK:
        lower, upper = max(first, down - block), min(last + 1.0, up + block)
        y = np.concatenate([np.arange(lower, down), np.arange(up, upper)])
        down, up, block = lower, upper, 2.0 * block
        ended = down <= first and up > last
        yield y, ended
        if ended:
            return


def _sums(law: Law, f: Callable[[Array], Any]) -> Iterator[_Level]:
    value: Any = 0.0
    size = 0.0
    for y, ended in _outward(law, *law.ends):
        total, absolute = _weighted(f, y, np.exp(law.log_prob(y)))
        value, size = value + total, size + absolute
        yield _Level(value, size, 0.0 if ended else absolute)


def log_mass(law: Law, low: float, high: float) -> float:
    """log P(low < y ≤ high), with its relative digits however small it is."""
    if not low < high:
        return -inf
    levels = _log_sums if law.family.support.discrete else _log_integrals
    before = inf
    with np.errstate(all="ignore"):
        for total in levels(law, low, high):
            if total == before or abs(total - before) < 1e-13:
                break
            before = total
    return total


def _log_integrals(law: Law, low: float, high: float) -> Iterator[float]:
    pieces = _pieces(law, low, high)
    step = 0.25 * _COARSEST
    while step >= _FINEST:
        parts = (_nodes(piece, _grid(step, odd=False)) for piece in pieces)
        terms = [law.log_prob(y) + log_slope for y, log_slope in parts]
        yield float(np.logaddexp.reduce(np.concatenate(terms)) + np.log(step))
        step *= 0.5


def _log_sums(law: Law, low: float, high: float) -> Iterator[float]:
    total = -inf
    for y, _ in _outward(law, np.floor(low) + 1.0, np.floor(high)):
        total = float(np.logaddexp.reduce([total, *law.log_prob(y)]))
        yield total
