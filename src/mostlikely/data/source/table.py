"""Several columns by name, and the rows of them that are in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.source.blocks import Column, Slices
from mostlikely.data.source.columns import Declared, columns_of, declared_order, unwrap
from mostlikely.data.source.labels import encoded, whole_numbers
from mostlikely.data.source.numbers import EXACT, check_shape, numeric, too_large, unusable
from mostlikely.errors import DataError, nearest
from mostlikely.family.levels import is_missing

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
    read: dict[Any, Any] = field(default_factory=dict, init=False, repr=False)

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
        by_name = {str(name): name for name in names}
        # Asked once per column: a lazy frame would be collected each time.
        column = cache(lambda name: get(by_name[name]))
        first = str(names[0])
        return Table(tuple(by_name), column, _length(column(first), first))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled with its columns: a reader of a frame cannot travel."""
        columns = {name: self.get(name) for name in self.names}
        return Table, (self.names, columns.__getitem__, self.rows, self.keep)

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
            values = _whole(self._column(name), name)
            if self.keep is None and len(values) != self.rows:
                raise DataError(
                    f"the columns differ in length: {name} has {_rows(len(values))}, "
                    f"{self.names[0]} has {_rows(self.rows)}."
                )
            self.read[name] = values if self.keep is None else _taken(values, self.keep)
        return self.read[name]

    def check(self, name: str) -> None:
        """Raise DataError if there is no such column, or it is no column of the table's length."""
        if self.text(name) is None:  # which has checked it
            self.raw(name)

    def _column(self, name: str) -> Any:
        """A column as it lies in the user's table, all rows."""
        if name not in self.names:
            raise self.no_column(name)
        return self.get(name)

    def no_column(self, name: str) -> DataError:
        """That there is no such column, and which is the nearest."""
        seen = [known for known in self.names if known.isprintable()]
        return DataError(f"there is no column {name!r}; {nearest(name, seen)}")

    def text(self, name: str) -> Any:
        """A dataframe's column of strings or categories, the rows in use, as a narwhals Series.

        None for any other column; see `raw`.
        """
        series = _text(self._column(name))
        if series is None:
            return None
        if self.keep is not None:
            return series[self.keep]
        return series if len(series) == self.rows else self.raw(name)  # which says so

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
        if values.dtype.kind != "b" and column.whole and len(column):
            self._refuse_rounded(name, column, values)
        if finite and values.dtype.kind == "f":
            for start in range(0, len(values), 65536):
                if not np.isfinite(values[start : start + 65536]).all():
                    self._refuse(name, values)
        return np.asarray(values)

    def _refuse_rounded(self, name: str, column: Column, values: NDArray[Any]) -> None:
        """Raise DataError if whole numbers are so large that float64 rounds them."""
        if max(float(np.fmax.reduce(values)), -float(np.fmin.reduce(values))) < EXACT:
            return
        far = map(int, np.flatnonzero(np.abs(column.read(0, len(column))) >= EXACT))
        rows = [r for r in far if abs(column.exact(r, r + 1)[0]) > EXACT]
        if rows:
            shown = [column.exact(r, r + 1)[0] for r in rows[:3]]
            raise too_large(name, len(rows), self.positions(rows[:3]).tolist(), shown)

    def _refuse(self, name: str, values: NDArray[Any]) -> None:
        """Raise DataError: which rows of a column are missing, or else infinite."""
        for what, test, way in (
            ("missing", np.isnan, "leave such rows out"),
            ("infinite", np.isinf, 'remove them, or make them missing and pass missing="drop"'),
        ):
            rows = np.flatnonzero(test(values))
            if len(rows):
                raise unusable(name, what, len(rows), self.positions(rows[:3]), way)

    def positions(self, rows: Any) -> NDArray[np.intp]:
        """Where rows in use stand in the user's table."""
        rows = np.asarray(rows, dtype=np.intp)
        return rows if self.keep is None else np.asarray(self.keep[rows])

    def holds_labels(self, name: str) -> bool:
        """Whether a column by its name alone stands for labels, as text and categories do."""
        if self.text(name) is not None or self.categories(name) is not None:
            return True
        values = self.raw(name)
        kind = getattr(getattr(values, "dtype", None), "kind", "O")
        if kind != "O" or not isinstance(values, list | np.ndarray):
            return kind in "SU"
        return any(isinstance(v, str) and v for v in values)  # an empty one is a missing number

    def missing(self, name: str) -> NDArray[np.bool_]:
        """Which rows of a column have no value."""
        if self.holds_labels(name):  # looked at once, for this and for levels
            with suppress(TypeError):  # some have no hash
                return self._encoded(name)[0] < 0
        values = self.raw(name)
        if whole_numbers(values):
            return np.zeros(len(values), dtype=bool)
        kind = values.dtype.kind if isinstance(values, np.ndarray) else ""
        if isinstance(values, Slices) or kind == "f":
            return np.isnan(numeric(values, name).read(0, len(values)))
        if kind in ("b", "i", "u"):
            return np.zeros(len(values), dtype=bool)
        return np.fromiter((is_missing(v) for v in values), dtype=bool, count=len(values))

    def categories(self, name: str) -> Declared | None:
        """A column's labels in order, if it declares them."""
        return declared_order(self.get(name)) if name in self.names else None

    def labelled(self, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        """A column of labels as the place of each row's level, and the levels that occur.

        Returns
        -------
        codes : array, shape (rows,)
            −1 for a missing value.
        levels : list
            In the order that the column declares, else sorted.

        Raises
        ------
        DataError
            If the labels have no order.
        """
        key = ("levels", name)
        if key not in self.read:
            self.read[key] = self._labelled(name)
            del self.read["codes", name]
        found: tuple[NDArray[np.int64], list[Any]] = self.read[key]
        return found

    def _labelled(self, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        order = self.categories(name)
        try:
            codes, found = self._encoded(name)
        except TypeError:
            raise DataError(
                f"{name} holds labels that are lists or the like; make them strings."
            ) from None
        used = np.flatnonzero(np.bincount(codes + 1, minlength=len(found) + 1)[1:]).tolist()
        place = {level: k for k, level in enumerate(order.labels if order else ())}
        try:
            used.sort(key=lambda k: place[found[k]] if place else found[k])
        except TypeError:
            raise DataError(
                f"{name} holds labels of different types, which have no order; make them strings."
            ) from None
        back = np.full(len(found) + 1, -1)
        back[used] = np.arange(len(used))
        return back[codes], [found[k] for k in used]

    def _encoded(self, name: str) -> tuple[NDArray[np.int64], list[Any]]:
        """A column as `encoded` has it; it is not read again when rows are left out."""
        for key in (("codes", name), ("levels", name)):
            if key in self.read:
                found: tuple[NDArray[np.int64], list[Any]] = self.read[key]
                return found
        text = self.text(name)
        values = self.raw(name) if text is None else text
        exact = isinstance(values, Slices)
        self.read["codes", name] = encoded(values.exact(0, len(values)) if exact else values)
        return self._encoded(name)

    def check_beside(self, values: Any, name: str) -> None:
        """Raise DataError unless an array has an entry for each row of the user's table."""
        first, given = self.names[0], len(_whole(values, name))
        rows = self.rows if self.keep is None else len(_whole(self.get(first), first))
        if given != rows:
            raise DataError(
                f"the columns differ in length: {name} has {_rows(given)}, the table has "
                f"{_rows(rows)}."
            )

    def kept(self, keep: NDArray[np.intp]) -> Table:
        """The same columns, some of the rows."""
        other = replace(self, rows=len(keep), keep=self.positions(keep))
        for key, found in self.read.items():
            if isinstance(key, tuple) and key[0] in ("codes", "levels"):
                other.read["codes", key[1]] = found[0][keep], found[1]
        return other

    def with_columns(self, more: dict[str, Any]) -> Table:
        """Further columns, which lie beside the user's."""
        get = self.get

        def either(name: str) -> Any:
            return more[name] if name in more else get(name)

        return replace(self, names=(*self.names, *more), get=either)

    def pandas(self, names: Iterable[str]) -> Any:
        """Some columns as a pandas frame, for the formula library.

        Columns that declare an order of their labels are categorical there, with the levels that
        occur; short integers are long, so that powers of them are not cut off.
        """
        import pandas as pd

        frame: dict[str, Any] = {}
        for name in names:
            values = self.raw(name)
            if self.categories(name) is not None:
                codes, levels = self.labelled(name)
                values = pd.Categorical.from_codes(codes, levels)
            elif isinstance(values, Slices):
                values = values.read(0, len(values))
            elif isinstance(values, np.ndarray) and values.dtype.kind in "iuf":
                wide = np.float64 if values.dtype.kind == "f" else np.int64
                values = values.astype(wide, copy=False)
            frame[name] = values
        return pd.DataFrame(frame, index=range(self.rows))


def _text(column: Any) -> Any:
    """A dataframe's column of strings or categories as a narwhals Series; None for another."""
    if isinstance(column, np.ndarray | list | tuple):
        return None
    import narwhals as nw

    series = nw.from_native(column, series_only=True, pass_through=True)
    text = getattr(series, "dtype", None) in (nw.String, nw.Categorical, nw.Enum)
    return series if text else None


def _length(column: Any, name: str) -> int:
    """How many rows a column has; strings are counted where they lie."""
    text = _text(column)
    return len(_whole(column, name) if text is None else text)


def _rows(count: int) -> str:
    return f"{count} row{'s' * (count != 1)}"


def _whole(column: Any, name: str) -> Any:
    """A column as an array, a list or slices, once it has been seen to be one column."""
    values = _one(unwrap(column, name))
    if isinstance(values, np.ndarray):
        check_shape(values, name)
    return values


def _one(values: Any) -> Any:
    """What lies in several pieces as one array, of its own type if nothing is missing."""
    whole = isinstance(values, Slices) and values.series.null_count() == 0
    return values.series.to_numpy() if whole else values


def _taken(values: Any, keep: NDArray[np.intp]) -> Any:
    if isinstance(values, Slices):
        return _one(Slices(values.series[keep]))
    return values[keep] if isinstance(values, np.ndarray) else [values[k] for k in keep]
