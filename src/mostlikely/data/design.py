"""The columns of a linear predictor, read in blocks of rows, and the sums that are made of them.

A design is a row of pieces: plain columns and their products, arrays, factors. Factors of few
levels become columns of zeros and ones within a block, so that BLAS does the work; those of many
stay codes, and every sum over them is a `numpy.bincount`. No matrix of all rows is built.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Codes", "Design", "DesignBlock", "Factor", "Gram", "Matrix", "Products", "ones"]

Floats = NDArray[np.float64]

#: Factors with more columns than this stay codes.
WIDE = 40


class Piece(Protocol):
    """Some consecutive columns of a design."""

    @property
    def width(self) -> int: ...

    @property
    def wide(self) -> bool: ...

    def __len__(self) -> int: ...

    def fill(self, rows: Any, out: Floats) -> None:
        """Write the columns of some rows (a slice or positions) into an array."""

    def at(self, rows: NDArray[np.intp]) -> Piece:
        """Those rows only, in memory."""


@dataclass(frozen=True, eq=False)
class Matrix:
    """The columns of a two-dimensional array, where it lies."""

    values: NDArray[Any]
    wide = False

    @property
    def width(self) -> int:
        """How many columns."""
        return int(self.values.shape[1])

    def __len__(self) -> int:
        return len(self.values)

    def fill(self, rows: Any, out: Floats) -> None:
        """Copied."""
        out[...] = self.values[rows]

    def at(self, rows: NDArray[np.intp]) -> Matrix:
        """Those rows."""
        return Matrix(self.values[rows])


@dataclass(frozen=True, eq=False)
class Products:
    """One column: a product of columns of numbers, or ones where there are none to multiply."""

    factors: tuple[Floats, ...]
    rows: int
    wide = False
    width = 1

    def __len__(self) -> int:
        return self.rows

    def column(self, rows: Any) -> Any:
        """The product, or the number one."""
        parts = [factor[rows].astype(np.float64, copy=False) for factor in self.factors]
        return reduce(np.multiply, parts) if parts else 1.0

    def fill(self, rows: Any, out: Floats) -> None:
        """Into the one column."""
        out[:, 0] = self.column(rows)

    def at(self, rows: NDArray[np.intp]) -> Products:
        """Those rows."""
        return Products(tuple(f[rows] for f in self.factors), len(rows))


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
    def wide(self) -> bool:
        """Whether it stays codes."""
        return self.width > WIDE

    def __len__(self) -> int:
        return len(self.codes)

    def fill(self, rows: Any, out: Floats) -> None:
        """Zeros, and one number per row that is not of the base level."""
        codes = self.codes[rows]
        out[...] = 0.0
        here = np.flatnonzero(codes < self.width)
        value: Any = 1.0 if self.times is None else self.times.column(rows)
        out[here, codes[here]] = value[here] if isinstance(value, np.ndarray) else value

    def at(self, rows: NDArray[np.intp]) -> Factor:
        """Those rows."""
        times = None if self.times is None else self.times.at(rows)
        return Factor(self.codes[rows], self.width, times)

    def block(self, rows: slice) -> Codes:
        """Some rows as codes."""
        times = None if self.times is None else self.times.column(rows)
        return Codes(self.codes[rows], self.width, times)


@dataclass(frozen=True, eq=False)
class Codes:
    """A block of rows of a factor of many levels."""

    codes: NDArray[np.int32]
    width: int
    times: Any

    def weighted(self, d: Any) -> Any:
        """What each row counts: ``d`` times its number."""
        return d if self.times is None else d * self.times

    def sums(self, d: Any) -> Floats:
        """Σ d over the rows of each level, times their numbers."""
        weights = np.broadcast_to(self.weighted(d), self.codes.shape)
        counted = np.bincount(self.codes, weights, self.width + 1)[: self.width]
        return counted.astype(np.float64, copy=False)

    def dot(self, beta: Floats) -> Floats:
        """Each row's coefficient, times its number."""
        return np.asarray(self.weighted(np.append(beta, 0.0)[self.codes]))


