"""What is drawn of a regression, computed before it is drawn: dicts of arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.bind import Bound
from mostlikely.data.columns_read import columns_read
from mostlikely.data.source.table import Table
from mostlikely.errors import ModelError
from mostlikely.family.distribution import Distribution
from mostlikely.inference.evidence import Evidence
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.prediction import Prediction, predict
from mostlikely.inference.residuals import laws, quantile_residuals
from mostlikely.inference.rows import law_of_sample

__all__ = [
    "curve_column",
    "curve_frame",
    "curve_line",
    "fitted_name",
    "has_residuals",
    "moved",
    "residual_frame",
]

Array = NDArray[np.float64]
Frame = dict[str, Array]

#: Rows at most that are looked at; fewer where the distribution function is an integral.
ROWS, INTEGRALS = 20_000, 500
#: Groups of rows whose residuals are averaged, and rows in one at least.
GROUPS, FEWEST = 20, 10
#: Points of a curve.
CURVE = 256


def has_residuals(fit: Fitted) -> bool:
    """Whether quantile residuals can be had of the rows."""
    model = fit.model
    return not model.own and (not model.labels or model.ordered)


def residual_frame(fit: Fitted, most: int = ROWS) -> Frame:
    """Quantile residuals of a regression beside what was fitted to their rows.

    Parameters
    ----------
    fit : Fit
    most : int
        Rows that are looked at, evenly spaced; at most 20,000.

    Returns
    -------
    dict of arrays
        ``fitted``, ``residual``, ``weight`` (k,): see `fitted_name`, and `Fit.residuals`.
        ``row`` (k,): which of the rows in use. ``middle``, ``mean`` (m,): of groups of rows alike
        in what was fitted, the mean of that and of the residuals. ``reach`` (m,): if the model
        holds, that mean lies within ± this with probability 0.95.

    Raises
    ------
    ModelError
        If the fit was loaded without its data, or its rows have no residuals.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit(ml.Normal("y ~ x"), {"x": [0, 0, 1, 1], "y": [1.0, 3.0, 4.0, 6.0]})
    >>> residual_frame(fit)["residual"].round(6).tolist()
    [-1.0, 1.0, -1.0, 1.0]
    """
    law, y = laws(fit, "a picture")
    family = law.family
    known = family.log_cdf is not None or family.log_sf is not None
    most = min(most, ROWS if known else INTEGRALS)
    rows = np.unique(np.linspace(0, len(y) - 1, min(len(y), most)).astype(np.intp))
    law = Distribution(family, {k: v[rows] if np.ndim(v) else v for k, v in law.values.items()})
    sample = fit.evidence("a picture").sample
    _, weights = sample.source.pick(sample.stored)  # of the rows that y is of
    w = weights[rows] if fit.weighting.counts else np.ones(len(rows))
    fitted = np.broadcast_to(_fitted(law, fitted_name(fit)), (len(rows),)).astype(float)
    residual = quantile_residuals(law, y[rows])
    found = {"fitted": fitted, "residual": residual, "weight": w, "row": rows.astype(float)}
    return {**found, **_groups(fitted, residual, w)}


def fitted_name(fit: Fitted) -> str:
    """What residuals are drawn against: "mean", "median", or the first parameter's name."""
    family = fit.model
    if family.labels:
        return next(iter(family.parameters))
    if family.moments is None or not fit.has_data:
        return "median"
    law, _ = laws(fit, "a picture")
    return "mean" if np.isfinite(_fitted(law, "mean")).all() else "median"


def _fitted(law: Distribution, name: str) -> Any:
    if name == "mean":
        with np.errstate(all="ignore"):
            return law.mean
    if name == "median":
        rows = max(np.size(v) for v in law.values.values())
        return law.quantile(np.full(rows, 0.5))
    return law.values[name]


