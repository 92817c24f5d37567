"""Tests of hypotheses about the parameters: likelihood ratio, Wald and score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import check_value
from mostlikely.inference.covariance import inverse
from mostlikely.inference.heading import heading
from mostlikely.inference.restricted import Equation, restricted_maximum
from mostlikely.inference.rows import has_dependent, inverse_jacobian
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector
from mostlikely.tables.tabular import Tabular
from mostlikely.verdict.proof import Proof

__all__ = ["METHODS", "TestResult", "compare_nested", "test"]

METHODS = ("lr", "wald", "score")
#: How much higher than the estimate a restricted maximum may be, per unit of max(1, |ℓ|): what
#: two climbs to one maximum may leave.
HIGHER = 1e-7
#: The share of a hypothesis that no row of the data may see before it is not told.
UNTOLD = 1e-7


@dataclass(frozen=True)
class TestResult(Tabular):
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
        The number of parameters that it fixes, by rank.
    p_value : float
        The probability of a statistic at least as large.
    residual_df : float, optional
        The second degrees of freedom of an F test, whose method is "F".
    """

    __test__ = False  # the name is the field's; pytest need not collect it

    hypothesis: str
    method: str
    statistic: float
    df: int
    p_value: float
    residual_df: float | None = None

    def __str__(self) -> str:
        names = {"lr": "likelihood-ratio", "wald": "Wald", "score": "score", "F": "F"}
        more = self.df != 1 or self.residual_df is not None
        both = f"{self.df}" if self.residual_df is None else f"{self.df} and {self.residual_df:g}"
        return (
            f"{self.hypothesis}: {names[self.method]} statistic {self.statistic:.4g} on "
            f"{both} degree{'s' * more} of freedom, p = {self.p_value:.3g}"
        )

    def records(self) -> list[dict[str, Any]]:
        """One row, with ``residual_df`` where it is an F test."""
        row = {k: getattr(self, k) for k in ("hypothesis", "method", "statistic", "df")}
        second = {} if self.residual_df is None else {"residual_df": self.residual_df}
        return [{**row, **second, "p_value": self.p_value}]


def test(
    proof: Proof, covariance: Vector, rows: Vector, values: Vector, method: str, words: str
) -> TestResult:
    """Test L θ = c, θ on the natural scale, all else being free.

    Parameters
    ----------
    proof : Proof
        The unrestricted estimate.
    covariance : array, shape (k, k)
        Its covariance on the natural scale, for the Wald test.
    rows, values : arrays of shapes (m, k) and (m,)
        L and c. A constant on a link of its own is tested at values; coefficients in equations.
    method : {"lr", "wald", "score"}
        Twice the fall in log-likelihood; the squared distance in standard errors; or Rao's, the
        score at the restricted maximum in the metric of the information there: the expected one
        where it has a formula or all rows are alike, else the observed one.
    words : str
        The hypothesis as it was written.

    Raises
    ------
    ModelError
        For an unknown method, equations that contradict one another, a value that cannot be, or
        where the method does not apply.
    """
    if method not in METHODS:
        raise ModelError(f"there is no test {method!r}; {nearest(method, METHODS)}")
    if np.linalg.matrix_rank(np.column_stack([rows, values])) > np.linalg.matrix_rank(rows):
        raise ModelError(f"no parameters fulfil {words!r}: its equations contradict one another.")
    rows, values = _told(proof, rows, values, words)
    df = int(np.linalg.matrix_rank(rows))
    equations = _equations(proof.likelihood, rows, values)
    if not proof.likelihood.sample.weighting.calibrated and method != "wald":
        raise ModelError(
            f"the {method} statistic is not chi-square with sampling weights; "
            'use method="wald", whose errors are the sandwich.'
        )
    if method == "wald":
        statistic = _wald(proof, covariance, rows, values)
    elif method == "lr":
        statistic = _ratio(proof, equations, words)
    else:
        statistic = _score(proof, equations, words)
    statistic = max(float(statistic), 0.0)
    return TestResult(words, method, statistic, df, float(chdtrc(df, statistic)))


def _told(proof: Proof, rows: Vector, values: Vector, words: str) -> tuple[Vector, Vector]:
    """What the data tell of the equations: of dependent columns sums of coefficients alone.

    Raises
    ------
    ModelError
        If that is nothing.
    """
    loglik = proof.likelihood
    if not has_dependent(loglik.parts):
        return rows, values
    if loglik.shared is None:
        known = loglik.jacobian(proof.optimum.x) @ inverse_jacobian(loglik.member, proof.optimum.x)
    else:
        known = loglik.shared.matrix @ loglik.shared.inverse
    lost = rows - rows @ known
    size = np.abs(lost).max(axis=1) > UNTOLD * np.abs(rows).max(axis=1)
    mixed, sizes, _ = np.linalg.svd(lost[size])
    left = mixed[:, int(np.sum(sizes > UNTOLD * sizes.max(initial=1.0))) :].T
    rows = np.concatenate([rows[~size], left @ rows[size]])
    if not len(rows):
        raise ModelError(f"the data do not tell whether {words}. {proof.verdict}")
    return rows, np.concatenate([values[~size], left @ values[size]])


