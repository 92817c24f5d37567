"""Labels mean the same whatever holds them: levels, order, what is missing, what is unseen."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import mostlikely as ml
from mostlikely.data.bind import bind
from mostlikely.data.formula.terms import encode
from mostlikely.data.source import labels as numbered
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError

#: Of several lengths, the longest beyond two machine words, not all of one byte a character.
WORDS = ["pear", "apple", " ", "a long label, ünï¢ode 🍐", "pear ", "apple"]


def pieces(make, values):
    """A chunked column: the same values in two pieces of memory."""
    return make(values[:2]), make(values[2:])


HOLDERS = {
    "list": list,
    "tuple": tuple,
    "object array": lambda v: np.array(v, dtype=object),
    "pandas object": lambda v: pd.Series(v, dtype=object),
    "pandas str": lambda v: pd.Series(v, dtype="str"),
    "pandas string, python": lambda v: pd.Series(v, dtype=pd.StringDtype("python")),
    "pandas string, pyarrow": lambda v: pd.Series(v, dtype=pd.StringDtype("pyarrow")),
    "pandas over arrow": lambda v: pd.Series(v, dtype=pd.ArrowDtype(pa.string())),
    "pandas categorical": lambda v: pd.Series(pd.Categorical(v)),
    "polars": lambda v: pl.Series(v, dtype=pl.String),
    "polars in pieces": lambda v: pl.concat(pieces(pl.Series, v), rechunk=False),
    "polars categorical": lambda v: pl.Series(v, dtype=pl.Categorical),
    "polars enum": lambda v: pl.Series(v, dtype=pl.Enum(sorted({x for x in v if x is not None}))),
    "arrow": lambda v: pa.chunked_array([v], pa.string()),
    "arrow in pieces": lambda v: pa.chunked_array(pieces(list, v), pa.string()),
    "arrow large": lambda v: pa.chunked_array([v], pa.large_string()),
    "arrow dictionary": lambda v: pa.chunked_array([pa.array(v, pa.string()).dictionary_encode()]),
    "arrow dictionaries": lambda v: pa.chunked_array(
        [pa.array(p, pa.string()).dictionary_encode() for p in pieces(list, v)]
    ),
}
#: Those that cannot hold a missing label.
WHOLE = {
    "array": np.array,
    "array, other byte order": lambda v: np.array(v).astype(np.array(v).dtype.newbyteorder()),
    "array, every other": lambda v: np.repeat(np.array(v), 2)[::2],
}


def seen(column, keep=None):
    """Levels, and each row's level, as Python's own sort and search find them."""
    entries = column if keep is None else [column[k] for k in keep]
    levels = sorted({v for v in entries if v is not None})
    return levels, [-1 if v is None else levels.index(v) for v in entries]


def read(table):
    """Levels, and each row's level, as the table has them."""
    codes, levels = table.labelled("g")
    return levels, codes.tolist()


@pytest.mark.parametrize("kind", [*HOLDERS, *WHOLE])
def test_levels_are_sorted_whatever_holds_them(kind):
    table = Table.of({"g": (HOLDERS | WHOLE)[kind](WORDS)})
    assert read(table) == seen(WORDS)
    assert {type(level) for level in table.labelled("g")[1]} == {str}
    assert not table.missing("g").any()


@pytest.mark.parametrize("kind", HOLDERS)
@pytest.mark.parametrize("missing", [[0], [1, 4], range(len(WORDS))])
def test_a_missing_label_is_missing_whatever_holds_it(kind, missing):
    words = [None if k in missing else word for k, word in enumerate(WORDS)]
    table = Table.of({"g": HOLDERS[kind](words)})
    assert read(table) == seen(words)
    assert table.missing("g").tolist() == [word is None for word in words]


@pytest.mark.parametrize("kind", [*HOLDERS, *WHOLE])
@pytest.mark.parametrize("first", ["nothing", "missing", "labelled"])
def test_levels_of_rows_left_out_are_no_levels(kind, first):
    """Whether or not the whole column was read before, and twice over."""
    table = Table.of({"g": (HOLDERS | WHOLE)[kind](WORDS)})
    if first != "nothing":
        getattr(table, first)("g")
    few = table.kept(np.array([5, 4, 0, 1]))
    assert read(few) == seen(WORDS, [5, 4, 0, 1])
    assert read(few.kept(np.array([1, 2]))) == seen(WORDS, [4, 0])
    assert not few.missing("g").any()


@pytest.mark.parametrize("kind", [*HOLDERS, *WHOLE])
def test_a_level_that_was_not_seen_is_refused_in_the_same_words(kind):
    make = (HOLDERS | WHOLE)[kind]
    coding = encode("g", Table.of({"g": make(["b", "a", "c"])}))
    with pytest.raises(DataError) as raised:
        coding.design(Table.of({"g": make(["a", "d", "c", "d"])}))
    assert str(raised.value) == (
        "g has 1 level that the model has not seen: 'd' (row 1), 'd' (row 3); it knows 'a', 'b', "
        "'c'."
    )


