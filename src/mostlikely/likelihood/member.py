"""The likelihood of a model whose parameters follow the data, as a function of its coefficients.

Each row's log-density is differentiated in the model's few local variables only: the linear
predictors of that row, constants, and the coefficients of nonlinear functions. The chain rule
through the designs is BLAS: XᵀG and XᵀDX, summed over blocks of rows. Coefficients are climbed in
the coordinates of `data.basis`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.data import Block, Sample
from mostlikely.data.bind import Bound, RowData
from mostlikely.data.formula.orthogonal import Basis, basis_of, separately
from mostlikely.data.source.blocks import Array, Rows, taken
from mostlikely.data.source.table import Table
from mostlikely.family.base import Family
from mostlikely.family.expectation import declared_information, expected_information
from mostlikely.likelihood.accumulate import Sums, add, total
from mostlikely.likelihood.coordinates import Coordinates, Part
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Part", "Regression"]

#: Entries of the designs that are read together: half a megabyte, and as many rows at least.
ENTRIES, FEWEST, MOST = 131_072, 1_024, 8_192


@dataclass(frozen=True, eq=False)
class Regression(Coordinates):
    """The log-likelihood of a bound model as a function of its coordinates.

    Parameters
    ----------
    family : Family
        The model with its predictors.
    sample : Sample
        Response and weights.
    table : Table
        The rows in use, for nonlinear functions.
    parts : tuple of Part
        One per free parameter, in the family's order.
    known : mapping
        Parameters that a column holds.

    Notes
    -----
    Points are arrays of shape (k,): the coordinates of each part, one after the other; constants
    and nonlinear coefficients are on their links' scales. ``names`` are the keys of the
    parameters, of which there may be more than coordinates where columns are dependent.
    """

    family: Family
    sample: Sample
    table: Table
    parts: tuple[Part, ...]
    known: Mapping[str, Vector] = field(default_factory=dict)

    #: Kinds of covariance that there are.
    covariances = ("observed", "expected", "sandwich", "HC0", "HC1", "HC2", "HC3")
    #: Whether its parameters follow the data.
    follows = True

    @property
    def plain(self) -> Regression:
        """The same model without a penalty."""
        return self

    @staticmethod
    def of(bound: Bound, separate: bool = False) -> Regression:
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
                design = bound.designs[name]
                if id(design) not in bases:
                    basis = basis_of(design)
                    apart = separate and bool(basis.dependent)
                    bases[id(design)] = separately(design) if apart else basis
                keys = tuple((name, term) for term in design.terms)
                parts.append(Part(name, keys, bases[id(design)], bound.offsets.get(name)))
        return Regression(bound.family, bound.sample, bound.table, tuple(parts), bound.known)

    # The sums.

    @cached_property
    def _step(self) -> int:
        width = max([1, *(p.basis.design.width for p in self.parts if p.basis is not None)])
        wide = any(p.basis.design.wide for p in self.parts if p.basis is not None)
        if wide:
            return 65_536
        return int(min(max(ENTRIES // width, FEWEST), MOST))

    def blocks(self) -> Iterator[tuple[slice, Block]]:
        """Rows and their responses, in order."""
        source = self.sample.source
        for start in range(0, self.sample.stored, self._step):
            stop = min(start + self._step, self.sample.stored)
            w = None if source.w is None else source.w.read(start, stop)
            if w is not None and source.unit != 1.0:
                w = w / source.unit
            yield slice(start, stop), Block(source.y.read(start, stop), w)

    def _designs(self, rows: slice) -> list[Any]:
        """The block of each linear predictor; shared designs are read once."""
        made: dict[int, Any] = {}
        out: list[Any] = []
        for part in self.parts:
            if part.basis is None:
                out.append(None)
                continue
            if id(part.basis) not in made:
                made[id(part.basis)] = part.basis.design.block(rows.start, rows.stop)
            out.append(made[id(part.basis)])
        return out

    def _variables(self, x: Vector, rows: slice, designs: Sequence[Any]) -> list[Any]:
        """The local variables of some rows: predictors, constants, nonlinear coefficients."""
        out: list[Any] = []
        for part, place, design in zip(self.parts, self.slices, designs, strict=True):
            if part.basis is None:
                out += [np.float64(v) for v in x[place]]
                continue
            eta = design.dot(x[place] / part.basis.scale)
            if part.offset is not None:
                eta = eta + part.offset[rows]
            out.append(eta)
        return out

    def _parameters(self, variables: Sequence[Any], rows: slice) -> list[Any]:
        """Every parameter of the family for some rows, from local variables (jets or numbers)."""
        etas, at = [], 0
        for part in self.parts:
            mine = variables[at : at + part.variables]
            at += part.variables
            if part.function is not None:
                names = self.family.predictors[part.name].start
                data = RowData(self.table, rows)
                etas.append(part.function(data, **dict(zip(names, mine, strict=True))))
            else:
                etas.append(mine[0])
        free = dict(zip(self.family.free, self.family.natural(etas), strict=True))
        return self.family.arguments({**free, **{k: v[rows] for k, v in self.known.items()}})

    def _log_prob(self, values: Sequence[Any], block: Block) -> Any:
        """One log-density per row; −inf where a parameter has left its domain."""
        if self._precision and block.w is not None:
            powers = self.family.precision_weights
            values = [
                v * block.w ** powers[k] if k in powers else v
                for k, v in zip(self.family.parameters, values, strict=True)
            ]
        for name in self._guarded:
            value = values[list(self.family.parameters).index(name)]
            value = value.value if isinstance(value, Jet) else value
            if not np.all(self.family.parameters[name].domain.contains(value)):
                return None
        return self.sample.observation.log_prob(self.family, block, values)

    @cached_property
    def _precision(self) -> bool:
        return self.sample.kind == "precision" and self.sample.weighted

    @cached_property
    def _guarded(self) -> tuple[str, ...]:
        """Parameters that their link, or their function, does not keep inside their domain."""
        out = []
        for part in self.parts:
            if part.name not in self.family.predictors:
                continue
            domain, link = self.family.parameters[part.name].domain, self.family.link(part.name)
            reach = link.domain
            inside = reach.low >= domain.low and reach.high <= domain.high
            if link.name in ("inverse", "inverse_squared", "sqrt") or "power" in link.name:
                inside = False
            if not inside:
                out.append(part.name)
        return tuple(out)

    def _counts(self, block: Block) -> Vector | None:
        """What each row counts; a precision is in the density already."""
        return None if self._precision else block.w

    def value(self, x: Vector) -> float:
        """The log-likelihood; −inf where a row is impossible."""
        parts = []
        with np.errstate(all="ignore"):
            for rows, block in self.blocks():
                variables = seed(self._variables(x, rows, self._designs(rows)), 1)
                jet = self._log_prob(self._parameters(_flat(variables), rows), block)
                if jet is None:
                    return float("-inf")
                parts.append(total(getattr(jet, "value", jet), self._counts(block), block))
        return add(parts)

    def __call__(self, x: Vector) -> Evaluation:
        """Log-likelihood, score and observed information at a point."""
        if not self.size:
            return Evaluation(self.value(x), np.zeros(0), np.zeros((0, 0)))
        with np.errstate(all="ignore"):
            return self._evaluated(x)

    def _evaluated(self, x: Vector) -> Evaluation:
        sums = Sums(self)
        for rows, block in self.blocks():
            designs = self._designs(rows)
            jets = seed(self._variables(x, rows, designs))
            jet = self._log_prob(self._parameters(jets, rows), block)
            if jet is None:
                nothing = np.full(self.size, np.nan)
                return Evaluation(float("-inf"), nothing, np.full((self.size,) * 2, np.nan))
            sums.add(jet, designs, block, self._counts(block))
        return sums.evaluation()

    def score(self, x: Vector) -> Vector:
        """The score alone."""
        with np.errstate(all="ignore"):
            sums = Sums(self, second=False)
            for rows, block in self.blocks():
                designs = self._designs(rows)
                jets = seed(self._variables(x, rows, designs), 1)
                jet = self._log_prob(self._parameters(jets, rows), block)
                if jet is None:
                    return np.full(self.size, np.nan)
                sums.add(jet, designs, block, self._counts(block))
            return sums.gradient()

    def local(self, x: Vector) -> Iterator[tuple[slice, Block, list[Any], Jet]]:
        """Per block: the rows, their designs, and the jet of their log-densities."""
        with np.errstate(all="ignore"):
            for rows, block in self.blocks():
                designs = self._designs(rows)
                jets = seed(self._variables(x, rows, designs))
                jet = self._log_prob(self._parameters(jets, rows), block)
                yield rows, block, designs, jet

    def carried(self, local: Sequence[Any], designs: Sequence[Any], rows: int) -> Vector:
        """Rows' derivatives in local variables as derivatives in coordinates, (rows, k)."""
        out = np.zeros((rows, self.size))
        at = 0
        for part, place, design in zip(self.parts, self.slices, designs, strict=True):
            mine = [0.0 if g is None else g for g in local[at : at + part.variables]]
            at += part.variables
            if part.basis is not None:
                out[:, place] = np.asarray(mine[0]).reshape(-1, 1) * design.dense()
                out[:, place] /= part.basis.scale
            else:
                for k, g in enumerate(mine):
                    out[:, place.start + k] = g
        return out

    def rows(self, x: Vector) -> Iterator[tuple[Vector, Vector | None]]:
        """Per block: the score of each row, shape (rows, k), and the weights."""
        for _, block, designs, jet in self.local(x):
            yield self.carried(jet.grad, designs, len(block.y)), block.w

    def parameters(self, x: Vector, rows: slice) -> list[Any]:
        """Every parameter of the family at a point for some rows, numbers or arrays."""
        with np.errstate(all="ignore"):
            return self._parameters(self._variables(x, rows, self._designs(rows)), rows)

    # The same model elsewhere.

    def part_of(self, size: int) -> Regression:
        """The same model on evenly spaced rows, in the same coordinates."""
        stored = self.sample.stored
        return self.at(np.linspace(0, stored - 1, min(size, stored)).astype(np.intp))

    def at(self, rows: Any) -> Regression:
        """The same model on some rows; a slice of what lies in memory stays where it lies."""
        source, stored = self.sample.source, self.sample.stored
        places = np.arange(*rows.indices(stored)) if isinstance(rows, slice) else rows
        y = taken(source.y, rows)
        w = None if source.w is None else taken(source.w, rows)
        bases: dict[int, Basis] = {}
        total = float(len(y)) if w is None else float(w.sum()) / source.unit
        sample = replace(
            self.sample,
            rows=len(y),
            n=total if self.sample.kind == "frequency" else float(len(y)),
            smallest=float(y.min()),
            largest=float(y.max()),
            constant=bool(y.min() == y.max()),
            total=total,
            source=Rows(Array(y), None if w is None else Array(w), unit=source.unit),
        )
        return replace(
            self,
            sample=sample,
            table=self.table.kept(places),
            parts=tuple(part.take(rows, bases) for part in self.parts),
            known={k: v[rows] for k, v in self.known.items()},
        )

    def on(self, sample: Sample) -> Regression:
        """The same model: its rows are all there are."""
        return self

    def expected(self, x: Vector) -> Vector:
        """The expected information in coordinates, shape (k, k)."""
        sums = Sums(self)
        k = len(sums.layout)
        with np.errstate(all="ignore"):
            for rows, block in self.blocks():
                designs = self._designs(rows)
                jets = seed(self._variables(x, rows, designs), 1)
                values = dict(
                    zip(self.family.parameters, self._parameters(jets, rows), strict=True)
                )
                n = len(block.y)
                plain = {
                    name: np.broadcast_to(v.value if isinstance(v, Jet) else v, (n,))
                    for name, v in values.items()
                }
                slopes = np.zeros((n, len(self.family.free), k))
                for a, name in enumerate(self.family.free):
                    for i, g in enumerate(values[name].grad):
                        slopes[:, a, i] = 0.0 if g is None else g
                per_row = _expected_rows(self.family, plain, n)
                local = np.einsum("nai,nab,nbj->nij", slopes, per_row, slopes)
                hess = tuple(-local[:, i, j] for i, j in sums.pairs)
                flat = Jet(np.zeros(n), (None,) * k, hess)
                sums.add(flat, designs, block, self._counts(block))
        return sums.evaluation().information

    def with_fixed(self, **values: float) -> Regression:
        """The same model with more constants bound (an edge of the domain is allowed)."""
        return replace(
            self,
            family=self.family.with_fixed(**values),
            parts=tuple(part for part in self.parts if part.name not in values),
        )


def _flat(jets: Sequence[Jet]) -> list[Jet]:
    """Jets of no variable: values that remember what links know of them."""
    return [Jet(jet.value, (), None) for jet in jets]


def _expected_rows(family: Family, values: Mapping[str, Vector], n: int) -> Vector:
    """The expected information of each row in the free parameters, shape (n, k, k)."""
    found = declared_information(family, [Jet(values[k], (), None) for k in family.parameters])
    if found is not None:
        entries = [[np.broadcast_to(getattr(e, "value", e), (n,)) for e in row] for row in found]
        return np.moveaxis(np.asarray(entries, dtype=float), 2, 0)
    table = np.stack([values[name] for name in family.parameters], axis=1)
    different, back = np.unique(table, axis=0, return_inverse=True)
    bare = family.with_fixed()
    bare.predictors = {}
    each = []
    for row in different:
        at = dict(zip(family.parameters, map(float, row), strict=True))
        fixed = {k: v for k, v in at.items() if k not in family.free}
        free = {k: v for k, v in at.items() if k in family.free}
        each.append(expected_information(bare.with_fixed(**fixed), free, family.free))
    return np.asarray(each)[np.ravel(back)]
