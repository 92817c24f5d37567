"""The least sum of two-sided absolute residuals, found at a vertex: p rows that are met exactly.

Σ w ρ(y − Xβ) with ρ(r) = up·r above and −down·r below is piecewise linear (Koenker and Bassett
1978, Econometrica 46:33). Newton steps on a smoothed loss come near (Chen 2007, J. Comput. Graph.
Statist. 16:136), p rows that are nearly met make a vertex, and exchanges of one row at a time,
each through all corners along its line (Barrodale and Roberts 1973, SIAM J. Numer. Anal. 10:839),
end where a dual solution proves that none is lower. Ties are told apart by adding an infinitely
small random multiple to y, as in Dantzig, Orden and Wolfe 1955, Pacific J. Math. 5:183.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mostlikely.solve.objective import Positions, Vector

__all__ = ["Rows", "Slopes", "Vertex", "least"]

#: Rows up to which least squares is start enough.
FEW = 500
#: How smooth the losses are, in median residuals, and by what factor each is sharper.
SMOOTHEST, SHARPEST, SHARPER = 0.5, 1e-3, 0.25
#: Newton steps on one smoothed loss, and the decrement, relative to the loss, that is enough.
STEPS, ENOUGH = 6, 1e-4
#: A share of the second derivatives that keeps a row-less direction from dividing by zero.
RIDGE = 1e-10
#: Second derivatives below this share of the greatest are left out of a Newton step.
FAINT = 1e-9
#: A row is independent of others if more than this share of it is; one of the remaining rows
#: always is by 1/√n.
INDEPENDENT = 1e-5
#: Columns of length one whose triangular factor has an entry below this are dependent.
DEPENDENT = 1e-11
#: The same, below which one Cholesky factor is too rough.
ROUGH = 1e-4
#: What is gained along a row's line less than this share of its slope is rounding.
LEVEL = 1e-11
#: How much slope there is in the rounding of a sum over the rows, in its absolute terms.
ROUNDING = 1e-14
#: A row that moves by less than this share of its length and the line's does not move.
STILL = 1e-10
#: Breakpoints nearest to the start of a line that are sorted first.
NEAREST = 256
#: Exchanges between two fresh inverses.
FRESH = 25
#: Exchanges, over twenty for each column, after which ties are broken in another way; and how
#: many such ways are tried.
PATIENCE, WAYS = 500, 4
#: Residuals of this many times their rounding differ by it: what is met now is not met later.
BLURRED = 1e3


@dataclass(frozen=True)
class Slopes:
    """What a unit of residual costs above and below: τ and 1 − τ for the τ-quantile."""

    up: float
    down: float

    def of(self, above: NDArray[np.bool_]) -> Vector:
        """The derivative of the loss for residuals on either side."""
        return np.where(above, self.up, -self.down)


@dataclass(frozen=True, eq=False)
class Rows:
    """X = Q T with orthonormal Q, and what least squares leaves of y, in a unit of its own.

    Parameters
    ----------
    x, y : arrays, shapes (n, p) and (n,)
        As the caller has them.
    q, left : arrays, shapes (n, p) and (n,)
        The basis, and (y − Q first) / unit.
    length : array, shape (n,)
        The length of each row of Q.
    triangle : array, shape (p, p)
        T.
    unit : float
        A power of two, so that division costs no digit.
    noise : array, shape (n,)
        What rounding may have changed in each of ``left``: no more than that is met.
    """

    x: Vector
    y: Vector
    q: Vector
    left: Vector
    length: Vector
    triangle: Vector
    unit: float
    noise: Vector

    @staticmethod
    def of(x: Vector, y: Vector) -> Rows:
        """Of finite columns that are independent; a ValueError if they are not."""
        n, p = x.shape
        size = np.linalg.norm(x, axis=0)
        if n < p:
            raise ValueError("X has fewer rows with a weight than columns.")
        if not np.all(size > 0.0):
            raise ValueError("the columns of X are linearly dependent.")
        q, triangle = _orthonormal(x / size)
        if np.abs(np.diag(triangle)).min() < DEPENDENT:
            raise ValueError("the columns of X are linearly dependent.")
        first = q.T @ y
        left = y - q @ first
        noise = 16.0 * np.finfo(float).eps * (np.abs(y) + np.abs(q) @ np.abs(first))
        largest = float(np.max(np.abs(left)))
        unit = float(2.0 ** np.round(np.log2(largest))) if largest > 0.0 else 1.0
        length = np.sqrt(np.einsum("ij,ij->i", q, q))
        return Rows(x, y, q, left / unit, length, triangle * size, unit, noise / unit)


def _orthonormal(x: Vector) -> tuple[Vector, Vector]:
    """Q and T by Cholesky factors twice over, or by Householder where these are too rough."""
    try:
        first = np.linalg.cholesky(x.T @ x).T
        if np.diag(first).min() < ROUGH:
            raise np.linalg.LinAlgError
        q = x @ np.linalg.inv(first)
        second = np.linalg.cholesky(q.T @ q).T
    except np.linalg.LinAlgError:
        q, triangle = np.linalg.qr(x)
        return np.ascontiguousarray(q), triangle
    return q @ np.linalg.inv(second), second @ first


@dataclass(eq=False)
class Vertex:
    """The point at which p rows are met, and on which side of it the others lie.

    Parameters
    ----------
    basis : array of int, shape (p,)
        The rows that are met.
    inverse : array, shape (p, p)
        Of their rows of Q.
    residual, tilt : arrays, shape (n,)
        What is left of y, exactly 0 where that is rounding, and of the random addition to it.
    tolerance : array, shape (n,)
        How large a residual rounding can make.
    above : array of bool, shape (n,)
        The side of each row: of its residual, or else of its tilt.
    dual : array, shape (p,)
        The derivative of the loss that each row in the basis would have to have for the others
        to be held in balance.
    slack : array, shape (p,)
        How far that may be beyond the two slopes by rounding alone.
    steps : int
        Newton steps and exchanges up to here.
    proven : bool
        Whether each dual value lies between the two slopes.
    """

    basis: Positions
    inverse: Vector
    residual: Vector
    tilt: Vector
    tolerance: Vector
    above: NDArray[np.bool_]
    dual: Vector
    slack: Vector
    steps: int = 0
    proven: bool = False


def least(rows: Rows, w: Vector, slopes: Slopes, basis: Positions | None = None) -> Vertex:
    """The vertex of least loss; begun at a basis if one is known to be near."""
    steps = 0
    if basis is None:
        b, steps = _smoothed(rows, w, slopes)
        basis = _independent(rows, np.abs(rows.left - rows.q @ b))
    blurred = np.median(np.abs(rows.left)) <= BLURRED * np.median(rows.noise)
    for way in range(WAYS):
        tilt = np.random.default_rng(way).standard_normal(len(w))
        noise = rows.noise if (way % 2 == 0) != blurred else np.zeros(len(w))
        vertex = _descend(rows, w, slopes, basis, tilt, noise)
        basis, steps = vertex.basis, steps + vertex.steps
        if vertex.proven:
            break
    vertex.steps = steps
    vertex.residual[np.abs(vertex.residual) <= vertex.tolerance + rows.noise] = 0.0
    return vertex


def _smoothed(rows: Rows, w: Vector, slopes: Slopes) -> tuple[Vector, int]:
    """The least of Σ w [up·r + (up + down)·h·log(1 + exp(−r/h))] for a small h, and the steps."""
    q, r = rows.q, rows.left
    b, steps = np.zeros(q.shape[1]), 0
    size = float(np.median(np.abs(r))) or float(np.mean(np.abs(r)))
    if len(w) <= FEW or size <= 0.0:
        return b, 0
    both = slopes.up + slopes.down

    def loss(r: Vector, h: float) -> tuple[float, Vector]:
        z = r / h
        e = np.exp(-np.abs(z))
        share = np.where(z > 0.0, e, 1.0) / (1.0 + e)
        value = slopes.up * r + both * h * (np.log1p(e) - np.minimum(z, 0.0))
        return float(w @ value), share

    h = SMOOTHEST * size
    while h >= SHARPEST * SHARPER * size:
        value, share = loss(r, h)
        for _ in range(STEPS):
            gradient = (w * (slopes.up - both * share)) @ q
            bend = w * (share * (1.0 - share)) * (both / h)
            there = np.flatnonzero(bend > FAINT * bend.max())
            part = q[there] if 2 * len(there) < len(w) else q
            bent = bend[there] if 2 * len(there) < len(w) else bend
            hessian = (part * bent[:, None]).T @ part
            hessian[np.diag_indices_from(hessian)] += RIDGE * np.trace(hessian) + 1e-300
            step = np.linalg.solve(hessian, gradient)
            gain, along = float(gradient @ step), q @ step
            length = 1.0
            while length > 1e-3:
                trial, there_share = loss(r - length * along, h)
                if trial <= value - 0.1 * length * gain:
                    break
                length *= 0.4
            else:
                break
            r, b, value, share = r - length * along, b + length * step, trial, there_share
            steps += 1
            if gain < ENOUGH * value * h / size:
                break
        h *= SHARPER
    return b, steps


def _independent(rows: Rows, distance: Vector) -> Positions:
    """The p rows that are nearest to being met, each independent of those before."""
    q, p = rows.q, rows.q.shape[1]
    usable = rows.length > 0.0
    order = np.argsort(
        np.where(usable, distance / np.where(usable, rows.length, 1.0), np.inf), kind="stable"
    )
    order = order[: int(usable.sum())]
    found: list[int] = []
    span, start, many = np.zeros((0, p)), 0, 4 * p + 60
    while len(found) < p and start < len(order):
        chunk = order[start : start + many]
        part = q[chunk] / rows.length[chunk][:, None]
        for _ in range(2):  # once more, for the digits
            part = part - (part @ span.T) @ span
        at = 0
        while len(found) < p:
            free = np.flatnonzero(np.linalg.norm(part[at:], axis=1) > INDEPENDENT)
            if not len(free):
                break
            at += int(free[0])
            way = part[at] / np.linalg.norm(part[at])
            way = way - (span @ way) @ span
            way /= np.linalg.norm(way)
            found.append(int(chunk[at]))
            span = np.vstack([span, way])
            part = part - np.outer(part @ way, way)
            at += 1
        start, many = start + many, 4 * many
    return np.array(found, dtype=np.intp)


def _at(
    rows: Rows, w: Vector, slopes: Slopes, basis: Positions, tilt: Vector, noise: Vector
) -> Vertex:
    """The vertex of a basis, all its numbers fresh."""
    q, y = rows.q, rows.left
    own = q[basis]
    inverse = np.asarray(np.linalg.inv(own), dtype=np.float64)
    b = inverse @ y[basis]
    b += inverse @ (y[basis] - own @ b)
    residual, rest = y - q @ b, tilt - q @ (inverse @ tilt[basis])
    worse = np.abs(b) + np.abs(inverse) @ (np.abs(own) @ np.abs(b))
    tolerance = noise + 4.0 * np.finfo(float).eps * (np.abs(q) @ worse)
    residual[np.abs(residual) <= tolerance] = 0.0
    residual[basis] = 0.0
    above = np.where(residual != 0.0, residual > 0.0, rest > 0.0)
    pull = w * slopes.of(above)
    pull[basis] = 0.0
    dual = -(inverse.T @ (pull @ q)) / w[basis]
    sums = float(np.abs(pull) @ rows.length)
    slack = ROUNDING * sums * np.linalg.norm(inverse, axis=0) / w[basis]
    return Vertex(basis, inverse, residual, rest, tolerance, above, dual, slack)


def _descend(
    rows: Rows, w: Vector, slopes: Slopes, basis: Positions, tilt: Vector, noise: Vector
) -> Vertex:
    """The vertex at which no exchange lowers the loss of y with its infinitely small addition."""
    at, steps, aged = _at(rows, w, slopes, basis.copy(), tilt, noise), 0, 0
    while steps <= PATIENCE + 20 * len(basis):
        if aged >= FRESH:
            at, aged = _at(rows, w, slopes, at.basis, tilt, noise), 0
        over = at.dual - slopes.up * (1.0 + LEVEL) - at.slack
        under = -slopes.down * (1.0 + LEVEL) - at.slack - at.dual
        excess = np.maximum(over, under)
        worth = w[at.basis] * excess / np.linalg.norm(at.inverse, axis=0)
        k = int(np.argmax(worth))
        balanced, rising = bool(excess[k] <= 0.0), bool(over[k] > under[k])
        line = None if balanced else _line(rows, w, slopes, at, k, rising)
        if line is not None:
            _exchange(rows.q, w, slopes, at, k, line)
            steps, aged = steps + 1, aged + 1
        elif aged:  # believed only from fresh numbers
            at, aged = _at(rows, w, slopes, at.basis, tilt, noise), 0
        else:
            at.proven = balanced
            break
    at.steps = steps
    return at


@dataclass(frozen=True, eq=False)
class _Line:
    """How a row leaves the basis: upwards or down, and which rows it makes others cross.

    The last of the rows crossed is met, ``far`` along the line and, for the infinitely small
    addition to y, ``tilted``.
    """

    rising: bool
    rate: Vector
    crossed: Positions
    far: float
    tilted: float


def _line(rows: Rows, w: Vector, slopes: Slopes, at: Vertex, k: int, rising: bool) -> _Line | None:
    """Through all corners along the line that row ``k`` leaves on; None if it leads nowhere."""
    both = slopes.up + slopes.down
    sign = 1.0 if rising else -1.0
    column = at.inverse[:, k]
    rate = (rows.q @ column) * sign
    moves = np.where(at.above, rate < 0.0, rate > 0.0)
    moves &= np.abs(rate) > STILL * rows.length * np.linalg.norm(column)
    moves[at.basis] = False
    ahead = np.flatnonzero(moves)
    wanted = at.dual[k] - slopes.up if rising else -slopes.down - at.dual[k]
    wanted *= w[at.basis[k]]
    whole = np.abs(at.residual[ahead] / rate[ahead])
    many = NEAREST
    while True:
        near, far = ahead, whole
        if many < len(ahead):
            cut = np.partition(whole, many)[many] * (1.0 + 1e-9)
            near, far = ahead[whole <= cut], whole[whole <= cut]
        tilted = -at.tilt[near] / rate[near]
        order = np.lexsort((tilted, far))
        gains = np.cumsum(both * (w[near] * np.abs(rate[near]))[order])
        place = int(np.searchsorted(gains, wanted))
        if place < len(order):
            break
        if many >= len(ahead):
            return None
        many *= 8
    # What is tied but for rounding is met in the order of the tilt.
    there = far[order[place]]
    moved = at.residual[near] + there * rate[near]
    alike = (np.abs(moved) <= at.tolerance[near]) | (far == there)
    early = (far < there) & ~alike
    group = np.flatnonzero(alike)
    group = group[np.argsort(tilted[group], kind="stable")]
    order = np.concatenate([np.flatnonzero(early), group])
    gains = np.cumsum(both * (w[near] * np.abs(rate[near]))[order])
    place = min(int(np.searchsorted(gains, wanted)), len(order) - 1)
    crossed = near[order[: place + 1]]
    last = order[place]
    return _Line(rising, rate, crossed, float(far[last]), float(tilted[last]))


def _exchange(q: Vector, w: Vector, slopes: Slopes, at: Vertex, k: int, line: _Line) -> None:
    """Row ``k`` leaves the basis and the last row of the line enters; all else is updated."""
    rising = line.rising
    leaves, enters, passed = at.basis[k], line.crossed[-1], line.crossed[:-1]
    pull = -(at.dual * w[at.basis]) @ q[at.basis]
    pull += (w[passed] * (slopes.of(~at.above[passed]) - slopes.of(at.above[passed]))) @ q[passed]
    at.above[passed] = ~at.above[passed]
    pull -= w[enters] * slopes.of(at.above[enters]) * q[enters]
    at.above[leaves] = rising
    pull += w[leaves] * slopes.of(at.above[leaves]) * q[leaves]
    at.residual += line.far * line.rate
    at.residual[np.abs(at.residual) <= at.tolerance] = 0.0
    at.residual[at.basis] = 0.0
    at.residual[leaves] = line.far if rising else -line.far
    at.residual[enters] = 0.0
    at.tilt += line.tilted * line.rate
    at.tilt[at.basis] = 0.0
    at.tilt[leaves] = line.tilted if rising else -line.tilted
    at.tilt[enters] = 0.0
    along = q[enters] @ at.inverse
    column = at.inverse[:, k] / along[k]
    at.inverse = at.inverse - np.outer(column, along)
    at.inverse[:, k] = column
    at.basis[k] = enters
    at.dual = -(at.inverse.T @ pull) / w[at.basis]
