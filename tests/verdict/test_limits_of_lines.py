"""Limits whose law has the line of what runs off, or an end that a held parameter gives."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

X = np.array([-1.2, -0.9, -0.5, -0.3, 0.0, 0.1, 0.4, 0.6, 0.9, 1.1, 1.3, 1.6])
#: Flat scores, so that no tail is heavier than the limit's.
U = (np.array([3, 9, 1, 7, 11, 4, 0, 8, 5, 2, 10, 6]) + 0.5) / 12.0
SIGNS = np.where(np.arange(12) % 2 == 0, 1.0, -1.0)
DATA = {
    "x": X,
    "lives": np.sqrt(-2.0 * np.log(U)) * np.exp(0.7 * X),
    "flat": U * np.exp(0.7 * X),
    "both": SIGNS * np.log(U) ** 2 * np.exp(0.9 * X),
}

#: The model whose parameter follows x and runs off, the limit's own regression, and how the slope
#: of the limit's scale goes with the model's.
CASES = {
    "Lomax": (ml.Lomax(shape="~ x"), ml.Exponential("flat ~ x"), "flat", lambda inner: -1.0),
    "Burr12": (
        ml.Burr12(d="~ x"),
        ml.Weibull(scale="~ x"),
        "lives",
        lambda inner: -inner.params["shape"],
    ),
    "Huber": (ml.Huber(delta="~ x"), ml.Laplace(scale="~ x"), "both", lambda inner: -1.0),
}


@pytest.mark.parametrize("case", CASES)
def test_a_line_that_runs_off_is_the_line_of_what_it_becomes(case):
    model, special, y, power = CASES[case]
    fit, inner = ml.fit(model, DATA, y=y), ml.fit(special, DATA, y=y)
    assert (fit.verdict.kind, inner.verdict.kind) == ("boundary", "interior")
    assert fit.loglik == pytest.approx(inner.loglik, abs=1e-9)
    (here,) = [k for k in fit.params if k[-1] == "x"]
    (there,) = [k for k in inner.params if k[-1] == "x"]
    factor = power(inner)
    assert fit.params[here] == pytest.approx(factor * inner.params[there], rel=1e-6)
    assert np.ravel(fit.predict({"x": [0.3]})) == pytest.approx(
        np.ravel(inner.predict({"x": [0.3]})), rel=1e-6
    )


def test_a_power_that_follows_columns_leaves_a_weibull_whose_scale_does():
    # the scale runs off as d^(1/c), which in all rows at once it can only with c nearly constant
    level = {**DATA, "level": DATA["lives"] * np.exp(-0.7 * X)}
    fit = ml.fit(ml.Burr12(c="~ x"), level, y="level")
    weibull = ml.fit(ml.Weibull(scale="~ x"), level, y="level")
    assert fit.verdict.kind == "no maximum"
    assert fit.loglik == pytest.approx(weibull.loglik, abs=2e-3)  # as far as it is followed


def test_a_member_of_a_joint_model_has_the_same_limit():
    alone = ml.fit(ml.Lomax(shape="~ x"), DATA, y="flat")
    other = {"z": np.array([0.3, 1.2, -0.4, 0.9])}
    normal = ml.fit(ml.Normal("z ~ 1"), other)
    both = ml.fit(
        ml.joint(ml.Normal("z ~ 1"), ml.Lomax(ml.linear("flat ~ 1"), shape="~ x")),
        {**DATA, "z": np.resize(other["z"], 12)},
    )
    assert both.verdict.kind == "boundary"
    assert both.loglik == pytest.approx(alone.loglik + 3.0 * normal.loglik, abs=1e-8)


@pytest.mark.parametrize("end", [2.3, 2.9])
def test_a_held_location_is_the_end_of_a_power_function(end):
    y = np.array([1.2, 0.6, 2.2, 1.8, 1.4])
    fit = ml.fit(ml.GeneralizedGamma(mu=np.log(end)), y)
    # density a y^(a-1) / end^a, whose maximum is known
    a = len(y) / np.sum(np.log(end / y))
    height = len(y) * np.log(a / end**a) + (a - 1.0) * np.sum(np.log(y))
    assert fit.verdict.kind == "boundary"
    assert fit.loglik == pytest.approx(height, abs=1e-9)
    assert fit.params["Q"] == np.inf


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("line", ["scale", "quantile"])
def test_exponential_errors_whose_mean_follows_a_column_begin_at_an_end_of_the_sample(line, sign):
    y = -np.log(U) * np.exp(0.7 * X) * np.where(U < 0.3, 0.2, 1.0)
    fit = ml.fit(ml.AsymmetricLaplace(**{line: "~ x"}), {"x": X, "y": sign * y}, y="y")
    inner = ml.fit(ml.Exponential("far ~ x"), {"x": X, "far": y - y.min()})
    assert fit.loglik >= inner.loglik - 1e-9
    if fit.verdict.kind == "boundary":
        assert fit.loglik == pytest.approx(inner.loglik, abs=1e-9)
