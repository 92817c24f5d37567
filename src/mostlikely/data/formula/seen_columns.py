"""What a declaration of how y was seen reads of a table: numbers, events, ends of counts."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.terms import evaluate
from mostlikely.data.source.numbers import few, rows_of
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError

__all__ = ["Ends", "Floats", "Reader"]

Floats = NDArray[np.float64]
Ends = tuple[Floats, Floats]
TESTS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Reader:
    """A table as a declaration reads it.

    Parameters
    ----------
    table : Table
    whole : bool
        Whether y holds whole numbers only, so that beyond c begins at the next.
    """

    table: Table
    whole: bool = False

    def numbers(self, what: Any) -> Floats:
        """A number for each row: one for all, a column's, or computed of columns."""
        if not isinstance(what, str):
            return np.full(self.table.rows, float(what))
        if what in self.table or what.isidentifier():
            return np.asarray(self.table.numbers(what, finite=False), dtype=np.float64)
        return np.asarray(evaluate(what, self.table), dtype=np.float64)

    def events(self, column: str, test: tuple[str, Any] | None) -> NDArray[np.bool_]:
        """In which rows a column says that the event was seen.

        Raises
        ------
        DataError
            If it holds other values than two that say yes and no, and is compared with none; if it
            is compared with a value of another kind.
        """
        codes, levels = self.table.labelled(column)
        values = [level.item() if isinstance(level, np.generic) else level for level in levels]
        if test is None:
            strange = [v for v in values if v not in (0, 1)]
            if strange:
                shown = ", ".join(repr(v) for v in strange[:3])
                raise DataError(
                    f"{column} says which rows were seen, by 0 and 1 or False and True, and holds "
                    f"{shown}{', ...' if len(strange) > 3 else ''}; say which value is the event: "
                    f'event="{column} == {strange[-1]!r}".'
                )
            found = [bool(v) for v in values]
        else:
            sign, asked = test
            if any(isinstance(v, str) != isinstance(asked, str) for v in values):
                kind = "text" if isinstance(values[0], str) else "numbers"
                raise DataError(
                    f"{column} holds {kind}, and event compares it with {asked!r}; its values are "
                    f"{', '.join(map(repr, values[:4]))}."
                )
            if sign == "==" and asked not in values:
                raise DataError(
                    f"no row has {column} == {asked!r}, so there is no event; its values are "
                    f"{', '.join(map(repr, values[:4]))}."
                )
            found = [bool(TESTS[sign](v, asked)) for v in values]
        return np.array(found, dtype=bool)[codes]

    def beyond(self, y: Floats) -> Floats:
        """The smallest value above y that is possible, or y where there is none."""
        return np.floor(y) + 1.0 if self.whole else y

    def before(self, y: Floats) -> Floats:
        """The largest value below y that is possible, or y where there is none."""
        return np.ceil(y) - 1.0 if self.whole else y

    def refuse(self, wrong: NDArray[np.bool_], what: Any, said: str, *shown: Floats) -> None:
        """Raise DataError if something is wrong in some rows.

        Parameters
        ----------
        what : str
            A column, or in words what it is about.
        said : str
            What is wrong, and what to do.
        *shown : arrays of shape (rows,)
            The numbers to show of the first rows.
        """
        rows = np.flatnonzero(wrong)
        if not len(rows):
            return
        places = [int(r) for r in self.table.positions(rows[:3])]
        values: Sequence[str] = [" to ".join(f"{v[r]:.10g}" for v in shown) for r in rows[:3]]
        where = few(list(values), places, len(rows)) if shown else rows_of(places, len(rows))
        count = f"in {len(rows)} row{'s' * (len(rows) > 1)}"
        raise DataError(f"{what} {said} ({count}: {where}).")
