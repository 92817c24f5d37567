"""The same objective in another unit: divided by the mean weight of a row, and multiplied back.

What is level, what runs off and what is rounding are questions about rows that count once. With
weights of a millionth, or of a million, their answers are those of the divided objective.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from mostlikely.solve.climb import Corner, climb
from mostlikely.solve.objective import Divisible, Evaluation, Objective, Vector
from mostlikely.solve.optimum import Optimum

__all__ = ["Scaled", "climb_in_unit"]

#: Rows whose mean weight is this many times one, or one over it, are climbed in its unit.
ORDINARY = 30.0


def climb_in_unit(
    objective: Divisible,
    unit: float,
    starts: Sequence[Vector],
    *,
    corner: Corner | None = None,
    **more: Any,
) -> list[Optimum]:
    """As `climb`, divided by the mean weight of a row where that is far from one.

    Parameters
    ----------
    objective : Divisible
    unit : float
        The mean weight.
    starts : sequence of arrays, shape (k,)
    corner : callable, optional
    **more
        See `climb`.
    """
    if 1.0 / ORDINARY <= unit <= ORDINARY or not unit > 0.0:
        return climb(objective, starts, corner=corner, **more)
    scaled = Scaled(objective, unit)
    within = None if corner is None else partial(_corner_within, scaled, corner)
    return [scaled.back(top) for top in climb(scaled, starts, corner=within, **more)]


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


def _corner_within(
    scaled: Scaled, corner: Corner, _: Objective, x: Vector, stalled: bool
) -> Optimum | None:
    """A corner of the objective itself, as one of the scaled one."""
    found = corner(scaled.inner, x, stalled)
    return None if found is None else scaled.within(found)
