"""Separation by hand: what a direction to infinity moves, and when there is none."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.verdict.recession import recession

X = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])


def found(x, y):
    """The recession of a logistic regression with an intercept."""
    design = np.column_stack([np.ones(len(y)), x])
    side = np.where(np.asarray(y) == 1, 1.0, -1.0)
    answer = recession(design, side)
    if answer is not None:
        pushed = side * (design @ answer.direction)
        assert np.all(pushed >= -1e-9)  # no row becomes less likely
        assert np.all(pushed[answer.moved] > 1e-9)
        assert np.all(np.abs(pushed[~answer.moved]) < 1e-9)
    return answer


# The linear program.


def test_overlapping_rows_have_no_direction():
    assert found(X, [0, 0, 1, 0, 1, 1]) is None


def test_separated_rows_all_move():
    answer = found(X, [0, 0, 0, 1, 1, 1])
    assert answer.moved.all()
    assert answer.direction[1] > 0.0


def test_quasi_separated_rows_move_but_those_on_the_border():
    """At x = 3 there is one of each: those two stay, and the rest goes."""
    x = np.array([1.0, 2.0, 3.0, 3.0, 4.0, 5.0])
    answer = found(x, [0, 0, 0, 1, 1, 1])
    assert answer.moved.tolist() == [True, True, False, False, True, True]
    assert -answer.direction[0] / answer.direction[1] == pytest.approx(3.0)


def test_one_outcome_only_is_separated_by_the_intercept():
    answer = found(np.array([2.0, 1.0, -1.0]), [1, 1, 1])
    assert answer.moved.all()
    assert answer.direction[0] > 0.0


def test_a_level_with_one_outcome_moves_its_rows_alone():
    level = np.array([0, 0, 0, 0, 1, 1, 1])
    answer = found(level, [0, 1, 0, 1, 1, 1, 1])
    assert answer.moved.tolist() == [False] * 4 + [True] * 3
    assert answer.direction[0] == pytest.approx(0.0, abs=1e-9)
    assert answer.direction[1] > 0.0


def test_repeated_rows_are_counted_once_and_all_moved():
    answer = found(np.repeat(X, 5), np.repeat([0, 0, 0, 1, 1, 1], 5))
    assert answer.moved.all()


def test_a_plane_in_two_predictors_separates_what_no_axis_does():
    x = np.array([[0, 0], [1, 1], [2, 2], [0, 1], [1, 2], [2, 3]], dtype=float)
    y = [0, 0, 0, 1, 1, 1]
    assert found(x[:, 0], y) is None
    assert found(x[:, 1], y) is None
    answer = found(x, y)
    assert answer.moved.all()


def test_rows_between_hold_the_direction():
    """Binomial rows with successes and failures, or positive counts, must not be moved at all."""
    design = np.column_stack([np.ones(4), [0.0, 0.0, 1.0, 1.0]])
    assert recession(design, np.array([0.0, 0.0, 0.0, -1.0])) is None
    answer = recession(design, np.array([0.0, 0.0, -1.0, -1.0]))
    assert answer.moved.tolist() == [False, False, True, True]
    assert answer.direction[0] == pytest.approx(0.0, abs=1e-9)
    assert answer.direction[1] < 0.0
    assert recession(design, np.zeros(4)) is None


def test_a_count_of_zero_in_a_cell_is_a_direction_down():
    """Correia, Guimarães and Zylkin 2019: y = 0 wherever z > 0."""
    z = np.array([0.0, 0.0, 0.0, 2.0, 5.0])
    y = np.array([3.0, 0.0, 1.0, 0.0, 0.0])
    design = np.column_stack([np.ones(5), z])
    answer = recession(design, np.where(y == 0, -1.0, 0.0))
    assert answer.moved.tolist() == [False, False, False, True, True]
    assert answer.direction[1] < 0.0


@pytest.mark.parametrize("seed", range(8))
def test_labels_made_by_a_plane_are_separated_and_contradictions_are_not(seed):
    """Labels by a plane are separated; rows beside twins of the other label are not."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(40, 3))
    y = (x @ rng.normal(size=3) + 0.2 > 0).astype(int)
    assert found(x, y).moved.all()
    twice, flipped = np.vstack([x, x]), np.concatenate([y, 1 - y])
    assert found(twice, flipped) is None


