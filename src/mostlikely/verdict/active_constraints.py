"""Maxima where predictors are on the edge of a domain, or cutpoints meet.

A link that can leave its parameter's domain makes linear constraints of all rows, G x ≥ h. The
maximum within them is climbed to (`solve.constrained`) and proven by its multipliers (Karush, Kuhn
and Tucker; Nocedal and Wright 2006, *Numerical optimization*, theorem 12.1). Rows with a positive
multiplier hold their predictors on the edge; what is free is what leaves them there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.along import along
from mostlikely.likelihood.constraints import Constraints, Form, feasible_start, forms_of, outside
from mostlikely.likelihood.edges import OnEdges, with_members
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.penalty import Ridge
from mostlikely.solve.constrained import Constrained, maximise_within
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.restrict import Restricted
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.identification import dependent, movers
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.unbounded import caveats

__all__ = ["ActiveConstraints"]

#: Multipliers below this, per unit, are those of rows that met their edge by chance.
CHANCE = 1e-8
#: Parameters that move by less than this share of what any direction does are settled.
SETTLED = 1e-9
#: Singular values of rows below this share of the largest are none.
DEPENDENT = 1e-9
#: Coefficients that move their column's predictor by less, per unit of the largest, are zero.
ZERO = 1e-10
#: Log-densities nearer to zero than this are those of rows that are certain.
CERTAIN = 1e-9
#: What may be left to gain along the edges: that of several members together.
SHARP = 1e-20
#: Rounds in which rows are brought in, where columns are too many to hold all of them.
ROUNDS = 100
#: Rows that are shown.
SHOWN = 5


class ActiveConstraints:
    """Some predictors are on the edge of what their parameters may be."""

    name: ClassVar[str] = "active constraints"

    def suspects(self, ended: Ended) -> bool:
        """Where a predictor can leave its domain, and the climb ended at no maximum inside."""
        loglik = ended.loglik
        if not isinstance(loglik.penalty, Ridge | None) or not forms_of(loglik):
            return False
        if ended.optimum.stop in (Stop.OPTIMUM, Stop.FLAT):
            return _squares(loglik) and outside(loglik, ended.optimum.x)
        return True

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof of the maximum within the constraints, or None."""
        loglik, x = ended.loglik, ended.optimum.x
        found = None
        if np.isfinite(x).all() and not outside(loglik, x):
            found = _within(loglik, x, again.max_steps)
        if found is None:
            deep = feasible_start(loglik, x)
            if deep is None and ended.optimum.stop is Stop.NO_START:
                names = dict.fromkeys(name for form in forms_of(loglik) for name in form.names)
                return plain(loglik, ended.optimum, sentences.nowhere_inside(tuple(names)))
            found = None if deep is None else _within(loglik, deep, again.max_steps)
        if found is None:
            return None
        top, constraints, seen = found
        if top.flat is not None:
            return _level(loglik, top)
        pushing = top.multipliers * _norms(constraints.matrix[top.active], loglik.units) > CHANCE
        if not pushing.any():
            return _inside(loglik, seen, top, constraints)
        return _proven(loglik, seen, top, constraints, top.active[pushing])


def _squares(loglik: LogLikelihood) -> bool:
    """Whether some predictor has a value beyond its bound, as the root of a mean has a square."""
    links = [m.family.link(part.name).name for m in loglik.members for part in m.parts]
    return any(name == "sqrt" or "power" in name for name in links)


class _BeyondRows(Exception):
    """A point that rows which are not among the constraints rule out."""


@dataclass(eq=False)
class _Watched:
    """An objective that stops where a constraint is violated that was not brought in yet."""

    objective: OnEdges
    best: Vector
    height: float = -np.inf
    beyond: Vector | None = None

    @property
    def units(self) -> Vector:
        return self.objective.units

    @property
    def total(self) -> float:
        return self.objective.total

    def value(self, x: Vector) -> float:
        return self(x).value

    def score(self, x: Vector) -> Vector:
        return self(x).score

    def __call__(self, x: Vector) -> Evaluation:
        if outside(self.objective.loglik, x):
            self.beyond = x
            raise _BeyondRows
        at = self.objective(x)
        if at.finite and at.value > self.height:
            self.best, self.height = x, at.value
        return at


def _within(
    loglik: LogLikelihood, x: Vector, max_steps: int
) -> tuple[Constrained, Constraints, LogLikelihood] | None:
    """The proven maximum, its constraints, and the log-likelihood that is finite there."""
    constraints, objective = Constraints.of(loglik), OnEdges(loglik)
    if constraints.whole:
        top = _climbed(objective, x, constraints, max_steps)
        return (top, constraints, objective.seen) if top.proven else None
    watched = _Watched(objective, x)
    for _ in range(ROUNDS):
        try:
            top = _climbed(watched, watched.best, constraints, max_steps)
        except _BeyondRows:
            assert watched.beyond is not None
            more = constraints.with_violated(watched.beyond, 4 * loglik.size)
            if more is None:
                return None
            constraints = more
            continue
        return (top, constraints, objective.seen) if top.proven else None
    return None


