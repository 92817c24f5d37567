"""The distribution function is the density summed, and the quantile undoes it."""

from __future__ import annotations

import numpy as np

from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.family.expectation import log_mass
from tests.truths.cases import draws, laws


def _points(law: Distribution) -> np.ndarray:
    """From one far tail to the other, through the middle."""
    y = np.sort(draws(law))
    low, high = law.ends
    middle, spread = np.median(y), float(y[-40] - y[40]) or 1.0
    far = middle + spread * np.array([-1e3, -30.0, -10.0, 10.0, 30.0, 1e3])
    inner = [low + 1e-3 * (y[0] - low), low + 1e-12 * (y[0] - low)] if np.isfinite(low) else []
    outer = [high - 1e-3 * (high - y[-1])] if np.isfinite(high) else []
    points = np.unique(
        np.concatenate([y[[0, 3, 40, 120, 200, 280, 360, 396, 399]], far, inner, outer])
    )
    points = np.unique(np.floor(points)) if law.family.support.discrete else points
    return points[(points >= low) & (points <= high)]


def test_cdf_is_monotone_from_zero_to_one(family: type[Family]) -> None:
    for law in laws(family):
        y = _points(law)
        below, above = law.log_cdf(y), law.log_sf(y)
        assert np.all(below <= 0.0) and np.all(above <= 0.0), law
        assert np.all(np.diff(below) >= -1e-13) and np.all(np.diff(above) <= 1e-13), law
        with np.errstate(under="ignore"):  # a tail beyond floats is a zero
            total = np.exp(below) + np.exp(above)
        assert np.allclose(total, 1.0, rtol=0.0, atol=1e-12), law
        low, high = law.ends
        assert law.cdf(low - 1.0 if np.isfinite(low) else low) == 0.0
        assert law.cdf(high) == 1.0 and law.sf(high) == 0.0


def test_cdf_is_the_density_summed(family: type[Family]) -> None:
    """Both tails against quadrature of the density, to their relative digits."""
    for law in laws(family):
        low, high = law.ends
        first = low - 1.0 if family.support.discrete else low
        for y in _points(law):
            left, right = law.log_cdf(y), law.log_sf(y)
            for found, exact in ((left, log_mass(law, first, y)), (right, log_mass(law, y, high))):
                if exact < -1e4 and found < -700.0:
                    continue  # beyond any float, and beyond any use
                if exact > -0.5:  # a probability near one: its complement carries the digits
                    assert abs(np.exp(found) - np.exp(exact)) < 1e-9, (law, y)
                else:
                    # next to an end, y is known to the spacing of floats there, and no better
                    slope = np.exp(law.log_prob(y) - exact)
                    rounding = 0.0 if family.support.discrete else 4.0 * np.spacing(abs(y)) * slope
                    tolerance = 1e-8 * max(1.0, abs(exact)) + rounding
                    assert abs(found - exact) < tolerance, (law, y, found, exact)


def test_slope_of_the_cdf_is_the_density(family: type[Family]) -> None:
    for law in laws(family):
        y = np.sort(draws(law))[[20, 100, 200, 300, 380]]
        if family.support.discrete:
            low, _ = law.ends
            before = np.where(y > low, law.cdf(y - 1.0), 0.0)
            assert np.allclose(law.cdf(y) - before, law.prob(y), rtol=1e-9, atol=1e-14), law
        else:
            low, high = law.ends
            spread = float(np.subtract(*np.quantile(draws(law), [0.75, 0.25])))
            h = 1e-4 * np.minimum(spread, np.minimum(y - low, high - y))
            corners = [law.values[k] for k in family.kinks]
            away = np.all([np.abs(y - c) > 2.0 * h for c in corners], axis=0) if corners else h > 0
            slope = (law.cdf(y + h) - law.cdf(y - h)) / (2.0 * h)
            assert np.allclose(slope[away], law.prob(y)[away], rtol=1e-5), law


def test_quantile_undoes_the_cdf(family: type[Family]) -> None:
    q = np.array([1e-12, 1e-6, 0.01, 0.3, 0.5, 0.8, 0.99, 1.0 - 1e-6])
    for law in laws(family):
        y = law.quantile(q)
        assert np.all(np.diff(y) >= 0.0), law
        low, high = law.ends
        assert law.quantile(0.0) == low and law.quantile(1.0) == high, law
        if family.support.discrete:
            assert np.array_equal(y, np.rint(y)), law
            assert np.all(law.cdf(y) >= q * (1.0 - 1e-12)), law
            before = np.where(y > low, law.cdf(y - 1.0), 0.0)
            assert np.all(before < q * (1.0 + 1e-12)), law
            continue
        assert np.all((y >= low) & (y <= high)), law
        # one rounding of y moves the probability by the density times the spacing of floats
        rounding = law.prob(y) * np.spacing(np.abs(y)) * 4.0
        lower, upper = np.abs(law.cdf(y) - q), np.abs(law.sf(y) - (1.0 - q))
        error = np.where(q <= 0.5, lower, upper)  # of the smaller tail, which has the digits
        assert np.all(error <= 1e-9 * np.minimum(q, 1.0 - q) + rounding), law
