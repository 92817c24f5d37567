"""Log-probabilities and their derivatives in every argument, against mpmath."""

from __future__ import annotations

import warnings

import mpmath as mp
import numpy as np
import pytest
from mpmath import mpf
from scipy import special as sc

from mostlikely.calculus.incomplete import (
    log_betainc,
    log_betaincc,
    log_gammainc,
    log_gammaincc,
    log_stdtr,
)
from mostlikely.calculus.jet import seed
from tests.calculus.partials import flat, worst_error

# mpmath computes the smaller of the two sides; the larger is its complement.


def log_sides(smaller: mpf, lower: bool) -> tuple[mpf, mpf]:
    both = mp.log(smaller), mp.log1p(-smaller)
    return both if lower else both[::-1]


def gamma_sides(a: mpf, x: mpf) -> tuple[mpf, mpf]:
    if x < a:
        return log_sides(mp.gammainc(a, 0, x, regularized=True), True)
    return log_sides(mp.gammainc(a, x, mp.inf, regularized=True), False)


def beta_sides(a: mpf, b: mpf, x: mpf) -> tuple[mpf, mpf]:
    if x * (a + b) < a:
        return log_sides(mp.betainc(a, b, 0, x, regularized=True), True)
    return log_sides(mp.betainc(b, a, 0, 1 - x, regularized=True), False)


def student_lower(df: mpf, t: mpf) -> mpf:
    tail = mp.betainc(df / 2, mpf("0.5"), 0, df / (df + t * t), regularized=True) / 2
    return log_sides(tail, bool(t < 0))[0]


def side(sides, k):
    return lambda *args: sides(*args)[k]


GAMMA = {
    "central": [
        (a, max(a + z * a**0.5, 0.01 * a))
        for a in (0.013, 0.4, 0.97, 3.1, 47.0, 1013.0)
        for z in (-3.0, -0.4, 0.0, 0.7, 4.0)
    ],
    "far": [(a, a * r) for a in (0.4, 2.3, 31.0, 503.0) for r in (1e-4, 0.05, 6.0, 40.0)],
    "seams": [(0.9, 1.499), (0.9, 1.501), (1.1, 1.1), (12.0, 12.0), (12.0, 6.0), (12.0, 18.0)],
    "small": [(0.01, 1e-3), (0.01, 1.0), (0.01, 9.0), (0.3, 1e-100)],
}
BETA = {
    "central": [
        (a, b, a / (a + b) * (1.0 + z * (b / (a + b)) ** 0.5 / max(a, 1.0) ** 0.5))
        for a, b in ((0.6, 0.7), (3.1, 0.4), (0.2, 40.0), (7.3, 5.2), (61.0, 350.0), (900.0, 1.7))
        for z in (-0.5, 0.0, 0.3)
    ],
    "far": [
        (a, b, x)
        for a, b in ((0.02, 0.03), (3.0, 8.0), (170.0, 0.3), (40.0, 60.0))
        for x in (1e-12, 0.01, 0.49, 0.51, 0.97)
    ],
    "seams": [(0.99, 2.0, 0.5), (2.0, 0.99, 0.5), (1.0, 1.0, 0.5), (5.0, 5.0, 0.5)],
}
STUDENT = {
    "ordinary": [(v, t) for v in (0.03, 0.7, 1.0, 4.4, 15.0) for t in (-30.0, -1.3, 0.4, 6.0)],
    "near normal": [(v, t) for v in (16.0, 210.0) for t in (-9.0, -0.8, 0.3, 5.0)],
    "centre": [(v, t) for v in (0.03, 2.0, 90.0) for t in (-0.4, -1e-6, 1e-3, 0.49)],
    "far": [(2.0, -1e9), (0.5, 1e9), (30.0, -1e10), (3.0, -4e4), (3.0, -3e6), (20.0, -2e7)],
}


@pytest.mark.parametrize("where", GAMMA)
@pytest.mark.parametrize(("k", "op"), [(0, log_gammainc), (1, log_gammaincc)])
def test_gamma_probabilities_keep_their_digits(k, op, where):
    error, at = worst_error(op, side(gamma_sides, k), GAMMA[where], digits=150)
    assert error < 3e-13, at


