"""Rows of several kinds, each kind by its own formula, put together again.

`pieces.by_rows` does so for functions of numbers; these do it for jets, whose components are
arrays, numbers, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.jet import Jet

__all__ = ["gathered", "rows_of"]

Mask = NDArray[np.bool_]


def rows_of(value: Any, rows: Any) -> Any:
    """Some rows of an array, of a jet, or of a number, which is the same in each.

    What a jet remembers (its logarithm, one minus it) goes with it.
    """
    if isinstance(value, np.ndarray):
        return value[rows] if value.ndim else value
    if not isinstance(value, Jet):
        return value
    out = Jet(
        rows_of(value.value, rows),
        tuple(rows_of(g, rows) for g in value.grad),
        None if value.hess is None else tuple(rows_of(h, rows) for h in value.hess),
        None if value.log is None else rows_of(value.log, rows),
    )
    rest, minus = value.rest, value.minus
    if rest is not None:
        out.rest = lambda: rows_of(rest(), rows)
    if minus is not None:
        out.minus = rows_of(minus, rows)
    return out


def gathered(kinds: Sequence[tuple[Mask, Callable[..., Any]]], *args: Any) -> Any:
    """Each kind's formula on its own rows, as one result.

    Parameters
    ----------
    kinds : sequence of (array of bool of shape (rows,), callable)
        Which rows, and what is computed of them; each row is of one kind.
    *args : arrays of shape (rows,) or (rows, m), jets, numbers
        What the formulas are of.

    Returns
    -------
    array of shape (rows,), or a jet of such
    """
    count = len(kinds[0][0])
    found = []
    for rows, formula in kinds:
        if rows.all():
            return formula(*args)
        if rows.any():
            found.append((rows, formula(*(rows_of(a, rows) for a in args))))
    like = next((part for _, part in found if isinstance(part, Jet)), None)
    if like is None:
        return _spread(count, found)
    parts = [(rows, part if isinstance(part, Jet) else _still(part, like)) for rows, part in found]
    return Jet(
        _spread(count, [(rows, part.value) for rows, part in parts]),
        tuple(
            _spread(count, [(rows, part.grad[i]) for rows, part in parts])
            for i in range(len(like.grad))
        ),
        like.hess
        and tuple(
            _spread(count, [(rows, part.hess[i]) for rows, part in parts])  # type: ignore[index]
            for i in range(len(like.hess))
        ),
    )


def _still(value: Any, like: Jet) -> Jet:
    """What no parameter enters, as a jet."""
    return Jet(value, (None,) * len(like.grad), like.hess and (None,) * len(like.hess))


def _spread(count: int, parts: Sequence[tuple[Mask, Any]]) -> Any:
    """Components of rows in their places; nothing where no part has any."""
    if all(part is None for _, part in parts):
        return None
    out = np.zeros(count)
    for rows, part in parts:
        if part is not None:
            out[rows] = part
    return out
