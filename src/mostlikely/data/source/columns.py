"""Columns out of whatever the user has: an array, a sequence, a Series, a dataframe, a dict."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Set
from typing import Any, NamedTuple

import numpy as np

from mostlikely.data.source.blocks import Slices
from mostlikely.errors import DataError, nearest

__all__ = ["Declared", "columns_of", "declared_order", "pick", "unwrap"]

Named = tuple[str, Any]


class Declared(NamedTuple):
    """The labels that a column may hold, and whether their order means something."""

    labels: list[Any]
    ordered: bool


def pick(data: Any, y: Any, weights: Any) -> tuple[Named, Named | None]:
    """The response and the weights, each with its name in sentences.

    Parameters
    ----------
    data : array-like, or a dataframe, or a mapping of names to arrays
    y, weights : a column's name, or array-like, or None

    Raises
    ------
    DataError
        A name that is not a column's, or no name where there are several columns.
    """
    data = _known(data, "the data")
    table = _table(data)
    if table is None:
        for word, name in (("y", y), ("weights", weights)):
            if isinstance(name, str):
                raise DataError(
                    f"{word}={name!r} names a column, but the data are not a dataframe; "
                    f"pass a dataframe or a dict of arrays, or {word} as an array."
                )
        if y is not None and data is not None:
            raise _not_beside()
        response = ("y", data if y is None else y)
    else:
        names, column = table
        if not names:
            raise DataError("the data have no columns; there is nothing to fit.")
        if y is not None and not _is_name(y) and not _is_name(weights):
            raise _not_beside()
        if y is None and len(names) > 1:
            raise DataError(
                f"the data have {len(names)} columns ({', '.join(map(str, names[:10]))}"
                f"{', ...' if len(names) > 10 else ''}); name the one to fit: "
                f"y={names[0]!r}."
            )
        y = names[0] if y is None else y
        response = (str(y), _column(names, column, y)) if _is_name(y) else ("y", y)
        if _is_name(weights):
            return response, (f"weights {weights!r}", _column(names, column, weights))
    return response, None if weights is None else ("weights", weights)


def _not_beside() -> DataError:
    return DataError(
        "the model has no formula, so nothing but y would be read of the data beside it; pass "
        "predictors as X=data, y=y, or write a formula, or leave the data out: ml.fit(model, y)."
    )


def columns_of(data: Any) -> tuple[list[Any], Callable[[Any], Any]] | None:
    """Column names and how to get one; None if the data are one column."""
    return _table(_known(data, "the data"))


def unwrap(column: Any, label: str) -> Any:
    """The values of one column: a NumPy array, a list, or Slices of what is not one array.

    Nothing is copied that NumPy can look at where it lies; what is not a number comes as a list.
    """
    column = _known(column, label)
    if isinstance(column, np.ndarray | list):
        return column
    if isinstance(column, Set | Mapping):
        what = (
            "set, which has no order of its rows"
            if isinstance(column, Set)
            else "dict, whose keys are no rows"
        )
        raise DataError(f"{label} is a {what}; pass a list, an array or a column.")
    if not _is_narwhals(column):
        return list(column) if isinstance(column, Collection) else np.asarray(column)
    if hasattr(column, "columns"):
        raise DataError(
            f"{label} is a table of {len(column.columns)} columns ("
            f"{', '.join(map(str, column.columns[:3]))}{', ...' * (len(column.columns) > 3)}); "
            "pass one of them."
        )
    native = column.to_native()
    if isinstance(getattr(native, "dtype", None), np.dtype):  # pandas over NumPy
        return native.to_numpy()
    dtype = column.dtype
    if dtype.is_temporal():
        return column.to_numpy()
    if not (dtype.is_float() or dtype.is_integer() or dtype.is_boolean()) or "128" in str(dtype):
        return column.to_list()
    if _pieces(native) == 1 and column.null_count() == 0:
        return column.to_numpy()
    return Slices(column)


def declared_order(column: Any) -> Declared | None:
    """The labels of a column in the order that it lists them; None if it does not.

    A pandas categorical does, and says whether the order is more than a list's; a Polars Enum's
    always is. A Polars Categorical's categories are those of all frames together, in no order.
    """
    native = column.to_native() if hasattr(column, "to_native") else column
    dtype = getattr(native, "dtype", None)
    listed = getattr(getattr(dtype, "categories", None), "to_list", None)
    return None if listed is None else Declared(list(listed()), getattr(dtype, "ordered", True))


def _known(data: Any, label: str) -> Any:
    """As NumPy array, list, other collection or narwhals object."""
    if isinstance(data, np.ndarray | list | tuple | range | Mapping):
        return data
    if np.isscalar(data) or data is None:
        raise DataError(f"{label} cannot be {data!r}; pass an array, a list or a dataframe.")
    import narwhals as nw  # 57 ms that plain arrays do not pay

    try:
        known = nw.from_native(data, allow_series=True, pass_through=True)
    except nw.exceptions.DuplicateError:
        raise DataError(f"{label} have several columns of one name; rename them.") from None
    if _is_narwhals(known):
        native = known.to_native()
        if "[pyarrow]" in str(getattr(native, "dtype", "")):  # pandas over Arrow, in its pieces
            return nw.from_native(native.array.__arrow_array__(), allow_series=True)
        return known
    if hasattr(data, "__array__"):
        return np.asarray(data)
    if isinstance(data, Collection):
        return data
    raise DataError(
        f"{label} cannot be of type {type(data).__name__}; pass an array, a list or a dataframe."
    )


def _is_narwhals(data: Any) -> bool:
    return type(data).__module__.startswith("narwhals.")


def _is_name(name: Any) -> bool:
    return isinstance(name, str | int)


def _pieces(native: Any) -> int:
    """Polars and Arrow columns may lie in several pieces of memory."""
    pieces: Any = getattr(native, "n_chunks", None)  # Polars
    return int(getattr(native, "num_chunks", 1) if pieces is None else pieces())


def _table(data: Any) -> tuple[list[Any], Callable[[Any], Any]] | None:
    """Column names and how to get one; None if the data are one column."""
    if isinstance(data, Mapping):
        return list(data), data.__getitem__
    if isinstance(data, np.ndarray):
        return (list(data.dtype.names), data.__getitem__) if data.dtype.names else None
    if not _is_narwhals(data):
        return None
    if hasattr(data, "collect"):
        return data.collect_schema().names(), lambda name: data.select(name).collect()[name]
    if hasattr(data, "get_column"):
        return data.columns, data.get_column
    return None


def _column(names: list[Any], column: Callable[[Any], Any], name: Any) -> Any:
    if name not in names:
        raise DataError(f"there is no column {name!r}; {nearest(str(name), map(str, names))}")
    return column(name)
