"""Maximum likelihood estimation, as a system.

Say what noise you believe; get the parameters that make your data most probable, how sure you can
be of them, and the loss that goes with that belief.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mostlikely import datasets
from mostlikely.calculus import domain as domains
from mostlikely.calculus import ops
from mostlikely.compare import compare
from mostlikely.data.formula.seen_words import censored, exact, interval_censored, rounded
from mostlikely.derive import derive
from mostlikely.errors import DataError, MissingPackage, ModelError, MostLikelyError
from mostlikely.family import families, family, pages
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.compositions.shifted import Shifted
from mostlikely.family.distribution import Distribution
from mostlikely.family.joint import joint
from mostlikely.family.predictor import linear, nonlinear
from mostlikely.fit import anova, fit
from mostlikely.likelihood.evaluate import information, likelihood, log_likelihood, score
from mostlikely.loss.boosting import objective
from mostlikely.loss.choice import LossChoice
from mostlikely.loss.noise import Noise, noise_of
from mostlikely.loss.pick import pick_loss
from mostlikely.peers import no_word
from mostlikely.results.comparison import Comparison

from mostlikely.loss import head, loss  # isort: skip  # after its modules: a word, not a package
from mostlikely.likelihood.firth import Firth
from mostlikely.likelihood.penalty import Lasso, Ridge
from mostlikely.results.fit import Fit, Quantity
from mostlikely.results.loading import load
from mostlikely.verdict.verdict import Verdict

if TYPE_CHECKING:
    from mostlikely.estimators import DistributionalBooster as DistributionalBooster
    from mostlikely.estimators import DistributionFitter as DistributionFitter
    from mostlikely.estimators import MaximumLikelihoodClassifier as MaximumLikelihoodClassifier
    from mostlikely.estimators import MaximumLikelihoodRegressor as MaximumLikelihoodRegressor
    from mostlikely.family.typed import *  # noqa: F403 (the families, from their declarations)

__version__ = "0.1.0"

__all__ = [
    "Comparison",
    "DataError",
    "Distribution",
    "Family",
    "Firth",
    "Fit",
    "Lasso",
    "LossChoice",
    "MissingPackage",
    "ModelError",
    "MostLikelyError",
    "Noise",
    "Param",
    "Quantity",
    "Ridge",
    "Shifted",
    "SpecialCase",
    "Verdict",
    "anova",
    "censored",
    "compare",
    "datasets",
    "derive",
    "domains",
    "exact",
    "families",
    "family",
    "fit",
    "head",
    "information",
    "interval_censored",
    "joint",
    "likelihood",
    "linear",
    "load",
    "log_likelihood",
    "loss",
    "noise_of",
    "nonlinear",
    "objective",
    "ops",
    "pick_loss",
    "rounded",
    "score",
]

#: Words that need scikit-learn, which is imported when one of them is asked for; so they are not
#: among those that ``from mostlikely import *`` brings.
ESTIMATORS = (
    "DistributionFitter",
    "DistributionalBooster",
    "MaximumLikelihoodClassifier",
    "MaximumLikelihoodRegressor",
)


if not TYPE_CHECKING:  # to a type checker what is not there is not there

    def __getattr__(name: str) -> Any:
        """Families by their names, ``ml.Gamma``, and estimators: opened when they are asked for."""
        if name in ESTIMATORS:
            return getattr(import_module("mostlikely.estimators"), name)
        if not name.startswith("_") and name.lower() in pages():
            found = family(name)
            if found.__name__ == name:
                return found
        names = __dir__() if not name.startswith("_") else []
        raise AttributeError(no_word(name, names))


def __dir__() -> list[str]:
    return sorted({*__all__, *ESTIMATORS, *(f.__name__ for f in families())})
