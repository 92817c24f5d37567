"""The distribution that makes rows seen in part most probable, whatever its shape.

Of rows that were seen, censored on the right and entered late it is the product of what remained
at each time (Kaplan and Meier 1958, J. Amer. Statist. Assoc. 53, 457-481), with Greenwood's errors.
Of intervals it lies on those that no other end cuts, with the shares that Turnbull's
self-consistent equations give (Turnbull 1976, J. R. Stat. Soc. B 38, 290-295).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.solve.objective import Vector

__all__ = ["Steps", "survival_steps"]

#: How often shares are improved at most, and what they may still be off, of one.
MOST, NEAR = 20_000, 1e-9


@dataclass(frozen=True)
class Steps:
    """A survival function in steps.

    Parameters
    ----------
    low, high : arrays of shape (m,)
        Between which ends it falls: equal ones where it falls at once, else it is not known where.
    survival : array of shape (m,)
        What is left after the fall.
    std_error : array of shape (m,)
        Greenwood's; NaN of intervals, whose steps have no usual errors.
    """

    low: Vector
    high: Vector
    survival: Vector
    std_error: Vector


def survival_steps(ends: Vector, w: Vector | None = None) -> Steps:
    """The nonparametric maximum of the likelihood.

    Parameters
    ----------
    ends : array of shape (rows, 2) or (rows, 4)
        As of a `Block`.
    w : array of shape (rows,), optional
        How often each row counts.

    Raises
    ------
    ModelError
        Of intervals that were truncated as well.
    """
    low, high = ends[:, 0], ends[:, 1]
    w = np.ones(len(ends)) if w is None else w
    first = ends[:, 2] if ends.shape[1] > 2 else np.full(len(low), -np.inf)
    last = ends[:, 3] if ends.shape[1] > 2 else np.full(len(low), np.inf)
    if np.all((low == high) | (high == np.inf)) and np.all(last == np.inf):
        return _product_limit(low, low == high, first, w)
    if np.any(first > -np.inf) or np.any(last < np.inf):
        raise ModelError(
            "rows that were truncated, and censored otherwise than on the right, have no curve of "
            "steps here; fit.residuals() are standard normal if the model holds."
        )
    return _self_consistent(low, high, w)


def _product_limit(time: Vector, event: Vector, entry: Vector, w: Vector) -> Steps:
    at, place = np.unique(time[event], return_inverse=True)
    deaths = np.bincount(place, w[event], minlength=len(at))

    def reached(values: Vector) -> Vector:
        """The weight of the rows whose value is at least each time."""
        order = np.argsort(values)
        sums = np.concatenate([[0.0], np.cumsum(w[order])])
        return np.asarray(sums[-1] - sums[np.searchsorted(values[order], at, side="left")])

    at_risk = reached(time) - reached(entry)  # not those who come at that time or later
    left = 1.0 - deaths / at_risk
    survival = np.cumprod(left)
    with np.errstate(all="ignore"):
        spread = np.sqrt(np.cumsum(deaths / (at_risk * (at_risk - deaths))))
        error = np.where(survival > 0.0, survival * spread, 0.0)
    return Steps(at, at, np.asarray(survival, dtype=np.float64), np.asarray(error))


def _self_consistent(low: Vector, high: Vector, w: Vector) -> Steps:
    start, end = _uncut(low, high)
    begin = np.searchsorted(start, low, side="left")
    stop = np.searchsorted(end, high, side="right")
    count, total = len(start), w.sum()
    share = np.full(count, 1.0 / count)
    for _ in range(MOST):
        sums = np.concatenate([[0.0], np.cumsum(share)])
        each = w / np.maximum(sums[stop] - sums[begin], np.finfo(float).tiny)
        change = np.bincount(begin, each, minlength=count + 1)
        change -= np.bincount(stop, each, minlength=count + 1)
        slope = np.cumsum(change)[:count] / total  # one where there is a share, else at most one
        moved = share * slope
        moved /= moved.sum()
        step = np.abs(moved - share).max()
        share = moved
        if step < NEAR * max(1.0 / count, 1e-3):
            break
    survival = np.maximum(1.0 - np.cumsum(share), 0.0)
    kept = share > 1e-9
    return Steps(start[kept], end[kept], survival[kept], np.full(int(kept.sum()), np.nan))


def _uncut(low: Vector, high: Vector) -> tuple[Vector, Vector]:
    """Intervals from a lower end to an upper one with no end between: shares lie on these alone.

    An interval holds its upper end and not its lower one, but for a single point.
    """
    seen = low == high
    # Order at one place: upper ends of others, then the point, then lower ends.
    places = np.concatenate([low, high])
    kinds = np.concatenate([np.where(seen, 1, 3), np.where(seen, 2, 0)])
    table = np.unique(np.column_stack([places, kinds]), axis=0)
    opens = (table[:-1, 1] % 2 == 1) & (table[1:, 1] % 2 == 0)
    return table[:-1][opens, 0], table[1:][opens, 0]
