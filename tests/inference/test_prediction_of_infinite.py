"""Predictions of rows where some coefficients are infinite."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml


def test_separated_predictions_are_those_of_the_other_rows_alone(quasi):
    fit = ml.fit(ml.Bernoulli("s ~ x + g"), quasi)
    assert fit.verdict.kind == "separation"
    prediction, rest = fit.predict(), quasi.g != "a"
    alone = ml.fit(ml.Bernoulli("s ~ x + g"), quasi[rest]).predict()
    np.testing.assert_array_equal(prediction.value[~rest], 1.0)
    np.testing.assert_allclose(prediction.value[rest], alone.value, rtol=1e-9)
    np.testing.assert_allclose(prediction.std_error[rest], alone.std_error, rtol=1e-7)
    for g, rows in quasi.groupby("g"):  # the score: fitted shares are those observed
        assert prediction.value[quasi.g == g].mean() == pytest.approx(rows.s.mean(), abs=1e-9)
