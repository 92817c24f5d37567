"""What algebra makes of one sample: score, estimates, curvature, standard errors."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import Any

import sympy

from mostlikely.derivation import curvature
from mostlikely.derivation.reading import Reading, read
from mostlikely.derivation.solving import Solution, expanded, put_in, score_equations, solve
from mostlikely.derivation.statistics import Largest, Share, Smallest, mean_of
from mostlikely.family.base import Family

__all__ = ["Algebra", "algebra"]

#: Second derivatives longer than this, in operations, are named and not written out.
LONGEST = 300


@dataclass(frozen=True)
class Algebra:
    """The means over the sample of log p and of its derivatives, and what follows.

    Parameters
    ----------
    reading : Reading
    mean : sympy.Expr
        ℓ/n.
    score : mapping of θ to sympy.Expr
        The mean score in each parameter that is found by setting it to zero.
    edges : mapping of θ to sympy.Expr
        Parameters whose estimate is an extreme observation.
    closed, given : mapping of θ to sympy.Expr
        See `solving.solve`.
    second : mapping of (θ, θ') to sympy.Expr
        Minus the mean second derivatives.
    information : mapping of (θ, θ') to sympy.Expr, optional
        Per observation, at the estimate, in the parameters alone.
    declared : bool
        Whether it is the expected information that the family declares.
    variances : mapping of θ to sympy.Expr, optional
        Of one observation: divided by n, of the estimate.
    """

    reading: Reading
    mean: Any
    score: Solution
    edges: Solution
    closed: Solution
    given: Solution
    second: dict[tuple[Any, Any], Any]
    information: dict[tuple[Any, Any], Any] | None
    declared: bool
    variances: Solution | None

    @property
    def solved(self) -> bool:
        """Whether every free parameter has a closed form."""
        return len(self.closed) == len(self.reading.free)


def algebra(family: Family, unnamed: tuple[str, ...] = ()) -> Algebra:
    """The algebra of a model; with fixed numbers put in where symbols do not suffice.

    Raises
    ------
    ModelError
        If SymPy cannot follow the formula.
    """
    found = _algebra(read(family, unnamed=unnamed))
    fixed = set(family.fixed) - {k for k, p in family.parameters.items() if p.known}
    if fixed and not found.solved:
        numbers = _algebra(read(family, numbers=True, unnamed=unnamed))
        if len(numbers.closed) > len(found.closed):
            return numbers
    return found


def _algebra(reading: Reading) -> Algebra:
    y, free = reading.y, reading.free
    ends = {"smallest": Smallest(y), "largest": Largest(y)}
    edges = {free[k]: ends[end] for k, end in reading.family.sample_extremes.items() if k in free}
    unknowns = [s for s in free.values() if s not in edges]
    pairs = list(combinations_with_replacement(unknowns, 2))
    if reading.levels:
        counted = [(Share(k), level) for k, level in enumerate(reading.levels)]

        def over(function: Any) -> Any:
            return sympy.Add(*(share * function(level) for share, level in counted))

        mean = over(lambda level: level)
        score = {a: over(lambda level, a=a: sympy.diff(level, a)) for a in unknowns}
        second = {p: -over(lambda level, p=p: sympy.diff(level, *p)) for p in pairs}
        edges = {}
        rest = {Share(0): 1 - sympy.Add(*(share for share, _ in counted[1:]))}
        equations = {a: e.xreplace(rest) for a, e in score.items()}
        bends = {p: e.xreplace(rest) for p, e in second.items()}
    else:
        row = reading.formula
        mean = mean_of(row, y)
        score = score_equations(row, y, unknowns)
        second = {p: mean_of(expanded(-sympy.diff(row, *p)), y) for p in pairs}
        equations = {a: put_in(e, edges, y, [a]) if edges else e for a, e in score.items()}
        bends = {p: put_in(e, edges, y) for p, e in second.items()}
    closed, given = solve(equations, y)
    corners = [a for a in unknowns if a.name in reading.family.nonsmooth]
    information = curvature.expected(reading) if corners else None
    declared = information is not None
    if not corners and unknowns and sum(map(sympy.count_ops, second.values())) < LONGEST:
        information = curvature.observed(bends, equations, y)
    variances = None if information is None else curvature.variances(information, unknowns)
    order = [s for s in free.values() if s in {**closed, **edges}]
    everything = {**closed, **edges}
    return Algebra(
        reading,
        mean,
        score,
        edges,
        {s: everything[s] for s in order},
        {} if reading.levels else given,
        second,
        information,
        declared,
        variances,
    )
