"""Consecutive columns of a design: arrays, products of columns, factors."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["WIDE", "Codes", "Factor", "Floats", "Matrix", "Piece", "Positions", "Products"]

Floats = NDArray[np.float64]
Positions = NDArray[np.intp]

#: Factors with more columns than this stay codes.
WIDE = 40


class Piece(Protocol):
    """Some consecutive columns of a design."""

    @property
    def width(self) -> int:
        """How many columns."""

    @property
    def wide(self) -> Factor | None:
        """The factor that stays codes, if it is one of many levels."""

    def __len__(self) -> int: ...

    def fill(self, rows: Any, out: Floats) -> None:
        """Write the columns of some rows (a slice or positions) into an array."""

    def at(self, rows: Any) -> Piece:
        """Those rows only, in memory; a view of them, if they are a slice."""

    def only(self, columns: Positions) -> Piece:
        """Some of its columns, at least one of them."""


def _positions(chosen: Positions | None, rows: Any) -> Any:
    """Which of all rows some of the chosen ones are."""
    return rows if chosen is None else chosen[rows]


@dataclass(frozen=True, eq=False)
class Matrix:
    """The columns of a two-dimensional array, where it lies.

    Parameters
    ----------
    values : array, shape (all rows, columns)
    chosen : array of positions, optional
        The rows that there are, if not all; they are gathered as blocks of them are read, so that
        a part of the data needs no memory of its own.
    """

    values: NDArray[Any]
    chosen: Positions | None = None
    wide = None

    @property
    def width(self) -> int:
        """How many columns."""
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values if self.chosen is None else self.chosen)

    def fill(self, rows: Any, out: Floats) -> None:
        """Copied."""
        out[...] = self.values[_positions(self.chosen, rows)]

    def at(self, rows: Any) -> Matrix:
        """Those rows; nothing is copied."""
        if isinstance(rows, slice) and self.chosen is None:
            return Matrix(self.values[rows])
        return Matrix(self.values, _positions(self.chosen, rows))

    def only(self, columns: Positions) -> Matrix:
        """Copied."""
        return Matrix(self.values[:, columns], self.chosen)


@dataclass(frozen=True, eq=False)
class Products:
    """One column: a product of columns of numbers, or ones where there are none to multiply.

    Parameters
    ----------
    factors : tuple of arrays, shape (all rows,)
    rows : int
        How many rows there are.
    chosen : array of positions, optional
        As of a `Matrix`.
    """

    factors: tuple[Floats, ...]
    rows: int
    chosen: Positions | None = None
    wide = None
    width = 1

    def __len__(self) -> int:
        return self.rows

    def column(self, rows: Any) -> Any:
        """The product, or the number one."""
        where = _positions(self.chosen, rows)
        parts = [factor[where].astype(np.float64, copy=False) for factor in self.factors]
        return reduce(np.multiply, parts) if parts else 1.0

    def fill(self, rows: Any, out: Floats) -> None:
        """Into the one column."""
        out[:, 0] = self.column(rows)

    def at(self, rows: Any) -> Products:
        """Those rows; nothing is copied."""
        count = len(range(self.rows)[rows]) if isinstance(rows, slice) else len(rows)
        if not self.factors:
            return Products((), count)
        if isinstance(rows, slice) and self.chosen is None:
            return Products(tuple(f[rows] for f in self.factors), count)
        return Products(self.factors, count, _positions(self.chosen, rows))

    def only(self, columns: Positions) -> Products:
        """Its one column."""
        return self


@dataclass(frozen=True, eq=False)
class Factor:
    """Columns of zeros and ones, one per level, each row times a number perhaps.

    Parameters
    ----------
    codes : array of int32, shape (rows,)
        The column of each row; ``width`` for a row that has none (the base level).
    width : int
        The number of columns.
    times : Products, optional
        What each row's one is multiplied with.
    """

    codes: NDArray[np.int32]
    width: int
    times: Products | None = None

    @property
    def wide(self) -> Factor | None:
        """Itself, if it stays codes."""
        return self if self.width > WIDE else None

    def __len__(self) -> int:
        return len(self.codes)

    def fill(self, rows: Any, out: Floats) -> None:
        """Zeros, and one number per row that is not of the base level."""
        codes = self.codes[rows]
        out[...] = 0.0
        here = np.flatnonzero(codes < self.width)
        value: Any = 1.0 if self.times is None else self.times.column(rows)
        out[here, codes[here]] = value[here] if isinstance(value, np.ndarray) else value

    def at(self, rows: Any) -> Factor:
        """Those rows."""
        times = None if self.times is None else self.times.at(rows)
        return Factor(self.codes[rows], self.width, times)

    def only(self, columns: Positions) -> Factor:
        """Rows of the other columns have none."""
        new = np.full(self.width + 1, len(columns), dtype=np.int32)
        new[columns] = np.arange(len(columns))
        return Factor(new[self.codes], len(columns), self.times)

    def coded(self, rows: slice, at: Positions) -> Codes:
        """Some rows as codes; ``at`` says which columns of the design they are."""
        times = None if self.times is None else self.times.column(rows)
        return Codes(self.codes[rows], times, at)


@dataclass(frozen=True, eq=False)
class Codes:
    """A block of rows of a factor of many levels.

    Parameters
    ----------
    codes : array of int32, shape (rows,)
        The factor's column that is not zero; ``len(at)`` for none.
    times : array of shape (rows,), or None
        What stands there; None for ones.
    at : array of positions
        Which columns of the design the factor's are.
    """

    codes: NDArray[np.int32]
    times: Any
    at: Positions

    @property
    def width(self) -> int:
        """The number of columns."""
        return len(self.at)

    def weighted(self, d: Any) -> Any:
        """``d`` times the rows' numbers, shape (rows,)."""
        if self.times is None:
            return np.broadcast_to(d, self.codes.shape)
        return d * self.times

    def sums(self, d: Any) -> Floats:
        """Σ d over the rows of each level, times their numbers; the last is of no level."""
        counted = np.bincount(self.codes, self.weighted(d), self.width + 1)
        return counted.astype(np.float64, copy=False)

    def dot(self, beta: Floats) -> Floats:
        """Each row's coefficient times its number; ``beta`` of the whole design, (p,) or (p, k)."""
        padded = np.zeros((self.width + 1, *beta.shape[1:]))
        padded[:-1] = beta[self.at]
        out = padded[self.codes]
        if self.times is not None:
            out *= self.times if out.ndim == 1 else self.times[:, None]
        return out

    def held(self) -> Positions:
        """The rows that have a column."""
        return np.flatnonzero(self.codes < self.width)
