"""Covariances, tests of a value, quantities and criteria: textbook formulas and R's numbers."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.special import digamma, gamma, polygamma

import mostlikely as ml

WAITS = np.array([0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
COUNTS = np.array([3, 5, 1, 7, 4, 6])
FLIPS = [1, 1, 1, 0, 1, 1, 0, 1, 1, 0]
CHI2 = 3.841458820694124  # the χ²₁ quantile of 0.95
LIGHT = np.linspace(-2.0, 2.0, 30)  # Student-t's fit to these is a normal

with (Path(__file__).parents[1] / "reference" / "reference.csv").open(encoding="utf-8") as file:
    R = {(row["id"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


# Covariance.

CLOSED = {
    "normal": (WAITS, lambda y: np.diag([np.var(y) / 6, np.var(y) / 12])),
    "exponential": (WAITS, lambda y: [[np.mean(y) ** 2 / 6]]),
    "lognormal": (WAITS, lambda y: np.diag([np.var(np.log(y)) / 6, np.var(np.log(y)) / 12])),
    "poisson": (COUNTS, lambda y: [[np.mean(y) / 6]]),
    "bernoulli": (np.array(FLIPS), lambda y: [[0.021]]),
    "geometric": (COUNTS, lambda y: [[(q := 1 / (1 + np.mean(y))) ** 2 * (1 - q) / 6]]),
    "rayleigh": (WAITS, lambda y: [[np.mean(y**2) / 2 / 24]]),
}


@pytest.mark.parametrize("model", CLOSED)
@pytest.mark.parametrize("kind", [None, "observed", "expected"])
def test_covariance_of_an_exponential_family_is_the_textbook_one(model, kind):
    """At its maximum observed and expected information agree."""
    y, expected = CLOSED[model]
    found = ml.fit(model, y).covariance(kind)
    np.testing.assert_allclose(found, expected(y), rtol=1e-7, atol=1e-12)


def test_observed_and_expected_differ_elsewhere():
    """A Cauchy's expected covariance is 2 scale²/n, whatever the data are."""
    fit = ml.fit("cauchy", [-1.2, 0.3, 0.5, 0.9, 4.0, -0.2])
    expected = np.diag([2 * fit.params["scale"] ** 2 / 6] * 2)
    np.testing.assert_allclose(fit.covariance("expected"), expected, rtol=1e-9, atol=1e-12)
    assert not np.allclose(fit.covariance("observed"), expected, rtol=0.05)
    np.testing.assert_array_equal(fit.covariance(), fit.covariance("observed"))


def test_gamma_covariance_is_by_polygamma():
    fit = ml.fit("gamma", WAITS)
    mean, shape = fit.params.values()
    expected = [mean**2 / shape / 6, 1 / (6 * (polygamma(1, shape) - 1 / shape))]
    np.testing.assert_allclose(fit.covariance(), np.diag(expected), rtol=1e-8, atol=1e-12)


def test_sandwich_of_a_poisson_is_the_sample_variance():
    """I⁻¹ Σs² I⁻¹ = Σ(y - ȳ)²/n², whether or not the variance is the mean."""
    fit = ml.fit("poisson", COUNTS)
    assert fit.covariance("sandwich")[0, 0] == pytest.approx(np.var(COUNTS) / 6, rel=1e-10)
    assert fit.covariance("observed")[0, 0] == pytest.approx(np.mean(COUNTS) / 6, rel=1e-10)


def test_sandwich_of_a_normal_has_the_third_and_fourth_moments():
    """Var μ̂ = m₂/n, Cov(μ̂, σ̂) = m₃/(2σn), Var σ̂ = (m₄ - m₂²)/(4σ²n)."""
    fit = ml.fit("normal", WAITS)
    m2, m3, m4 = (np.mean((WAITS - np.mean(WAITS)) ** k) for k in (2, 3, 4))
    both = m3 / (2 * np.sqrt(m2))
    expected = np.array([[m2, both], [both, (m4 - m2**2) / (4 * m2)]]) / 6
    np.testing.assert_allclose(fit.covariance("sandwich"), expected, rtol=1e-7)


def test_standard_errors_are_the_roots_of_the_diagonal_and_frozen():
    fit = ml.fit("gamma", WAITS)
    roots = np.sqrt(np.diag(fit.covariance()))
    assert list(fit.standard_errors.values()) == pytest.approx(roots, rel=1e-15)
    fit.covariance()[:] = 0.0
    assert list(fit.standard_errors.values()) == pytest.approx(np.sqrt(np.diag(fit.covariance())))
    for mapping in (fit.params, fit.standard_errors):
        with pytest.raises(TypeError):
            mapping["mean"] = 1.0


