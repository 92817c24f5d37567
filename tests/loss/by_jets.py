"""What jets, whose derivatives are exact, say of a family's loss at its heads."""

from __future__ import annotations

from functools import cache

import numpy as np

from mostlikely.calculus.jet import pairs, seed
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from tests.truths.cases import draws


@cache
def by_jets(law: Distribution, rows: int) -> tuple[np.ndarray, ...]:
    """Targets, heads (rows, k), and the value, gradient and Hessian in them of -log p."""
    family, y = law.family, draws(law)[:rows]
    eta = [float(e) for e in family.linked([law.values[k] for k in family.free])]
    k = len(eta)
    with np.errstate(all="ignore"):
        inner = family.natural(seed([np.full(rows, e) for e in eta]))
        values = family.arguments(dict(zip(family.free, inner, strict=True)))
        jet = family.log_prob(y, *values)
    zero = np.zeros(rows)
    grad = np.stack([zero if g is None else zero + g for g in jet.grad], -1)
    hess = np.zeros((rows, k, k))
    for (i, j), h in zip(pairs(k), jet.hess, strict=True):
        hess[:, i, j] = hess[:, j, i] = 0.0 if h is None else h
    return y, np.tile(eta, (rows, 1)), -(zero + jet.value), -grad, -hess


def gap(found: object, exact: np.ndarray) -> float:
    """The largest difference, relative to one and to the exact value."""
    found = np.asarray(found, dtype=float).reshape(np.shape(exact))
    return float(np.max(np.abs(found - exact) / (1.0 + np.abs(exact))))


def as_given(heads: np.ndarray) -> np.ndarray:
    """Heads (rows, k) as a loss takes them: of one parameter the column itself."""
    return heads[:, 0] if heads.shape[1] == 1 else heads


def with_classes(family: Family) -> Family:
    """The family as a loss of log-ratios: of labels its classes are named."""
    unnamed = family.labels and not family.ordered and family.levels is None
    return type(family)(levels=range(1 + len(family.free)), **family.fixed) if unnamed else family