@pytest.mark.parametrize("where", BETA)
@pytest.mark.parametrize(("k", "op"), [(0, log_betainc), (1, log_betaincc)])
def test_beta_probabilities_keep_their_digits(k, op, where):
    error, at = worst_error(op, side(beta_sides, k), BETA[where], digits=150)
    assert error < 3e-13, at


@pytest.mark.parametrize("where", STUDENT)
def test_student_probabilities_keep_their_digits(where):
    error, at = worst_error(log_stdtr, student_lower, STUDENT[where], digits=150)
    assert error < 3e-13, at


# Laws that need no reference, for what mpmath is too slow to reach.


@pytest.mark.parametrize("a", [0.05, 1.0, 80.0, 1e4, 1e8, 1e14])
def test_gamma_sides_add_to_one_and_derivatives_agree(a):
    x = a + np.sqrt(a) * np.array([-6.0, -1.0, 0.0, 1.0, 6.0])
    x = x[x > 0]
    lower, upper = (
        flat(log_gammainc, [np.full_like(x, a), x]),
        flat(log_gammaincc, [np.full_like(x, a), x]),
    )
    assert np.exp(lower[0]) + np.exp(upper[0]) == pytest.approx(1.0, abs=1e-14)
    for m in (1, 2):
        assert np.exp(lower[0]) * lower[m] == pytest.approx(-np.exp(upper[0]) * upper[m], rel=1e-10)


def test_shape_one_is_the_exponential_distribution():
    x = np.array([1e-100, 1e-3, 0.9, 1.1, 30.0, 5000.0, 1e6])
    assert log_gammaincc(1.0, x) == pytest.approx(-x, rel=1e-13)
    assert log_gammainc(1.0, x) == pytest.approx(np.log(-np.expm1(-x)), rel=1e-13)
    value, _, in_x, _, _, in_xx = flat(log_gammaincc, [np.ones(7), x])
    assert in_x == pytest.approx(np.full(7, -1.0), rel=1e-13)
    assert value == pytest.approx(-x, rel=1e-13)
    assert np.abs(in_xx * x * x).max() < 1e-9  # zero: the hazard is constant


def test_recurrence_in_the_shape_holds_deep_in_the_tail():
    """Q(a + 1, x) = Q(a, x) + x^a exp(-x)/Γ(a + 1) (DLMF 8.8.6), at log Q = -1e5."""
    a, x = np.array([0.3, 2.0, 50.0, 3e4]), 1e5 + np.array([0.0, 0.0, 100.0, 2e5])
    step = a * np.log(x) - x - sc.gammaln(a + 1.0)
    assert log_gammaincc(a + 1.0, x) == pytest.approx(
        np.logaddexp(log_gammaincc(a, x), step), rel=1e-13
    )


def test_powers_are_beta_probabilities():
    x = np.array([1e-300, 1e-5, 0.3, 0.8, 1.0 - 1e-12])
    for a in (0.01, 0.7, 1.0, 45.0, 3e4):
        assert log_betainc(a, 1.0, x) == pytest.approx(a * np.log(x), rel=1e-12)
        assert log_betaincc(1.0, a, x) == pytest.approx(a * np.log1p(-x), rel=1e-12)


@pytest.mark.parametrize(("a", "b"), [(1e10, 1e10), (1e8, 3.0), (2.0, 1e12), (1e6, 0.2)])
def test_beta_is_its_own_mirror_image(a, b):
    x = a / (a + b)
    x = np.array([0.98 * x, x, x + 0.02 * (1 - x)])
    x = 1.0 - (1.0 - x)  # so that 1 - x is exact
    mirror = log_betaincc(b, a, 1.0 - x)
    assert log_betainc(a, b, x) == pytest.approx(mirror, rel=1e-13)


