"""A sample's noise model as an estimator: its score is the log-likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from mostlikely.errors import DataError
from mostlikely.estimators.common import said
from mostlikely.fit import fit

__all__ = ["DistributionFitter"]


class DistributionFitter(BaseEstimator):
    """A noise model of one column; ``GridSearchCV`` over ``family`` chooses by held-out likelihood.

    Parameters
    ----------
    family : Family, type or str
    max_steps : int

    Attributes
    ----------
    fit_ : Fit
    verdict_ : Verdict

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import DistributionFitter
    >>> y = np.array([[2.1], [1.9], [2.0], [2.3], [1.8]])
    >>> model = DistributionFitter(family="normal").fit(y)
    >>> round(model.score(y), 6)        # the mean log-density
    0.341055
    """

    def __init__(self, family: Any = "normal", *, max_steps: int = 200) -> None:
        self.family = family
        self.max_steps = max_steps

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> DistributionFitter:
        """Fit the one column of X, shape (n, 1); y is passed over."""
        values = validate_data(self, X, dtype=np.float64)
        column = self._column(values)
        self.fit_ = said(fit(self.family, column, weights=sample_weight, max_steps=self.max_steps))
        self.verdict_ = self.fit_.verdict
        return self

    def score_samples(self, X: Any) -> Any:
        """The log-density of each row, shape (n,); −∞ outside the support."""
        check_is_fitted(self)
        column = self._column(validate_data(self, X, reset=False, dtype=np.float64))
        return np.asarray(self.fit_.distribution.log_prob(column))

    def score(self, X: Any, y: Any = None) -> float:
        """The mean log-density of the rows."""
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Draws from the fitted distribution, shape (n_samples, 1)."""
        check_is_fitted(self)
        return self.fit_.sample(n_samples, random_state)[:, None]

    @staticmethod
    def _column(values: Any) -> Any:
        if values.shape[1] != 1:
            raise DataError(
                f"a distribution is fitted to one column, and X has {values.shape[1]} features; "
                "choose one of them, as with ColumnTransformer."
            )
        return values[:, 0]
