"""Sums without error: of numbers exactly, of arrays with twice their digits.

Numbers are added by `math.fsum`; arrays keep what rounding took from them (TwoSum: Knuth, *The Art
of Computer Programming*, vol. 2, section 4.2.2, theorem B).
"""

from __future__ import annotations

from collections.abc import Iterable
from math import fsum, isfinite
from typing import Any

__all__ = ["Pair", "exact_sum"]


def exact_sum(parts: Iterable[float]) -> float:
    """The sum of floats, correctly rounded; infinite or NaN as theirs is."""
    parts = list(parts)
    plain = float(sum(parts))
    return fsum(parts) if isfinite(plain) else plain


class Pair:
    """A sum of arrays with twice their digits."""

    __slots__ = ("high", "low")

    def __init__(self) -> None:
        self.high: Any = None
        self.low: Any = 0.0

    def add(self, part: Any) -> None:
        """Add an array."""
        if self.high is None:
            self.high = part
            return
        total = self.high + part
        moved = total - self.high
        self.low = self.low + ((self.high - (total - moved)) + (part - moved))
        self.high = total

    def merge(self, other: Pair) -> None:
        """Add what another has added up."""
        if other.high is not None:
            self.add(other.high)
            self.low = self.low + other.low

    def total(self) -> Any:
        """The sum; 0.0 where nothing was added."""
        return 0.0 if self.high is None else self.high + self.low
