"""A log-likelihood on the edges of its parameters' domains, where its limit is finite.

Domains are open: a mean of zero is no mean. But a count of zero has probability one there, and a
maximum may lie there. Here rows may be on an edge; what rounding puts beyond it is on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.domain import Domain
from mostlikely.likelihood.constraints import ROUNDING, Bound, bounds_of, reach
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Rows
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["ClosedMember", "OnEdges", "closed"]

#: How far inside rows on an edge are looked at, per unit of the largest predictor, where a density
#: has a finite limit on the edge but no value.
INSIDE = 1e-12
#: Information, in units, that so near to an edge is that of a pole, not of a limit.
POLE = 1e15
#: How far apart cutpoints that meet are kept, per unit of the largest: what is between them has no
#: probability, and all else does not see it.
APART = 1e-14


@dataclass(frozen=True, eq=False)
class ClosedMember(Member):
    """A member whose guarded parameters may lie on the edges of their domains.

    Parameters
    ----------
    margin : float
        How far inside the edges they are looked at, per unit of the largest predictor.
    """

    margin: float = 0.0

    @cached_property
    def bounds(self) -> tuple[tuple[int, int, tuple[Bound, ...]], ...]:
        """The parts that have bounds: which of the local variables each is, and the bounds."""
        found = [(i, bounds_of(self, part)) for i, part in enumerate(self.parts)]
        where = self.variable_names.index
        return tuple((i, where(self.parts[i].name), bounds) for i, bounds in found if bounds)

    @cached_property
    def ordered(self) -> tuple[tuple[int, Any, int, Any], ...]:
        """Pairs of predictors that must not cross, upper first: local variables, or numbers."""
        if not hasattr(self.family, "order_forms"):
            return ()
        where = {name: i for i, name in enumerate(self.variable_names)}
        return tuple(
            (where.get(high, -1), known.get(high), where.get(low, -1), known.get(low))
            for known in [self.family.fixed]
            for high, low in self.family.order_forms()
        )

    def variables(self, x: Vector, rows: Rows) -> list[Any]:
        """The local variables of some rows; on the edge, or inside, where rounding is beyond."""
        out = super().variables(x, rows)
        for i, at, bounds in self.bounds:
            out[at] = _within(out[at], bounds, self.margin, reach(self, i, x))
        if self.ordered:
            size = max([1.0, *(float(np.abs(v).max(initial=0.0)) for v in out)])
        for high, known_high, low, known_low in self.ordered:
            upper = out[high] if high >= 0 else known_high
            lower = out[low] if low >= 0 else known_low
            gap, apart = upper - lower, APART * size
            beyond = np.where(gap < -ROUNDING * size, np.nan, 0.0)
            if high >= 0:
                out[high] = _rows(np.where(gap < apart, lower + apart, upper) + beyond)
            elif low >= 0:
                out[low] = _rows(np.where(gap < apart, upper - apart, lower) + beyond)
        return out

    @cached_property
    def guarded(self) -> dict[str, Domain]:
        """The domains of guarded parameters, edges included."""
        return {k: replace(d, closed=(True, True)) for k, d in super().guarded.items()}


def _within(eta: Any, bounds: Sequence[Bound], margin: float, size: float) -> Any:
    """A predictor moved by rounding, or by a margin, to what it may be; NaN where it is beyond."""
    size = max([size, float(np.abs(eta).max(initial=0.0)), *(abs(b.eta) for b in bounds)])
    size = size or 1.0
    for bound in bounds:
        inward = bound.side * (eta - bound.eta)
        least = bound.eta + bound.side * margin * size
        eta = np.where(inward < margin * size, least, eta)
        eta = np.where(inward < -ROUNDING * size, np.nan, eta)
    return _rows(eta)


def _rows(eta: Any) -> Any:
    """One number per row as an array, and one for all as a number."""
    return eta if np.ndim(eta) else np.float64(eta)


def closed(loglik: LogLikelihood, margin: float = 0.0) -> LogLikelihood:
    """The same log-likelihood with its edges, seen from a margin inside."""
    own = [
        {f.name: getattr(member, f.name) for f in fields(Member) if f.init}
        for member in loglik.members
    ]
    return loglik.with_members([ClosedMember(**each, margin=margin) for each in own])


@dataclass(eq=False)
class OnEdges:
    """An objective that has values on the edges: exact ones, or those from just inside.

    Parameters
    ----------
    loglik : LogLikelihood
    inside : bool
        Whether rows on an edge are seen from inside; so they are from the first point on at which
        a formula has no value on the edge, but a limit.
    """

    loglik: LogLikelihood
    inside: bool = False

    @cached_property
    def exact(self) -> LogLikelihood:
        """Rows on an edge at the edge itself."""
        return closed(self.loglik)

    @cached_property
    def near(self) -> LogLikelihood:
        """Rows on an edge next to it."""
        return closed(self.loglik, INSIDE)

    @property
    def units(self) -> Vector:
        """Those of the log-likelihood."""
        return self.loglik.units

    @property
    def total(self) -> float:
        """The number of observations."""
        return self.loglik.total

    @property
    def seen(self) -> LogLikelihood:
        """The log-likelihood that is looked at."""
        return self.near if self.inside else self.exact

    def value(self, x: Vector) -> float:
        """The value alone."""
        return self(x).value

    def score(self, x: Vector) -> Vector:
        """The gradient alone."""
        return self(x).score

    def __call__(self, x: Vector) -> Evaluation:
        """Value, score and information."""
        at = self.seen(x)
        if at.finite or self.inside:
            return at
        found = self.near(x)
        if found.finite and np.max(np.diag(found.information) * self.units**2) < POLE:
            self.inside = True
            return found
        return at
