"""Any family as the objective of a gradient-boosting library: gradients and Hessians from jets.

A boosted model predicts one raw number per free parameter, on the scale of its link. Signs,
weights and start values differ between libraries; each has its own reader here.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.calculus.components import pairs
from mostlikely.calculus.jet import Jet, seed
from mostlikely.errors import DataError, MissingPackage, ModelError, nearest
from mostlikely.family import as_family
from mostlikely.family.base import Family
from mostlikely.family.expectation import declared_information, expected_information
from mostlikely.fit import fit

__all__ = ["Objective", "objective"]

Floats = NDArray[np.float64]

#: Rows differentiated together: with the few derivatives of one output calls cost more than memory.
BLOCK = 32_768
#: Second derivatives below this share of their mean are lifted to it: trees divide by their sums.
LEAST = 1e-3
#: What stands for infinity on the scale of a link: e³⁰ is 1e13.
FAR = 30.0
#: The grid on the link scale at which an expected information without a formula is computed.
GRID = 1.0 / 8.0


def objective(family: Any, hessian: str = "observed") -> Objective:
    """A noise model as the objective and the metric of XGBoost, LightGBM and CatBoost.

    Parameters
    ----------
    family : Family, type or str
        Its free parameters are boosted, each on the scale of its link; fixed ones stay.
    hessian : {"observed", "expected"}
        Second derivatives as they are, lifted where they are not positive; or their expectation,
        which always is.

    Returns
    -------
    Objective

    Examples
    --------
    >>> import mostlikely as ml
    >>> loss = ml.objective(ml.Poisson())
    >>> grad, hess = loss([4.0], [0.0])          # y, log of the mean
    >>> float(grad[0]), float(hess[0])           # mean − y, mean
    (-3.0, 1.0)
    """
    return Objective(family, hessian)


class Objective:
    """The negative log-likelihood of a noise model, with its derivatives, for boosted trees.

    Called as ``objective(y, raw, weights=None)`` it gives gradient and Hessian, as the
    scikit-learn interfaces of XGBoost and LightGBM ask for.

    Attributes
    ----------
    family : Family
    outputs : int
        How many raw numbers a row needs: XGBoost's ``num_target``, LightGBM's ``num_class``.
    """

    def __init__(self, family: Any, hessian: str = "observed") -> None:
        self.family: Family = as_family(family)
        if self.family.all_predictors:
            raise ModelError(
                f"{self.family!r} has predictors of its own; the trees are the predictors: give "
                f"{self.family.name}()."
            )
        if hessian not in ("observed", "expected"):
            raise ModelError(
                f"there is no Hessian {hessian!r}; {nearest(hessian, ['observed', 'expected'])}"
            )
        if self.family.labels and self.family.levels is None:
            raise ModelError(
                "boosting needs the number of classes: "
                f"ml.objective(ml.{self.family.name}(levels=range(K)))."
            )
        self.hessian = hessian
        self.outputs = len(self.family.free)
        #: Expected informations at points of the grid: rounds come back to most of them.
        self._seen: dict[tuple[float, ...], Floats] = {}
        if not self.outputs:
            raise ModelError(f"{self.family!r} has no free parameter to boost.")

    def __repr__(self) -> str:
        return f"objective({self.family!r}, hessian={self.hessian!r})"

    # What it computes.

    def start(self, y: Any, weights: Any = None) -> Floats:
        """The raw numbers of the constant model: its maximum-likelihood fit, shape (outputs,).

        Raises
        ------
        DataError
            If y is outside the support.
        """
        whole = fit(self.family, np.asarray(y, dtype=float), weights=weights)
        values = [np.float64(whole.params[k]) for k in self.family.free]
        with np.errstate(all="ignore"):
            raw = np.asarray(self.family.linked(values), dtype=float)
        # A constant model on an edge lies at infinity; boosting begins near it.
        return np.asarray(np.nan_to_num(raw, nan=0.0, posinf=FAR, neginf=-FAR))

    def losses(self, y: Any, raw: Any) -> Floats:
        """The negative log-density of each row, shape (n,)."""
        y, raw = self._read(y, raw)
        with np.errstate(all="ignore"):
            values = self.family.natural([Jet(r, (), None) for r in raw.T])
            log_prob = self.family.log_prob(y, *self._arguments(values))
        value = np.asarray(getattr(log_prob, "value", log_prob), dtype=float)
        return np.asarray(-np.broadcast_to(value, y.shape))

    def derivatives(self, y: Any, raw: Any) -> tuple[Floats, Floats]:
        """Gradient and Hessian's diagonal of the negative log-density, each of shape (n, k).

        Parameters
        ----------
        y : array, shape (n,)
        raw : array, shape (n, k) or (n,)
            One column per free parameter, on its link's scale.
        """
        y, raw = self._read(y, raw)
        grad, hess = np.empty_like(raw), np.empty_like(raw)
        for start in range(0, len(y), BLOCK):
            rows = slice(start, start + BLOCK)
            self._block(y[rows], raw[rows], grad[rows], hess[rows])
        if self.hessian == "expected":
            hess = self._expected(raw)
        return _numbers(grad), _lifted(hess)

    def _block(self, y: Floats, raw: Floats, grad: Floats, hess: Floats) -> None:
        """The derivatives as they are, written to where they belong."""
        order = 1 if self.hessian == "expected" else 2
        with np.errstate(all="ignore"):
            values = self.family.natural(seed(list(raw.T), order))
            jet = self.family.log_prob(y, *self._arguments(values))
        for i, slope in enumerate(jet.grad):
            np.negative(0.0 if slope is None else slope, out=grad[:, i])
        for (i, j), bend in zip(pairs(self.outputs), jet.hess or (), strict=order == 2):
            if i == j:
                np.negative(0.0 if bend is None else bend, out=hess[:, i])

    def _arguments(self, values: list[Any]) -> list[Any]:
        return self.family.arguments(dict(zip(self.family.free, values, strict=True)))

    def _expected(self, raw: Floats) -> Floats:
        """The diagonal of the expected information on the link scale."""
        with np.errstate(all="ignore"):
            jets = self.family.natural(seed(list(raw.T), 1))
            numbers = [Jet(j.value, (), None) for j in jets]
            found = declared_information(self.family, self._arguments(numbers))
        if found is None:
            return self._on_a_grid(raw)
        out = np.zeros(raw.shape)
        k = range(self.outputs)
        slopes = [[0.0 if g is None else g for g in jet.grad] for jet in jets]
        for i in k:
            for a in k:
                for b in k:
                    entry = getattr(found[a][b], "value", found[a][b])
                    out[:, i] += slopes[a][i] * entry * slopes[b][i]
        return out

    def _on_a_grid(self, raw: Floats) -> Floats:
        """The same at the nearest points of a grid: a step's length need not be exact.

        Location and scale need no grid: information in them is 1/scale² and 1 times that of the
        standard law. A scale that is fixed is in what is found already.
        """
        place, scale = self.family.standard or (None, None)
        names, at_zero = list(self.family.free), raw.copy()
        at_zero[:, [names.index(k) for k in (place, scale) if k in names]] = 0.0
        coarse, back = _distinct(np.round(at_zero / GRID))
        for point in map(tuple, coarse):
            if point not in self._seen:
                self._seen[point] = self._at(GRID * np.array(point))
        found: Floats = np.array([self._seen[tuple(point)] for point in coarse])[back]
        if place in names and scale in names:
            found[:, names.index(place)] *= np.exp(-2.0 * raw[:, names.index(scale)])
        return found

    def _at(self, point: Floats) -> Floats:
        """The same at one point, by an expectation."""
        with np.errstate(all="ignore"):
            jets = self.family.natural(seed(list(point), 1))
            slopes = np.array([[0.0 if g is None else g for g in j.grad] for j in jets])
            values = dict(zip(self.family.free, (float(j.value) for j in jets), strict=True))
            inner = expected_information(self.family, values, self.family.free)
        return np.asarray(np.diag(slopes.T @ inner @ slopes))

    def _read(self, y: Any, raw: Any) -> tuple[Floats, Floats]:
        y, raw = np.asarray(y, dtype=float).ravel(), np.asarray(raw, dtype=float)
        if raw.size != len(y) * self.outputs:
            raise DataError(
                f"{self.family!r} needs {self.outputs} raw numbers for each of {len(y)} rows, and "
                f"the predictions have shape {raw.shape}: set num_target (XGBoost) or num_class "
                f"(LightGBM) to {self.outputs}."
            )
        return y, raw.reshape(len(y), self.outputs)

    # How the libraries ask.

    def __call__(self, y: Any, raw: Any, weights: Any = None) -> tuple[Floats, Floats]:
        """Gradient and Hessian, times the weights, in the shape of ``raw``."""
        grad, hess = self.derivatives(y, raw)
        if weights is not None and np.size(weights):
            w = np.asarray(weights, dtype=float).reshape(-1, 1)
            grad, hess = grad * w, hess * w
        if np.ndim(raw) == 1:
            return grad.reshape(np.shape(raw)), hess.reshape(np.shape(raw))
        return grad, hess

    def xgboost(self, raw: Any, data: Any) -> tuple[Floats, Floats]:
        """``obj=`` of ``xgboost.train``; with several outputs set ``num_target``."""
        return self(data.get_label(), raw, data.get_weight())

    def xgboost_metric(self, raw: Any, data: Any) -> tuple[str, float]:
        """``custom_metric=`` of ``xgboost.train``: the mean negative log-likelihood."""
        return "nll", self._mean(data.get_label(), raw, data.get_weight())

    def lightgbm(self, raw: Any, data: Any) -> tuple[Floats, Floats]:
        """``params["objective"]`` of ``lightgbm.train``; with several outputs set ``num_class``."""
        return self(data.get_label(), raw, data.get_weight())

    def lightgbm_metric(self, raw: Any, data: Any) -> tuple[str, float, bool]:
        """``feval=`` of ``lightgbm.train``: the mean negative log-likelihood; lower is better."""
        return "nll", self._mean(data.get_label(), raw, data.get_weight()), False

    def catboost(self) -> Any:
        """``loss_function=`` of CatBoost, which climbs the log-likelihood."""
        if self.outputs == 1:
            return _CatBoost(self)
        return _joined(_CatBoostSeveral, "MultiTargetCustomObjective")(self)

    def catboost_metric(self) -> Any:
        """``eval_metric=`` of CatBoost: the mean negative log-likelihood."""
        if self.outputs == 1:
            return _CatBoostMetric(self)
        return _joined(_CatBoostMetric, "MultiTargetCustomMetric")(self)

    def _mean(self, y: Any, raw: Any, weights: Any) -> float:
        w = None if weights is None or not np.size(weights) else np.asarray(weights, dtype=float)
        return float(np.average(self.losses(y, raw), weights=w))


def _distinct(places: Floats) -> tuple[Floats, NDArray[np.intp]]:
    """The distinct rows of whole numbers, and which of them each row is."""
    low = places.min(axis=0)
    spans = places.max(axis=0) - low + 1.0
    if not np.prod(spans) < 2.0**53:  # of numbers as well, if some are none
        found, back = np.unique(places, axis=0, return_inverse=True)
        return found, np.ravel(back)
    # Sorting single numbers takes a tenth of the time that sorting rows takes.
    keys = (places - low) @ np.concatenate([[1.0], np.cumprod(spans[:-1])])
    _, first, back = np.unique(keys, return_index=True, return_inverse=True)
    return places[first], np.ravel(back)


def _lifted(hess: Floats) -> Floats:
    """Second derivatives that are positive numbers, and none far below their column's mean."""
    with np.errstate(all="ignore"):
        total = hess.sum(axis=0)
        if np.isfinite(total).all() and np.all(hess.min(axis=0) * len(hess) > LEAST * total):
            return hess  # which most are: two looks instead of five
    hess = _numbers(hess)
    floor = LEAST * np.mean(np.abs(hess), axis=0)
    floor[floor == 0.0] = 1e-12
    lifted: Floats = np.maximum(hess, floor, out=hess)
    return lifted


