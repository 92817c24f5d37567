"""What a solver sees of a problem: a function of k numbers, never a family or a table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

__all__ = ["Batch", "Divisible", "Evaluation", "Evaluations", "Objective", "Positions", "Vector"]

Vector = NDArray[np.float64]
Positions = NDArray[np.intp]


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
    """A function to be maximised, with exact first and second derivatives.

    Outside its domain the value is −inf or NaN, and the score and the information whatever they
    come to; nothing is raised.
    """

    @property
    def units(self) -> Vector:
        """An ordinary step in each coordinate, shape (k,): one on a log scale."""
        ...

    @property
    def total(self) -> float:
        """The number of observations: it sets what is rounding."""
        ...

    def value(self, x: Vector, /) -> float:
        """The value alone."""
        ...

    def score(self, x: Vector, /) -> Vector:
        """The gradient alone, shape (k,), at less than half the price of everything."""
        ...

    def __call__(self, x: Vector, /) -> Evaluation:
        """Value, score and information."""
        ...


@runtime_checkable
class Divisible(Objective, Protocol):
    """A sum over rows, of which a part is nearly the whole in proportion of `total`."""

    @property
    def rows(self) -> int:
        """The number of rows summed; 0 where no part can be had."""
        ...

    def part(self, rows: int, /) -> Divisible:
        """About that many rows, at fixed pseudo-random positions, in the same coordinates.

        The positions depend on numbers of rows only: never on the size of a block, and never in
        strides, which rows that repeat would fall in step with.
        """
        ...


@dataclass(frozen=True)
class Evaluations:
    """The evaluations of g objectives, a leading axis of `Evaluation`.

    Parameters
    ----------
    value : array, shape (g,)
    score : array, shape (g, k)
    information : array, shape (g, k, k)
    """

    value: Vector
    score: Vector
    information: Vector


class Batch(Protocol):
    """Many objectives of one shape."""

    @property
    def units(self) -> Vector:
        """An ordinary step in each coordinate of each, shape (g, k)."""
        ...

    @property
    def total(self) -> Vector:
        """The number of observations of each, shape (g,)."""
        ...

    def __call__(self, x: Vector, which: Positions, /) -> Evaluations:
        """Those of ``which``, shape (m,), each at its row of ``x``, shape (m, k)."""
        ...
