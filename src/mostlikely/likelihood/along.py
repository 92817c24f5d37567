"""A log-likelihood in some directions only, where edges hold the others."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.data.formula.design import Design
from mostlikely.data.formula.orthogonal import Basis
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Part
from mostlikely.solve.objective import Vector

__all__ = ["Along", "along"]

#: Entries of a projection below this are rounding.
ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Along:
    """The log-likelihood at origin + directions @ z, a function of z.

    Parameters
    ----------
    loglik : LogLikelihood
        Its parameters are those of the whole, in coordinates z.
    origin : array, shape (k,)
    directions : array, shape (k, r)
    """

    loglik: LogLikelihood
    origin: Vector
    directions: Vector

    def at(self, x: Vector) -> Vector:
        """The point z of a point that it reaches."""
        return np.asarray(np.linalg.lstsq(self.directions, x - self.origin, rcond=None)[0])


def along(loglik: LogLikelihood, origin: Vector, null: Vector) -> Along:
    """A log-likelihood in some directions from a point.

    Parameters
    ----------
    loglik : LogLikelihood
        With its edges (`edges.closed`).
    origin : array, shape (k,)
        Zero in the coordinates of constants whose link is not the identity.
    null : array, shape (k, r)
        The directions in units, orthonormal.
    """
    shift: dict[Any, float] = {}
    if np.any(origin != 0.0):
        moved = loglik.jacobian(origin) @ origin
        shift = {k: float(v) for k, v in zip(loglik.names, moved, strict=True) if v != 0.0}
        members = [
            _shifted(member, loglik.seen(m, origin).x) for m, member in enumerate(loglik.members)
        ]
        loglik = loglik.with_members(members)
    turned = _part_by_part(loglik, null) if loglik.shared is None else None
    inner, directions = turned or _together(loglik, null)
    return Along(replace(inner, shift=shift), origin, directions)


def _shifted(member: Member, x: Vector) -> Member:
    """A member whose predictors begin at a point: with an offset more."""
    if not np.any(x != 0.0):
        return member
    parts = []
    for part, place in zip(member.parts, member.slices, strict=True):
        if part.times is not None:
            part = _as_column(part, member.rows)
        if part.basis is not None:
            more = part.basis.design.block(0, member.rows).dot(x[place] / part.basis.scale)
            part = replace(part, offset=more if part.offset is None else part.offset + more)
        parts.append(part)
    return replace(member, parts=tuple(parts))


def _as_column(part: Part, rows: int) -> Part:
    """A constant with a coefficient as a predictor with a column, in the same coordinate."""
    assert part.times is not None
    ones = Design.of_array(np.ones((rows, 1)), [part.keys[0][-1]])
    basis = Basis(ones, np.ones(1), np.array([[1.0 / part.times]]), np.array([[part.times]]))
    return replace(part, basis=basis, times=None)


def _part_by_part(loglik: LogLikelihood, null: Vector) -> tuple[LogLikelihood, Vector] | None:
    """Each part in directions of its own; None where directions mix parts, or leave a part none."""
    member, units = loglik.member, loglik.units
    projection = null @ null.T
    parts, blocks = [], []
    for part, place in zip(member.parts, member.slices, strict=True):
        own = projection[place, place]
        others = np.delete(projection[place], np.arange(place.start, place.stop), axis=1)
        if np.abs(others).max(initial=0.0) > ROUNDING:
            return None
        scale = units[place]
        if np.abs(own - np.eye(len(own))).max(initial=0.0) <= ROUNDING:
            parts.append(part)
            blocks.append(np.eye(len(own)))
            continue
        left, sizes, _ = np.linalg.svd(own)
        kept = left[:, sizes > 0.5]
        if part.basis is None or not kept.shape[1]:
            return None
        basis, move = part.basis, scale[:, None] * kept
        turned = Basis(
            basis.design.transformed(move / np.reshape(basis.scale, (-1, 1))),
            np.ones(move.shape[1]),
            basis.matrix @ move,
            (kept / scale[:, None]).T @ basis.inverse,
        )
        parts.append(replace(part, basis=turned))
        blocks.append(move)
    from scipy.linalg import block_diag

    inner = replace(member, parts=tuple(parts))
    return replace(loglik, members=(inner,)), np.asarray(block_diag(*blocks))


def _together(loglik: LogLikelihood, null: Vector) -> tuple[LogLikelihood, Vector]:
    """Directions that mix parts, or members: they are coordinates that all of them share."""
    directions = loglik.units[:, None] * null
    back = null.T / loglik.units
    if loglik.shared is None:
        whole = LogLikelihood.together(
            loglik.family,
            loglik.members,
            [(key, ((0, i),)) for i, key in enumerate(loglik.names)],
            loglik.sample,
            [np.arange(loglik.member.rows)],
            loglik.penalty,
        )
        assert whole.shared is not None
        move = np.linalg.pinv(whole.shared.jacobians[0])
        own, own_back = move @ directions, back @ whole.shared.jacobians[0]
    else:
        whole, own, own_back = loglik, directions, back
    shared = whole.shared
    assert shared is not None
    parts = []
    for part, place in zip(shared.parts, shared.slices, strict=True):
        basis = part.basis
        assert basis is not None
        turned = Basis(
            basis.design.transformed(own[place] / np.reshape(basis.scale, (-1, 1))),
            np.ones(own.shape[1]),
            basis.matrix @ own[place],
            own_back[:, place] @ basis.inverse,
        )
        parts.append(replace(part, basis=turned))
    inner = replace(
        shared,
        matrix=shared.matrix @ own,
        inverse=own_back @ shared.inverse,
        jacobians=tuple(jacobian @ own for jacobian in shared.jacobians),
        parts=tuple(parts),
    )
    return replace(whole, shared=inner), directions
