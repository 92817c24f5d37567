"""Maxima where predictors are on the edge of a domain, or cutpoints meet.

A link that can leave its parameter's domain makes linear constraints of all rows, G x ≥ h. The
maximum within them is climbed to (`solve.constrained`) and proven by its multipliers (Karush, Kuhn
and Tucker; Nocedal and Wright 2006, *Numerical optimization*, theorem 12.1). Rows with a positive
multiplier hold their predictors on the edge; what is free is what leaves them there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from mostlikely.likelihood.along import along
from mostlikely.likelihood.constraints import Form, feasible_start, forms_of, outside
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.penalty import Ridge
from mostlikely.solve.constrained import Constrained
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.identification import dependent, movers
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.unbounded import caveats
from mostlikely.verdict.within_constraints import Within, climb_within, face, flat_along, holding

__all__ = ["ActiveConstraints"]

#: Parameters that move by less than this share of what any direction does are settled.
SETTLED = 1e-9
#: Coefficients that move their column's predictor by less, per unit of the largest, are zero.
ZERO = 1e-10
#: Log-densities nearer to zero than this are those of rows that are certain.
CERTAIN = 1e-9
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
        loglik, x = ended.loglik.unreduced, ended.optimum.x
        found = None
        if np.isfinite(x).all() and not outside(loglik, x):
            found = climb_within(loglik, x, again.max_steps)
        if found is None:
            deep = feasible_start(loglik, x)
            if deep is None and ended.optimum.stop is Stop.NO_START:
                names = dict.fromkeys(name for form in forms_of(loglik) for name in form.names)
                return plain(loglik, ended.optimum, sentences.nowhere_inside(tuple(names)))
            found = None if deep is None else climb_within(loglik, deep, again.max_steps)
        if found is None:
            return None
        held = holding(found)
        if not len(held):
            flat = found.top.flat
            return _inside(found) if flat is None else _level(loglik, found.top, flat)
        return _proven(found, held)


def _squares(loglik: LogLikelihood) -> bool:
    """Whether some predictor has a value beyond its bound, as the root of a mean has a square."""
    links = [m.family.link(part.name).name for m in loglik.members for part in m.parts]
    return any(name == "sqrt" or "power" in name for name in links)


def _ended(top: Constrained, x: Vector, at: Evaluation) -> Optimum:
    return Optimum(x, at, top.gain, top.steps, Stop.OPTIMUM)


def _inside(found: Within) -> Proof:
    """The proof of a maximum that no constraint holds back.

    Rows may be on their edge whatever the coefficients are, as a mean under y ~ 0 + x at x = 0.
    """
    top, constraints = found.top, found.constraints
    loglik = constraints.loglik
    best = _ended(top, top.x, top.evaluation)
    verdict = sentences.interior(best, (), caveats(loglik, best.x), loglik.penalty)
    proof = _identified(plain(loglik, best, verdict))
    held = constraints.held(top.x, np.eye(len(top.x)))
    if not len(top.active) and not any(map(len, held)):
        return proof
    return replace(proof, inner=_uncertain(loglik, found.seen, constraints.forms, held, top.x))


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


def _level(loglik: LogLikelihood, top: Constrained, flat: Vector) -> Proof:
    """The proof of a height that is reached in more than one point."""
    direction = flat / loglik.units
    moving = movers(loglik, top.x, direction / np.linalg.norm(direction))
    verdict = sentences.flat(tuple(map(label, moving)), None, top.gain)
    best = replace(_ended(top, top.x, top.evaluation), stop=Stop.FLAT, direction=direction)
    return plain(loglik, best, verdict)


def _proven(found: Within, pushing: NDArray[np.intp]) -> Proof:
    """The proof of a maximum that some rows hold back."""
    top, constraints = found.top, found.constraints
    loglik = constraints.loglik
    units = loglik.units
    matrix, least = constraints.matrix[pushing], constraints.least[pushing]
    x, null, across = face(matrix, least, units, top.x)
    held = constraints.held(x, null)
    best = _ended(top, x, found.seen(x))
    flat = flat_along(best.at.information, units, null)
    if flat is not None:
        return _level(loglik, top, flat * units)
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
        rest = _uncertain(loglik, found.seen, constraints.forms, held, x)
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
    return replace(seen.with_members(members), places=tuple(places))
