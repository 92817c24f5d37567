"""A model and a table become one set of rows: missing values, weights, offsets, arrays, trials."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mostlikely as ml
from mostlikely.data.bind import bind, bind_new

NAN = float("nan")
DATA = {
    "y": [1.0, 2.0, NAN, 4.0, 5.0, 6.5, 7.0, 9.0],
    "x": [0.5, NAN, 1.0, 2.0, 2.5, 3.0, 3.5, 4.5],
    "z": [3.0, 1.0, 4.0, NAN, 5.0, 9.0, 2.0, 6.0],
    "g": ["a", "b", "a", "b", None, "b", "a", "b"],
    "o": [0.1, 0.2, 0.3, 0.4, 0.5, NAN, 0.7, 0.8],
    "w": [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, NAN, 2.0],
    "unused": [NAN] * 8,
}
WHOLE = {
    "y": [1.0, 2.0, 2.5, 4.0, 5.0, 6.5, 7.0, 9.0],
    "x": [0.5, 0.7, 1.0, 2.0, 2.5, 3.0, 3.5, 4.5],
    "o": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8],
    "w": [1.0, 0.0, 2.0, 1.0, 0.0, 1.0, 1.0, 2.0],
}
TABLES = {"dict": DATA, "pandas": pd.DataFrame(DATA), "polars": pl.DataFrame(DATA)}


def design(bound, name="mu"):
    return bound.designs[name].dense()


def response(bound):
    return bound.sample.source.y.read(0, bound.sample.stored)


def refused(model, *args, error=ml.DataError, said=(), **options):
    with pytest.raises(error) as raised:
        bind(model, *args, **options)
    text = str(raised.value)
    assert "\n" not in text
    assert text.endswith((".", "?")), text
    for what in said:
        assert what in text, text


# Missing values.


@pytest.mark.parametrize("kind", TABLES)
def test_rows_with_any_used_value_missing_are_dropped_and_counted(kind):
    """Every column that the model reads counts, and no other."""
    model = ml.Normal(ml.linear("y ~ x + g", offset="o"), "~ z")
    bound = bind(model, TABLES[kind], weights="w", missing="drop")
    assert bound.sample.dropped == 6  # rows 1 to 6
    assert response(bound).tolist() == [1.0, 9.0]
    assert bound.offsets["mu"].tolist() == [0.1, 0.8]
    assert design(bound).tolist() == [[1, 0.5, 0], [1, 4.5, 1]]
    assert design(bound, "sigma").tolist() == [[1, 3.0], [1, 6.0]]
    fewer = bind(ml.Normal("y ~ x"), TABLES[kind], missing="drop")
    assert fewer.sample.dropped == 2
    assert len(response(fewer)) == 6


def test_a_fit_reports_what_it_dropped():
    fit = ml.fit(ml.Normal("y ~ x"), DATA, missing="drop")
    assert (fit.rows, fit.dropped, fit.n) == (6, 2, 6)
    kept = {"y": [1.0, 4.0, 5.0, 6.5, 7.0, 9.0], "x": [0.5, 2.0, 2.5, 3.0, 3.5, 4.5]}
    assert dict(fit.params) == dict(ml.fit(ml.Normal("y ~ x"), kept).params)


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize(
    ("formula", "options", "said"),
    [
        ("y ~ z", {}, "y has 1 missing value (row 2)"),
        ("w ~ x", {}, "w has 1 missing value (row 6)"),
        ("o ~ g", {}, "o has 1 missing value (row 5)"),
    ],
)
def test_missing_values_are_refused_by_column_and_row(kind, formula, options, said):
    refused(ml.Normal(formula), TABLES[kind], said=[said, 'missing="drop"'], **options)


@pytest.mark.parametrize(
    ("column", "row"), [("x", 1), ("z", 3), ("g", 4), ("o", 5)], ids=lambda v: str(v)
)
def test_a_missing_value_is_seen_wherever_the_model_reads_it(column, row):
    whole = {**DATA, "y": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0]}
    said = [f"{column} has 1 missing value (row {row})"]
    refused(ml.Normal(f"y ~ {column}"), whole, said=said)
    refused(ml.Normal("y ~ 1", f"~ {column}"), whole, said=said)
    if column != "g":
        refused(ml.Normal(f"np.log({column}) ~ 1"), whole, said=said)
        refused(ml.Normal(ml.linear("y ~ 1", offset=column)), whole, said=said)
        refused(ml.Normal("y ~ 1"), whole, weights=column, said=said)
        curve = ml.nonlinear(lambda d, a: a * d[column], start={"a": 1.0})
        refused(ml.Normal(curve), whole, "y", said=said)


def test_no_row_left_is_an_error():
    refused(ml.Normal("y ~ unused"), DATA, missing="drop", said=["every row has a missing value"])


def test_rows_are_named_as_the_user_counts_them():
    """After rows were dropped, an infinite value still has the number that it has in the table."""
    data = {"y": [1.0, NAN, 2.0, 3.0, 4.0], "x": [1.0, 2.0, NAN, np.inf, 5.0]}
    refused(ml.Normal("y ~ x"), data, missing="drop", said=["x has 1 infinite value (row 3)"])


def test_a_response_outside_the_support_is_named_by_its_row_in_the_table():
    data = {"y": [1.0, NAN, 2.0, -3.0, 4.0], "x": [1.0, 2.0, 3.0, 4.0, 5.0]}
    refused(ml.Gamma("y ~ x"), data, missing="drop", said=["-3", "row 3"])


# Weights.


def test_rows_of_weight_zero_are_no_rows():
    bound = bind(ml.Normal("y ~ x"), WHOLE, weights="w")
    assert response(bound).tolist() == [1.0, 2.5, 4.0, 6.5, 7.0, 9.0]
    assert design(bound)[:, 1].tolist() == [0.5, 1.0, 2.0, 3.0, 3.5, 4.5]
    assert bound.sample.n == 8
    without = {k: np.array(v)[np.array(WHOLE["w"]) > 0] for k, v in WHOLE.items()}
    expected = ml.fit(ml.Normal("y ~ x"), without, weights="w")
    found = ml.fit(ml.Normal("y ~ x"), WHOLE, weights="w")
    assert dict(found.params) == dict(expected.params)
    assert found.loglik == expected.loglik


def test_weights_by_name_and_by_array_are_one_thing():
    by_name = ml.fit(ml.Normal("y ~ x"), WHOLE, weights="w")
    by_array = ml.fit(ml.Normal("y ~ x"), WHOLE, weights=np.array(WHOLE["w"]))
    assert dict(by_name.params) == dict(by_array.params)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1.0, -1.0, 1, 1, 1, 1, 1, 1], ["-1", "row 1"]),
        ([1.0, 1.0], ["differ in length", "2"]),
        ("v", ["there is no column 'v'"]),
        (np.zeros(8), ["zero"]),
    ],
    ids=["negative", "short", "unknown", "all zero"],
)
def test_unusable_weights_are_refused(weights, said):
    refused(ml.Normal("y ~ x"), WHOLE, weights=weights, said=said)


# Offsets.


def test_an_offset_is_the_same_by_name_by_array_and_in_the_predictor():
    counts = {**WHOLE, "n": [0, 1, 1, 3, 2, 6, 9, 12]}
    ways = [
        ml.fit(ml.Poisson("n ~ x"), counts, offset="o"),
        ml.fit(ml.Poisson("n ~ x"), counts, offset=np.array(counts["o"])),
        ml.fit(ml.Poisson("n ~ x"), counts, offset=counts["o"]),
        ml.fit(ml.Poisson(ml.linear("n ~ x", offset="o")), counts),
        ml.fit(ml.Poisson(ml.linear("n ~ x", offset=counts["o"])), counts),
    ]
    for fit in ways[1:]:
        assert dict(fit.params) == dict(ways[0].params)
        assert fit.loglik == ways[0].loglik


def test_an_offset_of_another_parameter_is_its_own():
    bound = bind(ml.Normal("y ~ x", ml.linear("~ 1", offset="o")), WHOLE)
    assert set(bound.offsets) == {"sigma"}
    assert bound.offsets["sigma"].tolist() == WHOLE["o"]


def test_an_offset_without_a_formula_makes_an_intercept():
    fit = ml.fit(ml.Poisson(), {"n": [2, 4, 9], "e": np.log([1.0, 2.0, 4.0])}, "n", offset="e")
    assert fit.params[("mean", "Intercept")] == pytest.approx(np.log(15 / 7), abs=1e-8)


def test_unusable_offsets_are_refused():
    model = ml.Normal("y ~ x")
    refused(model, WHOLE, offset="of", said=["there is no column 'of'"])
    refused(model, WHOLE, offset=[1.0, 2.0], said=["differ in length"])
    infinite = {**WHOLE, "o": [-np.inf, *WHOLE["o"][1:]]}
    refused(model, infinite, offset="o", said=["o has 1 infinite value (row 0)"])


# Arrays.


def arrays():
    rng = np.random.default_rng(3)
    x = rng.normal(size=(30, 2))
    return x, 1.0 + x @ [2.0, -1.0] + rng.normal(size=30)


def test_an_array_gets_an_intercept_and_names():
    x, y = arrays()
    fit = ml.fit(ml.Normal(), X=x, y=y)
    assert list(fit.params) == [("mu", "Intercept"), ("mu", "x1"), ("mu", "x2"), "sigma"]
    expected = np.linalg.lstsq(np.column_stack([np.ones(30), x]), y, rcond=None)[0]
    np.testing.assert_allclose(list(fit.params.values())[:3], expected, rtol=1e-10)


@pytest.mark.parametrize("constant", [1.0, -2.5])
def test_an_array_with_a_constant_column_gets_no_other(constant):
    x, y = arrays()
    fit = ml.fit(ml.Normal(), X=np.column_stack([x, np.full(30, constant)]), y=y)
    assert list(fit.params)[:3] == [("mu", "x1"), ("mu", "x2"), ("mu", "x3")]
    plain = ml.fit(ml.Normal(), X=x, y=y)
    assert fit.loglik == pytest.approx(plain.loglik, rel=1e-12)
    found = fit.params[("mu", "x3")] * constant
    assert found == pytest.approx(plain.params[("mu", "Intercept")], rel=1e-10)


def test_a_frame_of_predictors_keeps_its_names():
    x, y = arrays()
    frame = pd.DataFrame(x, columns=["age", "dose"])
    for data in (frame, pl.from_pandas(frame), {"age": x[:, 0], "dose": x[:, 1]}):
        fit = ml.fit(ml.Normal(), X=data, y=y)
        assert list(fit.params)[:3] == [("mu", "Intercept"), ("mu", "age"), ("mu", "dose")]


def test_one_predictor_may_be_a_vector():
    x, y = arrays()
    alone, column = ml.fit(ml.Normal(), X=x[:, 0], y=y), ml.fit(ml.Normal(), X=x[:, :1], y=y)
    assert dict(alone.params) == dict(column.params)


def test_an_array_is_a_formula_of_its_columns():
    x, y = arrays()
    fit = ml.fit(ml.Normal("y ~ x1 + x2"), {"x1": x[:, 0], "x2": x[:, 1], "y": y})
    other = ml.fit(ml.Normal(), X=x, y=y)
    assert list(fit.params) == list(other.params)
    assert fit.loglik == pytest.approx(other.loglik, rel=1e-13)


def test_rows_of_an_array_with_missing_values_are_dropped():
    x, y = arrays()
    x[4, 1], y[7] = np.nan, np.nan
    refused(ml.Normal(), None, y, x, said=["missing", "row"])
    fit = ml.fit(ml.Normal(), X=x, y=y, missing="drop")
    rows = np.delete(np.arange(30), [4, 7])
    assert fit.dropped == 2
    assert dict(fit.params) == pytest.approx(
        dict(ml.fit(ml.Normal(), X=x[rows], y=y[rows]).params), rel=1e-11
    )


@pytest.mark.parametrize(
    ("x", "said"),
    [
        (np.ones((3, 2)), ["X and y differ in length: 3 rows and 30"]),
        (np.ones((30, 2, 2)), ["two-dimensional"]),
        (np.full((30, 1), "a"), ["X holds text", "write a formula"]),
        (np.where(np.arange(30) == 5, np.inf, 1.0)[:, None], ["x1", "infinite", "row 5"]),
    ],
    ids=["length", "shape", "text", "infinite"],
)
def test_unusable_arrays_are_refused(x, said):
    refused(ml.Normal(), None, arrays()[1], x, said=said)


def test_a_formula_and_an_array_are_one_too_many():
    x, y = arrays()
    refused(ml.Normal("y ~ x"), None, y, x, error=ml.ModelError, said=["formula", "X="])


# The response.


@pytest.mark.parametrize("way", ["left side", "y=", "array", "both"])
def test_the_response_may_be_named_in_several_ways(way):
    whole = {k: np.array(v) for k, v in WHOLE.items()}
    bound = {
        "left side": lambda: bind(ml.Normal("y ~ x"), whole),
        "y=": lambda: bind(ml.Normal("~ x"), whole, "y"),
        "array": lambda: bind(ml.Normal("~ x"), whole, whole["y"]),
        "both": lambda: bind(ml.Normal("y ~ x"), whole, "y"),
    }[way]()
    assert response(bound).tolist() == WHOLE["y"]


def test_a_computed_response_is_fitted():
    fit = ml.fit(ml.Normal("np.log(y) ~ x"), WHOLE)
    logged = {**WHOLE, "l": np.log(WHOLE["y"])}
    assert fit.loglik == pytest.approx(ml.fit(ml.Normal("l ~ x"), logged).loglik, rel=1e-13)


@pytest.mark.parametrize(
    ("model", "y", "error", "said"),
    [
        (ml.Normal("~ x"), None, ml.DataError, ["no response is named"]),
        (ml.Normal("y ~ x", "w ~ x"), None, ml.ModelError, ["y and w"]),
        (ml.Normal("y ~ x"), "w", ml.ModelError, ["'y'", "'w'"]),
        (ml.Normal("yy ~ x"), None, ml.DataError, ["there is no column 'yy'", "'y'"]),
        (ml.Normal("y ~ xx"), None, ml.DataError, ["there is no column 'xx'", "'x'"]),
        (ml.Normal("y ~ 1", "~ xx"), None, ml.DataError, ["there is no column 'xx'"]),
        (ml.Normal("y ~ x +"), None, ml.ModelError, ["'y ~ x +' cannot be read"]),
    ],
)
def test_what_cannot_be_bound_is_refused(model, y, error, said):
    refused(model, WHOLE, y, error=error, said=said)


def test_a_formula_without_data_is_refused():
    refused(ml.Normal("y ~ x"), None, said=["there are no data"])
    refused(ml.Normal("y ~ x"), [1.0, 2.0, 3.0], said=["columns by name"])


def test_parameters_with_the_same_right_side_share_one_design():
    bound = bind(ml.Normal("y ~ x", "~ x"), WHOLE)
    assert bound.designs["mu"] is bound.designs["sigma"]


# Trials.


TRIALS = {"killed": [1, 3, 4, 8], "trials": [5, 6, 4, 9], "dose": [1.0, 2.0, 3.0, 4.0]}


def test_a_parameter_bound_to_a_column_is_known_per_row():
    bound = bind(ml.Binomial("killed ~ dose", n="trials"), TRIALS)
    assert bound.known["n"].tolist() == TRIALS["trials"]
    assert bound.family.free == ("p",)


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        ([5, 2, 4, 7], ["killed is impossible beside trials in 2 rows (rows 1, 3)"]),
        ([5, 6.5, 4, 9], ["trials is n of Binomial", "6.5 (row 1)"]),
        ([5, -6, 4, 9], ["trials is n of Binomial", "-6 (row 1)"]),
        ([5, 6, NAN, 9], ["trials has 1 missing value (row 2)"]),
        (list("5649"), ["trials"]),
    ],
    ids=["fewer than successes", "fraction", "negative", "missing", "text"],
)
def test_impossible_trials_are_refused_by_row(trials, said):
    refused(ml.Binomial("killed ~ dose", n="trials"), {**TRIALS, "trials": trials}, said=said)


def test_a_column_of_trials_that_is_not_there_is_named():
    refused(ml.Binomial("killed ~ dose", n="trails"), TRIALS, said=["'trails'", "'trials'"])


# New data.


def test_new_data_need_only_the_columns_on_the_right():
    bound = bind(ml.Normal(ml.linear("y ~ x", offset="o")), WHOLE)
    table, parts = bind_new(bound, {"x": [1.0, 2.0], "o": [3.0, 4.0]})
    assert table.rows == 2
    assert parts["designs"]["mu"].dense().tolist() == [[1, 1], [1, 2]]
    assert parts["offsets"]["mu"].tolist() == [3.0, 4.0]


def test_new_data_need_the_offset_by_name():
    bound = bind(ml.Normal("y ~ x"), WHOLE, offset=np.array(WHOLE["o"]))
    with pytest.raises(ml.DataError, match="the offset of mu was an array; to predict"):
        bind_new(bound, {"x": [1.0]})


def test_new_arrays_have_the_columns_of_the_fit():
    x, y = arrays()
    bound = bind(ml.Normal(), None, y, x)
    _, parts = bind_new(bound, x[:3])
    np.testing.assert_array_equal(parts["designs"]["mu"].dense()[:, 1:], x[:3])
    with pytest.raises(ml.DataError, match="fitted to 2"):
        bind_new(bound, x[:3, :1])
