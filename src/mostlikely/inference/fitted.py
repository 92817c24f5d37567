"""What a fit is to those who show it, draw it, write it down or derive it.

`results.fit.Fit` is one. Tables, pictures, files and derivations take these protocols, and so stand
below the fit that calls them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from mostlikely.data.weights import Weighting
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.inference.evidence import Evidence
from mostlikely.inference.prediction import Prediction
from mostlikely.likelihood.penalty import Penalty
from mostlikely.solve.objective import Vector
from mostlikely.verdict.verdict import Verdict

__all__ = ["Compared", "Fitted"]


class Fitted(Protocol):
    """A fit as its readers see it; `results.fit.Fit` says what each of these is."""

    @property
    def model(self) -> Family:
        """The noise model, with whatever was fixed."""

    @property
    def params(self) -> Mapping[Any, float]:
        """The free parameters, natural scale, in order."""

    @property
    def loglik(self) -> float:
        """The maximised log-likelihood."""

    @property
    def n(self) -> float:
        """The number of observations."""

    @property
    def df(self) -> float:
        """The number of free parameters, or what the estimate is worth."""

    @property
    def verdict(self) -> Verdict:
        """How the fit ended."""

    @property
    def label(self) -> str:
        """What was fitted."""

    @property
    def rows(self) -> int:
        """Rows used."""

    @property
    def dropped(self) -> int:
        """Rows left out as missing."""

    @property
    def weight_kind(self) -> str:
        """What the weights are."""

    @property
    def weighting(self) -> Weighting:
        """The same, as sums and covariances ask for it."""

    @property
    def limit(self) -> Distribution | None:
        """On a boundary, the simpler model."""

    @property
    def penalty(self) -> Penalty | None:
        """What was added to the log-likelihood."""

    @property
    def shrunken(self) -> bool:
        """Whether a penalty draws the estimates to zero."""

    @property
    def aic(self) -> float:
        """Akaike's criterion."""

    @property
    def bic(self) -> float:
        """Schwarz's criterion."""

    @property
    def standard_errors(self) -> Mapping[Any, float]:
        """By the keys of `params`."""

    @property
    def distribution(self) -> Distribution:
        """The fitted distribution, where all rows have the same."""

    def covariance(self, kind: str | None = None, cluster: Any = None) -> Vector:
        """The covariance of the estimate, shape (k, k)."""

    def interval(self, parameter: str, level: float, method: str) -> tuple[float, float]:
        """A confidence interval."""

    def unbounded(self, key: Any) -> bool:
        """Whether a parameter may be any real number."""

    def profile(self, parameter: str) -> tuple[Vector, Vector]:
        """The profile log-likelihood of one parameter: values, and its height there."""

    def log_likelihood(self, params: Mapping[Any, float], /) -> float:
        """The log-likelihood at other values."""

    def predict(self, data: Any = None, what: str = "mean", **options: Any) -> Prediction:
        """What the model says of rows."""

    # The data: a fit that was loaded has none.

    @property
    def has_data(self) -> bool:
        """Whether the fit has the data that it was found with; one that was loaded has not."""

    @property
    def has_predictors(self) -> bool:
        """Whether a parameter differs from row to row."""

    def evidence(self, what: str = "this") -> Evidence:
        """The proof, the data, and what the formulas have learnt; ``what`` is what needs them."""


class Compared(Protocol):
    """Fits side by side; `results.comparison.Comparison` is one."""

    @property
    def fits(self) -> Sequence[Fitted]:
        """In order."""

    @property
    def refused(self) -> Mapping[str, str]:
        """Models that the data do not allow, and why."""

    @property
    def best(self) -> Fitted:
        """The first whose verdict is ok."""

    def rows(self) -> list[dict[str, Any]]:
        """One tidy row per model."""
