"""Parameters of one member and the coordinates in which they are climbed, one from the other.

A parameter is a linear predictor, a nonlinear function, or one number for all rows. Coefficients
are climbed in the coordinates of `data.formula.orthogonal`; numbers on the scales of their links.
"""

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

__all__ = ["Coordinates", "Part", "constant_columns"]

#: Links whose scale is the same for all: a step of one changes a parameter by its own size.
UNITLESS = ("log", "logit", "probit", "cloglog", "loglog", "cauchit")


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
    times : float, optional
        A predictor whose one column is the same number in every row is a constant; its
        coefficient is multiplied by that number on the scale of the link.
    """

    name: str
    keys: tuple[Any, ...]
    basis: Basis | None = None
    offset: Vector | None = None
    function: Any = None
    times: float | None = None

    @property
    def constant(self) -> bool:
        """Whether it is one number for all rows."""
        return self.basis is None and self.function is None

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
    """What a member's numbers are called, and how they come from the point of a climb.

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

    @cached_property
    def constants(self) -> dict[str, int]:
        """The parameters that are one number, with the coordinate of each."""
        return {
            part.name: place.start
            for part, place in zip(self.parts, self.slices, strict=True)
            if part.constant
        }

    @cached_property
    def one_sample(self) -> bool:
        """Whether all rows are alike: no parameter follows a column."""
        return len(self.constants) == len(self.parts) and not self.family.columns

    def part(self, name: str) -> Part:
        """The part of a parameter."""
        return next(part for part in self.parts if part.name == name)

    def link(self, key: Any) -> Link:
        """The link between a parameter and the scale on which it is estimated."""
        return self.family.link(key) if isinstance(key, str) else LINKS["identity"]

    def linear(self, key: Any) -> bool:
        """Whether a parameter is a linear function of the coordinates; constants have links."""
        return self.family.own or not isinstance(key, str)

    # Constants by the names of their parameters, on their own scale.

    def by_key(self, values: Mapping[str, Any]) -> dict[Any, Any]:
        """Constants by their keys: a coefficient of a column of ones is on its link's scale."""
        out = {}
        for name, value in values.items():
            part = self.part(name)
            (key,) = part.keys
            out[key] = value
            if part.times is not None:
                with np.errstate(all="ignore"):
                    out[key] = self.family.link(name).forward(_float(value)) / part.times
        return out

    def by_name(self, values: Mapping[Any, Any]) -> dict[str, Any]:
        """The inverse of `by_key`, for the keys that are those of constants."""
        out = {}
        for part in self.parts:
            if part.constant and part.keys[0] in values:
                value = values[part.keys[0]]
                if part.times is not None:
                    with np.errstate(all="ignore"):
                        value = self.family.link(part.name).inverse(_float(value) * part.times)
                out[part.name] = value
        return out

    # Points.

    def _own(self, x: Sequence[Any]) -> list[Any]:
        """The constants on their own scale; a parameter that follows the data has eta zero."""
        etas = [
            x[place.start] if part.constant else np.float64(0.0)
            for part, place in zip(self.parts, self.slices, strict=True)
        ]
        with np.errstate(all="ignore"):
            return self.family.natural(etas)

    def values(self, x: Vector) -> dict[str, float]:
        """The constants at a point by their parameters' names, on their own scale."""
        found = self._own([np.float64(v) for v in x])
        return {p.name: float(v) for p, v in zip(self.parts, found, strict=True) if p.constant}

    def natural(self, x: Vector) -> dict[Any, float]:
        """Parameters at a point: coefficients as they are, constants on their own scale."""
        out: dict[Any, float] = {}
        values = self._own([np.float64(v) for v in x])
        for part, place, value in zip(self.parts, self.slices, values, strict=True):
            numbers: Any = [value]
            if part.basis is not None:
                numbers = part.basis.matrix @ x[place]
            elif part.function is not None:
                numbers = x[place]
            elif part.times is not None:
                numbers = [x[place.start] / part.times]
            out.update(zip(part.keys, map(float, numbers), strict=True))
        return out

    def linked(self, params: Mapping[Any, float]) -> Vector:
        """The point of parameter values; infinite where a value lies on an edge."""
        plain = [p.constant and p.times is None for p in self.parts]
        constants = [
            params[p.keys[0]] if own else 0.5 for p, own in zip(self.parts, plain, strict=True)
        ]
        with np.errstate(all="ignore"):
            etas = self.family.linked([np.float64(v) for v in constants])
        out = np.empty(self.size)
        for part, place, eta, own in zip(self.parts, self.slices, etas, plain, strict=True):
            if own:
                out[place] = eta
                continue
            numbers = np.array([params[key] for key in part.keys])
            if part.basis is not None:
                numbers = part.basis.inverse @ numbers
            out[place] = numbers if part.times is None else numbers * part.times
        return out

    def jacobian(self, x: Vector) -> Vector:
        """d(parameters)/d(coordinates), shape (names, k)."""
        constants = list(self.constants.values())
        at = dict(zip(constants, seed([np.float64(x[i]) for i in constants], 1), strict=True))
        jets = self._own([at.get(i, v) for i, v in enumerate(x)])
        out = np.zeros((len(self.names), self.size))
        row = 0
        for part, place, jet in zip(self.parts, self.slices, jets, strict=True):
            if part.basis is not None:
                out[row : row + len(part.keys), place] = part.basis.matrix
            elif part.function is not None:
                out[row : row + len(part.keys), place] = np.eye(part.size)
            elif part.times is not None:
                out[row, place] = 1.0 / part.times
            else:
                for i, g in zip(constants, jet.grad, strict=True):
                    out[row, i] = 0.0 if g is None else g
            row += len(part.keys)
        return out

    @cached_property
    def response_spread(self) -> float:
        """How widely the response is spread."""
        return spread(*self.sample.numbers())

    @cached_property
    def reach(self) -> float:
        """How far a location moves in an ordinary step: the spread, or a known scale beyond it."""
        known, params = self.family.fixed, self.family.parameters
        scales = [k for k, p in params.items() if p.unit == 1 and p.domain.low == 0.0]
        sizes = [float(known[k]) for k in scales if k in known and known[k] < np.inf]
        return max([self.response_spread, *sizes])

    @cached_property
    def units(self) -> Vector:
        """An ordinary step in each coordinate: what changes a parameter by its own size."""
        out = np.ones(self.size)
        for part, place in zip(self.parts, self.slices, strict=True):
            link = self.family.link(part.name)
            if part.function is not None:
                start = self.family.predictors[part.name].start.values()
                out[place] = [abs(v) or 1.0 for v in start]
                continue
            param = self.family.parameters[part.name]
            if link.name == "identity" and param.domain.low == -np.inf:
                moved = 0.0 if part.offset is None else float(np.ptp(part.offset))
                reach = max(self.reach, moved) if param.unit else 1.0
                out[place] = reach**param.unit
            elif link is not param.default_link and link.name not in UNITLESS:
                y, w = self.sample.small()
                mean = abs(float(np.average(y, weights=w))) or 1.0
                with np.errstate(all="ignore"):
                    middle = float(link.forward(mean))
                out[place] = abs(middle) if np.isfinite(middle) and middle else 1.0
        return out


def _float(value: Any) -> Any:
    return np.float64(value) if isinstance(value, int | float) else value


def constant_columns(part: Part) -> list[bool]:
    """Which columns of a part are the same in every row, intercepts among them."""
    basis = part.basis
    assert basis is not None
    if basis.design.wide:
        return [key[-1] == "Intercept" for key in part.keys]
    low, high = np.full(len(part.keys), np.inf), np.full(len(part.keys), -np.inf)
    for start in range(0, len(basis.design), 65_536):
        block = basis.design.block(start, min(start + 65_536, len(basis.design))).dense()
        columns = (block / basis.scale) @ basis.inverse
        low, high = np.minimum(low, columns.min(0)), np.maximum(high, columns.max(0))
    return list(high - low <= 1e-9 * np.maximum(np.abs(low), np.abs(high)))
