"""What is left of a likelihood where predictors have run off to infinity.

Rows that are predicted without error drop out of it, and labels that have become impossible drop
out of a row (Geyer 2009, Electronic J. Statist. 3, section 3). Parameters that what is left does
not tell are held at zero: their combinations with others are what is estimated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.orthogonal import Basis, basis_of
from mostlikely.family.level_limits import direction_of
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.verdict.predictor_columns import original
from mostlikely.verdict.recession_forms import Unbounded, columns_of_coordinates

__all__ = ["Counts", "begun", "limit_along", "remaining"]

#: Forms of each row of a member that run off, and how many it has.
Counts = tuple[NDArray[np.intp], NDArray[np.intp]]


def remaining(counts: Counts) -> NDArray[np.intp]:
    """The rows of a member that are not predicted without error."""
    gone, all_of = counts
    return np.flatnonzero((gone < all_of) | (all_of == 0))


def limit_along(
    loglik: LogLikelihood,
    unbounded: Unbounded,
    counts: Sequence[Counts],
    along: Vector,
    held: Collection[Any],
) -> LogLikelihood | None:
    """The likelihood far out along a direction; None where no row is left.

    Parameters
    ----------
    loglik : LogLikelihood
    unbounded : Unbounded
        What may move.
    counts : sequence of (array, array)
        Of each member.
    along : array, shape (k,)
        The direction, in the coordinates that may move.
    held : collection of keys
        The parameters that are zero.
    """
    members: list[Member | None] = []
    places = []
    for m, (member, own) in enumerate(zip(loglik.members, counts, strict=True)):
        rest = remaining(own)
        places.append(loglik.places[m][rest] if loglik.places else rest)
        if not len(rest):
            members.append(None)
            continue
        stopped = {key for key in member.names if loglik.key_of(m, key) in held}
        kept = _on_rows(member, rest, stopped) if stopped or len(rest) < member.rows else member
        if member.family.labels and np.any(own[0]):
            kept = _of_labels(
                member, kept, rest, unbounded.parts[m], unbounded.jacobians[m] @ along
            )
        members.append(_without(kept, stopped))
    if all(member is None for member in members):
        return None
    return loglik.of_members(members, places if loglik.places else None)


def _on_rows(member: Member, rest: NDArray[np.intp], stopped: Collection[Any]) -> Member:
    """A member on some rows, in coordinates of these, without the columns of what is held."""
    kept = member.take(rest)
    parts = list(kept.parts)
    made: dict[Any, Basis] = {}
    for i, part in enumerate(member.parts):
        if part.basis is None:
            continue
        keys = tuple(key for key in part.keys if key not in stopped)
        which = (id(part.basis), tuple(key[1] for key in keys))
        if which not in made:
            made[which] = basis_of(original(part, rest, stopped))
        parts[i] = replace(parts[i], keys=keys, basis=made[which])
    return replace(kept, parts=tuple(parts))


def _of_labels(
    whole: Member, kept: Member, rest: NDArray[np.intp], moving: tuple[int, ...], along: Vector
) -> Member:
    """The member where in each row only the labels that stay possible are."""
    family: Any = whole.family
    family = family.limit()
    known: dict[str, Any] = {direction_of(k): np.zeros(len(rest)) for k in family.moving}
    for i in moving:
        part = whole.parts[i]
        columns = columns_of_coordinates(whole, part)[rest]
        known[direction_of(part.name)] = columns @ along[whole.slices[i]]
    return replace(kept, family=family, known={**kept.known, **known})


def _without(member: Member, stopped: Collection[Any]) -> Member:
    """The member with constants at the zero of their links."""
    zero = {
        part.name: float(member.family.link(part.name).inverse(np.float64(0.0)))
        for part in member.parts
        if part.constant and part.keys[0] in stopped
    }
    return member.holding(zero) if zero else member


def begun(limit: LogLikelihood, values: Mapping[Any, float]) -> dict[Any, float] | None:
    """Values of a limit's parameters to begin from; None where it has a better start itself.

    Limits of labels have none: where the climb towards them ended is next to their maximum.
    """
    if not values or not any(hasattr(member.family, "moving") for member in limit.members):
        return None
    return {k: v for k, v in values.items() if k in limit.names}
