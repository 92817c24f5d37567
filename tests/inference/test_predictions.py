"""Predictions of a regression: values, errors and intervals by definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from tests.inference.twelve_rows import SMALL, T
from tests.likelihood.cases import DATA, differences, fitted


def test_a_mean_and_its_error_are_those_of_the_delta_method():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    found = fit.predict({"t": [2.5, 14.0]})
    a, b = fit.params.values()
    x = np.array([[1, 2.5], [1, 14.0]])
    expected = np.exp(x @ [a, b])
    errors = expected * np.sqrt(np.diag(x @ fit.covariance() @ x.T))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-10)
    # sm.GLM(...).fit().get_prediction([[1, 2.5], [1, 14]]), predicted_mean and se_mean
    np.testing.assert_allclose(found, [2.7701235599614082, 21.314069817991932], rtol=1e-6)
    np.testing.assert_allclose(found.std_error, [0.667588715181627, 4.842088437217169], rtol=1e-6)


def test_a_prediction_of_no_data_is_of_those_of_the_fit():
    fit = ml.fit(ml.Normal("v ~ t + C(group)"), SMALL)
    np.testing.assert_allclose(fit.predict(), fit.predict(SMALL), rtol=1e-10)
    some = {k: np.asarray(v)[[7, 2]] for k, v in SMALL.items()}
    np.testing.assert_allclose(fit.predict(some), fit.predict()[[7, 2]], rtol=1e-10)


@pytest.mark.parametrize("what", ["mean", "mu", "sigma", "df"])
def test_errors_of_predictions_are_the_delta_method_by_differences(what):
    """σ(f) = √(∇f' V ∇f), with ∇f of the parameters by central differences."""
    fit = ml.fit(ml.StudentT("y ~ x", "~ z", df=4.0), DATA)
    new = {"x": [0.2, -1.0], "z": [0.1, 0.7]}
    keys = list(fit.params)

    def value(p):
        mu = p[0] + p[1] * np.array(new["x"])
        sigma = np.exp(p[2] + p[3] * np.array(new["z"]))
        return {"mean": mu, "mu": mu, "sigma": sigma, "df": np.full(2, 4.0)}[what]

    assert keys == [("mu", "Intercept"), ("mu", "x"), ("sigma", "Intercept"), ("sigma", "z")]
    p = np.array(list(fit.params.values()))
    slopes = differences(value, p, 1e-4)
    found = fit.predict(new, what)
    np.testing.assert_allclose(found, value(p), rtol=1e-12)
    errors = np.sqrt(np.einsum("ki,kl,li->i", slopes, fit.covariance(), slopes))
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-6, atol=1e-12)


def test_quantiles_and_probabilities_are_of_each_rows_distribution():
    fit = ml.fit(ml.Normal("v ~ t", "~ t"), SMALL)
    a, b, c, d = fit.params.values()
    new = {"t": [2.0, 20.0], "at": [3.0, 10.0]}
    mu = a + b * np.array([2.0, 20.0])
    sigma = np.exp(c + d * np.array([2.0, 20.0]))
    np.testing.assert_allclose(
        fit.predict(new, "quantile", q=0.9), stats.norm.ppf(0.9, mu, sigma), rtol=1e-10
    )
    np.testing.assert_allclose(
        fit.predict(new, "cdf", at=4.0), stats.norm.cdf(4.0, mu, sigma), rtol=1e-10
    )
    by_column = fit.predict(new, "cdf", at="at")
    np.testing.assert_allclose(by_column, stats.norm.cdf([3.0, 10.0], mu, sigma), rtol=1e-10)
    slopes = np.column_stack(
        [np.ones(2), new["t"], 1.2815515655446004 * sigma, 1.2815515655446004 * sigma * new["t"]]
    )
    expected = np.sqrt(np.diag(slopes @ fit.covariance() @ slopes.T))
    found = fit.predict(new, "quantile", q=0.9).std_error
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_prediction_intervals_hold_new_observations_and_intervals_the_mean():
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    found = fit.predict({"t": [3.0]})
    low, high = found.prediction_interval(0.9)
    rows, spare = fit.n, fit.n - 2
    error = np.sqrt(rows / spare * (fit.params["sigma"] ** 2 + found.std_error[0] ** 2))
    t = stats.t.ppf(0.95, spare) * error
    assert (low[0], high[0]) == (pytest.approx(found[0] - t), pytest.approx(found[0] + t))
    low, high = found.interval(0.9)
    z = 1.6448536269514722 * found.std_error[0]
    assert (low[0], high[0]) == (pytest.approx(found[0] - z), pytest.approx(found[0] + z))


