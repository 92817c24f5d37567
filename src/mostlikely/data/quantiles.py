"""Exact order statistics of data that are only ever seen in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.source.blocks import Block, Floats

__all__ = ["select"]

#: Rows that are sorted rather than counted: half a megabyte.
FEW = 65536


def select(blocks: Callable[[], Iterable[Block]], total: float, q: float) -> tuple[float, float]:
    """The smallest and the largest quantile: they differ where the weight splits evenly.

    The first is the smallest y whose cumulated weight reaches q of the total; the second is the
    next larger y if the weight reaches it exactly, so that any number between them divides the
    rows alike.

    Radix selection: the bits of a float, read as an integer, are in the order of the floats.
    Each round divides the range of integers in which the quantile lies into 4096 and counts; the
    rows left are sorted as soon as they are few. At most six rounds, whatever the data.
    """
    target = q * total
    low, high, before, upto = -np.inf, np.inf, 0.0, total
    while True:
        rows, low, high = _extent(blocks, low, high)
        if rows <= FEW or low == high:
            break
        first, last = (int(key) for key in _keys(np.array([low, high])))
        shift = max(0, (last - first).bit_length() - 12)
        counts, weights = np.zeros(4096, dtype=np.int64), np.zeros(4096)
        for block in blocks():
            inside = _between(block, low, high)
            digits = ((_keys(inside.y) - np.uint64(first)) >> np.uint64(shift)).view(np.int64)
            counts += np.bincount(digits, minlength=4096)
            if inside.w is not None:
                weights += np.bincount(digits, inside.w, minlength=4096)
        cumulated = before + np.cumsum(weights if weights.any() else counts.astype(np.float64))
        digit = _first(cumulated, target)
        before = float(cumulated[digit - 1]) if digit else before
        upto = float(cumulated[digit])
        low = _value(first + (digit << shift))
        high = _value(min(last, first + ((digit + 1) << shift) - 1))
    if low == high:  # however many they are, they are one value
        y, cumulated = np.array([low]), np.array([upto])
    else:
        left = [_between(block, low, high) for block in blocks()]
        y = np.concatenate([block.y for block in left])
        w = np.concatenate([np.ones_like(b.y) if b.w is None else b.w for b in left])
        order = np.argsort(y)
        y, cumulated = y[order], before + np.cumsum(w[order])
    lower = y[_first(cumulated, target)]
    after = int(np.searchsorted(y, lower, side="right"))
    if cumulated[after - 1] != target or target == total:
        upper = lower
    elif after < len(y):
        upper = y[after]
    else:  # it lies among the rows that were not sorted
        upper = min(np.where(b.y > lower, b.y, np.inf).min() for b in blocks())
    return float(lower), float(upper)


def _first(cumulated: Floats, target: float) -> int:
    """The first place that reaches the target, or the last total if rounding kept it below."""
    return int(np.searchsorted(cumulated, min(target, cumulated[-1]), side="left"))


def _between(block: Block, low: float, high: float) -> Block:
    """The rows from ``low`` to ``high``."""
    inside = (block.y >= low) & (block.y <= high)
    if inside.all():
        return block
    return Block(block.y[inside], None if block.w is None else block.w[inside])


def _extent(
    blocks: Callable[[], Iterable[Block]], low: float, high: float
) -> tuple[int, float, float]:
    """How many rows lie from ``low`` to ``high``, and the smallest and the largest of them."""
    rows, smallest, largest = 0, np.inf, -np.inf
    for block in blocks():
        y = _between(block, low, high).y
        rows += len(y)
        smallest = min(smallest, float(y.min(initial=np.inf)))
        largest = max(largest, float(y.max(initial=-np.inf)))
    return rows, smallest, largest


def _keys(y: Floats) -> NDArray[np.uint64]:
    """Unsigned integers in the order of the floats: a negative one has its bits turned over."""
    bits = (y + 0.0).view(np.int64)  # + 0.0 makes of -0.0 the zero that it equals
    flip = (bits >> np.int64(63)) | np.int64(-(2**63))
    return (bits ^ flip).view(np.uint64)


def _value(key: int) -> float:
    """The float of a key."""
    bits = key ^ (2**63 if key >> 63 else 2**64 - 1)
    return float(np.uint64(bits).view(np.float64))
