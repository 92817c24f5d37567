"""Predictors as plain arrays: a matrix, or a table all of whose columns are used."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.data.formula.design import Design, Matrix, Products
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError

__all__ = ["ArrayCoding", "X", "all_finite", "array_table"]

#: The name of the column that an array becomes in the table, which no user's column has.
X = "\x00X"
#: How many numbers of an array are looked at together.
NUMBERS = 65_536


def array_table(x: Any, response: Any) -> tuple[Table, list[str], str]:
    """Predictors and a response beside them as one table.

    Parameters
    ----------
    x : array of shape (rows, columns), or a dataframe or mapping
    response : array of shape (rows,), or a column's name in ``x``, or None
        None for a table of predictors alone.

    Returns
    -------
    table : Table
    names : list of str
        The predictors.
    response : str
        What the response is called in the table.

    Raises
    ------
    DataError
        If they are not numbers, or differ in length.
    """
    if _is_table(x):
        frame = Table.of(x)
        names = list(frame.names)
        columns = {k: frame.raw(k) for k in names}
        named = isinstance(response, str)
        if named:
            frame.raw(response)  # which names the nearest column
            names.remove(response)
        for name in names:
            if frame.holds_labels(name):
                raise DataError(
                    f"{name} holds labels, and X= takes numbers as they are; write a formula, "
                    f"which codes them: 'y ~ {' + '.join(names[:3])}{' + ...' * (len(names) > 3)}'."
                )
            columns[name] = frame.numbers(name, finite=False)
        rows = frame.rows
        if named:
            return Table(frame.names, columns.__getitem__, rows), names, response
    elif isinstance(response, str):
        raise DataError(
            f"y={response!r} names a column, and X is an array without names; pass y as an array "
            "too, or X as a dataframe."
        )
    else:
        array = _matrix(x)
        names = [f"x{j + 1}" for j in range(array.shape[1])]
        columns = {k: array[:, j] for j, k in enumerate(names)}
        columns[X] = array
        rows = len(array)
    if response is None:
        return Table(tuple(columns), columns.__getitem__, rows), names, ""
    if not hasattr(response, "__len__") or np.ndim(response) == 0:
        raise DataError(
            f"y must be one number for each row of X; got {_kind(response)}. Pass ml.fit(model, "
            "X=X, y=y)."
        )
    if len(response) != rows:
        raise DataError(f"X and y differ in length: {rows} rows and {len(response)}.")
    label = "y" if "y" not in columns else "the response"
    columns[label] = response
    return Table(tuple(columns), columns.__getitem__, rows), names, label


def _matrix(x: Any) -> Any:
    """Predictors as an array of two dimensions."""
    try:
        array = np.ma.filled(x.astype(float), np.nan) if np.ma.isMaskedArray(x) else np.asarray(x)
    except ValueError:
        raise DataError("the rows of X differ in length; each has one number per column.") from None
    if array.ndim == 1 and array.dtype.kind in "biuf":
        array = array[:, None]
    if array.dtype.kind in "iu" and array.ndim == 2:
        for j, column in enumerate(array.T):  # refused where float64 would round them
            Table.of({f"x{j + 1}": column}).numbers(f"x{j + 1}")
    if array.dtype.kind == "O" and array.ndim == 2:
        with suppress(TypeError, ValueError):
            array = array.astype(float)  # numbers of several types; None is missing
    if array.dtype.kind in "US" or (array.ndim == 0 and isinstance(x, str)):
        raise DataError(
            "X holds text, and takes numbers; pass columns, X=data[['age', 'dose']], or write a "
            "formula, 'y ~ age + dose', which codes labels too."
        )
    if array.ndim != 2 or array.dtype.kind not in "biuf":
        raise DataError(
            f"X must be a two-dimensional array of numbers; got {_kind(x)}"
            + (f" of shape {array.shape} and type {array.dtype}." if array.ndim else ".")
        )
    return array


def _is_table(x: Any) -> bool:
    named = isinstance(x, np.ndarray) and x.dtype.names is not None
    return named or hasattr(x, "columns") or isinstance(x, Mapping)


def _kind(value: Any) -> str:
    return repr(value) if isinstance(value, str | int | float) else type(value).__name__


def all_finite(table: Table) -> bool:
    """Whether an array holds finite numbers only; a few rows at a time, as they lie."""
    if table.keep is not None:
        return False
    if ("finite", X) not in table.read:
        array = table.get(X)
        step = max(1, NUMBERS // max(1, array.shape[1]))
        table.read["finite", X] = all(
            np.isfinite(array[start : start + step]).all() for start in range(0, len(array), step)
        )
    return bool(table.read["finite", X])


@dataclass(frozen=True, eq=False)
class ArrayCoding:
    """The columns of an array, and an intercept unless one of them is constant.

    A parameter that has no intercept, as the location of an ordinal model, has none by way of a
    constant column either: ``without`` names those that are left out.
    """

    names: tuple[str, ...]
    intercept: bool
    without: tuple[str, ...] = ()

    @staticmethod
    def of(table: Table, names: Any, intercept: bool) -> ArrayCoding:
        """Look whether a column is constant, so that an intercept would repeat it."""
        numbers = table.get if X in table and all_finite(table) else table.numbers
        few = 64  # a column that varies does so early
        constant = []
        for name in names:
            c = numbers(name)
            if len(c) and c[0] != 0.0 and (c[:few] == c[0]).all() and (c == c[0]).all():
                constant.append(name)
        if not intercept:
            return ArrayCoding(tuple(names), False, tuple(constant))
        return ArrayCoding(tuple(names), not constant)

    @property
    def terms(self) -> tuple[str, ...]:
        """As in a formula."""
        return ("Intercept",) * self.intercept + self._kept

    @property
    def _kept(self) -> tuple[str, ...]:
        return tuple(name for name in self.names if name not in self.without)

    def by_term(self) -> dict[str, list[str]]:
        """Every column is a term."""
        return {name: [name] for name in self.terms}

    @property
    def columns(self) -> tuple[str, ...]:
        """As in a formula."""
        return self.names

    def design(self, table: Table) -> Design:
        """Where the array lies."""
        first: list[Any] = [Products((), table.rows)] * self.intercept
        if X in table and all_finite(table):
            array = table.get(X)
            if self.without:
                array = array[:, [name not in self.without for name in self.names]]
            return Design([*first, Matrix(array)], self.terms)
        columns = [Products((table.numbers(name),), table.rows) for name in self._kept]
        return Design([*first, *columns], self.terms)

    def new(self, x: Any, array: bool) -> Table:
        """Rows to predict as a table; ``array`` says that the model was fitted to an array.

        Raises
        ------
        DataError
            If they are not of the columns that the model was fitted to.
        """
        if not array:
            if not _is_table(x):
                raise DataError(
                    f"the model was fitted to the columns {', '.join(self.names[:10])} of a table; "
                    "to predict, pass a table with them."
                )
            return Table.of(x)
        if _is_table(x):
            raise DataError(
                f"the model was fitted to an array X of {_counted(self.names)}; to predict, pass "
                "an array too."
            )
        table, names, _ = array_table(x, None)
        if len(names) != len(self.names):
            raise DataError(
                f"X has {_counted(names)}, and the model was fitted to {len(self.names)}."
            )
        return table


def _counted(names: Any) -> str:
    return f"{len(names)} column{'s' * (len(names) != 1)}"
