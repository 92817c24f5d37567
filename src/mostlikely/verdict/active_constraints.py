"""Maxima where a predictor leaves its domain: a mean of zero under an identity link, and so on.

A link that can leave the domain makes linear constraints, ηᵢ ≥ 0 for the rows. Where the climb
stops against some of them, those are held as equations, the rest climbs in what they leave, and
the end is a maximum if every multiplier pushes outwards (Karush, Kuhn and Tucker; Nocedal and
Wright 2006, *Numerical Optimization*, theorem 12.1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mostlikely.data.formula.orthogonal import Basis
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Part
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.proof import Proof

__all__ = ["ActiveConstraints"]

#: Rows whose predictor is below this share of the largest are tried as those at the end.
NEAR = 1e-4
#: How far inside a row at the end is looked at, relative to the largest predictor.
INSIDE = 1e-12


class ActiveConstraints:
    """Some rows are at the end of what their link may say."""

    name: ClassVar[str] = "active constraints"

    def suspects(self, ended: Ended) -> bool:
        """Where a predictor can leave its domain, and the climb ended at no maximum."""
        loglik = ended.loglik
        if ended.inside or loglik.shared is not None or loglik.penalty is not None:
            return False
        return bool(loglik.member.parts) and _side(loglik.member, loglik.member.parts[0]) != 0.0

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof of a maximum at which some rows are at the end, or None."""
        member, met = ended.loglik.member, ended.optimum
        first = member.parts[0]
        sign = _side(member, first)
        assert first.basis is not None
        place = member.slices[0]
        columns = first.basis.design.dense() / first.basis.scale
        eta = sign * (columns @ met.x[place])
        size = float(np.abs(eta).max())
        held = np.flatnonzero(eta <= NEAR * size)
        if not len(held) or not size:
            return None
        across = columns[held]
        along = _null(across)
        if len(held) == member.rows or not along.shape[1]:
            return None
        rest = _along(member.take(_others(member, held)), along)
        x = np.concatenate([along.T @ met.x[place], met.x[place.stop :]])
        if not np.isfinite(rest.value(x)):
            return None
        options = Options(max_steps=again.max_steps, stop_at_edges=False)
        top = maximise(rest, x, options=options)
        if top.stop is not Stop.OPTIMUM:
            return None
        whole = np.concatenate([along @ top.x[: along.shape[1]], top.x[along.shape[1] :]])
        edge = _moved(member.take(held), sign * INSIDE * size)
        pull = member.take(_others(member, held)).score(whole) + edge.score(whole)
        if not _outward(sign * across, pull[place]):
            return None
        height = top.at.value + edge.value(whole)
        return _proven(ended.loglik, rest, top, whole, height, held)


def _side(member: Member, first: Part) -> float:
    """On which side of zero the predictor has to stay: 1, -1, or 0 where its end is not zero."""
    if first.basis is None or first.offset is not None or first.basis.design.wide:
        return 0.0
    if first.name not in member.guarded:
        return 0.0
    link, domain = member.family.link(first.name), member.family.parameters[first.name].domain
    with np.errstate(all="ignore"):
        low, high = (float(link.forward(np.float64(v))) for v in (domain.low, domain.high))
    return 1.0 if low == 0.0 else -1.0 if high == 0.0 else 0.0


def _null(rows: Vector) -> Vector:
    """An orthonormal basis of the directions that leave the rows as they are."""
    _, sizes, directions = np.linalg.svd(rows)
    rank = int(np.sum(sizes > 1e-9 * sizes.max()))
    return np.asarray(directions[rank:].T)


def _others(member: Member, held: Any) -> Any:
    return np.setdiff1d(np.arange(member.rows), held)


def _along(member: Member, along: Vector) -> Member:
    """The member with its first coefficients in the directions given."""
    first = member.parts[0]
    assert first.basis is not None
    basis = first.basis
    design = basis.design.transformed(along / basis.scale[:, None])
    inner = Basis(design, np.ones(along.shape[1]), basis.matrix @ along, along.T @ basis.inverse)
    return replace(member, parts=(replace(first, basis=inner), *member.parts[1:]))


def _moved(member: Member, by: float) -> Member:
    """The member with its first predictor moved, so that rows at an end are seen from inside."""
    first = replace(member.parts[0], offset=np.full(member.rows, by))
    return replace(member, parts=(first, *member.parts[1:]))


def _outward(inward: Vector, pull: Vector) -> bool:
    """Whether a score is minus a sum, with weights of zero or more, of directions inward."""
    from scipy.optimize import nnls

    weights, left = nnls(inward.T, -pull)
    return bool(left <= 1e-6 * max(float(np.abs(pull).max()), 1e-300) and np.any(weights > 0.0))


def _proven(
    loglik: LogLikelihood, rest: Member, top: Optimum, x: Vector, height: float, held: Any
) -> Proof:
    member = loglik.member
    first = member.parts[0]
    domain = member.family.parameters[first.name].domain
    end = domain.low if np.isfinite(domain.low) and _side(member, first) > 0 else domain.high
    shown = held[:5] if member.table is None else member.table.positions(held[:5])
    basis = rest.parts[0].basis
    assert basis is not None
    loose = np.abs(basis.matrix).max(axis=1) > 1e-9 * np.abs(basis.matrix).max()
    stuck = [k for k, free in zip(first.keys, loose, strict=True) if not free]
    params = {**member.natural(x), **dict.fromkeys(stuck, 0.0)}
    verdict = sentences.on_active_constraints(
        first.name, end, [int(r) for r in shown], len(held), [k[1] for k in stuck], top.decrement
    )
    regular = tuple(k for k in member.names if k not in stuck)
    inner = LogLikelihood.of(rest)
    return Proof(verdict, params, height, replace(top, x=x), regular, inner, top, dict, loglik)
