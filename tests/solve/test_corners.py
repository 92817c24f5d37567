"""Corners: as low as a linear program, proven, and described where the optimum is a set."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

from mostlikely.solve.corners import asymmetric_profile, climb_corners

DESIGNS = (
    "continuous",
    "heavy tails",
    "rounded",
    "binary",
    "groups",
    "periodic",
    "repeated rows",
    "nearly constant columns",
)


def design(kind, seed):
    """X, y, weights and a quantile; tied, weighted or in other units according to the seed."""
    rng = np.random.default_rng([DESIGNS.index(kind), seed])
    p = int(rng.integers(1, 5))
    n = int(rng.integers(p + 8, 100))
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    y = X.sum(axis=1) + rng.standard_normal(n)
    if kind == "heavy tails":
        y = X.sum(axis=1) + rng.standard_t(1.5, n)
    elif kind == "rounded":
        X, y = np.round(X, 1), np.round(y)
        X[:, 0] = 1.0
    elif kind == "binary":
        X[:, 1:], y = rng.integers(0, 2, (n, p - 1)), np.round(y)
    elif kind == "groups":
        X, y = (np.arange(n)[:, None] % p == np.arange(p)).astype(float), np.round(y, 1)
    elif kind == "periodic":
        X[:, 1:] = np.cos(np.arange(n)[:, None] % 6 * np.arange(1, p))
        y = np.round(y)
    elif kind == "repeated rows":
        half = (n + 1) // 2
        X, y = np.repeat(X[:half], 2, axis=0)[:n], np.round(np.repeat(y[:half], 2)[:n], 1)
    elif kind == "nearly constant columns":
        X[:, 1:] = 1e4 + 1e-2 * X[:, 1:]
    w = [np.ones(n), 10.0 ** rng.uniform(-6, 6, n), rng.integers(0, 4, n) + 0.0][seed % 3]
    w[: p + 4] += 1.0
    unit = (1.0, 1e8, 1e-8)[seed // 3 % 3]
    return X, y * unit, w, (0.01, 0.1, 0.3, 0.5, 0.75, 0.9)[seed % 6]


def check_loss(X, y, w, quantile, x):
    r = y - X @ x
    return float(np.sum(w * np.maximum(quantile * r, (quantile - 1.0) * r)))


def least_by_program(X, y, w, quantile):
    """The dual program's value, in orthonormal columns and a unit of y in which HiGHS is exact."""
    q, _ = np.linalg.qr(X / np.linalg.norm(X, axis=0))
    left = y - q @ (q.T @ y)
    unit = np.max(np.abs(left))
    w_unit = np.max(w)
    answer = linprog(
        -(w / w_unit) * (left / unit),
        A_eq=(q * (w / w_unit)[:, None]).T,
        b_eq=np.zeros(q.shape[1]),
        bounds=(quantile - 1.0, quantile),
        method="highs",
    )
    assert answer.status == 0
    return -answer.fun * unit * w_unit


def least_absolute(X, y, w=None, quantile=0.5):
    """The corner of fixed weights and a fixed quantile: there is no rest to move it."""
    w = np.ones(len(y)) if w is None else w
    corner, _, rounds = climb_corners(X, y, lambda rest: (w, quantile), lambda b, rest: rest, None)
    assert rounds == 2
    return corner


