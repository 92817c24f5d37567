"""Maxima at the corners of an absolute loss: exact, proven, and described where they are many.

For the Laplace and the asymmetric Laplace law a regression's maximum meets as many rows exactly
as it has columns. Whether it is the highest is proven by a dual solution: with d in [τ − 1, τ]
and XᵀWd = 0, no coefficients have a loss below Σ w d y.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.solve.face import face
from mostlikely.solve.objective import Positions, Vector
from mostlikely.solve.vertex import FEW, LEVEL, Rows, Slopes, Vertex, least

__all__ = ["Corner", "asymmetric_profile", "climb_corners"]

#: How steep the dearer side is at first for an envelope, by what factor it grows, and how often.
STEEP, STEEPER, TIMES = 1e3, 1e3, 5
#: Log-likelihood, for each row but at most in all, that is not looked for between quantiles.
GAIN, GAINS = 1e-10, 1e-6
#: Rows that change sides up to which a neighbour's vertex is a better start than none.
NEARER = 100
#: Quantiles that are looked at before the search says how much may be left.
QUANTILES = 200
#: Rounds between coefficients and the rest, after which they do not settle.
ROUNDS = 100


@dataclass(frozen=True, eq=False)
class Corner:
    """The least check loss Σ w ρ(y − Xβ).

    Parameters
    ----------
    x : array, shape (p,)
        The coefficients at a vertex.
    loss : float
        Σ w ρ(y − Xx).
    basis : array of int, shape (p,)
        The rows that are met exactly and determine the vertex.
    dual : array, shape (n,)
        d in [τ − 1, τ] with XᵀWd = 0; 0 for rows without weight.
    gap : float
        How far the loss is above the bound that the dual proves: what is still to gain.
    unique : bool
        Whether no other coefficients have this loss.
    middle : array, shape (p,)
        Coefficients with this loss amid them all; x where that is unique.
    steps : int
        Newton steps and exchanges of rows.
    """

    x: Vector
    loss: float
    basis: Positions
    dual: Vector
    gap: float
    unique: bool
    middle: Vector
    steps: int


@dataclass(frozen=True, eq=False)
class _Task:
    """Rows with a weight, and what is to be said of them."""

    rows: Rows
    w: Vector
    kept: Positions
    given: int

    @staticmethod
    def of(X: Vector, y: Vector, weight: Vector | None) -> _Task:
        X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
        w = _Task.checked(np.ones(len(y)) if weight is None else weight)
        if X.ndim != 2 or X.shape[1] == 0 or X.shape[0] != len(y) or w.shape != y.shape:
            raise ValueError("X must have a row for each y and weight, and at least one column.")
        if not (np.isfinite(X).all() and np.isfinite(y).all()):
            raise ValueError("X and y must be finite.")
        kept = np.flatnonzero(w)
        return _Task(Rows.of(X[kept], y[kept]), w[kept], kept, len(y))

    @staticmethod
    def checked(weight: Vector) -> Vector:
        w = np.asarray(weight, dtype=float)
        if not np.isfinite(w).all() or np.any(w < 0.0):
            raise ValueError("weights must be finite and not negative.")
        return w

    def corner(self, slopes: Slopes, basis: Positions | None = None) -> Corner:
        return self.described(least(self.rows, self.w, slopes, basis), slopes)

    def sums(self, vertex: Vertex) -> tuple[float, float]:
        """The weighted residuals above and below, in the rows' unit."""
        r = vertex.residual
        return float(self.w @ np.maximum(r, 0.0)), float(self.w @ np.maximum(-r, 0.0))

    def described(self, vertex: Vertex, slopes: Slopes) -> Corner:
        """A vertex with the certificate and the set that it belongs to."""
        rows, w, basis = self.rows, self.w, vertex.basis
        dual = slopes.of(vertex.above)
        dual[basis] = vertex.dual
        over = max(np.max(vertex.dual) / slopes.up, np.max(-vertex.dual) / slopes.down)
        dual /= max(1.0, float(over))  # so that it is a dual solution, whatever else it is
        above, below = self.sums(vertex)
        loss = slopes.up * above + slopes.down * below
        pull = (w * dual) @ rows.q
        gap = loss - float((w * dual) @ rows.left)
        gap = max(gap, 0.0) + float(
            np.linalg.norm(pull) * np.linalg.norm(rows.q.T @ (rows.left - vertex.residual))
        )
        whole = np.zeros(self.given)
        whole[self.kept] = dual
        x = _solved(rows.x[basis], rows.y[basis])
        unique, middle = face(rows, vertex, slopes)
        return Corner(
            x,
            loss * rows.unit,
            self.kept[basis],
            whole,
            gap * rows.unit,
            unique,
            x + middle * rows.unit,
            vertex.steps,
        )


