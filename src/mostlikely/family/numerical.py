"""Numerical methods that several pages share: inverses, quadrature, removable singularities."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["integral_of_decay", "inverse_cdf", "through_zero"]

Array = NDArray[np.float64]


def inverse_cdf(
    q: Any,
    low: Any,
    high: Any,
    log_prob: Callable[[Array], Any],
    log_cdf: Callable[[Array], Any],
    log_sf: Callable[[Array], Any],
) -> Array:
    """The y with P(Y ≤ y) = q: Newton on the log of the smaller tail, bisection where it leaves.

    Parameters
    ----------
    q : float or array
        Probabilities.
    low, high : float or array
        Where y is known to lie; both equal where it is known.
    log_prob, log_cdf, log_sf : callable
        The law, as functions of y alone.

    Returns
    -------
    array, of the shape that ``q``, ``low`` and ``high`` broadcast to
    """
    q, low, high = np.broadcast_arrays(q, low, high)
    known = low == high
    left = q < 0.5
    with np.errstate(all="ignore"):
        target = np.where(left, np.log(q), np.log1p(-q))
        y = 0.5 * low + 0.5 * high
        for _ in range(200):
            tail = np.where(left, log_cdf(y), log_sf(y))
            excess = np.where(left, tail - target, target - tail)
            low, high = np.where(excess <= 0.0, y, low), np.where(excess >= 0.0, y, high)
            step = y - excess * np.exp(tail - log_prob(y))
            following = np.where((step > low) & (step < high), step, 0.5 * low + 0.5 * high)
            done = np.abs(following - y) <= 2.0 * np.spacing(np.abs(y))
            y = following
            if np.all(done | known):
                break
    return np.asarray(np.where(known, low, y))


@cache
def _legendre(n: int) -> tuple[Array, Array]:
    """Gauss-Legendre nodes and weights on (0, 1)."""
    x, w = np.polynomial.legendre.leggauss(n)
    return 0.5 * (x + 1.0), 0.5 * w


def integral_of_decay(f: Callable[[Array], Any], low: Any, high: Any) -> Array:
    """∫ f from ``low`` to ``high`` for an f that falls smoothly, by less than e⁻⁴⁰ or so.

    Parameters
    ----------
    f : callable
        Takes an array with one more axis, the last, than ``low``.
    low, high : float or array
        The ends; 64 Gauss-Legendre nodes lie between them.
    """
    x, w = _legendre(64)
    low, width = np.asarray(low)[..., None], np.asarray(high - low)[..., None]
    return np.asarray(np.sum(w * width * f(low + width * x), axis=-1))


def through_zero(f: Callable[[Any], Any], x: Any, radius: float = 0.35) -> Any:
    """f(x) for a real analytic f whose formula divides zero by zero at x = 0.

    Near zero it is the mean of f over a circle around it (Cauchy's formula by the trapezoid rule,
    as in Kassam and Trefethen 2005, SIAM J. Sci. Comput. 26:1214, section 3), where the formula
    keeps its digits.

    Parameters
    ----------
    f : callable
        Takes a real or complex array, and appends its axes to those of the value, if that has
        any; analytic within 1.4 radii of zero.
    x : float or array
    radius : float
    """
    x = np.asarray(x, dtype=np.float64)
    near = np.abs(x) <= 0.5 * radius
    z = radius * np.exp(2j * np.pi * (np.arange(128) + 0.5) / 128)
    mean = np.mean((f(z) * z / (z - np.where(near, x, 0.0)[..., None])).real, axis=-1)
    return np.where(near, mean, f(np.where(near, radius, x)))
