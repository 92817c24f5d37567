"""log P(low ≤ y ≤ high) under a family, with its derivatives.

The difference of two probabilities keeps its digits in the tail where both are small, and loses
them all where the interval is narrow: there the density is integrated instead.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from mostlikely.calculus.gathered import gathered
from mostlikely.calculus.ops import exp, log, where
from mostlikely.calculus.special import log1mexp

__all__ = ["log_between", "plain_value"]

#: A difference of logarithms below this has lost two digits; Gauss's rule keeps all of them, as
#: the density then varies little.
NARROW = 0.05
#: Gauss and Legendre's rule: 10 points integrate exp(x) over such an interval to 1e-25.
NODES, SHARES = np.polynomial.legendre.leggauss(10)
#: So many counts are added one by one.
FEW = 8


def plain_value(x: Any) -> Any:
    """A jet's value; anything else as it is."""
    return getattr(x, "value", x)


def log_between(family: Any, low: Any, high: Any, values: Sequence[Any]) -> Any:
    """The log-probability of an interval, one per row.

    Parameters
    ----------
    family : Family
        One that declares ``log_cdf`` and ``log_sf``.
    low, high : arrays of shape (rows,)
        The ends, low < high (low ≤ high of counts, of which both belong to the interval); −∞ and
        ∞ where there is none.
    values : sequence
        The parameters in the family's order: numbers, arrays of shape (rows,), jets of such.

    Returns
    -------
    array or jet
        −∞ where the interval lies outside of what is possible.
    """
    first, last = _ends(family, values)
    if family.support.discrete:  # P(y ≤ high) − P(y ≤ low − 1)
        low, high, first = np.ceil(low) - 1.0, np.floor(high), first - 0.5
    left, right = low <= first, high >= last
    none, all_of = (high <= first) | (low >= last), left & right
    known = none | all_of
    kinds: list[tuple[Any, Callable[..., Any]]] = [
        (none, lambda low, high, *values: np.full(len(low), -np.inf)),
        (all_of & ~none, lambda low, high, *values: np.zeros(len(low))),
        (left & ~known, lambda low, high, *values: family.log_cdf(high, *values)),
        (right & ~known, lambda low, high, *values: family.log_sf(low, *values)),
        (~(left | right | known), partial(_between, family)),
    ]
    return gathered(kinds, low, high, *values)


def _ends(family: Any, values: Sequence[Any]) -> tuple[Any, Any]:
    """Smallest and largest possible values, as numbers or arrays."""
    if family.ends is None:
        return family.support.low, family.support.high
    low, high = family.ends(*map(plain_value, values))
    return low, high


def _between(family: Any, low: Any, high: Any, *values: Any) -> Any:
    """Two ends inside of what is possible."""
    if family.support.discrete:
        few = high - low <= FEW
        return gathered(
            [(few, partial(_added, family)), (~few, partial(_difference, family))],
            low,
            high,
            *values,
        )
    numbers = [*map(plain_value, values)]
    narrow = _steps(family, low, high, numbers)[1] < NARROW
    if family.corners is not None:
        for corner in family.corners(*numbers):
            narrow = narrow & ~((low < corner) & (corner < high))
    kinds = [(narrow, partial(_integrated, family)), (~narrow, partial(_difference, family))]
    return gathered(kinds, low, high, *values)


def _steps(family: Any, low: Any, high: Any, values: Sequence[Any]) -> tuple[Any, Any]:
    """The larger of two log-probabilities that differ by the interval's, and by how much.

    Of those below its ends, or of those above: whichever are smaller.
    """
    below, above = family.log_cdf(high, *values), family.log_sf(low, *values)
    left = plain_value(below) < plain_value(above)
    kinds = [
        (left, lambda low, high, *v: _pair(family.log_cdf(high, *v), family.log_cdf(low, *v))),
        (~left, lambda low, high, *v: _pair(family.log_sf(low, *v), family.log_sf(high, *v))),
    ]
    both = [
        gathered([(rows, lambda *a, f=f, k=k: f(*a)[k]) for rows, f in kinds], low, high, *values)
        for k in (0, 1)
    ]
    return both[0], both[1]


def _pair(larger: Any, smaller: Any) -> tuple[Any, Any]:
    return larger, larger - smaller


def _difference(family: Any, low: Any, high: Any, *values: Any) -> Any:
    """log(a − b) = log a + log(1 − b/a)."""
    larger, step = _steps(family, low, high, values)
    return larger + log1mexp(step)


def _added(family: Any, low: Any, high: Any, *values: Any) -> Any:
    """Counts from low + 1 to high, one by one; relative to the largest."""
    terms = []
    for k in range(1, FEW + 1):
        y = np.minimum(low + k, high)
        terms.append((low + k <= high, family.log_prob(y, *values)))
    top = np.max([np.where(used, plain_value(term), -np.inf) for used, term in terms], axis=0)
    top = np.where(np.isfinite(top), top, 0.0)
    total: Any = 0.0
    for used, term in terms:
        total = total + where(used, exp(term - top), 0.0)
    return log(total) + top


def _integrated(family: Any, low: Any, high: Any, *values: Any) -> Any:
    """Gauss's rule for the density, relative to that in the middle."""
    half = 0.5 * (high - low)
    middle = low + half
    top = family.log_prob(middle, *values)
    level = plain_value(top)
    total: Any = 0.0
    for node, share in zip(NODES, SHARES, strict=True):
        total = total + share * exp(family.log_prob(middle + half * node, *values) - level)
    return log(total) + level + np.log(half)