def _solved(a: Vector, b: Vector) -> Vector:
    """The solution of a x = b, refined once, with columns in units of their own."""
    size = np.linalg.norm(a, axis=0)
    size[size == 0.0] = 1.0
    x = np.linalg.solve(a / size, b)
    x += np.linalg.solve(a / size, b - (a / size) @ x)
    return np.asarray(x / size)


# A quantile that is free.


@dataclass(frozen=True, eq=False)
class _Solved:
    """The vertex of least loss at one quantile; at others, τ·above + (1 − τ)·below is its loss.

    At the quantiles 0 and 1 it is the envelope's, for slopes of which one is 1, the other as if
    infinite.
    """

    quantile: float
    slopes: Slopes
    vertex: Vertex
    above: float
    below: float

    @staticmethod
    def of(task: _Task, quantile: float, slopes: Slopes, basis: Any = None) -> _Solved:
        vertex = least(task.rows, task.w, slopes, basis)
        return _Solved(quantile, slopes, vertex, *task.sums(vertex))

    def at(self, quantile: float) -> float:
        """The loss of this vertex at any quantile: an upper bound of the least."""
        return quantile * self.above + (1.0 - quantile) * self.below

    @property
    def height(self) -> float:
        """The log-likelihood of a row, less constants, with quantile and scale at their best."""
        return float(-2.0 * np.log(np.sqrt(self.above) + np.sqrt(self.below)))


def asymmetric_profile(
    X: Vector, y: Vector, weight: Vector | None = None
) -> tuple[float, Corner, float]:
    """The quantile of the highest likelihood, the corner there, and what may be left to gain.

    The least loss L(τ) is concave and piecewise linear. A vertex with weighted residuals A above
    and B below is best at τ = √B/(√A + √B), with −2 log(√A + √B) for each row; between two
    quantiles L lies above its chord, which bounds log τ(1 − τ) − log L. Branches split where the
    lines of two vertices meet and end where no vertex lies below that.

    Returns
    -------
    quantile : float
        0 or 1 where the limit is highest: the exponential law on the lower or upper envelope.
        The corner's loss is then Σ w |y − Xβ|, and its dual that of one absolute residual.
    corner : Corner
        With a loss of 0, but for rounding, the likelihood is unbounded, and nothing is proven.
    left : float
        No quantile and coefficients have a log-likelihood that is higher by more than this.
    """
    task = _Task.of(X, y, weight)
    total = float(task.w.sum())
    first, last = _envelope(task, True), _envelope(task, False)
    perfect = float(task.w @ task.rows.noise)  # but for rounding
    if min(first.above + first.below, last.above + last.below) <= perfect:
        return 0.5, task.corner(Slopes(0.5, 0.5)), np.inf
    best = max(first, last, key=lambda s: s.height)
    sure = first.vertex.proven and last.vertex.proven
    enough = min(GAIN, GAINS / total)
    # Where no envelope exists, L > 0 lies above the chord from 0 all the same.
    closed = max(-np.log(e.slopes.up * e.above + e.slopes.down * e.below) for e in (first, last))
    queue = [(-np.inf, 0, first, last)]
    solved = 0
    while queue and -queue[0][0] > best.height + enough and solved < QUANTILES:
        _, _, low, high = heapq.heappop(queue)
        meet = _meeting(low, high)
        if not low.quantile < meet < high.quantile:
            continue
        nearer = low if meet - low.quantile < high.quantile - meet else high
        way = len(task.w) * abs(meet - nearer.quantile)
        basis = nearer.vertex.basis if len(task.w) <= FEW or way <= NEARER else None
        middle = _Solved.of(task, meet, Slopes(meet, 1.0 - meet), basis)
        if middle.above + middle.below <= perfect:
            return 0.5, task.described(middle.vertex, middle.slopes), np.inf
        solved, sure = solved + 1, sure and middle.vertex.proven
        best = max(best, middle, key=lambda s: s.height)
        if middle.at(meet) >= low.at(meet) * (1.0 - LEVEL):
            closed = max(closed, best.height + np.log(low.at(meet) / middle.at(meet)))
            continue
        for i, (a, b) in enumerate(((low, middle), (middle, high))):
            heapq.heappush(queue, (-_over_chord(a, b), 2 * solved + i, a, b))
    bound = max([closed, best.height, *(-q[0] for q in queue)])
    left = float(total * (bound - best.height)) if sure else np.inf
    above, below = np.sqrt(best.above), np.sqrt(best.below)
    quantile = float(below / (above + below))
    edge = quantile in (0.0, 1.0)
    slopes = best.slopes if edge else Slopes(quantile, float(above / (above + below)))
    return quantile, task.corner(slopes, best.vertex.basis), left


