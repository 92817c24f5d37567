"""Whatever holds numbers is read alike; whatever does not is refused in one sentence."""

from __future__ import annotations

import datetime
import subprocess
import sys
import tracemalloc
from array import array
from collections import deque
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from mostlikely.calculus.domain import real
from mostlikely.data import BLOCK, read_sample
from mostlikely.errors import DataError
from tests.data.noise import ANY, COIN, COUNT, POSITIVE, SHARE, Noise

VALUES = [3.0, 1.0, 4.0, 1.5, 9.0]
WHOLE = [3, 1, 4, 1, 9]


def values(data, family=ANY, **options):
    """The kept rows of a sample, in order."""
    _, sample = read_sample(family, data, **options)
    return np.concatenate([block.y for block in sample.blocks()]).tolist()


def sentence(data, family=ANY, **options):
    """What is said about data that cannot be used."""
    with pytest.raises(DataError) as raised:
        read_sample(family, data, **options)
    return str(raised.value)


SOURCES = {
    "array": np.array,
    "float32": lambda v: np.array(v, dtype=np.float32),
    "every second of an array": lambda v: np.repeat(v, 2)[::2],
    "list": list,
    "tuple": tuple,
    "deque": deque,
    "array.array": lambda v: array("d", v),
    "objects": lambda v: np.array(v, dtype=object),
    "decimals": lambda v: [Decimal(x) for x in v],
    "fractions": lambda v: [Fraction(x) for x in v],
    "masked array": np.ma.array,
    "pandas": pd.Series,
    "pandas, odd index": lambda v: pd.Series(v, index=[7] * len(v)),
    "pandas nullable": lambda v: pd.Series(v).convert_dtypes(),
    "pandas over Arrow": lambda v: pd.Series(pa.array(v)).astype(pd.ArrowDtype(pa.float64())),
    "pandas index": pd.Index,
    "pandas objects": lambda v: pd.Series(v, dtype=object),
    "pandas categorical": lambda v: pd.Series(v, dtype="category"),
    "polars": pl.Series,
    "polars in pieces": lambda v: pl.concat([pl.Series([x]) for x in v], rechunk=False),
    "polars decimals": lambda v: pl.Series([Decimal(x) for x in v]),
    "arrow": pa.array,
    "arrow in pieces": lambda v: pa.chunked_array([[x] for x in v]),
}


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("numbers", [VALUES, WHOLE], ids=["floats", "integers"])
def test_a_column_reads_alike_wherever_it_lives(source, numbers):
    assert values(SOURCES[source](numbers)) == [float(x) for x in numbers]


NULLS = {
    "list": list,
    "list of masked": lambda v: [np.ma.masked if x is None else x for x in v],
    "masked array": lambda v: np.ma.array([x or 0 for x in v], mask=[x is None for x in v]),
    "pandas": pd.Series,
    "pandas nullable": lambda v: pd.Series(v).astype("Float64"),
    "pandas integers": lambda v: pd.Series(v, dtype="Int64"),
    "pandas objects": lambda v: pd.Series([pd.NA if x is None else x for x in v], dtype=object),
    "pandas over Arrow": lambda v: pd.Series(pa.array(v)).astype(pd.ArrowDtype(pa.int64())),
    "polars": pl.Series,
    "polars, 128 bits": lambda v: pl.Series(v, dtype=pl.Int128),
    "polars in pieces": lambda v: pl.concat(
        [pl.Series([x], dtype=pl.Int32) for x in v], rechunk=False
    ),
    "arrow": pa.array,
    "arrow in pieces": lambda v: pa.chunked_array([pa.array([x], pa.int64()) for x in v]),
}


@pytest.mark.parametrize("source", NULLS)
def test_what_is_missing_is_counted_and_dropped_only_on_request(source):
    data = NULLS[source]([3, None, 4, None, 9])
    assert sentence(data) == 'y has 2 missing values (rows 1, 3); drop them with missing="drop".'
    _, sample = read_sample(ANY, data, missing="drop")
    assert (sample.rows, sample.dropped, sample.n) == (3, 2, 3.0)
    assert sample.mean(lambda y: y) == pytest.approx(16 / 3, rel=1e-15)
    assert (sample.smallest, sample.largest) == (3.0, 9.0)


