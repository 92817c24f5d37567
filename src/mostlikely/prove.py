"""What a climb has found, proven: inside, on an edge, without a maximum, flat, or unfinished."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.climb import climb
from mostlikely.likelihood import Likelihood
from mostlikely.solve.newton import Optimum, Stop
from mostlikely.solve.objective import Vector
from mostlikely.solve.verdict import Verdict

if TYPE_CHECKING:
    from mostlikely.family.base import Family, Kin

__all__ = ["Proof", "on_the_data", "prove"]

#: Link-scale distances at which a direction that runs off is looked at, from where it was met.
PROBES = (2.0, 4.0, 8.0)

#: A climb that stops for rounding after this many units may have had no end.
LONG_WAY = 8.0


@dataclass(frozen=True)
class Proof:
    """A verdict with the estimate that it is about.

    Parameters
    ----------
    verdict : Verdict
        How it ended.
    params : dict of str to float
        The estimate on the natural scale; values on an edge are the edge.
    loglik : float
        The log-likelihood there, or its supremum.
    optimum : Optimum
        Where the climb ended, on the link scale of ``likelihood``.
    regular : tuple of str
        The parameters for which the usual standard errors exist: those not on an edge.
    inner : Likelihood
        The likelihood in the regular parameters alone, the others at their edge.
    inner_optimum : Optimum
        Its maximum.
    embed : callable
        Parameters of ``inner`` → all parameters of the model: how the limit sits in it.
    likelihood : Likelihood
        The likelihood that was climbed, in all free parameters.
    limit : Proof, optional
        The proof of the limiting family, where the edge has one.
    held : mapping
        Parameters whose estimate is an extreme value of the sample.
    """

    verdict: Verdict
    params: dict[str, float]
    loglik: float
    optimum: Optimum
    regular: tuple[str, ...]
    inner: Likelihood
    inner_optimum: Optimum
    embed: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    likelihood: Likelihood
    limit: Proof | None = None
    held: Mapping[str, float] = field(default_factory=dict)

    @property
    def climbed(self) -> Likelihood:
        """The likelihood that ``optimum`` is about: what the sample itself decides is held."""
        return self.likelihood.with_fixed(**self.held)


def on_the_data(likelihood: Likelihood, edges: Mapping[str, float], inner: Proof) -> Proof:
    """The proof where some estimates are extreme values of the sample, the others best there."""
    names = " and ".join(edges)
    values = " and ".join(_number(v) for v in edges.values())
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
            f"{'are' if many else 'is'} the sample's own extreme value{'s' if many else ''}, {values}; "
            "the likelihood jumps to zero there, so there is no standard error, and the interval "
            "is one-sided.",
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
    if best.stop is Stop.EDGE or _nearly_flat_towards_kin(likelihood, best):
        at_edge = _at_an_edge(likelihood, best, estimate)
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
            endless = _beyond(likelihood, best, (likelihood.names[lead],), direction)
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


def _plain(likelihood: Likelihood, optimum: Optimum, verdict: Verdict) -> Proof:
    return Proof(
        verdict,
        likelihood.natural(optimum.x),
        optimum.at.value,
        optimum,
        likelihood.names if verdict.kind == "interior" else (),
        likelihood,
        optimum,
        dict,
        likelihood,
    )


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
    return _plain(likelihood, best, Verdict("interior", True, " ".join(sentences), best.decrement))


def _flat(likelihood: Likelihood, best: Optimum) -> Proof:
    assert best.direction is not None
    movers = _movers(likelihood, best.direction)
    if len(movers) == 1:
        what = (
            f"{movers[0]} can take any value near {_number(likelihood.natural(best.x)[movers[0]])}"
        )
    else:
        what = f"{' and '.join(movers)} can move together"
    sentence = (
        f"Not identified: the likelihood is flat, {what} without changing it. "
        "These data say nothing about it: fix it, or collect data that do."
    )
    return _plain(
        likelihood, best, Verdict("not identified", False, sentence, best.decrement, movers)
    )


def _endless(likelihood: Likelihood, best: Optimum, clause: str) -> Proof:
    sentence = (
        f"No maximum: the likelihood grows without bound as {clause}, and the climb met no local "
        "maximum before that. Fix a parameter, or choose another family."
    )
    proof = _plain(
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
    return _plain(likelihood, best, Verdict("ran out", False, sentence, best.decrement))


# Edges.


def _movers(likelihood: Likelihood, direction: Vector) -> tuple[str, ...]:
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


def _kin_at(likelihood: Likelihood, movers: tuple[str, ...], direction: Vector) -> list[Kin]:
    """The limits that the family declares where the direction leads."""
    return [
        kin
        for kin in likelihood.family.kin
        if kin.when
        and all(k in movers and v == _edge(likelihood, k, direction) for k, v in kin.when.items())
    ]


def _nearly_flat_towards_kin(likelihood: Likelihood, best: Optimum) -> bool:
    """Whether an optimum is so flat that a declared limit may lie above it."""
    if best.stop is not Stop.OPTIMUM or not likelihood.family.kin:
        return False
    limits = {k for kin in likelihood.family.kin for k, v in kin.when.items() if np.isinf(v)}
    return any(
        name in limits and best.at.information[i, i] < 0.1
        for i, name in enumerate(likelihood.names)
    )


def _at_an_edge(
    likelihood: Likelihood, met: Optimum, estimate: Callable[[Family], Proof]
) -> Proof | None:
    """The proof that the supremum lies on an edge, or that there is none; None if it is inside."""
    direction = met.direction
    if direction is None:
        direction = np.zeros(len(likelihood.names))
        weakest = int(np.argmin(np.diag(met.at.information) * likelihood.units**2))
        direction[weakest] = 1.0
    movers = _movers(likelihood, direction)
    if met.at.value < np.inf:
        for kin in _kin_at(likelihood, movers, direction):
            proof = _limit(likelihood, met, kin, movers, estimate)
            if proof is not None:
                return proof
        if len(movers) == 1:
            proof = _on_the_edge(likelihood, met, movers[0], direction)
            if proof is not None:
                return proof
    if met.stop is not Stop.EDGE:
        return None
    return _beyond(likelihood, met, movers, direction)


def _limit(
    likelihood: Likelihood,
    met: Optimum,
    kin: Kin,
    movers: tuple[str, ...],
    estimate: Callable[[Family], Proof],
) -> Proof | None:
    family = likelihood.family
    shared = {k: v for k, v in family.fixed.items() if k in kin.family.parameters}
    if len(shared) < len(family.fixed):
        return None
    limit = estimate(kin.family(**shared))
    if not limit.verdict.ok or limit.loglik < met.at.value - 1e-9 * max(1.0, abs(limit.loglik)):
        return None

    def embed(special: Mapping[str, Any]) -> Mapping[str, Any]:
        return kin.at(**{**shared, **limit.embed(special)})

    at = kin.at(**{**shared, **limit.params})
    params = {k: float(at[k]) for k in likelihood.names}
    edge = tuple(k for k in likelihood.names if k in kin.when or not np.isfinite(params[k]))
    where = ", ".join(f"{k} → {_number(v)}" for k, v in kin.when.items())
    sentence = (
        f"On the boundary: {where}, where {family.name} becomes {kin.family.__name__}"
        f"({_listed(limit.params)}); no other value gives these data a higher likelihood."
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
    likelihood: Likelihood, met: Optimum, name: str, direction: Vector
) -> Proof | None:
    """Evaluate on the edge itself, the other parameters at their best there."""
    edge = _edge(likelihood, name, direction)
    inner = likelihood.with_fixed(**{name: edge})
    rest = np.array([v for k, v in zip(likelihood.names, met.x, strict=True) if k != name])
    at_edge = climb(inner, [rest])[0]
    settled = at_edge.stop in (Stop.OPTIMUM, Stop.FLAT)
    if not settled or not np.isfinite(at_edge.at.value):
        return None
    if at_edge.at.value < met.at.value - 1e-9 * max(1.0, abs(met.at.value)):
        return None
    sentence = (
        f"On the boundary: {name} = {_number(edge)}, the edge of its domain; the likelihood falls "
        f"all the way from there, so {name} has no standard error, and its interval is one-sided."
    )
    lost = ()
    if at_edge.stop is Stop.FLAT and at_edge.direction is not None:
        lost = _movers(inner, at_edge.direction)
        sentence += f" There {' and '.join(lost)} no longer matter{'s' if len(lost) == 1 else ''}."
    params = {**inner.natural(at_edge.x), name: edge}
    return Proof(
        Verdict("boundary", True, sentence, at_edge.decrement, (name,)),
        {k: params[k] for k in likelihood.names},
        at_edge.at.value,
        met,
        () if lost else inner.names,
        inner,
        at_edge,
        lambda params: {**params, name: edge},
        likelihood,
    )


def _beyond(
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
    where = " and ".join(f"{k} → {_number(v)}" for k, v in edges.items())
    if rising:
        supremum = float("inf")
        sentence = f"No maximum: the likelihood grows without bound as {where}."
        if likelihood.sample.constant:
            sentence += f" Every value of {likelihood.sample.label} is the same, so these data cannot tell how much it varies."
        else:
            sentence += " Fix one of these parameters, or choose a family that cannot do so."
    else:
        supremum = heights[-1]
        sentence = (
            f"No maximum: the likelihood rises towards {_number(supremum)} as {where}, and never "
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


def _number(x: float) -> str:
    if np.isinf(x):
        return "∞" if x > 0 else "−∞"
    return f"{x:.6g}"


def _listed(params: dict[str, float]) -> str:
    return ", ".join(f"{k}={v:.4g}" for k, v in params.items())
