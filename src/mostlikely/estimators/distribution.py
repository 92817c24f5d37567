"""A sample's noise model as an estimator: its score is the log-likelihood."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from mostlikely.estimators.common import said
from mostlikely.fit import fit

__all__ = ["DistributionFitter"]


class DistributionFitter(BaseEstimator):
    """A noise model of a column; ``GridSearchCV`` over ``family`` chooses by held-out likelihood.

    Several columns are fitted each by itself, as if they were independent.

    Parameters
    ----------
    family : Family, type or str
    max_steps : int

    Attributes
    ----------
    fits_ : tuple of Fit
        One per column, without its data.
    verdicts_ : tuple of Verdict

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import DistributionFitter
    >>> y = np.array([[2.1], [1.9], [2.0], [2.3], [1.8]])
    >>> model = DistributionFitter(family="normal").fit(y)
    >>> round(model.score(y), 6)        # the mean log-density
    0.341052
    """

    def __init__(self, family: Any = "normal", *, max_steps: int = 200) -> None:
        self.family = family
        self.max_steps = max_steps

    def fit(self, X: Any, y: Any = None, sample_weight: Any = None) -> DistributionFitter:
        """Fit each column of X, shape (n, columns); y is passed over."""
        X = validate_data(self, X, dtype=np.float64)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        self.fits_ = tuple(
            said(fit(self.family, column, weights=sample_weight, max_steps=self.max_steps))
            for column in X.T
        )
        self.verdicts_ = tuple(one.verdict for one in self.fits_)
        return self

    def score_samples(self, X: Any) -> Any:
        """The log-density of each row, shape (n,); −∞ outside the support."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        return np.sum(
            [one.distribution.log_prob(c) for one, c in zip(self.fits_, X.T, strict=True)], axis=0
        )

    def score(self, X: Any, y: Any = None) -> float:
        """The mean log-density of the rows."""
        return float(np.mean(self.score_samples(X)))

    def sample(self, n_samples: int = 1, random_state: Any = None) -> Any:
        """Draws from the fitted distributions, shape (n_samples, columns)."""
        check_is_fitted(self)
        rng = np.random.default_rng(random_state)
        seeds = rng.integers(2**31, size=len(self.fits_))
        return np.column_stack(
            [one.sample(n_samples, int(k)) for one, k in zip(self.fits_, seeds, strict=True)]
        )
