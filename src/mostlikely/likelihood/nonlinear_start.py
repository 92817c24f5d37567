"""Where the climb of a nonlinear predictor begins: damped least squares from the user's start."""

from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.calculus.jet import seed
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector

__all__ = ["nonlinear_start"]


def nonlinear_start(member: Member, x: Vector) -> list[Vector]:
    """For a nonlinear first parameter: least squares from its start, by MINPACK's damped steps."""
    first = member.parts[0] if member.parts else None
    family = member.family
    if first is None or first.function is None or family.support.discrete or family.own:
        return []
    from scipy.optimize import least_squares

    rows = member.whole()
    y, place = rows.block.y, member.slices[0]
    target = np.log(y) if family.name == "LogNormal" else y

    def fitted(c: Vector, order: int) -> Any:
        at = x.copy()
        at[place] = c
        jets = seed(member.variables(at, rows), order)
        with np.errstate(all="ignore"):
            return member.parameters(jets, rows)[0]

    def residuals(c: Vector) -> Vector:
        value = np.broadcast_to(fitted(c, 1).value, target.shape) - target
        return np.where(np.isfinite(value), value, 1e150)

    def slopes(c: Vector) -> Vector:
        grad = fitted(c, 1).grad[: place.stop]
        out = np.stack([np.broadcast_to(0.0 if g is None else g, target.shape) for g in grad], 1)
        return np.where(np.isfinite(out), out, 0.0)

    if len(y) < place.stop:
        return []
    with np.errstate(all="ignore"):
        found = least_squares(
            residuals,
            x[place],
            slopes,
            method="lm",
            x_scale="jac",
            max_nfev=5000,
            xtol=1e-15,
            ftol=1e-15,
            gtol=1e-15,
        )
    start = x.copy()
    start[place] = found.x
    size = float(np.sqrt(np.mean(residuals(found.x) ** 2)))
    for part, where in zip(member.parts[1:], member.slices[1:], strict=True):
        if part.name in ("sigma", "scale") and part.constant and size > 0.0:
            start[where] = np.log(size)
    return [start]
