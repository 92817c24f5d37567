"""Boosted trees that predict whole distributions."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from mostlikely.errors import MissingPackage, ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.loss.boosting import Objective

__all__ = ["DistributionalBooster"]


class DistributionalBooster(RegressorMixin, BaseEstimator):
    """Every parameter of a noise model by gradient-boosted trees.

    Parameters
    ----------
    family : Family, type or str
        What noise you believe: ``"normal"`` boosts the mean and the spread.
    library : {"xgboost", "lightgbm"}
        Whose trees.
    rounds : int
        How many times a tree is added for each parameter.
    learning_rate, max_depth
        As there.
    hessian : {"expected", "observed"}
        As in `objective`.
    params : dict, optional
        More of the library's own.
    random_state : int, optional

    Attributes
    ----------
    booster_ : the library's own
    base_ : array, shape (outputs,)
        The constant fit that the trees begin from.

    Examples
    --------
    >>> import numpy as np
    >>> from mostlikely.estimators import DistributionalBooster
    >>> rng = np.random.default_rng(1)
    >>> X = rng.uniform(size=(400, 1))
    >>> y = np.exp(X[:, 0]) * rng.standard_normal(400)
    >>> law = DistributionalBooster("normal", rounds=30).fit(X, y).predict_distribution(X)
    >>> law.values["sigma"].shape
    (400,)
    """

    def __init__(
        self,
        family: Any = "normal",
        *,
        library: str = "xgboost",
        rounds: int = 100,
        learning_rate: float = 0.1,
        max_depth: int = 3,
        hessian: str = "expected",
        params: Any = None,
        random_state: Any = None,
    ) -> None:
        self.family = family
        self.library = library
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.hessian = hessian
        self.params = params
        self.random_state = random_state

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> DistributionalBooster:
        """Boost from rows X of shape (n, p) and responses y of shape (n,)."""
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        y = np.asarray(y, dtype=np.float64)
        if sample_weight is not None:
            sample_weight = _check_sample_weight(sample_weight, X, dtype=np.float64)
        self.objective_ = Objective(self.family, self.hessian)
        self.base_ = self.objective_.start(y, sample_weight)
        if self.library not in LIBRARIES:
            raise ModelError(
                f"there is no library {self.library!r}; {nearest(str(self.library), LIBRARIES)}"
            )
        self.booster_ = LIBRARIES[self.library][0](self, X, y, sample_weight)
        return self

    def raw(self, X: Any) -> Any:
        """The parameters on their links' scales, shape (n, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        found = np.asarray(LIBRARIES[self.library][1](self, X), dtype=np.float64)
        return found.reshape(len(X), self.objective_.outputs)

    def predict_distribution(self, X: Any) -> Distribution:
        """The whole distribution of each row: its quantiles, its cdf, its log-density."""
        family = self.objective_.family if hasattr(self, "objective_") else None
        raw = self.raw(X)
        assert family is not None
        values = dict(zip(family.free, family.natural(list(raw.T)), strict=True))
        return Distribution(
            family, dict(zip(family.parameters, family.arguments(values), strict=True))
        )

    def predict(self, X: Any) -> Any:
        """The mean of each row, shape (n,)."""
        return np.asarray(self.predict_distribution(X).mean, dtype=float)


def _starts(model: DistributionalBooster, n: int) -> Any:
    return np.tile(model.base_, (n, 1)) if len(model.base_) > 1 else np.full(n, model.base_[0])


def _xgboost(model: DistributionalBooster, X: Any, y: Any, w: Any) -> Any:
    xgboost = _library("xgboost")
    data = xgboost.DMatrix(X, y, weight=w, base_margin=_starts(model, len(y)))
    settings = {
        "learning_rate": model.learning_rate,
        "max_depth": model.max_depth,
        "base_score": 0.0,
        "disable_default_eval_metric": 1,
        "num_target": model.objective_.outputs,
        "seed": 0 if model.random_state is None else model.random_state,
        **(model.params or {}),
    }
    return xgboost.train(settings, data, model.rounds, obj=model.objective_.xgboost)


def _of_xgboost(model: DistributionalBooster, X: Any) -> Any:
    data = _library("xgboost").DMatrix(X, base_margin=_starts(model, len(X)))
    return model.booster_.predict(data, output_margin=True)


def _lightgbm(model: DistributionalBooster, X: Any, y: Any, w: Any) -> Any:
    lightgbm = _library("lightgbm")
    data = lightgbm.Dataset(X, y, weight=w, init_score=_starts(model, len(y)))
    settings = {
        "objective": model.objective_.lightgbm,
        "learning_rate": model.learning_rate,
        "max_depth": model.max_depth,
        "num_leaves": 2**model.max_depth,
        "num_class": model.objective_.outputs,
        "metric": "none",
        "verbose": -1,
        "seed": 0 if model.random_state is None else model.random_state,
        **(model.params or {}),
    }
    return lightgbm.train(settings, data, model.rounds)


def _of_lightgbm(model: DistributionalBooster, X: Any) -> Any:
    return model.booster_.predict(X, raw_score=True) + _starts(model, len(X))


def _library(name: str) -> Any:
    try:
        return __import__(name)
    except ImportError:
        raise MissingPackage(f'boosting needs {name}: pip install "mostlikely[boosting]"') from None


#: How each library trains, and what its booster says of new rows.
LIBRARIES = {"xgboost": (_xgboost, _of_xgboost), "lightgbm": (_lightgbm, _of_lightgbm)}
