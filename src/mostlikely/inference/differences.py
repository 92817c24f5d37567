"""How a prediction, averaged over rows, differs between labels or moves with a column of numbers.

The derivative is in the column, through the formula, and not in a column of the design: of
``age + age**2`` it is one number. A row's prediction is a function m(η) of its linear predictors,
whose first and second derivatives are exact jets; dη/dx is β times dX/dx, which is a divided
difference of each column of the design over three values of x. These lie `STEP` standard
deviations apart (closer near zero, for logarithms), never outside the range of the data, where a
spline or a logarithm may not reach: the error is STEP² f''' in truncation and 1e-16/STEP in
rounding, so about 1e-11 of a column's own variation, and nothing at all for a column that is x
itself. What a nonlinear function or an offset reads is differentiated as a whole in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.data.bind import bind_new
from mostlikely.data.columns_read import Read, changed
from mostlikely.inference.rows import (
    differentiated,
    inverse_jacobian,
    local_variables,
    on_new_rows,
    point,
    some_rows,
)
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = ["Average", "Effect"]

#: How far apart the values lie between which a column is differentiated, in standard deviations.
STEP = 1e-5
#: Nearer to zero than this share of a standard deviation the step does not shrink further.
NEAR = 1e-2
#: The same for second derivatives of what has no jets, in sizes of the predictors.
SECOND = 2e-4
#: Entries of a design's block.
ENTRIES = 2**17


@dataclass(frozen=True)
class Effect:
    """What an effect is of: a column of numbers, or a level of labels against the base."""

    column: str
    level: Any = None
    base: Any = None

    @property
    def key(self) -> Any:
        """``"age"``, or ``("sex", "m")``."""
        return self.column if self.base is None else (self.column, self.level)


@dataclass(eq=False)
class Average:
    """Averages over rows, and their derivatives in the parameters.

    Parameters
    ----------
    bound : Bound
    proof : Proof
    side : Member
        The model on the rows.
    w : array, shape (rows,)
        What each counts for; the sum is one.
    reading : callable
        A model → what is predicted of its rows.
    per_share : bool
        Whether a derivative in a column of numbers is one in its logarithm.
    """

    bound: Any
    proof: Proof
    side: Member
    w: Vector
    reading: Callable[[Member], Callable[..., Any]]
    per_share: bool = False
    #: The coefficients that the column at hand moves.
    moved: Any = field(init=False)

    def __post_init__(self) -> None:
        assert self.side.table is not None  # whose columns these are
        self.table = self.side.table
        self.x = point(self.proof)
        self.inverse_jacobian = inverse_jacobian(self.side, self.x)
        self.keys = list(self.side.names)
        constants = self.proof.likelihood.constants
        self.settled = np.array([k in self.proof.regular or k in constants for k in self.keys])

    def trouble(self, gradient: Vector, unknown: Any) -> str | None:
        """Why the effect of the column at hand is not known, if it is not."""
        missing = "has no standard error" if self.proof.verdict.ok else "is not identified"
        infinite = np.array([not np.isfinite(self.proof.params[k]) for k in self.keys])
        cases: list[tuple[Any, str]] = [
            (self.moved & infinite & ~self.settled, "is infinite"),
            (self.moved & ~self.settled, missing),
            (unknown & (np.abs(gradient) > 1e-12).any(axis=0), "is not identified"),
        ]
        for which, why in cases:
            if which.any():
                return f"the coefficient {label(self.keys[int(np.argmax(which))])} {why}"
        return None

    def of(self, column: Read) -> Iterator[tuple[Effect, float, Vector]]:
        """The effects of a column with their gradients in the parameters, shape (k,)."""
        self.moved = np.zeros(len(self.keys), dtype=bool)
        if column.levels is not None:
            yield from self._contrasts(column)
            return
        nodes, x = self._nodes(column.name)
        value, gradient = self._slope(column.name, x, nodes, whole=not column.linear)
        yield Effect(column.name), value, gradient

    # Labels.

    def _contrasts(self, column: Read) -> Iterator[tuple[Effect, float, Vector]]:
        assert column.levels is not None
        base, *others = column.levels
        at_base = self._with({column.name: base})
        value, gradient = self._total(at_base, self.w)
        for level in others:
            at_level = self._with({column.name: level})
            if not self.settled.all():
                self._note(at_base, at_level)
            other, slope = self._total(at_level, self.w)
            yield Effect(column.name, level, base), other - value, slope - gradient

    def _with(self, values: Mapping[str, Any]) -> Member:
        return on_new_rows(self.proof.likelihood.member, self.bound, changed(self.table, values))

    def _note(self, one: Member, other: Member) -> None:
        """Which coefficients tell two versions of the rows apart."""
        a, b = (bind_new(self.bound, m.table)[1]["designs"] for m in (one, other))
        for part, keys in self._linear():
            for rows in self._blocks(a[part.name].width):
                left, right = (d[part.name].block(rows.start, rows.stop).dense() for d in (a, b))
                self.moved[keys] |= np.any(left != right, axis=0)

    def _total(self, side: Member, w: Vector) -> tuple[float, Vector]:
        """Σ w times the prediction, and its gradient."""
        read = self.reading(side)
        widths = [part.basis.design.width for part in side.parts if part.basis is not None]
        value, slope = 0.0, np.zeros(side.size)
        for block in self._blocks(max([1, *widths])):
            rows = some_rows(side, block)
            variables = local_variables(side, self.proof, self.x, rows)
            with np.errstate(all="ignore"):
                v, slopes = differentiated(partial(read, rows=rows), variables)
            value += float(w[block] @ np.broadcast_to(v, w[block].shape))
            at = 0
            for part, place, design in zip(side.parts, side.slices, rows.designs, strict=True):
                mine = [w[block] * _finite(g) for g in slopes[at : at + part.variables]]
                at += part.variables
                if part.basis is not None:
                    slope[place] += design.t_dot(mine[0]) / part.basis.scale
                else:
                    slope[place] += [g.sum() for g in mine]
        return value, slope @ self.inverse_jacobian

    # Numbers.

    def _nodes(self, name: str) -> tuple[list[Vector], Vector]:
        """Three values around each row's, inside the range of the data."""
        x = np.asarray(self.table.numbers(name), dtype=np.float64)
        fitted = np.asarray(self.bound.table.numbers(name), dtype=np.float64)
        low, high = min(x.min(), fitted.min()), max(x.max(), fitted.max())
        size = float(np.std(fitted))
        if size == 0.0:
            size, low, high = float(np.abs(fitted).max()) or 1.0, -np.inf, np.inf
        step = STEP * np.clip(np.abs(x), NEAR * size, size)
        middle = np.clip(x, low + step, high - step)
        return [middle - step, middle, middle + step], x

    def _slope(
        self, name: str, x: Vector, nodes: Sequence[Vector], whole: bool
    ) -> tuple[float, Vector]:
        """The average derivative in a column."""
        first, middle, last = nodes
        w = self.w * x if self.per_share else self.w
        lean = (2.0 * x - first - middle) / (last - first)
        share = [-(1.0 - lean) / (middle - first), lean / (last - middle)]
        sides = [self._with({name: node}) for node in nodes]
        if whole:
            shares = [share[0], -share[0] - share[1], share[1]]
            found = [self._total(s, w * c) for s, c in zip(sides, shares, strict=True)]
            return sum(v for v, _ in found), np.sum([g for _, g in found], axis=0)
        tables = [bind_new(self.bound, side.table)[1]["designs"] for side in sides]
        raw = bind_new(self.bound, self.table)[1]["designs"]
        read = self.reading(self.side)
        width = max([1, *(design.width for design in raw.values())])
        value, gradient = 0.0, np.zeros(len(self.keys))
        for rows in self._blocks(width):
            change: dict[int, tuple[Any, Vector]] = {}
            for part, keys in self._linear():
                key = id(raw[part.name])
                if key not in change:
                    a, b, c = (t[part.name].block(rows.start, rows.stop).dense() for t in tables)
                    hit = np.flatnonzero(np.any((a != b) | (b != c), axis=0))
                    left = (b[:, hit] - a[:, hit]) / (middle - first)[rows, None]
                    right = (c[:, hit] - b[:, hit]) / (last - middle)[rows, None]
                    change[key] = hit, left + (right - left) * lean[rows, None]
                self.moved[keys.start + change[key][0]] = True
            ours = {part.name: change[id(raw[part.name])] for part, _ in self._linear()}
            v, slope = self._block(rows, w[rows], read, ours, raw)
            value, gradient = value + v, gradient + slope
        return value, gradient

    def _block(
        self,
        rows: slice,
        w: Vector,
        read: Any,
        change: Mapping[str, tuple[Any, Vector]],
        raw: Mapping[str, Any],
    ) -> tuple[float, Vector]:
        """Σ w dm/dx over some rows, from dX/dx; and its gradient."""
        side, mine = self.side, some_rows(self.side, rows)
        variables = local_variables(side, self.proof, self.x, mine)
        along: list[Any] = []
        for part, place in zip(side.parts, side.slices, strict=True):
            if part.basis is not None:
                hit, by = change[part.name]
                along.append(by @ (part.basis.matrix[hit] @ self.x[place]))
            else:
                along += [0.0] * part.variables
        with np.errstate(all="ignore"):
            slopes, turns = _derivatives(lambda u: read(u, mine), variables, along)
        slopes, turns = [_finite(s) for s in slopes], [_finite(t) for t in turns]
        value = sum(
            float(w @ np.broadcast_to(s * a, w.shape)) for s, a in zip(slopes, along, strict=True)
        )
        gradient, at, first = np.zeros(len(self.keys)), 0, 0
        for part, place in zip(side.parts, side.slices, strict=True):
            keys = slice(first, first + len(part.keys))
            first = keys.stop
            if part.basis is not None:
                block = raw[part.name].block(rows.start, rows.stop)
                gradient[keys] += block.t_dot(w * turns[at])
                hit, by = change[part.name]
                gradient[keys.start + hit] += (w * slopes[at]) @ by
            else:
                sums = [float(np.sum(w * t)) for t in turns[at : at + part.variables]]
                gradient += np.array(sums) @ self.inverse_jacobian[place]
            at += part.variables
        return value, gradient

    def _linear(self) -> Iterator[tuple[Any, slice]]:
        """Parts with a design, and where their coefficients stand."""
        first = 0
        for part in self.side.parts:
            keys = slice(first, first + len(part.keys))
            first = keys.stop
            if part.basis is not None:
                yield part, keys

    def _blocks(self, width: int) -> Iterator[slice]:
        step = max(ENTRIES // width, 256)
        for start in range(0, len(self.w), step):
            yield slice(start, min(start + step, len(self.w)))


def _finite(slope: Any) -> Any:
    """A derivative; none where a predictor is infinite, as the prediction is flat there."""
    if slope is None:
        return 0.0
    return np.nan_to_num(slope, nan=0.0, posinf=0.0, neginf=0.0)


def _derivatives(f: Any, variables: list[Any], along: list[Any]) -> tuple[list[Any], list[Any]]:
    """The slopes of f in its variables, and how they change along a direction."""
    k = len(variables)
    try:
        jet = f(seed(variables))
    except TypeError:
        return _by_differences(f, variables, along)
    if not isinstance(jet, Jet):
        return [0.0] * k, [0.0] * k
    turns: list[Any] = [0.0] * k
    place = 0
    for i in range(k):
        for j in range(i, k):
            bend = None if jet.hess is None else jet.hess[place]
            place += 1
            if bend is None:
                continue
            turns[i] = turns[i] + bend * along[j]
            if i != j:
                turns[j] = turns[j] + bend * along[i]
    return list(jet.grad), turns


def _by_differences(f: Any, variables: list[Any], along: list[Any]) -> tuple[list[Any], list[Any]]:
    fast = np.max(
        [
            np.broadcast_to(np.abs(a) / np.maximum(np.abs(v), 1.0), np.shape(sum(along)))
            for v, a in zip(variables, along, strict=True)
        ],
        axis=0,
    )
    t = SECOND / np.where(fast > 0.0, fast, 1.0)
    ends = [
        differentiated(f, [v + s * t * a for v, a in zip(variables, along, strict=True)])[1]
        for s in (-1.0, 1.0)
    ]
    _, slopes = differentiated(f, variables)
    zero = [0.0 if s is None else s for s in slopes]
    turns = [(_finite(up) - _finite(down)) / (2.0 * t) for down, up in zip(*ends, strict=True)]
    return zero, turns
