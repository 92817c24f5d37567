"""Where a scale follows columns there are several maxima, and the highest is found."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from scipy.optimize import minimize

import mostlikely as ml

OUTLIER = {
    "x": np.array([-0.9, -0.5, -2.0, 0.2, 0.4, 0.1]),
    "y": np.array([-9.1, -8.5, -8.9, -10.6, -6.0, -246.3]),
}


def normal_height(x, y):
    """The highest of many climbs of a normal law with two lines."""

    def down(b):
        eta = np.clip(b[2] + b[3] * x, -50.0, 50.0)
        return np.sum(eta + 0.5 * (y - b[0] - b[1] * x) ** 2 * np.exp(-2.0 * eta))

    slopes = np.linspace(-12.0, 12.0, 9)
    tops = [minimize(down, [-9.0, 0.0, 1.0, s], method="BFGS").fun for s in slopes]
    return -min(tops) - 0.5 * len(y) * np.log(2.0 * np.pi)


def test_a_skew_normal_is_no_lower_than_the_normal_inside_it():
    best = normal_height(**OUTLIER)
    fit = ml.fit(ml.SkewNormal("y ~ x", sigma="~ x"), OUTLIER)
    assert fit.loglik >= best - 1e-6
    assert ml.fit(ml.Normal("y ~ x", sigma="~ x"), OUTLIER).loglik >= best - 1e-6


def highest_vertex(x, y):
    """The height of an asymmetric Laplace with two lines: over all pairs of rows met exactly."""

    def height(beta):
        left = y - beta[0] - beta[1] * x

        def down(b):
            q = 0.5 + 0.5 * np.tanh(b[2])
            eta = np.clip(b[0] + b[1] * x, -40.0, 40.0)
            rows = -eta + np.log(q) + np.log1p(-q) - left * np.exp(-eta) * (q - (left < 0.0))
            return -np.sum(rows)

        starts = product([np.log(np.mean(np.abs(left)))], [0.0], [-1.0, 1.0])
        return max(-minimize(down, s, method="BFGS").fun for s in starts)

    pairs = [(i, j) for i in range(len(x)) for j in range(i) if x[i] != x[j]]
    lines = [np.linalg.solve([[1.0, x[i]], [1.0, x[j]]], [y[i], y[j]]) for i, j in pairs]
    return max(height(line) for line in lines)


@pytest.mark.parametrize("seed", [1, 3])
def test_an_asymmetric_laplace_with_two_lines_is_at_its_highest_vertex(seed):
    r = np.random.default_rng(seed)
    x = r.normal(size=9)
    y = x + r.laplace(size=9) * np.exp(0.4 * x)
    fit = ml.fit(ml.AsymmetricLaplace("y ~ x", scale="~ x"), {"x": x, "y": y})
    with np.errstate(all="ignore"):
        assert fit.loglik >= highest_vertex(x, y) - 1e-5


@pytest.mark.parametrize("seed", [1, 2])
def test_half_normal_errors_whose_size_follows_a_column_are_a_limit(seed):
    r = np.random.default_rng(seed)
    x = np.sort(r.normal(size=10))
    y = x + np.abs(r.normal(size=10)) * np.exp(0.4 * x)
    best = -np.inf
    for i, j in combinations(range(10), 2):
        slope = (y[i] - y[j]) / (x[i] - x[j])
        left = y - y[i] - slope * (x - x[i])
        left[[i, j]] = 0.0
        if np.min(left) < -1e-12:
            continue

        def down(b, left=left):
            eta = np.clip(b[0] + b[1] * x, -30.0, 30.0)
            return np.sum(eta + 0.5 * left**2 * np.exp(-2.0 * eta))

        best = max(best, -minimize(down, [0.0, 0.0], method="BFGS").fun)
    height = best - 5.0 * np.log(np.pi / 2.0)
    fit = ml.fit(ml.SkewNormal("y ~ x", sigma="~ x"), {"x": x, "y": y})
    assert fit.loglik >= height - 1e-6
    if fit.verdict.kind == "boundary":
        assert fit.loglik == pytest.approx(height, abs=1e-6)


def test_a_peak_between_data_is_no_maximum():
    # below shape 1 the likelihood bends upwards in mu between data: a maximum is at a datum
    y = np.array([0.3, 1.41, -0.09, 0.83, 1.7, 1.18, 1.4, 0.7, 0.76, 515.9])
    for unit in (1.0, 1e-3):
        fit = ml.fit(ml.GeneralizedNormal(), y, weights=np.full(10, unit))
        shape, mu = fit.params["shape"], fit.params["mu"]
        assert fit.verdict.kind != "interior" or shape >= 1.0 or np.min(np.abs(y - mu)) == 0.0


def test_a_family_without_bound_says_so_where_the_search_met_no_maximum():
    x = np.array([1.3, 0.4, 0.3, 0.9, -0.1, 0.0, 0.0, 0.0])
    y = np.array([2827.6, 1421.4, 2548.1, 1561.1, 1281.6, 1309.6, 1309.6, 2464.2])
    model = ml.GeneralizedNormal(scale="~ x", shape="~ x")
    fit = ml.fit(model, {"x": x, "y": y}, y="y", weights=np.full(8, 1000.0))
    assert fit.verdict.kind == "no maximum"
    assert "without bound" in str(fit.verdict)


def test_a_held_scale_of_asymmetric_errors_has_the_highest_of_its_quantiles():
    x = np.linspace(0.0, 1.0, 8)
    y = np.array([1.029, 1.86, 0.945, 1.218, 1.224, 0.033, 1.959, 2.241])
    scale, best = 0.375, -np.inf
    for i, j in combinations(range(8), 2):
        slope = (y[j] - y[i]) / (x[j] - x[i])
        left = y - y[i] - slope * (x - x[i])
        left[[i, j]] = 0.0
        for q in np.linspace(0.005, 0.995, 397):
            loss = np.sum(left * (q - (left < 0.0)))
            best = max(best, 8.0 * np.log(q * (1.0 - q) / scale) - loss / scale)
    fit = ml.fit(ml.AsymmetricLaplace("y ~ x", scale=scale), {"x": x, "y": y})
    assert fit.verdict.kind == "interior"
    assert 0.0 <= fit.loglik - best < 1e-3


def test_a_limit_that_was_searched_for_says_from_how_many_slopes():
    r = np.random.default_rng(4)
    x = r.normal(size=9)
    y = x + r.laplace(size=9) * np.exp(0.4 * x)
    fit = ml.fit(ml.AsymmetricLaplace("y ~ x", scale="~ x"), {"x": x, "y": y})
    assert "ExponentialAbove" in str(fit.verdict)
    assert "highest of 9 searches" in str(fit.verdict)


def test_a_mean_that_is_infinite_in_some_rows_is_predicted_in_the_others():
    r = np.random.default_rng(2)
    x = r.normal(size=15)
    y = np.exp(x + r.exponential(size=15) * np.exp(0.4 * x))
    fit = ml.fit(ml.GeneralizedGamma("y ~ x", sigma="~ x"), {"x": x, "y": y})
    means = np.asarray(fit.predict({"x": [0.0, 1.0]}))
    assert np.isfinite(means[0]) and np.isinf(means[1])
