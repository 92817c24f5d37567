"""Deviance residuals: by how much each row falls short of the saturated model.

In the saturated model every row has the best value of the first parameter (a mean, a location, a
scale) for itself, the others as they were estimated. A residual is the root of twice the difference
of both log-densities, with the sign of y's side (McCullagh and Nelder 1989, *Generalized Linear
Models*, section 2.4.3). Where that is the precision times a distance that does not depend on it, as
in exponential dispersion families, the residual is the root of the distance, as in R's ``glm``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.calculus.link import Link
from mostlikely.errors import ModelError
from mostlikely.family.distribution import Distribution
from mostlikely.solve.objective import Vector

__all__ = ["deviance_residuals"]

#: Steps of a row's own climb, the longest on the link's scale, and halvings of one.
STEPS, LONGEST, HALVINGS = 200, 4.0, 40
#: The log-density that may be left to gain, per unit of max(1, |log-density|).
LEFT, KNOWN = 1e-16, 1e-9
#: How many times closer a deviance is looked at to see whether it is in proportion to the
#: precision, and how nearly it is then: noise that is normal in its middle alone is not.
CLOSER, ALIKE = 1024.0, 1e-6


def deviance_residuals(law: Distribution, y: Vector, plain: Distribution) -> Vector:
    """The deviance residual of each row, shape (n,).

    Parameters
    ----------
    law : Distribution
        Of each row, with its precision.
    y : array, shape (n,)
    plain : Distribution
        The same without precision weights.

    Raises
    ------
    ModelError
        If some row has no best value of the first parameter.
    """
    family: Any = law.family
    name = next(k for k, p in family.parameters.items() if not p.known)
    values = {
        k: np.broadcast_to(np.asarray(v, dtype=float), y.shape) for k, v in law.values.items()
    }
    link = family.link(name)
    with np.errstate(all="ignore"):
        best, top, known = _saturated(family, name, link, values, y)
        here = _log_prob(family, values, y)
        gap = 2.0 * np.maximum(top - here, 0.0)
        if not known.all() or not np.isfinite(gap).all():
            raise ModelError(
                f"{family.name} has no saturated model of these data: in some row the "
                f"log-likelihood has no maximum over {name} alone; take quantile residuals."
            )
        found = np.sqrt(gap) * _sides(family, name, values, best, y)
        for scale, power in family.precision_weights.items():
            closer = {**values, scale: values[scale] * CLOSER**power}
            other = _log_prob(family, {**closer, name: best}, y) - _log_prob(family, closer, y)
            if abs(2.0 / CLOSER * np.sum(other) - np.sum(gap)) <= ALIKE * np.sum(gap):
                precision = np.asarray(plain.values[scale], dtype=float) ** (1.0 / power)
                found = found / np.sqrt(precision)
    return found


def _log_prob(family: Any, values: dict[str, Vector], y: Vector) -> Vector:
    return np.broadcast_to(family.log_prob(y, *values.values()), y.shape).astype(float)


def _saturated(
    family: Any, name: str, link: Link, values: dict[str, Vector], y: Vector
) -> tuple[Vector, Vector, Any]:
    """The best value of a parameter for each row, the log-density there, and where it is known."""

    def at(eta: Vector) -> tuple[Vector, Vector, Vector]:
        (jet,) = seed([eta], 2)
        found = family.log_prob(y, *{**values, name: link.inverse(jet)}.values())
        if not isinstance(found, Jet) or found.hess is None:
            return np.broadcast_to(found, y.shape), np.zeros(y.shape), np.zeros(y.shape)
        slope, bend = (0.0 if d is None else d for d in (found.grad[0], found.hess[0]))
        value, slope, bend = np.broadcast_arrays(found.value, slope, bend)
        return value.astype(float), slope.astype(float), bend.astype(float)

    def height(eta: Vector) -> Vector:
        return _log_prob(family, {**values, name: link.inverse(eta)}, y)

    eta = np.asarray(link.forward(values[name]), dtype=float)
    own = family.parameters[name].domain.contains(y)
    there = np.asarray(link.forward(np.where(own, y, values[name])), dtype=float)
    nearer = own & np.isfinite(there) & (height(there) >= height(eta))
    eta = np.where(nearer, there, eta)
    value, slope, bend = at(eta)
    done = np.zeros(y.shape, dtype=bool)
    for _ in range(STEPS):
        newton = np.where(bend < 0.0, slope / np.where(bend < 0.0, -bend, 1.0), np.sign(slope))
        step = np.clip(np.nan_to_num(newton), -LONGEST, LONGEST)
        size = LEFT * np.maximum(1.0, np.abs(value))
        done |= np.abs(slope * step) <= size
        step = np.where(done, 0.0, step)
        moved = value
        for _ in range(HALVINGS):
            moved = height(eta + step)
            worse = ~(moved >= value) & (step != 0.0)
            if not worse.any():
                break
            step = np.where(worse, 0.5 * step, step)
        uphill = moved > value
        done |= ~uphill  # a corner, or rounding
        eta = np.where(uphill, eta + step, eta)
        value, slope, bend = at(eta)
        if done.all():
            break
    curved = bend < 0.0
    left = np.where(curved, slope * slope / np.where(curved, -bend, 1.0), np.abs(slope))
    known = done | (left <= KNOWN * np.maximum(1.0, np.abs(value)))
    return np.asarray(link.inverse(eta), dtype=float), value, known & np.isfinite(value)


def _sides(family: Any, name: str, values: dict[str, Vector], best: Vector, y: Vector) -> Vector:
    """1 where y is above what is fitted, −1 below it: by the probability of less than y.

    Where both probabilities are one number, in the digits that there are, by the parameter.
    """
    here, there = (Distribution(family, each).cdf(y) for each in (values, {**values, name: best}))
    change = np.sign(best - values[name])
    told = np.sign(here - there)
    agree = np.sum(told * change)
    return np.where(told != 0.0, told, change * (1.0 if agree >= 0.0 else -1.0))
