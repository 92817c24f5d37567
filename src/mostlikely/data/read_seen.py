"""From a declaration of how y was seen to a validated sample, or one sentence of what is wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.calculus.jet import seed
from mostlikely.data.formula.seen import Seen
from mostlikely.data.formula.seen_columns import Ends, Floats, Reader
from mostlikely.data.observation import Partly
from mostlikely.data.read import read_sample
from mostlikely.data.response import Sample
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError

__all__ = ["read_seen"]


def read_seen(
    family: Any,
    seen: Seen,
    table: Table,
    weights: Any = None,
    weight_kind: str = "frequency",
) -> tuple[Any, Sample]:
    """Read and validate a sample that was seen in part.

    Parameters
    ----------
    family : Family
    seen : Seen
    table : Table
        Rows without a missing value.
    weights, weight_kind
        As in `read_sample`.

    Returns
    -------
    family : Family
    sample : Sample
        Of y itself, where every row was seen so after all.

    Raises
    ------
    DataError
        If the family has no probabilities of intervals; if an end is missing, out of order, or
        leaves nothing that is possible.
    """
    _check_family(family)
    support = family.support
    read = Reader(table, support.discrete)
    for name in seen.expressions(ends=True):
        read.refuse(
            np.isnan(read.numbers(name)),
            name,
            "is an end, and is missing; write -inf or inf where an end is open, and leave rows out "
            "of which nothing is known",
        )
    low, high = seen.ends(read)
    if seen.truncated is None and np.array_equal(low, high):
        return read_sample(
            family, {seen.label: low}, seen.label, weights, weight_kind, positions=table.keep
        )
    first, last = _window(seen, read)
    _check_ends(seen, read, low, high, first, last)
    given, cut = (low, high), np.zeros(1, dtype=bool)
    if seen.truncated is not None:
        low, high = np.maximum(low, first), np.minimum(high, last)
        first, last = _inside(support, first, last)
        cut = (first > -np.inf) | (last < np.inf)
    low, high = _inside(support, low, high)
    read.refuse(low > high, seen.label, "leaves no value that is possible between its ends", *given)
    exactly = low == high
    wrong = exactly & ~support.contains(low)
    read.refuse(wrong, seen.label, f"must be {support} under {family.name}", low)
    impossible = ~exactly & ((low >= support.high) | (high <= support.low))
    if support.discrete:
        impossible = (low > support.high) | (high < support.low)
    read.refuse(impossible, seen.label, f"must be {support} under {family.name}", *given)
    y = _stand_ins(support, low, high)
    label = seen.label
    family, sample = read_sample(
        family, {label: y}, label, weights, weight_kind, positions=table.keep
    )
    if exactly.all() and not cut.any():
        return family, sample
    kept = np.ones(len(y), dtype=bool)
    if sample.source.w is not None:
        kept = sample.source.w.read(0, len(y)) > 0.0
    one_sided = ~exactly & kept
    observation = Partly(
        exact=int(np.sum(exactly & kept)),
        right=int(np.sum(one_sided & (high == np.inf))),
        left=int(np.sum(one_sided & (low == -np.inf) & (high < np.inf))),
        between=int(np.sum(one_sided & (low > -np.inf) & (high < np.inf))),
        truncated=int(np.sum(cut & kept)),
    )
    ends = np.column_stack([low, high, first, last] if cut.any() else [low, high])
    return family, replace(
        sample,
        observation=observation,
        constant=False,
        source=replace(sample.source, ends=ends),
    )


def _check_family(family: Any) -> None:
    """Raise DataError unless a family has probabilities of intervals, with derivatives."""
    if family.own:
        raise DataError(
            "a plain function says itself what each row adds, censored ones too; leave "
            "ml.censored and its like out."
        )
    if family.labels:
        raise DataError(
            f"{family.name} is about labels, which are seen or missing; they have no ends to lie "
            "between."
        )
    if family.sample_extremes:
        ends = " and ".join(family.sample_extremes)
        raise DataError(
            f"the estimate of {ends} under {family.name} is an extreme value of what was seen, "
            "which is not known where y was seen in part; give it as a number, or choose a family "
            "whose support does not end at a parameter."
        )
    if family.log_cdf is None or family.log_sf is None:
        raise DataError(
            f"{family.name} declares no log_cdf and log_sf, the probabilities that a row adds "
            "which was seen in part."
        )
    middle = [np.float64(sum(p.typical) / 2.0) for p in family.parameters.values()]
    y = np.array([1.0 if family.support.discrete else 0.5])
    try:
        with np.errstate(all="ignore"):
            family.log_cdf(y, *seed(middle, 1))
            family.log_sf(y, *seed(middle, 1))
    except TypeError:
        raise DataError(
            f"the probabilities of {family.name} have no derivatives here, so rows that were seen "
            "in part cannot be fitted by it."
        ) from None


def _window(seen: Seen, read: Reader) -> Ends:
    """Between which ends y had to lie to be seen."""
    rows = read.table.rows
    if seen.truncated is None:
        return np.full(rows, -np.inf), np.full(rows, np.inf)
    first, last = map(read.numbers, seen.truncated)
    read.refuse(first > last, "the first end of truncated=", "is above the second", first, last)
    if not read.whole:
        read.refuse(first == last, "truncated=", "has two equal ends", first, last)
    return first, last


def _check_ends(
    seen: Seen, read: Reader, low: Floats, high: Floats, first: Floats, last: Floats
) -> None:
    """Raise DataError for ends out of order, or outside of where y could be seen."""
    label = seen.label
    read.refuse(np.isnan(low) | np.isnan(high), label, "is missing")
    read.refuse(
        low > high, label, "has a lower end above the upper one; exchange the two", low, high
    )
    far = (low == np.inf) | (high == -np.inf)
    read.refuse(far, label, "is infinite; y itself is a number", low, high)
    if seen.truncated is None:
        return
    start, end = seen.truncated
    read.refuse(
        (high < first) | ((low == high) & (low < first)),
        label,
        f"lies below where it could be seen, from {start} on; such a row cannot be in the data",
        high,
        first,
    )
    read.refuse(
        (low > last) | ((low == high) & (low > last)),
        label,
        f"lies above where it could be seen, up to {end}; such a row cannot be in the data",
        low,
        last,
    )


def _inside(support: Any, low: Floats, high: Floats) -> Ends:
    """Ends of whole numbers as such; an end beyond all that is possible is open."""
    exactly = low == high
    if support.discrete:
        exactly = exactly & (np.rint(low) == low)
        low, high = np.where(exactly, low, np.ceil(low)), np.where(exactly, high, np.floor(high))
        below, above = low <= support.low, high >= support.high
        exactly = low == high
    else:
        below, above = low <= support.low, high >= support.high
    # An end that nothing possible reaches is kept: what is impossible has a sentence.
    low = np.where(below & ~exactly & (high > support.low), -np.inf, low)
    return low, np.where(above & ~exactly & (low < support.high), np.inf, high)


def _stand_ins(support: Any, low: Floats, high: Floats) -> Floats:
    """A possible number for each row: what starts and scales are made of."""
    y = low.copy()
    if np.isfinite(support.high):
        rows = np.flatnonzero(high == np.inf)
        y[rows] = 0.5 * (low[rows] + support.high)
    rows = np.flatnonzero(low == -np.inf)
    y[rows] = 0.5 * (high[rows] + support.low) if np.isfinite(support.low) else high[rows]
    rows = np.flatnonzero((low < high) & (high < np.inf) & (low > -np.inf))
    y[rows] = 0.5 * low[rows] + 0.5 * high[rows]
    if support.discrete:
        y = np.floor(y)
    usable = support.contains(y)
    if not usable.all():
        y[~usable] = np.median(y[usable]) if usable.any() else _some_value(support)
    return y


def _some_value(support: Any) -> float:
    """A number that is possible."""
    if np.isfinite(support.low):
        high = support.high if np.isfinite(support.high) else support.low + 2.0
        middle = 0.5 * (support.low + high)
        return float(np.floor(middle)) if support.discrete else float(middle)
    return 0.0
