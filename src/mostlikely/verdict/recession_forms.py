"""The linear forms of a likelihood's rows: what must not fall as its coordinates run off.

A row is the likelier the larger certain sums of predictors are: ±xᵀβ of a binary row or of a
count of zero, ηᵧ − ηₖ for each other label k, a cutpoint less the location. Each is a linear form
of the coordinates of the whole model, whichever member the row belongs to. Predictors of which no
such form is known must stay where they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.verdict.open_rows import open_sides, sides_of_rows
from mostlikely.verdict.predictor_columns import ROUNDING, UNBOUNDED_LINKS
from mostlikely.verdict.recession import stacked, told_apart

__all__ = [
    "Forms",
    "MemberForms",
    "Unbounded",
    "columns_of_coordinates",
    "forms_of",
    "unbounded_of",
]


@dataclass(frozen=True)
class Unbounded:
    """The predictors that may run off to infinity, as far as families and links say.

    Parameters
    ----------
    parts : tuple of tuple of int
        Those of each member, by the places of their parts.
    place : array of int, shape (k,)
        The coordinates of the whole that may move.
    jacobians : tuple of arrays
        d(coordinates of the member)/d(those), shape (its coordinates, k).
    still : array, shape (l, k)
        Forms of those coordinates that must not move.
    """

    parts: tuple[tuple[int, ...], ...]
    place: NDArray[np.intp]
    jacobians: tuple[Vector, ...]
    still: Vector


@dataclass(frozen=True)
class MemberForms:
    """The forms of one member's rows.

    Parameters
    ----------
    rows : array, shape (m, k)
        None of them may fall.
    owner : array of int, shape (m,)
        The row of the member, or rows alike, that each form belongs to; -1 for a form that only
        must not fall.
    alike : array of int, shape (rows of the member,)
        Which owner each row is.
    still : array, shape (l, k)
        Forms that must not move at all.
    """

    rows: Vector
    owner: NDArray[np.intp]
    alike: NDArray[np.intp]
    still: Vector

    def counts(self, moved: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """How many forms of each row of the member move, and how many it has."""
        real = self.owner >= 0
        size = int(self.alike.max(initial=-1)) + 1
        gone = np.bincount(self.owner[real & moved], minlength=size)
        all_of = np.bincount(self.owner[real], minlength=size)
        return gone[self.alike], all_of[self.alike]


@dataclass(frozen=True)
class Forms:
    """The forms of all members.

    Parameters
    ----------
    members : tuple of MemberForms
    still : array, shape (l, k)
        Forms that must not move, whatever the rows say.
    """

    members: tuple[MemberForms, ...]
    still: Vector

    @cached_property
    def rows(self) -> Any:
        """Those that must not fall, shape (m, k)."""
        return stacked([m.rows for m in self.members])

    @cached_property
    def held(self) -> Any:
        """Those that must not move, shape (l, k)."""
        return stacked([self.still, *(m.still for m in self.members)])

    @cached_property
    def counted(self) -> NDArray[np.bool_]:
        """Which of `rows` make a direction worth taking, shape (m,)."""
        return np.concatenate([m.owner >= 0 for m in self.members])

    def of_each(self, moved: NDArray[np.bool_]) -> list[NDArray[np.bool_]]:
        """What is said of all `rows`, member by member."""
        return np.split(moved, np.cumsum([len(m.owner) for m in self.members])[:-1])


# What may move.


def unbounded_of(loglik: LogLikelihood) -> Unbounded | None:
    """The predictors that may run off; None where no coefficient may.

    A constant that no other predictor takes part in is looked at on the edge of its domain
    instead.
    """
    parts = tuple(_unbounded_parts(member) for member in loglik.members)
    follow = {
        loglik.key_of(m, key)
        for m, (member, mine) in enumerate(zip(loglik.members, parts, strict=True))
        if any(member.parts[i].basis is not None for i in mine)
        for i in mine
        for key in member.parts[i].keys
    }
    if not follow:
        return None
    jacobians, still = _linear(loglik)
    for m, (member, mine) in enumerate(zip(loglik.members, parts, strict=True)):
        for i, (part, place) in enumerate(zip(member.parts, member.slices, strict=True)):
            lone = part.basis is None and not {loglik.key_of(m, k) for k in part.keys} & follow
            if i not in mine or lone:
                still = np.vstack([still, _unit_rows(jacobians[m][place])])
    axes = np.flatnonzero(np.sum(still != 0.0, axis=1) == 1)
    stuck = np.any(still[axes] != 0.0, axis=0)
    if np.all(stuck):
        return None
    free = np.flatnonzero(~stuck)
    still = still[:, free]
    still = still[np.any(still != 0.0, axis=1)]
    return Unbounded(parts, free, tuple(j[:, free] for j in jacobians), still)


def _unbounded_parts(member: Member) -> tuple[int, ...]:
    """The parts whose predictors can run off; none where there is no way to tell."""
    family: Any = member.family
    parts = member.parts
    if not parts:
        return ()
    if family.labels and hasattr(family, "recession_forms"):
        names = {
            name
            for place in range(len(family.levels))
            for form in family.recession_forms(place)
            for name in form
        }
        found = tuple(i for i, p in enumerate(parts) if p.name in names and p.function is None)
        return found if all(_straight(member, parts[i]) for i in found) else ()
    first = parts[0]
    if not member.sample.exact:
        own = first.name == next(iter(family.parameters)) and _straight(member, first)
        links = {*UNBOUNDED_LINKS, "identity"}
        usable = own and family.link(first.name).name in links and any(open_sides(member))
        return (0,) if usable else ()
    own = first.name == next(iter(family.parameters), None) and _straight(member, first)
    if family.recession is None or not own:
        return ()
    return (0,) if family.link(first.name).name in UNBOUNDED_LINKS else ()


def _straight(member: Member, part: Part) -> bool:
    """Whether a part's predictor is linear in its coordinates and these in the parameters."""
    if part.function is not None:
        return False
    linear = part.basis is not None or part.times is not None
    return linear or member.family.link(part.name).name == "identity"


