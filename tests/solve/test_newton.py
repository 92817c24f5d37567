"""The solver with many coordinates: Cholesky factors answer as eigenvalues do, only sooner."""

from __future__ import annotations

import numpy as np
import pytest

from mostlikely.solve import quadratic
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Evaluation
from mostlikely.solve.optimum import Stop
from mostlikely.solve.quadratic import EDGE_INFORMATION, FEW, Quadratic, newton_decrement

MANY = (13, 40, 150)
#: Units that differ as those of income and of age do.
SPREADS = (0.0, 3.0)


def problem(k, seed, values, *, decades=0.0, steep=1.0):
    """An evaluation whose information, in units, has the given eigenvalues; and the units."""
    rng = np.random.default_rng([k, seed])
    vectors, _ = np.linalg.qr(rng.standard_normal((k, k)))
    information = (vectors * values) @ vectors.T
    units = 10.0 ** rng.uniform(-decades, decades, k)
    raw = (information + information.T) / 2.0 / np.outer(units, units)
    score = vectors @ (rng.standard_normal(k) * steep) / units
    for array in (raw, score, units):
        array.flags.writeable = False  # an evaluation is shared: to change it is an error
    return Evaluation(-7.0, score, raw), units


def positive(k, seed, decades=0.0, low=-1.0, high=4.0):
    """Information from which every direction is known."""
    values = 10.0 ** np.random.default_rng([seed, k]).uniform(low, high, k)
    return problem(k, seed, values, decades=decades, steep=np.sqrt(values))


def indefinite(k, seed, decades=0.0):
    values = np.linspace(-0.3, 100.0, k)
    return problem(k, seed, values, decades=decades)


def regression(k, rows, seed, *, spoil=None):
    """The log-likelihood of a Poisson regression, and its design."""
    rng = np.random.default_rng([k, seed])
    design = rng.standard_normal((rows, k))
    design[:, 0] = 1.0
    if spoil is not None:
        spoil(design)
    counts = rng.poisson(np.exp(0.3 + design[:, 1:] @ rng.normal(0.0, 0.5 / np.sqrt(k), k - 1)))

    def objective(x):
        with np.errstate(all="ignore"):
            mean = np.exp(design @ x)
            value = float(counts @ (design @ x) - mean.sum())
            return Evaluation(
                value, design.T @ (counts - mean), (design * mean[:, None]).T @ design
            )

    return objective, counts


class Measured:
    """An objective with an ordinary step in each coordinate, and its observations."""

    def __init__(self, objective, units, total):
        self.objective, self.units, self.total = objective, units, total

    def __call__(self, x):
        return self.objective(x)


def climbed(objective, x, units, total=1.0, **options):
    return maximise(Measured(objective, units, total), x, options=Options(**options))


def height(at, units, step):
    """What the quadratic model says is gained by a step in units, from its definition."""
    s = step * units
    return float(at.score @ s - 0.5 * s @ at.information @ s)


@pytest.fixture
def factorisations(monkeypatch):
    """How many Cholesky factorisations have been asked for."""
    count = []
    original = quadratic._cholesky

    def counted(matrix):
        count.append(len(matrix))
        return original(matrix)

    monkeypatch.setattr(quadratic, "_cholesky", counted)
    return count


@pytest.fixture
def no_eigenvalues(monkeypatch):
    """Asking for eigenvalues is an error."""

    def refused(*_args, **_kwargs):
        raise AssertionError("eigenvalues were asked for")

    monkeypatch.setattr(np.linalg, "eigh", refused)


@pytest.mark.parametrize("decades", SPREADS)
@pytest.mark.parametrize("k", MANY)
def test_decrement_is_that_of_linear_algebra(k, decades):
    at, units = positive(k, 1, decades)
    scale = np.sqrt(np.diag(at.information))
    solved = np.linalg.solve(at.information / np.outer(scale, scale), at.score / scale)
    expected = 0.5 * (at.score / scale) @ solved
    assert newton_decrement(at, units) == pytest.approx(expected, rel=1e-10)
    assert Quadratic(at, units).decrement == pytest.approx(expected, rel=1e-10)
    assert Quadratic.of(at, units).flat is None


@pytest.mark.parametrize("k", MANY)
def test_decrement_has_no_units(k):
    at, units = positive(k, 2)
    factors = 10.0 ** np.random.default_rng(k).uniform(-9.0, 9.0, k)
    moved = Evaluation(at.value, at.score / factors, at.information / np.outer(factors, factors))
    assert newton_decrement(moved, units * factors) == pytest.approx(
        newton_decrement(at, units), rel=1e-9
    )


@pytest.mark.parametrize("decades", SPREADS)
@pytest.mark.parametrize("k", MANY)
def test_well_known_coordinates_need_no_eigenvalues(k, decades, no_eigenvalues):
    at, units = positive(k, 3, decades)
    model = Quadratic.of(at, units)
    assert np.isfinite(model.decrement) and model.flat is None and model.running_off() is None
    for radius in (1e-6, 0.1, 1.0, np.inf):
        model.step(radius)


