"""What was seen of y, as an object that knows its contribution to the log-likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from mostlikely.data.source.blocks import Block

__all__ = ["Exact", "Observation"]


class Observation(Protocol):
    """One kind of seeing; all rows of a member's block are of one kind.

    Attributes
    ----------
    name : str
        "exact", "censored right", "interval", ...
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
