"""The deviances against mpmath: no digit lost at y = mean, none far from it."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from mostlikely.calculus.deviance import gamma_deviance, inverse_gamma_deviance
from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.jet import pairs, seed


def _gamma(y: mpf, mean: mpf) -> mpf:
    return (y - mean) / mean - mpmath.log(y / mean)


def _inverse_gamma(y: mpf, scale: mpf, shape: mpf) -> mpf:
    u = scale / y
    return u - shape - shape * mpmath.log(u / shape)


POINTS = [
    *(
        (gamma_deviance, _gamma, (y, 3.0))
        for y in (1e-150, 1e-3, 1.49, 1.51, 2.9999999, 3.0, 3.0000001, 4.49, 4.51, 1e150)
    ),
    (gamma_deviance, _gamma, (3e-100, 2e-100)),
    *(
        (inverse_gamma_deviance, _inverse_gamma, (y, scale, shape))
        for shape in (0.1, 40.0)
        for y, scale in ((2.0, 3.0), (1e120, 3.0), (3.0, 120.001), (1e-3, 3.0))
    ),
]


@pytest.mark.parametrize(("op", "printed", "point"), POINTS)
def test_deviance_and_its_derivatives(op: Op, printed: object, point: tuple[float, ...]) -> None:
    k = len(point)
    with mpmath.workdps(120):
        exact = [mpf(p) for p in point]

        def moved(*steps: mpf) -> mpf:
            return printed(*(p * (1 + s) for p, s in zip(exact, steps, strict=True)))

        def partial(*which: int) -> float:
            orders = tuple(which.count(i) for i in range(k))
            return float(mpmath.diff(moved, (mpf(0),) * k, orders, h=mpf(10) ** -35))

        value = float(printed(*exact))
        first = [partial(i) for i in range(k)]
        second = [partial(i, j) for i, j in pairs(k)]
    jet = op(*seed([np.array([p]) for p in point]))
    assert float(jet.value[0]) == pytest.approx(value, rel=1e-13, abs=0.0)
    size = max(map(abs, second))
    for i in range(k):
        assert float(jet.grad[i][0]) * point[i] == pytest.approx(first[i], rel=1e-12, abs=1e-25)
    for m, (i, j) in enumerate(pairs(k)):
        found = float(jet.hess[m][0]) * point[i] * point[j]
        assert abs(found - second[m]) <= 1e-12 * size, (i, j)


def test_deviance_of_rows_near_and_far_at_once() -> None:
    y = np.array([1e-3, 2.9, 3.0, 3.1, 1e3])
    one_by_one = [float(gamma_deviance(np.array([v]), 3.0)[0]) for v in y]
    assert gamma_deviance(y, 3.0).tolist() == one_by_one
    assert gamma_deviance(y, np.full(5, 3.0)).tolist() == one_by_one
    assert gamma_deviance(2.0, 3.0) == pytest.approx(-1 / 3 + np.log(1.5), rel=1e-14)


def test_torch_and_sympy_read_the_same_deviance() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    y = np.array([1e-3, 2.9, 3.0, 3.1, 1e3])
    mean = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    value = gamma_deviance(torch.tensor(y), mean)
    assert value.detach().numpy() == pytest.approx(gamma_deviance(y, 3.0), rel=1e-12)
    (slope,) = torch.autograd.grad(value.sum(), mean)
    assert float(slope) == pytest.approx(gamma_deviance(y, *seed([3.0])).grad[0].sum(), rel=1e-12)

    sympy = pytest.importorskip("sympy", reason="SymPy is an extra of the docs")
    a, b, c = sympy.symbols("a b c", positive=True)
    assert gamma_deviance(a, b).subs({a: 2, b: 3}).evalf() == pytest.approx(
        float(gamma_deviance(2.0, 3.0))
    )
    assert inverse_gamma_deviance(a, b, c).subs({a: 2, b: 3, c: 4}).evalf() == pytest.approx(
        float(inverse_gamma_deviance(2.0, 3.0, 4.0))
    )