def ones(n):
    return np.ones((n, 1))


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_loss_is_the_linear_programs(kind):
    for seed in range(18):
        X, y, w, quantile = design(kind, seed)
        w = np.clip(w, 0.0, 1e2) + (w > 0.0) * 1e-2  # the program's tolerances are absolute
        corner = least_absolute(X, y, w, quantile)
        want = least_by_program(X, y, w, quantile)
        assert corner.loss == pytest.approx(want, rel=1e-7), seed
        assert corner.loss == pytest.approx(check_loss(X, y, w, quantile, corner.x), rel=1e-7)
        assert corner.loss == pytest.approx(check_loss(X, y, w, quantile, corner.middle), rel=1e-6)


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_dual_proves_the_loss_without_the_solver(kind):
    for seed in range(18):
        X, y, w, quantile = design(kind, seed)
        corner = least_absolute(X, y, w, quantile)
        d, size = corner.dual, np.linalg.norm(X, axis=0)
        assert np.all(d <= quantile * (1.0 + 1e-12))
        assert np.all(d >= (quantile - 1.0) * (1.0 + 1e-12))
        balance = (w * d) @ X
        assert np.all(np.abs(balance) <= 1e-11 * (w @ np.abs(X)) + 1e-300 * size)
        assert corner.gap <= 1e-11 * corner.loss
        bound = float(np.sum(w * d * (y - X @ corner.x)))
        assert bound == pytest.approx(corner.loss, rel=1e-7)


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_rows_of_the_basis_are_met_and_determine_the_coefficients(kind):
    for seed in range(6):
        X, y, w, quantile = design(kind, seed)
        corner = least_absolute(X, y, w, quantile)
        met = X[corner.basis]
        assert np.linalg.matrix_rank(met / np.linalg.norm(X, axis=0)) == X.shape[1]
        assert np.all(w[corner.basis] > 0.0)
        off = np.abs(met @ corner.x - y[corner.basis])
        assert np.all(off <= 1e-14 * (np.abs(met) @ np.abs(corner.x)))


@pytest.mark.parametrize("kind", DESIGNS)
def test_the_order_of_the_rows_does_not_matter(kind):
    for seed in range(9):
        X, y, w, quantile = design(kind, seed)
        first = least_absolute(X, y, w, quantile)
        order = np.random.default_rng(seed).permutation(len(y))
        second = least_absolute(X[order], y[order], w[order], quantile)
        rel = 1e-7 if kind == "nearly constant columns" else 1e-10
        assert second.loss == pytest.approx(first.loss, rel=rel)
        assert second.unique == first.unique


@pytest.mark.parametrize("unit", [1e-300, 1e-8, 1.0, 1e8, 1e300])
def test_units_of_y_multiply_the_answer(unit):
    X, y, w, quantile = design("rounded", 2)
    base, other = least_absolute(X, y, w, quantile), least_absolute(X, y * unit, w, quantile)
    np.testing.assert_allclose(other.x / unit, base.x, rtol=1e-12, atol=1e-12)
    assert other.loss / unit == pytest.approx(base.loss, rel=1e-12)


def test_a_constant_added_to_y_is_added_to_the_constant():
    X, y, w, quantile = design("heavy tails", 0)
    base, other = least_absolute(X, y, w, quantile), least_absolute(X, y + 1e6, w, quantile)
    assert other.loss == pytest.approx(base.loss, rel=1e-9)
    np.testing.assert_allclose(other.x - 1e6 * (np.arange(len(base.x)) == 0), base.x, atol=1e-8)
    assert other.gap <= 1e-11 * other.loss


def test_the_median_of_an_odd_sample_is_its_middle_value():
    corner = least_absolute(ones(5), np.array([1.0, 7.0, 2.0, 100.0, 3.0]))
    assert corner.x == [3.0]
    assert corner.basis == [4]
    assert corner.unique and corner.middle == [3.0]


def test_the_median_of_an_even_sample_is_amid_the_middle_two():
    corner = least_absolute(ones(4), np.array([10.0, 2.0, 1.0, 3.0]))
    assert not corner.unique
    assert corner.middle == [2.5]


def test_ties_in_the_middle_make_the_median_one_value():
    corner = least_absolute(ones(6), np.array([1.0, 2.0, 2.0, 2.0, 9.0, 9.0]))
    assert corner.unique and corner.x == [2.0]


@pytest.mark.parametrize("quantile", [0.05, 0.25, 0.5, 0.7, 0.9])
def test_a_constant_is_the_weighted_quantile(quantile):
    rng = np.random.default_rng(5)
    y, w = rng.standard_normal(41), rng.uniform(0.1, 2.0, 41)
    order = np.argsort(y)
    reached = np.cumsum(w[order]) >= quantile * w.sum()
    assert least_absolute(ones(41), y, w, quantile).x == [y[order][np.argmax(reached)]]


