"""Maxima with predictors on the edge of a domain: the height of another solver, errors by hand.

References are SciPy's SLSQP from several starts, closed forms, and differences of likelihoods that
are written out here.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit, gammaln, xlogy
from scipy.stats import norm

import mostlikely as ml
from tests.by_slsqp import highest, identity, poisson_height, poisson_slopes
from tests.solve.test_constrained import CYLINDERS, POWER, STRAIGHT


def counts(seed):
    """A table of counts whose means are zero in places, with offsets and weights in turn."""
    rng = np.random.default_rng([21, seed])
    n, k = int(rng.integers(8, 30)), int(rng.integers(1, 4))
    columns = rng.normal(size=(n, k)) if seed % 2 else rng.integers(0, 2, (n, k)).astype(float)
    mean = np.maximum(0.5 + columns @ rng.normal(size=k), 0.0)
    y = rng.poisson(mean).astype(float)
    y[0] = max(y[0], 1.0)
    offset = 0.4 * rng.random(n) if seed % 3 == 0 else np.zeros(n)
    weights = rng.integers(1, 4, n).astype(float) if seed % 4 == 1 else np.ones(n)
    return columns, y, offset, weights


@pytest.mark.parametrize("seed", range(24))
def test_counts_with_identity_link_are_as_high_as_another_solver_finds(seed):
    columns, y, offset, weights = counts(seed)
    names = [f"x{j}" for j in range(columns.shape[1])]
    data = {**dict(zip(names, columns.T, strict=True)), "y": y, "o": offset, "w": weights}
    formula = "y ~ " + " + ".join(names)
    fit = ml.fit(ml.Poisson(identity(formula, offset="o")), data, weights="w")
    X = np.column_stack([np.ones(len(y)), columns])
    rng = np.random.default_rng(seed)
    level = np.r_[y.mean(), np.zeros(len(names))]
    starts = [level, 3.0 * level, *(level + 0.1 * rng.normal(size=(4, len(level))))]
    table = X, y, offset, weights
    best, _ = highest(poisson_height(*table), starts, X, -offset, poisson_slopes(*table))
    assert fit.verdict.kind in ("interior", "boundary", "not identified"), str(fit.verdict)
    assert fit.loglik == pytest.approx(best, abs=1e-6 * max(1.0, abs(best)))
    assert fit.loglik >= best - 1e-8 * max(1.0, abs(best))
    mean = X @ list(fit.params.values()) + offset
    assert mean.min() >= -1e-9
    if fit.verdict.kind == "boundary":
        assert mean.min() == pytest.approx(0.0, abs=1e-9)


def test_the_tables_meet_edges_and_vertices():
    kinds = set()
    for seed in range(24):
        columns, y, offset, _ = counts(seed)
        names = [f"x{j}" for j in range(columns.shape[1])]
        data = {**dict(zip(names, columns.T, strict=True)), "y": y, "o": offset}
        fit = ml.fit(ml.Poisson(identity("y ~ " + " + ".join(names), offset="o")), data)
        kinds.add(fit.verdict.kind)
        if fit.verdict.kind == "boundary":
            kinds.add("edge" if fit._proof.regular else "vertex")
        if {"interior", "boundary", "edge"} <= kinds:
            return
    raise AssertionError(f"only {kinds} are met")


def binomial_height(X, k, n):
    ways = np.sum(gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1))

    def negative(b):
        p = np.clip(X @ b, 1e-300, 1.0 - 1e-16)
        return -ways - np.sum(xlogy(k, p) + np.where(n > k, (n - k) * np.log1p(-p), 0.0))

    def slopes(b):
        p = np.clip(X @ b, 1e-300, 1.0 - 1e-16)
        return -X.T @ (k / p - (n - k) / (1.0 - p))

    return negative, slopes


@pytest.mark.parametrize("seed", range(12))
def test_risk_differences_with_both_ends_are_as_high_as_another_solver_finds(seed):
    rng = np.random.default_rng([22, seed])
    rows, k = int(rng.integers(5, 20)), int(rng.integers(1, 3))
    columns = rng.integers(0, 2, (rows, k)).astype(float)
    if seed % 2:
        columns[:, 0] = rng.normal(size=rows)
    n = rng.integers(1, 15, rows).astype(float)
    p = np.clip(0.15 + columns @ rng.uniform(-0.5, 0.8, k), 0.0, 1.0)
    ill = rng.binomial(n.astype(int), p).astype(float)
    names = [f"x{j}" for j in range(k)]
    data = {**dict(zip(names, columns.T, strict=True)), "ill": ill, "n": n}
    fit = ml.fit(ml.Binomial(identity("ill ~ " + " + ".join(names)), n="n"), data)
    X = np.column_stack([np.ones(rows), columns])
    starts = [np.r_[c, s * np.ones(k)] for c in (0.3, 0.5, 0.7) for s in (0.0, 0.01, -0.01)]
    G, h = np.vstack([X, -X]), np.r_[np.zeros(rows), -np.ones(rows)]
    negative, slopes = binomial_height(X, ill, n)
    best, _ = highest(negative, starts, G, h, slopes)
    assert fit.verdict.kind in ("interior", "boundary", "not identified"), str(fit.verdict)
    assert fit.loglik == pytest.approx(best, abs=1e-6)
    assert fit.loglik >= best - 1e-7  # SLSQP may be 1e-9 beyond an edge


def test_a_vertex_settles_every_coefficient_and_has_no_errors():
    data = {"x": [0.0, 1.0], "ill": [0.0, 20.0], "n": [20.0, 20.0]}
    fit = ml.fit(ml.Binomial(identity("ill ~ x"), n="n"), data)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert fit.loglik == pytest.approx(0.0, abs=1e-12)
    assert fit.params["p", "Intercept"] == 0.0
    assert fit.params["p", "x"] == pytest.approx(1.0, rel=1e-12)
    assert fit._proof.regular == () and np.isnan(fit.covariance()).all()
    assert "p is 0 in row 0 and p is 1 in row 1" in str(fit.verdict)
    assert "no standard errors" in str(fit.verdict)


def test_a_line_of_probabilities_from_nobody_to_everybody_is_a_vertex():
    heads = np.array([0, 0, 0, 0, 1, 0, 1, 1, 1, 1.0])
    fit = ml.fit(ml.Bernoulli(identity("y ~ x")), {"x": np.arange(1, 11.0), "y": heads})
    p = np.arange(1.0, 9.0) / 9.0  # from 0 in the first row to 1 in the last
    assert fit.verdict.kind == "boundary" and fit._proof.regular == ()
    assert fit.loglik == pytest.approx(np.log(np.where(heads[1:-1] > 0, p, 1 - p)).sum(), rel=1e-12)


def test_errors_are_those_along_the_edge_by_closed_form():
    """Two groups: of the one nobody is ill, so that the other's share has its own error."""
    data = {"x": [0.0, 1.0], "ill": [0.0, 7.0], "n": [20.0, 20.0]}
    fit = ml.fit(ml.Binomial(identity("ill ~ x"), n="n"), data)
    assert fit.params["p", "Intercept"] == 0.0
    assert fit.params["p", "x"] == pytest.approx(0.35, rel=1e-10)
    error = (0.35 * 0.65 / 20.0) ** 0.5
    for kind in ("observed", "expected"):
        found = fit.covariance(kind)
        assert np.isnan(found[0]).all()
        assert found[1, 1] == pytest.approx(error**2, rel=1e-7)


