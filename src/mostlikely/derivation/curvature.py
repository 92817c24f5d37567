"""Second derivatives at the estimate, where the score equations say what the sums are worth."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import numpy as np
import sympy

from mostlikely.derivation.reading import Reading
from mostlikely.derivation.recorder import Written, plain
from mostlikely.derivation.solving import Solution
from mostlikely.derivation.statistics import STATISTICS, Mean, Share, expanded, mean_of

__all__ = ["expected", "observed", "variances"]

Entries = dict[tuple[Any, Any], Any]


def observed(second: Entries, equations: Solution, y: Any) -> Entries | None:
    """Minus the second derivatives at the estimate, per observation, in the parameters alone.

    Parameters
    ----------
    second : mapping of (θ, θ') to sympy.Expr
        Minus the mean second derivatives.
    equations : mapping of θ to sympy.Expr
        The mean score, which is zero there.
    y : sympy.Symbol

    Returns
    -------
    mapping, or None where sums over the data are left
    """
    worth = _worth(equations)
    entries = {}
    for pair, entry in second.items():
        ways = [_replaced(way, worth) for way in (entry, mean_of(entry_rows(entry), y, pair))]
        shortest = min(
            (sympy.factor(sympy.cancel(w)) for w in ways),
            key=lambda e: (e.has(*STATISTICS), sympy.count_ops(e)),
        )
        if shortest.has(*STATISTICS):
            return None
        entries[pair] = shortest
    return entries


def entry_rows(entry: Any) -> Any:
    """What each row gives, of an expression in means."""
    return entry.replace(Mean, lambda f: f)


def _worth(equations: Solution) -> Solution:
    """What each sum is worth where the score is zero: one sum for each equation."""
    worth: Solution = {}
    for equation in equations.values():
        here = expanded(_replaced(equation, worth))
        for s in sorted(here.atoms(Mean, Share), key=sympy.count_ops):
            slope = here.coeff(s, 1)
            rest = expanded(here - slope * s)
            if slope != 0 and not rest.has(s) and not slope.has(*STATISTICS):
                worth[s] = sympy.factor(sympy.cancel(-rest / slope))
                break
    return worth


def _replaced(expr: Any, worth: Solution) -> Any:
    for _ in range(len(worth) + 1):
        expr = expr.xreplace(worth)
    return expr


def expected(reading: Reading) -> Entries | None:
    """The family's declared information, read as its log-density is; None where it cannot be."""
    information = reading.family.information
    if information is None:
        return None
    symbols = reading.parameters
    try:
        matrix = np.asarray(information(*map(Written, symbols.values())), dtype=object)
        free = [k for k in symbols if not reading.family.parameters[k].known]
        found = {
            (symbols[a], symbols[b]): sympy.nsimplify(plain(matrix[free.index(a), free.index(b)]))
            for a, b in combinations_with_replacement(reading.free, 2)
        }
    except (AttributeError, TypeError, ValueError, IndexError):
        return None
    return {pair: sympy.factor(entry) for pair, entry in found.items()}


def variances(information: Entries, unknowns: list[Any]) -> Solution | None:
    """The diagonal of the inverse; None where that is no short formula."""
    k = len(unknowns)
    if all(entry == 0 for (a, b), entry in information.items() if a is not b):
        return {a: sympy.factor(1 / information[a, a]) for a in unknowns}
    if k > 3:
        return None
    matrix = sympy.Matrix(k, k, lambda i, j: information[unknowns[min(i, j)], unknowns[max(i, j)]])
    determinant = sympy.factor(matrix.det())
    if determinant == 0:
        return None
    return {
        a: sympy.factor(sympy.cancel(matrix.cofactor(i, i) / determinant))
        for i, a in enumerate(unknowns)
    }