@pytest.mark.parametrize("kind", HOLDERS)
def test_a_fit_is_the_same_whatever_holds_its_labels(kind):
    words = [*WORDS, *WORDS, None]
    y = np.arange(13.0) ** 2
    fit = ml.fit(ml.Normal("y ~ g"), {"y": y, "g": HOLDERS[kind](words)}, missing="drop")
    by_level = {}
    for word, value in zip(words[:-1], y[:-1], strict=True):
        by_level.setdefault(word, []).append(value)
    base = np.mean(by_level[" "])
    assert fit.dropped == 1
    assert fit.params["mu", "Intercept"] == pytest.approx(base, rel=1e-12)
    for word in sorted(by_level)[1:]:
        effect = np.mean(by_level[word]) - base
        assert fit.params["mu", f"g[T.{word}]"] == pytest.approx(effect, rel=1e-10)


@pytest.mark.parametrize("dtype", ["pandas", "polars"])
def test_a_declared_order_outlasts_rows_that_are_left_out(dtype):
    order, words = ["lo", "unused", "mid", "hi"], ["hi", None, "lo", "mid", "hi"]
    column = (
        pd.Series(pd.Categorical(words, order))
        if dtype == "pandas"
        else pl.Series(words, dtype=pl.Enum(order))
    )
    table = Table.of({"g": column})
    assert read(table) == (["lo", "mid", "hi"], [2, -1, 0, 1, 2])
    assert table.missing("g").tolist() == [False, True, False, False, False]
    assert read(table.kept(np.array([0, 2]))) == (["lo", "hi"], [1, 0])


def test_a_dictionary_may_hold_a_label_twice_and_a_missing_one():
    held = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 3, None]), ["b", "a", "b", None])
    table = Table.of({"g": pa.chunked_array([held])})
    assert read(table) == (["a", "b"], [1, 0, 1, -1, -1])


@pytest.mark.parametrize("base", [0, 1])
def test_strings_that_share_a_number_are_told_apart(monkeypatch, base):
    """To the base 1 an anagram shares one, to the base 0 whatever has the same end."""
    monkeypatch.setattr(numbered, "_BASE", np.uint64(base))
    words = ["ab__cd__", "cd__ab__", "ab__cd__", "xx__cd__"] * 20_000
    table = Table.of({"g": np.array(words)})
    assert read(table) == seen(words)


def test_strings_that_arrow_cannot_encode_are_labels():
    held = pa.chunked_array([pa.array(["b", None, "a", "b"], pa.string_view())])
    assert read(Table.of({"g": held})) == (["a", "b"], [1, -1, 0, 1])


def test_bytes_are_labels():
    table = Table.of({"g": np.array([b"pear", b"fig", b"pear", b"banana!"])})
    assert read(table) == ([b"banana!", b"fig", b"pear"], [2, 1, 2, 0])


@pytest.mark.parametrize(
    "column",
    [[3, -1, 3, 2], [3, 10**30, 3, -(10**30)], [2, 2**63, -1, 2]],
    ids=["short", "long", "of 64 bits"],
)
def test_whole_numbers_in_a_list_keep_their_digits(column):
    table = Table.of({"g": column})
    assert read(table) == seen(column)
    assert not table.missing("g").any()


def test_masked_strings_are_missing():
    column = np.ma.array(["a", "b", "a"], mask=[False, True, False])
    assert Table.of({"g": column}).missing("g").tolist() == [False, True, False]


@pytest.mark.parametrize("mark", [None, np.nan, pd.NA, pd.NaT, np.ma.masked])
def test_every_mark_of_a_missing_value_is_seen_beside_strings(mark):
    assert Table.of({"g": ["a", mark, "b"]}).missing("g").tolist() == [False, True, False]


def test_what_is_missing_is_said_before_what_has_no_order():
    data = {"y": [1.0, 2.0, 3.0, 4.0], "g": ["a", None, 1, "b"]}
    with pytest.raises(DataError, match=r"^g has 1 missing value \(row 1\)"):
        bind(ml.Normal("y ~ g"), data)
    data["g"][1] = "c"
    with pytest.raises(DataError, match="labels of different types, which have no order"):
        bind(ml.Normal("y ~ g"), data)
    data["g"] = ["a", [1], "b", "b"]
    with pytest.raises(DataError, match="labels that are lists or the like"):
        bind(ml.Normal("y ~ g"), data)


@pytest.mark.parametrize("kind", ["list", "polars", "arrow", "pandas str"])
def test_columns_of_strings_that_differ_in_length_are_refused(kind):
    data = {"y": [1.0, 2.0, 3.0], "g": HOLDERS[kind](["a", "b"])}
    with pytest.raises(DataError, match=r"g has 2 rows, y has 3 rows"):
        bind(ml.Normal("y ~ g"), data)
    with pytest.raises(DataError, match=r"y has 3 rows, g has 2 rows"):
        bind(ml.Normal("y ~ g"), dict(reversed(data.items())))


def test_labels_that_become_lists_late_in_a_frame_are_refused():
    """A frame's type is told by its first rows."""
    column = pd.Series(["a"] * 200 + [None, ["b"]], dtype=object)
    table = Table.of(pd.DataFrame({"g": column}))
    assert np.flatnonzero(table.missing("g")).tolist() == [200]
    with pytest.raises(DataError, match="labels that are lists or the like"):
        table.labelled("g")
