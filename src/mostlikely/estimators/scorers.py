"""Scores of whole distributions, larger is better: for ``scoring=`` of scikit-learn.

Gneiting and Raftery 2007, *J. Amer. Statist. Assoc.* 102: the log-score (section 4.1), the
continuous ranked probability score (eq. 20) and the quantile score (section 6.1) are proper.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mostlikely.errors import ModelError

__all__ = ["crps_scorer", "log_score", "pinball_scorer"]

#: Levels at which the distribution is asked for its quantiles, for the ranked probability score.
LEVELS = (np.arange(200) + 0.5) / 200.0


def log_score(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
    """The mean log-density of y under the estimator's ``predict_distribution``."""
    law = _law(estimator, X)
    return float(np.average(law.log_prob(np.asarray(y, dtype=float)), weights=sample_weight))


def crps_scorer(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
    """Minus the mean continuous ranked probability score, by 200 quantiles."""
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
    """A scorer: minus the mean pinball loss of the estimator's q-quantile."""
    if not 0.0 < q < 1.0:
        raise ModelError(f"q must be between 0 and 1, as in q=0.9; got {q!r}.")

    def score(estimator: Any, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Minus the mean pinball loss."""
        y = np.asarray(y, dtype=float)
        found = np.asarray(_law(estimator, X).quantile(np.full(len(y), q)))
        return -float(np.average(_pinball(y, found, q), weights=sample_weight))

    return score


def _pinball(y: Any, quantile: Any, q: float) -> Any:
    return np.maximum(q * (y - quantile), (q - 1.0) * (y - quantile))


def _law(estimator: Any, X: Any) -> Any:
    if not hasattr(estimator, "predict_distribution"):
        raise ModelError(
            f"{type(estimator).__name__} predicts no distribution; score an estimator that does, "
            "as MaximumLikelihoodRegressor."
        )
    return estimator.predict_distribution(X)
