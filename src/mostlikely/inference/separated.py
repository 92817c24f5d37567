"""Predictions where predictors have run off: what is sure, and what the data leave open."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet
from mostlikely.calculus.ops import exp
from mostlikely.family.level_limits import direction_of
from mostlikely.likelihood.member import Member, Part
from mostlikely.solve.objective import Vector
from mostlikely.verdict.predictor_columns import ROUNDING, column_sizes
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.recession import LOOSE, lowest

__all__ = ["at_limit", "in_places", "of_limit", "part_columns", "undecided"]


def at_limit(model: Member, proof: Proof) -> Member:
    """A model of labels where its predictors have run off, if rows are separated."""
    if proof.separation is None or not model.family.labels:
        return model
    family: Any = model.family
    limit, rows = family.limit(), model.rows
    known = {direction_of(k): np.zeros(rows) for k in limit.moving}
    for part in model.parts:
        if direction_of(part.name) in known:
            along = np.array([proof.separation.direction.get(k, 0.0) for k in part.keys])
            columns = _columns(part, rows)
            known[direction_of(part.name)] = columns @ along
    return replace(model, family=limit, known={**model.known, **known})


def of_limit(family: Any, values: dict[str, Any], what: str, q: Any, at: Any) -> Any:
    """Of a limit of labels, what follows from the probabilities of its levels."""
    places = range(len(family.levels))
    shares = [exp(family.log_prob(float(k), *values.values())) for k in places]
    if what in values and family.whole.ordered:
        return values[what]
    if what in values:
        return shares[1 + list(family.whole.parameters).index(what)]
    if what == "mean":
        return sum(k * share for k, share in zip(places, shares, strict=True))
    if any(isinstance(share, Jet) for share in shares):
        raise TypeError("quantiles and probabilities are differentiated by differences.")
    below = np.cumsum(np.stack(np.broadcast_arrays(*shares)), axis=0)
    if what == "quantile":
        return np.sum(below[:-1] < q, axis=0).astype(float)
    kept = np.clip(np.floor(at), -1, len(shares) - 1).astype(int)
    return np.where(kept < 0, 0.0, below[kept, np.arange(below.shape[1])])


def undecided(model: Member, proof: Proof, x: Vector) -> Any:
    """Which new rows run off to one side or the other, as the direction is chosen."""
    separation, rows = proof.separation, model.rows
    out = np.zeros(rows, dtype=bool)
    if separation is None:
        return out
    ways, at = {}, 0
    for part in model.parts:
        columns = _columns(part, rows)
        flat = separation.flat[at : at + len(part.keys)]
        ways[part.name], at = columns @ flat, at + len(part.keys)
    family: Any = model.family
    if not family.labels:
        first = model.parts[0]
        along = _columns(first, rows) @ [separation.direction.get(k, 0.0) for k in first.keys]
        return _either(ways[first.name] * np.sign(along)[:, None], separation.moved)
    nothing = np.zeros((rows, separation.flat.shape[1]))
    values = model.at_rows(x)
    for place in range(len(family.levels)):
        log_prob = np.broadcast_to(family.log_prob(float(place), *values), rows)
        can = np.flatnonzero(log_prob > -np.inf)
        for form in family.whole.recession_forms(place):
            aims = nothing + sum(sign * ways.get(name, nothing) for name, sign in form.items())
            out[can] |= _either(aims[can], separation.moved)
    return out


def _either(aims: Vector, moved: Vector) -> Any:
    """Which linear functions may rise or fall while all that is moved rises."""
    out = np.max(np.abs(aims), axis=1, initial=0.0) > LOOSE
    out[out] = lowest(aims[out], moved) < LOOSE
    return out


def part_columns(part: Part, design: Any = None) -> Vector:
    """The columns that the coefficients themselves multiply."""
    assert part.basis is not None
    design = part.basis.design if design is None else design
    columns = (design.dense() / part.basis.scale) @ part.basis.inverse
    columns[np.abs(columns) < ROUNDING * column_sizes(part)] = 0.0
    return np.asarray(columns)


def in_places(family: Any) -> tuple[Any, ...]:
    """The levels of a family of labels by their places: the base or the lowest comes first."""
    return tuple(range(int(family.support.high) + 1)) if family.levels is None else family.levels


def _columns(part: Part, rows: int) -> Any:
    """The columns of a part's parameters; one number for a constant."""
    if part.basis is None:
        return np.full((rows, len(part.keys)), 1.0 if part.times is None else part.times)
    if part.basis.design.wide:  # whose coordinates are scaled columns
        return part.basis.design.sparse()
    return part_columns(part)