BOOLEANS = {
    "list": list,
    "pandas": lambda v: pd.Series(v, dtype="boolean"),
    "polars": pl.Series,
    "arrow": lambda v: pa.chunked_array([v]),
}


@pytest.mark.parametrize("source", BOOLEANS)
def test_booleans_are_zero_and_one(source):
    assert values(BOOLEANS[source]([True, False, True]), COIN) == [1.0, 0.0, 1.0]
    nulls = BOOLEANS[source]([True, None, False])
    assert values(nulls, COIN, missing="drop") == [1.0, 0.0]


FRAMES = {
    "dict": dict,
    "dict of Series": lambda d: {k: pd.Series(v) for k, v in d.items()},
    "structured array": lambda d: np.array(
        list(zip(*d.values(), strict=True)), dtype=[(k, float) for k in d]
    ),
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "polars, lazy": pl.LazyFrame,
    "arrow": pa.table,
}


@pytest.mark.parametrize("frame", FRAMES)
def test_columns_are_taken_from_a_frame_by_name(frame):
    data = FRAMES[frame]({"amount": VALUES, "count": WHOLE, "other": [0] * 5})
    _, sample = read_sample(ANY, data, y="amount", weights="count")
    assert sample.label == "amount"
    assert sample.n == sum(WHOLE)
    weighted = np.average(VALUES, weights=WHOLE)
    assert sample.mean(lambda y: y) == pytest.approx(weighted, rel=1e-15)
    assert sentence(data) == (
        "the data have 3 columns (amount, count, other); name the one to fit: y='amount'."
    )
    assert sentence(data, y="amuont") == "there is no column 'amuont'; did you mean 'amount'?"
    assert "did you mean 'count'?" in sentence(data, y="amount", weights="cuont")
    assert values(FRAMES[frame]({"only": VALUES})) == VALUES


def test_columns_may_be_numbered_but_not_named_twice():
    assert values(pd.DataFrame([[1, 2], [3, 4]]), y=1) == [2.0, 4.0]
    twice = pd.DataFrame([[1, 2]], columns=["a", "a"])
    assert sentence(twice, y="a") == "the data have several columns of one name; rename them."


def test_only_the_needed_columns_of_a_lazy_frame_are_collected():
    seen = []
    lazy = pl.LazyFrame({"y": VALUES, "other": VALUES}).with_columns(
        pl.col("other").map_batches(lambda s: seen.append(1) or s, return_dtype=pl.Float64)
    )
    assert values(lazy, y="y") == VALUES
    assert not seen


def test_weights_and_values_in_different_pieces_stay_together():
    y, w = np.arange(3.0 * BLOCK), np.arange(3.0 * BLOCK) % 7
    pieces = {
        "y": pa.chunked_array([y[:100], y[100:]]),
        "w": pl.concat([pl.Series(w[:BLOCK]), pl.Series(w[BLOCK:])], rechunk=False),
    }
    _, sample = read_sample(ANY, pieces, y="y", weights="w")
    assert sample.mean(lambda y: y) == pytest.approx(np.average(y, weights=w), rel=1e-14)