def test_everybody_ill_in_a_group_leaves_a_sum_without_error():
    """p = 1 in the second group: intercept + slope is 1, and both have the first group's error."""
    data = {"x": [0.0, 1.0], "ill": [3.0, 20.0], "n": [20.0, 20.0]}
    fit = ml.fit(ml.Binomial(identity("ill ~ x"), n="n"), data)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert list(fit.params.values()) == pytest.approx([0.15, 0.85], rel=1e-9)
    variance = 0.15 * 0.85 / 20.0
    expected = np.array([[variance, -variance], [-variance, variance]])
    for kind in ("observed", "expected"):
        np.testing.assert_allclose(fit.covariance(kind), expected, rtol=1e-6)


def test_an_offset_moves_the_edge():
    """A mean of x b + o with o = 1 in a row where x = −1 is zero at b = 1."""
    x, o, y = np.array([-1.0, 1.0, 2.0]), np.array([1.0, 0.5, 0.2]), np.array([0.0, 6.0, 9.0])
    fit = ml.fit(ml.Poisson(identity("y ~ 0 + x", offset="o")), {"x": x, "y": y, "o": o})
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert fit.params["mean", "x"] == pytest.approx(1.0, rel=1e-10)
    mean = x + o
    assert fit.loglik == pytest.approx(np.sum(xlogy(y, mean) - mean - gammaln(y + 1.0)), rel=1e-12)
    # with an intercept it is an edge: along it the intercept is b − 1, and the slope has an error
    free = ml.fit(ml.Poisson(identity("y ~ x", offset="o")), {"x": x, "y": y, "o": o})
    assert free.params["mean", "Intercept"] == pytest.approx(free.params["mean", "x"] - 1.0)
    rise = np.array([2.0, 3.0])  # d mean/d slope along the edge
    at = free.params["mean", "x"] * rise - 1.0 + o[1:]
    information = np.sum(y[1:] * rise**2 / at**2)
    assert np.sum(y[1:] * rise / at - rise) == pytest.approx(0.0, abs=1e-8)
    np.testing.assert_allclose(free.covariance(), np.full((2, 2), 1.0 / information), rtol=1e-6)


