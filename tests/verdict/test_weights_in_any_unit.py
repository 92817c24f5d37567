"""Weights that are all the same number change no estimate and no verdict, however small it is."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

X = np.array([-1.2, -0.9, -0.5, -0.3, 0.0, 0.1, 0.4, 0.6, 0.9, 1.1, 1.3, 1.6])
POSITIVE = np.array([0.4, 1.9, 0.7, 1.1, 0.2, 2.5, 0.9, 1.4, 3.1, 0.8, 1.0, 4.0])
EARLY = np.array([
    2.3765012574324604, 1.9264988138245984, 1.4621790833576775, 2.6027414610552935,
    2.287164230338579,
])  # fmt: skip
MODELS = {
    "GEV": (ml.GEV(), EARLY),
    "Burr12, line": (ml.Burr12("y ~ x"), POSITIVE),
    "Huber, line": (ml.Huber("y ~ x"), X + np.sin(40.0 * X) ** 3),
    "GeneralizedGamma, line": (ml.GeneralizedGamma("y ~ x"), POSITIVE),
    "GeneralizedNormal": (ml.GeneralizedNormal(), np.log(POSITIVE)),
    "AsymmetricLaplace, two lines": (ml.AsymmetricLaplace("y ~ x", scale="~ x"), POSITIVE),
}


@pytest.mark.parametrize("unit", [1e-6, 1e-3, 1e6])
@pytest.mark.parametrize("name", MODELS)
def test_the_unit_of_the_weights_changes_nothing(name, unit):
    model, y = MODELS[name]
    table = {"x": X[: len(y)], "y": y, "w": np.full(len(y), unit)}
    asked = {} if model.predictors else {"y": "y"}
    one, other = ml.fit(model, table, **asked), ml.fit(model, table, weights="w", **asked)
    assert other.verdict.kind == one.verdict.kind
    assert other.loglik / unit == pytest.approx(one.loglik, rel=1e-7, abs=1e-7)


def test_rows_that_are_impossible_at_a_line_are_made_possible():
    # below 1/0.4 scales: the start by least squares leaves some rows beyond the end
    table = {"x": X, "y": POSITIVE * np.where(X == 0.1, 4.0, 1.0)}
    fit = ml.fit(ml.GeneralizedPareto("y ~ x", xi=-0.4), table)
    assert fit.verdict.kind == "interior"
