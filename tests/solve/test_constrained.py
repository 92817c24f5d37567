"""Maxima within linear constraints: the height of another solver, and the conditions, by hand."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from mostlikely.solve.constrained import _Rows, deepest_point, maximise_within
from mostlikely.solve.objective import Evaluation
from tests.solve.models import BinomialIdentity, PoissonIdentity, Toy


def poisson(seed):
    """A seeded table with an identity link, a point inside its domain, and its constraints."""
    rng = np.random.default_rng([7, seed])
    n, k = int(rng.integers(6, 40)), int(rng.integers(1, 5))
    normal = rng.random() < 0.6
    columns = rng.normal(size=(n, k - 1)) if normal else rng.integers(0, 2, (n, k - 1))
    X = np.column_stack([np.ones(n), columns]).astype(float)
    mean = np.maximum(X @ np.r_[1.0, rng.normal(size=k - 1)] * rng.choice([0.2, 1.0, 3.0]), 0.0)
    y = rng.poisson(mean).astype(float)
    y[0] = max(y[0], 1.0)
    weights = np.where(rng.random(n) < 0.2, 1e-4, 1.0) if seed % 3 == 0 else np.ones(n)
    offset = (seed % 2) * rng.choice([0.3, 1.0]) * rng.random(n)
    size = np.r_[1.0, 10.0 ** rng.uniform(-3.0, 3.0, k - 1)]
    objective = PoissonIdentity(X * size, y, offset, weights, 1.0 / size)
    return objective, np.r_[y.mean(), np.zeros(k - 1)], objective.design, -objective.offset


def binomial(seed):
    rng = np.random.default_rng([8, seed])
    n, k = int(rng.integers(6, 30)), int(rng.integers(2, 5))
    X = np.column_stack([np.ones(n), rng.integers(0, 2, (n, k - 1))]).astype(float)
    if seed % 2:
        X[:, -1] = rng.normal(size=n)
    tosses = rng.integers(1, 20, n).astype(float)
    p = np.clip(X @ np.r_[0.1, rng.uniform(-0.3, 0.6, k - 1)], 0.0, 1.0)
    objective = BinomialIdentity(X, rng.binomial(tosses.astype(int), p).astype(float), tosses)
    G, h = np.vstack([X, -X]), np.r_[np.zeros(n), -np.ones(n)]
    return objective, np.r_[0.5, np.zeros(k - 1)], G, h


def by_slsqp(objective, start, G, h):
    """The best height of SciPy's solver from three starts, in units."""
    units = objective.units
    deep = deepest_point(G, h, units)
    best = -np.inf
    rows = G * units
    for x in (start, deep, 0.5 * (start + deep)):
        with np.errstate(all="ignore"):
            found = minimize(
                lambda z: -objective(z * units).value,
                x / units,
                jac=lambda z: -objective(z * units).score * units,
                constraints={"type": "ineq", "fun": lambda z: rows @ z - h, "jac": lambda z: rows},
                method="SLSQP",
                options={"ftol": 1e-14, "maxiter": 500},
            )
        inside = np.min(rows @ found.x - h) > -1e-9
        best = max(best, -found.fun if inside and np.isfinite(found.fun) else -np.inf)
    return best


def assert_karush_kuhn_tucker(objective, found, G, h):
    """The conditions, from the objective and the rows alone."""
    units, score = objective.units, objective(found.x).score
    size = np.linalg.norm(G * units, axis=1)
    assert np.min((G @ found.x - h)[size > 0] / size[size > 0]) >= -1e-11
    assert np.all(found.multipliers >= 0.0)
    on_edge = (G @ found.x - h)[found.active] / size[found.active]
    assert np.max(np.abs(on_edge), initial=0.0) <= 1e-9
    rest = (score + G[found.active].T @ found.multipliers) * units
    # Sums of terms this large leave a rest of rounding, or of a decrement of 1e-9.
    terms = np.abs(objective.design).T @ np.ones(len(objective.design)) * units
    bend = np.diag(objective(found.x).information) * units**2
    assert np.all(np.abs(rest) <= 1e-7 * (terms + np.sqrt(bend) + 1.0))


