"""What cannot be fitted is refused before any fitting: one sentence, of the library's own type."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mostlikely as ml

WAITS = [0.8, 1.3, 2.4, 0.4, 3.1, 1.9]
TABLE = {"amount": WAITS, "weight": [1, 2, 1, 1, 2, 1], "day": list("abcdef")}


def sentence(raised):
    """The error's text, once it has been seen to be one sentence that ends."""
    text = str(raised.value)
    assert isinstance(raised.value, ml.MostLikelyError)
    assert "\n" not in text
    assert text.endswith((".", "?")), text
    assert 20 < len(text) < 700
    return text


def refused(model, data, *args, error=ml.DataError, **options):
    with pytest.raises(error) as raised:
        ml.fit(model, data, *args, **options)
    return sentence(raised)


# Values.


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        ("gamma", [], "y is empty; there is nothing to fit."),
        ("gamma", np.array([]), "y is empty"),
        ("gamma", pd.Series([], dtype=float), "y is empty"),
        ("gamma", None, "the data cannot be None"),
        ("gamma", 3.0, "the data cannot be 3.0"),
        ("gamma", "waits.csv", "the data cannot be 'waits.csv'"),
        ("gamma", np.array(3.0), "y is a single value"),
        ("gamma", len, "the data cannot be of type builtin_function_or_method"),
        ("gamma", [1.0, np.nan, 2.0, np.nan], "2 missing values (rows 1, 3)"),
        ("gamma", [1.0, None, 2.0], "1 missing value (row 1)"),
        ("gamma", np.ma.array([1.0, 2.0, 3.0], mask=[0, 1, 0]), "1 missing value (row 1)"),
        ("gamma", pl.Series([None, 1.0, None, None, None]), "4 missing values (rows 0, 2, 3, ...)"),
        ("normal", [1.0, np.inf, -np.inf, 2.0], "2 infinite values (rows 1, 2)"),
        ("gamma", [1.0, -np.inf], "1 infinite value (row 1)"),
        ("gamma", ["a", "b", "c", "d"], "4 values are not numbers: 'a' (row 0), 'b' (row 1)"),
        ("gamma", [1.0, "x", 2.0], "1 value is not a number: 'x' (row 1)"),
        ("gamma", ["1.5", "2"], "numbers written as text, '1.5' in row 0"),
        ("gamma", [[1.0, 2.0], [3.0]], "2 values are not numbers"),
        ("gamma", np.ones((3, 2)), "the shape 3 x 2; pass one column"),
        ("gamma", np.ones((3, 1)), "the shape 3 x 1; pass its only column: y[:, 0]."),
        ("gamma", np.ones((2, 2, 2)), "the shape 2 x 2 x 2"),
        ("normal", [1 + 2j, 3.0], "complex numbers"),
        ("normal", np.ones(3, dtype=complex), "complex numbers"),
        ("normal", np.array([1.0, object()], dtype=object), "1 value is not a number"),
        ("normal", [1.0, {"a": 2.0}], "1 value is not a number"),
        ("normal", np.array(["2026-01-01"], dtype="M8[D]"), "dates or durations"),
        ("normal", pd.date_range("2026-01-01", periods=3), "dates or durations"),
        ("poisson", [1, 2**53 + 1], "beyond 2**53, which float64 rounds: 9007199254740993 (row 1)"),
        ("normal", [10**400, 1], "beyond 2**53"),
        ("normal", np.array([1, 2**64 - 1], dtype=np.uint64), "18446744073709551615 (row 1)"),
        ("normal", [1e308, -1e308, 1e307], "whose square is no float64; change its unit"),
    ],
)
def test_data_that_are_no_sample(model, data, said):
    assert said in refused(model, data)


@pytest.mark.parametrize(
    ("model", "data", "said"),
    [
        (
            "gamma",
            [1.0, -2.5, 0.0, 3.0],
            "positive under Gamma, and 2 values are not: -2.5 (row",
        ),
        ("weibull", [-1.0] * 7, "7 values are not: -1.0 (row 0), -1.0 (row 1), -1.0 (row 2) and 4"),
        ("exponential", [0.0, -1.0], "zero or positive under Exponential, and 1 value is not"),
        (
            "beta",
            [0.5, 1.0],
            "strictly between 0 and 1 under Beta, and 1 value is not: 1.0",
        ),
        ("poisson", [1.0, 2.5], "a count (0, 1, 2, ...) under Poisson, and 1 value is not: 2.5"),
        ("negative_binomial", [3, -1], "1 value is not: -1 (row 1)"),
        ("bernoulli", [0, 1, 2], "0 or 1 under Bernoulli, and 1 value is not: 2 (row 2)"),
        (ml.Binomial(n=3), [1, 5], "a count from 0 to 3 under Binomial, and 1 value is not: 5"),
        (ml.Pareto(minimum=2), [1.5, 2.5], "impossible under Pareto(minimum=2)"),
        (ml.Uniform(high=2), [1.0, 2.5, 3.0], "2 of 3 values, 3 among them, that are impossible"),
    ],
)
def test_values_outside_the_support_are_counted_and_shown(model, data, said):
    assert said in refused(model, data)


