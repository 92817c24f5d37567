"""Every kind of verdict is reached on data built for it, and says what it should."""

from importlib import import_module

import numpy as np
import pytest
from scipy.special import ndtri

import mostlikely as ml

NORMAL_SCORES = ndtri((np.arange(200) + 0.5) / 200)  # lighter tails than any Student-t's


def test_interior():
    fit = ml.fit("gamma", [0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
    assert (fit.verdict.kind, fit.verdict.ok) == ("interior", True)
    assert fit.verdict.decrement < 1e-12


def test_student_t_to_normal_is_a_boundary():
    fit, normal = ml.fit("student_t", NORMAL_SCORES), ml.fit("normal", NORMAL_SCORES)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert "Normal" in str(fit.verdict)
    assert fit.params["df"] == np.inf
    assert fit.loglik == pytest.approx(normal.loglik, rel=1e-14)
    for name in ("mu", "sigma"):
        assert fit.params[name] == pytest.approx(normal.params[name], abs=1e-12)
        assert fit.standard_errors[name] == pytest.approx(normal.standard_errors[name], rel=1e-9)
    assert np.isnan(fit.standard_errors["df"])
    low, high = fit.interval("df", method="profile")
    assert 2 < low < 50
    assert high == np.inf
    beyond = ml.fit(ml.StudentT(df=low), NORMAL_SCORES)
    assert 2 * (fit.loglik - beyond.loglik) == pytest.approx(3.841458820694124, rel=1e-6)


def test_negative_binomial_to_poisson_is_a_boundary():
    y = [2, 3, 3, 2, 3, 4, 3, 2, 3, 3, 4, 3]
    fit, poisson = ml.fit("negative_binomial", y), ml.fit("poisson", y)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert "Poisson" in str(fit.verdict)
    assert fit.loglik == pytest.approx(poisson.loglik, rel=1e-14)
    assert fit.params["mean"] == pytest.approx(np.mean(y), rel=1e-12)
    assert fit.params["size"] == np.inf


def test_burr_to_pareto_is_a_boundary_and_not_a_converged_fit():
    y = np.exp(np.linspace(0, 4, 300) ** 1.3 / 4)  # begins at exactly one, as the Danish claims do
    fit, pareto = ml.fit("burr12", y), ml.fit("pareto", y)
    assert fit.verdict.kind in ("boundary", "no maximum", "interior")
    if fit.verdict.kind == "interior":
        assert fit.loglik > pareto.loglik


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (ml.Normal(), [3.0] * 5),
        (ml.Normal(), [3.0]),
        (ml.StudentT(), [3.0] * 5),
        (ml.Cauchy(), [3.0] * 5),
        (ml.Laplace(), [3.0] * 5),
        (ml.Gamma(), [3.0] * 5),
        (ml.Weibull(), [3.0] * 5),
        (ml.LogNormal(), [3.0] * 5),
        (ml.Beta(), [0.3] * 5),
        (ml.Uniform(), [3.0] * 5),
        (ml.Cauchy(), [1.0, 1.0, 1.0, 1.0, 2.0]),
    ],
    ids=lambda x: repr(x) if isinstance(x, ml.Family) else f"{len(x)} of {x[0]}",
)
def test_no_finite_maximum(model, y):
    fit = ml.fit(model, y)
    assert (fit.verdict.kind, fit.verdict.ok) == ("no maximum", False)
    assert "without bound" in str(fit.verdict)
    assert fit.loglik == np.inf
    assert all(np.isnan(e) for e in fit.standard_errors.values())


def test_a_constant_sample_is_no_trouble_for_a_family_without_spread():
    fit = ml.fit("exponential", [3.0] * 5)
    assert fit.verdict.kind == "interior"
    assert fit.params["mean"] == pytest.approx(3.0)


def test_shifted_weibull_is_unbounded_and_says_so():
    y = np.random.default_rng(5).weibull(0.7, 40)
    fit = ml.fit(ml.Shifted(ml.Weibull()), y)
    assert "without bound" in str(fit.verdict) or "unbounded" in str(fit.verdict)


