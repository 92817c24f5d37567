"""Probabilities of counts as that of the likeliest mean, less a distance from it.

A log-probability of counts is a difference of huge terms, y log(mean) - mean - log y!. Written as
its value at mean = y less half the unit deviance it is a sum of small terms, each with all of its
digits, for counts of 1e15 as for counts of one (Loader, *Fast and accurate computation of
binomial probabilities*, 2000, eqs. 4-5). A binomial is two Poissons given their sum; counts more
dispersed than these are in `counting_sizes`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special as sc

from mostlikely.calculus import ops
from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.lookup import FEW, places_of, tabulated
from mostlikely.calculus.pieces import (
    Piece,
    always,
    as_floats,
    by_rows,
    chosen,
    pieced,
    quiet,
    tensors,
)
from mostlikely.calculus.rules import RULES
from mostlikely.calculus.special import log1pmx, stirling_series

#: Counts whose deviance may cancel near the mean.
SMALL = 16.0

__all__ = [
    "far_term",
    "kl_div",
    "large_counts",
    "poisson_deviance",
    "poisson_peak",
]


def _log_peak_large(y: Any) -> Any:
    return -0.5 * ops.log(2.0 * np.pi * y) - stirling_series(1.0 / y)


def _log_peak_small(y: Any) -> Any:
    return ops.xlogy(y, y) - y - ops.lgamma(y + 1.0)


def _log_peak_small_derivatives(y: Any) -> tuple[Any, Any]:
    return np.log(y) - sc.digamma(y + 1.0), 1.0 / y - sc.polygamma(1, y + 1.0)


#: y log y - y - log Γ(y + 1): the largest log-probability that a Poisson gives y, at mean = y.
_peak = pieced(
    "poisson_peak",
    [
        Piece(lambda y: y >= 8.0, _log_peak_large, (10.0,)),
        Piece(always, _log_peak_small, (1.0,), _log_peak_small_derivatives),
    ],
    lambda s, y: y * s.log(y) - y - s.loggamma(y + 1),
)


def _looked_up(y: Any) -> Any:
    places = places_of(y)
    return _peak.numpy(y) if places is None else tabulated(_peak.numpy, places)[places]


poisson_peak = Op(
    "poisson_peak", _looked_up, _peak.rule, _peak.readers["torch"], _peak.readers["sympy"]
)


# y log(y/mean) - y + mean, for y and mean of at least zero; SciPy's kl_div cancels near y = mean.


def _is_near(y: Any, mean: Any) -> Any:
    return abs(mean - y) < 0.5 * y


def _near(y: Any, mean: Any) -> Any:
    return -y * log1pmx((mean - y) / y)


def far_term(y: Any, mean: Any) -> Any:
    """y log(y/mean) - y + mean as it is written, for y far from the mean."""
    return ops.xlogy(y, y) - ops.xlogy(y, mean) + (mean - y)


@quiet
def _kl_div(y: Any, mean: Any) -> Any:
    y, mean = as_floats(y, mean)
    return by_rows(_is_near(y, mean), _near, far_term, y, mean)


def _log_ratio(y: Any, mean: Any) -> Any:
    return -np.log1p((mean - y) / y)


def _log_difference(y: Any, mean: Any) -> Any:
    return np.log(y) - np.log(mean)


@quiet
def _kl_div_rule(value: Any, args: Any, needs: Any) -> Any:
    y, mean = as_floats(*args)
    at_zero = y == 0.0
    if not needs[0] and np.size(mean) and 0.0 < np.min(mean) <= np.max(mean) < np.inf:
        return (None, (mean - y) / mean), (None, None, y / mean / mean)
    in_y = by_rows(_is_near(y, mean), _log_ratio, _log_difference, y, mean) if needs[0] else None
    in_mean = np.where(at_zero, 1.0, (mean - y) / mean)
    return (in_y, in_mean), (1.0 / y, -1.0 / mean, np.where(at_zero, 0.0, y / mean / mean))


def _kl_div_torch(torch: Any, *args: Any) -> Any:
    y, mean = tensors(torch, args)
    return chosen(torch, _is_near(y, mean), _near, far_term, (y, mean), ((1.0, 1.0), (1.0, 2.0)))


#: y log(y/mean) - y + mean: half the unit deviance of a Poisson, 0 at y = mean.
kl_div = Op(
    "kl_div",
    _kl_div,
    _kl_div_rule,
    _kl_div_torch,
    lambda s, y, mean: y * s.log(y) - y * s.log(mean) - y + mean,
)
RULES[sc.kl_div] = _kl_div_rule


# For small counts, which are most, what cancels near y = mean is less than the last digit of the
# log-probability: a row costs a logarithm or two and no choice.

#: Ordinary means, and sizes for which step - log1p(step) has twelve digits.
MEANS, SIZES = (1e-100, 1e100), (1e-6, 1e4)


def large_counts(y: Any, mean: Any, size: Any = 1.0) -> Any:
    """The rows to which the shorter formulas of small counts do not apply; None for all of them."""
    if np.ndim(y) != 1 or len(y) < 64:
        return None
    top = np.max(y)
    if not 0.0 <= np.min(y) <= top < np.inf:
        return None
    for x, (low, high) in ((mean, MEANS), (size, SIZES)):
        if np.shape(x) not in ((), y.shape) or not low <= np.min(x) <= np.max(x) <= high:
            return None
    rest = np.flatnonzero(y > FEW) if top > FEW else np.empty(0, dtype=np.intp)
    return rest if 4 * len(rest) <= len(y) else None


@quiet
def _of_counts(y: Any, mean: Any) -> Any:
    y, mean = as_floats(y, mean)
    rest = large_counts(y, mean)
    return _of_any_counts(y, mean) if rest is None else _of_few_counts(y, mean, rest)


def _of_any_counts(y: Any, mean: Any) -> Any:
    few = (y < 1.0) | (y > SMALL)
    return by_rows(_is_near(y, mean) & few, _near, far_term, y, mean)


def _of_few_counts(y: Any, mean: Any, rest: Any) -> Any:
    value = y * np.log(np.maximum(y, 1e-200) / mean) + (mean - y)
    if len(rest):
        value[rest] = _of_any_counts(y[rest], mean[rest] if np.ndim(mean) else mean)
    return value


@quiet
def _of_counts_together(args: Any, needs: Any, second: bool) -> Any:
    y, mean = as_floats(*args)
    rest = None if needs[0] else large_counts(y, mean)
    if rest is None:
        return (_of_any_counts(y, mean), *_kl_div_rule(None, args, needs))
    value, share = _of_few_counts(y, mean, rest), 1.0 / mean
    return value, (None, (mean - y) * share), (None, None, y * share * share) if second else ()


#: `kl_div` of counts, to the digits that a log-probability has.
poisson_deviance = Op(
    "poisson_deviance",
    _of_counts,
    _kl_div_rule,
    kl_div.readers["torch"],
    kl_div.readers["sympy"],
    _of_counts_together,
)
