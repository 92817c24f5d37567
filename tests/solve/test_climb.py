"""From starts to maxima: what parts of the rows save, and that they change no answer."""

from __future__ import annotations

import numpy as np
import pytest

from mostlikely.solve.climb import climb
from mostlikely.solve.maximise import FAR_ENOUGH, Options, maximise
from mostlikely.solve.objective import Divisible
from mostlikely.solve.optimum import Optimum, Stop

from . import toys


def mixture(data):
    """Half of the rows around x, half around −x: two maxima, and a saddle at 0."""

    def function(x, data):
        a, b = np.exp(-0.5 * (data - x[0]) ** 2), np.exp(-0.5 * (data + 1.1 * x[0]) ** 2)
        p = a / (a + b)
        da, db = data - x[0], -1.1 * (data + 1.1 * x[0])
        slope = p * da + (1.0 - p) * db
        bend = p * (da**2 - 1.0) + (1.0 - p) * (db**2 - 1.21) - slope**2
        return float(np.log(a + b).sum()), np.array([slope.sum()]), np.array([[-bend.sum()]])

    return toys.Rows(function, data, [1.0])


def two_humps(rows, seed=3):
    rng = np.random.default_rng([seed, rows])
    return np.where(rng.random(rows) < 0.5, 2.0, -2.2) + rng.standard_normal(rows)


@pytest.mark.parametrize("k", [2, 5, 10])
def test_large_regression_is_looked_at_whole_a_few_times(k):
    whole = toys.logistic(*toys.logistic_data(100_000, k))
    (top,) = climb(whole, [np.zeros(k)])
    assert top.stop is Stop.OPTIMUM
    assert whole.calls["all"] == 1
    assert whole.calls["score"] <= 3
    assert top.decrement <= FAR_ENOUGH
    assert np.array_equal(top.at.score, whole.score(top.x))  # its end was looked at


@pytest.mark.parametrize("k", [2, 5])
def test_parts_change_no_answer(k):
    design, y = toys.logistic_data(60_000, k)
    (top,) = climb(toys.logistic(design, y), [np.zeros(k)])
    alone = maximise(toys.logistic(design, y), np.zeros(k))
    errors = np.diag(np.linalg.inv(alone.at.information)) ** 0.5
    assert np.all(np.abs(top.x - alone.x) < 1e-5 * errors)
    assert top.at.value == pytest.approx(alone.at.value, rel=1e-12)
    again = np.diag(np.linalg.inv(top.at.information)) ** 0.5
    assert again == pytest.approx(errors, rel=1e-4)


@pytest.mark.parametrize("order", ["sorted", "periodic", "reversed"])
def test_order_of_the_rows_changes_no_answer(order):
    design, y = toys.logistic_data(44_000, 3)
    given = climb(toys.logistic(design, y), [np.zeros(3)])[0]
    places = np.argsort(design[:, 1])
    if order == "periodic":  # every eleventh row is one of the smallest
        places = places.reshape(11, -1).T.ravel()
    if order == "reversed":
        places = np.arange(len(y))[::-1]
    whole = toys.logistic(design[places], y[places])
    top = climb(whole, [np.zeros(3)])[0]
    errors = np.diag(np.linalg.inv(given.at.information)) ** 0.5
    assert np.all(np.abs(top.x - given.x) < 1e-9 * errors)
    assert whole.calls["all"] <= 4  # the part was like the whole


def test_parts_are_asked_for_by_numbers_of_rows_alone():
    sizes = []
    for order in (1, -1):
        whole = toys.logistic(*(a[::order] for a in toys.logistic_data(100_000, 3)))
        climb(whole, [np.zeros(3)])
        asked, part = [], whole
        while part.parts:
            (part,) = part.parts
            asked.append(part.rows)
        sizes.append(asked)
    assert sizes[0] == sizes[1] == [9_486, 2_000]


def test_several_starts_are_told_apart_on_few_rows():
    whole = mixture(two_humps(90_000))
    starts = [np.array([s]) for s in (-3.0, -1.0, 0.5, 1.0, 3.0)]
    tops = climb(whole, starts)
    assert tops[0].stop is Stop.OPTIMUM
    best = max((maximise(mixture(whole.data), x) for x in starts), key=lambda o: o.at.value)
    assert tops[0].x == pytest.approx(best.x, rel=1e-9)
    assert len(tops) == 1 and whole.calls["all"] <= 2  # the lower was not climbed on all rows
    (first,) = whole.parts
    assert first.rows <= 8_000 and first.calls["all"] > 10


def test_maxima_come_highest_first_and_once():
    whole = mixture(two_humps(3_000))
    tops = climb(whole, [np.array([s]) for s in (-3.0, -2.0, 1.0, 3.0)])
    assert [o.stop for o in tops] == [Stop.OPTIMUM, Stop.OPTIMUM]
    assert tops[0].at.value > tops[1].at.value
    assert tops[0].x[0] == pytest.approx(2.0, abs=0.1)
    assert tops[1].x[0] == pytest.approx(-2.0, abs=0.1)


def endless():
    """A maximum of height 1 at 0, and beyond 5 an ascent without end."""

    def evaluated(x):
        u = x[0]
        if u > 5.0:
            return u, np.array([1.0]), np.array([[0.0]])
        return 1.0 - 0.5 * u * u, np.array([-u]), np.array([[1.0]])

    return toys.Toy(evaluated, [1.0])


def test_maximum_comes_before_a_higher_end_only_where_that_is_preferred():
    starts = [np.array([6.0]), np.array([0.5])]
    assert climb(endless(), starts)[0].stop is not Stop.OPTIMUM
    tops = climb(endless(), starts, prefer_optimum=True)
    assert tops[0].stop is Stop.OPTIMUM and tops[0].x[0] == 0.0
    assert tops[1].at.value > tops[0].at.value


