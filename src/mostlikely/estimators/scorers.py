"""Scores of whole distributions, larger is better: for ``scoring=`` of scikit-learn.

Gneiting and Raftery 2007, *J. Amer. Statist. Assoc.* 102: the log-score (section 4.1), the
continuous ranked probability score (eq. 20) and the quantile score (section 6.1) are proper.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mostlikely.errors import ModelError

__all__ = ["crps_scorer", "log_score", "pinball_scorer"]

#: Levels at which the distribution is asked for its quantiles, for the ranked probability score.
LEVELS = (np.arange(200) + 0.5) / 200.0


def log_score(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
    """The mean log-density of y under the estimator's ``predict_distribution``.

    Parameters
    ----------
    estimator : object with ``predict_distribution``
        Or a pipeline that ends in one, or a search over such.
    X, y, sample_weight
        As everywhere in scikit-learn.

    Raises
    ------
    ModelError
        If the estimator predicts no distribution.

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import MaximumLikelihoodRegressor
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), [2.0, 4.0, 5.0, 7.0]
    >>> model = MaximumLikelihoodRegressor("normal").fit(X, y)
    >>> round(log_score(model, X, y), 6)              # sigma is 1: -(log(2π) + 1)/2
    -1.418939
    """
    law = _law(estimator, X)
    return float(np.average(law.log_prob(np.asarray(y, dtype=float)), weights=sample_weight))


def crps_scorer(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
    """Minus the mean continuous ranked probability score, by 200 quantiles.

    Parameters and errors are those of `log_score`.

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import MaximumLikelihoodRegressor
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), [2.0, 4.0, 5.0, 7.0]
    >>> model = MaximumLikelihoodRegressor("normal").fit(X, y)
    >>> round(crps_scorer(model, X, y), 3)            # each y is one sigma from its mean
    -0.602
    """
    rows = crps(_law(estimator, X), np.asarray(y, dtype=float))
    return -float(np.average(rows, weights=sample_weight))


def crps(law: Any, y: Any) -> Any:
    """The continuous ranked probability score of each row, smaller is better.

    CRPS = 2 ∫ (1{y < F⁻¹(q)} − q)(F⁻¹(q) − y) dq (Laio and Tamea 2007, eq. 8).
    """
    total = np.zeros(len(y))
    for q in LEVELS:
        total += _pinball(y, np.asarray(law.quantile(np.full(len(y), q))), q)
    return 2.0 * total / len(LEVELS)


def pinball_scorer(q: float) -> Callable[..., float]:
    """A scorer: minus the mean pinball loss of the estimator's q-quantile.

    Parameters
    ----------
    q : float
        Between 0 and 1.

    Returns
    -------
    callable
        With the parameters and errors of `log_score`.

    Raises
    ------
    ModelError
        If q is not between 0 and 1.

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import MaximumLikelihoodRegressor
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), [2.0, 4.0, 5.0, 7.0]
    >>> model = MaximumLikelihoodRegressor("normal").fit(X, y)
    >>> round(pinball_scorer(0.5)(model, X, y), 6)    # half of the mean absolute error
    -0.5
    """
    if not 0.0 < q < 1.0:
        raise ModelError(f"q must be between 0 and 1, as in q=0.9; got {q!r}.")

    return partial(_pinball_score, q)


def _pinball_score(q: float, estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
    """Minus the mean pinball loss; no function inside another, so that a search is pickled."""
    y = np.asarray(y, dtype=float)
    found = np.asarray(_law(estimator, X).quantile(np.full(len(y), q)))
    return -float(np.average(_pinball(y, found, q), weights=sample_weight))


def _pinball(y: Any, quantile: Any, q: float) -> Any:
    return np.maximum(q * (y - quantile), (q - 1.0) * (y - quantile))


def _law(estimator: Any, X: Any) -> Any:
    """The distribution of each row; of a pipeline its last step's, of a search its best one's."""
    if hasattr(estimator, "predict_distribution"):
        return estimator.predict_distribution(X)
    if hasattr(estimator, "best_estimator_"):
        return _law(estimator.best_estimator_, X)
    if hasattr(estimator, "steps"):
        before = estimator.steps[:-1]
        return _law(estimator.steps[-1][1], estimator[:-1].transform(X) if before else X)
    raise ModelError(
        f"{type(estimator).__name__} predicts no distribution; score an estimator that does, "
        "as MaximumLikelihoodRegressor."
    )