@pytest.mark.parametrize("k", MANY)
def test_upward_bend_leaves_no_finite_decrement(k):
    at, units = indefinite(k, 4)
    assert newton_decrement(at, units) == np.inf == Quadratic(at, units)._judged[0]


@pytest.mark.parametrize("k", MANY)
def test_upward_bend_of_one_coordinate_leaves_no_finite_decrement(k, no_eigenvalues):
    at, units = positive(k, 5)
    bent = at.information.copy()
    bent[3, 3] = -bent[3, 3]
    assert newton_decrement(Evaluation(at.value, at.score, bent), units) == np.inf


def test_upward_bend_is_seen_without_eigenvalues(no_eigenvalues):
    at, units = indefinite(150, 6)
    assert newton_decrement(at, units) == np.inf


@pytest.mark.parametrize("k", MANY)
def test_bend_that_rounding_may_have_made_is_no_upward_bend(k):
    values = np.append(-1e-10, np.linspace(1.0, 2.0, k - 1))
    at, units = problem(k, 7, values)
    vectors = np.linalg.eigh(at.information)[1]
    level = Evaluation(
        at.value, at.score - vectors[:, 0] * (vectors[:, 0] @ at.score), at.information
    )
    assert np.isfinite(newton_decrement(level, units))


@pytest.mark.parametrize("decades", SPREADS)
@pytest.mark.parametrize("k", MANY)
def test_flat_direction_carries_no_information(k, decades):
    values = np.append(0.0, np.linspace(1.0, 50.0, k - 1))
    at, units = problem(k, 8, values, decades=decades)
    flat = Quadratic.of(at, units).flat
    assert flat is not None and np.linalg.norm(flat) == pytest.approx(1.0)
    moved = flat * units
    assert abs(moved @ at.information @ moved) < 1e-12


@pytest.mark.parametrize("k", MANY)
def test_slope_where_it_is_flat_decides_whether_anything_is_to_be_gained(k):
    values = np.append(0.0, np.linspace(1.0, 50.0, k - 1))
    at, units = problem(k, 9, values)
    assert newton_decrement(at, units) == np.inf
    within = at.information @ np.random.default_rng(k).standard_normal(k)
    expected = 0.5 * within @ np.linalg.pinv(at.information, hermitian=True) @ within
    level = Evaluation(at.value, within, at.information)
    assert newton_decrement(level, units) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("k", [20, 150])
