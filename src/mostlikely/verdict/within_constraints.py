"""Climbs within the constraints of a log-likelihood, and which rows hold at their end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.constraints import Constraints, outside
from mostlikely.likelihood.edges import OnEdges
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.constrained import Constrained, maximise_within
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.optimum import Stop
from mostlikely.solve.restrict import Restricted
from mostlikely.verdict.recession import steepest

__all__ = ["Within", "climb_within", "face", "flat_along", "holding"]

#: Multipliers below this, per unit, are those of rows that met their edge by chance.
CHANCE = 1e-8
#: Singular values of rows below this share of the largest are none.
DEPENDENT = 1e-9
#: Directions, of length one in units, that move a row by less than this leave it where it is.
STILL = 1e-9
#: Curvature along the edges, scaled, below which there is none.
FLAT = 1e-13
#: What may be left to gain along the edges: that of several members together.
SHARP = 1e-20
#: Rounds in which rows are brought in, where columns are too many to hold all of them.
ROUNDS = 100


@dataclass(frozen=True, eq=False)
class Within:
    """A proven maximum within constraints.

    Parameters
    ----------
    top : Constrained
    constraints : Constraints
    seen : LogLikelihood
        The log-likelihood that is finite there, edges included.
    """

    top: Constrained
    constraints: Constraints
    seen: LogLikelihood


class _BeyondRows(Exception):
    """A point that rows which are not among the constraints rule out."""


@dataclass(eq=False)
class _Watched:
    """An objective that stops where a constraint is violated that was not brought in yet."""

    objective: OnEdges
    best: Vector
    height: float = -np.inf
    beyond: Vector | None = None

    @property
    def units(self) -> Vector:
        return self.objective.units

    @property
    def total(self) -> float:
        return self.objective.total

    def value(self, x: Vector) -> float:
        return self(x).value

    def score(self, x: Vector) -> Vector:
        return self(x).score

    def __call__(self, x: Vector) -> Evaluation:
        if outside(self.objective.loglik, x):
            self.beyond = x
            raise _BeyondRows
        at = self.objective(x)
        if at.finite and at.value > self.height:
            self.best, self.height = x, at.value
        return at


def climb_within(loglik: LogLikelihood, x: Vector, max_steps: int) -> Within | None:
    """The proven maximum that a climb from a point within the constraints ends at, or None."""
    constraints, objective = Constraints.of(loglik), OnEdges(loglik)
    if constraints.whole:
        top = _climbed(objective, x, constraints, max_steps)
        return Within(top, constraints, objective.seen) if top.proven else None
    watched = _Watched(objective, x)
    for _ in range(ROUNDS):
        try:
            top = _climbed(watched, watched.best, constraints, max_steps)
        except _BeyondRows:
            assert watched.beyond is not None
            more = constraints.with_violated(watched.beyond, 4 * loglik.size)
            if more is None:
                return None
            constraints = more
            continue
        return Within(top, constraints, objective.seen) if top.proven else None
    return None


def _climbed(
    objective: Objective, x: Vector, constraints: Constraints, max_steps: int
) -> Constrained:
    """A climb within constraints, and the end of it along the edges that hold, to its last digits.

    Rows on an edge may bend the likelihood across it: the model of all coordinates, made concave,
    is then not that of those along the edge, and comes nearer slowly.
    """
    matrix, units = constraints.matrix, objective.units
    least = np.minimum(constraints.least, matrix @ x)  # rounding may begin beyond an edge
    top = maximise_within(objective, x, matrix, least, max_steps=max_steps)
    if not top.evaluation.finite:
        return top
    on = _holding(top, matrix, units)
    origin, null = top.x, np.eye(len(x))
    if len(on):
        origin, null, _ = face(matrix[on], least[on], units, top.x)
    if not null.shape[1] or flat_along(top.evaluation.information, units, null) is not None:
        return top
    line = Restricted(objective, origin, units[:, None] * null)
    options = Options(tolerance=SHARP, max_steps=max_steps, stop_at_edges=False)
    along_edges = maximise(line, np.zeros(null.shape[1]), options=options)
    moved = line.point(along_edges.x)
    if along_edges.stop is not Stop.OPTIMUM or outside(constraints.loglik, moved):
        return top
    end = maximise_within(objective, moved, matrix, least, max_steps=max_steps)
    return end if end.proven or not top.proven else top


def face(rows: Vector, least: Vector, units: Vector, x: Vector) -> tuple[Vector, Vector, Vector]:
    """The point with rows at their least values that is next to x, and the directions, in units.

    Returns
    -------
    x : array, shape (k,)
    null, across : arrays, shapes (k, r) and (k - r, k)
        Orthonormal bases of what leaves the rows as they are, and of what does not.
    """
    scaled = rows * units
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    _, sizes, directions = np.linalg.svd(scaled / lengths)
    rank = int(np.sum(sizes > DEPENDENT * sizes.max()))
    short = least - rows @ x
    moved = x + units * np.linalg.lstsq(scaled, short, rcond=DEPENDENT)[0]
    null = directions[rank:].T
    return moved, np.where(np.abs(null) < 1e-15, 0.0, null), directions[:rank]


def holding(found: Within) -> NDArray[np.intp]:
    """The constraints that hold: active, and with a positive multiplier among all that balance.

    Multipliers are not unique where more rows meet than directions do; those that were found say
    which rows push, and of the others those hold too that no direction along these can leave.
    """
    return _holding(found.top, found.constraints.matrix, found.constraints.loglik.units)


def _holding(top: Constrained, matrix: Vector, units: Vector) -> NDArray[np.intp]:
    rows = matrix[top.active] * units
    lengths = np.linalg.norm(rows, axis=1)
    on = top.multipliers * lengths > CHANCE
    if not on.any():
        return np.asarray(top.active[on])
    null = face(rows[on], np.zeros(int(on.sum())), np.ones(len(units)), np.zeros(len(units)))[1]
    along = rows @ null / lengths[:, None]
    loose = np.flatnonzero(np.abs(along).max(axis=1, initial=0.0) > STILL)
    if len(loose):
        free = steepest(along[loose], np.empty((0, null.shape[1])))
        on[loose if free is None else loose[~free.moved]] = True
    return np.asarray(top.active[on])


def flat_along(information: Vector, units: Vector, null: Vector) -> Vector | None:
    """A direction along the edges, in units, in which there is no information."""
    if not null.shape[1]:
        return None
    reduced = null.T @ (information * np.outer(units, units)) @ null
    scale = np.sqrt(np.maximum(np.diag(reduced), 0.0))
    scale = np.where(scale > 0.0, scale, float(scale.max()) or 1.0)
    values, vectors = np.linalg.eigh(reduced / np.outer(scale, scale))
    return np.asarray(null @ (vectors[:, 0] / scale)) if values[0] <= FLAT else None