def test_student_with_one_and_two_degrees_of_freedom():
    t = np.array([-1e12, -300.0, -1.0, -0.3, 0.0, 0.2, 2.0, 50.0])
    assert log_stdtr(1.0, t) == pytest.approx(np.log(np.arctan2(1.0, -t) / np.pi), rel=1e-13)
    root = np.sqrt(2.0 + t * t)
    two = np.where(t < 0.0, 1.0 / (root * (root - t)), 0.5 + 0.5 * t / root)
    assert log_stdtr(2.0, t) == pytest.approx(np.log(two), rel=1e-13)


def test_student_becomes_the_normal_distribution():
    t = np.array([-120.0, -3.0, -1e-3, 0.0, 0.4, 2.0, 8.0])
    for df in (1e18, 1e300):
        assert log_stdtr(df, t) == pytest.approx(sc.log_ndtr(t), rel=1e-12)
    # the next term of the expansion in 1/df (Abramowitz and Stegun 26.7.8)
    df = 1e9
    slope = flat(log_stdtr, [np.full_like(t, df), t])[1]
    density = np.exp(-0.5 * t * t - 0.5 * np.log(2 * np.pi) - sc.log_ndtr(t))
    assert slope[1:] * df**2 == pytest.approx((density * t * (t * t + 1) / 4)[1:], rel=1e-6)


@pytest.mark.parametrize(
    ("op", "args", "expected"),
    [
        (log_gammainc, (3.0, 0.0), -np.inf),
        (log_gammaincc, (3.0, 0.0), 0.0),
        (log_gammainc, (0.3, 0.0), -np.inf),
        (log_gammainc, (3.0, np.inf), 0.0),
        (log_gammaincc, (3.0, np.inf), -np.inf),
        (log_betainc, (2.0, 3.0, 0.0), -np.inf),
        (log_betaincc, (2.0, 3.0, 0.0), 0.0),
        (log_betainc, (0.2, 0.3, 1.0), 0.0),
        (log_betaincc, (0.2, 0.3, 1.0), -np.inf),
        (log_stdtr, (3.0, -np.inf), -np.inf),
        (log_stdtr, (3.0, np.inf), 0.0),
        (log_gammainc, (np.nan, 1.0), np.nan),
        (log_betainc, (1.0, 2.0, np.nan), np.nan),
        (log_stdtr, (3.0, np.nan), np.nan),
    ],
)
def test_ends_are_exact_and_silent(op, args, expected):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert np.array_equal(op(*args), expected, equal_nan=True)
        op(*seed(args))


def test_only_what_is_asked_for_is_differentiated():
    x = np.linspace(0.1, 9.0, 5)
    full = log_gammaincc(*seed([2.5, x]))
    (shape,) = seed([2.5])
    assert log_gammaincc(shape, x).grad[0] == pytest.approx(full.grad[0], rel=1e-15)
    assert log_gammaincc(shape, x).hess[0] == pytest.approx(full.hess[0], rel=1e-15)
    (where,) = seed([x])
    assert log_gammaincc(2.5, where).grad[0] == pytest.approx(full.grad[1], rel=1e-15)
    assert log_gammaincc(2.5, where).hess[0] == pytest.approx(full.hess[2], rel=1e-15)


def test_rows_of_every_region_at_once():
    a = np.array([0.2, 0.2, 5.0, 5.0, 900.0, 5.0])
    x = np.array([0.5, 3.0, 1.0, 9.0, 880.0, np.inf])
    together = flat(log_gammainc, [a, x])
    alone = np.column_stack([flat(log_gammainc, [p, q]) for p, q in zip(a, x, strict=True)])
    assert together == pytest.approx(alone, rel=1e-13, abs=0.0)


@pytest.mark.parametrize("op", [log_gammainc, log_gammaincc, log_betainc, log_betaincc, log_stdtr])
def test_sympy_reads_the_same_probability(op):
    sympy = pytest.importorskip("sympy", reason="SymPy is an extra of the docs")
    point = {log_stdtr: (3.5, -0.8)}.get(op, (2.5, 0.8) if "gamma" in op.name else (2.5, 0.7, 0.4))
    symbols = sympy.symbols(f"x:{len(point)}", positive=True)
    read = sympy.lambdify(symbols, op(*symbols), "mpmath")
    assert op(*point) == pytest.approx(float(read(*map(mpf, point))), rel=1e-13)
