"""The lasso: its conditions of optimality, from the definition, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from mostlikely.solve import lasso
from mostlikely.solve.lasso import maximise_with_lasso
from mostlikely.solve.optimum import Stop

from . import toys


def problem(rows=400, k=6, seed=2):
    design, y = toys.logistic_data(rows, k, seed)
    strengths = np.append(0.0, np.full(k - 1, 1.0))
    return toys.logistic(design, y), strengths


def test_without_correlation_each_coefficient_is_drawn_by_its_strength():
    centre = np.array([3.0, -2.0, 0.4, -0.1])
    bends = np.array([1.0, 2.0, 4.0, 0.5])
    strengths = np.array([0.0, 1.0, 2.0, 0.3])
    top, beta = maximise_with_lasso(
        toys.bowl(np.diag(bends), centre), np.zeros(4), linear=np.eye(4), strengths=strengths
    )
    drawn = np.sign(centre) * np.maximum(np.abs(centre) - strengths / bends, 0.0)
    assert top.stop is Stop.OPTIMUM
    assert beta == pytest.approx(drawn, abs=1e-12)
    assert np.count_nonzero(beta) == 2
    expected = -0.5 * np.sum(bends * (drawn - centre) ** 2) - strengths @ np.abs(drawn)
    assert top.at.value == pytest.approx(expected)


def check_conditions(whole, top, beta, strengths):
    """Those of a maximum under absolute values, from the definition; here x is beta."""
    slope = whole.score(beta)
    assert top.stop is Stop.OPTIMUM
    assert top.x == pytest.approx(beta)
    for s, b, most in zip(slope, beta, strengths, strict=True):
        assert abs(s) <= most + 1e-6
        assert b == 0.0 or (abs(b) > 1e-9 and s == pytest.approx(most * np.sign(b), abs=1e-6))
    assert np.abs(top.at.score).max() < 1e-6


@pytest.mark.parametrize("strength", [0.5, 5.0, 20.0, 60.0])
def test_no_slope_exceeds_its_strength_and_where_it_is_not_zero_it_equals_it(strength):
    whole, strengths = problem()
    strengths = strength * strengths
    top, beta = maximise_with_lasso(whole, np.zeros(6), linear=np.eye(6), strengths=strengths)
    check_conditions(whole, top, beta, strengths)


@pytest.mark.parametrize("strength", [5.0, 20.0, 60.0])
@pytest.mark.parametrize("scale", [0.5, 1.0])
@pytest.mark.parametrize("seed", range(12))
def test_signs_that_change_on_the_way_are_settled(seed, scale, strength):
    # In some of these a coefficient changes its sign while signs are held, and in some a zero of
    # the first round is no zero at the maximum.
    whole = toys.poisson(60, 6, seed, scale)
    strengths = np.append(0.0, np.full(5, strength))
    top, beta = maximise_with_lasso(whole, np.zeros(6), linear=np.eye(6), strengths=strengths)
    check_conditions(whole, top, beta, strengths)


def test_end_that_is_no_maximum_says_its_slope(monkeypatch):
    monkeypatch.setattr(lasso, "ROUNDS", 1)
    whole = toys.poisson(60, 6, 2, 1.0)
    strengths = np.append(0.0, np.full(5, 5.0))
    linear = np.linalg.qr(np.random.default_rng(6).standard_normal((6, 6)))[0] * 3.0
    data = np.column_stack([whole.data[:, :-1] @ linear, whole.data[:, -1]])
    turned = toys.Rows(whole.function, data, np.ones(6))
    top, beta = maximise_with_lasso(turned, np.zeros(6), linear=linear, strengths=strengths)
    assert top.stop is Stop.RAN_OUT

    def penalised(x):
        return turned.value(x) - strengths @ np.abs(linear @ x)

    # Only along coefficients that are not zero has the penalised function a slope.
    for way in np.linalg.inv(linear)[:, beta != 0.0].T:
        h = 1e-6
        rise = (penalised(top.x + h * way) - penalised(top.x - h * way)) / (2.0 * h)
        assert top.at.score @ way == pytest.approx(rise, abs=1e-4)
    assert top.at.value == pytest.approx(penalised(top.x))


def test_strong_enough_strengths_leave_zeros_only():
    whole, strengths = problem()
    everything = np.full(len(strengths), 1e6)
    top, beta = maximise_with_lasso(whole, np.ones(6), linear=np.eye(6), strengths=everything)
    assert top.stop is Stop.OPTIMUM
    assert np.array_equal(beta, np.zeros(6))


def test_coordinates_do_not_matter():
    whole, strengths = problem()
    strengths = 30.0 * strengths
    _, beta = maximise_with_lasso(whole, np.zeros(6), linear=np.eye(6), strengths=strengths)
    linear = np.linalg.qr(np.random.default_rng(5).standard_normal((6, 6)))[0] * 3.0
    turned = toys.logistic(whole.data[:, :-1] @ linear, whole.data[:, -1])  # η = Z β, β = linear x
    top, again = maximise_with_lasso(turned, np.zeros(6), linear=linear, strengths=strengths)
    assert top.stop is Stop.OPTIMUM
    assert again == pytest.approx(beta, rel=1e-7, abs=1e-12)
    assert np.array_equal(again == 0.0, beta == 0.0)
    assert 0 < np.count_nonzero(beta == 0.0) < 5


def test_no_strength_leaves_the_maximum_itself():
    whole, strengths = problem()
    top, beta = maximise_with_lasso(whole, np.zeros(6), linear=np.eye(6), strengths=0.0 * strengths)
    assert top.stop is Stop.OPTIMUM
    assert np.abs(whole.score(beta)).max() < 1e-7


def test_objective_that_is_impossible_at_its_start_is_no_start():
    nan = np.full((2, 2), np.nan)
    impossible = toys.Toy(lambda x: (-np.inf, nan[0], nan), [1.0, 1.0])
    top, _ = maximise_with_lasso(impossible, np.zeros(2), linear=np.eye(2), strengths=np.ones(2))
    assert top.stop is Stop.NO_START


def test_a_step_from_where_the_likelihood_bends_upwards_is_finite_and_uphill():
    g, h = np.array([3.0, -1.0]), np.array([[-1e12, 2.0], [2.0, 4.0]])
    step = lasso._by_coordinates(np.zeros(2), g, h, np.zeros(2))
    assert np.isfinite(step).all() and g @ step > 0.0
