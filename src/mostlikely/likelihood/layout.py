"""Where derivatives in a row's local variables go: which coordinates, through which columns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mostlikely.data.formula.design import Design

__all__ = ["Layout", "Variable"]


@dataclass(frozen=True, eq=False)
class Variable:
    """One local variable of a member's rows.

    Parameters
    ----------
    part : int
        The part that it belongs to.
    place : slice
        Its coordinates.
    design : Design, optional
        The columns that it follows; None for a number.
    scale : array or float
        What its coordinates are divided by before they multiply those.
    """

    part: int
    place: slice
    design: Design | None = None
    scale: Any = 1.0


@dataclass(frozen=True, eq=False)
class Layout:
    """Where derivatives in local variables go.

    Parameters
    ----------
    variables : tuple of Variable
    size : int
        The number of coordinates.
    """

    variables: tuple[Variable, ...]
    size: int
