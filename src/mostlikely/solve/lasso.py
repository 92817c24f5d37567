"""The maximum of an objective less absolute values, which leaves some of them at zero exactly.

Each round maximises the quadratic model less Σ λ|β| by coordinates (Friedman, Hastie and
Tibshirani 2010, *J. Statistical Software* 33, section 2). Where the signs no longer change, what
is left is smooth, and is climbed to the last digit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.optimum import Optimum, Stop

__all__ = ["maximise_with_lasso"]

#: Rounds of the search, sweeps of each, and how still a sweep must be, in standard errors.
ROUNDS, SWEEPS, STILL = 60, 300, 1e-9
#: How often a step is halved for the objective to gain, and a loss that is rounding.
HALVINGS, ROUNDING = 30, 1e-12
#: By how much a slope at zero may exceed its strength: in proportion, and in all.
EXCESS = 1e-9
#: The least eigenvalue, with a unit diagonal, of the information that a sweep works with.
RAISED = 1e-9


def maximise_with_lasso(
    objective: Objective,
    x: Vector,
    *,
    linear: Vector,
    strengths: Vector,
    options: Options | None = None,
) -> tuple[Optimum, Vector]:
    """Maximise objective(x) − Σ λ_j |β_j| with β = linear @ x.

    Parameters
    ----------
    objective : Objective
    x : array, shape (k,)
        Where to begin; coefficients that are drawn begin at zero.
    linear : array, shape (k, k)
        The coefficients as linear functions of the coordinates; it has an inverse.
    strengths : array, shape (k,)
        λ of each coefficient; 0 where it is not drawn towards zero.
    options : Options, optional
        Of the climbs with signs held. Edges are not stopped at: what is drawn runs nowhere.

    Returns
    -------
    optimum : Optimum
        In x. Its evaluation is of the objective less Σ λ|β|, with the slope nearest to zero where
        a coefficient is zero; so the score of an optimum is zero. Its decrement is what is left
        to gain with the zeros held. `Stop.OPTIMUM` says that no zero has a slope of the objective
        beyond its λ.
    beta : array, shape (k,)
        The coefficients, zeros exactly.
    """
    options = replace(options or Options(), stop_at_edges=False, origin=None)
    to = np.asarray(np.linalg.inv(linear), dtype=float)
    return _Lasso(objective, linear, to, strengths, options).searched(x)


@dataclass(frozen=True, eq=False)
class _Lasso:
    """A search in the coefficients; ``to`` leads from these to the coordinates."""

    objective: Objective
    linear: Vector
    to: Vector
    strengths: Vector
    options: Options

    @property
    def drawn(self) -> NDArray[np.bool_]:
        return np.asarray(self.strengths > 0.0)

    @np.errstate(all="ignore")  # what leaves the range of floats is not finite, and is seen to be
    def searched(self, x: Vector) -> tuple[Optimum, Vector]:
        """Where the search from x ends."""
        beta = np.where(self.drawn, 0.0, self.linear @ x)
        steps, stop, left = 0, Stop.RAN_OUT, float("inf")
        for _ in range(ROUNDS):
            at = self.objective(self.to @ beta)
            steps += 1
            if not at.finite:
                stop = Stop.NO_START if steps == 1 else Stop.RAN_OUT
                break
            before = beta
            top, beta = self._settled(self._moved(beta, at))
            if top is None:
                continue
            steps += top.steps
            slope = self.to.T @ self.objective.score(self.to @ beta)
            level = np.abs(slope) <= self.strengths * (1.0 + EXCESS) + EXCESS
            if np.all(level | (beta != 0.0) | ~self.drawn):
                stop, left = top.stop, top.decrement
                if stop is Stop.OPTIMUM or np.array_equal(before, beta):
                    break
        return self._ended(beta, steps, stop, left), beta

    def _moved(self, beta: Vector, at: Evaluation) -> Vector:
        """The maximum of the quadratic model less the penalty, or as far as ℓ itself gains."""
        g, h = self.to.T @ at.score, self.to.T @ at.information @ self.to
        d = _by_coordinates(beta, g, h, self.strengths)
        here = at.value - float(self.strengths @ np.abs(beta))
        for halving in range(HALVINGS):
            new = beta + 0.5**halving * d
            there = self.objective.value(self.to @ new) - float(self.strengths @ np.abs(new))
            if there >= here - ROUNDING * max(1.0, abs(here)):
                return np.asarray(new)
        return beta

    def _settled(self, beta: Vector) -> tuple[Optimum | None, Vector]:
        """The maximum with the signs as they are; up to the first that would change, else."""
        free = ~self.drawn | (beta != 0.0)
        tilt = self.strengths * np.sign(beta)
        line = _WithSigns(self.objective, self.to[:, free], tilt[free], np.ones(int(free.sum())))
        at = line(beta[free])
        if not at.finite:
            return None, beta
        line = replace(line, units=1.0 / np.sqrt(np.maximum(np.diag(at.information), 1e-300)))
        top = maximise(line, beta[free], options=self.options)
        new = np.zeros_like(beta)
        new[free] = top.x
        crossed = self.drawn & (new * beta < 0.0)
        if crossed.any():
            share = beta[crossed] / (beta[crossed] - new[crossed])
            new = beta + share.min() * (new - beta)
            new[np.flatnonzero(crossed)[share.argmin()]] = 0.0
            return None, new
        return top, new

    def _ended(self, beta: Vector, steps: int, stop: Stop, left: float) -> Optimum:
        x = self.to @ beta
        at = self.objective(x)
        slope = self.to.T @ at.score
        pull = np.where(beta != 0.0, np.sign(beta), np.clip(slope / self.strengths, -1.0, 1.0))
        pull = np.where(self.drawn, self.strengths * pull, 0.0)
        value = at.value - float(self.strengths @ np.abs(beta))
        at = Evaluation(value, self.linear.T @ (slope - pull), at.information)
        return Optimum(x, at, left, steps, stop)


def _by_coordinates(beta: Vector, g: Vector, h: Vector, strengths: Vector) -> Vector:
    """The step d that maximises gᵀd − ½ dᵀhd − Σ λ|β + d|, a coordinate after the other."""
    size = np.abs(np.diag(h))  # where it bends upwards too
    scale = np.sqrt(np.where(size > 0.0, size, 1.0))
    least = np.linalg.eigvalsh(h / scale[:, None] / scale)[0]
    h = h + np.diag(scale**2) * max(RAISED - least, 0.0)
    d, carried = np.zeros_like(beta), np.zeros_like(beta)  # carried: h @ d
    for _ in range(SWEEPS):
        most = 0.0
        for j in range(len(d)):
            pull = g[j] - carried[j] + h[j, j] * (beta[j] + d[j])
            pull = np.sign(pull) * max(abs(pull) - strengths[j], 0.0)
            step = pull / h[j, j] - beta[j] - d[j]
            if step:
                d[j] += step
                carried += step * h[:, j]
                most = max(most, abs(step) * scale[j])
        if most < STILL:
            break
    return d


@dataclass(frozen=True, eq=False)
class _WithSigns:
    """The objective less Σ λ sign(β) β, of the coefficients that are not held at zero."""

    objective: Objective
    directions: Vector
    tilt: Vector
    units: Vector

    @property
    def total(self) -> float:
        return self.objective.total

    def value(self, z: Vector) -> float:
        return self.objective.value(self.directions @ z) - float(self.tilt @ z)

    def score(self, z: Vector) -> Vector:
        return np.asarray(self.directions.T @ self.objective.score(self.directions @ z)) - self.tilt

    def __call__(self, z: Vector) -> Evaluation:
        at, d = self.objective(self.directions @ z), self.directions
        value = at.value - float(self.tilt @ z)
        return Evaluation(value, d.T @ at.score - self.tilt, d.T @ at.information @ d)
