"""The verbs that make a fit: from data (find the argmax, prove it), and from a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from numbers import Integral
from types import MappingProxyType
from typing import Any, overload

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.family import as_family, restored
from mostlikely.family.base import Family
from mostlikely.family.custom import CustomLikelihood
from mostlikely.family.distribution import Distribution
from mostlikely.inference.hypothesis_tests import TestResult, compare_nested
from mostlikely.likelihood.build import build
from mostlikely.likelihood.firth import Firth
from mostlikely.likelihood.keys import Named
from mostlikely.likelihood.penalty import Lasso, Penalty, Ridge
from mostlikely.results import store
from mostlikely.results.anova import Anova
from mostlikely.results.fit import Fit
from mostlikely.tables.frame import library_of
from mostlikely.verdict.estimate import estimate, refuse_extreme
from mostlikely.verdict.verdict import Verdict

__all__ = ["anova", "fit", "load"]


def fit(
    model: Any,
    data: Any = None,
    y: Any = None,
    *,
    X: Any = None,
    weights: Any = None,
    weight_kind: str = "frequency",
    missing: str = "raise",
    offset: Any = None,
    penalty: Penalty | None = None,
    start: Mapping[Any, float] | None = None,
    starts: int = 1,
    max_steps: int = 200,
) -> Fit:
    """The parameters that make the data most probable under a noise model.

    Parameters
    ----------
    model : Family, type or str
        What noise you believe: ``ml.Gamma()``, ``ml.Gamma(shape=1)``, ``"gamma"``,
        ``ml.Poisson("visits ~ age")``; or a function of (row data, parameters...) that gives a
        log-density per row, with ``start=``.
    data : array-like of shape (n,), or a dataframe
        A sample, or any dataframe that narwhals reads (pandas, Polars, Arrow), with ``y``. For
        `joint`, one for all members or a list of one each; so may ``y`` and ``weights`` be.
    y : str, optional
        The column to fit, unless a formula names it; with ``X`` the response itself, or the name
        of a column of ``X``, which is then no predictor.
    X : array-like of shape (n, p), or a dataframe, optional
        Predictors of the first parameter, instead of a formula. An intercept is added unless a
        column is constant.
    weights : array-like of shape (n,), or a column's name, optional
        One per row, zero or more.
    weight_kind : {"frequency", "precision", "sampling"}
        What a weight means: how often the row was seen; how precisely it was measured (variance
        divided by the weight); how many units of a population it stands for. Estimates may agree,
        standard errors do not.
    missing : {"raise", "drop"}
        Whether missing values (NaN, null, empty text) are an error, or are left out and counted.
    offset : str or array-like of shape (n,), optional
        What is added to the first parameter's predictor with coefficient one.
    penalty : Firth, Ridge or Lasso, optional
        What is added to the log-likelihood, so that an estimate exists or is smaller:
        ``ml.Firth()``, ``ml.Ridge(2.0)``. Every summary says so.
    start : mapping of parameter to float, optional
        Where to begin, natural scale; by default chosen from the data.
    starts : int
        From how many points to search at least. A family whose likelihood can have several maxima
        is searched from several by itself, and the verdict says of how many its estimate is the
        highest; ask for more where that is too few to trust.
    max_steps : int
        Evaluations allowed.

    Returns
    -------
    Fit
        Always, once the data are usable: how it ended is in ``fit.verdict``.

    Raises
    ------
    ModelError
        If the model makes no sense.
    DataError
        If the data cannot be used: missing, infinite, outside the support.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit("bernoulli", [1, 1, 1, 0, 1, 1, 0, 1, 1, 0])
    >>> round(fit.params["p"], 10), round(fit.standard_errors["p"], 6)
    (0.7, 0.144914)
    """
    _check(start, starts, max_steps, penalty)
    built = build(
        _own(model, start) or as_family(model),
        data,
        y,
        X,
        weights=weights,
        weight_kind=weight_kind,
        missing=missing,
        offset=offset,
        penalty=penalty,
        start=start,
    )
    refuse_extreme(built.loglik)
    proof = estimate(built.loglik, built.start, max_steps=max_steps, searches=int(starts))
    return Fit.of(proof, built.family, built.bound, library_of(data, X, y))


def _own(model: Any, start: Any) -> Family | None:
    """A plain function as a model."""
    plain = callable(model) and not isinstance(model, type | Family)
    return CustomLikelihood(model, start) if plain else None


@overload
def anova(fit: Fit, /, *, small_sample: bool = ...) -> Anova: ...
@overload
def anova(smaller: Fit, larger: Fit, /) -> TestResult: ...
def anova(
    fit: Fit, other: Fit | None = None, /, *, small_sample: bool = False
) -> Anova | TestResult:
    """Test the terms of a model, or a model against a larger one that contains it.

    Parameters
    ----------
    fit, other : Fit
        One: each of its terms is tested, by a likelihood ratio, in the model without the terms
        that contain it (type II); under a sandwich covariance by Wald's test. Two fits of the
        same data, in either order: the likelihood ratio of the smaller one; that the other
        contains it is yours to know.
    small_sample : bool
        F tests of the terms of a normal linear model, which are exact.

    Returns
    -------
    Anova, or TestResult for two fits

    Raises
    ------
    ModelError
        If two fits are of different data, have as many parameters, or no known maximum; if one
        has no terms.

    Examples
    --------
    >>> import mostlikely as ml
    >>> y = [0.8, 1.3, 2.4, 0.4, 3.1, 1.9]
    >>> print(ml.anova(ml.fit("exponential", y), ml.fit("gamma", y)))
    Exponential in Gamma: likelihood-ratio statistic 2.378 on 1 degree of freedom, p = 0.123
    >>> data = {"x": [0, 0, 1, 1, 2, 2], "y": y}
    >>> print(round(ml.anova(ml.fit(ml.Gamma("y ~ x"), data)).tests[0].p_value, 3))
    0.074
    """
    if other is None:
        return Anova.of(fit, small_sample)
    if small_sample:
        raise ModelError(
            "small_sample=True is of the terms of one fit: ml.anova(fit, small_sample=True)."
        )
    return compare_nested(fit, other)


def _check(start: Any, starts: Any, max_steps: Any, penalty: Any) -> None:
    """Raise unless the options are of the kind that they should be."""
    if not isinstance(max_steps, Integral) or max_steps < 1:
        raise ModelError(f"max_steps must be a whole number of at least 1; got {max_steps!r}.")
    if not isinstance(starts, Integral) or starts < 1:
        raise ModelError(f"starts must be a whole number of at least 1; got {starts!r}.")
    if not isinstance(penalty, Penalty | None):
        raise ModelError(
            f"penalty is one of ml.Firth(), ml.Ridge(1.0) and ml.Lasso(1.0); got {penalty!r}."
        )
    if not isinstance(start, Mapping | None):
        raise ModelError(
            f"start must be a dict of parameter values by name; got {type(start).__name__}."
        )


def load(path: Any, model: Any = None) -> Fit:
    """Read a saved fit. It knows its estimate, errors, Wald intervals and verdict, not its data.

    Parameters
    ----------
    path : str or Path
        A file that `Fit.save` wrote.
    model : Family or function, optional
        The model, if it is of a family that is not the library's own.

    Raises
    ------
    DataError
        If the file is not a saved fit, or is of a later format.
    ModelError
        If its model is not one of the library's, and is not given.

    Examples
    --------
    >>> import mostlikely as ml, tempfile, pathlib
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "fit.json"
    >>> ml.fit("poisson", [3, 5, 1, 7]).save(path)
    >>> ml.load(path).standard_errors["mean"]
    1.0
    """
    saved = store.read(path)
    verdict, limit = saved["verdict"], saved["limit"]
    described = saved["model"]
    started = described.get("predictors", {}).get("log_density", {}).get("start")
    if model is None and started is not None:
        raise ModelError(
            "the fit is of a function, which its file does not hold; give it: ml.load(path, f)."
        )
    family = restored(described) if model is None else _own(model, started) or as_family(model)
    return Fit(
        model=family,
        params=MappingProxyType(Named({_key(k): float(v) for k, v in saved["params"].items()})),
        loglik=float(saved["loglik"]),
        n=saved["n"],
        df=saved["df"],
        verdict=Verdict(
            verdict["kind"],
            verdict["ok"],
            verdict["sentence"],
            float(verdict["decrement"]),
            tuple(verdict["parameters"]),
        ),
        label=saved["label"],
        rows=saved["rows"],
        dropped=saved["dropped"],
        weight_kind=saved["weight_kind"],
        _observed=np.array(saved["covariance"], dtype=float).reshape((len(saved["params"]),) * 2),
        limit=limit and _limit(limit, family),
        penalty=_penalty(saved.get("penalty")),
    )


def _key(saved: str) -> Any:
    """A parameter's key as it was before JSON: "mu[x]" was ("mu", "x")."""
    return tuple(json.loads(saved)) if saved.startswith("[") else saved


def _limit(saved: Mapping[str, Any], family: Family) -> Distribution:
    """The limit that a boundary named, which is a relative of the family, or a declared one."""
    relatives = {case.family.__name__: case.family for case in family.special_cases}
    described = saved["model"]
    relative = relatives.get(described["family"])
    return Distribution(
        restored(described) if relative is None else relative.restore(described),
        {k: float(v) for k, v in saved["params"].items()},
    )


def _penalty(saved: Mapping[str, Any] | None) -> Penalty | None:
    """The penalty of a description."""
    if saved is None:
        return None
    kinds = {kind.__name__: kind for kind in (Firth, Ridge, Lasso)}
    return kinds[saved["kind"]](**{k: v for k, v in saved.items() if k != "kind"})