@pytest.mark.parametrize("seed", range(60))
def test_a_poisson_with_identity_link_is_as_high_as_another_solver_finds(seed):
    objective, start, G, h = poisson(seed)
    found = maximise_within(objective, start, G, h)
    lowest = objective.lowest
    assert found.proven
    assert lowest >= -1e-11 * max(1.0, np.abs(start / objective.units).max())
    assert_karush_kuhn_tucker(objective, found, G, h)
    height = by_slsqp(objective, start, G, h)
    assert found.evaluation.value >= height - 1e-8 * max(1.0, abs(height))


@pytest.mark.parametrize("seed", range(40))
def test_a_risk_difference_model_is_as_high_as_another_solver_finds(seed):
    objective, start, G, h = binomial(seed)
    found = maximise_within(objective, start, G, h)
    assert found.proven
    assert_karush_kuhn_tucker(objective, found, G, h)
    height = by_slsqp(objective, start, G, h)
    assert found.evaluation.value >= height - 1e-8 * max(1.0, abs(height))


def test_the_tables_meet_edges_vertices_and_dependent_rows():
    kinds = set()
    for seed in range(60):
        objective, start, G, h = poisson(seed)
        found = maximise_within(objective, start, G, h)
        if len(found.active):
            rank = np.linalg.matrix_rank((G * objective.units)[found.active])
            kinds.add("edge")
            kinds |= {"vertex"} if rank == len(start) else set()
            kinds |= {"dependent"} if rank < len(found.active) else set()
        if kinds == {"edge", "vertex", "dependent"}:
            return
    raise AssertionError(f"only {kinds} are met")


def test_two_groups_of_which_one_has_no_counts_end_at_zero_by_closed_form():
    y = np.array([3.0, 5.0, 0.0, 0.0, 0.0])
    X = np.column_stack([np.ones(5), [0.0, 0.0, 1.0, 1.0, 1.0]])
    found = maximise_within(PoissonIdentity(X, y), np.array([2.0, 0.0]), X, np.zeros(5))
    assert found.proven and list(found.active) == [2, 3, 4]
    # The means are 4 and 0; each count of zero pulls its mean down by one.
    np.testing.assert_allclose(found.x, [4.0, -4.0], rtol=1e-12)
    assert found.multipliers.sum() == pytest.approx(3.0, rel=1e-12)


def test_a_multiplier_is_what_an_edge_costs():
    rng = np.random.default_rng(3)
    X = np.column_stack([np.ones(12), rng.normal(size=12)])
    y = np.r_[rng.poisson(1.0 + 2.0 * np.maximum(X[:-1, 1], 0.0)), 0.0].astype(float)
    X[-1, 1] = -3.0
    objective, start = PoissonIdentity(X, y), np.array([3.0, 0.5])
    h = np.zeros(12)
    found = maximise_within(objective, start, X, h)
    assert len(found.active) == 1 and found.multipliers[0] > 0.01
    step = 1e-4
    h[found.active] = step
    above = maximise_within(objective, start, X, h).evaluation.value
    h[found.active] = 2.0 * step
    further = maximise_within(objective, start, X, h).evaluation.value
    slope = (4.0 * above - further - 3.0 * found.evaluation.value) / (2.0 * step)
    assert slope == pytest.approx(-found.multipliers[0], rel=1e-5)


def test_a_linear_probability_that_meets_both_ends_is_at_its_known_height():
    X = np.column_stack([np.ones(10), np.arange(1.0, 11.0)])
    heads = np.array([0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 1.0, 1.0])
    G, h = np.vstack([X, -X]), np.r_[np.zeros(10), -np.ones(10)]
    objective = BinomialIdentity(X, heads, np.ones(10))
    found = maximise_within(objective, np.array([0.5, 0.0]), G, h)
    # From 0 in the first row to 1 in the last: p = (x − 1)/9.
    assert found.proven and list(found.active) == [0, 19]
    np.testing.assert_allclose(found.x, [-1.0 / 9.0, 1.0 / 9.0], rtol=1e-12)
    p = np.arange(1.0, 9.0) / 9.0
    height = np.log(np.where(heads[1:-1] > 0.0, p, 1.0 - p)).sum()
    assert found.evaluation.value == pytest.approx(height, rel=1e-12)
    # The multipliers balance the score: two equations, solved by hand from p at the rows inside.
    slopes = np.where(heads[1:-1] > 0.0, 1.0 / p, -1.0 / (1.0 - p))
    slopes = np.r_[-1.0, slopes, 1.0]
    wanted = np.linalg.solve(G[[0, 19]].T, -X.T @ slopes)
    np.testing.assert_allclose(found.multipliers, wanted, rtol=1e-9)


