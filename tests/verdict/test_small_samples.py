"""Few rows, corners and weights in any unit: a fit ends in a verdict, and in the right one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import gammaln
from scipy.stats import poisson

import mostlikely as ml
from tests.one_path.cases import CASES

ENDS = [c for c in CASES if c.kind != "interior" and not c.refused and c.weights is None]


def drawn(n, seed, law):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=n)
    return {"x": x, "y": x + law(rng, n)}


def gumbel(rng, n):
    return rng.gumbel(size=n)


# Likelihoods without bound.


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [3, 5])
@pytest.mark.parametrize("model", [ml.GEV("y ~ x"), ml.GeneralizedPareto("y ~ x")])
def test_a_tail_that_is_free_beside_columns_ends_in_a_maximum_or_says_why_there_is_none(
    model, n, seed
):
    table = drawn(n, seed, gumbel)
    table["y"] = table["y"] - table["y"].min() + 0.1
    fit = ml.fit(model, table)
    assert fit.verdict.kind in ("interior", "boundary", "no maximum")
    if fit.verdict.kind == "no maximum":
        assert "grows without bound" in str(fit.verdict)


def test_what_runs_off_together_with_coefficients_is_followed():
    # Two rates for two rows: ℓ = Σ log(shape / (1 - exp(-shape y))) - 2 rises as shape does.
    fit = ml.fit(ml.Gompertz("y ~ x"), {"x": [0.0, 1.0], "y": [1.3, 2.9]})
    assert fit.verdict.kind == "no maximum"
    assert fit.loglik == np.inf
    assert "shape → ∞" in str(fit.verdict)


@pytest.mark.parametrize("shape", [0.3, 0.5])
def test_a_fixed_peak_has_a_maximum_however_sharp_it_is(shape):
    table = drawn(12, 5, lambda rng, n: rng.laplace(size=n))
    fit = ml.fit(ml.GeneralizedNormal("y ~ x", shape=shape), table)
    assert fit.verdict.kind == "interior"
    assert np.isfinite(fit.loglik)
    assert "the highest that the search met" in str(fit.verdict)


# Corners.


def highest_vertex(table, shape):
    """The highest log-likelihood of all lines through two of the points, the scale at its best."""
    x, y = table["x"], table["y"]
    n, best = len(y), -np.inf
    for i, j in combinations(range(n), 2):
        slope = (y[i] - y[j]) / (x[i] - x[j])
        left = np.abs(y - y[i] - slope * (x - x[i]))
        left[[i, j]] = 0.0
        scale = (shape * np.mean(left**shape)) ** (1.0 / shape)
        height = np.sum(-((left / scale) ** shape)) - n * np.log(2.0 * scale)
        best = max(best, height - n * gammaln(1.0 + 1.0 / shape))
    return best


@pytest.mark.parametrize(("shape", "seed"), [(0.5, 4), (0.6, 1), (0.7, 4), (0.8, 2), (1.0, 3)])
def test_a_regression_with_a_peak_ends_at_the_highest_vertex(shape, seed):
    law = ml.GeneralizedNormal().at(mu=0.0, scale=1.0, shape=shape)
    table = drawn(15, seed, lambda rng, n: law.sample(n, seed=seed))
    fit = ml.fit(ml.GeneralizedNormal("y ~ x", shape=shape), table)
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(highest_vertex(table, shape), abs=1e-7)  # √ε at kinks


@pytest.mark.parametrize("seed", range(4))
def test_members_of_which_one_has_corners_end_where_no_search_finds_more(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=20)
    table = {"x": x, "u": x + rng.laplace(size=20), "v": x + rng.normal(size=20)}
    fit = ml.fit(ml.joint(ml.Laplace("u ~ x"), ml.Normal("v ~ x")), table)

    def loss(p):
        a, b = np.abs(table["u"] - p[0] - p[1] * x), table["v"] - p[0] - p[1] * x
        laplace = np.sum(a) / np.exp(p[2]) + 20 * (p[2] + np.log(2.0))
        return laplace + np.sum(b**2) / (2 * np.exp(2 * p[3])) + 20 * (p[3] + np.log(2 * np.pi) / 2)

    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 20_000, "maxfev": 20_000}
    p = np.array([0.0, 1.0, 0.0, 0.0])
    for _ in range(3):
        p = minimize(loss, p, method="Nelder-Mead", options=options).x
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(-loss(p), abs=1e-6)
    assert fit.loglik >= -loss(p) - 1e-9


# Weights.


@pytest.mark.parametrize("unit", [1e-6, 1e6])
@pytest.mark.parametrize("case", ENDS, ids=repr)
def test_no_verdict_depends_on_the_unit_of_the_weights(case, unit):
    table = {**case.table(), "w": np.full(len(case.y), unit)}
    fit = ml.fit(case.model, table, *([] if case.x is not None else ["y"]), weights="w")
    assert fit.verdict.kind == case.kind


@pytest.mark.parametrize("unit", [1e-6, 1e6])
@pytest.mark.parametrize("seed", [17, 79])
def test_a_maximum_just_above_a_limit_is_one_in_any_unit_of_the_weights(seed, unit):
    y = np.random.default_rng(seed).standard_t(8, size=40)
    gap = ml.fit(ml.StudentT(), y).loglik - ml.fit(ml.Normal(), y).loglik
    fit = ml.fit(ml.StudentT(), y, weights=np.full(40, unit))
    assert 0.0 < gap < 1e-3
    assert fit.verdict.kind == "interior"
    assert fit.loglik / unit == pytest.approx(ml.fit(ml.StudentT(), y).loglik, rel=1e-9)


# Roots.


def test_a_likelihood_has_no_value_where_a_root_is_negative():
    table = {"x": np.arange(6.0), "y": [1, 1, 3, 5, 7, 9]}
    fit = ml.fit(ml.Poisson(ml.linear("y ~ x", link="sqrt")), table)
    inside = {("mean", "Intercept"): 1.0, ("mean", "x"): 0.4}
    expected = poisson.logpmf(table["y"], (1.0 + 0.4 * table["x"]) ** 2).sum()
    assert fit.log_likelihood(inside) == pytest.approx(expected, rel=1e-12)
    for beyond in ({**inside, ("mean", "Intercept"): -1.0}, {k: -v for k, v in inside.items()}):
        with pytest.raises(ml.ModelError, match="of mean is negative in some row"):
            fit.log_likelihood(beyond)


# Predictions on the boundary.


def test_new_rows_of_uniform_errors_lie_in_the_middle_of_their_range():
    table = drawn(30, 1, lambda rng, n: rng.uniform(-1.0, 1.0, n))
    fit = ml.fit(ml.GeneralizedNormal("y ~ x"), table)
    seen = fit.predict({"x": [0.0, 1.0]})
    low, high = seen.prediction_interval()
    assert fit.params["shape"] == np.inf
    assert seen.value - low == pytest.approx(0.95 * fit.params["scale"], rel=1e-9)
    assert high - seen.value == pytest.approx(0.95 * fit.params["scale"], rel=1e-9)


def test_a_scale_that_follows_columns_of_skewed_absolute_errors_has_a_maximum():
    rng = np.random.default_rng(0)
    x = rng.normal(size=50)
    table = {"x": x, "y": rng.laplace(size=50) * np.exp(0.5 * x)}
    fit = ml.fit(ml.AsymmetricLaplace(scale="~ x"), table, y="y")
    assert fit.verdict.kind == "interior"
    fixed = ml.fit(ml.Laplace(scale="~ x"), table, y="y")
    assert fit.loglik >= fixed.loglik


def test_a_concentration_that_follows_a_column_is_told_without_bound():
    # the first and the fourth row, and no others, are left of all that is not met
    table = {"x": [-0.3, -1.5, 0.5, -1.1, 0.0, 0.9], "y": [0.0, 2.0, 2.0, 2.0, -2.0, 2.0]}
    fit = ml.fit(ml.VonMises(kappa="~ x"), table, y="y")
    assert (fit.verdict.kind, fit.loglik) == ("no maximum", np.inf)


def test_a_maximum_inside_says_that_rows_can_be_met_elsewhere():
    # a line through the first two rows, whose noise may vanish: sigma rises with x from there on
    table = {"x": np.array([0.0, 0.1, 1.0, 1.2, 1.4, 1.5])}
    told = []
    for seed in range(8):
        table["y"] = np.random.default_rng(seed).normal(size=6)
        fit = ml.fit(ml.Normal("y ~ x", sigma="~ x"), table)
        told += [str(fit.verdict)] if fit.verdict.kind == "interior" else []
    assert told
    assert all("unbounded" in sentence for sentence in told)
    many = np.linspace(0.0, 1.0, 30)
    table = {"x": many, "y": np.random.default_rng(1).normal(size=30)}
    assert "unbounded" not in str(ml.fit(ml.Normal("y ~ x", sigma="~ x"), table).verdict)


@pytest.mark.parametrize("seed", range(2))
def test_sides_that_differ_from_row_to_row_have_a_maximum_that_no_search_lifts(seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=20)
    table = {"x": x, "y": rng.laplace(size=20)}
    fit = ml.fit(ml.AsymmetricLaplace("y ~ x", quantile="~ x"), table)
    assert fit.verdict.kind == "interior"
    keys = list(fit.params)

    def loss(p):
        low = fit.log_likelihood(dict(zip(keys, p, strict=True)))
        return -low if np.isfinite(low) else np.inf

    start = np.array(list(fit.params.values()))
    for size in (1e-6, 1e-3, 0.1):
        for step in rng.normal(size=(20, len(start))):
            assert loss(start + size * step * np.abs(start).clip(0.1)) >= -fit.loglik - 1e-9