def _numbers(x: Floats) -> Floats:
    """Zero for what is no number, the column's farthest number for what is infinite."""
    with np.errstate(all="ignore"):
        if np.isfinite(x.sum()):  # which one such would spoil
            return x
    farthest = np.max(np.abs(x), axis=0, where=np.isfinite(x), initial=0.0)
    return np.clip(np.where(np.isnan(x), 0.0, x), -farthest, farthest)


def _joined(own: type, name: str) -> type:
    """The class as CatBoost knows one that takes several outputs: by its ancestor."""
    try:
        import catboost
    except ImportError:
        raise MissingPackage("several outputs need catboost: pip install catboost.") from None
    return type(own.__name__, (own, getattr(catboost, name)), {})


class _CatBoost:
    """One output: pairs of the log-density's first and second derivative."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[Any]:
        """The derivatives of each row, as CatBoost asks for them."""
        raw, y = np.array(approxes), np.array(targets)
        w = None if weights is None else np.array(weights)
        grad, hess = self.objective(y, raw, w)
        return list(zip((-grad).tolist(), (-hess).tolist(), strict=True))


class _CatBoostSeveral:
    """Several outputs: y is given once for each as the target, and its first column is read."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def calc_ders_multi(self, approx: Any, target: Any, weight: float) -> tuple[Any, Any]:
        """Gradient and Hessian of one row."""
        grad, hess = self.objective([target[0]], [list(approx)])
        return (-weight * grad[0]).tolist(), np.diag(-weight * hess[0]).tolist()


class _CatBoostMetric:
    """The mean negative log-likelihood."""

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def is_max_optimal(self) -> bool:
        """Smaller is better."""
        return False

    def evaluate(self, approxes: Any, target: Any, weight: Any) -> tuple[float, float]:
        """The weighted sum, and the weights' sum."""
        raw = np.array([np.array(a) for a in approxes]).T
        y = np.array(target if np.ndim(target) == 1 else target[0])
        w = np.ones(len(y)) if weight is None else np.array(weight)
        return float(w @ self.objective.losses(y, raw)), float(w.sum())

    def get_final_error(self, error: float, weight: float) -> float:
        """The mean."""
        return error / (weight + 1e-38)
