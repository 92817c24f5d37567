"""Probabilities of counts more dispersed than a Poisson's: the size of a negative binomial.

As in `counting`, a log-probability is that of the likeliest mean less a distance from it, with all
digits. A negative binomial of infinite size is a Poisson, and a beta-binomial is two negative
binomials given their sum.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.calculus import ops
from mostlikely.calculus.counting import (
    far_term,
    kl_div,
    large_counts,
    poisson_deviance,
    poisson_peak,
)
from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.lookup import places_of, tabulated
from mostlikely.calculus.pieces import as_floats, by_rows, chosen, quiet, tensors
from mostlikely.calculus.special import log1pmx, stirling

__all__ = ["negative_binomial_deviance", "negative_binomial_peak"]

# y log(y/mean) - (y + size) log((y + size)/(mean + size)) is the sum of two such distances: those
# of size and of y from their shares of the total size + y. Relative to what they are, these are
# further by step = (y - mean)/(size + mean) and by -size/y step.


def _is_close(amount: Any, step: Any, share: Any) -> Any:
    return abs(step) < 0.5


def _close(amount: Any, step: Any, share: Any) -> Any:
    return -amount * log1pmx(step)


def _distant(amount: Any, step: Any, share: Any) -> Any:
    return far_term(amount, share)


def _distance(amount: Any, step: Any, share: Any) -> Any:
    return by_rows(_is_close(amount, step, share), _close, _distant, amount, step, share)


def _shares(y: Any, mean: Any, size: Any) -> tuple[tuple[Any, Any, Any], tuple[Any, Any, Any]]:
    """Of the size and of y: the amount, how much further its share is, and the share."""
    step, ratio = (y - mean) / (size + mean), (size + y) / (size + mean)
    return (size, step, size * ratio), (y, (mean - y) / y / (1.0 + mean / size), mean * ratio)


def _size_deviance_few(order: int, y: Any, mean: Any, size: Any) -> tuple[Any, ...]:
    """The value; of order 1 the two first derivatives too, and of order 2 the three second ones."""
    away, total, inverse = mean - y, size + mean, 1.0 / (size + y)
    other = np.log1p(away * inverse)
    ratio = np.maximum(y, 1e-300) * inverse * total / mean
    value = y * np.log(ratio) + size * other
    if not order:
        return (value,)
    reciprocal = 1.0 / total
    relative, step = size * reciprocal / mean, -away * reciprocal
    first = value, relative * away, step + other
    if order < 2:
        return first
    in_mean = relative * (1.0 - away * (1.0 / mean + reciprocal))
    return (*first, in_mean, -reciprocal * step, -step * step * inverse)


def _size_deviance_every(order: int, y: Any, mean: Any, size: Any) -> tuple[Any, ...]:
    value = _all(y, mean, size)
    return (*value, *_in_mean_and_size(y, mean, size)) if order else value


def _with_rest(order: int, rest: Any, *args: Any) -> tuple[Any, ...]:
    """The few's formulas in all rows but the rest."""
    out = _size_deviance_few(order, *args)
    if len(rest):
        own = _size_deviance_every(order, *(a[rest] if np.ndim(a) else a for a in args))
        for part, of_rest in zip(out, own, strict=False):
            part[rest] = of_rest
    return out


@quiet
def _size_deviance(y: Any, mean: Any, size: Any) -> Any:
    y, mean, size = as_floats(y, mean, size)
    rest = large_counts(y, mean, size)
    return _all(y, mean, size)[0] if rest is None else _with_rest(0, rest, y, mean, size)[0]


def _all(y: Any, mean: Any, size: Any) -> Any:
    of_size, of_y = _shares(y, mean, size)
    total = _distance(*of_size) + _distance(*of_y)
    endless = np.isinf(size)
    total = np.where(endless, poisson_deviance(y, mean), total) if np.any(endless) else total
    return (np.where(size == 0.0, 0.0, total)[()],)


def _log_loss(step: Any, ratio: Any) -> Any:
    return -log1pmx(step)


def _log_loss_of_ratio(step: Any, ratio: Any) -> Any:
    return step - np.log(ratio)


def _size_deviance_rule(value: Any, args: Any, needs: Any) -> Any:
    return _size_deviance_together(args, needs)[1:]


@quiet
def _size_deviance_together(args: Any, needs: Any, second: bool = True) -> Any:
    y, mean, size = as_floats(*args)
    rest = None if needs[0] else large_counts(y, mean, size)
    if rest is not None:
        value, *own = _with_rest(1 + second, rest, y, mean, size)
        return value, (None, *own[:2]), (None, None, None, *own[2:]) if second else ()
    in_y = None
    if needs[0]:
        further, share_of_y = _shares(y, mean, size)[1][1:]
        in_y = np.where(abs(further) < 0.5, -np.log1p(further), np.log(y) - np.log(share_of_y))
    own = _in_mean_and_size(y, mean, size)
    share, step = (
        1.0 / (1.0 + mean / size),
        np.where(np.isinf(size), 0.0, (y - mean) / (size + mean)),
    )
    of_y = 1.0 / y / (1.0 + y / size), -share / mean, step / (size + y)
    return _all(y, mean, size)[0], (in_y, *own[:2]), (*of_y, *own[2:])


