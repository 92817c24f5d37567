"""Restricted maxima: closed forms, searches in one dimension less, and what is no maximum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.special import gammaincinv

from mostlikely.errors import ModelError
from mostlikely.solve.objective import Evaluation
from mostlikely.solve.optimum import Stop
from mostlikely.solve.restrict import Linear, Restricted, hold
from tests.solve.models import Bernoulli, Gamma, Normal, Toy

Y = np.random.default_rng(1).normal(3.0, 2.0, 12)
DOSE = np.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
HEADS, TOSSES = np.array([1.0, 2.0, 4.0, 5.0, 8.0, 9.0]), np.full(6, 10.0)


def ec50(x):
    """The dose at which the odds are even, and its Jacobian."""
    return np.array([-x[0] / x[1]]), np.array([[-1.0 / x[1], x[0] / x[1] ** 2]])


def gamma_quantile(p):
    """The p-quantile of a gamma law of log shape and log scale; its Jacobian by differences."""

    def g(x):
        a, s = np.exp(x)
        step = 1e-3
        around = [gammaincinv(a * np.exp(step * j), p) for j in (-2, -1, 1, 2)]
        slope = np.dot([1.0, -8.0, 8.0, -1.0], around) / (12.0 * step)  # fourth order
        value = s * gammaincinv(a, p)
        return np.array([value]), np.array([[s * slope, value]])

    return g


def test_a_normal_mean_held_leaves_the_spread_around_it():
    f = Normal(Y)
    found = hold(f, Linear(np.array([[1.0, 0.0]])), 2.0, f.top)
    spread = np.mean((Y - 2.0) ** 2)
    assert found.stop is Stop.OPTIMUM and found.proven
    np.testing.assert_allclose(found.x, [2.0, 0.5 * np.log(spread)], rtol=1e-9)
    # d/dμ of −n/2 log mean((y − μ)²)
    assert found.multipliers[0] == pytest.approx(np.sum(Y - 2.0) / spread, rel=1e-7)
    assert found.decrement <= 1e-12


@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_a_combination_is_held_in_any_units(size):
    f = Normal(Y * size)
    row = np.array([[2.0 / size, 3.0]])
    target = (row @ f.top)[0] + 1.0
    found = hold(f, Linear(row), target, f.top)

    def height(tau):
        return -f([0.5 * size * (target - 3.0 * tau), tau]).value

    best = minimize_scalar(height, bounds=(f.top[1] - 3.0, f.top[1] + 3.0), method="bounded")
    assert found.proven
    assert (row @ found.x)[0] == pytest.approx(target, rel=1e-12)
    assert found.evaluation.value >= -best.fun - 1e-10
    assert found.evaluation.value == pytest.approx(-best.fun, abs=1e-8)


def test_what_is_held_may_repeat_itself_but_not_contradict():
    f = Normal(Y)
    rows = np.array([[1.0, 0.0], [2.0, 0.0]])
    found = hold(f, Linear(rows), [2.0, 4.0], f.top)
    once = hold(f, Linear(rows[:1]), 2.0, f.top)
    assert found.proven
    np.testing.assert_allclose(found.x, once.x, rtol=1e-10)
    with pytest.raises(ModelError, match="contradict"):
        hold(f, Linear(rows), [2.0, 5.0], f.top)


def test_all_coordinates_held_are_a_point():
    f = Normal(Y)
    found = hold(f, Linear(np.eye(2)), [1.0, 0.5], f.top)
    at = f(np.array([1.0, 0.5]))
    assert found.proven and found.evaluation.value == pytest.approx(at.value, rel=1e-12)
    np.testing.assert_allclose(found.multipliers, at.score, rtol=1e-9)


@pytest.mark.parametrize("target", [1.0, 2.2, 4.0, -3.0])
def test_an_effective_dose_held_is_the_slope_around_it(target):
    design = np.column_stack([np.ones(6), DOSE])
    f = Bernoulli(design, HEADS, TOSSES)
    top = hold(f, Linear(np.zeros((0, 2))), [], np.zeros(2)).x
    found = hold(f, ec50, target, top)
    # With the dose c held the predictor is b (dose − c): a regression through the origin.
    through = hold(
        Bernoulli((DOSE - target)[:, None], HEADS, TOSSES),
        Linear(np.zeros((0, 1))),
        [],
        np.zeros(1),
    )
    assert found.proven and through.proven
    b = through.x[0]
    np.testing.assert_allclose(found.x, [-target * b, b], rtol=1e-7)
    assert found.evaluation.value == pytest.approx(through.evaluation.value, abs=1e-10)


def test_the_multiplier_is_the_slope_of_the_profile():
    f = Bernoulli(np.column_stack([np.ones(6), DOSE]), HEADS, TOSSES)
    at = {c: hold(f, ec50, c, np.array([-2.0, 1.0])) for c in (3.3, 3.4, 3.5)}
    slope = (at[3.5].evaluation.value - at[3.3].evaluation.value) / 0.2
    assert at[3.4].multipliers[0] == pytest.approx(slope, rel=1e-2)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.99])
@pytest.mark.parametrize("factor", [0.6, 0.9, 1.3, 2.0])
@pytest.mark.parametrize("size", [1e-5, 1.0, 1e5])
def test_a_gamma_quantile_held_is_as_high_as_a_search_along_it(p, factor, size):
    y = np.random.default_rng(4).gamma(2.0, 3.0, 25) * size
    f = Gamma(y)
    begin = np.log([2.0, 3.0 * size])
    g = gamma_quantile(p)
    target = factor * np.quantile(y, p)
    found = hold(f, g, target, begin)

    def height(log_shape):
        return -f([log_shape, np.log(target / gammaincinv(np.exp(log_shape), p))]).value

    best = minimize_scalar(height, bounds=(-3.0, 4.0), method="bounded", options={"xatol": 1e-9})
    assert found.proven
    assert g(found.x)[0][0] == pytest.approx(target, rel=1e-10)
    assert found.evaluation.value == pytest.approx(-best.fun, abs=1e-9)


def test_two_functions_are_held_at_once():
    rng = np.random.default_rng(9)
    center = rng.normal(size=4)
    half = rng.normal(size=(4, 4))
    bend = half @ half.T + np.eye(4)

    class Bowl(Toy):
        def __call__(self, x):
            d = x - center
            return Evaluation(float(-0.5 * d @ bend @ d), -bend @ d, bend)

    def g(x):
        return np.array([x @ x, x[0] * x[1]]), np.array([2.0 * x, [x[1], x[0], 0.0, 0.0]])

    begin = np.array([1.0, 0.5, 1.0, 1.0])
    found = hold(Bowl(np.ones(4), 1.0), g, [4.0, 0.5], begin)
    values, jacobian = g(found.x)
    assert found.proven
    np.testing.assert_allclose(values, [4.0, 0.5], rtol=1e-10)
    np.testing.assert_allclose(found.evaluation.score, jacobian.T @ found.multipliers, atol=1e-6)
    # No point nearby that keeps both is higher.
    for _ in range(200):
        x = found.x + 1e-3 * rng.normal(size=4)
        for _ in range(5):
            off, rows = g(x)
            x = x - np.linalg.pinv(rows) @ (off - [4.0, 0.5])
        d = x - center
        assert -0.5 * d @ bend @ d <= found.evaluation.value + 1e-13


class Sphere(Toy):
    """A plane's height: on a sphere it has one top and one bottom."""

    def __call__(self, x):
        return Evaluation(float(x[0] + x[1]), np.ones(2), np.zeros((2, 2)))


