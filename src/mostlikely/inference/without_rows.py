"""A proof without the rows that it was found with: what predicts, tests by Wald and draws.

The coordinates stay, with what formulas have learnt; of the rows their number, their ends and the
covariances that they give.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.data.absent import NoRows, no_design, stand_ins
from mostlikely.data.bind import Bound, X, read_by
from mostlikely.data.formula.orthogonal import Basis
from mostlikely.data.known import offset_columns
from mostlikely.data.response import Sample
from mostlikely.errors import ModelError
from mostlikely.inference.calibrated import Calibrated
from mostlikely.inference.covariance import covariance
from mostlikely.inference.evidence import Estimated, Evidence
from mostlikely.inference.member import member_view
from mostlikely.likelihood.build import BoundTogether
from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum
from mostlikely.verdict.proof import InnerNames, Kept, Proof

__all__ = ["columns_of_bound", "without_rows"]

#: Covariances that are kept besides the usual one, where there are no more parameters than these.
KINDS, FEW = ("observed", "expected", "sandwich", "HC1", "HC2", "HC3"), 30
#: The expected information takes a sum, or an integral, for each row: only of so many.
ROWS = 2_000


def without_rows(fit: Estimated, evidence: Evidence, whole: bool = True) -> Evidence:
    """The evidence of a fit without its rows.

    Parameters
    ----------
    fit : Fit
    evidence : Evidence
        With rows.
    whole : bool
        Whether all kinds of covariance are kept, and the samples are drawn and fitted that
        intervals of new observations are calibrated by, if they take any; else the usual
        covariance and the sandwich, and intervals are those of large samples.
    """
    proof = evidence.proof
    members = range(len(proof.likelihood.members) if whole else 0)
    points = tuple(_points(fit, evidence, index) for index in members)
    bound = evidence.bound
    if isinstance(bound, BoundTogether):
        bound = BoundTogether(tuple(map(_bound, bound.members)), None)
    elif bound is not None:
        bound = _bound(bound)
    return Evidence(_proof(proof, points, whole), bound)


def _points(fit: Estimated, evidence: Evidence, index: int) -> Vector | None:
    """The estimates that intervals of new observations of a member are calibrated by."""
    member = evidence.proof.likelihood.members[index]
    if evidence.proof.limit is not None or member.family.own or member.one_sample:
        return None  # rows that are all alike can be drawn again
    seen = member_view(fit, evidence, index)
    member = seen.proof.likelihood.member
    with np.errstate(all="ignore"):
        return Calibrated(seen, member.take(np.zeros(1, dtype=np.intp))).samples()


def _proof(proof: Proof, points: tuple[Vector | None, ...], whole: bool) -> Proof:
    inner: Any = proof.inner
    light = _loglik(proof.likelihood)
    at = Optimum(
        proof.optimum.x,
        Evaluation(proof.optimum.at.value, np.zeros(0), np.zeros((0, 0))),
        proof.optimum.decrement,
        proof.optimum.steps,
        proof.optimum.stop,
    )
    left: Any = light
    if inner is not proof.likelihood:
        left = InnerNames(inner.names, inner.size, _sample(inner.sample))
    return replace(
        proof,
        optimum=at,
        inner_optimum=at,
        inner=left,
        embed=dict,
        likelihood=light,
        limit=None if proof.limit is None else _proof(proof.limit, (), whole),
        kept=_kept(proof, points, whole),
    )


def _kept(proof: Proof, points: tuple[Vector | None, ...], whole: bool) -> Kept:
    inner = proof.inner
    alone = replace(proof, likelihood=inner, regular=inner.names)
    once = inner is proof.likelihood and tuple(proof.regular) == tuple(inner.names)
    found: dict[str, Vector] = {}
    other: dict[str, Vector] = {}
    for kind in _kinds(proof.likelihood, whole):
        with suppress(ModelError, ArithmeticError):  # these weights, or this family, have none
            found[kind] = covariance(proof, kind)
            if not once:
                other[kind] = covariance(alone, kind)
    return Kept(found, other, points)


def _kinds(loglik: LogLikelihood, whole: bool) -> list[str]:
    """Those that cost no more than passes over the rows."""
    if len(loglik.names) > FEW:
        return ["observed"] if loglik.sample.weighting.calibrated else ["observed", "sandwich"]
    if not whole:
        return ["observed", "sandwich"]
    alike = all(m.one_sample for m in loglik.members)
    return [kind for kind in KINDS if kind != "expected" or alike or loglik.rows <= ROWS]


def _loglik(loglik: LogLikelihood) -> LogLikelihood:
    whole = loglik.unreduced
    members = tuple(map(_member, whole.members))
    shared = whole.shared
    if shared is None:
        return replace(whole, members=members, sample=members[0].sample)
    shared = replace(shared, members=members, parts=_parts(shared.parts, 0))
    return replace(whole, members=members, sample=_sample(whole.sample), shared=shared, places=())


def _member(member: Member) -> Member:
    return replace(
        member,
        sample=_sample(member.sample),
        parts=_parts(member.parts, member.rows),
        table=None,
        known={},
        original=None,
    )


def _sample(sample: Sample) -> Sample:
    rows: Any = NoRows(sample.stored)
    return replace(sample, source=rows)


def _parts(parts: tuple[Part, ...], rows: int) -> tuple[Part, ...]:
    """The same with the same bases in common; offsets are numbers of rows too."""
    made: dict[int, Basis] = {}
    out = []
    for part in parts:
        basis = part.basis
        if basis is not None:
            if id(basis) not in made:
                width, wide = basis.design.width, basis.design.wide
                terms = basis.design.terms
                made[id(basis)] = replace(basis, design=no_design(terms, width, rows, wide))
            basis = made[id(basis)]
        offset = None if part.offset is None else np.zeros(0)
        out.append(replace(part, basis=basis, offset=offset))
    return tuple(out)


def _bound(bound: Bound) -> Bound:
    """What formulas have learnt, and of which kinds the columns are that they read."""
    sample = _sample(bound.sample)
    return Bound(bound.family, sample, stand_ins(columns_of_bound(bound)), {}, bound.codings)


def columns_of_bound(bound: Bound) -> dict[str, Any]:
    """The columns that a model reads beside its response, each with its kind; see `stand_ins`."""
    names: list[str] = []
    for coding in bound.codings.values():
        names += [name for name in coding.columns if name in bound.table]
    for predictor in bound.family.predictors.values():
        if predictor.function is not None:
            names += read_by(predictor, bound.table, bound.family.own)
        if isinstance(predictor.offset, str):
            names += offset_columns(predictor.offset, bound.table)
    names += bound.family.columns.values()
    kinds: dict[str, Any] = {}
    for name in dict.fromkeys(names):
        if bound.table.holds_labels(name):
            kinds[name] = tuple(bound.table.labelled(name)[1])
        else:
            flags = bound.table.numbers(name, finite=False).dtype.kind == "b"
            kinds[name] = "booleans" if flags else "numbers"
    if X in bound.table:
        kinds[X] = np.shape(bound.table.get(X))[1]
    return kinds