#: Motor Trend's 32 cars of 1974: horsepower, cylinders, and whether the engine is straight.
# fmt: off
POWER = np.array([
    110, 110, 93, 110, 175, 105, 245, 62, 95, 123, 123, 180, 180, 180, 205, 215,
    230, 66, 52, 65, 97, 150, 150, 245, 175, 66, 91, 113, 264, 175, 335, 109,
])
CYLINDERS = np.array([
    6, 6, 4, 6, 8, 6, 8, 4, 4, 6, 6, 8, 8, 8, 8, 8, 8, 4, 4, 4, 4, 8, 8, 8, 8, 4, 4, 4, 8, 6, 8, 4,
])
STRAIGHT = np.array([
    0, 0, 1, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 1,
])
# fmt: on


class Cutpoints(Toy):
    """Cylinders by the shape of the engine, with two cutpoints that follow horsepower."""

    def __init__(self):
        super().__init__(np.ones(5), 32.0)
        power, nothing, one = (POWER - 150.0) / 100.0, np.zeros(32), np.ones(32)
        first = np.column_stack([-STRAIGHT, one, power, nothing, nothing])
        second = np.column_stack([-STRAIGHT, nothing, nothing, one, power])
        self.gap = second - first
        self.above = np.where((CYLINDERS == 4)[:, None], first, second)
        self.below = np.where((CYLINDERS == 6)[:, None], first, second)

    def __call__(self, x):
        high = np.where(CYLINDERS < 8, expit(self.above @ x), 1.0)
        low = np.where(CYLINDERS > 4, expit(self.below @ x), 0.0)
        share = high - low
        if np.any(share <= 0.0):
            return Evaluation(-np.inf, x * np.nan, np.full((5, 5), np.nan))
        a, b = high * (1.0 - high) / share, low * (1.0 - low) / share
        by_above, by_below = a * (1.0 - 2.0 * high) - a**2, -b * (1.0 - 2.0 * low) - b**2
        cross = (self.above.T * (a * b)) @ self.below
        bend = (self.above.T * by_above) @ self.above + (self.below.T * by_below) @ self.below
        score = self.above.T @ a - self.below.T @ b
        return Evaluation(float(np.log(share).sum()), score, -(bend + cross + cross.T))


def test_cutpoints_that_would_cross_meet_where_another_solver_has_them():
    objective = Cutpoints()
    start = np.array([0.0, -1.0, 0.0, 1.0, 0.0])
    found = maximise_within(objective, start, objective.gap, np.zeros(32))
    assert found.proven
    assert list(POWER[found.active]) == [52]
    best = by_slsqp(objective, start, objective.gap, np.zeros(32))
    assert found.evaluation.value == pytest.approx(best, abs=1e-6)
    score = objective(found.x).score
    balance = score + objective.gap[found.active].T @ found.multipliers
    assert found.multipliers[0] > 0.01 and np.abs(balance).max() < 1e-6


def test_units_do_not_matter():
    X = np.column_stack([np.ones(6), [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]])
    y = np.array([0.0, 0.0, 1.0, 2.0, 7.0, 9.0])
    plain = maximise_within(PoissonIdentity(X, y), np.array([3.0, 0.0]), X, np.zeros(6))
    assert list(plain.active) == [0]
    for size in (1e-3, 1e3):
        units = np.array([1.0, 1.0 / size])
        scaled = X / units
        other = maximise_within(
            PoissonIdentity(scaled, y, units=units), np.array([3.0, 0.0]), scaled, np.zeros(6)
        )
        assert other.proven and list(other.active) == [0]
        np.testing.assert_allclose(other.x / units, plain.x, rtol=1e-9, atol=1e-14)
        np.testing.assert_allclose(other.multipliers, plain.multipliers, rtol=1e-9)


def test_a_maximum_inside_has_no_active_rows():
    X = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    y = np.array([1.0, 3.0, 5.0, 8.0])
    found = maximise_within(PoissonIdentity(X, y), np.array([2.0, 0.0]), X, np.zeros(4))
    assert found.proven and not len(found.active) and found.flat is None
    np.testing.assert_allclose(found.x, [2.0, 4.5], rtol=1e-9)


