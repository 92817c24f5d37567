"""Rough, robust summaries of a weighted sample: what start values are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["log_moments", "spread", "weighted_quantile"]


def weighted_quantile(y: NDArray[Any], w: NDArray[Any], q: Any) -> Any:
    """The value that a share ``q`` of the weight lies below; the middle, where a gap of them does.

    Parameters
    ----------
    y, w : array, shape (n,)
        Values and weights, at least one of them positive.
    q : float or array
        Shares between 0 and 1.

    Returns
    -------
    float or array, of the shape of ``q``

    Examples
    --------
    >>> weighted_quantile(np.array([3.0, 1.0, 2.0]), np.array([1.0, 1.0, 2.0]), 0.25)
    np.float64(1.5)
    """
    y, w = y[w > 0.0], w[w > 0.0]
    order = np.argsort(y)
    total = np.cumsum(w[order])
    target = np.asarray(q) * total[-1]
    first = np.searchsorted(total, target, side="left")
    last = np.minimum(np.searchsorted(total, target, side="right"), len(y) - 1)
    return 0.5 * y[order[first]] + 0.5 * y[order[last]]


def spread(y: NDArray[Any], w: NDArray[Any]) -> float:
    """A positive scale of any sample.

    Half its interquartile range; where that is zero the mean distance from the median; where all
    values are equal their size, or one.

    Examples
    --------
    >>> spread(np.array([0.0, 1.0, 2.0, 3.0, 50.0]), np.ones(5))
    1.0
    >>> spread(np.full(4, -7.0), np.ones(4))
    7.0
    """
    low, middle, high = weighted_quantile(y, w, [0.25, 0.5, 0.75])
    for size in (0.5 * high - 0.5 * low, np.average(np.abs(y - middle), weights=w), abs(middle)):
        if size > 0.0:
            return float(size)
    return 1.0


def log_moments(y: NDArray[Any], w: NDArray[Any]) -> tuple[float, float]:
    """Mean and standard deviation of log y, y positive; 0.01 where all values are equal.

    Examples
    --------
    >>> mean, deviation = log_moments(np.array([1.0, np.e**2]), np.ones(2))
    >>> round(mean, 9), round(deviation, 9)
    (1.0, 1.0)
    """
    x = np.log(y)
    mean = np.average(x, weights=w)
    deviation = np.sqrt(np.average((x - mean) ** 2, weights=w)) if np.ptp(x) > 0.0 else 0.01
    return float(mean), float(deviation)
