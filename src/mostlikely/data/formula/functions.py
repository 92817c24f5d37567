"""A user's function of rows: what it sees, and what it lacks, said after trying the first rows."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.data.source.table import Table
from mostlikely.errors import ModelError, MostLikelyError, nearest

__all__ = ["RowData", "try_out"]


class RowData(Mapping[str, Any]):
    """Some rows of a table, columns by name, as a user's function sees them; it notes which."""

    def __init__(self, table: Table, rows: slice, used: set[str] | None = None) -> None:
        self.table, self.rows, self.used = table, rows, used

    def __getitem__(self, name: str) -> Any:
        if self.used is not None:
            self.used.add(name)
        values = self.table.raw(name)
        if getattr(getattr(values, "dtype", None), "kind", "O") in "OUS" and isinstance(
            values, list | np.ndarray
        ):
            text = np.asarray(values[self.rows])
            if text.dtype.kind in "US":
                return text
        found = self.table.numbers(name, finite=False)[self.rows]
        return found.astype(np.float64, copy=False)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.names)

    def __len__(self) -> int:
        return len(self.table.names)


def try_out(
    function: Callable[..., Any], start: Mapping[str, float], data: Any, rows: int, *, own: bool
) -> None:
    """Raise ModelError unless a function gives what is needed of it on the first rows.

    Parameters
    ----------
    function : callable
        ``function(data, **coefficients)``.
    start : mapping of str to float
        Its coefficients.
    data : RowData
        The first rows.
    rows : int
        How many these are.
    own : bool
        Whether it is a log-density, which differs from row to row; a parameter need not.
    """
    _check_arguments(function, start)
    jets = seed([np.float64(v) for v in start.values()], 1)
    try:
        with np.errstate(all="ignore"):
            found = function(data, **dict(zip(start, jets, strict=True)))
    except MostLikelyError:
        raise
    except Exception as error:
        said = str(error).split("\n")[0].rstrip(".")
        raise ModelError(
            f"the function failed on the first rows, {type(error).__name__}: {said}. It gets "
            'columns as arrays, d["column"], and is written in NumPy and scipy.special calls.'
        ) from error
    what = "log-density" if own else "value"
    if not isinstance(found, Jet):
        kind = np.asarray(found).dtype.kind
        raise ModelError(
            f"the function depends on none of {', '.join(start)}, so there is nothing to estimate."
            if kind in "biuf"
            else f"the function gave {type(found).__name__} and not one {what} per row."
        )
    shape = np.shape(found.value)
    if shape == (rows,) or (shape == () and (rows == 1 or not own)):
        return
    if shape == ():
        raise ModelError(
            "the function gave one number for all rows, and not one log-density per row; leave "
            "the sum over rows to the fit."
        )
    raise ModelError(
        f"the function gave numbers of shape {shape} for {rows} rows, and not one {what} per row. "
        'It is called with some of the rows at a time: what differs between rows is a column, d["'
        'column"].'
    )


def _check_arguments(function: Callable[..., Any], start: Mapping[str, float]) -> None:
    """Raise ModelError unless the start values are those of the function's arguments."""
    try:
        arguments = list(inspect.signature(function).parameters.values())[1:]
    except (TypeError, ValueError):  # some compiled functions do not tell
        return
    if any(a.kind is a.VAR_KEYWORD for a in arguments):
        return
    names = [a.name for a in arguments]
    unknown = [k for k in start if k not in names]
    if unknown:
        raise ModelError(
            f"start: {unknown[0]!r} is no argument of the function; {nearest(unknown[0], names)}"
        )
    lacking = [a.name for a in arguments if a.default is a.empty and a.name not in start]
    if lacking:
        raise ModelError(f"start lacks a value for {' and '.join(lacking)}.")
