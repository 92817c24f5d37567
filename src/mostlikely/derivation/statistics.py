"""Sums over the sample as symbols: what an estimate is made of, before the data are there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol

import numpy as np
import sympy

__all__ = [
    "STATISTICS",
    "Count",
    "Largest",
    "Mean",
    "Median",
    "Share",
    "Smallest",
    "Total",
    "expanded",
    "in_totals",
    "mean_of",
    "summed",
    "valued",
    "whole_mean",
]


class Asked(Protocol):
    """What a sample is asked for; `data.sample.Sample` is one."""

    @property
    def total(self) -> float: ...

    @property
    def smallest(self) -> float: ...

    @property
    def largest(self) -> float: ...

    def mean(self, f: Callable[[Any], Any]) -> Any: ...

    def median(self) -> float: ...


class Mean(sympy.Function):
    """The mean of a function of y over the sample."""

    nargs = 1

    def _eval_is_real(self) -> bool | None:
        return True

    def _eval_is_positive(self) -> bool | None:
        return True if self.args[0].is_nonnegative else None

    @classmethod
    def at(cls, f: Any, asked: Asked, y: Any) -> Any:
        """Its value at a sample."""
        row = sympy.lambdify(y, f, modules=["scipy", "numpy"])
        return asked.mean(lambda values: row(values))


class Total(Mean):
    """The sum of a function of y over the sample."""

    @classmethod
    def at(cls, f: Any, asked: Asked, y: Any) -> Any:
        """Its value at a sample."""
        return super().at(f, asked, y) * asked.total


class Share(sympy.Function):
    """The share of the observations that are the label of this place."""

    nargs = 1

    def _eval_is_positive(self) -> bool:
        return True

    @classmethod
    def at(cls, place: Any, asked: Asked, y: Any) -> Any:
        """Its value at a sample."""
        return asked.mean(lambda values: 1.0 * (values == float(place)))


class Count(Share):
    """How many observations are the label of this place."""

    @classmethod
    def at(cls, place: Any, asked: Asked, y: Any) -> Any:
        """Its value at a sample."""
        return super().at(place, asked, y) * asked.total


class Median(sympy.Function):
    """The middle of the sample."""

    nargs = 1

    def _eval_is_real(self) -> bool:
        return True

    @classmethod
    def at(cls, f: Any, asked: Asked, y: Any) -> Any:
        """Its value at a sample."""
        return asked.median()


class Smallest(Median):
    """The smallest observation."""

    @classmethod
    def at(cls, f: Any, asked: Asked, y: Any) -> Any:
        """Its value at a sample."""
        return asked.smallest


class Largest(Median):
    """The largest observation."""

    @classmethod
    def at(cls, f: Any, asked: Asked, y: Any) -> Any:
        """Its value at a sample."""
        return asked.largest


STATISTICS = (Mean, Total, Share, Count, Median, Smallest, Largest)


def whole_mean(row: Any, y: Any) -> Any:
    """The mean of what each row gives, the terms as they stand."""
    means = []
    for term in sympy.Add.make_args(row):
        outside, inside = _parts(_shorter(term), y)
        if not inside.is_Add:
            means.append(_split(outside * inside, y))
        elif all((-t).is_Atom or t.is_Atom or isinstance(t, sympy.log) for t in inside.args):
            sign = -1 if _backwards(inside, y) else 1
            means.append(sign * outside * Mean(sign * inside))
        else:
            means += [_split(t, y) for t in sympy.expand_mul(outside * inside).args]
    return sympy.Add(*means)


def _backwards(difference: Any, y: Any) -> bool:
    """Whether a reader would sooner see minus this: y - 1, or μ - y."""
    held = [t for t in difference.args if t.has(y)]
    rest = difference - sympy.Add(*held)
    if rest.is_integer:
        return bool(rest.could_extract_minus_sign())
    return bool(held[0].could_extract_minus_sign())


def in_totals(expr: Any, y: Any, n: Any) -> Any:
    """Means as sums over n, but for the mean of y itself."""
    summed_up = expr.replace(Mean, lambda f: Mean(f) if f == y else Total(f) / n)
    return summed_up.replace(sympy.atan2, lambda a, b: sympy.atan2(a * n, b * n))


def mean_of(row: Any, y: Any, without: Iterable[Any] = ()) -> Any:
    """The mean over the sample of what each row gives, its terms taken apart.

    Parameters
    ----------
    row : sympy.Expr
        A function of y and of parameters.
    y : sympy.Symbol
    without : iterable of sympy.Symbol
        Parameters that should stand outside the sums: terms are multiplied out where that may
        bring them out. Where it does not, they stay inside.
    """
    inner = set(without)
    terms = []
    for term in sympy.Add.make_args(row):
        outside, inside = _parts(term, y)
        if inside.free_symbols & inner:
            opened = [_split(t, y) for t in sympy.Add.make_args(sympy.expand(term))]
            freed = not any(m.free_symbols & inner for t in opened for m in t.atoms(Mean))
            terms += opened if freed else [_linear(*_parts(_shorter(term), y), y)]
        else:
            terms.append(_linear(outside, inside, y))
    return sympy.Add(*terms)


def _shorter(term: Any) -> Any:
    return min((term, sympy.factor_terms(term)), key=sympy.count_ops)


def _parts(term: Any, y: Any) -> tuple[Any, Any]:
    """What stands outside a sum over the sample, and what inside."""
    outside, inside = term.as_independent(y, as_Add=False)
    return outside, inside


def _split(term: Any, y: Any) -> Any:
    return _linear(*_parts(term, y), y)


def _linear(outside: Any, inside: Any, y: Any) -> Any:
    """``outside`` times the mean of ``inside``; of a sum the sum of the means."""
    if not inside.has(y):
        return outside * inside
    if inside.is_Add:
        return outside * sympy.Add(*(_split(t, y) for t in inside.args))
    return outside * Mean(_canonical(inside))


def _canonical(f: Any) -> Any:
    """Squares of y − μ and of μ − y alike, so that equal sums are seen to be equal."""

    def turned(e: Any) -> Any:
        base = -e.base if e.base.could_extract_minus_sign() else e.base
        return base**e.exp

    return f.replace(
        lambda e: e.is_Pow and e.base.is_Add and e.exp.is_Integer and e.exp % 2 == 0, turned
    )


def summed(means: Any, n: Any) -> Any:
    """n times an expression in means, as one in sums."""
    terms = []
    for term in sympy.Add.make_args(expanded(means)):
        held = [m for m in term.args if isinstance(m, Mean | Share)] if term.is_Mul else [term]
        if len(held) == 1 and isinstance(held[0], Mean):
            terms.append(term.xreplace({held[0]: Total(*held[0].args)}))
        elif len(held) == 1 and isinstance(held[0], Share):
            terms.append(term.xreplace({held[0]: Count(*held[0].args)}))
        else:
            terms.append(n * term)
    return sympy.Add(*terms)


def expanded(means: Any) -> Any:
    """Multiplied out, but not inside the statistics."""
    hidden = {s: sympy.Dummy() for s in means.atoms(*STATISTICS)}
    back = {dummy: s for s, dummy in hidden.items()}
    return sympy.expand_mul(means.xreplace(hidden)).xreplace(back)


def valued(expr: Any, asked: Asked, y: Any, values: dict[Any, float] | None = None) -> float:
    """The number that an expression in statistics is at a sample.

    Parameters
    ----------
    expr : sympy.Expr
    asked : Sample
    y : sympy.Symbol
        What stands for an observation inside the statistics.
    values : mapping of sympy.Symbol to float
        Known parameters, and n.
    """
    known = dict(values or {})
    while True:
        inner = [s for s in expr.atoms(*STATISTICS) if not any(a.has(*STATISTICS) for a in s.args)]
        if not inner:
            break
        found = {}
        with np.errstate(all="ignore"):
            for s in inner:
                (argument,) = s.args
                found[s] = sympy.Dummy(real=True)
                known[found[s]] = float(type(s).at(_numeric(argument, known), asked, y))
        expr = expr.xreplace(found)
    symbols = list(known)
    with np.errstate(all="ignore"):
        function = sympy.lambdify(symbols, expr, modules=["scipy", "numpy"])
        return float(function(*map(np.float64, known.values())))


def _numeric(expr: Any, known: dict[Any, float]) -> Any:
    return expr.xreplace({s: sympy.Float(v, 17) for s, v in known.items()})
