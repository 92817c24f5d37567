"""A member of a model: a family, its predictors and its rows, as a function of its coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.exact import exact_sum
from mostlikely.data import Sample
from mostlikely.data.bind import Bound
from mostlikely.data.formula.orthogonal import Basis, basis_of, separately
from mostlikely.data.source.blocks import some
from mostlikely.family.base import Family
from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.expected import expected
from mostlikely.likelihood.kernel import Kernel, Local, Point, kernel_for
from mostlikely.likelihood.rows import MemberRows, Rows
from mostlikely.likelihood.sums import Totals
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Member", "Part", "Row", "Rows"]


@dataclass(slots=True)
class Row:
    """The scores of some rows.

    Parameters
    ----------
    scores : array, shape (rows, k)
    w : array of shape (rows,), or None
        Weights.
    local : Local
        The derivatives in local variables that they come from.
    """

    scores: Vector
    w: Vector | None
    rows: Rows
    local: Local


@dataclass(frozen=True, eq=False)
class Member(MemberRows):
    """The log-likelihood of a family on its rows, as a function of its coordinates.

    Notes
    -----
    Points are arrays of shape (k,): the coordinates of each part, one after the other; constants
    and nonlinear coefficients are on their links' scales.
    """

    #: The member itself, where ``sample`` holds points that stand for its rows.
    original: Member | None = None
    #: Answers of `portion`, which starts, climbs and checks ask for; those of this member alone.
    kept: dict[int, Member] = field(default_factory=dict, init=False, repr=False)

    @staticmethod
    def of_sample(family: Family, sample: Sample) -> Member:
        """A family whose free parameters are numbers, on a sample."""
        return Member(family, sample, tuple(Part(name, (name,)) for name in family.free))

    @staticmethod
    def of(bound: Bound, separate: bool = False) -> Member:
        """The likelihood of a bound model.

        Parameters
        ----------
        bound : Bound
        separate : bool
            Whether dependent columns get a coordinate each, as a penalty that tells them apart
            needs.
        """
        bases: dict[int, Basis] = {}
        parts = []
        for name in bound.family.free:
            predictor = bound.family.predictors.get(name)
            if predictor is None:
                parts.append(Part(name, (name,)))
            elif predictor.function is not None:
                keys = tuple(
                    coefficient if bound.family.own else (name, coefficient)
                    for coefficient in predictor.start
                )
                parts.append(Part(name, keys, function=predictor.function))
            else:
                design, offset = bound.designs[name], bound.offsets.get(name)
                keys = tuple((name, term) for term in design.terms)
                times = _same(design) if offset is None else None
                if times is not None:
                    parts.append(Part(name, keys, times=times))
                    continue
                if id(design) not in bases:
                    basis = basis_of(design)
                    apart = separate and bool(basis.dependent)
                    bases[id(design)] = separately(design) if apart else basis
                parts.append(Part(name, keys, bases[id(design)], offset))
        return Member(bound.family, bound.sample, tuple(parts), bound.table, bound.known)

    # What is decided once.

    @cached_property
    def kernel(self) -> Kernel:
        """What differentiates its rows."""
        return kernel_for(self)

    # The sums.

    def totals(self, x: Vector, order: int) -> Totals | None:
        """What is added over all rows; None where a parameter has left its domain."""
        out = Totals(self.layout, order)
        owners, point = [v.part for v in self.layout.variables], Point(x)
        for rows in self.blocks():
            local = self.kernel(self, rows, point, order)
            if local is None:
                return None
            designs = [rows.designs[k] for k in owners]
            out.add(local, self.counts(rows.block), len(rows.block.y), designs)
        return out

    def value(self, x: Vector) -> float:
        """The log-likelihood; −inf where a row is impossible."""
        with np.errstate(all="ignore"):
            found = self.totals(x, 0)
        if found is None:
            return float("-inf")
        return exact_sum(numbers[0] for numbers in found.numbers)

    def score(self, x: Vector) -> Vector:
        """The score alone, at less than half the price."""
        with np.errstate(all="ignore"):
            found = self.totals(x, 1)
        return np.full(self.size, np.nan) if found is None else found.evaluation().score

    def __call__(self, x: Vector) -> Evaluation:
        """Log-likelihood, score and observed information at a point.

        Where a density has corners its second derivative says nothing about them: the expected
        information stands in for that of the parameters that they are about.
        """
        if not self.size:
            return Evaluation(self.value(x), np.zeros(0), np.zeros((0, 0)))
        with np.errstate(all="ignore"):
            found = self.totals(x, 2)
            if found is None:
                nothing = np.full(self.size, np.nan)
                return Evaluation(float("-inf"), nothing, np.full((self.size,) * 2, np.nan))
            at = found.evaluation()
            kinked = self.kinked(x)
            if kinked:
                information, mean = at.information.copy(), self._about_corners(x)
                information[kinked, :] = mean[kinked, :]
                information[:, kinked] = mean[:, kinked]
                at = replace(at, information=information)
        return at

    def _about_corners(self, x: Vector) -> Vector:
        """The expected information; of rows seen in part Σ w s sᵀ of scores instead."""
        if self.sample.exact:
            return expected(self, x)
        out = np.zeros((self.size, self.size))
        for row in self.row_scores(x):
            w = self.counts(row.rows.block)
            out += row.scores.T @ (row.scores if w is None else row.scores * w[:, None])
        return out

    def kinked(self, x: Vector) -> list[int]:
        """The coordinates of parameters at whose value the density has corners, if it has here."""
        parts = [k for k, part in enumerate(self.parts) if part.name in self.family.nonsmooth]
        smooth = self.family.smooth
        if not parts:
            return []
        if smooth is not None:
            at = {**self.family.fixed, **self.values(x)}
            values = [at.get(k, np.nan) for k in self.family.parameters]
            if smooth(*values):
                return []
        return [i for k in parts for i in range(self.slices[k].start, self.slices[k].stop)]

    def local(self, x: Vector, order: int = 2) -> Iterator[tuple[Rows, Local]]:
        """Per block: the rows and the derivatives of their log-densities."""
        point = Point(x)
        with np.errstate(all="ignore"):
            for rows in self.blocks():
                found = self.kernel(self, rows, point, order)
                if found is not None:
                    yield rows, found

    def row_scores(self, x: Vector, order: int = 1) -> Iterator[Row]:
        """Per block: the score of each row in coordinates, shape (rows, k), and the weights.

        A row that is met exactly at a corner of its density has any slope between those of both
        sides; it is given the middle.
        """
        kinked = bool(self.kinked(x))
        for rows, local in self.local(x, order):
            with np.errstate(all="ignore"):
                slopes = [local.rows(terms) for terms in local.grad]
                slopes = self._levelled(x, rows, slopes) if kinked else slopes
                yield Row(self.carried(slopes, rows), rows.block.w, rows, local)

    # The same model elsewhere.

    def portion(self, size: int) -> Member:
        """The same model on about so many rows, always the same, in the same coordinates."""
        if size not in self.kept:
            self.kept[size] = (
                replace(self, sample=self.sample.subsample(size, extremes=True))
                if self.one_sample and self.sample.exact
                else self.take(some(self.rows, size))
            )
        return self.kept[size]

    def take(self, rows: Any) -> Member:
        """The same model on some rows, given by their positions."""
        source = self.sample.source.take(rows)
        block = source.whole()
        total = float(len(block.y)) if block.w is None else float(block.w.sum())
        sample = replace(
            self.sample,
            rows=len(block.y),
            n=total if self.sample.kind == "frequency" else float(len(block.y)),
            smallest=float(block.y.min()),
            largest=float(block.y.max()),
            constant=self.sample.exact and bool(block.y.min() == block.y.max()),
            total=total,
            source=source,
        )
        bases: dict[int, Basis] = {}
        return replace(
            self,
            sample=sample,
            table=None if self.table is None else self.table.kept(rows),
            parts=tuple(part.take(rows, bases) for part in self.parts),
            known={k: v[rows] for k, v in self.known.items()},
            original=None,
        )

    def standing_for(self, points: Sample, rows: Any = None) -> Member:
        """The same on points that have the same log-likelihood.

        Parameters
        ----------
        points : Sample
        rows : array of int, optional
            Whose columns each point has, where predictors have any.
        """
        bases: dict[int, Basis] = {}
        parts = self.parts if rows is None else tuple(p.take(rows, bases) for p in self.parts)
        return replace(self, sample=points, parts=parts, original=self.original or self)

    @property
    def unreduced(self) -> Member:
        """The same on all rows."""
        whole = self.original
        if whole is None:
            return self
        of = {part.keys: part.basis for part in whole.parts}
        parts = []
        for part in self.parts:
            basis, own = part.basis, of.get(part.keys)
            if basis is not None and own is not None and basis.matrix is own.matrix:
                basis = replace(basis, design=own.design)
            parts.append(replace(part, basis=basis))
        return replace(
            self,
            sample=whole.sample,
            parts=tuple(parts),
            table=whole.table,
            known=whole.known,
            original=None,
        )

    def holding(self, values: Mapping[str, float]) -> Member:
        """The same model with constants held, by name; an edge of the domain is allowed."""
        return replace(
            self,
            family=self.family.with_fixed(**values),
            parts=tuple(part for part in self.parts if part.name not in values),
        )


def _same(design: Any) -> float | None:
    """The number that is the one column of a design in every row; None if there is none."""
    if design.intercept:
        return 1.0
    if design.width != 1 or design.wide:
        return None
    first = float(design.block(0, 1).dense()[0, 0])
    step = 65_536
    for start in range(0, len(design), step):
        if not np.all(design.block(start, start + step).dense() == first):
            return None
    return first if first != 0.0 else None