class Design:
    """The columns of one linear predictor.

    Parameters
    ----------
    pieces : sequence of Piece
    terms : sequence of str
        The name of each column, in order.
    then : array, shape (width, r), optional
        A matrix that the rows are multiplied with when they are read.
    """

    def __init__(
        self, pieces: Sequence[Piece], terms: Sequence[str], then: Floats | None = None
    ) -> None:
        self.pieces = tuple(pieces)
        self.terms = tuple(terms)
        self.then = then
        self.columns = sum(piece.width for piece in self.pieces)
        self.width = self.columns if then is None else then.shape[1]
        self.wide = then is None and any(piece.wide for piece in self.pieces)

    @staticmethod
    def of_array(x: Any, names: Sequence[str] | None = None) -> Design:
        """The columns of a two-dimensional array, which is not copied."""
        x = np.asarray(x)
        terms = [f"x{j + 1}" for j in range(x.shape[1])] if names is None else names
        return Design([Matrix(x)], terms)

    def __len__(self) -> int:
        return len(self.pieces[0]) if self.pieces else 0

    def block(self, start: int, stop: int) -> DesignBlock:
        """Rows ``start`` to ``stop``; safe to call from several threads at once."""
        rows = slice(start, stop)
        lengths = min(stop, len(self)) - start
        only = self.pieces[0] if len(self.pieces) == 1 else None
        if self.then is None and isinstance(only, Matrix) and only.values.dtype == np.float64:
            return DesignBlock(lengths, only.values[rows], (), (slice(0, self.width),))
        dense = [piece for piece in self.pieces if not (piece.wide and self.wide)]
        codes, where, places = [], [], []
        first = 0
        for piece in self.pieces:
            place = slice(first, first + piece.width)
            first += piece.width
            if piece.wide and self.wide:
                assert isinstance(piece, Factor)
                codes.append(piece.block(rows))
                places.append(place)
            else:
                where.append(place)
        x = np.empty((lengths, sum(piece.width for piece in dense)))
        at = 0
        for piece in dense:
            piece.fill(rows, x[:, at : at + piece.width])
            at += piece.width
        if self.then is not None:
            return DesignBlock(lengths, x @ self.then, (), (slice(0, self.width),))
        return DesignBlock(lengths, x, tuple(codes), tuple(where), tuple(places))

    def at(self, rows: NDArray[np.intp]) -> Design:
        """Those rows only, in memory."""
        return Design([piece.at(rows) for piece in self.pieces], self.terms, self.then)

    def dense(self) -> Floats:
        """All rows as one array; for small data."""
        return self.block(0, len(self)).dense()

    def transformed(self, matrix: Floats) -> Design:
        """The columns X @ matrix, multiplied when they are read."""
        then = matrix if self.then is None else self.then @ matrix
        return Design(self.pieces, self.terms, then)


@dataclass(frozen=True, eq=False)
class DesignBlock:
    """Some rows of a design: an array of its plain columns, and codes of its wide factors.

    Parameters
    ----------
    rows : int
    x : array, shape (rows, plain columns)
    codes : tuple of Codes
    where, places : tuples of slice
        Which columns of the design the array's runs, and the codes, are.
    """

    rows: int
    x: Floats
    codes: tuple[Codes, ...] = ()
    where: tuple[slice, ...] = ()
    places: tuple[slice, ...] = ()

    @property
    def index(self) -> NDArray[np.intp]:
        """The columns of the design that are in the array."""
        return _index(self.where)

    def dot(self, beta: Floats) -> Floats:
        """X β, shape (rows,)."""
        if not self.codes:
            return np.asarray(self.x @ beta)
        eta = np.asarray(self.x @ beta[self.index])
        for codes, place in zip(self.codes, self.places, strict=True):
            eta = eta + codes.dot(beta[place])
        return eta

    def t_dot(self, g: Floats) -> Floats:
        """Xᵀ g, shape (columns,)."""
        if not self.codes:
            return np.asarray(g @ self.x)
        out = np.zeros(self._width())
        out[self.index] = g @ self.x
        for codes, place in zip(self.codes, self.places, strict=True):
            out[place] = codes.sums(g)
        return out

    def squares(self) -> Floats:
        """The sum of squares of each column."""
        out = np.zeros(self._width())
        out[self.index] = np.einsum("ij,ij->j", self.x, self.x)
        for codes, place in zip(self.codes, self.places, strict=True):
            out[place] = codes.sums(1.0 if codes.times is None else codes.times)
        return out

    def quad(self, v: Floats) -> Floats:
        """xᵢᵀ V xᵢ for each row, shape (rows,)."""
        x = self.dense()
        return np.asarray(np.einsum("ij,ij->i", x @ v, x))

    def dense(self) -> Floats:
        """The rows as one array of all columns."""
        if not self.codes:
            return self.x
        out = np.zeros((self.rows, self._width()))
        out[:, self.index] = self.x
        for codes, place in zip(self.codes, self.places, strict=True):
            here = np.flatnonzero(codes.codes < codes.width)
            value = codes.weighted(np.ones(self.rows))
            out[here, place.start + codes.codes[here]] = value[here]
        return out

    def _width(self) -> int:
        return max(int(place.stop) for place in (*self.where, *self.places))


