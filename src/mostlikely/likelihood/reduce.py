"""The same log-likelihood on fewer rows, where the data or the family allow it.

Distinct values with counts, if they are few; else, for an exponential family, as many weighted
points as hold its sufficient statistics T: if log p(y | θ) lies in the span of (1, T(y)) for every
θ, any weights that match the totals of (1, T) give the same sum.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.data.observation import Partly
from mostlikely.data.response import Sample
from mostlikely.likelihood.design_rows import by_design_row
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.matching_points import matching_points
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector

__all__ = ["REDUCTIONS", "reduced"]

#: Samples of at most so many rows are not worth a table, and not worth compressing.
FEW, SMALL = 256, 4_096

#: What makes a member of fewer rows, near parameter values by name; None where it does not apply.
Reduction = Callable[[Member, Mapping[str, float]], Member | None]


def reduced(loglik: LogLikelihood, near: Vector) -> LogLikelihood:
    """The same log-likelihood on fewer rows.

    Parameters
    ----------
    loglik : LogLikelihood
    near : array, shape (k,)
        A point near the maximum, for scaling.
    """
    members = [_smaller(member, loglik.seen(m, near).x) for m, member in enumerate(loglik.members)]
    if all(new is old for new, old in zip(members, loglik.members, strict=True)):
        return loglik
    return loglik.with_members(members)


def _smaller(member: Member, x: Vector) -> Member:
    sample = member.sample
    if isinstance(sample.observation, Partly) and member.original is None:
        return seen_in_part(member)
    if not sample.weighting.counts or member.original is not None or not sample.exact:
        return member  # what is in a row's density, or was not fully seen, is no function of y
    if not member.one_sample:
        small = by_design_row(member)
        return member if small is None else small
    near = {**member.family.fixed, **member.values(x)}
    found = (make(member, near) for make in REDUCTIONS)
    return next((small for small in found if small is not None), member)


def seen_in_part(member: Member) -> Member:
    """Distinct pairs of ends with their weights, if few; else rows seen alike one after another.

    Blocks of one kind need not be taken apart.
    """
    sample, ends = member.sample, member.sample.source.ends
    if sample.rows <= SMALL or ends is None or member.known or sample.source.gaps:
        return member
    if any(part.function is not None for part in member.parts):
        return member
    if member.one_sample and sample.weighting.counts and ends.shape[1] == 2:
        some = np.linspace(0, len(ends) - 1, SMALL).astype(np.intp)
        if len(np.unique(_as_one(ends[some]))) <= FEW:
            _, first, place = np.unique(_as_one(ends), return_index=True, return_inverse=True)
            block = sample.source.whole()
            w = np.bincount(place, block.w).astype(np.float64)
            points = Sample.points(block.y[first], w, sample)
            points = replace(points, source=replace(points.source, ends=ends[first]))
            return member.standing_for(points)
    low, high = ends[:, 0], ends[:, 1]
    kind = np.where(low == high, 0, np.where(high == np.inf, 1, np.where(low == -np.inf, 2, 3)))
    if np.all(kind[1:] >= kind[:-1]):
        return member
    order = np.argsort(kind, kind="stable")
    return member.standing_for(replace(sample, source=sample.source.take(order)), order)


def _as_one(ends: Any) -> Any:
    """Two numbers of each row as one, which can be told from others."""
    return np.ascontiguousarray(ends).view(complex).ravel()


def constant_sample(member: Member, near: Mapping[str, float]) -> Member | None:
    """One point of the whole weight: no spread is then made up by rounding."""
    sample = member.sample
    if not sample.constant or sample.stored == 1:
        return None
    point, total = np.array([sample.smallest]), np.array([sample.total])
    return member.standing_for(Sample.points(point, total, sample))


def distinct_rows(member: Member, near: Mapping[str, float]) -> Member | None:
    """The distinct values with the weight of each."""
    if member.sample.rows <= FEW:
        return None
    table = member.sample.tabulated()
    return None if table is None else member.standing_for(table)


def sufficient_statistics(member: Member, near: Mapping[str, float]) -> Member | None:
    """A few data points, weighted to have the totals of the family's statistics."""
    family, sample = member.family, member.sample
    if family.statistics is None or sample.rows <= SMALL:
        return None
    anchor = [near[k] for k in family.parameters]
    y, _ = sample.small()
    with np.errstate(all="ignore"):
        means = sample.mean(lambda y: family.statistics(y, *anchor))  # type: ignore[misc]
        found = matching_points(family, anchor, y, np.atleast_1d(means))
    if found is None:
        return None
    points, shares = found
    return member.standing_for(Sample.points(points, shares * sample.total, sample))


#: In this order; the first that applies is taken.
REDUCTIONS: tuple[Reduction, ...] = (constant_sample, distinct_rows, sufficient_statistics)
