"""What the end of a climb is: every check in one list, the highest supremum wins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mostlikely.likelihood.constraints import outside
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.special import limits_of
from mostlikely.solve.maximise import Options
from mostlikely.solve.optimum import Stop
from mostlikely.solve.quadratic import Quadratic
from mostlikely.verdict import sentences
from mostlikely.verdict.active_constraints import ActiveConstraints
from mostlikely.verdict.certain import Certain
from mostlikely.verdict.check import Again, Check, Ended, rounding
from mostlikely.verdict.domain_edges import DomainEdge
from mostlikely.verdict.exact_fit import ExactFit
from mostlikely.verdict.identification import NotIdentified
from mostlikely.verdict.nonlinear import settled
from mostlikely.verdict.own_function import where_not_finite
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.running_off import RunningOff
from mostlikely.verdict.separation import Separated
from mostlikely.verdict.special_limit import SpecialLimit
from mostlikely.verdict.unbounded import Unbounded, caveats, without_bound

__all__ = ["CHECKS", "judge"]

#: In the order in which equal heights are told apart: what says most of the data comes first
#: (separated rows, a simpler family), then what lies on an edge, then what has no height at all.
#: A level comes last: where a limit or an edge explains it, that is the answer.
CHECKS: tuple[Check, ...] = (
    Separated(),
    SpecialLimit(),
    DomainEdge(),
    Certain(),
    ActiveConstraints(),
    ExactFit(),
    Unbounded(),
    RunningOff(),
    NotIdentified(),
)

#: A Newton step longer than this, in units, leads on: what levels out has no maximum there.
ARRIVED = 0.1
#: How near a limit's height is to the one foreseen on the way there, as a fraction of the gain.
AS_FORESEEN = 0.2


def judge(ended: Ended, again: Again, onward: bool = True) -> Proof:
    """The proof with the highest supremum among what the checks find; else inside; else neither.

    Only where nothing else explains the end is the likelihood followed outwards: a height that is
    guessed from probes is none to compare with a limit's own. ``onward`` says whether a climb that
    seems to run off may go on first.
    """
    ended = settled(ended)
    found: list[Proof] = []
    further = None
    for check in CHECKS:
        if check.suspects(ended) and not (found and isinstance(check, Unbounded)):
            proof = check(ended, again)
            found += [] if proof is None else [proof]
        if isinstance(check, Separated) and found:
            onward = False
        if isinstance(check, SpecialLimit) and onward and not _explained(ended, found):
            further = _gone_on(ended, again)
            if _arrived(further):
                return judge(further, again, onward=False)
    if ended.inside and not outside(ended.loglik, ended.optimum.x):
        found.append(interior(ended))
    if found:
        return _told(highest(ended.loglik, found), ended)
    if further is not None and ended is not further and further.optimum.at.finite:
        return judge(further, again, onward=False)
    loglik, best = ended.loglik, ended.optimum
    clause = without_bound(loglik) if best.stop is Stop.EDGE else None
    if clause is not None:
        verdict = sentences.endless(clause, tuple(map(label, loglik.names)))
        return replace(plain(loglik, best, verdict), loglik=float("inf"))
    return plain(loglik, best, sentences.unfinished(best, _advice(ended)))


def _explained(ended: Ended, found: Sequence[Proof]) -> bool:
    """Whether a climb does not run off, or does to a limit as high as is foreseen on the way there.

    A likelihood that levels out falls short of its limit by c exp(-k u), u units on the way; then
    score and information say how high that is: two decrements above.
    """
    met = ended.optimum
    if met.stop is not Stop.EDGE:
        return True
    foreseen = 2.0 * met.decrement
    return any(
        proof.limit is not None
        and abs(proof.loglik - met.at.value - foreseen) <= AS_FORESEEN * foreseen
        for proof in found
    )


def _gone_on(ended: Ended, again: Again) -> Ended:
    """What lies behind a stop where the climb seemed to run off: a maximum inside, it may be.

    Units are those of most rows; beside an outlier all that is ordinary may be many units away.
    """
    options = Options(max_steps=again.max_steps, stop_at_edges=False)
    optima = again.climb(ended.loglik, [ended.optimum.x], options)
    return replace(ended, optimum=optima[0], others=(*optima[1:], *ended.others))


def _arrived(ended: Ended) -> bool:
    """Whether it is at a maximum, not where a likelihood has levelled out as far as is seen."""
    if not ended.inside:
        return False
    left, _ = Quadratic.of(ended.optimum.at, ended.loglik.units).step(np.inf)
    return bool(np.linalg.norm(left) < ARRIVED)


def highest(loglik: LogLikelihood, found: Sequence[Proof]) -> Proof:
    """The first of the proofs that none is higher than, but for rounding."""
    top = max(proof.loglik for proof in found)
    reach = rounding(loglik, top) if np.isfinite(top) else 0.0
    return next(proof for proof in found if proof.loglik >= top - reach)


def _told(proof: Proof, ended: Ended) -> Proof:
    """A boundary's proof with what was searched, and where its likelihood is unbounded."""
    loglik, families = ended.loglik, [member.family for member in ended.loglik.members]
    if proof.verdict.kind != "boundary" or proof.likelihood is not loglik:
        return proof
    words = [proof.verdict.sentence]
    if proof.limit is not None:
        words += _searched(ended)
    if any(family.unbounded or family.pole_at_zero for family in families):
        words += caveats(loglik, ended.optimum.x)
    return replace(proof, verdict=replace(proof.verdict, sentence=" ".join(words)))


def interior(ended: Ended) -> Proof:
    """The proof of a maximum inside."""
    loglik, best = ended.loglik, ended.optimum
    lower = [best.at.value - o.at.value for o in ended.others if o.stop is Stop.OPTIMUM]
    lower = [gap for gap in lower if gap > rounding(loglik, best.at.value)]
    words = [*_searched(ended), *caveats(loglik, best.x)]
    return plain(loglik, best, sentences.interior(best, lower, words, loglik.penalty))


def _searched(ended: Ended) -> list[str]:
    """What a maximum is the highest of, where no more is known than that."""
    limits = len(limits_of(ended.loglik))
    return [sentences.searched(ended.searches, limits)] if limits + ended.searches > 1 else []


def _advice(ended: Ended) -> str | None:
    """What to do where no start value is possible: which row is not, or which offset is too far."""
    if ended.optimum.stop is not Stop.NO_START:
        return None
    for member in ended.loglik.members:
        for part in member.parts:
            if part.offset is not None and np.ptp(part.offset) > 100.0:
                low, high = float(part.offset.min()), float(part.offset.max())
                link = member.family.link(part.name).name
                return (
                    f"The offset of {part.name} runs from {low:g} to {high:g} on the {link} scale; "
                    "an exposure is passed as its logarithm."
                )
    said = where_not_finite(ended.loglik, ended.optimum.x)
    advice = "give start={...} at which every row is possible."
    return None if said is None else f"{said[:1].upper()}{said[1:]}; {advice}"
