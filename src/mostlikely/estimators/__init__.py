"""scikit-learn's words for noise models: estimators, boosters and scorers (an extra)."""

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
