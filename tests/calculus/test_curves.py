"""The probability of a strip against mpmath: in the tails, when narrow, and its derivatives."""

from __future__ import annotations

from collections.abc import Callable

import mpmath as mp
import numpy as np
import pytest
from mpmath import mpf

from mostlikely.calculus.curves import CURVES, log1mexpexp, log_ndtr_strip
from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import LINKS
from tests.calculus.partials import worst_error

#: 1 - F and F, each with its digits wherever it is the smaller.
EXACT: dict[str, tuple[Callable[[mpf], mpf], Callable[[mpf], mpf]]] = {
    "logit": (lambda x: 1 / (1 + mp.exp(-x)), lambda x: 1 / (1 + mp.exp(x))),
    "probit": (lambda x: mp.erfc(-x / mp.sqrt(2)) / 2, lambda x: mp.erfc(x / mp.sqrt(2)) / 2),
    "cloglog": (lambda x: -mp.expm1(-mp.exp(x)), lambda x: mp.exp(-mp.exp(x))),
    "loglog": (lambda x: mp.exp(-mp.exp(-x)), lambda x: -mp.expm1(-mp.exp(-x))),
    "cauchit": (lambda x: mp.atan2(1, -x) / mp.pi, lambda x: mp.atan2(1, x) / mp.pi),
}
# Sums and differences of these are exact: an error is the formula's, not the argument's.
PLACES = [-30.0, -9.5, -3.0, -1.25, -0.5, 0.0, 0.375, 1.0, 2.5, 5.0, 12.0, 30.0]
WIDTHS = [2.0**-20, 2.0**-10, 0.125, 0.75, 1.0, 1.125, 2.0, 6.0, 24.0]


def between(name: str) -> Callable[[mpf, mpf], mpf]:
    below, above = EXACT[name]

    def f(low: mpf, width: mpf) -> mpf:
        if low + width / 2 > 0:
            return mp.log(above(low) - above(low + width))
        return mp.log(below(low + width) - below(low))

    return f


def sizes(low: float, width: float) -> list[float]:
    """Where a derivative is zero, its error is measured by the curve's unit, or by 1/width."""
    one = max(1.0, 1.0 / width)
    return [1.0, 1.0, one, 1.0, one, one * one]


@pytest.mark.parametrize("name", CURVES)
def test_strip_keeps_its_digits_and_so_do_its_derivatives(name: str) -> None:
    """In (low, width): the first is a location, in which the width has nothing to cancel."""
    points = [(t, d) for t in PLACES for d in WIDTHS]
    if name in ("cloglog", "loglog"):  # exp(exp(7)) leaves float64
        points = [(t, d) for t, d in points if abs(t) < 6.0 and abs(t + d) < 6.5]
    curve = CURVES[name]
    error, where = worst_error(
        lambda low, width: curve.log_between(low, low + width),
        between(name),
        points,
        digits=150,
        scales=sizes,
    )
    assert error < 2e-13, where


@pytest.mark.parametrize("name", CURVES)
def test_tails_keep_their_digits(name: str) -> None:
    curve, far = CURVES[name], [[-600.0], [-40.0], [-7.0], [-1.0], [-1e-9], [0.0], [0.5], [3.0]]
    if name == "probit":
        far[0] = [-1e6]
    for op, tail in zip((curve.log_cdf, curve.log_sf), EXACT[name], strict=True):
        points = far + [[-x] for (x,) in far]
        if name in ("cloglog", "loglog"):
            points = [[x] for (x,) in points if abs(x) < 650.0]
        f = lambda x, tail=tail: mp.log(tail(x))  # noqa: E731
        error, where = worst_error(op, f, points, digits=400)
        assert error < 1e-12, where


def test_a_curve_is_the_inverse_of_its_link() -> None:
    p = np.linspace(0.01, 0.99, 25)
    for name, curve in CURVES.items():
        x = LINKS[name].forward(p)
        assert np.exp(curve.log_cdf(x)) == pytest.approx(p, rel=1e-12), name
        assert np.exp(curve.log_sf(x)) == pytest.approx(1.0 - p, rel=1e-12), name
        steps = np.exp(curve.log_between(x[:-1], x[1:]))
        assert steps == pytest.approx(np.diff(p), rel=1e-12), name


def test_wide_strips_are_what_they_leave_out() -> None:
    """From -40 to 40 is all of a normal; from far left to x is F(x)."""
    for name, curve in CURVES.items():
        assert curve.log_between(np.float64(-1e9), np.float64(1.0)) == pytest.approx(
            curve.log_cdf(np.float64(1.0)), abs=1e-9
        ), name
    assert log_ndtr_strip(np.float64(0.0), np.float64(1e9)) == pytest.approx(np.log(0.5))
    far = log1mexpexp(seed([np.float64(800.0)])[0])  # exp(800) is no float64
    assert (far.value, far.grad[0], far.hess[0]) == (0.0, 0.0, 0.0)


def test_torch_and_sympy_read_the_strips() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    sympy = pytest.importorskip("sympy", reason="SymPy reads the formulas for the docs")
    low = np.array([-9.0, -0.4, 0.0, 1.5, -2.0])
    high = low + np.array([0.25, 0.5, 3.0, 0.125, 1.0])
    for name, curve in CURVES.items():
        value = curve.log_between(low, high)
        a, b = (torch.tensor(v, dtype=torch.float64, requires_grad=True) for v in (low, high))
        seen = curve.log_between(a, b)
        assert seen.detach().numpy() == pytest.approx(value, rel=1e-12), name
        slopes = torch.autograd.grad(seen.sum(), (a, b))
        h = 1e-5
        for slope, (da, db) in zip(slopes, ((h, 0.0), (0.0, h)), strict=True):
            plus, minus = (curve.log_between(low + s * da, high + s * db) for s in (1, -1))
            assert slope.numpy() == pytest.approx((plus - minus) / (2.0 * h), rel=1e-6, abs=1e-7)
        x, y = sympy.symbols("x y", real=True)
        formula = sympy.lambdify((x, y), curve.log_between(x, y), modules="mpmath")
        with mp.workdps(50):
            read = [float(formula(mpf(u), mpf(v))) for u, v in zip(low, high, strict=True)]
        assert read == pytest.approx(value.tolist(), rel=1e-12), name
