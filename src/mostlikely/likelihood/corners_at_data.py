"""Corners of a location that is one number: it is held at the data nearby, one after the other."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.data import Sample
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.maximise import POLISHED
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.quadratic import newton_decrement
from mostlikely.solve.scaled import climb_in_unit

__all__ = ["at_data", "on_data"]

#: How many rows are read to compare peaks at data, how many of these peaks at least and at most,
#: and how often the search moves to a higher one.
ROWS_LOOKED_AT, AROUND, MOVES = 2e7, (8, 200), 20
#: Rows, and quantiles of them, by which a peak far away is looked for, and how many are compared.
SOME, PLACES, BEST = 4_000, 200, 5


def at_data(loglik: LogLikelihood, objective: Any, x: Vector, stalled: bool) -> Optimum | None:
    """The corner of a location that is one number; where a climb has stalled, at a datum nearby."""
    if stalled:
        return _near(loglik, x) if loglik.size > 1 else None
    return _at(loglik, x)


def on_data(loglik: LogLikelihood, tops: list[Optimum]) -> list[Optimum]:
    """Ends of climbs, those between data moved to a datum beside them that is higher.

    Where the likelihood bends upwards between data, a place without slope is no maximum; the
    expected information, which speaks for it there, does not tell.
    """
    member = loglik.members[0]
    own = [k for k in member.family.nonsmooth if k in member.constants]
    if loglik.shared is not None or not own or member.check_loss is not None:
        return tops
    i, out = _kinked(loglik), []
    times = member.part(own[0]).times or 1.0
    for top in tops:
        beside = [datum / times for datum in _nearest(member.sample, float(top.x[i]) * times)]
        points = [np.concatenate([top.x[:i], [at], top.x[i + 1 :]]) for at in beside]
        heights = [loglik.value(point) for point in points]
        lower = top.stop is Stop.OPTIMUM and top.x[i] not in beside
        if lower and max(heights, default=-np.inf) > top.at.value:
            top = _near(loglik, points[int(np.argmax(heights))]) or top
        out.append(top)
    if out[0].stop is Stop.OPTIMUM:
        out[0] = _highest_near(loglik, out[0], i, times)
    if all(new is old for new, old in zip(out, tops, strict=True)):
        return tops
    return sorted(out, key=lambda top: (top.stop is not Stop.OPTIMUM, -top.at.value))


def _highest_near(loglik: LogLikelihood, top: Optimum, i: int, times: float) -> Optimum:
    """The highest of the peaks around one that is at a datum: every datum nearby has its own.

    They are looked at with all else held, and the highest is climbed to, until there is none.
    """
    sample = loglik.members[0].sample
    top = _from_afar(loglik, top, i, times)
    count = int(np.clip(ROWS_LOOKED_AT / sample.rows, *AROUND))
    for _ in range(MOVES):
        data = [datum / times for datum in _nearest(sample, float(top.x[i]) * times, count)]
        if top.x[i] not in data:
            return top
        points = [np.concatenate([top.x[:i], [at], top.x[i + 1 :]]) for at in data]
        heights = [loglik.value(point) for point in points]
        best = int(np.argmax(heights))
        moved = _near(loglik, points[best]) if heights[best] > top.at.value else None
        if moved is None or moved.at.value <= top.at.value:
            return top
        top = moved
    return top


def _from_afar(loglik: LogLikelihood, top: Optimum, i: int, times: float) -> Optimum:
    """The peak that a few of the rows say is the highest, where it is: at their own quantiles."""
    member = loglik.members[0]
    if not member.one_sample or float(top.x[i]) * times not in _nearest(
        member.sample, float(top.x[i]) * times, 1
    ):
        return top
    y, w = member.sample.small(SOME)
    values = {**member.family.fixed, **member.by_name(loglik.natural(top.x))}
    name = member.family.nonsmooth[0]
    places = np.unique(np.quantile(y, np.linspace(0.02, 0.98, PLACES), method="nearest"))
    heights = [
        float(np.sum(w * member.family.log_prob(y, *member.family.arguments({**values, name: at}))))
        for at in places
    ]
    points = [
        np.concatenate([top.x[:i], [places[k] / times], top.x[i + 1 :]])
        for k in np.argsort(heights)[::-1][:BEST]
    ]
    better = max(points, key=loglik.value)
    moved = _near(loglik, better) if loglik.value(better) > top.at.value else None
    return top if moved is None or moved.at.value <= top.at.value else moved


def _kinked(loglik: LogLikelihood) -> int:
    member = loglik.member
    return next(i for k, i in member.constants.items() if k in member.family.nonsmooth)


def _at(loglik: LogLikelihood, x: Vector) -> Optimum | None:
    """The optimum at ``x`` if the score of the location changes sign there."""
    i, at = _kinked(loglik), loglik(x)
    if not at.finite:
        return None
    gradient, h = at.score.copy(), np.zeros_like(x)
    h[i] = max(1e-9 * loglik.units[i], 4.0 * np.spacing(abs(x[i])))
    if loglik(x - h).score[i] >= 0.0 >= loglik(x + h).score[i]:
        gradient[i] = 0.0
    at = Evaluation(at.value, gradient, at.information)
    left = newton_decrement(at, loglik.units)
    if left > POLISHED * max(1.0, abs(at.value)):
        return None
    return Optimum(x, at, left, 1, Stop.OPTIMUM, None, np.zeros(len(x)))


def _near(loglik: LogLikelihood, x: Vector) -> Optimum | None:
    """Hold the location at the data near by, one after the other.

    The other parameters climb at each, and the search moves on to the best of them.
    """
    i = _kinked(loglik)
    key = next(k for k in loglik.constants if loglik.coordinate(k) == i)
    times = loglik.member.part(loglik.constants[key][0][1]).times or 1.0
    tops: dict[float, Optimum] = {}
    here, others = float(x[i]), np.delete(x, i)
    for _ in range(50):
        for datum in _nearest(loglik.member.sample, here):
            if datum not in tops:
                inner = loglik.holding({key: datum / times})
                tops[datum] = climb_in_unit(inner, inner.unit, [others])[0]
        best = max(tops, key=lambda datum: tops[datum].at.value)
        top = tops[best]
        if best == here and top.stop is Stop.EDGE and top.direction is not None:
            off = np.insert(top.direction, i, 0.0)
            whole = loglik(np.insert(top.x, i, best))
            return replace(top, x=np.insert(top.x, i, best), at=whole, direction=off)
        if best == here:
            return _at(loglik, np.insert(tops[best].x, i, best))
        here, others = best, tops[best].x
    return None


def _nearest(sample: Sample, place: float, count: int = 4) -> list[float]:
    """The data values nearest to a place."""
    near = np.array([])
    for block in sample.blocks():
        near = np.unique(np.concatenate([near, block.y]))
        near = near[np.argsort(np.abs(near - place), kind="stable")[:count]]
    return [float(v) for v in near]