def test_missing_rows_are_dropped_from_values_and_weights_together():
    y, w = [1.0, np.nan, 3.0, 4.0], [1.0, 2.0, np.nan, 3.0]
    assert sentence(y, weights=w).startswith("y has 1 missing value (row 1);")
    assert sentence([1.0, 2.0], weights=[1.0, None]) == (
        'weights have 1 missing value (row 1); drop it with missing="drop".'
    )
    _, sample = read_sample(ANY, y, weights=w, missing="drop")
    assert (sample.rows, sample.dropped, sample.n) == (2, 2, 4.0)
    assert sample.mean(lambda y: y) == 13 / 4


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ([], "y is empty; there is nothing to fit."),
        (pl.Series([], dtype=pl.String), "y is empty; there is nothing to fit."),
        ([np.nan, None], 'y has 2 missing values (rows 0, 1); drop them with missing="drop".'),
        (3.0, "the data cannot be 3.0; pass an array, a list or a dataframe."),
        ("y.csv", "the data cannot be 'y.csv'; pass an array, a list or a dataframe."),
        (None, "the data cannot be None; pass an array, a list or a dataframe."),
        (iter([1.0]), "the data cannot be of type list_iterator; pass an array, a list or a"),
        (np.array(3.0), "y is a single value; pass a list or a one-dimensional array."),
        (np.ones((4, 1)), "y has the shape 4 x 1; pass its only column: y[:, 0]."),
        (np.ones((4, 2)), "y has the shape 4 x 2; pass one column of it, y[:, 0], or"),
        ([[1.0], [2.0, 3.0]], "y must be numbers, and 2 values are not numbers: [1.0] (row 0),"),
        ([1, "a", 2], "y must be numbers, and 1 value is not a number: 'a' (row 1)."),
        (["1", "2"], "y holds numbers written as text, '1' in row 0 the first of them; convert"),
        (["1", "x", "2"], "y must be numbers, and 1 value is not a number: 'x' (row 1)."),
        (list("abcde"), "'a' (row 0), 'b' (row 1), 'c' (row 2) and 2 more."),
        (pd.Series(["a", None]), "y must be numbers, and 1 value is not a number: 'a' (row 0)."),
        (pl.Series(["a", "b"]), "2 values are not numbers: 'a' (row 0), 'b' (row 1)."),
        (pa.array(["a"]), "1 value is not a number: 'a' (row 0)."),
        ([1, object], "y must be numbers, and 1 value is not a number: <class 'object'> (row 1)."),
        ([1j, 2], "y holds complex numbers,"),
        ([Decimal("sNaN")], "1 value is not a number: Decimal('sNaN') (row 0)."),
        (np.array(["2020-01-01"], dtype="M8[D]"), "y holds dates or durations (datetime64[D]);"),
        (pd.Series(pd.to_timedelta([1], unit="D")), "y holds dates or durations (timedelta64["),
        (pl.Series([datetime.date(2020, 1, 1)]), "y holds dates or durations (datetime64[D]);"),
        ([1.0, np.inf, -np.inf], "y has 2 infinite values (rows 1, 2); remove them, or make"),
        (np.array([2**53 + 1, 1]), "y holds a whole number beyond 2**53, which float64 rounds: "),
        ([2**53 + 1, 0.5], "9007199254740993 (row 0); convert to float64 yourself if the last"),
        ([1, -(2**60), 2**70], "y holds 2 whole numbers beyond 2**53, which float64 rounds: "),
        (np.array([2**63 + 2], dtype=np.uint64), "9223372036854775810 (row 0)"),
        (pl.Series([None, 2**60]).drop_nulls(), "1152921504606846976 (row 0)"),
        ([10**400], "y holds a whole number beyond 2**53"),
        ({}, "the data have no columns; there is nothing to fit."),
        ({"a": 3.0}, "a cannot be 3.0; pass an array, a list or a dataframe."),
    ],
    ids=lambda x: x[:40] if isinstance(x, str) else type(x).__name__,
)
def test_what_cannot_be_read_is_said_in_one_sentence(data, said):
    heard = sentence(data)
    assert said in heard
    assert heard.endswith((".", "]", "?"))
    assert "\n" not in heard


@pytest.mark.parametrize(
    "data",
    [
        pl.Series([None, 2**60]),
        pd.Series([None, 2**60], dtype="Int64"),
        pa.chunked_array([[None], [2**60]], pa.int64()),
        np.ma.array([1, 2**60], mask=[True, False]),
    ],
    ids=lambda x: type(x).__name__,
)
def test_large_whole_numbers_are_found_among_nulls(data):
    assert "1152921504606846976 (row 1)" in sentence(data, missing="drop")


def test_whole_numbers_that_float64_holds_are_welcome():
    assert values([10**15, 2**53, -(2**53)]) == [1e15, 2.0**53, -(2.0**53)]
    assert values([1e300, 2.0]) == [1e300, 2.0]


