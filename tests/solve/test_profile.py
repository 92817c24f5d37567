"""Ends of profile intervals: closed forms, brute force, and what must not become a number."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar
from scipy.special import gammaincinv

from mostlikely.solve.profile import Point, profile_end
from mostlikely.solve.restrict import Linear, hold
from tests.solve.models import Bernoulli, Gamma, Normal
from tests.solve.test_restrict import DOSE, HEADS, TOSSES, ec50, gamma_quantile

Q = 3.841458820694124
SIDES = (-1.0, 1.0)


def ends(objective, g, top, *, q=Q, unit=None):
    """Both ends of the profile of g, from the maximum."""
    at = objective(top)
    values, jacobian = g(top)
    row = jacobian[0]
    unit = unit or float(np.sqrt(row @ np.linalg.solve(at.information, row)))
    begin = Point(float(values[0]), at.value, 0.0, top)

    def along(t, near):
        found = hold(objective, g, t, near.state)
        state = found.x if found.evaluation.finite else near.state
        return Point(t, found.evaluation.value, found.multipliers[0], state, found.proven)

    return [profile_end(along, begin, s, peak=at.value, q=q, unit=unit) for s in SIDES]


def plain(value, slope):
    """A profile without others, from its formula."""
    return lambda t, near: Point(t, value(t), slope(t))


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e8])
def test_the_interval_of_a_normal_mean_is_its_closed_form(size):
    y = np.random.default_rng(1).normal(3.0, 2.0, 12) * size
    f = Normal(y)
    low, high = ends(f, Linear(np.array([[1.0, 0.0]])), f.top)
    # −n/2 log(1 + (μ − ȳ)²/s²) = −q/2, with the variance s² of divisor n
    reach = y.std() * np.sqrt(np.expm1(Q / 12))
    assert low.settled and high.settled and not low.open and not high.open
    np.testing.assert_allclose([low.t, high.t], [y.mean() - reach, y.mean() + reach], rtol=1e-9)
    assert max(low.steps, high.steps) <= 8


def test_the_interval_of_a_normal_spread_is_its_closed_form():
    y = np.random.default_rng(1).normal(3.0, 2.0, 12)
    f = Normal(y)
    for end in ends(f, Linear(np.array([[0.0, 1.0]])), f.top):
        ratio = np.exp(-2.0 * (end.t - f.top[1]))
        assert 12.0 * (ratio - 1.0 - np.log(ratio)) == pytest.approx(Q, rel=1e-9)


def scaled(size):
    """Points of the same scaled search in every unit."""
    asked = []

    def at(t, near):
        asked.append(t / size)
        u = t / size
        return Point(t, -10.0 * (u - 1.0 - np.log(u)), -10.0 * (1.0 - 1.0 / u) / size)

    begin = Point(size, 0.0, 0.0)
    found = [
        profile_end(at, begin, s, peak=0.0, q=Q, unit=size / np.sqrt(10.0)).t / size for s in SIDES
    ]
    return found, asked


def test_a_rate_in_any_unit_has_the_same_ends_by_the_same_steps():
    usual, steps = scaled(1.0)
    root = lambda u: 20.0 * (u - 1.0 - np.log(u)) - Q  # noqa: E731
    np.testing.assert_allclose(usual, [brentq(root, 1e-3, 1.0), brentq(root, 1.0, 9.0)], rtol=1e-9)
    for size in (1e-8, 1e8):
        other, asked = scaled(size)
        np.testing.assert_allclose(other, usual, rtol=1e-12)
        np.testing.assert_allclose(asked, steps, rtol=1e-9)


@pytest.mark.parametrize(("n", "total"), [(5, 1), (8, 40), (1000, 3)])
def test_the_interval_of_a_poisson_mean_solves_its_equation(n, total):
    mean = total / n
    at = plain(lambda t: total * np.log(t) - n * t, lambda t: total / t - n)
    begin = Point(mean, total * np.log(mean) - total, 0.0)
    unit = np.sqrt(mean / n)
    found = [profile_end(at, begin, s, peak=begin.value, q=Q, unit=unit).t for s in SIDES]

    def root(t):
        return 2.0 * (begin.value - total * np.log(t) + n * t) - Q

    wanted = [brentq(root, 1e-9 * mean, mean), brentq(root, mean, 100.0 * mean)]
    np.testing.assert_allclose(found, wanted, rtol=1e-8)


def no_heads(n):
    """The log-likelihood of n tails along the logit of heads."""
    return plain(lambda t: -n * np.logaddexp(0.0, t), lambda t: -n * 0.5 * (1.0 + np.tanh(0.5 * t)))


def test_no_heads_are_open_below_by_the_known_limit_and_closed_above():
    at = no_heads(10)
    begin = at(-9.0, None)
    low = profile_end(at, begin, -1.0, peak=0.0, q=Q, unit=1.0, limit=0.0)
    assert low.open and low.settled and low.t == -np.inf and low.steps == 0
    high = profile_end(at, begin, 1.0, peak=0.0, q=Q, unit=1.0, limit=-np.inf)
    assert high.t == pytest.approx(np.log(np.expm1(Q / 20.0)), rel=1e-9)


def test_without_a_limit_a_profile_that_levels_off_is_open_far_out():
    at = no_heads(10)
    low = profile_end(at, at(-2.0, None), -1.0, peak=0.0, q=Q, unit=1.0)
    assert low.open and low.settled and low.t == -np.inf


@pytest.mark.parametrize("power", [0.75, 1.0, 2.0])
@pytest.mark.parametrize(("depth", "is_open"), [(0.9, True), (1.1, False), (2.0, False)])
def test_a_slow_approach_is_told_from_an_end_far_out(power, depth, is_open):
    # ℓ falls to −depth q/2 as a power of t: the end of depth 1.1 is 10 to 21 units out.
    low = 0.5 * Q * depth
    at = plain(
        lambda t: -low * (1.0 - (1.0 + t) ** -power),
        lambda t: -low * power * (1.0 + t) ** (-power - 1.0),
    )
    for limit in (None, -low):
        end = profile_end(at, at(0.0, None), 1.0, peak=0.0, q=Q, unit=1.0, limit=limit)
        assert end.settled and end.open is is_open
        if not is_open:
            wanted = (1.0 - 1.0 / depth) ** (-1.0 / power) - 1.0
            assert end.t == pytest.approx(wanted, rel=1e-8)


def test_a_profile_that_falls_as_a_logarithm_is_closed_however_far():
    # ℓ = −log(1 + t)/3: it falls by q/2 at exp(3q/2) − 1, some 318 units out.
    at = plain(lambda t: -np.log1p(t) / 3.0, lambda t: -1.0 / (3.0 * (1.0 + t)))
    end = profile_end(at, at(0.0, None), 1.0, peak=0.0, q=Q, unit=1.0)
    assert end.settled and not end.open
    assert end.t == pytest.approx(np.expm1(1.5 * Q), rel=1e-8)


def test_an_effective_dose_has_the_interval_of_its_own_regression():
    f = Bernoulli(np.column_stack([np.ones(6), DOSE]), HEADS, TOSSES)
    top = hold(f, Linear(np.zeros((0, 2))), [], np.zeros(2)).x
    low, high = ends(f, ec50, top)
    peak = f(top).value

    def fall(c):
        one = Bernoulli((DOSE - c)[:, None], HEADS, TOSSES)
        best = minimize_scalar(lambda b: -one(np.array([b])).value, bracket=(0.0, 1.0), tol=1e-12)
        return 2.0 * (peak + best.fun) - Q

    middle = -top[0] / top[1]
    wanted = [brentq(fall, middle - 3.0, middle), brentq(fall, middle, middle + 3.0)]
    assert low.settled and high.settled
    np.testing.assert_allclose([low.t, high.t], wanted, rtol=1e-6)


@pytest.mark.parametrize("p", [0.1, 0.95])
@pytest.mark.parametrize("size", [1e-6, 1.0, 1e6])
def test_a_gamma_quantile_has_the_interval_of_brute_force(p, size):
    y = np.random.default_rng(4).gamma(2.0, 3.0, 15) * size
    f = Gamma(y)
    top = hold(f, Linear(np.zeros((0, 2))), [], np.log([2.0, 3.0 * size])).x
    low, high = ends(f, gamma_quantile(p), top)
    peak = f(top).value

    def fall(target):
        def height(a):
            return -f([a, np.log(size * target / gammaincinv(np.exp(a), p))]).value

        best = minimize_scalar(
            height, bounds=(-3.0, 4.0), method="bounded", options={"xatol": 1e-9}
        )
        return 2.0 * (peak + best.fun) - Q

    middle = np.exp(top[1]) * gammaincinv(np.exp(top[0]), p) / size
    wanted = [brentq(fall, 0.05 * middle, middle), brentq(fall, middle, 10.0 * middle)]
    assert low.settled and high.settled
    np.testing.assert_allclose([low.t / size, high.t / size], wanted, rtol=1e-6)


def test_a_higher_maximum_on_the_way_is_reported():
    at = plain(
        lambda t: -0.5 * t**2 + 4.0 * np.exp(-4.0 * (t - 1.9) ** 2),
        lambda t: -t - 32.0 * (t - 1.9) * np.exp(-4.0 * (t - 1.9) ** 2),
    )
    begin = at(0.0, None)
    end = profile_end(at, begin, 1.0, peak=begin.value, q=Q, unit=1.0)
    assert end.higher is not None and not end.settled and np.isnan(end.t)
    assert end.higher.value == at(end.higher.t, None).value > begin.value


@pytest.mark.parametrize("unit", [1.0, 1.2])  # the second meets a value outside that is inside
def test_an_end_is_no_end_where_another_search_finds_a_higher_maximum(unit):
    # The others have two maxima; from the peak the first is followed, at −t²/2. The second, at
    # −t²/8 − 1, is higher from t = 1.63 on, and falls by q/2 at √(4q − 8) = 2.72.
    def at(t, near):
        first, second = -0.5 * t**2, -0.125 * t**2 - 1.0
        return Point(t, second, -0.25 * t, 2) if near.state == 2 else Point(t, first, -t, 1)

    def verify(t, here):
        return max(
            at(t, replace(here, state=1)), at(t, replace(here, state=2)), key=lambda p: p.value
        )

    begin = Point(0.0, 0.0, 0.0, 1)
    followed = profile_end(at, begin, 1.0, peak=0.0, q=Q, unit=unit)
    assert followed.t == pytest.approx(np.sqrt(Q), rel=1e-9)
    end = profile_end(at, begin, 1.0, peak=0.0, q=Q, unit=unit, verify=verify)
    assert end.settled and end.t == pytest.approx(np.sqrt(4.0 * Q - 8.0), rel=1e-9)


def test_a_limit_above_the_peak_is_a_higher_maximum():
    at = no_heads(10)
    begin = at(-1.0, None)
    end = profile_end(at, begin, -1.0, peak=begin.value, q=Q, unit=1.0, limit=0.0)
    assert end.higher is not None and end.higher.t == -np.inf and not end.settled


def test_an_unfinished_climb_never_becomes_an_end():
    def at(t, near):
        return Point(t, -0.5 * t**2, -t, settled=abs(t) < 1.0)

    end = profile_end(at, Point(0.0, 0.0, 0.0), 1.0, peak=0.0, q=Q, unit=1.0)
    assert not end.settled and not end.open and np.isnan(end.t)


def test_a_climb_that_lost_its_way_begins_again_from_the_peak():
    def at(t, near):  # from a far start the others stay where they are hopeless
        lost = near.t > 1.0
        return Point(t, -0.5 * t**2 - 1e3 * lost, -t, settled=True)

    wanted = np.sqrt(Q)
    end = profile_end(at, Point(0.0, 0.0, 0.0), 1.0, peak=0.0, q=Q, unit=0.3)
    assert end.settled and end.t == pytest.approx(wanted, rel=1e-9)


def test_a_slope_that_is_not_the_profile_s_does_not_keep_it_from_its_end():
    def at(t, near):
        return Point(t, -0.5 * t**2, -30.0 * t)

    end = profile_end(at, Point(0.0, 0.0, 0.0), 1.0, peak=0.0, q=Q, unit=0.2)
    assert end.settled and end.t == pytest.approx(np.sqrt(Q), rel=1e-9) and end.steps < 40


def test_a_profile_with_a_sharp_bend_has_its_end_in_few_steps():
    def value(t):
        return -1e-3 * t**2 - 1e4 * np.maximum(t - 3.0, 0.0) ** 4

    at = plain(value, lambda t: -2e-3 * t - 4e4 * np.maximum(t - 3.0, 0.0) ** 3)
    end = profile_end(at, Point(0.0, 0.0, 0.0), 1.0, peak=0.0, q=Q, unit=22.0)
    wanted = brentq(lambda t: 2.0 * value(t) + Q, 0.0, 9.0, xtol=1e-14)
    assert end.settled and end.t == pytest.approx(wanted, rel=1e-9) and end.steps < 60


def test_steep_slopes_behind_a_jump_do_not_keep_the_bracket_on_one_side():
    def at(t, near):
        return Point(t, -0.1, -1e-3) if t <= 2.0 else Point(t, -8.0, -1e6)

    end = profile_end(at, Point(0.0, 0.0, 0.0), 1.0, peak=0.0, q=Q, unit=1.3)
    assert end.settled and end.t == pytest.approx(2.0, rel=1e-12)


def test_the_end_at_a_jump_is_the_last_value_inside():
    def at(t, near):
        return Point(t, -0.1 * t if t <= 2.0 else -np.inf, -0.1)

    end = profile_end(at, Point(0.0, 0.0, -0.1), 1.0, peak=0.0, q=Q, unit=1.0)
    assert end.settled and end.t == pytest.approx(2.0, rel=1e-12) and end.t <= 2.0
    # If it is not known that nothing is possible beyond, the end is not known either.
    unknown = profile_end(
        lambda t, near: replace(at(t, near), settled=t <= 2.0),
        Point(0.0, 0.0, -0.1),
        1.0,
        peak=0.0,
        q=Q,
        unit=1.0,
    )
    assert not unknown.settled and np.isnan(unknown.t)


def test_a_begin_outside_its_interval_gives_no_number():
    at = plain(lambda t: -0.5 * t**2, lambda t: -t)
    end = profile_end(at, at(5.0, None), 1.0, peak=0.0, q=Q, unit=1.0)
    assert not end.settled and np.isnan(end.t)
