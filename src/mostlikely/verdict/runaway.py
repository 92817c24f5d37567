"""Where a joint likelihood has its supremum at infinity: separated rows, limits of members."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.data.formula.orthogonal import basis_of
from mostlikely.likelihood.joint import Joint
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.member import Regression
from mostlikely.solve.newton import Optimum, Stop
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof, Separation, number
from mostlikely.verdict.recession import recession
from mostlikely.verdict.regress import kin_towards
from mostlikely.verdict.separation import EDGES, WEAK, column_sizes, original
from mostlikely.verdict.verdict import Verdict

__all__ = ["limits"]

Settle = Callable[[Joint, Mapping[Any, float], int], Proof]


def limits(joint: Joint, met: Optimum, max_steps: int, settle: Settle) -> Proof | None:
    """The proof that the supremum is at infinity, or None if that is not seen.

    Parameters
    ----------
    joint : Joint
    met : Optimum
        Where its climb ended.
    max_steps : int
    settle : callable
        How a joint likelihood is maximised: the limit is one again.
    """
    information = met.at.information
    weak = not np.isfinite(information).all() or (
        joint.size > 0 and bool(np.linalg.eigvalsh(information)[0] < WEAK)
    )
    if met.stop is Stop.OPTIMUM and not weak:
        return None
    proof = _separated(joint, met, max_steps, settle)
    if proof is None and met.stop is not Stop.OPTIMUM:
        proof = _limit(joint, met, max_steps, settle)
    return proof


@dataclass(frozen=True)
class Pushed:
    """The rows of all linear predictors in the columns of all coefficients.

    Parameters
    ----------
    x : array, shape (rows, columns)
    side : array, shape (rows,)
        As in `recession`.
    member : array of int, shape (rows,)
        Whose row it is; -1 for what must stay where it is.
    """

    x: Vector
    side: Vector
    member: Any


def _pushed(joint: Joint, columns: Vector) -> Pushed:
    xs, sides, owners = [], [], []
    for m, member in enumerate(joint.members):
        model, at = member.model, 0
        for index, part in enumerate(model.parts):
            places = member.places[at : at + len(part.keys)]
            at += len(part.keys)
            basis = part.basis
            if basis is None or basis.design.wide:
                # a coefficient of a function, or too many to look at, stays where it is
                x = np.zeros((len(places), len(joint.slots)))
                x[np.arange(len(places)), places] = 1.0
                side, owner = np.zeros(len(places)), -1
            else:
                rows = original(part, np.arange(model.sample.stored)).dense()
                x = np.zeros((len(rows), len(joint.slots)))
                x[:, places] = rows
                family, owner = model.family, -1
                side = np.zeros(len(rows))
                way = family.recession if family.link(part.name).name in EDGES else None
                if index == 0 and way is not None:
                    y = model.sample.source.y.read(0, len(rows))
                    side = np.broadcast_to(way(y, **family.known, **model.known), y.shape)
                    owner = m
            xs.append(x[:, columns])
            sides.append(side)
            owners.append(np.full(len(x), owner))
    return Pushed(np.concatenate(xs), np.concatenate(sides), np.concatenate(owners))


def _separated(joint: Joint, met: Optimum, max_steps: int, settle: Settle) -> Proof | None:
    """The proof that rows are separated, with the limit's maximum; None if they are not."""
    if not joint.parts or not any(m.model.family.recession is not None for m in joint.members):
        return None
    keys = joint.parts[0].keys
    columns = np.array([joint.names.index(key) for key in keys])
    pushed = _pushed(joint, columns)
    sizes = column_sizes(joint.parts[0])
    sizes = np.where(sizes > 0.0, sizes, 1.0)
    found = recession(pushed.x / sizes, pushed.side)
    if found is None:
        return None
    far = np.abs(found.direction) > 1e-6 * np.abs(found.direction).max()
    direction = np.where(far, found.direction / sizes, 0.0)
    infinite = {
        k: float(np.sign(d)) * np.inf for k, d in zip(keys, direction, strict=True) if d != 0.0
    }
    models, rows_of, counts = [], [], []
    for m, (member, rows) in enumerate(zip(joint.members, joint.rows_of, strict=True)):
        moved = found.moved[pushed.member == m]
        rest = np.arange(member.model.sample.stored)
        if moved.any():
            rest = np.flatnonzero(~moved)
            counts.append(f"{int(moved.sum())} of {len(moved)} rows of member {m + 1}")
        models.append(_on(member.model, rest) if moved.any() and len(rest) else member.model)
        rows_of.append(rows[rest])
    which = " and ".join(f"{label(k)} → {'∞' if v > 0 else '−∞'}" for k, v in infinite.items())
    together = " together, in fixed proportions" if len(infinite) > 1 else ""
    limit, inner, top = 0.0, joint, met
    regular: tuple[Any, ...] = ()
    settled: dict[Any, float] = {}
    left = [m for m, rows in enumerate(rows_of) if len(rows)]
    if left:
        proof = settle(_of(joint, models, rows_of, left), {}, max_steps)
        limit, inner, top = proof.loglik, proof.inner, proof.inner_optimum
        lost = set(infinite)
        for part in proof.likelihood.parts:
            for column, way in part.basis.dependent:
                size = np.abs(way) > 1e-9
                lost |= {part.keys[column], *(part.keys[j] for j in np.flatnonzero(size))}
        regular = tuple(k for k in proof.regular if k not in lost)
        settled = {k: v for k, v in proof.params.items() if k not in lost}
    sentence = (
        f"Separation: {which}{together}; {' and '.join(counts)} are then predicted without error, "
        "and the likelihood rises towards its supremum without reaching it. "
    )
    sentence += (
        "The other parameters are finite, and estimated by the remaining rows."
        if regular
        else "No parameter is finite."
    ) + " Remedies: leave the term out, merge levels, or collect rows that differ."
    params = {**joint.natural(met.x), **settled, **infinite}
    verdict = Verdict("separation", False, sentence, top.decrement, tuple(map(label, infinite)))
    flat = np.zeros((len(joint.names), found.flat.shape[1]))
    flat[columns] = found.flat / sizes[:, None]
    separation = Separation(
        dict(zip(keys, map(float, direction), strict=True)),
        {**joint.natural(met.x), **settled, **dict.fromkeys(infinite, 0.0)},
        flat,
        (pushed.x / sizes * pushed.side[:, None])[found.moved] @ found.flat,
    )
    return Proof(
        verdict, params, limit, met, regular, inner, top, dict, joint, separation=separation
    )