@pytest.mark.parametrize(
    ("family", "data", "said"),
    [
        (
            POSITIVE,
            [1, 0, 2, -3, -4, -5],
            "4 values are not: 0 (row 1), -3 (row 3), -4 (row 4) and",
        ),
        (
            POSITIVE,
            [1.0, 0.0],
            "y must be positive under Positive, and 1 value is not: 0.0 (row 1).",
        ),
        (SHARE, [0.5, 1.0], "y must be strictly between 0 and 1 under Share, and 1 value is not"),
        (COUNT, [1, 2.5, 3], "y must be a count (0, 1, 2, ...) under Count, and 1 value is"),
        (
            COIN,
            [0, 1, 2],
            "y must be 0 or 1 under Coin, and 1 value is not: 2 (row 2).",
        ),
        (COUNT, pl.Series([1, None, -2]), "1 value is not: -2 (row 2)."),
    ],
)
def test_values_outside_the_support_are_counted_and_shown(family, data, said):
    assert said in sentence(data, family, missing="drop")


def test_rows_are_counted_from_the_first_in_every_block():
    y = np.ones(3 * BLOCK)
    y[[BLOCK - 1, BLOCK, 2 * BLOCK + 5]] = -1.0
    rows = f"(row {BLOCK - 1}), -1.0 (row {BLOCK}), -1.0 (row {2 * BLOCK + 5})."
    assert rows in sentence(y, POSITIVE)


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([1, 2], "weights and y differ in length, 2 and 3; give one weight per row."),
        ([1, -2, 3], "weights must be zero or positive numbers, and 1 is negative: -2 (row 1)."),
        (
            [1, np.inf, 3],
            "weights must be zero or positive numbers, and 1 is infinite: inf (row 1)",
        ),
        ([0, 0, 0], "weights are all zero; at least one row must count."),
        (["a", 1, 2], "weights must be numbers, and 1 value is not a number: 'a' (row 0)."),
        (2.0, "weights cannot be 2.0; pass an array, a list or a dataframe."),
        ([1e308] * 3, "weights add up to more than float64 can hold; divide them by a constant."),
        ("w", "weights='w' names a column, but the data are not a dataframe;"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights, said):
    assert said in sentence([1.0, 2.0, 3.0], weights=weights)


def test_dropping_every_row_leaves_nothing_to_fit():
    assert sentence([None, np.nan], missing="drop") == "y has no values; every row is missing."


def test_misspelt_options_are_met_with_the_nearest_word():
    assert sentence([1.0], weight_kind="frequencies").endswith("did you mean 'frequency'?")
    assert sentence([1.0], missing="dorp").endswith("did you mean 'drop'?")


def test_a_row_of_weight_zero_is_no_observation():
    """It may even lie outside the support; it counts in rows and nowhere else."""
    _, sample = read_sample(POSITIVE, [2.0, -1.0, 4.0, np.inf], weights=[1, 0, 2, 0])
    assert (sample.rows, sample.n, sample.smallest, sample.largest) == (4, 3.0, 2.0, 4.0)
    assert [block.y.tolist() for block in sample.blocks()] == [[2.0, 4.0]]
    _, lone = read_sample(POSITIVE, [2.0, 7.0], weights=[3, 0])
    assert lone.constant


def test_weights_mean_what_their_kind_says():
    y, w = [1.0, 2.0, 4.0], [1.0, 2.0, 5.0]
    samples = {
        kind: read_sample(ANY, y, weights=w, weight_kind=kind)[1]
        for kind in ("frequency", "precision", "sampling")
    }
    assert {kind: s.n for kind, s in samples.items()} == {
        "frequency": 8.0,
        "precision": 3.0,
        "sampling": 3.0,
    }
    assert {kind: s.total for kind, s in samples.items()} == {
        "frequency": 8.0,
        "precision": 8.0,
        "sampling": 3.0,
    }
    (block,) = samples["sampling"].blocks()
    np.testing.assert_allclose(block.w, np.array(w) * 3 / 8, rtol=1e-15)
    assert {s.mean(lambda y: y) for s in samples.values()} == {25 / 8}


def test_sampling_weights_have_mean_one_over_the_rows_that_are_kept():
    options = {"weights": [1.0, 7.0, 5.0], "weight_kind": "sampling", "missing": "drop"}
    _, sample = read_sample(ANY, [1.0, None, 2.0], **options)
    (block,) = sample.blocks()
    np.testing.assert_allclose(block.w, [1 / 3, 5 / 3], rtol=1e-15)