def _in_mean_and_size(y: Any, mean: Any, size: Any) -> Any:
    """First derivatives in the mean and in the size, and the three second ones."""
    share, total = 1.0 / (1.0 + mean / size), size + mean
    step = np.where(np.isinf(size), 0.0, (y - mean) / total)
    per_size = by_rows(step > -0.5, _log_loss, _log_loss_of_ratio, step, (size + y) / total)
    relative = np.where(y == 0.0, 0.0, y / mean)
    away = np.where(y == 0.0, 1.0, (mean - y) / mean)
    in_mean = share * (relative * (2.0 - share) / mean - 1.0 / total)
    return (
        share * away,
        per_size,
        np.where(y == 0.0, -share / total, in_mean),
        -step / total,
        -step * (step / (size + y)),
    )


def _size_deviance_torch(torch: Any, *args: Any) -> Any:
    y, mean, size = tensors(torch, args)
    step, ratio = (y - mean) / (size + mean), (size + y) / (size + mean)
    of_size = size, step, size * ratio
    safe = (1.0, 0.0, 1.0), (1.0, 1.0, 2.0)
    own = chosen(torch, _is_close(*of_size), _close, _distant, of_size, safe)
    return own + kl_div(y, mean * ratio)


#: y log(y/mean) - (y + size) log((y + size)/(mean + size)): half the unit deviance of a negative
#: binomial of that size, and of a Poisson where the size is infinite.
negative_binomial_deviance = Op(
    "negative_binomial_deviance",
    _size_deviance,
    _size_deviance_rule,
    _size_deviance_torch,
    lambda s, y, mean, size: (
        y * s.log(y)
        - y * s.log(mean)
        - (y + size) * s.log(y + size)
        + (y + size) * s.log(mean + size)
    ),
    _size_deviance_together,
)


# What a finite size takes from the peak is by Stirling the fall of x log x - x - log Γ(x) from
# x = size + y to x = size; the terms of each derivative have one sign.


def _fall(y: Any, size: Any) -> Any:
    return -0.5 * ops.log1p(y / size) + stirling(size + y) - stirling(size)


def _stirling_derivatives(x: Any) -> Any:
    (first,), (second,) = stirling.rule(None, (x,), (True,))
    return first, second


def _size_peak(y: Any, size: Any) -> Any:
    places = None if np.ndim(size) else places_of(y)
    if places is not None:
        return tabulated(_size_peak_of, places, float(size))[places]
    return _size_peak_of(y, size)


@quiet
def _size_peak_of(y: Any, size: Any) -> Any:
    y, size = as_floats(y, size)
    fall = np.where(size == 0.0, -np.inf, np.where(np.isinf(size), 0.0, _fall(y, size)))
    return poisson_peak(y) + np.where(y == 0.0, 0.0, fall)


def _size_peak_rule(value: Any, args: Any, needs: Any) -> Any:
    y, size = args
    return _size_peak_slopes(y, size, needs[0])


def _size_peak_together(args: Any, needs: Any, second: bool) -> Any:
    y, size = args
    places = None if needs[0] or np.ndim(size) else places_of(y)
    if places is None:
        return (_size_peak_of(y, size), *_size_peak_slopes(y, size, needs[0]))
    value = tabulated(_size_peak_of, places, float(size))
    (_, slope), (*_, bend) = tabulated(_size_peak_slopes, places, float(size))
    return (
        value[places],
        (None, slope[places]),
        (None, None, bend[places]) if second else (),
    )


@quiet
def _size_peak_slopes(y: Any, size: Any, in_y: bool = False) -> Any:
    y, size = as_floats(y, size)
    up, up_2 = _stirling_derivatives(size + y)
    here, here_2 = _stirling_derivatives(size)
    apart = y / (size + y) / size  # 1/size - 1/(size + y)
    both = 0.5 / (size + y) / (size + y) + up_2
    in_size = 0.5 * apart + up - here
    in_size_2 = -0.5 * apart * (1.0 / size + 1.0 / (size + y)) + up_2 - here_2
    held = (y == 0.0) | np.isinf(size)
    in_size, in_size_2 = np.where(held, 0.0, in_size), np.where(held, 0.0, in_size_2)
    if not in_y:
        return (None, in_size), (None, None, in_size_2)
    (own,), (own_2,) = poisson_peak.rule(None, (y,), (True,))
    return (own - 0.5 / (size + y) + up, in_size), (own_2 + both, both, in_size_2)


def _size_peak_torch(torch: Any, *args: Any) -> Any:
    y, size = tensors(torch, args)
    return poisson_peak(y) + _fall(y, size)


#: The largest log-probability that a negative binomial of that size gives y, at mean = y.
negative_binomial_peak = Op(
    "negative_binomial_peak",
    _size_peak,
    _size_peak_rule,
    _size_peak_torch,
    lambda s, y, size: (
        y * s.log(y)
        - s.loggamma(y + 1)
        + size * s.log(size)
        - s.loggamma(size)
        - (y + size) * s.log(y + size)
        + s.loggamma(y + size)
    ),
    _size_peak_together,
)
