"""Families of levels in an order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import reduce
from itertools import pairwise
from math import inf
from operator import and_
from typing import Any, Self

import numpy as np

from mostlikely.calculus.curves import CURVES
from mostlikely.calculus.domain import counts_up_to, positive, real
from mostlikely.calculus.link import LINKS
from mostlikely.calculus.ops import exp, where
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family.base import Family, Param, check_value
from mostlikely.family.level_limits import OrdinalLimit
from mostlikely.family.levels import (
    as_levels,
    distinct,
    in_order,
    is_missing,
    listed,
    named,
    places,
    refuse_text,
    refuse_unusable,
)
from mostlikely.family.predictor import Predictor, bound_to, restored

#: What location and scale are unless they follow the data: the cutpoints take their place.
STANDARD = {"location": 0.0, "scale": 1.0}
#: How to draw from the distribution of each link.
DRAWS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "logit": lambda rng, n: rng.logistic(size=n),
    "probit": lambda rng, n: rng.standard_normal(n),
    "cloglog": lambda rng, n: np.log(rng.standard_exponential(n)),
    "loglog": lambda rng, n: rng.gumbel(size=n),
    "cauchit": lambda rng, n: rng.standard_cauchy(n),
}


class Ordinal(Family):
    """One of several levels in an order: ratings, grades, stages; the proportional-odds model.

    A hidden number, ``location + scale * noise``, is seen only by the interval that it falls into:
    P(y <= k) = F((cut[k] - location)/scale), where F is the inverse of the link. A sample tells the
    cutpoints; a location or a scale tells only how they differ between rows, so neither has an
    intercept, and without a formula they are 0 and 1. In formulas y is the place of the level: 0
    for the lowest, 1 and so on. Until it has seen data it stands for the levels 0, 1 and 2.

    Parameters
    ----------
    location : str or Predictor, optional
        A formula, as in ``"rating ~ temp + contact"``: a positive coefficient moves y up.
    levels : sequence, optional
        The possible levels from the lowest to the highest. By default those that occur: in the
        order that the column declares (an ordered pandas categorical, a Polars enumeration), and
        numbers by size. Text of no declared order is refused: that of the alphabet is not its own.
    link : {"logit", "probit", "cloglog", "loglog", "cauchit"}
        The scale on which the cutpoints lie.
    nonproportional : str or Predictor, optional
        A formula that each cutpoint follows with coefficients of its own: keys
        ``("cut[1]", "x")``. Where cutpoints cross, the likelihood is zero.
    **bound
        ``scale="~ x"`` (on a log link), or numbers: ``**{"cut[1]": 0.5}``.

    Raises
    ------
    ModelError
        If there is no such link, levels repeat or are fewer than two, or known cutpoints do not
        increase.

    References
    ----------
    McCullagh, "Regression models for ordinal data", *J. R. Statist. Soc. B* 42 (1980) 109-142,
    eq. 2.1 and 6.1.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit(ml.Ordinal(levels=["low", "mid", "high"]), ["low", "mid", "high", "mid"])
    >>> {k: round(v, 6) for k, v in fit.params.items()}
    {'cut[1]': -1.098612, 'cut[2]': 1.098612}
    >>> ml.Ordinal("rating ~ temp + contact", link="probit")
    Ordinal('rating ~ temp + contact', link='probit')
    """

    # A known location and scale become estimable where a formula binds them.
    parameters = {
        "location": Param(real, "middle of the noise", (-1.0, 1.0), known=True, intercept=False),
        "scale": Param(positive, "spread of the noise", (0.5, 2.0), known=True, intercept=False),
        "cut[1]": Param(real, "where 0 gives way to 1", (-1.2, -0.4)),
        "cut[2]": Param(real, "where 1 gives way to 2", (0.4, 1.2)),
    }
    support = counts_up_to(2)
    labels = True
    ordered = True

    def __init__(
        self,
        location: Any = 0.0,
        *,
        levels: Sequence[Any] | None = None,
        link: str = "logit",
        nonproportional: Any = None,
        **bound: Any,
    ) -> None:
        if link not in CURVES:
            raise ModelError(f"Ordinal: there is no link {link!r}; {nearest(str(link), CURVES)}")
        self.curve = link
        self.nonproportional = _formula(nonproportional)
        cuts = {k: bound.pop(k) for k in list(bound) if k.startswith("cut[")}
        super().__init__(**{**STANDARD, **bound, "location": location})
        for name, value in cuts.items():
            check_value(self.name, name, value, Param(real, "a cutpoint"))
        self.fixed.update(cuts)
        if levels is not None:
            self._learn(as_levels(levels, self.name))

    def ratio(self, name: str) -> str | None:
        """The odds of a higher level, in the proportional-odds model."""
        odds = self.curve == "logit" and "scale" not in self.predictors
        return "odds ratio" if odds and name == "location" else None

    def __repr__(self) -> str:
        parts = []
        for k in self.parameters:
            predictor = self.predictors.get(k)
            if predictor is not None and k in STANDARD:
                alone = k == "location" and predictor.names_response
                parts.append(f"{predictor}" if alone else f"{k}={predictor}")
            elif k in self.fixed and self.fixed[k] != STANDARD.get(k):
                parts.append(f"{k}={self.fixed[k]:g}")
        parts += [] if self.nonproportional is None else [f"nonproportional={self.nonproportional}"]
        parts += [] if self.curve == "logit" else [f"link={self.curve!r}"]
        parts += [] if self.levels is None else [f"levels={list(self.levels)!r}"]
        return f"Ordinal({', '.join(parts)})"

    def log_prob(self, y, location, scale, *cuts):
        curve, z = CURVES[self.curve], [(cut - location) / scale for cut in cuts]
        last = len(cuts)
        value = where(y < 0.5, curve.log_cdf(z[0]), curve.log_sf(z[-1]))
        if last == 1:
            return value
        # the row's own two cutpoints; the first or the last two, where it has but one
        low, high = z[0], z[1]
        for k in range(2, last):
            low, high = where(y < k - 0.5, low, z[k - 1]), where(y < k - 0.5, high, z[k])
        value = where((y > 0.5) & (y < last - 0.5), curve.log_between(low, high), value)
        return where(reduce(and_, (a < b for a, b in pairwise(z))), value, -inf)

    def log_cdf(self, y, location, scale, *cuts):
        return self._beyond(y, location, scale, cuts, CURVES[self.curve].log_cdf)

    def log_sf(self, y, location, scale, *cuts):
        return self._beyond(y, location, scale, cuts, CURVES[self.curve].log_sf)

    def _beyond(self, y: Any, location: Any, scale: Any, cuts: Any, tail: Any) -> Any:
        """The tail at the upper cutpoint of y, for all y but the last."""
        cut = cuts[0]
        for k in range(1, len(cuts)):
            cut = where(y < k - 0.5, cut, cuts[k])
        return tail((cut - location) / scale)

    def quantile(self, q, location, scale, *cuts):
        below = LINKS[self.curve].inverse
        return sum(np.where(below((cut - location) / scale) < q, 1.0, 0.0) for cut in cuts)

    def sample(self, rng, n, location, scale, *cuts):
        hidden = location + scale * DRAWS[self.curve](rng, n)
        return sum(np.where(hidden > cut, 1.0, 0.0) for cut in cuts)

    def moments(self, location, scale, *cuts):
        # of the place: the sum of P(Y > k), and of (2k + 1) P(Y > k)
        above = [exp(CURVES[self.curve].log_sf((cut - location) / scale)) for cut in cuts]
        mean = sum(above)
        return mean, sum((2.0 * k + 1.0) * p for k, p in enumerate(above)) - mean * mean

    def start(self, y, w, **known):
        # half a row more in every level, so that no two cutpoints meet
        half = 0.5 * float(np.mean(w))
        return self._shared([float(np.sum(w[y == k])) + half for k in range(self._count)])

    def mle(self, data, **known):
        if not STANDARD.keys() <= self.fixed.keys():
            return None
        return self._shared(data.mean(lambda y: tuple((y == k) * 1.0 for k in range(self._count))))

    def _shared(self, seen: Sequence[float]) -> dict[str, float]:
        """Cutpoints that share out the levels as they were seen, between those that are known."""
        at = {k: self.fixed.get(k, value) for k, value in STANDARD.items()}
        link, cuts = LINKS[self.curve], self._cuts
        known = [k for k, cut in enumerate(cuts, 1) if cut in self.fixed]
        below = {0: 0.0, self._count: 1.0}
        for k in known:
            below[k] = link.inverse((self.fixed[cuts[k - 1]] - at["location"]) / at["scale"])
        out = dict(at)
        for first, last in pairwise([0, *known, self._count]):
            whole = np.cumsum(seen[first:last])
            for k in range(first + 1, last):
                share = whole[k - first - 1] / whole[-1]
                p = below[first] + (below[last] - below[first]) * share
                out[cuts[k - 1]] = float(at["location"] + at["scale"] * link.forward(p))
            out.update({cuts[k - 1]: self.fixed[cuts[k - 1]] for k in known if k == last})
        return out

    @property
    def _cuts(self) -> tuple[str, ...]:
        return tuple(k for k in self.parameters if k not in STANDARD)

    @property
    def _count(self) -> int:
        """How many levels there are."""
        return 1 + len(self._cuts)

    # What is bound: a number, a formula of location or scale, or of every cutpoint.

    def bind(self, bound: Mapping[str, Any]) -> None:
        """Bind parameters to numbers, formulas, functions or columns; see `Family.bind`."""
        follow = {k for k in STANDARD if bound_to(bound.get(k)) is not None}
        self._estimable(follow)
        super().bind(bound)

    def _estimable(self, names: set[str]) -> None:
        """Let these follow the data."""
        self.parameters = {
            k: replace(p, known=False) if k in names else p for k, p in self.parameters.items()
        }

    def with_predictor(self, name: str, formula: str, offset: Any = None) -> Self:
        """The same model with a predictor for a parameter that has none, and an offset."""
        other = super().with_predictor(name, formula, offset)
        other.fixed = {k: v for k, v in other.fixed.items() if k != name}
        other._estimable({name} & STANDARD.keys())
        return other

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        """Every predictor, that of the cutpoints included, which waits for the levels."""
        waiting = () if self.nonproportional is None else (self.nonproportional,)
        return (*super().all_predictors, *waiting)

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise ModelError unless these are the family's parameters, and cutpoints increase."""
        super().check(values)
        both = {**self.fixed, **values}
        known = [(k, float(both[k])) for k in self._cuts if k in both]
        for (a, low), (b, high) in pairwise(known):
            if not low < high:
                raise ModelError(f"Ordinal: cutpoints increase; got {a}={low:g} and {b}={high:g}.")

    # Separation.

    def recession_forms(self, place: int) -> list[dict[str, float]]:
        """Sums of predictors, with their signs, all of which a label's probability grows with."""
        above = [] if place == self._count - 1 else [{self._cuts[place]: 1.0, "location": -1.0}]
        below = [] if place == 0 else [{self._cuts[place - 1]: -1.0, "location": 1.0}]
        return above + below

    def order_forms(self) -> list[dict[str, float]]:
        """Sums of predictors that must not fall in any row: cutpoints keep their order."""
        if self.nonproportional is None:
            return []
        return [{high: 1.0, low: -1.0} for low, high in pairwise(self._cuts)]

    def limit(self) -> Family:
        """The model where predictors may have run off to infinity."""
        return OrdinalLimit(self)

    # Levels.

    def prepare(self, y: Any, order: Any = None) -> tuple[Family, Any]:
        """The model with the levels of these data, and the place of each label, NaN if missing.

        Raises
        ------
        DataError
            If a label is not a level, a level does not occur, there are one or very many, or they
            are text and nothing says their order.
        """
        found, rows = distinct(y)
        seen = [v for v in found if not is_missing(v)]
        family: Any = self if self.levels is not None else self._learned(seen, order)
        code = places(found, rows, family.levels, family.levels)
        unseen = [level for level in family.levels if level not in set(seen)]
        if seen and unseen:
            raise DataError(
                f"the level{'s' if len(unseen) > 1 else ''} {listed(unseen)} "
                f"do{'' if len(unseen) > 1 else 'es'} not occur, and nothing tells the cutpoints "
                f"beside it; leave out what does not: Ordinal(levels=[...])."
            )
        return family, code

    def _learned(self, seen: list[Any], order: Any) -> Family:
        refuse_unusable(seen, "Ordinal")
        family = object.__new__(type(self))
        vars(family).update(vars(self), fixed=dict(self.fixed), predictors=dict(self.predictors))
        if order is not None and order.ordered:
            levels = [v for v in order.labels if v in set(seen)]
        else:
            levels = in_order(seen)
            refuse_text(levels)
        family._learn(levels or [0, 1, 2])
        return family

    def _learn(self, levels: list[Any]) -> None:
        names = [named(level) for level in levels]
        if len(set(names)) < max(2, len(levels)):
            raise ModelError(
                f"Ordinal needs at least two levels, each of its own name; got {levels!r}."
            )
        self.levels, count = tuple(levels), len(levels)
        typical = LINKS[self.curve].forward(
            (np.arange(1, count) + np.array([[-0.3], [0.3]])) / count
        )
        cuts = {
            f"cut[{k}]": Param(real, f"where {names[k - 1]} gives way to {names[k]}", (low, high))
            for k, (low, high) in enumerate(typical.T.tolist(), 1)
        }
        self.parameters = {**{k: self.parameters[k] for k in STANDARD}, **cuts}
        self.support = counts_up_to(count - 1)
        self.check({k: v for k, v in self.fixed.items() if k not in STANDARD})
        if self.nonproportional is not None:
            follow = {k: self.nonproportional for k in cuts if k not in self.fixed}
            self.predictors = {**self.predictors, **follow}

    def describe(self) -> dict[str, Any]:
        """What is needed to make this model again, in plain values."""
        whole = super().describe()
        waiting = self.nonproportional
        whole["predictors"] = {
            k: p for k, p in whole.get("predictors", {}).items() if k in STANDARD
        }
        return {
            **whole,
            "levels": self.levels,
            "link": self.curve,
            "nonproportional": None if waiting is None else waiting.describe(),
        }

    @classmethod
    def restore(cls, description: Mapping[str, Any]) -> Self:
        """The model of a description."""
        waiting = description["nonproportional"]
        return cls(
            levels=description["levels"],
            link=description["link"],
            nonproportional=None if waiting is None else restored(waiting),
            **description["fixed"],
            **{k: restored(p) for k, p in description["predictors"].items()},
        )


def _formula(value: Any) -> Predictor | None:
    """The predictor that every cutpoint is to follow."""
    predictor = bound_to(value)
    if value is not None and (predictor is None or predictor.empty or predictor.column is not None):
        raise ModelError(
            f"Ordinal: nonproportional is a formula, as in nonproportional='~ x'; got {value!r}."
        )
    return predictor
