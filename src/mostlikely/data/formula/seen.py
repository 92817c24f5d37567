"""How y was seen, as it is declared: each kind says between which ends it lies in every row.

``ml.censored("time", event="died")`` is such a declaration, and so is the left side of the formula
``"censored(time, died) ~ age"``, which is taken apart and never run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from mostlikely.data.formula.seen_columns import Ends, Reader
from mostlikely.errors import ModelError

__all__ = [
    "Censored",
    "Exact",
    "Given",
    "IntervalCensored",
    "Rounded",
    "Seen",
    "compared",
]

#: What is read of a row: a number for all rows, a column, or an expression of columns.
Given = float | str
INF = np.inf


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One way of seeing y; a subclass declares what it reads, and the ends of each row.

    Parameters
    ----------
    truncated : (low, high), optional
        Between which ends y had to lie to be seen at all: numbers or columns.
    """

    truncated: tuple[Given, Given] | None = None
    #: The word that makes one.
    word: ClassVar[str]
    #: Parameters that are neither numbers nor columns.
    choices: ClassVar[tuple[str, ...]] = ()
    #: Parameters whose columns hold ends, where nothing may be missing.
    ends_in: ClassVar[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        cut: Any = self.truncated
        if cut is not None and not (isinstance(cut, tuple | list) and len(cut) == 2):
            raise ModelError(
                "truncated= is a pair, (low, high), of numbers or columns; an end that is open is "
                f"-inf or inf. Got {cut!r}."
            )
        for name, value in self.given():
            if isinstance(value, bool) or not isinstance(value, str | int | float | np.number):
                raise ModelError(
                    f"{name} of ml.{self.word} is a number or a column's name; got "
                    f"{type(value).__name__}. Put arrays into a table first: ml.fit(model, "
                    f'{{"time": times, "died": died}}, y=ml.{self.word}("time", ...)).'
                )
            if not isinstance(value, str) and np.isnan(value):
                raise ModelError(f"{name} of ml.{self.word} is NaN; write inf where it is open.")

    def given(self) -> Iterator[tuple[str, Any]]:
        """What it reads, by the names of its parameters; each end of a truncation apart."""
        for one in fields(self):
            value = getattr(self, one.name)
            if value is None or one.name in self.choices:
                continue
            if one.name == "truncated":
                yield from (("truncated", end) for end in value)
            else:
                yield one.name, value

    @property
    def label(self) -> str:
        """What y is called."""
        own = (v for name, v in self.given() if name != "truncated" and isinstance(v, str))
        return next(own, "y")

    def expressions(self, ends: bool) -> list[str]:
        """What it reads of a table: ends, in which nothing may be missing, or the rest."""
        return [
            value
            for name, value in self.given()
            if isinstance(value, str) and (name in (*self.ends_in, "truncated")) == ends
        ]

    def ends(self, read: Reader) -> Ends:
        """Smallest and largest possible y of each row, arrays of shape (rows,)."""
        raise NotImplementedError


@dataclass(frozen=True)
class Exact(Seen):
    """y itself."""

    y: Given
    word: ClassVar[str] = "exact"

    def ends(self, read: Reader) -> Ends:
        """Both are y."""
        y = read.numbers(self.y)
        return y, y


@dataclass(frozen=True)
class Censored(Seen):
    """y itself in some rows, in others that it lies beyond a number."""

    y: Given
    event: str | None = None
    side: str = "right"
    lower: Given | None = None
    upper: Given | None = None
    word: ClassVar[str] = "censored"
    choices: ClassVar[tuple[str, ...]] = ("side", "event")
    ends_in: ClassVar[tuple[str, ...]] = ("lower", "upper")

    def expressions(self, ends: bool) -> list[str]:
        """The event's column too, which is no number."""
        own = [] if ends or self.event is None else [compared(self.event)[0]]
        return super().expressions(ends) + own

    def ends(self, read: Reader) -> Ends:
        """An open end where there was no event, or where a limit was reached."""
        y = read.numbers(self.y)
        low, high = y.copy(), y.copy()
        if self.event is not None:
            column, test = compared(self.event)
            over = ~read.events(column, test)
            if self.side == "right":
                low, high = np.where(over, read.beyond(y), low), np.where(over, INF, high)
            else:
                low, high = np.where(over, -INF, low), np.where(over, read.before(y), high)
        if self.lower is not None:
            end = read.numbers(self.lower)
            low, high = np.where(y <= end, -INF, low), np.where(y <= end, end, high)
        if self.upper is not None:
            end = read.numbers(self.upper)
            low, high = np.where(y >= end, end, low), np.where(y >= end, INF, high)
        return low, high


@dataclass(frozen=True)
class IntervalCensored(Seen):
    """Two numbers that y lies between."""

    low: Given
    high: Given
    word: ClassVar[str] = "interval_censored"
    ends_in: ClassVar[tuple[str, ...]] = ("low", "high")

    @property
    def label(self) -> str:
        """Both ends."""
        return f"{self.low} to {self.high}"

    def ends(self, read: Reader) -> Ends:
        """As they are given."""
        return read.numbers(self.low), read.numbers(self.high)


@dataclass(frozen=True)
class Rounded(Seen):
    """A number that stands for all that are rounded to it."""

    y: Given
    to: Given = field(kw_only=True)
    how: str = "nearest"
    word: ClassVar[str] = "rounded"
    choices: ClassVar[tuple[str, ...]] = ("how",)

    def ends(self, read: Reader) -> Ends:
        """A step of rounding apart."""
        y, step = read.numbers(self.y), read.numbers(self.to)
        read.refuse(step <= 0.0, self.to, "must be positive, as it is what y is rounded to")
        below = {"nearest": 0.5, "down": 0.0, "up": 1.0}[self.how] * step
        return y - below, y - below + step


def compared(event: Any) -> tuple[str, Any]:
    """The column that an event names, and what is asked of its values; None: whether they hold.

    Raises
    ------
    ModelError
        If it is neither a column's name nor a comparison with a number or a text.
    """
    found = re.fullmatch(r"\s*(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*", str(event))
    if not (isinstance(event, str) and event.strip()):
        raise ModelError(f"event= is a column's name, or a comparison of one; got {event!r}.")
    if found is None:
        return event.strip().strip("`"), None
    try:
        value = ast.literal_eval(found[3])
    except (ValueError, SyntaxError):
        value = found
    if not isinstance(value, str | int | float):
        raise ModelError(
            f"event={event!r} compares a column with something else than a number or a text in "
            'quotes; write event="status == 2" or event="status == \'dead\'".'
        )
    return found[1].strip("`"), (found[2], value)
