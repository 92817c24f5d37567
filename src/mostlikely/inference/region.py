"""The likelihood over two parameters, the others at their best: joint regions are its contours.

Two parameters lie in a joint region of a level where the log-likelihood, maximised over all the
others, is less than half a χ² quantile on two degrees of freedom below its maximum (Wilks 1938).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mostlikely.inference.lines import link_row, restricted
from mostlikely.inference.profile import best_others
from mostlikely.proof import Proof
from mostlikely.solve.objective import Vector

__all__ = ["joint_drop", "joint_profile"]

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
    for value in b:
        row = np.empty(len(a))
        centre = begin
        for side in (range(middle, len(a)), range(middle - 1, -1, -1)):
            near = centre
            for j in side:  # outwards, each point from its neighbour
                row[j], near = height(float(a[j]), float(value), near)
                centre = near if j == middle else centre
        begin = centre
        yield row


def _of_sample(proof: Proof, first: str, second: str) -> tuple[Height, Vector]:
    likelihood = proof.climbed
    free = [k for k in likelihood.names if k not in (first, second)]

    def height(x: float, y: float, near: Vector) -> tuple[float, Vector]:
        inner = likelihood.with_fixed(**{first: x, second: y})
        if not free:
            return float(inner.value(near)), near
        top = best_others(inner, near)
        return (-np.inf, near) if top is None else (top.at.value, top.x)

    places = [likelihood.names.index(k) for k in free]
    return height, np.asarray(proof.optimum.x[places])


def _of_regression(proof: Proof, first: Any, second: Any) -> tuple[Height, Vector]:
    model, x = proof.inner, proof.inner_optimum.x
    (row, one), (other, two) = (link_row(model, x, key) for key in (first, second))
    rows = np.stack([row, other])

    def height(x: float, y: float, near: Vector) -> tuple[float, Vector]:
        with np.errstate(all="ignore"):
            values = [float(one.forward(x)), float(two.forward(y))]
        top = restricted(model, near, rows, values)
        finite = np.isfinite(top.at.value)
        return (top.at.value, top.x) if finite else (-np.inf, near)

    return height, x
