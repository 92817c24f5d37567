"""Whether a maximum exists: separation, found by a linear program.

Where every row's density rises, or stays, as the coefficients go to infinity along a direction,
there is no finite maximum. Such directions are the recession cone of the log-likelihood (Albert
and Anderson 1984, Biometrika 71; Correia, Guimarães and Zylkin 2019, arXiv 1903.01633): d with
sᵢ xᵢᵀd ≥ 0 in the rows that are at their best at infinity (sᵢ = ±1 says on which side) and
xᵢᵀd = 0 in all others. The program finds one that moves as many rows as any can. Where rows have
several such linear forms (one for each level that a label is not), it moves as many forms.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.solve.objective import Vector

__all__ = ["LOOSE", "Recession", "lowest", "null_space", "recession", "steepest"]

#: A form that the program moves is moved by one; noise of a form is far below a half.
HALF = 0.5
#: Singular values below this, relative to the largest, are rounding of the columns.
RANK = 1e-10
#: Forms that change by less along every flat direction are held by those that are held.
LOOSE = 1e-8
#: How many forms the program is asked about at a time, and how many for each column.
FEW, PER_COLUMN = 500, 10
#: Decimals to which forms are compared: rows of orthogonal columns repeat but for rounding.
ALIKE = 12


@dataclass(frozen=True)
class Recession:
    """A direction along which the likelihood rises for ever.

    Parameters
    ----------
    direction : array, shape (columns,)
    moved : array of bool, shape (forms,)
        The linear forms, or the rows, that any such direction moves: by one at least.
    flat : array, shape (columns, q)
        An orthonormal basis of all directions that leave every other form as it is.
    """

    direction: Vector
    moved: NDArray[np.bool_]
    flat: Vector


def recession(x: Vector, side: Vector) -> Recession | None:
    """The direction that moves the most rows, or None where there is none.

    Parameters
    ----------
    x : array, shape (rows, columns)
        The design; its columns scaled alike.
    side : array, shape (rows,)
        +1 where a row is at its best at +∞, -1 at -∞, 0 between.
    """
    free = side != 0.0
    found = steepest(x[free] * side[free, None], x[~free])
    if found is None:
        return None
    moved = np.zeros(len(x), dtype=bool)
    moved[free] = found.moved
    return replace(found, moved=moved)


def steepest(forms: Vector, held: Vector, counted: Any = None) -> Recession | None:
    """The direction d with held @ d = 0 and forms @ d ≥ 0 that moves the most forms.

    Parameters
    ----------
    forms : array, shape (m, columns)
    held : array, shape (l, columns)
    counted : array of bool, shape (m,), optional
        The forms that make a direction worth taking; the others must not fall.

    Returns
    -------
    Recession or None
        None where no counted form can be moved. What is returned has been proven apart from the
        program, whose tolerances are wider than rounding: the direction lies in the null space
        of every form that does not move.
    """
    counted = np.ones(len(forms), dtype=bool) if counted is None else counted
    rows, back = _distinct(forms)
    m, k = rows.shape
    if not m:
        return None
    count = np.bincount(back, minlength=m).astype(float)
    still = _span(held)
    # Few of many forms hold a direction back: those are looked for, and the others only looked at.
    more = max(FEW, PER_COLUMN * k)
    asked = np.zeros(m, dtype=bool)
    asked[np.unique(np.linspace(0, m - 1, min(m, more)).astype(np.intp))] = True
    while True:
        found = _program(rows[asked], np.sqrt(count[asked]), still)
        if found is None:
            return None
        direction, moves = found
        flat = null_space(np.vstack([rows[asked][~moves], still]))
        direction = flat @ (flat.T @ direction)
        along = rows @ direction
        loose = np.max(np.abs(rows @ flat), axis=1, initial=0.0) > LOOSE
        if np.any(loose[asked] != moves) or not np.all(along[asked][moves] > HALF):
            return None
        open_ones = np.flatnonzero(~asked & loose & (along <= HALF))
        if not len(open_ones):
            break
        asked[open_ones[np.argsort(along[open_ones])[:more]]] = True
    moved = loose[back]
    return Recession(direction, moved, flat) if np.any(moved & counted) else None


def _program(rows: Vector, worth: Vector, still: Vector) -> tuple[Vector, NDArray[np.bool_]] | None:
    """The direction that moves the most of these forms, and which it moves."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    m, k = rows.shape
    # maximise Σ tᵢ with 0 ≤ tᵢ ≤ 1 and tᵢ ≤ formᵢ d: every form that can be moved is, by one.
    solved = linprog(
        np.concatenate([np.zeros(k), -worth]),
        A_ub=hstack([csr_array(-rows), eye_array(m)]),
        b_ub=np.zeros(m),
        A_eq=hstack([csr_array(still), csr_array((len(still), m))]) if len(still) else None,
        b_eq=np.zeros(len(still)) if len(still) else None,
        bounds=[(None, None)] * k + [(0.0, 1.0)] * m,
        method="highs",
    )
    return None if solved.x is None else (solved.x[:k], solved.x[k:] > HALF)


def lowest(aims: Vector, forms: Vector) -> Vector:
    """The least that linear functions of a direction can be while it moves every form by one.

    Parameters
    ----------
    aims : array, shape (k, columns)
    forms : array, shape (m, columns)

    Returns
    -------
    array, shape (k,)
        -∞ where nothing holds it.
    """
    from scipy.optimize import linprog

    rows, _ = _distinct(forms)
    different, back = _distinct(aims)
    ends = np.empty(len(different))
    for i, aim in enumerate(different):
        solved = linprog(aim, A_ub=-rows, b_ub=-np.ones(len(rows)), bounds=(None, None))
        ends[i] = -np.inf if solved.x is None else solved.fun
    return ends[back]


def null_space(rows: Vector) -> Vector:
    """An orthonormal basis of what all rows are orthogonal to, shape (columns, q)."""
    if not len(rows):
        return np.eye(rows.shape[1])
    _, size, ways = np.linalg.svd(rows, full_matrices=len(rows) < rows.shape[1])
    rank = int(np.sum(size > RANK * max(float(size[0]), 1.0)))
    return np.asarray(ways[rank:].T)


def _span(rows: Vector) -> Vector:
    """As many rows as say the same: a basis of what they span."""
    if not len(rows):
        return rows
    triangle = np.linalg.qr(rows, mode="r")
    _, size, ways = np.linalg.svd(triangle)
    return np.asarray(ways[: int(np.sum(size > RANK * max(float(size[0]), 1.0)))])


def _distinct(rows: Vector) -> tuple[Vector, NDArray[np.intp]]:
    """The rows that differ by more than rounding, and which of them each row is."""
    near = np.round(rows, ALIKE) + 0.0  # no -0.0
    _, first, back = np.unique(near, axis=0, return_index=True, return_inverse=True)
    return rows[first], np.ravel(back)
