"""Stable elementary functions that NumPy and SciPy lack, with their derivatives.

Each keeps its digits where the plain formula loses them: near zero, where two terms cancel, and
in the tails, where one overflows. They are rows of the same kind as those in `ops`: NumPy for
values, jets for derivatives, PyTorch and SymPy by the type of the argument. `special` names them
too, so that a formula imports from one place.
"""

from __future__ import annotations

from math import factorial, log, pi
from typing import Any

import numpy as np
from scipy import special as sc

from mostlikely.calculus import ops
from mostlikely.calculus.dispatch import Op, unary
from mostlikely.calculus.pieces import Piece, always, horner, pieced, quiet

__all__ = [
    "expm1_ratio",
    "expm1mx_ratio",
    "log1mexp",
    "log1p_ratio",
    "log1pmx",
    "log_cosh",
    "log_i0",
    "softplus",
]


# log(1 + x) about 0, through r = x/(2 + x), so that log1p(x) = 2 artanh(r); DLMF 4.6.4.
# For -1/2 <= x <= 1 it is |r| <= 1/3, and 17 terms leave less than 1e-17.

_ARTANH = tuple(1.0 / (2 * j + 3) for j in range(17))
#: So near zero four terms leave less than 1e-16, and beyond the plain formulas lose 1e-14, of a
#: second derivative 1e-13: few steps, for libraries that take those of every formula in all rows.
_NEARER = 0.05


def _near_one(x: Any) -> Any:
    return (x >= -0.5) & (x <= 1.0)


def _nearer(x: Any) -> Any:
    return abs(x) <= _NEARER


def _log1pmx_near(x: Any, terms: tuple[float, ...] = _ARTANH) -> Any:
    r = x / (2.0 + x)
    w = r * r
    return r * (2.0 * w * horner(terms, w) - x)


def _log1p_ratio_near(x: Any, terms: tuple[float, ...] = _ARTANH) -> Any:
    r = x / (2.0 + x)
    w = r * r
    return (1.0 - r) * (1.0 + w * horner(terms, w))


def _log1p_ratio_near_derivatives(x: Any) -> tuple[Any, Any]:
    """By the chain rule from (1 - r) A, A = artanh(r)/r, which obeys r A' + A = 1/(1 - r²)."""
    r = x / (2.0 + x)
    w = r * r
    c = horner(_ARTANH, w)
    d = 1.0 / (1.0 - w)
    once, twice = r * (d - c), 2.0 * (d * d - d + c)
    in_r = (1.0 - r) * once - 1.0 - w * c
    in_rr = (1.0 - r) * twice - 2.0 * once
    slope = 0.5 * (1.0 - r) ** 2  # dr/dx, and d²r/dx² is -slope (1 - r)
    return in_r * slope, (in_rr * slope - in_r * (1.0 - r)) * slope


def _log1pmx_derivatives(x: Any) -> tuple[Any, Any]:
    r = 1.0 / (1.0 + x)
    return -x * r, -r * r


log1pmx = pieced(
    "log1pmx",
    [
        Piece(_near_one, _log1pmx_near, (0.0,), _log1pmx_derivatives),
        Piece(always, lambda x: ops.log1p(x) - x, (2.0,), _log1pmx_derivatives),
    ],
    lambda s, x: s.log(1 + x) - x,
    [
        Piece(_nearer, lambda x: _log1pmx_near(x, _ARTANH[:4]), (0.0,)),
        Piece(always, lambda x: ops.log1p(x) - x, (2.0,)),
    ],
)
log1p_ratio = pieced(
    "log1p_ratio",
    [
        Piece(_near_one, _log1p_ratio_near, (0.0,), _log1p_ratio_near_derivatives),
        Piece(always, lambda x: ops.log1p(x) / x, (2.0,)),
    ],
    lambda s, x: s.log(1 + x) / x,
    [
        Piece(_nearer, lambda x: _log1p_ratio_near(x, _ARTANH[:4]), (0.0,)),
        Piece(always, lambda x: ops.log1p(x) / x, (2.0,)),
    ],
)


# (exp(x) - 1)/x and (exp(x) - 1 - x)/x²: the φ-functions of exponential integrators
# (Hochbruck and Ostermann, Acta Numerica 19, 2010, section 2.1). Away from zero exp(x) is taken
# as a square, for it overflows before the quotient does.


_PHI = tuple(1.0 / factorial(j) for j in range(23))


def _near_zero(x: Any) -> Any:
    return abs(x) <= 1.0


def _expm1_ratio_far(x: Any) -> Any:
    root = ops.exp(0.5 * x)
    r = 1.0 / x
    return root * (root * r) - r


