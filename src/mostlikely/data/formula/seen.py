"""How y was seen, as it is declared: each kind says between which ends it lies in every row.

``ml.censored("time", event="died")`` is such a declaration, and so is the left side of the formula
``"censored(time, died) ~ age"``, which is taken apart and never run.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar

import numpy as np

from mostlikely.data.formula.parse import QUOTED
from mostlikely.data.formula.seen_columns import Ends, Floats, Reader
from mostlikely.errors import ModelError, nearest

__all__ = ["Seen", "censored", "exact", "interval_censored", "rounded", "seen_of"]

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
        cut = self.truncated
        if cut is not None and not (isinstance(cut, tuple | list) and len(cut) == 2):
            raise ModelError(
                "truncated= is a pair, (low, high), of numbers or columns; an end that is open is "
                f"-inf or inf. Got {cut!r}."
            )
        for name, value in self.given():
            if isinstance(value, bool) or not isinstance(value, str | int | float | np.number):
                raise ModelError(
                    f"{name} of ml.{self.word} is a number or a column's name; got "
                    f"{type(value).__name__}. Put arrays into a table first: "
                    f'ml.fit(model, {{"time": times, "died": died}}, y=ml.{self.word}("time", ...)).'
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
        return next((v for _, v in self.given() if isinstance(v, str)), "y")

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
        own = [] if ends or self.event is None else [_compared(self.event)[0]]
        return super().expressions(ends) + own

    def ends(self, read: Reader) -> Ends:
        """An open end where there was no event, or where a limit was reached."""
        y = read.numbers(self.y)
        low, high = y.copy(), y.copy()
        if self.event is not None:
            column, test = _compared(self.event)
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


# The public words.


def exact(y: Given, *, truncated: tuple[Given, Given] | None = None) -> Seen:
    """A response that was seen itself; with ``truncated`` one that only then could be seen.

    Parameters
    ----------
    y : str or float
        A column, or an expression of columns.
    truncated : (low, high), optional
        What lies outside of these was never recorded: numbers or columns, -inf or inf for none.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"claim": [10.2, 11.5, 10.1, 14.0, 12.3, 10.9]}
    >>> fit = ml.fit("exponential", data, y=ml.exact("claim", truncated=(10, float("inf"))))
    >>> round(fit.params["mean"], 10)
    1.5
    """
    return Exact(y, truncated=truncated)


def censored(
    y: Given,
    event: str | None = None,
    *,
    side: str = "right",
    lower: Given | None = None,
    upper: Given | None = None,
    entry: Given | None = None,
    truncated: tuple[Given, Given] | None = None,
) -> Seen:
    """A response of which some rows say only that it lies beyond a number.

    Parameters
    ----------
    y : str or float
        A column: the time of the event or, where there was none, the last time without it; or what
        was measured, where it was between limits.
    event : str, optional
        The column that says whether the event was seen (True or 1; False or 0), or a comparison
        with a column's value, ``"status == 2"``.
    side : {"right", "left"}
        Whether y lies above (below) its number where the event was not seen.
    lower, upper : float or str, optional
        Limits of detection, numbers or columns: y at or below ``lower`` is known to be no larger,
        y at or above ``upper`` to be no smaller.
    entry : float or str, optional
        From when on a row was watched: short for ``truncated=(entry, inf)``.
    truncated : (low, high), optional
        See `exact`.

    Notes
    -----
    Censoring must tell nothing else about y than what is declared here. Of counts, right-censored
    at c means y > c, left-censored y < c, ``lower`` y ≤ lower, ``upper`` y ≥ upper.

    Examples
    --------
    >>> import mostlikely as ml
    >>> lamps = {"hours": [1.0, 2.0, 4.0, 5.0, 5.0, 5.0], "burnt": [1, 1, 1, 1, 0, 0]}
    >>> fit = ml.fit("exponential", lamps, y=ml.censored("hours", event="burnt"))
    >>> round(fit.params["mean"], 10)  # 22 hours, 4 events
    5.5
    """
    if side not in ("right", "left"):
        raise ModelError(f"there is no side={side!r}; {nearest(str(side), ('right', 'left'))}")
    if event is None and lower is None and upper is None:
        raise ModelError(
            "ml.censored needs event=, the column that says which rows were seen, or limits, "
            "lower= and upper=."
        )
    if event is not None and (lower is not None or upper is not None):
        raise ModelError("ml.censored takes event= or the limits lower= and upper=, not both.")
    if event is None and side != "right":
        raise ModelError("side= goes with event=; limits say themselves on which side they lie.")
    if entry is not None and truncated is not None:
        raise ModelError("entry= is short for truncated=(entry, inf); give one of them.")
    if event is not None:
        _compared(event)
    cut = (entry, INF) if entry is not None else truncated
    return Censored(y, event, side, lower, upper, truncated=cut)


def interval_censored(
    low: Given, high: Given, *, truncated: tuple[Given, Given] | None = None
) -> Seen:
    """A response known to lie between two ends.

    Parameters
    ----------
    low, high : str or float
        Columns, or numbers. Equal ends are y itself; -inf and inf are open ends, and for a
        positive family 0 is one too. Of counts both ends belong to the interval.
    truncated : (low, high), optional
        See `exact`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> visits = {"last_well": [0.0, 1.0, 2.0, 3.0], "first_ill": [1.0, 2.0, 4.0, float("inf")]}
    >>> fit = ml.fit("weibull", visits, y=ml.interval_censored("last_well", "first_ill"))
    >>> round(fit.loglik, 4)
    -4.1035
    """
    return IntervalCensored(low, high, truncated=truncated)


def rounded(
    y: Given,
    to: Given,
    how: str = "nearest",
    *,
    truncated: tuple[Given, Given] | None = None,
) -> Seen:
    """A response that was rounded before it was written down.

    Parameters
    ----------
    y : str or float
        A column.
    to : float or str
        The step: 1 for whole numbers, 0.1 for one decimal; or a column of steps.
    how : {"nearest", "down", "up"}
    truncated : (low, high), optional
        See `exact`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ages = {"years": [3, 4, 4, 5, 5, 6, 8]}
    >>> fit = ml.fit("normal", ages, y=ml.rounded("years", to=1, how="down"))
    >>> round(fit.params["mu"], 2)
    5.5
    """
    ways = ("nearest", "down", "up")
    if how not in ways:
        raise ModelError(f"there is no how={how!r}; {nearest(str(how), ways)}")
    return Rounded(y, to=to, how=how, truncated=truncated)


#: By what a formula calls them.
WORDS: dict[str, Callable[..., Seen]] = {
    f.__name__: f for f in (exact, censored, interval_censored, rounded)
}


# As the left side of a formula.


def seen_of(text: str) -> Seen | None:
    """The declaration that a formula's left side is; None where it is a column or an expression.

    Raises
    ------
    ModelError
        If it is one, and cannot be read.

    Examples
    --------
    >>> seen_of("censored(time, status == 2)").event
    'status == 2'
    """
    name = re.match(r"(?:ml\.)?(\w+)\s*\(", text)
    if name is None or name[1] not in WORDS:
        return None
    names: list[str] = []

    def stand_in(quoted: re.Match[str]) -> str:
        if quoted.group()[0] != "`":
            return quoted.group()
        names.append(quoted.group()[1:-1])
        return f"_quoted_{len(names) - 1}_"

    try:
        call = ast.parse(re.sub(QUOTED, stand_in, text).strip(), mode="eval").body
    except SyntaxError:
        raise ModelError(
            f"{text!r} cannot be read; write it as in 'censored(time, died) ~ age'."
        ) from None
    if not isinstance(call, ast.Call):
        return None

    def value(node: ast.expr) -> Any:
        try:
            return ast.literal_eval(node)
        except ValueError:
            pass
        if isinstance(node, ast.Tuple):
            return tuple(map(value, node.elts))
        written = re.sub(r"_quoted_(\d+)_", lambda m: names[int(m[1])], ast.unparse(node))
        written = {"None": None}.get(written, written)
        open_ends = {"inf": INF, "-inf": -INF, "np.inf": INF, "-np.inf": -INF}
        return open_ends.get(str(written), written)

    try:
        return WORDS[name[1]](
            *map(value, call.args), **{str(k.arg): value(k.value) for k in call.keywords}
        )
    except TypeError as error:
        said = str(error).replace("()", "")
        raise ModelError(f"{text!r} cannot be read: {said}.") from None


def _compared(event: str) -> tuple[str, Any]:
    """The column that an event names, and what is asked of its values; None: whether they hold."""
    found = re.fullmatch(r"\s*(.+?)\s*(==|!=|<=|>=|<|>)\s*(.+?)\s*", str(event))
    if not isinstance(event, str) or not event.strip():
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
