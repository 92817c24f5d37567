"""Whether a maximum exists: separation, found by a linear program.

Where every row's density rises, or stays, as the coefficients go to infinity along a direction,
there is no finite maximum. Such directions are the recession cone of the log-likelihood (Albert
and Anderson 1984, Biometrika 71; Correia, Guimarães and Zylkin 2019, arXiv 1903.01633): d with
sᵢ xᵢᵀd ≥ 0 in the rows that are at their best at infinity (sᵢ = ±1 says on which side) and
xᵢᵀd = 0 in all others. The program finds one that moves as many rows as any can. Where rows have
several such linear forms (one for each level that a label is not), it moves as many forms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.solve.objective import Vector

__all__ = [
    "LOOSE",
    "Recession",
    "lowest",
    "null_space",
    "recession",
    "stacked",
    "steepest",
    "told_apart",
]

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
#: Pivots below this, per column, of the squares of columns of length one are rounding.
PIVOT = 1e-14
#: How many directions, or numbers of a row, stand for all of them.
SOME = 8


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


def steepest(forms: Any, held: Any, counted: Any = None) -> Recession | None:
    """The direction d with held @ d = 0 and forms @ d ≥ 0 that moves the most forms.

    Parameters
    ----------
    forms : array or sparse array, shape (m, columns)
    held : array or sparse array, shape (l, columns)
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
        if asked.all() and not moves.any():
            return None
        flat = null_space(stacked([rows[asked][~moves], still]))
        direction = flat @ (flat.T @ direction)
        along = rows @ direction
        loose = np.max(np.abs(rows @ _some(flat)), axis=1, initial=0.0) > LOOSE
        if np.any(loose[asked] != moves) or not np.all(along[asked][moves] > HALF):
            return None
        open_ones = np.flatnonzero(~asked & loose & (along <= HALF))
        if not len(open_ones):
            break
        asked[open_ones[np.argsort(along[open_ones])[:more]]] = True
    moved = loose[back]
    return Recession(direction, moved, flat) if np.any(moved & counted) else None


def _program(rows: Any, worth: Vector, still: Any) -> tuple[Vector, NDArray[np.bool_]] | None:
    """The direction that moves the most of these forms, and which it moves."""
    from scipy.optimize import linprog
    from scipy.sparse import csr_array, eye_array, hstack

    # What is held leaves some directions, and the program chooses among those alone: beside
    # equations that are met but for rounding it may find none where there is one.
    ways = null_space(still) if isinstance(still, np.ndarray) and len(still) else None
    if ways is not None:
        rows, still = rows @ ways, np.empty((0, ways.shape[1]))
    (m, k), held = rows.shape, still.shape[0]
    if not k:
        return None
    # maximise Σ tᵢ with 0 ≤ tᵢ ≤ 1 and tᵢ ≤ formᵢ d: every form that can be moved is, by one.
    solved = linprog(
        np.concatenate([np.zeros(k), -worth]),
        A_ub=hstack([csr_array(-rows), eye_array(m)]),
        b_ub=np.zeros(m),
        A_eq=hstack([csr_array(still), csr_array((held, m))]) if held else None,
        b_eq=np.zeros(held) if held else None,
        bounds=[(None, None)] * k + [(0.0, 1.0)] * m,
        method="highs",
    )
    if solved.x is None:
        return None
    direction = solved.x[:k] if ways is None else ways @ solved.x[:k]
    return direction, solved.x[k:] > HALF


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

    rows, _ = _distinct(np.where(np.abs(forms) < LOOSE, 0.0, forms))
    different, back = _distinct(np.where(np.abs(aims) < LOOSE, 0.0, aims))
    ends = np.zeros(len(different))
    for mine in _apart(rows):
        own = rows[np.any(rows[:, mine] != 0.0, axis=1)][:, mine]
        for i in np.flatnonzero(np.any(different[:, mine] != 0.0, axis=1)):
            aim = different[i, mine]
            solved = linprog(aim, A_ub=-own, b_ub=-np.ones(len(own)), bounds=(None, None))
            ends[i] += -np.inf if solved.x is None else solved.fun
    return ends[back]