def test_a_limit_has_the_errors_of_the_simpler_model():
    fit, normal = ml.fit("student_t", LIGHT), ml.fit("normal", LIGHT)
    found = fit.covariance()
    np.testing.assert_allclose(found[:2, :2], normal.covariance(), rtol=1e-9, atol=1e-15)
    assert np.isnan(found[2]).all()
    assert np.isnan(found[:, 2]).all()


def test_there_is_no_such_covariance():
    with pytest.raises(ml.ModelError, match=r"did you mean 'sandwich'\?"):
        ml.fit("gamma", WAITS).covariance("sandwhich")


# Tests of a value.


def test_seven_heads_in_ten_by_three_tests():
    """Score: R's prop.test; likelihood ratio: R's glm; Wald: (p̂ - ½)² n/(p̂ q̂)."""
    fit = ml.fit("bernoulli", FLIPS)
    score = fit.test("score", p=0.5)
    assert score.statistic == pytest.approx(R["seven_of_ten", "score"], rel=1e-12)
    assert score.p_value == pytest.approx(R["seven_of_ten", "p_value"], rel=1e-10)
    assert fit.test(p=0.5).statistic == pytest.approx(R["seven_of_ten", "lr"], rel=1e-10)
    assert fit.test("wald", p=0.5).statistic == pytest.approx(0.04 * 10 / 0.21, rel=1e-10)
    assert (score.df, score.method, score.hypothesis) == (1, "score", "p = 0.5")


def test_wilsons_interval_is_the_score_test_inverted():
    fit = ml.fit("bernoulli", FLIPS)
    for end in ("low", "high"):
        statistic = fit.test("score", p=R["seven_of_ten", end]).statistic
        assert statistic == pytest.approx(CHI2, rel=1e-12)


def test_a_poisson_mean_by_three_tests():
    """R's glm and its Rao test; n(ȳ - λ)²/ȳ by Wald."""
    fit = ml.fit("poisson", [3, 5, 1, 7, 4, 6])
    for method in ("lr", "score"):
        found = fit.test(method, mean=3)
        assert found.statistic == pytest.approx(R["poisson_three", method], rel=1e-9)
        assert found.p_value == pytest.approx(R["poisson_three", f"p_{method}"], rel=1e-8)
    wald = 6 * (26 / 6 - 3) ** 2 / (26 / 6)
    assert fit.test("wald", mean=3).statistic == pytest.approx(wald, rel=1e-10)


def test_a_normal_mean_by_three_tests():
    """With t² = (ȳ - μ)²/σ̂²: n log(1 + t²), n t², n t²/(1 + t²) (Engle 1984)."""
    fit = ml.fit("normal", WAITS)
    t2 = (np.mean(WAITS) - 1.0) ** 2 / np.var(WAITS)
    expected = {"lr": 6 * np.log1p(t2), "wald": 6 * t2, "score": 6 * t2 / (1 + t2)}
    for method, statistic in expected.items():
        assert fit.test(method, mu=1.0).statistic == pytest.approx(statistic, rel=1e-8)
    assert expected["wald"] > expected["lr"] > expected["score"]


def test_two_values_at_once():
    fit = ml.fit("normal", WAITS)
    found = {method: fit.test(method, mu=1.0, sigma=1.0) for method in ("lr", "wald", "score")}
    mean, deviation = np.mean(WAITS), np.std(WAITS)
    sums = np.sum(WAITS - 1), np.sum((WAITS - 1) ** 2)
    lr = sums[1] - 6 * (1 + np.log(np.var(WAITS)))
    wald = 6 * (mean - 1) ** 2 / deviation**2 + 12 * (deviation - 1) ** 2 / deviation**2
    score = sums[0] ** 2 / 6 + (sums[1] - 6) ** 2 / 12
    for method, statistic in (("lr", lr), ("wald", wald), ("score", score)):
        assert found[method].statistic == pytest.approx(statistic, rel=1e-7)
        assert found[method].df == 2
        assert found[method].p_value == pytest.approx(np.exp(-statistic / 2), rel=1e-6)
    assert str(found["lr"]).startswith("mu = 1, sigma = 1: likelihood-ratio statistic")
    assert "2 degrees of freedom" in str(found["lr"])


