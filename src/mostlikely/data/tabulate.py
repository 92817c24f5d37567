"""Data of few distinct values, as a table of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import floor

import numpy as np

from mostlikely.data.source.blocks import Block, Floats

__all__ = ["tabulate"]

#: No table is longer than this.
LONGEST = 65536


def tabulate(
    blocks: Callable[[], Iterable[Block]], rows: int, smallest: float, largest: float
) -> tuple[Floats, Floats] | None:
    """Distinct values in order, and the weight of each; None if they are not few.

    Whole numbers within a short range are counted. Others are sorted, block by block, and given
    up as soon as more than a quarter of the rows so far (and more than 64) are distinct.
    """
    if largest - smallest < LONGEST:
        table = _count(blocks, float(floor(smallest)), int(largest - floor(smallest)) + 1)
    else:
        table = None
    table = _merge(blocks) if table is None else table
    if table is None or not len(table[0]) <= min(max(64, rows // 4), LONGEST, rows - 1):
        return None
    return table


def _count(
    blocks: Callable[[], Iterable[Block]], low: float, length: int
) -> tuple[Floats, Floats] | None:
    """By counting; None unless all are whole."""
    counts, weights = np.zeros(length, dtype=np.int64), np.zeros(length)
    for block in blocks():
        places = (block.y - low).astype(np.intp)
        if not np.array_equal(places + low, block.y):
            return None
        counts += np.bincount(places, minlength=length)
        if block.w is not None:
            weights += np.bincount(places, block.w, minlength=length)
    held = np.flatnonzero(counts)
    values = held.astype(np.float64) + low
    return values, (weights if weights.any() else counts.astype(np.float64))[held]


def _merge(blocks: Callable[[], Iterable[Block]]) -> tuple[Floats, Floats] | None:
    """By sorting each block and merging what it holds into the table."""
    seen = 0
    values: Floats = np.empty(0)
    weights: Floats = np.empty(0)
    for block in blocks():
        w = np.ones_like(block.y) if block.w is None else block.w
        values, places = np.unique(np.concatenate([values, block.y]), return_inverse=True)
        weights = np.bincount(places, np.concatenate([weights, w])).astype(np.float64, copy=False)
        seen += len(block.y)
        if len(values) > min(max(64, seen // 4), LONGEST):
            return None
    return values, weights
