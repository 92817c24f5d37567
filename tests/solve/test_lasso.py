"""The lasso: its conditions of optimality, from the definition, and closed forms."""

from __future__ import annotations

import numpy as np
import pytest

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


@pytest.mark.parametrize("strength", [0.5, 5.0, 20.0, 60.0])
def test_no_slope_exceeds_its_strength_and_where_it_is_not_zero_it_equals_it(strength):
    whole, strengths = problem()
    top, beta = maximise_with_lasso(
        whole, np.zeros(6), linear=np.eye(6), strengths=strength * strengths
    )
    slope = whole.score(top.x)
    assert top.stop is Stop.OPTIMUM
    assert top.x == pytest.approx(beta)
    assert abs(slope[0]) < 1e-7
    for s, b in zip(slope[1:], beta[1:], strict=True):
        assert abs(s) <= strength + 1e-6
        if b != 0.0:
            assert s == pytest.approx(strength * np.sign(b), abs=1e-6)
    assert np.abs(top.at.score).max() < 1e-6


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
