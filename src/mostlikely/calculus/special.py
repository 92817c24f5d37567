"""Stable special functions: differences of log Γ, and all of `elementary`.

log Γ(1e10) is 2e11: what a likelihood needs is the small difference of such numbers. All of it
rests on one expansion, Stirling's (DLMF 5.11.1), used for arguments of at least 8 and reached
from below by the recurrence Γ(x + 1) = x Γ(x).
"""

from __future__ import annotations

from functools import reduce
from math import log, pi
from operator import sub
from typing import Any

import numpy as np
from scipy import special as sc

from mostlikely.calculus import ops
from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.elementary import (
    expm1_ratio,
    expm1mx_ratio,
    log1mexp,
    log1p_ratio,
    log1pmx,
    log_cosh,
    log_i0,
    softplus,
)
from mostlikely.calculus.pieces import (
    Piece,
    always,
    as_floats,
    by_rows,
    horner,
    pieced,
    quiet,
    tensors,
)

__all__ = [
    "expm1_ratio",
    "expm1mx_ratio",
    "lbeta",
    "lgamma_rise",
    "log1mexp",
    "log1p_ratio",
    "log1pmx",
    "log_cosh",
    "log_i0",
    "softplus",
    "stirling",
    "stirling_reciprocal",
]

# Bernoulli's numbers B(2), B(4), ..., B(26): at x = 8 the next term is below 1e-16 of the sum,
# and of its first two derivatives.
_BERNOULLI = (
    1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510,
    43867 / 798, -174611 / 330, 854513 / 138, -236364091 / 2730, 8553103 / 6,
)  # fmt: skip
_SHIFT = 8
_STIRLING = tuple(b / ((2 * k) * (2 * k - 1)) for k, b in enumerate(_BERNOULLI, 1))
_DIGAMMA = tuple(-b / (2 * k) for k, b in enumerate(_BERNOULLI, 1))
#: -4j/(2j + 1): the coefficients of 2 artanh(v) - 2 v/(1 - v²), whose first is zero.
_STEP = tuple(-4.0 * j / (2 * j + 1) for j in range(1, 18))


def _is_large(x: Any) -> Any:
    return x >= _SHIFT


def _is_small(t: Any) -> Any:
    return t <= 1.0 / _SHIFT


def stirling_series(t: Any, terms: tuple[float, ...] = _STIRLING) -> Any:
    """Stirling's correction log Γ(x) - (x - ½) log x + x - ½ log 2π from t = 1/x <= 1/8."""
    return t * horner(terms, t * t)


def _product(x: Any) -> Any:
    total = x
    for k in range(1, _SHIFT):
        total = total * (x + k)
    return total


