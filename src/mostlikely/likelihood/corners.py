"""Maxima at corners of a density: a location that a Laplace's log-density has a kink at.

Where the density says what its loss is (``check_loss``), the corner is a vertex of a linear
program, with its dual as proof (`solve.corners`). A location that is one number is held at the
data nearby, one after the other (`corners_at_data`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

import numpy as np

from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.corners_at_data import at_data
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.corners import Corner, asymmetric_profile, climb_corners
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.quadratic import newton_decrement
from mostlikely.solve.restrict import Restricted

__all__ = ["corner_of"]

#: What may be left to gain at a corner, per unit of max(1, |ℓ|), for its dual to prove it.
PROVEN = 1e-10
#: A row's scale below this, relative to the spread of the response, is of what is met exactly.
VANISHED = 1e-9
#: No row counts more, where all are met and the scale vanishes.
HEAVIEST = 1e200
#: More rows than this leave vertices so near to each other that none needs to be looked for.
MANY = 2_000
#: Of no more rows than this, quantile and scales of rows are looked for in so many turns.
FEW, TURNS = 60, 4
#: With the scale held these quantiles are begun from.
QUANTILES = (0.05, 0.2, 0.4, 0.6, 0.8, 0.95)
#: How many rows along each edge of a vertex are looked at, the nearest first, and how often.
ALONG, VERTICES = 50, 100
#: A residual of this share of the response's spread is beside a kink.
BESIDE = 1e-9


def corner_of(loglik: LogLikelihood) -> Callable[[Any, Vector, bool], Optimum | None] | None:
    """What finds a maximum at a corner from a point; None where no density has corners."""
    if loglik.shared is not None:
        rows = _OnRows.together(loglik)
        if rows is None or (rows.apart and len(rows.kinked) == len(loglik.members)):
            return rows
        return partial(_at_kinks, loglik, rows) if len(rows.y) <= MANY else None
    member = loglik.member
    kinked = [part for part in member.parts if part.name in member.family.nonsmooth]
    if len(kinked) != 1 or kinked[0].function is not None:
        return None
    if kinked[0].constant:
        return partial(at_data, loglik)
    if member.family.link(kinked[0].name).name != "identity":
        return None
    if member.check_loss is not None:
        return _OnRows(loglik, kinked)
    wide = kinked[0].basis is not None and kinked[0].basis.design.wide
    if wide or member.rows > MANY:
        return None
    return partial(_at_vertices_or_kinks, loglik, kinked)


def _at_vertices_or_kinks(
    loglik: LogLikelihood, parts: Sequence[Part], objective: Any, x: Vector, stalled: bool
) -> Optimum | None:
    """Where no vertex is a maximum, the rows that are met: powers between one and two."""
    found = _at_vertices(loglik, parts, objective, x, stalled)
    if found is None and stalled:
        found = _at_kinks(loglik, _OnRows(loglik, parts), objective, x, stalled)
    return found


class _OnRows:
    """Predictors that meet as many rows as they have coordinates, of one member or of several."""

    def __init__(self, loglik: LogLikelihood, parts: Sequence[Part | None]) -> None:
        self.loglik, self.member, self.part = loglik, loglik.members[0], parts[0]
        self.rows = [member.whole() for member in loglik.members]
        #: The members that have corners.
        self.kinked = [m for m, part in enumerate(parts) if part is not None]
        flat, x, y, still = np.zeros(loglik.size), [], [], []
        for m, (member, part, rows) in enumerate(
            zip(loglik.members, parts, self.rows, strict=True)
        ):
            jacobian = loglik.seen(m, flat).jacobian
            for own, place in zip(member.parts, member.slices, strict=True):
                if own is not part:
                    still.append(jacobian[place])
                    continue
                i = member.parts.index(part)
                columns = np.ones((member.rows, 1))
                if part.basis is not None:
                    columns = rows.designs[i].dense() / part.basis.scale
                x.append(columns @ jacobian[place])
                y.append(rows.block.y - (0.0 if part.offset is None else part.offset))
        moved = np.any(np.vstack(x) != 0.0, axis=0)
        self.place, self.others = np.flatnonzero(moved), np.flatnonzero(~moved)
        self.x, self.y = np.vstack(x)[:, moved], np.concatenate(y)
        #: Whether no other parameter moves with these predictors.
        self.apart = not np.any(np.vstack([np.zeros((1, loglik.size)), *still])[:, moved])

    @staticmethod
    def together(loglik: LogLikelihood) -> _OnRows | None:
        """Those of several members, which have their corners in one such predictor each, if any."""
        parts: list[Part | None] = []
        for member in loglik.members:
            own = [part for part in member.parts if part.name in member.family.nonsmooth]
            bent = any(part.function is not None for part in own)
            if bent or any(member.family.link(part.name).name != "identity" for part in own):
                return None
            if len(own) > 1 or (own and member.check_loss is None):
                return None
            parts.append(own[0] if own else None)
        return _OnRows(loglik, parts) if any(parts) else None

    @np.errstate(all="ignore")
    def __call__(self, objective: Any, start: Vector, stalled: bool) -> Optimum | None:
        """The corner that the other parameters lead to from a start."""
        free = [part for part in self.member.parts if part is not self.part]
        if {p.name for p in free} == {"scale", "quantile"} and all(p.constant for p in free):
            return self._over_quantiles(start)
        single = self.loglik.shared is None and len(self.y) <= FEW and not stalled
        if single and "quantile" in self.member.constants:
            if "scale" not in {part.name for part in free}:
                tops = [self._climbed(x, objective, False) for x in self._at_quantiles(start)]
                return max(filter(None, tops), key=lambda top: top.at.value, default=None)
            turned = self._turned(start)
            if isinstance(turned, Optimum):
                return turned
            start = turned
        return self._climbed(start, objective, stalled)

    def _climbed(self, start: Vector, objective: Any, stalled: bool) -> Optimum | None:
        """The corner that weights and a quantile lead to, and those that it leads to in turn."""
        weight, quantile = self._weights(start)
        if weight is None or not np.isfinite(weight).all() or not 0.0 < quantile < 1.0:
            few = stalled and len(self.y) <= MANY
            return _at_kinks(self.loglik, self, objective, start, stalled) if few else None
        corner, x, rounds = climb_corners(self.x, self.y, self._weights, self._rest, start)
        return self._optimum(corner, x) if rounds else None

    def _at_quantiles(self, start: Vector) -> list[Vector]:
        """A start, and with other quantiles: where the scale is held each may have a maximum."""
        out, link = [start], self.member.family.link("quantile")
        for quantile in QUANTILES:
            out.append(start.copy())
            out[-1][self.member.constants["quantile"]] = link.forward(np.float64(quantile))
        return out

    def _turned(self, start: Vector) -> Vector | Optimum:
        """The best quantile and predictor for the scales of the rows, and those again, in turn.

        Each quantile has a maximum of its own near by: that of the highest is a good start.
        """
        x, best = start, self.loglik.value(start)
        for _ in range(TURNS):
            weight, _ = self._weights(x)
            if not np.isfinite(weight).all():
                break
            quantile, corner, left = asymmetric_profile(self.x, self.y, weight)
            if not np.isfinite(left):
                break
            if not 0.0 < quantile < 1.0:
                return self._towards(quantile, corner, x)
            moved, link = x.copy(), self.member.family.link("quantile")
            moved[self.member.constants["quantile"]] = float(link.forward(np.float64(quantile)))
            moved, _ = self.settled(corner.x, moved, edges=False)
            height = self.loglik.value(moved)
            if not height > best + 1e-9 * max(1.0, abs(best)):
                break
            x, best = moved, height
        return x

    def _towards(self, quantile: float, corner: Corner, start: Vector) -> Optimum:
        """The end of a search that leads to an exponential law on one side of its edge."""
        x, direction = start.copy(), np.zeros(len(start))
        x[self.place] = corner.x
        direction[self.member.constants["quantile"]] = np.sign(quantile - 0.5)
        at = self.loglik(x)
        return Optimum(x, at, np.inf, corner.steps, Stop.EDGE, direction, np.zeros(len(x)))

    def _weights(self, x: Vector) -> tuple[Any, float]:
        """What each row's check loss counts at a point, and the quantile, if it is one."""
        weights, quantiles = [], []
        for m, (member, rows) in enumerate(zip(self.loglik.members, self.rows, strict=True)):
            own = self.loglik.seen(m, x).x
            values = member.parameters(member.variables(own, rows), rows)
            loss: Any = member.check_loss
            weight, quantile = loss(*member.weighted(values, rows))
            weight = np.minimum(weight, HEAVIEST)
            counts = member.counts(rows.block)
            weights.append(
                np.broadcast_to(weight, member.rows) * (1.0 if counts is None else counts)
            )
            quantiles.append(np.ravel(quantile))
        all_of = np.concatenate(quantiles)
        return (None, 0.5) if np.ptp(all_of) > 0.0 else (np.concatenate(weights), float(all_of[0]))

    @cached_property
    def smooth(self) -> LogLikelihood:
        """The log-likelihood whose second derivative is what it is where no row is met."""
        members = []
        for member in self.loglik.members:
            family = copy(member.family)
            family.nonsmooth = ()
            members.append(replace(member, family=family))
        return self.loglik.with_members(members)

    def moved(self, x: Vector, by: Vector) -> float:
        """The log-likelihood with the predictor moved."""
        x = x.copy()
        x[self.place] += by
        return self.loglik.value(x)

    def settled(self, beta: Vector, x: Vector, edges: bool = True) -> tuple[Vector, Optimum]:
        """The other parameters at their best for a predictor, and how their climb ended."""
        x = x.copy()
        x[self.place] = beta
        directions = np.eye(self.loglik.size)[:, self.others] * self.loglik.units[self.others]
        line = Restricted(self.smooth, x, directions)
        top = maximise(line, np.zeros(len(self.others)), options=Options(stop_at_edges=edges))
        return line.point(top.x), top

    def _rest(self, beta: Vector, x: Vector) -> Vector:
        if not len(self.others):
            x = x.copy()
            x[self.place] = beta
            return x
        return self.settled(beta, x, edges=False)[0]

    def _over_quantiles(self, start: Vector) -> Optimum | None:
        """With the quantile free, the highest of all corners."""
        scale = self.member.values(start)["scale"]
        weight, _ = self._weights(start)
        quantile, corner, left = asymmetric_profile(self.x, self.y, weight * scale)
        if not np.isfinite(left):
            return None
        x = start.copy()
        x[self.place] = corner.x
        if not 0.0 < quantile < 1.0:
            return self._towards(quantile, corner, start)
        family, counts = self.member.family, self.member.counts(self.rows[0].block)
        scale = corner.loss / (len(self.y) if counts is None else float(counts.sum()))
        for name, value in (("quantile", quantile), ("scale", scale)):
            x[self.member.constants[name]] = float(family.link(name).forward(np.float64(value)))
        return self._optimum(corner, x)

    def _optimum(self, corner: Corner, x: Vector) -> Optimum | None:
        x = x.copy()
        x[self.place] = corner.middle
        at = self.loglik(x)
        close = PROVEN * max(1.0, abs(at.value), corner.loss)
        spread = max(member.response_spread for member in self.loglik.members)
        vanished = np.max(self._weights(x)[0]) * VANISHED * spread > 1.0
        if not at.finite or corner.gap > close or vanished:
            return None
        score = at.score.copy()
        score[self.place] = 0.0  # it changes sign there, as the dual says
        at = Evaluation(at.value, score, at.information)
        left = newton_decrement(at, self.loglik.units) + max(corner.gap, 0.0)
        if left > close:
            return None
        return Optimum(x, at, left, corner.steps, Stop.OPTIMUM, None, np.zeros(len(x)))


