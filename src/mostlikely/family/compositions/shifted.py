"""Families made of families."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any, Self

import numpy as np

from mostlikely.calculus.domain import real
from mostlikely.calculus.ops import where
from mostlikely.errors import ModelError
from mostlikely.family.base import Family, Param
from mostlikely.family.catalogue import as_family
from mostlikely.family.summaries import spread

__all__ = ["Shifted"]

#: Distances of the starting shifts below the smallest value, in spreads of the sample.
DISTANCES = (1e-3, 1e-2, 0.1, 1.0, 10.0)


class Shifted(Family):
    """A family of positive values that begins at ``shift`` instead of at zero.

    The inner family's parameters keep their names; ``shift`` comes after them, in the unit of y.
    Many such likelihoods are unbounded: as shift approaches the smallest value the density there
    goes to infinity. The estimate is then the highest local maximum inside, and the verdict says
    so (Hill, *Journal of the American Statistical Association* 58, 1963; Cheng and Iles, *Applied
    Statistics* 39, 1990).

    Parameters
    ----------
    inner : Family, type or str
        What y - shift follows: ``ml.Weibull()``, ``ml.LogNormal(sigma=1)``, ``"gamma"``.
    shift : float, optional
        Where y begins, if it is known.

    Raises
    ------
    ModelError
        If the inner family does not begin at zero, is of whole numbers, or has an edge of its own.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.Shifted(ml.Weibull(shape=2))
    Shifted(Weibull(shape=2))
    >>> list(ml.Shifted("gamma").parameters)
    ['mean', 'shape', 'shift']
    >>> round(ml.Shifted("exponential").at(mean=2.0, shift=10.0).quantile(0.5), 4)
    11.3863
    """

    shift = Param(real, "where y begins", typical=(-3.0, 3.0), unit=1)
    support = real

    def __init__(self, inner: Any, **bound: Any) -> None:
        inner = as_family(inner)
        own = [*({"shift"} & set(inner.parameters)), *inner.sample_extremes]
        if own:
            raise ModelError(
                f"{inner.name} has a place of its own where y begins, {own[0]}; fit it by itself."
            )
        if inner.support.discrete or (inner.support.low, inner.support.high) != (0.0, np.inf):
            raise ModelError(
                "Shifted needs a family of positive values, such as ml.Shifted(ml.Gamma()); under "
                f"{inner.name} y is {inner.support}."
            )
        self.inner: Family = inner
        self.parameters = {**inner.parameters, "shift": type(self).parameters["shift"]}
        super().__init__(**{**inner.fixed, **bound})
        self.nonsmooth = inner.nonsmooth
        self.precision_weights = inner.precision_weights
        for name in ("log_cdf", "log_sf", "quantile", "moments"):
            if getattr(inner, name) is None:
                setattr(self, name, None)
        if _starts_with_a_jump(inner) and not _can_stick(inner):
            self.sample_extremes = {"shift": "smallest"}

    def __repr__(self) -> str:
        shift = f", shift={self.fixed['shift']:g}" if "shift" in self.fixed else ""
        return f"Shifted({self._bound!r}{shift})"

    @property
    def _bound(self) -> Family:
        """The inner family with what is fixed of it."""
        return self.inner.with_fixed(
            **{k: v for k, v in self.fixed.items() if k in self.inner.parameters}
        )

    def describe(self) -> dict[str, Any]:
        """What is needed to make this model again, in plain values."""
        return {"family": self.name, "inner": self.inner.describe(), "fixed": dict(self.fixed)}

    @classmethod
    def restore(cls, description: Mapping[str, Any]) -> Self:
        """The model of a description whose inner one is a model already."""
        return cls(description["inner"]).with_fixed(**description["fixed"])

    def ends(self, *values: Any) -> tuple[Any, Any]:
        """The inner ones, moved."""
        *inner, shift = values
        low, high = self.inner.ends(*inner) if self.inner.ends is not None else (0.0, np.inf)
        return shift + low, shift + high

    def log_prob(self, y: Any, *values: Any) -> Any:
        """The inner log-density of y - shift."""
        *inner, shift = values
        x = y - shift
        inside = x >= 0.0 if self.inner.support.closed[0] else x > 0.0
        return where(inside, self.inner.log_prob(where(inside, x, 1.0), *inner), -np.inf)

    def sample(self, rng: np.random.Generator, n: int, *values: Any) -> Any:
        """Inner draws, moved."""
        *inner, shift = values
        return shift + _formula(self.inner, "sample")(rng, n, *inner)

    def log_cdf(self, y: Any, *values: Any) -> Any:
        """The inner one at y - shift."""
        *inner, shift = values
        return _formula(self.inner, "log_cdf")(y - shift, *inner)

    def log_sf(self, y: Any, *values: Any) -> Any:
        """The inner one at y - shift."""
        *inner, shift = values
        return _formula(self.inner, "log_sf")(y - shift, *inner)

    def quantile(self, q: Any, *values: Any) -> Any:
        """The inner one, moved."""
        *inner, shift = values
        return shift + _formula(self.inner, "quantile")(q, *inner)

    def moments(self, *values: Any) -> tuple[Any, Any]:
        """The inner mean, moved, and the inner variance."""
        *inner, shift = values
        mean, variance = _formula(self.inner, "moments")(*inner)
        return shift + mean, variance

    def start(self, y: Any, w: Any) -> list[dict[str, float]]:
        """The inner family's own guesses, at shifts from near to far below the smallest value."""
        smallest, size = float(y.min()), spread(y, w)
        shifts = [smallest - f * size for f in DISTANCES]
        if "shift" in self.fixed:
            shifts = [self.fixed["shift"]]
        guesses = []
        for shift in shifts:
            if shift < smallest:
                found = self.inner.start(y - shift, w) if self.inner.start is not None else {}
                several = found if isinstance(found, list) else [found]
                guesses += [{**guess, "shift": shift} for guess in several]
        return guesses or [{"shift": smallest - size}]

    def unbounded(self, *values: Any) -> str | None:
        """Whether the likelihood grows without bound as the shift nears the smallest value."""
        if "shift" not in self.fixed and _can_stick(self._bound):
            return "shift approaches the smallest value"
        inner = self.inner.unbounded
        return None if inner is None else inner(*values[:-1])

    def caveat(self, *values: Any) -> str | None:
        """That the maximum is a local one, where it is."""
        if "shift" not in self.fixed and _can_stick(self._bound):
            return (
                "The likelihood is unbounded as shift approaches the smallest value, so this is a "
                "local maximum, the highest that was met inside."
            )
        inner = self.inner.caveat
        return None if inner is None else inner(*values[:-1])


