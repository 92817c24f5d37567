"""The normal linear model, whose small samples are known exactly: t, F and chi-square.

Seber and Lee (2003), Linear Regression Analysis, 2nd ed., theorems 3.5 and 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scipy.special import chdtri, fdtrc, stdtr, stdtrit

from mostlikely.errors import ModelError
from mostlikely.family.real.normal import Normal
from mostlikely.inference.estimate import Estimate

__all__ = ["SmallSample", "is_linear", "residual_df", "small_sample"]


@dataclass(frozen=True)
class SmallSample:
    """What small samples of a normal linear model are like.

    Parameters
    ----------
    df : float
        The residual degrees of freedom, n less the rank of the columns of mu.
    scale : float
        What a covariance of mu's coefficients is multiplied by: n/df, as sigma² has the divisor n
        and not df; 1 for the sandwiches, which have no sigma.
    n : float
        The observations.
    """

    df: float
    scale: float
    n: float

    def quantile(self, level: float) -> float:
        """Student's t that takes the place of the normal's z."""
        return float(-stdtrit(self.df, 0.5 - 0.5 * level))

    def p_value(self, t: float) -> float:
        """Of a two-sided test."""
        return 2.0 * float(stdtr(self.df, -abs(t)))

    def p_of_f(self, f: float, df: float) -> float:
        """The probability of a larger F on ``df`` and the residual degrees of freedom."""
        return float(fdtrc(df, self.df, f))

    def spread(self, sigma: float, level: float) -> tuple[float, float]:
        """The interval of sigma: n σ̂²/σ² is chi-square with df degrees of freedom."""
        tail = 0.5 - 0.5 * level
        high, low = (float(chdtri(self.df, q)) for q in (1.0 - tail, tail))
        return sigma * (self.n / low) ** 0.5, sigma * (self.n / high) ** 0.5


def is_linear(family: Any) -> bool:
    """Whether a model is normal noise, of unknown size, about what is linear in columns."""
    predictor = family.predictors.get("mu")
    return (
        isinstance(family, Normal)
        and {"mu", "sigma"} <= set(family.free)
        and (predictor is None or predictor.function is None)
        and family.link("mu").name == "identity"
    )


def residual_df(fit: Estimate) -> float | None:
    """n less the rank of the columns of mu, of a normal linear model; None of any other."""
    spare = fit.n - fit.df + 1
    linear = is_linear(fit.model) and "sigma" not in fit.model.predictors
    known = linear and fit.penalty is None and fit.weighting.calibrated and fit.exact
    return float(spare) if known and spare > 0 else None


def small_sample(fit: Estimate, clustered: bool = False) -> SmallSample:
    """Student's t and F for a fit.

    Raises
    ------
    ModelError
        If it is no normal linear model, or rows are clustered.
    """
    df = residual_df(fit)
    if df is None:
        raise ModelError(
            "small_sample=True is of the normal linear model: Normal noise, mu linear in columns "
            "without a link, one free sigma, more rows than coefficients, and no penalty or "
            f'sampling weights; {fit.model!r} is none here. method="profile" is closer than Wald '
            "in any model."
        )
    if clustered:
        raise ModelError(
            "with cluster= the degrees of freedom of small_sample=True are not known; leave one of "
            "them out."
        )
    return SmallSample(df, 1.0 if fit.robust else fit.n / df, fit.n)
