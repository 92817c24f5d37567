"""A member of a model: a family, its predictors and its rows, as a function of its coordinates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.exact import exact_sum
from mostlikely.calculus.jet import Jet
from mostlikely.data import Block, Sample
from mostlikely.data.bind import Bound, RowData
from mostlikely.data.formula.orthogonal import Basis, basis_of, separately
from mostlikely.data.source.blocks import Array, some, taken
from mostlikely.data.source.blocks import Rows as Source
from mostlikely.data.source.table import Table
from mostlikely.family.base import Family
from mostlikely.likelihood.coordinates import Coordinates, Part
from mostlikely.likelihood.kernel import Kernel, Local, Point, kernel_for
from mostlikely.likelihood.sums import Layout, Totals, Variable
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Member", "Part", "Row", "Rows"]

#: Entries of the designs that are read together: half a megabyte, and as many rows at least. The
#: most also keeps the thirty arrays of a jet's formula in the L2 cache.
ENTRIES, FEWEST, MOST = 131_072, 1_024, 8_192
#: How near a row is to a corner of its density to be at it, in proportion.
MET = 1e-11
#: Rows that are read together where a factor of many levels is counted, never a matrix.
WIDE = 65_536

# Until it has seen a large piece freed, glibc hands each block of this size back to the system and
# gets it again page by page (mallopt(3), M_MMAP_THRESHOLD): half the time of a Student-t's
# derivatives. Nothing is touched here, so nothing is used.
np.empty(3_900_000)


@dataclass(slots=True)
class Rows:
    """Some rows of a member with all that its likelihood reads of them.

    Parameters
    ----------
    place : slice
        Where they stand among its rows.
    block : Block
        What was seen, and the weights.
    designs : list of DesignBlock or None
        Of each part; None for what follows no columns.
    """

    place: slice
    block: Block
    designs: list[Any]


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
class Member(Coordinates):
    """The log-likelihood of a family on its rows, as a function of its coordinates.

    Parameters
    ----------
    family : Family
        The model with its predictors.
    sample : Sample
        Response and weights.
    parts : tuple of Part
        One per free parameter, in the family's order.
    table : Table, optional
        The rows in use, for nonlinear functions and new predictions; None for a plain sample.
    known : mapping
        Parameters that a column holds.

    Notes
    -----
    Points are arrays of shape (k,): the coordinates of each part, one after the other; constants
    and nonlinear coefficients are on their links' scales.
    """

    family: Family
    sample: Sample
    parts: tuple[Part, ...]
    table: Table | None = None
    known: Mapping[str, Vector] = field(default_factory=dict)
    #: The response itself, where ``sample`` holds points that stand for its rows.
    original: Sample | None = None

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

    @cached_property
    def layout(self) -> Layout:
        """Its local variables, and the coordinates of each."""
        out = []
        for index, (part, place) in enumerate(zip(self.parts, self.slices, strict=True)):
            if part.basis is not None:
                out.append(Variable(index, place, part.basis.design, part.basis.scale))
            else:
                numbers = range(place.start, place.stop)
                out.extend(Variable(index, slice(k, k + 1)) for k in numbers)
        return Layout(tuple(out), self.size)

    @cached_property
    def variable_names(self) -> tuple[str, ...]:
        """The parameter of each local variable."""
        return tuple(self.parts[v.part].name for v in self.layout.variables)

    @cached_property
    def guarded(self) -> tuple[str, ...]:
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

    @cached_property
    def _step(self) -> int:
        designs = [v.design for v in self.layout.variables if v.design is not None]
        if any(design.wide for design in designs):
            return WIDE
        width = max([1, *(design.width for design in designs)])
        return int(min(max(ENTRIES // width, FEWEST), MOST))

    # Rows.

    @property
    def rows(self) -> int:
        """How many rows one pass reads."""
        return self.sample.stored

    @property
    def total(self) -> float:
        """The sum of the weights."""
        return self.sample.total

    def blocks(self) -> Iterator[Rows]:
        """Its rows, in order."""
        start = 0
        for block in self.sample.source.blocks(self._step):
            stop = start + len(block.y)
            yield Rows(slice(start, stop), block, self.designs(slice(start, stop)))
            start = stop

    def designs(self, rows: slice) -> list[Any]:
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

    def variables(self, x: Vector, rows: Rows) -> list[Any]:
        """The local variables of some rows: predictors, constants, nonlinear coefficients."""
        out: list[Any] = []
        for part, place, design in zip(self.parts, self.slices, rows.designs, strict=True):
            if part.basis is None:
                out += [np.float64(v) for v in x[place]]
                continue
            eta = design.dot(x[place] / part.basis.scale)
            if part.offset is not None:
                eta = eta + part.offset[rows.place]
            out.append(eta)
        return out

    def parameters(self, variables: Sequence[Any], rows: Rows) -> list[Any]:
        """Every parameter of the family for some rows, from local variables (jets or numbers)."""
        etas, at = [], 0
        for part in self.parts:
            mine = variables[at : at + part.variables]
            at += part.variables
            if part.function is not None:
                assert self.table is not None
                names = self.family.predictors[part.name].start
                data = RowData(self.table, rows.place)
                etas.append(part.function(data, **dict(zip(names, mine, strict=True))))
            else:
                etas.append(mine[0])
        free = dict(zip(self.family.free, self.family.natural(etas), strict=True))
        known = {k: v[rows.place] for k, v in self.known.items()}
        values = self.family.arguments({**free, **known})
        # NumPy's floats divide by zero quietly, as a look at an edge may ask them to.
        return [np.float64(v) if isinstance(v, int | float) else v for v in values]

    def given(self, name: str, rows: Rows) -> Any:
        """A parameter that is not estimated: its number, or what a column holds of it."""
        if name in self.known:
            return self.known[name][rows.place]
        return np.float64(self.family.fixed[name])

    def inside(self, values: Mapping[str, Any]) -> bool:
        """Whether the guarded parameters among these are inside their domains in every row."""
        for name in self.guarded:
            if name in values:
                value = values[name]
                value = value.value if isinstance(value, Jet) else value
                if not np.all(self.family.parameters[name].domain.contains(value)):
                    return False
        return True

    def log_prob(self, values: Sequence[Any], rows: Rows) -> Any:
        """One log-density per row; None where a parameter has left its domain."""
        family, names = self.family, list(self.family.parameters)
        if not self.inside(dict(zip(names, values, strict=True))):
            return None
        values = self.sample.weighting.scaled(values, names, family.precision_weights, rows.block.w)
        return self.sample.observation.log_prob(family, rows.block, values)

    def counts(self, block: Block) -> Vector | None:
        """What each row counts; a precision is in the density already."""
        return block.w if self.sample.weighting.counts else None

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
            if self.kinked(x):
                at = Evaluation(at.value, at.score, self._smoothed(x, at.information))
        return at

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

    def _smoothed(self, x: Vector, observed: Vector) -> Vector:
        from mostlikely.likelihood.expected import expected

        kinked, mean = self.kinked(x), expected(self, x)
        out = observed.copy()
        out[kinked, :] = mean[kinked, :]
        out[:, kinked] = mean[:, kinked]
        return out

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

    def _levelled(self, x: Vector, rows: Rows, slopes: list[Any]) -> list[Any]:
        """Rows' slopes, with that in a location halfway where the row is at its corner."""
        family, y = self.family, rows.block.y
        values = self.parameters(self.variables(x, rows), rows)
        values = self.sample.weighting.scaled(
            values, list(family.parameters), family.precision_weights, rows.block.w
        )
        at = dict(zip(family.parameters, values, strict=True))
        middle: Any = 0.0
        if family.check_loss is not None:
            weight, quantile = family.check_loss(*values)
            middle = weight * (quantile - 0.5)
        out = list(slopes)
        for i, name in enumerate(self.variable_names):
            if name in family.kinks:
                size = np.abs(y) + np.abs(at[name]) + self.response_spread
                met = np.abs(y - at[name]) <= MET * size
                out[i] = np.where(met, middle, out[i])
        return out

    def carried(self, slopes: Sequence[Any], rows: Rows) -> Vector:
        """Rows' derivatives in local variables as derivatives in coordinates, (rows, k)."""
        out = np.zeros((len(rows.block.y), self.size))
        for variable, slope in zip(self.layout.variables, slopes, strict=True):
            if variable.design is None:
                out[:, variable.place.start] = slope
                continue
            columns = rows.designs[variable.part].dense() / variable.scale
            out[:, variable.place] = np.reshape(slope, (-1, 1)) * columns
        return out

    def whole(self) -> Rows:
        """All rows as one block; for small data."""
        source, every = self.sample.source, slice(0, self.rows)
        w = None if source.w is None else source.w.read(0, self.rows) / source.unit
        return Rows(every, Block(source.y.read(0, self.rows), w), self.designs(every))

    def at_rows(self, x: Vector, rows: slice | None = None) -> list[Any]:
        """Every parameter of the family at a point for some rows, numbers or arrays."""
        place = slice(0, self.rows) if rows is None else rows
        nothing = Block(np.empty(0))
        some_rows = Rows(place, nothing, self.designs(place))
        with np.errstate(all="ignore"):
            return self.parameters(self.variables(x, some_rows), some_rows)

    # The same model elsewhere.

    def portion(self, size: int) -> Member:
        """The same model on about so many rows, always the same, in the same coordinates."""
        if self.one_sample:
            return replace(self, sample=self.sample.subsample(size, extremes=True))
        return self.take(some(self.rows, size))

    def take(self, rows: Any) -> Member:
        """The same model on some rows, given by their positions."""
        source = self.sample.source
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
            source=Source(Array(y), None if w is None else Array(w), unit=source.unit),
        )
        return replace(
            self,
            sample=sample,
            table=None if self.table is None else self.table.kept(rows),
            parts=tuple(part.take(rows, bases) for part in self.parts),
            known={k: v[rows] for k, v in self.known.items()},
        )

    def standing_for(self, points: Sample) -> Member:
        """The same on points that have the same log-likelihood."""
        return replace(self, sample=points, original=self.original or self.sample)

    @property
    def unreduced(self) -> Member:
        """The same on all rows."""
        if self.original is None:
            return self
        return replace(self, sample=self.original, original=None)

    def holding(self, values: Mapping[str, float]) -> Member:
        """The same model with constants held, by name; an edge of the domain is allowed."""
        return replace(
            self,
            family=self.family.with_fixed(**values),
            parts=tuple(part for part in self.parts if part.name not in values),
        )


def _same(design: Any) -> float | None:
    """The number that is the one column of a design in every row; None if there is none."""
    if design.width != 1 or design.wide:
        return None
    first = float(design.block(0, 1).dense()[0, 0])
    step = 65_536
    for start in range(0, len(design), step):
        if not np.all(design.block(start, start + step).dense() == first):
            return None
    return first if first != 0.0 else None
