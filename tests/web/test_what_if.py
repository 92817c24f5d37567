"""The explorer's what-if of a regression: its picture is the library's law at these values."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats


def test_the_what_if_of_a_regression_is_its_curve_or_its_residuals(client):
    rng = np.random.default_rng(5)
    x, g = rng.uniform(0, 3, 60), np.array(["a", "b"] * 30)
    y = rng.gamma(4.0, np.exp(0.3 * x) / 4.0)
    table = client.columns(x=x, g=g, y=y)
    first = [{"column": "x", "kind": "number"}]
    client.result("fit", table=table, y="y", predictors=first, families=["gamma"])
    there = {"mean:Intercept": 0.4, "mean:x": 0.1}
    curve = client.result("at", table=table, slug="gamma", values=there)["curve"]
    assert curve["y"] == pytest.approx(np.exp(0.4 + 0.1 * np.array(curve["x"])))

    both = [*first, {"column": "g", "kind": "factor"}]
    client.result("fit", table=table, y="y", predictors=both, families=["gamma"])
    there = {"mean:Intercept": 0.4, "mean:x": 0.1, "mean:g[T.b]": 0.0, "shape": 2.0}
    found = client.result("at", table=table, slug="gamma", values=there)["residuals"]
    shares = stats.gamma(2.0, scale=np.exp(0.4 + 0.1 * x) / 2.0).cdf(y)
    assert found["sample"] == pytest.approx(np.sort(stats.norm.ppf(shares)), rel=1e-6)
    assert len(found["theory"]) == 60
