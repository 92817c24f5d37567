"""Jets: every rule, every operator and their compositions against mpmath."""

from __future__ import annotations

import importlib
import operator
import pkgutil
from collections.abc import Callable
from typing import Any

import hypothesis.strategies as st
import mpmath as mp
import numpy as np
import pytest
from hypothesis import assume, given
from mpmath import mpf
from scipy import special as sc

from mostlikely import calculus
from mostlikely.calculus import ops
from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.jet import Jet, pairs, seed
from mostlikely.calculus.rules import RULES
from tests.calculus.partials import flat, partials

for room in pkgutil.iter_modules(calculus.__path__):  # each brings its own rules
    importlib.import_module(f"{calculus.__name__}.{room.name}")

# What each function is, written without the package. A NumPy or SciPy ufunc that gets a rule
# gets a line here, or the first test below fails.

WITNESSES: dict[Any, Callable[..., mpf]] = {
    np.log: mp.log,
    np.log1p: mp.log1p,
    np.log2: lambda x: mp.log(x) / mp.log(2),
    np.log10: mp.log10,
    np.exp: mp.exp,
    np.expm1: mp.expm1,
    np.sqrt: mp.sqrt,
    np.absolute: abs,
    np.sin: mp.sin,
    np.cos: mp.cos,
    np.tan: mp.tan,
    np.arctan: mp.atan,
    np.sinh: mp.sinh,
    np.cosh: mp.cosh,
    np.tanh: mp.tanh,
    np.arcsinh: mp.asinh,
    np.reciprocal: lambda x: 1 / x,
    np.maximum: max,
    np.minimum: min,
    np.logaddexp: lambda x, y: mp.log(mp.exp(x) + mp.exp(y)),
    sc.xlogy: lambda x, y: x * mp.log(y),
    sc.xlog1py: lambda x, y: x * mp.log1p(y),
    sc.erf: mp.erf,
    sc.erfc: mp.erfc,
    sc.ndtr: mp.ncdf,
    sc.log_ndtr: lambda x: mp.log(mp.erfc(-x / mp.sqrt(2)) / 2),
    sc.ndtri: lambda p: mp.sqrt(2) * mp.erfinv(2 * p - 1),
    sc.expit: lambda x: 1 / (1 + mp.exp(-x)),
    sc.log_expit: lambda x: -mp.log1p(mp.exp(-x)),
    sc.logit: lambda p: mp.log(p / (1 - p)),
    sc.gamma: mp.gamma,
    sc.gammaln: mp.loggamma,
    sc.digamma: mp.digamma,
    sc.i0e: lambda x: mp.besseli(0, x) * mp.exp(-abs(x)),
    sc.kl_div: lambda x, y: x * mp.log(x / y) - x + y,
    sc.betaln: lambda a, b: mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b),
}
#: Sides and tails that points between zero and one do not show.
MORE = {
    np.log: [(1e-140,), (1e140,)],
    np.log1p: [(-0.99,), (1e-18,), (1e140,)],
    np.expm1: [(-40.0,), (1e-18,)],
    np.absolute: [(-2.5,)],
    np.arctan: [(-1e9,)],
    np.tanh: [(-1e-9,), (3.0,)],
    np.arcsinh: [(-1e9,), (1e-12,)],
    np.logaddexp: [(-700.0, 3.0), (40.0, -2.0), (710.0, 710.5)],
    sc.erf: [(-3.0,)],
    sc.erfc: [(-3.0,), (20.0,)],
    sc.ndtr: [(-20.0,), (2.0,)],
    sc.log_ndtr: [(-1e6,), (-300.0,), (-49.0,), (-3.0,), (6.0,)],
    sc.expit: [(-50.0,), (2.5,)],
    sc.log_expit: [(-50.0,), (40.0,)],
    sc.logit: [(1e-12,), (0.999,)],
    sc.i0e: [(-0.7,), (5.0,), (19.0,)],
    sc.kl_div: [(3.0, 3.5), (2.0, 700.0)],
    sc.gammaln: [(1e-6,), (31.0,), (1e12,)],
    sc.digamma: [(1e-6,), (31.0,), (1e6,)],
}


def points_of(ufunc: np.ufunc) -> list[tuple[float, ...]]:
    ordinary = {1: [(0.13,), (0.42,), (0.871,)], 2: [(0.13, 0.62), (0.62, 0.13), (0.871, 0.93)]}
    return ordinary[ufunc.nin] + MORE.get(ufunc, [])


def test_every_ufunc_with_a_rule_has_a_witness():
    assert {f for f in RULES if isinstance(f, np.ufunc)} == set(WITNESSES)


