"""Sums over a design read in blocks are dense algebra, wide factors or not; coordinates are too."""

from __future__ import annotations

from unittest.mock import patch

import numpy as np
import pytest

from mostlikely.data.formula import orthogonal as basis_module
from mostlikely.data.formula.design import Design, Factor, Gram, Matrix, Products, ones
from mostlikely.data.formula.orthogonal import basis_of
from mostlikely.data.formula.pieces import WIDE
from mostlikely.data.formula.terms import encode
from mostlikely.data.source.table import Table

RNG = np.random.default_rng(11)
N, LEVELS = 3000, 2000
DATA = {
    "x": RNG.normal(size=N),
    "k": RNG.integers(-5, 6, N),
    "flag": RNG.random(N) < 0.3,
    "few": RNG.choice(list("abcd"), N),
    "many": RNG.permutation(np.arange(N) % LEVELS),
    "street": np.char.add("s", (RNG.permutation(np.arange(N)) % 60).astype(str)),
}
#: One thing each: plain columns, a factor of few levels, codes, codes times numbers, two codes.
RIGHT_SIDES = [
    "1",
    "x + k + x:k + flag",
    "x + few + few:x",
    "0 + few",
    "x + street",
    "x + street + x:street",
    "0 + street:k + few",
    "few*street",
]


def design_of(rhs):
    table = Table.of(DATA)
    return encode(rhs, table).design(table)


def blocks(design, step):
    return [design.block(a, min(a + step, len(design))) for a in range(0, len(design), step)]


DESIGNS = {rhs: design_of(rhs) for rhs in RIGHT_SIDES}
#: 2000 levels: alone with a number, and each level with a slope in a number.
MANY = {
    "levels": design_of("x + C(many)"),
    "slopes": design_of("0 + C(many):x + few"),
}