def _groups(fitted: Array, residual: Array, w: Array) -> Frame:
    """Means of residuals over rows that are alike in what was fitted."""
    values, place = np.unique(fitted, return_inverse=True)
    if len(values) > GROUPS:
        groups = max(1, min(GROUPS, len(fitted) // FEWEST))
        ranks = np.empty(len(fitted))
        ranks[np.argsort(fitted, kind="stable")] = np.arange(len(fitted))
        place = (ranks * groups // len(fitted)).astype(np.intp)
    place = np.ravel(place)
    n = np.bincount(place, w)
    return {
        "middle": np.bincount(place, w * fitted) / n,
        "mean": np.bincount(place, w * residual) / n,
        "reach": 1.959963984540054 / np.sqrt(n),
    }


def curve_column(fit: Fitted) -> str | None:
    """The column of numbers that alone decides the mean of a row; None if there is no such."""
    if not (fit.has_data and fit.has_predictors) or fit.model.members:
        return None
    read = list(columns_read(_bound(fit)).values())
    if len(read) != 1 or read[0].levels is not None or not read[0].predicts:
        return None
    skip = fit.model.labels or (fitted_name(fit) == "median" and fit.model.support.discrete)
    return None if skip else read[0].name


def curve_frame(fit: Fitted) -> Frame:
    """The data of a regression on one column of numbers, and the fitted mean with its band.

    Parameters
    ----------
    fit : Fit

    Returns
    -------
    dict of arrays
        ``x``, ``y`` (k,): at most 20,000 rows, and ``row`` (k,), which of those in use. ``at``,
        ``fitted``, ``low``, ``high`` (m,): the mean (the median, where there is no mean), and
        where it lies with 95 % confidence. ``from``, ``to`` (m,): between which the fitted
        distribution has its middle 95 %.

    Raises
    ------
    ModelError
        If the model follows no column of numbers, or several.
    """
    name = curve_column(fit)
    if name is None:
        raise ModelError("a curve is drawn of a fit, with its data, to one column of numbers.")
    x = np.asarray(_bound(fit).table.numbers(name), dtype=np.float64)
    sample = fit.evidence("a picture").sample
    y = np.asarray(sample.source.y.read(0, sample.stored), dtype=np.float64)
    rows = np.unique(np.linspace(0, len(y) - 1, min(len(y), ROWS)).astype(np.intp))
    at, curve = curve_line(fit)
    low, high = curve.interval()
    columns = {k: np.broadcast_to(v, at.shape) for k, v in curve.law.values.items()}
    law = Distribution(curve.law.family, columns)
    first, last = (law.quantile(np.full(at.shape, q)) for q in (0.025, 0.975))
    return {
        "x": x[rows],
        "row": rows.astype(float),
        "y": y[rows],
        "at": at,
        "fitted": curve.value,
        "low": low,
        "high": high,
        "from": np.asarray(first),
        "to": np.asarray(last),
    }


def curve_line(fit: Fitted) -> tuple[Array, Prediction]:
    """Values of the column that decides the mean, shape (256,), and the mean (or median) there."""
    name = str(curve_column(fit))
    x = np.asarray(_bound(fit).table.numbers(name), dtype=np.float64)
    at = np.linspace(x.min(), x.max(), CURVE)
    options: dict[str, Any] = {"what": "mean"}
    if fitted_name(fit) == "median":
        options = {"what": "quantile", "q": 0.5}
    return at, fit.predict(Table((name,), {name: at}.__getitem__, CURVE), **options)


def moved(fit: Fitted, values: Mapping[Any, float]) -> Fitted:
    """A fit as it would be at other values, to look at its rows and at nothing else.

    What is said of the estimate, its verdict and its errors, is not true of what comes back.
    """
    return cast(Fitted, _Moved(fit, values))


class _Moved:
    """A fit whose rows are looked at elsewhere; all else is the fit's own."""

    def __init__(self, fit: Fitted, values: Mapping[Any, float]) -> None:
        self._fit, self._values = fit, values

    def __getattr__(self, name: str) -> Any:
        return getattr(self._fit, name)

    def evidence(self, what: str = "this", rows: bool = True) -> Evidence:
        """The fit's own, at the other values."""
        own = self._fit.evidence(what, rows)
        params = {**self._fit.params, **self._values}
        return replace(own, proof=replace(own.proof, params=params, separation=None, limit=None))

    @property
    def distribution(self) -> Distribution:
        """That of all rows, if they are alike."""
        if self._fit.has_predictors:
            return self._fit.distribution  # which says that there is none
        proof = self.evidence("a distribution").proof
        return law_of_sample(self._fit.model, proof.params, proof)

    def predict(self, data: Any = None, what: str = "mean", **options: Any) -> Prediction:
        """What the model says of rows there."""
        return predict(self, data, what, **options)


def _bound(fit: Fitted) -> Any:
    """What the formulas of a fit have learnt."""
    bound = fit.evidence("a picture").bound
    return bound if isinstance(bound, Bound) else bound.members[0]
