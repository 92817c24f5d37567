"""The same formula read by SymPy and computed by mpmath with 50 digits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import mpmath
import numpy as np
import sympy

from mostlikely.calculus.jet import pairs
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution

DIGITS = 50
#: Relative change of an argument by which the effect of its rounding is measured.
NUDGE = 1e-12


@cache
def expression(family: Family) -> tuple[sympy.Expr, list[sympy.Symbol]]:
    """The log-density as SymPy reads it; raises TypeError where it cannot."""
    support = family.support
    y = sympy.Symbol("y", real=True, nonnegative=support.low >= 0.0 or None)
    symbols = [
        sympy.Symbol(k, real=True, positive=p.domain.low >= 0.0 or None)
        for k, p in family.parameters.items()
    ]
    return family.log_prob(y, *symbols), [y, *symbols]


@cache
def high_precision(family: Family) -> Callable[..., mpmath.mpf]:
    formula, symbols = expression(family)
    formula = formula.replace(_loses_a_tail, _keeping_the_tail)
    # SymPy reads both sides of every `where`: the side not taken may divide by zero
    unreachable = sympy.Symbol("unreachable")
    f = sympy.lambdify(
        [*symbols, unreachable],
        formula.xreplace({sympy.zoo: unreachable}),
        modules=[{"Erfc": mpmath.erfc}, "mpmath"],
    )
    return lambda *point: f(*point, mpmath.nan)


class Erfc(sympy.Function):
    """erfc as it is written: SymPy's own turns erfc(-x) into 2 - erfc(x)."""


def _loses_a_tail(e: sympy.Expr) -> bool:
    return e.func is sympy.log and e.args[0].is_Add and e.args[0].has(sympy.erfc)


def _keeping_the_tail(e: sympy.Expr) -> sympy.Expr:
    return sympy.log(e.args[0].replace(sympy.erfc, lambda x: 2 - Erfc(-x)))


def value(law: Distribution, y: float, moved: int | None = None) -> mpmath.mpf:
    """log p(y) with 50 digits; the parameter at ``moved`` (y itself at -1) nudged relatively."""
    with mpmath.workdps(DIGITS):
        f = high_precision(law.family)
        point = [mpmath.mpf(x) for x in (y, *law.arguments)]
        if moved is not None:
            point[moved + 1] *= 1 + mpmath.mpf(NUDGE)
        try:
            return mpmath.re(f(*point))
        except ZeroDivisionError:  # a removable singularity, which SymPy does not remove
            with mpmath.workdps(5 * DIGITS):
                return mpmath.re(f(*(x or mpmath.mpf(10) ** -(2 * DIGITS) for x in point)))


def derivatives(law: Distribution, y: float) -> tuple[np.ndarray, np.ndarray]:
    """Score and Hessian in the free parameters, natural scale, packed as the jets pack them."""
    names, free = list(law.family.parameters), law.family.free
    index = [names.index(k) for k in free]

    with mpmath.workdps(DIGITS):
        f, point = high_precision(law.family), [mpmath.mpf(a) for a in law.arguments]

        def partial(*orders: int) -> float:
            n = [0] * len(names)
            for i in orders:
                n[index[i]] += 1
            active = [i for i, order in enumerate(n) if order]

            def restricted(*moved: mpmath.mpf) -> mpmath.mpf:
                theta = list(point)
                for i, value in zip(active, moved, strict=True):
                    theta[i] = value
                return f(mpmath.mpf(y), *theta)

            where = tuple(point[i] for i in active)
            orders_there = tuple(n[i] for i in active)
            # a step relative to the parameter, so that 1e-9 and 1e9 are alike
            h = min(abs(x) for x in where) * mpmath.mpf(10) ** -15 or mpmath.mpf(10) ** -15
            if len(active) == 1:
                where, orders_there = where[0], orders_there[0]
            return float(mpmath.re(mpmath.diff(restricted, where, orders_there, h=h)))

        score = np.array([partial(i) for i in range(len(free))])
        hessian = np.array([partial(i, j) for i, j in pairs(len(free))])
    return score, hessian
