"""The argmax of a joint likelihood: the start, the climb, and what its end is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mostlikely.likelihood.begin import starts
from mostlikely.likelihood.joint import Joint
from mostlikely.likelihood.keys import label
from mostlikely.solve.newton import Optimum, Stop, maximise
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.regress import climbed, collapsing, ended
from mostlikely.verdict.runaway import limits

__all__ = ["settle"]

#: The decrement at which a climb stops: a step more than of one model, so that a joint model of
#: parts agrees with the model of the whole to nine digits.
ENOUGH = 1e-20


def settle(joint: Joint, given: Mapping[Any, float], max_steps: int) -> Proof:
    """The maximum of a joint likelihood and its proof.

    Parameters
    ----------
    joint : Joint
    given : mapping
        Values of parameters to begin from, by key.
    max_steps : int
    """
    curved = any(part.function for m in joint.members for part in m.model.parts)
    tops: list[Optimum] = []
    for z in _starts(joint, given, max_steps):
        tops.append(climb(joint, z, max_steps))
        if tops[-1].stop is Stop.OPTIMUM and not curved:
            break
    tops.sort(key=lambda o: (o.stop is not Stop.OPTIMUM, -o.at.value if o.at.finite else np.inf))
    best = tops[0]
    scales = [] if best.stop is Stop.OPTIMUM else _collapsing(joint, best.x)
    if not scales:
        proof = limits(joint, best, max_steps, settle)
        if proof is not None:
            return proof
    if best.stop is Stop.EDGE:
        again = climb(joint, best.x, max_steps, heed_edges=False)
        best = again if again.at.finite else best
    return ended(joint, best, scales)


def climb(joint: Joint, z: Vector, max_steps: int, heed_edges: bool = True) -> Optimum:
    """The optimum reached from a point."""
    return maximise(
        joint,
        z,
        joint.units,
        joint.sample.total,
        max_steps=max_steps,
        heed_edges=heed_edges,
        enough=ENOUGH,
    )


def _starts(joint: Joint, given: Mapping[Any, float], max_steps: int) -> list[Vector]:
    """Where members are at their best by themselves, and where they begin."""
    raw = [starts(member.model, None) for member in joint.members]
    tops = []
    for member, points in zip(joint.members, raw, strict=True):
        alone = [climbed(member.model, x, max_steps=max_steps) for x in points]
        alone.sort(key=lambda o: -o.at.value if o.at.finite else np.inf)
        tops.append(alone[0])
    points = [_met(joint, [top.x for top in tops], [top.at.information for top in tops])]
    longest = max(map(len, raw))
    points += [_met(joint, [p[min(k, len(p) - 1)] for p in raw]) for k in range(longest)]
    if given:
        points = [joint.linked({**joint.natural(points[0]), **given}), *points]
    return points


def _met(joint: Joint, xs: Sequence[Vector], weights: Sequence[Vector] | None = None) -> Vector:
    """The point at which members are as near as can be to where each would be by itself."""
    beta = np.zeros(len(joint.slots))
    for member, x in zip(reversed(joint.members), reversed(xs), strict=True):
        own = np.linalg.lstsq(member.basis, x, rcond=None)[0]
        for place, ours, theirs in member.changed:
            with np.errstate(all="ignore"):
                value = float(ours.forward(theirs.inverse(np.float64(own[place]))))
            own[place] = value if np.isfinite(value) else 0.0
        beta[member.places] = own
    z = np.asarray(joint.inverse @ beta)
    information, score = np.zeros((joint.size, joint.size)), np.zeros(joint.size)
    for i, member in enumerate(joint.members):
        at, jacobian, _ = joint._member_at(i, z)
        weight = np.diag(member.units**-2.0) * member.model.sample.total
        if weights is not None and np.isfinite(weights[i]).all():
            weight = weights[i]
        information += jacobian.T @ weight @ jacobian
        score += jacobian.T @ (weight @ (xs[i] - at))
    step = np.linalg.lstsq(information, score, rcond=1e-12)[0]
    return z + step if np.isfinite(step).all() else z


def _collapsing(joint: Joint, z: Vector) -> list[str]:
    """Scales of members that have come down to nothing, by their names here."""
    out: list[str] = []
    for i, member in enumerate(joint.members):
        for name in collapsing(member.model, joint.point(i, z)):
            key = joint.names[member.places[member.model.names.index(name)]]
            out.append(label(key))
    return list(dict.fromkeys(out))
