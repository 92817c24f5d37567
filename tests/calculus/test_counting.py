"""Peaks and deviances of counts against mpmath, and what they are at their edges."""

from __future__ import annotations

from itertools import product
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy import special as sc

from mostlikely.calculus import ops
from mostlikely.calculus.counting import kl_div, poisson_deviance, poisson_peak
from mostlikely.calculus.counting_sizes import negative_binomial_deviance, negative_binomial_peak
from mostlikely.calculus.jet import pairs, seed
from mostlikely.calculus.rules import TOGETHER
from tests.calculus.partials import worst_error

COUNTS = (1.0, 2.0, 7.0, 8.0, 9.0, 12345.0, 1e15)
MEANS = (1e-8, 0.3, 1.0001, 7.0000001, 12345.5, 1e15 + 1e8, 1e20)
SIZES = (1e-6, 0.4, 7.9, 1e4, 1e16, 1e45)


def _peak(y: mpf) -> mpf:
    return y * mpmath.log(y) - y - mpmath.loggamma(y + 1)


def _kl(y: mpf, mean: mpf) -> mpf:
    return y * mpmath.log(y / mean) - y + mean


def _size_peak(y: mpf, size: mpf) -> mpf:
    log_gammas = mpmath.loggamma(y + size) - mpmath.loggamma(size) - mpmath.loggamma(y + 1)
    both = y + size
    return log_gammas + y * mpmath.log(y) + size * mpmath.log(size) - both * mpmath.log(both)


def _size_deviance(y: mpf, mean: mpf, size: mpf) -> mpf:
    return y * mpmath.log(y / mean) - (y + size) * mpmath.log((y + size) / (mean + size))


@pytest.mark.parametrize(
    ("op", "printed", "points"),
    [
        (poisson_peak, _peak, [(y,) for y in (*COUNTS, 0.001, 0.5, 7.99, 8.01)]),
        (kl_div, _kl, list(product(COUNTS, MEANS))),
        (negative_binomial_peak, _size_peak, list(product(COUNTS, SIZES))),
        (negative_binomial_deviance, _size_deviance, list(product(COUNTS, MEANS, SIZES))),
    ],
    ids=["poisson_peak", "kl_div", "negative_binomial_peak", "negative_binomial_deviance"],
)
def test_value_gradient_and_hessian_equal_mpmath(op: Any, printed: Any, points: Any) -> None:
    error, where = worst_error(op, printed, points, digits=250)
    assert error < 2e-14, where


@pytest.mark.parametrize("size", SIZES)
def test_a_count_of_zero_is_differentiated_in_the_parameters(size: float) -> None:
    def at_zero(mean: mpf, size: mpf) -> mpf:
        return size * mpmath.log1p(mean / size)

    points = [(mean, size) for mean in MEANS]
    error, where = worst_error(lambda *p: negative_binomial_deviance(0.0, *p), at_zero, points, 250)
    assert error < 2e-14, where
    peak = negative_binomial_peak(0.0, *seed([size]))
    assert (peak.value, peak.grad[0], peak.hess[0]) == (0.0, 0.0, 0.0)


def test_edges_are_limits() -> None:
    inf = np.inf
    assert kl_div([0.0, 0.0, 3.0], [0.0, 2.0, 0.0]).tolist() == [0.0, 2.0, inf]
    assert poisson_peak(0.0) == 0.0
    deviances = negative_binomial_deviance(
        [0.0, 3.0, 0.0, 3.0, 0.0, 0.0],
        [0.0, 2.0, 2.0, 2.0, 2.0, 0.0],
        [1.0, 0.0, 0.0, inf, inf, 0.0],
    )
    assert deviances.tolist() == [0.0, 0.0, 0.0, poisson_deviance(3.0, 2.0), 2.0, 0.0]
    peaks = negative_binomial_peak([0.0, 3.0, 3.0], [0.0, 0.0, inf])
    assert peaks.tolist() == [0.0, -inf, poisson_peak(3.0)]
    slopes = negative_binomial_deviance(3.0, *seed([2.0, inf])).grad
    assert slopes == pytest.approx((-0.5, 0.0))