def impossible_below(bound):
    def evaluated(x):
        if x[0] < bound:
            return -np.inf, np.full(1, np.nan), np.full((1, 1), np.nan)
        return -0.5 * (x[0] - 3.0) ** 2, np.array([3.0 - x[0]]), np.array([[1.0]])

    return toys.Toy(evaluated, [1.0])


def test_start_that_is_impossible_comes_last_and_is_widened_only_if_all_are():
    starts = [np.array([0.0]), np.array([2.5])]
    tops = climb(impossible_below(2.0), starts, wider=lambda x: x + 100.0)
    assert [o.stop for o in tops] == [Stop.OPTIMUM, Stop.NO_START]
    tops = climb(impossible_below(2.0), starts[:1], wider=lambda x: x + 2.5)
    assert [o.stop for o in tops] == [Stop.OPTIMUM]
    assert climb(impossible_below(2.0), starts[:1])[0].stop is Stop.NO_START


def absolute(data):
    """Least absolute deviations, whose bend is nowhere but in its corners."""

    def evaluated(x):
        apart = data - x[0]
        return -np.abs(apart).sum(), np.array([np.sign(apart).sum()]), np.array([[1e-3]])

    return toys.Toy(evaluated, [1.0], float(len(data)))


def test_corners_are_asked_at_each_start_and_where_a_climb_stalls():
    data = np.array([-1.3, 0.2, 0.7, 1.9, 4.0])
    asked = []

    def corner(objective, x, stalled):
        asked.append(float(x[0]))
        near = data[np.argmin(np.abs(data - x[0]))]
        if len(asked) == 1:
            return None
        return Optimum(np.array([near]), objective(np.array([near])), 0.0, 1, Stop.OPTIMUM)

    options = Options(stop_at_edges=False)
    (top,) = climb(absolute(data), [np.array([2.6])], options=options, corner=corner)
    assert asked[0] == 2.6 and len(asked) == 2
    assert top.x[0] == pytest.approx(0.7)  # the median


def test_objective_with_corners_is_not_divided():
    whole = toys.logistic(*toys.logistic_data(60_000, 2))
    climb(whole, [np.zeros(2)], corner=lambda objective, x, stalled: None)
    assert not whole.parts


@pytest.mark.parametrize("rows", [0, -1])
def test_objective_that_says_no_rows_is_climbed_whole(rows):
    whole = toys.logistic(*toys.logistic_data(60_000, 2))
    whole.rows = rows
    assert climb(whole, [np.zeros(2)])[0].stop is Stop.OPTIMUM
    assert not whole.parts


def test_objective_without_parts_is_climbed_whole():
    bowl = toys.bowl(np.eye(2), [1.0, 1.0])
    assert not isinstance(bowl, Divisible)
    assert climb(bowl, [np.zeros(2)])[0].x == pytest.approx([1.0, 1.0])


def test_part_that_misleads_costs_steps_and_no_digits():
    design, y = toys.logistic_data(60_000, 3)
    whole = toys.logistic(design, y)
    wrong = toys.logistic(design[:3_000], 1.0 - y[:3_000])
    whole.part = lambda rows: wrong
    (top,) = climb(whole, [np.zeros(3)])
    alone = maximise(toys.logistic(design, y), np.zeros(3))
    assert top.stop is Stop.OPTIMUM
    assert top.x == pytest.approx(alone.x, rel=1e-6)


def test_part_that_knows_nothing_does_not_send_the_whole_far_away():
    whole = toys.logistic(*toys.logistic_data(60_000, 3))

    def vague(x, data):
        return -5e-5 * float(x @ x), -1e-4 * x, 1e-4 * np.eye(3)

    whole.part = lambda rows: toys.Rows(vague, whole.data[:3_000], np.ones(3))
    looked = []
    evaluated = whole.evaluated
    whole.evaluated = lambda x: looked.append(np.abs(x).max()) or evaluated(x)
    (top,) = climb(whole, [np.zeros(3)])
    assert top.stop is Stop.OPTIMUM
    assert max(looked) < 10.0


def test_part_that_is_impossible_leaves_the_starts_to_all_rows():
    whole = toys.logistic(*toys.logistic_data(60_000, 2))
    nan = np.full((2, 2), np.nan)
    broken = toys.Rows(lambda x, data: (np.nan, nan[0], nan), whole.data[:3_000], np.ones(2))
    whole.part = lambda rows: broken
    (top,) = climb(whole, [np.zeros(2)])
    assert top.stop is Stop.OPTIMUM


def test_start_that_leads_to_a_known_maximum_is_climbed_no_further():
    data, starts = two_humps(1_000), [np.array([1.5]), np.array([1.6])]
    whole, looks = mixture(data), []
    for x in starts:
        alone = mixture(data)
        maximise(alone, x)
        looks.append(alone.calls["all"])
    optima = climb(whole, starts)
    assert len(optima) == 1
    assert whole.calls["all"] <= looks[0] + 2 < sum(looks)


@pytest.mark.parametrize("seed", range(6))
def test_maxima_that_are_known_hide_no_others(seed):
    data = two_humps(300, seed)
    starts = [np.array([x]) for x in np.random.default_rng(seed).permutation(np.arange(-4, 4, 0.5))]
    found = climb(mixture(data), starts)
    alone = [maximise(mixture(data), x) for x in starts]
    tops = [o for o in alone if o.stop is Stop.OPTIMUM]
    assert sorted(o.x[0] for o in found if o.stop is Stop.OPTIMUM) == pytest.approx(
        sorted({round(o.x[0], 6) for o in tops}), abs=1e-5
    )
    assert found[0].at.value == pytest.approx(max(o.at.value for o in tops), rel=1e-12)