def test_shifted_lognormal_finds_the_interior_local_maximum_and_says_so():
    """Hill 1963's three-parameter lognormal on Lieblein and Zelen's bearings; optimum from R."""
    y = [17.88, 28.92, 33, 41.52, 42.12, 45.6, 48.48, 51.84, 51.96, 54.12, 55.56, 67.8, 68.64]
    y += [68.64, 68.88, 84.12, 93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.4]
    fit = ml.fit(ml.Shifted(ml.LogNormal()), y)
    assert (fit.verdict.kind, fit.verdict.ok) == ("interior", True)
    assert "unbounded" in str(fit.verdict)
    assert fit.params["shift"] == pytest.approx(-10.517085212802558, abs=28.6 * 1e-6)
    assert fit.loglik == pytest.approx(-113.01979931620427, abs=1e-8)


def test_not_identified():
    fit = ml.fit(ml.BetaBinomial(n=1), [0, 1, 1, 0, 1])  # one trial cannot show overdispersion
    assert (fit.verdict.kind, fit.verdict.ok) == ("not identified", False)
    assert "precision" in fit.verdict.parameters


def test_ran_out():
    y = np.random.default_rng(1).standard_t(3, 100)
    fit = ml.fit("student_t", y, max_steps=2)
    assert (fit.verdict.kind, fit.verdict.ok) == ("ran out", False)
    assert "max_steps" in str(fit.verdict)


def test_a_local_maximum_under_an_unbounded_likelihood_says_so():
    y = np.random.default_rng(1).standard_t(3, 100)
    fit = ml.fit("student_t", y)
    assert fit.verdict.kind == "interior"
    assert "unbounded" in str(fit.verdict)


def test_two_clusters_give_a_cauchy_of_known_scale_two_maxima():
    y = [-10.2, -10, -9.9, -9.7, 9.8, 10, 10.1, 10.3, 10.6]
    fit = ml.fit(ml.Cauchy(scale=0.3), y)
    assert fit.params["mu"] == pytest.approx(10.106942984914204, abs=1e-5)  # R's optimize
    assert "local maxim" in str(fit.verdict)


def test_all_angles_alike_leave_no_direction():
    fit = ml.fit("von_mises", np.arange(8) * np.pi / 4)
    assert fit.verdict.kind == "boundary"
    assert fit.params["kappa"] == 0.0


@pytest.mark.parametrize("c", [1e-9, 1e9])
@pytest.mark.parametrize("model", ["student_t", "gamma", "weibull", "gev"])
def test_units_change_nothing_but_the_units(model, c):
    y = np.random.default_rng(2).gamma(3.0, 2.0, 200)
    here, there = ml.fit(model, y), ml.fit(model, c * y)
    assert there.verdict.kind == here.verdict.kind
    for name, param in here.model.parameters.items():
        factor = c**param.unit
        error = here.standard_errors[name]
        assert there.params[name] / factor == pytest.approx(here.params[name], abs=1e-6 * error)
        assert there.standard_errors[name] / factor == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("model", ["weibull", "student_t", "gumbel", "logistic"])
def test_a_large_sample_ends_where_a_climb_to_the_last_digit_does(model, monkeypatch):
    """The last look at a large sample is at its score alone."""
    y = np.random.default_rng(6).gamma(3.0, 2.0, 60_000)
    quick = ml.fit(model, y)
    monkeypatch.setattr(import_module("mostlikely.solve.climb"), "EXPENSIVE", 10**9)
    slow = ml.fit(model, y)
    assert quick.loglik == pytest.approx(slow.loglik, rel=1e-12)
    for name, error in slow.standard_errors.items():
        assert quick.params[name] == pytest.approx(slow.params[name], abs=1e-5 * error)
        assert quick.standard_errors[name] == pytest.approx(error, rel=1e-3)
