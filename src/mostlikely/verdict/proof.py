"""A verdict together with the estimate that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mostlikely.family.distribution import Distribution
from mostlikely.solve.newton import Optimum
from mostlikely.solve.objective import Vector
from mostlikely.verdict.verdict import Verdict

__all__ = ["Proof", "Separation", "limit_of", "number", "plain"]


@dataclass(frozen=True)
class Separation:
    """How coefficients run off together, and what is known where they have.

    Parameters
    ----------
    direction : dict
        Of every coefficient, and every constant that moves.
    point : dict
        Parameters of the limit: one choice, where the limit does not tell them.
    flat : array, shape (names, q)
        A basis of the combinations that the limit does not tell.
    moved : array, shape (m, q)
        What rises without end, as functions of those combinations.
    """

    direction: dict[Any, float]
    point: dict[Any, float]
    flat: Vector
    moved: Vector


@dataclass(frozen=True)
class Proof:
    """A verdict with the estimate that it is about.

    Parameters
    ----------
    verdict : Verdict
        How it ended.
    params : dict of str to float
        The estimate on the natural scale; values on an edge are the edge.
    loglik : float
        The log-likelihood there, or its supremum.
    optimum : Optimum
        Where the climb ended, on the link scale of ``likelihood``.
    regular : tuple of str
        The parameters for which the usual standard errors exist: those not on an edge.
    inner : Likelihood
        The likelihood in the regular parameters alone, the others at their edge.
    inner_optimum : Optimum
        Its maximum.
    embed : callable
        Parameters of ``inner`` → all parameters of the model: how the limit sits in it.
    likelihood : Likelihood
        The likelihood that was climbed, in all free parameters.
    limit : Proof, optional
        The proof of the limiting family, where the edge has one.
    held : mapping
        Parameters whose estimate is an extreme value of the sample.
    separation : Separation, optional
        How coefficients run off together, where rows are separated.
    """

    verdict: Verdict
    params: dict[Any, float]
    loglik: float
    optimum: Optimum
    regular: tuple[Any, ...]
    inner: Any
    inner_optimum: Optimum
    embed: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    likelihood: Any
    limit: Proof | None = None
    held: Mapping[str, float] = field(default_factory=dict)
    separation: Separation | None = None

    @property
    def direction(self) -> Mapping[Any, float] | None:
        """How coefficients run off together, where rows are separated."""
        return None if self.separation is None else self.separation.direction

    @property
    def climbed(self) -> Any:
        """The likelihood that ``optimum`` is about: what the sample itself decides is held."""
        return self.likelihood.with_fixed(**self.held)


def plain(likelihood: Any, optimum: Optimum, verdict: Verdict) -> Proof:
    """The proof of an estimate that is where the climb ended."""
    return Proof(
        verdict,
        likelihood.natural(optimum.x),
        optimum.at.value,
        optimum,
        likelihood.names if verdict.kind == "interior" else (),
        likelihood,
        optimum,
        dict,
        likelihood,
    )


def limit_of(proof: Proof) -> Distribution | None:
    """The last of the limits that a proof leads to."""
    if proof.limit is None:
        return None
    if proof.limit.limit is not None:
        return limit_of(proof.limit)
    family = proof.limit.likelihood.family
    return Distribution(family, {**family.fixed, **proof.limit.params})


def number(x: float) -> str:
    """A number as it stands in a sentence."""
    if np.isinf(x):
        return "∞" if x > 0 else "−∞"
    return f"{x:.6g}"
