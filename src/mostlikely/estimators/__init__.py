"""scikit-learn's words for noise models: estimators, boosters and scorers (an extra).

An estimator keeps what it was told, fits with `mostlikely.fit` or a boosting library, and keeps the
fit; its ``score`` is a proper one. scikit-learn's own checks run on each.

Open `regressor` first, then `classifier`, `distribution` and `booster` (trees that predict whole
distributions); `scorers` are for ``scoring=``, `common` says how a fit ended.

Nothing here may estimate anything by itself, or hide a verdict: one that is not ok warns.
"""

from __future__ import annotations

from mostlikely.errors import MissingPackage

try:
    import sklearn  # noqa: F401
except ImportError:
    raise MissingPackage(
        'estimators need scikit-learn: pip install "mostlikely[sklearn]".'
    ) from None

from mostlikely.estimators.booster import DistributionalBooster
from mostlikely.estimators.classifier import MaximumLikelihoodClassifier
from mostlikely.estimators.distribution import DistributionFitter
from mostlikely.estimators.regressor import MaximumLikelihoodRegressor
from mostlikely.estimators.scorers import crps_scorer, log_score, pinball_scorer

__all__ = [
    "DistributionFitter",
    "DistributionalBooster",
    "MaximumLikelihoodClassifier",
    "MaximumLikelihoodRegressor",
    "crps_scorer",
    "log_score",
    "pinball_scorer",
]
