"""A user's function has derivatives where the chain rule makes zero times infinity."""

from __future__ import annotations

import numpy as np
import pytest
import scipy
from scipy import special
from scipy.special import logsumexp
from scipy.special import logsumexp as added_in_logs

import mostlikely as ml
from mostlikely.calculus.jet import seed
from mostlikely.calculus.settled import Settled

RNG = np.random.default_rng(4)
DOSE = np.repeat([0.0, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0], 4)
EFFECT = 3.0 - 2.8 / (1.0 + (DOSE / 2.0) ** 1.4) + RNG.normal(0.0, 0.1, DOSE.size)
#: The four-parameter curve as it is written in two ways; (lower, upper, middle, slope).
CURVES = {
    "a power": lambda d, c, u, e, b: c + (u - c) / (1.0 + (d["x"] / e) ** b),
    "exponentials": lambda d, c, u, e, b: (
        c + (u - c) / (1.0 + np.exp(b * (np.log(d["x"]) - np.log(e))))
    ),
}


def jets(*values):
    return dict(zip("abk", seed([np.float64(v) for v in values]), strict=False))


@pytest.mark.parametrize("slope", [1.4, 0.6, -0.6, -1.4])
@pytest.mark.parametrize("name", CURVES)
def test_a_curve_does_not_move_at_a_dose_of_zero(name, slope):
    """There it is an end, u or c, whatever the middle and the slope are; elsewhere differences."""
    curve, at = CURVES[name], np.array([0.2, 3.0, 2.0, slope])
    with np.errstate(all="ignore"):
        found = Settled(curve)({"x": DOSE}, **dict(zip("cueb", seed(list(at)), strict=True)))
        moved = [
            (curve({"x": DOSE}, *(at + h)) - curve({"x": DOSE}, *(at - h))) / 2e-6
            for h in 1e-6 * np.eye(4)
        ]
    ends = (0.0, 1.0, 0.0, 0.0) if slope > 0 else (1.0, 0.0, 0.0, 0.0)
    for grad, want, end in zip(found.grad, moved, ends, strict=True):
        grad = np.broadcast_to(grad, DOSE.shape)
        assert np.all(grad[:4] == end)
        assert grad[4:] == pytest.approx(want[4:], abs=1e-8)
    assert all(np.all(np.isfinite(h)) for h in found.hess if h is not None)


@pytest.mark.parametrize("start", [1.0, 0.7, 2.0])
def test_both_curves_are_fitted_with_a_dose_of_zero(start):
    fits = [
        ml.fit(
            ml.Normal(ml.nonlinear(curve, start={"c": 3.0, "u": 0.3, "e": 1.5, "b": start})),
            {"x": DOSE, "y": EFFECT},
            "y",
        )
        for curve in CURVES.values()
    ]
    assert [fit.verdict.kind for fit in fits] == ["interior"] * 2
    assert list(fits[0].params.values()) == pytest.approx(list(fits[1].params.values()), rel=1e-8)
    # the ends' scores: sums of residuals, weighted by how far a row is from each
    p = fits[0].params
    share = 1.0 / (1.0 + (DOSE / p["mu", "e"]) ** p["mu", "b"])
    left = EFFECT - p["mu", "c"] - (p["mu", "u"] - p["mu", "c"]) * share
    assert [np.sum(left), np.sum(left * share)] == pytest.approx([0.0, 0.0], abs=1e-8)


@pytest.mark.parametrize("k", [0.5, 1.0, 1.5, 3.0])
def test_zero_to_a_power_stays_zero(k):
    with np.errstate(all="ignore"):
        found = Settled(lambda d, a: d["x"] ** a)({"x": np.array([0.0, 2.0])}, **jets(k))
    assert found.value == pytest.approx([0.0, 2.0**k])
    assert found.grad[0] == pytest.approx([0.0, 2.0**k * np.log(2.0)])
    assert found.hess[0] == pytest.approx([0.0, 2.0**k * np.log(2.0) ** 2])


def test_the_side_that_is_not_taken_has_no_say():
    x = np.array([0.0, 4.0])
    with np.errstate(all="ignore"):
        for function in (
            lambda d, a: np.where(d["x"] > 0.0, a * np.log(d["x"]), 1.0),
            lambda d, a: np.maximum(a * np.log(d["x"]), -50.0),
            lambda d, a: np.maximum(d["x"] - 1.0 + 0.0 * a, 0.0) ** (0.2 * a),
        ):
            found = Settled(function)({"x": x}, **jets(2.0))
            assert found.grad[0][0] == 0.0 and np.all(np.isfinite(found.grad[0]))


def parts(d, a, b, k):
    return np.log(a) - 0.5 * (d["x"] - b) ** 2, np.log(1.0 - a) - 0.5 * (d["x"] - k) ** 2


def helper(one, other):
    return logsumexp([one, other], axis=0)


WRITTEN = {
    "a list": lambda *p: logsumexp(parts(*p), axis=0),
    "another name": lambda *p: added_in_logs(list(parts(*p)), axis=0),
    "of a module": lambda *p: special.logsumexp(parts(*p), axis=0),
    "of a package": lambda *p: scipy.special.logsumexp(parts(*p), axis=0),
    "an array": lambda *p: logsumexp(np.array(parts(*p)), axis=0),
    "stacked": lambda *p: logsumexp(np.stack(parts(*p)), axis=0),
    "columns": lambda *p: logsumexp(np.column_stack(parts(*p)), axis=1),
    "in a helper": lambda *p: helper(*parts(*p)),
    "weights": lambda d, a, b, k: logsumexp(
        [-0.5 * (d["x"] - b) ** 2, -0.5 * (d["x"] - k) ** 2], axis=0, b=[[a], [1.0 - a]]
    ),
    "two": lambda *p: np.logaddexp(*parts(*p)),
}


@pytest.mark.underflows  # SciPy's own logsumexp
@pytest.mark.parametrize("name", WRITTEN)
def test_log_sum_exp_is_read_as_scipy_has_it(name):
    rows, at = {"x": np.array([-1.0, 0.5, 40.0])}, np.array([0.4, -1.0, 3.0])
    function = WRITTEN[name]
    found = Settled(lambda d, a, b, k: function(d, a, b, k))(rows, **jets(*at))

    def plain(x):
        return logsumexp(np.stack(parts(rows, *x)), axis=0)

    assert found.value == pytest.approx(plain(at), rel=1e-14)
    for grad, h in zip(found.grad, 1e-6 * np.eye(3), strict=True):
        assert grad == pytest.approx((plain(at + h) - plain(at - h)) / 2e-6, rel=1e-6, abs=1e-7)


def test_a_sum_over_rows_is_not_one_over_parts():
    with pytest.raises(ml.ModelError, match=r"adds over a list of them, .* and not over rows"):
        ml.fit(
            lambda d, a: logsumexp([a + d["x"], a - d["x"]]), {"x": [1.0, 2.0]}, start={"a": 1.0}
        )
