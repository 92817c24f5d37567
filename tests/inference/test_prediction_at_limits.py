"""Predictions of new rows where the fit lies on a limit that calls its parameters otherwise."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

RNG = np.random.default_rng(0)
N = 40
X = RNG.normal(size=N)
NARROW = np.r_[np.full(30, 3), [2, 4, 3, 3, 3, 4, 2, 3, 3, 3]]
LIGHT = np.sqrt(RNG.exponential(size=N))


@pytest.mark.parametrize("asked", [{"what": "quantile", "q": 0.9}, {"what": "cdf", "at": 2.0}])
@pytest.mark.parametrize(
    ("model", "special", "y"),
    [
        (ml.BetaBinomial("y ~ x", n=10), ml.Binomial("y ~ x", n=10), NARROW),
        (ml.NegativeBinomial("y ~ x"), ml.Poisson("y ~ x"), NARROW),
        (ml.Lomax("y ~ x"), ml.Exponential("y ~ x"), LIGHT),
        (ml.StudentT("y ~ x"), ml.Normal("y ~ x"), RNG.uniform(-1.0, 1.0, N)),
    ],
)
def test_new_rows_have_the_limits_law(model, special, y, asked):
    table, new = {"x": X, "y": y}, {"x": [-1.0, 0.0, 2.0]}
    fit, other = ml.fit(model, table), ml.fit(special, table)
    assert fit.verdict.kind == "boundary"
    found, expected = fit.predict(new, **asked), other.predict(new, **asked)
    assert np.asarray(found) == pytest.approx(np.asarray(expected), rel=1e-6)
    assert found.std_error == pytest.approx(expected.std_error, rel=1e-4, nan_ok=True)
    for mine, theirs in zip(found.interval(), expected.interval(), strict=True):
        assert mine == pytest.approx(theirs, rel=1e-4)