def test_medians_of_groups_are_amid_their_ranges():
    y = np.array([1.0, 2.0, 3.0, 10.0, 5.0, 5.0, 7.0, 8.0, 0.0, 1.0, 4.0])
    X = np.repeat(np.eye(3), [4, 4, 3], axis=0)
    corner = least_absolute(X, y)
    np.testing.assert_allclose(corner.middle, [2.5, 6.0, 1.0], rtol=1e-9)


def test_the_middle_of_a_set_of_optima_is_amid_the_lowest_vertices():
    seen = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        X = np.column_stack([np.ones(8), rng.integers(-2, 3, 8)])
        y = rng.integers(0, 4, 8) + 0.0
        if np.ptp(X[:, 1]) == 0.0:
            continue
        corner = least_absolute(X, y)
        points = [
            np.linalg.solve(X[list(b)], y[list(b)])
            for b in combinations(range(8), 2)
            if X[b[0], 1] != X[b[1], 1]
        ]
        losses = np.array([check_loss(X, y, 1.0, 0.5, x) for x in points])
        best = np.array(points)[losses < losses.min() + 1e-9]
        assert corner.unique == bool(np.ptp(best, axis=0).max() < 1e-9)
        assert np.all(best.min(axis=0) - 1e-8 <= corner.middle)
        assert np.all(corner.middle <= best.max(axis=0) + 1e-8)
        assert check_loss(X, y, 1.0, 0.5, corner.middle) <= losses.min() + 1e-8
        apart = np.linalg.norm(corner.middle - best, axis=1).min()
        assert corner.unique == (apart < 1e-9)
        seen += not corner.unique
    assert seen > 5


def test_rows_without_weight_are_as_if_they_were_not_there():
    X, y, _, _ = design("continuous", 1)
    w = (np.arange(len(y)) % 3 > 0) + 0.0
    corner, kept = least_absolute(X, y, w), least_absolute(X[w > 0.0], y[w > 0.0])
    np.testing.assert_allclose(corner.x, kept.x, rtol=1e-12)
    assert np.all(corner.dual[w == 0.0] == 0.0)
    np.testing.assert_array_equal(corner.basis, np.flatnonzero(w)[kept.basis])


def test_an_exact_fit_has_no_loss():
    X = np.column_stack([np.ones(20), np.arange(20.0)])
    corner = least_absolute(X, 3.0 - 0.5 * X[:, 1])
    assert corner.loss == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(corner.x, [3.0, -0.5], rtol=1e-12)
    assert asymmetric_profile(X, 3.0 - 0.5 * X[:, 1])[2] == np.inf


@pytest.mark.parametrize(("n", "p", "quantile"), [(2_000, 12, 0.9), (700, 50, 0.5)])
def test_many_rows_and_columns_are_proven_too(n, p, quantile):
    rng = np.random.default_rng(n)
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    y = X.sum(axis=1) + rng.standard_t(2, n)
    corner = least_absolute(X, y, None, quantile)
    assert corner.loss == pytest.approx(least_by_program(X, y, np.ones(n), quantile), rel=1e-8)
    assert corner.gap <= 1e-12 * corner.loss


@pytest.mark.parametrize(
    ("X", "y", "w", "sentence"),
    [
        (np.ones((4, 2)), np.arange(4.0), None, "linearly dependent"),
        (np.zeros((4, 1)), np.arange(4.0), None, "linearly dependent"),
        (np.ones((2, 1)), np.arange(2.0), np.zeros(2), "fewer rows"),
        (np.ones((2, 1)), np.array([1.0, np.nan]), None, "finite"),
        (np.ones((2, 1)), np.arange(2.0), np.array([1.0, -1.0]), "not negative"),
        (np.ones((3, 1)), np.arange(2.0), None, "a row for each"),
    ],
)
def test_what_has_no_answer_is_refused(X, y, w, sentence):
    with pytest.raises(ValueError, match=sentence):
        least_absolute(X, y, w)


