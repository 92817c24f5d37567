"""Coordinates in which the columns of a design are alike: its own units, no correlations.

A coefficient vector β is climbed as γ, β = T γ, with T such that the columns of X T have mean
square one and, where that matters, are orthogonal. Information is then well conditioned whatever
the units of the columns and however nearly dependent they are, and columns that are exactly
dependent show as a T with fewer columns than rows (Golub and Van Loan, *Matrix Computations*, 4th
ed., section 5.4.2: QR with column pivoting).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.design import Design
from mostlikely.errors import DataError

__all__ = ["Basis", "basis_of", "separately"]

Floats = NDArray[np.float64]

#: Designs of at most this many entries are made orthogonal as a whole, exactly.
SMALL = 250_000
#: Rows looked at first, for larger ones, and how many more for each column.
LOOK, PER_COLUMN = 4_000, 20
#: Designs whose scaled columns are conditioned better than this need no more than scaling.
FINE = 1e3
#: Columns of a size beyond these have squares, or sums of them, that are no floats.
SIZES = 1e-145, 1e145
#: A column that is a combination of the others but for rounding, relative to its own size.
DEPENDENT = 32.0


@dataclass(frozen=True)
class Basis:
    """How coefficients β come from coordinates γ.

    Parameters
    ----------
    design : Design
        The columns that γ multiplies.
    scale : array, shape (r,)
        What a coordinate is divided by before it multiplies ``design``; ones but where the columns
        are used as they are.
    matrix : array, shape (p, r)
        β = matrix @ γ.
    inverse : array, shape (r, p)
        γ = inverse @ β, for any β that `matrix` reaches.
    dependent : tuple of (int, array)
        Each column that is a combination of others, and the coefficients of that combination.
    """

    design: Design
    scale: Floats
    matrix: Floats
    inverse: Floats
    dependent: tuple[tuple[int, Floats], ...] = ()

    @property
    def size(self) -> int:
        """The number of coordinates."""
        return int(self.matrix.shape[1])


def basis_of(design: Design) -> Basis:
    """The coordinates that suit a design.

    Raises
    ------
    DataError
        If a column is so large or so small that its square is no float.
    """
    n, p = len(design), design.width
    if n * p <= SMALL:
        return _orthogonal(design, design.dense())
    if design.wide:
        return _scaled(design, _sizes(design))
    rows = np.linspace(0, n - 1, min(n, LOOK + PER_COLUMN * p)).astype(np.intp)
    looked = design.at(np.unique(rows)).dense()
    sizes = _measured(design, looked)
    if np.all(sizes > 0.0):
        r = np.linalg.qr(looked / sizes, mode="r")
        singular = np.linalg.svd(r, compute_uv=False)
        if singular[0] < FINE * singular[-1]:
            return _scaled(design, sizes)
    return _from_triangle(design, _triangle(design), n)


def separately(design: Design) -> Basis:
    """A coordinate of its own for every column, be it a combination of others or not."""
    return _scaled(design, _sizes(design))


def _sizes(design: Design) -> Floats:
    """The root mean square of each column."""
    total = np.zeros(design.width)
    for start in range(0, len(design), 65536):
        block = design.block(start, min(start + 65536, len(design)))
        with np.errstate(all="ignore"):
            total += block.squares()
    _check_sizes(design, np.sqrt(total / len(design)))
    sizes = np.sqrt(total / len(design))
    return np.where(sizes > 0.0, sizes, 1.0)


def _measured(design: Design, x: Floats) -> Floats:
    """The root mean square of each column of rows that are in memory."""
    with np.errstate(all="ignore"):
        sizes = np.sqrt(np.mean(x * x, axis=0))
    lost = np.flatnonzero(sizes == 0.0)
    sizes[lost] = np.abs(x[:, lost]).max(axis=0, initial=0.0)
    _check_sizes(design, sizes)
    return np.asarray(sizes)


def _check_sizes(design: Design, sizes: Floats) -> None:
    low, high = SIZES
    wrong = np.flatnonzero(~((sizes == 0.0) | ((sizes > low) & (sizes < high))))
    if len(wrong):
        term, size = design.terms[int(wrong[0])], sizes[wrong[0]]
        raise DataError(
            f"the values of {term!r} are so {'small' if size < 1.0 else 'large'} that their "
            "squares are no float64; change its unit."
        )


def _scaled(design: Design, sizes: Floats) -> Basis:
    return Basis(design, sizes, np.diag(1.0 / sizes), np.diag(sizes))


def _orthogonal(design: Design, x: Floats) -> Basis:
    """By the QR decomposition of all rows."""
    from scipy.linalg import qr

    n, p = x.shape
    if p == 0:
        return Basis(design, np.ones(0), np.zeros((0, 0)), np.zeros((0, 0)))
    sizes = _measured(design, x)
    sizes = np.where(sizes > 0.0, sizes, 1.0)
    q, r, order = qr(x / sizes, mode="economic", pivoting=True, check_finite=False)
    rank = _rank(r, n)
    basis = _assembled(r, order, rank, sizes, n, np.abs(x).max(axis=0))
    q[~x.any(axis=1)] = 0.0  # a row without columns has none in any coordinates
    columns = Design.of_array(np.ascontiguousarray(q[:, :rank] * np.sqrt(n)))
    return Basis(columns, np.ones(rank), *basis)


def _triangle(design: Design) -> Floats:
    """R of the QR decomposition of all rows, a block at a time."""
    p = design.width
    r = np.zeros((0, p))
    step = max(4 * p, 16384)
    for start in range(0, len(design), step):
        block = design.block(start, min(start + step, len(design))).dense()
        r = np.asarray(np.linalg.qr(np.vstack([r, block]), mode="r"))
    return r


def _from_triangle(design: Design, r: Floats, n: int) -> Basis:
    from scipy.linalg import qr

    sizes = np.sqrt(np.sum(r * r, axis=0) / n)
    sizes = np.where(sizes > 0.0, sizes, 1.0)
    _, r, order = qr(r / sizes, mode="economic", pivoting=True, check_finite=False)
    rank = _rank(r, n)
    matrix, inverse, dependent = _assembled(r, order, rank, sizes, n)
    return Basis(design.transformed(matrix), np.ones(rank), matrix, inverse, dependent)


def _rank(r: Floats, n: int) -> int:
    diagonal = np.abs(np.diag(r))
    least = DEPENDENT * np.finfo(float).eps * max(n, len(diagonal)) ** 0.5 * diagonal[0]
    return int(np.sum(diagonal > least))


def _assembled(
    r: Floats,
    order: NDArray[np.intp],
    rank: int,
    sizes: Floats,
    n: int,
    largest: Floats | None = None,
) -> tuple[Floats, Floats, tuple[tuple[int, Floats], ...]]:
    """Matrix, inverse and dependent columns from R of the scaled, pivoted columns.

    X/sizes[:, order] = Q R: with the first ``rank`` columns of Q, γ = R β √n⁻¹ in their order.
    Where columns are dependent, the matrix gives the shortest coefficients in units of ``largest``:
    neither the order of the columns nor how often a row occurs has a say in them.
    """
    from scipy.linalg import solve_triangular

    p = len(sizes)
    root = np.sqrt(n)
    matrix, inverse = np.zeros((p, rank)), np.zeros((rank, p))
    top = r[:rank, :rank]
    matrix[order[:rank]] = solve_triangular(top, np.eye(rank)) * root
    matrix /= sizes[:, None]
    inverse[:, order] = r[:rank] / root
    inverse *= sizes
    dependent = []
    if rank < p:
        with np.errstate(all="ignore"):
            ways = solve_triangular(top, r[:rank, rank:])
        for k, column in enumerate(order[rank:]):
            way = np.zeros(p)
            way[order[:rank]] = ways[:, k] / sizes[order[:rank]] * sizes[column]
            dependent.append((int(column), way))
        units = sizes if largest is None else np.where(largest > 0.0, largest, 1.0)
        matrix = np.linalg.pinv(inverse / units) / units[:, None]
    return matrix, inverse, tuple(dependent)
