"""Maxima within linear constraints G x ≥ h, with their multipliers and the proof of the height.

A predictor whose link can leave its parameter's domain makes one such row of each row of a table.
The step maximises the quadratic model, made concave and proximal, within the constraints: a least
distance problem, solved through nonnegative least squares (Lawson and Hanson 1974, *Solving least
squares problems*, chapter 23.4), into which rows are brought as they are violated.

At the end the score is split in two (Moreau 1962): minus a nonnegative sum of active rows, and
the rest, which is the steepest feasible ascent. No rest, no ascent: Karush, Kuhn and Tucker
(Nocedal and Wright 2006, *Numerical optimization*, theorem 12.1). For a concave objective that
proves the maximum to be the highest of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.solve.faces import DEPENDENT, brought_in, least_distance, on_faces, split
from mostlikely.solve.objective import Evaluation, Objective, Positions, Vector

__all__ = ["Constrained", "deepest_point", "maximise_within"]

#: What may be left to gain, per unit of max(1, |ℓ|), at a proven maximum.
TOLERANCE = 1e-9
#: What is left to gain at which no further step is taken.
POLISHED = 1e-14
#: Differences of log-likelihoods below this, per observation, are rounding.
ROUNDING = 1e-13
#: How far from an edge, in units, a row counts as on it.
ON_EDGE = 1e-9
#: How far beyond an edge, in units, rounding may put a row.
BEYOND = 1e-12
#: How far, in units, a rest of the score may lead where there is no curvature to end it.
REACH = 4.0
#: The proximal term, per unit of the largest curvature: at first, at least and at most.
FIRST, LEAST, LARGEST = 1e-3, 1e-10, 1e20
#: Share of a step that is taken towards an edge on which the likelihood is not finite.
BEFORE = 0.9
#: How many times larger the information may become in a step: more is seen at a pole only.
POLE = 1e12
#: Share of the predicted gain at which a step is taken.
ENOUGH = 0.05
#: A reduced curvature, of rows and columns scaled to one, below minus this bends upwards.
UPWARDS = 1e-8
#: One as small as this is none.
FLAT = 1e-13
#: A direction in units with this share of the largest curvature's root carries none of its own.
NOTHING = 1e-8


@dataclass(frozen=True)
class Constrained:
    """The end of a climb within linear constraints.

    Parameters
    ----------
    x : array, shape (k,)
        The point; its active rows are on their edge but for rounding.
    evaluation : Evaluation
        Value, score and information there.
    active : array of int, shape (a,)
        Positions of the rows on their edge, ascending; those of multiplier zero met it by chance.
    multipliers : array, shape (a,)
        Of those rows, zero or more: score + Gᵀλ = 0, and ∂ℓ/∂h = −λ.
    gain : float
        What is left to gain within the constraints, by the quadratic model; inf where it has no
        maximum.
    steps : int
        Evaluations that it took.
    proven : bool
        Whether nothing is left to gain and the model bends upwards in no free direction. For a
        concave objective the height is then the highest within the constraints.
    flat : array, shape (k,), or None
        A free direction without information: the height is proven, the point is one of many.
    """

    x: Vector
    evaluation: Evaluation
    active: Positions
    multipliers: Vector
    gain: float
    steps: int
    proven: bool
    flat: Vector | None = None


@np.errstate(all="ignore")  # what leaves the range of floats is not finite, and is seen to be
def maximise_within(
    objective: Objective,
    x: Vector,
    G: Any,
    h: Any,
    *,
    max_steps: int = 200,
    enough: float = POLISHED,
) -> Constrained:
    """Climb from ``x`` to a maximum of the objective over G x ≥ h.

    Parameters
    ----------
    objective : Objective
        What to maximise; it is asked only for points within the constraints, to rounding.
    x : array, shape (k,)
        Where to begin: G x ≥ h.
    G : array, shape (m, k)
        The constraints, a row each. Rows may repeat, or depend on each other.
    h : array, shape (m,)
        Their least values.
    max_steps : int
        Evaluations allowed.
    enough : float
        What may be left to gain when the climb stops.

    Returns
    -------
    Constrained
    """
    rows = _Rows.of(G, h, np.asarray(objective.units, dtype=float))
    x = np.asarray(x, dtype=float)
    if np.any(rows.slack(x) < -rows.room(x)):
        raise ValueError("The climb begins outside its constraints.")
    at = objective(x)
    steps = 1
    if not at.finite:
        none = np.empty(0, dtype=np.intp)
        return Constrained(x, at, none, np.empty(0), np.inf, steps, False)
    rounding = ROUNDING * max(1.0, float(objective.total))
    here = _Here.of(rows, x, at)
    proximal, held, shortened = FIRST, here.pushing, False
    while steps < max_steps and (here.gain > enough or here.upwards):
        saddle = here.gain <= enough
        if saddle:
            step, predicted = here.across(rows), np.inf
        else:
            step, predicted, held = here.step(rows, proximal, held)
        moved = rows.moved(x, step)
        new = objective(moved)
        steps += 1
        if not saddle and not here.sees(rows, new) and steps < max_steps:
            # Some row cannot be on its edge, and says so there only: halt before it.
            moved = x + BEFORE * (moved - x)
            new = objective(moved)
            steps += 1
            predicted *= 1.0 - (1.0 - BEFORE) ** 2
        gained = new.value - at.value if here.sees(rows, new) else -np.inf
        if saddle and not gained > rounding:
            break
        if not saddle and predicted <= rounding and np.isfinite(gained):
            # Below the rounding of ℓ only the certificate can tell: what is left must shrink.
            if _Here.of(rows, moved, new).gain > 0.5 * here.gain or gained < -100.0 * rounding:
                if shortened or proximal <= LEAST:
                    break
                proximal, shortened = LEAST, True  # the proximal term may have made it so short
                continue
        elif not saddle and not gained >= ENOUGH * predicted:
            proximal *= 8.0
            if proximal > LARGEST:
                break
            continue
        x, at, proximal, shortened = moved, new, max(0.1 * proximal, LEAST), False
        here = _Here.of(rows, x, at)
    proven = here.gain <= TOLERANCE * max(1.0, abs(at.value)) and not here.upwards
    kept = rows.kept[here.active]
    order = np.argsort(kept)
    multipliers = here.multipliers / rows.norms[here.active]
    return Constrained(x, at, kept[order], multipliers[order], here.gain, steps, proven, here.flat)


def deepest_point(G: Any, h: Any, units: Any = 1.0) -> Vector | None:
    """A point well within G x ≥ h, by one linear program; None if no point is strictly inside.

    Parameters
    ----------
    G : array, shape (m, k)
    h : array, shape (m,)
    units : array, shape (k,), optional
        An ordinary step in each coordinate: depth is measured in these.

    Returns
    -------
    array, shape (k,), or None
    """
    from scipy.optimize import linprog

    G = np.asarray(G, dtype=float)
    units = np.broadcast_to(np.asarray(units, dtype=float), G.shape[1:])
    rows = _Rows.of(G, h, units)
    if rows.impossible or np.any(np.asarray(h)[~(G * units).any(axis=1)] >= 0.0):
        return None
    # Deeper than the rows' own distances there is no need to go: cones have no deepest point.
    size = float(np.abs(rows.least).max(initial=0.0)) or 1.0
    within = np.column_stack([-rows.normals, np.ones(len(rows.least))])
    bounds = [(None, None)] * len(units) + [(None, 1.0)]
    aim = np.append(np.zeros(len(units)), -1.0)
    found = linprog(aim, within, -rows.least / size, bounds=bounds, method="highs")
    if found.x is None:
        return None
    x = np.asarray(found.x[:-1] * size * units)
    return x if np.all(G @ x > h) else None


@dataclass(frozen=True, eq=False)
class _Rows:
    """The constraints in units, their rows of length one: normals @ (x / units) ≥ least."""

    normals: Vector
    least: Vector
    norms: Vector
    units: Vector
    kept: Positions
    impossible: bool

    @staticmethod
    def of(G: Any, h: Any, units: Vector) -> _Rows:
        G = np.asarray(G, dtype=float) * units
        h = np.broadcast_to(np.asarray(h, dtype=float), G.shape[:1])
        empty = ~G.any(axis=1)
        bound = ~empty & (h > -np.inf)
        norms = np.linalg.norm(G[bound], axis=1)
        return _Rows(
            G[bound] / norms[:, None],
            h[bound] / norms,
            norms,
            units,
            np.flatnonzero(bound),
            bool(np.any(h[empty] > 0.0)),
        )

    def slack(self, x: Vector) -> Vector:
        """How far inside each row is, in units, shape (m,)."""
        if self.impossible:
            return np.full(max(1, len(self.least)), -np.inf)
        return np.asarray(self.normals @ (x / self.units) - self.least)

    def room(self, x: Vector) -> float:
        """How far out a row may be by rounding."""
        size = float(np.linalg.norm(x / self.units)) + float(np.abs(self.least).max(initial=0.0))
        return max(BEYOND, 16.0 * float(np.finfo(float).eps) * size)

    def active(self, x: Vector) -> Positions:
        """The rows on their edge."""
        return np.flatnonzero(self.slack(x) <= max(ON_EDGE, 10.0 * self.room(x)))

    def moved(self, x: Vector, step: Vector) -> Vector:
        """A step in units from a point within, which ends within."""
        full = np.asarray(x + self.units * step)
        if np.all(self.slack(full) >= -self.room(full)):
            return full
        return np.asarray(x + self.units * (self.reach(self.slack(x), step, 0.0) * step))

    def reach(self, slack: Vector, step: Vector, still: float) -> float:
        """The share of a step, from rows so far inside, that ends within."""
        change = self.normals @ step
        falling = change < -still
        allowed = np.maximum(slack[falling], 0.0) / -change[falling]
        return min(1.0, float(allowed.min(initial=np.inf)))


@dataclass(frozen=True, eq=False)
class _Here:
    """What is known at a point: the curvature in units, and the certificate."""

    score: Vector
    values: Vector
    vectors: Vector
    slack: Vector
    active: Positions
    multipliers: Vector
    gain: float
    upwards: bool
    bent: Vector
    flat: Vector | None

    @staticmethod
    def of(rows: _Rows, x: Vector, at: Evaluation) -> _Here:
        score = at.score * rows.units
        information = at.information * np.outer(rows.units, rows.units)
        values, vectors = np.linalg.eigh(0.5 * (information + information.T))
        slack, active = rows.slack(x), rows.active(x)
        multipliers, rest = split(rows.normals[active], score)
        along = np.abs(vectors.T @ rest)
        with np.errstate(all="ignore"):
            bowl = np.where(values > 0.0, along**2 / (2.0 * values), np.inf)
        gain = float(np.sum(np.minimum(bowl, REACH * along)))
        pushing = rows.normals[active[multipliers > 0.0]]
        low, bent = _lowest(information, pushing)
        flat = bent * rows.units if abs(low) <= FLAT else None
        upwards = low < -UPWARDS
        return _Here(score, values, vectors, slack, active, multipliers, gain, upwards, bent, flat)

    @property
    def pushing(self) -> Positions:
        """The active rows that hold the score back."""
        return self.active[self.multipliers > 0.0]

    def step(
        self, rows: _Rows, proximal: float, held: Positions
    ) -> tuple[Vector, float, Positions]:
        """The best step of the concave model, in units, what it gains, and the rows it meets."""
        top = float(np.abs(self.values).max()) or float(np.abs(self.score).max())
        lifted = np.maximum(self.values, 0.0) + proximal * top
        roots = np.sqrt(lifted)
        along = (self.vectors.T @ self.score) / roots
        turned = self.vectors / roots  # step = turned @ (t + along), where |t| is least

        def solve(which: Positions) -> tuple[Vector, Vector, Vector]:
            faces = rows.normals[which] @ turned
            t, weights = least_distance(faces, -self.slack[which] - faces @ along)
            on = which[weights > 0.0]
            step = turned @ (t + along)
            if len(on):
                step = on_faces(lifted_matrix, self.score, rows.normals[on], -self.slack[on])
            return step, weights, rows.normals @ step + self.slack

        lifted_matrix = (self.vectors * lifted) @ self.vectors.T
        step, weights, which = brought_in(solve, held, len(self.score), BEYOND)
        gain = float(self.score @ step - 0.5 * step @ lifted_matrix @ step)
        return step, gain, which[weights > 0.0]

    def sees(self, rows: _Rows, new: Evaluation) -> bool:
        """Whether an evaluation is of the same function: finite, and not next to a pole."""
        if not new.finite:
            return False
        bend = np.abs(np.diag(new.information)) * rows.units**2
        steep = np.abs(self.values).max() + np.abs(self.score).max()
        return bool(bend.max() <= POLE * max(float(steep), 1e-300))

    def across(self, rows: _Rows) -> Vector:
        """A step of one unit at most off a saddle, along the direction that bends upwards."""
        best = np.zeros_like(self.bent)
        for step in (self.bent, -self.bent):
            reach = rows.reach(self.slack, step, BEYOND)
            if reach > np.linalg.norm(best):
                best = reach * step
        return best


def _lowest(information: Vector, rows: Vector) -> tuple[float, Vector]:
    """The least curvature along the edges of rows, scaled, and its unit direction."""
    null = np.eye(len(information))
    if len(rows):
        _, sizes, directions = np.linalg.svd(rows)
        null = directions[int(np.sum(sizes > DEPENDENT * sizes.max())) :].T
    if not null.shape[1]:
        return 1.0, np.zeros(len(information))
    reduced = null.T @ information @ null
    scale = np.sqrt(np.abs(np.diag(reduced)))
    top = float(scale.max()) or 1.0
    scale = np.where(scale > NOTHING * top, scale, top)
    values, vectors = np.linalg.eigh(reduced / np.outer(scale, scale))
    direction = null @ (vectors[:, 0] / scale)
    return float(values[0]), np.asarray(direction / np.linalg.norm(direction))