def test_weights_are_repeated_rows():
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    w = np.array([1, 2, 1, 1, 3, 1])
    model = ml.Poisson(identity("y ~ x"))
    one = ml.fit(model, {"x": x, "y": y, "w": w}, weights="w")
    other = ml.fit(model, {"x": np.repeat(x, w), "y": np.repeat(y, w)})
    assert one.verdict.kind == other.verdict.kind == "boundary"
    assert one.loglik == pytest.approx(other.loglik, rel=1e-12)
    for key in one.params:
        assert one.params[key] == pytest.approx(other.params[key], rel=1e-9, abs=1e-12)
    np.testing.assert_allclose(one.covariance(), other.covariance(), rtol=1e-8)


@pytest.mark.parametrize("size", [1e-6, 1e6])
def test_units_of_columns_do_not_matter(size):
    x, y = np.arange(6.0), np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    model = ml.Poisson(identity("y ~ x"))
    one, other = ml.fit(model, {"x": x, "y": y}), ml.fit(model, {"x": x * size, "y": y})
    assert other.verdict.kind == "boundary" and other.params["mean", "Intercept"] == 0.0
    assert other.loglik == pytest.approx(one.loglik, rel=1e-12)
    for k in ("params", "standard_errors"):
        found, wanted = getattr(other, k)["mean", "x"], getattr(one, k)["mean", "x"]
        assert found * size == pytest.approx(wanted, rel=1e-8)


# Cutpoints.


def ordinal(seed):
    rng = np.random.default_rng([23, seed])
    n, link = 40, ("logit", "probit")[seed % 2]
    x = rng.normal(size=n)
    z = rng.integers(0, 2, n).astype(float)
    hidden = rng.logistic(size=n) + 0.8 * z
    cuts = np.sort(np.column_stack([-0.3 - 1.5 * x, 0.4 + 0.5 * x]), axis=1)
    level = (hidden > cuts[:, 0]).astype(int) + (hidden > cuts[:, 1])
    return x, z, level, link


