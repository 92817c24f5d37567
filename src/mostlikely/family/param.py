"""What a family declares of each of its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np

from mostlikely.calculus.domain import Domain
from mostlikely.calculus.link import LINKS, Link, default_link
from mostlikely.errors import ModelError

__all__ = [
    "COUNTED",
    "FRACTION",
    "HAZARD",
    "LOG_TIME",
    "MEAN",
    "PROBABILITY",
    "TIME",
    "Param",
    "check_value",
]

#: What the exponential of a coefficient is called, by the link on which it has a name.
PROBABILITY = {"logit": "odds ratio", "log": "risk ratio", "cloglog": "hazard ratio"}
COUNTED = {"log": "rate ratio"}
MEAN = {"log": "ratio of means"}
FRACTION = {"logit": "odds ratio", "log": "ratio of means"}
#: Of what stretches the time to an event, and of what multiplies its hazard.
TIME = {"log": "time ratio"}
LOG_TIME = {"identity": "time ratio"}
HAZARD = {"log": "hazard ratio"}


@dataclass(frozen=True)
class Param:
    """One parameter of a family.

    Parameters
    ----------
    domain : Domain
        Where it may lie; gives the default link, the validation and the draws of the tests.
    meaning : str
        What it is, in a few words: "mean of y".
    typical : (float, float), optional
        A range of ordinary values, for tests, plots and starting ranges; the default gives way to
        one inside the domain.
    unit : int
        The power of y's unit that it carries: 1 for a mean or a scale, -1 for a rate, 0 for a
        pure number. Multiplying the data by c multiplies the estimate by c**unit.
    link : str, optional
        A link other than the domain's own.
    known : bool
        True for what is never estimated, as the number of trials of a binomial.
    chosen : bool
        True for what, once it is fixed, says which question is asked and not what the noise is
        like, as the level of a quantile: losses keep it where they estimate what they hold.
    intercept : bool
        Whether a formula for it has an intercept; false where another parameter takes its place.
    ratios : mapping of str to str
        By the name of a link, what exp of a coefficient is called there: "odds ratio".

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.Param(ml.domains.positive, "mean of y", typical=(0.5, 20), unit=1).default_link.name
    'log'
    """

    domain: Domain
    meaning: str = ""
    typical: tuple[float, float] = (0.5, 2.0)
    unit: int = 0
    link: str | Link | None = None
    known: bool = False
    intercept: bool = True
    chosen: bool = False
    ratios: Mapping[str, str] = field(default_factory=dict, hash=False)

    def __post_init__(self) -> None:
        low, high = self.domain.low, self.domain.high
        if not low <= self.typical[0] <= self.typical[1] <= high:
            width = min(high - low, 2.0)
            first = low if isfinite(low) else high - width
            object.__setattr__(self, "typical", (first + 0.25 * width, first + 0.75 * width))

    @property
    def default_link(self) -> Link:
        """The link on which the solver climbs unless told otherwise."""
        if isinstance(self.link, Link):
            return self.link
        return default_link(self.domain) if self.link is None else LINKS[self.link]


def check_value(family: str, name: str, value: Any, param: Param) -> None:
    """Raise ModelError unless ``value`` is a number inside the parameter's domain."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ModelError(f"{family}: {name} must be a number to be fixed; got {value!r}.") from None
    if not (isfinite(number) and np.all(param.domain.contains(number))):
        raise ModelError(f"{family}: {name} must be {param.domain}; got {number:g}.")