def on_sphere(x):
    return np.array([x @ x]), 2.0 * x[None, :]


def test_it_is_the_information_of_the_lagrangian_that_tells_a_top():
    found = hold(Sphere(np.ones(2), 1.0), on_sphere, 2.0, np.array([1.0, 0.2]))
    assert found.proven
    np.testing.assert_allclose(found.x, [1.0, 1.0], rtol=1e-6)
    # From the bottom, where there is no score along the circle either, it climbs or says no.
    below = hold(Sphere(np.ones(2), 1.0), on_sphere, 2.0, np.array([-1.0, -1.0]))
    assert not below.proven or below.evaluation.value == pytest.approx(2.0)


class Level(Toy):
    """One coordinate matters; the other does not."""

    def __call__(self, x):
        value = -0.5 * float(x[0] ** 2)
        return Evaluation(value, np.array([-x[0], 0.0, 0.0]), np.diag([1.0, 0.0, 0.0]))


def test_a_flat_restricted_likelihood_has_no_proven_maximum():
    f = Level(np.ones(3), 1.0)

    def cube(x):
        return x[:1] ** 3, np.array([[3.0 * x[0] ** 2, 0.0, 0.0]])

    for g, target in ((Linear(np.array([[1.0, 0.0, 0.0]])), 0.5), (cube, 0.125)):
        found = hold(f, g, target, np.array([0.4, 0.2, 0.3]))
        assert found.stop is Stop.FLAT and not found.proven
        assert found.evaluation.value == pytest.approx(-0.125)


class Walled(Toy):
    """Two coordinates that go together near zero, but y stays within one of it."""

    def __call__(self, x):
        bend = np.array([[1.0, -0.9], [-0.9, 1.0]])
        if abs(x[1]) >= 1.0:
            return Evaluation(-np.inf, x * np.nan, bend * np.nan)
        value = float(-0.5 * x @ bend @ x - 5.0 * x[1] ** 4)
        score = -bend @ x - [0.0, 20.0 * x[1] ** 3]
        return Evaluation(value, score, bend + np.diag([0.0, 60.0 * x[1] ** 2]))


def test_where_the_tangent_leaves_the_domain_the_nearest_point_is_a_start():
    found = hold(Walled(np.ones(2), 1.0), Linear(np.array([[1.0, 0.0]])), 2.0, np.zeros(2))
    y = np.roots([20.0, 0.0, 1.0, -1.8])
    assert found.proven and found.x[1] == pytest.approx(y[np.isreal(y)][0].real, rel=1e-7)


def test_a_value_that_a_function_never_has_is_no_start():
    f = Normal(Y)
    found = hold(f, lambda x: (np.exp(x[:1]), np.array([[np.exp(x[0]), 0.0]])), -1.0, f.top)
    assert found.stop is Stop.NO_START and not found.proven
    assert np.isnan(found.multipliers).all()


def test_steps_that_run_out_are_no_maximum():
    f = Gamma(np.random.default_rng(4).gamma(2.0, 3.0, 25))
    found = hold(f, gamma_quantile(0.9), 30.0, np.log([0.1, 1.0]), max_steps=2)
    assert found.stop is Stop.RAN_OUT and not found.proven


def test_a_restricted_objective_passes_on_what_the_whole_knows():
    f = Normal(Y)
    line = Restricted(f, np.array([2.0, 0.5]), np.array([[3.0], [1.0]]))
    z, whole = np.array([0.3]), f(np.array([2.9, 0.8]))
    assert line.total == 12.0 and list(line.units) == [1.0]
    assert line.value(z) == pytest.approx(whole.value) == line(z).value
    assert line.score(z)[0] == pytest.approx(3.0 * whole.score[0] + whole.score[1])
    assert line(z).score[0] == line.score(z)[0]