def _climbed(
    objective: Objective, x: Vector, constraints: Constraints, max_steps: int
) -> Constrained:
    """A climb within constraints, and the end of it along the edges that hold, to its last digits.

    Rows on an edge may bend the likelihood across it: the model of all coordinates, made concave,
    is then not that of those along the edge, and comes nearer slowly.
    """
    matrix, least, units = constraints.matrix, constraints.least, objective.units
    top = maximise_within(objective, x, matrix, least, max_steps=max_steps)
    on = top.active[top.multipliers * _norms(matrix[top.active], units) > CHANCE]
    if not top.evaluation.finite or top.flat is not None:
        return top
    origin, null = top.x, np.eye(len(x))
    if len(on):
        origin, null, _ = _face(matrix[on], least[on], units, top.x)
    if not null.shape[1]:
        return top
    line = Restricted(objective, origin, units[:, None] * null)
    options = Options(tolerance=SHARP, max_steps=max_steps, stop_at_edges=False)
    along_edges = maximise(line, np.zeros(null.shape[1]), options=options)
    moved = line.point(along_edges.x)
    if along_edges.stop is not Stop.OPTIMUM or outside(constraints.loglik, moved):
        return top
    end = maximise_within(objective, moved, matrix, least, max_steps=max_steps)
    return end if end.proven or not top.proven else top


def _face(rows: Vector, least: Vector, units: Vector, x: Vector) -> tuple[Vector, Vector, Vector]:
    """The point with rows at their least values that is next to x, and the directions, in units.

    Returns
    -------
    x : array, shape (k,)
    null, across : arrays, shapes (k, r) and (k - r, k)
        Orthonormal bases of what leaves the rows as they are, and of what does not.
    """
    scaled = rows * units
    lengths = np.linalg.norm(scaled, axis=1, keepdims=True)
    _, sizes, directions = np.linalg.svd(scaled / lengths)
    rank = int(np.sum(sizes > DEPENDENT * sizes.max()))
    short = least - rows @ x
    moved = x + units * np.linalg.lstsq(scaled, short, rcond=DEPENDENT)[0]
    null = directions[rank:].T
    return moved, np.where(np.abs(null) < 1e-15, 0.0, null), directions[:rank]


def _norms(rows: Vector, units: Vector) -> Vector:
    return np.asarray(np.linalg.norm(rows * units, axis=1))


def _ended(top: Constrained, x: Vector, at: Evaluation) -> Optimum:
    return Optimum(x, at, top.gain, top.steps, Stop.OPTIMUM)


def _inside(
    loglik: LogLikelihood, seen: LogLikelihood, top: Constrained, constraints: Constraints
) -> Proof:
    """The proof of a maximum that no constraint holds back.

    Rows may be on their edge whatever the coefficients are, as a mean under y ~ 0 + x at x = 0.
    """
    best = _ended(top, top.x, top.evaluation)
    verdict = sentences.interior(best, (), caveats(loglik, best.x), loglik.penalty)
    proof = _identified(plain(loglik, best, verdict))
    held = constraints.held(top.x, np.eye(len(top.x)))
    if not len(top.active) and not any(map(len, held)):
        return proof
    return replace(proof, inner=_uncertain(loglik, seen, constraints.forms, held, top.x))


def _identified(proof: Proof) -> Proof:
    """The proof; where columns are dependent, that of the height, and of what it tells."""
    found, concerned = dependent(proof.likelihood)
    if not found:
        return proof
    verdict = sentences.dependent(found, tuple(map(label, concerned)), proof.verdict.decrement)
    if proof.verdict.kind == "boundary":
        verdict = replace(verdict, sentence=f"{verdict} {proof.verdict}")
    regular = tuple(k for k in proof.regular if k not in concerned)
    return replace(proof, verdict=verdict, regular=regular)


def _level(loglik: LogLikelihood, top: Constrained) -> Proof:
    """The proof of a height that is reached in more than one point."""
    assert top.flat is not None
    direction = top.flat / loglik.units
    moving = movers(loglik, top.x, direction / np.linalg.norm(direction))
    verdict = sentences.flat(tuple(map(label, moving)), None, top.gain)
    best = replace(_ended(top, top.x, top.evaluation), stop=Stop.FLAT, direction=direction)
    return plain(loglik, best, verdict)


