"""Where a joint likelihood has its supremum at infinity: separated rows, limits of members."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.data.formula.orthogonal import basis_of
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum
from mostlikely.verdict.check import Again
from mostlikely.verdict.predictor_columns import EDGES, column_sizes, original
from mostlikely.verdict.proof import Proof, Separation
from mostlikely.verdict.recession import recession
from mostlikely.verdict.verdict import Verdict

__all__ = ["separated_together"]


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


def _pushed(loglik: LogLikelihood, columns: Vector) -> Pushed:
    xs, sides, owners = [], [], []
    assert loglik.shared is not None
    for m, view in enumerate(loglik.shared.views):
        model, at = view.member, 0
        for index, part in enumerate(model.parts):
            places = view.places[at : at + len(part.keys)]
            at += len(part.keys)
            basis = part.basis
            if basis is None or basis.design.wide:
                # a coefficient of a function, or too many to look at, stays where it is
                x = np.zeros((len(places), len(loglik.names)))
                x[np.arange(len(places)), places] = 1.0
                side, owner = np.zeros(len(places)), -1
            else:
                rows = original(part, np.arange(model.rows)).dense()
                x = np.zeros((len(rows), len(loglik.names)))
                x[:, places] = rows
                family, owner = model.family, -1
                side = np.zeros(len(rows))
                way = family.recession if family.link(part.name).name in EDGES else None
                if index == 0 and way is not None:
                    y = model.whole().block.y
                    side = np.broadcast_to(way(y, **family.known, **model.known), y.shape)
                    owner = m
            xs.append(x[:, columns])
            sides.append(side)
            owners.append(np.full(len(x), owner))
    return Pushed(np.concatenate(xs), np.concatenate(sides), np.concatenate(owners))


def separated_together(loglik: LogLikelihood, met: Optimum, again: Again) -> Proof | None:
    """The proof that rows are separated, with the limit's maximum; None if they are not."""
    if not loglik.parts or not any(m.family.recession is not None for m in loglik.members):
        return None
    keys = loglik.parts[0].keys
    columns = np.array([loglik.names.index(key) for key in keys])
    pushed = _pushed(loglik, columns)
    sizes = column_sizes(loglik.parts[0])
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
    for m, (member, rows) in enumerate(zip(loglik.members, loglik.places, strict=True)):
        moved = found.moved[pushed.member == m]
        rest = np.arange(member.rows)
        if moved.any():
            rest = np.flatnonzero(~moved)
            counts.append(f"{int(moved.sum())} of {len(moved)} rows of member {m + 1}")
        models.append(_on(member, rest) if moved.any() and len(rest) else member)
        rows_of.append(rows[rest])
    which = " and ".join(f"{label(k)} → {'∞' if v > 0 else '−∞'}" for k, v in infinite.items())
    together = " together, in fixed proportions" if len(infinite) > 1 else ""
    limit, inner, top = 0.0, loglik, met
    regular: tuple[Any, ...] = ()
    settled: dict[Any, float] = {}
    left = [member if len(rows) else None for member, rows in zip(models, rows_of, strict=True)]
    if any(member is not None for member in left):
        proof = again.estimate(loglik.of_members(left, rows_of), None)
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
    params = {**loglik.natural(met.x), **settled, **infinite}
    verdict = Verdict("separation", False, sentence, top.decrement, tuple(map(label, infinite)))
    flat = np.zeros((len(loglik.names), found.flat.shape[1]))
    flat[columns] = found.flat / sizes[:, None]
    separation = Separation(
        dict(zip(keys, map(float, direction), strict=True)),
        {**loglik.natural(met.x), **settled, **dict.fromkeys(infinite, 0.0)},
        flat,
        (pushed.x / sizes * pushed.side[:, None])[found.moved] @ found.flat,
    )
    return Proof(
        verdict, params, limit, met, regular, inner, top, dict, loglik, separation=separation
    )


def _on(model: Member, rest: Any) -> Member:
    """A member on some of its rows, in coordinates of these."""
    kept = model.take(rest)
    parts = tuple(
        part if part.basis is None else replace(new, basis=basis_of(original(part, rest)))
        for part, new in zip(model.parts, kept.parts, strict=True)
    )
    return replace(kept, parts=parts)
