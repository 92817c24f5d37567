"""Prediction intervals have their level in small samples too."""

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.inference.calibrated import Calibrated

#: R's data set ``cars`` (Ezekiel 1930): mph and feet.
SPEED = np.repeat(
    [4, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 24, 25],
    [2, 2, 1, 1, 3, 2, 4, 4, 4, 3, 2, 3, 4, 3, 5, 1, 1, 4, 1],
)
DIST = [2, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60, 80]
DIST += [20, 26, 54, 32, 40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66, 54]
DIST += [70, 92, 93, 120, 85]


def test_of_the_normal_linear_model_they_are_those_of_r():
    fit = ml.fit(ml.Normal("dist ~ speed"), {"speed": SPEED, "dist": DIST})
    low, high = fit.predict({"speed": [12.0, 19.0, 24.0]}).prediction_interval()
    # predict(lm(dist ~ speed, cars), data.frame(speed = c(12, 19, 24)), interval = "prediction")
    np.testing.assert_allclose(low, [-1.749529, 25.761756, 44.752478], atol=1e-6)
    np.testing.assert_allclose(high, [60.96915, 88.51159, 108.84495], atol=1e-5)


@pytest.mark.parametrize("weights", [None, "frequency", "precision"])
def test_of_the_normal_linear_model_they_are_students_by_the_least_squares(rng, weights):
    x, w = rng.normal(size=9), rng.integers(1, 4, 9)
    y = 1.0 + x + rng.normal(size=9)
    options = {} if weights is None else {"weights": w, "weight_kind": weights}
    fit = ml.fit(ml.Normal("y ~ x"), {"x": x, "y": y}, **options)
    design, new = np.column_stack([np.ones(9), x]), np.array([1.0, 2.0])
    root = np.sqrt(w if weights else np.ones(9))
    beta, rss = np.linalg.lstsq(design * root[:, None], y * root, rcond=None)[:2]
    spare = (w.sum() if weights == "frequency" else 9) - 2
    cross = np.linalg.inv((design * root[:, None]).T @ (design * root[:, None]))
    reach = stats.t.ppf(0.95, spare) * np.sqrt(rss[0] / spare * (1.0 + new @ cross @ new))
    low, high = fit.predict({"x": [2.0]}).prediction_interval(0.9)
    np.testing.assert_allclose([low[0], high[0]], new @ beta + np.array([-reach, reach]), rtol=1e-8)


def test_drawn_samples_lead_to_students_interval_too(rng, monkeypatch):
    x = rng.normal(size=8)
    fit = ml.fit(ml.Normal("y ~ x"), {"x": x, "y": 1.0 + x + rng.normal(size=8)})
    exact = np.ravel(fit.predict({"x": [0.5]}).prediction_interval())
    monkeypatch.setattr(Calibrated, "_student", lambda self, tail: None)
    drawn = np.ravel(fit.predict({"x": [0.5]}).prediction_interval())
    np.testing.assert_allclose(drawn, exact, atol=0.05 * np.ptp(exact))


def test_of_five_waiting_times_they_follow_fishers_f(rng):
    y = rng.exponential(3.0, 5)
    low, high = ml.fit(ml.Exponential(), y).predict([0]).prediction_interval(0.9)
    below = stats.f.cdf(
        [low[0] / y.mean(), high[0] / y.mean()], 2, 10
    )  # Y over the mean is a pivot
    np.testing.assert_allclose(below, [0.05, 0.95], atol=0.015)


def test_with_many_rows_they_are_the_fitted_distributions_own(rng):
    y = rng.gamma(2.0, 1.5, 5_000)
    fit = ml.fit(ml.Gamma(), y)
    ends = np.ravel(fit.predict([0]).prediction_interval())
    plain = fit.distribution.quantile([0.025, 0.975])
    np.testing.assert_allclose(ends, plain, rtol=2e-3)
    assert ends[0] < plain[0] and ends[1] > plain[1]  # and yet a little wider


def test_an_interval_of_counts_has_the_level_and_neither_end_could_go(rng):
    y = rng.poisson(3.0, 4_000)
    fit = ml.fit(ml.Poisson(), y)
    low, high = (float(e[0]) for e in fit.predict([0]).prediction_interval(0.9))
    law = stats.poisson(y.mean())
    held = law.cdf(high) - law.cdf(low - 1)
    assert held >= 0.9 > held - min(law.pmf(low), law.pmf(high))


def test_ends_keep_to_the_law_of_the_row():
    data = {"x": [0.0, 1.0, 2.0, 3.0, 4.0], "m": [2, 2, 5, 2, 9], "n": [1, 0, 3, 2, 6]}
    fit = ml.fit(ml.Binomial("n ~ x", n="m"), data)
    low, high = fit.predict({"x": [0.0, 9.0, -9.0], "m": [2, 2, 2]}).prediction_interval(0.99)
    assert np.all((low >= 0) & (high <= 2) & (low <= high))
    assert np.all(low == np.round(low)) and np.all(high == np.round(high))


def test_plain_prediction_and_prediction_of_the_same_rows_have_the_same_intervals(rng):
    data = {"x": rng.normal(size=9), "y": rng.poisson(3.0, 9)}
    fit = ml.fit(ml.Poisson("y ~ x"), data)
    ends = [p.prediction_interval() for p in (fit.predict(), fit.predict(data))]
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("family", [ml.Binomial, ml.BetaBinomial])
def test_no_quantile_is_beyond_the_trials_of_its_row(family):
    data = {"x": [0.0, 1.0, 2.0, 3.0, 4.0], "m": [2, 2, 5, 2, 9], "n": [1, 0, 3, 2, 6]}
    fit = ml.fit(family("n ~ x", n="m"), data)
    top = fit.predict({"x": [0.0, 9.0, -9.0], "m": [2, 3, 4]}, "quantile", q=0.9999)
    assert np.all(np.asarray(top) <= [2, 3, 4])
