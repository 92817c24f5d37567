"""What was seen of y, as an object that knows its contribution to the log-likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np

from mostlikely.calculus.gathered import gathered
from mostlikely.data.probability import log_between
from mostlikely.data.source.blocks import Block

__all__ = ["Above", "Below", "Exact", "Observation", "Partly", "of_one_kind"]


class Observation(Protocol):
    """One way of seeing, which all rows of a sample have in common.

    Attributes
    ----------
    name : str
        "exact", "in part", ...
    density : bool
        Whether a row adds the log of a density, which carries the unit of y to the power −1, or
        that of a probability, which has none.
    points : int
        How many values of y it reads of each row.
    """

    name: ClassVar[str]
    density: ClassVar[bool]
    points: ClassVar[int]

    def log_prob(self, family: Any, block: Block, values: Sequence[Any]) -> Any:
        """What each row adds to the log-likelihood, at parameter values in the family's order.

        Numbers, arrays and jets go through, in ``values`` and, at unit scale, in ``block.y``.
        """


@dataclass(frozen=True)
class Exact:
    """y itself was seen."""

    name: ClassVar[str] = "exact"
    density: ClassVar[bool] = True
    points: ClassVar[int] = 1

    def log_prob(self, family: Any, block: Block, values: Sequence[Any]) -> Any:
        """One log-density per row of the block."""
        return family.log_prob(block.y, *values)


@dataclass(frozen=True)
class Above:
    """y lies above the number that was written down."""

    name: ClassVar[str] = "above"
    density: ClassVar[bool] = False
    points: ClassVar[int] = 1

    def log_prob(self, family: Any, block: Block, values: Sequence[Any]) -> Any:
        """One log-probability per row of the block."""
        return family.log_sf(block.y, *values)


@dataclass(frozen=True)
class Below:
    """y lies at the number that was written down, or below."""

    name: ClassVar[str] = "below"
    density: ClassVar[bool] = False
    points: ClassVar[int] = 1

    def log_prob(self, family: Any, block: Block, values: Sequence[Any]) -> Any:
        """One log-probability per row of the block."""
        return family.log_cdf(block.y, *values)


def of_one_kind(block: Block) -> tuple[Exact | Above | Below, Block] | None:
    """How all rows of a block were seen, and the numbers that say it; None if rows differ.

    Of continuous y, whose ends belong to an interval or not as one likes.
    """
    ends = block.ends
    assert ends is not None
    low, high = ends[:, 0], ends[:, 1]
    if ends.shape[1] > 2 and not np.all((ends[:, 2] == -np.inf) & (ends[:, 3] == np.inf)):
        return None
    if np.array_equal(low, high):
        return Exact(), Block(np.ascontiguousarray(low), block.w)
    if high[0] == np.inf and np.all(high == np.inf) and np.all(low > -np.inf):
        return Above(), Block(np.ascontiguousarray(low), block.w)
    if low[0] == -np.inf and np.all(low == -np.inf) and np.all(high < np.inf):
        return Below(), Block(np.ascontiguousarray(high), block.w)
    return None


@dataclass(frozen=True)
class Partly:
    """Of y is known between which ends it lies, in some rows itself; see `Block.ends`.

    A row whose ends are equal adds its log-density, another the log-probability of its interval;
    one that could have been seen between two ends only, less the log-probability of these.

    Parameters
    ----------
    exact, right, left, between : int
        In how many rows y itself was seen, a lower end, an upper end, or both.
    truncated : int
        How many rows could not have been seen outside of two ends.
    """

    exact: int = 0
    right: int = 0
    left: int = 0
    between: int = 0
    truncated: int = 0
    name: ClassVar[str] = "in part"
    density: ClassVar[bool] = False
    points: ClassVar[int] = 2

    def log_prob(self, family: Any, block: Block, values: Sequence[Any]) -> Any:
        """One log-density, or log-probability, per row of the block."""
        ends = block.ends
        assert ends is not None
        low, high = ends[:, 0], ends[:, 1]
        seen = low == high
        kinds = [
            (seen, lambda low, high, *values: family.log_prob(low, *values)),
            (~seen, lambda low, high, *values: log_between(family, low, high, values)),
        ]
        found = gathered(kinds, low, high, *values)
        if ends.shape[1] == 2:
            return found
        first, last = ends[:, 2], ends[:, 3]
        free = (first == -np.inf) & (last == np.inf)
        kinds = [
            (free, lambda first, last, *values: np.zeros(len(first))),
            (~free, lambda first, last, *values: log_between(family, first, last, values)),
        ]
        window = gathered(kinds, first, last, *values)
        return found - window

    def tally(self) -> list[tuple[str, int]]:
        """In words: how many rows were seen how; what is none is left out."""
        words = (
            ("seen", self.exact),
            ("censored on the right", self.right),
            ("censored on the left", self.left),
            ("between two ends", self.between),
            ("truncated", self.truncated),
        )
        return [(word, count) for word, count in words if count]
