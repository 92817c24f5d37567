"""The density is a density, the sampler follows it, and nothing lies where nothing can."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import stats

from mostlikely.calculus.domain import angle
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.family.expectation import expectation, log_mass
from tests.truths.cases import at, draws, laws, rng_of


def test_density_sums_to_one(family: type[Family]) -> None:
    for law in laws(family):
        (total,), error = expectation(law, np.ones_like)
        assert abs(total - 1.0) < 1e-9 + error, law
        assert error < 1e-6, law


def test_sampler_follows_the_density(family: type[Family]) -> None:
    for law in laws(family):
        y = law.sample(4000, seed=rng_of(law, "sampler"))
        assert y.shape == (4000,) and np.isfinite(law.log_prob(y)).all(), law
        if family.support.discrete:
            p = _chi_square(law, y)
        else:
            p = stats.kstest(_integrated_cdf(law, y), "uniform").pvalue
        assert p > 1e-4, law


def _integrated_cdf(law: Distribution, y: np.ndarray) -> np.ndarray:
    """The distribution function at y from the density alone: exact at knots, linear between."""
    knots = np.unique(np.quantile(y, np.linspace(0.0, 1.0, 129)))
    mass = [np.exp(log_mass(law, a, b)) for a, b in pairwise(knots)]
    first = np.exp(log_mass(law, law.ends[0], knots[0]))
    # Between two knots the draws are compared as if uniform there; 128 knots make that harmless.
    return np.interp(y, knots, first + np.concatenate([[0.0], np.cumsum(mass)]))


def _chi_square(law: Distribution, y: np.ndarray) -> float:
    """Pearson's test over the values that occur, rare ones pooled until 8 are expected."""
    values = np.arange(y.min(), y.max() + 1.0)
    expected = len(y) * np.exp(law.log_prob(values))
    observed = np.bincount((y - y.min()).astype(int), minlength=len(values))
    bins = np.floor(np.cumsum(expected) / 8.0).astype(int)
    pooled = np.bincount(bins, expected), np.bincount(bins, observed)
    full = pooled[0] > 0.0
    e = np.append(pooled[0][full], len(y) - expected.sum())
    o = np.append(pooled[1][full], 0.0)
    if e[-1] < 1.0:  # what lies beyond the observed values joins the last bin
        e, o = np.append(e[:-2], e[-2] + e[-1]), np.append(o[:-2], o[-2] + o[-1])
    if len(e) == 1:
        pytest.fail(f"{law}: one bin tells nothing; widen the typical ranges.")
    return float(stats.chi2.sf(np.sum((o - e) ** 2 / e), len(e) - 1))


def test_impossible_outside_the_support(family: type[Family]) -> None:
    support = family.support
    for law in laws(family):
        low, high = law.ends
        periodic = support == angle
        outside = [-np.inf, np.inf]
        if not periodic:
            step = 1.0 if support.discrete else 1e-9
            outside += [low - step * max(1.0, abs(low)), low - 1e3, high + 1e3]
            outside += [high + step * max(1.0, abs(high))]
        if support.discrete:
            outside += [0.5, 1.0 + 1e-9, -0.5]
        outside = np.array([y for y in outside if not np.isnan(y)])
        assert np.all(law.log_prob(outside) == -np.inf), (law, outside)
        if periodic:
            y = draws(law)
            assert np.allclose(law.log_prob(y + 2.0 * np.pi), law.log_prob(y), rtol=1e-12)
        assert law.cdf(-np.inf) == 0.0 and law.cdf(np.inf) == 1.0
        assert law.sf(-np.inf) == 1.0 and law.sf(np.inf) == 0.0


def test_missing_stays_missing(family: type[Family]) -> None:
    law = laws(family)[0]
    y = np.array([np.nan, draws(law)[0], np.nan])
    for method in (law.log_prob, law.prob, law.log_cdf, law.log_sf, law.cdf, law.sf):
        assert np.isnan(method(y)).tolist() == [True, False, True], method
        assert np.isnan(method(float("nan")))
    assert np.isnan(law.quantile([np.nan, -0.1, 1.1, 0.5])).tolist() == [True, True, True, False]


def test_numbers_lists_and_whole_numbers_are_taken(family: type[Family]) -> None:
    law = laws(family)[0]
    y = np.unique(np.rint(draws(law)))
    y = y[np.isfinite(law.log_prob(y))][:3]
    whole = [int(v) for v in y]
    assert np.array_equal(law.log_prob(whole), law.log_prob(y))
    assert isinstance(law.log_prob(draws(law)[0]), float)
    assert law.log_prob(draws(law)[:4].reshape(2, 2)).shape == (2, 2)


def test_declared_moments_are_expectations(family: type[Family]) -> None:
    if laws(family)[0].family.moments is None:
        pytest.skip("declares no moments; they are the expectations")
    for law in laws(family):
        mean, variance = law.mean, law.variance
        low, center, high = np.quantile(draws(law), [0.25, 0.5, 0.75])
        scale = float(high - low) or 1.0

        def of_center(y: np.ndarray, a: float = center, s: float = scale) -> np.ndarray:
            return (y - a) / s

        def squared(y: np.ndarray, a: float = mean, s: float = scale) -> np.ndarray:
            return ((y - a) / s) ** 2

        wanted = ((mean - center) / scale, of_center), (variance / scale**2, squared)
        for declared, f in wanted:
            (value,), error = expectation(law, f)
            if np.isfinite(declared):
                assert abs(value - declared) <= (1e-9 + error) * (1.0 + abs(declared)), law
                assert error < 1e-2, law
            else:
                assert error > 1e-3 or not np.isfinite(value), law


def test_units_only_rescale(family: type[Family]) -> None:
    support = family.support
    bounded = np.isfinite(support.high) or bool(np.isfinite(laws(family)[0].ends).all())
    units = {k: p.unit for k, p in family.parameters.items()}
    if support.discrete or (bounded and not any(units.values())):
        pytest.skip("y is a pure number")
    for law in laws(family):
        y = draws(law)
        for c in (1e-9, 1e9):
            other = at(family, {k: v * c ** units[k] for k, v in law.values.items()})
            difference = other.log_prob(c * y) - (law.log_prob(y) - np.log(c))
            assert np.max(np.abs(difference)) < 1e-9, (law, c)
