"""What families of labels share: levels out of a column, and the place of each row among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import DataError, ModelError

__all__ = [
    "as_levels",
    "distinct",
    "in_order",
    "is_missing",
    "listed",
    "named",
    "places",
    "refuse_text",
    "refuse_unusable",
]

#: More levels than this are a sign of numbers that are not labels.
MANY = 100


def as_levels(levels: Any, family: str) -> list[Any]:
    """Declared levels as Python values.

    Raises
    ------
    ModelError
        If they are no list.
    """
    if not isinstance(levels, Iterable):
        raise ModelError(
            f"levels are the possible labels, as in {family}(levels=['a', 'b']); got {levels!r}."
        )
    return [v.item() if isinstance(v, np.generic) else v for v in levels]


def distinct(y: Any) -> tuple[list[Any], NDArray[np.intp]]:
    """The different entries of a column as Python values, and which of them is in each row.

    Raises
    ------
    DataError
        If some entries cannot be told apart, as lists.
    """
    if isinstance(y, np.ndarray) and y.dtype.kind in "biuf" and not np.ma.isMaskedArray(y):
        values, rows = np.unique(y, return_inverse=True)
        return values.tolist(), rows
    entries = y.tolist() if isinstance(y, np.ndarray) else y
    entries = y.exact(0, len(y)) if hasattr(y, "exact") else entries
    if any(issubclass(kind, np.generic) for kind in set(map(type, entries))):
        entries = [v.item() if isinstance(v, np.generic) else v for v in entries]
    try:
        index = {v: k for k, v in enumerate(dict.fromkeys(entries))}
        rows = np.fromiter(map(index.__getitem__, entries), np.intp, len(entries))
    except TypeError:
        raise DataError(
            "labels must be strings, numbers or booleans, and some entries are lists or the like."
        ) from None
    return list(index), rows


def places(
    found: Sequence[Any], rows: NDArray[np.intp], levels: Sequence[Any], shown: Sequence[Any]
) -> NDArray[np.float64]:
    """The place of each row's label among the levels, NaN if it is missing.

    Parameters
    ----------
    found, rows
        As `distinct` gives them.
    levels : sequence
        In the order of their places.
    shown : sequence
        The levels in the order in which a sentence should list them.

    Raises
    ------
    DataError
        If a label is not a level.
    """
    index = {level: float(k) for k, level in enumerate(levels)}
    code = np.array([np.nan if is_missing(v) else index.get(v, -1.0) for v in found])
    out = code[rows] if len(found) else np.empty(0)
    strange = np.flatnonzero(out < 0.0)
    if len(strange):
        few = ", ".join(f"{found[rows[row]]!r} (row {row})" for row in strange[:3])
        more = f" and {len(strange) - 3} more" if len(strange) > 3 else ""
        raise DataError(
            f"labels that are not among the levels {listed(shown)} "
            f"occur in {len(strange)} rows: {few}{more}."
        )
    return out


def refuse_unusable(seen: Sequence[Any], family: str, *, alone: bool = True) -> None:
    """Raise DataError if there are too many labels, or, if that is too few, only one."""
    if len(seen) > MANY:
        raise DataError(
            f"there are {len(seen)} different labels, more than {MANY}; group the rare ones, "
            "or choose a family of numbers."
        )
    if len(seen) == 1 and alone:
        raise DataError(
            f"all labels are {seen[0]!r}; name the others that could have occurred: "
            f"{family}(levels=[{seen[0]!r}, ...])."
        )


def refuse_text(seen: Sequence[Any]) -> None:
    """Raise DataError if levels that need an order are text, whose alphabet says nothing of it."""
    if any(isinstance(level, str | bytes) for level in seen):
        raise DataError(
            f"the labels {listed(seen)} are text, and nothing says their order (that of the "
            "alphabet is not theirs); name them from the lowest to the highest, Ordinal(levels="
            "[...]), or pass an ordered categorical."
        )


def in_order(levels: Sequence[Any]) -> list[Any]:
    """Sorted; DataError where labels of different types have no order."""
    try:
        return sorted(levels)
    except TypeError:
        types = sorted({type(level).__name__ for level in levels})
        raise DataError(
            f"labels are of different types ({', '.join(types)}), which have no order; make them "
            "strings."
        ) from None


def named(level: Any) -> str:
    """As it reads in a parameter's name: 1.0 is 1."""
    return f"{level:.17g}" if isinstance(level, float) else str(level)


def is_missing(label: Any) -> bool:
    """None, NaN and empty text, as an empty cell is; pandas' NA has no truth value."""
    if label is None or isinstance(label, str):
        return not label
    try:
        return not bool(label == label)
    except TypeError:
        return True


def listed(levels: Sequence[Any]) -> str:
    """The first ten, as they read in a sentence."""
    shown = ", ".join(repr(level) for level in levels[:10])
    return f"{shown}, ..." if len(levels) > 10 else shown