def dense_many(name):
    indicator = (DATA["many"][:, None] == np.arange(LEVELS)).astype(float)
    if name == "levels":
        return np.column_stack([np.ones(N), DATA["x"], indicator[:, 1:]])
    letters = (DATA["few"][:, None] == np.array(list("abcd"))).astype(float)
    return np.column_stack([letters, indicator * DATA["x"][:, None]])


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
@pytest.mark.parametrize("step", [37, 1100, N])
def test_blocks_are_the_rows(rhs, step):
    whole = DESIGNS[rhs].dense()
    parts = np.concatenate([block.dense() for block in blocks(DESIGNS[rhs], step)])
    np.testing.assert_array_equal(parts, whole)


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
def test_products_with_vectors_are_dense_ones(rhs):
    design, x = DESIGNS[rhs], DESIGNS[rhs].dense()
    beta, g = RNG.normal(size=design.width), RNG.normal(size=N)
    for step in (37, 1100, N):
        parts = blocks(design, step)
        here = np.arange(0, N, step)
        np.testing.assert_allclose(
            np.concatenate([b.dot(beta) for b in parts]), x @ beta, rtol=1e-12, atol=1e-12
        )
        found = sum(b.t_dot(g[a : a + step]) for a, b in zip(here, parts, strict=True))
        np.testing.assert_allclose(found, x.T @ g, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
def test_squares_are_the_diagonal_of_the_crossproduct(rhs):
    design, x = DESIGNS[rhs], DESIGNS[rhs].dense()
    found = sum(block.squares() for block in blocks(design, 1000))
    np.testing.assert_allclose(found, np.sum(x * x, axis=0), rtol=1e-12)


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
def test_quad_is_the_diagonal_of_x_v_xt(rhs):
    design, x = DESIGNS[rhs], DESIGNS[rhs].dense()[:50]
    a = RNG.normal(size=(design.width, design.width))
    v = a @ a.T
    np.testing.assert_allclose(design.block(0, 50).quad(v), np.diag(x @ v @ x.T), rtol=1e-11)


def gram_of(a, b, d, step):
    gram = Gram(a, b)
    for start in range(0, N, step):
        stop = min(start + step, N)
        weights = d if np.ndim(d) == 0 else d[start:stop]
        gram.add(a.block(start, stop), weights, b.block(start, stop))
    return gram.total()


@pytest.mark.parametrize("left", RIGHT_SIDES)
@pytest.mark.parametrize("right", RIGHT_SIDES)
def test_gram_is_at_d_b(left, right):
    a, b = DESIGNS[left], DESIGNS[right]
    d = RNG.normal(size=N)
    expected = a.dense().T @ (d[:, None] * b.dense())
    for step in (1000, N):
        np.testing.assert_allclose(gram_of(a, b, d, step), expected, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
def test_gram_of_one_number_for_all_rows(rhs):
    a = DESIGNS[rhs]
    expected = 2.5 * a.dense().T @ a.dense()
    np.testing.assert_allclose(gram_of(a, a, 2.5, 999), expected, rtol=1e-11, atol=1e-10)


def test_grams_of_two_halves_merge():
    a, b = DESIGNS["x + street"], DESIGNS["0 + street:k + few"]
    d = RNG.normal(size=N)
    whole, first, second = Gram(a, b), Gram(a, b), Gram(a, b)
    for start, half in ((0, first), (1100, second)):
        stop = 1100 if start == 0 else N
        for gram in (whole, half):
            gram.add(a.block(start, stop), d[start:stop], b.block(start, stop))
    empty = Gram(a, b)
    for half in (first, second):
        empty.merge(half)
    np.testing.assert_allclose(empty.total(), whole.total(), rtol=1e-13, atol=1e-13)


# Two thousand levels.


@pytest.mark.parametrize("name", MANY)
def test_two_thousand_levels_stay_codes_and_are_the_right_columns(name):
    design, x = MANY[name], dense_many(name)
    assert design.wide
    assert design.block(0, 100).x.shape[1] < 10
    np.testing.assert_array_equal(design.block(0, 300).dense(), x[:300])


@pytest.mark.parametrize("name", MANY)
def test_sums_over_two_thousand_levels_are_dense_algebra(name):
    design, x = MANY[name], dense_many(name)
    beta, g, d = RNG.normal(size=design.width), RNG.normal(size=N), RNG.random(N)
    step = 1300
    parts = blocks(design, step)
    starts = range(0, N, step)
    np.testing.assert_allclose(
        np.concatenate([b.dot(beta) for b in parts]), x @ beta, rtol=1e-12, atol=1e-12
    )
    t_dot = sum(b.t_dot(g[a : a + step]) for a, b in zip(starts, parts, strict=True))
    np.testing.assert_allclose(t_dot, x.T @ g, rtol=1e-11, atol=1e-11)
    squares = sum(b.squares() for b in parts)
    np.testing.assert_allclose(squares, np.einsum("ij,ij->j", x, x), rtol=1e-12)
    v = np.diag(RNG.random(design.width))
    np.testing.assert_allclose(
        design.block(0, 20).quad(v), np.sum(x[:20] ** 2 * np.diag(v), axis=1), rtol=1e-12
    )
    np.testing.assert_allclose(
        gram_of(design, design, d, step), x.T @ (d[:, None] * x), rtol=1e-10, atol=1e-10
    )


def test_gram_of_two_designs_with_two_thousand_levels():
    a, b = MANY["levels"], MANY["slopes"]
    d = RNG.normal(size=N)
    expected = dense_many("levels").T @ (d[:, None] * dense_many("slopes"))
    np.testing.assert_allclose(gram_of(a, b, d, 1100), expected, rtol=1e-10, atol=1e-10)


def test_a_factor_is_wide_from_its_forty_first_column():
    for levels in (WIDE, WIDE + 1):
        factor = Factor(np.arange(100, dtype=np.int32) % levels, levels)
        assert Design([factor], list(map(str, range(levels)))).wide == (levels > WIDE)


# Parts of a design.


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
def test_some_rows_are_those_rows(rhs):
    rows = RNG.permutation(N)[:200]
    np.testing.assert_array_equal(DESIGNS[rhs].at(rows).dense(), DESIGNS[rhs].dense()[rows])


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
def test_transformed_columns_are_x_times_the_matrix(rhs):
    design, x = DESIGNS[rhs], DESIGNS[rhs].dense()
    first = RNG.normal(size=(design.width, 5))
    second = RNG.normal(size=(5, 3))
    changed = design.transformed(first)
    assert (changed.width, changed.wide) == (5, False)
    np.testing.assert_allclose(changed.dense(), x @ first, rtol=1e-11, atol=1e-11)
    twice = changed.transformed(second)
    np.testing.assert_allclose(twice.dense(), x @ first @ second, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(
        twice.block(100, 200).t_dot(np.ones(100)),
        (x[100:200] @ first @ second).sum(axis=0),
        rtol=1e-9,
        atol=1e-9,
    )


def test_an_array_is_read_where_it_lies():
    x = RNG.normal(size=(50, 3))
    design = Design.of_array(x)
    assert design.terms == ("x1", "x2", "x3")
    assert np.shares_memory(design.block(10, 20).x, x)


def test_whole_numbers_and_flags_become_floats():
    design = Design([Matrix(np.array([[1, 2], [3, 4]])), ones(2).pieces[0]], ["a", "b", "c"])
    assert design.dense().dtype == np.float64
    assert design.dense().tolist() == [[1, 2, 1], [3, 4, 1]]
    flags = Products((np.array([True, False]), np.array([2, 3])), 2)
    assert Design([flags], ["p"]).dense().ravel().tolist() == [2.0, 0.0]


# Coordinates.


def check_basis(design, basis, tolerance=1e-10):
    """X β is the same from coordinates, and the coordinates come back."""
    x = design.dense()
    gamma = RNG.normal(size=basis.size)
    beta = basis.matrix @ gamma
    np.testing.assert_allclose(
        basis.design.dense() @ (gamma / basis.scale), x @ beta, rtol=tolerance, atol=tolerance
    )
    np.testing.assert_allclose(basis.inverse @ beta, gamma, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("rhs", RIGHT_SIDES)
@pytest.mark.parametrize("small", [basis_module.SMALL, 0])
def test_coordinates_give_the_same_predictor(rhs, small):
    with patch.object(basis_module, "SMALL", small):
        check_basis(DESIGNS[rhs], basis_of(DESIGNS[rhs]))


@pytest.mark.parametrize("small", [basis_module.SMALL, 0])
def test_units_and_near_dependence_leave_well_conditioned_coordinates(small):
    t = np.linspace(2000.0, 2020.0, 3000)
    x = np.column_stack([np.ones(3000), t, t**2, 1e-9 * np.sin(t), 1e12 * np.cos(t)])
    design = Design.of_array(x)
    with patch.object(basis_module, "SMALL", small):
        basis = basis_of(design)
    columns = basis.design.dense() / basis.scale
    assert basis.size == 5
    assert np.linalg.cond(columns) < 1.001
    assert not basis.dependent


@pytest.mark.parametrize("small", [basis_module.SMALL, 0])
def test_a_dependent_column_is_named_with_its_combination(small):
    a, b = RNG.normal(size=500), RNG.normal(size=500)
    x = np.column_stack([np.ones(500), a, b, 3.0 * a - 2.0 * b + 5.0])
    design = Design.of_array(x)
    with patch.object(basis_module, "SMALL", small):
        basis = basis_of(design)
    assert basis.size == 3
    ((column, way),) = basis.dependent
    assert way[column] == 0.0
    np.testing.assert_allclose(x @ way, x[:, column], rtol=1e-9, atol=1e-9)
    columns = basis.design.dense() / basis.scale
    np.testing.assert_allclose(columns.T @ columns / 500, np.eye(3), atol=1e-10)


def test_a_column_of_zeros_is_dependent_on_nothing():
    x = np.column_stack([np.ones(50), np.zeros(50), RNG.normal(size=50)])
    ((column, way),) = basis_of(Design.of_array(x)).dependent
    assert column == 1
    assert not way.any()