def _product_of_pairs(x: Any) -> Any:
    """The same in half of the steps: (x + k)(x + 7 - k) = x (x + 7) + k (7 - k)."""
    first = total = x * (x + (_SHIFT - 1))
    for k in range(1, _SHIFT // 2):
        total = total * (first + k * (_SHIFT - 1 - k))
    return total


def _steps_up(x: Any, ratio: Any, product: Any) -> Any:
    """stirling(x) - stirling(x + 8) from x, 8/x and x (x + 1) ... (x + 7)."""
    return (x - 0.5) * ops.log1p(ratio) + ops.log((x + _SHIFT) ** _SHIFT / product) - _SHIFT


def _stirling_shifted(x: Any) -> Any:
    return stirling_series(1.0 / (x + _SHIFT)) + _steps_up(x, _SHIFT / x, _product(x))


#: As many as leave 1e-16 of the value and 1e-13 of its second derivative in log(x), for tensors:
#: in log-densities these digits are lost among the other terms, and each costs two steps a row.
_FEWER = _STIRLING[:8]


def _stirling_of_tensors(torch: Any, large: Any, x: Any, t: Any, ratio: Any) -> Any:
    """One series serves both pieces, of t where it is small, else of 1/(x + 8); ratio is 8/x."""
    t = torch.where(large, t, 1.0 / (x + _SHIFT))
    steps = _steps_up(x, ratio, _product_of_pairs(x))
    return stirling_series(t, _FEWER) + torch.where(large, 0.0, steps)


def _stirling_torch(torch: Any, x: Any) -> Any:
    large = _is_large(x)
    near = torch.where(large, 2.0, x)
    t = 1.0 / torch.where(large, x, 2.0)
    return _stirling_of_tensors(torch, large, near, t, _SHIFT / near)


def _stirling_reciprocal_torch(torch: Any, t: Any) -> Any:
    large = _is_small(t)
    near = torch.where(large, 0.5, t)
    return _stirling_of_tensors(torch, large, 1.0 / near, t, _SHIFT * near)


def _steps_far(y: Any) -> Any:
    """d/dy of stirling(y) - stirling(y + 1), which is log1p(1/y) - (1/y + 1/(y + 1))/2."""
    v = 1.0 / (2.0 * y + 1.0)
    return v * v * v * horner(_STEP, v * v)


def _steps_near(y: Any) -> Any:
    return ops.log1p(1.0 / y) - 0.5 * (1.0 / y + 1.0 / (y + 1.0))


def _shifted_derivatives(x: Any) -> tuple[Any, Any]:
    """x times the first derivative of Stirling's correction, x² times the second; x <= 8."""
    t = 1.0 / (x + _SHIFT)
    w = t * t
    first = w * horner(_DIGAMMA, w) + by_rows(x < 1.0, _steps_near, _steps_far, x)
    for k in range(1, _SHIFT):
        first = first + _steps_far(x + k)
    second = x * x * t * w * horner(_BERNOULLI, w)
    for k in range(_SHIFT):
        second = second + 0.5 * (x / (x + k) / (x + k + 1)) ** 2
    return x * first, second


def _stirling_shifted_derivatives(x: Any) -> tuple[Any, Any]:
    first, second = _shifted_derivatives(x)
    return first / x, second / x / x


def _reciprocal_shifted_derivatives(t: Any) -> tuple[Any, Any]:
    x = 1.0 / t
    first, second = _shifted_derivatives(x)
    return -x * first, x * x * (second + 2.0 * first)


def _step(t: Any) -> Any:
    """stirling(x) - stirling(x + 1), t = 1/x: a term of Gudermann's series."""
    return log1p_ratio(t) + 0.5 * ops.log1p(t) - 1.0


def _reciprocal_shifted(t: Any) -> Any:
    total = _step(t)
    for k in range(1, _SHIFT):
        total = total + _step(t / (1.0 + k * t))
    return total + stirling_series(t / (1.0 + _SHIFT * t))


def _sympy_stirling(s: Any, x: Any) -> Any:
    return s.loggamma(x) - (x - s.Rational(1, 2)) * s.log(x) + x - s.log(2 * s.pi) / 2


stirling = pieced(
    "stirling",
    [
        Piece(_is_large, lambda x: stirling_series(1.0 / x), (10.0,)),
        Piece(always, _stirling_shifted, (2.0,), _stirling_shifted_derivatives),
    ],
    _sympy_stirling,
    _stirling_torch,
)
stirling_reciprocal = pieced(
    "stirling_reciprocal",
    [
        Piece(_is_small, stirling_series, (0.1,)),
        Piece(always, _reciprocal_shifted, (0.5,), _reciprocal_shifted_derivatives),
    ],
    lambda s, t: _sympy_stirling(s, 1 / t),
    _stirling_reciprocal_torch,
)


# log Γ(x + a) - log Γ(x). With t = 1/x and u = 1/(x + a), so that u - t = -a t u exactly, the
# series are subtracted as divided differences, which leave nothing to cancel.


def _value_and_slope(coefficients: tuple[float, ...], v: Any, w: Any) -> tuple[Any, Any]:
    """p(v) and (p(w) - p(v))/(w - v), by Horner's scheme."""
    value, slope = coefficients[-1], 0.0
    for c in coefficients[-2::-1]:
        slope = slope * w + value
        value = value * v + c
    return value, slope


def _odd_difference(coefficients: tuple[float, ...], t: Any, u: Any) -> Any:
    """(p(u) - p(t))/(u - t) for p(t) = Σ coefficients[k] t**(2k + 1)."""
    value, slope = _value_and_slope(coefficients, t * t, u * u)
    return value + u * (u + t) * slope


def _both_large(x: Any, a: Any) -> Any:
    return (x >= _SHIFT) & (x + a >= _SHIFT)


def stirling_rise(a: Any, t: Any, u: Any, terms: tuple[float, ...] = _STIRLING) -> Any:
    """stirling(1/u) - stirling(1/t) where 1/u - 1/t = a, for t and u of at most 1/8."""
    return -a * t * u * _odd_difference(terms, t, u)


def _series_rise(x: Any, a: Any, terms: tuple[float, ...] = _STIRLING) -> Any:
    return stirling_rise(a, 1.0 / x, 1.0 / (x + a), terms)


def _rise_short(x: Any, a: Any) -> Any:
    q = a / x
    return a * ops.log(x) + x * log1pmx(q) + (a - 0.5) * ops.log1p(q) + _series_rise(x, a)


def _rise_long(x: Any, a: Any, terms: tuple[float, ...] = _STIRLING) -> Any:
    return a * ops.log(x + a) + (x - 0.5) * ops.log1p(a / x) - a + _series_rise(x, a, terms)


def _rises(x: Any, a: Any) -> list[Any]:
    """How much less the rise is from x, x + 1, ..., x + 7 than from one further."""
    return [ops.log1p(a / (x + k)) for k in range(_SHIFT)]


def _rise_large(x: Any, a: Any) -> Any:
    return by_rows(a <= x, _rise_short, _rise_long, x, a)


def _rise_small(x: Any, a: Any) -> Any:
    return by_rows(
        abs(a) < 1.0,
        lambda x, a: reduce(sub, _rises(x, a), _rise_large(x + _SHIFT, a)),
        lambda x, a: sc.gammaln(x + a) - sc.gammaln(x),
        x,
        a,
    )


@quiet
def _rise(x: Any, a: Any) -> Any:
    x, a = as_floats(x, a)
    return by_rows(_both_large(x, a), _rise_large, _rise_small, x, a)


def _psi_rises_large(x: Any, a: Any) -> tuple[Any, Any]:
    t, u = 1.0 / x, 1.0 / (x + a)
    step, both = -a * t * u, u + t
    value, slope = _value_and_slope(_DIGAMMA, t * t, u * u)
    return (
        ops.log1p(a / x) + step * (both * (value + u * u * slope) - 0.5),
        step * (1.0 + 0.5 * both + _odd_difference((0.0, *_BERNOULLI), t, u)),
    )


def _psi_rises_small(x: Any, a: Any) -> tuple[Any, Any]:
    first, second = _psi_rises_large(x + _SHIFT, a)
    for k in range(_SHIFT):
        t, u = 1.0 / (x + k), 1.0 / (x + k + a)
        step = t * (a * u)
        first = first + step
        second = second - step * (t + u)
    return first, second


def psi_rises(x: Any, a: Any) -> Any:
    """ψ(x + a) - ψ(x) and ψ'(x + a) - ψ'(x); every term of each has one sign."""
    return by_rows(_both_large(x, a), _psi_rises_large, _psi_rises_small, x, a)


@quiet
def _rise_rule(value: Any, args: Any, needs: Any) -> Any:
    x, a = as_floats(*args)
    in_x = psi_rises(x, a) if needs[0] else (None, None)
    first, second = (sc.digamma(x + a), sc.polygamma(1, x + a)) if needs[1] else (None, None)
    return (in_x[0], first), (in_x[1], second, second)


def _rise_torch(torch: Any, *args: Any) -> Any:
    """One formula serves all rows, of x or of x + 8; it loses digits of a for a much below x only.

    These are less than those of a log(x + a).
    """
    x, a = tensors(torch, args)
    large = _both_large(x, a)
    up = torch.where(
        large, 0.0, sum(_rises(torch.where(large, 1.0, x), torch.where(large, 1.0, a)))
    )
    return _rise_long(torch.where(large, x, x + _SHIFT), a, _FEWER) - up


lgamma_rise = Op(
    "lgamma_rise",
    _rise,
    _rise_rule,
    _rise_torch,
    lambda s, x, a: s.loggamma(x + a) - s.loggamma(x),
)


# log B(a, b), by Stirling on all three gammas (Didonato and Morris, TOMS 708, 1992, BETALN):
# the logarithms that are left have one sign. With p <= q.


def _lbeta(p: Any, q: Any) -> Any:
    total = p + q
    return (
        (stirling(p) + stirling(q) - stirling(total) + 0.5 * log(2.0 * pi))
        + (p - 0.5) * ops.log(p / total)
        - q * ops.log1p(p / q)
        - 0.5 * ops.log(q)
    )


@quiet
def _lbeta_value(a: Any, b: Any) -> Any:
    a, b = as_floats(a, b)
    return _lbeta(np.minimum(a, b), np.maximum(a, b))


@quiet
def _lbeta_rule(value: Any, args: Any, needs: Any) -> Any:
    a, b = as_floats(*args)
    in_a = psi_rises(a, b) if needs[0] else (0.0, 0.0)
    in_b = psi_rises(b, a) if needs[1] else (0.0, 0.0)
    both = -sc.polygamma(1, a + b) if needs[0] and needs[1] else None
    return (-in_a[0], -in_b[0]), (-in_a[1], both, -in_b[1])


def _lbeta_torch(torch: Any, *args: Any) -> Any:
    a, b = tensors(torch, args)
    swap = a > b  # not minimum and maximum, whose gradients are halved where a = b
    return _lbeta(torch.where(swap, b, a), torch.where(swap, a, b))


lbeta = Op(
    "lbeta",
    _lbeta_value,
    _lbeta_rule,
    _lbeta_torch,
    lambda s, a, b: s.loggamma(a) + s.loggamma(b) - s.loggamma(a + b),
)
