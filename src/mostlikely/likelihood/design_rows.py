"""Fewer rows where predictors have few distinct ones: factors of few levels, say.

The rows of one distinct design row share their parameters, and so are a sample of their own: each
has its own anchor, its own points and its own guard (means that differ by a factor of 1e12 from
one to the next would else be judged by the largest).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.exact import Pair
from mostlikely.data.formula.pieces import Factor, Products
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import BLOCK, some
from mostlikely.family.base import Family
from mostlikely.likelihood.matching_points import matching_points
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.starts import guesses
from mostlikely.solve.objective import Vector

__all__ = ["by_design_row"]

#: Members of at most so many rows are not worth it, nor those with more distinct design rows.
SMALL, MOST = 8_192, 512
#: Of so many rows of a design row at least are points made; fewer are kept as they are.
FEW = 128
#: Rows among which points are looked for.
LOOKED = 100_000
#: The longest range of whole numbers that is counted, and the longest table of them.
RANGE, LONGEST = 4_096, 65_536


def by_design_row(member: Member) -> Member | None:
    """The same log-likelihood on points for each distinct design row; None if there are many.

    Parameters
    ----------
    member : Member
        With predictors, whose rows count in proportion to their weights.
    """
    family = member.family
    plain = not member.known and all(p.offset is None and not p.function for p in member.parts)
    if member.rows <= SMALL or not plain:
        return None
    if not (family.support.discrete or family.statistics is not None):
        return None
    found = _groups(member)
    if found is None:
        return None
    group, first = found
    source = member.sample.source
    y = source.y.read(0, member.rows)
    w = None if source.w is None else source.w.read(0, member.rows) / source.unit
    if family.support.discrete:
        made = _counted(y, w, group, len(first))
    else:
        made = _by_statistics(member, y, w, group, len(first))
    if made is None or len(made[0]) > member.rows // 4:
        return None
    points, weights, of = made
    return member.standing_for(Sample.points(points, weights, member.sample), first[of])


def _groups(member: Member) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """Which distinct design row each row has, and the first row of each."""
    factors: dict[int, Factor] = {}
    for part in member.parts:
        if part.basis is None:
            continue
        for piece in part.basis.design.pieces:
            if isinstance(piece, Factor) and piece.times is None:
                factors[id(piece.codes)] = piece
            elif not (isinstance(piece, Products) and not piece.factors):
                return None
    size = int(np.prod([f.width + 1 for f in factors.values()], dtype=float))
    if not factors or size > 8 * MOST:
        return None
    cells = np.zeros(member.rows, dtype=np.intp)
    for factor in factors.values():
        cells = cells * (factor.width + 1) + factor.codes
    met = np.bincount(cells, minlength=size) > 0
    if met.sum() > MOST:
        return None
    place = np.cumsum(met) - 1
    group = place[cells]
    first = np.zeros(int(met.sum()), dtype=np.intp)
    first[group[::-1]] = np.arange(member.rows)[::-1]
    return group, first


Points = tuple[Vector, Vector, NDArray[np.intp]]


def _counted(y: Vector, w: Vector | None, group: Any, groups: int) -> Points | None:
    """The distinct whole numbers of each group with their weights."""
    low, high = float(y.min()), float(y.max())
    length = int(high - low) + 1 if high - low < RANGE else LONGEST + 1
    if length * groups > LONGEST:
        return None
    places = (y - low).astype(np.intp)
    cells = group * length + places
    weights = np.bincount(cells, w, minlength=length * groups).astype(np.float64, copy=False)
    held = np.flatnonzero(weights)
    return np.asarray(held % length + low, dtype=np.float64), weights[held], held // length


def _by_statistics(member: Member, y: Vector, w: Vector | None, group: Any, groups: int) -> Any:
    """A few points of each group, weighted to have the totals of the family's statistics there."""
    family, members = member.family, np.bincount(group, minlength=groups)
    looked = some(len(y), LOOKED)
    order = looked[np.argsort(group[looked], kind="stable")]
    ends = np.searchsorted(group[order], np.arange(groups + 1))
    samples = []
    for g in range(groups):
        rows = order[ends[g] : ends[g + 1]]
        samples.append(np.flatnonzero(group == g) if members[g] < FEW or len(rows) < 8 else rows)
    anchors = np.array([_anchor(family, y[rows]) for rows in samples]).T
    count = np.bincount(group, w, groups).astype(np.float64, copy=False)
    with np.errstate(all="ignore"):
        means = _totals(family, anchors, y, w, group) / count
        points, weights, owners = [], [], []
        for g, rows in enumerate(samples):
            if members[g] < FEW:
                found = y[rows], np.ones(len(rows)) if w is None else w[rows]
            else:
                made = matching_points(family, list(anchors[:, g]), y[rows], means[:, g])
                if made is None:
                    return None
                found = made[0], made[1] * count[g]
            points.append(found[0])
            weights.append(found[1])
            owners.append(np.full(len(found[0]), g))
    return np.concatenate(points), np.concatenate(weights), np.concatenate(owners)


def _anchor(family: Family, y: Vector) -> list[float]:
    """All parameters near some rows."""
    found = {**family.fixed, **guesses(family, y, np.ones_like(y), {})[0]}
    return [found[k] for k in family.parameters]


def _totals(family: Family, anchors: Vector, y: Vector, w: Vector | None, group: Any) -> Vector:
    """The weighted sum of each statistic over the rows of each group, at the group's anchor."""
    statistics: Any = family.statistics
    groups = anchors.shape[1]
    sums = [Pair() for _ in statistics(y[:1], *anchors[:, group[:1]])]
    for start in range(0, len(y), BLOCK):
        rows = slice(start, start + BLOCK)
        of = group[rows]
        weight = np.ones(len(of)) if w is None else w[rows]
        made = statistics(y[rows], *anchors[:, of])
        for total, part in zip(sums, made, strict=True):
            total.add(np.bincount(of, part * weight, groups))
    return np.array([total.total() for total in sums])
