"""Penalties: what is taken off the log-likelihood, on request, so that an estimate exists.

None is ever added by default, and every summary says which one was.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from mostlikely.calculus.jet import Jet, pairs, seed
from mostlikely.data.bind import Bound
from mostlikely.errors import ModelError
from mostlikely.family.expectation import declared_information
from mostlikely.likelihood.member import Part, Regression
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Firth", "Lasso", "Penalised", "Penalty", "Ridge", "likelihood", "restored"]

#: A step for differences of the slope of Firth's penalty, in coordinates of size one.
STEP = 1e-4
#: Models of more coordinates than this climb without the curvature of Firth's penalty.
MANY = 40


@dataclass(frozen=True)
class Penalty(ABC):
    """What is added to the log-likelihood; see `Firth`, `Ridge` and `Lasso`."""

    #: Whether likelihood ratios of the penalised likelihood are still chi-square.
    calibrated: ClassVar[bool] = False
    #: What it does to the estimates and their errors, as the summary says it.
    note: ClassVar[str] = ""

    @abstractmethod
    def at(self, model: Penalised, x: Vector, order: int = 2) -> Evaluation:
        """Value, slope and minus the curvature in coordinates; no more than ``order`` asks for."""

    def describe(self) -> dict[str, Any]:
        """What is needed to make it again, in plain values."""
        return {"kind": type(self).__name__, **vars(self)}

    def degrees(self, model: Penalised, x: Vector) -> float:
        """How many parameters the estimate is worth; see `Fit.aic`."""
        return float(model.size)

    def check(self, model: Regression) -> None:
        """Raise ModelError if the penalty has no meaning for a model."""
        if not any(part.basis is not None for part in model.parts):
            raise ModelError(
                f"{self} draws coefficients towards zero, and this model has no predictor: write "
                "it with a formula, or leave the penalty out."
            )


@dataclass(frozen=True)
class _Shrinkage(Penalty):
    """A penalty on the size of coefficients.

    Parameters
    ----------
    strength : float
    """

    strength: float

    def __post_init__(self) -> None:
        number = isinstance(self.strength, int | float | np.number)
        if not (number and not isinstance(self.strength, bool) and 0.0 <= self.strength < np.inf):
            raise ModelError(
                f"{type(self).__name__} needs a strength, zero or more and finite; got "
                f"{self.strength!r}."
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.strength:g})"


class Ridge(_Shrinkage):
    """``½ λ Σ β²`` is taken off the log-likelihood: coefficients are drawn towards zero.

    The sum is over the coefficients of linear predictors but intercepts and constant columns, in
    the units of the data; scale columns first, as in ``"y ~ scale(x)"``, where units differ. With
    n rows, scikit-learn's ``alpha`` of a mean loss is λ/n, and its ``C`` is 1/λ.

    Parameters
    ----------
    strength : float
        λ, zero or more.

    Notes
    -----
    Standard errors are the curvature of what was maximised (those of a posterior under a normal
    prior of variance 1/λ); the estimate is biased, so that there are no p-values.

    References
    ----------
    Hoerl and Kennard, "Ridge regression", *Technometrics* 12 (1970) 55-67.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}          # separated
    >>> fit = ml.fit(ml.Bernoulli("y ~ x"), data, penalty=ml.Ridge(1.0))
    >>> fit.verdict.ok, round(fit.params["p", "x"], 4)
    (True, 0.9583)
    """

    note = (
        "estimates are drawn towards zero; standard errors are the curvature of what was "
        "maximised, and there are no p-values"
    )

    def at(self, model: Penalised, x: Vector, order: int = 2) -> Evaluation:
        """−½ λ |β|², β linear in the coordinates."""
        rows = model.shrunk
        beta = rows @ x
        value = -0.5 * self.strength * float(beta @ beta)
        return Evaluation(value, -self.strength * (rows.T @ beta), self.strength * rows.T @ rows)

    def degrees(self, model: Penalised, x: Vector) -> float:
        """The trace of I (I + λ)⁻¹ (Hastie, Tibshirani and Friedman 2009, eq. 3.50)."""
        own = model.plain(x).information
        return float(np.trace(np.linalg.solve(own + self.at(model, x).information, own)))


class Lasso(_Shrinkage):
    """``λ Σ |β|`` is taken off the log-likelihood: small coefficients become exactly zero.

    The sum is that of `Ridge`. With n rows, the ``alpha`` of scikit-learn's and glmnet's mean
    loss is λ/n.

    Parameters
    ----------
    strength : float
        λ, zero or more.

    Notes
    -----
    There are no standard errors: after a selection none of the usual ones holds.

    References
    ----------
    Tibshirani, "Regression shrinkage and selection via the lasso", *J. R. Statist. Soc. B* 58
    (1996) 267-288.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [1, 2, 3, 4, 5, 6], "z": [2, 1, 2, 1, 2, 1], "y": [1, 2, 2, 4, 5, 7]}
    >>> fit = ml.fit(ml.Poisson("y ~ x + z"), data, penalty=ml.Lasso(5.0))
    >>> fit.params["mean", "z"]
    0.0
    """

    note = "small coefficients are zero, the others drawn towards it; no standard errors hold"

    def at(self, model: Penalised, x: Vector, order: int = 2) -> Evaluation:
        """−λ Σ |β|, away from its corners."""
        rows = model.shrunk
        beta = rows @ x
        flat = np.zeros((len(x), len(x)))
        value = -self.strength * float(np.abs(beta).sum())
        return Evaluation(value, -self.strength * (rows.T @ np.sign(beta)), flat)

    def degrees(self, model: Penalised, x: Vector) -> float:
        """Parameters that are not zero (Zou, Hastie and Tibshirani 2007, *Ann. Statist.* 35)."""
        size = np.abs(model.shrunk @ x)
        return float(model.size - np.sum(size <= 1e-12 * size.max(initial=1.0)))


@dataclass(frozen=True)
class Firth(Penalty):
    """``½ log |I|`` is added: estimates are finite, and their bias of order 1/n is gone.

    I is the expected information. For a logistic regression this is Firth's penalty, for other
    models Jeffreys' prior. Intervals and tests are of the penalised likelihood
    (``method="profile"``, ``method="lr"``).

    References
    ----------
    Firth, "Bias reduction of maximum likelihood estimates", *Biometrika* 80 (1993) 27-38, eq. 4.
    Heinze and Schemper, "A solution to the problem of separation in logistic regression",
    *Statistics in Medicine* 21 (2002) 2409-2419.

    Examples
    --------
    >>> import mostlikely as ml
    >>> data = {"x": [1, 2, 3, 4], "y": [0, 0, 1, 1]}          # separated
    >>> fit = ml.fit(ml.Bernoulli("y ~ x"), data, penalty=ml.Firth())
    >>> fit.verdict.ok, round(fit.params["p", "x"], 4)
    (True, 1.3099)
    """

    calibrated = True
    note = (
        "estimates have less bias and are finite; standard errors are those of the likelihood, "
        "profile intervals of the penalised one"
    )

    def __repr__(self) -> str:
        return "Firth()"

    def check(self, model: Regression) -> None:
        """Raise ModelError if the family's expected information is not a formula."""
        if not model.size:
            raise ModelError("Firth: the model has no free parameter.")
        typical = [0.5 * sum(p.typical) for p in model.family.parameters.values()]
        if declared_information(model.family, seed([np.float64(v) for v in typical], 1)) is None:
            raise ModelError(
                f"Firth needs the expected information of {model.family.name} as a formula with "
                "derivatives, and there is none; Ridge(1.0) has no such need."
            )

    def at(self, model: Penalised, x: Vector, order: int = 2) -> Evaluation:
        """½ log |I| with its slope; its curvature by differences of the slope."""
        value, slope = _jeffreys(model, x, slope=order > 0)
        k = len(x)
        curvature = np.zeros((k, k))
        if order > 1 and k <= MANY:
            for i in range(k):
                step = np.zeros(k)
                step[i] = STEP
                ahead, behind = _jeffreys(model, x + step)[1], _jeffreys(model, x - step)[1]
                curvature[i] = -(ahead - behind) / (2.0 * STEP)
            curvature = 0.5 * (curvature + curvature.T)
            if not np.isfinite(curvature).all():
                curvature = np.zeros((k, k))
        return Evaluation(value, slope, curvature)


