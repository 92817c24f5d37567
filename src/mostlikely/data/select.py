"""Exact order statistics of data that are only ever seen in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.blocks import Block, Floats

__all__ = ["select"]

#: Rows that are sorted rather than counted: half a megabyte.
FEW = 65536


def select(blocks: Callable[[], Iterable[Block]], total: float, q: float) -> tuple[float, float]:
    """The smallest and the largest quantile: they differ where the weight splits evenly.

    The first is the smallest y whose cumulated weight reaches q of the total; the second is the
    next larger y if the weight reaches it exactly, so that any number between them divides the
    rows alike.

    Radix selection: the bits of a float, read as an integer, are in the order of the floats.
    Each pass divides the range of integers in which the quantile lies into 4096 and counts; the
    rows left are sorted as soon as they are few. At most six passes, whatever the data.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile needs 0 <= q <= 1; got {q}.")
    target = q * total
    rows, ends = 0, []
    for block in blocks():
        rows += len(block.y)
        ends += [block.y.min(), block.y.max()]
    low, high = (int(key) for key in _keys(np.array([min(ends), max(ends)])))
    before = 0.0
    while rows > FEW and low < high:
        shift = max(0, (high - low).bit_length() - 12)
        counts, weights = np.zeros(4096, dtype=np.int64), np.zeros(4096)
        for block in blocks():
            inside, offsets = _between(block, low, high)
            digits = (offsets >> np.uint64(shift)).view(np.int64)
            counts += np.bincount(digits, minlength=4096)
            if inside.w is not None:
                weights += np.bincount(digits, inside.w, minlength=4096)
        cumulated = before + np.cumsum(weights if weights.any() else counts.astype(np.float64))
        digit = _first(cumulated, target, counts > 0)
        before = float(cumulated[digit - 1]) if digit else before
        rows = int(counts[digit])
        low += digit << shift
        high = min(high, low + (1 << shift) - 1)
    left = [_between(block, low, high)[0] for block in blocks()]
    y = np.concatenate([block.y for block in left])
    w = np.concatenate([np.ones_like(b.y) if b.w is None else b.w for b in left])
    order = np.argsort(y)
    y, cumulated = y[order], before + np.cumsum(w[order])
    lower = y[_first(cumulated, target, np.ones(len(y), dtype=np.bool_))]
    after = int(np.searchsorted(y, lower, side="right"))
    if cumulated[after - 1] != target or target == total:
        upper = lower
    elif after < len(y):
        upper = y[after]
    else:  # it lies among the rows that were not sorted
        upper = min(np.where(b.y > lower, b.y, np.inf).min() for b in blocks())
    return float(lower), float(upper)


def _first(cumulated: Floats, target: float, held: NDArray[np.bool_]) -> int:
    """The first place that is held and reaches the target; the last held one if none does."""
    reached = np.flatnonzero(held & (cumulated >= target))
    return int(reached[0] if len(reached) else np.flatnonzero(held)[-1])


def _between(block: Block, low: int, high: int) -> tuple[Block, NDArray[np.uint64]]:
    """The rows whose keys lie from ``low`` to ``high``, and how far above ``low`` they do."""
    offsets = _keys(block.y) - np.uint64(low)  # what lies below wraps around to the far end
    inside = offsets <= np.uint64(high - low)
    if inside.all():
        return block, offsets
    w = None if block.w is None else block.w[inside]
    return Block(block.y[inside], w), offsets[inside]


def _keys(y: Floats) -> NDArray[np.uint64]:
    """Unsigned integers in the order of the floats: a negative one has its bits turned over."""
    bits = (y + 0.0).view(np.int64)  # + 0.0 makes of -0.0 the zero that it equals
    flip = (bits >> np.int64(63)) | np.int64(-(2**63))
    return (bits ^ flip).view(np.uint64)