@pytest.mark.parametrize("ufunc", WITNESSES, ids=lambda f: f.__name__)
def test_every_rule_is_the_derivative(ufunc):
    for point in points_of(ufunc):
        # where a derivative is zero the differences leave 1e-60
        reference = np.array([float(x) for x in partials(WITNESSES[ufunc], point, 250)])
        assert flat(ufunc, point) == pytest.approx(reference, rel=5e-13, abs=1e-55), point


def test_polygamma_is_differentiated_in_its_argument():
    for order in (0, 1, 3):
        expected = [float(x) for x in partials(lambda x, n=order: mp.polygamma(n, x), (0.7,), 120)]
        found = flat(lambda x, n=order: ops.polygamma(n, x), [0.7])
        assert found == pytest.approx(np.array(expected), rel=1e-12)


# Operators.

X, Y = 0.7, 2.3
BINARY = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "**": operator.pow,
}


@pytest.mark.parametrize("sign", BINARY)
@pytest.mark.parametrize("plain", [None, "left", "right"])
def test_operators_of_jets_and_numbers(sign, plain):
    def f(x, y):
        if plain == "left":
            return BINARY[sign](3, x) * y
        if plain == "right":
            return BINARY[sign](x, 3) * y
        return BINARY[sign](x, y)

    expected = np.array([float(r) for r in partials(f, (X, Y), 150)])
    assert flat(f, [X, Y]) == pytest.approx(expected, rel=1e-14, abs=1e-30)


@pytest.mark.parametrize("sign", BINARY)
def test_arrays_meet_jets_on_either_side(sign):
    rows = np.array([0.5, 1.5, 4.0])
    for f in (lambda x, rows: BINARY[sign](rows, x), BINARY[sign]):
        together = f(seed([X])[0], rows)
        assert isinstance(together, Jet)
        for k, row in enumerate(rows):
            alone = f(seed([X])[0], row)
            for a, b in ((together.value, alone.value), (together.grad[0], alone.grad[0])):
                assert np.broadcast_to(a, 3)[k] == pytest.approx(b, rel=1e-15)


@pytest.mark.parametrize("exponent", [-2, -1, -0.5, 0.5, 2, 2.0, 3, 3.7])
def test_constant_powers(exponent):
    expected = np.array([float(r) for r in partials(lambda x: x**exponent, (X,), 150)])
    assert flat(lambda x: x**exponent, [X]) == pytest.approx(expected, rel=1e-14, abs=1e-30)
    assert flat(lambda x: np.power(x, exponent), [X]) == pytest.approx(expected, abs=1e-14)


@pytest.mark.parametrize(
    ("exponent", "expected"),
    [(0, (1, 0, 0)), (1, (0, 1, 0)), (2, (0, 0, 2)), (3, (0, 0, 0)), (4.0, (0, 0, 0))],
)
def test_whole_powers_of_zero(exponent, expected):
    assert np.array_equal(flat(lambda x: x**exponent, [0.0]), np.array(expected, dtype=float))


def test_negative_numbers_have_whole_powers():
    expected = np.array([float(r) for r in partials(lambda x: x**3, (-1.7,), 150)])
    assert flat(lambda x: x**3, [-1.7]) == pytest.approx(expected, rel=1e-14)
    assert flat(lambda x: x**-2, [-1.7])[1] == pytest.approx(-2 * (-1.7) ** -3, rel=1e-14)


def test_quotients_keep_their_value_exact():
    """x/y and not x · (1/y), which rounds twice."""
    x, y = seed([1.0, 49.0])
    assert (x / y).value == 1.0 / 49.0
    assert (3.0 / y).value == 3.0 / 49.0


def test_arrays_without_dimensions_are_numbers():
    x, y = seed([np.array(1.3), np.array(0.4)])
    jet = np.log(x * y)
    assert jet.grad == pytest.approx((1 / 1.3, 1 / 0.4), rel=1e-15)


def test_whole_numbers_are_promoted():
    for value in (3, np.int64(3), np.array([3, 3])):
        (n,) = seed([value])
        assert (1 / n).grad[0] == pytest.approx(-1 / 9, rel=1e-15)
        assert (n * n).grad[0] == pytest.approx(6.0)
        assert np.log(n).hess[0] == pytest.approx(-1 / 9, rel=1e-15)


def test_signs_comparisons_and_rounding_read_the_value():
    (x,) = seed([np.array([-1.5, 2.0])])
    assert (x > 0.0).tolist() == [False, True]
    assert np.greater_equal(0.0, x).tolist() == [True, False]
    assert (x < 0.0).tolist() == [True, False]
    assert np.floor(x).tolist() == [-2.0, 2.0]
    assert np.isfinite(x).all()
    assert (-x).grad == (-1.0,)
    assert (+x) is x
    assert abs(x).grad[0].tolist() == [-1.0, 1.0]
    assert np.negative(x).value.tolist() == [1.5, -2.0]
    assert np.square(x).grad[0].tolist() == [-3.0, 4.0]


