"""The argmax of a penalised likelihood and its proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.likelihood.begin import starts
from mostlikely.likelihood.penalty import Lasso, Penalised
from mostlikely.solve.newton import Optimum, Stop, maximise
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.regress import Restricted, best_of, climbed, elsewhere, inside
from mostlikely.verdict.verdict import Verdict

__all__ = ["shrink"]

#: Rounds of the lasso's search, sweeps of each, and how still a sweep must be.
ROUNDS, SWEEPS, STILL = 60, 300, 1e-9


def shrink(
    model: Penalised, *, start: Mapping[Any, float] | None = None, max_steps: int = 200
) -> Proof:
    """Maximise a penalised likelihood and prove the result.

    Parameters
    ----------
    model : Penalised
    start, max_steps
        As in `regress`.
    """
    model.family.check_weights(model.sample)
    points = starts(model.plain, start)
    if isinstance(model.penalty, Lasso):
        return _Lasso(model, model.penalty.strength, max_steps).proof(points[-1])
    best = best_of([climbed(model, x, max_steps=max_steps, heed_edges=False) for x in points])
    if best.stop is not Stop.OPTIMUM:
        return elsewhere(model, best)
    proof = inside(model, best)
    if proof.verdict.kind == "interior":
        sentence = (
            f"A maximum of the likelihood with {model.penalty!r}: its slope is zero, its curvature "
            f"positive definite, and less than {max(2.0 * best.decrement, 1e-15):.0e} is left to "
            "gain."
        )
        proof = replace(proof, verdict=replace(proof.verdict, sentence=sentence))
    if not model.penalty.calibrated:
        return proof
    own = Evaluation(best.at.value, best.at.score, model.plain(best.x).information)
    return replace(proof, inner_optimum=replace(best, at=own))


class _Lasso:
    """Newton's steps under an absolute value, and their end proven where signs are settled.

    Each round maximises the quadratic model less λ|β| by coordinates (Friedman, Hastie and
    Tibshirani 2010, *J. Statistical Software* 33, section 2). Where the signs no longer change,
    what is left is smooth, and is climbed to the last digit.
    """

    def __init__(self, model: Penalised, strength: float, max_steps: int) -> None:
        self.model, self.strength, self.max_steps = model, strength, max_steps
        self.back = model.jacobian(np.zeros(model.size))  # coordinates -> parameters, link scale
        for i, key in enumerate(model.names):
            if isinstance(key, str):
                self.back[i] = self.back[i] != 0.0
        self.to: Vector = np.asarray(np.linalg.inv(self.back))
        self.drawn = np.array([k in set(model.shrinks) for k in model.names])

    def proof(self, x: Vector) -> Proof:
        """Where the search from x ends."""
        theta = self.back @ x
        theta[self.drawn] = 0.0
        steps, top = 0, None
        with np.errstate(all="ignore"):
            for _ in range(ROUNDS):
                at = self.model.plain(self.to @ theta)
                steps += 1
                if not at.finite:
                    break
                g, h = self.to.T @ at.score, self.to.T @ at.information @ self.to
                moved = self._searched(theta, g, h, at.value)
                top, theta = self._settled(moved)
                slope = self.to.T @ self.model.plain.score(self.to @ theta)
                zero = self.drawn & (theta == 0.0)
                if top is not None and np.all(
                    np.abs(slope[zero]) <= self.strength * (1.0 + 1e-9) + 1e-9
                ):
                    return self._proven(theta, top)
        end = self.to @ theta
        left = Optimum(end, self.model(end), np.inf, steps, Stop.RAN_OUT)
        return elsewhere(self.model, top or left)

    def _searched(self, theta: Vector, g: Vector, h: Vector, value: float) -> Vector:
        """The maximum of the quadratic model less the penalty, or as far as the ℓ itself gains."""
        scale = np.sqrt(np.maximum(np.diag(h), 1e-300))
        least = np.linalg.eigvalsh(h / np.outer(scale, scale))[0]
        h = h + np.diag(scale**2) * max(1e-9 - least, 0.0)
        d, carried = np.zeros_like(theta), np.zeros_like(theta)  # carried: h @ d
        for _ in range(SWEEPS):
            most = 0.0
            for j in range(len(d)):
                pull = g[j] - carried[j] + h[j, j] * (theta[j] + d[j])
                if self.drawn[j]:
                    pull = np.sign(pull) * max(abs(pull) - self.strength, 0.0)
                step = pull / h[j, j] - theta[j] - d[j]
                if step:
                    d[j] += step
                    carried += step * h[:, j]
                    most = max(most, abs(step) * scale[j])
            if most < STILL:
                break
        here = value - self.strength * np.abs(theta[self.drawn]).sum()
        for halving in range(30):
            new = theta + 0.5**halving * d
            if self.model.value(self.to @ new) >= here - 1e-12 * max(1.0, abs(here)):
                return new
        return theta

    def _settled(self, theta: Vector) -> tuple[Optimum | None, Vector]:
        """The maximum with the signs as they are; up to the first that would change, else."""
        free = ~self.drawn | (theta != 0.0)
        signs = np.where(self.drawn, np.sign(theta), 0.0)
        line = Restricted(
            _Tilted(self.model, self.strength * (self.back.T @ signs)),
            np.zeros(self.model.size),
            self.to[:, free],
        )
        at = line(theta[free])
        if not at.finite:
            return None, theta
        units = 1.0 / np.sqrt(np.maximum(np.diag(at.information), 1e-300))
        top = maximise(
            line,
            theta[free],
            units,
            self.model.sample.total,
            max_steps=self.max_steps,
            heed_edges=False,
        )
        new = np.zeros_like(theta)
        new[free] = top.x
        crossed = self.drawn & (new * theta < 0.0)
        if crossed.any():
            share = theta[crossed] / (theta[crossed] - new[crossed])
            new = theta + share.min() * (new - theta)
            new[np.flatnonzero(crossed)[share.argmin()]] = 0.0
            return None, new
        return (top if top.stop is Stop.OPTIMUM else None), new

    def _proven(self, theta: Vector, top: Optimum) -> Proof:
        x = self.to @ theta
        zero = int(np.sum(self.drawn & (theta == 0.0)))
        sentence = (
            f"A maximum of the likelihood with {self.model.penalty!r}: {zero} of "
            f"{int(self.drawn.sum())} coefficients are zero, where no slope exceeds "
            f"{self.strength:g}; in the others the slope is zero and less than "
            f"{max(2.0 * top.decrement, 1e-15):.0e} is left to gain."
        )
        verdict = Verdict("interior", True, sentence, top.decrement)
        whole = replace(top, x=x, at=self.model(x))
        proof = replace(plain(self.model, whole, verdict), regular=())
        exact = {
            k: 0.0
            for k, t, d in zip(self.model.names, theta, self.drawn, strict=True)
            if d and t == 0.0
        }
        return replace(proof, params={**proof.params, **exact})


class _Tilted:
    """A log-likelihood less a linear function of the coordinates."""

    def __init__(self, model: Penalised, slope: Vector) -> None:
        self.model, self.slope = model.plain, slope

    def __call__(self, x: Vector) -> Evaluation:
        """Value, score and information."""
        at = self.model(x)
        return Evaluation(at.value - float(self.slope @ x), at.score - self.slope, at.information)