@np.errstate(all="ignore")
def _at_vertices(
    loglik: LogLikelihood, parts: Sequence[Part], objective: Any, x: Vector, stalled: bool
) -> Optimum | None:
    """The highest of neighbouring vertices, where a climb has stalled.

    With a power of the distance below one the likelihood bends upwards between kinks: its maxima
    are vertices, and each of them is one. From a vertex the search moves along its edges.
    """
    if not stalled:
        return None
    on, beside = _OnRows(loglik, parts), BESIDE * loglik.member.response_spread
    left, chosen = on.y - on.x @ x[on.place], list[int]()
    for i in np.argsort(np.abs(left), kind="stable"):
        if np.linalg.matrix_rank(on.x[[*chosen, i]]) > len(chosen):
            chosen.append(int(i))
    if len(chosen) < len(on.place):
        return None
    for _ in range(VERTICES):
        edges = np.linalg.inv(on.x[chosen])
        x, top = on.settled(edges @ on.y[chosen], x)
        left, best, swap = on.y - on.x @ x[on.place], loglik.value(x), None
        for j, edge in enumerate(edges.T):
            far = np.where(np.isin(np.arange(len(left)), chosen), np.inf, left / (on.x @ edge))
            for i in np.argsort(np.abs(far), kind="stable")[:ALONG]:
                if np.isfinite(far[i]) and (height := on.moved(x, far[i] * edge)) > best:
                    best, swap = height, (j, int(i))
        if swap is None:
            break
        chosen[swap[0]] = swap[1]
    at = loglik(x)
    if top.stop is Stop.EDGE and top.direction is not None:
        off = np.zeros(loglik.size)
        off[on.others] = top.direction
        return Optimum(x, at, np.inf, 1, Stop.EDGE, off, off)
    score = at.score.copy()
    for edge in edges.T:
        step = np.zeros(loglik.size)
        step[on.place] = beside * edge
        if not loglik.score(x - step) @ step >= 0.0 >= loglik.score(x + step) @ step:
            return None
    score[on.place] = 0.0
    at = Evaluation(at.value, score, at.information)
    return Optimum(x, at, top.decrement, 1, top.stop, None, np.zeros(len(x)))


