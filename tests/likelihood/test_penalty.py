"""Firth, Ridge and Lasso against R (brglm2 0.8.2, glmnet 4.1-6) and hand algebra.

R's numbers: `glm(..., method = "brglmFit", type = "MPL_Jeffreys", epsilon = 1e-12)` and
`glmnet(X, y, family = "poisson", lambda = strength / n, standardize = FALSE, thresh = 1e-20)`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.special import expit

import mostlikely as ml
from tests.reference.small import ENDOMETRIAL, SWISS

FORMULA = "HG ~ NV + PI + EH"
TERMS = "Agriculture + Examination + Education + Catholic + Q('Infant.Mortality')"


def numbers(fit: ml.Fit) -> np.ndarray:
    return np.array(list(fit.params.values()))


def firth(**more: Any) -> ml.Fit:
    return ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL, penalty=ml.Firth(), **more)


# Firth.


def test_firth_gives_what_brglm2_gives_where_the_rows_are_separated():
    assert ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL).verdict.kind == "separation"
    fit = firth()
    assert fit.verdict.ok
    r = [3.77455971364702814, 2.92927335319709403, -0.03475175987043384, -2.60416392529365481]
    np.testing.assert_allclose(numbers(fit), r, rtol=1e-8)
    errors = [1.48869166343565484, 1.55076372945303875, 0.03957814734776308, 0.77601764250156102]
    np.testing.assert_allclose(list(fit.standard_errors.values()), errors, rtol=1e-7)
    assert fit.loglik == pytest.approx(-28.28769732552098, abs=1e-8)


def test_firth_of_a_probit_is_the_penalty_of_jeffreys():
    model = ml.Bernoulli(p=ml.linear(FORMULA, link="probit"))
    fit = ml.fit(model, ENDOMETRIAL, penalty=ml.Firth())
    r = [1.9582556221703711, 1.7425826388607055, -0.0157374342562291, -1.4048914395957188]
    np.testing.assert_allclose(numbers(fit), r, rtol=1e-7)
    errors = [0.79827932286431980, 0.79087275474592089, 0.02123256520994148, 0.40807109746327974]
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance("expected"))), errors, rtol=1e-6)


def test_firth_of_a_poisson_regression():
    model = ml.Poisson("y ~ Agriculture + Examination + Education")
    fit = ml.fit(model, SWISS, penalty=ml.Firth())
    r = [4.681001431947115599, -0.002635349793490282, -0.010716556975723398, -0.011872973881615951]
    np.testing.assert_allclose(numbers(fit), r, rtol=1e-9)


def test_firth_of_a_proportion_adds_half_a_success_and_half_a_failure():
    fit = ml.fit("bernoulli", [0] * 10, penalty=ml.Firth())
    assert fit.params["p"] == pytest.approx(0.5 / 11.0, rel=1e-8)


def test_firth_of_two_parameters_maximises_the_likelihood_times_jeffreys_prior():
    # in the coordinates (mu, log σ): |I| ∝ σ⁻², so σ̂² = Σ (y − ȳ)²/(n + 1)
    y = np.array([2.1, 1.9, 2.0, 2.3, 1.8])
    fit = ml.fit("normal", y, penalty=ml.Firth())
    assert fit.params["mu"] == pytest.approx(2.02, rel=1e-12)
    expected = np.sqrt(np.sum((y - 2.02) ** 2) / 6.0)
    assert fit.params["sigma"] == pytest.approx(expected, rel=1e-7)


def test_profile_intervals_under_firth_are_of_the_penalised_likelihood():
    fit = firth()
    low, high = fit.interval(("p", "NV"), method="profile")
    p = fit.test("NV = 0")
    assert p.statistic > 0.0

    def height(value: float) -> float:
        return -0.5 * fit.test({("p", "NV"): value}).statistic

    for end in (low, high):
        assert height(end) == pytest.approx(-0.5 * 3.841458820694124, abs=1e-6)


def test_firth_refuses_families_whose_information_is_no_formula():
    with pytest.raises(ml.ModelError, match="Firth needs the expected information of SkewNormal"):
        ml.fit(
            ml.SkewNormal("y ~ x"),
            {"x": np.arange(5.0), "y": np.arange(5.0)[::-1] ** 2},
            penalty=ml.Firth(),
        )


# Ridge.


@pytest.mark.parametrize(
    ("strength", "expected"),
    [
        (2000, [4.233504548284829, -0.002439923540027556, -0.003643152473739959,
                -0.0142119587535457, 0.001353873511025569, 0.014462903148160278]),
        (500, [4.217967957407441, -0.002437670822398247, -0.003586884304011259,
               -0.014326010879973193, 0.001346063471926778, 0.015257820118202996]),
    ],
)  # fmt: skip
def test_ridge_gives_what_glmnet_gives(strength, expected):
    fit = ml.fit(ml.Poisson(f"y ~ {TERMS}"), SWISS, penalty=ml.Ridge(strength))
    np.testing.assert_allclose(numbers(fit), expected, rtol=2e-4)  # glmnet's own accuracy
    # and the slope of what is maximised is zero, by hand
    x = np.column_stack([np.ones(47), *(SWISS[k] for k in list(SWISS)[1:])])
    beta = numbers(fit)
    slope = x.T @ (SWISS["y"] - np.exp(x @ beta)) - strength * beta * (np.arange(6) > 0)
    assert np.abs(slope).max() < 1e-7


def test_ridge_errors_are_the_curvature_of_what_was_maximised():
    x, y = np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 1.0, 1.0])
    fit = ml.fit(ml.Bernoulli("y ~ x"), {"x": x, "y": y}, penalty=ml.Ridge(0.7))
    design = np.column_stack([np.ones(4), x])
    p = expit(design @ numbers(fit))
    curvature = design.T @ (design * (p * (1 - p))[:, None]) + np.diag([0.0, 0.7])
    np.testing.assert_allclose(fit.covariance(), np.linalg.inv(curvature), rtol=1e-8)
    own = curvature - np.diag([0.0, 0.7])
    assert fit.df == pytest.approx(np.trace(own @ np.linalg.inv(curvature)), rel=1e-8)


def test_ridge_has_one_answer_where_columns_are_dependent_or_more_than_rows():
    rng = np.random.default_rng(3)
    x = rng.standard_normal((10, 25))
    y = x[:, 0] + rng.standard_normal(10)
    fit = ml.fit(ml.Normal(sigma=1.0), X=x, y=y, penalty=ml.Ridge(2.0))
    assert fit.verdict.ok
    centred = x - x.mean(0)
    beta = np.linalg.solve(centred.T @ centred + 2.0 * np.eye(25), centred.T @ (y - y.mean()))
    np.testing.assert_allclose(numbers(fit)[1:], beta, rtol=1e-8, atol=1e-10)


def test_columns_that_are_constant_are_not_drawn_to_zero():
    x = np.column_stack([np.full(6, 3.0), np.arange(6.0)])
    y = 10.0 + np.array([0.1, 1.2, 1.9, 3.1, 4.2, 4.8])
    fit = ml.fit(ml.Normal(sigma=1.0), X=x, y=y, penalty=ml.Ridge(1e9))
    assert 3.0 * fit.params["mu", "x1"] == pytest.approx(y.mean(), rel=1e-6)


# Lasso.


@pytest.mark.parametrize("family", ["poisson", "normal", "bernoulli"])
@pytest.mark.parametrize("strength", [0.5, 5.0, 20.0, 1e4])
def test_the_lasso_meets_the_conditions_of_its_maximum(family, strength):
    rng = np.random.default_rng(1)
    x = rng.standard_normal((80, 12))
    eta = 0.3 + x[:, :3] @ np.array([0.8, -0.5, 0.2])
    y = {
        "poisson": rng.poisson(np.exp(eta)),
        "normal": eta + rng.standard_normal(80),
        "bernoulli": (rng.random(80) < expit(eta)) * 1.0,
    }[family]
    model = ml.Normal(sigma=1.0) if family == "normal" else family
    fit = ml.fit(model, X=x, y=y, penalty=ml.Lasso(strength))
    assert fit.verdict.ok
    beta = numbers(fit)
    at = beta[0] + x @ beta[1:]
    mean = {"poisson": np.exp, "normal": lambda v: v, "bernoulli": expit}[family](at)
    slope = x.T @ (y - mean)
    zero = beta[1:] == 0.0
    assert abs(np.sum(y - mean)) < 1e-6
    assert np.all(np.abs(slope[zero]) <= strength * (1 + 1e-9))
    np.testing.assert_allclose(slope[~zero], strength * np.sign(beta[1:][~zero]), rtol=1e-6)
    assert fit.df == 1 + np.sum(~zero)


def test_a_coefficient_that_should_not_be_zero_comes_back():
    """The quadratic model at the start leaves out a column whose slope exceeds λ at the end."""
    rng = np.random.default_rng(5)
    x = rng.standard_normal((60, 8))
    x[:, 1] = 0.9 * x[:, 0] + 0.4 * x[:, 1]
    x[:, 3] = 0.8 * x[:, 2] - 0.5 * x[:, 0] + 0.3 * x[:, 3]
    y = rng.poisson(np.exp(0.5 + 1.2 * x[:, 0] - 0.9 * x[:, 2]))
    beta = numbers(ml.fit("poisson", X=x, y=y, penalty=ml.Lasso(2.0)))
    slope = x.T @ (y - np.exp(beta[0] + x @ beta[1:]))
    zero = beta[1:] == 0.0
    assert zero.any() and np.all(np.abs(slope[zero]) <= 2.0 * (1.0 + 1e-9))
    np.testing.assert_allclose(slope[~zero], 2.0 * np.sign(beta[1:][~zero]), rtol=1e-6)


def test_the_lasso_gives_what_glmnet_gives():
    fit = ml.fit(ml.Poisson(f"y ~ {TERMS}"), SWISS, penalty=ml.Lasso(20.0))
    r = [4.220324162037841553, -0.002398517463050710, -0.003365046254922257,
         -0.014336704998784994, 0.001362938110661844, 0.014835989526442996]  # fmt: skip
    np.testing.assert_allclose(numbers(fit), r, rtol=2e-4)


def test_a_spread_is_estimated_beside_the_lasso():
    rng = np.random.default_rng(5)
    x = rng.standard_normal((60, 4))
    y = x[:, 0] + rng.standard_normal(60)
    fit = ml.fit(ml.Normal(), X=x, y=y, penalty=ml.Lasso(3.0))
    beta = numbers(fit)
    rest = y - beta[0] - x @ beta[1:5]
    assert fit.params["sigma"] == pytest.approx(np.sqrt(np.mean(rest**2)), rel=1e-8)


# What is said.


@pytest.mark.parametrize("penalty", [ml.Firth(), ml.Ridge(1.0), ml.Lasso(1.0)])
def test_every_summary_says_that_there_is_a_penalty(penalty, tmp_path):
    fit = ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL, penalty=penalty)
    assert f"Penalised, {penalty!r}" in fit.summary()
    assert repr(penalty) in str(fit.verdict)
    assert "nan" not in fit.summary().lower()
    fit.save(tmp_path / "fit.json")
    loaded = ml.load(tmp_path / "fit.json")
    assert loaded.penalty == penalty
    assert loaded.summary() == fit.summary()


@pytest.mark.parametrize("penalty", [ml.Ridge(1.0), ml.Lasso(1.0)])
def test_shrunken_estimates_have_no_likelihood_ratios(penalty):
    fit = ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL, penalty=penalty)
    with pytest.raises(ml.ModelError, match="not chi-square"):
        fit.interval(method="profile")
    with pytest.raises(ml.ModelError, match="not chi-square"):
        fit.test("NV = 0")
    with pytest.raises(ml.ModelError, match="likelihood ratio"):
        ml.anova(fit, ml.fit(ml.Bernoulli("HG ~ PI"), ENDOMETRIAL))


@pytest.mark.parametrize(
    ("penalty", "words"),
    [
        (lambda: ml.Ridge(-1.0), "zero or more and finite; got -1.0"),
        (lambda: ml.Lasso(float("nan")), "zero or more and finite; got nan"),
        (lambda: ml.Ridge("2"), "got '2'"),
        (lambda: "firth", "one of ml.Firth"),
    ],
)
def test_a_penalty_that_is_none_is_refused(penalty, words):
    with pytest.raises(ml.ModelError, match=words):
        ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL, penalty=penalty())


def test_a_model_without_predictors_has_nothing_to_draw_to_zero():
    with pytest.raises(ml.ModelError, match="this model has no predictor"):
        ml.fit("normal", [1.0, 2.0, 3.0], penalty=ml.Ridge(1.0))


@pytest.mark.parametrize("penalty", [ml.Firth(), ml.Ridge(50.0), ml.Lasso(1.0)])
def test_a_penalty_is_never_passed_over(penalty):
    rows = {
        "x": [0.1, 0.5, 0.9, 1.4],
        "n": [1, 2, 2, 4],
        "b": [0, 1, 0, 1],
        "w": [1.0, 2.0, 3.0, 1.0],
    }
    joint = ml.joint(ml.Poisson("n ~ x"), ml.Bernoulli("b ~ x"), shared=["x"])
    fit = ml.fit(joint, rows, penalty=penalty)
    assert fit.penalty == penalty
    assert fit.params["x"] != pytest.approx(ml.fit(joint, rows).params["x"], rel=1e-3)
    with pytest.raises(ml.ModelError, match=r"one of ml\.Firth"):
        ml.fit(joint, rows, penalty="firth")
    with pytest.raises(ml.ModelError, match="no dispersion that a precision weight could scale"):
        ml.fit(ml.Bernoulli("b ~ x"), rows, weights="w", weight_kind="precision", penalty=penalty)


def test_ridge_counts_in_the_expected_information_too():
    fit = ml.fit(ml.Poisson("y ~ Agriculture + Examination"), SWISS, penalty=ml.Ridge(30.0))
    # of a Poisson on its log link the observed information is the expected one
    np.testing.assert_allclose(fit.covariance("expected"), fit.covariance(), rtol=1e-8)


@pytest.mark.parametrize("method", ["wald", "lr", "score"])
@pytest.mark.parametrize("penalty", [ml.Ridge(1.0), ml.Lasso(1.0)])
def test_estimates_that_are_drawn_have_no_p_values(penalty, method):
    fit = ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL, penalty=penalty)
    with pytest.raises(ml.ModelError, match="not chi-square"):
        fit.test("NV = 0", method=method)


def test_effects_under_a_penalty_have_errors_or_say_that_there_are_none():
    ridge = ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL, penalty=ml.Ridge(1.0)).marginal_effects()
    assert all(row["p_value"] is None and row["std_error"] > 0.0 for row in ridge.records())
    lasso = ml.fit(ml.Bernoulli(FORMULA), ENDOMETRIAL, penalty=ml.Lasso(1.0))
    with pytest.raises(ml.ModelError, match="has no standard error"):
        lasso.marginal_effects()
    with pytest.raises(ml.ModelError, match="no standard error holds, so there is no interval"):
        lasso.interval()


def test_a_comparison_tells_formulas_and_penalties_apart():
    small, large = ml.Poisson("y ~ Education"), ml.Poisson("y ~ Education + Catholic")
    shrunk = ml.fit(large, SWISS, penalty=ml.Ridge(1e5))
    table = ml.fit(small, SWISS).compare(ml.fit(large, SWISS), shrunk)
    names = [row["model"] for row in table.records()]
    assert len(set(names)) == 3
    assert "Poisson: log(mean) ~ Education + Catholic with Ridge(100000)" in names
    assert not float(f"{shrunk.df:.2f}").is_integer()
    assert f"{shrunk.df:.2f}" in str(table)
    assert f"{shrunk.df!r}" not in str(table)
