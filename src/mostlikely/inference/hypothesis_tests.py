"""Tests of fixed parameter values: likelihood ratio, Wald and score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import check_value
from mostlikely.solve.objective import Vector
from mostlikely.verdict.estimate import estimate
from mostlikely.verdict.proof import Proof

__all__ = ["METHODS", "TestResult", "compare_nested", "test_values"]

METHODS = ("lr", "wald", "score")


@dataclass(frozen=True)
class TestResult:
    """A test of a hypothesis about the parameters.

    Parameters
    ----------
    hypothesis : str
        As a person would write it: "shape = 1".
    method : str
        "lr", "wald" or "score".
    statistic : float
        Asymptotically χ² with ``df`` degrees of freedom if the hypothesis holds.
    df : int
        The number of parameters that it fixes.
    p_value : float
        The probability of a statistic at least as large.
    """

    __test__ = False  # the name is the field's; pytest need not collect it

    hypothesis: str
    method: str
    statistic: float
    df: int
    p_value: float

    def __str__(self) -> str:
        names = {"lr": "likelihood-ratio", "wald": "Wald", "score": "score"}
        return (
            f"{self.hypothesis}: {names[self.method]} statistic {self.statistic:.4g} on "
            f"{self.df} degree{'s' if self.df != 1 else ''} of freedom, p = {self.p_value:.3g}"
        )


def test_values(
    proof: Proof, covariance: Vector, values: Mapping[str, float], method: str
) -> TestResult:
    """Test that parameters have the given values, the others being free.

    Parameters
    ----------
    proof : Proof
        The unrestricted estimate.
    covariance : array, shape (k, k)
        Its covariance on the natural scale, for the Wald test.
    values : mapping
        Natural values under the hypothesis.
    method : {"lr", "wald", "score"}
        Twice the fall in log-likelihood; the squared distance in standard errors; or Rao's, the
        score at the restricted maximum in the metric of the expected information there.

    Raises
    ------
    ModelError
        For an unknown method or parameter, or where the method does not apply.
    """
    likelihood = proof.likelihood
    if method not in METHODS:
        raise ModelError(f"there is no test {method!r}; {nearest(method, METHODS)}")
    for name, value in values.items():
        if name not in likelihood.names:
            raise ModelError(f"{name!r} is not a free parameter; {nearest(name, likelihood.names)}")
        check_value(likelihood.family.name, name, value, likelihood.family.parameters[name])
    if likelihood.sample.kind == "sampling" and method != "wald":
        raise ModelError(
            f"the {method} statistic is not chi-square with sampling weights; "
            'use method="wald", whose errors are the sandwich.'
        )
    if method == "wald":
        statistic = _wald(proof, covariance, values)
    else:
        restricted = estimate(
            likelihood.family.with_fixed(**{k: float(v) for k, v in values.items()}),
            likelihood.sample,
        )
        statistic = (_ratio if method == "lr" else _score)(proof, restricted, values)
    statistic, df = max(float(statistic), 0.0), len(values)
    return TestResult(_words(values), method, statistic, df, float(chdtrc(df, statistic)))


def _words(values: Mapping[str, float]) -> str:
    """The hypothesis as a person would write it."""
    return ", ".join(f"{k} = {v:g}" for k, v in values.items())


def _wald(proof: Proof, covariance: Vector, values: Mapping[str, float]) -> float:
    irregular = [k for k in values if k not in proof.regular]
    if irregular:
        raise ModelError(
            f"{irregular[0]} has no standard error here, so there is no Wald test of it; "
            'use method="lr".'
        )
    where = [proof.likelihood.names.index(k) for k in values]
    away = np.array([proof.params[k] - v for k, v in values.items()])
    return float(away @ np.linalg.solve(covariance[np.ix_(where, where)], away))


def _ratio(proof: Proof, restricted: Proof, values: Mapping[str, float]) -> float:
    for end, where in ((proof, ""), (restricted, f" where {_words(values)}")):
        if end.verdict.kind == "ran out" or end.loglik == np.inf:
            raise ModelError(
                f"the likelihood has no known maximum{where} (the verdict is "
                f'"{end.verdict.kind}"), so there is no likelihood ratio.'
            )
    return 2.0 * (proof.loglik - restricted.loglik)


def _score(proof: Proof, restricted: Proof, values: Mapping[str, float]) -> float:
    likelihood = proof.likelihood
    irregular = {*likelihood.family.sample_extremes, *restricted.params} - {*restricted.regular}
    statistic = np.nan
    if not irregular.intersection(likelihood.names):
        at = {**restricted.params, **values}
        x = likelihood.linked({k: at[k] for k in likelihood.names})
        gradient = likelihood(x).score
        with np.errstate(all="ignore"):
            statistic = float(gradient @ np.linalg.solve(likelihood.expected(x), gradient))
    if not np.isfinite(statistic):
        raise ModelError(
            f"the maximum where {_words(values)} is on an edge, or has no expected information, "
            'so there is no score test; use method="lr".'
        )
    return statistic


def compare_nested(one: Any, other: Any) -> TestResult:
    """The likelihood ratio of two fits, the one with fewer parameters inside the other."""
    small, large = sorted((one, other), key=lambda fit: fit.df)
    df = large.df - small.df
    if df == 0:
        raise ModelError("both models have as many parameters, so neither is inside the other.")
    if (small.n, small.rows, small.label) != (large.n, large.rows, large.label):
        raise ModelError(
            f"the models are of different data: {small.label} with {small.rows} rows and "
            f"{large.label} with {large.rows}."
        )
    for fit in (small, large):
        if fit.penalty is not None:
            raise ModelError(
                f"a fit with {fit.penalty!r} is no maximum of its likelihood, so there is no "
                'likelihood ratio; with ml.Firth(), fit.test("x = 0") tests inside one fit.'
            )
        if fit.weight_kind == "sampling":
            raise ModelError("a likelihood ratio with sampling weights is not chi-square.")
        if fit.verdict.kind in ("ran out", "no maximum"):
            raise ModelError(
                f"{fit.model!r} has no known maximum (the verdict is {fit.verdict.kind!r}), so "
                "there is no likelihood ratio."
            )
    statistic = max(2.0 * (large.loglik - small.loglik), 0.0)
    words = f"{small.model.shown} in {large.model.shown}"
    return TestResult(words, "lr", statistic, df, float(chdtrc(df, statistic)))
