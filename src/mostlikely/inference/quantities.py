"""What can be asked of the law of a row: a mean, a quantile, a probability, a parameter.

One vocabulary for predictions, marginal effects, quantities and intervals: a name and, where it
needs one, its value: ``q`` of a quantile, ``period`` of a return level, ``at`` of a probability.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet
from mostlikely.calculus.ops import exp, log, sqrt
from mostlikely.errors import ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.inference.law_slopes import (
    hazard_with_slopes,
    quantile_with_slopes,
    tail_with_slopes,
)
from mostlikely.inference.rows import bare
from mostlikely.inference.separated import in_places, of_limit
from mostlikely.likelihood.member import Member, Rows
from mostlikely.solve.objective import Vector

__all__ = ["NAMES", "Asked", "in_steps"]

#: Names that every family knows, and the value that some of them need.
NAMES: Mapping[str, str | None] = {
    "mean": None,
    "variance": None,
    "sd": None,
    "quantile": "q",
    "return_level": "period",
    "cdf": "at",
    "sf": "at",
    "survival": "at",
    "hazard": "at",
    "cumulative_hazard": "at",
    "probability": "at",
}
#: Other names for the same.
SAME = {"survival": "sf"}
#: Those that are read off the first two moments, and those off the quantile function.
MOMENTS, QUANTILES = ("mean", "variance", "sd"), ("quantile", "return_level")
#: What is said where a value is missing, or not asked for.
VALUES = {
    "q": 'what="quantile" takes q=, as in q=0.9, and nothing else does.',
    "period": 'what="return_level" takes period=, as in period=100, and nothing else does.',
    "at": 'what="cdf", "survival", "hazard", "cumulative_hazard" and "probability" take at=, a '
    "value, and nothing else does.",
    "level": 'what="probability" takes level=, a label or a whole number, and nothing else does.',
}


@dataclass(frozen=True, eq=False)
class Asked:
    """A quantity of the law of a row.

    Parameters
    ----------
    what : str
        Its name, or that of a parameter.
    q : float, optional
        Of a quantile.
    at : float or array of shape (rows,), optional
        Of a probability; of labels their places.
    shown : str
        In words, as in "the 0.9 quantile".
    parameter : bool
        Whether the name is that of a parameter, which comes first.
    """

    what: str
    q: float | None = None
    at: Any = None
    shown: str = ""
    parameter: bool = False

    @staticmethod
    def of(
        model: Member,
        what: str,
        q: Any = None,
        at: Any = None,
        level: Any = None,
        period: Any = None,
        y: Any = None,
    ) -> Asked:
        """A quantity as a person names it.

        Parameters
        ----------
        model : Member
            Whose rows it is of.
        what, q, at, period
            The name and the value that goes with it; ``at`` is a number or a label, one for each
            row, or the name of a column of the rows.
        level : label or whole number, optional
            The same for "probability", the same for all rows.

        Raises
        ------
        ModelError
            If there is none of that name, or it lacks its value, or the value is none.
        """
        family: Any = model.family
        whole = getattr(family, "whole", family)
        _check_name(whole, what)
        what = SAME.get(what, what) if what not in whole.parameters else what
        if y is not None:
            raise ModelError("the value at which a probability is taken is at=: write at=, not y=.")
        given = {"q": q, "at": at, "period": period}
        needed = NAMES.get(what)
        if what in whole.parameters and (needed is None or given[needed] is None):
            _refuse(level=level, **given)
            return Asked(what, shown=f"the {what}", parameter=True)
        if what == "probability" and at is None:
            _refuse(q=q, period=period)
            if level is None:
                raise ModelError(VALUES["level"])
            place = _places(model, [level], exact=True)[0]
            return Asked(what, at=float(place), shown=f"the probability of {level!r}")
        _refuse(level=level, **{k: v for k, v in given.items() if k != needed})
        if needed is not None and given[needed] is None:
            raise ModelError(VALUES[needed])
        if needed == "q":
            if not (isinstance(q, Real) and 0.0 <= float(q) <= 1.0):
                raise ModelError(f"q is a probability, a number from 0 to 1; got {q!r}.")
            return Asked(what, q=float(q), shown=f"the {float(q):g} quantile")
        if needed == "period":
            if not (isinstance(period, Real) and 1.0 < float(period) < np.inf):
                raise ModelError(
                    "period= is how many observations a level is exceeded once in on average, a "
                    f"number above 1; got {period!r}."
                )
            q = 1.0 - 1.0 / float(period)
            return Asked(what, q=q, shown=f"the return level of period {float(period):g}")
        if needed is None:
            return Asked(what, shown=f"the {what}")
        found = _values(model, at, exact=what == "probability")
        return Asked(what, at=found, shown=_in_words(what, at))

    # What it is.

    def ends(self, family: Any) -> tuple[float, float]:
        """Where it may lie."""
        if self.what in ("cdf", "sf", "probability"):
            return 0.0, 1.0
        if self.parameter:
            domain = family.parameters[self.what].domain
            return domain.low, domain.high
        if self.what in ("sd", "variance", "cumulative_hazard"):
            return 0.0, np.inf
        if self.what == "hazard":
            return 0.0, 1.0 if family.support.discrete else np.inf
        return family.support.low, family.support.high

    def steps(self, family: Any) -> bool:
        """Whether it moves in steps, and so has no derivative: a quantile of whole numbers."""
        return bool(self.what in QUANTILES and family.support.discrete)

    def below(self, y: Any) -> Asked:
        """Of a quantile, the probability whose crossing of ``q`` it is: that of at most y."""
        return replace(self, what="cdf", at=y)

    def reader(self, model: Member) -> Callable[[list[Any], Rows], Any]:
        """It as a function of the local variables of some rows of a model."""
        family: Any = model.family
        whole = getattr(family, "whole", family)

        def read(variables: list[Any], rows: Rows) -> Any:
            values = dict(zip(family.parameters, model.parameters(variables, rows), strict=True))
            many = isinstance(self.at, np.ndarray) and self.at.ndim
            at = self.at[rows.place] if many else self.at
            if family.labels and self.what == "probability" and not many:
                return exp(family.log_prob(float(at), *values.values()))
            if family is not whole and (self.parameter or whole.moments is not None):
                return _of_limit(family, values, self, at)
            if self.parameter:
                return values[self.what]
            return _of_law(family, values, self, at, rows.place.stop - rows.place.start)

        return read


def in_steps(
    cdf: Callable[[Vector], tuple[Vector, Vector]],
    q: float,
    near: tuple[Vector, Vector],
    lowest: float,
) -> tuple[Vector, Vector]:
    """The smallest whole numbers at which the limits of a distribution function reach q.

    Parameters
    ----------
    cdf : callable
        Whole numbers, shape (rows,) → lower and upper confidence limits of P(Y ≤ y).
    q : float
    near : pair of arrays, shape (rows,)
        Whole numbers to begin from.
    lowest : float
        The smallest y.

    Returns
    -------
    low, high : arrays, shape (rows,)
        The interval of the quantile: Q ≤ y says no more than P(Y ≤ y) ≥ q. NaN where the limits
        are not known.
    """
    ends = []
    for side, begin in ((1, near[0]), (0, near[1])):  # an upper limit reaches q sooner

        def reached(y: Vector, side: int = side) -> Any:
            limit = cdf(y)[side]
            return np.where(y < lowest, 0.0, np.where(np.isnan(limit), np.inf, limit)) >= q

        up = reached(begin)
        inside, outside = np.where(up, begin, begin + 1.0), np.where(up, begin - 1.0, begin)
        step = 1.0
        while np.any(low := reached(outside)):
            inside = np.where(low, outside, inside)
            outside = np.where(low, np.maximum(outside - step, lowest - 1.0), outside)
            step *= 2.0
        step = 1.0
        while not np.all(high := reached(inside)):
            outside = np.where(high, outside, inside)
            inside = np.where(high, inside, inside + step)
            step *= 2.0
        while np.any(inside - outside > 1.0):
            middle = np.floor(0.5 * (inside + outside))
            up = reached(middle)
            inside, outside = np.where(up, middle, inside), np.where(up, outside, middle)
        ends.append(np.where(np.isnan(cdf(begin)[side]), np.nan, inside))
    return ends[0], ends[1]


# How it is asked for.


def _check_name(whole: Any, what: Any) -> None:
    counted = whole.labels or whole.support.discrete
    known = [k for k in NAMES if k != "probability" or counted]
    if what == "probability" and not counted:
        raise ModelError(
            f"there is no prediction 'probability' under {whole.name}, where y is continuous and "
            'no one value has any; take what="cdf" or "sf" with at=, the value.'
        )
    if what not in known and what not in whole.parameters:
        words = [*known, *whole.parameters]
        raise ModelError(f"there is no prediction {what!r}; {nearest(str(what), words)}")


def _refuse(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise ModelError(VALUES[name])


def _values(model: Member, at: Any, exact: bool) -> Any:
    """The values at which a probability is taken: a number, or an array of shape (rows,)."""
    family: Any = getattr(model.family, "whole", model.family)
    of_levels = family.labels and not isinstance(at, np.ndarray | list | tuple)
    if of_levels and at in in_places(family):
        return float(_places(model, [at], exact)[0])
    if isinstance(at, str):
        if model.table is None:
            raise ModelError(
                f"at={at!r} is the name of a column, and these rows have none; give numbers."
            )
        labels = family.labels and family.levels is not None
        at = np.asarray(model.table.raw(at) if labels else model.table.numbers(at))
    array = np.asarray(at)
    words = family.levels is not None and not all(isinstance(k, Real) for k in family.levels)
    if family.levels is not None and not (words and array.dtype.kind in "iuf"):  # a place is one
        array = _places(model, array.ravel().tolist(), exact).reshape(array.shape)
    numbers = array.dtype.kind in "biuf" and not np.isnan(array.astype(float)).any()
    if not numbers or array.shape not in ((), (model.rows,)):
        given = f"shape {array.shape}" if numbers else repr(at)
        raise ModelError(
            f"at= is a number, one number for each of the {model.rows} rows, or a column's name; "
            f"got {given}."
        )
    found = array.astype(float)
    if exact and not family.labels:
        found = _places(model, found.ravel().tolist(), exact).reshape(found.shape)
    return found if found.ndim else float(found)


def _places(model: Member, values: list[Any], exact: bool) -> Vector:
    """Labels as their places among the levels; whole numbers as they are."""
    family: Any = getattr(model.family, "whole", model.family)
    if not family.labels:
        wrong = [v for v in values if not (isinstance(v, Real) and float(v) == np.floor(float(v)))]
        if exact and wrong:
            raise ModelError(
                f"under {family.name} y is a whole number, and {wrong[0]!r} is none; at= and "
                "level= name one that can occur."
            )
        return np.asarray(values, dtype=float)
    levels = in_places(family)
    for value in values:
        if value not in levels:
            raise ModelError(f"{value!r} is not a level; {nearest(str(value), map(str, levels))}")
    return np.array([float(levels.index(value)) for value in values])


def _in_words(what: str, at: Any) -> str:
    one = isinstance(at, Real)
    value = f"{float(at):g}" if one else repr(at) if isinstance(at, str) else "each row's value"
    if what.endswith("hazard"):
        return f"the {what.replace('_', ' ')} at {value}"
    sign = {"cdf": "y ≤ ", "sf": "y > ", "probability": "y = "}[what]
    return f"the probability of {sign}{value}"


# What it is worth.


def _of_limit(family: Any, values: dict[str, Any], asked: Asked, at: Any) -> Any:
    """Of separated labels."""
    what = "quantile" if asked.what in QUANTILES else asked.what
    if what in ("variance", "sd", "hazard", "cumulative_hazard", "probability"):
        raise ModelError(
            f"where levels are separated there is no {what} here; take a probability by level=."
        )
    if what == "sf":
        return 1.0 - of_limit(family, values, "cdf", asked.q, at)
    return of_limit(family, values, what, asked.q, at)


def _of_law(family: Any, values: dict[str, Any], asked: Asked, at: Any, rows: int) -> Any:
    what = asked.what
    if what in MOMENTS:
        if family.moments is None:
            raise ModelError(
                f"{family.name} declares no {what}; predict a parameter or a quantile."
            )
        mean, variance = family.moments(*values.values())
        return {"mean": mean, "variance": variance}[what] if what != "sd" else sqrt(variance)
    plain = {k: v.value if isinstance(v, Jet) else v for k, v in values.items()}
    rows = max(rows, *(np.size(v) for v in plain.values()))
    law = Distribution(bare(family), {k: np.broadcast_to(v, (rows,)) for k, v in plain.items()})
    y = None if at is None else np.broadcast_to(np.asarray(at, dtype=float), (rows,))
    if any(isinstance(v, Jet) for v in values.values()):
        return _with_slopes(law, list(values.values()), asked, y)
    if what in QUANTILES:
        return law.quantile(np.full(rows, asked.q))
    if what == "cumulative_hazard":
        return -law.log_sf(y)
    if what in ("cdf", "sf"):
        return law.cdf(y) if what == "cdf" else law.sf(y)
    if what == "probability":
        return law.prob(y)
    here = law.log_prob(y)
    if not family.support.discrete:
        return np.exp(here - law.log_sf(y))
    with np.errstate(all="ignore"):
        found = np.exp(here - np.logaddexp(here, law.log_sf(y)))
    return np.where(np.isneginf(here), 0.0, found)


def _with_slopes(law: Distribution, values: list[Any], asked: Asked, y: Any) -> Any:
    """The same with its derivatives; a TypeError where there are differences alone."""
    if asked.what in QUANTILES:
        assert asked.q is not None
        return quantile_with_slopes(law, asked.q, values)
    if asked.what == "cumulative_hazard":
        return -log(tail_with_slopes(law, y, values, lower=False))
    if asked.what in ("cdf", "sf"):
        return tail_with_slopes(law, y, values, lower=asked.what == "cdf")
    if asked.what == "hazard":
        return hazard_with_slopes(law, y, values)
    low, high = law.ends
    if not np.all(law.family.support.contains(y) & (y >= low) & (y <= high)):
        raise TypeError("what cannot occur is differentiated by differences.")
    return exp(law.family.log_prob(y, *values))
