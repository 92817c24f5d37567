"""Where a climb ended, and why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Optimum", "Stop"]


class Stop(StrEnum):
    """Why the climb ended; the value is the clause that a person reads."""

    OPTIMUM = "the score is zero and the information positive definite"
    FLAT = "the score is zero, but the likelihood is flat in some direction"
    EDGE = "the climb runs off along a direction in which the likelihood levels out"
    STALLED = "no step of any length gains, yet the score is not zero"
    RAN_OUT = "the steps allowed ran out"
    NO_START = "the likelihood is not finite at any start value"


@dataclass(frozen=True)
class Optimum:
    """Where a climb ended.

    Parameters
    ----------
    x : array, shape (k,)
        The point.
    at : Evaluation
        Log-likelihood, score and information there.
    decrement : float
        The log-likelihood still to gain, by the quadratic model; inf where that is no maximum.
    steps : int
        Evaluations with derivatives that it took.
    stop : Stop
        Why it ended.
    direction : array, shape (k,), or None
        The unit direction, in the coordinates' own units, that is flat or runs off.
    travelled : array, shape (k,), or None
        How far the climb came from its start, in units.
    """

    x: Vector
    at: Evaluation
    decrement: float
    steps: int
    stop: Stop
    direction: Vector | None = None
    travelled: Vector | None = None
