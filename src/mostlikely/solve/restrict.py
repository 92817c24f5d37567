"""Maxima on which functions of the coordinates keep given values.

A linear function leaves a plane, climbed in an orthonormal basis in units. Any other smooth one
leaves a curved surface: the step is Newton's for the Lagrangian in the tangent plane, from where
the point is brought back to the surface (Gabay 1982, "Minimizing a differentiable function over a
differential manifold", J. Optim. Theory Appl. 37:177, section 4). As every point compared keeps
the values, the likelihood itself says whether a step is good.

A restricted maximum is a maximum with its proof: no score along the surface, and a Lagrangian
whose information along it is positive definite (Nocedal and Wright 2006, theorem 12.6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.solve.newton import Stop, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.quadratic import Quadratic

__all__ = ["Held", "Linear", "Measured", "Restricted", "hold"]

#: Largest decrement at which a maximum may be called one, per unit of max(1, |ℓ|).
TOLERANCE = 1e-9
#: Decrement below which no further step is taken.
POLISHED = 1e-14
#: Differences of log-likelihoods below this, per observation, are rounding.
ROUNDING = 1e-13
#: The first trust region, in units, the largest, and the smallest that is worth a step.
FIRST, WIDEST, SHORTEST = 1.0, 8.0, 1e-13
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
#: Its second derivatives, contracted: (x, λ) → Σ λᵢ ∇²gᵢ, shape (k, k).
Curvature = Callable[[Vector, Vector], Vector]


class Measured(Objective, Protocol):
    """An objective that knows an ordinary step in each coordinate, and its observations."""

    @property
    def units(self) -> Vector:
        """An ordinary step in each coordinate, shape (k,)."""
        ...

    @property
    def total(self) -> float:
        """How many observations: it sets what is rounding."""
        ...


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
class Restricted:
    """An objective on the points origin + directions @ z.

    Parameters
    ----------
    objective : Objective
    origin : array, shape (k,)
    directions : array, shape (k, j)
        An ordinary step in each z, so that its units are one.
    """

    objective: Any
    origin: Vector
    directions: Vector

    @property
    def units(self) -> Vector:
        """One for each direction, shape (j,)."""
        return np.ones(self.directions.shape[1])

    @property
    def total(self) -> float:
        """The observations of the whole."""
        return float(self.objective.total)

    def point(self, z: Vector) -> Vector:
        """Where z is in the whole."""
        return np.asarray(self.origin + self.directions @ z)

    def value(self, z: Vector) -> float:
        """The log-likelihood there."""
        return float(self.objective.value(self.point(z)))

    def score(self, z: Vector) -> Vector:
        """Its gradient along the directions, shape (j,)."""
        return np.asarray(self.directions.T @ self.objective.score(self.point(z)))

    def __call__(self, z: Vector) -> Evaluation:
        """Value, score and information along the directions."""
        return _along(self.objective(self.point(z)), self.directions)


@dataclass(frozen=True)
class Held:
    """Where a climb ended on which functions keep their values.

    Parameters
    ----------
    x : array, shape (k,)
        The point.
    evaluation : Evaluation
        Log-likelihood, score and information there, of all coordinates.
    multipliers : array, shape (m,)
        score = Jᵀλ: how the restricted maximum changes with the values held.
    decrement : float
        The log-likelihood still to gain on the surface, by the quadratic model.
    stop : Stop
        Why it ended; it is a proven restricted maximum for ``Stop.OPTIMUM`` only.
    steps : int
        Evaluations that it took.
    """

    x: Vector
    evaluation: Evaluation
    multipliers: Vector
    decrement: float
    stop: Stop
    steps: int

    @property
    def proven(self) -> bool:
        """Whether it is a restricted maximum."""
        return self.stop is Stop.OPTIMUM


@np.errstate(all="ignore")  # what leaves the range of floats is not finite, and is seen to be
def hold(
    objective: Measured,
    g: Function,
    c: Any,
    x: Vector,
    *,
    curvature: Curvature | None = None,
    max_steps: int = 200,
    enough: float = POLISHED,
) -> Held:
    """Climb to the maximum of the objective where g(x) = c.

    Parameters
    ----------
    objective : Objective
    g : callable
        x → (values (m,), Jacobian (m, k)); a `Linear` is climbed in its plane.
    c : array, shape (m,), or float
        The values that g keeps.
    x : array, shape (k,)
        Where to begin: the maximum of all coordinates, or a point held nearby. The first step is
        that of its quadratic model, which is along the tangent of the profile.
    curvature : callable, optional
        (x, λ) → Σ λᵢ ∇²gᵢ, shape (k, k); central differences of the Jacobian by default.
    max_steps : int
        Evaluations allowed.
    enough : float
        Decrement at which to stop.

    Returns
    -------
    Held

    Raises
    ------
    ModelError
        If g is linear and no point has the values.
    """
    x = np.asarray(x, dtype=float)
    surface = _Surface(g, np.atleast_1d(np.asarray(c, dtype=float)), objective.units, curvature)
    on = _on_linear if isinstance(g, Linear) else _on_curved
    best: Held | None = None
    steps = 0
    at = objective(x)
    for begin in surface.starts(x, at):
        found = on(objective, surface, begin, max_steps, enough)
        steps += found.steps
        if best is None or _rank(found) > _rank(best):
            best = found
        if best.proven:
            break
    if best is None:
        if isinstance(g, Linear):
            raise ModelError("The conditions contradict each other: no point keeps all of them.")
        nothing = Evaluation(-np.inf, np.full_like(x, np.nan), at.information * np.nan)
        m = len(surface.c)
        return Held(x, nothing, np.full(m, np.nan), np.inf, Stop.NO_START, steps + 1)
    return Held(best.x, best.evaluation, best.multipliers, best.decrement, best.stop, steps + 1)


def _rank(held: Held) -> tuple[bool, float]:
    value = held.evaluation.value
    return held.proven, value if np.isfinite(value) else -np.inf


@dataclass(frozen=True, eq=False)
class _Surface:
    """The points where a function has its values, in units."""

    g: Function
    c: Vector
    units: Vector
    curvature: Curvature | None

    def at(self, x: Vector) -> tuple[Vector, Vector]:
        """How far the function is off its values, and its Jacobian in units."""
        values, jacobian = self.g(x)
        values = np.atleast_1d(np.asarray(values, dtype=float))
        return values - self.c, np.asarray(jacobian, dtype=float) * self.units

    def starts(self, x: Vector, at: Evaluation) -> Iterator[Vector]:
        """Points of the surface: the quadratic model's best one first, then the nearest."""
        inverse = _inverse(at, self.units)
        if inverse is not None:
            first = self.back(x, inverse)
            if first is not None:
                yield first
        nearest = self.back(x, np.eye(len(x)))
        if nearest is not None:
            yield nearest

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
        """Σ λᵢ ∇²gᵢ in units, shape (k, k)."""
        if self.curvature is not None:
            bent = np.asarray(self.curvature(x, multipliers))
            return np.asarray(bent * np.outer(self.units, self.units))
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


