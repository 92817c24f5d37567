"""A model and a sample make a likelihood: blocks in, value, score and information out.

ℓ(θ) = Σ wᵢ log p(yᵢ | θ) is a sum over blocks; each block is evaluated on jets in the model's few
local parameters, and block totals are added exactly (`math.fsum`), so that ten billion rows lose
no more digits than ten. The coordinates are the linear predictors η, θ = inverse_link(η).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from math import exp
from typing import Any

import numpy as np

from mostlikely import sums
from mostlikely.calculus.jet import pairs, seed
from mostlikely.data import Sample, read_sample
from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.family.expectation import expected_information
from mostlikely.family.moments import spread
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Likelihood", "information", "likelihood", "log_likelihood", "score"]


@dataclass(frozen=True)
class Likelihood:
    """The log-likelihood of a sample under a family, as a function of its free parameters.

    Parameters
    ----------
    family : Family
        The noise model, some of its parameters bound perhaps.
    sample : Sample
        The data, validated.

    Notes
    -----
    Points are arrays of shape (k,) on the link scale, in the order of ``names``.
    """

    family: Family
    sample: Sample

    #: Kinds of covariance that there are.
    covariances = ("observed", "expected", "sandwich")
    #: Whether its parameters follow the data.
    follows = False

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The free parameters, in order."""
        return self.family.free

    @cached_property
    def units(self) -> Vector:
        """An ordinary step: the data's spread where a coordinate has their unit, else one."""
        spreads = spread(*self.sample.small())
        plain = [self.family.parameters[k] for k in self.names]
        return np.array(
            [
                spreads**p.unit if p.unit and p.default_link.name == "identity" else 1.0
                for p in plain
            ]
        )

    def natural(self, eta: Vector) -> dict[str, float]:
        """Free parameters on their own scale."""
        with np.errstate(all="ignore"):
            values = self.family.natural([float(e) for e in eta])
        return {k: float(v) for k, v in zip(self.names, values, strict=True)}

    def linked(self, params: Mapping[str, float]) -> Vector:
        """The point of a parameter value; infinite where the value lies on an edge."""
        with np.errstate(all="ignore"):
            values = self.family.linked([float(params[k]) for k in self.names])
        return np.array([float(v) for v in values])

    def jacobian(self, eta: Vector) -> Vector:
        """dθ/dη, shape (k, k)."""
        with np.errstate(all="ignore"):
            return self._links(eta)[0]

    def value(self, eta: Vector) -> float:
        """The log-likelihood; −inf where a row is impossible."""
        with np.errstate(all="ignore"):
            return sums.value(self.family, self.sample, self._arguments(eta))

    def __call__(self, eta: Vector) -> Evaluation:
        """Log-likelihood, score and observed information at a point."""
        k = len(self.names)
        if k == 0:
            return Evaluation(self.value(eta), np.zeros(0), np.zeros((0, 0)))
        with np.errstate(all="ignore"):
            value, gradient, hessian = sums.derivatives(
                self.family, self.sample, self._arguments(eta), self.names
            )
            jacobian, bends = self._links(eta)
            information = -(jacobian.T @ hessian @ jacobian + np.tensordot(gradient, bends, 1))
            if self.family.nonsmooth:
                information = self._smoothed(eta, information)
            return Evaluation(value, jacobian.T @ gradient, information)

    def score(self, eta: Vector) -> Vector:
        """The score alone, on the link scale."""
        with np.errstate(all="ignore"):
            natural = sums.score(self.family, self.sample, self._arguments(eta), self.names)
            return np.asarray(self.jacobian(eta).T @ natural)

    def rows(self, eta: Vector) -> Iterator[tuple[Vector, Vector | None]]:
        """Per block: the score of each row on the link scale, shape (rows, k), and the weights."""
        with np.errstate(all="ignore"):
            jacobian = self.jacobian(eta)
            natural = sums.row_scores(self.family, self.sample, self._arguments(eta), self.names)
            for scores, w in natural:
                yield scores @ jacobian, w

    def expected(self, eta: Vector) -> Vector:
        """The expected information on the link scale, shape (k, k)."""
        jacobian = self.jacobian(eta)
        per_row = expected_information(self.family, self.natural(eta), self.names)
        return np.asarray(jacobian.T @ (self._rows_alike() * per_row) @ jacobian)

    def _rows_alike(self) -> float | Vector:
        """How many rows like one of weight one there are, for each entry of an information.

        An entry in a and b carries the unit of y to the power −(uₐ + u_b). A precision weight w
        makes the scale σ w**p, the same for y in another unit, and dσ w**p/dσ brings w**p back.
        """
        if not (self.sample.kind == "precision" and self.sample.weighted):
            return self.sample.n
        powers, standard = self.family.precision_weights, self.family.standard
        if standard is None or set(powers) != {standard[1]}:
            raise ModelError(
                f"the expected information of {self.family.name} under precision weights is not "
                'available; use kind="observed" or "sandwich".'
            )
        _, scale = standard
        exponents = [
            powers[scale] * ((k == scale) - self.family.parameters[k].unit) for k in self.names
        ]
        total = np.zeros((len(exponents), len(exponents)))
        for block in self.sample.blocks():
            assert block.w is not None
            w = np.stack([block.w**e for e in exponents])
            total += w @ w.T
        return total

    def with_fixed(self, **values: float) -> Likelihood:
        """The same data with more parameters bound (an edge of the domain is allowed)."""
        return replace(self, family=self.family.with_fixed(**values))

    def on(self, sample: Sample) -> Likelihood:
        """The same model on other data."""
        return replace(self, sample=sample)

    def _arguments(self, eta: Vector) -> list[Any]:
        # NumPy's floats divide by zero quietly, as a look at an edge may ask them to.
        free = self.family.natural([np.float64(e) for e in eta])
        values = self.family.arguments(dict(zip(self.names, free, strict=True)))
        return [np.float64(v) if isinstance(v, int | float) else v for v in values]

    def _links(self, eta: Vector) -> tuple[Vector, Vector]:
        """dθ/dη, shape (k, k), and d²θ/dη², shape (k, k, k): parameter, then coordinates."""
        jets = self.family.natural(seed([np.float64(e) for e in eta]))
        k = len(jets)
        first, second = np.zeros((k, k)), np.zeros((k, k, k))
        for a, jet in enumerate(jets):
            for i, g in enumerate(jet.grad):
                first[a, i] = 0.0 if g is None else g
            for (i, j), h in zip(pairs(k), jet.hess, strict=True):
                second[a, i, j] = second[a, j, i] = 0.0 if h is None else h
        return first, second

    def _smoothed(self, eta: Vector, observed: Vector) -> Vector:
        """The observed information, with the expected one for parameters at a corner.

        Where the density has corners its second derivative says nothing about them.
        """
        kinked = [i for i, name in enumerate(self.names) if name in self.family.nonsmooth]
        smooth = self.family.smooth
        if not kinked or (smooth is not None and smooth(*self._arguments(eta))):
            return observed
        expected = self.expected(eta)
        out = observed.copy()
        out[kinked, :] = expected[kinked, :]
        out[:, kinked] = expected[:, kinked]
        return out


# The public words: any model at any parameter value.


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
    model = Likelihood(
        family.with_fixed(**{k: params[k] for k in params if k not in family.free}), sample
    )
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
    with np.errstate(all="ignore"):
        hessian = sums.derivatives(
            likelihood_.family, likelihood_.sample, likelihood_._arguments(eta), likelihood_.names
        )[2]
    return -hessian
