"""The same objective in another unit: divided by the mean weight of a row, and multiplied back.

What is level, what runs off and what is rounding are questions about rows that count once. With
weights of a millionth, or of a million, their answers are those of the divided objective.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from mostlikely.solve.objective import Divisible, Evaluation, Vector
from mostlikely.solve.optimum import Optimum

__all__ = ["Scaled"]


@dataclass(frozen=True, eq=False)
class Scaled:
    """An objective divided by a number.

    Parameters
    ----------
    inner : Divisible
    unit : float
        What it is divided by.
    """

    inner: Divisible
    unit: float

    @property
    def units(self) -> Vector:
        """As of the objective itself: they are steps of coordinates."""
        return self.inner.units

    @property
    def total(self) -> float:
        """The number of observations, in the unit."""
        return self.inner.total / self.unit

    @property
    def rows(self) -> int:
        """The number of rows summed."""
        return self.inner.rows

    def value(self, x: Vector, /) -> float:
        """The value alone."""
        return self.inner.value(x) / self.unit

    def score(self, x: Vector, /) -> Vector:
        """The gradient alone, shape (k,)."""
        return self.inner.score(x) / self.unit

    def __call__(self, x: Vector, /) -> Evaluation:
        """Value, score and information."""
        return _times(self.inner(x), 1.0 / self.unit)

    def part(self, rows: int, /) -> Scaled:
        """About that many rows of it."""
        return replace(self, inner=self.inner.part(rows))

    def within(self, top: Optimum) -> Optimum:
        """An end of the objective itself, as one of this."""
        return _moved(top, 1.0 / self.unit)

    def back(self, top: Optimum) -> Optimum:
        """An end of this, as one of the objective itself."""
        return _moved(top, self.unit)


def _times(at: Evaluation, factor: float) -> Evaluation:
    return Evaluation(at.value * factor, at.score * factor, at.information * factor)


def _moved(top: Optimum, factor: float) -> Optimum:
    return replace(top, at=_times(top.at, factor), decrement=top.decrement * factor)
