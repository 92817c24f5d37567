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

from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.solve.maximise import POLISHED, TOLERANCE, Options, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.optimum import Stop
from mostlikely.solve.quadratic import Quadratic
from mostlikely.solve.surface import Curvature, Function, Linear, Surface

__all__ = ["Curvature", "Function", "Held", "Linear", "Restricted", "hold"]

#: Differences of log-likelihoods below this, per observation, are rounding.
ROUNDING = 1e-13
#: The first trust region, in units, the largest, and the smallest that is worth a step.
FIRST, WIDEST, SHORTEST = 1.0, 8.0, 1e-13


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
    objective: Objective,
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
    surface = Surface(g, np.atleast_1d(np.asarray(c, dtype=float)), objective.units, curvature)
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


def _on_linear(
    objective: Objective, surface: Surface, x: Vector, max_steps: int, enough: float
) -> Held:
    """The climb in the plane through a point of it."""
    _, jacobian = surface.at(x)
    directions = surface.units[:, None] * surface.basis(jacobian)
    line = Restricted(objective, x, directions)
    free = directions.shape[1]
    if not free:
        at = objective(x)
        stop = Stop.OPTIMUM if at.finite else Stop.NO_START
        decrement = 0.0 if at.finite else np.inf
        return Held(x, at, surface.multipliers(jacobian, at.score), decrement, stop, 1)
    options = Options(tolerance=enough, max_steps=max_steps, stop_at_edges=False)
    top = maximise(line, np.zeros(free), options=options)
    whole = line.point(top.x)
    at = objective(whole)
    multipliers = surface.multipliers(jacobian, at.score)
    return Held(whole, at, multipliers, top.decrement, top.stop, top.steps + 1)


def _on_curved(
    objective: Objective, surface: Surface, x: Vector, max_steps: int, enough: float
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
    def of(surface: Surface, x: Vector, at: Evaluation) -> _Tangent:
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