# where


def test_where_takes_each_row_from_its_own_branch():
    x, y = seed([np.array([1.0, 2.0, 3.0]), 5.0])
    out = np.where(x > 1.5, x * x * y, y)
    assert out.value.tolist() == [5.0, 20.0, 45.0]
    assert out.grad[0].tolist() == [0.0, 20.0, 30.0]
    assert out.grad[1].tolist() == [1.0, 4.0, 9.0]
    assert out.hess[0].tolist() == [0.0, 10.0, 10.0]
    assert out.hess[1].tolist() == [0.0, 4.0, 6.0]
    assert out.hess[2] is None


def test_where_meets_plain_branches_and_jet_conditions():
    (x,) = seed([np.array([1.0, 2.0])])
    left = ops.where(np.array([True, False]), x, -7.0)
    right = ops.where(np.array([True, False]), -7.0, x)
    assert (left.value.tolist(), left.grad[0].tolist()) == ([1.0, -7.0], [1.0, 0.0])
    assert (right.value.tolist(), right.grad[0].tolist()) == ([-7.0, 2.0], [0.0, 1.0])
    assert np.where(x - 1.0, 1.0, 0.0).tolist() == [0.0, 1.0]


def test_where_keeps_the_other_branch_out():
    """An infinite derivative in a row that is not taken leaves no trace."""
    (x,) = seed([np.array([0.0, 4.0])])
    with np.errstate(all="ignore"):
        out = np.where(x > 0.0, np.sqrt(x), x)
    assert out.grad[0].tolist() == [1.0, 0.25]
    assert out.hess[0].tolist() == [0.0, -1 / 32]


# Structural zeros cost nothing: they stay None, and are never multiplied.


def test_sums_of_single_variables_have_no_second_derivatives():
    x, y = seed([2.0, 3.0])
    assert (x + y).hess == (None, None, None)
    assert (3.0 * x - y / 2.0 + 1.0).hess == (None, None, None)
    assert (x * y).hess == (None, 1.0, None)


def test_functions_of_one_variable_know_nothing_of_the_others():
    x, _, z = seed([2.0, 3.0, 4.0])
    for f in (np.log, np.exp, ops.lgamma, ops.expit):
        jet = f(x) * 2.0 + x
        assert jet.grad[1:] == (None, None)
        assert [m for m, h in enumerate(jet.hess) if h is not None] == [0]
    mixed = np.log(x) * z
    assert mixed.grad[1] is None
    assert [pairs(3)[m] for m, h in enumerate(mixed.hess) if h is not None] == [(0, 0), (0, 2)]


def test_a_rule_is_told_what_is_needed():
    asked = []

    def rule(value, args, needs):
        asked.append(tuple(needs))
        return (None, args[0]), (None, None, None)

    op = Op("product", lambda a, b: a * b, rule)
    try:
        jet = op(3.0, *seed([2.0]))
    finally:
        del RULES[op.numpy]
    assert asked == [(False, True)]
    assert jet.grad == (3.0,)


def test_a_constant_component_stays_a_number():
    rows = np.linspace(0.0, 1.0, 5)
    mu, sigma = seed([0.3, 2.0])
    z = (rows - mu) / sigma
    assert np.ndim(z.grad[0]) == 0
    assert np.ndim(z.grad[1]) == 1
    assert z.hess[0] is None


def test_operands_are_left_as_they_were():
    """Products are added up in place; the place must not be an operand's."""
    x, y = seed([np.array([1.0, 2.0]), np.array([3.0, 4.0])])
    a, b = np.exp(x) * y, np.log(y) * x
    before = [np.copy(c) for c in (*a.grad, *b.grad, *(h for h in a.hess if h is not None))]
    a * b, a / b, a - b, a**b, np.where(a > b, a, b), a * a, ops.logaddexp(a, b)
    after = [*a.grad, *b.grad, *(h for h in a.hess if h is not None)]
    assert all(np.array_equal(p, q) for p, q in zip(before, after, strict=True))


def test_first_order_jets_stay_first_order():
    x, y = seed([1.3, 0.4], order=1)
    second = flat(lambda x, y: np.log(x * y) + x / y - ops.logaddexp(x, y) ** 2, [1.3, 0.4])
    first = np.log(x * y) + x / y - ops.logaddexp(x, y) ** 2
    assert first.hess is None
    assert [first.value, *first.grad] == pytest.approx(second[:3].tolist(), rel=1e-15)
    assert np.where(x > 0.0, x, y).hess is None


