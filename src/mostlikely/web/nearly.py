"""Columns of text that would be numbers but for some cells, or for how they are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.source.written import TRIED, Style, style_of

__all__ = ["Nearly", "nearly"]

#: So many cells that are no numbers are named.
NAMED = 4


@dataclass(frozen=True)
class Nearly:
    """What a column would be as numbers.

    Parameters
    ----------
    style : Style
    values : array of float
        NaN where a cell is missing, or no number.
    cells : int
        How many are not missing.
    others : tuple of str
        Some of those that are no number.
    """

    style: Style
    values: NDArray[np.float64]
    cells: int
    others: tuple[str, ...]

    @property
    def described(self) -> dict[str, Any]:
        """What the page says of it."""
        return {
            "numbers": int(np.isfinite(self.values).sum()),
            "cells": self.cells,
            "others": list(self.others),
            "thousands": self.style.parts[:1],
        }


def nearly(column: NDArray[Any]) -> Nearly | None:
    """A column of text as numbers, where half of its cells or more are.

    Parameters
    ----------
    column : array of object
        Text, and None where missing.

    Examples
    --------
    >>> import numpy as np
    >>> found = nearly(np.array(["1.5", "n.a.", None, "2"], dtype=object))
    >>> found.values.tolist(), found.others
    ([1.5, nan, nan, 2.0], ('n.a.',))
    >>> nearly(np.array(["1,204.50", "999"], dtype=object)).values.tolist()
    [1204.5, 999.0]
    """
    cells = [c for c in column if c is not None]
    style, count = style_of(cells)
    if not count or 2 * count < min(len(cells), TRIED):
        return None
    read = [style.read(c) for c in column]
    others = dict.fromkeys(
        str(c) for c, v in zip(column, read, strict=True) if v is None and c is not None
    )
    values = np.array([np.nan if v is None else v for v in read], dtype=np.float64)
    return Nearly(style, values, len(cells), tuple(c[:40] for c in list(others)[:NAMED]))
