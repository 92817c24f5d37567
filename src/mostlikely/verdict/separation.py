"""Separation: the coefficients that run off, the rows that make them, and what stays finite.

Whether there is a direction to infinity is a question about signs of linear forms in the
coordinates of all members (`recession_forms`), answered by a linear program (`recession`). Where
there is one, the likelihood rises towards that of a limit (`recession_limit`), whose maximum is
the supremum; what every direction leaves alone is estimated there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.embedding import Beside
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.predictor_columns import WEAK
from mostlikely.verdict.proof import Proof, Separation
from mostlikely.verdict.recession import Recession, lowest, steepest
from mostlikely.verdict.recession_forms import Forms, Unbounded, forms_of, unbounded_of
from mostlikely.verdict.recession_limit import Counts, begun, limit_along
from mostlikely.verdict.verdict import Verdict

__all__ = ["Separated"]

#: Parts of a direction below this, where rows move by one, are the program's tolerance.
NEGLIGIBLE = 1e-6
#: How far out a limit is looked at: where exponential tails have gone, and where Cauchy's have.
OUTWARDS = (30.0, 1e3, 1e5, 1e7)
#: How near the likelihood must come to the limit there, for the limit to be believed.
NEAR = 1e-4
#: What a constant counts for beside a coefficient where one of them is to be held.
CONSTANTS_LAST = 1e-3
#: How many rows of a member are named.
NAMED = 5


class Separated:
    """Coefficients run off to infinity together, as rows are predicted without error."""

    name: ClassVar[str] = "separation"

    def suspects(self, ended: Ended) -> bool:
        """Where the climb ended at no maximum, or at one that tells next to nothing.

        A penalty keeps estimates finite.
        """
        if ended.loglik.penalty is not None:
            return False
        unbounded = unbounded_of(ended.loglik)
        if unbounded is None:
            return False
        return not ended.inside or weak(unbounded, ended.optimum, ended.loglik.units)

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, with the limit's maximum; None if no direction leads to infinity."""
        loglik, met = ended.loglik.unreduced, ended.optimum
        unbounded = unbounded_of(loglik)
        assert unbounded is not None
        forms = forms_of(loglik, unbounded)
        found = steepest(forms.rows, forms.held, forms.counted)
        if found is None:
            return None
        course = _course(loglik, unbounded, forms, found)
        counts = [
            own.counts(moved)
            for own, moved in zip(forms.members, forms.of_each(found.moved), strict=True)
        ]
        limit = _limit(loglik, unbounded, met, course, counts, again)
        if limit is not None and limit.loglik == np.inf:
            return None
        return _proven(loglik, met, course, counts, limit)


def weak(unbounded: Unbounded, best: Optimum, units: Vector) -> bool:
    """Whether an optimum is so flat that it may be no more than rounding."""
    own = (best.at.information * units * units[:, None])[np.ix_(unbounded.place, unbounded.place)]
    if not np.isfinite(own).all():
        return True
    try:  # a twentieth of the price of the smallest eigenvalue
        np.linalg.cholesky(own - WEAK * np.eye(len(own)))
    except np.linalg.LinAlgError:
        return True
    return False


# What the forms say of the parameters.


@dataclass(frozen=True)
class Course:
    """A direction of recession in the parameters, constants on the scale of their links.

    Parameters
    ----------
    keys : tuple
        The parameters that may move.
    place : array of int, shape (k,)
        The coordinates that may.
    outward : array, shape (keys, k)
        From those coordinates to parameters, each in units of its column's size.
    sizes : array, shape (keys,)
        Those sizes.
    along, flat : arrays, shapes (k,) and (k, q)
        The direction, and a basis of the combinations that the limit does not tell.
    moved : array, shape (m, q)
        The forms that rise, as functions of those combinations.
    ends : array, shape (keys,)
        ±∞ for what every direction takes there, 0 for what the limit tells, NaN for the rest.
    held : array of int, shape (q,)
        Parameters to hold so that the limit tells all others.
    """

    keys: tuple[Any, ...]
    place: NDArray[np.intp]
    outward: Vector
    sizes: Vector
    along: Vector
    flat: Vector
    moved: Vector
    ends: Vector
    held: NDArray[np.intp]

    def parameters(self, coordinates: Vector) -> Vector:
        """The keys' values from their coordinates, shape (keys,) or (keys, any)."""
        return np.asarray(((self.outward @ coordinates).T / self.sizes).T)


