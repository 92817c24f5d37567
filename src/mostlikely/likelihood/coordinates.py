"""Parameters of a regression and the coordinates in which they are climbed, one from the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np

from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import LINKS, Link
from mostlikely.data import Sample
from mostlikely.data.formula.orthogonal import Basis
from mostlikely.family.base import Family
from mostlikely.family.summaries import spread
from mostlikely.solve.objective import Vector

__all__ = ["Coordinates", "Part"]


@dataclass(frozen=True, eq=False)
class Part:
    """One free parameter: a linear predictor, a nonlinear function, or a constant.

    Parameters
    ----------
    name : str
        The parameter.
    keys : tuple
        What its numbers are called in ``fit.params``.
    basis : Basis, optional
        Of a linear predictor.
    offset : array, optional
    function : callable, optional
        Of a nonlinear one.
    """

    name: str
    keys: tuple[Any, ...]
    basis: Basis | None = None
    offset: Vector | None = None
    function: Any = None

    @property
    def size(self) -> int:
        """How many coordinates it has."""
        return len(self.keys) if self.basis is None else self.basis.size

    @property
    def variables(self) -> int:
        """In how many local variables a row is differentiated for it."""
        return 1 if self.basis is not None else len(self.keys)

    def take(self, rows: Any, bases: dict[int, Basis]) -> Part:
        """The same part on some of the rows."""
        if self.basis is None:
            return self
        if id(self.basis) not in bases:
            bases[id(self.basis)] = replace(self.basis, design=self.basis.design.at(rows))
        offset = None if self.offset is None else self.offset[rows]
        return replace(self, basis=bases[id(self.basis)], offset=offset)


class Coordinates:
    """What a regression's numbers are called, and how they come from the point of a climb.

    Points are arrays of shape (k,): the coordinates of each part, one after the other; constants
    and nonlinear coefficients are on their links' scales. ``names`` are the keys of the
    parameters, of which there may be more than coordinates where columns are dependent.
    """

    family: Family
    sample: Sample
    parts: tuple[Part, ...]

    @cached_property
    def names(self) -> tuple[Any, ...]:
        """The keys of the parameters, in order."""
        return tuple(key for part in self.parts for key in part.keys)

    @cached_property
    def slices(self) -> tuple[slice, ...]:
        """Where each part's coordinates stand."""
        ends = np.cumsum([0, *(part.size for part in self.parts)])
        return tuple(slice(int(a), int(b)) for a, b in pairwise(ends))

    @property
    def size(self) -> int:
        """The number of coordinates."""
        return self.slices[-1].stop if self.slices else 0

    def link(self, key: Any) -> Link:
        """The link between a parameter and the scale on which it is estimated."""
        return self.family.link(key) if isinstance(key, str) else LINKS["identity"]

    def linear(self, key: Any) -> bool:
        """Whether a parameter is a linear function of the coordinates; constants have links."""
        return self.family.own or not isinstance(key, str)

    def _etas(self, x: Sequence[Any]) -> list[Any]:
        """Link-scale values of the constants; zero for what follows the data."""
        return [
            x[place.start] if part.basis is None and part.function is None else np.float64(0.0)
            for part, place in zip(self.parts, self.slices, strict=True)
        ]

    def natural(self, x: Vector) -> dict[Any, float]:
        """Parameters at a point: coefficients as they are, constants on their own scale."""
        out: dict[Any, float] = {}
        with np.errstate(all="ignore"):
            values = self.family.natural(self._etas([np.float64(v) for v in x]))
        for part, place, value in zip(self.parts, self.slices, values, strict=True):
            numbers: Any
            if part.basis is not None:
                numbers = part.basis.matrix @ x[place]
            elif part.function is not None:
                numbers = x[place]
            else:
                numbers = [value]
            out.update(zip(part.keys, map(float, numbers), strict=True))
        return out

    def linked(self, params: Mapping[Any, float]) -> Vector:
        """The point of parameter values."""
        constants = [
            params[p.name] if p.basis is None and p.function is None else 0.5 for p in self.parts
        ]
        with np.errstate(all="ignore"):
            etas = self.family.linked([np.float64(v) for v in constants])
        out = np.empty(self.size)
        for part, place, eta in zip(self.parts, self.slices, etas, strict=True):
            numbers = np.array([params[key] for key in part.keys])
            if part.basis is not None:
                out[place] = part.basis.inverse @ numbers
            else:
                out[place] = numbers if part.function is not None else eta
        return out

    def jacobian(self, x: Vector) -> Vector:
        """d(parameters)/d(coordinates), shape (names, k)."""
        return self._links(x)

    def _links(self, x: Vector) -> Vector:
        constants = [
            place.start
            for part, place in zip(self.parts, self.slices, strict=True)
            if part.basis is None and part.function is None
        ]
        at = dict(zip(constants, seed([np.float64(x[i]) for i in constants], 1), strict=True))
        with np.errstate(all="ignore"):
            jets = self.family.natural(self._etas([at.get(i, v) for i, v in enumerate(x)]))
        out = np.zeros((len(self.names), self.size))
        row = 0
        for part, place, jet in zip(self.parts, self.slices, jets, strict=True):
            if part.basis is not None:
                out[row : row + len(part.keys), place] = part.basis.matrix
            elif part.function is not None:
                out[row : row + len(part.keys), place] = np.eye(part.size)
            else:
                for i, g in zip(constants, jet.grad, strict=True):
                    out[row, i] = 0.0 if g is None else g
            row += len(part.keys)
        return out

    @cached_property
    def family_spread(self) -> float:
        """How widely the response is spread."""
        return spread(*self.sample.small())

    @cached_property
    def units(self) -> Vector:
        """An ordinary step in each coordinate: what changes a parameter by its own size."""
        y, w = self.sample.small()
        out = np.ones(self.size)
        for part, place in zip(self.parts, self.slices, strict=True):
            param, link = self.family.parameters[part.name], self.family.link(part.name)
            if part.function is not None:
                start = self.family.predictors[part.name].start.values()
                out[place] = [abs(v) or 1.0 for v in start]
            elif link.name == "identity" and param.domain.low == -np.inf:
                moved = 0.0 if part.offset is None else float(np.ptp(part.offset))
                out[place] = max(self.family_spread, moved) ** param.unit
            elif link.name not in ("log", "logit", "probit", "cloglog", "loglog", "cauchit"):
                with np.errstate(all="ignore"):
                    middle = float(link.forward(max(abs(float(np.average(y, weights=w))), 1e-300)))
                out[place] = abs(middle) if np.isfinite(middle) and middle else 1.0
        return out
