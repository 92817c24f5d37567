"""A small table with a response for every family, and what a refusal must be: one sentence."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import mostlikely as ml

N = 40
RNG = np.random.default_rng(3)
X, Z = RNG.normal(size=N), RNG.normal(size=N)
G = RNG.choice(list("abcd"), N).tolist()
TABLE = {
    "x": X,
    "z": Z,
    "g": G,
    "y": 1.0 + 0.5 * X + RNG.normal(size=N),
    "n": RNG.poisson(np.exp(1.0 + 0.3 * X)),
    "yes": (RNG.random(N) < 0.5).astype(int),
    "k": RNG.binomial(5, 0.4, N),
    "m": np.full(N, 5),
    "amount": RNG.gamma(2.0, 1.0, N) * np.exp(0.2 * X),
    "bursts": RNG.negative_binomial(2, 0.3, N),
    "share": RNG.beta(2.0, 3.0, N),
    "rating": RNG.choice(["low", "mid", "top"], N).tolist(),
    "day": np.datetime64("2026-01-01") + np.arange(N),
    "flag": X > 0.0,
    "one": ["same"] * N,
    "o": 0.1 * Z,
}
#: A response for every family, and the family.
FAMILIES = {
    "Normal": ("y", ml.Normal),
    "StudentT": ("y", ml.StudentT),
    "Poisson": ("n", ml.Poisson),
    "NegativeBinomial": ("bursts", ml.NegativeBinomial),
    "Bernoulli": ("yes", ml.Bernoulli),
    "Binomial": ("k", lambda formula: ml.Binomial(formula, n="m")),
    "Gamma": ("amount", ml.Gamma),
    "Beta": ("share", ml.Beta),
    "Ordinal": ("rating", lambda formula: ml.Ordinal(formula, levels=["low", "mid", "top"])),
    "Categorical": ("rating", ml.Categorical),
}
NUMBERS = [name for name in FAMILIES if name not in ("Ordinal", "Categorical")]


def sentence(raised):
    """The error's text, once it has been seen to be a sentence of the library's own."""
    text = str(raised.value)
    assert isinstance(raised.value, ml.MostLikelyError)
    assert "\n" not in text
    assert "np." not in text.replace("np.timedelta64", "").replace("np.log", "") or "has np" in text
    assert text.endswith((".", "?")), text
    return text


def refused(model, data=TABLE, y=None, **options):
    with pytest.raises(ml.MostLikelyError) as raised:
        ml.fit(model, data, y, **options)
    return sentence(raised)


def shown(fit):
    """The printed summary, which has no NaN."""
    text = str(fit.summary())
    assert not re.search(r"\bnan\b", text, re.IGNORECASE)
    return text


def with_(**columns):
    return {**TABLE, **columns}


def changed(column, rows, value):
    out = np.array(TABLE[column], dtype=float)
    out[rows] = value
    return out


XS = np.column_stack([X, Z])
FRAME = pd.DataFrame({"x": X, "z": Z, "v": TABLE["y"]})