def _course(loglik: LogLikelihood, unbounded: Unbounded, forms: Forms, found: Recession) -> Course:
    from scipy.linalg import qr

    matrix, inverse = _between(loglik)
    place = unbounded.place
    mine = np.flatnonzero(np.any(matrix[:, place] != 0.0, axis=1))
    sizes = np.sqrt(np.sum(inverse**2, axis=0))[mine]
    sizes = np.where(sizes > 0.0, sizes, 1.0)
    outward = matrix[np.ix_(mine, place)] * sizes[:, None]
    keys = tuple(loglik.names[int(i)] for i in mine)
    ways = outward @ found.flat
    loose = np.max(np.abs(ways), axis=1, initial=0.0) > NEGLIGIBLE
    aims = np.flatnonzero(loose)
    moved = forms.rows[found.moved] @ found.flat
    low, high = lowest(ways[aims], moved), -lowest(-ways[aims], moved)
    ends = np.zeros(len(keys))
    ends[aims] = np.where(low > NEGLIGIBLE, np.inf, np.where(high < -NEGLIGIBLE, -np.inf, np.nan))
    tied = _tied(loglik)
    ends[[k in tied for k in keys]] = np.nan
    weigh = np.where([k in loglik.constants for k in keys], CONSTANTS_LAST, 1.0)
    held = qr((ways * weigh[:, None]).T, mode="r", pivoting=True)[1][: found.flat.shape[1]]
    return Course(keys, place, outward, sizes, found.direction, found.flat, moved, ends, held)


def _between(loglik: LogLikelihood) -> tuple[Vector, Vector]:
    """From coordinates to parameters, constants on the scale of their links, and back."""
    from scipy.linalg import block_diag

    if loglik.shared is not None:
        return loglik.shared.matrix, loglik.shared.inverse
    there, back = [], []
    for part in loglik.parts:
        times = np.eye(part.size) * (1.0 if part.times is None else part.times)
        there.append(np.linalg.inv(times) if part.basis is None else part.basis.matrix)
        back.append(times if part.basis is None else part.basis.inverse)
    return block_diag(*there), block_diag(*back)


def _tied(loglik: LogLikelihood) -> set[Any]:
    """The coefficients that dependent columns leave open."""
    out = set()
    for part in loglik.parts:
        for column, way in part.basis.dependent if part.basis else ():
            out |= {part.keys[column], *(part.keys[j] for j in np.flatnonzero(np.abs(way) > 1e-9))}
    return out


# What is left where they have run off.


def _limit(
    loglik: LogLikelihood,
    unbounded: Unbounded,
    met: Optimum,
    course: Course,
    counts: Sequence[Counts],
    again: Again,
) -> Proof | None:
    """The proof of the limit, what it does not tell being held; None where no row is left."""
    held = {course.keys[i] for i in course.held}
    limit = limit_along(loglik, unbounded, counts, course.along, held)
    if limit is None:
        return None
    return again.estimate(limit, begun(limit, _beside(loglik, met, course)))


def _beside(loglik: LogLikelihood, met: Optimum, course: Course) -> dict[Any, float]:
    """Where the climb ended, moved along the flat directions to where the held ones are zero."""
    values = course.outward @ met.x[course.place]
    if not np.isfinite(values).all():
        return {}
    ways = course.outward @ course.flat
    values = values - ways @ np.linalg.solve(ways[course.held], values[course.held])
    own = (values / course.sizes).tolist()
    loose = course.ends != 0.0
    moved = {k: v for k, v, way in zip(course.keys, own, loose, strict=True) if way}
    return {**loglik.natural(met.x), **moved}