def _index(slices: Sequence[slice]) -> NDArray[np.intp]:
    return np.concatenate([np.arange(s.start, s.stop) for s in slices] or [np.empty(0, np.intp)])


class Gram:
    """Aᵀ diag(d) B, added up over blocks of rows, piece by piece.

    Where neither side has a wide factor that is one product of BLAS per block; a wide factor adds
    a vector for itself and a column for each plain column, never a matrix of its own size.
    """

    def __init__(self, a: Design, b: Design) -> None:
        self.shape = (a.width, b.width)
        self.plain: Any = 0.0
        self.parts: dict[Any, Any] = {}
        self.sides: tuple[DesignBlock, DesignBlock] | None = None

    def add(self, a: DesignBlock, d: Any, b: DesignBlock) -> None:
        """Add a block of rows; ``d`` is a number or one number per row."""
        weighted = a.x * d[:, None] if isinstance(d, np.ndarray) and d.ndim else a.x * d
        self.plain = self.plain + weighted.T @ b.x
        if not (a.codes or b.codes):
            return
        self.sides = (a, b)
        for i, codes in enumerate(a.codes):
            self._put(("ax", i), np.stack([codes.sums(d * column) for column in b.x.T], axis=1))
            for j, other in enumerate(b.codes):
                self._put(("aa", i, j), self._both(codes, d, other))
        for j, codes in enumerate(b.codes):
            self._put(("xb", j), np.stack([codes.sums(d * column) for column in a.x.T]))

    def _put(self, key: Any, part: Floats) -> None:
        self.parts[key] = part if key not in self.parts else self.parts[key] + part

    @staticmethod
    def _both(one: Codes, d: Any, other: Codes) -> Floats:
        """The diagonal where both are the same factor, else a table of both."""
        value = np.broadcast_to(other.weighted(one.weighted(d)), one.codes.shape)
        if one.codes is other.codes or np.shares_memory(one.codes, other.codes):
            both = np.bincount(one.codes, value, one.width + 1)[: one.width]
            return both.astype(np.float64, copy=False)
        pairs = one.codes.astype(np.int64) * (other.width + 1) + other.codes
        table: Any = np.bincount(pairs, value, (one.width + 1) * (other.width + 1))
        return np.asarray(table.reshape(one.width + 1, -1)[: one.width, : other.width])

    def merge(self, other: Gram) -> None:
        """Add what another has added up."""
        self.plain = self.plain + other.plain
        self.sides = self.sides or other.sides
        for key, part in other.parts.items():
            self._put(key, part)

    def total(self) -> Floats:
        """The whole matrix, shape (columns of A, columns of B)."""
        if self.sides is None:
            return np.asarray(self.plain)
        a, b = self.sides
        out = np.zeros(self.shape)
        out[np.ix_(a.index, b.index)] = self.plain
        for key, part in self.parts.items():
            if key[0] == "ax":
                out[a.places[key[1]], b.index] = part
            elif key[0] == "xb":
                out[a.index, b.places[key[1]]] = part
            elif part.ndim == 1:
                rows = np.arange(len(part))
                out[a.places[key[1]].start + rows, b.places[key[2]].start + rows] = part
            else:
                out[a.places[key[1]], b.places[key[2]]] = part
        return out


def ones(rows: int) -> Design:
    """The intercept alone."""
    return Design([Products((), rows)], ["Intercept"])