def test_a_block_may_have_no_rows_left():
    y = np.arange(3.0 * BLOCK)
    y[BLOCK : 2 * BLOCK] = np.nan
    _, sample = read_sample(ANY, y, missing="drop")
    assert [block.y[0] for block in sample.blocks()] == [0.0, 2 * BLOCK]
    _, sample = read_sample(ANY, np.arange(3.0 * BLOCK), weights=np.isfinite(y))
    assert [block.y[0] for block in sample.blocks()] == [0.0, 2 * BLOCK]
    assert sample.n == 2 * BLOCK


def test_sampling_weights_of_any_size_have_mean_one():
    _, sample = read_sample(ANY, [1.0, 2.0], weights=[1e-320, 3e-320], weight_kind="sampling")
    (block,) = sample.blocks()
    np.testing.assert_allclose(block.w, [0.5, 1.5], rtol=1e-3)  # subnormals have few digits


def test_categories_reach_the_family_as_they_are():
    """`prepare` sees the raw values, and its answer is what is read."""

    class Letters(Noise):
        def prepare(self, y, order=None):
            return COUNT, [ord(c) - ord("a") for c in y]

    for raw in (["b", "a"], pl.Series(["b", "a"]), pd.Series(["b", "a"], dtype="category")):
        family, sample = read_sample(Letters("Letters", real), raw)
        assert family is COUNT
        assert [b.y.tolist() for b in sample.blocks()] == [[1.0, 0.0]]


def test_a_family_may_look_at_all_of_a_column_in_pieces():
    class Ranked(Noise):
        def prepare(self, y, order=None):
            return self, np.argsort(np.asarray(y))

    pieces = pa.chunked_array([[3], [1, 2]])
    _, sample = read_sample(Ranked("Ranked", real), pieces)
    assert [b.y.tolist() for b in sample.blocks()] == [[1.0, 2.0, 0.0]]


PIECES = [slice(0, 2 * BLOCK), slice(2 * BLOCK, None)]
LARGE = {
    "array": lambda y: (y, y),
    "pandas": lambda y: (pd.Series(y, copy=False), y),
    "polars": lambda y: (pl.Series(y), None),
    "arrow": lambda y: (pa.array(y), y),
    "arrow in pieces": lambda y: (pa.chunked_array([y[s] for s in PIECES]), y),
    "pandas over Arrow": lambda y: (
        pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([y[s] for s in PIECES]))),
        y,
    ),
}


@pytest.mark.parametrize("source", LARGE)
def test_float64_is_read_where_it_lies(source):
    y = np.random.default_rng(1).gamma(2.0, size=5 * BLOCK)
    y[3] = np.nan
    data, memory = LARGE[source](y)
    memory = data.to_numpy(allow_copy=False) if memory is None else memory
    _, sample = read_sample(POSITIVE, data, missing="drop")
    for start in range(0, 5 * BLOCK, BLOCK):
        assert np.shares_memory(sample.source.y.read(start, start + BLOCK), memory)


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int64, bool])
@pytest.mark.parametrize("pieces", [False, True])
def test_memory_does_not_grow_with_the_data(kind, pieces):
    values = (9 * np.random.default_rng(1).random(1_000_000)).astype(kind)
    before = values.copy()
    y = pa.chunked_array([values[:500_000], values[500_000:]]) if pieces else values
    sample = read_sample(ANY, y)[1]
    for ask in (
        lambda: read_sample(ANY, y),
        lambda: sample.mean(lambda y: y),
        sample.median,
        sample.tabulated,
        sample.small,
    ):
        tracemalloc.start()
        ask()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4e6  # a copy as float64 would take 8e6
    np.testing.assert_array_equal(values, before)


def test_arrays_do_not_wait_for_dataframe_libraries():
    code = (
        "import sys; from mostlikely.data import read_sample; from tests.data.noise import ANY;"
        "read_sample(ANY, [1.0, None], missing='drop');"
        "print('narwhals' in sys.modules, 'pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.stdout.split() == ["False", "False"]
