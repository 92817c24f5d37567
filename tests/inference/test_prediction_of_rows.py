"""Predictions of rows, of models with predictors and without, inside and on a boundary."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml


def test_rows_of_the_fit_are_predicted_as_the_same_rows_given_again(quasi):
    for model in (ml.Bernoulli("s ~ x"), ml.Bernoulli("s ~ x + g"), ml.Normal("x ~ g")):
        fit = ml.fit(model, quasi)
        own, again = fit.predict(), fit.predict(quasi)
        assert np.isfinite(own.std_error).all()
        np.testing.assert_allclose(own.value, again.value, rtol=1e-12)
        np.testing.assert_allclose(own.std_error, again.std_error, rtol=1e-9, atol=1e-12)


# Where all rows are alike.

COUNTS = [3, 5, 1, 7, 2, 4]
LABELS = list("abbcacbb")


@pytest.mark.parametrize(
    ("plain", "formula", "y"),
    [
        (ml.Poisson(), ml.Poisson("y ~ 1"), COUNTS),
        (ml.Gamma(), ml.Gamma("y ~ 1", shape="~ 1"), COUNTS),
        (ml.Gamma(shape=2.0), ml.Gamma("y ~ 1", shape=2.0), COUNTS),
        (ml.Gamma(), ml.joint(ml.Gamma()), COUNTS),
        (ml.Categorical(), ml.Categorical("y ~ 1"), LABELS),
        (ml.Ordinal(levels="abc"), ml.Ordinal("y ~ 1", levels="abc"), LABELS),
        (ml.Bernoulli(), ml.Bernoulli("y ~ 1"), [0] * 10),
    ],
    ids=repr,
)
def test_an_intercept_alone_is_a_sample(plain, formula, y, tmp_path):
    one, other = ml.fit(plain, y), ml.fit(formula, {"y": y}, "y")
    assert not one.has_predictors and not other.has_predictors
    law = one.distribution
    other.save(tmp_path / "fit.json")
    for found in (other, ml.load(tmp_path / "fit.json")):
        assert not found.has_predictors
        assert list(found.distribution.values) == list(law.values)
        values = list(found.distribution.values.values())
        np.testing.assert_allclose(values, list(law.values.values()), rtol=1e-9, atol=1e-12)
    what = "probability" if one.model.labels else "mean"
    for data, rows in ((None, len(y)), ({"z": [1, 2]}, 2), (np.zeros(3), 3)):
        here, there = one.predict(data, what), other.predict(data, what)
        assert len(here) == len(there) == rows
        np.testing.assert_allclose(here.value, there.value, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(here.std_error, there.std_error, rtol=1e-6, atol=1e-12)
    assert other.sample(3, seed=1).tolist() == one.sample(3, seed=1).tolist()


def test_the_mean_of_a_sample_has_its_error():
    prediction = ml.fit("poisson", COUNTS).predict()
    np.testing.assert_allclose(prediction.value, np.mean(COUNTS), rtol=1e-12)
    np.testing.assert_allclose(prediction.std_error, np.sqrt(np.mean(COUNTS) / 6), rtol=1e-9)


def test_shares_of_labels_have_their_errors():
    prediction = ml.fit("categorical", LABELS).predict(what="probability")
    shares = np.array([0.25, 0.5, 0.25])
    np.testing.assert_allclose(prediction.value, np.tile(shares, (8, 1)), rtol=1e-9)
    errors = np.sqrt(shares * (1.0 - shares) / 8.0)  # of a share of 8 rows
    np.testing.assert_allclose(prediction.std_error, np.tile(errors, (8, 1)), rtol=1e-9)


def test_only_rows_that_were_kept_are_predicted():
    fit = ml.fit("poisson", [3.0, np.nan, 1.0, 7.0], missing="drop")
    assert len(fit.predict()) == len(fit.residuals()) == 3


def test_a_sample_has_no_column_to_ask_for_a_probability_at():
    with pytest.raises(ml.ModelError, match="'limit' is the name of a column"):
        ml.fit("poisson", COUNTS).predict(what="cdf", at="limit")
    with pytest.raises(ml.DataError, match="only their number counts"):
        ml.fit("poisson", COUNTS).predict(np.array(5.0))


def test_each_row_of_a_regression_has_a_distribution_of_its_own(quasi):
    fit = ml.fit(ml.Normal("x ~ s"), quasi)
    assert fit.has_predictors
    with pytest.raises(ml.ModelError, match="a distribution of its own"):
        _ = fit.distribution
    with pytest.raises(ml.ModelError, match="follows no column"):
        ml.fit(ml.Normal("x ~ 1"), quasi).marginal_effects()


def test_members_predict_each_for_itself(quasi):
    both = ml.joint(ml.Normal("x ~ g"), ml.Bernoulli("s ~ x"))
    fit = ml.fit(both, quasi)
    alone = ml.fit(ml.Bernoulli("s ~ x"), quasi)
    prediction = fit.predict(member=1)
    np.testing.assert_allclose(prediction.value, alone.predict().value, rtol=1e-7)
    np.testing.assert_allclose(prediction.std_error, alone.predict().std_error, rtol=1e-6)
    one, other = fit.marginal_effects(member=1)["x"], alone.marginal_effects()["x"]
    assert (one.value, one.std_error) == pytest.approx((other.value, other.std_error), rel=1e-6)
    with pytest.raises(ml.ModelError, match="no one response"):
        fit.residuals()


# On a boundary.


@pytest.fixture
def even():
    """Counts that vary less than Poisson's."""
    x = np.linspace(0.0, 1.0, 40)
    return {"x": x, "y": np.round(np.exp(1.0 + 0.5 * x))}


@pytest.mark.parametrize("formula", ["y ~ x", "y ~ 1"])
def test_on_a_boundary_rows_have_the_distribution_of_the_simpler_model(even, formula):
    fit = ml.fit(ml.NegativeBinomial(formula), even)
    simple = ml.fit(ml.Poisson(formula), even)
    assert fit.verdict.kind == "boundary" and fit.params["size"] == np.inf
    for options in ({}, {"what": "quantile", "q": 0.9}, {"what": "cdf", "at": 3}):
        for data in (None, {"x": [0.2, 0.9]}):
            one, other = fit.predict(data, **options), simple.predict(data, **options)
            np.testing.assert_allclose(one.value, other.value, rtol=1e-7)
            np.testing.assert_allclose(one.std_error, other.std_error, rtol=1e-6)
    for data in (None, {"x": [0.2, 0.9]}):
        ends, mean = fit.predict(data).prediction_interval(), simple.predict(data).value
        np.testing.assert_array_equal(ends, [stats.poisson.ppf(q, mean) for q in (0.025, 0.975)])
    np.testing.assert_allclose(fit.residuals(), simple.residuals(), atol=1e-6)


def test_on_a_boundary_with_other_parameters_quantiles_are_those_of_the_simpler_model(rng):
    x = np.linspace(0.0, 1.0, 60)
    y = 1.0 + x + rng.uniform(-1.0, 1.0, 60)  # tails are lighter than normal ones
    fit, simple = (ml.fit(f("y ~ x"), {"x": x, "y": y}) for f in (ml.StudentT, ml.Normal))
    assert fit.verdict.kind == "boundary"
    one, other = (f.predict({"x": [0.5]}, "quantile", q=0.9) for f in (fit, simple))
    np.testing.assert_allclose(one.value, other.value, rtol=1e-6)
    np.testing.assert_allclose(one.std_error, other.std_error, rtol=1e-5)
