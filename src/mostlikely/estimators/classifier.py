"""Classes as a noise model: Bernoulli for two, Categorical for more."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from mostlikely.errors import DataError
from mostlikely.estimators.common import coefficients, columns, said
from mostlikely.family import family
from mostlikely.family.base import Family
from mostlikely.fit import fit

__all__ = ["MaximumLikelihoodClassifier"]


class MaximumLikelihoodClassifier(ClassifierMixin, BaseEstimator):
    """Logistic regression without a hidden penalty: Bernoulli for two classes, else Categorical.

    Parameters
    ----------
    penalty : Firth, Ridge or Lasso, optional
        As in `fit`. None is the maximum of the likelihood, which separated classes do not have:
        the verdict says so, and probabilities are then those of the limit.
    weight_kind : {"frequency", "sampling"}
        What ``sample_weight`` means.
    max_steps : int
        Evaluations allowed.

    Attributes
    ----------
    fit_ : Fit
        The fit without its data, as of a regressor.
    classes_ : array
    verdict_ : Verdict

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import MaximumLikelihoodClassifier
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), ["no", "yes", "yes", "no"]
    >>> MaximumLikelihoodClassifier().fit(X, y).predict_proba([[0.0]]).round(6).tolist()
    [[0.5, 0.5]]
    """

    def __init__(
        self, *, penalty: Any = None, weight_kind: str = "frequency", max_steps: int = 200
    ) -> None:
        self.penalty = penalty
        self.weight_kind = weight_kind
        self.max_steps = max_steps

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> MaximumLikelihoodClassifier:
        """Estimate from rows X of shape (n, p) and labels y of shape (n,).

        Raises
        ------
        DataError
            If there are fewer than two classes, or fewer than two that have a weight.
        """
        X, y = validate_data(self, X, y, dtype=np.float64)
        check_classification_targets(y)
        self.classes_, codes = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise DataError(
                f"the data have only one class, {self.classes_[0]!r}, and there is nothing to tell "
                "apart; give rows of two or more."
            )
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
            empty = [
                c for k, c in enumerate(self.classes_) if not np.any(sample_weight[codes == k])
            ]
            if len(self.classes_) - len(empty) < 2:
                raise DataError(
                    "fewer than two classes have a weight above zero; leave rows of two or more."
                )
        two = len(self.classes_) == 2
        self.fit_ = said(
            fit(
                "bernoulli" if two else "categorical",
                X=columns(self, X),
                y=codes.astype(np.float64) if two else codes,
                weights=sample_weight,
                weight_kind=self.weight_kind,
                penalty=self.penalty,
                max_steps=self.max_steps,
            )
        )
        self.verdict_ = self.fit_.verdict
        if two:
            self.intercept_, self.coef_ = coefficients(self.fit_)
        return self

    @property
    def family(self) -> Family:
        """The noise model: of the classes, once they are known; before, of any labels."""
        classes = getattr(self, "classes_", None)
        if classes is None:
            return family("categorical")()
        if len(classes) == 2:
            return family("bernoulli")()
        return family("categorical")(levels=classes.tolist())

    def predict_proba(self, X: Any) -> Any:
        """The probability of each class, shape (n, classes)."""
        check_is_fitted(self)
        X = columns(self, validate_data(self, X, reset=False, dtype=np.float64))
        if len(self.classes_) == 2:
            p = np.asarray(self.fit_.predict(X), dtype=float)
            return np.column_stack([1.0 - p, p])
        return np.asarray(self.fit_.predict(X, "probability"), dtype=float)

    def predict(self, X: Any) -> Any:
        """The most probable class of each row, shape (n,)."""
        shares = self.predict_proba(X)
        return self.classes_[np.argmax(shares, axis=1)]
