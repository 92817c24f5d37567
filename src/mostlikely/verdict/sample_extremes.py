"""Estimates that are extreme values of the sample; asked before the climb."""

from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.calculus.domain import angle
from mostlikely.errors import DataError
from mostlikely.likelihood.embedding import Beside
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again
from mostlikely.verdict.domain_edges import on_own_scale
from mostlikely.verdict.proof import Proof

__all__ = ["refuse_impossible", "sample_extremes"]


def sample_extremes(loglik: LogLikelihood, again: Again) -> Proof | None:
    """The proof where some estimates are extreme values of the sample, the others best there."""
    some = any(member.family.sample_extremes for member in loglik.members)
    values = _extremes(loglik) if some else {}
    if not values:
        return None
    inner = again.estimate(loglik.holding(values), None)
    names = {label(k): v for k, v in values.items()}
    constant = all(member.sample.constant for member in loglik.members)
    if not np.isfinite(inner.loglik) or constant:
        verdict = sentences.constant_sample(loglik.sample.label, tuple(names))
    else:
        own = {label(k): v for k, v in on_own_scale(loglik, values).items()}
        verdict = sentences.on_sample_extremes(own, inner.verdict.ok, inner.verdict.decrement)
    params = {**inner.params, **values}
    return Proof(
        verdict,
        {k: params[k] for k in loglik.names},
        inner.loglik,
        inner.optimum,
        inner.regular if verdict.ok else (),
        inner.inner,
        inner.inner_optimum,
        Beside(inner.embed, values),
        loglik,
        held=values,
    )


def _extremes(loglik: LogLikelihood) -> dict[Any, float]:
    """The extreme values that are estimates, by key."""
    out = {}
    for key, owners in loglik.constants.items():
        ends = [
            getattr(loglik.members[m].sample, loglik.members[m].family.sample_extremes[name])
            for m, name in owners
            if name in loglik.members[m].family.sample_extremes
        ]
        if len(ends) == len(owners):
            m, name = owners[0]
            member = loglik.members[m]
            end = min(ends) if member.family.sample_extremes[name] == "smallest" else max(ends)
            out[key] = float(member.by_key({name: end})[member.part(name).keys[0]])
    return out


def refuse_impossible(member: Member) -> None:
    """Raise if rows lie beyond the ends that the fixed parameters alone give the support.

    Angles have none: a turn more is the same observation.

    Raises
    ------
    DataError
        Whatever the free parameters are, those rows are impossible.
    """
    family, sample = member.family, member.sample
    if family.ends is None or not family.fixed or family.support is angle:
        return
    with np.errstate(all="ignore"):
        values = [family.fixed.get(name, np.nan) for name in family.parameters]
        low, high = (float(end) for end in family.ends(*values))
    if not (sample.smallest < low or sample.largest > high):
        return
    outside = sum(int(np.sum((b.y < low) | (b.y > high))) for b in sample.blocks())
    worst = sample.smallest if sample.smallest < low else sample.largest
    raise DataError(
        f"{sample.label} has {outside} of {sample.rows} values, {worst:g} among them, that are "
        f"impossible under {family!r}; leave its parameters free, or look at those rows."
    )
