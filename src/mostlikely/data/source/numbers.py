"""Raw values to a column of numbers, or the sentence that says which are not."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from decimal import Decimal
from numbers import Integral, Real
from typing import Any
from warnings import catch_warnings

import numpy as np

from mostlikely.data.source.blocks import Array, Column, Masked, Slices
from mostlikely.errors import DataError

__all__ = ["DROP", "EXACT", "check_shape", "few", "numeric", "rows_of", "unusable"]

#: Whole numbers up to here are exact in float64; the next one, 2**53 + 1, is not.
EXACT = 2**53
#: What to do about rows with missing values.
DROP = 'drop {them} with missing="drop"'


def few(values: Sequence[Any], rows: Sequence[int], count: int) -> str:
    """The first few values with their rows: "-1 (row 3), -2 (row 7) and 5 more"."""
    shown = ", ".join(f"{v} (row {r})" for v, r in zip(values, rows, strict=True))
    return shown if count == len(rows) else f"{shown} and {count - len(rows)} more"


def rows_of(rows: Sequence[int], count: int) -> str:
    """The first few rows of ``count``: "row 4", "rows 4, 9", "rows 4, 9, 17, ..."."""
    more = ", ..." if count > len(rows) else ""
    return f"row{'s' * (count > 1)} {', '.join(map(str, rows))}{more}"


def unusable(label: str, what: str, count: int, rows: Any, cure: str) -> DataError:
    """That a column has missing or infinite values, in which rows, and what to do with {them}."""
    have = "have" if label.partition(" ")[0] == "weights" else "has"
    values, them = ("value", "it") if count == 1 else ("values", "them")
    shown = rows_of([int(r) for r in rows[:3]], count)
    return DataError(f"{label} {have} {count} {what} {values} ({shown}); {cure.format(them=them)}.")


def numeric(values: Any, label: str) -> Column:
    """A column of numbers out of an array, a sequence or a column; nothing is copied if it can.

    Raises
    ------
    DataError
        If the shape is not one-dimensional, or an entry is not a real number.
    """
    if isinstance(values, Slices):
        return values
    given = values
    if not isinstance(values, np.ndarray):
        try:
            with catch_warnings(action="error"):
                values = np.asarray(values)
        except (TypeError, ValueError, OverflowError, Warning):  # ragged, masked, beyond 1e308
            values = _objects(given)
    check_shape(values, label)
    kind = values.dtype.kind
    if kind == "c":
        raise DataError(
            f"{label} holds complex numbers, and a likelihood of them is not defined here; "
            "fit their real part, their modulus or their phase."
        )
    if kind in "mM":
        raise DataError(
            f"{label} holds dates or durations ({values.dtype}); turn them into numbers in a "
            "unit of your choice, such as days: (y - y.min()) / np.timedelta64(1, 'D')."
        )
    if kind not in "biuf":
        return Array(_each(values if given is values else _objects(given), label))
    if kind == "f" and given is not values and np.any(np.abs(values) >= EXACT):
        return Array(_each(_objects(given), label))  # whole numbers among them may lose digits
    return Masked(values) if np.ma.isMaskedArray(values) else Array(values)


def _objects(values: Any) -> Any:
    """One entry per value, whatever the values are."""
    values = list(values)
    entries = np.empty(len(values), dtype=object)
    entries[:] = values
    return entries


def check_shape(values: Any, label: str) -> None:
    """Raise DataError unless an array has one dimension."""
    if values.ndim == 0:
        raise DataError(f"{label} is a single value; pass a list or a one-dimensional array.")
    if values.ndim == 1:
        return
    shape = " x ".join(map(str, values.shape))
    if values.ndim == 2 and values.shape[1] == 1:
        raise DataError(f"{label} has the shape {shape}; pass its only column: y[:, 0].")
    raise DataError(
        f"{label} has the shape {shape}; pass one column of it, y[:, 0], or y.ravel() if all "
        "entries are observations of one kind."
    )


def _each(values: Any, label: str) -> Any:
    """Entry by entry: numbers of any type, NaN for what is missing."""
    numbers = np.empty(len(values))
    wrong, large, written = [], [], []
    missing = _missing_marks()
    entries = values.filled(None) if np.ma.isMaskedArray(values) else values
    for row, entry in enumerate(entries):
        if any(entry is mark for mark in missing) or (isinstance(entry, str) and not entry):
            numbers[row] = np.nan
        elif isinstance(entry, Real | Decimal | np.bool_):
            if isinstance(entry, Integral) and abs(int(entry)) > EXACT:
                large.append(row)
                continue
            try:
                numbers[row] = float(entry)
            except (OverflowError, ValueError):
                wrong.append(row)
        elif isinstance(entry, str) and _reads_as_number(entry):
            written.append(row)
        else:
            wrong.append(row)
    if written and not wrong:
        raise DataError(
            f"{label} holds numbers written as text, {entries[written[0]]!r} in row {written[0]} "
            "the first of them; convert them to numbers."
        )
    if wrong:
        first = wrong[:3]
        are = "value is not a number" if len(wrong) == 1 else "values are not numbers"
        raise DataError(
            f"{label} must be numbers, and {len(wrong)} {are}: "
            f"{few([_short(entries[r]) for r in first], first, len(wrong))}."
        )
    if large:
        raise too_large(label, len(large), large[:3], [entries[r] for r in large[:3]])
    return numbers


def too_large(label: str, count: int, rows: Sequence[int], values: Sequence[Any]) -> DataError:
    """Whole numbers that float64 would round."""
    are = "a whole number" if count == 1 else f"{count} whole numbers"
    return DataError(
        f"{label} holds {are} beyond 2**53, which float64 rounds: "
        f"{few([_short(v, str) for v in values], rows, count)}; convert to float64 "
        "yourself if the last digits do not matter."
    )


def _reads_as_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _short(value: Any, show: Any = repr) -> str:
    value = value.item() if isinstance(value, np.generic) else value
    text = str(show(value))
    return text if len(text) <= 30 else text[:27] + "..."


def _missing_marks() -> tuple[Any, ...]:
    """Objects that mean "no value"; pandas is asked only if the user has it loaded."""
    pandas = sys.modules.get("pandas")
    return (None, np.ma.masked, *((pandas.NA, pandas.NaT) if pandas else ()))
