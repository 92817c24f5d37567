"""What columns hold for every row and nothing estimates: offsets, and known parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.terms import evaluate, variables_of
from mostlikely.data.response import Sample
from mostlikely.data.source.numbers import few, rows_of
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError

__all__ = ["inside", "known_of", "offset_columns", "offsets_of"]

Floats = NDArray[np.float64]


def offsets_of(table: Table, predictors: Mapping[str, Any]) -> dict[str, Floats]:
    """The offset of each predictor that has one, a number in every row: a column's, or computed."""
    return {
        k: np.asarray(
            table.numbers(p.offset)
            if p.offset in table
            else evaluate(p.offset, table, f"offset of {k},"),
            dtype=np.float64,
        )
        for k, p in predictors.items()
        if p.offset is not None
    }


def offset_columns(offset: str, table: Table) -> tuple[str, ...]:
    """The columns that an offset reads: the one of that name, or those of an expression."""
    return (offset,) if offset in table or offset.isidentifier() else variables_of(offset)


def known_of(family: Any, table: Table, sample: Sample) -> dict[str, Floats]:
    """The parameters that a column holds, each inside its domain, and possible beside y."""
    known = {name: inside(family, table, name, c) for name, c in family.columns.items()}
    if known and family.possible is not None:
        y = sample.source.y.read(0, len(sample.source.y))
        bad = np.flatnonzero(~family.possible(y, **known, **family.known))
        if len(bad):
            names = " and ".join(family.columns.values())
            shown = rows_of([int(r) for r in table.positions(bad[:3])], len(bad))
            raise DataError(
                f"{sample.label} is impossible beside {names} in {len(bad)} rows ({shown}); "
                f"under {family.name} it cannot be larger."
            )
    return known


def inside(family: Any, table: Table, name: str, column: str) -> Floats:
    """A parameter that a column holds, inside its domain in every row."""
    numbers = np.asarray(table.numbers(column), dtype=np.float64)
    domain = family.parameters[name].domain
    wrong = np.flatnonzero(~domain.contains(numbers))
    if len(wrong):
        shown = few(
            [f"{numbers[r]:g}" for r in wrong[:3]],
            [int(r) for r in table.positions(wrong[:3])],
            len(wrong),
        )
        raise DataError(f"{column} is {name} of {family.name} and must be {domain}: {shown}.")
    return numbers