def test_every_family_refuses_what_lies_outside_its_support():
    for family in ml.families():
        if family.labels or family.support == ml.domains.real or family.support == ml.domains.angle:
            continue
        known = {k: 5 for k, p in family.parameters.items() if p.known}
        inside = 0.5 if family.support == ml.domains.unit else 1.0
        assert "1 value is not: -3.0 (row 1)" in refused(family(**known), [inside, -3.0])


def test_dropping_is_only_on_request_and_not_of_everything():
    assert ml.fit("gamma", [1.0, np.nan, 2.0, 3.5], missing="drop").dropped == 1
    assert "every row is missing" in refused("gamma", [np.nan, np.nan], missing="drop")
    assert "did you mean 'drop'?" in refused("gamma", WAITS, missing="dorp")


# Columns.


@pytest.mark.parametrize("frame", [dict, pd.DataFrame, pl.DataFrame], ids=lambda f: f.__module__)
@pytest.mark.parametrize(
    ("args", "options", "said"),
    [
        (("amuont",), {}, "there is no column 'amuont'; did you mean 'amount'?"),
        (("amount",), {"weights": "wieght"}, "no column 'wieght'; did you mean 'weight'?"),
        ((), {}, "3 columns (amount, weight, day); name the one to fit: y='amount'."),
        (("day",), {}, "day must be numbers, and 6 values are not numbers"),
        (("amount",), {"weights": "day"}, "weights 'day' must be numbers"),
    ],
)
def test_columns(frame, args, options, said):
    assert said in refused("gamma", frame(TABLE), *args, **options)


def test_object_columns_of_numbers_are_numbers():
    frame = pd.DataFrame({"a": [1, 2.5, Decimal("3")]}, dtype=object)
    assert ml.fit("gamma", frame, "a").params["mean"] == pytest.approx(6.5 / 3, rel=1e-12)
    mixed = pd.DataFrame({"a": [1, "x", 2.5]}, dtype=object)
    assert "a must be numbers, and 1 value is not a number: 'x' (row 1)" in refused(
        "gamma", mixed, "a"
    )


def test_a_name_needs_a_table():
    assert "y='amount' names a column, but the data are not a dataframe" in refused(
        "gamma", WAITS, "amount"
    )
    assert "weights='w' names a column" in refused("gamma", WAITS, weights="w")
    assert "no columns" in refused("gamma", pd.DataFrame())


# Weights.


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1, -1, 1, 1, 1, -2], "2 are negative: -1 (row 1), -2 (row 5)."),
        ([1, 1, 1, 1, 1, -0.5], "1 is negative: -0.5 (row 5)."),
        ([0] * 6, "weights are all zero; at least one row must count."),
        ([1, 2], "weights and y differ in length, 2 and 6; give one weight per row."),
        ([1, 1, np.nan, 1, 1, 1], "weights have 1 missing value (row 2)"),
        ([1, 1, np.inf, 1, 1, 1], "1 is infinite: inf (row 2)."),
        (list("abcdef"), "weights must be numbers, and 6 values are not numbers"),
        (np.ones((6, 2)), "weights has the shape 6 x 2"),
        (np.ones(6) * 1j, "complex numbers"),
        (2.0, "weights cannot be 2.0"),
        ([1e308] * 6, "weights add up to more than float64 can hold"),
    ],
)
@pytest.mark.parametrize("kind", ["frequency", "precision", "sampling"])
def test_weights_that_make_no_sense(weights, said, kind):
    assert said in refused("gamma", WAITS, weights=weights, weight_kind=kind)


def test_kinds_of_weight():
    said = refused("gamma", WAITS, weights=WAITS, weight_kind="frequncy")
    assert "did you mean 'frequency'?" in said
    assert "frequency, precision, sampling" in refused("gamma", WAITS, weight_kind=3)


