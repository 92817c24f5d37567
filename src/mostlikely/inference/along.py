"""A parameter as a function of the coordinates, and the log-likelihood held along it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.calculus.link import Link
from mostlikely.inference.covariance import embedded, slopes
from mostlikely.inference.restricted import linear_row
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Stop
from mostlikely.solve.profile import Point
from mostlikely.solve.restrict import Function, Linear, follow, hold
from mostlikely.solve.restrict import Held as Climbed
from mostlikely.verdict.nonlinear import bent
from mostlikely.verdict.proof import Proof

__all__ = ["Along", "AlongExtremes", "Embed", "Held", "Setting", "coordinate_of", "settings"]

#: Parameters of one likelihood → those of another.
Embed = Callable[[Mapping[Any, Any]], Mapping[Any, Any]]
#: Log-likelihood left to gain where a climb of the others may stop.
ENOUGH = 1e-12
#: The same along a ridge.
LEVEL = 1e-9
#: Evaluations of a climb; and where the others may run off along a ridge.
MOST, SOON = 200, 40
#: How far out, in units of its start values, a curve may hide a maximum nearer to them.
FAR = 1e3
#: Evaluations that are remembered.
KEPT = 32
#: Newton steps to the value of an extreme at which a parameter has its own.
STEPS = 60


@dataclass(frozen=True, eq=False)
class Setting:
    """A log-likelihood in which a profile may be climbed: the whole model, or a limit of it.

    Parameters
    ----------
    loglik : LogLikelihood
    embed : callable
        Its parameters → those of the whole model.
    x : array, shape (k,)
        Its maximum, or a point near it.
    """

    loglik: LogLikelihood
    embed: Embed
    x: Vector


def settings(proof: Proof) -> tuple[Setting, Setting]:
    """Where the estimate is a maximum inside, and the whole model."""
    inner = Setting(proof.inner, proof.embed, proof.inner_optimum.x)
    if proof.embed is dict and proof.inner.size == proof.climbed.size:
        return inner, inner
    return inner, Setting(proof.climbed, dict, proof.optimum.x)


def coordinate_of(setting: Setting, key: Any, link: Link) -> Function | None:
    """A parameter on a link's scale as a function of the coordinates of a setting.

    None where it is at an edge there, or what the others make up.
    """
    loglik, embed = setting.loglik, setting.embed
    jets, whole = embedded(loglik, embed, setting.x)
    outer = whole.get(key)
    if not isinstance(outer, Jet):
        return None
    if outer is jets.get(key) and loglik.link(key).name == link.name:
        row = linear_row(loglik, key)
        if row is not None:
            return Linear(row[None, :]) if row.any() else None

    def g(x: Vector) -> tuple[Vector, Vector]:
        with np.errstate(all="ignore"):
            jet = link.forward(embedded(loglik, embed, x)[1][key])
            own = slopes(jet, len(jets))
            used = np.flatnonzero(own)
            row = own[used] @ loglik.jacobian(x)[used]
        return np.array([float(jet.value)]), row[None, :]

    return g


class Remembered:
    """A log-likelihood that knows its last evaluations: one climb begins where another ended."""

    def __init__(self, loglik: LogLikelihood) -> None:
        self.loglik = loglik
        self.units, self.total = loglik.units, loglik.total
        self.value, self.score = loglik.value, loglik.score
        self.seen: dict[bytes, Evaluation] = {}

    def __call__(self, x: Vector) -> Evaluation:
        """Value, score and information at a point."""
        key = x.tobytes()
        if key not in self.seen:
            if len(self.seen) == KEPT:
                del self.seen[next(iter(self.seen))]
            self.seen[key] = self.loglik(x)
        return self.seen[key]


@dataclass(frozen=True, eq=False)
class Held:
    """Along a function of the coordinates.

    Parameters
    ----------
    setting : Setting
    g : Function
    level : bool
        Whether a maximum that is level in some direction will do: others have run off as well.
    """

    setting: Setting
    g: Function
    level: bool = False

    @cached_property
    def objective(self) -> Remembered:
        """What is climbed."""
        return Remembered(self.setting.loglik)

    @property
    def start(self) -> Vector:
        """Where the others begin, shape (k,)."""
        return self.setting.x

    @cached_property
    def curved(self) -> Vector:
        """Which coordinates are numbers of a function, whose start values may be far from them."""
        return np.isfinite(bent(self.setting.loglik))

    @cached_property
    def ridge(self) -> bool:
        """Whether the others may run off along a ridge: an asymptote may be beyond the data."""
        return bool(self.curved.any())

    def units(self, x: Vector) -> Vector:
        """An ordinary step of each coordinate from a point, shape (k,)."""
        units = self.setting.loglik.units
        return np.where(self.curved, np.maximum(units, np.abs(x)), units)

    def t(self, x: Vector) -> float:
        """The parameter at a point, on the scale of its link."""
        return float(self.g(x)[0][0])

    def step(self) -> float:
        """An ordinary step of it."""
        row = self.g(self.setting.x)[1][0]
        return float(np.linalg.norm(row * self.units(self.setting.x)))

    def at(self, t: float, x: Vector, patient: bool = False) -> Point:
        """The maximum over the others, climbed from x."""
        steps = MOST if patient or not (self.ridge or self.level) else SOON
        self.objective.units = self.units(x)
        found = hold(self.objective, self.g, t, x, enough=ENOUGH, max_steps=steps)
        level = self.level or self.ridge
        if self.ridge and isinstance(self.g, Linear) and found.evaluation.finite:
            found = self.beyond(found, self.g, t)
        value = found.evaluation.value
        if not np.isfinite(value):
            return Point(t, -np.inf, np.nan, (self, x), False)
        settled = found.proven or (level and found.stop is Stop.FLAT)
        return Point(t, value, float(found.multipliers[0]), (self, found.x), settled)

    def beyond(self, found: Climbed, g: Linear, t: float) -> Climbed:
        """Where a climb of a curve ends if its numbers may run off, or have come from far out."""
        if not found.proven:
            found = follow(self.objective, g, found.x, self.units, LEVEL)
            self.objective.units = self.units(found.x)
            top = hold(self.objective, g, t, found.x, enough=ENOUGH, max_steps=SOON)
            found = top if top.proven else found
        units = self.setting.loglik.units
        if np.max(np.abs(found.x / units)[self.curved]) > FAR:  # where all is level, uphill or not
            self.objective.units = units
            start = np.where(self.curved, bent(self.setting.loglik), found.x)
            top = hold(self.objective, g, t, start, enough=ENOUGH, max_steps=SOON)
            if top.proven and top.evaluation.value > found.evaluation.value:
                return top
        return found


@dataclass(frozen=True, eq=False)
class AlongExtremes:
    """Along a function of numbers that are extreme values of the sample in a limit.

    The likelihood of the limit falls as one of them leaves the sample, and it is zero on the inner
    side; so, to have the parameter at another value, one of them moves outwards.

    Parameters
    ----------
    proof : Proof
        Of the limit, whose parameters are all extreme values.
    embed : Embed
    key : parameter
    link : Link
    """

    proof: Proof
    embed: Embed
    key: Any
    link: Link

    @property
    def start(self) -> Vector:
        """There are no others."""
        return np.zeros(0)

    def t(self, x: Vector) -> float:
        """The parameter where all are at their extremes."""
        with np.errstate(all="ignore"):
            value = self.embed({k: np.float64(v) for k, v in self.proof.params.items()})[self.key]
            return float(self.link.forward(value))

    def step(self) -> float:
        """A move of one of them by the spread of the data."""
        moves = [abs(self._moved(k, v)[1]) for k, v in self.proof.params.items()]
        return max(moves) * max(m.response_spread for m in self.proof.likelihood.members)

    def at(self, t: float, x: Vector, patient: bool = False) -> Point:
        """The highest of the points at which one of them has moved."""
        points = [self._with(k, t) for k in self.proof.held]
        return max(points, key=lambda p: p.value)

    def _with(self, key: Any, t: float) -> Point:
        """The limit where one of its numbers has moved, for the parameter to be t."""
        extreme = self.proof.params[key]
        nowhere = Point(t, -np.inf, np.nan, (self, self.start))
        value = extreme
        for _ in range(STEPS):
            here, slope = self._moved(key, value)
            ahead = value - (here - t) / slope if slope else np.nan
            if not np.isfinite(ahead):
                return nowhere
            near = abs(ahead - value) <= 4.0 * float(np.spacing(max(abs(value), abs(extreme))))
            value = ahead
            if near:
                break
        rest = self.proof.likelihood.holding({k: v for k, v in self.proof.held.items() if k != key})
        x = rest.linked({key: value})
        at = rest(x)
        if not at.finite:
            return nowhere
        rise = float(at.score[0] / rest.jacobian(x)[0, 0])
        return Point(t, at.value, rise / self._moved(key, value)[1], (self, self.start))

    def _moved(self, key: Any, value: float) -> tuple[float, float]:
        """The parameter where one of the numbers has a value, and its derivative."""
        with np.errstate(all="ignore"):
            (variable,) = seed([np.float64(value)], 1)
            found = self.embed({**self.proof.params, key: variable})[self.key]
            jet = self.link.forward(found)
        if not isinstance(jet, Jet):
            return float(jet), 0.0
        return float(jet.value), float(jet.grad[0] or 0.0)


#: A log-likelihood held at values of one parameter; a point's state is (this, where it was met).
Along = Held | AlongExtremes
