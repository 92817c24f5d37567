"""Constrained maxima by SciPy's solver, for comparison, and log-likelihoods written out."""

from __future__ import annotations

from math import inf

import numpy as np
from scipy.optimize import minimize
from scipy.special import gammaln, xlogy

import mostlikely as ml


def identity(formula, **more):
    return ml.linear(formula, link="identity", **more)


def highest(negative, starts, G, h, slopes=None):
    """The best height of SciPy's solver within G b ≥ h, over starts, and where."""
    best, at = -inf, None
    for start in starts:
        with np.errstate(all="ignore"):
            found = minimize(
                negative,
                start,
                jac=slopes,
                constraints={"type": "ineq", "fun": lambda b: G @ b - h, "jac": lambda b: G},
                method="SLSQP",
                options={"ftol": 1e-15, "maxiter": 1000},
            )
        inside = np.min(G @ found.x - h) > -1e-9
        if inside and np.isfinite(found.fun) and -found.fun > best:
            best, at = -found.fun, found.x
    return best, at


def poisson_height(X, y, offset, weights):
    def negative(b):
        mean = np.maximum(X @ b + offset, 1e-300)
        return -np.sum(weights * (xlogy(y, mean) - mean - gammaln(y + 1.0)))

    return negative


def poisson_slopes(X, y, offset, weights):
    return lambda b: X.T @ (weights * (1.0 - y / np.maximum(X @ b + offset, 1e-300)))
