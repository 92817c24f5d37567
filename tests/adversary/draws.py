"""Seeded draws of data: what a family makes, what others make, and what is hard for a fit."""

from __future__ import annotations

import numpy as np

from tests.adversary.densities import DENSITIES, INTEGER

__all__ = ["GENERATORS", "columns", "response", "units", "weights"]

#: Ways to make a response, of which some are for reals only.
GENERATORS = (
    "own", "own", "other", "rounded", "tied", "outlier", "one differs", "periodic", "near limit",
)  # fmt: skip
#: Trials of binomial families.
TRIALS = 12


def bulk(rng: np.random.Generator, support: str, n: int, near: bool = False) -> np.ndarray:
    """A plain sample of some law of that support."""
    which = int(rng.integers(6))
    if support == "real":
        if near:
            return rng.normal(size=n) if which < 3 else rng.uniform(-1, 1, n)
        draws = [
            lambda: rng.normal(size=n),
            lambda: rng.standard_t(3, n),
            lambda: rng.gumbel(size=n),
            lambda: -rng.gamma(2.0, 1.0, n),
            lambda: rng.laplace(size=n),
            lambda: rng.standard_cauchy(n),
        ]
        return 3.0 * rng.normal() + np.exp(rng.normal()) * draws[which]()
    if support == "positive":
        if near:
            return rng.exponential(size=n) if which < 3 else rng.weibull(2.0, n)
        draws = [
            lambda: rng.gamma(np.exp(rng.normal()), 1.0, n),
            lambda: rng.lognormal(0.0, np.exp(rng.normal() * 0.5), n),
            lambda: rng.weibull(np.exp(rng.normal() * 0.7), n),
            lambda: 1.0 / rng.gamma(2.0, 1.0, n),
            lambda: np.abs(rng.normal(size=n)),
            lambda: rng.pareto(2.0, n) + 1.0,
        ]
        return np.exp(rng.normal()) * np.maximum(draws[which](), 1e-8)
    if support == "unit":
        a, b = np.exp(rng.normal(size=2))
        return np.clip(rng.beta(a, b, n), 1e-6, 1 - 1e-6)
    if support == "count":
        mean = np.exp(rng.normal() * 0.8)
        if near or which < 2:
            return rng.poisson(mean, n).astype(float)
        size = np.exp(rng.normal())
        return rng.poisson(mean * rng.gamma(size, 1 / size, n)).astype(float)
    if support == "binary":
        return rng.binomial(1, rng.uniform(0.1, 0.9), n).astype(float)
    if support == "trials":
        p = rng.uniform(0.05, 0.95)
        share = np.full(n, p) if near or which < 3 else rng.beta(3 * p, 3 - 3 * p, n)
        return rng.binomial(TRIALS, share).astype(float)
    return np.angle(np.exp(1j * rng.vonmises(rng.uniform(-3, 3), np.exp(rng.normal()), n)))


def response(rng: np.random.Generator, family: str, n: int, how: str) -> np.ndarray:
    """A response of n rows that the family may have."""
    support = DENSITIES[family].support
    y = bulk(rng, support, n, near=how == "near limit")
    whole = support in INTEGER
    if how == "other" and support == "real":
        y = bulk(rng, rng.choice(["positive", "unit", "count"]), n)
    if how == "rounded" and not whole:
        step = 10.0 ** -int(rng.integers(0, 3)) * max(np.std(y), 1e-3)
        y = np.round(np.round(y / step) * step, 12)
    elif how == "tied":
        y = rng.choice(y[: max(2, n // 4)], n)
    elif how == "outlier" and support in ("real", "positive", "count"):
        far = float(rng.choice([10.0, 100.0, 1000.0])) * (np.std(y) or 1.0)
        y[-1] = np.round(y[-1] + far) if whole else y[-1] + far
        if support == "real" and rng.uniform() < 0.5:
            y = -y
        if support == "positive" and rng.uniform() < 0.4 and n > 1:
            y[-1] = np.min(y[:-1]) / far
    elif how == "one differs":
        y[:-1] = y[0]
    elif how == "periodic" and not whole:
        y[:: int(rng.integers(2, 5))] = y[0]
    if support == "positive":
        y = np.maximum(y, 1e-9)
    if support == "unit":
        y = np.clip(y, 1e-4, 1 - 1e-4)
    if whole and rng.uniform() < 0.3 and how == "own":
        y = rng.integers(0, {"binary": 2, "trials": TRIALS + 1}.get(support, 10), n).astype(float)
    return y


def units(rng: np.random.Generator, family: str, y: np.ndarray) -> np.ndarray:
    """The response in another unit now and then."""
    if DENSITIES[family].support not in ("real", "positive") or rng.uniform() < 0.7:
        return y
    return y * 10.0 ** float(rng.choice([-6, -3, 3, 6]))


def weights(rng: np.random.Generator, n: int) -> np.ndarray | None:
    """Of no use mostly; counts, light, heavy, fractions or with zeros at other times."""
    which = rng.uniform()
    if which < 0.7:
        return None
    if which < 0.78:
        return rng.integers(1, 4, n).astype(float)
    if which < 0.9:
        return np.full(n, 10.0 ** float(rng.choice([-6, -3, 3, 6])))
    w = np.round(rng.exponential(size=n) + 0.01, 2)
    if which > 0.95 and n > 5:
        w[rng.integers(0, n, n // 4)] = 0.0
    return w


def columns(rng: np.random.Generator, n: int) -> dict[str, np.ndarray]:
    """Predictors: one of numbers, one of groups."""
    kind = int(rng.integers(4))
    x = [
        lambda: rng.normal(size=n),
        lambda: rng.uniform(-1, 1, n),
        lambda: np.linspace(0, 1, n),
        lambda: np.round(rng.normal(size=n), 1),
    ][kind]()
    return {"x": x, "z": np.arange(n) % 2 * 1.0}
