"""What a solver sees of a problem."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Evaluation", "Objective", "Vector"]

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Evaluation:
    """A log-likelihood with its derivatives at one point.

    Parameters
    ----------
    value : float
        The log-likelihood.
    score : array, shape (k,)
        Its gradient.
    information : array, shape (k, k)
        Minus its Hessian.
    """

    value: float
    score: Vector
    information: Vector

    @property
    def finite(self) -> bool:
        """Whether every number in it is one."""
        return bool(
            np.isfinite(self.value)
            and np.isfinite(self.score).all()
            and np.isfinite(self.information).all()
        )


class Objective(Protocol):
    """A function to be maximised, with exact first and second derivatives."""

    def __call__(self, x: Vector, /) -> Evaluation:
        """Value, score and information there."""
        ...
