"""Estimates on an edge, and likelihoods without a maximum: where a climb runs off, looked into.

The supremum may lie in a limiting family (Student's t without heavy tails is the normal), on the
edge of a parameter's domain (a coin that never shows heads), or nowhere (a constant sample).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.likelihood.climb import climb
from mostlikely.likelihood.one_sample import Likelihood
from mostlikely.solve.newton import Optimum, Stop
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof, number
from mostlikely.verdict.verdict import Verdict

if TYPE_CHECKING:
    from mostlikely.family.base import Family, SpecialCase

__all__ = ["at_an_edge", "beyond", "movers_of", "nearly_flat_towards_kin", "on_the_data"]

#: Link-scale distances at which a direction that runs off is looked at, from where it was met.
PROBES = (2.0, 4.0, 8.0)


def on_the_data(likelihood: Likelihood, edges: Mapping[str, float], inner: Proof) -> Proof:
    """The proof where some estimates are extreme values of the sample, the others best there."""
    names = " and ".join(edges)
    values = " and ".join(number(v) for v in edges.values())
    many = len(edges) > 1
    if not np.isfinite(inner.loglik) or likelihood.sample.constant:
        verdict = Verdict(
            "no maximum",
            False,
            f"No maximum: every value of {likelihood.sample.label} is the same, and the likelihood "
            f"grows without bound as {names} close{'' if len(edges) > 1 else 's'} in on it.",
            parameters=tuple(edges),
        )
    else:
        verdict = Verdict(
            "boundary",
            inner.verdict.ok,
            f"On the boundary: the estimate{'s' if many else ''} of {names} "
            f"{'are' if many else 'is'} the sample's own extreme value{'s' if many else ''}, "
            f"{values}; the likelihood jumps to zero there, so there is no standard error, and "
            "the interval is one-sided.",
            inner.verdict.decrement,
            tuple(edges),
        )
    params = {**inner.params, **edges}
    return Proof(
        verdict,
        {k: params[k] for k in likelihood.names},
        inner.loglik,
        inner.optimum,
        inner.regular if verdict.ok else (),
        inner.inner,
        inner.inner_optimum,
        lambda inner_params: {**inner.embed(inner_params), **edges},
        likelihood,
        held=edges,
    )


def movers_of(likelihood: Likelihood, direction: Vector) -> tuple[str, ...]:
    """The parameters that take part in a direction, the strongest first."""
    size = np.abs(direction)
    order = np.argsort(-size)
    return tuple(likelihood.names[i] for i in order if size[i] > 0.1 * size.max())


def _edge(likelihood: Likelihood, name: str, direction: Vector) -> float:
    """The edge of the domain of ``name`` to which the direction leads."""
    i = likelihood.names.index(name)
    link = likelihood.family.links()[name]
    far = np.sign(direction[i]) * np.inf
    with np.errstate(all="ignore"):
        return float(link.inverse(far))


def _kin_at(
    likelihood: Likelihood, movers: tuple[str, ...], direction: Vector
) -> list[SpecialCase]:
    """The limits that the family declares where the direction leads."""
    return [
        kin
        for kin in likelihood.family.special_cases
        if kin.when
        and all(k in movers and v == _edge(likelihood, k, direction) for k, v in kin.when.items())
    ]


def nearly_flat_towards_kin(likelihood: Likelihood, best: Optimum) -> bool:
    """Whether an optimum is so flat that a declared limit may lie above it."""
    if best.stop is not Stop.OPTIMUM or not likelihood.family.special_cases:
        return False
    limits = {
        k for kin in likelihood.family.special_cases for k, v in kin.when.items() if np.isinf(v)
    }
    return any(
        name in limits and best.at.information[i, i] < 0.1
        for i, name in enumerate(likelihood.names)
    )


def at_an_edge(
    likelihood: Likelihood, met: Optimum, estimate: Callable[[Family], Proof]
) -> Proof | None:
    """The proof that the supremum lies on an edge, or that there is none; None if it is inside."""
    direction = met.direction
    if direction is None:
        direction = np.zeros(len(likelihood.names))
        weakest = int(np.argmin(np.diag(met.at.information) * likelihood.units**2))
        direction[weakest] = 1.0
    movers = movers_of(likelihood, direction)
    if met.at.value < np.inf:
        for kin in _kin_at(likelihood, movers, direction):
            proof = _limit(likelihood, met, kin, movers, estimate)
            if proof is not None:
                return proof
        proof = _on_the_edge(likelihood, met, movers, direction)
        if proof is not None:
            return proof
    if met.stop is not Stop.EDGE:
        return None
    return beyond(likelihood, met, movers, direction)


def _limit(
    likelihood: Likelihood,
    met: Optimum,
    kin: SpecialCase,
    movers: tuple[str, ...],
    estimate: Callable[[Family], Proof],
) -> Proof | None:
    family = likelihood.family
    shared = {k: v for k, v in family.fixed.items() if k in kin.family.parameters}
    if len(shared) < len(family.fixed):
        return None
    sample = likelihood.sample
    if sample.kind == "precision" and sample.weighted and not kin.family.precision_weights:
        return None  # rows of different weights have different limits
    limit = estimate(kin.family(**shared))
    if not limit.verdict.ok or limit.loglik < met.at.value - 1e-9 * max(1.0, abs(limit.loglik)):
        return None

    def embed(special: Mapping[str, Any]) -> Mapping[str, Any]:
        return kin.at(**{**shared, **limit.embed(special)})

    at = kin.at(**{**shared, **limit.params})
    params = {k: float(at[k]) for k in likelihood.names}
    edge = tuple(
        k
        for k in likelihood.names
        if k in kin.when
        or not np.isfinite(params[k])
        or (k in limit.params and k not in limit.regular)
        or (limit.params and not limit.regular)
    )
    where = ", ".join(f"{k} → {number(v)}" for k, v in kin.when.items())
    sentence = (
        f"On the boundary: {where}, where {family.name} becomes {kin.family.__name__}"
        f"({_listed(limit.params)}), and the likelihood falls from there."
    )
    return Proof(
        Verdict("boundary", True, sentence, limit.verdict.decrement, edge),
        params,
        limit.loglik,
        met,
        tuple(k for k in likelihood.names if k not in edge),
        limit.inner,
        limit.inner_optimum,
        embed,
        likelihood,
        limit,
    )


def _on_the_edge(
    likelihood: Likelihood, met: Optimum, movers: tuple[str, ...], direction: Vector
) -> Proof | None:
    """Evaluate on the edge itself, the other parameters at their best there."""
    edges = {name: _edge(likelihood, name, direction) for name in movers}
    inner = likelihood.with_fixed(**edges)
    rest = [v for k, v in zip(likelihood.names, met.x, strict=True) if k not in edges]
    at_edge = climb(inner, [np.array(rest)])[0]
    settled = at_edge.stop in (Stop.OPTIMUM, Stop.FLAT)
    if not settled or not np.isfinite(at_edge.at.value):
        return None
    if at_edge.at.value < met.at.value - 1e-9 * max(1.0, abs(met.at.value)):
        return None
    many = len(edges) > 1
    where = " and ".join(f"{name} = {number(v)}" for name, v in edges.items())
    names = " and ".join(edges)
    sentence = (
        f"On the boundary: {where}, the edge{'s' if many else ''} of "
        f"{'their domains' if many else 'its domain'}; the likelihood falls all the way from "
        f"there, so {names} {'have' if many else 'has'} no standard error, and "
        f"{'their intervals are' if many else 'its interval is'} one-sided."
    )
    lost: tuple[str, ...] = ()
    if at_edge.stop is Stop.FLAT and at_edge.direction is not None:
        lost = movers_of(inner, at_edge.direction)
        sentence += f" There {' and '.join(lost)} no longer matter{'s' if len(lost) == 1 else ''}."
    params = {**inner.natural(at_edge.x), **edges}
    return Proof(
        Verdict("boundary", True, sentence, at_edge.decrement, movers),
        {k: params[k] for k in likelihood.names},
        at_edge.at.value,
        met,
        () if lost else inner.names,
        inner,
        at_edge,
        lambda params: {**params, **edges},
        likelihood,
    )


def beyond(
    likelihood: Likelihood, met: Optimum, movers: tuple[str, ...], direction: Vector
) -> Proof | None:
    """Follow the direction outwards and see whether the log-likelihood levels out."""
    lead = movers[0]
    i = likelihood.names.index(lead)
    heights, x = [met.at.value], met.x
    for far in PROBES:
        there = met.x + direction * likelihood.units * far / max(abs(direction[i]), 1e-3)
        value = float(likelihood.natural(there)[lead])
        inner = likelihood.with_fixed(**{lead: value})
        others = np.delete(there, i)
        top = climb(inner, [others, np.delete(x, i)], heed_edges=False)[0]
        if not np.isfinite(top.at.value):
            break
        heights.append(top.at.value)
        x = np.insert(top.x, i, there[i])
    gains = np.diff(np.maximum.accumulate(heights))
    if len(gains) == 0 or gains[0] < -1e-9 * max(1.0, abs(heights[0])):
        return None
    if np.any(gains < -1e-6 * max(1.0, abs(heights[-1]))):
        return None
    # Probes double in distance: a log-likelihood that goes on rising gains twice as much each time.
    rising = bool(gains[-1] > 0.5 * gains[0] and gains[-1] > 1e-6)
    edges = {k: _edge(likelihood, k, direction) for k in movers}
    where = " and ".join(f"{k} → {number(v)}" for k, v in edges.items())
    if rising:
        supremum = float("inf")
        sentence = f"No maximum: the likelihood grows without bound as {where}."
        if likelihood.sample.constant:
            sentence += (
                f" Every value of {likelihood.sample.label} is the same, so these data cannot "
                "tell how much it varies."
            )
        else:
            sentence += " Fix one of these parameters, or choose a family that cannot do so."
    else:
        supremum = heights[-1]
        sentence = (
            f"No maximum: the likelihood rises towards {number(supremum)} as {where}, and never "
            "gets there. Fix one of these parameters, or choose the simpler family of that limit."
        )
    params = {**likelihood.natural(met.x), **edges}
    return Proof(
        Verdict("no maximum", False, sentence, float("inf"), movers),
        params,
        supremum,
        met,
        (),
        likelihood,
        met,
        dict,
        likelihood,
    )


def _listed(params: Mapping[str, float]) -> str:
    return ", ".join(f"{k}={v:.4g}" for k, v in params.items())
