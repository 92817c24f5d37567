"""Regressions against closed forms, and the verdicts where there is no maximum inside."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

RNG = np.random.default_rng(7)
X = RNG.normal(size=(60, 2))
Y = 1.0 + X @ [0.5, -2.0] + RNG.normal(size=60) * (1.0 + np.abs(X[:, 0]))
TABLE = {"y": Y, "a": X[:, 0], "b": X[:, 1]}
GROUPS = {"g": list("aaaaaabbbbbbcccccc"), "y": [2, 3, 1, 4, 2, 5, *[0] * 6, 7, 5, 8, 6, 9, 4]}


def test_normal_noise_is_least_squares():
    fit = ml.fit(ml.Normal("y ~ a + b"), TABLE)
    design = np.column_stack([np.ones(60), X])
    beta, (rss,), *_ = np.linalg.lstsq(design, Y, rcond=None)
    assert np.allclose([fit.params["mu", t] for t in ("Intercept", "a", "b")], beta, atol=1e-7)
    assert fit.params["sigma"] == pytest.approx(np.sqrt(rss / 60), rel=1e-7)


def test_robust_errors_are_whites_formulas():
    fit = ml.fit(ml.Normal("y ~ a + b"), TABLE)
    design = np.column_stack([np.ones(60), X])
    inverse = np.linalg.inv(design.T @ design)
    residuals = Y - design @ (inverse @ design.T @ Y)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    for kind, r in (("HC0", residuals), ("HC3", residuals / (1.0 - leverage))):
        expected = inverse @ (design.T * r**2) @ design @ inverse
        assert np.allclose(fit.covariance(kind)[:3, :3], expected, rtol=1e-6)


def test_a_group_without_events_runs_off_and_the_others_are_right():
    fit = ml.fit(ml.Poisson("y ~ g"), GROUPS)
    assert fit.verdict.kind == "separation"
    assert fit.params["mean", "g[T.b]"] == -np.inf
    assert fit.params["mean", "Intercept"] == pytest.approx(np.log(17 / 6), abs=1e-7)
    assert fit.loglik == pytest.approx(-22.91498716126936, abs=1e-9)  # R 4.2.2, the limit of glm
    assert fit.interval("g[T.b]", method="profile")[0] == -np.inf


def test_dependent_columns_are_named():
    fit = ml.fit(ml.Normal("y ~ a + c"), {**TABLE, "c": 2.0 * X[:, 0] - 1.0})
    assert fit.verdict.kind == "not identified"
    assert not fit.verdict.ok
    assert "a" in str(fit.verdict)
    assert "c" in str(fit.verdict)


def test_a_weight_of_two_is_a_row_twice():
    twice = {k: np.concatenate([v, v[:5]]) for k, v in TABLE.items()}
    weighted = ml.fit(ml.Normal("y ~ a"), TABLE, weights=np.r_[np.full(5, 2.0), np.ones(55)])
    repeated = ml.fit(ml.Normal("y ~ a"), twice)
    assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-9)
    assert weighted.params["mu", "a"] == pytest.approx(repeated.params["mu", "a"], abs=1e-7)


def test_an_unseen_level_is_an_error_that_names_it():
    fit = ml.fit(ml.Poisson("y ~ g"), GROUPS)
    with pytest.raises(ml.DataError, match="'z'"):
        fit.predict({"g": ["a", "z"]})
