"""Sandwich covariances of regressions: HC0 to HC3, and clusters in one or two ways.

White 1980, Econometrica 48; MacKinnon and White 1985, Journal of Econometrics 29 (HC1 to HC3);
Cameron, Gelbach and Miller 2011, J. Business and Economic Statistics 29, eq. 2.11 (two ways).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector

__all__ = ["KINDS", "robust"]

#: The power of 1 − leverage that a row's score is divided by.
KINDS = {"sandwich": 0.0, "HC0": 0.0, "HC1": 0.0, "HC2": 0.5, "HC3": 1.0}


def robust(
    model: LogLikelihood, x: Vector, bread: Vector, kind: str, clusters: Sequence[NDArray[np.intp]]
) -> Vector:
    """The sandwich in coordinates, shape (k, k).

    Parameters
    ----------
    model : Regression
    x : array, shape (k,)
        Its maximum.
    bread : array, shape (k, k)
        The inverse of the observed information.
    kind : {"sandwich", "HC0", "HC1", "HC2", "HC3"}
        HC1 multiplies by n/(n − p), p the number of coefficients; HC2 and HC3 divide a row's score
        in each linear predictor by a power of 1 − its leverage there.
    clusters : sequence of arrays of codes, shape (rows,)
        None: rows are independent. One: sums within clusters are, times G/(G − 1). Two: the sum of
        both less that of their intersection.
    """
    scores = _scores(model, x, bread, KINDS[kind])
    n = model.sample.n
    coefficients = sum(part.size for part in model.parts if part.basis is not None or part.times)
    if not clusters:
        w = _weights(model)
        meat = (scores * w[:, None]).T @ scores
        factor = n / (n - coefficients) if kind == "HC1" else 1.0
        return np.asarray(bread @ meat @ bread * factor)
    weighted = scores * _weights(model, root=False)[:, None]
    meat = np.zeros_like(bread)
    ways = [(1.0, c) for c in clusters]
    if len(clusters) == 2:
        a, b = clusters
        _, both = np.unique(a.astype(np.int64) * (int(b.max()) + 1) + b, return_inverse=True)
        ways.append((-1.0, np.ravel(both)))
    for sign, codes in ways:
        groups = int(codes.max()) + 1
        sums = np.stack([np.bincount(codes, column, groups) for column in weighted.T], axis=1)
        meat += sign * groups / (groups - 1.0) * (sums.T @ sums)
    factor = (n - 1.0) / (n - coefficients) if kind == "HC1" else 1.0
    return np.asarray(bread @ meat @ bread * factor)


def _weights(model: LogLikelihood, root: bool = True) -> Vector:
    """What each row's outer product counts; ``root=False``: what its score counts."""
    source, kind = model.sample.source, model.sample.kind
    if source.w is None or kind == "precision":
        return np.ones(model.sample.stored)
    w = source.w.read(0, model.sample.stored) / source.unit
    return np.asarray(w * w if root and kind == "sampling" else w)


def _scores(model: LogLikelihood, x: Vector, bread: Vector, power: float) -> Vector:
    if not power:
        return np.concatenate([scores for scores, _ in model.row_scores(x)])
    out = []
    for row in model.member.row_scores(x, 2):
        scores, rows = row.scores, row.rows
        weight = np.ones(len(scores)) if row.w is None else row.w
        k = len(model.member.layout.variables)
        for i, v in enumerate(model.member.layout.variables):
            if v.design is None:
                continue
            own = bread[v.place, v.place] / np.outer(v.scale, v.scale)
            bend = row.local.rows(row.local.hess[_position(i, k)])
            leverage = -bend * weight * rows.designs[v.part].quad(own)
            scores[:, v.place] /= (np.maximum(1.0 - leverage, 1e-10) ** power)[:, None]
        out.append(scores)
    return np.concatenate(out)


def _position(i: int, k: int) -> int:
    """Where the pair (i, i) stands in a packed upper triangle."""
    return i * k - i * (i - 1) // 2
