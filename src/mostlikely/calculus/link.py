"""Links: the one-to-one maps between a parameter's domain and the whole real line.

``forward`` takes the parameter θ to the linear predictor η, ``inverse`` brings η back. Both are
written in `ops`, so they run on jets and tensors like any formula; the solver climbs in η.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np

from mostlikely.calculus import ops
from mostlikely.calculus.domain import Domain, positive, real, unit
from mostlikely.calculus.jet import Jet

__all__ = ["LINKS", "Link", "default_link"]


@dataclass(frozen=True)
class Link:
    """A smooth increasing (or decreasing) map η = forward(θ) with its inverse.

    Parameters
    ----------
    name : str
        As in ``ml.linear(..., link="log")``.
    forward, inverse : callable
        θ → η and η → θ, elementwise, for every reader of `ops`.
    domain : Domain
        The θ that ``inverse`` reaches.
    rest : callable, optional
        η → 1 − θ with all of its digits, for links of probabilities.
    made : tuple, optional
        The function, and its arguments, that makes it again when it is pickled.
    """

    name: str
    forward: Callable[[Any], Any]
    inverse: Callable[[Any], Any]
    domain: Domain
    rest: Callable[[Any], Any] | None = None
    made: tuple[Callable[..., Link], tuple[Any, ...]] | None = field(default=None, compare=False)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickled by its name, or by what made it: formulas cannot travel."""
        if LINKS.get(self.name) is self:
            return _named, (self.name,)
        return self.made or (
            Link,
            (self.name, self.forward, self.inverse, self.domain, self.rest),
        )

    def __call__(self, eta: Any) -> Any:
        """The parameter at η; a jet of a probability remembers what it leaves of one."""
        theta = self.inverse(eta)
        if self.rest is not None and isinstance(theta, Jet):
            theta.rest = partial(self.rest, eta)
        return theta

    def __str__(self) -> str:
        return self.name


def _inverse_softplus(x: Any) -> Any:
    return x + ops.log(-ops.expm1(-x))


def _cauchy_cdf(e: Any) -> Any:
    # far left 0.5 + arctan(e)/π cancels
    return (
        ops.where(e < -1.0, ops.arctan(-1.0 / ops.minimum(e, -0.5)), ops.arctan(e) + 0.5 * np.pi)
        / np.pi
    )


def _cauchy_sf(e: Any) -> Any:
    return _cauchy_cdf(-e)


LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        Link("identity", lambda x: x, lambda e: e, real),
        Link("log", ops.log, ops.exp, positive),
        Link("logit", ops.logit, ops.expit, unit, lambda e: ops.expit(-e)),
        Link("probit", ops.ndtri, ops.ndtr, unit, lambda e: ops.ndtr(-e)),
        Link(
            "cloglog",
            lambda p: ops.log(-ops.log1p(-p)),
            lambda e: -ops.expm1(-ops.exp(e)),
            unit,
            lambda e: ops.exp(-ops.exp(e)),
        ),
        Link(
            "loglog",
            lambda p: -ops.log(-ops.log(p)),
            lambda e: ops.exp(-ops.exp(-e)),
            unit,
            lambda e: -ops.expm1(-ops.exp(-e)),
        ),
        Link("cauchit", lambda p: -1.0 / _tan(np.pi * p), _cauchy_cdf, unit, _cauchy_sf),
        Link("inverse", lambda x: 1.0 / x, lambda e: 1.0 / e, positive),
        Link("inverse_squared", lambda x: 1.0 / (x * x), lambda e: 1.0 / ops.sqrt(e), positive),
        Link("sqrt", ops.sqrt, lambda e: e * e, positive),
        Link("softplus", _inverse_softplus, lambda e: ops.logaddexp(e, 0.0), positive),
    )
}


def _named(name: str) -> Link:
    return LINKS[name]


def _tan(x: Any) -> Any:
    return ops.sin(x) / ops.cos(x)


def _stretched(low: float, high: float) -> Link:
    width = high - low
    return Link(
        "logit",
        lambda x: ops.log((x - low) / (high - x)),
        lambda e: low + width * ops.expit(e),
        Domain(f"between {low:g} and {high:g}", low, high, link="logit"),
        made=(_stretched, (low, high)),
    )


def _half_line(name: str, edge: float) -> Link:
    base = LINKS[name]
    return Link(
        name,
        lambda x: base.forward(x - edge),
        lambda e: edge + base.inverse(e),
        Domain(f"above {edge:g}", edge, link=name),
        made=(_half_line, (name, edge)),
    )


def default_link(domain: Domain) -> Link:
    """The link that takes ``domain`` to the whole line."""
    if domain.link == "logit" and (domain.low, domain.high) != (0.0, 1.0):
        return _stretched(domain.low, domain.high)
    if domain.link == "log" and domain.low not in (0.0,):
        return _half_line("log", domain.low)
    return LINKS[domain.link]


def power(exponent: float) -> Link:
    """θ ↦ θ**exponent on the positive numbers (Box and Cox's ladder without the log)."""
    return Link(
        f"power({exponent:g})",
        partial(_raise, exponent=exponent),
        partial(_raise, exponent=1.0 / exponent),
        positive,
    )


def _raise(x: Any, *, exponent: float) -> Any:
    return x**exponent
