"""Penalised fits: the same objective, climbed by the judges."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

import mostlikely as ml
from tests.adversary import draws
from tests.adversary.climbs import climb
from tests.adversary.densities import DENSITIES
from tests.adversary.groups.plain import follow, trials_of
from tests.adversary.judges import Break
from tests.adversary.problems import Problem
from tests.adversary.trials import Trial, quiet

__all__ = ["penalties"]

FAMILIES = ("Normal", "Poisson", "Bernoulli", "Binomial", "Gamma", "Logistic", "Weibull")


def penalties(rng: np.random.Generator) -> Trial:
    """Ridge, lasso and Firth on a line."""
    family, n = str(rng.choice(FAMILIES)), int(rng.choice([8, 15, 40]))
    data = draws.columns(rng, n)
    data["y"] = follow(rng, family, draws.bulk(rng, DENSITIES[family].support, n), data["x"])
    first = next(iter(DENSITIES[family].roles))
    columns = ("x", "z") if rng.uniform() < 0.5 else ("x",)
    kind = (
        str(rng.choice(["Ridge", "Lasso"]))
        if family != "Bernoulli" or rng.uniform() < 0.5
        else "Firth"
    )
    strength = float(np.round(10.0 ** rng.uniform(-3, 2), 4))
    problem = Problem(family, data, {first: columns}, trials=trials_of(family))
    return penalised(problem, kind, strength)


def penalised(problem: Problem, kind: str, strength: float) -> Trial:
    def check() -> list[Break]:
        penalty = ml.Firth() if kind == "Firth" else getattr(ml, kind)(strength)
        fit = quiet(lambda: problem.fit(penalty=penalty))
        if fit.verdict.kind == "ran out":
            return [Break("ran out", str(fit.verdict)[:200])]
        own = problem.own()
        slopes = np.array([isinstance(k, tuple) and k[1] != "Intercept" for k in own.keys])
        X = own.blocks[0].X

        def taken(points: np.ndarray) -> np.ndarray:
            b = np.atleast_2d(points)[:, slopes]
            if kind == "Ridge":
                return 0.5 * strength * np.sum(b * b, axis=1)
            if kind == "Lasso":
                return strength * np.sum(np.abs(b), axis=1)
            p = 1.0 / (1.0 + np.exp(-np.atleast_2d(points) @ X.T))
            return np.array([-0.5 * np.linalg.slogdet((X.T * (r * (1 - r))) @ X)[1] for r in p])

        objective = lambda points: own(points) - taken(points)  # noqa: E731
        top = own.linked(fit.params)
        if not np.isfinite(top).all():
            return []
        here = float(objective(top)[0])
        height, at = climb(objective, top, rough=True)
        for sign in (1.0, -1.0):
            other = climb(objective, top + 0.3 * sign, rough=True)
            if other[0] > height:
                height, at = other
        if kind == "Lasso":
            zero = top * ~slopes
            done = minimize(
                lambda z: -float(objective(np.where(slopes, 0.0, z))[0]), zero, method="BFGS"
            )
            height = max(height, -float(done.fun))
        if height > here + 1e-5:
            detail = f"{here:.9g}; {height:.9g} at {np.round(at, 6).tolist()}"
            return [Break(f"lower ({fit.verdict.kind})", detail)]
        return []

    said = "ml.Firth()" if kind == "Firth" else f"ml.{kind}({strength})"
    text = f"{problem.text[:-1]}, penalty={said})"
    kinds = f"{problem.family}, {kind}"
    return Trial(text, check, kinds, problem, lambda p: penalised(replace(p), kind, strength))
