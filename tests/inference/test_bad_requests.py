"""Questions to a fit that have no answer: one sentence each, which says what to ask instead."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import mostlikely as ml
from tests.data.refusals import FRAME, TABLE, XS, N, sentence

# Predictions.


@cache
def fitted(name):
    """A fit of the table, made when it is first asked."""
    return {
        "plain": lambda: ml.fit(ml.Normal("y ~ x + g"), TABLE),
        "spline": lambda: ml.fit(ml.Normal("y ~ bs(x, df=4)"), TABLE),
        "arrays": lambda: ml.fit(ml.Normal(), X=XS, y=TABLE["y"]),
        "named": lambda: ml.fit(ml.Normal(), X=FRAME[["x", "z"]], y=TABLE["y"]),
        "trials": lambda: ml.fit(ml.Binomial("k ~ x", n="m"), TABLE),
        "both": lambda: ml.fit(ml.Normal("y ~ x", "~ x"), TABLE),
    }[name]()


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("plain", {"x": [1.0]}, "there is no column 'g'"),
        (
            "plain",
            {"x": [1.0], "g": ["q"]},
            "g has 1 level that the model has not seen: 'q' (row 0)",
        ),
        ("plain", {"x": ["u"], "g": ["a"]}, "x must be numbers"),
        ("plain", {"x": [np.nan], "g": ["a"]}, "x has 1 missing value (row 0)"),
        ("plain", {"x": [np.inf], "g": ["a"]}, "x has 1 infinite value"),
        ("plain", {"x": [1.0], "g": [None]}, "g has 1 missing value"),
        ("plain", {"x": [1.0, 2.0], "g": ["a"]}, "g has 1 row, x has 2 rows"),
        ("plain", {"x": 1.0, "g": "a"}, "x cannot be 1.0"),
        ("plain", 3.0, "the data cannot be 3.0"),
        ("spline", {"x": [100.0]}, "outside the range that it was fitted to"),
        ("spline", {"x": [100.0]}, "extrapolation="),
        ("arrays", np.ones((2, 1)), "X has 1 column, and the model was fitted to 2"),
        ("arrays", np.ones((2, 3)), "X has 3 columns, and the model was fitted to 2"),
        ("arrays", [[1.0, np.nan]], "x2 has 1 missing value"),
        ("arrays", FRAME, "fitted to an array X of 2 columns"),
        ("arrays", 3, "two-dimensional"),
        ("named", XS, "fitted to the columns x, z of a table"),
        ("named", {"x": [1.0]}, "there is no column 'z'"),
        ("trials", {"x": [1.0]}, "there is no column 'm'"),
        ("trials", {"x": [1.0], "m": [-1]}, "m is n of Binomial and must be a whole number"),
    ],
)
def test_new_rows_hold_what_the_model_reads(name, data, said):
    with pytest.raises(ml.DataError) as raised:
        fitted(name).predict(data)
    assert said in sentence(raised)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"what": "maen"}, "did you mean 'mean'?"),
        ({"what": 3}, "there is no prediction 3"),
        ({"what": "quantile"}, "takes q="),
        ({"what": "quantile", "q": 1.5}, "q is a probability"),
        ({"what": "quantile", "q": "a"}, "q is a probability"),
        ({"what": "cdf", "at": "nope"}, "there is no column 'nope'"),
        ({"what": "cdf", "at": [1.0, 2.0]}, "shape (2,)"),
        ({"what": "cdf", "at": np.nan}, "got nan"),
    ],
)
def test_a_prediction_is_one_that_there_is(options, said):
    with pytest.raises(ml.MostLikelyError) as raised:
        fitted("plain").predict({"x": [1.0], "g": ["a"]}, **options)
    assert said in sentence(raised)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, "a", np.nan])
def test_a_level_is_between_zero_and_one(level):
    prediction = fitted("plain").predict({"x": [1.0], "g": ["a"]})
    for interval in (fitted("plain").interval, prediction.interval, prediction.prediction_interval):
        with pytest.raises(ml.ModelError) as raised:
            interval(level=level)
        assert "level must be between 0 and 1" in sentence(raised)


# Hypotheses.


@pytest.mark.parametrize(
    ("hypothesis", "said"),
    [
        (
            "q = 0",
            "names 'q', which is no parameter; there are Intercept, x, g[T.b], g[T.c], g[T.d]",
        ),
        ("X = 0", "did you mean 'x'?"),
        ("x = ", "cannot be read"),
        ("= 0", "cannot be read"),
        ("", "cannot be read"),
        ("x = 0,", "cannot be read"),
        ("x*x = 0", "linear equations"),
        ("x/0 = 0", "cannot be read"),
        ("x = 1e999", "cannot be read"),
        ("x = True", "cannot be read"),
        ("x > 0", "an inequality"),
        ("x = 0, x = 1", "contradict one another"),
        ("1 = 0", "names no parameter"),
        ("sigma = -1", "sigma must be positive; got -1"),
        ("sigma = 0", "sigma must be positive; got 0"),
        (3, "a hypothesis is a string of equations"),
        (["x = 0"], "a hypothesis is a string of equations"),
        ({"x": "a"}, "mu[x] at a finite number; got 'a'"),
        (None, "a test needs a hypothesis"),
    ],
)
def test_a_hypothesis_is_linear_equations_in_parameters(hypothesis, said):
    with pytest.raises(ml.ModelError) as raised:
        fitted("plain").test(hypothesis)
    assert said in sentence(raised)


def test_an_unknown_term_is_answered_with_every_term_once():
    with pytest.raises(ml.ModelError) as raised:
        fitted("plain").test("q = 0")
    assert sentence(raised).count("g[T.b]") == 1
    with pytest.raises(ml.ModelError) as raised:
        fitted("both").test("q = 0")
    said = sentence(raised)
    assert "mu[x]" in said
    assert "sigma[x]" in said
    with pytest.raises(ml.ModelError, match="name one"):
        fitted("both").test("x = 0")


def test_a_term_may_be_named_in_every_way_that_is_printed():
    plain = fitted("plain").test("x = 0")
    for hypothesis in ("x", "mu[x] = 0", "mu:x = 0", "x == 0", " x =\n0 ", {"x": 0}, {"mu:x": 0}):
        assert fitted("plain").test(hypothesis).statistic == pytest.approx(plain.statistic)


# Clusters.


@pytest.mark.parametrize(
    ("cluster", "said"),
    [
        ("gg", "did you mean 'g'?"),
        ("one", "one cluster only"),
        (np.arange(7), "clusters has 7 rows, the table has 40 rows"),
        (np.ones((N, 2)), "clusters has the shape 40 x 2"),
        (np.r_[np.nan, np.arange(N - 1)], "clusters has 1 missing value"),
    ],
)
def test_clusters_are_labels_of_all_rows(cluster, said):
    with pytest.raises(ml.DataError) as raised:
        fitted("plain").covariance(cluster=cluster)
    assert said in sentence(raised)


def test_clusters_of_separated_rows_are_those_of_the_rows_left():
    """Rows of a level without events tell nothing of the rest: as if they were not there."""
    rows = np.arange(30)
    level = np.where(rows < 10, "none", np.where(rows % 2 == 0, "p", "q"))
    events = np.where(rows < 10, 0, 1 + (rows * 7) % 5)
    table = {"n": events, "g": level, "site": rows % 6}
    whole = ml.fit(ml.Poisson("n ~ C(g, contr.treatment('p'))"), table)
    assert whole.verdict.kind == "separation"
    rest = ml.fit(ml.Poisson("n ~ g"), {k: v[10:] for k, v in table.items()})
    expected = np.sqrt(np.diag(rest.covariance(cluster="site")))
    keys = list(whole.params)
    finite = [k for k, key in enumerate(keys) if np.isfinite(whole.params[key])]
    for cluster in ("site", rows % 6):
        found = np.sqrt(np.diag(whole.covariance(cluster=cluster)))[finite]
        np.testing.assert_allclose(found, expected, rtol=1e-6)