def _on(model: Regression, rest: Any) -> Regression:
    """A member on some of its rows, in coordinates of these."""
    kept = model.at(rest)
    parts = tuple(
        part if part.basis is None else replace(new, basis=basis_of(original(part, rest)))
        for part, new in zip(model.parts, kept.parts, strict=True)
    )
    return replace(kept, parts=parts)


def _of(joint: Joint, models: Any, rows_of: Any, left: list[int], without: Any = ()) -> Joint:
    """The joint likelihood of some members, without some of its parameters.

    A member whose parameters are fewer than before says itself what they are.
    """
    ties = []
    for slot in joint.slots:
        if slot.key in without:
            continue
        owners = []
        for m, place in slot.owners:
            if m in left:
                name = joint.members[m].model.names[place]
                owners.append((left.index(m), models[m].names.index(name)))
        if owners:
            ties.append((slot.key, tuple(owners)))
    total = sum(models[m].sample.total for m in left)
    return Joint.of(
        joint.family,
        [models[m] for m in left],
        ties,
        replace(joint.sample, total=total),
        [rows_of[m] for m in left],
    )


def _limit(joint: Joint, met: Optimum, max_steps: int, settle: Settle) -> Proof | None:
    """The proof that the supremum lies where one member becomes a limit of its family."""
    for m, member in enumerate(joint.members):
        model = member.model
        for kin in kin_towards(model, met):
            keys = {k: joint.names[member.places[model.names.index(k)]] for k in kin.when}
            alone = all(len(joint.slots[joint.names.index(k)].owners) == 1 for k in keys.values())
            special = kin.family.of(model.family, kin.when)
            parts = tuple(part for part in model.parts if part.name not in kin.when)
            if not alone or tuple(special.free) != tuple(part.name for part in parts):
                continue
            models = [other.model for other in joint.members]
            models[m] = replace(model, family=special, parts=parts)
            inner = _of(joint, models, joint.rows_of, list(range(len(models))), keys.values())
            proof = settle(inner, {}, max_steps)
            short = proof.loglik < met.at.value - 1e-9 * max(1.0, abs(proof.loglik))
            if not proof.verdict.ok or short:
                continue
            ends = {keys[k]: v for k, v in kin.when.items()}
            where = ", ".join(f"{label(k)} → {number(v)}" for k, v in ends.items())
            params = {k: float(ends.get(k, proof.params.get(k, np.nan))) for k in joint.names}
            sentence = (
                f"On the boundary: {where}, where {model.family.name} of member {m + 1} becomes "
                f"{kin.family.__name__}, and the likelihood falls from there."
            )
            verdict = Verdict(
                "boundary", True, sentence, proof.verdict.decrement, tuple(map(label, ends))
            )
            return Proof(
                verdict,
                params,
                proof.loglik,
                met,
                tuple(k for k in joint.names if k in proof.regular),
                proof.inner,
                proof.inner_optimum,
                dict,
                joint,
            )
    return None
