"""What was seen of y, as an object that knows its contribution to the log-likelihood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mostlikely.data.source.blocks import Block

__all__ = ["Exact"]


@dataclass(frozen=True)
class Exact:
    """y itself was seen."""

    def log_prob(self, family: Any, block: Block, values: Sequence[Any]) -> Any:
        """One log-density per row of the block, at parameter values in the family's order."""
        return family.log_prob(block.y, *values)
