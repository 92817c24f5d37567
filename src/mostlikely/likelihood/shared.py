"""How several members see the same numbers: the coordinates of parameters that they share.

Each member m sees its own coordinates x_m = B_m g_m(β[places_m]): β holds one number per parameter
of the whole model (coefficients as they are, constants on the scale of their link), g_m changes
the link of a constant where a member has another one, and B_m takes coefficients to the member's
coordinates. The climb is in z, β = M z, with M such that the columns of all members together are
orthogonal; so score = Σ J_mᵀ s_m and information = Σ J_mᵀ I_m J_m, but for the curvature of g_m.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import LINKS, Link
from mostlikely.data.formula.design import Design
from mostlikely.data.formula.orthogonal import Basis, basis_of
from mostlikely.errors import ModelError
from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector

__all__ = ["Seen", "Shared", "Slot", "Ties", "View", "part_of_place"]

#: Each parameter with the members that have it, and its place among their parameters.
Ties = Sequence[tuple[Any, tuple[tuple[int, int], ...]]]


@dataclass(frozen=True)
class Slot:
    """One parameter of a model of several members.

    Parameters
    ----------
    key : str or tuple
        Its name.
    owners : tuple of (int, int)
        The members that have it, and its place among their parameters.
    link : Link, optional
        Between the parameter and its β; None where only the member can say (probabilities that
        add to one).
    """

    key: Any
    owners: tuple[tuple[int, int], ...]
    link: Link | None


@dataclass(frozen=True)
class Seen:
    """A point as one member sees it.

    Parameters
    ----------
    x : array, shape (its coordinates,)
    jacobian : array, shape (its coordinates, k)
        dx/dz.
    bends : tuple of (array, array, float)
        For each changed link: what it multiplies in x, its row of β in z, and its curvature.
    """

    x: Vector
    jacobian: Vector
    bends: tuple[tuple[Vector, Vector, float], ...] = ()


@dataclass(frozen=True)
class View:
    """How one member sees β.

    Parameters
    ----------
    places : array of int, shape (p,)
        The slot of each of its parameters.
    basis : array, shape (r, p)
        From its parameters (constants on their links) to its coordinates.
    changed : tuple of (int, Link, Link)
        Places where β is on another link: that of the slot and that of the member.
    """

    places: NDArray[np.intp]
    basis: Vector
    changed: tuple[tuple[int, Link, Link], ...]


def part_of_place(member: Member, place: int) -> Part:
    """The part that the parameter at a place of ``member.names`` belongs to."""
    for part in member.parts:
        if place < len(part.keys):
            return part
        place -= len(part.keys)
    raise IndexError(place)


def _link_of(member: Member, place: int) -> Link | None:
    """The link between a parameter and what the member's coordinates are linear in."""
    part = part_of_place(member, place)
    if not part.constant or part.times is not None:
        return LINKS["identity"]
    return None if member.family.coupled else member.link(part.name)


def _slots(members: Sequence[Member], ties: Ties) -> tuple[Slot, ...]:
    """Each parameter with its link: of a constant the first that is not the identity.

    Raises
    ------
    ModelError
        If probabilities that add to one would be shared in part.
    """
    slots = []
    for key, owners in ties:
        links = [_link_of(members[m], place) for m, place in owners]
        if None in links and len(links) > 1:
            m, place = owners[0]
            name = part_of_place(members[m], place).name
            raise ModelError(
                f"{name} is one of several probabilities that add to one, and cannot be shared by "
                "itself; write it with a formula, '~ 1', and share its intercept."
            )
        curved = [link for link in links if link is not None and link.name != "identity"]
        slots.append(Slot(key, owners, curved[0] if curved else links[0]))
    return tuple(slots)


def _view(index: int, member: Member, slots: Sequence[Slot]) -> View:
    """A member with its view of the slots."""
    places = np.zeros(len(member.names), dtype=np.intp)
    changed = []
    for k, slot in enumerate(slots):
        for m, place in slot.owners:
            if m != index:
                continue
            places[place] = k
            link = _link_of(member, place)
            if slot.link is None or link is None:
                continue
            if (link.name, link.domain) != (slot.link.name, slot.link.domain):
                changed.append((place, slot.link, link))
    basis = np.zeros((member.size, len(member.names)))
    column = 0
    for part, rows in zip(member.parts, member.slices, strict=True):
        width = len(part.keys)
        own = np.eye(width) * (1.0 if part.times is None else part.times)
        basis[rows, column : column + width] = own if part.basis is None else part.basis.inverse
        column += width
    return View(places, basis, tuple(changed))


