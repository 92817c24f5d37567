"""The surfaces on which functions of the coordinates keep their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Function", "Linear", "Surface"]

#: How near a function is to its value when it has it, per unit of its change over the coordinates.
KEPT = 1e-12
#: The same where rounding keeps every step from coming nearer.
NEARLY = 1e-9
#: Newton steps back to the surface, and halvings of each.
BACK, HALVINGS = 60, 40
#: The step of central differences of a Jacobian, in units.
DIFFERENCE = 1e-5
#: Singular values below this share of the largest are none.
DEPENDENT = 1e-9

#: A function of the coordinates, x → (values (m,), Jacobian (m, k)).
Function = Callable[[Vector], tuple[Vector, Vector]]


@dataclass(frozen=True, eq=False)
class Linear:
    """The function L x.

    Parameters
    ----------
    matrix : array, shape (m, k)
    """

    matrix: Vector

    def __call__(self, x: Vector) -> tuple[Vector, Vector]:
        """Its values and its Jacobian."""
        return np.asarray(self.matrix @ x), self.matrix


@dataclass(frozen=True, eq=False)
class Surface:
    """The points where a function has its values, in units."""

    g: Function
    c: Vector
    units: Vector

    def at(self, x: Vector) -> tuple[Vector, Vector]:
        """How far the function is off its values, and its Jacobian in units."""
        values, jacobian = self.g(x)
        values = np.atleast_1d(np.asarray(values, dtype=float))
        return values - self.c, np.asarray(jacobian, dtype=float) * self.units

    def starts(self, x: Vector, at: Evaluation) -> Iterator[Vector]:
        """Points of the surface: the quadratic model's best one first, then the nearest."""
        for metric in (_inverse(at, self.units), np.eye(len(x))):
            point = None if metric is None else self.back(x, metric)
            if point is not None:
                yield point

    def back(self, x: Vector, metric: Vector) -> Vector | None:
        """The point on the surface to which Newton's steps, short in a metric, lead from x."""
        for _ in range(BACK):
            off, jacobian = self.at(x)
            if not (np.isfinite(off).all() and np.isfinite(jacobian).all()):
                return None
            lengths = _lengths(jacobian)
            rows, left = jacobian / lengths[:, None], off / lengths
            size = float(np.linalg.norm(left))
            here = float(np.linalg.norm(x / self.units))
            rounding = np.spacing(np.abs(self.c)) / lengths
            if size <= KEPT + 4.0 * float(np.finfo(float).eps) * here + 4.0 * rounding.max(
                initial=0.0
            ):
                return x
            across = metric @ rows.T
            step = across @ np.linalg.lstsq(rows @ across, left, rcond=DEPENDENT)[0]
            shorter = 1.0
            for _ in range(HALVINGS):
                moved = x - shorter * self.units * step
                new, _ = self.at(moved)
                if np.linalg.norm(new / lengths) < (1.0 - 1e-4 * shorter) * size:
                    break
                shorter *= 0.5
            else:  # no nearer: rounding, or a surface that is not met
                return x if size <= NEARLY else None
            x = moved
        return None

    def basis(self, jacobian: Vector) -> Vector:
        """An orthonormal basis, in units, of the directions along the surface, shape (k, k - m)."""
        if not len(jacobian):
            return np.eye(jacobian.shape[1])
        _, sizes, directions = np.linalg.svd(jacobian / _lengths(jacobian)[:, None])
        return np.asarray(directions[int(np.sum(sizes > DEPENDENT * sizes.max())) :].T)

    def multipliers(self, jacobian: Vector, score: Vector) -> Vector:
        """λ with score = Jᵀλ, as nearly as can be."""
        lengths = _lengths(jacobian)
        if not np.isfinite(score).all():
            return np.full(len(lengths), np.nan)
        found = np.linalg.lstsq((jacobian / lengths[:, None]).T, score * self.units, rcond=None)
        return np.asarray(found[0] / lengths)

    def bend(self, x: Vector, multipliers: Vector) -> Vector:
        """Σ λᵢ ∇²gᵢ in units, shape (k, k), by central differences of the Jacobian."""
        columns = []
        for j, unit in enumerate(self.units):
            size = DIFFERENCE * max(unit, 1e-3 * abs(x[j]))
            ahead, behind = x.copy(), x.copy()
            ahead[j] += size
            behind[j] -= size
            change = self.at(ahead)[1] - self.at(behind)[1]
            columns.append(multipliers @ change * (unit / (ahead[j] - behind[j])))
        matrix = np.array(columns)
        return np.asarray(0.5 * (matrix + matrix.T))


def _lengths(jacobian: Vector) -> Vector:
    lengths = np.linalg.norm(jacobian, axis=1)
    return np.asarray(np.where(lengths > 0.0, lengths, 1.0))


def _inverse(at: Evaluation, units: Vector) -> Vector | None:
    """The inverse information in units; None unless it is positive definite, and clearly so."""
    if not at.finite:
        return None
    information = at.information * np.outer(units, units)
    values, vectors = np.linalg.eigh(0.5 * (information + information.T))
    if values[0] <= DEPENDENT * values[-1]:
        return None
    return np.asarray((vectors / values) @ vectors.T)
