"""Tests of the terms of a model, each beside all others that do not contain it (type II).

Fox (2016), Applied Regression Analysis and Generalized Linear Models, 3rd ed., sections 8.2 and
15.3.2: a main effect is tested in the model without the interactions that it is part of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp
from typing import Any

from scipy.special import chdtrc

from mostlikely.errors import ModelError
from mostlikely.inference.fitted import Fitted

__all__ = ["TermTest", "by_term"]


@dataclass(frozen=True)
class TermTest:
    """The test of one term.

    Parameters
    ----------
    parameter, term : str
    method : str
        "lr", "wald" or "F".
    df : int
        How many coefficients it has, by rank.
    statistic, p_value : float, optional
        None where there is no such test.
    residual_df : float, optional
        Of an F test.
    refusal : str
        Why there is none.
    """

    parameter: str
    term: str
    method: str
    df: int
    statistic: float | None = None
    p_value: float | None = None
    residual_df: float | None = None
    refusal: str = ""


def by_term(fit: Fitted, small_sample: bool = False) -> list[TermTest]:
    """The test of each term of each predictor.

    Likelihood ratios; Wald's tests, beside all other terms, where the errors are a sandwich's;
    F tests for ``small_sample``.

    Raises
    ------
    ModelError
        If no parameter follows a formula, or the model is a joint one.
    """
    bound = fit.evidence("a test of terms").bound
    if bound is None or fit.model.members:
        raise ModelError(
            f"tests by term are of one model with predictors, and {fit.model!r} is none; "
            'fit.test("x = 0") tests any hypothesis.'
        )
    small = fit.small_sample() if small_sample else None
    if small_sample and fit.robust:
        raise ModelError(
            "small_sample=True is of the F tests of least squares, and the errors of this fit are "
            f"a {fit.errors}; leave one of them out."
        )
    wald = fit.robust or fit.weight_kind == "sampling"
    out = []
    for parameter, term, own, above in _terms(fit, bound):
        try:
            if small is not None or not wald:
                high, high_df = _ratio(fit, above)
                both, df = _ratio(fit, [*above, *own])
                statistic, df = both - high, df - high_df
            else:
                found = fit.test(dict.fromkeys(own, 0.0), method="wald")
                statistic, df = found.statistic, found.df
        except ModelError as refusal:
            method = "F" if small else "wald" if wald else "lr"
            out.append(TermTest(parameter, term, method, len(own), refusal=str(refusal)))
            continue
        if small is None:
            p = float(chdtrc(df, statistic))
            out.append(TermTest(parameter, term, "wald" if wald else "lr", df, statistic, p))
            continue
        # Residual sums of squares are to one another as the exponentials of 2 ℓ/n.
        n = small.n
        f = (exp(both / n) - exp(high / n)) * small.df / df
        out.append(TermTest(parameter, term, "F", df, f, small.p_of_f(f, df), small.df))
    return out


def _ratio(fit: Fitted, keys: list[Any]) -> tuple[float, int]:
    """Twice the fall of the log-likelihood without some coefficients, and their number."""
    if not keys:
        return 0.0, 0
    found = fit.test(dict.fromkeys(keys, 0.0), method="lr")
    return found.statistic, found.df


def _terms(fit: Fitted, bound: Any) -> Iterator[tuple[str, str, list[Any], list[Any]]]:
    """Each term with the keys of its coefficients, and of those of the terms that contain it."""
    for parameter, coding in bound.codings.items():
        keys = {
            term: [(parameter, name) for name in names if (parameter, name) in fit.params]
            for term, names in coding.by_term().items()
        }
        factors = {term: set(term.split(":")) for term in keys}
        for term, own in keys.items():
            if own and term != "Intercept":
                wider = [t for t in keys if factors[t] > factors[term] and t != "Intercept"]
                yield parameter, term, own, [k for t in wider for k in keys[t]]
