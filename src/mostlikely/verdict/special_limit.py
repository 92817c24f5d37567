"""The supremum lies in a special case of the family: Student's t without heavy tails is normal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from mostlikely.errors import DataError
from mostlikely.likelihood.embedding import After
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.special import Limit, kept, limits_of
from mostlikely.likelihood.starts import starts
from mostlikely.solve.maximise import Options
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended, as_high, rounding
from mostlikely.verdict.errors_with_ends import errors_with_ends
from mostlikely.verdict.proof import Proof

__all__ = ["SpecialLimit"]

#: Rows on which it is asked first whether a limit could be as high as a maximum inside.
FEW = 2_000
#: How much higher a maximum inside is, on those rows, for the limit to be out of the question.
BELOW = 4.0
#: How near the limit's maximum is climbed there; and that much higher where those rows are all.
ROUGH = 0.1
#: A maximum inside that is no higher than a limit by this, per unit of weight, is the limit itself.
AT_LIMIT = 1e-6


class SpecialLimit:
    """Every limit that the family declares is compared, wherever the climb ended."""

    name: ClassVar[str] = "special case"

    def suspects(self, ended: Ended) -> bool:
        """Where the family declares a case at an end of its parameters."""
        if ended.optimum.at.value == np.inf:
            return False
        return any(member.family.special_cases for member in ended.loglik.members)

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof of the highest limit, if none is higher."""
        found = []
        for limit in limits_of(ended.loglik):
            if ended.inside and not _could_be_as_high(ended, limit, again):
                continue
            proof = _proven(ended, limit, again)
            if proof is not None:
                found.append(proof)
        found += errors_with_ends(ended)
        return max(found, key=lambda proof: proof.loglik, default=None)


def _could_be_as_high(ended: Ended, limit: Limit, again: Again) -> bool:
    """Whether a limit could reach the height of a maximum, by a look at a part of the rows."""
    loglik, inner, x = ended.loglik, limit.loglik, ended.optimum.x
    height, below = ended.optimum.at.value, ROUGH
    if loglik.rows > 4 * FEW and loglik.shared is None:
        part = loglik.part(FEW)
        inner, height = replace(inner, members=(_same_rows(inner, part),)), part.value(x)
        below = BELOW
    # At a sample's extremes the limit's likelihood has its maximum beside rows that are impossible.
    if any(m.sample.constant or m.family.sample_extremes for m in inner.members):
        return True
    if limit.named:
        points = starts(inner, None, again.max_steps)[:1]
    else:
        points = [inner.linked(loglik.natural(x))]
    options = Options(tolerance=ROUGH, max_steps=again.max_steps)
    top = again.climb(inner, points, options)[0]
    left = top.decrement if np.isfinite(top.decrement) else np.inf
    return not top.at.finite or top.at.value + left > height - below


def _same_rows(inner: LogLikelihood, part: LogLikelihood) -> Any:
    """The limit's member on the rows of a part of the whole."""
    bases = {part_.keys: part_ for part_ in part.member.parts}
    member = inner.member
    parts = tuple(
        p if p.basis is None else replace(bases[p.keys], name=p.name) for p in member.parts
    )
    return replace(
        member,
        sample=part.member.sample,
        table=part.member.table,
        parts=parts,
        known={k: part.member.known.get(k, v) for k, v in member.known.items()},
        original=None,
    )


