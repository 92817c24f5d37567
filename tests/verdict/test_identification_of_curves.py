"""Two names for one number, whatever the function that has them; and what only looks like it.

Maxima of curves that are told apart are those of SciPy's least squares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import least_squares

import mostlikely as ml

RANDOM = np.random.default_rng(1)
T = np.linspace(0.5, 10.0, 30)
D = {
    "x": T,
    "y": 3.0 * np.exp(-0.3 * T) + RANDOM.normal(0.0, 0.1, 30),
    "c": RANDOM.poisson(20.0 * np.exp(-0.3 * T)),
    "w": RANDOM.uniform(0.1, 2.0, 30),
}

#: Curves with two names for one number, start values, and these names.
CURVES: dict[str, tuple[Callable[..., Any], dict[str, float], set[str]]] = {
    "product": (
        lambda d, a, b, c: a * b * np.exp(-c * d["x"]),
        {"a": 1, "b": 2, "c": 0.2},
        {*"ab"},
    ),
    "in micro": (
        lambda d, a, b, c: 1e6 * a * b * np.exp(-c * d["x"]),
        {"a": 1e-6, "b": 2, "c": 0.2},
        {*"ab"},
    ),
    "ratio": (lambda d, a, b, c: a / b * np.exp(-c * d["x"]), {"a": 9, "b": 2, "c": 1}, {*"ab"}),
    "power": (lambda d, a, b, c: a**b * np.exp(-c * d["x"]), {"a": 2, "b": 1, "c": 0.2}, {*"ab"}),
    "shift": (
        lambda d, a, b, c: a * np.exp(-c * (d["x"] - b)),
        {"a": 2, "b": 1, "c": 0.2},
        {*"ab"},
    ),
    "rate": (lambda d, a, b, c: a * np.exp(-b * c * d["x"]), {"a": 2, "b": 1, "c": 0.2}, {*"bc"}),
    "sum": (lambda d, a, b, c: (a + b) * np.exp(-c * d["x"]), {"a": 1, "b": 2, "c": 0.2}, {*"ab"}),
    "saturation": (
        lambda d, a, b, c: a * d["x"] / (b + c * d["x"]),
        {"a": 2, "b": 1, "c": 1},
        {*"abc"},
    ),
    "circle": (
        lambda d, a, b, c: np.sqrt(a**2 + b**2) * np.exp(-c * d["x"]),
        {"a": 2, "b": 0.7, "c": 0.2},
        {*"ab"},
    ),
}


@pytest.mark.parametrize("name", CURVES)
def test_two_names_for_one_number_are_told_whatever_the_curve(name: str) -> None:
    curve, start, names = CURVES[name]
    fit = ml.fit(ml.Normal(mu=ml.nonlinear(curve, start=start)), D, y="y", weights="w")
    assert fit.verdict.kind == "not identified"
    assert set(fit.verdict.parameters) == {f"mu[{k}]" for k in names}
    assert [np.isnan(fit.standard_errors["mu", k]) for k in "abc"] == [k in names for k in "abc"]


def test_what_two_names_leave_alone_is_that_of_the_curve_with_one() -> None:
    curve, start, _ = CURVES["product"]
    fit = ml.fit(ml.Poisson(ml.nonlinear(curve, start={**start, "a": 10})), D, y="c")
    one = ml.fit(ml.Poisson("c ~ x"), D)
    assert fit.verdict.kind == "not identified"
    assert fit.loglik == pytest.approx(one.loglik, abs=1e-9)
    assert fit.standard_errors["mean", "c"] == pytest.approx(
        one.standard_errors["mean", "x"], rel=1e-6
    )
    assert (fit.df, fit.aic) == (2, pytest.approx(one.aic, abs=1e-8))
    assert fit.predict({"x": [2.0]}).value == pytest.approx(
        one.predict({"x": [2.0]}).value, rel=1e-7
    )
    assert ml.anova(ml.fit(ml.Poisson("c ~ 1"), D), fit).df == 1


#: The same in likelihoods of one's own.
OWN: dict[str, tuple[Callable[..., Any], dict[str, float]]] = {
    "mean": (
        lambda d, a, b, s: -0.5 * ((d["y"] - a * b) / np.exp(s)) ** 2 - s,
        {"a": 1.0, "b": 1.0, "s": 0.0},
    ),
    "spread": (
        lambda d, a, b, m: -0.5 * ((d["y"] - m) / (a * b)) ** 2 - np.log(a * b),
        {"a": 1.0, "b": 1.3, "m": 0.0},
    ),
    "power of a spread": (
        lambda d, a, b, m: -b * np.log(a) - 0.5 * (d["y"] - m) ** 2 / a ** (2 * b),
        {"a": 2.0, "b": 1.0, "m": 1.0},
    ),
    "rate": (lambda d, a, b: np.log(a * b) - a * b * d["x"], {"a": 0.1, "b": 3.0}),
    "ratio": (lambda d, a, b: d["c"] * np.log(a / b) - a / b, {"a": 1.0, "b": 3.0}),
}


@pytest.mark.parametrize("name", OWN)
def test_two_names_for_one_number_are_told_in_a_likelihood_of_ones_own(name: str) -> None:
    function, start = OWN[name]
    fit = ml.fit(function, D, start=start)
    assert fit.verdict.kind == "not identified"
    assert set(fit.verdict.parameters) == {"a", "b"}


def test_two_names_are_told_where_members_share_a_number() -> None:
    mean = ml.nonlinear(CURVES["product"][0], start={"a": 1, "b": 2, "c": 0.2}, shared=["c"])
    spread = ml.nonlinear(
        lambda d, s, c: s * np.exp(-0.1 * c * d["x"]), start={"s": 0.2, "c": 0.2}, shared=["c"]
    )
    fit = ml.fit(ml.Normal(mu=mean, sigma=spread), D, y="y")
    assert set(fit.verdict.parameters) == {"mu[a]", "mu[b]"}
    assert fit.standard_errors["c"] > 0.0


#: Curves that the rows tell, from starts that are far or in other units.
TOLD: dict[
    str, tuple[Callable[..., Any], dict[str, float], tuple[float, ...], tuple[float, ...]]
] = {
    "decay": (
        lambda d, a, c: a * np.exp(-c * d["x"]),
        {"a": 1.0, "c": 1e4},
        (3.0, 0.3),
        (3.0, 0.3),
    ),
    "Michaelis": (
        lambda d, v, k: v * d["x"] / (k + d["x"]),
        {"v": 1.0, "k": 1e-9},
        (5.0, 2.0),
        (5.0, 2.0),
    ),
    "logistic": (
        lambda d, a, b, c: a / (1.0 + np.exp(-(d["x"] - b) / c)),
        {"a": 5.0, "b": 400.0, "c": 1.0},
        (5.0, 5.0, 1.2),
        (5.0, 5.0, 1.2),
    ),
    "units of 1e8 and 1e-8": (
        lambda d, a, b: 1e8 * a * d["x"] + 1e-8 * b,
        {"a": 1.0, "b": 1.0},
        (2e-8, 1e8),
        (2e-8, 1e8),
    ),
    "columns alike to 1e-9": (
        lambda d, a, b: a * d["x"] + b * (d["x"] + 3e-5 * np.sin(d["x"])),
        {"a": 1.0, "b": 1.0},
        (1.0, 1.0),
        (-2e3, 2e3),
    ),
}


@pytest.mark.parametrize("name", TOLD)
def test_a_far_start_is_not_called_not_identified(name: str) -> None:
    curve, start, truth, near = TOLD[name]
    y = curve({"x": T}, *truth) + np.random.default_rng(0).normal(0.0, 0.1, 30)
    fit = ml.fit(ml.Normal(mu=ml.nonlinear(curve, start=start)), {"x": T, "y": y}, y="y")
    best = least_squares(
        lambda p: curve({"x": T}, *p) - y,
        near,
        x_scale=np.abs(near),
        ftol=1e-15,
        xtol=1e-15,
        gtol=1e-15,
    )
    assert fit.verdict.kind == "interior"
    assert fit.params["sigma"] == pytest.approx(np.sqrt(2.0 * best.cost / 30), rel=1e-7)


def test_three_rows_tell_two_numbers() -> None:
    curve, start, *_ = TOLD["decay"]
    y = {"x": np.array([1.0, 2.0, 4.0]), "y": np.array([2.1, 1.7, 0.8])}
    fit = ml.fit(ml.Normal(mu=ml.nonlinear(curve, start={**start, "c": 0.1})), y, y="y")
    assert fit.verdict.kind == "interior"
