"""Factors of many levels stay codes: what is said of separation is what is said of small ones."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.data.formula import orthogonal, pieces
from mostlikely.verdict import recession


def table(seed: int, levels: int = 12, rows: int = 90) -> dict[str, np.ndarray]:
    r = np.random.default_rng(seed)
    g, h = r.integers(0, levels, rows), r.integers(0, 4, rows)
    x = r.normal(size=rows)
    out = {"g": g, "h": h, "x": x, "o": r.normal(size=rows), "w": np.ones(rows)}
    p = 1.0 / (1.0 + np.exp(-x))
    out["b"] = (r.random(rows) < p).astype(float)
    out["k"] = r.binomial(3, p)
    out["c"] = r.poisson(1.0 + (g % 3), rows)
    out["l"] = np.array(["u", "v", "w"])[np.clip(r.integers(0, 2, rows) + (x > 0.3), 0, 2)]
    empty = g == seed % 3  # the base level, or another
    out["b"][empty] = out["k"][empty] = out["c"][empty] = 0
    out["l"][empty] = "u"
    if seed % 4 == 3:  # rows that alone keep a level from being separated count nothing
        out["c"][np.flatnonzero(empty)[:1]] = 2
        out["b"][np.flatnonzero(empty)[:1]] = 1
        out["w"][np.flatnonzero(empty)[:1]] = 0.0
    return out


MODELS = {
    "Bernoulli": lambda: ml.Bernoulli("b ~ x + C(g)"),
    "Bernoulli, two factors": lambda: ml.Bernoulli("b ~ x + C(g) + C(h)"),
    "Binomial": lambda: ml.Binomial("k ~ x + C(g)", n=3),
    "Poisson": lambda: ml.Poisson(ml.linear("c ~ x + C(g)", offset="o")),
    "Poisson, two factors": lambda: ml.Poisson("c ~ C(g) + C(h)"),
    "NegativeBinomial": lambda: ml.NegativeBinomial("c ~ C(g)"),
    "Geometric": lambda: ml.Geometric("c ~ x + C(g)"),
    "Categorical": lambda: ml.Categorical("l ~ C(g)"),
    "Ordinal": lambda: ml.Ordinal("l ~ x + C(g)", levels=["u", "v", "w"]),
}

#: Of these a row that alone keeps the base level from being separated has no weight.
ALONE = {"Bernoulli", "Poisson", "Poisson, two factors", "Geometric"}


@pytest.mark.parametrize("name", MODELS)
def test_a_wide_design_is_judged_as_its_columns_are(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = table(3 if name in ALONE else 1)
    expected = ml.fit(MODELS[name](), data, weights="w")
    monkeypatch.setattr(pieces, "WIDE", 2)
    monkeypatch.setattr(orthogonal, "SMALL", 0)
    monkeypatch.setattr(recession, "SOME", 2)
    found = ml.fit(MODELS[name](), data, weights="w")
    assert found.verdict.kind == expected.verdict.kind
    assert found.loglik == pytest.approx(expected.loglik, rel=1e-8)
    for key, value in expected.params.items():
        if np.isinf(value) or not np.isnan(expected.standard_errors[key]):
            assert found.params[key] == pytest.approx(value, rel=1e-4, abs=1e-5), key


def test_an_empty_level_among_45_is_separated() -> None:
    g = np.repeat(np.arange(45), 150)
    y = np.random.default_rng(0).poisson(1, len(g))
    y[150:300] = 0
    fit = ml.fit(ml.Poisson("y ~ C(g)"), {"g": g, "y": y})
    key = "mean", "C(g)[T.1]"
    assert fit.verdict.kind == "separation"
    assert fit.params[key] == -np.inf
    assert fit.params["mean", "Intercept"] == pytest.approx(np.log(y[:150].mean()), rel=1e-9)
    assert fit.standard_errors["mean", "C(g)[T.2]"] == pytest.approx(
        np.sqrt(1 / y[:150].sum() + 1 / y[300:450].sum()), rel=1e-6
    )


def test_a_level_beside_ninety_that_is_all_ones_is_separated():
    """The rows that are held leave one direction: a program's equations may miss it by rounding."""
    r, n = np.random.default_rng(3), 1800
    x, g = np.round(r.normal(size=n), 1), np.arange(n) % 90
    k = r.binomial(5, 1.0 / (1.0 + np.exp(-0.5 * x)))
    k[g == 1] = 5
    fit = ml.fit(ml.Binomial("k ~ x + C(g)", n=5), {"k": k, "x": x, "g": g})
    assert fit.verdict.kind == "separation"
    assert fit.params["p", "C(g)[T.1]"] == np.inf
