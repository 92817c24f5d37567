"""Tests of hypotheses about coefficients: of other programs, of two fits, of a quadratic form."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from tests.inference.twelve_rows import SMALL, T


def test_wald_and_score_statistics_are_statsmodels():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    # sm.GLM(...).fit().wald_test([[0, 1]])
    wald = fit.test("t = 0", "wald")
    assert (wald.statistic, wald.df) == (pytest.approx(24.527684319319803, rel=1e-6), 1)
    assert wald.p_value == pytest.approx(7.324978125420028e-07, rel=1e-5)
    # sm.GLM(EVENTS, ones, family=sm.families.Poisson()).fit().score_test(exog_extra=T)
    score = fit.test("t = 0", "score")
    assert score.statistic == pytest.approx(26.35612535612534, rel=1e-6)


@pytest.mark.parametrize(
    ("larger", "smaller", "hypothesis", "df"),
    [
        (ml.Poisson("events ~ t"), ml.Poisson("events ~ 1"), "t = 0", 1),
        (ml.Normal("v ~ t + log_size"), ml.Normal("v ~ t"), "log_size = 0", 1),
        (ml.Normal("v ~ t + C(group)"), ml.Normal("v ~ t"), None, 3),
        (ml.Normal("v ~ t", "~ t"), ml.Normal("v ~ t"), {("sigma", "t"): 0.0}, 1),
        (ml.Gamma("v ~ t"), ml.Gamma("v ~ 1"), {"t": 0.0}, 1),
        (ml.Gamma("v ~ t"), ml.Gamma("v ~ t", shape=1.0), {"shape": 1.0}, 1),
    ],
    ids=str,
)
def test_a_likelihood_ratio_is_that_of_the_two_fits(larger, smaller, hypothesis, df):
    fit, less = ml.fit(larger, SMALL), ml.fit(smaller, SMALL)
    if hypothesis is None:
        hypothesis = ", ".join(f"C(group)[T.{k}] = 0" for k in (1, 2, 3))
    found = fit.test(hypothesis)
    assert found.df == df
    assert found.statistic == pytest.approx(2.0 * (fit.loglik - less.loglik), abs=1e-7)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, df), rel=1e-9)
    other = ml.anova(less, fit)
    assert other.statistic == pytest.approx(found.statistic, abs=1e-7)


def test_equations_may_be_about_several_coefficients():
    """t = log_size is the model in which one column is their sum; t = 0.5 is an offset."""
    fit = ml.fit(ml.Normal("v ~ t + log_size"), SMALL)
    total = {**SMALL, "both": T + np.log(T)}
    less = ml.fit(ml.Normal("v ~ both"), total)
    ratio = 2.0 * (fit.loglik - less.loglik)
    assert fit.test("t = log_size").statistic == pytest.approx(ratio, abs=1e-7)
    assert fit.test("2*t - 2*log_size = 0").statistic == pytest.approx(ratio, abs=1e-7)
    assert fit.test("mu[t] = mu[log_size]").statistic == pytest.approx(ratio, abs=1e-7)
    less = ml.fit(ml.Normal("v ~ log_size"), SMALL, offset=0.5 * T)
    ratio = 2.0 * (fit.loglik - less.loglik)
    assert fit.test("t = 0.5").statistic == pytest.approx(ratio, abs=1e-7)
    assert fit.test({"t": 0.5}).statistic == pytest.approx(ratio, abs=1e-7)


def test_a_wald_statistic_is_a_quadratic_form():
    fit = ml.fit(ml.Normal("v ~ t + log_size"), SMALL)
    rows = np.array([[0, 1, -1, 0], [1, 0, 0, 0]])
    away = rows @ np.array(list(fit.params.values())) - [0.25, 1.0]
    expected = away @ np.linalg.solve(rows @ fit.covariance() @ rows.T, away)
    found = fit.test("t - log_size = 1/4, Intercept = 1", "wald")
    assert (found.df, found.statistic) == (2, pytest.approx(expected, rel=1e-9))


@pytest.mark.parametrize(
    ("hypothesis", "said"),
    [
        ("tt = 0", "'t'"),
        ("t == ", "cannot be read"),
        ("t * log_size = 0", "cannot be read"),
        ("1 = 1", "names no parameter"),
        ({"tt": 0.0}, "there is no parameter 'tt'"),
    ],
)
def test_hypotheses_that_make_no_sense_are_refused(hypothesis, said):
    fit = ml.fit(ml.Normal("v ~ t + log_size"), SMALL)
    with pytest.raises(ml.ModelError, match=said):
        fit.test(hypothesis)


def test_a_term_of_two_parameters_must_be_told_apart():
    fit = ml.fit(ml.Normal("v ~ t", "~ t"), SMALL)
    for ask in (lambda: fit.test("t = 0"), lambda: fit.interval("t")):
        with pytest.raises(ml.ModelError, match="several parameters have a term 't'"):
            ask()
    assert fit.test("sigma[t] = 0").df == 1


def test_an_interval_by_profile_is_where_the_likelihood_ratio_is():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    for end in fit.interval("t", method="profile"):
        assert fit.test({"t": end}).p_value == pytest.approx(0.05, rel=1e-4)
    low, high = fit.interval("t")
    assert high - low == pytest.approx(2 * 1.959963984540054 * 0.0358265729301159, rel=1e-6)


def test_equations_that_contradict_each_other_are_refused():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    for method in ("lr", "wald", "score"):
        with pytest.raises(ml.ModelError):
            fit.test("t = 0, t = 1", method)
