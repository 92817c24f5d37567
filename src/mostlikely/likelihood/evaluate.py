"""The likelihood of any model at any parameter value: the public words."""

from __future__ import annotations

from collections.abc import Mapping
from math import exp
from typing import Any

import numpy as np

from mostlikely.calculus.jet import seed
from mostlikely.data import read_sample
from mostlikely.errors import ModelError, nearest
from mostlikely.likelihood.expected import derivatives
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector

__all__ = ["information", "likelihood", "log_likelihood", "score"]


def _at(model: Any, y: Any, params: Mapping[str, float], options: Mapping[str, Any]) -> Any:
    from mostlikely.family import as_family

    family, sample = read_sample(as_family(model), y, **options)
    family.check(params)
    missing = [k for k in family.free if k not in params]
    if missing:
        raise ModelError(
            f"{family.name} needs a value for {' and '.join(missing)}; pass "
            f"{missing[0]}=... or fix it in the model."
        )
    fixed = family.with_fixed(**{k: params[k] for k in params if k not in family.free})
    model = LogLikelihood.of(Member.of_sample(fixed, sample))
    return model, model.linked({k: float(params[k]) for k in model.names})


def log_likelihood(model: Any, y: Any, *, weights: Any = None, **params: float) -> float:
    """ℓ(θ; y) = Σ log p(yᵢ | θ), at any parameter value.

    Parameters
    ----------
    model : Family, type or str
        The noise model: ``ml.Normal()``, ``ml.Normal``, ``"normal"``.
    y : array-like, shape (n,)
        The data.
    weights : array-like, shape (n,), optional
        How often each row was seen.
    **params : float
        A value for each free parameter, on its own scale.

    Raises
    ------
    ModelError
        For a missing, unknown or impossible parameter value.
    DataError
        For data outside the support.

    Examples
    --------
    >>> import mostlikely as ml
    >>> round(ml.log_likelihood("bernoulli", [1] * 1000, p=0.8), 4)
    -223.1436
    """
    likelihood_, eta = _at(model, y, params, {"weights": weights})
    return float(likelihood_.value(eta))


def likelihood(model: Any, y: Any, *, weights: Any = None, **params: float) -> float:
    """L(θ; y) = Π p(yᵢ | θ): the probability (density) of independent data.

    It leaves float64 sooner or later (0.8¹⁰⁰⁰ is 1.23e-97, 0.8³³⁴⁰ is 0.0); `log_likelihood`
    does not.

    Parameters
    ----------
    model, y, weights, **params
        As in `log_likelihood`.

    Examples
    --------
    Heads, tails, heads with a coin that shows heads with probability 0.7:

    >>> import mostlikely as ml
    >>> round(ml.likelihood(ml.Bernoulli(), [1, 0, 1], p=0.7), 3)
    0.147
    """
    total = log_likelihood(model, y, weights=weights, **params)
    return exp(total) if total < 709.0 else float("inf")


def score(model: Any, y: Any, *, weights: Any = None, **params: float) -> dict[str, float]:
    """dℓ/dθ for each free parameter, on its own scale: zero at the maximum.

    Parameters
    ----------
    model, y, weights, **params
        As in `log_likelihood`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> round(ml.score(ml.Bernoulli(), [1] * 7 + [0] * 3, p=0.5)["p"], 9)   # 7/.5 - 3/.5
    8.0
    """
    likelihood_, eta = _at(model, y, params, {"weights": weights})
    gradient = np.linalg.solve(likelihood_.jacobian(eta).T, likelihood_(eta).score)
    return {k: float(g) for k, g in zip(likelihood_.names, gradient, strict=True)}


def information(
    model: Any, y: Any, *, kind: str = "observed", weights: Any = None, **params: float
) -> Vector:
    """The information about the free parameters, on their own scale, shape (k, k).

    Parameters
    ----------
    model, y, weights, **params
        As in `log_likelihood`.
    kind : str
        ``"observed"``, minus the second derivative of ℓ, or ``"expected"``, its mean under the
        model.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.information(ml.Normal(sigma=2), [1.0, 3.0, 4.0, 8.0], mu=4.0)
    array([[1.]])
    """
    likelihood_, eta = _at(model, y, params, {"weights": weights})
    if kind == "expected":
        back = np.linalg.inv(likelihood_.jacobian(eta))
        return np.asarray(back.T @ likelihood_.expected(eta) @ back)
    if kind != "observed":
        raise ModelError(f"kind={kind!r}: {nearest(kind, ['observed', 'expected'])}")
    return _natural_information(likelihood_, eta)


def _natural_information(model: LogLikelihood, eta: Vector) -> Vector:
    """Minus the second derivatives on the parameters' own scale.

    With θ(η): ∂²ℓ/∂η² = Jᵀ (∂²ℓ/∂θ²) J + Σ (∂ℓ/∂θ_a) ∂²θ_a/∂η².
    """
    at = model(eta)
    jets = model.member.family.natural(seed([np.float64(e) for e in eta]))
    jacobian, bends = (found[0] for found in derivatives(jets, len(jets)))
    back = np.linalg.inv(jacobian)
    slopes = back.T @ at.score
    return np.asarray(back.T @ (at.information + np.tensordot(slopes, bends, 1)) @ back)
