"""The loss that a likelihood minimises in its first parameter, where it is one with a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sympy

from mostlikely.derivation.reading import Reading

__all__ = ["Named", "loss_of"]


@dataclass(frozen=True)
class Named:
    """A loss with a name.

    Parameters
    ----------
    name : str
        As it reads after "the".
    per_row : callable
        (y, m) → what a row adds to it.
    """

    name: str
    per_row: Callable[[Any, Any], Any]


#: Shapes, not definitions: a loss is recognised where the score of the family is a multiple of its
#: slope, and then the family's own formula is what was read.
LOSSES = (
    Named("mean squared error (MSE)", lambda y, m: (y - m) ** 2),
    Named("mean absolute error (MAE)", lambda y, m: sympy.Abs(y - m)),
    Named("binary cross-entropy", lambda y, m: -(y * sympy.log(m) + (1 - y) * sympy.log(1 - m))),
    Named("Poisson deviance", lambda y, m: m - y * sympy.log(m)),
    Named("gamma deviance", lambda y, m: y / m + sympy.log(m)),
    Named("inverse Gaussian deviance", lambda y, m: (y - m) ** 2 / (m**2 * y)),
    Named("mean squared error of the logarithms", lambda y, m: (sympy.log(y) - m) ** 2),
    Named("mean cosine distance", lambda y, m: 1 - sympy.cos(y - m)),
)


def loss_of(reading: Reading) -> tuple[Named, Any] | None:
    """The loss, and the parameter in which the likelihood minimises it; None without a name."""
    if not reading.free or reading.levels:
        return None
    m, y = next(iter(reading.free.values())), reading.y
    slope = -sympy.diff(reading.formula, m)
    for loss in LOSSES:
        ratio = sympy.cancel(slope / sympy.diff(loss.per_row(y, m), m))
        if ratio != 0 and not ratio.has(y, m):
            return loss, m
    return None
