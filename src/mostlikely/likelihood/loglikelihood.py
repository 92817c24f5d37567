"""The log-likelihood of a model: Σ over members Σ over rows, and a penalty, if there is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.exact import exact_sum
from mostlikely.calculus.link import Link
from mostlikely.data import Sample
from mostlikely.errors import ModelError
from mostlikely.likelihood.coordinates import constant_columns
from mostlikely.likelihood.expected import expected
from mostlikely.likelihood.member import Member, Part
from mostlikely.likelihood.shared import Seen, Shared, Ties
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["LogLikelihood"]


@dataclass(frozen=True, eq=False)
class LogLikelihood:
    """The log-likelihood of a list of members as a function of the numbers that they have.

    Parameters
    ----------
    members : tuple of Member
    family : Family
        The model as it was declared.
    sample : Sample
        What all members read, for counts and the kind of weights.
    shared : Shared, optional
        How several members see the same numbers; None of a single member, whose own coordinates
        these are.
    places : tuple of arrays of int
        For each row of each member: the row of the sample that it is; empty of a single member.
    penalty : Penalty, optional
        One more term.
    shift : mapping
        What parameters are where the coordinates are zero, as far as they are not.

    Notes
    -----
    Points are arrays of shape (k,), in the coordinates of the single member, or those shared.
    ``names`` are the keys of the parameters, of which there may be more than coordinates where
    columns are dependent.
    """

    members: tuple[Member, ...]
    family: Any
    sample: Sample
    shared: Shared | None = None
    places: tuple[NDArray[np.intp], ...] = ()
    penalty: Any = None
    shift: Mapping[Any, float] = field(default_factory=dict)

    @staticmethod
    def of(member: Member, penalty: Any = None) -> LogLikelihood:
        """That of a single member."""
        return LogLikelihood((member,), member.family, member.sample, penalty=penalty)

    @staticmethod
    def together(
        family: Any,
        members: Sequence[Member],
        ties: Ties,
        sample: Sample,
        places: Sequence[NDArray[np.intp]],
        penalty: Any = None,
    ) -> LogLikelihood:
        """That of members that share numbers.

        Parameters
        ----------
        ties : sequence of (key, ((member, place), ...))
            Each parameter, and which parameter of which members it is.
        """
        shared = Shared.of(members, ties)
        return LogLikelihood(tuple(members), family, sample, shared, tuple(places), penalty)

    # Parameters and coordinates.

    @property
    def coordinates(self) -> Member | Shared:
        """What its numbers are called, and how they come from a point."""
        return self.members[0] if self.shared is None else self.shared

    @property
    def member(self) -> Member:
        """Its single member.

        Raises
        ------
        ModelError
            If there are several.
        """
        if len(self.members) > 1:
            raise ModelError("this is a model of several members.")
        return self.members[0]

    @property
    def names(self) -> tuple[Any, ...]:
        """The keys of the parameters, in order."""
        return self.coordinates.names

    @property
    def size(self) -> int:
        """The number of coordinates."""
        return self.coordinates.size

    @property
    def units(self) -> Vector:
        """An ordinary step in each coordinate, shape (k,)."""
        return self.coordinates.units

    @property
    def parts(self) -> tuple[Part, ...]:
        """Its parameters; of several members the coefficients of all as one."""
        return self.coordinates.parts

    @property
    def slices(self) -> tuple[slice, ...]:
        """Where the coordinates of each part stand."""
        return self.coordinates.slices

    @property
    def total(self) -> float:
        """The sum of the weights: what sets rounding."""
        return self.sample.total

    @property
    def rows(self) -> int:
        """How many rows one pass reads."""
        return sum(member.rows for member in self.members)

    @property
    def unit(self) -> float:
        """The mean weight of a row: what the height of a log-likelihood is measured in."""
        rows = sum(member.sample.rows for member in self.members)
        return sum(member.total for member in self.members) / rows

    def link(self, key: Any) -> Link:
        """The link between a parameter and the scale on which it is estimated."""
        return self.coordinates.link(key)

    def linear(self, key: Any) -> bool:
        """Whether a parameter is a linear function of the coordinates."""
        return self.coordinates.linear(key)

    def natural(self, x: Vector) -> dict[Any, float]:
        """Parameters at a point: coefficients as they are, constants on their own scale."""
        out = self.coordinates.natural(x)
        return {k: v + self.shift.get(k, 0.0) for k, v in out.items()} if self.shift else out

    def linked(self, params: Mapping[Any, float]) -> Vector:
        """The point of parameter values; infinite where a value lies on an edge."""
        if self.shift:
            params = {k: v - self.shift.get(k, 0.0) for k, v in params.items()}
        return self.coordinates.linked(params)

    def jacobian(self, x: Vector) -> Vector:
        """d(parameters)/d(coordinates), shape (names, k)."""
        return self.coordinates.jacobian(x)

    def seen(self, index: int, x: Vector) -> Seen:
        """A point as a member sees it."""
        if self.shared is None:
            return Seen(x, np.eye(len(x)))
        return self.shared.seen(index, x)

    def key_of(self, index: int, key: Any) -> Any:
        """What a member's parameter is called in the whole."""
        if self.shared is None:
            return key
        return self.names[self.shared.views[index].places[self.members[index].names.index(key)]]

    @cached_property
    def constants(self) -> dict[Any, tuple[tuple[int, str], ...]]:
        """The parameters that are one number, by key: which of which members each is."""
        out: dict[Any, tuple[tuple[int, str], ...]] = {}
        for m, member in enumerate(self.members):
            for name in member.constants:
                key = self.key_of(m, member.part(name).keys[0])
                out[key] = (*out.get(key, ()), (m, name))
        slots = () if self.shared is None else self.shared.slots
        owners = {slot.key: len(slot.owners) for slot in slots}
        return {k: v for k, v in out.items() if owners.get(k, 1) == len(v)}

    def coordinate(self, key: Any) -> int:
        """The coordinate of a parameter that is one number."""
        if self.shared is None:
            ((_, name),) = self.constants[key]
            return self.members[0].constants[name]
        return int(np.flatnonzero(self.shared.matrix[self.names.index(key)])[0])

    # The sums.

    @cached_property
    def plain(self) -> LogLikelihood:
        """The same without a penalty."""
        return self if self.penalty is None else replace(self, penalty=None)

    @cached_property
    def shrinks(self) -> tuple[Any, ...]:
        """The coefficients that penalties on size are about: not intercepts, nor constants."""
        out: dict[Any, None] = {}
        for m, member in enumerate(self.members):
            for part in member.parts:
                if part.basis is not None:
                    level = constant_columns(part)
                    out.update(
                        (self.key_of(m, k), None) for j, k in enumerate(part.keys) if not level[j]
                    )
        return tuple(out)

    @cached_property
    def shrunk(self) -> Vector:
        """Those coefficients as linear functions of the coordinates, shape (coefficients, k)."""
        rows = self.jacobian(np.zeros(self.size))
        return rows[[self.names.index(k) for k in self.shrinks]]

    def value(self, x: Vector) -> float:
        """The log-likelihood; −inf where a row is impossible."""
        with np.errstate(all="ignore"):
            if self.shared is None:
                value = self.members[0].value(x)
            else:
                value = exact_sum(
                    member.value(self.seen(i, x).x) for i, member in enumerate(self.members)
                )
            if self.penalty is None or not np.isfinite(value):
                return value
            return float(value + self.penalty.at(self, x, 0).value)

    def __call__(self, x: Vector) -> Evaluation:
        """Log-likelihood, score and observed information at a point."""
        at = self.members[0](x) if self.shared is None else self._added(x)
        if self.penalty is None or not at.finite:
            return at
        with np.errstate(all="ignore"):
            more = self.penalty.at(self, x)
        return Evaluation(
            at.value + more.value, at.score + more.score, at.information + more.information
        )

    @np.errstate(all="ignore")
    def _added(self, x: Vector) -> Evaluation:
        """The sum over several members."""
        score, information = np.zeros(self.size), np.zeros((self.size, self.size))
        values = []
        for i, member in enumerate(self.members):
            seen = self.seen(i, x)
            at = member(seen.x)
            values.append(at.value)
            score += seen.jacobian.T @ at.score
            information += seen.jacobian.T @ at.information @ seen.jacobian
            for column, row, bend in seen.bends:
                information -= float(column @ at.score) * bend * np.outer(row, row)
        return Evaluation(exact_sum(values), score, 0.5 * (information + information.T))

    def score(self, x: Vector) -> Vector:
        """The score alone, at less than half the price."""
        with np.errstate(all="ignore"):
            if self.shared is None:
                out = self.members[0].score(x)
            else:
                out = np.zeros(self.size)
                for i, member in enumerate(self.members):
                    seen = self.seen(i, x)
                    out = out + seen.jacobian.T @ member.score(seen.x)
            return out if self.penalty is None else out + self.penalty.at(self, x, 1).score

    def row_scores(self, x: Vector) -> Iterator[tuple[Vector, Vector | None]]:
        """The scores of rows, members added, shape (rows, k), and the weights; in parts."""
        if self.shared is None:
            for row in self.members[0].row_scores(x):
                yield row.scores, row.w
            return
        out = np.zeros((self.sample.stored, self.size))
        for i, (member, places) in enumerate(zip(self.members, self.places, strict=True)):
            seen, at = self.seen(i, x), 0
            for row in member.row_scores(seen.x):
                n = len(row.scores)
                out[places[at : at + n]] += row.scores @ seen.jacobian
                at += n
        source = self.sample.source
        yield out, None if source.w is None else source.w.read(0, len(out)) / source.unit

    def expected(self, x: Vector) -> Vector:
        """The expected information in coordinates, shape (k, k)."""
        if self.shared is None:
            out = expected(self.members[0], x)
        else:
            out = np.zeros((self.size, self.size))
            for i, member in enumerate(self.members):
                seen = self.seen(i, x)
                out = out + seen.jacobian.T @ expected(member, seen.x) @ seen.jacobian
        if self.penalty is None or self.penalty.calibrated:
            return out
        return np.asarray(out + self.penalty.at(self, x).information)

    # The same model elsewhere.

    def part(self, rows: int) -> LogLikelihood:
        """The same model on about so many rows, always the same, in the same coordinates."""
        share = min(1.0, rows / max(self.rows, 1))
        out = self.with_members([m.portion(max(1, round(share * m.rows))) for m in self.members])
        if self.shared is None:
            return out
        return replace(out, sample=replace(self.sample, total=sum(m.total for m in out.members)))

    def with_members(self, members: Sequence[Member]) -> LogLikelihood:
        """The same in the same coordinates, with members that have the same parameters."""
        members = tuple(members)
        if self.shared is None:
            return replace(self, members=members, sample=members[0].sample)
        return replace(self, members=members, shared=replace(self.shared, members=members))

    @property
    def unreduced(self) -> LogLikelihood:
        """The same on all rows, where points stand for them."""
        if all(member.original is None for member in self.members):
            return self
        return self.with_members([member.unreduced for member in self.members])

    def of_members(
        self,
        members: Sequence[Member | None],
        places: Sequence[NDArray[np.intp]] | None = None,
        without: Any = (),
    ) -> LogLikelihood:
        """The same model with other members in the place of its own; None leaves one out.

        Parameters
        ----------
        members : sequence of Member or None
            In the order of its own; one whose parameters are fewer says itself what they are.
        places : sequence of arrays, optional
            Which rows of the sample are theirs, if no longer the same.
        without : collection of keys
            Parameters that are no longer there.
        """
        kept = [(m, member) for m, member in enumerate(members) if member is not None]
        if self.shared is None:
            ((_, only),) = kept
            return replace(self, members=(only,), family=only.family, sample=only.sample)
        now = {m: k for k, (m, _) in enumerate(kept)}
        ties = []
        for slot in self.shared.slots:
            if slot.key in without:
                continue
            owners = []
            for m, place in slot.owners:
                new = members[m]
                name = self.members[m].names[place]
                if new is not None and name in new.names:
                    owners.append((now[m], new.names.index(name)))
            if owners:
                ties.append((slot.key, tuple(owners)))
        places = self.places if places is None else places
        total = sum(member.total for _, member in kept)
        return LogLikelihood.together(
            self.family,
            [member for _, member in kept],
            ties,
            replace(self.sample, total=total),
            [places[m] for m, _ in kept],
            self.penalty,
        )

    def holding(self, values: Mapping[Any, float]) -> LogLikelihood:
        """The same model with constants held, by key; an edge of a domain is allowed."""
        if not values:
            return self
        members: list[Member | None] = list(self.members)
        for key, value in values.items():
            for m, name in self.constants[key]:
                member = members[m]
                assert member is not None
                own = member.by_name({member.part(name).keys[0]: value})
                members[m] = member.holding(own)
        return self.of_members(members, without=set(values))