def _expm1mx_ratio_far(x: Any) -> Any:
    r = 1.0 / x
    root = ops.exp(0.5 * x) * r
    return root * root - r - r * r


expm1_ratio = pieced(
    "expm1_ratio",
    [
        Piece(_near_zero, lambda x: horner(_PHI[1:], x), (0.0,)),
        Piece(always, _expm1_ratio_far, (2.0,)),
    ],
    lambda s, x: (s.exp(x) - 1) / x,
)
expm1mx_ratio = pieced(
    "expm1mx_ratio",
    [
        Piece(_near_zero, lambda x: horner(_PHI[2:], x), (0.0,)),
        Piece(always, _expm1mx_ratio_far, (2.0,)),
    ],
    lambda s, x: (s.exp(x) - 1 - x) / x**2,
)


# Functions whose derivatives are plain.

_LOG_2 = log(2.0)

softplus = Op(
    "softplus",
    quiet(lambda x: np.logaddexp(0.0, x)),
    unary(lambda x, v: ((p := sc.expit(x)), p * sc.expit(-x))),
    lambda torch, x: torch.logaddexp(x, torch.zeros_like(x)),
    lambda s, x: s.log(1 + s.exp(x)),
)
# The two forms meet at log 2 (Maechler, Accurately computing log(1 - exp(-|a|)), Rmpfr, 2012).
log1mexp = pieced(
    "log1mexp",
    [
        Piece(lambda x: x <= _LOG_2, lambda x: ops.log(-ops.expm1(-x)), (0.5,)),
        Piece(always, lambda x: ops.log1p(-ops.exp(-x)), (1.0,)),
    ],
    lambda s, x: s.log(1 - s.exp(-x)),
)


def _log_cosh_near(x: Any) -> Any:
    s = ops.expm1(x) * ops.exp(-0.5 * x)  # 2 sinh(x/2), whose square is 2 (cosh x - 1)
    return ops.log1p(0.5 * s * s)


def _log_cosh_far(x: Any) -> Any:
    size = ops.absolute(x)
    return size + ops.log1p(ops.exp(-2.0 * size)) - _LOG_2


log_cosh = pieced(
    "log_cosh",
    [Piece(_near_zero, _log_cosh_near, (0.0,)), Piece(always, _log_cosh_far, (2.0,))],
    lambda s, x: s.log(s.cosh(x)),
)


# log of the modified Bessel function of order zero: its power series about zero (DLMF 10.25.2);
# SciPy's, scaled; and for |x| > 20, where A = I1/I0 differs from 1 too little for 1 - A²- A/x to
# keep its digits, the integral of A's asymptotic series, whose coefficients follow from
# Riccati's equation A' = 1 - A/x - A² (DLMF 10.29.3).

_i0e = Op(
    "i0e",
    sc.i0e,
    unary(lambda x, v: (sc.i1e(x) - np.sign(x) * v, _i0e_second(x, v))),
    "special.i0e",
)
_BESSEL = tuple(1.0 / factorial(k) ** 2 for k in range(1, 14))


def _i0e_second(x: Any, i0e: Any) -> Any:
    i1_over_x = 0.5 * (i0e - sc.ive(2, abs(x)))  # DLMF 10.29.1
    return 2.0 * i0e - i1_over_x - 2.0 * np.sign(x) * sc.i1e(x)


def _riccati(terms: int) -> tuple[float, ...]:
    a = [1.0]
    for m in range(1, terms):
        a.append(0.5 * ((m - 2) * a[m - 1] - sum(a[i] * a[m - i] for i in range(1, m))))
    return tuple(a)


_LOG_I0_TAIL = (0.0, *(-a / (m - 1) for m, a in enumerate(_riccati(36)) if m > 1))


def _log_i0_near(x: Any) -> Any:
    w = 0.25 * x * x
    return ops.log1p(w * horner(_BESSEL, w))


def _log_i0_middle(x: Any) -> Any:
    return ops.absolute(x) + ops.log(_i0e(x))


def _log_i0_far(x: Any) -> Any:
    size = ops.absolute(x)
    return size - 0.5 * ops.log(2.0 * pi * size) + horner(_LOG_I0_TAIL, 1.0 / size)


log_i0 = pieced(
    "log_i0",
    [
        Piece(lambda x: abs(x) <= 2.0, _log_i0_near, (0.0,)),
        Piece(lambda x: abs(x) <= 20.0, _log_i0_middle, (5.0,)),
        Piece(always, _log_i0_far, (30.0,)),
    ],
    lambda s, x: s.log(s.besseli(0, x)),
)