def _proven(
    loglik: LogLikelihood,
    seen: LogLikelihood,
    top: Constrained,
    constraints: Constraints,
    pushing: NDArray[np.intp],
) -> Proof:
    """The proof of a maximum that some rows hold back."""
    units = loglik.units
    matrix, least = constraints.matrix[pushing], constraints.least[pushing]
    x, null, across = _face(matrix, least, units, top.x)
    held = constraints.held(x, null)
    best = _ended(top, x, seen(x))
    toward = loglik.jacobian(x) * units
    size = np.linalg.norm(toward, axis=1)
    loose = np.linalg.norm(toward @ null, axis=1) > SETTLED * np.maximum(size, 1e-300)
    regular = tuple(k for k, free in zip(loglik.names, loose, strict=True) if free)
    stuck = [k for k in loglik.names if k not in regular]
    params = {**loglik.natural(x), **_settled(loglik, x, stuck)}
    edges, names = _edges(loglik, constraints.forms, held)
    settled = {label(k): params[k] for k in stuck}
    verdict = sentences.on_edges(edges, settled, bool(regular), names, top.gain)
    inner, inner_best = loglik, best
    if regular:
        origin = np.zeros(len(x))
        if np.any(least != 0.0):
            origin = units * (across.T @ (across @ (x / units)))
        rest = _uncertain(loglik, seen, constraints.forms, held, x)
        part = along(rest, origin, null)
        inner, move = part.loglik, part.directions
        information = move.T @ best.at.information @ move
        at = Evaluation(best.at.value, move.T @ best.at.score, information)
        inner_best = _ended(top, part.at(x), at)
    proof = Proof(verdict, params, best.at.value, best, regular, inner, inner_best, dict, loglik)
    return _identified(proof)


def _settled(loglik: LogLikelihood, x: Vector, stuck: list[Any]) -> dict[Any, float]:
    """Coefficients that an edge says are zero, as zero."""
    natural = loglik.natural(x)
    toward = np.linalg.norm(loglik.jacobian(x) * loglik.units, axis=1)
    return {
        k: 0.0
        for k in stuck
        if loglik.linear(k) and abs(natural[k]) <= ZERO * toward[loglik.names.index(k)]
    }


def _edges(
    loglik: LogLikelihood, forms: tuple[Form, ...], held: Sequence[NDArray[np.intp]]
) -> tuple[list[tuple[str, list[int], int]], tuple[str, ...]]:
    """What is on its edge, in which rows of the user's table, and the parameters concerned."""
    out: list[tuple[str, list[int], int]] = []
    names: dict[str, None] = {}
    for form, rows in zip(forms, held, strict=True):
        if not len(rows):
            continue
        member = loglik.members[form.member]
        if member.parts[form.terms[0][0]].constant and not form.gap:
            rows = rows[:0]
        shown = rows[:SHOWN] if member.table is None else member.table.positions(rows[:SHOWN])
        of = f" of member {form.member + 1}" if len(loglik.members) > 1 else ""
        what = f"{' and '.join(form.names[::-1])}{of} meet"
        if not form.gap:
            what = f"{form.names[0]}{of} is {sentences.number(form.end)}"
        out.append((what, [int(row) for row in shown], len(rows)))
        names.update(dict.fromkeys(form.names[::-1]))
    return out, tuple(names)


def _uncertain(
    loglik: LogLikelihood,
    seen: LogLikelihood,
    forms: tuple[Form, ...],
    held: Sequence[NDArray[np.intp]],
    x: Vector,
) -> LogLikelihood:
    """The log-likelihood without the rows that are certain on their edge: they tell no more."""
    members, places = [], list(loglik.places)
    for m, member in enumerate(seen.members):
        own = [rows for f, rows in zip(forms, held, strict=True) if f.member == m and not f.gap]
        mine = np.unique(np.concatenate(own)) if own else np.empty(0, dtype=np.intp)
        gone = mine[:0]
        if len(mine) and len(mine) < member.rows:
            edge = member.take(mine)
            values = [
                np.broadcast_to(local.rows(local.value), (len(rows.block.y),))
                for rows, local in edge.local(loglik.seen(m, x).x, 0)
            ]
            found = np.concatenate(values) if values else np.empty(0)
            if len(found) == len(mine):
                gone = mine[np.abs(found) <= CERTAIN]
        if not len(gone):
            members.append(member)
            continue
        rest = np.setdiff1d(np.arange(member.rows), gone)
        members.append(member.take(rest))
        if places:
            places[m] = places[m][rest]
    out = with_members(seen, members)
    sample = members[0].sample if loglik.shared is None else out.sample
    return replace(out, sample=sample, places=tuple(places))