def test_scipys_kl_div_is_differentiated_too() -> None:
    ours, theirs = (f(3.0, *seed([2.0])) for f in (kl_div, sc.kl_div))
    assert theirs.value == pytest.approx(ours.value, rel=1e-15)
    assert (theirs.grad, theirs.hess) == (ours.grad, ours.hess)


@pytest.mark.parametrize(
    ("op", "parameters"),
    [
        (kl_div, (3.3,)),
        (negative_binomial_deviance, (3.3, 0.4)),
        (negative_binomial_deviance, (5.0, 1e9)),
        (negative_binomial_peak, (0.4,)),
        (negative_binomial_peak, (1e9,)),
    ],
)
def test_torch_reads_the_same_lines(op: Any, parameters: tuple[float, ...]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    y = np.array([0.0, 1.0, 2.0, 5.0, 9.0, 100.0, 1e6])
    tensors = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in parameters]
    value = op(torch.tensor(y), *tensors)
    jet = op(y, *seed(list(parameters)))
    assert value.detach().numpy() == pytest.approx(jet.value, rel=1e-14)
    for found, wanted in zip(torch.autograd.grad(value.sum(), tensors), jet.grad, strict=True):
        assert float(found) == pytest.approx(wanted.sum(), rel=1e-12)


def test_sympy_reads_the_textbook() -> None:
    """Their difference is the log-probability as it is printed, with nothing left of the detour."""
    sympy = pytest.importorskip("sympy", reason="SymPy is an extra of the docs")
    y, m, r = sympy.symbols("y m r", positive=True)
    log, lgamma = sympy.log, sympy.loggamma
    poisson = poisson_peak(y) - kl_div(y, m)
    assert poisson == y * log(m) - m - lgamma(y + 1)
    binomial = negative_binomial_peak(y, r) - negative_binomial_deviance(y, m, r)
    assert binomial == (
        lgamma(r + y) - lgamma(r) - lgamma(y + 1) + r * log(r) + y * log(m) - (r + y) * log(m + r)
    )


def test_counts_that_are_looked_up_are_what_they_are_by_themselves() -> None:
    y = np.tile(np.arange(40.0), 50)
    jets = negative_binomial_peak(y, seed([np.float64(1.7)])[0])
    one = [negative_binomial_peak(np.array([v]), seed([np.float64(1.7)])[0]) for v in y[:40]]
    for part in (lambda j: j.value, lambda j: j.grad[0], lambda j: j.hess[0]):
        np.testing.assert_array_equal(part(jets)[:40], [part(j)[0] for j in one])
    np.testing.assert_array_equal(poisson_peak(y)[:40], [poisson_peak(v) for v in y[:40]])
    np.testing.assert_allclose(
        poisson_deviance(y, 7.5)[:40], [kl_div(v, 7.5) for v in y[:40]], atol=2e-14
    )


@pytest.mark.parametrize("size", [1e-6, 0.4, 16.0, 1e4])
def test_small_counts_of_many_rows_have_the_digits_of_mpmath(size: float) -> None:
    """What is computed without a choice for small counts; a large one among them has its own."""
    y = np.repeat([0.0, 1.0, 2.0, 7.0, 16.0, 64.0, 12345.0], [60, 30, 30, 30, 30, 30, 10])
    mean = np.exp(np.linspace(-6.0, 6.0, len(y)))
    y[::9], mean[::9] = 7.0, 7.0000001  # where terms cancel
    jet = negative_binomial_deviance(y, *seed([mean, size]))

    def exact(m: mpf, k: mpf) -> mpf:
        more = (n + k) * mpmath.log((n + k) / (m + k))
        return (n * mpmath.log(n / m) if n else mpf(0)) - more

    with mpmath.workdps(40):
        for row in range(0, len(y), 3):
            n, at = mpf(y[row]), (mpf(mean[row]), mpf(size))
            value, loss = float(exact(*at)), 3e-14 * max(1.0, float(n) / 64.0)
            assert jet.value[row] == pytest.approx(value, rel=3e-14, abs=loss)
            for part, order in zip(
                [*jet.grad, *jet.hess], [(1, 0), (0, 1), (2, 0), (1, 1), (0, 2)], strict=True
            ):
                true = float(mpmath.diff(exact, at, order))
                assert part[row] == pytest.approx(true, rel=1e-8, abs=1e-13)