# scikit-learn issue 20628: quantile regression there did not converge.


def engel_like():
    rng = np.random.default_rng(42)
    x = 10 + 2 * (rng.normal(size=300) + rng.normal(1, 1, 300))
    return np.column_stack([np.ones(300), x]), 60 + 0.5 * x + 6 * rng.normal(size=300)


@pytest.mark.parametrize("quantile", [0.5, 0.9])
def test_a_regression_that_did_not_converge_elsewhere_has_the_programs_likelihood(quantile):
    X, y = engel_like()
    n, k = X.shape
    cost = np.r_[np.zeros(k), np.full(n, quantile), np.full(n, 1.0 - quantile)]
    program = linprog(
        cost,
        A_eq=np.hstack([X, np.eye(n), -np.eye(n)]),
        b_eq=y,
        bounds=[(None, None)] * k + [(0, None)] * (2 * n),
        method="highs",
    )
    corner = least_absolute(X, y, None, quantile)
    np.testing.assert_allclose(corner.x, program.x[:k], rtol=1e-9)
    assert corner.loss == pytest.approx(program.fun, rel=1e-12)


def test_medians_of_three_groups_are_their_middle_values():
    z = np.array([1, 2, 3, 4, 9, 5, 6, 8, 9, 10, 0, 1, 1, 2, 7.0])
    corner = least_absolute(np.repeat(np.eye(3), 5, axis=0), z)
    np.testing.assert_array_equal(corner.x, [3.0, 8.0, 1.0])


# A free quantile.


def profile_height(X, y, w, x):
    """−2 log(√A + √B) of one vertex: its log-likelihood, less constants, for a row."""
    r = y - X @ x
    r[np.abs(r) < 1e-11 * np.max(np.abs(y))] = 0.0
    return -2.0 * np.log(np.sqrt(w @ np.maximum(r, 0.0)) + np.sqrt(w @ np.maximum(-r, 0.0)))


def small_sample(seed):
    rng = np.random.default_rng(seed)
    p = seed % 3 + 1
    n = int(rng.integers(p + 4, 16))
    X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
    y = rng.laplace(size=n) if seed % 5 else rng.standard_t(3, n) ** 3
    if seed % 4 == 0:
        X, y = np.round(2.0 * X) / 2.0, np.round(2.0 * y) / 2.0
    return X, y, 10.0 ** rng.uniform(-6, 0, n) if seed % 4 == 1 else np.ones(n)


def test_a_free_quantile_is_the_best_of_all_vertices():
    inside = 0
    for seed in range(60):
        X, y, w = small_sample(seed)
        quantile, corner, left = asymmetric_profile(X, y, w)
        subsets = (list(b) for b in combinations(range(len(y)), X.shape[1]))
        highest = max(
            profile_height(X, y, w, np.linalg.solve(X[b], y[b]))
            for b in subsets
            if np.linalg.cond(X[b]) < 1e8
        )
        assert profile_height(X, y, w, corner.x) == pytest.approx(highest, abs=1e-9), seed
        assert 0.0 <= left <= 1e-8 * w.sum()
        assert corner.gap <= 1e-10 * corner.loss
        inside += 0.0 < quantile < 1.0
    assert 15 < inside < 55


def test_a_free_quantile_and_its_corner_belong_together():
    for seed in (2, 11, 26):
        rng = np.random.default_rng(seed)
        X = np.column_stack([np.ones(60), rng.standard_normal(60)])
        y = rng.laplace(size=60)
        quantile, corner, _ = asymmetric_profile(X, y)
        assert 0.0 < quantile < 1.0
        assert corner.loss == pytest.approx(least_by_program(X, y, np.ones(60), quantile), rel=1e-9)
        r = y - X @ corner.x
        r[corner.basis] = 0.0
        above, below = np.maximum(r, 0.0).sum(), np.maximum(-r, 0.0).sum()
        assert quantile == pytest.approx(np.sqrt(below) / (np.sqrt(above) + np.sqrt(below)))


