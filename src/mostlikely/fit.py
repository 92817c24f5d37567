"""The verbs that make a fit of data (find the argmax, prove it), and compare fits by a test."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Integral
from typing import Any, overload

from mostlikely.errors import ModelError
from mostlikely.family import as_family
from mostlikely.family.base import Family
from mostlikely.family.custom import CustomLikelihood
from mostlikely.inference.hypothesis_tests import TestResult, compare_nested
from mostlikely.likelihood.build import build
from mostlikely.likelihood.penalty import Penalty
from mostlikely.peers import with_known_options
from mostlikely.results.anova import Anova
from mostlikely.results.fit import Fit
from mostlikely.tables.frame import library_of
from mostlikely.verdict.estimate import estimate, refuse_extreme

__all__ = ["anova", "fit"]


@with_known_options
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
        What is added to the first parameter's predictor with coefficient one: a column, an
        expression of columns such as ``"log(exposure)"``, or the numbers.
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
    0.122
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
