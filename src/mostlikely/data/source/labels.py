"""Columns of labels as whole numbers, by what their container knows of them.

A categorical column has its numbers already. Polars, Arrow and pandas find those of strings; the
strings of a NumPy array are compared as the machine words they are made of. Only labels in lists
and in object arrays are looked at as Python objects, once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.family.levels import is_missing

__all__ = ["encoded", "objects_of_python", "whole_numbers"]

Codes = NDArray[np.int64]
Rows = NDArray[np.intp]
#: Each row's place among the labels, −1 for a missing one, and the labels, each once, in any
#: order; some may occur in no row.
Encoded = tuple[Codes, list[Any]]
#: An odd number of 64 bits with no pattern: the golden ratio's fraction times 2**64. Words of a
#: string are its digits to this base, modulo 2**64.
_BASE = np.uint64(0x9E3779B97F4A7C15)


def encoded(values: Any) -> Encoded:
    """Labels as whole numbers.

    Parameters
    ----------
    values : array, list, or narwhals Series of strings or categories

    Returns
    -------
    codes : array, shape (rows,)
        −1 for a missing one, which an empty text is.
    labels : list

    Raises
    ------
    TypeError
        If a label has no hash.
    """
    codes, labels = _encoded(values)
    plain = [v.item() if isinstance(v, np.generic) else v for v in labels]
    place = np.array([-1 if is_missing(v) else k for k, v in enumerate(plain)] + [-1])
    gaps = np.count_nonzero(place < 0) > 1
    return (place[codes] if gaps else codes.astype(np.int64, copy=False)), plain


def whole_numbers(values: Any) -> bool:
    """Whether a list holds whole numbers of Python's and nothing else."""
    if not isinstance(values, list) or not values or type(values[0]) is not int:
        return False
    return set(map(type, values)) == {int}


def objects_of_python(column: Any) -> bool:
    """Whether a column of strings is one of pandas' that holds Python's own."""
    dtype = getattr(column, "dtype", None)
    return isinstance(dtype, np.dtype) or getattr(dtype, "storage", "") == "python"


def _encoded(values: Any) -> tuple[NDArray[Any], Sequence[Any]]:
    if hasattr(values, "to_native"):
        holder = values.implementation.value
        read = {"pandas": _of_pandas, "polars": _of_polars, "pyarrow": _of_arrow}.get(holder)
        return _encoded(values.to_list()) if read is None else read(values)
    if not isinstance(values, np.ndarray):
        if whole_numbers(values):
            try:
                return _of_objects(np.array(values, dtype=np.int64))
            except OverflowError:
                pass
        return _of_objects(np.fromiter(values, dtype=object, count=len(values)))
    if values.dtype.kind in "SU" and values.dtype.itemsize and not np.ma.isMaskedArray(values):
        return _of_words(values)
    if np.ma.isMaskedArray(values):
        mask, values = np.ma.getmaskarray(values), np.array(values, dtype=object)
        values[mask] = None
    return _of_objects(values)


def _of_objects(values: NDArray[Any]) -> tuple[NDArray[Any], Sequence[Any]]:
    """Labels of any type in an array."""
    import pandas as pd

    codes, labels = pd.factorize(values)
    return codes, list(labels)


def _of_pandas(series: Any) -> tuple[NDArray[Any], Sequence[Any]]:
    import pandas as pd

    column = series.to_native()
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(), list(column.cat.categories)
    if objects_of_python(column):
        return _of_objects(column.to_numpy(dtype=object))  # pandas' own strings take twice as long
    codes, labels = pd.factorize(column)
    return codes, labels.tolist()


def _of_polars(column: Any) -> tuple[NDArray[Any], Sequence[Any]]:
    import narwhals as nw

    if column.dtype != nw.String:  # its numbers are those of all frames together
        return _of_numbers(_physical(column), lambda rows: column[rows].to_list())
    labels = column.drop_nulls().unique().to_list()
    return _physical(column.cast(nw.Enum(labels))), labels


def _physical(column: Any) -> NDArray[Any]:
    """The numbers by which Polars holds categories, −1 where one is missing."""
    import narwhals as nw

    numbers = nw.from_native(column.to_native().to_physical(), series_only=True)
    return np.asarray(numbers.cast(nw.Int64).fill_null(-1).to_numpy())


def _of_arrow(series: Any) -> tuple[NDArray[Any], Sequence[Any]]:
    column = series.to_native()
    coded = column if hasattr(column.type, "index_type") else column.dictionary_encode()
    chunks = coded.unify_dictionaries().chunks
    if not chunks:
        return np.empty(0, dtype=np.int64), []
    # A dictionary may hold a label twice, or a missing one.
    own, labels = _encoded(chunks[0].dictionary.to_pylist())
    places = [chunk.indices.cast("int64").fill_null(-1).to_numpy() for chunk in chunks]
    return np.append(own, -1)[np.concatenate(places)], labels


def _of_numbers(numbers: NDArray[Any], of: Callable[[Rows], Any]) -> tuple[NDArray[Any], Any]:
    """Labels told apart by a number each, negative for a missing one; ``of`` has those of rows."""
    import pandas as pd

    codes, found = pd.factorize(numbers)
    first = np.empty(len(found), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes))[::-1]  # the last to be written stays
    labels = of(first)
    if found.dtype.kind == "i" and (found < 0).any():
        codes = np.where(found < 0, -1, np.arange(len(found)))[codes]
    return codes, labels


def _of_words(values: NDArray[Any]) -> tuple[NDArray[Any], Sequence[Any]]:
    """Strings of one width, compared as whole numbers of up to 64 bits.

    Wider ones are told apart by a number made of all their words. Two strings may share one, so
    each is compared with the first that has its number; if one differs, all are looked at as
    objects.
    """
    values = np.ascontiguousarray(values)
    size = values.dtype.itemsize
    width = next(width for width in (8, 4, 2, 1) if size % width == 0)
    words = values.view(f"u{width}").reshape(len(values), size // width)
    numbers = words[:, 0].astype(np.uint64)
    for k in range(1, words.shape[1]):
        numbers *= _BASE
        numbers += words[:, k]
    codes, labels = _of_numbers(numbers, lambda rows: values[rows])
    if words.shape[1] > 1:
        for start in range(0, len(values), 65536):
            rows = slice(start, start + 65536)
            if (labels[codes[rows]] != values[rows]).any():
                return _of_objects(values.astype(object))
    return codes, labels.tolist()