# Models.


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: "gama", "there is no family 'gama'; did you mean 'Gamma'?"),
        (lambda: "student-tt", "did you mean 'StudentT'?"),
        (lambda: "nothing like it", "there is no family 'nothing like it'; there are"),
        (lambda: 3, 'such as ml.Normal() or "normal"; got int.'),
        (lambda: None, "got NoneType."),
        (lambda: ml.Gamma(shpe=2), "Gamma has no parameter 'shpe'; did you mean 'shape'?"),
        (lambda: ml.Normal(sgima=1), "Normal has no parameter 'sgima'; did you mean 'sigma'?"),
        (lambda: ml.Gamma(shape=-2), "Gamma: shape must be positive; got -2."),
        (lambda: ml.Beta(mean=1), "Beta: mean must be strictly between 0 and 1; got 1."),
        (lambda: ml.Gamma(shape=np.nan), "shape must be positive; got nan."),
        (lambda: ml.Gamma(shape=np.inf), "shape must be positive; got inf."),
        (lambda: ml.Gamma(shape=[1, 2]), "shape must be a number to be fixed; got [1, 2]."),
        (lambda: ml.Gamma(shape=1j), "shape must be a number to be fixed; got 1j."),
        (lambda: ml.Gamma(1, 2, 3), "Gamma takes mean, shape, each once; got 3 values"),
        (lambda: ml.Gamma(1, mean=2), "Gamma takes mean, shape, each once; got 1 values"),
        (lambda: ml.Binomial(), "Binomial needs n, number of trials"),
        (lambda: ml.Binomial(n=2.5), "n must be a whole number of at least 1; got 2.5."),
        (lambda: ml.Shifted("poisson"), "Shifted needs a family of positive values"),
        (lambda: ml.Shifted("gama"), "did you mean 'Gamma'?"),
    ],
)
def test_models_that_make_no_sense(make, said):
    with pytest.raises(ml.ModelError) as raised:
        ml.fit(make(), WAITS)
    assert said in sentence(raised)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda: ml.log_likelihood("gamma", WAITS, mean=1), "needs a value for shape"),
        (lambda: ml.log_likelihood("gamma", WAITS, maen=1, shape=1), "did you mean 'mean'?"),
        (lambda: ml.score("gamma", WAITS, mean=-1, shape=1), "mean must be positive; got -1."),
        (lambda: ml.likelihood("gamma", [-1], mean=1, shape=1), "1 value is not: -1 (row 0)."),
        (
            lambda: ml.information("gamma", WAITS, kind="expect", mean=1, shape=1),
            "did you mean 'expected'?",
        ),
        (lambda: ml.Gamma().at(mean=1), "only with a number for shape"),
        (lambda: ml.Gamma(shape=2).at(mean=1, shape=2), "has shape fixed already"),
    ],
)
def test_the_other_public_words_say_it_alike(ask, said):
    with pytest.raises(ml.MostLikelyError) as raised:
        ask()
    assert said in sentence(raised)


def test_errors_are_also_the_builtin_ones_that_a_person_would_catch():
    assert issubclass(ml.DataError, ValueError)
    assert issubclass(ml.ModelError, ValueError)
    assert issubclass(ml.MissingPackage, ImportError)


def test_what_the_user_passed_in_is_left_as_it_was():
    y, w = np.array([3.0, 1.0, 2.0]), np.array([1.0, 0.0, 2.0])
    frame = pd.DataFrame({"a": [1.0, None, 3.0]})
    before = y.copy(), w.copy(), frame.copy()
    ml.fit("gamma", y, weights=w, weight_kind="sampling")
    ml.fit("gamma", frame, "a", missing="drop")
    np.testing.assert_array_equal(y, before[0])
    np.testing.assert_array_equal(w, before[1])
    pd.testing.assert_frame_equal(frame, before[2])


# Odd, but data: a verdict and no error. Warnings are errors in this suite.


def typical(family):
    """A model, and a value in the middle of its distribution."""
    known = {k: 5 for k, p in family.parameters.items() if p.known}
    return family(**known), 0.5 if family.support == ml.domains.unit else 1.0


ORDINARY = [f for f in ml.families() if not f.labels]


@pytest.mark.parametrize("family", ORDINARY, ids=lambda f: f.__name__)
@pytest.mark.parametrize("n", [1, 2, 50])
def test_samples_of_one_value_end_in_a_verdict(family, n):
    model, value = typical(family)
    fit = ml.fit(model, [value] * n)
    assert fit.verdict.kind in ("interior", "boundary", "no maximum", "not identified")
    assert fit.verdict.ok == (fit.verdict.kind in ("interior", "boundary"))
    assert str(fit.verdict).endswith(".")
    assert fit.summary()
    for low, high in fit.interval().values():
        assert low <= high
    if fit.verdict.kind == "no maximum":
        assert all(np.isnan(e) for e in fit.standard_errors.values())


@pytest.mark.parametrize("family", ORDINARY, ids=lambda f: f.__name__)
def test_two_values_end_in_a_verdict(family):
    model, value = typical(family)
    fit = ml.fit(model, [value, 0.0 if family.support.discrete else 0.7 * value])
    assert str(fit.verdict).endswith(".")
    assert fit.summary()


@pytest.mark.parametrize("family", ["normal", "gamma", "weibull", "student_t", "lognormal", "gev"])
@pytest.mark.parametrize("unit", [1e-140, 1e140])
def test_values_of_any_ordinary_size_end_in_a_verdict(family, unit):
    fit = ml.fit(family, unit * np.array(WAITS))
    assert fit.verdict.ok, str(fit.verdict)
    assert fit.verdict.kind == ml.fit(family, WAITS).verdict.kind
