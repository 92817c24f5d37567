"""Several columns by name, and the rows of them that are in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.blocks import Slices
from mostlikely.data.numbers import numeric, rows_of
from mostlikely.data.table import columns_of, unwrap
from mostlikely.errors import DataError, nearest

__all__ = ["Table"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Table:
    """What the user has, as columns by name.

    Parameters
    ----------
    names : tuple of str
    get : callable
        A name → the column as it lies in the user's table.
    rows : int
        How many rows are in use.
    keep : array of positions, optional
        Which ones; None where all are.
    """

    names: tuple[str, ...]
    get: Callable[[str], Any] = field(repr=False)
    rows: int
    keep: NDArray[np.intp] | None = None
    #: Columns that have been read, with the rows in use; init=False, so that they are not shared.
    read: dict[str, Any] = field(default_factory=dict, init=False, repr=False)

    @staticmethod
    def of(data: Any) -> Table:
        """The table of a dataframe, of a dict of arrays, or of a structured array.

        Raises
        ------
        DataError
            If the data are no table, or its columns differ in length.
        """
        found = columns_of(data)
        if found is None:
            raise DataError(
                "a model with formulas needs columns by name, and the data are a single column; "
                "pass a dataframe or a dict of arrays."
            )
        names, get = found
        if not names:
            raise DataError("the data have no columns; there is nothing to fit.")
        return Table(tuple(map(str, names)), get, len(unwrap(get(names[0]), str(names[0]))))

    def __contains__(self, name: str) -> bool:
        return name in self.names

    def raw(self, name: str) -> Any:
        """A column as an array, a list or slices, the rows in use.

        Raises
        ------
        DataError
            If there is no such column, or its length is not that of the others.
        """
        if name not in self.read:
            if name not in self.names:
                raise DataError(f"there is no column {name!r}; {nearest(name, self.names)}")
            values = unwrap(self.get(name), name)
            if self.keep is None and len(values) != self.rows:
                raise DataError(
                    f"the columns differ in length: {name} has {len(values)} rows, "
                    f"{self.names[0]} has {self.rows}."
                )
            self.read[name] = values if self.keep is None else _taken(values, self.keep)
        return self.read[name]

    def numbers(self, name: str, finite: bool = True) -> NDArray[Any]:
        """A column of numbers as an array, where it lies if it can.

        Raises
        ------
        DataError
            If it holds something else than numbers, or, unless allowed, infinities.
        """
        column = numeric(self.raw(name), name)
        values = getattr(column, "values", None)
        if values is None or np.ma.isMaskedArray(values):
            values = column.read(0, len(column))
        if finite and values.dtype.kind == "f":
            for start in range(0, len(values), 65536):
                if not np.isfinite(values[start : start + 65536]).all():
                    self.refuse(name, np.flatnonzero(~np.isfinite(values)), "infinite")
        return np.asarray(values)

    def refuse(self, name: str, rows: NDArray[np.intp], what: str) -> None:
        """Raise DataError: rows of a column are of a kind that cannot be used."""
        shown = [int(r) for r in self.positions(rows[:3])]
        raise DataError(
            f"{name} has {len(rows)} {what} {'value' if len(rows) == 1 else 'values'} "
            f"({rows_of(shown, len(rows))}); remove them, or make them missing and pass "
            'missing="drop".'
        )

    def positions(self, rows: Any) -> NDArray[np.intp]:
        """Where rows in use stand in the user's table."""
        rows = np.asarray(rows, dtype=np.intp)
        return rows if self.keep is None else np.asarray(self.keep[rows])

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Which rows of a column have no value."""
        values = self.raw(name)
        if isinstance(values, np.ndarray) and values.dtype.kind in "biu":
            return np.zeros(len(values), dtype=bool)
        if isinstance(values, np.ndarray) and values.dtype.kind == "f":
            out = np.isnan(np.ma.filled(values, np.nan))
            return np.asarray(out)
        if isinstance(values, Slices):
            return np.isnan(values.read(0, len(values)))
        return np.fromiter((_is_missing(v) for v in values), dtype=bool, count=len(values))

    def categories(self, name: str) -> list[Any] | None:
        """The order of a column's labels, if it declares one."""
        if name not in self.names:
            return None
        native = self.get(name)
        dtype = getattr(native, "dtype", None)
        if str(dtype) not in ("Categorical", "Enum") and "Enum" not in str(dtype):
            return None
        native = native if hasattr(native, "cat") else None
        return None if native is None else list(native.cat.get_categories().to_list())

    def kept(self, keep: NDArray[np.intp]) -> Table:
        """The same columns, some of the rows."""
        return replace(self, rows=len(keep), keep=self.positions(keep))

    def with_columns(self, more: dict[str, Any]) -> Table:
        """Further columns, which lie beside the user's."""
        get = self.get

        def either(name: str) -> Any:
            return more[name] if name in more else get(name)

        return replace(self, names=(*self.names, *more), get=either)

    def pandas(self, names: Iterable[str]) -> Any:
        """Some columns as a pandas frame, for the formula library."""
        import pandas as pd

        frame = {}
        for name in names:
            native = self.get(name)
            native = native.to_native() if hasattr(native, "to_native") else native
            if hasattr(native, "cat") and hasattr(native, "iloc"):
                column = native.reset_index(drop=True)
                frame[name] = (
                    column if self.keep is None else column.iloc[self.keep].reset_index(drop=True)
                )
                continue
            values = self.raw(name)
            frame[name] = values.read(0, len(values)) if isinstance(values, Slices) else values
        return pd.DataFrame(frame, index=range(self.rows))


def _taken(values: Any, keep: NDArray[np.intp]) -> Any:
    if isinstance(values, Slices):
        return values.read(0, len(values))[keep]
    return values[keep] if isinstance(values, np.ndarray) else [values[k] for k in keep]


def _is_missing(value: Any) -> bool:
    """None and NaN; pandas' NA has no truth value."""
    try:
        return value is None or not bool(value == value)
    except TypeError:
        return True
