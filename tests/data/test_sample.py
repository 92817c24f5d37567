"""What a sample says of its rows does not depend on how the rows are divided."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from fractions import Fraction
from itertools import pairwise
from math import fsum
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from mostlikely.calculus.exact import exact_sum
from mostlikely.data import BLOCK, Exact, Sample, read_sample
from mostlikely.data.quantiles import select
from mostlikely.data.source.blocks import some
from mostlikely.family.real.normal import Normal
from tests.data.noise import ANY

#: Far apart and next to each other, so that the search for a quantile has something to narrow.
FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.integers(0, 50).map(lambda k: 1.0 + k * 2.0**-52),
)
MODEST = st.floats(-1e6, 1e6)
WEIGHTS = st.integers(0, 5)


def sample_of(data, **options):
    return read_sample(ANY, data, **options)[1]


@contextmanager
def divided(block=BLOCK, few=65536):
    """Blocks of that many rows, and sorting only when that few are left."""
    with ExitStack() as stack:
        for name in ("source.blocks", "read"):
            stack.enter_context(patch(f"mostlikely.data.{name}.BLOCK", block))
        stack.enter_context(patch("mostlikely.data.quantiles.FEW", few))
        yield


@given(st.lists(MODEST, min_size=1), st.integers(1, 20), st.data())
def test_sums_do_not_depend_on_blocks_or_pieces(y, block, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(y)), max_size=5)))
    edges = [0, *cuts, len(y)]
    pieces = [pa.array(y[a:b], pa.float64()) for a, b in pairwise(edges)]
    exact = float(sum(map(Fraction, y)) / len(y)), fsum(map(abs, y)) / len(y)
    with divided(block):
        sample = sample_of(pa.chunked_array(pieces))
        means = sample.mean(lambda y: (y, np.abs(y)))
        assert (sample.rows, sample.smallest, sample.largest) == (len(y), min(y), max(y))
    assert means == pytest.approx(exact, rel=1e-14, abs=1e-15 * exact[1])


@given(st.lists(st.tuples(MODEST, WEIGHTS), min_size=1), st.integers(1, 20))
def test_weight_two_equals_a_row_twice(rows, block):
    y, w = (np.array(x, dtype=float) for x in zip(*rows, strict=True))
    assume(w.any())
    with divided(block):
        weighted = sample_of(y, weights=w)
        repeated = sample_of(np.repeat(y, w.astype(int)))
        assert weighted.n == repeated.n
        assert weighted.constant == repeated.constant
        assert (weighted.smallest, weighted.largest) == (repeated.smallest, repeated.largest)
        assert weighted.median() == repeated.median()
        size = repeated.mean(np.abs)
        assert weighted.mean(lambda y: y) == pytest.approx(
            repeated.mean(lambda y: y), rel=1e-13, abs=1e-14 * size
        )


@given(
    st.lists(st.tuples(FLOATS, WEIGHTS), min_size=1),
    st.fractions(0, 1, max_denominator=16),
    st.integers(1, 20),
    st.integers(1, 20),
)
@example([(1.0 + k * 2.0**-52, 1) for k in range(4)] + [(1e300, 1)], Fraction(1, 2), 2, 1)
@example([(-1e308, 1), (1.75e308, 1), (1.77e308, 1), (1.79e308, 1)], Fraction(3, 4), 2, 1)
@example([(-0.0, 1), (0.0, 1), (5e-324, 1), (-1.7e308, 1)], Fraction(1, 2), 2, 1)
def test_quantile_is_the_sorted_one(rows, q, block, few):
    y, w = (np.array(x, dtype=float) for x in zip(*rows, strict=True))
    assume(w.any())
    flat = np.sort(np.repeat(y, w.astype(int)))
    q = float(q)
    place = int(np.argmax(np.arange(1, len(flat) + 1) >= q * len(flat)))
    with divided(block, few):
        assert sample_of(y, weights=w).quantile(q) == flat[place]
        assert sample_of(flat).quantile(q) == flat[place]


@given(st.lists(MODEST, min_size=1), st.integers(1, 20), st.integers(1, 20))
@example([-0.0, -0.0, 0.0, 5.0], 2, 1)
def test_median_is_halfway_between_the_middle_two(y, block, few):
    with divided(block, few):
        assert sample_of(y).median() == pytest.approx(np.median(y), rel=1e-15)


@pytest.mark.parametrize(
    ("q", "between"), [(0.0, (1, 1)), (0.25, (1, 2)), (0.3, (2, 2)), (0.75, (3, 4)), (1.0, (4, 4))]
)
@pytest.mark.parametrize("few", [1, 100])
def test_a_quantile_is_an_interval_where_the_weight_splits(q, between, few):
    with divided(block=2, few=few):
        assert select(sample_of([4, 2, 1, 3]).blocks, 4.0, q) == between


@pytest.mark.parametrize("few", [1, 100])
def test_the_last_quantile_is_the_largest_value_whatever_rounding_does(few):
    """Ten times 0.1, added one by one, stay below the total of 1."""
    with divided(block=3, few=few):
        assert sample_of(range(10), weights=[0.1] * 10).quantile(1.0) == 9.0


def test_quantiles_of_many_rows_are_exact():
    y = np.random.default_rng(5).standard_cauchy(300_001)
    w = np.random.default_rng(6).integers(0, 4, len(y)).astype(float)
    sample = sample_of(y, weights=w)
    order = np.argsort(y)
    cumulated = np.cumsum(w[order])
    for q in (0.0, 0.001, 0.5, 0.9, 1.0):
        first = np.flatnonzero((cumulated >= q * cumulated[-1]) & (w[order] > 0))[0]
        assert sample.quantile(q) == y[order][first]
    assert sample_of(y).median() == np.median(y)
    assert sample_of(y[1:]).median() == np.median(y[1:])
    assert sample_of(np.full(200_000, 3.25)).median() == 3.25


@given(
    st.lists(st.tuples(st.integers(-4, 4), WEIGHTS), min_size=2, max_size=200),
    st.sampled_from([1.0, 0.1, 1e9, 1e300]),
    st.sampled_from(["frequency", "sampling"]),
    st.integers(1, 20),
)
def test_a_table_of_values_gives_the_same_sums(rows, unit, kind, block):
    y, w = (np.array(x, dtype=float) for x in zip(*rows, strict=True))
    y *= unit
    assume(w.any())
    with divided(block):
        sample = sample_of(y, weights=w, weight_kind=kind)
        table = sample.tabulated()
        if table is None:
            assert len(np.unique(y[w > 0])) > len(y) - 1
            return
        assert np.all(np.diff(np.concatenate([b.y for b in table.blocks()])) > 0)
        z = sample.mean(lambda y: (y / unit, np.cos(y / unit), np.ones_like(y)))
        assert table.mean(lambda y: (y / unit, np.cos(y / unit), np.ones_like(y))) == pytest.approx(
            z, rel=1e-13, abs=1e-14
        )
        assert table.total == pytest.approx(sample.total, rel=1e-14)
        assert (table.n, table.rows, table.label, table.kind) == (
            sample.n,
            sample.rows,
            sample.label,
            sample.kind,
        )


@pytest.mark.parametrize(
    ("y", "pays"),
    [
        (np.arange(1000) % 250, True),
        (np.arange(1000) % 251, False),
        (np.arange(4) % 3, True),
        (np.arange(64), False),
        (np.arange(10 * BLOCK) % 40_960, True),
        (np.arange(10 * BLOCK) % 40_961, False),
        (np.arange(10 * BLOCK) % 4_096 * 1.5, True),
        (np.arange(10 * BLOCK) % 4_097 * 1.5, False),
        (np.arange(1000) % 8 * 1e10, True),
        (np.random.default_rng(0).normal(size=10 * BLOCK).round(1), True),
        (np.random.default_rng(0).normal(size=10 * BLOCK), False),
    ],
)
def test_a_table_is_made_where_it_pays(y, pays):
    table = sample_of(y).tabulated()
    assert (table is not None) == pays
    if table is not None:
        held, counts = np.unique(y, return_counts=True)
        assert np.array_equal(np.concatenate([b.y for b in table.blocks()]), held)
        assert np.array_equal(np.concatenate([b.w for b in table.blocks()]), counts)


def test_a_table_is_given_up_early():
    """Continuous data cost one block, not all."""
    y = np.random.default_rng(0).normal(size=20 * BLOCK)
    sample = sample_of(y)
    with patch("mostlikely.data.tabulate.np.unique", wraps=np.unique) as unique:
        assert sample.tabulated() is None
    assert unique.call_count == 1


def test_precisions_are_not_added():
    weights = {"weights": [1, 2, 3, 4], "weight_kind": "precision"}
    assert sample_of([0, 1, 0, 1], **weights).tabulated() is None
    assert sample_of([0, 1, 0, 1], weight_kind="precision").tabulated() is not None


def test_long_sums_keep_their_digits():
    """A running sum of these loses five digits."""
    y = 1.0 + 1e-8 * np.random.default_rng(2).random(1_000_000)
    sample = sample_of(y)
    mean = sample.mean(lambda y: y)
    assert mean == pytest.approx(fsum(y.tolist()) / len(y), rel=3e-16)
    assert sample.mean(lambda y: y - mean) == pytest.approx(0.0, abs=1e-16)


def test_totals_are_added_without_error():
    assert exact_sum([1e16, 1.0, -1e16]) == 1.0
    assert exact_sum([1e308, 1e308, -1e308]) == np.inf  # as a plain sum has it
    assert exact_sum([np.inf, 1.0]) == np.inf
    assert np.isnan(exact_sum([np.inf, -np.inf]))


def test_mean_takes_constants_and_passes_infinities_on():
    sample = sample_of([0.0, 1.0, 3.0], weights=[1, 1, 2])
    assert sample.mean(lambda y: 2.0) == 2.0
    assert sample.mean(lambda y: (y > 0.5, 1)) == (0.75, 1.0)
    assert sample.mean(np.log) == -np.inf
    assert np.isnan(sample.mean(lambda y: np.log(y) - np.log(y)))


@pytest.mark.parametrize("rows", [1, 9_999, 10_000, 10_001, BLOCK + 1, 5 * BLOCK])
def test_a_part_is_chosen_once_and_spread_over_the_rows(rows):
    y, w = sample_of(np.arange(float(rows))).small()
    assert len(y) == min(rows, 10_000)
    assert np.all(np.diff(y) > 0.0)
    assert np.array_equal(y, sample_of(np.arange(float(rows))).small()[0])
    assert np.array_equal(w, np.ones(len(y)))
    if rows > 1:  # in each tenth of the rows as many as chance leaves
        share = np.histogram(y, bins=10, range=(0, rows - 1))[0] / len(y)
        assert np.all(np.abs(share - 0.1) < 0.02)
    part = sample_of(np.arange(float(rows))).subsample(100)
    assert part.n == part.rows == sum(len(b.y) for b in part.blocks()) <= 100
    assert not part.weighted


@pytest.mark.parametrize("period", [2, 4, 7, 11, 24])
def test_a_part_meets_every_phase_of_rows_that_go_round(period):
    y, _ = sample_of(np.arange(100_000.0) % period).small(2_000)
    assert np.all(np.abs(np.bincount(y.astype(int)) / len(y) * period - 1.0) < 0.5)


def test_a_part_keeps_its_weights():
    y = np.arange(1000.0)
    sample = sample_of(y, weights=y)
    part_y, part_w = sample.small(100)
    assert np.array_equal(part_w, part_y)
    part = sample.subsample(100)
    assert part.n == part.total == part_w.sum()
    assert (part.smallest, part.largest) == (part_y.min(), part_y.max())
    assert part.mean(lambda y: y) == pytest.approx(np.average(part_y, weights=part_w), rel=1e-14)


def test_points_stand_for_a_sample():
    like = sample_of({"a": [1.0, 2.0, 3.0, 6.0]})
    points = Sample.points(np.array([0.0, 4.0]), np.array([1.0, 3.0]), like)
    assert (points.n, points.rows, points.label, points.weighted) == (4.0, 4, "a", True)
    assert (points.stored, like.stored) == (2, 4)
    assert points.mean(lambda y: y) == like.mean(lambda y: y) == 3.0
    assert not Sample.points(np.array([0.0, 6.0]), None, like).weighted


def test_a_sample_made_from_another_has_rows_of_its_own():
    like = sample_of([1.0, 1.0, 2.0, 2.0, 3.0])
    assert like.small()[0].tolist() == [1.0, 1.0, 2.0, 2.0, 3.0]
    assert like.tabulated().small()[0].tolist() == [1.0, 2.0, 3.0]
    assert len(like.subsample(2).small()[0]) == 2
    assert Sample.points(np.array([7.0]), None, like).small()[0].tolist() == [7.0]
    with pytest.raises(ValueError, match="read-only"):
        like.small()[0].sort()
    assert like.small()[0].tolist() == [1.0, 1.0, 2.0, 2.0, 3.0]


SPREAD = {
    "array": lambda y: y,
    "integers": lambda y: y.astype(int),
    "masked": lambda y: np.ma.array(y, mask=False),
    "in pieces": lambda y: pa.chunked_array([y[:BLOCK], y[BLOCK:]]),
    "with a gap": lambda y: [*y[:-1], np.nan],
}


@pytest.mark.parametrize("source", SPREAD)
@pytest.mark.parametrize("size", [2, 1_000, BLOCK - 1, 3 * BLOCK])
def test_chosen_rows_are_the_same_wherever_they_live(source, size):
    y = np.arange(2.0 * BLOCK + 5)
    sample = sample_of({"y": SPREAD[source](y), "w": y + 1.0}, y="y", weights="w", missing="drop")
    picked, w = sample.source.pick(size)
    assert np.array_equal(picked, y[some(len(y), size)][: len(picked)])
    assert len(picked) >= min(size, len(y)) - 1
    assert np.array_equal(w, picked + 1.0)


def test_an_exact_observation_contributes_its_density():
    (block,) = sample_of([0.0, 1.0, -2.0]).blocks()
    np.testing.assert_array_equal(
        Exact().log_prob(Normal(), block, (0.5, 2.0)),
        Normal.log_prob(np.array([0.0, 1.0, -2.0]), 0.5, 2.0),
    )
