"""The validated sample: what may be asked of the data without holding them twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.exact import exact_sum
from mostlikely.data.observation import Exact, Partly
from mostlikely.data.quantiles import select
from mostlikely.data.source.blocks import Array, Block, Floats, Rows
from mostlikely.data.tabulate import tabulate
from mostlikely.data.weights import NONE, WEIGHTINGS, Weighting

__all__ = ["Sample", "numbers_of"]


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows that have been looked at once: every one is a number, finite, inside the support.

    Parameters
    ----------
    observation : Exact or Partly
        What was seen of y.
    label : str
        "y", or the column's name.
    kind : {"frequency", "precision", "sampling"}
        What the weights mean.
    rows, dropped : int
        Rows that were kept, and rows that were left out for a missing value.
    n : float
        The number of observations: the sum of frequency weights, else the rows of positive weight.
    weighted : bool
    smallest, largest : float
        Over the rows of positive weight.
    constant : bool
        Whether these rows hold one value only.
    total : float
        The sum of the weights in the blocks.
    source : Rows
    """

    observation: Exact | Partly
    label: str
    kind: str
    rows: int
    dropped: int
    n: float
    weighted: bool
    smallest: float
    largest: float
    constant: bool
    total: float
    source: Rows = field(repr=False)
    #: Answers of `small`; ``init=False``, so that no other sample made from this one shares them.
    kept: dict[int, tuple[Floats, Floats]] = field(default_factory=dict, init=False, repr=False)

    @property
    def stored(self) -> int:
        """Rows that one pass reads: few, where points stand for many rows."""
        return len(self.source)

    @cached_property
    def columns(self) -> int:
        """How many numbers of y a row has; those of several are an array of shape (rows, m)."""
        y = next(iter(self.source.blocks(1))).y
        return 1 if y.ndim == 1 else y.shape[1]

    @property
    def exact(self) -> bool:
        """Whether y itself was seen in every row."""
        return isinstance(self.observation, Exact)

    @property
    def weighting(self) -> Weighting:
        """What the weights mean; none where there are none."""
        return WEIGHTINGS[self.kind] if self.weighted else NONE

    def blocks(self) -> Iterator[Block]:
        """The rows of positive weight, in order; sampling weights have mean one over them."""
        return self.source.blocks()

    def mean(self, f: Callable[[Floats], Any]) -> Any:
        """The weighted mean of f(y).

        Parameters
        ----------
        f : callable
            Takes y as a float64 array and returns an array of its length, or a tuple of such.

        Returns
        -------
        float, or tuple of float
            Each block is added in pairs (`numpy.sum`), the blocks without error (`math.fsum`),
            so that the digits do not depend on the number of rows.
        """
        single = True
        sums = []
        with np.errstate(all="ignore"):
            for block in self.blocks():
                values = f(block.y)
                single = not isinstance(values, tuple)
                sums.append([_sum(v, block) for v in ((values,) if single else values)])
        means = tuple(exact_sum(column) / self.total for column in zip(*sums, strict=True))
        return means[0] if single else means

    def quantile(self, q: float) -> float:
        """The smallest y whose cumulated weight reaches q of the total: the lower quantile."""
        return select(self.blocks, self.total, q)[0]

    def median(self) -> float:
        """The middle value; halfway between the middle two where the weight splits evenly."""
        lower, upper = select(self.blocks, self.total, 0.5)
        return 0.5 * lower + 0.5 * upper if lower < upper else lower

    def small(self, size: int = 10_000) -> tuple[Floats, Floats]:
        """At most ``size`` rows, always the same ones, as arrays of y and of weights."""
        if size not in self.kept:
            y, w = self.source.pick(size)
            self.kept[size] = (y.copy(), w) if y.base is not None else (y, w)
            for kept in self.kept[size]:
                kept.setflags(write=False)  # the next who asks gets the same arrays
        return self.kept[size]

    def numbers(self) -> tuple[Floats, Floats]:
        """The numbers of those rows, with the weight of its row for each."""
        return numbers_of(*self.small())

    def subsample(self, size: int, *, extremes: bool = False) -> Sample:
        """The rows of `small`, and on request the two extreme values, as a sample of their own."""
        y, w = self.source.pick(size)
        if extremes and y.ndim == 1:
            y, w = np.append(y, [self.smallest, self.largest]), np.append(w, [1.0, 1.0])
        total = float(w.sum())
        return replace(
            self,
            rows=len(y),
            dropped=0,
            n=total if self.kind == "frequency" else len(y),
            smallest=float(y.min()),
            largest=float(y.max()),
            constant=bool(y.min() == y.max()),
            total=total,
            source=Rows(Array(y), Array(w) if self.weighted else None),
        )

    def tabulated(self) -> Sample | None:
        """The distinct values with the weight of each, where they are few; else None.

        Any weighted sum over rows then costs as many terms as there are values. Precisions do not
        add: two of one are not one of two.
        """
        if self.kind == "precision" or self.columns > 1:
            return None
        table = tabulate(self.blocks, self.rows, self.smallest, self.largest)
        return None if table is None else Sample.points(*table, like=self)

    @staticmethod
    def points(y: Floats, w: Floats | None, like: Sample) -> Sample:
        """Points, weighted or not, that stand for the sample ``like``: its n, label, kind."""
        source = Rows(Array(y), None if w is None else Array(w))
        total = float(len(y)) if w is None else exact_sum(w.tolist())
        return replace(like, weighted=w is not None, total=total, source=source)


def numbers_of(y: Floats, w: Floats) -> tuple[Floats, Floats]:
    """The numbers of some rows, shape (n,) or (n, m), one after the other, and their weights."""
    return (y, w) if y.ndim == 1 else (y.ravel(), np.repeat(w, y.shape[1]))


def _sum(values: Any, block: Block) -> float:
    """The weighted sum over a block; a number stands for itself on every row."""
    if np.ndim(values) == 0:
        values = np.broadcast_to(values, block.y.shape)
    return float(np.sum(values if block.w is None else values * block.w))