def _on_linear(
    objective: Measured, surface: _Surface, x: Vector, max_steps: int, enough: float
) -> Held:
    """The climb in the plane through a point of it."""
    off, jacobian = surface.at(x)
    directions = surface.units[:, None] * surface.basis(jacobian)
    line = Restricted(objective, x, directions)
    free = directions.shape[1]
    if not free:
        at = objective(x)
        stop = Stop.OPTIMUM if at.finite else Stop.NO_START
        decrement = 0.0 if at.finite else np.inf
        return Held(x, at, surface.multipliers(jacobian, at.score), decrement, stop, 1)
    top = maximise(
        line,
        np.zeros(free),
        np.ones(free),
        line.total,
        max_steps=max_steps,
        heed_edges=False,
        enough=enough,
    )
    whole = line.point(top.x)
    at = objective(whole)
    multipliers = surface.multipliers(jacobian, at.score)
    return Held(whole, at, multipliers, top.decrement, top.stop, top.steps + 1)


def _on_curved(
    objective: Measured, surface: _Surface, x: Vector, max_steps: int, enough: float
) -> Held:
    """The climb along a curved surface from a point of it."""
    rounding = ROUNDING * max(1.0, float(objective.total))
    at = objective(x)
    steps = 1
    if not at.finite:
        nothing = np.full(len(surface.c), np.nan)
        return Held(x, at, nothing, np.inf, Stop.NO_START, steps)
    here = _Tangent.of(surface, x, at)
    radius = FIRST
    while True:
        left = here.decrement
        if left <= enough:
            return here.held(here.top, steps)
        converged = left <= TOLERANCE * max(1.0, abs(here.at.value))
        while True:
            if steps >= max_steps:
                return here.held(here.top if converged else Stop.RAN_OUT, steps)
            step, predicted = here.model.step(radius)
            length = float(np.linalg.norm(step))
            moved = surface.back(here.x + surface.units * (here.basis @ step), np.eye(len(x)))
            gained = -np.inf
            if moved is not None:
                at = objective(moved)
                steps += 1
                gained = at.value - here.at.value if at.finite else -np.inf
            if moved is not None and at.finite and predicted <= rounding:
                # Below the rounding of ℓ only the score can tell: it must shrink.
                ahead = _Tangent.of(surface, moved, at)
                if ahead.decrement < 0.25 * left:
                    break
                return here.held(here.top if converged else Stop.STALLED, steps)
            if moved is not None and gained >= 1e-4 * predicted:
                ahead = _Tangent.of(surface, moved, at)
                break
            radius = 0.25 * length
            if radius < SHORTEST:
                return here.held(here.top if converged else Stop.STALLED, steps)
        if gained >= 0.75 * predicted and length >= 0.8 * radius:
            radius = min(3.0 * radius, WIDEST)
        elif gained < 0.25 * predicted:
            radius = 0.5 * length
        here = ahead


@dataclass(frozen=True, eq=False)
class _Tangent:
    """The Lagrangian's quadratic model in the tangent plane of a point of a surface."""

    x: Vector
    at: Evaluation
    multipliers: Vector
    basis: Vector
    model: Quadratic

    @staticmethod
    def of(surface: _Surface, x: Vector, at: Evaluation) -> _Tangent:
        _, jacobian = surface.at(x)
        basis = surface.basis(jacobian)
        multipliers = surface.multipliers(jacobian, at.score)
        information = at.information * np.outer(surface.units, surface.units)
        information = information + surface.bend(x, multipliers)
        inner = _along(Evaluation(at.value, at.score * surface.units, information), basis)
        return _Tangent(x, at, multipliers, basis, Quadratic.of(inner, np.ones(basis.shape[1])))

    @property
    def decrement(self) -> float:
        """What is left to gain along the surface."""
        return self.model.decrement if self.basis.shape[1] else 0.0

    @property
    def top(self) -> Stop:
        """What a point with no score along the surface is."""
        return Stop.FLAT if self.basis.shape[1] and self.model.flat is not None else Stop.OPTIMUM

    def held(self, stop: Stop, steps: int) -> Held:
        return Held(self.x, self.at, self.multipliers, self.decrement, stop, steps)


def _along(at: Evaluation, directions: Vector) -> Evaluation:
    inner = directions.T @ at.information @ directions
    return Evaluation(at.value, directions.T @ at.score, inner)


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