def test_intervals_of_predictions_keep_to_their_domain():
    share = ml.fit(ml.Binomial("killed ~ t", n=10), SMALL).predict({"t": [-5.0, 30.0]}, "p")
    low, high = share.interval(0.999)
    assert np.all((low > 0.0) & (low < share.value) & (share.value < high) & (high < 1.0))
    mean = ml.fit(ml.Poisson("events ~ t"), SMALL).predict({"t": [-9.0]})
    assert 0.0 < mean.interval(0.9999)[0][0] < mean[0]


def test_an_offset_is_part_of_a_prediction():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL, offset="log_size")
    one, ten = fit.predict({"t": [3.0, 3.0], "log_size": [0.0, np.log(10.0)]})
    assert ten == pytest.approx(10.0 * one, rel=1e-12)


def test_trials_are_part_of_a_prediction():
    fit = ml.fit(ml.Binomial("n ~ x", n="m"), DATA)
    few, many = fit.predict({"x": [0.3, 0.3], "m": [1, 7]})
    assert many == pytest.approx(7.0 * few, rel=1e-12)


def test_a_nonlinear_prediction_is_the_function():
    fit = fitted("Normal, nonlinear")
    a, b = fit.params["mu", "a"], fit.params["mu", "b"]
    new = np.array([0.0, 1.0])
    found = fit.predict({"x": new})
    np.testing.assert_allclose(found, a * np.exp(b * new), rtol=1e-12)
    slopes = np.column_stack([np.exp(b * new), a * new * np.exp(b * new)])
    errors = np.sqrt(np.diag(slopes @ fit.covariance()[:2, :2] @ slopes.T))
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-9)


def test_predictions_with_learnt_knots_use_those_of_the_fit():
    fit = ml.fit(ml.Normal("v ~ bs(t, df=4)"), SMALL)
    np.testing.assert_allclose(fit.predict({"t": T[3:6]}), fit.predict()[3:6], rtol=1e-9)


def test_predictions_that_make_no_sense_are_refused():
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    for arguments, options, said in [
        (["median"], {}, "there is no prediction 'median'"),
        (["quantile"], {}, "q="),
        (["mean"], {"q": 0.5}, "q="),
        (["cdf"], {}, "at="),
    ]:
        with pytest.raises(ml.ModelError, match=said):
            fit.predict(SMALL, *arguments, **options)
    with pytest.raises(ml.DataError, match="there is no column 't'"):
        fit.predict({"s": [1.0]})
    with pytest.raises(ml.DataError, match="row 1"):
        fit.predict({"t": [1.0, np.nan]})


def test_an_offset_that_new_data_lack_is_named():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL, offset="log_size")
    with pytest.raises(ml.DataError, match="log_size"):
        fit.predict({"t": [3.0]})


def test_new_rows_at_which_a_link_leaves_the_domain_are_refused(rng):
    x = np.linspace(0.0, 5.0, 30)
    data = {"x": x, "y": rng.poisson(1.0 + 2.0 * x)}
    line = ml.fit(ml.Poisson(ml.linear("y ~ x", link="identity")), data)
    with pytest.raises(ml.DataError, match=r"mean of Poisson must be positive.*row 1"):
        line.predict({"x": [1.0, -5.0]})
    spread = ml.fit(ml.Normal("y ~ x", sigma=ml.linear("~ x", link="identity")), data)
    for options in ({}, {"what": "cdf", "at": 1.0}):
        with pytest.raises(ml.DataError, match="sigma of Normal must be"):
            spread.predict({"x": [-50.0]}, **options)
