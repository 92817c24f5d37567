"""The shapes of noise around a centre, as rows of the vocabulary with their own derivatives.

Composed of elementary functions these overflow, divide zero by zero at their centre, or lose the
digits of their derivatives where one family turns into another; written as one function each,
they do not.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import special as sc

from mostlikely.calculus.dispatch import Op, unary, where
from mostlikely.calculus.ops import absolute, log, log1p
from mostlikely.calculus.pieces import as_floats, quiet
from mostlikely.calculus.special import log1p_ratio, log_i0, softplus

__all__ = ["absolute_power", "log1p_square", "log_i0e"]


# log(1 + t (d/s)²) / t: (d/s)² at t = 0, and twice a logarithm in the tails otherwise.


def _over(a: Any, s: Any) -> Any:
    """a / s, which is a where the noise is in standard units."""
    return a if np.ndim(s) == 0 and s == 1.0 else a / s


@quiet
def _log1p_square(d: Any, s: Any, t: Any) -> Any:
    d, s, t = as_floats(d, s, t)
    z = _over(d, s)
    square = z * z
    if np.all(t > 1e-150):
        value = np.log1p(t * square) * (1.0 / t)
    else:
        value = square * log1p_ratio.numpy(t * square)
    far = np.isinf(square)
    if np.any(far):
        value = np.where(far, (2.0 * (np.log(np.abs(d)) - np.log(s)) + np.log(t)) / t, value)
    return value


@quiet
def _log1p_square_rule(value: Any, args: Any, needs: Any) -> Any:
    d, s, t = as_floats(*args)
    z = _over(d, s)
    square = z * z
    c = 1.0 / (1.0 + t * square)
    slope = _over(z * c, s)  # z / (1 + t z²) / s
    m = square * c  # z² / (1 + t z²), at most 1/t
    far = np.isinf(square)
    if np.any(far):
        slope, m = np.where(far, 1.0 / (t * d), slope), np.where(far, 1.0 / t, m)
    cs = _over(c, s)
    first: list[Any] = [2.0 * slope, None, None]
    second: list[Any] = [2.0 * cs * _over(2.0 * c - 1.0, s), None, None, None, None, None]
    if needs[1]:
        ms = m / s
        first[1] = -2.0 * ms
        second[1] = -4.0 * slope * cs
        second[3] = 2.0 * (ms / s) * (1.0 + 2.0 * c)
    if needs[2]:
        first[2], second[5] = _in_t(square, t, value, m)
        second[2] = -2.0 * slope * m
        second[4] = 2.0 * m * _over(m, s) if needs[1] else None
    return first, second


#: d/dx and d²/dx² of log1p(x)/x as power series, a row each: enough terms for x ≤ NEAR.
NEAR = 0.02
_SERIES_IN_T = np.array(
    [
        [(-1.0) ** k * k / (k + 1.0) for k in range(1, 12)],
        [(-1.0) ** k * k * (k - 1.0) / (k + 1.0) for k in range(2, 13)],
    ]
)


def _in_t(square: Any, t: Any, value: Any, m: Any) -> tuple[Any, Any]:
    """First and second derivative in t; by a series where their terms would cancel."""
    first = (m - value) * (1.0 / t)
    second = (m * m + 2.0 * first) * (-1.0 / t)
    x = np.asarray(t * square)
    near = np.flatnonzero(x <= NEAR)
    if len(near):
        size, x_near = np.broadcast_to(square, x.shape).ravel()[near], x.ravel()[near]
        powers = np.ones((_SERIES_IN_T.shape[1], len(near)))
        for k in range(1, len(powers)):
            np.multiply(powers[k - 1], x_near, out=powers[k])
        by_x = _SERIES_IN_T @ powers
        size_squared = size * size
        first, second = np.array(first), np.array(second)
        first.ravel()[near] = size_squared * by_x[0]
        second.ravel()[near] = size_squared * size * by_x[1]
    return first[()], second[()]


def _log1p_square_composed(library: Any, d: Any, s: Any, t: Any) -> Any:
    z = d / s
    far = absolute(z) > 1e15
    near, away = where(far, 0.0, z), where(far, absolute(z), 1e15)
    tail = softplus(2.0 * log(away) + log(t + 0.0 * away)) / t
    if isinstance(t, float) and t > 1e-150:
        return where(far, tail, log1p(t * near * near) / t)
    return where(far, tail, near * near * log1p_ratio(t * near * near))


#: log(1 + t (d/s)²) / t for s > 0, t ≥ 0, smooth at t = 0. With t = 1/df it is the part of
#: Student's log-density that depends on the data; with t = 1, Cauchy's.
log1p_square = Op(
    "log1p_square",
    _log1p_square,
    _log1p_square_rule,
    _log1p_square_composed,
    lambda s, d, scale, t: s.log(1 + t * d**2 / scale**2) / t,
)


# |z|^p, whose second derivative at z = 0 is that of the parabola for p = 2, and else taken as 0
# (it is infinite for 1 < p < 2, and there is a corner at or below 1).


@quiet
def _absolute_power(z: Any, p: Any) -> Any:
    return np.power(np.abs(z), p)


@quiet
def _absolute_power_rule(value: Any, args: Any, needs: Any) -> Any:
    z, p = args
    size, sign = np.abs(z), np.sign(z)
    at_zero = np.equal(size, 0.0)
    size = np.where(at_zero, 1.0, size)
    log_size = np.log(size)
    lower = sign * (value / size)
    at_centre = np.where(np.equal(p, 2.0), 2.0, 0.0)
    zz = np.where(at_zero, at_centre, p * (p - 1.0) * (value / size) / size)
    zp = lower * (1.0 + p * log_size)
    return (p * lower, value * log_size), (zz, zp, value * log_size * log_size)


def _absolute_power_composed(library: Any, z: Any, p: Any) -> Any:
    size = absolute(z)
    return where(size > 0.0, where(size > 0.0, size, 1.0) ** p, 0.0)


#: |z|^p for p > 0.
absolute_power = Op(
    "absolute_power",
    _absolute_power,
    _absolute_power_rule,
    _absolute_power_composed,
    lambda s, z, p: s.Abs(z) ** p,
)


# log(I₀(k) e^{-k}): a von Mises density is exp(-2k sin²(·)) over it. For large k by Hankel's series
# P(1/k) (Abramowitz and Stegun 9.7.1), whose 28 terms leave 1e-17 at k = 25.

_LARGE = 25.0
_SERIES = np.cumprod([1.0, *((2.0 * j - 1.0) ** 2 / (8.0 * j) for j in range(1, 28))])
_SERIES_1 = np.polynomial.polynomial.polyder(_SERIES)
_SERIES_2 = np.polynomial.polynomial.polyder(_SERIES_1)


@quiet
def _log_i0e_derivatives(k: Any, value: Any) -> tuple[Any, Any]:
    small, large = np.minimum(k, _LARGE), np.maximum(k, _LARGE)
    i0e = sc.i0e(small)
    a = sc.i1e(small) / i0e
    a_over_k = 0.5 * (1.0 - sc.ive(2, small) / i0e)  # I₁(k)/k = (I₀ - I₂)/2
    u = 1.0 / large
    p, p1, p2 = (np.polynomial.polynomial.polyval(u, c) for c in (_SERIES, _SERIES_1, _SERIES_2))
    q1, q2 = p1 / p, p2 / p
    first = np.where(k > _LARGE, -u * (0.5 + u * q1), a - 1.0)
    second = np.where(
        k > _LARGE,
        u * u * (0.5 + u * (2.0 * q1 + u * (q2 - q1 * q1))),
        1.0 - a_over_k - a * a,
    )
    return first, second


#: log(I₀(k)) - k for k ≥ 0; its derivative is A(k) - 1, with A the mean resultant length.
log_i0e = Op(
    "log_i0e",
    lambda k: np.where(k < 1.0, log_i0.numpy(k) - k, np.log(sc.i0e(k)))[()],
    unary(_log_i0e_derivatives),
    lambda torch, k: torch.log(torch.special.i0e(k)),
    lambda s, k: s.log(s.besseli(0, k)) - k,
)
