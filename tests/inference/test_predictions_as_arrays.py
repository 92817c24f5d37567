"""Predictions are arrays with errors; new rows have offsets; fitted models draw their data."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import mostlikely as ml

X = np.arange(8.0)
N = np.array([2, 3, 1, 6, 8, 7, 15, 21])
OFFSET = np.log([1, 2, 1, 2, 3, 1, 2, 4])
DATA = {"x": X, "n": N}
COUNTS = ml.fit(ml.Poisson("n ~ x"), DATA)
WITH_OFFSET = ml.fit(ml.Poisson("n ~ x"), DATA, offset=OFFSET)
GRADES = pd.Categorical(list("aabbcacc"), categories=list("abc"), ordered=True)


# Arrays.


def test_arithmetic_and_comparisons_are_those_of_the_values():
    found = COUNTS.predict()
    v = found.value
    for mine, theirs in (
        (found + 1, v + 1),
        (1.0 - found, 1.0 - v),
        (found - N, v - N),
        (N / found, N / v),
        (-found, -v),
        (found**2, v**2),
        (found * found, v * v),
        (np.log(found), np.log(v)),
        (np.maximum(found, 5.0), np.maximum(v, 5.0)),
        (found > 5, v > 5),
        (found == v, np.ones(8, dtype=bool)),
        (np.asarray(found), v),
        (np.add.reduce(found), v.sum()),
    ):
        np.testing.assert_array_equal(mine, theirs)
        assert not isinstance(mine, type(found))
    assert np.mean(found) == v.mean()
    assert (found.shape, found.ndim, found.size, found.dtype) == ((8,), 1, 8, np.float64)
    assert (len(found), list(found), found.tolist()) == (8, v.tolist(), v.tolist())
    pd.testing.assert_series_equal(pd.Series(N) - found, pd.Series(N - v))
    np.testing.assert_array_equal(pd.DataFrame({"fitted": found})["fitted"], v)


def test_rows_of_a_prediction_are_the_prediction_of_the_rows():
    found = COUNTS.predict()
    for rows in (slice(2, 6), slice(None, None, -1), [0, 5], X > 4.0, np.array([7, 7])):
        some = found[rows]
        alone = COUNTS.predict({"x": X[rows]})
        np.testing.assert_allclose(some.value, alone.value, rtol=1e-12)
        np.testing.assert_allclose(some.std_error, alone.std_error, rtol=1e-12)
        np.testing.assert_allclose(some.interval(0.9), alone.interval(0.9), rtol=1e-12)
        np.testing.assert_allclose(some.law.cdf(3.0), alone.law.cdf(3.0), rtol=1e-12)
    assert found[3] == found.value[3]
    assert isinstance(found[3], float)
    np.testing.assert_array_equal(
        found[[0, 5]].prediction_interval(), COUNTS.predict({"x": [0, 5]}).prediction_interval()
    )
    steps = COUNTS.predict(what="quantile", q=0.5)
    np.testing.assert_array_equal(steps[2:4].interval(), np.array(steps.interval())[:, 2:4])
    np.testing.assert_array_equal(found[2:][1:].std_error, found.std_error[3:])


def test_columns_of_a_prediction_are_levels():
    shares = COUNTS.predict(what="probability", level=[0, 1, 5])
    assert (shares.shape, shares.levels) == ((8, 3), (0, 1, 5))
    np.testing.assert_allclose(shares.value, stats.poisson.pmf([[0, 1, 5]], COUNTS.fitted[:, None]))
    some = shares[1:3, 1:]
    assert (some.shape, some.levels) == ((2, 2), (1, 5))
    np.testing.assert_array_equal(some.std_error, shares.std_error[1:3, 1:])
    np.testing.assert_array_equal(shares[:, 2].std_error, shares.std_error[:, 2])
    np.testing.assert_array_equal(shares[0], shares.value[0])


def test_what_is_printed_is_the_values():
    shown = repr(COUNTS.predict({"x": [0, 7]}))
    assert shown == "Prediction([ 1.5718, 20.4104], std_error=[0.5798, 3.5633])"
    assert "..." in repr(COUNTS.predict({"x": np.linspace(0.0, 7.0, 50)}))
    shares = ml.fit(ml.Ordinal("g ~ x"), {"x": X, "g": GRADES}).predict({"x": [0]}, "probability")
    assert "levels=['a', 'b', 'c']" in repr(shares)


def test_a_prediction_can_be_pickled():
    again = pickle.loads(pickle.dumps(COUNTS.predict()[2:]))
    np.testing.assert_array_equal(again.std_error, COUNTS.predict().std_error[2:])
    assert again.interval()[0][0] == COUNTS.predict()[2:].interval()[0][0]


def test_fitted_is_the_mean_of_each_row():
    np.testing.assert_array_equal(COUNTS.fitted, COUNTS.predict().value)
    np.testing.assert_allclose(COUNTS.fitted.sum(), N.sum(), rtol=1e-10)  # the intercept's score
    np.testing.assert_allclose(N - COUNTS.fitted, COUNTS.residuals("response"), rtol=1e-12)
    with pytest.raises(ml.ModelError, match="Cauchy has no mean at the estimate"):
        ml.fit("cauchy", X).fitted  # noqa: B018


# Probabilities.


def test_probabilities_of_counts_have_the_errors_of_the_delta_method():
    """d P(n = k)/dη = P (k − mean), and η has its error."""
    found = COUNTS.predict({"x": [1.0, 6.0]}, "probability", level=3)
    mean = COUNTS.predict({"x": [1.0, 6.0]})
    wanted = found.value * np.abs(3.0 - mean.value) * mean.std_error / mean.value
    np.testing.assert_allclose(found.std_error, wanted, rtol=1e-9)
    for at in (3, [3, 3], "k"):
        same = COUNTS.predict({"x": [1.0, 6.0], "k": [3, 3]}, "probability", at=at)
        np.testing.assert_allclose(same.value, found.value, rtol=1e-12)
        np.testing.assert_allclose(same.std_error, found.std_error, rtol=1e-7)
    for level in (-1, 2.0):
        assert COUNTS.predict({"x": [1.0]}, "probability", level=level).shape == (1,)
    assert COUNTS.predict({"x": [1.0]}, "probability", level=-1).value == 0.0


def test_probabilities_of_levels_take_labels_everywhere():
    fit = ml.fit(ml.Ordinal("g ~ x"), {"x": X, "g": GRADES})
    new = {"x": [1.0, 5.0], "g": ["b", "c"]}
    all_of_them = fit.predict(new, "probability")
    below = np.cumsum(all_of_them.value, axis=1)
    np.testing.assert_allclose(fit.predict(new, "probability", at="b"), all_of_them.value[:, 1])
    np.testing.assert_allclose(
        fit.predict(new, "probability", level=["c", "a"]), all_of_them.value[:, [2, 0]]
    )
    np.testing.assert_allclose(fit.predict(new, "cdf", at="b"), below[:, 1], rtol=1e-12)
    np.testing.assert_allclose(fit.predict(new, "sf", at="a"), 1.0 - below[:, 0], rtol=1e-12)
    each = fit.predict(new, "probability", at="g").value
    np.testing.assert_allclose(each, all_of_them.value[[0, 1], [1, 2]], rtol=1e-12)
    with pytest.raises(ml.ModelError, match="'z' is not a level"):
        fit.predict(new, "probability", level="z")


@pytest.mark.parametrize(
    ("what", "options", "said"),
    [
        ("probability", {}, "takes level="),
        ("probability", {"level": 0.5}, "y is a whole number, and 0.5 is none"),
        ("cdf", {"y": 3}, "write at=, not y="),
        ("mean", {"quantile": 0.5}, "predict has no option 'quantile'"),
        ("return_level", {}, "takes period="),
        ("mean", {"offset": 0.0}, "has no offset, so new rows have none"),
    ],
)
def test_predictions_that_lack_something_say_what(what, options, said):
    with pytest.raises(ml.ModelError, match=said):
        COUNTS.predict({"x": [1.0]}, what, **options)


# Offsets.


def test_an_offset_of_new_rows_is_that_of_glm():
    """R 4.2: predict(glm(n ~ x + offset(off), poisson), ..., se.fit = TRUE)."""
    fit, wanted = WITH_OFFSET, ([3.5943143119, 48.7462717303], [1.0442386660, 13.1263220413])
    new = {"x": [1, 9], "log_time": np.log([2, 5])}
    for offset in (np.log([2, 5]), "log_time", {"mean": np.log([2, 5])}):
        found = fit.predict(new, offset=offset)
        np.testing.assert_allclose(found.value, wanted[0], rtol=1e-9)
        np.testing.assert_allclose(found.std_error, wanted[1], rtol=1e-7)
    per_unit = np.asarray(fit.predict(new, offset=0.0))
    np.testing.assert_allclose(per_unit * [2, 5], wanted[0], rtol=1e-9)
    np.testing.assert_allclose(fit.predict(offset=0.0) * np.exp(OFFSET), fit.fitted, rtol=1e-12)
    np.testing.assert_allclose(
        fit.quantity("mean", data={"x": 9}, offset=np.log(5)).std_error, wanted[1][1], rtol=1e-7
    )


def test_an_offset_of_new_rows_stands_in_for_a_column_too():
    rows = {**DATA, "off": OFFSET, "keep": X}
    rows["n"] = np.where(X == 3.0, np.nan, N)  # a row that is dropped
    fit = ml.fit(ml.Poisson("n ~ x"), rows, offset="off", missing="drop")
    other = fit.predict(offset=1.0)
    np.testing.assert_allclose(
        other.value, fit.fitted * np.exp(1.0 - np.delete(OFFSET, 3)), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("offset", "error", "said"),
    [
        (None, ml.DataError, "to predict, give that of the new rows by offset="),
        ([1.0, 2.0, 3.0], ml.DataError, "one number for each of the 2 rows"),
        (np.nan, ml.DataError, "offset= is a number"),
        ({"mu": 0.0}, ml.ModelError, "'mu' has no offset"),
        ("nowhere", ml.DataError, "nowhere"),
    ],
)
def test_offsets_that_are_none_are_refused(offset, error, said):
    with pytest.raises(error, match=said):
        WITH_OFFSET.predict({"x": [1, 9]}, offset=offset)


# Simulation.


def test_data_of_a_regression_are_drawn_from_each_rows_law():
    y = WITH_OFFSET.simulate(4000, seed=1)
    assert y.shape == (4000, 8)
    mean = WITH_OFFSET.fitted
    z = (y.mean(axis=0) - mean) / np.sqrt(mean / 4000)
    assert np.abs(z).max() < 4.0
    np.testing.assert_allclose(y.var(axis=0), mean, rtol=0.12)
    np.testing.assert_array_equal(WITH_OFFSET.simulate(4000, seed=1), y)
    assert np.any(WITH_OFFSET.simulate(1, seed=2) != y[:1])
    new = WITH_OFFSET.simulate(4000, 3, {"x": [9]}, offset=np.log(5))
    assert new.mean() == pytest.approx(48.7463, abs=4.0 * np.sqrt(48.7 / 4000))


def test_precisions_count_in_what_is_drawn():
    fit = ml.fit(
        ml.Normal("n ~ x"), {"x": X, "n": 1.0 * N, "w": X + 1}, weights="w", weight_kind="precision"
    )
    spread = fit.simulate(4000, seed=1).std(axis=0)
    np.testing.assert_allclose(spread * np.sqrt(X + 1), fit.params["sigma"], rtol=0.06)


def test_labels_are_drawn_as_labels():
    fit = ml.fit(ml.Ordinal("g ~ x"), {"x": X, "g": GRADES})
    shares = fit.predict(what="probability").value
    drawn = fit.simulate(1500, seed=1)
    for k, level in enumerate("abc"):
        np.testing.assert_allclose(np.mean(drawn == level, axis=0), shares[:, k], atol=0.05)
    numbers = ml.fit(ml.Categorical(), [3, 1, 1, 3]).simulate(2, seed=1)
    assert numbers.dtype.kind == "i"
    assert set(numbers.ravel().tolist()) <= {1, 3}


def test_what_cannot_be_drawn_is_refused():
    for n in (-1, 2.5, True):
        with pytest.raises(ml.ModelError, match="n is how many data sets"):
            COUNTS.simulate(n)
    with pytest.raises(ml.ModelError, match="seed is a whole number"):
        COUNTS.simulate(1, seed="today")
    none = ml.fit("normal", [1.0, 1.0, 1.0])
    with pytest.raises(ml.ModelError, match="no fitted distribution to draw from"):
        none.simulate(1)
    both = ml.fit(ml.joint(ml.Poisson("n ~ x"), ml.Poisson("n ~ 1"), shared=[]), DATA)
    assert both.simulate(3, 1, member=1).shape == (3, 8)
    with pytest.raises(ml.ModelError, match="2 members"):
        both.simulate(3)
