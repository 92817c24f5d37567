"""A model and a sample make a likelihood: blocks in, value, score and information out.

ℓ(θ) = Σ wᵢ log p(yᵢ | θ) is a sum over blocks; each block is evaluated on jets in the model's few
local parameters, and block totals are added exactly (`math.fsum`), so that ten billion rows lose
no more digits than ten. The coordinates are the linear predictors η, θ = inverse_link(η).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.jet import pairs, seed
from mostlikely.data import Sample
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.family.expectation import expected_information
from mostlikely.family.summaries import spread
from mostlikely.likelihood import sums
from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Likelihood"]


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