@pytest.mark.parametrize(("sign", "edge"), [(1.0, 0.0), (-1.0, 1.0)])
def test_exponential_errors_put_the_quantile_on_its_edge(sign, edge):
    rng = np.random.default_rng(1)
    X = np.column_stack([np.ones(30), rng.uniform(size=30)])
    y = sign * (X.sum(axis=1) + rng.standard_exponential(30))
    quantile, corner, left = asymmetric_profile(X, y)
    envelope = linprog(-sign * X.sum(axis=0), A_ub=sign * X, b_ub=sign * y, bounds=(None, None))
    assert quantile == edge
    assert left <= 1e-9
    assert corner.loss == pytest.approx(sign * y.sum() + envelope.fun, rel=1e-9)
    assert np.all(sign * corner.dual <= 1.0 + 1e-12)
    np.testing.assert_allclose(corner.dual @ X, 0.0, atol=1e-11)


def test_without_a_constant_there_may_be_no_envelope():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(15)[:, None], rng.standard_normal(15)
    quantile, corner, left = asymmetric_profile(x, y)
    highest = max(profile_height(x, y, np.ones(15), y[[i]] / x[i]) for i in range(15))
    assert 0.0 < quantile < 1.0
    assert left <= 1e-9
    assert profile_height(x, y, np.ones(15), corner.x) == pytest.approx(highest, abs=1e-9)


# A scale with predictors of its own.


def scale_model(seed, n=30):
    """A Laplace regression with log scale Zγ, as hooks, and its log-likelihood."""
    rng = np.random.default_rng(seed)
    X = np.column_stack([np.ones(n), rng.standard_normal(n)])
    y = X.sum(axis=1) + np.exp(0.2 + 0.4 * X[:, 1]) * rng.laplace(size=n)

    def height(b, g):
        return float(-np.sum(X @ g) - np.sum(np.abs(y - X @ b) * np.exp(-X @ g)))

    def rest_of(b, g):
        for _ in range(100):
            share = np.abs(y - X @ b) * np.exp(-X @ g)
            score = X.T @ (share - 1.0)
            step = np.linalg.solve((X * share[:, None]).T @ X, score)
            while height(b, g + step) < height(b, g) and score @ step > 1e-16:
                step = step / 2.0
            g = g + step
            if score @ step < 1e-18:
                break
        return g

    def weights_of(g):
        return 2.0 * np.exp(-X @ g), 0.5

    return X, y, weights_of, rest_of, height


def test_a_corner_beside_a_smooth_rest_is_a_local_maximum():
    for seed in range(20):
        X, y, weights_of, rest_of, height = scale_model(seed)
        corner, g, rounds = climb_corners(X, y, weights_of, rest_of, np.zeros(2))
        assert 2 <= rounds <= 8
        assert corner.unique
        top = height(corner.x, g)
        assert corner.loss == pytest.approx(-top - np.sum(X @ g), rel=1e-9)
        rng = np.random.default_rng(seed)
        for _ in range(100):
            away = 10.0 ** rng.uniform(-5, -3) * rng.standard_normal(4)
            assert height(corner.x + away[:2], g + away[2:]) < top


def test_a_rest_that_moves_no_corner_is_settled_at_once():
    X, y = engel_like()
    want = least_absolute(X, y)
    corner, scale, rounds = climb_corners(
        X,
        y,
        lambda s: (np.full(len(y), 1.0 / s), 0.5),
        lambda b, s: float(np.mean(np.abs(y - X @ b))),
        1.0,
    )
    assert rounds == 2
    np.testing.assert_allclose(corner.x, want.x, rtol=1e-12)
    assert scale == pytest.approx(2.0 * want.loss / len(y), rel=1e-12)


def test_a_rest_that_never_settles_is_told_by_no_rounds():
    y = np.array([0.0, 1.0, 5.0])
    corner, _, rounds = climb_corners(
        ones(3), y, lambda up: (np.ones(3), 0.9 if up else 0.1), lambda b, up: not up, True
    )
    assert rounds == 0
    assert corner.x in (0.0, 5.0)
