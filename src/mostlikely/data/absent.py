"""What stands in the place of the rows that a fit does not have: whoever reads them is told so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from mostlikely.data.formula.arrays import X
from mostlikely.data.formula.design import Design
from mostlikely.data.formula.pieces import Floats, Matrix
from mostlikely.data.source.blocks import Block
from mostlikely.data.source.table import Table
from mostlikely.errors import ModelError

__all__ = ["NoRows", "missing_data", "no_design", "stand_ins"]


def missing_data(what: str) -> ModelError:
    """That something needs the data, and how to have them."""
    return ModelError(
        f"{what} needs the data, and this fit is without them; keep them, "
        "fit.save(path, data=True), or fit again."
    )


@dataclass(frozen=True)
class NoRows:
    """The source of a sample whose rows are not there.

    Parameters
    ----------
    rows : int
        How many they were.
    """

    rows: int
    gaps: bool = False
    unit: float = 1.0

    def __len__(self) -> int:
        return self.rows

    @property
    def y(self) -> NoReturn:
        """Not there."""
        raise missing_data("this")

    w = y

    def blocks(self, size: int = 0) -> Iterator[Block]:
        """Not there."""
        raise missing_data("this")

    def pick(self, size: int) -> tuple[Floats, Floats]:
        """Not there."""
        raise missing_data("this")


@dataclass(frozen=True, eq=False)
class _NoPiece:
    """Columns of a design whose rows are not there."""

    width: int
    rows: int
    wide = None

    def __len__(self) -> int:
        return self.rows

    def fill(self, rows: Any, out: Floats) -> None:
        """Not there."""
        raise missing_data("this")

    def at(self, rows: Any) -> Any:
        """Not there."""
        raise missing_data("this")

    only = at


def no_design(terms: Sequence[str], width: int, rows: int, wide: bool = False) -> Design:
    """A design of so many columns whose rows are not there; one without columns is whole."""
    if not width:
        return Design([Matrix(np.empty((rows, 0)))], terms)
    design = Design([_NoPiece(width, rows)], terms)
    design.wide = wide
    return design


def stand_ins(columns: Mapping[str, Any]) -> Table:
    """A table of columns of the right kinds with rows that stand for none.

    Parameters
    ----------
    columns : mapping of name to kind
        "numbers", "booleans", the width of an array of predictors, or the levels of labels.
    """
    rows = max([2, *(len(kind) for kind in columns.values() if isinstance(kind, list | tuple))])
    made: dict[str, Any] = {}
    for name, kind in columns.items():
        if isinstance(kind, list | tuple):
            made[name] = [kind[k % len(kind)] for k in range(rows)] if kind else [""] * rows
        elif name == X:
            made[name] = np.ones((rows, int(kind)))
        else:
            made[name] = np.zeros(rows, dtype=bool) if kind == "booleans" else np.ones(rows)
    return Table(tuple(made), made.__getitem__, rows)
