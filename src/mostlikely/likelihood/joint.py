"""The likelihood of several models together, as a function of the numbers that they share.

Each member m sees its own coordinates x_m = B_m g_m(β[places_m]): β holds one number per parameter
of the joint model (coefficients as they are, constants on the scale of their link), g_m changes
the link of a constant where a member has another one, and B_m takes coefficients to the member's
coordinates. The climb is in z, β = M z, with M such that the columns of all members together are
orthogonal; so score = Σ J_mᵀ s_m and information = Σ J_mᵀ I_m J_m, but for the curvature of g_m.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.jet import seed
from mostlikely.calculus.link import LINKS, Link
from mostlikely.data import Sample
from mostlikely.data.formula.design import Design
from mostlikely.data.formula.orthogonal import Basis, basis_of
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.likelihood.accumulate import add
from mostlikely.likelihood.member import Part, Regression
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Joint", "Member", "Slot", "is_constant", "part_of_place"]


@dataclass(frozen=True)
class Slot:
    """One parameter of a joint model.

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


def part_of_place(member: Regression, place: int) -> Part:
    """The part that the parameter at a place of ``member.names`` belongs to."""
    for part in member.parts:
        if place < len(part.keys):
            return part
        place -= len(part.keys)
    raise IndexError(place)


def is_constant(part: Part) -> bool:
    """Whether it is one number with a link."""
    return part.basis is None and part.function is None


def link_of(member: Regression, place: int) -> Link | None:
    """The link between a parameter and what the member's coordinates are linear in."""
    part = part_of_place(member, place)
    if not is_constant(part):
        return LINKS["identity"]
    coupled = type(member.family).natural is not Family.natural
    return None if coupled else member.link(part.name)


def slots_of(
    members: Sequence[Regression], ties: Sequence[tuple[Any, tuple[tuple[int, int], ...]]]
) -> tuple[Slot, ...]:
    """Each parameter with its link: of a constant the first that is not the identity.

    Raises
    ------
    ModelError
        If probabilities that add to one would be shared in part.
    """
    slots = []
    for key, owners in ties:
        links = [link_of(members[m], place) for m, place in owners]
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


def _alike(one: Link, other: Link) -> bool:
    return (one.name, one.domain) == (other.name, other.domain)


@dataclass(frozen=True)
class Member:
    """How one member sees β.

    Parameters
    ----------
    model : Regression
    places : array of int, shape (p,)
        The slot of each of its parameters.
    basis : array, shape (r, p)
        From its parameters (constants on their links) to its coordinates.
    changed : tuple of (int, Link, Link)
        Places where β is on another link: that of the slot and that of the member.
    """

    model: Regression
    places: NDArray[np.intp]
    basis: Vector
    changed: tuple[tuple[int, Link, Link], ...]

    @cached_property
    def units(self) -> Vector:
        """An ordinary step in each of its coordinates."""
        return self.model.units


def seen_by(index: int, model: Regression, slots: Sequence[Slot]) -> Member:
    """A member with its view of the slots."""
    places = np.zeros(len(model.names), dtype=np.intp)
    changed = []
    for k, slot in enumerate(slots):
        for m, place in slot.owners:
            if m != index:
                continue
            places[place] = k
            link = link_of(model, place)
            if slot.link is not None and link is not None and not _alike(link, slot.link):
                changed.append((place, slot.link, link))
    basis = np.zeros((model.size, len(model.names)))
    column = 0
    for part, rows in zip(model.parts, model.slices, strict=True):
        width = len(part.keys)
        basis[rows, column : column + width] = (
            np.eye(width) if part.basis is None else part.basis.inverse
        )
        column += width
    return Member(model, places, basis, tuple(changed))