@pytest.mark.parametrize("mean", [40.0, 1e12, 1e100])
def test_zeros_under_a_tiny_size_have_a_score_at_any_mean(mean: float) -> None:
    rows = negative_binomial_deviance(np.zeros(100), *seed([np.full(100, mean), np.float64(1e-6)]))
    m, size = mpf(mean), mpf(1e-6)
    with mpmath.workdps(120):
        true = mpmath.log1p(m / size) - m / (size + m)
        np.testing.assert_allclose(rows.grad[1], float(true), rtol=1e-14)


@pytest.mark.parametrize(
    ("op", "others"),
    [
        (poisson_deviance, ["mean"]),
        (negative_binomial_peak, ["size"]),
        (negative_binomial_deviance, ["mean", "size"]),
        (ops.xlogy, ["mean"]),
    ],
)
def test_what_is_found_together_is_what_is_found_apart(op: Any, others: list[str]) -> None:
    """Value, slopes and bends of one call, of counts few and many, and with means of zero."""
    rng = np.random.default_rng(5)
    mean = rng.gamma(2.0, 4.0, 900)
    y = rng.poisson(mean).astype(float)
    for edge, largest in ((None, 30.0), (None, 12345.0), (0.0, 12345.0), (1e200, 30.0)):
        y[0] = largest
        at = {"mean": mean.copy(), "size": np.float64(1.7)}
        if edge is not None:
            at["mean"][1], y[1] = edge, 0.0
        args = [y, *(at[name] for name in others)]
        needs = [False] + [True] * len(others)
        with np.errstate(all="ignore"):
            first, second = op.rule(op.numpy(*args), args, needs)
            both = TOGETHER[op.numpy](args, needs, True)
            np.testing.assert_array_equal(both[0], op.numpy(*args))
            asked = [m for m, (i, _) in enumerate(pairs(len(args))) if i]  # not in y
            for found, known in zip(
                [*both[1][1:], *(both[2][m] for m in asked)],
                [*first[1:], *(second[m] for m in asked)],
                strict=True,
            ):
                np.testing.assert_allclose(found, known, rtol=2e-13)
            once = TOGETHER[op.numpy](args, needs, False)
            for found, known in zip([once[0], *once[1]], [both[0], *both[1]], strict=True):
                np.testing.assert_array_equal(found, known)


def test_logs_and_logistics_of_rows_are_scipys() -> None:
    """NumPy's loops serve arrays; at zero, at the ends of the floats and in NaN they agree too."""
    x = np.array([0.0, 0.0, 0.0, 1.0, 3.0, 2.0, 0.5, 1e-300, np.nan, 0.0, np.inf])
    y = np.array([0.0, np.inf, np.nan, 0.0, 1e-310, np.inf, -1.0, 1e300, 1.0, -1.0, 2.0])
    np.testing.assert_allclose(ops.xlogy(x, y), sc.xlogy(x, y), rtol=4e-16)
    np.testing.assert_allclose(ops.xlog1py(x, -y), sc.xlog1py(x, -y), rtol=4e-16)
    eta = np.array([-np.inf, -800.0, -700.0, -300.0, -40.0, -1.0, 0.0, 1.0, 40.0, np.inf, np.nan])
    np.testing.assert_allclose(ops.expit(eta), sc.expit(eta), rtol=4e-16)