def _proven(ended: Ended, limit: Limit, again: Again) -> Proof | None:
    """The proof that the supremum lies in a limit; of a maximum inside that lies above it."""
    loglik, met = ended.loglik, ended.optimum
    try:
        proof = again.estimate(limit.loglik, None)
    except DataError:  # rows are impossible there under what is fixed
        return None
    aliased = proof.verdict.kind == "not identified" and bool(proof.regular)
    if not (proof.verdict.ok or aliased):
        return None
    if not as_high(loglik, proof.loglik, met.at.value):
        return None
    if met.stop is Stop.FLAT and _level(ended, limit, proof.loglik, again):
        return None
    arrived = ended.inside and not as_high(
        loglik, met.at.value, proof.loglik + AT_LIMIT * loglik.unit
    )
    if (arrived or not ended.inside) and not limit.named:
        higher = _back_from(ended, limit, proof, again)
        if higher is not None:
            return again.estimate(loglik, loglik.natural(higher.x))
    params = limit.embed(proof.embed(proof.params))
    params = {k: float(params.get(k, np.nan)) for k in loglik.names}
    if limit.named:
        return _named(ended, limit, proof, params)
    ends = {k: v for k, v in limit.ends.items() if v != 0.0}
    member = limit.index + 1 if len(loglik.members) > 1 else None
    verdict = sentences.at_special_case(
        {label(k): v for k, v in ends.items()},
        loglik.members[limit.index].family.name,
        limit.case.family.__name__,
        proof.verdict.decrement,
        tuple(map(label, ends)),
        member,
    )
    if aliased:
        verdict = replace(proof.verdict, sentence=f"{proof.verdict} {verdict}")
    return Proof(
        verdict,
        params,
        proof.loglik,
        met,
        tuple(k for k in loglik.names if k in proof.regular and k not in limit.ends),
        proof.inner,
        proof.inner_optimum,
        After(limit.embed, proof.embed),
        loglik,
        proof,
    )


def _level(ended: Ended, limit: Limit, height: float, again: Again) -> bool:
    """Whether the likelihood is as high at ordinary values of what runs off: no value matters."""
    loglik = ended.loglik
    family = loglik.members[limit.index].family
    others = {k: v for k, v in loglik.natural(ended.optimum.x).items() if k not in limit.ends}
    for end in (0, 1):
        held = {}
        for key in limit.ends:
            if key not in loglik.constants:
                return False
            for m, name in loglik.constants[key]:
                value = {name: family.parameters[name].typical[end]}
                held[key] = loglik.members[m].by_key(value)[loglik.members[m].part(name).keys[0]]
        inner = loglik.holding(held)
        start = inner.linked(others)
        top = again.climb(inner, [start], Options(max_steps=again.max_steps))[0]
        if not as_high(loglik, top.at.value, height):
            return False
    return True


def _named(ended: Ended, limit: Limit, proof: Proof, params: dict[Any, float]) -> Proof:
    """The proof where all rows are alike, which names the special family with its parameters."""
    loglik = ended.loglik
    member, inner = loglik.member, limit.loglik.member
    own = member.by_name(params)
    family = member.family
    lost = {k for k in inner.names if k not in proof.regular}
    lost |= {k for k, name in kept(limit.case).items() if name in lost}
    edge = tuple(
        member.part(name).keys[0]
        for name in member.constants
        if name in limit.case.when
        or not np.isfinite(own[name])
        or own[name] in (family.parameters[name].domain.low, family.parameters[name].domain.high)
        or name in lost
        or (proof.params and not proof.regular)
    )
    found = ", ".join(f"{k}={v:.4g}" for k, v in proof.params.items())
    verdict = sentences.at_special_case(
        dict(limit.case.when),
        member.family.name,
        f"{limit.case.family.__name__}({found})",
        proof.verdict.decrement,
        tuple(map(label, edge)),
    )
    return Proof(
        verdict,
        params,
        proof.loglik,
        ended.optimum,
        tuple(k for k in loglik.names if k not in edge),
        proof.inner,
        proof.inner_optimum,
        After(limit.embed, proof.embed),
        loglik,
        proof,
    )


def _back_from(ended: Ended, limit: Limit, proof: Proof, again: Again) -> Optimum | None:
    """A maximum inside that lies above a limit: climbed to from the limit's own coefficients.

    A climb that begins far out, where the limit is nearly reached, does not see it.
    """
    loglik = ended.loglik
    family = loglik.members[limit.index].family
    tops = []
    for end in (0, 1):
        inside = {
            k: family.parameters[name].typical[end]
            for name in limit.case.when
            for k in limit.ends
            if k in loglik.constants and (limit.index, name) in loglik.constants[k]
        }
        if len(inside) < len(limit.ends):
            continue
        found = {k: v for k, v in proof.params.items() if k in loglik.names}
        values = {**found, **inside}
        if all(np.isfinite(v) for v in values.values()) and set(values) == set(loglik.names):
            start = loglik.linked(values)
            tops += again.climb(loglik, [start], Options(max_steps=again.max_steps))
    least = proof.loglik + rounding(loglik, proof.loglik)
    tops = [t for t in tops if t.stop is Stop.OPTIMUM and t.at.value > least]
    return max(tops, key=lambda t: t.at.value, default=None)
