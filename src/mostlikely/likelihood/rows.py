"""What a likelihood reads of some rows: responses, designs, parameters, log-densities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.domain import Domain
from mostlikely.calculus.link import Link
from mostlikely.data import Block, Sample
from mostlikely.data.bind import RowData
from mostlikely.data.source.table import Table
from mostlikely.family.base import Family
from mostlikely.likelihood.coordinates import Coordinates, Part
from mostlikely.likelihood.layout import Layout, Variable
from mostlikely.solve.objective import Vector

__all__ = ["MemberRows", "Rows", "folds"]

#: Entries of the designs that are read together: a megabyte, and as many rows at least. The
#: most keeps a jet's formula in the cache: half as many rows cost a fifth more in calls, twice as
#: many gain nothing.
ENTRIES, FEWEST, MOST = 131_072, 1_024, 16_384
#: How near a row is to a corner of its density to be at it, in proportion.
MET = 1e-11
#: Rows that are read together where a factor of many levels is counted, never a matrix.
WIDE = 65_536

# Until it has seen a large piece freed, glibc hands each block of this size back to the system and
# gets it again page by page (mallopt(3), M_MMAP_THRESHOLD): half the time of a Student-t's
# derivatives. Nothing is touched here, so nothing is used.
np.empty(3_900_000)


def folds(link: Link) -> bool:
    """Whether a link's inverse folds, or has a pole: predictors on both sides have values."""
    return link.name in ("inverse", "inverse_squared", "sqrt") or "power" in link.name


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


@dataclass(frozen=True, eq=False)
class MemberRows(Coordinates):
    """A family with its predictors on its rows: what is read of them, in blocks.

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
    """

    family: Family
    sample: Sample
    parts: tuple[Part, ...]
    table: Table | None = None
    known: Mapping[str, Vector] = field(default_factory=dict)

    # What is decided once.

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
    def standard(self) -> tuple[str | None, str] | None:
        """The location (or None) and the scale of its family, where units tell them."""
        return self.family.standard

    @cached_property
    def guarded(self) -> dict[str, Domain]:
        """The domains of parameters that their link, or their function, may leave."""
        out = {}
        for part in self.parts:
            if part.name in self.family.predictors:
                domain, link = self.family.parameters[part.name].domain, self.family.link(part.name)
                within = link.domain.low >= domain.low and link.domain.high <= domain.high
                if folds(link) or not within:
                    out[part.name] = domain
        return out

    @cached_property
    def block_size(self) -> int:
        """How many rows are read together."""
        designs = [v.design for v in self.layout.variables if v.design is not None]
        if any(design.wide for design in designs):
            return WIDE
        width = max([1, *(design.width for design in designs)])
        return int(min(max(ENTRIES // width, FEWEST), MOST))

    @property
    def check_loss(self) -> Any:
        """The check loss by which log-densities fall away; none of rows that were seen in part."""
        return self.family.check_loss if self.sample.exact else None

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
        for block in self.sample.source.blocks(self.block_size):
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
        return all(
            np.all(domain.contains(getattr(values[name], "value", values[name])))
            for name, domain in self.guarded.items()
            if name in values
        )

    def weighted(self, values: Sequence[Any], rows: Rows) -> list[Any]:
        """Every parameter for some rows, with those that a precision weight scales scaled."""
        family = self.family
        return self.sample.weighting.scaled(
            values, list(family.parameters), family.precision_weights, rows.block.w
        )

    def log_prob(self, values: Sequence[Any], rows: Rows) -> Any:
        """One log-density per row; None where a parameter has left its domain."""
        if not self.inside(dict(zip(self.family.parameters, values, strict=True))):
            return None
        values = self.weighted(values, rows)
        return self.sample.observation.log_prob(self.family, rows.block, values)

    def counts(self, block: Block) -> Vector | None:
        """What each row counts; a precision is in the density already."""
        return block.w if self.sample.weighting.counts else None

    def whole(self) -> Rows:
        """All rows as one block; for small data."""
        every = slice(0, self.rows)
        return Rows(every, self.sample.source.whole(), self.designs(every))

    def at_rows(self, x: Vector) -> list[Any]:
        """Every parameter of the family at a point for all rows, numbers or arrays."""
        every = slice(0, self.rows)
        rows = Rows(every, Block(np.empty(0)), self.designs(every))
        with np.errstate(all="ignore"):
            return self.parameters(self.variables(x, rows), rows)

    def _levelled(self, x: Vector, rows: Rows, slopes: list[Any]) -> list[Any]:
        """Rows' slopes, with that in a location halfway where the row is at its corner."""
        family, y = self.family, rows.block.y
        values = self.weighted(self.parameters(self.variables(x, rows), rows), rows)
        at = dict(zip(family.parameters, values, strict=True))
        middle: Any = 0.0
        if family.check_loss is not None:
            weight, quantile = family.check_loss(*values)
            middle = weight * (quantile - 0.5)
        seen = True if rows.block.ends is None else rows.block.ends[:, 0] == rows.block.ends[:, 1]
        out = list(slopes)
        for i, name in enumerate(self.variable_names):
            if name in family.kinks:
                size = np.abs(y) + np.abs(at[name]) + self.response_spread
                met = seen & (np.abs(y - at[name]) <= MET * size)
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
