"""Formulas: the same columns as the formula library's, whatever holds the data, and refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from formulaic import Formula

import mostlikely as ml
from mostlikely.data.formula.parse import factors_of, formula_of
from mostlikely.data.formula.pieces import Products
from mostlikely.data.formula.terms import _coded, _groups, _learnt, encode, evaluate, parse
from mostlikely.data.source.blocks import Array
from mostlikely.data.source.table import Table

N = 120
FORMULAS = [
    "1",
    "x",
    "x + C(g) + g:x",
    "0 + g + h",
    "x*g - 1",
    "x:g",
    "x*z",
    "C(z)",
    "g*h*x",
    "0 + g:h",
    "`Group1-1.5l` + `ph.ecog`",
    "ph.ecog",
    "b",
    "x:b + g:h",
    "z:b",
    "np.log(z + 1) + bs(x, df=4) + I(x**2)",
    "center(x) + scale(z)",
    "poly(x, 2)",
    "C(g, contr.treatment('b'))",
    "C(g, contr.sum)",
]


def frame(rows=N, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "y": rng.normal(size=rows),
            "x": rng.normal(size=rows),
            "z": rng.integers(0, 9, rows),
            "g": rng.choice(list("abc"), rows),
            "h": rng.choice(["u", "v"], rows),
            "b": rng.random(rows) < 0.5,
            "Group1-1.5l": rng.normal(size=rows),
            "ph.ecog": rng.normal(size=rows),
        }
    )


FRAME = frame()
TABLES = {
    "pandas": FRAME,
    "polars": pl.from_pandas(FRAME),
    "arrow": pl.from_pandas(FRAME).to_arrow(),
    "dict of lists": FRAME.to_dict("list"),
    "dict of arrays": {k: FRAME[k].to_numpy() for k in FRAME},
}
#: Rows out of order, with a label repeated, as selections leave them.
SHUFFLED = FRAME.set_index(np.arange(N)[::-1] // 2)


def encoded(rhs, data):
    return encode(rhs, Table.of(data))


def columns(rhs, data, new=None):
    coding = encoded(rhs, data)
    return coding, coding.design(Table.of(data if new is None else new)).dense()


def sentence(raised, *said):
    """The error's text: one sentence of the library's own that says these things."""
    text = str(raised.value)
    assert isinstance(raised.value, ml.MostLikelyError)
    assert "\n" not in text
    assert text.endswith((".", "?")), text
    for what in said:
        assert what in text, text


# The same columns as the formula library's.


@pytest.mark.parametrize("rhs", FORMULAS)
@pytest.mark.parametrize("kind", TABLES)
def test_columns_are_the_formula_librarys_one_by_one(kind, rhs):
    theirs = Formula(rhs).get_model_matrix(FRAME, context={"np": np})
    coding, ours = columns(rhs, TABLES[kind])
    assert list(coding.terms) == list(theirs.columns)
    np.testing.assert_allclose(ours, np.asarray(theirs, dtype=float), rtol=1e-14, atol=1e-14)


@pytest.mark.parametrize("rhs", ["x + C(g) + g:x", "bs(x, df=4) + g"])
def test_a_pandas_index_means_nothing(rhs):
    np.testing.assert_array_equal(columns(rhs, SHUFFLED)[1], columns(rhs, FRAME)[1])


def test_only_other_contrasts_are_left_to_the_library_as_a_whole():
    assert encoded("x*g*h + C(z) + np.log(z + 1):g + bs(x, df=4)", FRAME).whole is None
    assert encoded("C(g, contr.sum)", FRAME).whole is not None


def test_columns_without_an_intercept_are_those_with_it_but_the_first():
    whole, x = columns("g + z", FRAME)
    less = encode("g + z", Table.of(FRAME), intercept=False)
    assert less.terms == whole.terms[1:]
    np.testing.assert_array_equal(less.design(Table.of(FRAME)).dense(), x[:, 1:])


def test_declared_categories_keep_their_order():
    levels = ["c", "a", "b"]
    pandas = FRAME.assign(g=pd.Categorical(FRAME["g"], categories=levels))
    polars = TABLES["polars"].with_columns(pl.col("g").cast(pl.Enum(levels)))
    for data in (pandas, polars):
        coding, x = columns("g", data)
        assert coding.terms == ("Intercept", "g[T.a]", "g[T.b]")
        np.testing.assert_array_equal(x[:, 1], FRAME["g"] == "a")


def test_a_level_nobody_has_is_no_column():
    data = FRAME.assign(g=pd.Categorical(FRAME["g"], categories=["a", "b", "c", "d"]))
    assert encoded("g", data).terms == ("Intercept", "g[T.b]", "g[T.c]")


def test_numbers_as_labels_are_in_numeric_order():
    data = {"z": [10, 9, 2, 10, 9, 2]}
    coding, x = columns("C(z)", data)
    assert coding.terms == ("Intercept", "C(z)[T.9]", "C(z)[T.10]")
    assert x[:, 2].tolist() == [1, 0, 0, 1, 0, 0]


# What is learnt is kept for new data.


@pytest.mark.parametrize(
    "rhs",
    ["center(x)", "scale(z)", "bs(x, df=5)", "poly(x, 2)", "x*g", "C(g, contr.sum) + np.exp(x)"],
)
def test_new_data_are_coded_as_the_data_of_the_fit_were(rhs):
    """Any rows of the data alone get the columns that they have among all."""
    coding, whole = columns(rhs, FRAME)
    few = FRAME.iloc[[40, 3, 77]]
    for data in (few, pl.from_pandas(few), few.to_dict("list")):
        x = coding.design(Table.of(data)).dense()
        np.testing.assert_allclose(x, whole[[40, 3, 77]], rtol=1e-13, atol=1e-13)


def test_one_level_in_new_data_is_no_fewer_columns():
    coding, _ = columns("g + x", FRAME)
    x = coding.design(Table.of({"g": ["c", "c"], "x": [1.0, 2.0]})).dense()
    assert x.tolist() == [[1, 0, 1, 1], [1, 0, 1, 2]]


def test_center_subtracts_the_old_mean():
    coding = encoded("center(x)", {"x": [1.0, 2.0, 6.0]})
    assert coding.design(Table.of({"x": [10.0]})).dense().tolist() == [[1.0, 7.0]]


@pytest.mark.parametrize("rhs", ["g + x", "C(g) + np.exp(x)", "C(g, contr.sum)"])
def test_an_unseen_level_is_refused_by_name_and_row(rhs):
    coding = encoded(rhs, FRAME)
    new = Table.of({"g": ["a", "zz", "b", "qq"], "x": [1.0, 2.0, 3.0, 4.0]})
    with pytest.raises(ml.DataError) as raised:
        coding.design(new)
    sentence(raised, "g has 2 levels that the model has not seen", "'zz' (row 1)", "'a', 'b', 'c'")


@pytest.mark.parametrize("missing", [None, np.nan])
def test_a_missing_label_in_new_data_is_no_level(missing):
    coding = encoded("g + x", FRAME)
    with pytest.raises(ml.DataError) as raised:
        coding.design(Table.of({"g": ["a", missing, "b"], "x": [1.0, 2.0, 3.0]}))
    sentence(raised, "g has 1 missing value (row 1)")


def test_a_column_that_new_data_lack_is_named():
    coding = encoded("x + z", FRAME)
    with pytest.raises(ml.DataError) as raised:
        coding.design(Table.of({"x": [1.0], "zz": [2]}))
    sentence(raised, "there is no column 'z'", "'zz'")


# Taken apart.


def test_parse_says_response_right_side_and_columns():
    parsed = parse("np.log(y) ~ x*g + bs(`a b`, df=3)")
    assert (parsed.response, parsed.rhs) == ("np.log(y)", "x*g + bs(`a b`, df=3)")
    assert parsed.columns == ("a b", "g", "x")
    assert parse("~ x").response is None
    assert parse("x").columns == ("x",)
    assert parse("y ~").rhs == "1"


def test_a_response_may_be_computed():
    table = Table.of(FRAME)
    np.testing.assert_allclose(evaluate("np.log(z + 1)", table), np.log(FRAME["z"] + 1))
    np.testing.assert_array_equal(evaluate("z", table), FRAME["z"])


def test_a_column_is_looked_up_before_it_is_computed():
    table = Table.of({"np.log(y)": [1.0, 2.0], "y": [5.0, 6.0]})
    assert list(evaluate("np.log(y)", table)) == [1.0, 2.0]


# Refused.


@pytest.mark.parametrize("text", ["y ~ x +", "y ~ (x", "y ~ x)", "y ~ x z"])
def test_what_is_not_a_formula_is_refused(text):
    with pytest.raises(ml.ModelError) as raised:
        parse(text)
    sentence(raised, repr(text), "cannot be read")


def test_two_tildes_are_refused():
    with pytest.raises(ml.ModelError) as raised:
        parse("y ~ x ~ z")
    sentence(raised, "'y ~ x ~ z' has more than one '~'")


@pytest.mark.parametrize("kind", TABLES)
@pytest.mark.parametrize("rhs", ["gg", "x + gg", "np.log(gg)", "C(gg)", "x:gg"])
def test_an_unknown_column_is_named_with_the_nearest(kind, rhs):
    with pytest.raises(ml.DataError) as raised:
        encoded(rhs, TABLES[kind])
    sentence(raised, "there is no column 'gg'", "'g'")


def test_an_unknown_function_is_named():
    with pytest.raises(ml.ModelError) as raised:
        encoded("x + squirt(x)", FRAME)
    sentence(raised, "squirt")


@pytest.mark.parametrize("rhs", ["one", "C(one)", "x + one", "C(n)", "C(one, contr.sum)"])
def test_a_factor_of_one_level_is_refused(rhs):
    data = {"x": [1.0, 2.0, 3.0], "one": ["a"] * 3, "n": [7, 7, 7]}
    with pytest.raises(ml.DataError) as raised:
        encoded(rhs, data)
    name, level = ("n", "7") if rhs == "C(n)" else ("one", "'a'")
    sentence(raised, f"{name} has one level only, {level}", "leave it out")


@pytest.mark.parametrize("rhs", ["x", "x + g", "x:g", "I(x**2)", "np.exp(x)"])
def test_infinities_are_refused_by_column_and_row(rhs):
    data = FRAME.assign(x=FRAME["x"].where(FRAME.index != 7, np.inf))
    with pytest.raises(ml.DataError) as raised:
        columns(rhs, data)
    sentence(raised, "x has 1 infinite value (row 7)")


def test_a_term_that_is_no_number_somewhere_is_named():
    with pytest.raises(ml.DataError) as raised:
        columns("np.log(z)", FRAME.assign(z=np.arange(N)))
    sentence(raised, "'np.log(z)' is not a finite number in 1", "0")


def test_labels_of_several_types_have_no_order():
    with pytest.raises(ml.DataError) as raised:
        encoded("g", {"g": ["a", 1, "b", 2]})
    sentence(raised, "g holds labels of different types")


def test_columns_of_different_lengths_are_refused():
    with pytest.raises(ml.DataError) as raised:
        encoded("x + z", {"x": [1.0, 2.0, 3.0], "z": [1.0, 2.0]})
    sentence(raised, "differ in length", "z has 2 rows", "x has 3")


def test_a_single_column_is_no_table():
    with pytest.raises(ml.DataError) as raised:
        Table.of([1.0, 2.0])
    sentence(raised, "columns by name")


def test_a_response_of_several_columns_is_refused():
    with pytest.raises(ml.ModelError) as raised:
        evaluate("bs(x, df=4)", Table.of(FRAME))
    sentence(raised, "makes 4 columns")


@pytest.mark.parametrize("rhs", ["1", "0", "a:b + a", "a*b*c - 1", "poly(a, 2):b", "bs(a, df=4)*b"])
def test_of_numbers_the_formula_library_has_the_products_of_the_terms(rhs):
    """Which need no look at stand-ins."""
    table = Table.of({name: np.random.default_rng(0).uniform(1.0, 2.0, 20) for name in "abc"})
    formula = formula_of(rhs)
    factors = {expr: _learnt(factor, table) for expr, factor in factors_of(formula).items()}
    assert list(_groups(formula, factors)) == list(_coded(formula, factors))


@pytest.mark.parametrize("family", [ml.Gamma, ml.Normal, ml.Poisson, ml.Weibull])
def test_intercept_alone_costs_one_look_at_what_is_missing(monkeypatch, family):
    y = np.random.default_rng(0).poisson(5.0, 20_000) + 1.0 + 0.5 * (family is not ml.Poisson)
    seen = []
    read = Array.read
    monkeypatch.setattr(
        Array, "read", lambda self, a, b: seen.append(len(got := read(self, a, b))) or got
    )
    monkeypatch.setattr(Products, "fill", lambda *_: pytest.fail("a column of ones is read"))
    alone = ml.fit(family(), y)
    rows = sum(seen)
    seen.clear()
    fit = ml.fit(family("y ~ 1"), {"y": y})
    assert fit.loglik == pytest.approx(alone.loglik, rel=1e-12)
    assert sum(seen) <= rows + len(y)
