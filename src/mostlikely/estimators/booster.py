"""Boosted trees that predict whole distributions."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.model_selection import train_test_split
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, validate_data

from mostlikely.errors import MissingPackage, ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.loss.boosting import Objective
from mostlikely.tables.progress import Progress

__all__ = ["DistributionalBooster"]

Floats = NDArray[np.float64]

#: The largest unit on a scale of logarithms or log-odds.
LARGEST = 10.0


class DistributionalBooster(RegressorMixin, BaseEstimator):
    """Every parameter of a noise model by gradient-boosted trees.

    Trees learn how far a row is from the constant fit, in units of what one row tells of each
    parameter, so that settings mean the same whatever the unit of y: squared error's Hessian is
    one, and so is every parameter's at the start.

    Parameters
    ----------
    family : Family, type or str
        What noise you believe: ``"normal"`` boosts the mean and the spread.
    library : {"xgboost", "lightgbm"}
        Whose trees.
    rounds : int
        How many times a tree is added for each parameter, at most.
    learning_rate : float
        What each tree's values are multiplied by.
    max_depth : int
        Of each tree.
    min_samples_leaf : int
        How many rows a leaf needs: a spread cannot be told from one. XGBoost counts rows by their
        information, which is one each at the start.
    hessian : {"expected", "observed"}
        As in `objective`. Expected information makes each step a natural gradient's, where the
        parameters are orthogonal, as a mean and a spread are.
    early_stopping_rounds : int, optional
        Stop once so many rounds have not raised the likelihood of rows that are held out, and keep
        the rounds up to its best. By default all rounds are kept.
    validation_fraction : float
        The share of rows that is held out for that, where `fit` is given none.
    params : dict, optional
        More of the library's own.
    random_state : int, optional
    progress : bool
        Whether work of more than two seconds shows how far it is, in a terminal or a notebook.

    Attributes
    ----------
    booster_ : the library's own
    base_ : array, shape (outputs,)
        The constant fit that the trees begin from, on the links' scales.
    units_ : array, shape (outputs,)
        What trees' sums are multiplied by: 1/√information of a row under the constant fit.
    rounds_ : int
        How many rounds are kept.
    validation_losses_ : list of float
        The mean negative log-likelihood of the held-out rows after each round, if some were.

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
        min_samples_leaf: int = 20,
        hessian: str = "expected",
        early_stopping_rounds: int | None = None,
        validation_fraction: float = 0.1,
        params: Any = None,
        random_state: Any = None,
        progress: bool = True,
    ) -> None:
        self.family = family
        self.library = library
        self.rounds = rounds
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.hessian = hessian
        self.early_stopping_rounds = early_stopping_rounds
        self.validation_fraction = validation_fraction
        self.params = params
        self.random_state = random_state
        self.progress = progress

    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, validation: Any = None
    ) -> DistributionalBooster:
        """Boost from rows X of shape (n, p) and responses y of shape (n,).

        Parameters
        ----------
        X, y, sample_weight
            As everywhere in scikit-learn.
        validation : (X, y), optional
            Rows that tell when to stop, with ``early_stopping_rounds``.

        Raises
        ------
        ModelError
            For an unknown library, or ``validation`` without ``early_stopping_rounds``.
        DataError
            If y is outside the family's support.
        MissingPackage
            If the library is not installed.
        """
        X, y = validate_data(self, X, y, y_numeric=True, dtype=np.float64)
        y, w = np.asarray(y, dtype=np.float64), None
        if sample_weight is not None:
            w = _check_sample_weight(sample_weight, X, dtype=np.float64)
        if self.library not in LIBRARIES:
            raise ModelError(
                f"there is no library {self.library!r}; {nearest(str(self.library), LIBRARIES)}"
            )
        (X, y, w), held = self._held_out(X, y, w, validation)
        self.objective_ = Objective(self.family, self.hessian)
        self.base_ = self.objective_.start(y, w)
        self.units_ = self._units(y, w)
        rows = _Rows(self, X, y, w)
        valid = None if held is None else _Rows(self, *held)
        with Progress("boosting", self.rounds, self.progress) as line:
            self.booster_, losses = LIBRARIES[self.library][0](self, rows, valid, line.step)
        self.validation_losses_ = losses
        self.rounds_ = 1 + int(np.argmin(losses)) if losses else self.rounds
        return self

    def _units(self, y: Floats, w: Floats | None) -> Floats:
        start = np.tile(self.base_, (len(y), 1))
        information = np.average(self.objective_.derivatives(y, start)[1], axis=0, weights=w)
        units = 1.0 / np.sqrt(information)
        # What nothing is known of (a shape whose best value is infinite) is no reason to leap; only
        # what is measured in the data's unit may be of any size.
        links = self.objective_.family.links().values()
        measured = np.array([link.name == "identity" for link in links])
        bounded: Floats = np.where(measured, units, np.minimum(units, LARGEST))
        return bounded

    def _held_out(self, X: Any, y: Any, w: Any, validation: Any) -> tuple[Any, Any]:
        """The rows to learn from, and those that tell when to stop, if any."""
        if self.early_stopping_rounds is None:
            if validation is not None:
                raise ModelError(
                    "validation rows tell when to stop: set early_stopping_rounds, as in "
                    "DistributionalBooster(early_stopping_rounds=20)."
                )
            return (X, y, w), None
        if validation is not None:
            other, of_other = validate_data(
                self, *validation, reset=False, y_numeric=True, dtype=np.float64
            )
            return (X, y, w), (other, np.asarray(of_other, dtype=np.float64), None)
        places = train_test_split(
            np.arange(len(y)), test_size=self.validation_fraction, random_state=self.random_state
        )
        learn, held = ((X[k], y[k], None if w is None else w[k]) for k in places)
        return learn, held

    def raw(self, X: Any) -> Floats:
        """The parameters on their links' scales, shape (n, outputs)."""
        check_is_fitted(self)
        X = validate_data(self, X, reset=False, dtype=np.float64)
        steps = np.asarray(LIBRARIES[self.library][1](self, X), dtype=np.float64)
        found: Floats = self.base_ + self.units_ * steps.reshape(len(X), -1)
        return found

    def predict_distribution(self, X: Any) -> Distribution:
        """The whole distribution of each row: its quantiles, its cdf, its log-density."""
        raw = self.raw(X)
        family = self.objective_.family
        values = dict(zip(family.free, family.natural(list(raw.T)), strict=True))
        return Distribution(
            family, dict(zip(family.parameters, family.arguments(values), strict=True))
        )

    def predict(self, X: Any) -> Any:
        """The mean of each row, shape (n,)."""
        return np.asarray(self.predict_distribution(X).mean, dtype=float)


