"""More starts where a scale, a shape or a probability follows columns: there are several maxima.

Of a normal law whose scale is a line, one maximum has small errors at one end of the columns, and
another at the other end; which rows count is what tells them apart. Each start has a slope of
its own, and the location is then the line of weighted least squares.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.member import Member
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Vector

__all__ = ["columns_of", "line_starts", "slopes_of"]

#: More rows than this seldom have several such maxima, and cost more to climb.
FEW = 60
#: Slopes of the starts on the link's scale, per standard deviation of a column.
SLOPES = (-2.5, 2.5)
#: No more starts than this are looked at, with so many looks at most, and so many are kept.
MOST, LOOKS, KEPT = 8, 25, 3
#: How near to a maximum they are climbed, how much lower than the first start they may be then,
#: and how far they must lie from each other, in units.
ROUGH, BELOW, APART = 1e-2, 2.0, 0.1


@np.errstate(all="ignore")
def line_starts(
    member: Member, x: Vector, others: Callable[[], list[Vector]] = list
) -> list[Vector]:
    """Starts with other slopes in the lines of all parameters but the first.

    Parameters
    ----------
    member : Member
    x : array, shape (k,)
        The start that least squares gave.
    others : callable
        More starts, as a family's other guesses give them; not asked where there are no such lines.
    """
    lines = [
        (part, place)
        for part, place in list(zip(member.parts, member.slices, strict=True))[1:]
        if part.basis is not None and not part.basis.design.wide
    ]
    concave = member.family.coupled  # as a softmax of lines is
    many = member.rows > FEW or any(part.function for part in member.parts)
    if not lines or concave or many:
        return []
    points = others()
    for part, place in lines:
        columns = columns_of(part)
        for slope in SLOPES:
            for column in slopes_of(part):
                point = x.copy()
                point[place] += np.linalg.lstsq(columns, slope * column, rcond=None)[0]
                points.append(_with_location(member, part, place, point))
    return _highest(member, x, [point for point in points if np.isfinite(point).all()][:MOST])


def _highest(member: Member, x: Vector, points: list[Vector]) -> list[Vector]:
    """The most promising of some starts, each climbed a little, that lead elsewhere than one."""
    options = Options(tolerance=ROUGH, max_steps=LOOKS)
    here, *tops = (maximise(member, point, options=options) for point in (x, *points))
    height = here.at.value if here.at.finite else -np.inf
    found: list[Vector] = []
    for top in sorted((t for t in tops if t.at.finite), key=lambda t: -t.at.value):
        known = [here.x, *found]
        apart = all(np.max(np.abs(top.x - other) / member.units) > APART for other in known)
        if top.at.value > height - BELOW and apart and len(found) < KEPT:
            found.append(top.x)
    return found


def columns_of(part: Part) -> Vector:
    """What the coordinates of a line multiply."""
    assert part.basis is not None
    return np.asarray(part.basis.design.dense() / part.basis.scale)


def slopes_of(part: Part) -> list[Vector]:
    """Each term of a line that is no constant, less its mean and of size one."""
    assert part.basis is not None
    terms = columns_of(part) @ part.basis.inverse
    found = []
    for column in (terms - terms.mean(axis=0)).T:
        size = float(np.sqrt(np.mean(column**2)))
        if size > 0.0:
            found.append(column / size)
    return found


def _with_location(member: Member, part: Part, place: slice, x: Vector) -> Vector:
    """The point with the location at its best in squares, where the part is a scale beside one."""
    standard = member.family.standard
    if standard is None or standard[0] is None or standard[1] != part.name:
        return x
    first, at = next(
        ((p, s) for p, s in zip(member.parts, member.slices, strict=True) if p.name == standard[0]),
        (None, place),
    )
    if first is None or member.family.link(first.name).name != "identity":
        return x
    rows = member.whole()
    w = rows.block.w
    eta = columns_of(part) @ x[place]
    weight = np.exp(eta.min() - eta) * (1.0 if w is None else np.sqrt(w))
    columns = np.ones((member.rows, 1)) if first.basis is None else columns_of(first)
    aim = rows.block.y - (0.0 if first.offset is None else first.offset)
    x = x.copy()
    x[at] = np.linalg.lstsq(weight[:, None] * columns, weight * aim, rcond=None)[0]
    left = np.abs(aim - columns @ x[at]) * np.exp(-eta)
    size = np.log(np.average(left, weights=w))
    x[place] += np.linalg.lstsq(columns_of(part), np.full(member.rows, size), rcond=None)[0]
    return x