# In a fit.


def test_a_separated_fit_says_so():
    fit = ml.fit(ml.Bernoulli("y ~ x"), {"x": X, "y": [0, 0, 0, 1, 1, 1]})
    assert (fit.verdict.kind, fit.verdict.ok) == ("separation", False)
    assert fit.params[("p", "x")] == np.inf
    assert fit.params[("p", "Intercept")] == -np.inf
    assert fit.loglik == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(fit.standard_errors[("p", "x")])


def test_a_fit_that_overlaps_is_interior():
    fit = ml.fit(ml.Bernoulli("y ~ x"), {"x": X, "y": [0, 0, 1, 0, 1, 1]})
    assert fit.verdict.kind == "interior"


@pytest.mark.parametrize("link", ["logit", "probit", "cloglog"])
def test_separation_does_not_depend_on_the_link(link):
    data = {"x": X, "y": [0, 0, 0, 1, 1, 1]}
    fit = ml.fit(ml.Bernoulli(ml.linear("y ~ x", link=link)), data)
    assert fit.verdict.kind == "separation"


def test_quasi_separation_has_the_likelihood_of_its_border():
    """Two rows at x = 3, one of each: 2 log ½."""
    data = {"x": [1.0, 2.0, 3.0, 3.0, 4.0, 5.0], "y": [0, 0, 0, 1, 1, 1]}
    fit = ml.fit(ml.Bernoulli("y ~ x"), data)
    assert fit.verdict.kind == "separation"
    assert fit.loglik == pytest.approx(2 * np.log(0.5), rel=1e-10)
    assert np.asarray(fit.predict()) == pytest.approx([0, 0, 0.5, 0.5, 1, 1], abs=1e-9)


def test_a_level_with_one_outcome_leaves_the_others_as_without_it():
    data = {"g": list("aaaabbbbcc"), "y": [0, 1, 0, 1, 1, 1, 0, 1, 1, 1]}
    fit = ml.fit(ml.Bernoulli("y ~ g"), data)
    assert fit.verdict.kind == "separation"
    assert "p[g[T.c]]" in str(fit.verdict)
    assert fit.params[("p", "g[T.c]")] == np.inf
    rest = {k: v[:8] for k, v in data.items()}
    without = ml.fit(ml.Bernoulli("y ~ g"), rest)
    for key, value in without.params.items():
        assert fit.params[key] == pytest.approx(value, abs=1e-9)
        assert fit.standard_errors[key] == pytest.approx(without.standard_errors[key], rel=1e-8)
    assert fit.loglik == pytest.approx(without.loglik, rel=1e-12)


def test_a_cell_without_counts_is_separation_too():
    data = {"z": [0, 0, 0, 1, 1], "n": [3, 0, 1, 0, 0]}
    fit = ml.fit(ml.Poisson("n ~ z"), data)
    assert fit.verdict.kind == "separation"
    assert fit.params[("mean", "z")] == -np.inf
    assert fit.params[("mean", "Intercept")] == pytest.approx(np.log(4 / 3), abs=1e-9)


def test_a_size_beside_a_group_without_events_is_that_of_the_limit():
    data = {"g": list("aaaaaabbbbbbcccccc"), "y": [2, 3, 1, 4, 2, 5, *[0] * 6, 7, 5, 8, 6, 9, 4]}
    fit = ml.fit(ml.NegativeBinomial("y ~ g"), data)
    plain = ml.fit(ml.Poisson("y ~ g"), data)
    assert fit.verdict.kind == "separation"
    assert fit.params["size"] == np.inf
    assert fit.loglik == pytest.approx(plain.loglik, rel=1e-12)
    assert fit.standard_errors["mean", "g[T.c]"] == pytest.approx(
        plain.standard_errors["mean", "g[T.c]"], rel=1e-9
    )
