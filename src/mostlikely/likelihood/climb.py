"""From a likelihood to its maximum: shrink the data where they allow it, begin well, climb.

A closed form is a start value that needs no step: the same proof, the Newton decrement, accepts
it. Sufficient statistics and tables of counts replace n rows by a few weighted points with the
same log-likelihood, read by the same one formula.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.data.response import Sample
from mostlikely.family.base import Family
from mostlikely.family.summaries import spread, weighted_quantile
from mostlikely.likelihood.one_sample import Likelihood
from mostlikely.solve.newton import POLISHED, Optimum, Stop, maximise
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.quadratic import newton_decrement

__all__ = ["climb", "reduced", "spread_of_typical", "starting_points"]

#: Statistics whose columns are nearer to dependence than this are not used.
CONDITION = 1e4
#: Samples of at most this many rows are not worth compressing.
SMALL = 4_096
#: Samples of more rows than this are first fitted on an eighth of them, and that on an eighth of
#: its own, down to this many: each begins within a few standard errors of its answer.
LARGE = 8_000
PART = 2_000
LARGEST_PART = 250_000
#: How near a part of the rows is climbed to its maximum: its own error is much larger.
ROUGH = 1e-3
#: Maxima of a part of the rows that lie this much lower cannot be the highest of all of them.
HOPELESS = 8.0
#: Samples of more rows than this are dear to look at once more than needed.
COSTLY = 50_000


def reduced(likelihood: Likelihood, anchor: Mapping[str, float]) -> Likelihood:
    """The same log-likelihood on fewer rows, where the data or the family allow it.

    Distinct values with counts, if they are few; else, for an exponential family, as many weighted
    points as hold its sufficient statistics T: if log p(y | θ) lies in the span of (1, T(y)) for
    every θ, any weights that match the totals of (1, T) give the same sum.
    """
    sample, family = likelihood.sample, likelihood.family
    if sample.rows <= 256 or (sample.kind == "precision" and sample.weighted):
        return likelihood
    table = sample.tabulated()
    if table is not None:
        return likelihood.on(table)
    if family.statistics is None or sample.rows <= SMALL:
        return likelihood
    values = family.arguments(anchor)
    with np.errstate(all="ignore"):
        points = _matching_points(family, sample, values)
    return likelihood if points is None else likelihood.on(points)


def _matching_points(family: Family, sample: Sample, values: list[float]) -> Sample | None:
    assert family.statistics is not None
    statistics = family.statistics
    y, _ = sample.small()
    candidates = np.unique(np.quantile(y, np.linspace(0.0, 1.0, 33), method="nearest"))
    columns = np.column_stack(
        [
            np.ones_like(candidates),
            *(t * np.ones_like(candidates) for t in statistics(candidates, *values)),
        ]
    )
    means = np.array([1.0, *np.atleast_1d(sample.mean(lambda y: statistics(y, *values)))])
    if not (np.isfinite(columns).all() and np.isfinite(means).all()):
        return None
    size = np.abs(columns).max(axis=0)
    weights, _, _, singular = np.linalg.lstsq((columns / size).T, means / size, rcond=None)
    left = np.abs(columns.T @ weights - means) / size
    # Statistics that are nearly dependent on these data (a gamma of tiny spread) or points too far
    # from the totals would cost digits.
    if singular[0] > CONDITION * singular[-1] or np.abs(weights).sum() > 100.0:
        return None
    if left.max() > 1e-14 * len(means):
        return None
    total = sample.total
    return Sample.points(candidates, weights * total, sample)


def starting_points(
    likelihood: Likelihood, given: Mapping[str, float] | None = None
) -> list[Vector]:
    """Where to begin: what the caller says, the closed form, or the family's own guesses."""
    guesses: list[Mapping[str, Any]]
    if given is not None:
        guesses = [{**_guess(likelihood)[0], **given}]
    else:
        closed = _closed_form(likelihood)
        guesses = [closed] if closed is not None else _guess(likelihood)
    points = [likelihood.linked({k: float(g[k]) for k in likelihood.names}) for g in guesses]
    middle = likelihood.linked(_typical(likelihood))
    # A guess on the edge of its domain (no heads at all) is begun from inside, towards it.
    return [np.where(np.isfinite(x), x, middle) for x in points]


def _closed_form(likelihood: Likelihood) -> Mapping[str, Any] | None:
    family, sample = likelihood.family, likelihood.sample
    if family.mle is None or (sample.kind == "precision" and sample.weighted):
        return None
    with np.errstate(all="ignore"):
        values: Mapping[str, Any] | None = family.mle(sample, **family.fixed)
    if values is None or not all(np.isfinite(values[k]) for k in likelihood.names):
        return None
    return values


