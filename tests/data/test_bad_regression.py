"""Regressions that cannot be, or should not be: one sentence, or a verdict, and no NaN in a table.

What a sentence must say is what a person needs: which column, which rows, what to do.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mostlikely as ml
from tests.data.refusals import (
    FAMILIES,
    FRAME,
    NUMBERS,
    RNG,
    TABLE,
    XS,
    G,
    N,
    X,
    Z,
    changed,
    refused,
    sentence,
    shown,
    with_,
)

# Formulas.


@pytest.mark.parametrize(
    ("formula", "said"),
    [
        ("y ~ x +", "something is missing beside +"),
        ("y ~ (x", "a bracket is not closed"),
        ("y ~ np.log(", "a ')' is missing"),
        ("y ~ x z", "there is no '+' between x and z"),
        ("y ~ x ~ z", "more than one '~'"),
        ("y ~ x + (1|g)", "has a random effect, (1|g)"),
        ("y ~ x | z", "several right sides"),
        ("y ~ 5", "a number is no term"),
        ("y ~ x^^2", "^^ cannot stand"),
        ("y ~ offset(o)", "pass it beside the formula"),
        ("~ x", "no response is named"),
        ("y = x", "is the name of a column, as it has no '~'"),
        ("y ~ foo(x)", "knows no function 'foo'"),
        ("y ~ foo(x)", "Compute a column"),
        ("y ~ lgo(amount)", "did you mean 'log'?"),
        ("cbind(k, m) ~ x", "n='trials'"),
        ("y ~ x.mean()", "does not give one number for each row"),
        ("y ~ int(x)", "it raises TypeError"),
        ("y ~ y", "y is the response"),
        ("y ~ x + y", "leave it out of the right side"),
        ("y ~ xx", "there is no column 'xx'; did you mean 'x'?"),
        ("yy ~ x", "there is no column 'yy'; did you mean 'y'?"),
        ("amuont ~ x", "did you mean 'amount'?"),
        ("np.log(amuont) ~ x", "did you mean 'amount'?"),
        ("y ~ C(ratings)", "did you mean 'rating'?"),
        ("y ~ np.log(x)", "the term 'np.log(x)' is not a finite number in"),
        ("np.log(y) ~ x", "the term 'np.log(y)' is not a finite number in"),
        ("y ~ one", "one has one level only, 'same'"),
        ("y ~ C(g, contr.treatment('q'))", "g has no level 'q' to be the base"),
        ("y ~ day", "day holds dates or durations"),
        ("g ~ x", "40 values are not numbers: 'b' (row 0)"),
    ],
)
def test_a_formula_is_refused_by_what_is_wrong_with_it(formula, said):
    table = with_(g=["b"] * 20 + ["a"] * 20)
    assert said in refused(ml.Normal(formula), table)


def test_a_dot_is_all_columns_without_another_role():
    few = {k: TABLE[k] for k in ("y", "x", "z", "g", "o")}
    dot = ml.fit(ml.Normal("y ~ .", "~ x"), {**few, "w": np.ones(N)}, weights="w", offset="o")
    spelt = ml.fit(ml.Normal("y ~ x + z + g", "~ x"), few, offset="o")
    assert dict(dot.params) == pytest.approx(dict(spelt.params))
    less = ml.fit(ml.Normal("np.exp(y) ~ . - g - 1"), {k: few[k] for k in ("y", "x", "z", "g")})
    assert list(less.params) == [("mu", "x"), ("mu", "z"), "sigma"]
    assert np.allclose(np.asarray(dot.predict(few)), np.asarray(spelt.predict(few)))


# The response.


@pytest.mark.parametrize("name", NUMBERS)
def test_a_response_outside_the_support_is_shown_with_its_rows(name):
    column, model = FAMILIES[name]
    said = refused(model(f"{column} ~ x"), with_(**{column: changed(column, [3, 9], np.inf)}))
    assert f"{column} has 2 infinite values (rows 3, 9)" in said
    if name not in ("Normal", "StudentT"):
        said = refused(model(f"{column} ~ x"), with_(**{column: changed(column, [3, 9], -7.5)}))
        assert f"{column} must be " in said
        assert "2 values are not: -7.5 (row 3), -7.5 (row 9)" in said


@pytest.mark.parametrize("name", FAMILIES)
def test_columns_of_two_dimensions_are_not_read_as_one(name):
    column, model = FAMILIES[name]
    said = refused(model(f"{column} ~ x"), with_(x=X[:, None]))
    assert "x has the shape 40 x 1; pass its only column" in said
    if name in NUMBERS:
        said = refused(
            model(f"{column} ~ x"), with_(**{column: np.asarray(TABLE[column])[:, None]})
        )
        assert f"{column} has the shape 40 x 1" in said


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (ml.Normal("y ~ x"), "y reaches "),
        (ml.StudentT("y ~ x"), "change its unit"),
        (ml.Gamma("y ~ x"), "whose square is no float64"),
    ],
)
@pytest.mark.parametrize("unit", [1e-300, 1e300])
def test_a_response_beyond_floats_is_a_matter_of_its_unit(model, said, unit):
    assert said in refused(model, with_(y=TABLE["amount"] * unit))


def test_counts_of_1e15_and_a_thousand_million_trials_have_their_maximum():
    mean = np.exp(np.log(1e15) + 0.1 * X)
    poisson = ml.fit(ml.Poisson("q ~ x"), with_(q=np.round(mean)))
    assert poisson.verdict.kind == "interior"
    assert poisson.params["mean", "x"] == pytest.approx(0.1, abs=1e-13)
    p = 1.0 / (1.0 + np.exp(-0.2 - 0.5 * X))
    trials = ml.fit(ml.Binomial("q ~ x", n="N"), with_(q=np.round(1e9 * p), N=np.full(N, 10**9)))
    assert trials.verdict.kind == "interior"
    assert trials.params["p", "x"] == pytest.approx(0.5, abs=1e-8)
    shown(poisson)
    shown(trials)


@pytest.mark.parametrize(
    ("trials", "said"),
    [
        (np.full(N, 1), "k is impossible beside m in"),
        (np.full(N, -1), "m is n of Binomial and must be a whole number of at least 1: -1 (row 0)"),
        (np.full(N, 5.5), "5.5 (row 0)"),
        (np.r_[np.nan, np.full(N - 1, 5)], "m has 1 missing value (row 0)"),
        (["a"] * N, "m must be numbers"),
    ],
)
def test_trials_are_counts_that_hold_the_successes(trials, said):
    assert said in refused(ml.Binomial("k ~ x", n="m"), with_(m=trials))


# Predictors.


@pytest.mark.parametrize("name", FAMILIES)
def test_predictors_are_finite_numbers_of_a_size_that_has_a_square(name):
    column, model = FAMILIES[name]
    model = model(f"{column} ~ x")
    assert "x has 2 infinite values (rows 1, 2)" in refused(
        model, with_(x=changed("x", [1, 2], np.inf))
    )
    assert "x has 1 missing value (row 5)" in refused(model, with_(x=changed("x", [5], np.nan)))
    assert "the values of 'x' are so large" in refused(model, with_(x=X * 1e200))
    assert "the values of 'x' are so small" in refused(model, with_(x=X * 1e-200))


@pytest.mark.parametrize("name", ["Normal", "Poisson", "Bernoulli", "Gamma"])
@pytest.mark.parametrize("unit", [1e-12, 1e12])
def test_units_of_a_predictor_do_not_matter(name, unit):
    column, model = FAMILIES[name]
    fit = ml.fit(model(f"{column} ~ x"), with_(x=X * unit))
    plain = ml.fit(model(f"{column} ~ x"), TABLE)
    key = next(k for k in plain.params if k[1:] == ("x",))
    assert fit.params[key] * unit == pytest.approx(plain.params[key], rel=1e-6)
    assert fit.loglik == pytest.approx(plain.loglik, rel=1e-12)


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    ("column", "way"),
    [
        (X - 2.0 * Z, "q = x - 2·z"),
        (np.zeros(N), "q = zero in every row"),
        (X * (1 + 1e-14), "q = x"),
    ],
)
def test_dependent_columns_are_named_and_the_rest_is_right(name, column, way):
    response, model = FAMILIES[name]
    fit = ml.fit(model(f"{response} ~ x + z + q"), with_(q=column))
    assert fit.verdict.kind == "not identified"
    assert way in str(fit.verdict)
    assert fit.loglik == pytest.approx(ml.fit(model(f"{response} ~ x + z"), TABLE).loglik)
    shown(fit)


@pytest.mark.parametrize("name", ["Normal", "Poisson", "Bernoulli", "Binomial", "Gamma"])
def test_empty_cells_of_an_interaction_are_named(name):
    response, model = FAMILIES[name]
    h = np.where(np.array(G) == "a", "p", np.where(Z > 0.0, "q", "p"))
    fit = ml.fit(model(f"{response} ~ g*h"), with_(h=h))
    assert fit.verdict.kind in ("not identified", "separation")
    shown(fit)


@pytest.mark.parametrize("name", FAMILIES)
def test_fewer_rows_than_coefficients_end_in_a_verdict(name):
    response, model = FAMILIES[name]
    few = {k: v[:3] for k, v in TABLE.items()} | {"g": list("abc")}
    few["rating"] = ["low", "mid", "top"]
    fit = ml.fit(model(f"{response} ~ x + g"), few)
    assert not fit.verdict.ok
    shown(fit)


@pytest.mark.parametrize("name", NUMBERS)
def test_one_row_ends_in_a_verdict(name):
    response, model = FAMILIES[name]
    fit = ml.fit(model(f"{response} ~ x"), {k: v[:1] for k, v in TABLE.items()})
    assert not fit.verdict.ok
    shown(fit)


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("Normal", "sigma → 0"),
        ("StudentT", "sigma → 0"),
        ("Gamma", "shape → ∞"),
        ("Beta", "precision → ∞"),
    ],
)
def test_data_without_noise_have_no_maximum(name, ends):
    response, model = FAMILIES[name]
    fit = ml.fit(model(f"{response} ~ x"), with_(**{response: np.full(N, 0.25)}))
    assert fit.verdict.kind == "no maximum"
    assert ends in str(fit.verdict)
    assert "meet the data exactly" in str(fit.verdict)
    shown(fit)


def test_levels_without_rows_are_no_levels():
    declared = pd.DataFrame({"y": [1.0, 2.0, 4.0, 3.5], "g": ["u", "v", "u", "v"]})
    declared["g"] = pd.Categorical(declared["g"], categories=["q", "u", "v"])
    assert list(ml.fit(ml.Normal("y ~ g"), declared).params) == [
        ("mu", "Intercept"),
        ("mu", "g[T.v]"),
        "sigma",
    ]
    gone = {"y": [1.0, np.nan, 4.0, 3.0, 7.0], "g": list("uwvvu")}
    assert ("mu", "g[T.w]") not in ml.fit(ml.Normal("y ~ g"), gone, missing="drop").params
    alone = {"y": [1.0, np.nan, 4.0], "g": list("uvu")}
    assert "g has one level only, 'u'" in refused(ml.Normal("y ~ g"), alone, missing="drop")


def test_a_label_for_every_row_of_many_is_refused_before_memory_is():
    table = {"y": np.arange(30_000) % 7, "id": np.arange(30_000)}
    said = refused(ml.Poisson("y ~ C(id)"), table)
    assert "30,000 coefficients" in said
    assert "Is a column of numbers taken for labels?" in said


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ([1, "u", 2, "v"], "labels of different types"),
        ([[1], [2], [1], [2]], "labels that are lists or the like"),
    ],
)
def test_labels_are_things_that_can_be_told_apart_and_ordered(column, said):
    assert said in refused(ml.Normal("y ~ C(g)"), {"y": [1.0, 2.0, 4.0, 3.0], "g": column})


def test_no_column_of_the_users_is_hidden_by_a_name_of_the_librarys():
    table = {"y": X, "weights": Z}
    fit = ml.fit(ml.Normal(), X=table, y=TABLE["y"])
    plain = ml.fit(ml.Normal("y ~ x + z"), TABLE)
    assert list(fit.params) == [("mu", "Intercept"), ("mu", "y"), ("mu", "weights"), "sigma"]
    assert list(fit.params.values()) == pytest.approx(list(plain.params.values()))
    weighted = ml.fit(ml.Normal("y ~ weights"), {"y": TABLE["y"], "weights": Z}, weights=np.ones(N))
    assert weighted.params["mu", "weights"] == pytest.approx(
        ml.fit(ml.Normal("y ~ z"), TABLE).params["mu", "z"]
    )
    said = refused(ml.Normal("y ~ Intercept"), {"y": X, "Intercept": Z})
    assert "two coefficients would be called 'Intercept'" in said


# Offsets and weights.


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize("far", [1e6, -1e6])
def test_an_offset_of_a_million_is_taken_up_by_the_intercept(name, far):
    response, model = FAMILIES[name]
    fit = ml.fit(model(f"{response} ~ x"), TABLE, offset=np.full(N, far))
    plain = ml.fit(model(f"{response} ~ x"), TABLE)
    assert fit.verdict.kind == plain.verdict.kind
    assert fit.loglik == pytest.approx(plain.loglik, abs=1e-8)
    key = next(iter(plain.params))
    assert fit.params[key] + far == pytest.approx(plain.params[key], abs=1e-5)


def test_an_offset_of_both_signs_is_least_squares_of_what_is_left():
    offset = np.where(X > 0.0, 1e6, -1e6)
    fit = ml.fit(ml.Normal("y ~ x"), TABLE, offset=offset)
    design = np.column_stack([np.ones(N), X])
    beta = np.linalg.lstsq(design, TABLE["y"] - offset, rcond=None)[0]
    assert fit.verdict.kind == "interior"
    assert list(fit.params.values())[:2] == pytest.approx(list(beta), rel=1e-8)


def test_an_exposure_that_is_no_logarithm_is_said_to_be_none():
    fit = ml.fit(ml.Poisson("n ~ x"), TABLE, offset=np.linspace(1.0, 1e6, N))
    assert not fit.verdict.ok
    assert "an exposure is passed as its logarithm" in str(fit.verdict)
    shown(fit)


@pytest.mark.parametrize(
    ("offset", "said"),
    [
        (np.where(X > 1.0, -np.inf, 0.0), "offset of mean has"),
        (np.where(X > 1.0, np.nan, 0.0), 'drop them with missing="drop"'),
        (np.ones(3), "offset of mean has 3 rows, x has 40 rows"),
        (np.ones((N, 1)), "offset of mean has the shape 40 x 1"),
        (1.0, "offset of mean cannot be 1.0"),
        ("oo", "there is no column 'oo'; did you mean 'o'?"),
        ("g", "g must be numbers"),
    ],
)
def test_an_offset_is_one_finite_number_for_each_row(offset, said):
    assert said in refused(ml.Poisson("n ~ x"), TABLE, offset=offset)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        (np.zeros(N), "weights are all zero"),
        (np.r_[-1.0, np.ones(N - 1)], "1 is negative: -1 (row 0)"),
        (np.r_[np.nan, np.ones(N - 1)], "weights have 1 missing value (row 0)"),
        (np.ones(3), "weights has 3 rows, x has 40 rows"),
        ("mm", "there is no column 'mm'; did you mean 'm'?"),
    ],
)
def test_weights_are_one_for_each_row_and_not_negative(weights, said):
    assert said in refused(ml.Poisson("n ~ x"), TABLE, weights=weights)


@pytest.mark.parametrize("name", FAMILIES)
def test_rows_of_weight_zero_are_no_rows(name):
    response, model = FAMILIES[name]
    keep = [k for k in range(N) if G[k] != "b"]
    fit = ml.fit(model(f"{response} ~ x + g"), TABLE, weights=[float(v != "b") for v in G])
    fewer = {k: [v[i] for i in keep] for k, v in TABLE.items()}
    other = ml.fit(model(f"{response} ~ x + g"), fewer)
    assert fit.loglik == pytest.approx(other.loglik, abs=1e-7)
    assert list(fit.params) == list(other.params)


# Tables and arrays.


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"y": [], "x": []}, "the data have no rows"),
        (pd.DataFrame({"y": [], "x": []}), "the data have no rows"),
        ({}, "the data have no columns"),
        (None, "there are no data"),
        ([1.0, 2.0], "columns by name"),
        ({"y": [1.0, 2.0, 3.0], "x": [1.0, 2.0]}, "x has 2 rows, y has 3 rows"),
        ({"y": 1.0, "x": 2.0}, "y cannot be 1.0"),
        ({"y": [1.0, 2.0], "x": None}, "x cannot be None"),
        ({"y": [1.0, 2.0], "x": [1j, 2.0]}, "complex numbers"),
        ({"y": [1.0, 2.0], "x": [np.nan, np.nan]}, "2 missing values (rows 0, 1)"),
        (pd.DataFrame(np.ones((3, 3)), columns=["y", "x", "x"]), "several columns of one name"),
        (pl.DataFrame({"y": [1.0, 2.0], "x": [None, 2.0]}), "x has 1 missing value (row 0)"),
    ],
)
def test_a_table_is_columns_by_name_of_one_length(data, said):
    assert said in refused(ml.Normal("y ~ x"), data)


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        ([[1.0, 2.0], [3.0]], [1.0, 2.0], "the rows of X differ in length"),
        (np.ones((4, 2, 2)), [1.0, 2.0, 3.0, 4.0], "two-dimensional"),
        (3.0, [1.0, 2.0], "two-dimensional"),
        (XS * 1j, TABLE["y"], "complex128"),
        (["x", "z"], TABLE["y"], "X=data[["),
        (XS, None, "there is no response"),
        (XS, 3.0, "one number for each row of X"),
        (XS, TABLE["y"][:5], "X and y differ in length: 40 rows and 5"),
        (XS, TABLE["y"][:, None], "y has the shape 40 x 1"),
        (XS, pd.DataFrame({"v": X, "w": X}), "y is a table of 2 columns (v, w)"),
        (XS, ["a"] * N, "y must be numbers"),
        (XS, "v", "X is an array without names"),
        (np.empty((0, 2)), [], "the data have no rows"),
        (np.where(XS > 1.5, np.nan, XS), TABLE["y"], 'missing="drop"'),
        (np.ma.masked_greater(XS, 1.5), TABLE["y"], 'missing="drop"'),
        (np.where(XS > 1.5, np.inf, XS), TABLE["y"], "infinite values"),
        (pd.DataFrame({"x": X, "g": G}), TABLE["y"], "g holds labels"),
        (pl.DataFrame({"x": X, "g": G}), TABLE["y"], "write a formula"),
        (FRAME, "vv", "there is no column 'vv'; did you mean 'v'?"),
    ],
)
def test_arrays_are_numbers_with_a_response_beside_them(x, y, said):
    assert said in refused(ml.Normal(), None, y, X=x)


@pytest.mark.parametrize("table", [FRAME, pl.DataFrame(FRAME), FRAME.to_dict("list")])
def test_a_response_by_name_is_taken_out_of_a_table_of_predictors(table):
    fit = ml.fit(ml.Normal(), X=table, y="v")
    assert list(fit.params) == [("mu", "Intercept"), ("mu", "x"), ("mu", "z"), "sigma"]
    plain = ml.fit(ml.Normal("y ~ x + z"), TABLE)
    assert list(fit.params.values()) == pytest.approx(list(plain.params.values()))
    assert fit.label == "v"


def test_missing_entries_of_arrays_are_dropped_on_request():
    gaps = np.where(XS > 1.5, np.nan, XS)
    keep = ~np.isnan(gaps).any(axis=1)
    plain = ml.fit(ml.Normal(), X=XS[keep], y=TABLE["y"][keep])
    for x in (gaps, pd.DataFrame(gaps), np.ma.masked_greater(XS, 1.5), gaps.astype(object)):
        fit = ml.fit(ml.Normal(), X=x, y=TABLE["y"], missing="drop")
        assert fit.dropped == N - keep.sum()
        assert list(fit.params.values()) == pytest.approx(list(plain.params.values()))


def test_more_columns_than_rows_end_in_a_verdict():
    fit = ml.fit(ml.Normal(), X=RNG.normal(size=(5, 9)), y=[1.0, 2.0, 3.0, 4.0, 6.0])
    assert fit.verdict.kind == "no maximum"
    shown(fit)


# Links and starts.


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (lambda: ml.Poisson(ml.linear("n ~ x", link="logg")), "did you mean 'log'?"),
        (lambda: ml.Poisson(ml.linear("n ~ x", link="power(0)")), "a number other than 0"),
        (
            lambda: ml.Poisson(ml.linear("n ~ x", link="logit")),
            "the link 'logit' of mean gives values",
        ),
        (lambda: ml.Poisson(ml.linear("n ~ x", link="cauchit")), "choose another link"),
        (lambda: ml.Normal(ml.linear("z ~ x", link="log")), "that are positive only"),
    ],
)
def test_a_link_reaches_what_the_data_say(model, said):
    with pytest.raises(ml.ModelError) as raised:
        ml.fit(model(), with_(z=-5.0 - np.exp(X)))
    assert said in sentence(raised)


@pytest.mark.parametrize(
    ("start", "said"),
    [
        ({"q": 1.0}, "there is no parameter 'q'"),
        ({"xx": 1.0}, "did you mean 'x'?"),
        ({"sigma": -1.0}, "sigma must be positive; got -1"),
        ({"sigma": np.nan}, "must be a finite number; got nan"),
        ({"x": np.inf}, "mu[x] must be a finite number; got inf"),
        ({"x": "a"}, "got 'a'"),
        ({"x": [1.0, 2.0]}, "got [1.0, 2.0]"),
        ([1.0], "start must be a dict"),
    ],
)
def test_a_start_is_numbers_by_name_inside_the_domain(start, said):
    assert said in refused(ml.Normal("y ~ x"), TABLE, start=start)


def test_a_start_may_name_a_coefficient_as_it_is_printed():
    for key in ("x", "mu[x]", ("mu", "x")):
        assert ml.fit(ml.Normal("y ~ x"), TABLE, start={key: 0.3}).verdict.ok
