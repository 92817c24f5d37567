"""Rows that several files here predict."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def quasi():
    """All of group a are ones; a coefficient's limit is infinite, sums of two are finite."""
    rng = np.random.default_rng(1)
    d = pd.DataFrame({"x": rng.normal(size=200), "g": rng.choice(list("abc"), 200)})
    d["s"] = np.where(d.g == "a", 1, rng.random(200) < 0.8).astype(int)
    return d
