"""What is added over blocks of rows, and merged over partitions of them; see `calculus.exact`.

The totals do not depend on the order in which blocks, or partitions cut at the borders of blocks,
are added. (For arrays that holds to the last digit or so: two parts hold twice the digits.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mostlikely.calculus.components import pairs
from mostlikely.calculus.exact import Pair, exact_sum
from mostlikely.data.formula.design import Gram
from mostlikely.likelihood.kernel import Local, Terms
from mostlikely.likelihood.layout import Layout
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Totals"]

#: Ones for every row of a block: a dot product with these adds it faster than a sum does, and in as
#: many partial sums.
ONES = np.ones(65_536)


class Totals:
    """Value, score and information of a member, added up over blocks.

    Parameters
    ----------
    layout : Layout
    order : int
        0 for the value alone, 1 with the score, 2 with the information.
    """

    def __init__(self, layout: Layout, order: int) -> None:
        self.layout, self.order = layout, order
        #: Per block: the value, then what is a number of the derivatives, in the order of `_add`.
        self.numbers: list[list[float]] = []
        self.slopes = [None if v.design is None else Pair() for v in layout.variables]
        self.pairs = pairs(len(layout.variables)) if order > 1 else ()
        self.bends: dict[tuple[int, int], Any] = {}
        for i, j in self.pairs:
            a, b = layout.variables[i].design, layout.variables[j].design
            if a is not None or b is not None:
                self.bends[i, j] = Pair() if a is None or b is None else Gram(a, b)

    def add(self, local: Local, w: Vector | None, rows: int, designs: Sequence[Any] = ()) -> None:
        """Add a block: its derivatives, what each row counts, and the designs of the variables."""
        moments = _Moments(local.z, w, rows)
        out = [moments.sum(local.value)]
        for i, terms in enumerate(local.grad):
            slope = self.slopes[i]
            if slope is None:
                out.append(moments.sum(terms))
            elif terms:
                slope.add(designs[i].t_dot(moments.rows(local, terms)))
        for (i, j), terms in zip(self.pairs, local.hess, strict=True):
            bend = self.bends.get((i, j))
            if bend is None:
                out.append(moments.sum(terms))
            elif not terms:
                continue
            elif isinstance(bend, Gram):
                bend.add(designs[i], moments.rows(local, terms, whole=False), designs[j])
            else:
                one = designs[i] if designs[i] is not None else designs[j]
                bend.add(one.t_dot(moments.rows(local, terms)))
        self.numbers.append(out)

    def merge(self, other: Totals) -> None:
        """Add what another has added up."""
        self.numbers += other.numbers
        for mine, theirs in zip(self.slopes, other.slopes, strict=True):
            if mine is not None and theirs is not None:
                mine.merge(theirs)
        for key, bend in self.bends.items():
            bend.merge(other.bends[key])

    def evaluation(self) -> Evaluation:
        """All of it."""
        size, variables = self.layout.size, self.layout.variables
        first, *others = self.numbers or [[]]
        added = [exact_sum(c) for c in zip(*self.numbers, strict=True)] if others else first
        columns = iter(added)
        value = next(columns, 0.0)
        score = np.zeros(size)
        if self.order:
            for slope, v in zip(self.slopes, variables, strict=True):
                score[v.place] = next(columns, 0.0) if slope is None else slope.total() / v.scale
        information = np.zeros((size, size) if self.order > 1 else (0, 0))
        for i, j in self.pairs:
            a, b = variables[i], variables[j]
            if (i, j) not in self.bends:
                one, other = a.place.start, b.place.start
                information[one, other] = information[other, one] = -next(columns, 0.0)
                continue
            part = self._bend(i, j)
            if i == j:
                part = 0.5 * (part + np.transpose(part))
            information[a.place, b.place] = -part
            if i != j:
                information[b.place, a.place] = -np.transpose(part)
        return Evaluation(value, score, information)

    def _bend(self, i: int, j: int) -> Any:
        """The second derivatives in two variables' coordinates, shape (of one, of the other)."""
        a, b = self.layout.variables[i], self.layout.variables[j]
        part = np.asarray(self.bends[i, j].total(), dtype=float)
        if part.ndim == 1:
            part = part[:, None] if a.design is not None else part[None, :]
        return part / np.reshape(a.scale, (-1, 1)) / b.scale


class _Moments:
    """Weighted sums over a block, and the powers of z that they need."""

    __slots__ = ("known", "n", "w", "z")

    def __init__(self, z: Any, w: Vector | None, rows: int) -> None:
        self.z, self.w, self.n = z, w, rows
        self.known: dict[int, Any] = {}

    def power(self, p: int) -> Vector:
        """What each row counts, times z**p."""
        if p not in self.known:
            if not p:
                self.known[p] = ONES[: self.n] if self.w is None else self.w
            elif p == 1:
                self.known[p] = self.z if self.w is None else self.w * self.z
            else:
                self.known[p] = self.power(p - 1) * self.z
        out: Vector = self.known[p]
        return out

    def count(self, p: int) -> float:
        """Σ w z**p."""
        if not p and self.w is None:
            return float(self.n)
        if -1 - p not in self.known:
            self.known[-1 - p] = float(self.power(p).sum())
        return float(self.known[-1 - p])

    def sum(self, terms: Terms) -> float:
        """Σ w · component over rows; a number stands for itself on every row."""
        total = 0.0
        for factor, part, p in terms:
            if type(factor) is np.ndarray and factor.ndim:
                factor, part = 1.0, factor * part
            if type(part) is np.ndarray and part.ndim:
                total += factor * float(part.dot(self.power(p)))
            else:
                total += factor * (part * self.count(p))
        return float(total)

    def rows(self, local: Local, terms: Terms, whole: bool = True) -> Any:
        """w · component, one number per row (or one for all, unless ``whole``)."""
        out = local.rows(terms)
        if self.w is not None:
            out = out * self.w
        return np.full(self.n, out) if whole and np.ndim(out) == 0 else out
