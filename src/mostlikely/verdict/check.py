"""What a check is: one way in which the supremum can lie elsewhere than where a climb ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.maximise import Options
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict.proof import Proof

__all__ = ["Again", "Check", "Ended", "as_high", "rounding"]

#: Log-likelihoods nearer to each other than this are equally high, per unit of the larger of |ℓ|
#: and the mean weight of a row: so no answer depends on the unit of the weights.
TIE = 1e-9


@dataclass(frozen=True)
class Ended:
    """Where the search for a maximum ended.

    Parameters
    ----------
    loglik : LogLikelihood
        What was climbed.
    optimum : Optimum
        The best end.
    others : tuple of Optimum
        Other ends, lower ones.
    searches : int
        From how many starts it was climbed.
    """

    loglik: LogLikelihood
    optimum: Optimum
    others: tuple[Optimum, ...] = ()
    searches: int = 1

    @property
    def inside(self) -> bool:
        """Whether it is a maximum."""
        return self.optimum.stop is Stop.OPTIMUM


@dataclass(frozen=True)
class Again:
    """What a check may ask for; handed in, so that no check imports the driver.

    Parameters
    ----------
    climb : callable
        (loglik, starts, options) → optima, the highest first.
    estimate : callable
        (loglik, start) → the proof of another log-likelihood.
    max_steps : int
        Evaluations allowed per climb.
    """

    climb: Callable[[LogLikelihood, Sequence[Vector], Options], list[Optimum]]
    estimate: Callable[[LogLikelihood, Mapping[Any, float] | None], Proof]
    max_steps: int


class Check(Protocol):
    """One way in which the supremum can lie elsewhere.

    Attributes
    ----------
    name : str
        As the docs call it.
    """

    name: ClassVar[str]

    def suspects(self, ended: Ended) -> bool:
        """Whether it is worth a look; cheap."""

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof that the supremum lies there, with its height; None if it does not."""


def rounding(loglik: LogLikelihood, height: float, share: float = TIE) -> float:
    """What is no difference to a height of a log-likelihood."""
    return float(share * max(loglik.unit, abs(height)))


def as_high(loglik: LogLikelihood, height: float, other: float) -> bool:
    """Whether a height is at least as high as another, but for rounding."""
    return height >= other - rounding(loglik, height)
