"""Laws on one side of an extreme value of the sample: what others become at an end of theirs."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from mostlikely.calculus.domain import positive, real
from mostlikely.calculus.ops import log, where
from mostlikely.family.base import Family, Param

__all__ = [
    "ExponentialAbove",
    "ExponentialBelow",
    "HalfNormalAbove",
    "HalfNormalBelow",
    "OneSided",
    "PowerFunction",
]


class OneSided(Family):
    """The distance of y from an end is exponential (power 1) or half-normal (power 2).

    A subclass declares its scale and its end, in this order; with ``logs`` the distance is that of
    logarithms, and the first parameter a rate.
    """

    one_sided: ClassVar[tuple[int, float, bool]] = (1, 1.0, False)

    def distance(self, y: Any, end: Any) -> Any:
        """How far y is from the end: negative on the wrong side, where it is impossible."""
        _, sign, logs = self.one_sided
        return sign * (log(y) - log(end) if logs else y - end)

    def ends(self, size: Any, end: Any) -> tuple[Any, Any]:
        """The end, and what the support has on the other side."""
        return (end, np.inf) if self.one_sided[1] > 0.0 else (self.support.low, end)

    def log_prob(self, y: Any, size: Any, end: Any) -> Any:
        """That of the distance."""
        power, _, logs = self.one_sided
        distance = self.distance(y, end)
        possible = distance >= 0.0
        inside = where(possible, distance, 0.0)
        if logs:
            return where(possible, log(size) - inside * size - log(y), -np.inf)
        z = inside / size
        body = -z if power == 1 else 0.5 * np.log(2.0 / np.pi) - 0.5 * z * z
        return where(possible, body - log(size), -np.inf)

    def sample(self, rng: np.random.Generator, n: int, size: Any, end: Any) -> Any:
        """Draws of the distance, from the end."""
        power, sign, logs = self.one_sided
        draws = rng.standard_exponential(n) if power == 1 else np.abs(rng.standard_normal(n))
        return end * np.exp(sign * draws / size) if logs else end + sign * draws * size

    def mle(self, data: Any, **known: Any) -> dict[str, Any] | None:
        """From the mean power of the distances to a known end."""
        (name, at), (power, _, logs) = self.parameters, self.one_sided
        if known.get(at) is None:
            return None
        far = data.mean(lambda y: np.maximum(self.distance(y, known[at]), 0.0) ** power)
        norm = far ** (1.0 / power)
        return {name: np.reciprocal(norm) if logs else norm, **known}


class HalfNormalAbove(OneSided):
    """Normal errors that are all positive: a skew normal of infinite shape."""

    scale = Param(positive, "root mean square distance from minimum", (0.3, 20.0), unit=1)
    minimum = Param(real, "smallest possible y", (-3.0, 3.0), unit=1)
    sample_extremes = {"minimum": "smallest"}
    one_sided = (2, 1.0, False)


class HalfNormalBelow(OneSided):
    """Normal errors that are all negative: a skew normal of shape minus infinity."""

    scale = Param(positive, "root mean square distance from maximum", (0.3, 20.0), unit=1)
    maximum = Param(real, "largest possible y", (-3.0, 3.0), unit=1)
    sample_extremes = {"maximum": "largest"}
    one_sided = (2, -1.0, False)


class ExponentialAbove(OneSided):
    """Exponential distances from a smallest value: an asymmetric Laplace of quantile 0."""

    mean = Param(positive, "mean distance from minimum", (0.3, 20.0), unit=1)
    minimum = Param(real, "smallest possible y", (-3.0, 3.0), unit=1)
    sample_extremes = {"minimum": "smallest"}


class ExponentialBelow(OneSided):
    """Exponential distances from a largest value: an asymmetric Laplace of quantile 1."""

    mean = Param(positive, "mean distance from maximum", (0.3, 20.0), unit=1)
    maximum = Param(real, "largest possible y", (-3.0, 3.0), unit=1)
    sample_extremes = {"maximum": "largest"}
    one_sided = (1, -1.0, False)


class PowerFunction(OneSided):
    """P(Y ≤ y) = (y/maximum)^shape: the mirror of Pareto, a generalised gamma of infinite Q."""

    shape = Param(positive, "exponent of the lower tail", (0.8, 6.0))
    maximum = Param(positive, "largest possible y", (0.5, 10.0), unit=1)
    support = positive
    sample_extremes = {"maximum": "largest"}
    one_sided = (1, -1.0, True)
