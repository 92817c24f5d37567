"""The last layer of a network: what feeds a loss."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any

import numpy as np
import torch

from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.likelihood.starts import typical
from mostlikely.loss.graph import Graph
from mostlikely.loss.program import Program
from mostlikely.loss.reading import linked, readable

__all__ = ["Head"]


class Head(torch.nn.Linear):
    """One linear output per free parameter; made, and documented, by `mostlikely.head`."""

    def __init__(
        self,
        family: Any,
        in_features: Any,
        *,
        bias: bool = True,
        constant: str | Iterable[str] = (),
    ) -> None:
        self_family = readable(family)
        if self_family.labels and self_family.levels is None:
            raise ModelError(
                "a last layer needs the number of classes: "
                f"ml.head(ml.{self_family.name}(levels=range(K)), {in_features!r})."
            )
        if not (isinstance(in_features, int) and in_features >= 1):
            raise ModelError(
                "in_features is the width of the layer before, a whole number of 1 or more; got "
                f"{in_features!r}."
            )
        free = self_family.free
        named = (constant,) if isinstance(constant, str) else tuple(constant)
        for name in named:
            if name not in free:
                raise ModelError(f"{self_family!r} has no free {name!r}; {nearest(name, free)}")
        rows = [k for k in free if k not in named]
        if not rows:
            raise ModelError("every parameter is constant, so none is left to follow the rows.")
        super().__init__(in_features, len(rows), bias=bias)
        self.family = self_family
        #: Names of the constants, and where each free parameter stands once they are put last.
        self.constant = tuple(k for k in free if k in named)
        self._order = [[*rows, *self.constant].index(k) for k in free]
        if self.constant:
            middle = torch.tensor(_middle(self_family), dtype=self.weight.dtype)
            here = [free.index(k) for k in self.constant]
            self.constants = torch.nn.Parameter(middle[here].to(self.weight.device))

    def forward(self, input: Any) -> Any:
        """One head per free parameter; of one alone, of the target's shape."""
        out = super().forward(input)
        if not self.constant:
            return out.squeeze(-1) if len(self.family.free) == 1 else out
        same = self.constants.to(out.dtype).expand(*out.shape[:-1], -1)
        return torch.cat([out, same], -1)[..., self._order]

    def extra_repr(self) -> str:
        """The family, its constants and the sizes."""
        same = f"constant={'+'.join(self.constant)}, " if self.constant else ""
        return f"{self.family!r}, {same}{super().extra_repr()}"

    @cached_property
    def _program(self) -> Program:
        graph = Graph()
        heads = [graph.input(k, True) for k in self.family.free]
        return Program(linked(self.family, heads), heads)

    def parameters_of(self, output: Any) -> dict[str, Any]:
        """The parameters themselves, by name, from this layer's output."""
        free = self.family.free
        values = self._program([output] if len(free) == 1 else [*output.unbind(-1)])
        return dict(zip(free, values, strict=True))


def _middle(family: Family) -> list[float]:
    """The middle of each free parameter's typical range for targets of spread 1, as heads.

    A constant has no layers before it that could carry it far from a poor start.
    """
    values = typical(family, np.array([-1.0, 1.0]), np.ones(2))
    with np.errstate(all="ignore"):
        heads = family.linked([values[k] for k in family.free])
    return [float(h) if np.isfinite(h) else 0.0 for h in heads]