def _approached(
    loglik: LogLikelihood, point: dict[Any, float], course: Course, height: float
) -> bool:
    """Whether the likelihood comes near the limit's from below, far out along the direction."""
    with np.errstate(all="ignore"):
        inside = [np.isfinite(loglik.link(k).forward(np.float64(v))) for k, v in point.items()]
    if not all(inside):
        return True  # beside another limit, or on an edge, which has been looked at
    x = loglik.linked(point)
    unit = float(np.max(loglik.units[course.place]))
    values = []
    for t in OUTWARDS:
        far = x.copy()
        far[course.place] += t * unit * course.along
        values.append(loglik.value(far))
    near = NEAR * (1.0 + abs(height))
    return any(abs(v - height) < near for v in values) and max(values) < height + near


def _proven(
    loglik: LogLikelihood,
    met: Optimum,
    course: Course,
    counts: Sequence[Counts],
    limit: Proof | None,
) -> Proof:
    """The verdict, and the estimates where they are finite."""
    point = loglik.natural(met.x)
    point.update(dict.fromkeys(course.keys, 0.0))
    told: tuple[Any, ...] = ()
    if limit is not None:
        point.update({k: v for k, v in limit.params.items() if k in point})
        told = tuple(k for k in limit.regular if k in point)
    height = 0.0 if limit is None else limit.loglik
    believed = _approached(loglik, point, course, height)
    ends = dict(zip(course.keys, course.ends, strict=True))
    regular = tuple(k for k in told if ends.get(k, 0.0) == 0.0) if believed else ()
    running = {k: float(v) for k, v in ends.items() if np.isinf(v)}
    names = np.zeros((len(loglik.names), course.flat.shape[1]))
    names[[loglik.names.index(k) for k in course.keys]] = course.parameters(course.flat)
    along = course.parameters(course.along)
    along[course.ends == 0.0] = 0.0
    separation = Separation(dict(zip(course.keys, along, strict=True)), point, names, course.moved)
    top = met if limit is None else limit.inner_optimum
    verdict = _verdict(loglik, course, counts, running, bool(regular), believed, limit)
    return Proof(
        replace(verdict, decrement=top.decrement),
        {**point, **running},
        height if believed else met.at.value,
        met,
        regular,
        loglik if limit is None else limit.inner,
        top,
        dict if limit is None else Beside(limit.embed, {**point, **running}, under=True),
        loglik,
        separation=separation if believed else None,
    )


def _verdict(
    loglik: LogLikelihood,
    course: Course,
    counts: Sequence[Counts],
    running: dict[Any, float],
    regular: bool,
    believed: bool,
    limit: Proof | None,
) -> Verdict:
    """The sentence, with the rows of each member."""
    size = np.abs(course.outward @ course.along)
    mixed = [k for k, a in zip(course.keys, size, strict=True) if a > NEGLIGIBLE * size.max()]
    several = len(loglik.members) > 1
    touched = []
    for m, (member, (gone, all_of)) in enumerate(zip(loglik.members, counts, strict=True)):
        rows = np.flatnonzero(gone)
        if not len(rows):
            continue
        first = rows[:NAMED] if member.table is None else member.table.positions(rows[:NAMED])
        touched.append(
            sentences.Touched(
                [int(row) for row in first],
                len(rows),
                member.rows,
                bool(np.all(gone[rows] == all_of[rows])),
                m + 1 if several else None,
            )
        )
    return sentences.separation(
        {label(k): v for k, v in running.items()},
        [label(k) for k in mixed],
        [label(k) for k, e in zip(course.keys, course.ends, strict=True) if np.isnan(e)],
        touched,
        single=course.flat.shape[1] == 1,
        finite=regular if believed else None,
        beside=None if limit is None or limit.verdict.kind != "boundary" else limit.verdict,
    )
