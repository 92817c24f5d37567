"""Profiles that another maximum of the others crosses, or that have no bound far away."""

from __future__ import annotations

import numpy as np
import pytest

from mostlikely.solve.profile import Point, profile_end

Q = 3.841458820694124
PEAK = Point(0.0, 0.0, 0.0)


def parabola(t, near=None):
    return Point(t, -0.5 * t * t, -t)


@pytest.mark.parametrize("unit", [0.3, 1.0, 10.0])
def test_an_end_is_found_on_this_side_of_where_the_function_has_no_bound(unit):
    def spiked(t, near):
        return Point(t, 100.0 - t, -1.0) if t < -6.0 else parabola(t)

    end = profile_end(spiked, PEAK, -1.0, peak=0.0, q=Q, unit=unit, unbounded=True)
    assert end.t == pytest.approx(-np.sqrt(Q), rel=1e-9)


def test_a_profile_that_rises_without_bound_before_it_has_fallen_has_no_end():
    def spiked(t, near):
        return Point(t, 100.0 - t, -1.0) if t < -1.0 else parabola(t)

    end = profile_end(spiked, PEAK, -1.0, peak=0.0, q=Q, unit=1.0, unbounded=True)
    assert np.isnan(end.t) and end.higher is not None


def test_an_end_is_that_of_the_higher_branch_wherever_it_was_met():
    """The branch that is followed never leads to the other: only a second look shows it."""

    def verify(t, near):
        return Point(t, -0.5 * t * t + (0.01 if t > 1.0 else 0.0), 0.0)

    end = profile_end(parabola, PEAK, 1.0, peak=0.0, q=Q, unit=1.0, verify=verify)
    assert end.settled and end.t == pytest.approx(np.sqrt(Q + 0.02), rel=1e-9)