@np.errstate(all="ignore")
def _at_kinks(
    loglik: LogLikelihood, on: _OnRows, objective: Any, x: Vector, stalled: bool
) -> Optimum | None:
    """The maximum at kinks of some members, smooth in what leaves these rows as they are.

    Rows are held on their kinks one by one, where a climb stalls, and left to a side on which the
    likelihood rises.
    """
    if not stalled:
        return None
    units, beside = loglik.units, BESIDE * max(m.response_spread for m in loglik.members)
    forms = np.zeros((len(on.y), loglik.size))
    forms[:, on.place] = on.x
    held: list[int] = []
    for _ in range(VERTICES):
        rows, free = forms[held] * units, np.eye(loglik.size)
        if held:
            x = x + units * np.linalg.lstsq(rows, on.y[held] - forms[held] @ x)[0]
            free = np.linalg.svd(rows)[2][len(held) :].T
        line = Restricted(on.smooth, x, units[:, None] * free)
        top = maximise(line, np.zeros(free.shape[1]), options=Options(stop_at_edges=False))
        x = line.point(top.x)
        if top.stop is not Stop.OPTIMUM:
            left = np.abs(on.y - forms @ x)
            size = np.linalg.norm(forms * units @ free, axis=1)
            far = np.where(size > BESIDE, left / size, np.inf)
            far[held] = np.inf
            if not np.isfinite(far.min()) or top.stop is not Stop.STALLED:
                return None
            held.append(int(np.argmin(far)))
            continue
        ways = units[:, None] * np.linalg.pinv(rows) if held else np.zeros((loglik.size, 0))
        slopes = [
            [loglik.score(x + sign * beside * way) @ way * sign for sign in (1.0, -1.0)]
            for way in ways.T
        ]
        rising = np.array(slopes).reshape(-1, 2)
        if not np.any(rising > 0.0):
            at = loglik(x)
            flat = Evaluation(at.value, free @ top.at.score / units, at.information)
            return Optimum(x, flat, top.decrement, 1, Stop.OPTIMUM, None, np.zeros(len(x)))
        worst, side = np.unravel_index(np.argmax(rising), rising.shape)
        x = x + (1.0, -1.0)[side] * beside * ways[:, worst]
        del held[worst]
    return None