@dataclass(frozen=True, eq=False)
class Joint:
    """The sum of log-likelihoods as a function of the coordinates z.

    Parameters
    ----------
    family : Family
        The model.
    members : tuple of Member
    slots : tuple of Slot
        The parameters.
    sample : Sample
        What all members read, for counts and kinds of weights.
    rows_of : tuple of arrays of int
        For each row of each member: the row of the sample that it is.
    matrix, inverse : arrays, shapes (p, k) and (k, p)
        β = matrix @ z, z = inverse @ β.
    jacobians : tuple of arrays
        J_m of each member, shape (its coordinates, k), where its links are those of the slots.
    parts : tuple of Part
        The coefficients of all members as one, with what is dependent among them.
    """

    family: Any
    members: tuple[Member, ...]
    slots: tuple[Slot, ...]
    sample: Sample
    rows_of: tuple[NDArray[np.intp], ...]
    matrix: Vector = field(repr=False)
    inverse: Vector = field(repr=False)
    jacobians: tuple[Vector, ...] = field(repr=False)
    parts: tuple[Part, ...] = ()

    #: Kinds of covariance that there are.
    covariances = ("observed", "expected", "sandwich")
    #: Whether its parameters follow the data.
    follows = True

    @staticmethod
    def of(
        family: Any,
        models: Sequence[Regression],
        ties: Sequence[tuple[Any, tuple[tuple[int, int], ...]]],
        sample: Sample,
        rows_of: Sequence[NDArray[np.intp]],
    ) -> Joint:
        """The joint likelihood of members.

        Parameters
        ----------
        family : Family
        models : sequence of Regression
        ties : sequence of (key, ((member, place), ...))
        sample : Sample
        rows_of : sequence of arrays of int
        """
        slots = slots_of(models, ties)
        members = tuple(seen_by(m, model, slots) for m, model in enumerate(models))
        return Joint(family, members, slots, sample, tuple(rows_of), *_coordinates(members, slots))

    # Parameters and coordinates.

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
        ends = [part.size for part in self.parts]
        return tuple(slice(0, end) for end in ends)

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
        return self.members[m].model.link(part_of_place(self.members[m].model, place).name)

    def linear(self, key: Any) -> bool:
        """Whether a parameter is a linear function of the coordinates."""
        link = self.slots[self.names.index(key)].link
        return link is not None and link.name == "identity"

    def point(self, index: int, z: Vector) -> Vector:
        """The coordinates of a member at z."""
        return self._member_at(index, z)[0]

    def _member_at(self, index: int, z: Vector) -> tuple[Vector, Vector, list[tuple[int, float]]]:
        """Its coordinates, their derivative in z, and the curvature of each changed link."""
        member, jacobian = self.members[index], self.jacobians[index]
        x = jacobian @ z
        bends = []
        for place, ours, theirs in member.changed:
            row = self.matrix[member.places[place]]
            beta = float(row @ z)
            (variable,) = seed([np.float64(beta)])
            jet = theirs.forward(ours(variable))
            value, slope = float(jet.value), float(jet.grad[0] or 0.0)
            column = member.basis[:, place]
            x = x + column * (value - beta)
            jacobian = jacobian + np.outer(column, (slope - 1.0) * row)
            bends.append((place, float(jet.hess[0] or 0.0)))
        return x, jacobian, bends

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
                out[slot.key] = list(self.members[m].model.natural(self.point(m, z)).values())[
                    place
                ]
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
                member = self.members[m]
                own = [params[self.names[j]] for j in member.places]
                x = member.model.linked(dict(zip(member.model.names, own, strict=True)))
                beta[k] = float(np.linalg.lstsq(member.basis, x, rcond=None)[0][place])
        return np.asarray(self.inverse @ beta)

    def jacobian(self, z: Vector) -> Vector:
        """d(parameters)/d(coordinates), shape (names, k)."""
        beta = self.matrix @ z
        out = self.matrix.copy()
        with np.errstate(all="ignore"):
            for k, slot in enumerate(self.slots):
                if slot.link is None:
                    m, place = slot.owners[0]
                    x, own, _ = self._member_at(m, z)
                    out[k] = self.members[m].model.jacobian(x)[place] @ own
                elif slot.link.name != "identity":
                    jet = slot.link(seed([np.float64(beta[k])], 1)[0])
                    out[k] *= float(jet.grad[0] or 0.0)
        return out

    # The sums.

    def value(self, z: Vector) -> float:
        """The log-likelihood; −inf where a row is impossible."""
        with np.errstate(all="ignore"):
            return add([m.model.value(self.point(i, z)) for i, m in enumerate(self.members)])

    def __call__(self, z: Vector) -> Evaluation:
        """Log-likelihood, score and observed information at a point."""
        score, information = np.zeros(self.size), np.zeros((self.size, self.size))
        values = []
        with np.errstate(all="ignore"):
            for i, member in enumerate(self.members):
                x, jacobian, bends = self._member_at(i, z)
                at = member.model(x)
                values.append(at.value)
                score += jacobian.T @ at.score
                information += jacobian.T @ at.information @ jacobian
                for place, bend in bends:
                    row = self.matrix[member.places[place]]
                    slope = float(member.basis[:, place] @ at.score)
                    information -= slope * bend * np.outer(row, row)
        return Evaluation(add(values), score, 0.5 * (information + information.T))

    def score(self, z: Vector) -> Vector:
        """The score alone."""
        out = np.zeros(self.size)
        with np.errstate(all="ignore"):
            for i, member in enumerate(self.members):
                x, jacobian, _ = self._member_at(i, z)
                out += jacobian.T @ member.model.score(x)
        return out

    def rows(self, z: Vector) -> Iterator[tuple[Vector, Vector | None]]:
        """The score of each row of the sample, members added, shape (rows, k), and the weights."""
        out = np.zeros((self.sample.stored, self.size))
        for i, (member, places) in enumerate(zip(self.members, self.rows_of, strict=True)):
            x, jacobian, _ = self._member_at(i, z)
            at = 0
            for scores, _ in member.model.rows(x):
                out[places[at : at + len(scores)]] += scores @ jacobian
                at += len(scores)
        source = self.sample.source
        w = None if source.w is None else source.w.read(0, len(out)) / source.unit
        yield out, w

    def expected(self, z: Vector) -> Vector:
        """The expected information in coordinates, shape (k, k)."""
        out = np.zeros((self.size, self.size))
        for i, member in enumerate(self.members):
            x, jacobian, _ = self._member_at(i, z)
            out += jacobian.T @ member.model.expected(x) @ jacobian
        return out

    # The same model elsewhere.

    def on(self, sample: Sample) -> Joint:
        """The same model: its rows are all there are."""
        return self

    def with_fixed(self, **values: float) -> Joint:
        """The same model: no extreme value of the sample is a parameter of it."""
        return self


