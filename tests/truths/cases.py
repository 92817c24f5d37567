"""Seeded parameter values inside each family's typical ranges, and what is drawn there."""

from __future__ import annotations

from functools import cache
from zlib import crc32

import numpy as np

from mostlikely.family.base import Family, Param
from mostlikely.family.distribution import Distribution


def rng_of(*labels: object) -> np.random.Generator:
    """A generator that depends on the labels only, not on the order of the tests."""
    return np.random.default_rng(crc32(" ".join(map(str, labels)).encode()))


def between(param: Param, u: float) -> float:
    """The parameter at the fraction u of its typical range; ratios count where it is positive."""
    low, high = param.typical
    value = low * (high / low) ** u if low > 0.0 else low + u * (high - low)
    return float(np.rint(value)) if param.domain.discrete else float(value)


@cache
def laws(family: type[Family], count: int = 3) -> tuple[Distribution, ...]:
    """The family at the given number of parameter values."""
    rng = rng_of(family.__name__, "parameters")
    return tuple(
        at(family, {k: between(p, rng.random()) for k, p in family.parameters.items()})
        for _ in range(count)
    )


def at(family: type[Family], values: dict[str, float]) -> Distribution:
    """The distribution at a value of all parameters, the known ones included."""
    known = {k: values[k] for k, p in family.parameters.items() if p.known}
    return family(**known).at(**{k: v for k, v in values.items() if k not in known})


@cache
def draws(law: Distribution, n: int = 400) -> np.ndarray:
    """Seeded draws, the same for every truth."""
    return law.sample(n, seed=rng_of(law, "draws"))


def estimable(law: Distribution) -> tuple[str, ...]:
    """The parameters in which the family is differentiated."""
    return law.family.free


def inside(law: Distribution, y: np.ndarray) -> np.ndarray:
    """Those of y that the distribution can give."""
    low, high = law.ends
    within = law.family.support.contains(y) & (y >= low) & (y <= high)
    return y[within & np.isfinite(law.log_prob(y))]
