"""The distributions behind the links of ordered levels: log F, log(1 - F), log(F(high) - F(low)).

A level lies between two cutpoints, and its probability is a difference of two probabilities, which
may be far in a tail, or nearly equal. Each difference is written so that the width high - low
enters as it is: a location moves both ends and leaves the width alone, so its derivatives have
nothing to cancel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import log, pi
from typing import Any

import numpy as np

from mostlikely.calculus import ops
from mostlikely.calculus.elementary import expm1_ratio, log1mexp
from mostlikely.calculus.link import LINKS
from mostlikely.calculus.pieces import Piece, always, pieced

__all__ = ["CURVES", "Curve", "log1mexpexp", "log_ndtr_strip"]


@dataclass(frozen=True)
class Curve:
    """One distribution on the real line.

    Parameters
    ----------
    log_cdf, log_sf : callable
        x → log F(x), log(1 - F(x)).
    log_between : callable
        (low, high) → log(F(high) - F(low)), for low < high.
    """

    log_cdf: Callable[[Any], Any]
    log_sf: Callable[[Any], Any]
    log_between: Callable[[Any, Any], Any]


def _logistic_between(low: Any, high: Any) -> Any:
    # F(high) - F(low) = F(high) (1 - F(low)) (1 - exp(low - high)), without a cancellation
    return ops.log_expit(high) + ops.log_expit(-low) + log1mexp(high - low)


# The smallest extreme value distribution, F(x) = 1 - exp(-exp(x)).

#: log(1 - exp(-exp(t))). Beyond 6.7 it is zero to float64, and exp(t) would overflow at 710.
log1mexpexp = pieced(
    "log1mexpexp",
    [
        Piece(lambda t: t <= 0.0, lambda t: t + ops.log(expm1_ratio(-ops.exp(t))), (-1.0,)),
        Piece(always, lambda t: ops.log1p(-ops.exp(-ops.exp(ops.minimum(t, 700.0)))), (1.0,)),
    ],
    lambda s, t: s.log(1 - s.exp(-s.exp(t))),
)


def _minimum_between(low: Any, high: Any) -> Any:
    # exp(-a) - exp(-b) = exp(-a) (1 - exp(-(b - a))), and b - a = exp(high) (1 - exp(low - high))
    return log1mexpexp(high + log1mexp(high - low)) - ops.exp(low)


# The normal distribution. A strip is narrow if exp(-x²/2) changes little from one end to the
# other: Gauss and Legendre's rule then has all digits. In a wide one Φ(high) is several Φ(low).

_HALF_LOG_2PI = 0.5 * log(2.0 * pi)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)


def _narrow(high: Any, width: Any) -> Any:
    return (width <= 1.0) & (abs(high - 0.5 * width) * width <= 1.0)


def _strip_narrow(high: Any, width: Any) -> Any:
    middle = high - 0.5 * width
    total: Any = 0.0
    for node, weight in zip((0.5 * _NODES).tolist(), (0.5 * _WEIGHTS).tolist(), strict=True):
        step = node * width
        total = total + weight * ops.exp(-step * (middle + 0.5 * step))
    return ops.log(width) + ops.log(total) - 0.5 * middle * middle - _HALF_LOG_2PI


def _strip_wide(high: Any, width: Any) -> Any:
    above = ops.log_ndtr(high)
    return above + log1mexp(above - ops.log_ndtr(high - width))


#: log(Φ(high) - Φ(high - width)), for a strip whose middle is not above zero.
log_ndtr_strip = pieced(
    "log_ndtr_strip",
    [
        Piece(_narrow, _strip_narrow, (-1.0, 0.5)),
        Piece(always, _strip_wide, (1.0, 2.0)),
    ],
    lambda s, high, width: s.log(
        (s.erfc(-high / s.sqrt(2)) - s.erfc((width - high) / s.sqrt(2))) / 2
    ),
)


def _normal_between(low: Any, high: Any) -> Any:
    # by symmetry below zero, where the tail's logarithm has its digits
    return log_ndtr_strip(ops.where(low + high > 0.0, -low, high), high - low)


# Cauchy's distribution, by the angle between the two directions (1, low) and (1, high).


def _cauchy_between(low: Any, high: Any) -> Any:
    across, along = high - low, 1.0 + low * high
    near = along > across
    angle = ops.arctan(ops.where(near, across, along) / ops.where(near, along, across))
    return ops.log(ops.where(near, angle, 0.5 * pi - angle) / pi)


def _cauchy_log_cdf(x: Any) -> Any:
    return ops.log(LINKS["cauchit"].inverse(x))


#: By the name of the link that is the inverse of F.
CURVES: dict[str, Curve] = {
    "logit": Curve(ops.log_expit, lambda x: ops.log_expit(-x), _logistic_between),
    "probit": Curve(ops.log_ndtr, lambda x: ops.log_ndtr(-x), _normal_between),
    "cloglog": Curve(log1mexpexp, lambda x: -ops.exp(x), _minimum_between),
    "loglog": Curve(
        lambda x: -ops.exp(-x),
        lambda x: log1mexpexp(-x),
        lambda low, high: _minimum_between(-high, -low),
    ),
    "cauchit": Curve(_cauchy_log_cdf, lambda x: _cauchy_log_cdf(-x), _cauchy_between),
}