def _guess(likelihood: Likelihood) -> list[Mapping[str, Any]]:
    family = likelihood.family
    typical = _typical(likelihood)
    if family.start is None:
        spans = {k: family.parameters[k].typical for k in likelihood.names}
        ends = [
            {k: s[e] for k, s in spans.items() if not family.parameters[k].unit} for e in (0, 1)
        ]
        return [typical, *({**typical, **end} for end in ends)]
    sample = likelihood.sample
    y, w = sample.small()
    if len(y) < sample.stored:  # what is possible may depend on the extremes
        y, w = np.append(y, [sample.smallest, sample.largest]), np.append(w, [1.0, 1.0])
    with np.errstate(all="ignore"):
        found = family.start(y, w, **family.known)
    out: list[Mapping[str, Any]] = []
    for guess in found if isinstance(found, list) else [found]:
        inside = {
            k: float(v)
            for k, v in guess.items()
            if np.isfinite(v) and np.all(family.parameters[k].domain.contains(v))
        }
        out.append({**typical, **inside})
    return out


def _typical(likelihood: Likelihood) -> dict[str, float]:
    return spread_of_typical(likelihood.family, *likelihood.sample.small())


def spread_of_typical(family: Family, y: Vector, w: Vector) -> dict[str, float]:
    """The middle of each free parameter's typical range, in the units of the data."""
    scale = spread(y, w)
    out = {}
    for name in family.free:
        param = family.parameters[name]
        low, high = param.typical
        if param.unit == 1 and param.domain.low == -np.inf:
            out[name] = float(weighted_quantile(y, w, 0.5))
        elif low > 0.0 and param.domain.high == np.inf:
            out[name] = float(np.sqrt(low * high) * scale**param.unit)
        else:
            out[name] = 0.5 * (low + high)
    return out