def _equations(loglik: LogLikelihood, rows: Vector, values: Vector) -> list[Equation]:
    """The equations by key, each value one that its constant can have."""
    out: list[Equation] = []
    for row, value in zip(rows, values, strict=True):
        used = {k: float(c) for k, c in zip(loglik.names, row, strict=True) if c != 0.0}
        if len(used) == 1:
            ((key, c),) = used.items()
            at = float(value) / c + 0.0
            used, value = {key: 1.0}, at
            if isinstance(key, str) and key in loglik.constants:
                m, name = loglik.constants[key][0]
                family = loglik.members[m].family
                check_value(family.name, key, at, family.parameters[name])
        out.append((used, float(value)))
    return out


def _wald(proof: Proof, covariance: Vector, rows: Vector, values: Vector) -> float:
    names = proof.likelihood.names
    used = [k for k, column in zip(names, rows.T, strict=True) if column.any()]
    at = [names.index(k) for k in used]
    missing = [names[i] for i in at if not 0.0 <= covariance[i, i] < np.inf]
    if missing:
        raise ModelError(
            f"{label(missing[0])} has no standard error here, so there is no Wald test of it; "
            'use method="lr".'
        )
    away = rows[:, at] @ np.array([proof.params[k] for k in used]) - values
    spread = rows[:, at] @ covariance[np.ix_(at, at)] @ rows[:, at].T
    size = np.sqrt(np.maximum(np.diag(spread), 0.0))
    size = np.where(size > 0.0, size, 1.0)
    if np.linalg.eigvalsh(spread / np.outer(size, size)).min() < -HIGHER:
        raise ModelError(
            "these errors leave a negative variance, as clusters in two ways can, so there is no "
            "Wald test by them; take clusters in one way."
        )
    return float((away / size) @ np.linalg.pinv(spread / np.outer(size, size)) @ (away / size))


def _ratio(proof: Proof, equations: Sequence[Equation], words: str) -> float:
    _refuse_unknown(proof, "", -np.inf)
    found = restricted_maximum(proof, equations)
    if found.proof is not None:
        _refuse_unknown(found.proof, f" where {words}")
    if not found.known:
        raise ModelError(
            f"no maximum was met where {words}, from the estimate and from the starts of the "
            "model itself, so there is no likelihood ratio; fit the restricted model to see why."
        )
    gap = proof.loglik - found.value
    if gap < -HIGHER * max(1.0, abs(proof.loglik)):
        start = {k: v for e, v in equations if len(e) == 1 for k in e}
        raise ModelError(
            f"the likelihood is higher where {words}, by {-gap:.3g}, than at the estimate, so "
            f"there is no likelihood ratio; fit again from there, with start={start!r}."
        )
    return 2.0 * gap


def _refuse_unknown(end: Proof, where: str, unknown: float = np.inf) -> None:
    if end.verdict.kind == "ran out" or end.loglik in (np.inf, unknown):
        raise ModelError(
            f"the likelihood has no known maximum{where} (the verdict is "
            f'"{end.verdict.kind}"), so there is no likelihood ratio.'
        )


def _score(proof: Proof, equations: Sequence[Equation], words: str) -> float:
    loglik = proof.likelihood
    statistic = np.nan
    found = None if proof.held else restricted_maximum(proof, equations, inside=True)
    if found is not None and found.x is not None:
        score = loglik.score(found.x)
        with np.errstate(all="ignore"):
            information = _metric(loglik, found.x)
            statistic = float(score @ inverse(information) @ score)
    if not (np.isfinite(statistic) and statistic > -HIGHER):
        raise ModelError(
            f"the maximum where {words} is on an edge, or has no expected information, "
            'so there is no score test; use method="lr".'
        )
    return statistic


def _metric(loglik: LogLikelihood, x: Vector) -> Vector:
    """The expected information where it can be had at a price, else the observed one."""
    cheap = all(m.one_sample or m.family.information is not None for m in loglik.members)
    if cheap and loglik.penalty is None:
        try:
            found = loglik.expected(x)
        except ModelError:  # of no use with these weights
            found = np.full((loglik.size,) * 2, np.nan)
        if np.isfinite(found).all():  # a GEV with a short tail has none
            return found
    return loglik(x).information


def compare_nested(one: Any, other: Any) -> TestResult:
    """The likelihood ratio of two fits, the one with fewer parameters inside the other."""
    small, large = sorted((one, other), key=lambda fit: fit.df)
    df = large.df - small.df
    if df == 0:
        raise ModelError("both models have as many parameters, so neither is inside the other.")
    if small.seen != large.seen:
        raise ModelError("the models are of rows that were seen differently, and do not compare.")
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
    words = f"{heading(small)} in {heading(large)}"
    return TestResult(words, "lr", statistic, df, float(chdtrc(df, statistic)))