def _coordinates(
    members: Sequence[Member], slots: Sequence[Slot]
) -> tuple[Vector, Vector, tuple[Vector, ...], tuple[Part, ...]]:
    """M, its inverse, each J_m, and the coefficients as one part.

    B_m has R of a member's columns, so that QR of all of them stacked is that of all the columns
    (Golub and Van Loan, section 5.3.3), and Q has J_m in its rows, with all digits. Numbers that
    are no coefficients of columns keep a coordinate of their own.
    """
    linear = np.zeros(len(slots), dtype=bool)
    for k, slot in enumerate(slots):
        made = [part_of_place(members[m].model, place) for m, place in slot.owners]
        straight = slot.link is not None and slot.link.name == "identity"
        linear[k] = straight and any(part.basis is not None for part in made)
    columns, others = np.flatnonzero(linear), np.flatnonzero(~linear)
    units = np.ones(len(slots))
    for k in map(int, others):
        m, place = slots[k].owners[0]
        if not any(place == at for at, *_ in members[m].changed):
            step = members[m].units[np.flatnonzero(members[m].basis[:, place])]
            units[k] = float(step[0]) if len(step) else 1.0
    seen = []
    for member in members:
        whole = np.zeros((member.model.size, len(slots)))
        np.add.at(whole.T, member.places, member.basis.T)
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
