"""The top lies on the edge of a parameter's domain: a coin that never shows heads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np

from mostlikely.likelihood.embedding import Beside
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.maximise import Options
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended, as_high
from mostlikely.verdict.identification import dependent, movers
from mostlikely.verdict.proof import Proof

__all__ = ["DomainEdge", "edge_of", "leading", "on_own_scale", "running"]

#: What takes part in a direction moves by more than this share of what moves most.
PART = 0.1


class DomainEdge:
    """Evaluated on the edge itself, the other parameters at their best there."""

    name: ClassVar[str] = "edge of a domain"

    def suspects(self, ended: Ended) -> bool:
        """Where the climb runs off, or is next to flat, along constants."""
        direction = leading(ended)
        if direction is None or dependent(ended.loglik)[0]:
            return False
        constants = [ended.loglik.coordinate(k) for k in ended.loglik.constants]
        others = np.abs(np.delete(direction, constants))
        if others.max(initial=0.0) > PART * np.abs(direction).max():
            return False
        return bool(running(ended.loglik, direction))

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, if the log-likelihood there is finite and the highest met."""
        loglik, met = ended.loglik, ended.optimum
        direction = leading(ended)
        assert direction is not None
        edges = running(loglik, direction)
        inner = loglik.holding(edges)
        places = [loglik.coordinate(k) for k in edges]
        start = inner.linked({k: v for k, v in loglik.natural(met.x).items() if k not in edges})
        if loglik.shared is None:
            start = np.delete(met.x, places)
        top = again.climb(inner, [start], Options(max_steps=again.max_steps))[0]
        settled = top.stop in (Stop.OPTIMUM, Stop.FLAT)
        if not settled or not np.isfinite(top.at.value):
            return None
        if not as_high(loglik, top.at.value, met.at.value):
            return None
        lost: tuple[Any, ...] = ()
        if top.stop is Stop.FLAT and top.direction is not None:
            lost = movers(inner, top.x, top.direction)
        natural = {label(k): v for k, v in on_own_scale(loglik, edges).items()}
        verdict = sentences.on_domain_edge(natural, tuple(map(label, lost)), top.decrement)
        params = {**inner.natural(top.x), **edges}
        return Proof(
            verdict,
            {k: params[k] for k in loglik.names},
            top.at.value,
            met,
            () if lost else inner.names,
            inner,
            top,
            Beside(dict, edges),
            loglik,
        )


def leading(ended: Ended) -> Vector | None:
    """The direction in which a climb runs off, or in which a maximum is next to flat, in units."""
    best = ended.optimum
    if best.stop is Stop.EDGE:
        return best.direction
    return None


def running(loglik: LogLikelihood, direction: Vector) -> dict[Any, float]:
    """The constants that take part in a direction, by key: the edges that they run to."""
    size = np.abs(direction)
    constants = {k: loglik.coordinate(k) for k in loglik.constants}
    out = {}
    for key, i in sorted(constants.items(), key=lambda item: -size[item[1]]):
        if size[i] > PART * size.max(initial=0.0):
            out[key] = edge_of(loglik, key, float(np.sign(direction[i])))
    return out


def edge_of(loglik: LogLikelihood, key: Any, sign: float) -> float:
    """The edge of what a constant may be, in the direction of its coordinate, by its key."""
    m, name = loglik.constants[key][0]
    member = loglik.members[m]
    with np.errstate(all="ignore"):
        end = float(loglik.link(key).inverse(np.float64(sign * np.inf)))
    times = member.part(name).times
    return end if times is None else end * float(np.sign(times))


def on_own_scale(loglik: LogLikelihood, edges: Mapping[Any, float]) -> dict[Any, float]:
    """Values of constants on the parameters' own scale."""
    out = {}
    for key, value in edges.items():
        m, name = loglik.constants[key][0]
        member = loglik.members[m]
        out[key] = float(member.by_name({member.part(name).keys[0]: value})[name])
    return out
