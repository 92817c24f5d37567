"""The columns that coefficients themselves multiply, from the orthogonal ones."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import numpy as np

from mostlikely.data.formula.design import Design
from mostlikely.likelihood.coordinates import Part
from mostlikely.solve.objective import Vector

__all__ = ["ROUNDING", "UNBOUNDED_LINKS", "WEAK", "column_sizes", "original"]

#: Entries of a column below this, relative to the size of the column, are rounding.
ROUNDING = 1e-11
#: Information about a combination of coefficients below which it is asked whether there is a
#: maximum at all: its predictor is known to no better than three units of a log or logit scale.
WEAK = 0.1
#: Links on which a density can be at its best at infinity.
UNBOUNDED_LINKS = frozenset({"logit", "probit", "cloglog", "loglog", "cauchit", "log", "softplus"})


def column_sizes(part: Part) -> Vector:
    """The root mean square of each column, from the basis: the norms of the inverse's columns."""
    assert part.basis is not None
    return np.asarray(np.sqrt(np.sum((part.basis.inverse) ** 2, axis=0)))


def original(part: Part, rows: Any, without: Container[Any] = ()) -> Design:
    """The columns themselves on some rows, but for those of some keys."""
    assert part.basis is not None
    design = part.basis.design.at(rows)
    kept = [j for j, key in enumerate(part.keys) if key not in without]
    if design.wide:  # whose coordinates are scaled columns
        return design.only(kept)
    x = (design.dense() / part.basis.scale) @ part.basis.inverse
    x[np.abs(x) < ROUNDING * column_sizes(part)] = 0.0
    return Design.of_array(x[:, kept], [part.keys[j][1] for j in kept])
