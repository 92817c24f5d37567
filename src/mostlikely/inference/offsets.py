"""Offsets of new rows, where the model had an array or has to have another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mostlikely.data.bind import Bound
from mostlikely.data.columns_read import changed
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError, nearest

__all__ = ["with_offsets"]


def with_offsets(bound: Bound, table: Table, offset: Any) -> Table:
    """New rows with the columns that offsets are read from.

    Parameters
    ----------
    bound : Bound
        What the formulas have learnt.
    table : Table
        The rows.
    offset : float, array of shape (rows,), str, or mapping of parameter to one of them
        A number for all rows, one for each, or a column of the rows. Without the name of a
        parameter it is that of the first one that has an offset.

    Raises
    ------
    ModelError, DataError
        If the model has no such offset; if it is no number for each row.
    """
    columns = {k: p.offset for k, p in bound.family.predictors.items() if p.offset is not None}
    if not columns:
        raise ModelError(f"{bound.family!r} has no offset, so new rows have none; leave it out.")
    given = offset if isinstance(offset, Mapping) else {next(iter(columns)): offset}
    more: dict[str, Any] = {}
    for name, value in given.items():
        if name not in columns:
            raise ModelError(f"{name!r} has no offset; {nearest(str(name), columns)}")
        if isinstance(value, str):
            value = table.numbers(value)
        numbers = np.asarray(value)
        plain = numbers.dtype.kind in "biuf" and bool(np.isfinite(numbers).all())
        if not plain or numbers.shape not in ((), (table.rows,)):
            raise DataError(
                f"offset= is a number, one number for each of the {table.rows} rows, or a column's "
                f"name; got {f'shape {numbers.shape}' if plain else repr(value)}."
            )
        more[columns[name]] = np.broadcast_to(numbers.astype(float), (table.rows,)).copy()
    if any(name not in table for name in more):
        table = table.with_columns(dict(more))
    return changed(table, more)