def _apart(rows: Vector) -> list[NDArray[np.intp]]:
    """The columns in groups, no row having numbers in two of them."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    met = csr_array(rows != 0.0, dtype=np.int32)
    count, group = connected_components(met.T @ met, directed=False)
    return [np.flatnonzero(group == g) for g in range(count)]


def null_space(rows: Any) -> Vector:
    """An orthonormal basis of what all rows are orthogonal to, shape (columns, q)."""
    if not rows.shape[0]:
        return np.eye(rows.shape[1])
    if not isinstance(rows, np.ndarray):
        return _sparse_null_space(rows)
    _, size, ways = np.linalg.svd(rows, full_matrices=len(rows) < rows.shape[1])
    rank = int(np.sum(size > RANK * max(float(size[0]), 1.0)))
    return np.asarray(ways[rank:].T)


def _sparse_null_space(rows: Any) -> Vector:
    """The same of sparse rows: columns of zeros first, the rest by Cholesky with pivoting.

    The squares of columns lose half of their digits: what they say is dependent is solved for
    again, and must then be so in the rows themselves.
    """
    from scipy.linalg import cho_solve
    from scipy.linalg.lapack import dpstrf

    size = np.sqrt(np.asarray((rows * rows).sum(axis=0)))
    used = np.flatnonzero(size > RANK * size.max())
    own = (rows[:, used] * (1.0 / size[used])).tocsr()
    triangle, order, rank, _ = dpstrf((own.T @ own).toarray(), tol=PIVOT * len(used))
    kept, rest = order[:rank] - 1, order[rank:] - 1
    top = triangle[:rank, :rank]
    ways = np.zeros((len(used), len(rest)))
    ways[rest] = np.eye(len(rest))
    for _ in range(2):
        ways[kept] -= cho_solve((top, False), own[:, kept].T @ (own @ ways))
    _, left, turned = np.linalg.svd(np.linalg.qr(own @ ways, mode="r"))
    ways = ways @ turned[left <= LOOSE].T
    out = np.zeros((len(size), len(size) - len(used) + ways.shape[1]))
    empty = np.setdiff1d(np.arange(len(size)), used)
    out[empty, np.arange(len(empty))] = 1.0
    out[used, len(empty) :] = np.linalg.qr(ways / size[used, None])[0]
    return out


def _some(flat: Vector) -> Vector:
    """A few directions among many: a form that none of them moves is moved by none of all."""
    if flat.shape[1] <= SOME:
        return flat
    return np.asarray(flat @ np.random.default_rng(0).normal(size=(flat.shape[1], SOME)))


def stacked(parts: Sequence[Any]) -> Any:
    """Forms under each other, sparse if any of them are."""
    if all(isinstance(part, np.ndarray) for part in parts):
        return np.concatenate(parts)
    from scipy.sparse import csr_array, vstack

    return vstack([csr_array(part) for part in parts], format="csr")


def told_apart(rows: Any) -> Vector:
    """Numbers that tell rows which differ by more than rounding; a few where rows are sparse."""
    if not isinstance(rows, np.ndarray):
        rows = rows @ np.random.default_rng(0).normal(size=(rows.shape[1], SOME))
    return np.asarray(np.round(rows, ALIKE) + 0.0)  # no -0.0


def _span(rows: Any) -> Any:
    """As many rows as say the same: a basis of what they span, or those that differ."""
    if not rows.shape[0] or not isinstance(rows, np.ndarray):
        return _distinct(rows)[0]
    triangle = np.linalg.qr(rows, mode="r")
    _, size, ways = np.linalg.svd(triangle)
    return np.asarray(ways[: int(np.sum(size > RANK * max(float(size[0]), 1.0)))])


def _distinct(rows: Any) -> tuple[Any, NDArray[np.intp]]:
    """The rows that differ by more than rounding, and which of them each row is."""
    _, first, back = np.unique(told_apart(rows), axis=0, return_index=True, return_inverse=True)
    return rows[first], np.ravel(back)
