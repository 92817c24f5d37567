"""Penalties: what is taken off the log-likelihood, on request, so that an estimate exists.

None is ever added by default, and every summary says which one was.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Lasso", "Penalty", "Ridge"]


@dataclass(frozen=True)
class Penalty(ABC):
    """What is added to the log-likelihood; see `Firth`, `Ridge` and `Lasso`."""

    #: Whether likelihood ratios of the penalised likelihood are still chi-square.
    calibrated: ClassVar[bool] = False
    #: Whether it tells apart columns that are combinations of one another.
    separates: ClassVar[bool] = False
    #: What it does to the estimates and their errors, as the summary says it.
    note: ClassVar[str] = ""

    @property
    def nothing(self) -> bool:
        """Whether it adds nothing, whatever the estimate."""
        return False

    @abstractmethod
    def at(self, model: LogLikelihood, x: Vector, order: int = 2) -> Evaluation:
        """Value, slope and minus the curvature in coordinates; no more than ``order`` asks for."""

    def describe(self) -> dict[str, Any]:
        """What is needed to make it again, in plain values."""
        return {"kind": type(self).__name__, **vars(self)}

    def degrees(self, model: LogLikelihood, x: Vector) -> float:
        """How many parameters the estimate is worth; see `Fit.aic`."""
        return float(model.size)

    def check(self, model: LogLikelihood) -> None:
        """Raise ModelError if the penalty has no meaning for a model."""
        if not any(part.basis is not None or part.times is not None for part in model.parts):
            raise ModelError(
                f"{self} draws coefficients towards zero, and this model has no predictor: write "
                "it with a formula, or leave the penalty out."
            )


@dataclass(frozen=True)
class _Shrinkage(Penalty):
    """A penalty on the size of coefficients.

    Parameters
    ----------
    strength : float
    """

    separates = True
    strength: float

    @property
    def nothing(self) -> bool:
        """A strength of zero is no penalty."""
        return self.strength == 0.0

    def __post_init__(self) -> None:
        number = isinstance(self.strength, int | float | np.number)
        if not (number and not isinstance(self.strength, bool) and 0.0 <= self.strength < np.inf):
            raise ModelError(
                f"{type(self).__name__} needs a strength, zero or more and finite; got "
                f"{self.strength!r}."
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.strength:g})"


class Ridge(_Shrinkage):
    """``½ λ Σ β²`` is taken off the log-likelihood: coefficients are drawn towards zero.

    The sum is over the coefficients of linear predictors but intercepts and constant columns, in
    the units of the data; scale columns first, as in ``"y ~ scale(x)"``, where units differ. With
    n rows, scikit-learn's ``alpha`` of a mean loss is λ/n, and its ``C`` is 1/λ.

    Parameters
    ----------
    strength : float
        λ, zero or more.

    Notes
    -----
    Standard errors are the curvature of what was maximised (those of a posterior under a normal
    prior of variance 1/λ); the estimate is biased, so that there are no p-values.

    References
    ----------
    Hoerl and Kennard, "Ridge regression", *Technometrics* 12 (1970) 55-67.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}          # separated
    >>> fit = ml.fit(ml.Bernoulli("y ~ x"), data, penalty=ml.Ridge(1.0))
    >>> fit.verdict.ok, round(fit.params["p", "x"], 4)
    (True, 0.9583)
    """

    note = (
        "estimates are drawn towards zero; standard errors are the curvature of what was "
        "maximised, and there are no p-values"
    )

    def at(self, model: LogLikelihood, x: Vector, order: int = 2) -> Evaluation:
        """−½ λ |β|², β linear in the coordinates."""
        rows = model.shrunk
        beta = rows @ x
        value = -0.5 * self.strength * float(beta @ beta)
        return Evaluation(value, -self.strength * (rows.T @ beta), self.strength * rows.T @ rows)

    def degrees(self, model: LogLikelihood, x: Vector) -> float:
        """The trace of I (I + λ)⁻¹ (Hastie, Tibshirani and Friedman 2009, eq. 3.50)."""
        own = model.plain(x).information
        return float(np.trace(np.linalg.solve(own + self.at(model, x).information, own)))


class Lasso(_Shrinkage):
    """``λ Σ |β|`` is taken off the log-likelihood: small coefficients become exactly zero.

    The sum is that of `Ridge`. With n rows, the ``alpha`` of scikit-learn's and glmnet's mean
    loss is λ/n.

    Parameters
    ----------
    strength : float
        λ, zero or more.

    Notes
    -----
    There are no standard errors: after a selection none of the usual ones holds.

    References
    ----------
    Tibshirani, "Regression shrinkage and selection via the lasso", *J. R. Statist. Soc. B* 58
    (1996) 267-288.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [1, 2, 3, 4, 5, 6], "z": [2, 1, 2, 1, 2, 1], "y": [1, 2, 2, 4, 5, 7]}
    >>> fit = ml.fit(ml.Poisson("y ~ x + z"), data, penalty=ml.Lasso(5.0))
    >>> fit.params["mean", "z"]
    0.0
    """

    note = "small coefficients are zero, the others drawn towards it; no standard errors hold"

    def at(self, model: LogLikelihood, x: Vector, order: int = 2) -> Evaluation:
        """−λ Σ |β|, away from its corners."""
        rows = model.shrunk
        beta = rows @ x
        flat = np.zeros((len(x), len(x)))
        value = -self.strength * float(np.abs(beta).sum())
        return Evaluation(value, -self.strength * (rows.T @ np.sign(beta)), flat)

    def degrees(self, model: LogLikelihood, x: Vector) -> float:
        """Parameters that are not zero (Zou, Hastie and Tibshirani 2007, *Ann. Statist.* 35)."""
        size = np.abs(model.shrunk @ x)
        return float(model.size - np.sum(size <= 1e-12 * size.max(initial=1.0)))
