"""Value, score and information of a regression, added up over blocks of rows.

Derivatives in a row's local variables become derivatives in coordinates: Xᵀg and XᵀDX, by BLAS
where a variable follows columns, plain sums where it is a number.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.calculus.jet import pairs
from mostlikely.data import Block
from mostlikely.data.formula.design import Design, Gram
from mostlikely.solve.objective import Evaluation, Vector

if TYPE_CHECKING:
    from mostlikely.likelihood.member import Regression

__all__ = ["Sums", "add", "total"]


class Sums:
    """Value, score and information, added up over blocks."""

    def __init__(self, model: Regression, second: bool = True) -> None:
        self.model = model
        self.values: list[float] = []
        #: For each local variable: its part's design, or None for a number, and its coordinates.
        self.layout: list[tuple[Design | None, slice, Any]] = []
        self.owner: list[int] = []
        for index, (part, place) in enumerate(zip(model.parts, model.slices, strict=True)):
            if part.basis is not None:
                self.layout.append((part.basis.design, place, part.basis.scale))
                self.owner.append(index)
                continue
            for k in range(place.start, place.stop):
                self.layout.append((None, slice(k, k + 1), 1.0))
                self.owner.append(index)
        self.slopes: list[Any] = [0.0] * len(self.layout)
        self.second = second
        self.pairs = pairs(len(self.layout))
        self.grams: dict[tuple[int, int], Any] = {}
        if second:
            for i, j in self.pairs:
                a, b = self.layout[i][0], self.layout[j][0]
                self.grams[i, j] = Gram(a, b) if a is not None and b is not None else 0.0

    def add(self, jet: Any, designs: Sequence[Any], block: Block, w: Vector | None) -> None:
        """Add a block: the jet of its log-densities and the designs of its parts."""
        of = [designs[k] for k in self.owner]
        self.values.append(total(jet.value, w, block))
        for i, g in enumerate(jet.grad):
            if g is not None:
                self.slopes[i] = self.slopes[i] + _carried(g, w, of[i], block)
        if not self.second:
            return
        for (i, j), h in zip(self.pairs, jet.hess, strict=True):
            if h is None:
                continue
            if of[i] is not None and of[j] is not None:
                self.grams[i, j].add(of[i], h if w is None else h * w, of[j])
            else:
                one = of[i] if of[i] is not None else of[j]
                self.grams[i, j] = self.grams[i, j] + _carried(h, w, one, block)

    def gradient(self) -> Vector:
        """The score."""
        out = np.zeros(self.model.size)
        for slope, (_, place, scale) in zip(self.slopes, self.layout, strict=True):
            out[place] = slope / scale
        return out

    def evaluation(self) -> Evaluation:
        """All of it."""
        information = np.zeros((self.model.size, self.model.size))
        for (i, j), gram in self.grams.items():
            _, a, scale_a = self.layout[i]
            _, b, scale_b = self.layout[j]
            part = gram.total() if isinstance(gram, Gram) else np.asarray(gram, dtype=float)
            if part.ndim < 2:
                whole = (a.stop - a.start, b.stop - b.start)
                part = np.broadcast_to(
                    part.reshape(-1, 1) if self.layout[i][0] is not None else part, whole
                )
            part = part / np.reshape(scale_a, (-1, 1)) / scale_b
            if i == j:
                part = 0.5 * (part + part.T)
            information[a, b] = -part
            if i != j:
                information[b, a] = -part.T
        return Evaluation(add(self.values), self.gradient(), information)


def _carried(g: Any, w: Vector | None, design: Any, block: Block) -> Any:
    """Σ w g x over rows: a derivative in a local variable carried to its coordinates."""
    if design is None:
        return total(g, w, block)
    if w is not None:
        g = g * w
    if np.ndim(g) == 0:
        g = np.full(len(block.y), g)
    return design.t_dot(g)


def total(part: Any, w: Vector | None, block: Block) -> float:
    """Σ w · part over rows; a number stands for itself on every row."""
    if np.ndim(part) == 0:
        return float(part) * (float(len(block.y)) if w is None else float(w.sum()))
    return float(part.sum() if w is None else part.dot(w))


def add(parts: Sequence[float]) -> float:
    """The exact sum of block totals; infinities and NaN pass through."""
    return fsum(parts) if np.isfinite(parts).all() else float(np.sum(parts))
