"""Nearest points of polyhedra of many rows, of which few matter.

Least distance problems through nonnegative least squares (Lawson and Hanson 1974, *Solving least
squares problems*, chapter 23.4), and the split of a vector into a nonnegative sum of rows and what
is left (Moreau 1962). Rows are brought in as they are violated, so nothing grows with their square.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mostlikely.solve.objective import Positions, Vector

__all__ = ["DEPENDENT", "brought_in", "least_distance", "on_faces", "split"]

#: Singular values of rows below this share of the largest are none.
DEPENDENT = 1e-9


def least_distance(faces: Vector, short: Vector) -> tuple[Vector, Vector]:
    """The shortest t with faces @ t ≥ short, and the weights of the rows that make it."""
    from scipy.optimize import nnls

    none = np.zeros(faces.shape[1]), np.zeros(len(short))
    size = float(short.max(initial=0.0))
    if size <= 0.0:
        return none
    lengths = np.linalg.norm(faces, axis=1)
    lengths[lengths == 0.0] = 1.0
    scale = float((short / lengths).max())  # so that t has length one or so
    system = np.vstack([(faces / lengths[:, None]).T, short / (lengths * scale)])
    aim = np.append(np.zeros(faces.shape[1]), 1.0)
    try:
        weights, _ = nnls(system, aim, maxiter=20 * (sum(system.shape)))
    except RuntimeError:  # it went round in circles: no step, so that the model is made shorter
        return none
    on = weights > 0.0
    if not on.any():
        return none
    # By the rows alone it has all its digits.
    t = np.linalg.lstsq(faces[on] / lengths[on, None], short[on] / lengths[on], rcond=None)[0]
    return t, weights


def on_faces(matrix: Vector, score: Vector, rows: Vector, short: Vector) -> Vector:
    """The best step of a quadratic model with rows @ step = short.

    Its part along the faces is solved for by itself: the matrix may be nearly singular across.
    """
    left, sizes, right = np.linalg.svd(rows)
    rank = int(np.sum(sizes > DEPENDENT * sizes.max()))
    step = right[:rank].T @ ((left[:, :rank].T @ short) / sizes[:rank])
    along = right[rank:].T
    if along.shape[1]:
        reduced = along.T @ matrix @ along
        step = step + along @ np.linalg.solve(reduced, along.T @ (score - matrix @ step))
    return np.asarray(step)


def split(rows: Vector, score: Vector) -> tuple[Vector, Vector]:
    """Multipliers of the rows, zero or more, and what they leave of a score."""
    from scipy.optimize import nnls

    if not len(rows) or not np.any(score):
        return np.zeros(len(rows)), score

    def solve(which: Positions) -> tuple[Vector, Vector, Vector]:
        weights = np.zeros(len(which))
        if len(which):
            try:
                weights, _ = nnls(rows[which].T, -score, maxiter=20 * (len(which) + len(score)))
            except RuntimeError:  # it went round in circles: the score is left as it is
                weights = np.zeros(len(which))
        rest = score + rows[which].T @ weights
        return rest, weights, rows @ rest

    size = float(np.linalg.norm(score))
    none = np.empty(0, dtype=np.intp)
    rest, weights, which = brought_in(solve, none, len(score), 1e-14 * size)
    multipliers = np.zeros(len(rows))
    multipliers[which] = weights
    return multipliers, rest


def brought_in(
    solve: Callable[[Positions], tuple[Vector, Vector, Vector]],
    which: Positions,
    few: int,
    room: float,
) -> tuple[Vector, Vector, Positions]:
    """The answer to a problem of many rows, from the few that it turns on.

    ``solve`` takes positions of rows and gives its answer, a weight for each of them, and by how
    much every row of all is kept.
    """
    for _ in range(100):
        answer, weights, kept = solve(which)
        out = np.flatnonzero(kept < -room)
        new = np.setdiff1d(out, which)
        if not len(new):
            break
        if len(new) > 2 * few:
            new = new[np.argpartition(kept[new], 2 * few)[: 2 * few]]
        which = np.concatenate([which[weights > 0.0] if len(which) > 20 * few else which, new])
    return answer, weights, which