def test_columns_that_add_up_are_flat_whatever_rounding_makes_of_them(k):
    for seed in range(10):
        rng = np.random.default_rng([seed, k])
        design = rng.standard_normal((2 * k, k)) + 3.0
        design[:, -1] = design[:, : k // 2].sum(axis=1)
        weighted = design * rng.gamma(1.0, size=(2 * k, 1))
        at = Evaluation(0.0, np.zeros(k), weighted.T @ design)
        assert Quadratic.of(at, np.ones(k)).flat is not None


@pytest.mark.parametrize("k", MANY)
def test_coordinate_without_information_is_the_flat_one(k):
    at, units = positive(k, 10)
    emptied, score = at.information.copy(), at.score.copy()
    emptied[5, :] = emptied[:, 5] = score[5] = 0.0
    model = Quadratic.of(Evaluation(at.value, score, emptied), units)
    assert np.array_equal(model.flat, np.eye(k)[5])
    assert np.isfinite(model.decrement)


@pytest.mark.parametrize("make", [positive, indefinite])
@pytest.mark.parametrize("decades", SPREADS)
@pytest.mark.parametrize("radius", [1e-9, 1e-3, 0.1, 1.0, 5.0])
@pytest.mark.parametrize("k", MANY)
def test_step_is_the_best_within_its_radius(k, radius, decades, make):
    at, units = make(k, 11, decades)
    step, gain = Quadratic.of(at, units).step(radius)
    _, best = Quadratic(at, units).step(radius)
    assert np.linalg.norm(step) <= radius * (1.0 + 1e-12)
    assert gain == pytest.approx(height(at, units, step), rel=1e-6)
    assert gain >= 0.95 * best > 0.0
    assert gain <= best * (1.0 + 2e-3)  # the eigenvalues' own step stops within a thousandth


@pytest.mark.parametrize("k", MANY)
def test_step_within_the_radius_is_newtons(k):
    at, units = positive(k, 12, 2.0)
    step, gain = Quadratic.of(at, units).step(np.inf)
    assert at.information @ (step * units) * units == pytest.approx(at.score * units, rel=1e-6)
    assert gain == newton_decrement(at, units)


@pytest.mark.parametrize("k", MANY)
def test_cut_step_reaches_the_rim(k):
    at, units = positive(k, 13)
    for radius in 10.0 ** np.arange(-12.0, 0.0):
        step, _ = Quadratic.of(at, units).step(radius)
        assert np.linalg.norm(step) == pytest.approx(radius, rel=1e-9)


def test_step_takes_few_factorisations(factorisations):
    most = 0
    for seed in range(30):
        at, units = positive(60, seed, low=-3.0, high=6.0)
        for radius in (1e-9, 1e-4, 0.01, 0.3, 3.0):
            model = Quadratic.of(at, units)
            factorisations.clear()
            model.step(radius)
            most = max(most, len(factorisations))
    assert 1 <= most <= 5  # eigenvalues over nine decades; two or three where over five


@pytest.mark.parametrize("k", MANY)
@pytest.mark.parametrize("weak", [1e-3, -1e-3])
def test_direction_that_runs_off_is_the_eigenvector_of_little_information(k, weak):
    values = np.append(weak, np.linspace(1.0, 50.0, k - 1))
    rng = np.random.default_rng([k, 14])
    vectors, _ = np.linalg.qr(rng.standard_normal((k, k)))
    information = (vectors * values) @ vectors.T
    at = Evaluation(0.0, vectors @ np.append(0.01, np.full(k - 1, 0.1)), information)
    off = Quadratic.of(at, np.ones(k)).running_off()
    assert off is not None
    assert off == pytest.approx(vectors[:, 0], abs=1e-9)  # uphill: the score along it is 0.01


@pytest.mark.parametrize("k", MANY)
def test_steepest_of_several_runs_off(k):
    values = np.append([2e-3, 3e-3, 5e-3], np.linspace(1.0, 50.0, k - 3))
    vectors, _ = np.linalg.qr(np.random.default_rng([k, 15]).standard_normal((k, k)))
    along = np.append([0.01, -0.03, 0.02], np.full(k - 3, 0.1))
    at = Evaluation(0.0, vectors @ along, (vectors * values) @ vectors.T)
    off = Quadratic.of(at, np.ones(k)).running_off()
    assert off == pytest.approx(-vectors[:, 1], abs=1e-9)


@pytest.mark.parametrize("k", MANY)
def test_short_way_to_go_is_no_running_off(k):
    values = np.append(0.5 * EDGE_INFORMATION, np.linspace(1.0, 50.0, k - 1))
    vectors, _ = np.linalg.qr(np.random.default_rng([k, 16]).standard_normal((k, k)))
    information = (vectors * values) @ vectors.T
    # 0.3 units along the weak direction, and many along the others: together a long step.
    at = Evaluation(0.0, information @ vectors @ np.append(0.3, np.full(k - 1, 2.0)), information)
    assert Quadratic.of(at, np.ones(k)).running_off() is None


@pytest.mark.parametrize("k", [1, 4, FEW])
def test_few_coordinates_are_left_to_eigenvalues(k, factorisations):
    at, units = positive(k, 17, low=-3.0)
    model = Quadratic.of(at, units)
    assert type(model) is Quadratic
    assert np.isfinite(model.decrement)
    model.running_off()
    model.step(0.1)
    assert not factorisations


@pytest.mark.parametrize("k", [5, 30, 200])
def test_climb_ends_where_the_score_is_zero(k):
    objective, _ = regression(k, 5000, 18)
    units = np.ones(k)
    top = climbed(objective, np.zeros(k), units, 5000.0)
    assert top.stop is Stop.OPTIMUM
    errors = np.sqrt(np.diag(np.linalg.inv(top.at.information)))
    assert np.max(np.abs(top.at.score) * errors) < 1e-6
    assert top.steps <= 10


def test_climb_of_a_regression_needs_no_eigenvalues(no_eigenvalues, factorisations):
    objective, _ = regression(100, 3000, 19)
    top = climbed(objective, np.zeros(100), np.ones(100), 3000.0)
    assert top.stop is Stop.OPTIMUM
    assert len(factorisations) <= 3 * top.steps


def test_climb_stops_where_columns_add_up():
    def spoil(design):
        design[:, 7] = design[:, 3] + design[:, 4]

    objective, _ = regression(30, 500, 20, spoil=spoil)
    top = climbed(objective, np.zeros(30), np.ones(30), 500.0)
    assert top.stop is Stop.FLAT
    assert set(np.flatnonzero(np.abs(top.direction) > 1e-3)) == {3, 4, 7}


def test_climb_sees_a_group_without_events_run_off():
    def spoil(design):
        design[:, 5] = np.arange(len(design)) < 20

    objective, counts = regression(30, 1000, 21, spoil=spoil)
    counts[:20] = 0
    top = climbed(objective, np.zeros(30), np.ones(30), 1000.0)
    assert top.stop is Stop.EDGE
    assert int(np.argmax(np.abs(top.direction))) == 5 and top.direction[5] < -0.99


@pytest.mark.parametrize(("k", "longest"), [(1, 1.0), (4, 1.0), (16, 2.0), (400, 10.0)])
def test_first_step_is_of_an_ordinary_size_in_every_coordinate(k, longest):
    places = []

    def objective(x):
        places.append(x)
        return Evaluation(-0.5 * float((x - 100.0) @ (x - 100.0)), 100.0 - x, np.eye(k))

    climbed(objective, np.zeros(k), np.ones(k), max_steps=2, stop_at_edges=False)
    assert np.linalg.norm(places[1]) == pytest.approx(longest, rel=1e-2)
