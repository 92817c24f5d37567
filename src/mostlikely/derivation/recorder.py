"""A formula's lines, followed by SymPy: operators, ``ops``, and plain NumPy or SciPy calls."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sympy
from scipy import special as sc

from mostlikely.calculus.dispatch import Op, Recorder, where

__all__ = ["Written", "plain"]


def plain(x: Any) -> Any:
    """The SymPy expression of what a formula gave, or the number that it is."""
    if isinstance(x, np.ndarray) and x.ndim:
        raise TypeError("a formula that SymPy is to read cannot hold arrays of numbers.")
    return x.expr if isinstance(x, Written) else sympy.sympify(x)


class Written(Recorder):
    """An expression on which NumPy, SciPy and ``ops`` may be called.

    Parameters
    ----------
    expr : sympy.Expr or sympy.Basic
    """

    __slots__ = ("expr",)
    __hash__ = object.__hash__

    def __init__(self, expr: Any) -> None:
        self.expr = expr

    def record(self, op: Op, args: tuple[Any, ...]) -> Any:
        """The function of the vocabulary, by its SymPy reader."""
        return Written(op(*map(plain, args)))

    def call(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Another of NumPy's and SciPy's functions, an operator for the most part."""
        if function not in CALLS:
            raise TypeError(f"SymPy has no reader for {function.__name__}.")
        return Written(CALLS[function](*map(plain, args)))

    def choose(self, condition: Any, a: Any, b: Any) -> Any:
        """``a`` where the condition holds, else ``b``."""
        holds = plain(condition)
        if holds in (sympy.true, sympy.false):
            return a if holds else b
        return Written(where(holds, plain(a), plain(b)))

    def __neg__(self) -> Written:
        return Written(-self.expr)

    def __pos__(self) -> Written:
        return self

    def __abs__(self) -> Written:
        return Written(sympy.Abs(self.expr))

    def __invert__(self) -> Written:
        return Written(sympy.Not(self.expr))


def _binary(operation: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    """The operator, and the one of swapped sides."""
    return (
        lambda self, other: Written(operation(self.expr, plain(other))),
        lambda self, other: Written(operation(plain(other), self.expr)),
    )


OPERATORS: dict[str, Callable[[Any, Any], Any]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "truediv": lambda a, b: a / b,
    "pow": lambda a, b: a**b,
    "and": sympy.And,
    "or": sympy.Or,
}
for _name, _operation in OPERATORS.items():
    for _prefix, _method in zip(("", "r"), _binary(_operation), strict=True):
        setattr(Written, f"__{_prefix}{_name}__", _method)

RELATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "lt": sympy.Lt, "le": sympy.Le, "gt": sympy.Gt, "ge": sympy.Ge, "eq": sympy.Eq, "ne": sympy.Ne,
}  # fmt: skip
for _name, _operation in RELATIONS.items():
    setattr(Written, f"__{_name}__", _binary(_operation)[0])

#: NumPy's and SciPy's functions that are no words of the vocabulary.
CALLS: dict[Any, Callable[..., Any]] = {
    np.add: OPERATORS["add"],
    np.subtract: OPERATORS["sub"],
    np.multiply: OPERATORS["mul"],
    np.divide: OPERATORS["truediv"],
    np.power: OPERATORS["pow"],
    np.float_power: OPERATORS["pow"],
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.square: lambda a: a**2,
    np.reciprocal: lambda a: 1 / a,
    np.less: sympy.Lt,
    np.less_equal: sympy.Le,
    np.greater: sympy.Gt,
    np.greater_equal: sympy.Ge,
    np.equal: sympy.Eq,
    np.not_equal: sympy.Ne,
    np.logical_and: sympy.And,
    np.logical_or: sympy.Or,
    np.logical_not: sympy.Not,
    np.bitwise_and: sympy.And,
    np.bitwise_or: sympy.Or,
    np.invert: sympy.Not,
    np.sign: sympy.sign,
    np.log2: lambda a: sympy.log(a) / sympy.log(2),
    np.log10: lambda a: sympy.log(a) / sympy.log(10),
    np.cosh: sympy.cosh,
    np.tan: sympy.tan,
    sc.erfc: sympy.erfc,
    sc.gamma: sympy.gamma,
    sc.betaln: lambda a, b: sympy.loggamma(a) + sympy.loggamma(b) - sympy.loggamma(a + b),
    sc.xlogy: lambda a, b: a * sympy.log(b),
    sc.xlog1py: lambda a, b: a * sympy.log(1 + b),
    sc.expit: lambda a: 1 / (1 + sympy.exp(-a)),
}
