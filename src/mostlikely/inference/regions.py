"""The likelihood over two parameters, the others at their best: joint regions are its contours.

Two parameters lie in a joint region of a level where the log-likelihood, maximised over all the
others, is less than half a χ² quantile on two degrees of freedom below its maximum (Wilks 1938).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mostlikely.inference.lines import link_row
from mostlikely.inference.profile import best_others
from mostlikely.solve.maximise import maximise
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.restrict import Restricted
from mostlikely.verdict.proof import Proof

__all__ = ["joint_drop", "joint_profile"]

#: A climb may stop with so much log-likelihood to gain; it is added.
ENOUGH = 1e-6
#: The height at two values, beginning near a point, and the point that it is reached at.
Height = Callable[[float, float, Vector], tuple[float, Vector]]


def joint_drop(level: float) -> float:
    """How far the log-likelihood falls to the edge of a joint region of two parameters.

    Half the χ² quantile on two degrees of freedom, which is −log(1 − level).

    Examples
    --------
    >>> round(joint_drop(0.95), 4)
    2.9957
    """
    return float(-np.log1p(-level))


def joint_profile(
    proof: Proof, regression: bool, first: Any, second: Any, a: Vector, b: Vector
) -> Iterator[Vector]:
    """The log-likelihood over two parameters, maximised over the others.

    Parameters
    ----------
    proof : Proof
    regression : bool
        Whether parameters follow data.
    first, second : parameter
    a, b : array, shape (m,) and (k,)
        Their values, natural scale, in order.

    Yields
    ------
    array, shape (m,)
        For each value of ``second`` the heights over those of ``first``; −inf where some
        observation is impossible.
    """
    height, begin = (_of_regression if regression else _of_sample)(proof, first, second)
    middle = len(a) // 2
    column = [begin]  # where the middle of the rows so far was reached
    for value in b:
        row = np.empty(len(a))
        row[middle], centre = height(float(a[middle]), float(value), _onwards(column))
        column.append(centre)
        for side in (range(middle + 1, len(a)), range(middle - 1, -1, -1)):
            path = [centre]
            for j in side:
                row[j], reached = height(float(a[j]), float(value), _onwards(path))
                path.append(reached)
        yield row


def _onwards(path: list[Vector]) -> Vector:
    """Where to begin: as far again from the last point as that is from the one before it."""
    return 2.0 * path[-1] - path[-2] if len(path) > 2 else path[-1]


def _of_sample(proof: Proof, first: str, second: str) -> tuple[Height, Vector]:
    likelihood = proof.climbed
    free = [k for k in likelihood.names if k not in (first, second)]

    def height(x: float, y: float, near: Vector) -> tuple[float, Vector]:
        inner = likelihood.with_fixed(**{first: x, second: y})
        if not free:
            return float(inner.value(near)), near
        top: Optimum | None = None
        if not inner.family.nonsmooth:
            size = inner.sample.total
            top = maximise(inner, near, inner.units, size, heed_edges=False, enough=ENOUGH)
        if top is None or top.stop is not Stop.OPTIMUM:
            top = best_others(inner, near)
        return (-np.inf, near) if top is None else (_value(top), top.x)

    places = [likelihood.names.index(k) for k in free]
    return height, np.asarray(proof.optimum.x[places])


def _of_regression(proof: Proof, first: Any, second: Any) -> tuple[Height, Vector]:
    model, begin = proof.inner, proof.inner_optimum.x
    (row, one), (other, two) = (link_row(model, begin, key) for key in (first, second))
    rows = np.stack([row, other])
    back, null = np.linalg.pinv(rows), np.linalg.svd(rows)[2][2:].T

    def height(x: float, y: float, near: Vector) -> tuple[float, Vector]:
        with np.errstate(all="ignore"):
            target = np.array([one.forward(x), two.forward(y)], dtype=float)
        line = Restricted(model, near + back @ (target - rows @ near), null)
        units = np.ones(null.shape[1])
        top = maximise(
            line, 0.0 * units, units, model.sample.total, heed_edges=False, enough=ENOUGH
        )
        return (_value(top), line.point(top.x)) if np.isfinite(top.at.value) else (-np.inf, near)

    return height, begin


def _value(top: Optimum) -> float:
    """The height of a maximum: that of the last point, and what is left to gain from there."""
    left = top.decrement if np.isfinite(top.decrement) else 0.0
    return float(top.at.value + left)
