"""The rows of a fit's table: estimates, errors, statistics and intervals, or their ratios."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import exp, inf, isfinite, isnan, nan
from typing import Any

from scipy.special import ndtr

from mostlikely.errors import ModelError
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.intervals import check_level
from mostlikely.inference.profile import Unsettled

__all__ = ["Coefficient", "Coefficients", "coefficients"]


@dataclass(frozen=True)
class Coefficient:
    """A row: one free parameter, or one term of the predictor of one.

    Parameters
    ----------
    parameter : str
    term : str, optional
        None of a constant.
    estimate, std_error, statistic, p_value, low, high : float
        NaN where there is none. The statistic is z (or t) against 0 of what may be any number.
    by_profile : bool
        Whether the interval is a profile one.
    ratio : str, optional
        What the estimate is called, where it is the exponential of a coefficient.
    """

    parameter: str
    term: str | None
    estimate: float
    std_error: float
    statistic: float
    p_value: float
    low: float
    high: float
    by_profile: bool = False
    ratio: str | None = None

    def record(self) -> dict[str, Any]:
        """The row with the column names of R's broom; None where there is no number."""
        numbers = {
            "estimate": self.estimate,
            "std_error": self.std_error,
            "statistic": self.statistic,
            "p_value": self.p_value,
            "conf_low": self.low,
            "conf_high": self.high,
        }
        known = {k: None if isnan(v) else v for k, v in numbers.items()}
        return {"parameter": self.parameter, "term": self.term, **known}


@dataclass(frozen=True)
class Coefficients:
    """The rows, and how they were made.

    Parameters
    ----------
    rows : tuple of Coefficient
        In the order of the fit's parameters.
    errors : str
        Where standard errors come from, in words.
    df : float, optional
        The degrees of freedom of t, if small samples were asked for.
    """

    rows: tuple[Coefficient, ...]
    errors: str
    df: float | None = None

    @property
    def ratios(self) -> dict[str, list[str]]:
        """By what a ratio is called the parameters whose rows are such."""
        found: dict[str, list[str]] = {}
        for row in self.rows:
            if row.ratio is not None and row.parameter not in found.setdefault(row.ratio, []):
                found[row.ratio].append(row.parameter)
        return found


def coefficients(
    fit: Fitted,
    level: float = 0.95,
    method: str = "wald",
    covariance: str | None = None,
    cluster: Any = None,
    exponentiate: bool = False,
    small_sample: bool = False,
) -> Coefficients:
    """The rows of the table of a fit; see `Fit.summary` for the options.

    Raises
    ------
    ModelError
        If a ratio has no name on any link of the model, or small samples are not known.
    """
    check_level(level)
    if covariance is not None or cluster is not None:
        fit = fit.with_covariance(covariance, cluster)
    small = fit.small_sample() if small_sample else None
    named = {k: fit.model.ratio(k) for k in fit.model.predictors} if exponentiate else {}
    if exponentiate and not any(named.values()):
        raise ModelError(_no_ratio(fit))
    rows = []
    for key, value in fit.params.items():
        parameter, term = (key, None) if isinstance(key, str) else key
        std_error = fit.standard_errors[key]
        of_mean = small is not None and parameter == "mu"
        std_error *= small.scale**0.5 if small is not None else 1.0
        z = nan
        if fit.unbounded(key) and std_error and not fit.shrunken:
            z = value / std_error
        (low, high), by_profile = _interval(fit, key, level, method, small_sample)
        p = small.p_value(z) if small is not None and of_mean else 2.0 * float(ndtr(-abs(z)))
        row = Coefficient(parameter, term, value, std_error, z, p, low, high, by_profile)
        rows.append(_as_ratio(row, named.get(parameter)))
    return Coefficients(tuple(rows), fit.errors, None if small is None else small.df)


def _no_ratio(fit: Fitted) -> str:
    found = [f"{fit.model.link(k).name} of {k}" for k in fit.model.predictors]
    links = f"here it is on the {' and the '.join(found)}" if found else "here there is none"
    return (
        "exponentiate=True is for coefficients whose exponential has a name: odds ratios (logit "
        "of a probability), rate ratios (log of a mean count), ratios of means (log), time ratios "
        f"(log of a scale of times) and hazard ratios; {links}, so leave it out."
    )


def _as_ratio(row: Coefficient, ratio: str | None) -> Coefficient:
    """The exponential of a coefficient, its error by the delta method; the test is the same."""
    if ratio is None or row.term is None:
        return row
    return replace(
        row,
        estimate=_exp(row.estimate),
        std_error=_exp(row.estimate) * row.std_error,
        low=_exp(row.low),
        high=_exp(row.high),
        ratio=ratio,
    )


def _exp(x: float) -> float:
    try:
        return exp(x)
    except OverflowError:
        return inf


def _interval(
    fit: Fitted, key: Any, level: float, method: str, small_sample: bool
) -> tuple[tuple[float, float], bool]:
    """The interval and whether it is a profile one; NaN where there is none to be had."""
    std_error = fit.standard_errors[key]
    on_edge = isnan(std_error)
    if on_edge and (fit.shrunken or fit.robust):
        return (nan, nan), False
    open_ended = fit.verdict.kind == "separation" and fit.has_data
    decided = fit.verdict.kind in ("interior", "boundary")
    if not (decided or isfinite(std_error) or open_ended):
        return (nan, nan), False
    if method == "wald" and on_edge and not (fit.has_data and fit.weighting.calibrated):
        return (nan, nan), False
    options: Mapping[str, Any] = {"small_sample": True} if small_sample else {}
    try:
        return fit.interval(key, level, method, **options), on_edge or method == "profile"
    except Unsettled:  # an end that is not known is no number
        return (nan, nan), False
