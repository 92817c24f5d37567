"""What the estimators share: reading a fit, and saying how it ended."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from mostlikely.family.distribution import Distribution
from mostlikely.results.fit import Fit

__all__ = ["coefficients", "columns", "law_of", "said"]


def said(fit: Fit) -> Fit:
    """The fit without its data; a verdict that is not ok warns, as scikit-learn's users expect."""
    if not fit.verdict.ok:
        warnings.warn(str(fit.verdict), ConvergenceWarning, stacklevel=3)
    return fit.without_data(whole=False)


def columns(estimator: Any, X: Any) -> Any:
    """Rows of X, shape (n, p), under the names of its features, if it had any when fitted."""
    names = getattr(estimator, "feature_names_in_", None)
    return X if names is None else dict(zip(map(str, names), X.T, strict=True))


def coefficients(fit: Fit) -> tuple[float, Any]:
    """Intercept and coefficients of the first parameter, on its link's scale."""
    first = next(iter(fit.model.parameters))
    own = {k[1]: v for k, v in fit.params.items() if not isinstance(k, str) and k[0] == first}
    return float(own.pop("Intercept", 0.0)), np.array(list(own.values()))


def law_of(fit: Fit, X: Any) -> Distribution:
    """The distribution of each row of X."""
    law: Distribution = fit.predict(X).law
    return law