@pytest.mark.parametrize("seed", range(8))
def test_cutpoints_that_would_cross_are_as_high_as_another_solver_finds(seed):
    x, z, level, link = ordinal(seed)
    cdf = expit if link == "logit" else norm.cdf

    def negative(b):
        one, two = b[1] + b[2] * x - b[0] * z, b[3] + b[4] * x - b[0] * z
        middle = cdf(two) - cdf(one)
        p = np.where(level == 0, cdf(one), np.where(level == 2, cdf(-two), middle))
        return -np.sum(np.log(np.maximum(p, 1e-300)))

    zero, one = np.zeros(len(x)), np.ones(len(x))
    G = np.column_stack([zero, -one, -x, one, x])
    rng = np.random.default_rng(seed)
    starts = [np.array([0.0, -1.0, 0.0, 1.0, 0.0]) + 0.2 * rng.normal(size=5) for _ in range(6)]
    best, _ = highest(negative, starts, G, np.zeros(len(x)))
    model = ml.Ordinal("y ~ z", nonproportional="~ x", link=link)
    fit = ml.fit(model, {"x": x, "z": z, "y": level})
    assert fit.verdict.ok, str(fit.verdict)
    assert fit.loglik == pytest.approx(best, abs=1e-6)
    gap = G @ list(fit.params.values())
    assert gap.min() >= -1e-9
    if fit.verdict.kind == "boundary":
        assert gap.min() == pytest.approx(0.0, abs=1e-9)
        row = int(gap.argmin())
        assert f"cut[1] and cut[2] meet in row {row}; beyond they would cross" in str(fit.verdict)


def test_the_cutpoints_meet_in_some_of_the_tables():
    kinds = set()
    for seed in range(8):
        x, z, level, link = ordinal(seed)
        model = ml.Ordinal("y ~ z", nonproportional="~ x", link=link)
        kinds.add(ml.fit(model, {"x": x, "z": z, "y": level}).verdict.kind)
    assert "boundary" in kinds


def test_errors_of_cutpoints_that_meet_are_those_with_their_gap_held():
    """By differences of the likelihood, written out with the gap put in."""
    x, z, level = (POWER - 150.0) / 100.0, STRAIGHT, CYLINDERS // 2 - 2
    fit = ml.fit(ml.Ordinal("y ~ z", nonproportional="~ x"), {"x": x, "z": z, "y": level})
    assert "cut[1] and cut[2] meet in row 18" in str(fit.verdict)
    b = np.array(list(fit.params.values()))
    row = x[int((b[3] - b[1] + (b[4] - b[2]) * x).argmin())]

    def loglik(t):  # cut[2]'s intercept is what makes the cutpoints meet in that row
        a0, a1, s1, s2 = t
        one = a1 + s1 * x - a0 * z
        two = a1 + s1 * row - s2 * row + s2 * x - a0 * z
        middle = np.where(level == 1, expit(two) - expit(one), 1.0)
        p = np.where(level == 0, expit(one), np.where(level == 2, expit(-two), middle))
        return np.sum(np.log(p))

    t = b[[0, 1, 2, 4]]
    step, eye = 1e-4, np.eye(4)
    bend = np.array(
        [
            [
                (
                    loglik(t + step * (p + q))
                    - loglik(t + step * (p - q))
                    - loglik(t - step * (p - q))
                    + loglik(t - step * (p + q))
                )
                / (4.0 * step**2)
                for q in eye
            ]
            for p in eye
        ]
    )
    inner = np.linalg.inv(-bend)
    move = np.zeros((5, 4))
    move[[0, 1, 2, 4], range(4)] = 1.0
    move[3] = [0.0, 1.0, row, -row]
    np.testing.assert_allclose(fit.covariance(), move @ inner @ move.T, rtol=1e-4, atol=1e-4)
