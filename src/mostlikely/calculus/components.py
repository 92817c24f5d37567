"""Arithmetic of the components of a jet: arrays, plain numbers, and zeros that cost nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextvars import ContextVar
from functools import cache
from typing import Any

import numpy as np

__all__ = [
    "ZERO_WINS",
    "Component",
    "Stacked",
    "add",
    "fma",
    "is_number",
    "mul",
    "neg",
    "pairs",
    "position",
    "sub",
    "total",
]

#: A number of the calculus: a float, an array with one entry per row, or a structural zero.
Component = Any
#: Whether a factor of zero makes a product zero, be the other infinite; see `calculus.settled`.
ZERO_WINS: ContextVar[bool] = ContextVar("zero_wins", default=False)


@cache
def pairs(k: int) -> tuple[tuple[int, int], ...]:
    """The upper triangle of a k × k matrix, by rows: the order in which Hessians are packed."""
    return tuple((i, j) for i in range(k) for j in range(i, k))


def add(a: Component, b: Component) -> Component:
    """A + b."""
    if a is None:
        return b
    return a if b is None else a + b


def _product(a: Component, b: Component) -> Component:
    return np.where(np.equal(a, 0.0) | np.equal(b, 0.0), 0.0, a * b) if ZERO_WINS.get() else a * b


def mul(a: Component, b: Component) -> Component:
    """A · b; a factor that is the number one costs nothing."""
    if a is None or b is None:
        return None
    if type(a) is float and a == 1.0:
        return b
    return a if type(b) is float and b == 1.0 else _product(a, b)


def fma(a: Component, b: Component, c: Component) -> Component:
    """a · b + c, added in the memory of the product."""
    if c is None or a is None or b is None:
        return add(mul(a, b), c)
    product = _product(a, b)
    if isinstance(product, np.ndarray) and product.ndim and np.shape(c) in ((), product.shape):
        product += c
        return product
    return product + c


def sub(a: Component, b: Component) -> Component:
    """A - b."""
    if b is None:
        return a
    return -b if a is None else a - b


def neg(a: Component) -> Component:
    """-a."""
    return None if a is None else -a


@cache
def position(k: int, i: int, j: int) -> int:
    """Where the pair (i, j) stands in the upper triangle."""
    return pairs(k).index((i, j))


def total(terms: Iterable[Component]) -> Component:
    """The sum of several."""
    summed = None
    for term in terms:
        summed = add(summed, term)
    return summed


def is_number(a: Component, number: float) -> bool:
    """Whether ``a`` is that very number, and so leaves the other operand as it is."""
    return isinstance(a, float) and a == number


class Stacked:
    """Jets and arrays beside one another, as `numpy.stack` puts them; sums over them read it."""

    __array_ufunc__ = None  # no arithmetic

    def __init__(self, parts: Sequence[Any], axis: int = 0) -> None:
        self.parts, self.axes = parts, (axis, axis - 2 if axis >= 0 else axis + 2)