def _envelope(task: _Task, lower: bool) -> _Solved:
    """The vertex for quantiles from 0 on, below all rows; for those up to 1, above them."""
    basis, steep = None, STEEP
    for _ in range(TIMES):
        slopes = Slopes(1.0, steep) if lower else Slopes(steep, 1.0)
        found = _Solved.of(task, 0.0 if lower else 1.0, slopes, basis)
        if (found.below if lower else found.above) == 0.0:
            return found
        basis, steep = found.vertex.basis, steep * STEEPER
    share = 1.0 / (1.0 + slopes.up + slopes.down)
    return replace(found, quantile=share if lower else 1.0 - share)


def _meeting(low: _Solved, high: _Solved) -> float:
    """The quantile at which two vertices have one loss."""
    below, above = high.below - low.below, low.above - high.above
    return below / (below + above) if below + above > 0.0 else np.inf


def _over_chord(low: _Solved, high: _Solved) -> float:
    """The most of log τ(1 − τ) − log(τ a + (1 − τ) b) between, for the chord of the losses."""
    ends = low.quantile, high.quantile
    losses = low.at(ends[0]), high.at(ends[1])
    slope = (losses[1] - losses[0]) / (ends[1] - ends[0])
    b = losses[0] - ends[0] * slope if ends[0] > 0.0 else losses[0]
    a = losses[1] + (1.0 - ends[1]) * slope if ends[1] < 1.0 else losses[1]
    if a <= 0.0 or b <= 0.0:
        top = ends[1] if a <= 0.0 else ends[0]
    else:
        top = float(np.clip(np.sqrt(b) / (np.sqrt(a) + np.sqrt(b)), *ends))
    if top in (0.0, 1.0):
        return float(-np.log(a if top == 0.0 else b))
    return float(np.log(top * (1.0 - top)) - np.log(top * a + (1.0 - top) * b))


# Weights that depend on other parameters.


def climb_corners(
    X: Vector,
    y: Vector,
    weights_of: Callable[[Any], tuple[Vector, float]],
    rest_of: Callable[[Vector, Any], Any],
    rest: Any,
) -> tuple[Corner, Any, int]:
    """Corners and a smooth rest in turn, until the rest no longer moves the corner.

    The kinks do not couple the two: a unique corner and a proper maximum of the rest given it
    are together a strict local maximum. There may be several: begin at several values of the rest
    and take the highest.

    Parameters
    ----------
    X, y : arrays, shapes (n, p) and (n,)
    weights_of : callable
        The check loss's weights, shape (n,), and quantile for a value of the rest.
    rest_of : callable
        The best value of the rest for coefficients, begun at another.
    rest : any
        Where to begin.

    Returns
    -------
    corner : Corner
    rest : any
    rounds : int
        How many corners were found; 0 if they did not settle, so that nothing is proven.
    """
    weight, quantile = weights_of(rest)
    task = _Task.of(X, y, weight)
    basis, before = None, None
    for rounds in range(1, ROUNDS + 1):
        slopes = Slopes(quantile, 1.0 - quantile)
        vertex = least(task.rows, task.w, slopes, basis)
        if before is not None and _same(before, vertex):
            return task.described(vertex, slopes), rest, rounds
        basis, before = vertex.basis, vertex
        rest = rest_of(_solved(task.rows.x[basis], task.rows.y[basis]), rest)
        weight, quantile = weights_of(rest)
        if np.array_equal(np.flatnonzero(weight), task.kept):
            task = replace(task, w=_Task.checked(weight)[task.kept])
        else:
            task, basis, before = _Task.of(X, y, weight), None, None
    return task.described(vertex, slopes), rest, 0


def _same(one: Vertex, other: Vertex) -> bool:
    """Whether two vertices are one point, whichever rows are said to determine it."""
    return bool(np.all(np.abs(one.residual[other.basis]) <= one.tolerance[other.basis]))