def test_a_hundred_thousand_rows_are_never_squared():
    rng = np.random.default_rng(5)
    n = 100_000
    X = np.column_stack([np.ones(n), rng.uniform(0.0, 1.0, (n, 2)), rng.integers(0, 2, n)])
    y = rng.poisson(X @ [0.0, 2.0, 1.0, 0.0] * (X[:, 3] == 0)).astype(float)  # zero in a half
    objective = PoissonIdentity(X, y)
    found = maximise_within(objective, np.array([1.0, 0.0, 0.0, 0.0]), X, np.zeros(n))
    assert found.proven and len(found.active) and found.steps < 40
    score = objective(found.x).score
    assert np.linalg.norm(score + X[found.active].T @ found.multipliers) <= 1e-5
    assert np.min(X @ found.x) >= -1e-11


def test_thousands_of_equal_rows_on_an_edge_are_one():
    n = 20_000
    group = np.arange(n) % 2 == 0
    X = np.column_stack([np.ones(n), group]).astype(float)
    y = np.where(group, 0.0, 2.0)
    found = maximise_within(PoissonIdentity(X, y), np.array([1.0, 0.0]), X, np.zeros(n))
    assert found.proven and len(found.active) == n // 2
    np.testing.assert_allclose(found.x, [2.0, -2.0], rtol=1e-9)
    assert found.multipliers.sum() == pytest.approx(n // 2, rel=1e-9)


def test_what_the_rows_leave_open_is_said():
    # Three means, of which the counts know one, and two that are zero only in their sum.
    X = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 1.0]])
    found = maximise_within(
        PoissonIdentity(X, np.array([3.0, 0.0])), np.array([1.0, 1.0, 1.0]), X, np.zeros(2)
    )
    assert found.proven and found.flat is not None
    assert found.evaluation.value == pytest.approx(3.0 * np.log(3.0) - 3.0, abs=1e-9)
    np.testing.assert_allclose(
        np.abs(found.flat / np.abs(found.flat).max()), [0.0, 1.0, 1.0], atol=1e-12
    )


class Saddle(Toy):
    """x² − y²: no top within −1 ≤ x ≤ 2 but at its ends."""

    def __call__(self, x):
        value = float(x[0] ** 2 - x[1] ** 2)
        return Evaluation(value, np.array([2.0 * x[0], -2.0 * x[1]]), np.diag([-2.0, 2.0]))


def test_a_saddle_is_left():
    G, h = np.array([[1.0, 0.0], [-1.0, 0.0]]), np.array([-1.0, -2.0])
    found = maximise_within(Saddle([1.0, 1.0], 1.0), np.array([0.0, 0.7]), G, h)
    assert found.proven
    assert abs(found.x[1]) < 1e-6 and min(abs(found.x[0] + 1.0), abs(found.x[0] - 2.0)) < 1e-9


def test_without_constraints_that_end_it_an_endless_climb_is_not_proven():
    found = maximise_within(Saddle([1.0, 1.0], 1.0), np.array([0.5, 0.7]), [[1.0, 0.0]], [-1.0])
    assert not found.proven


def test_a_start_outside_is_refused():
    X, y = np.ones((2, 1)), np.array([1.0, 2.0])
    with pytest.raises(ValueError, match="begins outside"):
        maximise_within(PoissonIdentity(X, y), np.array([-1.0]), X, np.zeros(2))


def test_a_step_too_long_ends_on_the_first_edge_in_its_way():
    rows = _Rows.of([[1.0, 0.0], [0.0, 2.0]], [-1.0, -1.0], np.ones(2))
    np.testing.assert_allclose(rows.moved(np.zeros(2), np.array([-4.0, -1.0])), [-1.0, -0.25])


def test_a_deepest_point_is_inside_every_row_in_any_units():
    rng = np.random.default_rng(11)
    for size in (1e-6, 1.0, 1e6):
        G = rng.normal(size=(200, 3)) * [1.0, size, 1.0 / size]
        h = G @ [1.0, 2.0 / size, size] - rng.uniform(0.1, 1.0, 200)
        point = deepest_point(G, h, [1.0, 1.0 / size, size])
        assert np.min(G @ point - h) > 0.0
    cone = deepest_point(np.eye(2), np.zeros(2))
    assert np.min(cone) > 0.1


def test_no_point_is_inside_rows_that_contradict():
    assert deepest_point([[1.0], [-1.0]], [1.0, 0.0]) is None
    assert deepest_point([[1.0], [-1.0]], [0.0, 0.0]) is None  # an edge alone has no inside
    assert deepest_point([[0.0], [1.0]], [1.0, 0.0]) is None
