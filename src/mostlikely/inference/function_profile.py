"""The profile of a function of the parameters, held as it is.

The likelihood is maximised where the function keeps a value (`solve.restrict.hold`); the interval
has the values at which the likelihood ratio is not rejected (Venzon and Moolgavkar 1988).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import chdtri

from mostlikely.errors import ModelError
from mostlikely.inference.along import Held, Setting
from mostlikely.inference.covariance import inverse
from mostlikely.inference.profile import Unsettled
from mostlikely.inference.restricted import KNOWN
from mostlikely.likelihood.special import limits_of
from mostlikely.solve.objective import Vector
from mostlikely.solve.profile import Point, profile_end
from mostlikely.solve.restrict import Function
from mostlikely.verdict.estimate import estimate
from mostlikely.verdict.proof import Proof

__all__ = ["Profiled", "Scale"]

#: Values that are remembered.
KEPT = 32


@dataclass(frozen=True)
class Scale:
    """The real line for what lies between two ends: itself, a logarithm or log odds."""

    low: float
    high: float

    def of(self, value: float) -> tuple[float, float]:
        """Where a value is on it, and how fast it moves there."""
        below, above = np.isfinite(self.low), np.isfinite(self.high)
        left, right = np.float64(value) - self.low, self.high - np.float64(value)
        if below and above:
            return float(np.log(left / right)), float(1.0 / left + 1.0 / right)
        if below:
            return float(np.log(left)), float(1.0 / left)
        return (float(-np.log(right)), float(1.0 / right)) if above else (float(value), 1.0)

    def back(self, t: float) -> float:
        """The value."""
        below, above = np.isfinite(self.low), np.isfinite(self.high)
        with np.errstate(all="ignore"):
            if below and above:
                return float(self.low + (self.high - self.low) / (1.0 + np.exp(-np.float64(t))))
            if below:
                return float(self.low + np.exp(np.float64(t)))
            return float(self.high - np.exp(-np.float64(t))) if above else float(t)


class _Remembered:
    """A function that knows its last values: a climb asks for them again at a point."""

    def __init__(self, g: Function) -> None:
        self.g = g
        self.seen: dict[bytes, tuple[Vector, Vector]] = {}

    def __call__(self, x: Vector) -> tuple[Vector, Vector]:
        """Its value and its gradient."""
        key = x.tobytes()
        if key not in self.seen:
            if len(self.seen) == KEPT:
                del self.seen[next(iter(self.seen))]
            self.seen[key] = self.g(x)
        return self.seen[key]


@dataclass(eq=False)
class Profiled:
    """The profile of a smooth function of the coordinates.

    Parameters
    ----------
    fit : Fit
    proof : Proof
        Of an estimate inside.
    scale : Scale
        On which it is followed.
    value : float
        The function at the estimate.
    target : callable
        A likelihood → the function in its coordinates, on the scale; None where it has none.
    """

    fit: Any
    proof: Proof
    scale: Scale
    value: float
    target: Callable[[Setting], Function | None]

    def __post_init__(self) -> None:
        proof = self.proof
        self.fit._chi_square("profile interval")
        if not proof.likelihood.sample.weighting.calibrated:
            raise ModelError(
                "a likelihood ratio with sampling weights is not chi-square, so there is no "
                'profile interval; use method="wald", whose errors are the sandwich.'
            )
        if proof.verdict.kind != "interior" or proof.held:
            raise ModelError(
                "the profile of a function is followed from a maximum inside, and there is none: "
                f"{proof.verdict} Take the profile of a parameter."
            )
        if any(m.check_loss is not None for m in proof.likelihood.members):
            raise ModelError(
                f"the log-likelihood of {self.fit.model!r} has corners, along which functions of "
                'the parameters are not followed; use method="wald".'
            )

    @cached_property
    def held(self) -> Held:
        """The likelihood along it."""
        setting = Setting(self.proof.inner, dict, self.proof.inner_optimum.x)
        g = self.target(setting)
        assert g is not None
        return Held(setting, _Remembered(g))

    @cached_property
    def limits(self) -> list[Held]:
        """The same of the limits of the model, where the others may have run off."""
        out: list[Held] = []
        if len(self.proof.likelihood.members) > 1:
            return out
        for limit in limits_of(self.proof.climbed):
            proof = estimate(limit.loglik)
            x = proof.optimum.x
            if proof.verdict.kind in KNOWN and len(x) and np.isfinite(x).all() and not proof.held:
                setting = Setting(proof.climbed, limit.embed, x)
                g = self.target(setting)
                if g is not None and np.isfinite(g(x)[0]).all():
                    out.append(Held(setting, _Remembered(g)))
        return out

    @cached_property
    def begin(self) -> Point:
        """The peak."""
        t = self.held.t(self.held.start)
        return Point(t, self.proof.loglik, 0.0, (self.held, self.held.start))

    def at(self, t: float, near: Point) -> Point:
        """The highest point where the function is t, climbed from a point nearby."""
        along: Held = near.state[0]
        here = along.at(t, near.state[1])
        if here.settled:
            return here
        best = self.elsewhere(t, here)
        if best.settled:
            return best
        return along.at(t, here.state[1], patient=True)

    def elsewhere(self, t: float, here: Point) -> Point:
        """The same in limits of the model, if it is higher there."""
        points = [held.at(t, held.start) for held in self.limits if here.state[0] is not held]
        best = max((p for p in points if p.settled), key=lambda p: p.value, default=here)
        lower = np.isfinite(here.value) and best.value < here.value - 1e-9 * abs(here.value)
        return here if lower else best

    def fall(self, t: float) -> float:
        """By how much the log-likelihood falls where the function is t."""
        found = self.at(t, self.begin)
        best = self.elsewhere(t, found)
        if not (found.settled or best.settled):
            return np.inf
        return self.proof.loglik - max(found.value, best.value)

    def interval(self, level: float) -> tuple[float, float]:
        """(low, high).

        Raises
        ------
        Unsettled
            If an end is not known, or a higher maximum was met.
        """
        begin = self.begin
        if not np.isfinite(begin.t):
            raise ModelError(
                f"its value, {self.value:g}, is at an end of what it can be, and has no profile."
            )
        row = self.held.g(self.held.start)[1][0]
        if not row.any():
            return self.value, self.value  # it says nothing of the parameters
        with np.errstate(all="ignore"):
            variance = float(row @ inverse(self.proof.inner_optimum.at.information) @ row)
        unit = float(np.sqrt(variance)) if variance > 0.0 else self.held.step()
        ends = []
        for sign in (-1.0, 1.0):
            found = profile_end(
                self.at,
                begin,
                sign,
                peak=self.proof.loglik,
                q=float(chdtri(1, 1.0 - level)),
                unit=unit,
                verify=self.elsewhere if self.limits else None,
                ridge=self.held.ridge,
            )
            if not found.settled:
                side = "lower" if sign < 0.0 else "upper"
                raise Unsettled(
                    f"the {side} end of the profile interval is not known: at some of the "
                    f"{found.steps} values tried the parameters met no maximum, or a higher one "
                    'than the estimate; use method="wald".'
                )
            ends.append(self.scale.back(sign * np.inf if found.open else found.t))
        return min(ends), max(ends)
