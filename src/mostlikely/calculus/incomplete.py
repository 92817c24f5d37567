"""Logarithms of gamma, beta and Student-t probabilities, differentiable in every argument.

SciPy has the probabilities, not their derivatives in the parameters, and underflows where a
likelihood still asks: log P may be -5000. Every tail here is the density at its end times an
integral of ordinary size (see `tails`), in a variable v in which the integrand is log-concave
and its exponent linear in the parameters; the other side of the distribution is the complement.
Where a parameter below one leaves the integrand a long plateau, a power series takes over.

Measured against mpmath for parameters from 0.01 to 1e4, from the centre to log P = -1e5: the
worst relative error is 1e-13 of a value or a first derivative and 1e-12 of a second one, apart
from points where a derivative changes sign. Below 0.01 second derivatives lose the digits of 1/a.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import factorial, inf, log, pi, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy import special as sc

from mostlikely.calculus import ops
from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.pieces import Piece, always, by_rows, horner, pieced, quiet
from mostlikely.calculus.special import (
    expm1mx_ratio,
    lbeta,
    lgamma_rise,
    log1mexp,
    log1p_ratio,
    log1pmx,
    psi_rises,
    stirling,
    stirling_rise,
)
from mostlikely.calculus.tails import log_tail, width

__all__ = ["log_betainc", "log_betaincc", "log_gammainc", "log_gammaincc", "log_stdtr"]


class Region(NamedTuple):
    """A formula for the log-probability of one side, and where it serves."""

    holds: Callable[..., Any]
    lower: bool
    formula: Callable[..., Any]


def _side(name: str, lower: bool, regions: Sequence[Region], sympy: Callable[..., Any]) -> Op:
    def direct_or_complement(region: Region) -> Callable[..., Any]:
        if region.lower == lower:
            return region.formula
        return lambda *args: log1mexp(-region.formula(*args))

    return pieced(name, [Piece(r.holds, direct_or_complement(r)) for r in regions], sympy)


def _log_minus_digamma(x: Any) -> Any:
    """log(x) - ψ(x), which does not cancel for large x."""
    (first,), _ = stirling.rule(None, (x,), (True,))
    return 0.5 / x - first


# Densities are written about their peak, where x is as expected: with r = x/expected and e = r - 1
# every term log(r) - e is at most zero, and nothing of the size of log Γ is left to cancel
# (Didonato and Morris, TOMS 12, 1986, and TOMS 708, 1992, BRCOMP).


def _is_near(e: Any) -> Any:
    return abs(e) < 0.5


def _log_ratio(e: Any, r: Any) -> Any:
    """log(r) from r and e = r - 1."""
    return by_rows(_is_near(e), lambda e, r: np.log1p(e), lambda e, r: np.log(r), e, r)


def _log_excess(e: Any, r: Any) -> Any:
    """log(r) - e."""
    return by_rows(_is_near(e), lambda e, r: log1pmx(e), lambda e, r: np.log(r) - e, e, r)


# Gamma. P(a, x) is a tail in v = log(x/t), Q(a, x) one in v = log(t/x): with
# D = x^a exp(-x)/Γ(a) both are D ∫ exp(±(a - x) v - x (exp(±v) - 1 ∓ v)) dv (DLMF 8.2.1, 8.2.2).


@quiet
def _gamma_front(a: Any, x: Any) -> Any:
    return a * _log_excess((x - a) / a, x / a) + 0.5 * np.log(a / (2.0 * pi)) - stirling(a)


@quiet
def _gamma_front_rule(value: Any, args: Any, needs: Any) -> Any:
    a, x = args
    in_a = _log_ratio((x - a) / a, x / a) + _log_minus_digamma(a)
    return (in_a, (a - x) / x), (-sc.polygamma(1, a), 1.0 / x, -a / x / x)


#: log of x^a exp(-x)/Γ(a).
_log_gamma_front = Op("log_gamma_front", _gamma_front, _gamma_front_rule)


def _gamma_lower(a: Any, x: Any) -> Any:
    def f(v: Any) -> Any:
        return (a - x) * v + x * (v * v * expm1mx_ratio(-v))

    return _log_gamma_front(a, x) + log_tail(f, width(a - x, x))


def _gamma_upper(a: Any, x: Any) -> Any:
    def f(v: Any) -> Any:
        return (x - a) * v + x * (v * v * expm1mx_ratio(v))

    return _log_gamma_front(a, x) + log_tail(f, width(x - a, x))


def _gamma_series(a: Any, x: Any) -> Any:
    """Γ(a + 1) x^-a P(a, x) = 1 + a Σ (-x)^k/(k! (a + k)) (DLMF 8.7.1), for x <= 3/2."""
    total = sum((-x) ** k / (factorial(k) * (a + k)) for k in range(1, 28))
    return a * ops.log(x) - lgamma_rise(1.0, a) + ops.log1p(a * total)


_GAMMA = (
    Region(lambda a, x: (a < 1.0) & (x < 1.5), True, _gamma_series),
    Region(lambda a, x: x <= a, True, _gamma_lower),
    Region(lambda a, x: x == inf, False, lambda a, x: 0.0 * a - x),
    Region(always, False, _gamma_upper),
)

#: log P(a, x), the probability that a gamma variable of shape a is at most x; a > 0, x > 0.
log_gammainc = _side(
    "log_gammainc", True, _GAMMA, lambda s, a, x: s.log(s.lowergamma(a, x) / s.gamma(a))
)
#: log Q(a, x) = log(1 - P(a, x)).
log_gammaincc = _side(
    "log_gammaincc", False, _GAMMA, lambda s, a, x: s.log(s.uppergamma(a, x) / s.gamma(a))
)


# Beta. With t/(1 - t) = exp(∓v) x/(1 - x) the two sides of x are D ∫ exp(-f(v)) dv,
# D = x^a (1 - x)^b / B(a, b), f = ±(a (1 - x) - b x) v + (a + b) κ(x, ∓v), where κ(x, u) is the
# cumulant function of a coin with mean x about that mean (DLMF 8.17.1, 8.17.2).


def _offset(a: Any, b: Any, x: Any) -> Any:
    """(a + b) times the distance of x below the mean a/(a + b)."""
    return a * (1.0 - x) - b * x


@quiet
def _beta_front(a: Any, b: Any, x: Any) -> Any:
    d, size = _offset(a, b, x), a + b
    return (
        a * _log_excess(-d / a, x * (size / a))
        + b * _log_excess(d / b, (1.0 - x) * (size / b))
        + 0.5 * np.log(a / size * b / (2.0 * pi))
        + (stirling(size) - stirling(a) - stirling(b))
    )


@quiet
def _beta_front_rule(value: Any, args: Any, needs: Any) -> Any:
    a, b, x = args
    d, size, y = _offset(a, b, x), a + b, 1.0 - x
    rest = _log_minus_digamma(size)
    in_a = _log_ratio(-d / a, x * (size / a)) + (_log_minus_digamma(a) - rest)
    in_b = _log_ratio(d / b, y * (size / b)) + (_log_minus_digamma(b) - rest)
    aa, ab, bb = psi_rises(a, b)[1], sc.polygamma(1, size), psi_rises(b, a)[1]
    xx = -a / x / x - b / y / y
    return (in_a, in_b, d / x / y), (aa, ab, 1.0 / x, bb, -1.0 / y, xx)


#: log of x^a (1 - x)^b / B(a, b).
_log_beta_front = Op("log_beta_front", _beta_front, _beta_front_rule)


@quiet
def _cumulant_value(x: Any, u: Any) -> Any:
    z = x * np.expm1(u)
    return by_rows(
        abs(u) < 1.0,
        lambda x, u, z: log1pmx(z) + x * (u * u * expm1mx_ratio(u)),
        lambda x, u, z: np.log1p(z) - x * u,
        x,
        u,
        z,
    )


@quiet
def _cumulant_rule(value: Any, args: Any, needs: Any) -> Any:
    x, u = args
    e = np.expm1(u)
    r = e / (1.0 + x * e)
    return (r - u, None), (-r * r, None, None)


#: log(1 + x (exp(u) - 1)) - x u for x <= 1/2; never differentiated in u.
_coin_cumulant = Op("coin_cumulant", _cumulant_value, _cumulant_rule)


def _beta_tail(sign: float, mirrored: bool) -> Callable[..., Any]:
    def log_side(a: Any, b: Any, x: Any) -> Any:
        p = 1.0 - x if mirrored else x  # κ(x, u) = κ(1 - x, -u)
        turn = -sign if mirrored else sign
        slope, size = -sign * _offset(a, b, x), a + b

        def f(v: Any) -> Any:
            return slope * v + size * _coin_cumulant(p, turn * v)

        return _log_beta_front(a, b, x) + log_tail(f, width(slope, size * x * (1.0 - x)))

    return log_side


def _beta_series(a: Any, b: Any, x: Any) -> Any:
    """a B(a, b) x^-a I_x(a, b) = 1 + a Σ (1 - b)_n x^n/(n! (a + n)) (DLMF 8.17.7 and 15.2.1)."""
    term: Any = 1.0
    total: Any = 0.0
    for n in range(1, 60):
        term = term * (x * ((n - b) / n))
        total = total + term / (a + n)
    front = a * ops.log(x) - lgamma_rise(1.0, a) + lgamma_rise(b, a)
    return front + ops.log1p(a * total)


def _beta_series_above(a: Any, b: Any, x: Any) -> Any:
    return _beta_series(b, a, 1.0 - x)


def _below_mean(a: Any, b: Any, x: Any) -> Any:
    return _offset(a, b, x) >= 0.0


_BETA = (
    Region(lambda a, b, x: (a < 1.0) & (x <= 0.5) & (b * x <= 1.0), True, _beta_series),
    Region(
        lambda a, b, x: (b < 1.0) & (x > 0.5) & (a * (1.0 - x) <= 1.0), False, _beta_series_above
    ),
    Region(lambda a, b, x: _below_mean(a, b, x) & (x <= 0.5), True, _beta_tail(-1.0, False)),
    Region(_below_mean, True, _beta_tail(-1.0, True)),
    Region(lambda a, b, x: x <= 0.5, False, _beta_tail(1.0, False)),
    Region(always, False, _beta_tail(1.0, True)),
)

#: log I_x(a, b), the probability that a beta variable is at most x; a, b > 0, 0 < x < 1.
log_betainc = _side(
    "log_betainc", True, _BETA, lambda s, a, b, x: s.log(s.betainc(a, b, 0, x) / s.beta(a, b))
)
#: log(1 - I_x(a, b)).
log_betaincc = _side(
    "log_betaincc", False, _BETA, lambda s, a, b, x: s.log(s.betainc(a, b, x, 1) / s.beta(a, b))
)


# Student's t. With t = -√ν sinh(w + v) the lower tail is cosh(w)^-ν / B(ν/2, 1/2) times
# ∫ exp(-ν log(cosh(v) + T sinh(v))) dv, where T = tanh(w) = -t/√(ν + t²). Here v = s/ν, so
# that the exponent is near s for small ν, and log(ν) cancels by itself.


def _student(df: Any, t: Any) -> Any:
    r = -t / ops.sqrt(df)
    rest = 1.0 / (1.0 + r * r)
    slope = r * ops.sqrt(rest)
    unit = 1.0 / (slope + 1.0 / ops.sqrt(1.0 + df))
    mirror = 0.5 * rest / (1.0 + slope)  # (1 - T)/2

    def f(node: Any) -> Any:
        s = node * unit
        return s + df * ops.log1p(mirror * ops.expm1(-2.0 * s / df))

    front = -0.5 * df * ops.log1p(r * r) - lgamma_rise(0.5 + 0.5 * df, 0.5)
    return front + ops.log(unit) + log_tail(f, 1.0) - 0.5 * log(4.0 * pi)


def _student_far(df: Any, t: Any) -> Any:
    """Where t² > 1e16 ν the tail is a power, to every digit."""
    r = ops.log(-t) - 0.5 * ops.log(df)
    return -df * r - lbeta(0.5 * df, 0.5) - ops.log(df)


_SINH = tuple(1.0 / factorial(2 * k + 1) for k in range(16))

#: sinh(√z)/√z, smooth at zero.
_sinhc = pieced(
    "sinhc",
    [
        Piece(lambda z: z <= 4.0, lambda z: horner(_SINH, z)),
        Piece(always, lambda z: ops.sinh(ops.sqrt(z)) / ops.sqrt(z)),
    ],
)


def _log_peak_limit(e: Any) -> Any:
    """log of √(2π) times the density at zero, from e = 1/ν <= 1/16."""
    return 0.5 * (log1p_ratio(e) - 1.0) + stirling_rise(0.5, 2.0 * e, 2.0 * e / (1.0 + e))


def _student_limit(df: Any, t: Any) -> Any:
    """The same in e = 1/ν, whose derivatives stay of ordinary size up to the normal limit."""
    e = 1.0 / df
    square = t * t
    slope = -t / ops.sqrt(1.0 + e * square)

    def f(v: Any) -> Any:
        z = e * (v * v)
        half = _sinhc(0.25 * z)
        rise = 0.5 * (v * v) * half * half + slope * (v * _sinhc(z))
        return rise * log1p_ratio(e * rise)

    tail = log_tail(f, width(slope, 1.0)) - 0.5 * log(2.0 * pi)
    return _log_peak_limit(e) - 0.5 * square * log1p_ratio(e * square) + tail


def _student_centre(log_peak: Callable[..., Any]) -> Callable[..., Any]:
    """By the series of the density (DLMF 15.2.1), so that nothing but log(1/2) is left at t = 0."""

    def log_cdf(df: Any, t: Any) -> Any:
        e, square = 1.0 / df, t * t
        term: Any = 1.0
        total: Any = 1.0
        for n in range(1, 29):
            term = term * (square * ((0.5 - n) * e - 0.5) / n)
            total = total + term / (2 * n + 1)
        return ops.log1p(t * total * ops.exp(log_peak(df)) * sqrt(2.0 / pi)) - log(2.0)

    return log_cdf


def _reflected(formula: Callable[..., Any]) -> Callable[..., Any]:
    return lambda df, t: log1mexp(-formula(df, -t))


def _is_central(df: Any, t: Any) -> Any:
    return 4.0 * t * t <= np.minimum(df, 1.0)


def _far(df: Any, t: Any) -> Any:
    return abs(t) > 1e8 * np.sqrt(df)


def _sympy_student(s: Any, df: Any, t: Any) -> Any:
    half = s.Rational(1, 2)
    ratio = s.gamma(half * (df + 1)) / s.gamma(half * df) / s.sqrt(s.pi * df)
    series = s.hyper((half, half * (df + 1)), (3 * half,), -(t**2) / df)
    return s.log(half + t * ratio * series)


#: log of the probability that Student's t with df degrees of freedom is at most t; df > 0.
log_stdtr = pieced(
    "log_stdtr",
    [
        Piece(
            lambda df, t: _is_central(df, t) & (df < 16.0),
            _student_centre(lambda df: 0.5 * ops.log(0.5 * df) - lgamma_rise(0.5 + 0.5 * df, 0.5)),
        ),
        Piece(_is_central, _student_centre(lambda df: _log_peak_limit(1.0 / df))),
        Piece(lambda df, t: _far(df, t) & (t < 0.0), _student_far),
        Piece(_far, _reflected(_student_far)),
        Piece(lambda df, t: (df < 16.0) & (t <= 0.0), _student),
        Piece(lambda df, t: df < 16.0, _reflected(_student)),
        Piece(lambda df, t: t <= 0.0, _student_limit),
        Piece(always, _reflected(_student_limit)),
    ],
    _sympy_student,
)
