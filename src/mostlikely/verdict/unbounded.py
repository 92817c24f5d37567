"""Likelihoods without a maximum: a declared clause, or a rise that is followed outwards."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any, ClassVar

import numpy as np

from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.maximise import Options
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended, rounding
from mostlikely.verdict.domain_edges import edge_of, running
from mostlikely.verdict.exact_fit import met_elsewhere
from mostlikely.verdict.proof import Proof, plain

__all__ = ["Unbounded", "caveats", "without_bound"]

#: Link-scale distances at which a direction that runs off is looked at, from where it was met.
PROBES = (2.0, 4.0, 8.0, 16.0)
#: A gain below this, per unit of |ℓ|, is the last that can be told from rounding; one below the
#: second, per row, is none of a rise without end.
LEVEL, RISES = 1e-8, 1e-6
#: A climb that stops for rounding after this many units may have had no end.
LONG_WAY = 8.0
#: Where a family is asked whether its likelihood has a bound at all.
BEYOND = 50.0
#: Rows whose parameters a caveat is asked about.
SEEN = 1_000


def without_bound(loglik: LogLikelihood) -> str | None:
    """Under what the likelihood of any sample has no bound, wherever the search ended.

    A family's clause is asked at ends of its parameters' domains. Where a search met no maximum
    that is what is known; only a parameter that follows columns without an intercept may not go
    there in some row.
    """
    for member in loglik.members:
        family = member.family
        free = [part.basis is None or part.keys[0][-1] == "Intercept" for part in member.parts]
        if family.unbounded is None or not all(free) or any(p.function for p in member.parts):
            continue
        ends = [
            (family.fixed[k],) * 2
            if k in family.fixed
            else (max(param.domain.low, -BEYOND) + 1.0 / BEYOND, min(param.domain.high, BEYOND))
            for k, param in family.parameters.items()
        ]
        for values in product(*ends):
            clause = family.unbounded(*map(np.float64, values))
            if clause is not None:
                return str(clause)
    return None


class Unbounded:
    """The log-likelihood goes on rising, or comes towards a height and never gets there."""

    name: ClassVar[str] = "without bound"

    def suspects(self, ended: Ended) -> bool:
        """Where the climb runs off, or could not go on."""
        return ended.optimum.stop in (Stop.EDGE, Stop.STALLED, Stop.RAN_OUT)

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, followed outwards or by the family's own clause."""
        loglik, best = ended.loglik, ended.optimum
        for m, member in enumerate(loglik.members):
            if member.family.unbounded is None:
                continue
            # In some row, if parameters that follow columns can be alike in all of them.
            constant = [
                part.basis is None or part.keys[0][-1] == "Intercept" for part in member.parts
            ]
            rows = [np.ravel(v) for v in member.at_rows(loglik.seen(m, best.x).x)]
            clauses = (member.family.unbounded(*map(end, rows)) for end in (np.min, np.max))
            clause = next(filter(None, clauses), None)
            if clause is not None and all(constant):
                verdict = sentences.endless(clause, tuple(map(label, loglik.names)))
                return replace(plain(loglik, best, verdict), loglik=float("inf"))
        direction = best.direction if best.stop is Stop.EDGE else _far(ended)
        if direction is not None:
            edges = running(loglik, direction)
            found = _outwards(ended, again, edges, direction) if edges else None
            if found is not None:
                return found
        single = len(loglik.members) == 1 and loglik.member.one_sample
        alike = single and loglik.sample.constant and not loglik.member.family.support.discrete
        return _closing_in(ended) if alike and best.stop is not Stop.EDGE else None


def _closing_in(ended: Ended) -> Proof | None:
    """All values are one, and the density there rose as far as it was followed."""
    loglik, best = ended.loglik, ended.optimum
    travelled = best.travelled
    if travelled is None or np.max(np.abs(travelled), initial=0.0) < 1.0:
        return None
    edges = {
        key: edge_of(loglik, key, float(np.sign(travelled[i])))
        for key, i in ((k, loglik.coordinate(k)) for k in loglik.constants)
        if abs(travelled[i]) > 1.0
    }
    ends = {label(k): v for k, v in edges.items()}
    verdict = sentences.rising(ends, float("inf"), loglik.sample.label)
    return replace(plain(loglik, best, verdict), loglik=float("inf"))


def _far(ended: Ended) -> Vector | None:
    """The coordinate that has come a long way: rounding may stop a climb that has no end."""
    travelled = ended.optimum.travelled
    if travelled is None or np.max(np.abs(travelled), initial=0.0) <= LONG_WAY:
        return None
    lead = int(np.argmax(np.abs(travelled)))
    direction = np.zeros(len(travelled))
    direction[lead] = np.sign(travelled[lead])
    return direction


