"""The columns that a bound model reads, and the same rows with one of them changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.bind import Bound, X, read_by
from mostlikely.data.known import offset_columns
from mostlikely.data.source.table import Table

__all__ = ["Read", "averaged", "changed", "columns_read"]


@dataclass(frozen=True)
class Read:
    """A column that the model reads.

    Parameters
    ----------
    name : str
    levels : tuple, optional
        Of labels and booleans, the base level first; None of numbers.
    predicts : bool
        Whether a formula or a nonlinear function reads it, and not an offset or the known
        parameter alone.
    linear : bool
        Whether formulas alone read it.
    """

    name: str
    levels: tuple[Any, ...] | None
    predicts: bool
    linear: bool


def columns_read(bound: Bound) -> dict[str, Read]:
    """What a model reads beside its response and weights, in order, by name."""
    levels: dict[str, tuple[Any, ...]] = {}
    formulas: list[str] = []
    for coding in bound.codings.values():
        formulas += _in_order(coding)
        learnt = [f.labels for f in getattr(coding, "factors", {}).values()]
        learnt += getattr(getattr(coding, "whole", None), "labels", ())
        for one in learnt:
            if one is not None:
                base = one.levels[one.base]
                levels[one.column] = (base, *(v for v in one.levels if v != base))
    functions, beside = [], list(bound.family.columns.values())
    for predictor in bound.family.predictors.values():
        if predictor.function is not None:
            functions += read_by(predictor, bound.table)
        if isinstance(predictor.offset, str):
            beside += offset_columns(predictor.offset, bound.table)
    names = dict.fromkeys([*formulas, *functions, *beside])
    for name in names:
        if name not in levels and bound.table.holds_labels(name):
            levels[name] = tuple(bound.table.labelled(name)[1])
        elif name not in levels and bound.table.numbers(name, finite=False).dtype.kind == "b":
            levels[name] = (False, True)
    return {
        name: Read(
            name,
            levels.get(name),
            name in formulas or name in functions,
            name not in functions and name not in beside,
        )
        for name in names
    }


def _in_order(coding: Any) -> list[str]:
    """The columns of a formula as its terms name them, or those of an array."""
    text = " ".join(coding.terms)
    found = {name: re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for name in coding.columns}
    return sorted(found, key=lambda name: m.start() if (m := found[name]) else len(text))


def changed(table: Table, values: Mapping[str, Any]) -> Table:
    """The same rows with other values in some columns.

    Parameters
    ----------
    table : Table
    values : mapping of name to array of shape (rows,), or to one level for all rows
    """
    other = replace(table, names=tuple(name for name in table.names if name != X))
    for key, found in table.read.items():  # what was read and computed from other columns stays
        name = key if isinstance(key, str) else key[1] if isinstance(key, tuple) else None
        of = {name} if name is not None else set(key.columns)
        if not of & set(values):
            other.read[key] = found
    for name, value in values.items():
        if isinstance(value, np.ndarray):
            other.read[name] = value
            continue
        other.read[name] = np.full(table.rows, value)
        other.read["levels", name] = np.zeros(table.rows, dtype=np.int64), [value]
    return other


def averaged(table: Table, read: Mapping[str, Read], w: NDArray[np.float64]) -> Table:
    """One row: numbers at their weighted means, labels and booleans at the most frequent level."""
    columns: dict[str, Any] = {}
    for name, column in read.items():
        if column.levels is None:
            columns[name] = np.array([np.average(table.numbers(name), weights=w)])
        else:
            codes, found = table.labelled(name)
            counts = np.bincount(codes[codes >= 0], w[codes >= 0], len(found))
            columns[name] = [found[int(np.argmax(counts))]]
    return Table(tuple(columns), columns.__getitem__, 1)