def _jeffreys(model: Regression, x: Vector, slope: bool = True) -> tuple[float, Vector]:
    """½ log |I(x)| and its slope, I the expected information in coordinates.

    With M = Jᵀ I(θ) J the information of a row in its local variables v, I = Σ Zᵀ M Z and
    ∂½ log|I| = ½ Σ tr(Z I⁻¹ Zᵀ ∂M) (Firth 1993, eq. 4, and the chain rule).
    """
    made = []
    total = np.zeros((model.size, model.size))
    for z, m, dm, w in _local(model, x):
        weight = np.ones(len(m)) if w is None else w
        for a, za in enumerate(z):
            for b, zb in enumerate(z):
                total += (za * (weight * m[:, a, b])[:, None]).T @ zb
        made.append((z, dm, weight))
    sign, log_size = np.linalg.slogdet(total)
    nothing = np.full(model.size, np.nan)
    if not np.isfinite(log_size) or sign <= 0.0:
        return -np.inf, nothing
    out = np.zeros(model.size)
    if slope:
        inverse = np.linalg.inv(total)
        for z, dm, weight in made:
            spread = [za @ inverse for za in z]
            lever = np.stack(
                [np.stack([np.sum(s * zb, axis=1) for zb in z], 1) for s in spread], axis=1
            )
            for c, zc in enumerate(z):
                out += zc.T @ (0.5 * weight * np.sum(dm[:, :, :, c] * lever, axis=(1, 2)))
    return 0.5 * float(log_size), out


