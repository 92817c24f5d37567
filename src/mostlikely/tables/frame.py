"""Rows of numbers and words as a data frame, by narwhals, in the library of the user's data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from math import nan
from typing import Any

from mostlikely.errors import MissingPackage, ModelError, nearest

__all__ = ["LIBRARIES", "frame_of", "library_of"]

#: The libraries whose frames are made, in the order in which they are tried where the data came
#: in none of them.
LIBRARIES = ("pandas", "polars", "pyarrow")
#: Columns of words, also where there is none in them.
WORDS = ("term",)
#: How much of a list is looked at for a frame or a column.
LOOKED_AT = 3


def library_of(*data: Any) -> str | None:
    """The library that data came in: "pandas", "polars" or "pyarrow"; None for any other.

    Examples
    --------
    >>> import pandas as pd
    >>> library_of(None, {"y": pd.Series([1.0])}), library_of([1.0, 2.0])
    ('pandas', None)
    """
    for one in data:
        root = type(one).__module__.partition(".")[0]
        if root in LIBRARIES:
            return root
        inside: Sequence[Any] = ()
        if isinstance(one, Mapping):
            inside = tuple(one.values())
        elif isinstance(one, list | tuple):
            inside = one[:LOOKED_AT]
        found = library_of(*inside) if inside else None
        if found is not None:
            return found
    return None


def frame_of(rows: Sequence[Mapping[str, Any]], library: Any = None) -> Any:
    """A data frame of rows that have the same names; None is a missing value.

    Parameters
    ----------
    rows : sequence of mappings
    library : {"pandas", "polars", "pyarrow"}, optional
        By default the first of them that is installed.

    Raises
    ------
    ModelError
        For another library.
    MissingPackage
        If it is not installed.

    Examples
    --------
    >>> frame_of([{"term": "x", "p_value": 0.25}, {"term": "z", "p_value": None}], "polars").shape
    (2, 2)
    """
    if library is None:
        library = next((name for name in LIBRARIES if find_spec(name)), LIBRARIES[0])
    if library not in LIBRARIES:
        raise ModelError(f"no data frames are made by {library!r}; {nearest(library, LIBRARIES)}")
    if find_spec(library) is None:
        raise MissingPackage(f"a table of {library} needs that package: pip install {library}")
    import narwhals as nw

    columns: dict[str, list[Any]] = {name: [row[name] for row in rows] for name in rows[0]}
    kinds = {name: _kind(name, values) for name, values in columns.items()}
    for name, kind in kinds.items():
        if kind == "Float64":  # pandas knows no missing number but NaN
            missing = nan if library == "pandas" else None
            columns[name] = [missing if v is None or v != v else float(v) for v in columns[name]]
        elif kind == "String":
            columns[name] = [None if v is None else str(v) for v in columns[name]]
    schema = {name: getattr(nw, kind)() for name, kind in kinds.items()}
    return nw.from_dict(columns, schema, backend=library).to_native()


def _kind(name: str, values: Sequence[Any]) -> str:
    """The type of a column; whole numbers with one missing are real."""
    types = {type(v) for v in values if v is not None}
    if types == {bool} and None not in values:
        return "Boolean"
    if types == {int} and None not in values:
        return "Int64"
    return "Float64" if types <= {int, float} and (types or name not in WORDS) else "String"
