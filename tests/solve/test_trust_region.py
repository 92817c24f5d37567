"""Newton's step in a trust region: one problem is a batch of one, and no other problem disturbs it.

References are SciPy's optimiser, linear algebra and the definition of the model.
"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

from mostlikely.solve.objective import Evaluation
from mostlikely.solve.quadratic import Quadratic, newton_decrement
from mostlikely.solve.trust_region import eigen, in_units, judged, running_off, step_along

KINDS = ("positive", "indefinite", "negative", "singular", "hard")
RADII = np.array([1e-6, 0.03, 1.0, 20.0])


def problems(k, many, kind, seed=0):
    """Scores, shape (many, k), and informations whose eigenvalues are of a kind."""
    rng = np.random.default_rng([seed, k, many, KINDS.index(kind)])
    vectors = np.linalg.qr(rng.standard_normal((many, k, k)))[0]
    values = 10.0 ** rng.uniform(-2.0, 2.0, (many, k))
    if kind in ("indefinite", "hard"):
        values[:, 0] *= -1.0
    if kind == "negative":
        values *= -1.0
    if kind == "singular":
        values[:, 0] = 0.0
    along = rng.standard_normal((many, k))
    if kind in ("hard", "singular"):
        along[:, 0] = 0.0
    score = np.einsum("mij,mj->mi", vectors, along)
    information = np.einsum("mij,mj,mkj->mik", vectors, values, vectors)
    return score, 0.5 * (information + np.swapaxes(information, 1, 2))


def step(score, information, radius):
    """The step and its gain of problems given by score and information."""
    return step_along(*eigen(score, information), radius)


def height(score, information, s):
    return float(score @ s - 0.5 * s @ information @ s)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [1, 2, 5, 12])
def test_batched_step_is_the_single_step_to_the_last_digits(k, kind):
    score, information = problems(k, 40, kind)
    radius = np.resize(RADII, 40)
    steps, gains = step(score, information, radius)
    for i in range(40):
        alone, gain = step(score[i], information[i], radius[i])
        assert steps[i] == pytest.approx(alone, rel=1e-13, abs=1e-13 * radius[i])
        assert gains[i] == pytest.approx(gain, rel=1e-12)
        model = Quadratic(Evaluation(0.0, score[i], information[i]), np.ones(k))
        assert model.step(radius[i])[0] == pytest.approx(alone, rel=0.0, abs=0.0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("k", [1, 3, 8])
def test_step_is_within_its_radius_and_gains_what_it_says(k, kind):
    score, information = problems(k, 60, kind, seed=1)
    for radius in RADII:
        steps, gains = step(score, information, radius)
        assert np.all(np.linalg.norm(steps, axis=1) <= radius * (1.0 + 1e-12))
        for g, h, s, gain in zip(score, information, steps, gains, strict=True):
            assert gain == pytest.approx(height(g, h, s), rel=1e-6, abs=1e-12)
            assert gain > 0.0 or not (g.any() or h.any())


@pytest.mark.parametrize("kind", KINDS)
def test_no_other_step_within_the_radius_gains_more(kind):
    score, information = problems(3, 8, kind, seed=2)
    radius = 0.7
    _, gains = step(score, information, radius)
    for g, h, gain in zip(score, information, gains, strict=True):
        best = 0.0
        for sign in (1.0, -1.0):
            for begin in np.eye(3) * sign * 0.5:
                found = minimize(
                    lambda s, g=g, h=h: -height(g, h, s),
                    begin,
                    method="SLSQP",
                    constraints={"type": "ineq", "fun": lambda s: radius**2 - s @ s},
                    options={"ftol": 1e-12, "maxiter": 300},
                )
                if np.linalg.norm(found.x) <= radius * (1.0 + 1e-6):
                    best = max(best, -found.fun)
        assert gain >= best * (1.0 - 3e-3)  # its length is within a thousandth of the radius


def test_step_within_the_radius_is_newtons():
    score, information = problems(4, 30, "positive")
    steps, _ = step(score, information, np.inf)
    solved = np.linalg.solve(information, score[..., None])[..., 0]
    assert steps == pytest.approx(solved, rel=1e-9)


def test_problems_that_are_not_finite_disturb_none_of_their_neighbours():
    score, information = problems(3, 6, "indefinite", seed=3)
    clean, _ = step(score, information, 0.5)
    spoiled, broken = score.copy(), information.copy()
    broken[1, 0, 0], spoiled[4, 2] = np.nan, np.inf
    steps, _ = step(spoiled, broken, 0.5)
    others = [0, 2, 3, 5]
    assert np.array_equal(steps[others], clean[others])
    assert not np.isfinite(steps[1]).any() and not np.isfinite(steps[4]).all()
    decrement, _ = judged(spoiled, broken)
    assert decrement[1] == np.inf and not np.isfinite(decrement[4])


@pytest.mark.parametrize("kind", KINDS)
def test_batched_decrement_and_flat_direction_are_the_single_ones(kind):
    score, information = problems(4, 30, kind, seed=4)
    decrement, flat = judged(score, information)
    for i in range(30):
        model = Quadratic(Evaluation(0.0, score[i], information[i]), np.ones(4))
        assert decrement[i] == pytest.approx(model.decrement, rel=1e-12)
        assert (model.flat is not None) == flat[i].any()
        if model.flat is not None:
            assert abs(model.flat @ flat[i]) == pytest.approx(1.0)


def test_decrement_is_that_of_linear_algebra():
    score, information = problems(5, 20, "positive", seed=5)
    solved = np.linalg.solve(information, score[..., None])[..., 0]
    assert judged(score, information)[0] == pytest.approx(
        0.5 * np.sum(score * solved, axis=1), rel=1e-10
    )
    assert np.all(judged(*problems(5, 20, "indefinite", seed=5))[0] == np.inf)


def test_one_problem_of_a_batch_runs_off_and_others_do_not():
    information = np.array([np.diag([1e-3, 5.0]), np.diag([1.0, 5.0])])
    score = np.array([[-0.01, 0.1], [-0.01, 0.1]])
    off = running_off(*eigen(score, information))
    assert off[0] == pytest.approx([-1.0, 0.0])  # downwards in the first coordinate is uphill
    assert np.array_equal(off[1], [0.0, 0.0])


@pytest.mark.parametrize("unit", [1e-150, 1e150])
def test_units_of_any_size_change_nothing(unit):
    score, information = (a[0] for a in problems(3, 1, "positive", seed=6))
    units = np.array([unit, 1.0, 1.0 / unit])
    moved = Evaluation(0.0, score / units, information / units[:, None] / units)
    assert newton_decrement(moved, units) == pytest.approx(
        newton_decrement(Evaluation(0.0, score, information), np.ones(3)), rel=1e-9
    )
    s, _ = Quadratic.of(moved, units).step(0.3)
    assert s == pytest.approx(step(score, information, 0.3)[0], rel=1e-9)


@pytest.mark.parametrize("unit", [1e-200, 1e200])
def test_squares_of_units_that_are_no_floats_are_not_taken(unit):
    # Of two coordinates, one in units of 1e200 and one in 1e-200, the square of neither is a
    # float, while what they have in common is of ordinary size.
    units = np.array([unit, 1.0 / unit])
    small = 1e-300 if unit > 1.0 else 1e300
    information = np.array([[small, 0.1], [0.1, 1.0 / small]])
    score, scaled = in_units(np.array([1.0 / unit, unit]), information, units)
    assert score == pytest.approx([1.0, 1.0])
    expected = np.array([[small * unit * unit, 0.1], [0.1, 1.0 / small / unit / unit]])
    assert scaled == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("k", [2, 13])
def test_wide_unit_leaves_the_step_what_it_is(k):
    units = np.ones(k)
    units[0] = 1e200
    information = np.eye(k)
    information[0, 0] = 1e-300  # a standard error of 1e150, beside a unit that is no measure of it
    score = np.ones(k)
    score[0] = 2e-150
    model = Quadratic.of(Evaluation(0.0, score, information), units)
    assert model.decrement == pytest.approx(0.5 * (4.0 + (k - 1)))
    s, _ = model.step(np.inf)
    assert s * units == pytest.approx([2e150, *np.ones(k - 1)])
