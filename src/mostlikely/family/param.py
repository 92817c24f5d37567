"""What a family declares of its parameters and its relatives."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.calculus.domain import Domain
from mostlikely.calculus.link import LINKS, Link, default_link
from mostlikely.errors import ModelError

if TYPE_CHECKING:
    from mostlikely.family.base import Family

__all__ = ["Kin", "Param", "check_value"]


@dataclass(frozen=True)
class Param:
    """One parameter of a family.

    Parameters
    ----------
    domain : Domain
        Where it may lie; gives the default link, the validation and the draws of the tests.
    meaning : str
        What it is, in a few words: "mean of y".
    typical : (float, float)
        A range of ordinary values, for tests, plots and starting ranges.
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

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.Param(ml.positive, "mean of y", typical=(0.5, 20), unit=1).default_link.name
    'log'
    """

    domain: Domain
    meaning: str
    typical: tuple[float, float] = (0.5, 2.0)
    unit: int = 0
    link: str | Link | None = None
    known: bool = False
    intercept: bool = True
    chosen: bool = False

    @property
    def default_link(self) -> Link:
        """The link on which the solver climbs unless told otherwise."""
        if isinstance(self.link, Link):
            return self.link
        return default_link(self.domain) if self.link is None else LINKS[self.link]


@dataclass(frozen=True)
class Kin:
    """A family that is a special case, or a limit, of the one that declares it.

    Parameters
    ----------
    family : type
        The special family.
    when : mapping
        Values at which the general family becomes it; an infinite value, or one on the edge of
        its domain, makes it a limit: the model that a boundary verdict then names.
    rest : callable
        The general family's other parameters from the special family's, and from those of
        ``when`` (by name). By default parameters of the same name are equal.

    Examples
    --------
    >>> from mostlikely import Exponential
    >>> Kin(Exponential, when={"shape": 1.0}).at(mean=3.0)
    {'mean': 3.0, 'shape': 1.0}
    """

    family: type[Family]
    when: Mapping[str, float]
    rest: Callable[..., Mapping[str, Any]] | None = None

    def at(self, **special: Any) -> dict[str, Any]:
        """All parameters of the general family at a parameter value of the special one."""
        if self.rest is None:
            return {**special, **self.when}
        wanted = inspect.signature(self.rest).parameters
        given = {k: v for k, v in {**special, **self.when}.items() if k in wanted}
        return {**self.rest(**given), **self.when}


def check_value(family: str, name: str, value: Any, param: Param) -> None:
    """Raise ModelError unless ``value`` is a number inside the parameter's domain."""
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise ModelError(f"{family}: {name} must be a number to be fixed; got {value!r}.") from None
    if not (isfinite(number) and np.all(param.domain.contains(number))):
        raise ModelError(f"{family}: {name} must be {param.domain}; got {number:g}.")