def test_a_wald_test_of_two_values_minds_their_correlation():
    """(θ̂ - θ)ᵀ V⁻¹ (θ̂ - θ), and of one value alone its own variance."""
    fit = ml.fit("weibull", WAITS)
    away, covariance = np.array(list(fit.params.values())) - [1.5, 1.5], fit.covariance()
    assert covariance[0, 1] ** 2 > 0.05 * covariance[0, 0] * covariance[1, 1]
    both = away @ np.linalg.inv(covariance) @ away
    assert fit.test("wald", scale=1.5, shape=1.5).statistic == pytest.approx(both, rel=1e-10)
    assert fit.test("wald", shape=1.5, scale=1.5).statistic == pytest.approx(both, rel=1e-10)
    one = away[1] ** 2 / covariance[1, 1]
    assert fit.test("wald", shape=1.5).statistic == pytest.approx(one, rel=1e-10)


@pytest.mark.parametrize("method", ["lr", "wald", "score"])
def test_the_estimate_itself_is_never_rejected(method):
    fit = ml.fit("gamma", WAITS)
    found = fit.test(method, **fit.params)
    assert found.statistic == pytest.approx(0.0, abs=1e-9)
    assert found.p_value == pytest.approx(1.0, abs=1e-4)


def test_a_likelihood_ratio_is_two_fits():
    fit = ml.fit("weibull", WAITS)
    restricted = ml.fit(ml.Weibull(shape=1), WAITS)
    lr = 2 * (fit.loglik - restricted.loglik)
    assert fit.test(shape=1).statistic == pytest.approx(lr, rel=1e-12)
    assert restricted.loglik == pytest.approx(ml.fit("exponential", WAITS).loglik, rel=1e-12)


def test_profile_ends_are_what_the_likelihood_ratio_just_does_not_reject():
    fit = ml.fit("gamma", WAITS)
    for name in fit.params:
        for end in fit.interval(name, method="profile"):
            assert fit.test(**{name: end}).p_value == pytest.approx(0.05, rel=1e-7)


def test_on_an_edge_the_tests_that_exist_remain():
    """10 tails: LR -20 log(1 - p); score n p/(1 - p)."""
    fit = ml.fit("bernoulli", [0] * 10)
    assert fit.test(p=0.2).statistic == pytest.approx(-20 * np.log(0.8), rel=1e-12)
    assert fit.test("score", p=0.2).statistic == pytest.approx(2.5, rel=1e-10)
    with pytest.raises(ml.ModelError, match=r"p has no standard error.*method=\"lr\"\."):
        fit.test("wald", p=0.2)


@pytest.mark.parametrize(
    ("model", "y", "method", "values", "said"),
    [
        ("student_t", LIGHT, "score", {"mu": 0.5}, "on an edge, or has no expected information"),
        ("uniform", WAITS, "score", {"high": 3.5}, "on an edge, or has no expected information"),
        ("normal", [3.0, 3.0], "lr", {"mu": 2.0}, 'verdict is "no maximum"'),
        ("gamma", WAITS, "lrt", {"shape": 1}, "did you mean 'lr'?"),
        ("gamma", WAITS, "lr", {"shpae": 1}, "did you mean 'shape'?"),
        ("gamma", WAITS, "lr", {"shape": -1}, "Gamma: shape must be positive; got -1."),
        ("gamma", WAITS, "lr", {}, "a test needs a hypothesis"),
        (ml.Gamma(shape=2), WAITS, "lr", {"shape": 1}, "'shape' is not a free parameter"),
    ],
)
def test_what_cannot_be_tested_is_said(model, y, method, values, said):
    with pytest.raises(ml.ModelError) as raised:
        ml.fit(model, y).test(method, **values)
    assert said in str(raised.value)
    assert str(raised.value)[-1] in ".?"


# Quantities.


def test_delta_method_of_a_coefficient_of_variation():
    """Var(σ̂/μ̂) = σ²/n (σ²/μ⁴ + 1/(2μ²))."""
    fit = ml.fit("normal", WAITS)
    mu, sigma = np.mean(WAITS), np.std(WAITS)
    found = fit.quantity(lambda p: p["sigma"] / p["mu"])
    error = np.sqrt(sigma**2 / 6 * (sigma**2 / mu**4 + 1 / (2 * mu**2)))
    assert found.value == pytest.approx(sigma / mu, rel=1e-10)
    assert found.std_error == pytest.approx(error, rel=1e-8)


