"""What a family's page says, as far as others read it: its parameters and its formulas.

`base.Family` is one, with what is bound of its parameters. A law, an expectation and whatever else
needs a density and its companions takes `Formulas` or `Law`, and so stands below `base`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from mostlikely.calculus.domain import Domain
from mostlikely.family.param import Param

__all__ = ["Formula", "Formulas", "Law"]

#: A function of (y, parameters...), or of the parameters alone.
Formula = Callable[..., Any]


class Formulas(Protocol):
    """A family as its readers see it; `base.Family` says what each of these is."""

    @property
    def name(self) -> str:
        """As it is called."""

    @property
    def support(self) -> Domain:
        """Where y may lie."""

    @property
    def parameters(self) -> Mapping[str, Param]:
        """All of them, in the order in which formulas take them."""

    @property
    def free(self) -> tuple[str, ...]:
        """Those that are estimated, or follow what is estimated."""

    @property
    def labels(self) -> bool:
        """Whether y is one of several labels."""

    @property
    def ordered(self) -> bool:
        """Whether these have an order."""

    @property
    def kinks(self) -> tuple[str, ...]:
        """Parameters at whose value the density has a corner."""

    @property
    def log_prob(self) -> Formula:
        """The log-density of y, inside the support."""

    @property
    def log_cdf(self) -> Formula | None:
        """log P(Y ≤ y)."""

    @property
    def log_sf(self) -> Formula | None:
        """log P(Y > y)."""

    @property
    def quantile(self) -> Formula | None:
        """The y that a share of the probability lies below."""

    @property
    def sample(self) -> Formula | None:
        """Draws of y, from (rng, n, parameters...)."""

    @property
    def moments(self) -> Formula | None:
        """Mean and variance of y, from the parameters."""

    @property
    def ends(self) -> Formula | None:
        """Where y ends, from the parameters, if that depends on them."""

    @property
    def corners(self) -> Formula | None:
        """Where a derivative of the density in y jumps, from the parameters."""

    @property
    def information(self) -> Formula | None:
        """Expected information of an observation, from the parameters."""

    def arguments(self, free: Mapping[str, Any], /) -> list[Any]:
        """Values of all parameters, in order, from those of the free ones."""

    def describe(self) -> dict[str, Any]:
        """What is needed to make it again, in plain values."""

    def at(self, **values: float) -> Law:
        """The law with every parameter known, from those of the free ones."""


class Law(Protocol):
    """A family with every parameter known, as far as its expectations need it."""

    @property
    def family(self) -> Formulas:
        """What it is a law of."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Every parameter's value."""

    @property
    def arguments(self) -> list[Any]:
        """The same in the family's order."""

    @property
    def ends(self) -> tuple[Any, Any]:
        """Smallest and largest y, or their limits."""

    def log_prob(self, y: Any, /) -> Any:
        """The log-density of y."""

    def sample(self, n: int, seed: Any = None) -> Any:
        """n independent draws of y."""
