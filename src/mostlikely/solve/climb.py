"""From starts to the maxima that they lead to: a part of the rows first, then all of them.

A part of the rows has its maximum within a few standard errors of that of all, at a fraction of
the price; and which starts lead to the highest maximum shows there already.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from mostlikely.solve.maximise import POLISHED, ROUNDING, Options, maximise, sharpened
from mostlikely.solve.objective import Divisible, Objective, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.quadratic import Quadratic

__all__ = ["Corner", "Wider", "climb"]

#: What finds the maximum at a corner of an objective that has corners, if there is one, from a
#: point: a start, or (True) where a climb has stalled.
Corner = Callable[[Objective, Vector, bool], Optimum | None]
#: What moves a point at which some row is impossible to one at which none is.
Wider = Callable[[Vector], Vector]

#: The least rows of a part, in all and per coordinate. Objectives of more than `WORTH` times as
#: many are climbed on a part first: the first part of several starts has 8,000 rows at most.
LEAST, LEAST_PER_COORDINATE = 2_000, 40
WORTH = 4
#: One row in so many is in the part at most, and no more than so many rows; and no more than so
#: many per coordinate and root of the rows n. The maximum of m rows lies √(k n/m) standard errors
#: from that of all, its information is out by some 2 √(k/m): a step leaves 2 k √n/m, a fifth.
SHARE, LARGEST, PER_ROOT = 10, 250_000, 10
#: How near a part of the rows is climbed to its maximum: to half a standard error of its own,
#: where the maximum of all rows is some √(9 k) of theirs away.
ROUGH = 0.15
#: Maxima of a part of the rows that lie this much lower cannot be the highest of all of them.
HOPELESS = 8.0
#: Objectives of more rows than this are dear to look at once more than needed.
EXPENSIVE = 50_000
#: How long a step, in units, a part of the rows may send all of them.
ORDINARY = 1.0
#: Maxima nearer to each other than this, in units, are one; the second where they are rough.
APART, ROUGHLY_APART = 1e-4, 0.1
#: Values nearer to each other than this, per unit of |ℓ|, are one height.
TIE = 1e-9


def climb(
    objective: Objective,
    starts: Sequence[Vector],
    *,
    options: Options | None = None,
    prefer_optimum: bool = False,
    corner: Corner | None = None,
    wider: Wider | None = None,
) -> list[Optimum]:
    """The optima reached from each start, the highest first, one for each distinct point.

    Parameters
    ----------
    objective : Objective
        If it is divisible, a part of it is climbed first, from every start; all of it only from
        where that led, if that can still be the highest.
    starts : sequence of arrays, shape (k,)
    options : Options, optional
        Whether evaluations are expensive is decided here, by the number of rows.
    prefer_optimum : bool
        Whether a maximum inside comes before a higher end of another kind: where a function has
        no bound the highest point met is no answer.
    corner : callable, optional
        Called first at each start, and where a climb stalls. An objective that has corners is
        climbed whole: those of a part are elsewhere.
    wider : callable, optional
        Called at each start if the function is finite at none.

    Returns
    -------
    list of Optimum
        Those without a finite start last.
    """
    options, given = options or Options(), [np.asarray(x, dtype=float) for x in starts]
    found: list[Optimum] = []
    rows = getattr(objective, "rows", 0) if corner is None else 0
    if rows > WORTH * LEAST and isinstance(objective, Divisible):
        found = _by_a_part(objective, given, options, prefer_optimum)
    if rows > EXPENSIVE:
        options = replace(options, expensive=True)
    several = replace(options, sharpen=False) if len(given) > 1 else options
    if _none_starts(found):
        found = []
        for x in given:
            known = tuple(found) if corner is None else ()
            found.append(_reached(objective, x, replace(several, known=known), corner))
    if _none_starts(found) and wider is not None:
        found = [_reached(objective, wider(x), options, corner) for x in given]
    if len(given) > 1:
        apart = APART if options.tolerance <= POLISHED else ROUGHLY_APART
        found = _distinct(
            _highest_first(found, prefer_optimum, objective.total), objective.units, apart
        )
        found[0] = sharpened(objective, found[0], options)
    return found


def _by_a_part(
    whole: Divisible, starts: Sequence[Vector], options: Options, prefer_optimum: bool
) -> list[Optimum]:
    """The optima of all rows, from those of a part of them; none where no part is worth it."""
    least = max(LEAST, LEAST_PER_COORDINATE * len(whole.units))
    if whole.rows <= WORTH * least:
        return []
    near = int(PER_ROOT * len(whole.units) * whole.rows**0.5)
    part = whole.part(max(least, min(near, whole.rows // SHARE, LARGEST)))
    roughly = replace(options, tolerance=max(ROUGH, options.tolerance))
    tops = climb(part, starts, options=roughly, prefer_optimum=prefer_optimum)
    options = replace(options, expensive=whole.rows > EXPENSIVE, part=part)
    found = []
    for top in tops:
        if top.at.value > tops[0].at.value - HOPELESS:
            ahead = _stepped(whole, part, top)
            reached = None if ahead is None else _reached(whole, ahead, options)
            if reached is None or reached.stop is Stop.NO_START:
                reached = _reached(whole, top.x, options)
            found.append(reached)
    return found


@np.errstate(all="ignore")
def _stepped(whole: Divisible, part: Divisible, top: Optimum) -> Vector | None:
    """A Newton step for all rows from the maximum of a part of them, whose information serves.

    It is known to a fraction 1/√rows, and the step needs no better (Jordan, Lee and Yang 2019,
    "Communication-efficient distributed statistical inference", J. Amer. Statist. Assoc. 114,
    section 3). None if the part ends at no maximum or is not like the whole.
    """
    if top.stop is not Stop.OPTIMUM:
        return None
    score = whole.score(top.x)
    if not np.isfinite(score).all():
        return None
    at = replace(top.at, score=score, information=top.at.information * (whole.total / part.total))
    step, _ = Quadratic.of(at, whole.units).step(np.inf)
    return top.x + whole.units * step if np.linalg.norm(step) <= ORDINARY else None


def _reached(
    objective: Objective, x: Vector, options: Options, corner: Corner | None = None
) -> Optimum:
    """The optimum reached from a point."""
    found = None if corner is None else corner(objective, x, False)
    if found is None:
        found = maximise(objective, x, options=options)
        if corner is not None and found.stop in (Stop.STALLED, Stop.RAN_OUT):
            found = corner(objective, found.x, True) or found
    return found


def _none_starts(optima: Sequence[Optimum]) -> bool:
    return all(o.stop is Stop.NO_START for o in optima)


def _highest_first(optima: Sequence[Optimum], prefer_optimum: bool, total: float) -> list[Optimum]:
    """Sorted by height; equal heights, but for rounding, stay in the order of their starts."""
    finite = [abs(o.at.value) for o in optima if np.isfinite(o.at.value)]
    tie = max([ROUNDING * total, *(TIE * height for height in finite)])

    def rank(o: Optimum) -> tuple[bool, bool, float]:
        height = round(o.at.value / tie) if np.isfinite(o.at.value) else -np.inf
        return o.stop is Stop.NO_START, prefer_optimum and o.stop is not Stop.OPTIMUM, -height

    return sorted(optima, key=rank)


def _distinct(optima: Sequence[Optimum], units: Vector, apart: float) -> list[Optimum]:
    kept: list[Optimum] = []
    for o in optima:
        if all(np.max(np.abs(o.x - other.x) / units, initial=0.0) > apart for other in kept):
            kept.append(o)
    return kept
