"""From what the user passed to a validated sample, or to one sentence that says what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.domain import Domain
from mostlikely.calculus.exact import exact_sum
from mostlikely.data.observation import Exact
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import BLOCK, Column, Rows
from mostlikely.data.source.columns import Declared, declared_order, pick, unwrap
from mostlikely.data.source.numbers import DROP, EXACT, few, numeric, too_large, unusable
from mostlikely.errors import DataError, nearest

__all__ = ["KINDS", "read_sample"]

#: What weights may mean, and the sentence for each.
KINDS = {
    "frequency": "how many observations a row stands for",
    "precision": "how precise a row is: its variance is the model's divided by the weight",
    "sampling": "how many members of the population a row speaks for",
}

Test = Callable[[Any, Any], NDArray[np.bool_]]


class Model(Protocol):
    """What the data need to know of a family."""

    support: Domain

    @property
    def name(self) -> str: ...

    def prepare(self, y: Any, order: Any = None) -> tuple[Any, Any]: ...


def read_sample(
    family: Model,
    data: Any,
    y: Any = None,
    weights: Any = None,
    weight_kind: str = "frequency",
    missing: str = "raise",
    positions: NDArray[np.intp] | None = None,
    order: Declared | None = None,
) -> tuple[Any, Sample]:
    """Read and validate a sample for a family.

    Parameters
    ----------
    family : Family
    data : array-like of shape (rows,), or a dataframe, or a dict of arrays
        A NumPy array, a list, tuple or range, a column or a dataframe of pandas, Polars (eager or
        lazy) or Arrow. Float64 arrays without nulls are read where they lie. Rows are taken by
        position; an index is not looked at.
    y : str, optional
        The column to fit, where ``data`` has several.
    weights : str or array-like of shape (rows,), optional
        A column's name, or the weights themselves, none negative. A row of weight zero counts in
        ``rows`` and nowhere else.
    weight_kind : {"frequency", "precision", "sampling"}
        Whether a weight says how many observations a row stands for, how precise it is, or how
        many of the population it speaks for. Sampling weights are rescaled to mean one. Without
        weights each row is one observation, which is the first kind.
    missing : {"raise", "drop"}
        What to do with rows whose value or weight is missing: NaN, null, masked, empty text.
    positions : array of int, optional
        Where each row stands in the user's table, for the sentences.
    order : Declared, optional
        The labels in order, where the response declares them.

    Returns
    -------
    family : Family
        As ``family.prepare`` returns it.
    sample : Sample

    Raises
    ------
    DataError
        In one sentence: what cannot be used, how many rows, the first of them (counted from 0).
    """
    for word, value, allowed in (
        ("weight_kind", weight_kind, tuple(KINDS)),
        ("missing", missing, ("raise", "drop")),
    ):
        if value not in allowed:
            raise DataError(f"there is no {word}={value!r}; {nearest(str(value), allowed)}")
    (label, raw), weighing = pick(data, y, weights)
    order = declared_order(raw) if order is None else order
    family, prepared = family.prepare(unwrap(raw, label), order)
    columns = Columns(label, numeric(prepared, label), positions=positions)
    if weighing is not None:
        columns.label_w, raw = weighing
        columns.w = numeric(unwrap(raw, columns.label_w), columns.label_w)
    return family, _sample(columns, family, weight_kind, drop=missing == "drop")


@dataclass
class Columns:
    """The two columns and what one pass over them has shown."""

    label: str
    y: Column
    label_w: str = "weights"
    w: Column | None = None
    missing: int = 0
    zeros: int = 0
    lows: list[float] = field(default_factory=list)
    highs: list[float] = field(default_factory=list)
    weights: list[tuple[float, float, float]] = field(default_factory=list)
    fractions: bool = False
    positions: NDArray[np.intp] | None = None

    def look(self, discrete: bool) -> None:
        """Smallest and largest per block, and what is missing: NaN passes through the minimum."""
        for start in range(0, len(self.y), BLOCK):
            y = self.y.read(start, start + BLOCK)
            rows, low = len(y), y.min()
            w = None if self.w is None else self.w.read(start, start + BLOCK)
            if low != low or (w is not None and np.isnan(w.min())):
                seen = y == y if w is None else (y == y) & (w == w)
                self.missing += len(y) - int(seen.sum())
                y, w = y[seen], None if w is None else w[seen]
                if not len(y):
                    continue
            if w is not None:
                lightest = w.min()
                self.weights.append((float(lightest), float(w.max()), float(w.sum())))
                if lightest <= 0:
                    seen = w > 0
                    self.zeros += len(y) - int(seen.sum())
                    y = y[seen]
                    if not len(y):
                        continue
            self.lows.append(float(low if len(y) == rows else y.min()))
            self.highs.append(float(y.max()))
            if discrete and not self.fractions:
                self.fractions = not np.array_equal(np.rint(y), y)

    def find(self, test: Test) -> tuple[int, list[int], list[Any]]:
        """How many rows fulfil a test of (y, w), the first three, and their y and w as given."""
        count = 0
        rows: list[int] = []
        values: list[Any] = []
        for start in range(0, len(self.y), BLOCK):
            y = self.y.read(start, start + BLOCK)
            w = np.ones_like(y) if self.w is None else self.w.read(start, start + BLOCK)
            here = np.flatnonzero(test(y, w))
            count += len(here)
            for row in (int(r) for r in here[: 3 - len(rows)] + start):
                rows.append(row if self.positions is None else int(self.positions[row]))
                given = self.y.exact(row, row + 1)
                values.append((given[0], None if self.w is None else w[row - start]))
        return count, rows, values


def _sample(columns: Columns, family: Model, kind: str, drop: bool) -> Sample:
    label, w = columns.label, columns.w
    length = len(columns.y)
    if w is not None and len(w) != length:
        raise DataError(
            f"{columns.label_w} and {label} differ in length, {len(w)} and {length}; "
            "give one weight per row."
        )
    if length == 0:
        raise DataError(f"{label} is empty; there is nothing to fit.")
    support = family.support
    with np.errstate(all="ignore"):
        columns.look(support.discrete and not columns.y.whole)
        if columns.missing and not drop:
            raise _missing(columns)
        if columns.missing == length:
            raise DataError(f"{label} has no values; every row is missing.")
        _check_weights(columns)
        smallest, largest = min(columns.lows), max(columns.highs)
        inside = support.holds(smallest, largest) and not columns.fractions
        large = columns.y.whole and max(-smallest, largest) >= EXACT
        if not inside or large:
            _check_values(columns, family)
    rows = length - columns.missing
    counted = float(rows - columns.zeros)
    total, unit = counted, 1.0
    if w is None:
        kind = "frequency"
    else:
        total = exact_sum(s for _, _, s in columns.weights)
        if kind == "sampling":
            total, unit = counted, total / counted
    return Sample(
        observation=Exact(),
        label=label,
        kind=kind,
        rows=rows,
        dropped=columns.missing,
        n=total if kind == "frequency" else counted,
        weighted=w is not None,
        smallest=smallest,
        largest=largest,
        constant=smallest == largest,
        total=total,
        source=Rows(columns.y, w, gaps=columns.missing + columns.zeros > 0, unit=unit),
    )


def _missing(columns: Columns) -> DataError:
    """Of y if it has any, else of the weights."""
    label = columns.label
    count, rows, _ = columns.find(lambda y, w: np.isnan(y))
    if not count:
        label = columns.label_w
        count, rows, _ = columns.find(lambda y, w: np.isnan(w))
    return unusable(label, "missing", count, rows, DROP)


def _check_weights(columns: Columns) -> None:
    if columns.w is None:
        return
    label = columns.label_w
    lightest = min(low for low, _, _ in columns.weights)
    heaviest = max(high for _, high, _ in columns.weights)
    wrong: tuple[tuple[bool, str, Test], ...] = (
        (lightest < 0, "negative", lambda y, w: w < 0),
        (heaviest == np.inf, "infinite", lambda y, w: w == np.inf),
    )
    for found, word, test in wrong:
        if found:
            count, rows, values = columns.find(test)
            raise DataError(
                f"{label} must be zero or positive numbers, and {count} "
                f"{'is' if count == 1 else 'are'} {word}: "
                f"{few([f'{v:g}' for _, v in values], rows, count)}."
            )
    if heaviest == 0:
        raise DataError(f"{label} are all zero; at least one row must count.")
    if not np.isfinite(exact_sum(s for _, _, s in columns.weights)):
        raise DataError(f"{label} add up to more than float64 can hold; divide them by a constant.")


def _check_values(columns: Columns, family: Model) -> None:
    """The careful look, when the smallest and the largest say that something is wrong."""
    label, support = columns.label, family.support
    count, rows, values = columns.find(lambda y, w: np.isinf(y) & (w > 0))
    if count:
        cure = 'remove {them}, or make {them} missing and pass missing="drop"'
        raise unusable(label, "infinite", count, rows, cure)
    count, rows, values = columns.find(lambda y, w: ~support.contains(y) & (y == y) & (w > 0))
    if count:
        raise DataError(
            f"{label} must be {support} under {family.name}, and {count} "
            f"{'value is' if count == 1 else 'values are'} not: "
            f"{few([f'{v}' for v, _ in values], rows, count)}."
        )
    large = [
        (start + i, value)
        for start in range(0, len(columns.y), BLOCK)
        for i, value in enumerate(columns.y.exact(start, start + BLOCK))
        if isinstance(value, int) and abs(value) > EXACT
    ]
    if large:
        raise too_large(label, len(large), *zip(*large[:3], strict=True))