class _Rows:
    """Rows, and their likelihood as a function of what the trees say of them.

    Responses stay in double precision here; the libraries keep theirs in single.
    """

    def __init__(self, model: DistributionalBooster, X: Floats, y: Floats, w: Floats | None):
        self.objective, self.base, self.units = model.objective_, model.base_, model.units_
        self.X, self.y, self.w = X, y, w

    def _raw(self, steps: Any) -> Any:
        steps = np.asarray(steps, dtype=np.float64).reshape(len(self.y), -1)
        return self.base + self.units * steps

    def derivatives(self, steps: Any, _: Any = None) -> tuple[Floats, Floats]:
        """Gradient and Hessian in the trees' units, in the shape of ``steps``."""
        grad, hess = self.objective(self.y, self._raw(steps), self.w)
        grad, hess = grad * self.units, hess * self.units**2
        return grad.reshape(np.shape(steps)), hess.reshape(np.shape(steps))

    def loss(self, steps: Any) -> float:
        """The mean negative log-likelihood."""
        return float(np.average(self.objective.losses(self.y, self._raw(steps)), weights=self.w))


def _xgboost(
    model: DistributionalBooster, rows: _Rows, valid: _Rows | None, step: Callable[[], None]
) -> Any:
    xgboost = _library("xgboost")

    class EachRound(xgboost.callback.TrainingCallback):  # type: ignore[name-defined]
        def after_iteration(self, *_: Any) -> bool:
            step()
            return False  # it goes on

    settings = {
        "learning_rate": model.learning_rate,
        "max_depth": model.max_depth,
        "min_child_weight": model.min_samples_leaf,
        "base_score": 0.0,
        "disable_default_eval_metric": 1,
        "num_target": len(model.base_),
        "seed": 0 if model.random_state is None else model.random_state,
        **(model.params or {}),
    }
    data, more, seen = xgboost.DMatrix(rows.X, weight=rows.w), {}, {}  # type: Any, Any, Any
    if valid is not None:
        more = {
            "evals": [(xgboost.DMatrix(valid.X), "held")],
            "custom_metric": lambda steps, _: ("nll", valid.loss(steps)),
            "early_stopping_rounds": model.early_stopping_rounds,
            "evals_result": seen,
            "verbose_eval": False,
        }
    more["callbacks"] = [EachRound()]
    made = xgboost.train(settings, data, model.rounds, obj=rows.derivatives, **more)
    return made, seen.get("held", {}).get("nll", [])


def _of_xgboost(model: DistributionalBooster, X: Any) -> Any:
    data, kept = _library("xgboost").DMatrix(X), (0, model.rounds_)
    return model.booster_.predict(data, output_margin=True, iteration_range=kept)


def _lightgbm(
    model: DistributionalBooster, rows: _Rows, valid: _Rows | None, step: Callable[[], None]
) -> Any:
    lightgbm = _library("lightgbm")
    settings = {
        "objective": rows.derivatives,
        "learning_rate": model.learning_rate,
        "max_depth": model.max_depth,
        "min_data_in_leaf": model.min_samples_leaf,
        "num_leaves": 2**model.max_depth,
        "num_class": len(model.base_),
        "metric": "none",
        "verbose": -1,
        "seed": 0 if model.random_state is None else model.random_state,
        **(model.params or {}),
    }
    data, seen = lightgbm.Dataset(rows.X, rows.y, weight=rows.w), {}  # type: Any, Any
    more: dict[str, Any] = {"callbacks": [lambda _: step()]}
    if valid is not None:
        stop = lightgbm.early_stopping(model.early_stopping_rounds, verbose=False)
        more = {
            "valid_sets": [lightgbm.Dataset(valid.X, valid.y, reference=data)],
            "valid_names": ["held"],
            "feval": lambda steps, _: ("nll", valid.loss(steps), False),
            "callbacks": [*more["callbacks"], stop, lightgbm.record_evaluation(seen)],
        }
    made = lightgbm.train(settings, data, model.rounds, **more)
    return made, seen.get("held", {}).get("nll", [])


def _of_lightgbm(model: DistributionalBooster, X: Any) -> Any:
    return model.booster_.predict(X, raw_score=True, num_iteration=model.rounds_)


def _library(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        raise MissingPackage(
            f'boosting needs {name}: pip install "mostlikely[boosting]".'
        ) from None


#: How each library trains, giving the held-out losses too, and what its booster says of new rows.
LIBRARIES = {"xgboost": (_xgboost, _of_xgboost), "lightgbm": (_lightgbm, _of_lightgbm)}
