"""What the end of a climb is: every check in one list, the highest supremum wins."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mostlikely.likelihood.constraints import outside
from mostlikely.solve.maximise import Options
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.active_constraints import ActiveConstraints
from mostlikely.verdict.check import TIE, Again, Check, Ended
from mostlikely.verdict.domain_edges import DomainEdge
from mostlikely.verdict.exact_fit import ExactFit
from mostlikely.verdict.identification import NotIdentified
from mostlikely.verdict.own_function import where_not_finite
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.separation import Separated
from mostlikely.verdict.special_limit import SpecialLimit
from mostlikely.verdict.unbounded import Unbounded, caveats

__all__ = ["CHECKS", "judge"]

#: In the order in which equal heights are told apart: what says most of the data comes first
#: (separated rows, a simpler family), then what lies on an edge, then what has no height at all.
#: A level comes last: where a limit or an edge explains it, that is the answer.
CHECKS: tuple[Check, ...] = (
    Separated(),
    SpecialLimit(),
    DomainEdge(),
    ActiveConstraints(),
    ExactFit(),
    Unbounded(),
    NotIdentified(),
)


def judge(ended: Ended, again: Again) -> Proof:
    """The proof with the highest supremum among what the checks find; else inside; else neither.

    Only where nothing else explains the end is the likelihood followed outwards: a height that is
    guessed from probes is none to compare with a limit's own. Where a climb stopped because it ran
    off, and no check finds an end there, it goes on.
    """
    found: list[Proof] = []
    for check in CHECKS:
        if check.suspects(ended) and not (found and isinstance(check, Unbounded)):
            proof = check(ended, again)
            found += [] if proof is None else [proof]
    if ended.inside and not outside(ended.loglik, ended.optimum.x):
        found.append(interior(ended))
    if found:
        return highest(found)
    loglik, best = ended.loglik, ended.optimum
    if best.stop is Stop.EDGE:
        options = Options(max_steps=again.max_steps, stop_at_edges=False)
        optima = again.climb(loglik, [best.x], options)
        if optima[0].at.finite and optima[0].stop is not Stop.EDGE:
            return judge(Ended(loglik, optima[0], tuple(optima[1:])), again)
    return plain(loglik, best, sentences.unfinished(best, _advice(ended)))


def highest(found: Sequence[Proof]) -> Proof:
    """The first of the proofs that none is higher than, but for rounding."""
    top = max(proof.loglik for proof in found)
    reach = TIE * max(1.0, abs(top)) if np.isfinite(top) else 0.0
    return next(proof for proof in found if proof.loglik >= top - reach)


def interior(ended: Ended) -> Proof:
    """The proof of a maximum inside."""
    loglik, best = ended.loglik, ended.optimum
    lower = [best.at.value - o.at.value for o in ended.others if o.stop is Stop.OPTIMUM]
    verdict = sentences.interior(best, lower, caveats(loglik, best.x), loglik.penalty)
    return plain(loglik, best, verdict)


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
