"""Residuals: standard normal under the model, and what they are by definition."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.plot import curve_frame, qq_frame, residual_frame

plt = pytest.importorskip("matplotlib.pyplot", reason="matplotlib is an extra, mostlikely[plot]")

N = 4000
RNG = np.random.default_rng(3)
X = RNG.normal(size=N)
MEAN = np.exp(0.3 + 0.4 * X)
TRUE = {
    "Poisson": RNG.poisson(MEAN),
    "NegativeBinomial": RNG.negative_binomial(2, 2 / (2 + MEAN)),
    "Gamma": RNG.gamma(3.0, MEAN / 3.0),
    "Weibull": MEAN * RNG.weibull(2.0, N),
    "StudentT": X + RNG.standard_t(4, N),
    "Bernoulli": (RNG.random(N) < 1.0 / (1.0 + np.exp(-X))).astype(int),
    "Ordinal": np.digitize(X + RNG.logistic(size=N), [-1.0, 0.0, 2.0]),
}


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("name", TRUE)
def test_quantile_residuals_are_standard_normal_if_the_model_holds(name):
    fit = ml.fit(getattr(ml, name)("y ~ x"), {"x": X, "y": TRUE[name]})
    assert stats.kstest(fit.residuals(), "norm").pvalue > 0.02


def test_quantile_residuals_show_a_wrong_model():
    fit = ml.fit(ml.Poisson("y ~ x"), {"x": X, "y": TRUE["NegativeBinomial"]})
    assert stats.kstest(fit.residuals(), "norm").pvalue < 1e-6


def test_quantile_residuals_of_normals_are_standardised_and_keep_their_tails():
    y = 1.0 + 2.0 * X + np.exp(0.2 * X) * RNG.normal(size=N)
    y[7] += 60.0  # beyond where the distribution function is one
    fit = ml.fit(ml.Normal("y ~ x", sigma="~ x"), {"x": X, "y": y})
    expected = (y - fit.predict().value) / fit.predict(what="sigma").value
    np.testing.assert_allclose(fit.residuals(), expected, rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(fit.residuals("pearson"), expected, rtol=1e-10)


def test_residuals_of_counts_lie_within_their_jump_and_do_not_change():
    y = TRUE["Poisson"]
    fit = ml.fit(ml.Poisson("y ~ x"), {"x": X, "y": y})
    law = stats.poisson(fit.predict().value)
    u = stats.norm.cdf(fit.residuals())
    assert np.all((law.cdf(y - 1) <= u + 1e-12) & (u <= law.cdf(y) + 1e-12))
    np.testing.assert_array_equal(fit.residuals(), fit.residuals())
    assert np.any(fit.residuals() != fit.residuals(seed=1))


def test_response_and_pearson_residuals_by_hand():
    y = TRUE["Gamma"]
    fit = ml.fit(ml.Gamma("y ~ x"), {"x": X, "y": y})
    mean = fit.predict().value
    np.testing.assert_allclose(fit.residuals("response"), y - mean, rtol=1e-12)
    spread = mean / np.sqrt(fit.params["shape"])  # variance mean²/shape
    np.testing.assert_allclose(fit.residuals("pearson"), (y - mean) / spread, rtol=1e-9)


def test_one_sample_has_residuals_too_and_precisions_count():
    y = [2.1, 1.9, 2.0, 2.3, 1.8]
    fit = ml.fit("normal", y)
    by_hand = (np.array(y) - fit.params["mu"]) / fit.params["sigma"]
    np.testing.assert_allclose(fit.residuals(), by_hand, rtol=1e-10)
    w = np.array([1.0, 4.0, 1.0, 9.0, 1.0])
    fit = ml.fit("normal", y, weights=w, weight_kind="precision")
    by_hand = (np.array(y) - fit.params["mu"]) / fit.params["sigma"] * np.sqrt(w)
    np.testing.assert_allclose(fit.residuals(), by_hand, rtol=1e-10)


def test_residuals_that_there_are_not_are_refused():
    labels = ml.fit(ml.Ordinal("y ~ x"), {"x": X, "y": TRUE["Ordinal"]})
    with pytest.raises(ml.ModelError, match="y is no number under Ordinal, but has quantile"):
        labels.residuals("pearson")
    kinds = ml.fit(ml.Categorical("y ~ x"), {"x": X, "y": TRUE["Ordinal"]})
    with pytest.raises(ml.ModelError, match="and has no order"):
        kinds.residuals()
    with pytest.raises(ml.ModelError, match="did you mean 'pearson'"):
        labels.residuals("pearsn")
    heavy = ml.fit(ml.Cauchy("y ~ x"), {"x": X, "y": X + RNG.standard_cauchy(N)})
    with pytest.raises(ml.ModelError, match="take quantile residuals"):
        heavy.residuals("response")
    assert np.isfinite(heavy.residuals()).all()


# Pictures.


def test_group_means_lie_in_their_band_if_the_model_holds_and_not_otherwise():
    good = residual_frame(ml.fit(ml.Gamma("y ~ x"), {"x": X, "y": TRUE["Gamma"]}))
    assert np.mean(np.abs(good["mean"]) > good["reach"]) <= 0.2
    bent = TRUE["Gamma"] * np.exp(0.5 * X**2)
    bad = residual_frame(ml.fit(ml.Gamma("y ~ x"), {"x": X, "y": bent}))
    assert np.mean(np.abs(bad["mean"]) > bad["reach"]) > 0.5


def test_a_quantile_plot_of_a_regression_is_of_its_residuals():
    fit = ml.fit(ml.Gamma("y ~ x"), {"x": X[:500], "y": TRUE["Gamma"][:500]})
    frame = qq_frame(fit)
    np.testing.assert_array_equal(frame["observed"], np.sort(fit.residuals()))
    assert frame["residual"][0] == 1.0


def test_a_curve_is_the_prediction_with_its_band():
    fit = ml.fit(ml.Poisson("y ~ x"), {"x": X, "y": TRUE["Poisson"]})
    frame = curve_frame(fit)
    prediction = fit.predict({"x": frame["at"]})
    np.testing.assert_allclose(frame["fitted"], prediction.value, rtol=1e-12)
    np.testing.assert_allclose(frame["low"], prediction.interval()[0], rtol=1e-9)
    np.testing.assert_array_equal(frame["to"], stats.poisson(prediction.value).ppf(0.975))


@pytest.mark.parametrize(
    ("model", "panels"),
    [
        (ml.Poisson("y ~ x"), 3),
        (ml.Poisson("y ~ x + g"), 2),
        (ml.Poisson("y ~ g"), 2),
        (ml.Cauchy("y ~ x"), 3),
        (ml.Ordinal("y ~ x"), 2),
        (ml.Categorical("y ~ x"), 1),
    ],
    ids=repr,
)
def test_every_regression_can_be_drawn(model, panels):
    y = np.minimum(TRUE["Poisson"], 3) if model.labels else TRUE["Poisson"]
    data = {"x": X[:300], "y": y[:300], "g": np.array(list("abc") * 100)}
    figure = ml.fit(model, data).plot()
    assert len(figure.axes) == panels
    figure.canvas.draw()


def test_a_separated_regression_can_be_drawn():
    figure = ml.fit(ml.Bernoulli("y ~ x"), {"x": X[:50], "y": (X[:50] > 0).astype(int)}).plot()
    figure.canvas.draw()
    assert len(figure.axes) == 3


def test_rows_that_are_missing_have_no_residual():
    data = {"y": [1.0, np.nan, 2.0, 9.0, 4.0], "w": [1.0, 1.0, 2.0, 0.0, 1.0]}
    fit = ml.fit(ml.Normal(mu=2.0, sigma=1.0), data, "y", weights="w", missing="drop")
    np.testing.assert_allclose(fit.residuals(), [-1.0, 0.0, 2.0], atol=1e-12)


def test_group_means_weigh_the_rows_that_were_kept():
    y, w = np.array([3.0, np.nan, 1.0, 7.0, 2.0]), np.array([1.0, 9.0, 2.0, 4.0, 0.0])
    fit = ml.fit("poisson", y, weights=w, missing="drop")
    frame = residual_frame(fit)
    np.testing.assert_array_equal(frame["weight"], [1.0, 2.0, 4.0])
    expected = np.average(frame["residual"], weights=[1.0, 2.0, 4.0])
    np.testing.assert_allclose(frame["mean"], expected, rtol=1e-12)