def test_delta_method_through_special_functions():
    """The mean of a Weibull, scale Γ(1 + 1/shape), with correlated estimates."""
    fit = ml.fit("weibull", WAITS)
    scale, shape = fit.params.values()
    found = fit.quantity(lambda p: p["scale"] * gamma(1 + 1 / p["shape"]))
    whole = gamma(1 + 1 / shape)
    gradient = np.array([whole, -scale * whole * digamma(1 + 1 / shape) / shape**2])
    assert found.value == pytest.approx(scale * whole, rel=1e-12)
    error = np.sqrt(gradient @ fit.covariance() @ gradient)
    assert found.std_error == pytest.approx(error, rel=1e-10)


def test_a_quantity_of_one_parameter_of_what_is_fixed_and_of_nothing():
    fit = ml.fit(ml.Gamma(shape=4), WAITS)
    itself = fit.quantity(lambda p: p["mean"])
    assert itself.std_error == pytest.approx(fit.standard_errors["mean"], rel=1e-12)
    deviation = fit.quantity(lambda p: p["mean"] / np.sqrt(p["shape"]))
    assert deviation.std_error == pytest.approx(itself.std_error / 2, rel=1e-12)
    assert fit.quantity(lambda p: 3.0) == ml.Quantity(3.0, 0.0)
    assert fit.quantity(lambda p: p["shape"]).std_error == 0.0


def test_a_quantity_of_a_parameter_on_an_edge_has_no_error():
    fit = ml.fit("student_t", LIGHT)
    assert np.isnan(fit.quantity(lambda p: 1.0 / p["df"]).std_error)
    scale = fit.quantity(lambda p: 2.0 * p["sigma"])
    assert scale.std_error == pytest.approx(2 * fit.standard_errors["sigma"], rel=1e-12)


def test_a_misspelt_parameter_of_a_quantity():
    with pytest.raises(ml.ModelError, match=r"no parameter 'maen'; did you mean 'mean'\?"):
        ml.fit("gamma", WAITS).quantity(lambda p: p["maen"])


# Criteria.


def test_aic_and_bic_are_their_definitions():
    fit = ml.fit("gamma", WAITS)
    assert fit.aic == pytest.approx(2 * 2 - 2 * fit.loglik, rel=1e-15)
    assert fit.bic == pytest.approx(2 * np.log(6) - 2 * fit.loglik, rel=1e-15)
    one = ml.fit(ml.Gamma(shape=2), WAITS)
    assert (one.df, fit.df) == (1, 2)
    assert one.aic == pytest.approx(2 - 2 * one.loglik, rel=1e-15)


def test_criteria_of_counts_are_those_of_r():
    fit = ml.fit("poisson", COUNTS)
    assert fit.aic == pytest.approx(R["poisson_three", "aic"], rel=1e-12)
    assert fit.bic == pytest.approx(R["poisson_three", "bic"], rel=1e-12)


def test_log_likelihood_anywhere():
    fit = ml.fit("gamma", WAITS)
    assert fit.log_likelihood() == pytest.approx(fit.loglik, rel=1e-14)
    there = fit.log_likelihood(shape=1.0, mean=2.0)
    assert there == pytest.approx(-6 * np.log(2.0) - WAITS.sum() / 2, rel=1e-12)
    with pytest.raises(ml.ModelError, match=r"did you mean 'mean'\?"):
        fit.log_likelihood(maen=1.0)


@pytest.mark.parametrize("seed", [0, 4, 9])
def test_observed_errors_of_a_power_law_of_two_to_four_are_those_of_its_curvature(seed):
    """From shape 2 on the second derivative in mu is finite, so it is what is observed."""
    y = ml.GeneralizedNormal().at(mu=1.0, scale=2.0, shape=2.3).sample(300, seed=seed)
    fit = ml.fit("generalized_normal", y)
    names, at = list(fit.params), np.array(list(fit.params.values()))
    assert 2.0 < fit.params["shape"] < 4.0
    steps = 1e-4 * np.eye(3)
    value = {
        (i, j): sum(
            a
            * b
            * fit.log_likelihood(dict(zip(names, at + a * steps[i] + b * steps[j], strict=True)))
            for a in (1, -1)
            for b in (1, -1)
        )
        for i in range(3)
        for j in range(3)
    }
    curvature = -np.array([[value[i, j] for j in range(3)] for i in range(3)]) / 4e-8
    np.testing.assert_allclose(
        list(fit.standard_errors.values()), np.sqrt(np.diag(np.linalg.inv(curvature))), rtol=5e-4
    )
