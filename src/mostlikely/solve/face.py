"""All coefficients of one least absolute loss, where they are a set: its middle."""

from __future__ import annotations

import numpy as np

from mostlikely.solve.objective import Vector
from mostlikely.solve.vertex import Rows, Slopes, Vertex

__all__ = ["face"]

#: A dual value within this share of a slope may be at it: a suspicion, which the face decides.
AT_ITS_END = 1e-8
#: Rows next to a face that describe it at first; more join where they are crossed.
NEXT = 400
#: How far a face is looked along, in lengths that its ways have alone.
FAR = 1e6
#: What a program crosses for rounding, in those lengths; ends nearer than this are one.
CROSSED = 1e-7


def face(rows: Rows, vertex: Vertex, slopes: Slopes) -> tuple[bool, Vector]:
    """Whether a vertex is the only optimum, and the way to the middle of all.

    A row whose dual value is at a slope may leave its corner to that side; others must not be
    crossed. In units of the rows.
    """
    d, sides = vertex.dual, (slopes.up, -slopes.down)
    near = [np.abs(d - e) <= AT_ITS_END * abs(e) + vertex.slack for e in sides]
    free = np.flatnonzero(near[0] | near[1])
    still = np.zeros(len(vertex.basis))
    if not len(free):
        return True, still
    ways = -vertex.inverse[:, free] * np.where(near[0][free], 1.0, -1.0)
    ways /= np.linalg.norm(ways, axis=0)  # as are the rows of Q
    side = np.where(vertex.above, 1.0, -1.0)
    others = np.ones(len(side), dtype=bool)
    others[vertex.basis] = False
    rate = -(rows.q @ ways) * side[:, None]
    rate[np.abs(rate) <= 1e-10 * rows.length[:, None]] = 0.0
    bound = np.flatnonzero(others & (rate < 0.0).any(axis=1))
    if not len(bound):  # no other row tells how far: weights so unlike that others are rounding
        return True, *still
    rate, room = rate[bound], np.abs(vertex.residual[bound])
    alone = np.array(
        [np.min(room[v < 0.0] / -v[v < 0.0], initial=np.inf) for v in rate.T]
    )  # how far each way leads by itself, which is its unit
    alone[~np.isfinite(alone)] = 0.0
    unit = np.where(alone > 0.0, alone, alone.max() or float(np.median(room)) or 1.0)
    rate, ways = rate * unit, ways * unit
    outward = np.linalg.solve(rows.triangle, ways)
    if len(free) == 1:
        return bool(alone[0] == 0.0), outward @ (0.5 * alone / unit)
    aims = np.vstack([outward, -outward, -np.eye(len(free))])
    found = _ends(aims, rate, room)
    if found is None:  # not told
        return False, still
    if np.max(found) <= CROSSED:
        return True, still
    middle = 0.5 * found[2 * len(outward) :].max(axis=0)
    if np.any(room + rate @ middle < -CROSSED * np.linalg.norm(rate, axis=1)):
        middle = found.mean(axis=0)
    return False, outward @ middle


def _ends(aims: Vector, rate: Vector, room: Vector) -> Vector | None:
    """The points that make each aim least where room + rate θ ≥ 0 and θ ≥ 0, shape (aims, m)."""
    from scipy.optimize import linprog

    size = np.linalg.norm(rate, axis=1)
    used = np.argsort(room / size, kind="stable")[:NEXT]
    while True:
        found = np.zeros(aims.shape)
        for i, aim in enumerate(aims):
            top = np.max(np.abs(aim))
            if top == 0.0:
                continue
            answer = linprog(
                aim / top,
                A_ub=-rate[used] / size[used, None],
                b_ub=room[used] / size[used],
                bounds=(0.0, FAR),
                method="highs-ds",
            )
            if answer.status != 0:
                return None
            found[i] = answer.x
        short = np.min(room[:, None] + rate @ found.T, axis=1) / size
        crossed = np.setdiff1d(np.flatnonzero(short < -CROSSED), used)
        if not len(crossed):
            return found
        worst = crossed[np.argsort(short[crossed], kind="stable")[: 2 * len(used)]]
        used = np.concatenate([used, worst])
