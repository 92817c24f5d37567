from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

import numpy as np

from mostlikely.calculus.domain import Domain, counts_up_to, simplex
from mostlikely.calculus.jet import Jet
from mostlikely.calculus.ops import exp, log, log_sum_exp, where
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family.base import Family, Param, check_value
from mostlikely.family.level_limits import CategoricalLimit
from mostlikely.family.levels import (
    as_levels,
    distinct,
    in_order,
    is_missing,
    listed,
    named,
    places,
    refuse_unusable,
)
from mostlikely.family.predictor import Predictor, bound_to, restored


def _rest(p: Sequence[Any]) -> Any:
    """What is left for the base: with all of its digits, where the links have told it."""
    told = [share.base for share in p if isinstance(share, Jet) and hasattr(share, "base")]
    free = sum(isinstance(share, Jet) for share in p)
    if told and len(told) == free and all(base is told[0] for base in told):
        return told[0]
    return 1.0 - sum(p)


def _formula(value: Any) -> Predictor:
    """The predictor that the log-ratio of every level to the base is to follow."""
    predictor = bound_to(value)
    if predictor is None or predictor.formula is None:
        shown = repr(value) if predictor is None or predictor.empty else str(predictor)
        raise ModelError(f"Categorical takes a formula, 'job ~ education', or levels; got {shown}.")
    if predictor.link is not None:
        raise ModelError(
            "Categorical has one link, the log-ratio of each level to the base, so "
            f"link={predictor.link.name!r} cannot be had; leave it out."
        )
    return predictor