def _formula(family: Family, name: str) -> Callable[..., Any]:
    formula = getattr(family, name)
    if formula is None:
        raise ModelError(f"{family.name} declares no {name}(...), and its shifted form has none.")
    found: Callable[..., Any] = formula
    return found


def _starts_with_a_jump(family: Family) -> bool:
    """Whether zero is a possible value, with a density above zero."""
    middle = [0.5 * (p.typical[0] + p.typical[1]) for p in family.parameters.values()]
    return family.support.closed[0] and bool(np.isfinite(family.log_prob(0.0, *middle)))


def _can_stick(family: Family) -> bool:
    """Whether the density of one value can grow without bound while the others stay possible.

    It can where the density at zero is infinite, and where a tail can be made so heavy that all
    scales are nearly alike: x f(x) then falls slower than any power, and the scale may follow the
    one value down. Looked at 100 decades out, at extreme values of the free pure numbers.
    """
    choices: list[tuple[float, ...]] = []
    for name, param in family.parameters.items():
        low, high = param.typical
        if name in family.fixed:
            choices.append((family.fixed[name],))
        elif param.unit == 0 and param.domain.low == 0.0 and param.domain.high == np.inf:
            choices.append((1e-2 * low, 1e2 * high))
        else:
            choices.append((low, high))
    far = np.log(10.0) * 100.0
    with np.errstate(all="ignore"):
        for values in product(*choices):
            near_zero, beyond = family.log_prob(np.array([np.exp(-far), np.exp(far)]), *values)
            if near_zero > 0.1 * far or beyond + far > -0.1 * far:
                return True
    return False
