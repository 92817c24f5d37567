"""Weighted cross products of designs, accumulated over blocks."""

from __future__ import annotations

import numpy as np

from mostlikely.data.blocks import Floats
from mostlikely.data.design import Codes, Design, DesignBlock

__all__ = ["Gram"]


class Gram:
    """Accumulates Xₐᵀ diag(d) X_b over blocks of rows.

    What is dense goes through BLAS. What is coded is counted per pair of codes, into arrays that
    are made once: no array of (width, width) arises per block. Not for two threads at once: give
    each its own, and add the totals.

    Parameters
    ----------
    a, b : Design
        The same object twice for a symmetric one.

    Examples
    --------
    >>> design = Design.of_array(np.array([[1.0, 2.0], [1.0, 5.0]]))
    >>> gram = Gram(design, design)
    >>> block = design.block(0, 2)
    >>> gram.add(block, np.array([1.0, 3.0]), block)
    >>> gram.total()
    array([[ 4., 17.],
           [17., 79.]])
    """

    def __init__(self, a: Design, b: Design) -> None:
        self.a, self.b, self.symmetric = a, b, a is b
        self._dense = np.zeros((len(a.dense_at), len(b.dense_at)))
        # One more row or column for rows of the data that have none of the piece's columns.
        self._left = [np.zeros((len(at) + 1, len(b.dense_at))) for _, at in a.coded]
        self._right = [
            np.zeros((len(at) + 1, len(a.dense_at))) for _, at in b.coded if not self.symmetric
        ]
        self._pairs = {
            (i, j): np.zeros(len(p) + 1 if self._same(i, j) else (len(p) + 1) * (len(q) + 1))
            for i, (_, p) in enumerate(a.coded)
            for j, (_, q) in enumerate(b.coded)
            if not self.symmetric or i <= j
        }

    def _same(self, i: int, j: int) -> bool:
        """Whether a coded piece meets itself: then only the diagonal is not zero."""
        return self.symmetric and i == j

    def add(self, block_a: DesignBlock, d: Floats | float, block_b: DesignBlock) -> None:
        """Add a block of rows, ``d`` of shape (rows,) or a number for all."""
        d = np.asarray(d, dtype=np.float64)
        self._dense += _cross(block_a.x, d, block_b.x, self.symmetric)
        for total, part in zip(self._left, block_a.coded, strict=True):
            _gather(total, part, d, block_b.x)
        if not self.symmetric:
            for total, part in zip(self._right, block_b.coded, strict=True):
                _gather(total, part, d, block_a.x)
        for (i, j), flat in self._pairs.items():
            first, second = block_a.coded[i], block_b.coded[j]
            if self._same(i, j):
                flat += first.summed(first.scaled(d))
            else:
                _meet(flat, first, second, d)

    def total(self) -> Floats:
        """The sum so far, shape (a.width, b.width)."""
        a, b = self.a, self.b
        out = np.zeros((a.width, b.width))
        out[np.ix_(a.dense_at, b.dense_at)] = self._dense
        for (_, at), total in zip(a.coded, self._left, strict=True):
            out[np.ix_(at, b.dense_at)] = total[:-1]
            if self.symmetric:
                out[np.ix_(b.dense_at, at)] = total[:-1].T
        if not self.symmetric:
            for (_, at), total in zip(b.coded, self._right, strict=True):
                out[np.ix_(a.dense_at, at)] = total[:-1].T
        for (i, j), flat in self._pairs.items():
            p, q = a.coded[i][1], b.coded[j][1]
            if self._same(i, j):
                out[p, p] = flat[:-1]
                continue
            table = flat.reshape(len(p) + 1, len(q) + 1)[:-1, :-1]
            out[np.ix_(p, q)] = table
            if self.symmetric:
                out[np.ix_(q, p)] = table.T
        return out


def _cross(x: Floats, d: Floats, z: Floats, symmetric: bool) -> Floats:
    """Xᵀ diag(d) Z.

    With d of one sign a symmetric product is ±BᵀB, B = √|d| X, for which NumPy calls dsyrk: half
    the multiplications. Measured per row on two threads (one): 300 columns 1.5 µs (2.3) against
    2.3 (4.0) for (X · d)ᵀ X, 20 columns 40 ns either way, from 4,096 to 32,768 rows a block.
    """
    if not symmetric:
        narrow = x.shape[1] < z.shape[1]
        return np.asarray((_rows_scaled(x, d)).T @ z if narrow else x.T @ _rows_scaled(z, d))
    low, high = d.min(initial=0.0), d.max(initial=0.0)
    if low < 0.0 < high or low != low:
        product = _rows_scaled(x, d).T @ x
        return np.asarray(0.5 * (product + product.T))
    scaled = _rows_scaled(x, np.sqrt(np.abs(d)))
    product = scaled.T @ scaled
    return np.asarray(-product if low < 0.0 else product)


def _rows_scaled(x: Floats, d: Floats) -> Floats:
    return x * (d[:, None] if d.ndim else d)


def _gather(total: Floats, part: Codes, d: Floats, x: Floats) -> None:
    """Add to each code's row of ``total`` the rows of x that have it, times d."""
    weights = part.scaled(d)
    for j, column in enumerate(x.T):
        total[:, j] += np.bincount(part.codes, weights * column, len(total))


def _meet(flat: Floats, first: Codes, second: Codes, d: Floats) -> None:
    """Add d to the cell of each row's two codes."""
    cells = first.codes.astype(np.intp) * (len(second.at) + 1) + second.codes
    weights = second.scaled(first.scaled(d))
    if len(flat) <= 4 * len(cells):
        flat += np.bincount(cells, weights, len(flat))
    else:  # counting would touch every cell for each block
        np.add.at(flat, cells, weights)
