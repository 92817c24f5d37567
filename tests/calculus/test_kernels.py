"""The shapes of noise around a centre against mpmath, where composed formulas lose their digits."""

from __future__ import annotations

from itertools import product

import mpmath
import numpy as np
import pytest
from mpmath import mpf

from mostlikely.calculus.jet import Jet, seed
from mostlikely.calculus.kernels import absolute_power, log1p_square, log_i0e
from tests.calculus.partials import worst_error


def _log1p_square(d: mpf, s: mpf, t: mpf) -> mpf:
    return mpmath.log1p(t * (d / s) ** 2) / t


def test_log1p_square_from_the_parabola_to_the_logarithm() -> None:
    t = (1e-120, 1e-12, 1e-3, 0.2, 1.0, 40.0)
    z = (-1e-9, 0.13, 0.15, 0.33, -1.9, 35.0)
    points = [(d, 1.0, t) for d, t in product(z, t)] + [(2.6, 1e-3, 0.4), (-3e5, 2e8, 0.7)]

    def scales(d: float, s: float, t: float) -> list[float]:
        # the second derivative in d passes through zero at t z² = 1
        m = d * d / (s * s + t * d * d)
        return [0, 0, 0, 0, 2 / (s * s + t * d * d), 0, 0, 0, 0, 2 * m * m * m]

    error, where = worst_error(log1p_square, _log1p_square, points, digits=400, scales=scales)
    assert error < 5e-12, where


def test_log1p_square_where_the_square_overflows() -> None:
    points = [(1e200, 1.0, 0.25), (1.0, 1e-200, 1.0), (-1e-40, 1e-280, 2.0)]
    for d, s, t in points:
        jet = log1p_square(*seed([np.float64(v) for v in (d, s, t)], order=1))
        wanted = (2.0 * (np.log(abs(d)) - np.log(s)) + np.log(t)) / t
        assert jet.value == pytest.approx(wanted, rel=1e-15)
        assert jet.grad[0] == pytest.approx(2.0 / (t * d), rel=1e-15)
        assert jet.grad[1] == pytest.approx(-2.0 / (t * s), rel=1e-15)


@pytest.mark.parametrize("p", [0.5, 1.0, 1.3, 2.0, 3.0, 40.0])
def test_absolute_power_and_its_derivatives(p: float) -> None:
    points = [(z, p) for z in (-3.0, -1e-5, 1e-100, 0.7, 1.8)]
    error, where = worst_error(absolute_power, lambda z, p: mpmath.power(abs(z), p), points)
    assert error < 1e-13, where


def test_absolute_power_at_the_centre() -> None:
    """A parabola keeps its curvature there; no other power gives NaN or infinity."""
    for p, curvature in ((0.5, 0.0), (1.0, 0.0), (1.5, 0.0), (2.0, 2.0), (3.0, 0.0)):
        jet = absolute_power(*seed([np.zeros(1), p]))
        assert isinstance(jet, Jet) and jet.hess is not None
        assert jet.value == 0.0 and all(g == 0.0 for g in jet.grad)
        assert jet.hess[0] == curvature and jet.hess[1] == jet.hess[2] == 0.0


def test_log_i0e_on_both_sides_of_its_series() -> None:
    points = [(k,) for k in (1e-6, 0.3, 2.0, 11.0, 24.999, 25.001, 60.0, 1e4)]
    error, where = worst_error(log_i0e, lambda k: mpmath.log(mpmath.besseli(0, k)) - k, points)
    assert error < 1e-12, where