class Categorical(Family):
    """One of several labels, in no order: votes, species, blood groups; its loss is cross-entropy.

    The levels are those of the data, in the order of a categorical column, else sorted; the
    parameters are the probabilities ``p[level]`` of all but the base, which is the first level
    unless another is named. Until it has seen data it stands for the levels 0, 1 and 2. In formulas
    y is the place of the label: 0 for the base, 1 and so on for the others.

    Parameters
    ----------
    formula : str or Predictor, optional
        ``"job ~ education"`` or ``ml.linear("~ education")`` predicts the log-ratio of every level
        to the base. Levels may stand in its place.
    base : optional
        The label whose probability is what the others leave.
    levels : sequence, optional
        The possible labels: strings, numbers or booleans. By default those that occur.
    **bound : float
        Probabilities that are known, by name: ``**{"p[b]": 0.3}``.

    Raises
    ------
    ModelError
        If the base is not a level, levels repeat or are fewer than two, or what is to be a formula
        is none or has another link.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit(ml.Categorical(), ["b", "a", "c", "b"])
    >>> dict(fit.params)
    {'p[b]': 0.5, 'p[c]': 0.25}
    """

    levels: tuple[Any, ...] | None = None
    parameters = {
        f"p[{level}]": Param(simplex, f"probability of {level}", typical=(0.15, 0.4))
        for level in (1, 2)
    }
    support = counts_up_to(2)
    labels = True
    exempt = {
        "finite_at_float_extremes": "a probability near 1 leaves no room for the others' values",
        "value_keeps_its_digits": "a probability near 1 leaves no room for the others' values",
    }

    def __init__(
        self,
        formula: Any = None,
        base: Any = None,
        *,
        levels: Any = None,
        **bound: float,
    ):
        super().__init__()
        self.base = base
        #: What the log-ratio of every level to the base follows, once the levels are known.
        self.every: Predictor | None = None
        if isinstance(levels, str | Predictor) or not isinstance(formula, str | Predictor | None):
            levels, formula = formula, levels
        if formula is not None:
            self.every = _formula(formula)
        if levels is not None:
            self._learn(in_order(as_levels(levels, self.name)))
            vars(self).update(vars(self._with_known(bound)))
        else:
            for name in bound:
                if not name.startswith("p["):  # of which level is seen with the data
                    self.has(name)
            self.fixed = dict(bound)

    def __repr__(self) -> str:
        parts = [] if self.every is None else [str(self.every)]
        parts += [] if self.levels is None else [f"levels={in_order(self.levels)!r}"]
        base = self.base if self.levels is None else self.levels[0]
        first = None if self.levels is None else in_order(self.levels)[0]
        parts += [] if self.base is None and base == first else [f"base={base!r}"]
        return f"Categorical({', '.join(parts)})"

    def log_prob(y, *p):
        value = log(_rest(p))
        for place, share in enumerate(p, start=1):
            value = where(y < place - 0.5, value, log(share))
        return value

    def sample(rng, n, *p):
        shares = np.array([1.0 - sum(p), *p])
        return rng.choice(len(shares), n, p=shares / shares.sum()).astype(float)

    def start(self, y, w):
        return self._shares(
            [np.average(y == k, weights=w) for k in range(1 + len(self.parameters))]
        )

    def mle(self, data, **known):
        places = range(1 + len(self.parameters))
        return self._shares(data.mean(lambda y: tuple((y == k) * 1.0 for k in places)))

    def _shares(self, seen: Sequence[float]) -> dict[str, float]:
        """What the fixed probabilities leave, shared among the others as they were seen."""
        of = dict(zip(self.parameters, seen[1:], strict=True))
        whole = seen[0] + sum(of[k] for k in self.free)
        left = 1.0 - sum(self.fixed.values())
        return {k: self.fixed.get(k, left * share / whole) for k, share in of.items()}

    def information(*p):
        return np.diag(1.0 / np.array(p)) + 1.0 / (1.0 - sum(p))

    def ratio(self, name: str) -> str | None:
        """The odds of a level against the base."""
        return "odds ratio against the base" if name in self.predictors else None

    # The links are joint: log(p/p_base) for each free level, a softmax with the base at zero.

    def natural(self, etas: list[Any]) -> list[Any]:
        """Free probabilities from their log-ratios to the base's; jets remember the base's."""
        whole = log_sum_exp([0.0, *etas])
        left = log(1.0 - sum(self.fixed.values())) if etas else 0.0
        shares = [exp(eta - whole + left) for eta in etas]
        if any(isinstance(share, Jet) for share in shares):
            base = exp(left - whole)
            for share in shares:
                share.base = base
        return shares

    def linked(self, values: list[Any]) -> list[Any]:
        """The log-ratio of each free probability to the base's."""
        base = 1.0 - sum(self.fixed.values()) - sum(values)
        return [log(p) - log(base) for p in values]

    def with_fixed(self, **values: float) -> Self:
        """The same model with more probabilities known."""
        other = super().with_fixed(**values)
        left = 1.0 - sum(other.fixed.values())
        if left < 0.0 or (left == 0.0 and other.free):
            raise ModelError(
                f"Categorical: the known probabilities {other.fixed} add to {1.0 - left:g}, and "
                "leave nothing for the other levels."
            )
        remaining = Domain(simplex.name, 0.0, left, link="logit")
        other.parameters = {
            k: p if k in other.fixed else Param(remaining, p.meaning, p.typical)
            for k, p in self.parameters.items()
        }
        return other

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        """The one formula of every level."""
        return (self.every,) if self.every is not None else tuple(self.predictors.values())

    def with_predictor(self, name: str, formula: str, offset: Any = None) -> Self:
        """The same model with a formula for all levels, where it has none."""
        if offset is not None:
            raise ModelError(
                "Categorical takes no offset: there is one log-ratio for each level but the base."
            )
        other = self.with_fixed()
        vars(other).update(every=self.every or Predictor(formula=formula))
        return other

    def _following(self) -> Self:
        """The model with its formula bound to every level, now that they are known."""
        if self.every is None:
            return self
        other = self.with_fixed()
        other.predictors = {k: self.every for k in self.parameters if k not in self.fixed}
        return other

    def marginal(self, name: str) -> tuple[Family, Callable[[Any], Any]] | None:
        """The level against the free others as one, and the fixed ones as one."""
        if len(self.free) == 1:
            return None
        places = list(self.parameters)
        place = 1 + places.index(name)
        share = sum(self.fixed.values())  # nothing, where those levels do not occur
        held = [1 + places.index(k) for k in self.fixed] if share else []
        known = {"p[2]": share} if held else {}
        lumped = Categorical(levels=(0, 1, 2) if held else (0, 1), **known)
        return lumped, lambda y: np.where(np.isin(y, held), 2.0, 1.0 * (y == place))

    # Separation.

    def recession_forms(self, place: int) -> list[dict[str, float]]:
        """Sums of predictors, with their signs, all of which a label's probability grows with."""
        names = ["", *self.parameters]  # the base has no predictor
        signs = {k: {k: 1.0} if k else {} for k in names if k not in self.fixed}
        if names[place] not in signs:
            return []
        own = signs.pop(names[place])
        return [{**own, **dict.fromkeys(other, -1.0)} for other in signs.values()]

    def limit(self) -> Family:
        """The model where predictors may have run off to infinity."""
        return CategoricalLimit(self)

    # Labels.

    def prepare(self, y: Any, order: Any = None) -> tuple[Family, Any]:
        """The model with the levels of these data, and the place of each label, NaN if missing.

        Raises
        ------
        DataError
            If a label is not a level, or there is one level only, or there are very many.
        """
        found, rows = distinct(y)
        seen = [v for v in found if not is_missing(v)]
        family: Any = self if self.levels is not None else self._learned(seen, order)
        code = places(found, rows, family.levels, in_order(family.levels))
        if len(code) and not np.any(code == 0.0) and not np.isnan(code).all():
            base = listed([family.levels[0]])
            raise DataError(
                f"the base level {base} does not occur, and the others are measured against it; "
                "name one that occurs: Categorical(levels=[...], base=...)."
            )
        return family._following(), code

    def _learned(self, seen: list[Any], order: Any) -> Family:
        refuse_unusable(seen, "Categorical", alone=self.base in (None, *seen))
        family = object.__new__(type(self))
        vars(family).update(vars(self))
        if seen:
            extra = [] if self.base is None or self.base in seen else [self.base]
            levels = in_order([*seen, *extra])
            if order is not None and set(levels) <= set(order.labels):
                levels.sort(key=order.labels.index)
            family._learn(levels)
        else:
            family.levels = (0, 1, 2)
        return family._with_known(self.fixed)

    def _with_known(self, bound: Mapping[str, float]) -> Family:
        for name, value in bound.items():
            if name not in self.parameters:
                raise ModelError(
                    f"Categorical has no parameter {name!r}; {nearest(name, self.parameters)}"
                )
            check_value(self.name, name, value, self.parameters[name])
        return self.with_fixed(**bound)

    def _learn(self, levels: list[Any]) -> None:
        """Take levels, in order; the base comes before the others."""
        if len({named(level) for level in levels}) < max(2, len(levels)):
            raise ModelError(
                f"Categorical needs at least two levels, each of its own name; got {levels!r}."
            )
        if self.base is not None and self.base not in levels:
            raise ModelError(f"base={self.base!r} is not a level; there are {listed(levels)}.")
        base = levels[0] if self.base is None else self.base
        self.levels = (base, *(level for level in levels if level != base))
        share = 1.0 / len(levels)
        self.parameters = {
            f"p[{named(level)}]": Param(
                simplex, f"probability of {named(level)}", (0.5 * share, 0.9 * share)
            )
            for level in self.levels[1:]
        }
        self.support = counts_up_to(len(levels) - 1)

    def describe(self) -> dict[str, Any]:
        """What is needed to make this model again, in plain values."""
        return {**super().describe(), "levels": self.levels, "base": self.base}

    @classmethod
    def restore(cls, description: Mapping[str, Any]) -> Self:
        """The model of a description."""
        every = next(iter(description.get("predictors", {}).values()), None)  # all are the same
        formula = None if every is None else restored(every)
        family: Any = cls(base=description["base"], formula=formula)
        if description["levels"] is not None:
            family._learn(list(description["levels"]))
        made: Self = family._with_known(description["fixed"])._following()
        return made