def _outwards(
    ended: Ended, again: Again, edges: dict[Any, float], direction: Vector
) -> Proof | None:
    """Follow the direction outwards and see whether the log-likelihood levels out."""
    loglik, met = ended.loglik, ended.optimum
    lead = next(iter(edges))
    i = loglik.coordinate(lead)
    options = Options(max_steps=again.max_steps, stop_at_edges=False)
    heights, x = [met.at.value], met.x
    powers = _powers(loglik, ended, lead)
    for far in powers or PROBES:
        there = met.x + direction * loglik.units * far / max(abs(direction[i]), 1e-3)
        inner = loglik.holding({lead: loglik.natural(there)[lead]})
        points = [_rest(loglik, inner, there, i), _rest(loglik, inner, x, i)]
        top = again.climb(inner, points, options)[0]
        if not np.isfinite(top.at.value):
            break
        heights.append(top.at.value)
        if loglik.shared is None:
            x = np.insert(top.x, i, there[i])
        if abs(heights[-1] - heights[-2]) <= rounding(loglik, heights[-1], LEVEL):
            break
    gains = np.diff(heights)
    if len(gains) == 0 or np.any(gains < -rounding(loglik, heights[0])):
        return None  # it falls
    # Probes double in distance: a log-likelihood that goes on rising gains twice as much each time.
    endless = bool(gains[-1] > 0.5 * gains[0] and gains[-1] > rounding(loglik, 0.0, RISES))
    supremum = heights[-1]
    if endless:
        supremum = float("inf")
    elif powers:
        supremum = _foreseen(powers[: len(heights) - 1], heights[1:])
    elif abs(supremum) <= rounding(loglik, 0.0, LEVEL):
        supremum = 0.0
    constant = loglik.sample.label if loglik.members[0].sample.constant else None
    moved = np.abs(x - met.x) / loglik.units
    edges = {
        k: v
        for k, v in edges.items()
        if k == lead or moved[loglik.coordinate(k)] > 1.0 or loglik.shared
    }
    verdict = sentences.rising({label(k): v for k, v in edges.items()}, supremum, constant)
    proof = plain(loglik, met, verdict)
    return replace(proof, params={**proof.params, **edges}, loglik=supremum)


def _powers(loglik: LogLikelihood, ended: Ended, lead: Any) -> tuple[float, ...]:
    """Distances to look at a parameter on its own scale, in units; none for one on a log scale.

    There the log-likelihood comes near its supremum as one over the distance does, so that each
    look is several times as far as the last, beginning where the climb has been.
    """
    name = lead if isinstance(lead, str) else lead[0]
    if loglik.shared is not None or loglik.member.family.link(name).name != "identity":
        return ()
    travelled = ended.optimum.travelled
    way = 0.0 if travelled is None else float(np.max(np.abs(travelled), initial=0.0))
    return tuple(far**2 * max(1.0, way) for far in PROBES)


def _foreseen(distances: tuple[float, ...], heights: list[float]) -> float:
    """The height at no distance's end: of the polynomial in 1/distance through all that was seen.

    By Neville's scheme, at 1/distance = 0.
    """
    near, table = 1.0 / np.array(distances), np.array(heights)
    for k in range(1, len(table)):
        table = (near[:-k] * table[1:] - near[k:] * table[:-1]) / (near[:-k] - near[k:])
    return float(table[0])


def _rest(loglik: LogLikelihood, inner: LogLikelihood, x: Vector, i: int) -> Vector:
    """A point without the coordinate that is held."""
    if loglik.shared is None:
        return np.delete(x, i)
    return inner.linked({k: v for k, v in loglik.natural(x).items() if k in inner.names})


def caveats(loglik: LogLikelihood, x: Vector) -> list[str]:
    """What families say of an estimate: that the likelihood is unbounded elsewhere, say.

    A parameter that follows columns is asked about at its median.
    """
    beside = met_elsewhere(loglik, x)
    out: dict[str, None] = {} if beside is None else {beside: None}
    for m, member in enumerate(loglik.members):
        family = member.family
        if family.pole_at_zero and not family.fixed and member.sample.smallest == 0.0:
            out[sentences.pole_at_zero(family.pole_at_zero)] = None
        if family.caveat is None:
            continue
        small = member.one_sample or member.rows <= SEEN
        few = member if small else member.portion(SEEN)
        values = [float(np.median(v)) for v in few.at_rows(loglik.seen(m, x).x)]
        with np.errstate(all="ignore"):
            found = family.caveat(*values)
        if found:
            out[found] = None
    return list(out)
