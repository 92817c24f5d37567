"""Functions of a count, looked up where many rows share few counts."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

__all__ = ["FEW", "LOOKED_UP", "places_of", "tabulated"]

#: Counts below this are looked up, if there are as many of them.
LOOKED_UP = 512
#: Tables are this long, if that will do, and so many times an epsilon is no loss.
FEW = 64


def places_of(y: Any) -> Any:
    """Many small whole numbers as indices into a table of them; None if they are something else."""
    if np.size(y) < LOOKED_UP or not 0.0 <= y.min() <= y.max() < LOOKED_UP:
        return None
    places = y.astype(np.intp)
    return places if np.array_equal(places, y) else None


def tabulated(function: Callable[..., Any], places: Any, *others: float) -> Any:
    """A function of a count, and of numbers, at counts that include those of some places."""
    return _table(function, FEW if places.max() < FEW else LOOKED_UP, *others)


@lru_cache(maxsize=16)
def _table(function: Callable[..., Any], length: int, *others: float) -> Any:
    with np.errstate(all="ignore"):
        return function(np.arange(length, dtype=np.float64), *others)
