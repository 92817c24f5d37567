"""Linear programs and a constrained optimiser: what is known exactly of convex problems."""

from __future__ import annotations

import warnings

import numpy as np
from scipy.optimize import linprog, minimize

__all__ = ["constrained", "least_pinball", "separated"]


def separated(above: np.ndarray, below: np.ndarray, level: np.ndarray) -> bool:
    """Whether a direction d has above·d ≥ 0, below·d ≤ 0, level·d = 0, and not all are zero."""
    signed = np.concatenate([above, -below])
    if not len(signed):
        return False
    p = signed.shape[1]
    equal = {"A_eq": level, "b_eq": np.zeros(len(level))} if len(level) else {}
    found = linprog(
        -signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=[(-1, 1)] * p, **equal
    )
    return bool(-found.fun > 1e-7)


def least_pinball(
    X: np.ndarray, y: np.ndarray, w: np.ndarray, quantile: float
) -> tuple[float, np.ndarray, bool]:
    """The least weighted pinball loss, coefficients that have it, whether no others have it."""
    n, p = X.shape
    cost = np.concatenate([np.zeros(p), w * quantile, w * (1.0 - quantile)])
    A = np.hstack([X, np.eye(n), -np.eye(n)])
    free = [(None, None)] * p + [(0, None)] * (2 * n)
    best = linprog(cost, A_eq=A, b_eq=y, bounds=free, method="highs")
    widest = 0.0
    for j in range(p):
        e = np.zeros(p + 2 * n)
        e[j] = 1.0
        ends = []
        for sign in (1.0, -1.0):
            found = linprog(
                sign * e, A_eq=A, b_eq=y, bounds=free, method="highs",
                A_ub=cost[None], b_ub=[best.fun * (1.0 + 1e-9) + 1e-12],
            )  # fmt: skip
            ends.append(sign * found.fun if found.status == 0 else np.nan)
        widest = max(widest, abs(ends[1] - ends[0]) if np.all(np.isfinite(ends)) else 0.0)
    return float(best.fun), best.x[:p], bool(widest < 1e-5)


def constrained(negative, starts, inside) -> tuple[float, np.ndarray | None]:
    """The least value of SciPy's constrained solver over starts, where inside(b) ≥ 0."""
    best, at = np.inf, None
    for start in starts:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            found = minimize(
                negative, start, method="SLSQP", constraints={"type": "ineq", "fun": inside},
                options={"ftol": 1e-14, "maxiter": 600},
            )  # fmt: skip
        if np.min(inside(found.x)) > -1e-9 and np.isfinite(found.fun) and found.fun < best:
            best, at = float(found.fun), found.x
    return best, at
