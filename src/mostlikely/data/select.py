"""Exact order statistics of data that are only ever seen in blocks."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.blocks import Block, Floats

__all__ = ["select"]

#: Rows that are sorted rather than counted: half a megabyte.
FEW = 65536


def select(
    blocks: Callable[[], Iterable[Block]], total: float, q: float
) -> tuple[float, float]:
    """The lower quantile, and the weight of all rows up to and including its value.

    Radix selection: the bits of a float, read as an integer, are in the order of the floats.
    Each pass counts the next 16 of them among the rows that agree with the quantile so far; the
    rows left are sorted as soon as they are few. At most five passes, whatever the data.
    """
    if not 0 <= q <= 1:
        raise ValueError(f"a quantile needs 0 <= q <= 1; got {q}.")
    target = q * total
    shift, prefix, before = 64, 0, 0.0
    rows = sum(len(block.y) for block in blocks())
    while rows > FEW and shift > 0:
        shift -= 16
        counts, weights = np.zeros(65536, dtype=np.int64), np.zeros(65536)
        for block in blocks():
            keys, inside = _candidates(block, shift + 16, prefix)
            digits = ((keys >> np.uint64(shift)) & np.uint64(0xFFFF)).astype(np.intp)
            counts += np.bincount(digits, minlength=65536)
            if inside.w is not None:
                weights += np.bincount(digits, inside.w, minlength=65536)
        cumulated = before + np.cumsum(counts if not weights.any() else weights)
        digit = _first(cumulated, target, counts > 0)
        before = float(cumulated[digit - 1]) if digit else before
        rows, prefix = int(counts[digit]), (prefix << 16) | digit
    parts = [_candidates(block, shift, prefix)[1] for block in blocks()]
    y = np.concatenate([part.y for part in parts])
    w = np.concatenate([np.ones_like(p.y) if p.w is None else p.w for p in parts])
    order = np.argsort(y, kind="stable")
    y, cumulated = y[order], before + np.cumsum(w[order])
    value = y[_first(cumulated, target, np.ones(len(y), dtype=bool))]
    return float(value), float(cumulated[np.searchsorted(y, value, side="right") - 1])


def _first(cumulated: NDArray[np.float64], target: float, held: NDArray[np.bool_]) -> int:
    """The first place that is held and reaches the target; the last held one if none does."""
    reached = np.flatnonzero(held & (cumulated >= target))
    return int(reached[0] if len(reached) else np.flatnonzero(held)[-1])


def _candidates(block: Block, shift: int, prefix: int) -> tuple[NDArray[np.uint64], Block]:
    """Keys and rows of a block whose key begins with ``prefix``, the lowest bits shifted off."""
    keys = _keys(block.y)
    if shift == 64:
        return keys, block
    inside = (keys >> np.uint64(shift)) == np.uint64(prefix)
    return keys[inside], Block(block.y[inside], None if block.w is None else block.w[inside])


def _keys(y: Floats) -> NDArray[np.uint64]:
    """Unsigned integers in the order of the floats: a negative one has its bits turned over."""
    bits = (y + 0.0).view(np.int64)  # + 0.0 makes of -0.0 the zero that it equals
    flip = (bits >> np.int64(63)) | np.int64(-(2**63))
    return (bits ^ flip).view(np.uint64)
