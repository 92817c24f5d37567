"""Profiles and restricted maxima of regressions: the likelihood along one parameter.

Coordinates of a regression are not its parameters. A parameter, on the scale of its link, is a
row a of the Jacobian: t = aᵀx. Along x(t) = x̂ + (t − t̂) v with v = V a / aᵀV a, V the inverse
information, the others move as the quadratic model says they do; what is left is climbed in the
null space of a.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.special import chdtri

from mostlikely.errors import ModelError
from mostlikely.inference.profile import ProfilePoint, profile_end
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood as Regression
from mostlikely.solve.maximise import maximise
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.restrict import Restricted
from mostlikely.verdict.proof import Proof

__all__ = ["Line", "coefficient_interval", "restricted"]

Interval = tuple[float, float]


class Line:
    """The likelihood along one parameter.

    Parameters
    ----------
    model : Regression
    x : array, shape (k,)
        Where its other parameters begin: the maximum, or near it.
    key : parameter
    covariance : array, shape (k, k), optional
        The inverse information in coordinates, for the direction in which the others follow.
    """

    def __init__(
        self, model: Regression, x: Vector, key: Any, covariance: Vector | None = None
    ) -> None:
        self.model, self.key = model, key
        row, self.link = link_row(model, x, key)
        size = float(row @ row)
        follow = row / size
        if covariance is not None and np.isfinite(covariance).all():
            along = covariance @ row
            follow = along / float(row @ along)
        self.follow = follow
        null = np.linalg.svd(row[None, :] / np.sqrt(size))[2][1:].T
        self.null = null
        self.here = float(row @ x)
        self.x = x

    def at(self, t: float, others: Vector, afresh: bool = False) -> ProfilePoint:
        """The profile at a value of the parameter, on its link scale."""
        line = Restricted(self.model, self.x + (t - self.here) * self.follow, self.null)
        units = np.ones(len(others)) * self.unit
        if not len(others):
            top = Optimum(others, line(others), 0.0, 1, Stop.OPTIMUM)
        else:
            top = maximise(line, others, units, self.model.sample.total, heed_edges=False)
            if afresh and np.any(others):
                again = maximise(
                    line, np.zeros_like(others), units, self.model.sample.total, heed_edges=False
                )
                top = max(top, again, key=lambda o: o.at.value if o.at.finite else -np.inf)
        if not np.isfinite(top.at.value):
            return ProfilePoint(t, -np.inf, np.nan, others)
        slope = float(self.model.score(line.point(top.x)) @ self.follow)
        return ProfilePoint(t, top.at.value, slope, top.x)

    @property
    def unit(self) -> float:
        """An ordinary step of the other coordinates."""
        return float(np.median(self.model.units)) if len(self.model.units) else 1.0


def link_row(model: Regression, x: Vector, key: Any) -> tuple[Vector, Any]:
    """The parameter on its link's scale as a linear function of the coordinates, and that link."""
    i = model.names.index(key)
    link = model.link(key)
    row = model.jacobian(x)[i].copy()
    if not model.linear(key):
        if np.sum(row != 0.0) != 1:
            raise ModelError(
                f"{key} shares its scale with other parameters, and has no profile of its own "
                'here; use method="wald".'
            )
        row = (row != 0.0).astype(float)
    return row, link


def coefficient_interval(proof: Proof, key: Any, covariance: Vector, level: float) -> Interval:
    """The profile-likelihood interval of a parameter of a regression, natural scale.

    Parameters
    ----------
    proof : Proof
    key : parameter
    covariance : array, shape (k, k)
        The inverse information in the coordinates of ``proof.inner``.
    level : float
    """
    drop = 0.5 * float(chdtri(1, 1.0 - level))
    finite = key in proof.regular
    model: Any = proof.inner if finite else proof.likelihood
    x = proof.inner_optimum.x if finite else proof.optimum.x
    if key not in model.names:
        raise ModelError(f"{label(key)} has no profile here.")
    free, link = link_row(model, x, key)
    if not free.any():  # a column that the others make up: any value does
        return float(link.inverse(-np.inf)), float(link.inverse(np.inf))
    line = Line(model, x, key, covariance if finite else None)
    peak = proof.loglik
    if finite:
        row, _ = link_row(model, x, key)
        size = float(np.sqrt(2.0 * drop * max(float(row @ covariance @ row), 1e-300)))
        signs, open_end = (-1.0, 1.0), None
    else:
        size, open_end = 1.0, proof.params[key]
        signs = (-1.0, 1.0)
    unit = size if finite else 1.0
    if line.link.name != "identity":  # on a log or logit scale, far is the same for all
        unit = min(unit, 1.0)
    ends = []
    with np.errstate(all="ignore"):
        for sign in signs:
            far = float(line.link.inverse(sign * np.inf))
            if open_end is not None and far == open_end:
                ends.append(far)
                continue
            t = profile_end(
                line.at,
                line.here,
                np.zeros(line.null.shape[1]),
                unit,
                peak,
                drop,
                sign * size,
                np.zeros(line.null.shape[1]),
            )
            ends.append(far if t is None else float(line.link.inverse(t)))
    if open_end is not None and np.isfinite(open_end):  # on the edge itself, but for rounding
        reach = max(abs(end - open_end) for end in ends)
        ends = [open_end if abs(end - open_end) <= 1e-9 * reach else end for end in ends]
    return min(ends), max(ends)


def restricted(model: Regression, x: Vector, rows: Vector, values: Sequence[float]) -> Optimum:
    """The maximum where rows @ (coordinates) = values, in the coordinates of the whole."""
    target = np.asarray(values, dtype=float)
    origin = x + np.linalg.lstsq(rows, target - rows @ x, rcond=None)[0]
    null = np.linalg.svd(rows)[2][np.linalg.matrix_rank(rows) :].T
    line = Restricted(model, origin, null)
    if null.shape[1] == 0:
        return Optimum(origin, model(origin), 0.0, 1, Stop.OPTIMUM)
    top = maximise(line, np.zeros(null.shape[1]), np.ones(null.shape[1]), model.sample.total)
    return Optimum(line.point(top.x), model(line.point(top.x)), top.decrement, top.steps, top.stop)
