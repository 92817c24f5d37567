"""Links: the one-to-one maps between a parameter's domain and the whole real line.

``forward`` takes the parameter θ to the linear predictor η, ``inverse`` brings η back. Both are
written in `ops`, so they run on jets and tensors like any formula; the solver climbs in η.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from mostlikely.calculus import ops
from mostlikely.calculus.domain import Domain, positive, real, unit

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
    """

    name: str
    forward: Callable[[Any], Any]
    inverse: Callable[[Any], Any]
    domain: Domain

    def __str__(self) -> str:
        return self.name


def _inverse_softplus(x: Any) -> Any:
    return x + ops.log(-ops.expm1(-x))


LINKS: dict[str, Link] = {
    link.name: link
    for link in (
        Link("identity", lambda x: x, lambda e: e, real),
        Link("log", ops.log, ops.exp, positive),
        Link("logit", ops.logit, ops.expit, unit),
        Link("probit", ops.ndtri, ops.ndtr, unit),
        Link("cloglog", lambda p: ops.log(-ops.log1p(-p)), lambda e: -ops.expm1(-ops.exp(e)), unit),
        Link("loglog", lambda p: -ops.log(-ops.log(p)), lambda e: ops.exp(-ops.exp(-e)), unit),
        Link(
            "cauchit",
            lambda p: -1.0 / _tan(np.pi * p),
            lambda e: 0.5 + ops.arctan(e) / np.pi,
            unit,
        ),
        Link("inverse", lambda x: 1.0 / x, lambda e: 1.0 / e, positive),
        Link("inverse_squared", lambda x: 1.0 / (x * x), lambda e: 1.0 / ops.sqrt(e), positive),
        Link("sqrt", ops.sqrt, lambda e: e * e, positive),
        Link("softplus", _inverse_softplus, lambda e: ops.logaddexp(e, 0.0), positive),
    )
}


def _tan(x: Any) -> Any:
    return ops.sin(x) / ops.cos(x)


def _stretched(low: float, high: float) -> Link:
    width = high - low
    return Link(
        "logit",
        lambda x: ops.log((x - low) / (high - x)),
        lambda e: low + width * ops.expit(e),
        Domain(f"between {low:g} and {high:g}", low, high, link="logit"),
    )


def _half_line(name: str, edge: float) -> Link:
    base = LINKS[name]
    return Link(
        name,
        lambda x: base.forward(x - edge),
        lambda e: edge + base.inverse(e),
        Domain(f"above {edge:g}", edge, link=name),
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