def test_the_log_of_an_exp_is_what_it_came_from():
    (eta,) = seed([800.0])
    with np.errstate(over="ignore"):
        assert np.log(np.exp(eta)) is eta


# What has no derivative is refused by name.


def test_a_function_without_a_rule_is_named():
    (x,) = seed([0.5])
    with pytest.raises(TypeError, match="arccosh has no derivative rule"):
        np.arccosh(x)
    with pytest.raises(TypeError, match=r"numpy\.sort has no derivative rule"):
        np.sort(x)
    with pytest.raises(TypeError):
        np.add.reduce(x)


def test_a_jet_says_what_it_is():
    assert repr(seed([1.5])[0]) == "Jet(1.5, grad=(1.0,), hess=(None,))"


# Compositions: Hypothesis builds formulas of two variables from these, and the same formula is
# differentiated in mpmath. Each is smooth and of moderate size wherever its arguments are.

STEPS: dict[str, tuple[int, Callable[..., Any], Callable[..., mpf]]] = {
    "add": (2, operator.add, operator.add),
    "subtract": (2, operator.sub, operator.sub),
    "multiply": (2, operator.mul, operator.mul),
    "divide": (2, lambda a, b: a / (1.0 + b * b), lambda a, b: a / (1 + b * b)),
    "power": (
        2,
        lambda a, b: (1.0 + a * a) ** np.tanh(b),
        lambda a, b: (1 + a * a) ** mp.tanh(b),
    ),
    "square": (1, lambda a: a**2, lambda a: a * a),
    "bell": (1, lambda a: np.exp(-a * a), lambda a: mp.exp(-a * a)),
    "sin": (1, np.sin, mp.sin),
    "tanh": (1, np.tanh, mp.tanh),
    "root": (1, lambda a: np.sqrt(1.0 + a * a), lambda a: mp.sqrt(1 + a * a)),
    "log1p": (1, lambda a: np.log1p(a * a), lambda a: mp.log1p(a * a)),
    "softplus": (1, lambda a: ops.logaddexp(a, 0.0), lambda a: mp.log1p(mp.exp(a))),
    "reverse": (1, lambda a: 1.0 - a, lambda a: 1 - a),
    "pick": (
        2,
        lambda a, b: np.where(a > b, a * b, a - b),
        lambda a, b: a * b if a > b else a - b,
    ),
}
numbers = st.floats(-2.0, 2.0).filter(lambda v: abs(v) > 1e-3)
formulas = st.recursive(
    st.one_of(st.sampled_from(["x", "y"]), numbers),
    lambda inner: st.one_of(
        *(st.tuples(st.just(name), *[inner] * arity) for name, (arity, _, _) in STEPS.items())
    ),
    max_leaves=8,
)


def evaluate(formula: Any, which: int, x: Any, y: Any) -> Any:
    if isinstance(formula, float):
        return formula
    if isinstance(formula, str):
        return x if formula == "x" else y
    name, *inner = formula
    return STEPS[name][which](*(evaluate(f, which, x, y) for f in inner))


@given(formulas, numbers, numbers)
def test_compositions_are_differentiated_exactly(formula, x, y):
    jet = evaluate(formula, 1, *seed([np.array([x]), np.array([y])]))
    assume(isinstance(jet, Jet))
    reference = [float(r) for r in partials(lambda *v: evaluate(formula, 2, *v), (x, y), 120)]
    found = [0.0 if c is None else np.ravel(c)[0] for c in (jet.value, *jet.grad, *jet.hess)]
    size = 1.0 + max(map(abs, reference))
    assume(size < 1e8)
    assert found == pytest.approx(reference, rel=1e-11, abs=1e-11 * size)


@given(formulas, st.lists(st.tuples(numbers, numbers), min_size=2, max_size=5))
def test_rows_are_differentiated_each_by_itself(formula, rows):
    xs, ys = (np.array(column) for column in zip(*rows, strict=True))
    together = evaluate(formula, 1, *seed([xs, ys]))
    assume(isinstance(together, Jet))
    for k, (x, y) in enumerate(rows):
        alone = evaluate(formula, 1, *seed([x, y]))
        for a, b in zip(
            (together.value, *together.grad, *together.hess),
            (alone.value, *alone.grad, *alone.hess),
            strict=True,
        ):
            assert (a is None) == (b is None)
            if a is not None:
                assert np.broadcast_to(a, xs.shape)[k] == pytest.approx(b, rel=1e-13, abs=1e-13)
