"""Sums over parts of the rows are the sum over all of them, in whatever order they are merged.

Parts that are cut at the borders of blocks give the same bits: numbers are added without error,
arrays with twice their digits. That holds of the tables of wide factors too, one excepted: where
the levels of two factors have more cells than four times the rows of a block, they are added
plainly (`Gram`), and the last digit is that of the order.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.data.bind import bind
from mostlikely.data.read import read_sample
from mostlikely.likelihood.kernel import log_scaled, plain, standardised
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.rows import WIDE
from mostlikely.likelihood.sums import Totals

N = 20_000
ORDERS = 50


def sample(family, y, **options):
    return Member.of_sample(*read_sample(family, y, **options))


def columns(n=N, p=20):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(n, p))
    eta = 0.2 * x.sum(1)
    label = np.array(list("abc"))[rng.integers(0, 3, n)]
    table = {f"x{k}": x[:, k] for k in range(p)}
    return {
        **table,
        "normal": eta + rng.normal(size=n),
        "positive": np.exp(0.3 * eta) * rng.weibull(1.7, n),
        "count": rng.poisson(np.exp(0.3 * eta)),
        "label": label,
        "w": rng.integers(1, 4, n).astype(float),
    }


def levels(n, first, second):
    rng = np.random.default_rng(2)
    f, g = rng.integers(0, first, n), rng.integers(0, second, n)
    return {
        "x": rng.normal(size=n),
        "f": [f"f{k:05d}" for k in f],
        "g": [f"g{k:05d}" for k in g],
        "y": rng.normal(size=n) + 0.01 * f,
    }


def regression(model, table, **options):
    return Member.of(bind(model, table, **options))


def twenty(response):
    return f"{response} ~ " + " + ".join(f"x{k}" for k in range(20))


TABLE = columns()
MEMBERS = {
    "z, sample": lambda: sample(ml.StudentT(), TABLE["normal"]),
    "z, weighted sample": lambda: sample(ml.StudentT(), TABLE["normal"], weights=TABLE["w"]),
    "log, sample": lambda: sample(ml.Weibull(), TABLE["positive"]),
    "plain, sample": lambda: sample(ml.NegativeBinomial(), TABLE["count"]),
    "z, 20 columns": lambda: regression(ml.StudentT(twenty("normal")), TABLE),
    "z, 20 columns for both": lambda: regression(
        ml.Normal(twenty("normal"), twenty("")), TABLE, weights="w"
    ),
    "log, shape of 20 columns": lambda: regression(ml.Weibull(shape=twenty("positive")), TABLE),
    "plain, 20 columns": lambda: regression(ml.Gamma(twenty("positive")), TABLE),
    "softmax": lambda: regression(ml.Categorical(twenty("label")), TABLE),
    "wide factor": lambda: regression(ml.Normal("y ~ x + f", "~ x"), levels(4 * WIDE - 7, 60, 2)),
    "two wide factors": lambda: regression(
        ml.Normal("y ~ x + f + g"), levels(4 * WIDE - 7, 60, 80)
    ),
}
KERNELS = {"z": standardised, "log": log_scaled, "plain": plain}


def point(member):
    return 0.05 * np.random.default_rng(3).normal(size=member.size) * member.units


def totals_of(member, x, cuts):
    """What each part of the rows adds up to."""
    ends = [0, *cuts, member.rows]
    with np.errstate(all="ignore"):
        parts = [member.take(np.arange(a, b)) for a, b in pairwise(ends)]
        return [part.totals(x, 2) for part in parts]


def merged(member, parts, order):
    whole = Totals(member.layout, 2)
    for k in order:
        whole.merge(parts[k])
    at = whole.evaluation()
    return at.value, at.score, at.information


@pytest.mark.parametrize("name", MEMBERS)
def test_parts_cut_at_blocks_give_the_same_bits_in_any_order(name):
    member = MEMBERS[name]()
    rng = np.random.default_rng(4)
    x = point(member)
    expected = member.totals(x, 2).evaluation()
    borders = np.arange(member.block_size, member.rows, member.block_size)
    assert len(borders) > 1
    for cuts in (borders, np.sort(rng.choice(borders, (len(borders) + 1) // 2, replace=False))):
        parts = totals_of(member, x, [int(cut) for cut in cuts])
        for _ in range(ORDERS):
            value, score, information = merged(member, parts, rng.permutation(len(parts)))
            assert value == expected.value
            assert np.array_equal(score, expected.score)
            assert np.array_equal(information, expected.information)


@pytest.mark.parametrize("name", MEMBERS)
def test_parts_cut_anywhere_give_the_same_digits(name):
    member = MEMBERS[name]()
    rng = np.random.default_rng(5)
    x = point(member)
    expected = member.totals(x, 2).evaluation()
    cuts = np.sort(rng.choice(member.rows, 5, replace=False))
    found = merged(member, totals_of(member, x, cuts), rng.permutation(6))
    assert_near(found, expected)


def assert_near(found, expected):
    value, score, information = found
    size = np.sqrt(np.diag(expected.information))
    assert value == pytest.approx(expected.value, rel=1e-13)
    assert np.abs(score - expected.score).max() <= 1e-13 * np.abs(expected.score).max()
    distance = np.abs(information - expected.information) / np.outer(size, size)
    assert distance.max() <= 1e-13


@pytest.mark.parametrize("name", [name for name in MEMBERS if name.split(",")[0] in KERNELS])
def test_each_kernel_is_among_them(name):
    assert MEMBERS[name]().kernel is KERNELS[name.split(",")[0]]


def test_a_table_of_more_cells_than_rows_keeps_all_but_the_last_digit():
    member = regression(ml.Normal("y ~ f + g"), levels(3 * WIDE, 600, 700))
    x = point(member)
    expected = member.totals(x, 2).evaluation()
    parts = totals_of(member, x, [WIDE, 2 * WIDE])
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        assert_near(merged(member, parts, order), expected)
    assert 4 * WIDE < 601 * 701