def climb(
    likelihood: Likelihood,
    points: list[Vector],
    *,
    origin: Vector | None = None,
    max_steps: int = 200,
    heed_edges: bool = True,
    enough: float = POLISHED,
) -> list[Optimum]:
    """The optima reached from each start, the highest first, one for each distinct point.

    A large sample is climbed on a part of its rows first, from every start; on all of its rows
    only from those that can still be the highest.
    """
    rows, given = likelihood.sample.stored, points
    if rows > LARGE and not likelihood.family.nonsmooth:
        part = likelihood.on(
            likelihood.sample.subsample(min(max(PART, rows // 8), LARGEST_PART), extremes=True)
        )
        tops = climb(part, points, origin=origin, max_steps=max_steps, enough=ROUGH)
        points = [o.x for o in tops if o.at.value > tops[0].at.value - HOPELESS] or points
        if rows > COSTLY and len(points) == 1 and tops[0].stop is Stop.OPTIMUM:
            x, before = _stepped(likelihood, part, tops[0])
            found = _from_each(likelihood, [x], origin, max_steps, heed_edges, enough, before)
            if found[0].stop is not Stop.NO_START:
                return found
    optima = _from_each(likelihood, points, origin, max_steps, heed_edges, enough)
    if points is not given and all(o.stop is Stop.NO_START for o in optima):
        optima = _from_each(likelihood, given, origin, max_steps, heed_edges, enough)
    if all(o.stop is Stop.NO_START for o in optima):
        wider = [_widened(likelihood, x) for x in given]
        optima = _from_each(likelihood, wider, origin, max_steps, heed_edges, enough)
    # Where a likelihood has no bound, the highest point met is no answer; a maximum inside is.
    endless = likelihood.family.unbounded is not None
    tie = 1e-9 * max([1.0, *(abs(o.at.value) for o in optima if np.isfinite(o.at.value))])
    optima.sort(
        key=lambda o: (
            o.stop is Stop.NO_START,
            endless and o.stop is not Stop.OPTIMUM,
            -round(o.at.value / tie) if np.isfinite(o.at.value) else -o.at.value,
        )
    )
    return _distinct(optima, likelihood.units, 1e-4 if enough <= POLISHED else 0.1)


def _stepped(likelihood: Likelihood, part: Likelihood, top: Optimum) -> tuple[Vector, float]:
    """A Newton step for all rows from the maximum of a part of them, whose information serves.

    It is known to a fraction 1/√rows, and the step needs no better (Jordan, Lee and Yang 2019,
    J. Amer. Statist. Assoc. 114, section 3). Also how many standard errors long the step is.
    """
    information = top.at.information * (likelihood.sample.total / part.sample.total)
    score = likelihood.score(top.x)
    step = np.linalg.solve(information, score)
    length = max(float(score @ step), 0.0) ** 0.5
    return (top.x + step, length) if np.isfinite(step).all() else (top.x, np.inf)


def _from_each(
    likelihood: Likelihood,
    points: list[Vector],
    origin: Vector | None,
    max_steps: int,
    heed_edges: bool,
    enough: float,
    before: float = np.inf,
) -> list[Optimum]:
    """The optimum from each start."""
    optima: list[Optimum] = []
    for x in points:
        closed = _at_a_corner(likelihood, x)
        found = closed or maximise(
            likelihood,
            x,
            likelihood.units,
            likelihood.sample.total,
            origin=origin,
            max_steps=max_steps,
            heed_edges=heed_edges,
            enough=enough,
            costly=likelihood.sample.stored > COSTLY,
            before=before,
        )
        if found.stop is Stop.STALLED:
            found = _into_a_corner(likelihood, found.x) or found
        optima.append(found)
    return optima


def _widened(likelihood: Likelihood, x: Vector) -> Vector:
    """A point at which some row is impossible, with the scale doubled until none is."""
    standard = likelihood.family.standard
    if standard is None or standard[1] not in likelihood.names:
        return x
    double = np.array([np.log(2.0) * (name == standard[1]) for name in likelihood.names])
    wider = (x + times * double for times in range(1, 41))
    return next((point for point in wider if np.isfinite(likelihood.value(point))), x)


def _distinct(optima: list[Optimum], units: Vector, apart: float) -> list[Optimum]:
    kept: list[Optimum] = []
    for o in optima:
        if all(np.max(np.abs(o.x - other.x) / units, initial=0.0) > apart for other in kept):
            kept.append(o)
    return kept


def _into_a_corner(likelihood: Likelihood, x: Vector) -> Optimum | None:
    """Where a location stalls among corners: hold it at the data near by, one after the other.

    The other parameters climb at each, and the search moves on to the best of them.
    """
    kinked = [i for i, k in enumerate(likelihood.names) if k in likelihood.family.nonsmooth]
    if len(kinked) != 1 or len(likelihood.names) == 1:
        return None
    (i,) = kinked
    tops: dict[float, Optimum] = {}
    here, others = float(x[i]), np.delete(x, i)
    for _ in range(50):
        for datum in _nearest(likelihood.sample, here):
            if datum not in tops:
                inner = likelihood.with_fixed(**{likelihood.names[i]: datum})
                tops[datum] = climb(inner, [others])[0]
        best = max(tops, key=lambda datum: tops[datum].at.value)
        top = tops[best]
        if best == here and top.stop is Stop.EDGE and top.direction is not None:
            off = np.insert(top.direction, i, 0.0)
            whole = likelihood(np.insert(top.x, i, best))
            return replace(top, x=np.insert(top.x, i, best), at=whole, direction=off)
        if best == here:
            return _at_a_corner(likelihood, np.insert(tops[best].x, i, best))
        here, others = best, tops[best].x
    return None


def _nearest(sample: Sample, place: float, count: int = 4) -> list[float]:
    """The data values nearest to a place."""
    near = np.array([])
    for block in sample.blocks():
        near = np.unique(np.concatenate([near, block.y]))
        near = near[np.argsort(np.abs(near - place), kind="stable")[:count]]
    return [float(v) for v in near]


def _at_a_corner(likelihood: Likelihood, x: Vector) -> Optimum | None:
    """The optimum at ``x`` if the score, where the density has corners, changes sign there."""
    kinked = [i for i, k in enumerate(likelihood.names) if k in likelihood.family.nonsmooth]
    if not kinked:
        return None
    at = likelihood(x)
    if not at.finite:
        return None
    gradient = at.score.copy()
    for i in kinked:
        h = np.zeros_like(x)
        h[i] = max(1e-9 * likelihood.units[i], 4.0 * np.spacing(abs(x[i])))
        if likelihood(x - h).score[i] >= 0.0 >= likelihood(x + h).score[i]:
            gradient[i] = 0.0
    at = Evaluation(at.value, gradient, at.information)
    left = newton_decrement(at, likelihood.units)
    if left > POLISHED * max(1.0, abs(at.value)):
        return None
    return Optimum(x, at, left, 1, Stop.OPTIMUM)
