"""The words that declare how y was seen, called by a person or written on the left of a formula."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from mostlikely.data.formula.parse import QUOTED
from mostlikely.data.formula.seen import (
    Censored,
    Exact,
    Given,
    IntervalCensored,
    Rounded,
    Seen,
    compared,
)
from mostlikely.errors import ModelError, nearest

__all__ = ["censored", "exact", "interval_censored", "rounded", "seen_of"]

INF = np.inf


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
        compared(event)
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
    -5.0813
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
        open_ends = {"inf": INF, "-inf": -INF, "np.inf": INF, "-np.inf": -INF}
        return open_ends.get(written, written)

    try:
        return WORDS[name[1]](
            *map(value, call.args), **{str(k.arg): value(k.value) for k in call.keywords}
        )
    except TypeError as error:
        said = str(error).replace("()", "")
        raise ModelError(f"{text!r} cannot be read: {said}.") from None
