"""Newton's method: where it ends, what it says of that, and how often it looks."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from mostlikely.solve.maximise import FAR_ENOUGH, POLISHED, Options, maximise
from mostlikely.solve.optimum import Stop

from . import toys

EXPENSIVE = Options(expensive=True)


def said_is_so(objective, top):
    """The decrement at the returned point, by linear algebra, from a look of its own."""
    at = objective(top.x)
    return 0.5 * at.score @ np.linalg.solve(at.information, at.score)


def test_quadratic_is_climbed_in_one_step_that_is_looked_at():
    information = np.array([[4.0, 1.0], [1.0, 3.0]])
    bowl = toys.bowl(information, [0.3, -0.2], value=-5.0)
    top = maximise(bowl, np.zeros(2))
    assert top.stop is Stop.OPTIMUM
    assert top.x == pytest.approx([0.3, -0.2], rel=1e-14)
    assert top.at.value == pytest.approx(-5.0, rel=1e-14)
    assert bowl.calls["all"] == top.steps == 2


def test_bent_ridge_is_climbed_to_its_top():
    valley = toys.valley()
    top = maximise(valley, np.array([-1.2, 1.0]), options=Options(stop_at_edges=False))
    assert top.stop is Stop.OPTIMUM
    assert top.x == pytest.approx([1.0, 1.0], rel=1e-12)
    assert top.steps < 30


def test_last_step_more_leaves_nothing_but_rounding():
    design, y = toys.logistic_data(200, 4)
    whole = toys.logistic(design, y)
    top = maximise(whole, np.zeros(4))
    assert top.decrement < 1e-24
    assert top.decrement == pytest.approx(said_is_so(whole, top), rel=1e-3)
    rough = maximise(whole, np.zeros(4), options=Options(tolerance=1e-3))
    assert 1e-10 < rough.decrement <= 1e-3  # it isn't taken where no digits were asked for


def test_start_that_is_the_maximum_is_looked_at_once():
    design, y = toys.logistic_data(200, 3)
    whole = toys.logistic(design, y)
    top = maximise(whole, np.zeros(3))
    again = toys.logistic(design, y)
    assert maximise(again, top.x).steps == 1
    assert again.calls["all"] == 1


@pytest.mark.parametrize("tolerance", [1e-3, 1e-8, POLISHED])
@pytest.mark.parametrize("expensive", [False, True])
@pytest.mark.parametrize("far", [0.0, 1e-4, 0.01, 0.3])
def test_said_decrement_is_the_decrement(far, expensive, tolerance):
    design, y = toys.logistic_data(60_000, 3)
    whole = toys.logistic(design, y)
    best = maximise(whole, np.zeros(3)).x
    options = Options(expensive=expensive, tolerance=tolerance)
    top = maximise(whole, best + far * np.array([1.0, -1.0, 0.5]), options=options)
    truth = said_is_so(whole, top)
    assert top.stop is Stop.OPTIMUM
    assert top.decrement <= (max(tolerance, FAR_ENOUGH) if expensive else tolerance)
    assert top.decrement == pytest.approx(truth, rel=1e-3, abs=1e-24)


@pytest.mark.parametrize("errors", [1e-3, 0.01, 0.02])
def test_last_look_at_the_score_alone_tells_value_score_and_information(errors):
    design, y = toys.logistic_data(100_000, 4)
    whole = toys.logistic(design, y)
    best = maximise(whole, np.zeros(4))
    way = np.linalg.cholesky(np.linalg.inv(best.at.information)) @ np.full(4, 0.5)
    whole.calls.clear()
    top = maximise(whole, best.x + errors * way, options=EXPENSIVE)
    assert whole.calls["all"] == 1
    assert 1 <= whole.calls["score"] <= 2
    assert top.stop is Stop.OPTIMUM and top.steps == 1 + whole.calls["score"]
    truth = whole(top.x)
    assert top.at.value == pytest.approx(truth.value, rel=1e-13)
    assert top.at.score == pytest.approx(truth.score, rel=0.0, abs=0.0)
    ours, theirs = (np.diag(np.linalg.inv(a.information)) ** 0.5 for a in (top.at, truth))
    assert ours == pytest.approx(theirs, rel=2e-4)


def test_information_that_changes_much_on_the_last_step_is_looked_at_again():
    # A steep fourth derivative, hidden from a first step that the number of rows calls short.
    def evaluated(x):
        u = x[0]
        value = -0.5 * u**2 - 1e5 * u**4
        return value, np.array([-u - 4e5 * u**3]), np.array([[1.0 + 1.2e6 * u**2]])

    steep = toys.Toy(evaluated, [1.0], total=1e6)
    top = maximise(steep, np.array([1e-3]), options=EXPENSIVE)
    assert top.stop is Stop.OPTIMUM
    assert top.at.information[0, 0] == pytest.approx(1.0, rel=1e-3)
    assert top.decrement == pytest.approx(said_is_so(steep, top), rel=1e-3)


def test_score_that_is_no_number_is_no_end():
    bowl = toys.bowl(np.eye(2), [3e-4, 3e-4])
    asked = []
    bowl.score = lambda x: asked.append(x) or np.full(2, np.nan)
    top = maximise(bowl, np.zeros(2), options=EXPENSIVE)
    assert top.stop is Stop.OPTIMUM
    assert top.x == pytest.approx([3e-4, 3e-4])
    assert bowl.calls["all"] == 2 and len(asked) == 1


@pytest.mark.parametrize("start", [-4.0, -1.0, 0.5, 3.0])
def test_location_of_heavy_tails_ends_at_a_maximum_that_brute_force_knows(start):
    data = np.array([-3.0, -2.6, 0.1, 0.4, 0.9, 6.0])
    location = toys.cauchy(data)
    top = maximise(location, np.array([start]))
    grid = np.linspace(-8.0, 10.0, 20_001)
    heights = -np.log1p((data[:, None] - grid) ** 2).sum(axis=0)
    peaks = grid[1:-1][(heights[1:-1] > heights[:-2]) & (heights[1:-1] > heights[2:])]
    near = peaks[np.argmin(np.abs(peaks - top.x[0]))]
    exact = minimize_scalar(
        lambda m: np.log1p((data - m) ** 2).sum(),
        bounds=(near - 0.01, near + 0.01),
        method="bounded",
        options={"xatol": 1e-12},
    )
    assert top.stop is Stop.OPTIMUM
    assert top.x[0] == pytest.approx(exact.x, abs=1e-6)


def test_ridge_with_a_flat_direction_is_flat_along_it():
    along = np.array([1.0, 2.0]) / 5**0.5
    top = maximise(toys.bowl(np.outer(along, along) * 7.0, [1.0, 1.0]), np.zeros(2))
    assert top.stop is Stop.FLAT
    assert abs(top.direction @ along) < 1e-6


def edge(total=50.0):
    """A chance on the logit scale where all trials succeeded."""

    def evaluated(x):
        p = 1.0 / (1.0 + np.exp(x[0]))  # of failure
        return (
            -total * np.log1p(np.exp(-x[0])),
            np.array([total * p]),
            np.array([[total * p * (1.0 - p)]]),
        )

    return toys.Toy(evaluated, [1.0], total)


def test_edge_runs_off_uphill():
    top = maximise(edge(), np.zeros(1))
    assert top.stop is Stop.EDGE
    assert top.direction == pytest.approx([1.0])
    assert top.travelled[0] == top.x[0] > 5.0


def test_edge_is_gone_over_where_a_caller_has_looked_there():
    top = maximise(edge(), np.zeros(1), options=Options(stop_at_edges=False))
    assert top.stop is not Stop.EDGE
    assert top.x[0] > 14.0


def test_far_is_far_from_the_origin():
    bowl = toys.bowl(np.eye(1) * 100.0, [20.0])
    assert maximise(bowl, np.zeros(1)).stop is Stop.EDGE
    near = Options(origin=np.array([15.0]))
    top = maximise(bowl, np.zeros(1), options=near)
    assert top.stop in (Stop.OPTIMUM, Stop.EDGE)
    assert maximise(bowl, np.array([10.0]), options=near).stop is Stop.OPTIMUM


def test_start_that_is_impossible_is_no_start():
    impossible = toys.Toy(lambda x: (-np.inf, np.full(1, np.nan), np.full((1, 1), np.nan)), [1.0])
    assert maximise(impossible, np.zeros(1)).stop is Stop.NO_START


def test_wall_on_the_way_is_stepped_back_from():
    def evaluated(x):  # a gamma's rate: the first Newton step leads below zero
        if x[0] <= 0.0:
            return -np.inf, np.full(1, np.nan), np.full((1, 1), np.nan)
        return (
            9.0 * np.log(x[0]) - x[0],
            np.array([9.0 / x[0] - 1.0]),
            np.array([[9.0 / x[0] ** 2]]),
        )

    top = maximise(
        toys.Toy(evaluated, [5.0]), np.array([40.0]), options=Options(stop_at_edges=False)
    )
    assert top.stop is Stop.OPTIMUM
    assert top.x == pytest.approx([9.0])


def test_steps_allowed_are_not_exceeded():
    valley = toys.valley()
    options = Options(max_steps=5, stop_at_edges=False)
    top = maximise(valley, np.array([-1.2, 1.0]), options=options)
    assert top.stop is Stop.RAN_OUT
    assert top.steps == valley.calls["all"] == 5


def test_nothing_to_climb_is_a_maximum():
    nothing = toys.Toy(lambda x: (-3.0, np.zeros(0), np.zeros((0, 0))), np.zeros(0))
    top = maximise(nothing, np.zeros(0))
    assert (top.stop, top.decrement, top.steps) == (Stop.OPTIMUM, 0.0, 1)


@pytest.mark.parametrize("unit", [1e-150, 1e-100, 1e100, 1e150])
@pytest.mark.parametrize("k", [2, 14])
def test_units_of_any_size_lead_to_the_same_maximum(unit, k):
    rng = np.random.default_rng(k)
    root = rng.standard_normal((k, 2 * k))
    information, centre = root @ root.T, rng.uniform(-0.5, 0.5, k)
    units = np.ones(k)
    units[::2] = unit
    plain = maximise(toys.bowl(information, centre), np.zeros(k))
    scaled = toys.bowl(information / units[:, None] / units, centre * units, units=units)
    top = maximise(scaled, np.zeros(k))
    assert top.stop is plain.stop is Stop.OPTIMUM
    assert top.x / units == pytest.approx(centre, rel=1e-7)
    assert top.at.value == pytest.approx(plain.at.value, abs=1e-9)
