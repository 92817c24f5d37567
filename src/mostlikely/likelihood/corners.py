"""Maxima at corners of a density: a location that a Laplace's log-density has a kink at.

Where the density says what its loss is (``check_loss``), the corner is a vertex of a linear
program, with its dual as proof (`solve.corners`). Where it does not, a location that is one
number is held at the data nearby, one after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.data import Sample
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.climb import climb
from mostlikely.solve.corners import Corner, asymmetric_profile, climb_corners
from mostlikely.solve.maximise import POLISHED, Options, maximise
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.quadratic import newton_decrement
from mostlikely.solve.restrict import Restricted

__all__ = ["corner_of"]

#: What may be left to gain at a corner, per unit of max(1, |ℓ|), for its dual to prove it.
PROVEN = 1e-10
#: A row's scale below this, relative to the spread of the response, is of what is met exactly.
VANISHED = 1e-9


def corner_of(loglik: LogLikelihood) -> Callable[[Any, Vector, bool], Optimum | None] | None:
    """What finds a maximum at a corner from a point; None where no density has corners."""
    if loglik.shared is not None:
        return None
    member = loglik.member
    kinked = [part for part in member.parts if part.name in member.family.nonsmooth]
    if len(kinked) != 1 or kinked[0].function is not None:
        return None
    if kinked[0].constant:
        return _AtData(loglik)
    return None if member.family.check_loss is None else _OnRows(loglik, member)


class _OnRows:
    """A predictor that meets as many rows as it has coordinates."""

    def __init__(self, loglik: LogLikelihood, member: Member) -> None:
        self.loglik, self.member = loglik, member
        self.rows = member.whole()
        index = next(i for i, p in enumerate(member.parts) if p.name in member.family.nonsmooth)
        self.part, self.place = member.parts[index], member.slices[index]
        basis = self.part.basis
        assert basis is not None
        self.x = self.rows.designs[index].dense() / basis.scale
        offset = 0.0 if self.part.offset is None else self.part.offset
        self.y = self.rows.block.y - offset
        self.others = np.setdiff1d(np.arange(member.size), np.arange(member.size)[self.place])

    def __call__(self, objective: Any, start: Vector, stalled: bool) -> Optimum | None:
        """The corner that the other parameters lead to from a start."""
        if self.member.family.link(self.part.name).name != "identity":
            return None
        if self._quantile_is_free():
            return self._over_quantiles(start)
        with np.errstate(all="ignore"):
            weight, quantile = self._weights(start)
        if weight is None or not np.isfinite(weight).all() or not 0.0 < quantile < 1.0:
            return None
        corner, x, rounds = climb_corners(self.x, self.y, self._weights, self._rest, start)
        return self._optimum(corner, x) if rounds else None

    def _quantile_is_free(self) -> bool:
        free = [p for p in self.member.parts if p is not self.part]
        names = {p.name for p in free}
        return names == {"scale", "quantile"} and all(p.constant for p in free)

    def _weights(self, x: Vector) -> tuple[Any, float]:
        """What each row's check loss counts at a point, and its quantile."""
        family, names = self.member.family, list(self.member.family.parameters)
        values = self.member.parameters(self.member.variables(x, self.rows), self.rows)
        scaled = self.member.sample.weighting.scaled(
            values, names, family.precision_weights, self.rows.block.w
        )
        found: Any = family.check_loss
        weight, quantile = found(*scaled)
        if np.ndim(quantile):
            if np.ptp(quantile) > 0.0:
                return None, 0.5
            quantile = quantile[0]
        weight = np.broadcast_to(weight, self.y.shape)
        counts = self.member.counts(self.rows.block)
        return (weight if counts is None else weight * counts), float(quantile)

    def _rest(self, beta: Vector, x: Vector) -> Vector:
        """The other parameters at their best for a predictor."""
        x = x.copy()
        x[self.place] = beta
        if not len(self.others):
            return x
        directions = np.eye(self.member.size)[:, self.others] * self.member.units[self.others]
        line = Restricted(self.loglik, x, directions)
        top = maximise(line, np.zeros(len(self.others)), options=Options(stop_at_edges=False))
        return line.point(top.x)

    def _over_quantiles(self, start: Vector) -> Optimum | None:
        """With the quantile free, the highest of all corners."""
        scale = self.member.values(start)["scale"]
        weight, _ = self._weights(start)
        quantile, corner, left = asymmetric_profile(self.x, self.y, weight * scale)
        if not np.isfinite(left):
            return None
        x = start.copy()
        x[self.place] = corner.x
        if not 0.0 < quantile < 1.0:  # towards an exponential law on one side of its edge
            direction = np.zeros(len(x))
            direction[self.member.constants["quantile"]] = np.sign(quantile - 0.5)
            at = self.loglik(x)
            return Optimum(x, at, np.inf, corner.steps, Stop.EDGE, direction, np.zeros(len(x)))
        family = self.member.family
        counts = self.member.counts(self.rows.block)
        scale = corner.loss / (len(self.y) if counts is None else float(counts.sum()))
        for name, value in (("quantile", quantile), ("scale", scale)):
            x[self.member.constants[name]] = float(family.link(name).forward(np.float64(value)))
        return self._optimum(corner, x)

    def _optimum(self, corner: Corner, x: Vector) -> Optimum | None:
        x = x.copy()
        x[self.place] = corner.middle
        at = self.loglik(x)
        close = PROVEN * max(1.0, abs(at.value), corner.loss)
        vanished = np.max(self._weights(x)[0]) * VANISHED * self.member.response_spread > 1.0
        if not at.finite or corner.gap > close or vanished:
            return None
        score = at.score.copy()
        score[self.place] = 0.0  # it changes sign there, as the dual says
        at = Evaluation(at.value, score, at.information)
        left = newton_decrement(at, self.loglik.units) + max(corner.gap, 0.0)
        if left > close:
            return None
        return Optimum(x, at, left, corner.steps, Stop.OPTIMUM, None, np.zeros(len(x)))


class _AtData:
    """A location that is one number: at a datum, or between two."""

    def __init__(self, loglik: LogLikelihood) -> None:
        self.loglik = loglik

    def __call__(self, objective: Any, x: Vector, stalled: bool) -> Optimum | None:
        """The corner at a point; where a climb has stalled, at one of the data nearby."""
        if stalled:
            return _near(self.loglik, x) if self.loglik.size > 1 else None
        return _at(self.loglik, x)


def _kinked(loglik: LogLikelihood) -> int:
    member = loglik.member
    (i,) = [i for k, i in member.constants.items() if k in member.family.nonsmooth]
    return i


def _at(loglik: LogLikelihood, x: Vector) -> Optimum | None:
    """The optimum at ``x`` if the score of the location changes sign there."""
    i = _kinked(loglik)
    at = loglik(x)
    if not at.finite:
        return None
    gradient = at.score.copy()
    h = np.zeros_like(x)
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
                tops[datum] = climb(inner, [others])[0]
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
