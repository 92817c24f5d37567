"""What a climb has found, proven: inside, on an edge, without a maximum, flat, or unfinished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mostlikely.likelihood.climb import climb
from mostlikely.likelihood.one_sample import Likelihood
from mostlikely.solve.newton import Optimum, Stop
from mostlikely.verdict.domain_edges import at_an_edge, beyond, movers_of, nearly_flat_towards_kin
from mostlikely.verdict.proof import Proof, number, plain
from mostlikely.verdict.verdict import Verdict

if TYPE_CHECKING:
    from mostlikely.family.base import Family

__all__ = ["prove"]

#: A climb that stops for rounding after this many units may have had no end.
LONG_WAY = 8.0


def prove(
    likelihood: Likelihood,
    optima: list[Optimum],
    estimate: Callable[[Family], Proof],
    max_steps: int = 200,
) -> Proof:
    """Examine the highest optimum and say what it is.

    Parameters
    ----------
    likelihood : Likelihood
        The objective that was climbed.
    optima : list of Optimum
        What `climb` returned, the highest first.
    estimate : callable
        Estimates another family on the same data: the limits that a boundary names.
    """
    best = optima[0]
    if best.stop is Stop.EDGE or nearly_flat_towards_kin(likelihood, best):
        at_edge = at_an_edge(likelihood, best, estimate)
        if at_edge is not None:
            return at_edge
        if best.stop is Stop.EDGE:
            optima = climb(likelihood, [best.x], max_steps=max_steps, heed_edges=False)
            best = optima[0]
    if best.stop in (Stop.STALLED, Stop.RAN_OUT) and best.travelled is not None:
        # Rounding may stop a climb that has no end before it has gone far enough to tell.
        if np.max(np.abs(best.travelled), initial=0.0) > LONG_WAY:
            lead = int(np.argmax(np.abs(best.travelled)))
            direction = np.zeros(len(best.x))
            direction[lead] = np.sign(best.travelled[lead])
            endless = beyond(likelihood, best, (likelihood.names[lead],), direction)
            if endless is not None:
                return endless
        if likelihood.family.unbounded is not None:
            values = likelihood.family.arguments(likelihood.natural(best.x))
            clause = likelihood.family.unbounded(*values)
            if clause is not None:
                return _endless(likelihood, best, clause)
    if best.stop is Stop.OPTIMUM:
        return _interior(likelihood, optima)
    if best.stop is Stop.FLAT:
        return _flat(likelihood, best)
    return _unfinished(likelihood, best)


def _interior(likelihood: Likelihood, optima: list[Optimum]) -> Proof:
    best = optima[0]
    sentences = [
        "An interior maximum: the score is zero, the information positive definite, and less than "
        f"{max(2.0 * best.decrement, 1e-15):.0e} of log-likelihood is left to gain."
    ]
    lower = [o for o in optima[1:] if o.stop is Stop.OPTIMUM]
    if lower:
        gap = best.at.value - lower[0].at.value
        sentences.append(
            f"The climb met {len(lower)} other local maxim{'um' if len(lower) == 1 else 'a'}, "
            f"{gap:.3g} lower in log-likelihood."
        )
    values = likelihood.family.arguments(likelihood.natural(best.x))
    caveat = likelihood.family.caveat
    if caveat is not None and (warning := caveat(*values)):
        sentences.append(warning)
    return plain(likelihood, best, Verdict("interior", True, " ".join(sentences), best.decrement))


def _flat(likelihood: Likelihood, best: Optimum) -> Proof:
    assert best.direction is not None
    movers = movers_of(likelihood, best.direction)
    if len(movers) == 1:
        what = (
            f"{movers[0]} can take any value near {number(likelihood.natural(best.x)[movers[0]])}"
        )
    else:
        what = f"{' and '.join(movers)} can move together"
    sentence = (
        f"Not identified: the likelihood is flat, {what} without changing it. "
        "These data say nothing about it: fix it, or collect data that do."
    )
    return plain(
        likelihood, best, Verdict("not identified", False, sentence, best.decrement, movers)
    )


def _endless(likelihood: Likelihood, best: Optimum, clause: str) -> Proof:
    sentence = (
        f"No maximum: the likelihood grows without bound as {clause}, and the climb met no local "
        "maximum before that. Fix a parameter, or choose another family."
    )
    proof = plain(
        likelihood, best, Verdict("no maximum", False, sentence, parameters=likelihood.names)
    )
    return replace(proof, loglik=float("inf"))


def _unfinished(likelihood: Likelihood, best: Optimum) -> Proof:
    advice = {
        Stop.RAN_OUT: "allow more with max_steps=, or begin nearer with start={...}",
        Stop.STALLED: "the density may have a corner or a jump there; try start={...}",
        Stop.NO_START: "give start={...} at which every row is possible",
    }.get(best.stop, "try start={...}")
    left = f"; about {best.decrement:.2g} is still to gain" if np.isfinite(best.decrement) else ""
    sentence = f"Ran out: {best.stop} after {best.steps} steps{left}. To go on, {advice}."
    return plain(likelihood, best, Verdict("ran out", False, sentence, best.decrement))