@dataclass(frozen=True, eq=False)
class Shared:
    """The coordinates z of several members.

    Parameters
    ----------
    members : tuple of Member
    views : tuple of View
        That of each member.
    slots : tuple of Slot
        The parameters.
    matrix, inverse : arrays, shapes (p, k) and (k, p)
        β = matrix @ z, z = inverse @ β.
    jacobians : tuple of arrays
        J_m of each member, shape (its coordinates, k), where its links are those of the slots.
    parts : tuple of Part
        The coefficients of all members as one, with what is dependent among them.
    """

    members: tuple[Member, ...]
    views: tuple[View, ...]
    slots: tuple[Slot, ...]
    matrix: Vector = field(repr=False)
    inverse: Vector = field(repr=False)
    jacobians: tuple[Vector, ...] = field(repr=False)
    parts: tuple[Part, ...] = ()

    @staticmethod
    def of(members: Sequence[Member], ties: Ties) -> Shared:
        """The coordinates of members that share some of their numbers."""
        slots = _slots(members, ties)
        views = tuple(_view(m, member, slots) for m, member in enumerate(members))
        return Shared(tuple(members), views, slots, *_coordinates(members, views, slots))

    @staticmethod
    def at(
        members: Sequence[Member],
        ties: Ties,
        matrix: Vector,
        inverse: Vector,
        jacobians: tuple[Vector, ...],
        parts: tuple[Part, ...],
    ) -> Shared:
        """The same in coordinates that were found before."""
        slots = _slots(members, ties)
        views = tuple(_view(m, member, slots) for m, member in enumerate(members))
        return Shared(tuple(members), views, slots, matrix, inverse, jacobians, parts)

    @cached_property
    def names(self) -> tuple[Any, ...]:
        """The keys of the parameters, in order."""
        return tuple(slot.key for slot in self.slots)

    @property
    def size(self) -> int:
        """The number of coordinates."""
        return int(self.matrix.shape[1])

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where the coefficients stand."""
        return tuple(slice(0, part.size) for part in self.parts)

    @cached_property
    def units(self) -> Vector:
        """An ordinary step in each coordinate is one."""
        return np.ones(self.size)

    def link(self, key: Any) -> Link:
        """The link between a parameter and the scale on which it is estimated."""
        slot = self.slots[self.names.index(key)]
        if slot.link is not None:
            return slot.link
        m, place = slot.owners[0]
        return self.members[m].link(part_of_place(self.members[m], place).name)

    def linear(self, key: Any) -> bool:
        """Whether a parameter is a linear function of the coordinates."""
        link = self.slots[self.names.index(key)].link
        return link is not None and link.name == "identity"

    def seen(self, index: int, z: Vector) -> Seen:
        """A point as a member sees it."""
        view, jacobian = self.views[index], self.jacobians[index]
        x = jacobian @ z
        bends = []
        for place, ours, theirs in view.changed:
            row = self.matrix[view.places[place]]
            beta = float(row @ z)
            (variable,) = seed([np.float64(beta)])
            jet = theirs.forward(ours(variable))
            value, slope = float(jet.value), float(jet.grad[0] or 0.0)
            column = view.basis[:, place]
            x = x + column * (value - beta)
            jacobian = jacobian + np.outer(column, (slope - 1.0) * row)
            bends.append((column, row, float(jet.hess[0] or 0.0)))
        return Seen(x, jacobian, tuple(bends))

    def natural(self, z: Vector) -> dict[Any, float]:
        """Parameters at a point: coefficients as they are, constants on their own scale."""
        beta = self.matrix @ z
        out: dict[Any, float] = {}
        with np.errstate(all="ignore"):
            for slot, b in zip(self.slots, beta, strict=True):
                if slot.link is not None:
                    out[slot.key] = float(slot.link.inverse(np.float64(b)))
                    continue
                m, place = slot.owners[0]
                own = self.members[m].natural(self.seen(m, z).x)
                out[slot.key] = list(own.values())[place]
        return out

    def linked(self, params: Mapping[Any, float]) -> Vector:
        """The point of parameter values."""
        beta = np.zeros(len(self.slots))
        with np.errstate(all="ignore"):
            for k, slot in enumerate(self.slots):
                if slot.link is not None:
                    beta[k] = slot.link.forward(np.float64(params[slot.key]))
                    continue
                m, place = slot.owners[0]
                view, member = self.views[m], self.members[m]
                own = [params[self.names[j]] for j in view.places]
                x = member.linked(dict(zip(member.names, own, strict=True)))
                beta[k] = float(np.linalg.lstsq(view.basis, x, rcond=None)[0][place])
        return np.asarray(self.inverse @ beta)

    def jacobian(self, z: Vector) -> Vector:
        """d(parameters)/d(coordinates), shape (names, k)."""
        beta = self.matrix @ z
        out = self.matrix.copy()
        with np.errstate(all="ignore"):
            for k, slot in enumerate(self.slots):
                if slot.link is None:
                    m, place = slot.owners[0]
                    seen = self.seen(m, z)
                    out[k] = self.members[m].jacobian(seen.x)[place] @ seen.jacobian
                elif slot.link.name != "identity":
                    jet = slot.link(seed([np.float64(beta[k])], 1)[0])
                    out[k] *= float(jet.grad[0] or 0.0)
        return out


def _coordinates(
    members: Sequence[Member], views: Sequence[View], slots: Sequence[Slot]
) -> tuple[Vector, Vector, tuple[Vector, ...], tuple[Part, ...]]:
    """M, its inverse, each J_m, and the coefficients as one part.

    B_m has R of a member's columns, so that QR of all of them stacked is that of all the columns
    (Golub and Van Loan, section 5.3.3), and Q has J_m in its rows, with all digits. Numbers that
    are no coefficients of columns keep a coordinate of their own.
    """
    linear = np.zeros(len(slots), dtype=bool)
    for k, slot in enumerate(slots):
        made = [part_of_place(members[m], place) for m, place in slot.owners]
        straight = slot.link is not None and slot.link.name == "identity"
        linear[k] = straight and any(part.basis is not None for part in made)
    columns, others = np.flatnonzero(linear), np.flatnonzero(~linear)
    units = np.ones(len(slots))
    for k in map(int, others):
        m, place = slots[k].owners[0]
        if not any(place == at for at, *_ in views[m].changed):
            own = views[m].basis[:, place]
            reach = members[m].units[np.flatnonzero(own)] / np.abs(own[own != 0.0])
            units[k] = float(reach[0]) if len(reach) else 1.0
    seen = []
    for view in views:
        whole = np.zeros((len(view.basis), len(slots)))
        np.add.at(whole.T, view.places, view.basis.T)
        seen.append(whole)
    basis, moves = _orthogonal(
        [s[:, columns] / m.units[:, None] for s, m in zip(seen, members, strict=True)]
    )
    rank = basis.size
    matrix = np.zeros((len(slots), rank + len(others)))
    inverse = np.zeros(matrix.T.shape)
    matrix[columns, :rank] = basis.matrix
    inverse[:rank, columns] = basis.inverse
    at = np.arange(rank, rank + len(others))
    matrix[others, at] = units[others]
    inverse[at, others] = 1.0 / units[others]
    jacobians = tuple(
        np.hstack([move * member.units[:, None], whole[:, others] * units[others]])
        for move, member, whole in zip(moves, members, seen, strict=True)
    )
    keys = tuple(slots[int(k)].key for k in columns)
    return matrix, inverse, jacobians, (Part("coefficients", keys, basis),) if rank else ()


def _orthogonal(stacked: Sequence[Vector]) -> tuple[Basis, list[Vector]]:
    """Coordinates for the columns of several arrays, and each array in them: orthonormal."""
    used = [np.any(s != 0.0, axis=1) for s in stacked]
    rows = np.concatenate([s[u] for s, u in zip(stacked, used, strict=True)])
    basis = basis_of(Design.of_array(rows))
    root = max(len(rows), 1) ** 0.5
    made = basis.design.dense() / basis.scale / root if basis.size else np.zeros((len(rows), 0))
    moves, at = [], 0
    for s, u in zip(stacked, used, strict=True):
        move = np.zeros((len(s), basis.size))
        move[u] = made[at : at + int(u.sum())]
        at += int(u.sum())
        moves.append(move)
    basis = replace(basis, matrix=basis.matrix / root, inverse=basis.inverse * root)
    return basis, moves
