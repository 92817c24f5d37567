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

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.solve.maximise import POLISHED, ROUNDING, Options, Point, Region, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.optimum import Stop
from mostlikely.solve.quadratic import Quadratic
from mostlikely.solve.surface import Function, Linear, Surface

__all__ = ["Function", "Held", "Linear", "Restricted", "follow", "hold"]

#: The first trust region, in units, and the largest.
FIRST, WIDEST = 1.0, 8.0
#: Steps along a ridge, the first in units and the shortest, and those back to it after each.
ALONG, STEP, SHORTEST, BACK = 80, 1.0, 1e-4, 5
#: The log-likelihood that may be left to gain across it; the share of the largest information
#: below which there is none.
LITTLE = 1e-10


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
    surface = Surface(g, np.atleast_1d(np.asarray(c, dtype=float)), objective.units)
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
    return replace(best, steps=steps + 1)


@np.errstate(all="ignore")
def follow(
    objective: Objective,
    g: Linear,
    x: Vector,
    units: Callable[[Vector], Vector],
    enough: float,
) -> Held:
    """Climb along a ridge that bends, too narrow for steps that are straight.

    A step along the direction of least information, in units that change with the point, is
    followed by Newton's steps across it; where no maximum is, it doubles for as long as it gains.

    Parameters
    ----------
    objective : Objective
    g : Linear
    x : array, shape (k,)
        A point on which g has its values.
    units : callable
        An ordinary step of each coordinate from a point.
    enough : float
        The log-likelihood at which to stop: what is left to gain, or what a step has gained. It
        is a level then, unless a climb from there ends at a maximum.
    """
    at, length, gained, steps, stop = objective(x), STEP, np.inf, 1, Stop.RAN_OUT
    for _ in range(ALONG):
        surface = Surface(g, np.zeros(len(g.matrix)), units(x))
        jacobian = surface.at(x)[1]
        directions = surface.units[:, None] * surface.basis(jacobian)
        here = _along(at, directions)
        model = Point(x, here, np.ones(directions.shape[1]))
        sizes, ways = np.linalg.eigh(here.information)
        if model.left <= enough or gained <= enough or length < SHORTEST:
            ridge = length >= SHORTEST and np.sum(sizes < LITTLE * sizes[-1]) <= 1
            stop = Stop.FLAT if ridge else Stop.STALLED  # on a plateau nothing is uphill
            break
        way = ways[:, 0] * (np.sign(here.score @ ways[:, 0]) or 1.0)
        ahead, across = x + directions @ (length * way), directions @ ways[:, 1:]
        there, steps = objective(ahead), steps + 1
        for _ in range(BACK):
            back = Point(ahead, _along(there, across), np.ones(across.shape[1]))
            if not (there.finite and LITTLE < back.left < np.inf):
                break
            ahead = ahead + across @ back.model.step(STEP)[0]
            there, steps = objective(ahead), steps + 1
        if there.finite and there.value > at.value:
            gained = there.value - at.value if length == STEP else np.inf
            x, at, length = ahead, there, min(2.0 * length, STEP)
        else:
            length *= 0.25
    multipliers = surface.multipliers(jacobian, at.score)
    return Held(x, at, multipliers, model.left, stop, steps)


def _rank(held: Held) -> tuple[bool, float]:
    value = held.evaluation.value
    return held.proven, value if np.isfinite(value) else -np.inf


def _on_linear(
    objective: Objective, surface: Surface, x: Vector, max_steps: int, enough: float
) -> Held:
    """The climb in the plane through a point of it."""
    _, jacobian = surface.at(x)
    line = Restricted(objective, x, surface.units[:, None] * surface.basis(jacobian))
    options = Options(tolerance=enough, max_steps=max_steps, stop_at_edges=False)
    top = maximise(line, np.zeros(line.directions.shape[1]), options=options)
    whole = line.point(top.x)
    at = objective(whole)
    multipliers = surface.multipliers(jacobian, at.score)
    return Held(whole, at, multipliers, top.decrement, top.stop, top.steps + 1)


def _on_curved(
    objective: Objective, surface: Surface, x: Vector, max_steps: int, enough: float
) -> Held:
    """The climb along a curved surface from a point of it."""
    here, steps = _Tangent(x, objective(x), surface.units, surface), 1
    if not here.at.finite:
        nothing = np.full(len(surface.c), np.nan)
        return Held(x, here.at, nothing, np.inf, Stop.NO_START, steps)
    region, stop = Region(FIRST, WIDEST, ROUNDING * max(1.0, objective.total)), None
    while stop is None and here.left > enough:
        ahead, looks = region.advanced(objective, here, max_steps - steps)
        steps += looks
        if isinstance(ahead, _Tangent):
            here = ahead
        else:
            stop = region.stop(here)
    return Held(here.x, here.at, here.multipliers, here.left, stop or here.top, steps)


@dataclass(frozen=True, eq=False)
class _Tangent(Point):
    """A point of a surface, with the Lagrangian's quadratic model in the tangent plane."""

    surface: Surface

    @cached_property
    def jacobian(self) -> Vector:
        return self.surface.at(self.x)[1]

    @cached_property
    def basis(self) -> Vector:
        return self.surface.basis(self.jacobian)

    @cached_property
    def multipliers(self) -> Vector:
        return self.surface.multipliers(self.jacobian, self.at.score)

    @cached_property
    def model(self) -> Quadratic:
        information = self.at.information * np.outer(self.units, self.units)
        information = information + self.surface.bend(self.x, self.multipliers)
        whole = Evaluation(self.at.value, self.at.score * self.units, information)
        return Quadratic.of(_along(whole, self.basis), np.ones(self.basis.shape[1]))

    def moved(self, objective: Objective, step: Vector) -> _Tangent | None:
        x = self.surface.back(self.x + self.units * (self.basis @ step), np.eye(len(self.x)))
        return None if x is None else _Tangent(x, objective(x), self.units, self.surface)


def _along(at: Evaluation, directions: Vector) -> Evaluation:
    inner = directions.T @ at.information @ directions
    return Evaluation(at.value, directions.T @ at.score, inner)
