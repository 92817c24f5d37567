"""Columns of text that would be numbers but for some cells, or for how they are written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Nearly", "nearly"]

#: So many cells are looked at before a whole column is, and so many others are named.
TRIED, NAMED = 1_000, 4


@dataclass(frozen=True)
class Style:
    """A way to write numbers.

    Parameters
    ----------
    pattern : str
        What a cell looks like.
    drop, point : str
        What parts its thousands, and its decimals.
    """

    pattern: str
    drop: str
    point: str

    def read(self, cell: Any) -> float | None:
        """The number in a cell; None where there is none."""
        if not isinstance(cell, str) or not re.fullmatch(self.pattern, cell.strip(), re.I | re.A):
            return None
        bare = cell.strip().replace(self.drop, "") if self.drop else cell.strip()
        return float(bare.replace(self.point, "."))

    def script(self, name: str) -> str:
        """The same in pandas."""
        cells = f"data[{name!r}]"
        cells += f".str.replace({self.drop!r}, '')" if self.drop else ""
        cells += "" if self.point == "." else f".str.replace({self.point!r}, '.')"
        return f"data[{name!r}] = pd.to_numeric({cells}, errors='coerce')"


STYLES = (
    Style(r"[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?", "", "."),
    Style(r"[-+]?(\d{1,3}(,\d{3})+|\d+)(\.\d*)?", ",", "."),
    Style(r"[-+]?(\d{1,3}(\.\d{3})+|\d+)(,\d*)?", ".", ","),
)


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
            "thousands": self.style.drop,
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
    some = cells[:TRIED]
    counts = [sum(style.read(c) is not None for c in some) for style in STYLES]
    best = max(range(len(STYLES)), key=counts.__getitem__)
    if not some or counts[best] * 2 < len(some):
        return None
    style = STYLES[best]
    read = [style.read(c) for c in column]
    others = dict.fromkeys(
        str(c) for c, v in zip(column, read, strict=True) if v is None and c is not None
    )
    values = np.array([np.nan if v is None else v for v in read], dtype=np.float64)
    return Nearly(style, values, len(cells), tuple(c[:40] for c in list(others)[:NAMED]))
