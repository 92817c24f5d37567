"""What a fit was found with: the proof, the data, and what its formulas have learnt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from mostlikely.data.response import Sample
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = ["Estimated", "Evidence"]


@dataclass(frozen=True, eq=False)
class Evidence:
    """What a fit knows as long as it has its data; one that was loaded has none.

    Parameters
    ----------
    proof : Proof
        How the maximum is known to be one, with the log-likelihood.
    bound : Bound or BoundTogether, optional
        What the formulas have learnt; None of a plain sample.
    """

    proof: Proof
    bound: Any = None

    @property
    def sample(self) -> Sample:
        """The response and the weights, all rows."""
        return self.proof.likelihood.unreduced.sample

    @property
    def table(self) -> Any:
        """The rows in use, of all columns that were read; None of a plain sample."""
        return None if self.bound is None else self.bound.table


class Estimated(Protocol):
    """Parameters with their covariance: a fit, or a fit as one of its members sees it."""

    @property
    def params(self) -> Mapping[Any, float]:
        """The free parameters, in order."""

    @property
    def chosen(self) -> str | None:
        """The kind of covariance that `with_covariance` has chosen, if it has."""

    def covariance(self, kind: str | None = None, cluster: Any = None) -> Vector:
        """The covariance of the estimate, shape (k, k)."""
