"""The columns that the explorer's verbs are asked about."""

from __future__ import annotations

import numpy as np

RNG = np.random.default_rng(7)
N = 120
X = RNG.normal(size=N).round(3)
G = np.array(list("abc"))[RNG.integers(0, 3, N)]
DATA = {
    "y": RNG.gamma(2.0, np.exp(0.5 * X)).round(4) + 0.001,
    "x": X,
    "g": G,
    "k": RNG.poisson(3.0, N),
    "w": RNG.integers(1, 4, N),
}
