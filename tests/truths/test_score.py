"""Score and information: exact derivatives, and what theory says of their averages."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache

import numpy as np
import pytest

from mostlikely.calculus.jet import Jet, pairs, seed
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.family.expectation import expectation, expected_information, score
from tests.truths import reference
from tests.truths.cases import at, between, draws, laws


def jets(law: Distribution, y: np.ndarray, order: int = 2) -> tuple[np.ndarray, np.ndarray]:
    """Score (k, n) and packed Hessian (k(k+1)/2, n) in the free parameters, natural scale."""
    free = law.family.free
    inner = dict(zip(free, seed([law.values[k] for k in free], order), strict=True))
    with np.errstate(all="ignore"):
        jet = law.family.log_prob(y, *law.family.arguments({**law.values, **inner}))
    assert isinstance(jet, Jet)

    def full(parts: tuple) -> np.ndarray:
        return np.stack([np.broadcast_to(0.0 if g is None else g, y.shape) for g in parts])

    return full(jet.grad), full(jet.hess) if jet.hess is not None else np.zeros((0, len(y)))


@cache
def _mean_square(law: Distribution) -> np.ndarray:
    """E[score scoreᵀ], whatever the family declares."""
    k = len(law.family.free)

    def squares(y: np.ndarray) -> np.ndarray:
        s = jets(law, y, order=1)[0]
        return (s[:, None] * s[None, :]).reshape(k * k, -1)

    return expectation(law, squares).value.reshape(k, k)


def _regular(family: type[Family], *irregular: Collection[str]) -> list[int]:
    """Positions of the free parameters that are in none of the given declarations."""
    without = {k for names in irregular for k in names}
    found = [i for i, k in enumerate(laws(family)[0].family.free) if k not in without]
    return found or pytest.skip(f"every parameter is declared irregular: {', '.join(without)}")


def test_score_has_mean_zero(family: type[Family]) -> None:
    """In every parameter but those that move the end of the support."""
    regular = _regular(family, family.sample_extremes)
    for law in laws(family):
        mean, _ = expectation(
            law,
            lambda y, law=law: score(law.family, law.values, law.family.free, y),
        )
        size = np.sqrt(np.diag(_mean_square(law)))
        assert np.max((np.abs(mean) / size)[regular]) < 1e-7, law


def test_variance_of_score_is_minus_mean_hessian(family: type[Family]) -> None:
    smooth = _regular(family, family.sample_extremes, family.nonsmooth)
    for law in laws(family):
        k = len(law.family.free)
        variance = _mean_square(law)
        packed = expectation(law, lambda y, law=law: jets(law, y)[1]).value
        hessian = np.zeros((k, k))
        for (i, j), h in zip(pairs(k), packed, strict=True):
            hessian[i, j] = hessian[j, i] = h
        size = np.sqrt(np.outer(np.diag(variance), np.diag(variance)))
        gap = np.abs(variance + hessian) / size
        assert np.max(gap[np.ix_(smooth, smooth)]) < 1e-6, law


def test_declared_information_is_the_variance_of_the_score(family: type[Family]) -> None:
    if family.information is None:
        pytest.skip("declares no information; it is the variance of the score")
    for law in laws(family):
        declared = expected_information(law.family, law.values, law.family.free)
        variance = _mean_square(law)
        size = np.sqrt(np.outer(np.diag(variance), np.diag(variance)))
        assert np.max(np.abs(declared - variance) / size) < 1e-7, law


def _readable(family: type[Family]) -> bool:
    try:
        reference.high_precision(laws(family)[0].family)
    except TypeError:
        return False
    return True


def test_derivatives_equal_high_precision(family: type[Family]) -> None:
    for law in laws(family):
        y = np.sort(draws(law))[[2, 100, 200, 300, 397]]
        grad, hess = jets(law, y)
        if not _readable(family):
            _check_by_differences(law, y, grad, hess)
            continue
        for m, point in enumerate(y):
            value = float(reference.value(law, point))
            assert law.log_prob(point) == pytest.approx(value, rel=1e-12, abs=1e-11), (law, point)
            wanted = reference.derivatives(law, point)
            sizes = np.array([1.0 / (abs(law.values[k]) or 1.0) for k in law.family.free])
            second = np.array([sizes[i] * sizes[j] for i, j in pairs(len(sizes))])
            for found, exact, unit in ((grad, wanted[0], sizes), (hess, wanted[1], second)):
                gap = np.abs(found[:, m] - exact) / (np.abs(exact) + unit)
                assert np.max(gap) < 1e-9, (law, point, found[:, m], exact)


def _check_by_differences(
    law: Distribution, y: np.ndarray, grad: np.ndarray, hess: np.ndarray
) -> None:
    """Central differences: of the value to 1e-6, of the score to 1e-6 (the step is 1e-5 θ)."""
    free = law.family.free
    k = len(free)
    for j, name in enumerate(free):
        h = 1e-5 * (abs(law.values[name]) or 1.0)
        ends = [
            Distribution(law.family, {**law.values, name: law.values[name] + s * h})
            for s in (1, -1)
        ]
        first = (ends[0].log_prob(y) - ends[1].log_prob(y)) / (2.0 * h)
        assert np.allclose(first * h, grad[j] * h, rtol=1e-6, atol=1e-11), (law, name)
        second = (jets(ends[0], y, 1)[0] - jets(ends[1], y, 1)[0]) / (2.0 * h)
        for i in range(k):
            m = pairs(k).index((min(i, j), max(i, j)))
            assert np.allclose(second[i], hess[m], rtol=1e-5, atol=1e-6 * np.abs(hess[m]).max())


def test_sympy_reads_the_formula(family: type[Family]) -> None:
    import sympy

    formula, symbols = reference.expression(laws(family)[0].family)
    assert isinstance(formula, sympy.Expr)
    assert formula.free_symbols <= set(symbols)
    assert len(formula.free_symbols) == len(symbols)


def test_numpy_equals_torch(family: type[Family]) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    for law in laws(family):
        y = draws(law)[:50]
        names = list(law.family.parameters)
        tensors = [
            torch.tensor(v, dtype=torch.float64, requires_grad=k in law.family.free)
            for k, v in zip(names, law.arguments, strict=True)
        ]
        value = law.family.log_prob(torch.tensor(y, dtype=torch.float64), *tensors)
        assert np.allclose(value.detach().numpy(), law.log_prob(y), rtol=1e-10, atol=1e-10), law
        free = [t for t in tensors if t.requires_grad]
        found = torch.autograd.grad(value.sum(), free, allow_unused=True)
        grad, _ = jets(law, y, order=1)
        for k, g in enumerate(found):
            total = 0.0 if g is None else float(g)
            assert abs(total - grad[k].sum()) <= 1e-8 * np.abs(grad[k]).sum(), (law, k)


def test_finite_at_float_extremes(family: type[Family]) -> None:
    """Value and score on the link scale for |y| of 1e-150 to 1e150, the Hessian to 1e±90.

    Not finite is right only where the true value does not fit into a float either. A Hessian may
    grow like a cube of y, which is why it is asked for less far out.
    """
    for values in _extreme_parameters(family):
        law = at(family, values)
        low, high = law.ends
        sign = np.array([-1.0, 1.0])
        y = np.concatenate([sign * 10.0**e for e in (-150, -90, -20, 0, 20, 90, 150)] + [[0.0]])
        y = np.concatenate([y, np.rint(y), low + np.abs(y), high - np.abs(y)])
        y = np.unique(y[np.isfinite(y)])
        y = y[family.support.contains(y) & (y > low) & (y < high)]
        with np.errstate(all="ignore"):
            start = law.family.linked([law.values[k] for k in law.family.free])
            inner = law.family.natural(seed([float(x) for x in start]))
            theta = law.family.arguments(dict(zip(law.family.free, inner, strict=True)))
            jet = law.family.log_prob(y, *theta)
        asked = np.ones(y.shape, bool), (np.abs(y) <= 1e90) & (np.abs(y) >= 1e-90)
        for parts, where in (((jet.value, *jet.grad), asked[0]), (jet.hess, asked[1])):
            rows = [np.broadcast_to(0.0 if part is None else part, y.shape) for part in parts]
            for m in np.flatnonzero(where & ~np.isfinite(rows).all(axis=0)):
                exact = float(abs(reference.value(law, y[m])))
                assert exact > 1e290, (law, y[m], [row[m] for row in rows], exact)


def test_value_keeps_its_digits(family: type[Family]) -> None:
    """Far in the tails and at extreme parameters, to what rounding y and θ leaves of them."""
    if not _readable(family):
        pytest.skip("SymPy cannot read it, so there are no further digits to compare with")
    for values in _extreme_parameters(family):
        law = at(family, values)
        y = np.array([1e-20, 1e-9, 1e-3, 0.5, 1.0, 3.0, 1e3, 1e9, 1e20])
        y = np.unique(np.concatenate([-y, y]))
        low, high = law.ends
        y = y[family.support.contains(y) & (y > low) & (y < high)]
        for point, found in zip(y, law.log_prob(y), strict=True):
            exact = reference.value(law, point)
            if not np.isfinite(found) and abs(exact) > 1e290:
                continue
            rounding = abs(reference.value(law, point, -1) - exact) * 1e-16
            for i in range(len(values)):
                rounding += abs(reference.value(law, point, i) - exact) * 1e-16
            allowed = 1e-12 * max(1.0, abs(exact)) + 8.0 * rounding / reference.NUDGE
            assert abs(found - exact) <= allowed, (law, point, found, float(exact))


def _extreme_parameters(family: type[Family]) -> list[dict[str, float]]:
    """Each parameter in turn far beyond its typical range, the others in the middle of theirs."""
    middle = {k: between(p, 0.5) for k, p in family.parameters.items()}
    out = []
    for name, param in family.parameters.items():
        if param.known:
            continue
        low, high = param.typical
        if param.domain.high < np.inf:
            width = param.domain.high - param.domain.low
            far = [param.domain.low + 1e-6 * width, param.domain.high - 1e-6 * width]
        elif low > 0.0:
            far = [low * 1e-3, high * 1e3]
        else:
            far = [low, high]
            far = [v * 1e3 for v in far] if param.unit else far
        out += [{**middle, name: float(v)} for v in far if param.domain.contains(v)]
    return out
