"""The stable functions against mpmath, and what every reader must agree on."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence

import mpmath as mp
import numpy as np
import pytest
from mpmath import mpf

from mostlikely.calculus import ops, special
from mostlikely.calculus.dispatch import Op, unary
from mostlikely.calculus.jet import seed
from tests.calculus.partials import flat, worst_error


def ladder(low: float, high: float, count: int = 25) -> list[float]:
    """From 10**low to 10**high in equal ratios, none of them a round number."""
    return list(1.0371 * 10.0 ** np.linspace(low, high, count))


def both_sides(*edges: float) -> list[float]:
    """The edges of a piece and the numbers next to them."""
    return [x for e in edges for x in (np.nextafter(e, -np.inf), e, np.nextafter(e, np.inf))]


def negative(xs: Sequence[float]) -> list[float]:
    return [-x for x in xs]


def stirling(x: mpf) -> mpf:
    return mp.loggamma(x) - (x - mpf("0.5")) * mp.log(x) + x - mp.log(2 * mp.pi) / 2


def log_cosh(x: mpf) -> mpf:
    return mp.log(mp.cosh(x))


def lbeta(a: mpf, b: mpf) -> mpf:
    return mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(a + b)


def lgamma_rise(x: mpf, a: mpf) -> mpf:
    return mp.loggamma(x + a) - mp.loggamma(x)


ABOUT_ZERO = [*ladder(-20, 2.4), *negative(ladder(-20, 2.4)), *both_sides(-1.0, 1.0)]
ABOVE_MINUS_ONE = [
    *ladder(-20, 12),
    *negative(ladder(-20, -0.1)),
    *both_sides(-0.5, 1.0),
    -1.0 + 1e-9,
]

ONE_ARGUMENT = {
    "stirling": (stirling, [*ladder(-8, 8, 40), *both_sides(1.0, 8.0), 5.5, 7.3]),
    "stirling_reciprocal": (
        lambda t: stirling(1 / t),
        [*ladder(-8, 8, 40), *both_sides(0.125, 1.0), 0.14],
    ),
    "log1pmx": (lambda x: mp.log1p(x) - x, ABOVE_MINUS_ONE),
    "log1p_ratio": (lambda x: mp.log1p(x) / x, ABOVE_MINUS_ONE),
    "expm1_ratio": (lambda x: mp.expm1(x) / x, [*ABOUT_ZERO, 700.0, -1e4]),
    "expm1mx_ratio": (lambda x: (mp.expm1(x) - x) / x**2, [*ABOUT_ZERO, 700.0, -1e4]),
    "log_i0": (
        lambda x: mp.log(mp.besseli(0, x)),
        [
            *ladder(-8, 4),
            *negative(ladder(-8, 2, 5)),
            *both_sides(2.0, 20.0),
            11.0,
            16.6,
            27.0,
            44.0,
        ],
    ),
    "softplus": (lambda x: mp.log1p(mp.exp(x)), [*ABOUT_ZERO, -700.0, 700.0]),
    "log1mexp": (lambda x: mp.log(-mp.expm1(-x)), [*ladder(-15, 1.9), np.log(2.0)]),
    "log_cosh": (log_cosh, ABOUT_ZERO),
}


#: Relative errors of the worst component; only where values are differences of large terms
#: (x just below 8, I₀ just below 20) are they not a few units of the last place.
BOUNDS = {"stirling": 2e-13, "stirling_reciprocal": 4e-13, "log_i0": 4e-13, "expm1mx_ratio": 2e-14}


@pytest.mark.parametrize("name", ONE_ARGUMENT)
def test_value_and_derivatives_keep_their_digits(name):
    f, points = ONE_ARGUMENT[name]
    error, where = worst_error(getattr(special, name), f, [(x,) for x in points], digits=250)
    assert error < BOUNDS.get(name, 4e-15), where


def rise_scales(x: float, a: float) -> list[float]:
    """lgamma(x + a) - lgamma(x) passes through zero, and so does digamma(x + a)."""
    return [min(a, 1.0), 0.0, 1.0, 0.0, 0.0, 0.0]


@pytest.mark.parametrize(
    ("points", "digits"),
    [
        ([(x, a) for x in ladder(-6, 8, 8) for a in ladder(-8, 15, 8)], 150),
        ([(x, 0.5) for x in (1e-3, 0.7, 4.0, *both_sides(8.0), 60.0, 1e6)], 120),
        ([(1.46, 1e-6), (2.5, 0.999), (2.5, 1.0), (2.5, 3.0), (7.9, 0.2), (30.0, -25.0)], 120),
        ([(9.0, 9.0), (9.0, 9.1), (9.0, 8.9), (5.0, -0.3), (40.0, -0.3)], 120),
        ([(1e300, 1.0), (1e300, 1e15), (1e150, 1e140), (1e-300, 0.5), (1e-300, 7.0)], 800),
    ],
    ids=["wide", "student", "seams", "negative rise", "extremes"],
)
def test_rise_of_log_gamma_keeps_its_digits(points, digits):
    error, where = worst_error(special.lgamma_rise, lgamma_rise, points, digits, rise_scales)
    assert error < 1e-13, where


def test_rise_of_zero_is_exactly_zero():
    x = np.array([1e-300, 0.3, 2.0, 9.0, 1e10, 1e300])
    assert np.array_equal(special.lgamma_rise(x, 0.0), np.zeros(6))


@pytest.mark.parametrize(
    ("points", "digits"),
    [
        ([(a, b) for a in ladder(-3, 12, 8) for b in ladder(-3, 12, 8)], 150),
        ([(1.0, 1.0), (0.5, 0.5), (2.0, 2.0), (8.0, 8.0), (1e10, 1e10), (0.5, 1e10)], 120),
        ([(1e300, 1e300), (1e-150, 1e150), (1e-300, 1e-300), (3.0, 1e300)], 800),
    ],
    ids=["wide", "equal", "extremes"],
)
def test_log_beta_keeps_its_digits(points, digits):
    error, where = worst_error(
        special.lbeta, lbeta, points, digits, lambda a, b: [1.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    )
    assert error < 1e-13, where


def test_beta_function_is_symmetric_to_the_last_bit():
    a, b = np.array(ladder(-3, 9, 12)), np.array(ladder(7, -2, 12))
    assert np.array_equal(special.lbeta(a, b), special.lbeta(b, a))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("stirling_reciprocal", (0.0, 1 / 12, 0.0)),
        ("log1pmx", (0.0, 0.0, -1.0)),
        ("log1p_ratio", (1.0, -1 / 2, 2 / 3)),
        ("expm1_ratio", (1.0, 1 / 2, 1 / 3)),
        ("expm1mx_ratio", (1 / 2, 1 / 6, 1 / 12)),
        ("log_i0", (0.0, 0.0, 1 / 2)),
        ("softplus", (np.log(2.0), 1 / 2, 1 / 4)),
        ("log_cosh", (0.0, 0.0, 1.0)),
    ],
)
def test_zero_is_an_ordinary_point(name, expected):
    found = flat(getattr(special, name), [0.0])
    assert found == pytest.approx(np.array(expected), rel=1e-15, abs=0.0)


EXTREMES = {
    "stirling": (1e-300, 1e300),
    "stirling_reciprocal": (1e-300, 1e300),
    "log1pmx": (1e-300, 1e300),
    "log1p_ratio": (1e-300, 1e300),
    "expm1_ratio": (-1e300, 1e-300),
    "expm1mx_ratio": (-1e300, 1e-300),
    "log_i0": (-1e300, 1e300),
    "softplus": (-1e300, 1e300),
    "log1mexp": (1e-300, 1e300),
    "log_cosh": (-1e300, 1e300),
}


@pytest.mark.parametrize("name", EXTREMES)
def test_extremes_of_float64_give_no_nan_and_no_warning(name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = flat(getattr(special, name), [np.array(EXTREMES[name])])
    assert not np.isnan(found).any()
    assert np.isfinite(found[0]).all()


@pytest.mark.parametrize("name", special.__all__)
def test_nan_in_nan_out(name):
    op = getattr(special, name)
    count = 2 if name in {"lbeta", "lgamma_rise"} else 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for k in range(count):
            args = [np.nan if i == k else 2.0 for i in range(count)]
            assert np.isnan(op(*args))
            assert np.isnan(flat(op, args)[:2]).all()


def test_numbers_of_every_kind_are_read():
    for three in (3, 3.0, np.float32(3.0), np.array(3.0), np.int64(3)):
        value = special.stirling(three)
        assert isinstance(value, float)
        assert value == special.stirling(np.array([3.0]))[0]
    assert special.log1pmx([]).shape == (0,)
    assert special.lgamma_rise(np.ones((2, 1)), np.ones((1, 3))).shape == (2, 3)


def test_rows_do_not_depend_on_their_neighbours():
    x = np.array(ladder(-6, 6, 31))
    for name in ONE_ARGUMENT:
        together = flat(getattr(special, name), [x])
        alone = np.column_stack([flat(getattr(special, name), [v]) for v in x])
        assert together == pytest.approx(alone, rel=1e-14, abs=0.0, nan_ok=True), name


# Every function that PyTorch or SymPy can read, found by looking: whatever is added to `ops` or
# `special` is tested from that day on.

ALL = {
    op.name: op
    for module in (ops, special)
    for key, op in vars(module).items()
    if isinstance(op, Op) and not key.startswith("_")
}
#: Points inside the domain of every function of one, and of two, arguments.
ONE = [(0.13,), (0.5,), (0.871,)]
TWO = [(0.13, 0.62), (0.5, 0.24), (0.871, 0.93)]
#: Pieces that those points do not reach, and an order that must be whole.
MORE = {
    "stirling": [(1e-3,), (3.0,), (20.0,)],
    "stirling_reciprocal": [(1e-4,), (0.11,), (30.0,)],
    "log1pmx": [(-0.9,), (-1e-9,), (4.0,)],
    "log1p_ratio": [(-0.9,), (-1e-9,), (4.0,)],
    "expm1_ratio": [(-30.0,), (-1e-9,), (4.0,)],
    "expm1mx_ratio": [(-30.0,), (-1e-3,), (4.0,)],
    "log_i0": [(-3.0,), (1e-6,), (7.0,), (55.0,), (1e4,)],
    "softplus": [(-30.0,), (30.0,)],
    "log1mexp": [(1e-9,), (30.0,)],
    "log_cosh": [(-12.0,), (1e-9,), (4.0,)],
    "lgamma_rise": [(9.0, 2.0), (9.0, 70.0), (2.0, 70.0), (1e6, 1e-3), (0.01, 1e4)],
    "lbeta": [(2.0, 2.0), (1e5, 3.0), (0.01, 1e4)],
    "log_ndtr": [(-8.0,), (3.0,)],
}
ORDERS = {"polygamma": [(1, 0.5), (2, 3.7)]}


def points_of(op: Op) -> list[tuple[float, ...]]:
    if op.name in ORDERS:
        return ORDERS[op.name]
    try:
        op(*ONE[0])
        points = ONE
    except TypeError:
        points = TWO
    return points + MORE.get(op.name, [])


def readers(library: str) -> list[str]:
    return [name for name, op in ALL.items() if op.readers[library] is not None]


def test_the_search_for_functions_finds_them():
    assert set(special.__all__) <= set(ALL)
    assert set(special.__all__) <= set(readers("torch")) & set(readers("sympy"))
    assert len(readers("sympy")) > 30


@pytest.mark.parametrize("name", readers("sympy"))
def test_sympy_reads_the_same_function(name):
    sympy = pytest.importorskip("sympy", reason="SymPy is an extra of the docs")
    op = ALL[name]
    for point in points_of(op):
        symbols = sympy.symbols(f"x:{len(point)}", positive=True)
        read = sympy.lambdify(symbols, op(*symbols), "mpmath")
        with mp.workdps(120):
            expected = float(read(*(x if isinstance(x, int) else mpf(x) for x in point)))
        assert op(*point) == pytest.approx(expected, rel=1e-13, abs=1e-15)


def torch_partials(torch, op: Callable, point: Sequence[float], dtype) -> tuple[list, list]:
    """First and second derivatives by autograd, in the order of a jet."""
    args = [torch.tensor(x, dtype=dtype, requires_grad=True) for x in point]
    first = torch.autograd.grad(op(*args), args, create_graph=True)
    second = []
    for i, g in enumerate(first):
        if not g.requires_grad:
            second += [0.0] * (len(args) - i)
            continue
        row = torch.autograd.grad(g, args, retain_graph=True, allow_unused=True)
        second += [0.0 if h is None else float(h) for h in row[i:]]
    return [float(g.detach()) for g in first], second


@pytest.mark.parametrize("name", readers("torch"))
def test_torch_reads_the_same_function(name):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    op = ALL[name]
    for point in points_of(op):
        if name in ORDERS:
            value = op(point[0], torch.tensor(point[1], dtype=torch.float64))
        else:
            value = op(*(torch.tensor(x, dtype=torch.float64) for x in point))
        assert value.dtype == torch.float64
        assert float(value) == pytest.approx(float(op(*point)), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("name", sorted(set(special.__all__)))
def test_torch_differentiates_twice_without_nan(name):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    op = ALL[name]
    for point in points_of(op):
        expected = flat(op, point)
        first, second = torch_partials(torch, op, point, torch.float64)
        k = len(point)
        assert np.array(first) == pytest.approx(expected[1 : k + 1], rel=1e-11)
        # what autograd adds up cancels more than the rules of a jet do
        assert np.array(second) == pytest.approx(expected[k + 1 :], rel=1e-9)
        narrow = torch_partials(torch, op, point, torch.float32)
        assert np.isfinite([*narrow[0], *narrow[1]]).all()


@pytest.mark.parametrize("name", sorted(set(special.__all__)))
def test_torch_float32_is_as_good_as_float32(name):
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    op = ALL[name]
    for point in points_of(op):
        args = [torch.tensor(x, dtype=torch.float32) for x in point]
        value = op(*args)
        assert value.dtype == torch.float32
        expected = op(*(float(a) for a in args))
        assert float(value) == pytest.approx(float(expected), rel=1e-4, abs=1e-6)


def test_torch_mixes_numbers_and_tensors():
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    y = torch.tensor([0.0, 3.0, 50.0], dtype=torch.float64)
    expected = special.lgamma_rise(1.5, y.numpy())
    assert special.lgamma_rise(1.5, y).numpy() == pytest.approx(expected, rel=1e-13, abs=1e-15)


def test_a_reader_that_is_missing_is_named():
    sympy = pytest.importorskip("sympy", reason="SymPy is an extra of the docs")
    silent = Op("silent", np.cbrt, unary(lambda x, v: (x, x)))
    try:
        with pytest.raises(TypeError, match="silent cannot be read by sympy"):
            silent(sympy.Symbol("x"))
    finally:
        ops.RULES.pop(np.cbrt)


def test_jets_pass_through_a_special_function_of_a_jet():
    (x,) = seed([0.3])
    jet = special.log1pmx(2.0 * x)
    assert jet.grad[0] == pytest.approx(2.0 * (-0.6 / 1.6), rel=1e-15)
    assert jet.hess[0] == pytest.approx(4.0 * (-1.0 / 1.6**2), rel=1e-15)
