"""The argmax and its proof, for any model: what fits, tests and profiles call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from mostlikely.errors import DataError
from mostlikely.likelihood.corners import corner_of
from mostlikely.likelihood.corners_at_data import on_data
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.penalty import Lasso
from mostlikely.likelihood.reduce import reduced
from mostlikely.likelihood.starts import starts, wider
from mostlikely.solve.lasso import maximise_with_lasso
from mostlikely.solve.maximise import Options
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.scaled import climb_in_unit
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.own_function import sign_told
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.sample_extremes import refuse_impossible, sample_extremes
from mostlikely.verdict.search import judge

__all__ = ["climbed", "estimate", "refuse_extreme"]

#: The decrement at which a climb of several members stops: a step more than of one, so that a
#: model of parts agrees with the model of the whole to nine digits.
TOGETHER = 1e-20


def estimate(
    loglik: LogLikelihood,
    start: Mapping[Any, float] | None = None,
    *,
    max_steps: int = 200,
    searches: int = 1,
) -> Proof:
    """Maximise a log-likelihood and prove the result: the one way to an estimate.

    Parameters
    ----------
    loglik : LogLikelihood
    start : mapping, optional
        Values of parameters to begin from, by key, instead of the model's own.
    max_steps : int
        Evaluations with derivatives allowed per climb.
    searches : int
        From how many starts it is climbed at least.

    Raises
    ------
    ModelError
        If the family has nothing that precision weights could scale.
    DataError
        If some rows are impossible whatever the free parameters are.
    """
    again = Again(climbed, partial(estimate, max_steps=max_steps), max_steps)
    for member in loglik.members:
        member.family.check_weights(member.sample)
        refuse_impossible(member)
    if not loglik.size:
        return _nothing_free(loglik)
    proof = sample_extremes(loglik, again)
    if proof is not None:
        return proof
    points = starts(loglik, start, max_steps, searches)
    if isinstance(loglik.penalty, Lasso):
        return _lasso(loglik, points[-1], max_steps)
    small = reduced(loglik, points[0])
    origin = None if start is None or loglik.shared is not None else starts(loglik, None)[0]
    options = Options(max_steps=max_steps, origin=origin)
    if loglik.penalty is not None:
        options = replace(options, stop_at_edges=False)
    optima = climbed(small, points, options)
    if any(m.original is not None and not m.one_sample for m in small.members):
        if optima[0].stop is Stop.EDGE:  # from far away, a long way is not an edge
            optima = climbed(small, [optima[0].x], replace(options, stop_at_edges=False))
        if optima[0].stop is not Stop.OPTIMUM:
            small = loglik  # what is looked for is then about rows
    ended = Ended(small, optima[0], tuple(optima[1:]), len(points))
    proof = _of_likelihood(judge(ended, again)).on(loglik)
    return sign_told(proof, loglik, points[0], options)


def climbed(loglik: LogLikelihood, points: Sequence[Vector], options: Options) -> list[Optimum]:
    """The optima reached from each start, the highest first.

    Where a likelihood has no bound, the highest point met is no answer; a maximum inside is.
    """
    families = [member.family for member in loglik.members]
    if loglik.shared is not None and options.tolerance < 1e-6:
        options = replace(options, tolerance=TOGETHER)
    single = loglik.shared is None
    tops = climb_in_unit(
        loglik,
        loglik.unit,
        points,
        options=options,
        prefer_optimum=any(family.unbounded is not None for family in families),
        corner=corner_of(loglik),
        wider=partial(wider, loglik.members[0]) if single else None,
    )
    return on_data(loglik, tops)


def _of_likelihood(proof: Proof) -> Proof:
    """The errors of a penalised estimate are those of the likelihood, unless it draws."""
    penalty = proof.inner.penalty
    if penalty is None or not penalty.calibrated or proof.inner_optimum.stop is not Stop.OPTIMUM:
        return proof
    top = proof.inner_optimum
    at = Evaluation(top.at.value, top.at.score, proof.inner.plain(top.x).information)
    return replace(proof, inner_optimum=replace(top, at=at))


def _nothing_free(loglik: LogLikelihood) -> Proof:
    at = loglik(np.zeros(0))
    optimum = Optimum(np.zeros(0), at, 0.0, 1, Stop.OPTIMUM)
    return plain(loglik, optimum, sentences.nothing_free())


def _lasso(loglik: LogLikelihood, x: Vector, max_steps: int) -> Proof:
    """The maximum under an absolute value, and its proof where signs are settled."""
    penalty = loglik.penalty
    assert isinstance(penalty, Lasso)
    linear = loglik.jacobian(np.zeros(loglik.size))
    for i, key in enumerate(loglik.names):
        if not loglik.linear(key):
            linear[i] = linear[i] != 0.0
    shrunk = np.array([k in set(loglik.shrinks) for k in loglik.names])
    top, beta = maximise_with_lasso(
        loglik.plain,
        x,
        linear=linear,
        strengths=np.where(shrunk, penalty.strength, 0.0),
        options=Options(max_steps=max_steps),
    )
    if top.stop is not Stop.OPTIMUM:
        return plain(loglik, top, sentences.unfinished(top))
    zero = shrunk & (beta == 0.0)
    verdict = sentences.lasso(penalty, int(zero.sum()), int(shrunk.sum()), top)
    proof = replace(plain(loglik, top, verdict), regular=())
    exact = {k: 0.0 for k, z in zip(loglik.names, zero, strict=True) if z}
    return replace(proof, params={**proof.params, **exact})


def refuse_extreme(loglik: LogLikelihood) -> None:
    """Raise DataError if the data are in units whose squares leave the range of floats."""
    for member in loglik.members:
        sample = member.sample
        size = max(abs(sample.smallest), abs(sample.largest))
        if not 1e-150 < size < 1e150 and size != 0.0:
            raise DataError(
                f"{sample.label} reaches {size:.3g}, whose square is no float64; change its unit, "
                f"as in y / {size:.0e}."
            )
