"""A regression with any noise model, as scikit-learn knows regressors."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from mostlikely.estimators.common import coefficients, columns, law_of, said
from mostlikely.family.distribution import Distribution
from mostlikely.fit import fit

__all__ = ["MaximumLikelihoodRegressor"]


class MaximumLikelihoodRegressor(RegressorMixin, BaseEstimator):
    """A linear predictor under any noise model: ``ml.fit(family, X=X, y=y)`` for pipelines.

    ``predict`` gives the mean, ``score`` is R² as for every regressor of scikit-learn. For the
    log-likelihood per row: ``cross_val_score(..., scoring=log_score)``.

    Parameters
    ----------
    family : Family, type or str
        What noise you believe; its first parameter follows X.
    penalty : Firth, Ridge or Lasso, optional
        As in `fit`.
    weight_kind : {"frequency", "precision", "sampling"}
        What ``sample_weight`` means, as in `fit`.
    max_steps : int
        Evaluations allowed.

    Attributes
    ----------
    fit_ : Fit
        The fit without its data: standard errors, Wald's intervals and tests, the verdict;
        coefficients have the names of the features, if X has any. Intervals of new observations
        are those of large samples; for what needs the rows, ``ml.fit(family, X=X, y=y)``.
    coef_, intercept_ : array and float
        On the scale of the link.
    verdict_ : Verdict
        How it ended. One that is not ok is a ``ConvergenceWarning`` too.

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import MaximumLikelihoodRegressor
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), [2, 4, 5, 7]
    >>> model = MaximumLikelihoodRegressor(family="poisson").fit(X, y)
    >>> model.predict([[1.0]]).round(6).tolist(), model.verdict_.ok
    ([6.0], True)
    """

    def __init__(
        self,
        family: Any = "normal",
        *,
        penalty: Any = None,
        weight_kind: str = "frequency",
        max_steps: int = 200,
    ) -> None:
        self.family = family
        self.penalty = penalty
        self.weight_kind = weight_kind
        self.max_steps = max_steps

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> MaximumLikelihoodRegressor:
        """Estimate the coefficients from rows X of shape (n, p) and responses y of shape (n,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        self.fit_ = said(
            fit(
                self.family,
                X=columns(self, X),
                y=np.asarray(y, dtype=np.float64),
                weights=sample_weight,
                weight_kind=self.weight_kind,
                penalty=self.penalty,
                max_steps=self.max_steps,
            )
        )
        self.verdict_ = self.fit_.verdict
        self.intercept_, self.coef_ = coefficients(self.fit_)
        return self

    def predict(self, X: Any) -> Any:
        """The mean of each row, shape (n,)."""
        return np.asarray(self._law(X).mean, dtype=float)

    def predict_distribution(self, X: Any) -> Distribution:
        """The whole distribution of each row: its quantiles, its cdf, its log-density."""
        return self._law(X)

    def _law(self, X: Any) -> Distribution:
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return law_of(self.fit_, columns(self, X))