def _local(model: Regression, x: Vector) -> Any:
    """Per block: each variable's rows in coordinates, M, its slopes in the variables, weights."""
    with np.errstate(all="ignore"):
        for rows, block in model.blocks():
            designs = model._designs(rows)
            jets = seed(model._variables(x, rows, designs))
            values = model._parameters(jets, rows)
            n, k = len(block.y), len(jets)
            found = declared_information(model.family, values)
            names = list(model.family.parameters)
            free = [values[names.index(name)] for name in model.family.free]
            p = len(free)
            j, h = np.zeros((n, p, k)), np.zeros((n, p, k, k))
            for i, value in enumerate(free):
                if not isinstance(value, Jet):
                    continue
                for a, g in enumerate(value.grad):
                    j[:, i, a] = 0.0 if g is None else g
                for (a, b), s in zip(pairs(k), value.hess or (), strict=True):
                    h[:, i, a, b] = h[:, i, b, a] = 0.0 if s is None else s
            info, di = np.zeros((n, p, p)), np.zeros((n, p, p, k))
            assert found is not None
            for a in range(p):
                for b in range(p):
                    entry = found[a][b]
                    info[:, a, b] = getattr(entry, "value", entry)
                    for c, g in enumerate(entry.grad if isinstance(entry, Jet) else ()):
                        di[:, a, b, c] = 0.0 if g is None else g
            m = np.einsum("nia,nij,njb->nab", j, info, j)
            dm = np.einsum("niac,nij,njb->nabc", h, info, j)
            dm = dm + dm.transpose(0, 2, 1, 3) + np.einsum("nia,nijc,njb->nabc", j, di, j)
            units = [[1.0 if a == b else None for a in range(k)] for b in range(k)]
            yield [model.carried(u, designs, n) for u in units], m, dm, model._counts(block)


@dataclass(frozen=True, eq=False)
class Penalised(Regression):
    """A regression's log-likelihood with a penalty added.

    Parameters
    ----------
    penalty : Penalty
    """

    penalty: Penalty = field(kw_only=True)

    @cached_property
    def plain(self) -> Regression:
        """The same model without."""
        return Regression(self.family, self.sample, self.table, self.parts, self.known)

    @cached_property
    def shrinks(self) -> tuple[Any, ...]:
        """The keys of the coefficients that are drawn towards zero."""
        out = []
        for part in self.parts:
            if part.basis is not None:
                level = constant_columns(part)
                out += [k for j, k in enumerate(part.keys) if not level[j]]
        return tuple(out)

    @cached_property
    def shrunk(self) -> Vector:
        """Those coefficients as linear functions of the coordinates, shape (coefficients, k)."""
        rows = self.jacobian(np.zeros(self.size))
        return rows[[self.names.index(k) for k in self.shrinks]]

    def value(self, x: Vector) -> float:
        """The penalised log-likelihood."""
        value = super().value(x)
        return value + self.penalty.at(self, x, 0).value if np.isfinite(value) else value

    def _evaluated(self, x: Vector) -> Evaluation:
        at = super()._evaluated(x)
        if not at.finite:
            return at
        more = self.penalty.at(self, x)
        return Evaluation(
            at.value + more.value, at.score + more.score, at.information + more.information
        )

    def expected(self, x: Vector) -> Vector:
        """The expected information; where estimates are drawn, with the curvature of that."""
        plain = super().expected(x)
        drawn = not self.penalty.calibrated
        return plain + self.penalty.at(self, x).information if drawn else plain

    def score(self, x: Vector) -> Vector:
        """The slope of the penalised log-likelihood."""
        return super().score(x) + self.penalty.at(self, x, 1).score


def likelihood(bound: Bound, penalty: Penalty | None) -> Regression:
    """The likelihood of a bound model with a penalty, or without one."""
    model = Regression.of(bound, separate=isinstance(penalty, _Shrinkage))
    if penalty is None:
        return model
    penalty.check(model)
    return Penalised(
        model.family, model.sample, model.table, model.parts, model.known, penalty=penalty
    )


def restored(described: Mapping[str, Any] | None) -> Penalty | None:
    """The penalty of a description."""
    if described is None:
        return None
    kinds = {kind.__name__: kind for kind in (Firth, Ridge, Lasso)}
    return kinds[described["kind"]](**{k: v for k, v in described.items() if k != "kind"})


def constant_columns(part: Part) -> list[bool]:
    """Which columns of a part are the same in every row, intercepts among them."""
    basis = part.basis
    assert basis is not None
    if basis.design.wide:
        return [key[-1] == "Intercept" for key in part.keys]
    low, high = np.full(len(part.keys), np.inf), np.full(len(part.keys), -np.inf)
    for start in range(0, len(basis.design), 65_536):
        block = basis.design.block(start, min(start + 65_536, len(basis.design))).dense()
        columns = (block / basis.scale) @ basis.inverse
        low, high = np.minimum(low, columns.min(0)), np.maximum(high, columns.max(0))
    return list(high - low <= 1e-9 * np.maximum(np.abs(low), np.abs(high)))
