"""Factors of a formula: what they learn, what they refuse, and how little they hold."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from formulaic import Formula

from mostlikely.data.formula.design import Gram
from mostlikely.data.formula.terms import encode, evaluate, parse
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError

N, STREETS = 400, 55
RNG = np.random.default_rng(5)
DATA = {
    "x": RNG.normal(size=N),
    "z": RNG.integers(0, 5, N),
    "g": RNG.choice(list("abc"), N),
    "h": RNG.choice(["u", "v"], N),
    # More levels than a dense block has columns for.
    "street": np.array([f"s{k:02d}" for k in RNG.permutation(np.arange(N) % STREETS)]),
    "a b": RNG.choice(["p", "q"], N),
}
FRAME = pd.DataFrame(DATA)


def design_of(rhs, data=FRAME, **options):
    table = Table.of(data)
    return encode(rhs, table, **options).design(table)


def refused(error, rhs, data, new=None):
    """The sentence with which data, or new data, are refused."""
    table = Table.of(data)
    if new is None:
        with pytest.raises(error) as raised:
            encode(rhs, table).design(table)
    else:
        coding = encode(rhs, table)
        with pytest.raises(error) as raised:
            coding.design(Table.of(new))
    return str(raised.value)


# The columns are the formula library's, their order too.


@pytest.mark.parametrize(
    "rhs",
    [
        "z + C(z)",
        "x*z + C(z):x",
        "bs(x, df=4):g",
        "g:bs(x, df=4)",
        "bs(x, df=4):g:poly(z, 2)",
        "g*bs(x, df=4)*h",
        "np.log(z + 1) + street",
        "bs(x, df=4):street",
        "street:bs(x, df=4) + x:h:street",
        "0 + h:street:x",
        "h*street",
        "C(street, contr.treatment('s07'))*x",
        "0 + C(g, contr.treatment(base='c')) + h",
        "bs(x, df=5, include_intercept=True)",
        "0 + bs(x, df=5, include_intercept=True) + g",
        "C(g, contr.sum)*x",
        "C(z > 2)*x",
        "2:x + g",
        "I(x - 1) + {x * z}",
        "np.column_stack([x, z]) + h",
        "cr(x, df=3) + scale(z):g",
        "Q('x') + h",
    ],
)
def test_columns_are_the_formula_librarys(rhs):
    theirs = Formula(rhs).get_model_matrix(FRAME, context={"np": np})
    design = design_of(rhs)
    assert list(design.terms) == list(theirs.columns)
    np.testing.assert_allclose(design.dense(), theirs.to_numpy(float), rtol=1e-14, atol=1e-14)


def test_names_lose_the_backticks_that_formulas_need():
    assert design_of("C(`a b`)*x").terms == (
        "Intercept",
        "C(a b)[T.q]",
        "x",
        "C(a b)[T.q]:x",
    )


@pytest.mark.parametrize("rhs", ["0 + g", "g - 1", "g"])
def test_without_an_intercepts_column_labels_are_coded_beside_one(rhs):
    assert design_of(rhs, intercept=False).terms == ("g[T.b]", "g[T.c]")


def test_levels_nobody_has_are_no_columns_beside_other_contrasts_either():
    data = FRAME.assign(g=pd.Categorical(FRAME["g"], ["a", "none", "b", "c"]))
    assert design_of("g + np.exp(x)", data).terms[1:3] == ("g[T.b]", "g[T.c]")
    assert design_of("g + C(h, contr.sum)", data).terms[1:3] == ("g[T.b]", "g[T.c]")


# Whatever holds them.

WHOLE = [3, 1, 2, 1, 3, 2]
PIECES = {
    "polars in pieces": pl.concat(
        [pl.DataFrame({"k": WHOLE[:2]}), pl.DataFrame({"k": WHOLE[2:]})], rechunk=False
    ),
    "arrow in pieces": pa.table({"k": pa.chunked_array([WHOLE[:2], WHOLE[2:]])}),
    "pandas nullable": pd.DataFrame({"k": WHOLE}).convert_dtypes(),
    "pandas over arrow": pd.DataFrame({"k": WHOLE}).convert_dtypes(dtype_backend="pyarrow"),
    "list": {"k": WHOLE},
}


@pytest.mark.parametrize("kind", PIECES)
def test_whole_numbers_as_labels_stay_whole(kind):
    design = design_of("C(k)", PIECES[kind])
    assert design.terms == ("Intercept", "C(k)[T.2]", "C(k)[T.3]")
    assert design.dense()[:, 2].tolist() == [1, 0, 0, 0, 1, 0]


@pytest.mark.parametrize("kind", PIECES)
def test_whole_numbers_stay_whole_for_the_formula_library_too(kind):
    terms = design_of("C(k, contr.sum)", PIECES[kind]).terms
    assert terms == ("Intercept", "C(k, contr.sum)[S.1]", "C(k, contr.sum)[S.2]")


@pytest.mark.parametrize("kind", ["polars", "arrow"])
def test_whole_numbers_beside_missing_ones_stay_whole(kind):
    data = {"k": [3, None, 1, 2, 1]}
    table = Table.of(pl.DataFrame(data) if kind == "polars" else pa.table(data))
    assert table.missing("k").tolist() == [False, True, False, False, False]
    coding = encode("C(k)", table.kept(np.array([0, 2, 3, 4])))
    assert coding.terms == ("Intercept", "C(k)[T.2]", "C(k)[T.3]")


LABELS = ["lo", "hi", "lo", "hi", "mid"]
ORDER = ["lo", "mid", "hi"]


@pytest.mark.parametrize(
    "labels",
    [
        pd.Series(pd.Categorical(LABELS, ORDER)),
        pd.Series(pd.Categorical(LABELS, ORDER, ordered=True)),
        pl.Series(LABELS, dtype=pl.Enum(ORDER)),
    ],
    ids=["pandas", "pandas ordered", "polars"],
)
@pytest.mark.parametrize("table", ["frame", "dict"])
def test_a_declared_order_of_labels_is_kept(labels, table):
    frame = labels.to_frame("o")
    data = frame if table == "frame" else {"o": labels}
    design = design_of("o", data)
    assert design.terms == ("Intercept", "o[T.mid]", "o[T.hi]")
    assert design.dense()[:, 2].tolist() == [0, 1, 0, 1, 0]


def test_labels_without_a_declared_order_are_sorted():
    data = pl.DataFrame({"o": pl.Series(["q", "p", "r"], dtype=pl.Categorical)})
    assert design_of("0 + o", data).terms == ("o[p]", "o[q]", "o[r]")


@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, pa.table, dict])
def test_missing_labels_are_seen(make):
    table = Table.of(make({"g": ["a", None, "b"]}))
    assert table.missing("g").tolist() == [False, True, False]


def test_a_lazy_frame_is_collected_once_a_column():
    asked = []

    def seen(column):
        asked.append(column.name)
        return column

    lazy = pl.LazyFrame(DATA).with_columns(pl.col("street").map_batches(seen, pl.String))
    table = Table.of(lazy.select("street", "x"))
    encode("street + x", table).design(table).dense()
    assert len(asked) <= 2  # Table.of asks the first column for its length


def test_short_integers_are_not_cut_off():
    data = {"k": np.array([100, 20, 3], dtype=np.int8)}
    assert design_of("0 + I(k**2)", data).dense()[:, 0].tolist() == [10000, 400, 9]


# New data.


@pytest.mark.parametrize("rhs", ["g", "g + np.exp(x)", "C(g, contr.sum)", "g:x"])
@pytest.mark.parametrize("make", [pd.DataFrame, pl.DataFrame, dict])
def test_a_missing_label_is_no_level(make, rhs):
    """It must not count as one of the known levels."""
    new = make({"g": ["a", None, "c"], "x": [1.0, 2.0, 3.0]})
    assert refused(DataError, rhs, FRAME, new) == (
        "g has 1 missing value (row 1); leave such rows out."
    )


def test_a_missing_number_is_called_missing():
    new = {"x": [1.0, np.nan]}
    assert refused(DataError, "x", FRAME, new).startswith("x has 1 missing value (row 1)")


def test_what_was_computed_for_the_fit_is_not_computed_for_new_data():
    table = Table.of(FRAME)
    coding = encode("center(x)", table)
    whole, few = coding.design(table), coding.design(table.kept(np.array([3, 7])))
    np.testing.assert_allclose(few.dense(), whole.dense()[[3, 7]], rtol=1e-14)
    assert not np.isclose(few.dense()[:, 1].mean(), 0.0)


# Many levels.


def test_many_levels_beside_something_computed_take_little_memory():
    """A dense matrix would take 480 MB."""
    n, levels = 30_000, 2000
    rng = np.random.default_rng(0)
    data = {"x": rng.random(n) + 1.0, "k": rng.permutation(np.arange(n) % levels)}
    table = Table.of(data)
    encode("x", Table.of({"x": [1.0, 2.0]}))  # imports are not counted
    tracemalloc.start()
    coding = encode("np.log(x) + C(k)", table)
    design = coding.design(table)
    block, gram = design.block(0, n), Gram(design, design)
    quad = block.quad(np.eye(design.width))  # 32 MB, and as much for its transpose added
    gram.add(block, np.ones(n), block)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert design.width == levels + 1
    np.testing.assert_allclose(quad, 1.0 + np.log(data["x"]) ** 2 + (data["k"] > 0), rtol=1e-13)
    assert peak < 120e6


def test_two_factors_of_many_levels_meet_in_a_table_that_is_made_once():
    n, levels = 20_000, 1500
    rng = np.random.default_rng(1)
    data = {k: rng.permutation(np.arange(n) % levels) for k in "pq"}
    design = design_of("C(p) + C(q)", data)
    gram = Gram(design, design)
    weights = rng.normal(size=n)
    for start in range(0, n, 4000):
        block = design.block(start, start + 4000)
        gram.add(block, weights[start : start + 4000], block)
    table = np.zeros((levels, levels))
    np.add.at(table, (data["p"], data["q"]), weights)
    total = gram.total()
    np.testing.assert_allclose(total[1:levels, levels:], table[1:, 1:], atol=1e-12)
    np.testing.assert_array_equal(total, total.T)


@pytest.mark.parametrize("sign", [-1.0, 1.0])
@pytest.mark.parametrize("rhs", ["x*z", "x + street + h:street"])
@pytest.mark.parametrize("d", ["numbers", "with zeros", "one for all"])
def test_weights_of_one_sign_are_no_special_case(rhs, d, sign):
    """They are: dsyrk adds them up, with their roots."""
    design = design_of(rhs)
    weights = {
        "numbers": RNG.uniform(0.1, 9.0, N),
        "with zeros": np.where(RNG.random(N) < 0.5, 0.0, 2.0),
        "one for all": np.full(N, 2.5),
    }[d]
    gram, block = Gram(design, design), design.block(0, N)
    gram.add(block, sign * (2.5 if d == "one for all" else weights), block)
    x = design.dense()
    np.testing.assert_allclose(gram.total(), sign * (x.T * weights) @ x, rtol=1e-12, atol=1e-12)


# Taken apart, and refused.


def test_a_response_is_one_thing_to_compute():
    """Its minus is that of numbers, not one that takes a term away."""
    found = evaluate("np.log(z + 1) - np.log(z + 2)", Table.of(FRAME))
    np.testing.assert_allclose(found, np.log((DATA["z"] + 1) / (DATA["z"] + 2)), rtol=1e-14)


def test_a_tilde_in_a_name_is_a_name():
    parsed = parse("`a~b` ~ x + `c~d`")
    assert (parsed.response, parsed.columns) == ("a~b", ("c~d", "x"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("y ~ x | g", "has several right sides"),
        ("y ~ ~ x", "more than one '~'"),
        ("y ~ .", "name them"),
        ("y ~ x + offset(z)", "offset='column'"),
    ],
)
def test_what_formulas_here_do_not_say_is_refused_with_what_to_do(text, said):
    with pytest.raises(ModelError) as raised:
        parse(text)
    assert said in str(raised.value)
    assert repr(text) in str(raised.value)


def test_a_base_that_is_no_level_is_refused():
    said = refused(ModelError, "C(g, contr.treatment('bb'))", FRAME)
    assert said == "g has no level 'bb' to be the base; did you mean 'b'?"


def test_levels_that_leave_labels_out_are_refused():
    said = refused(ModelError, "C(g, levels=['a', 'b'])", FRAME)
    assert "names levels, and the data have others" in said


def test_whatever_an_expression_raises_is_the_librarys_own_error():
    assert "cannot be evaluated" in refused(ModelError, "np.linalg.inv(x)", FRAME)
    assert "cannot be evaluated" in refused(ModelError, "x[['no']]", FRAME)
