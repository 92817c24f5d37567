"""Whether a maximum exists: separation, found by a linear program.

Where every row's density rises, or stays, as the coefficients go to infinity along a direction,
there is no finite maximum. Such directions are the recession cone of the log-likelihood (Albert
and Anderson 1984, Biometrika 71; Correia, Guimarães and Zylkin 2019, arXiv 1903.01633): d with
sᵢ xᵢᵀd ≥ 0 in the rows that are at their best at infinity (sᵢ = ±1 says on which side) and
xᵢᵀd = 0 in all others. The program finds one that moves as many rows as any can.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mostlikely.solve.objective import Vector

__all__ = ["Recession", "recession"]

#: Sizes below this in the solution of the program are its own tolerance.
NOTHING = 1e-6


@dataclass(frozen=True)
class Recession:
    """A direction along which the likelihood rises for ever.

    Parameters
    ----------
    direction : array, shape (columns,)
    moved : array of bool, shape (rows,)
        The rows that any such direction moves: their densities go to one.
    """

    direction: Vector
    moved: NDArray[np.bool_]


def recession(x: Vector, side: Vector) -> Recession | None:
    """The direction that moves the most rows, or None where there is none.

    Parameters
    ----------
    x : array, shape (rows, columns)
        The design; its columns scaled alike.
    side : array, shape (rows,)
        +1 where a row is at its best at +∞, -1 at -∞, 0 between.
    """
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    held, free = x[side == 0.0], x[side != 0.0] * side[side != 0.0, None]
    rows, back = np.unique(free, axis=0, return_inverse=True)
    back = np.ravel(back)
    held = np.unique(held, axis=0)
    m, p = rows.shape
    if not m:
        return None
    count = np.bincount(back, minlength=m).astype(float)
    # maximise Σ tᵢ with 0 ≤ tᵢ ≤ 1 and tᵢ ≤ rowᵢ d: every row that can be moved is, by one.
    solved = linprog(
        np.concatenate([np.zeros(p), -np.sqrt(count)]),
        A_ub=hstack([csr_array(-rows), eye_array(m)]),
        b_ub=np.zeros(m),
        A_eq=hstack([csr_array(held), csr_array((len(held), m))]) if len(held) else None,
        b_eq=np.zeros(len(held)) if len(held) else None,
        bounds=[(None, None)] * p + [(0.0, 1.0)] * m,
        method="highs",
    )
    if solved.x is None:
        return None
    moves = solved.x[p:] > 0.5
    if not moves.any():
        return None
    direction = solved.x[:p]
    direction = np.where(np.abs(direction) < NOTHING * np.abs(direction).max(), 0.0, direction)
    moved = np.zeros(len(x), dtype=bool)
    moved[np.flatnonzero(side != 0.0)] = moves[back]
    return Recession(direction, moved)