def _linear(loglik: LogLikelihood) -> tuple[list[Vector], Vector]:
    """d(coordinates of each member)/d(coordinates), and forms without which it is not constant."""
    shared = loglik.shared
    if shared is None:
        return [np.eye(loglik.size)], np.zeros((0, loglik.size))
    bent = {int(view.places[place]) for view in shared.views for place, *_ in view.changed}
    return list(shared.jacobians), _unit_rows(shared.matrix[sorted(bent)])


def _unit_rows(rows: Vector) -> Vector:
    """The rows that are not zero, each of length one; what is rounding in them is zero."""
    size = np.sqrt(np.sum(rows * rows, axis=1))
    kept = size > ROUNDING * ROUNDING
    rows = rows[kept] / size[kept, None]
    return np.asarray(np.where(np.abs(rows) < ROUNDING, 0.0, rows))


# What rows say of it.


def columns_of_coordinates(member: Member, part: Part) -> Any:
    """The columns of a part's coordinates, sparse where the design is wide; a constant's is one."""
    if part.basis is None:
        return np.ones((member.rows, part.size))
    if part.basis.design.wide:
        return (part.basis.design.sparse() * (1.0 / part.basis.scale)).tocsr()
    return np.asarray(part.basis.design.dense() / part.basis.scale)


def forms_of(loglik: LogLikelihood, unbounded: Unbounded) -> Forms:
    """The forms of every member's rows."""
    made = [
        _member_forms(member, mine, jacobian)
        for member, mine, jacobian in zip(
            loglik.members, unbounded.parts, unbounded.jacobians, strict=True
        )
    ]
    return Forms(tuple(made), unbounded.still)


def _member_forms(member: Member, mine: Sequence[int], jacobian: Vector) -> MemberForms:
    moving = [i for i in mine if np.any(jacobian[member.slices[i]] != 0.0)]
    alike = np.arange(member.rows)
    nothing = np.zeros((0, jacobian.shape[1]))
    if not moving:
        return MemberForms(nothing, np.zeros(0, dtype=np.intp), alike, nothing)
    columns: dict[int, Any] = {}
    for i in moving:
        basis = id(member.parts[i].basis or member.parts[i])
        if basis not in columns:
            columns[basis] = columns_of_coordinates(member, member.parts[i])
    form = _form(columns.values())
    predictors = {
        member.parts[i].name: (
            form(columns[id(member.parts[i].basis or member.parts[i])]),
            form(jacobian[member.slices[i]]),
        )
        for i in moving
    }
    y = member.whole().block.y
    if member.family.labels:
        distinct = [told_apart(columns[id(p.basis)]) for p in _first_of_each(member, moving)]
        return _forms_of_labels(member.family, y, predictors, np.column_stack([y, *distinct]))
    family: Any = member.family
    if member.sample.exact:
        side = np.broadcast_to(family.recession(y, **family.known, **member.known), y.shape)
    else:
        side = sides_of_rows(member)
    ((x, to),) = predictors.values()
    free = np.flatnonzero(side)
    return MemberForms(x[free] * side[free, None] @ to, free, alike, x[side == 0.0] @ to)


def _form(columns: Iterable[Any]) -> Callable[[Any], Any]:
    """What makes all columns sparse, if any of them are."""
    if all(isinstance(x, np.ndarray) for x in columns):
        return np.asarray
    from scipy.sparse import csr_array

    return csr_array  # type: ignore[no-any-return]


def _first_of_each(member: Member, moving: Sequence[int]) -> list[Part]:
    """One part for each set of columns that they follow."""
    bases = {id(member.parts[i].basis): member.parts[i] for i in moving}
    return [part for part in bases.values() if part.basis is not None]


def _forms_of_labels(
    family: Any, y: Vector, predictors: dict[str, tuple[Vector, Vector]], told: Vector
) -> MemberForms:
    """The forms of labels; ``told`` are the numbers that rows which are alike have in common."""
    _, first, alike = np.unique(told, axis=0, return_index=True, return_inverse=True)
    width = next(to.shape[1] for _, to in predictors.values())
    found, owner = [np.zeros((0, width))], [np.zeros(0, dtype=np.intp)]

    def gather(forms: Any, rows: Any, owners: Any) -> None:
        for signs in forms:
            form: Any = np.zeros((len(rows), width))
            for place, (name, sign) in enumerate(signs.items()):
                if name in predictors:
                    x, to = predictors[name]
                    form = sign * (x[rows] @ to) + (form if place else 0.0)
            found.append(form)
            owner.append(owners)

    for place in range(len(family.levels)):
        mine = np.flatnonzero(y[first] == place)
        gather(family.recession_forms(place), first[mine], mine)
    if hasattr(family, "order_forms"):
        gather(family.order_forms(), first, np.full(len(first), -1))
    return MemberForms(stacked(found), np.concatenate(owner), np.ravel(alike), np.zeros((0, width)))
