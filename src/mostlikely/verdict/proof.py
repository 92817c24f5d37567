"""A verdict together with the estimate that it is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mostlikely.data import Sample
from mostlikely.family.distribution import Distribution
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum
from mostlikely.verdict.verdict import Verdict

__all__ = ["InnerNames", "Kept", "Proof", "Separation", "limit_of", "plain"]


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
class Kept:
    """What was computed of a proof while its rows were there.

    Parameters
    ----------
    covariances : mapping of kind to array, shape (names, names)
        Of the estimate.
    inner : mapping of kind to array
        Of the parameters of the inner likelihood by itself; empty where they are the same.
    points : tuple of array, shape (samples, k), or None
        Of each member, the estimates from samples drawn at the estimate.
    """

    covariances: Mapping[str, Vector]
    inner: Mapping[str, Vector] = field(default_factory=dict)
    points: tuple[Vector | None, ...] = ()


@dataclass(frozen=True)
class InnerNames:
    """The names and the number of coordinates of a likelihood that is no longer there."""

    names: tuple[Any, ...]
    size: int
    sample: Sample


@dataclass(frozen=True)
class Proof:
    """A verdict with the estimate that it is about.

    Parameters
    ----------
    verdict : Verdict
        How it ended.
    params : dict of key to float
        The estimate; values on an edge are the edge.
    loglik : float
        The log-likelihood there, or its supremum.
    optimum : Optimum
        Where the climb ended, in the coordinates of ``likelihood``.
    regular : tuple of keys
        The parameters for which the usual standard errors exist: those not on an edge.
    inner : LogLikelihood
        That of the regular parameters alone, the others at their edge.
    inner_optimum : Optimum
        Its maximum.
    embed : callable
        Parameters of ``inner`` → all parameters of the model: how the limit sits in it.
    likelihood : LogLikelihood
        What was climbed, in all free parameters.
    limit : Proof, optional
        The proof of the limiting family, where the edge has one.
    held : mapping
        Parameters whose estimate is an extreme value of the sample.
    separation : Separation, optional
        How coefficients run off together, where rows are separated.
    rank : int, optional
        How many parameters the rows tell, where some are two names for one number.
    kept : Kept, optional
        What was computed of the rows, where they are no longer there.
    """

    verdict: Verdict
    params: dict[Any, float]
    loglik: float
    optimum: Optimum
    regular: tuple[Any, ...]
    inner: LogLikelihood
    inner_optimum: Optimum
    embed: Callable[[Mapping[Any, Any]], Mapping[Any, Any]]
    likelihood: LogLikelihood
    limit: Proof | None = None
    held: Mapping[Any, float] = field(default_factory=dict)
    separation: Separation | None = None
    rank: int | None = None
    kept: Kept | None = None

    @property
    def direction(self) -> Mapping[Any, float] | None:
        """How coefficients run off together, where rows are separated."""
        return None if self.separation is None else self.separation.direction

    @property
    def climbed(self) -> LogLikelihood:
        """The likelihood that ``optimum`` is about: what the sample itself decides is held."""
        return self.likelihood.holding(self.held)

    def on(self, whole: LogLikelihood) -> Proof:
        """The same proof of the log-likelihood whose rows were climbed as fewer points."""
        return self if whole is self.likelihood else replace(self, likelihood=whole)


def plain(loglik: LogLikelihood, optimum: Optimum, verdict: Verdict) -> Proof:
    """The proof of an estimate that is where the climb ended."""
    return Proof(
        verdict,
        loglik.natural(optimum.x),
        optimum.at.value,
        optimum,
        loglik.names if verdict.kind == "interior" else (),
        loglik,
        optimum,
        dict,
        loglik,
    )


def limit_of(proof: Proof) -> Distribution | None:
    """The last of the limits that a proof leads to, where all rows are alike."""
    if proof.limit is None:
        return None
    if proof.limit.limit is not None:
        return limit_of(proof.limit)
    loglik = proof.limit.likelihood
    if len(loglik.members) > 1 or not loglik.member.one_sample:
        return None
    family = loglik.member.family
    values = loglik.member.by_name(proof.limit.params)
    return Distribution(family, {**family.fixed, **values})
