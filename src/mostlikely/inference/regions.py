"""The likelihood over two parameters, the others at their best: joint regions are its contours.

Two parameters lie in a joint region of a level where the log-likelihood, maximised over all the
others, is less than half a χ² quantile on two degrees of freedom below its maximum (Wilks 1938).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.inference.along import Setting, coordinate_of, settings
from mostlikely.likelihood.corners import corner_of
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Vector
from mostlikely.solve.restrict import Function, Linear, Restricted, hold
from mostlikely.verdict.estimate import estimate
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


def joint_profile(proof: Proof, first: Any, second: Any, a: Vector, b: Vector) -> Iterator[Vector]:
    """The log-likelihood over two parameters, maximised over the others.

    On a boundary it is the higher of that of the limit and that of the whole model.

    Parameters
    ----------
    proof : Proof
    first, second : parameter
    a, b : array, shape (m,) and (k,)
        Their values, natural scale, in order.

    Yields
    ------
    array, shape (m,)
        For each value of ``second`` the heights over those of ``first``; −inf where some
        observation is impossible.

    Raises
    ------
    ModelError
        If one of them is at an edge, where there is no such profile.
    """
    links = [proof.likelihood.link(key) for key in (first, second)]
    with np.errstate(all="ignore"):
        ts, us = (
            [float(link.forward(np.float64(v))) for v in values]
            for link, values in zip(links, (a, b), strict=True)
        )
    surfaces = []
    for setting in dict.fromkeys(settings(proof)):
        held = [coordinate_of(setting, k, m) for k, m in zip((first, second), links, strict=True)]
        if held[0] is not None and held[1] is not None:
            height = _of_rest(proof, first, second) if _kinked(setting) else None
            height = height or _height(setting.loglik, held[0], held[1])
            surfaces.append(_rows(height, setting.x, ts, us))
    if not surfaces:
        raise ModelError(f"{label(first)} and {label(second)} have no profile here.")
    for rows in zip(*surfaces, strict=True):
        yield np.max(rows, axis=0)


def _rows(height: Height, begin: Vector, a: list[float], b: list[float]) -> Iterator[Vector]:
    """Rows from the middle outwards, each climb from where the one before it ended."""
    middle = len(a) // 2
    column = [begin]  # where the middle of the rows so far was reached
    for value in b:
        row = np.empty(len(a))
        row[middle], centre = height(a[middle], value, _onwards(column))
        column.append(centre)
        for side in (range(middle + 1, len(a)), range(middle - 1, -1, -1)):
            path = [centre]
            for j in side:
                row[j], reached = height(a[j], value, _onwards(path))
                path.append(reached)
        yield row


def _onwards(path: list[Vector]) -> Vector:
    """Where to begin: as far again from the last point as that is from the one before it."""
    return 2.0 * path[-1] - path[-2] if len(path) > 2 else path[-1]


def _height(loglik: LogLikelihood, first: Function, second: Function) -> Height:
    """The log-likelihood where both functions are held."""
    if isinstance(first, Linear) and isinstance(second, Linear):
        return _in_plane(loglik, np.concatenate([first.matrix, second.matrix]))

    def both(x: Vector) -> tuple[Vector, Vector]:
        (t, row), (u, other) = first(x), second(x)
        return np.concatenate([t, u]), np.concatenate([row, other])

    def height(t: float, u: float, near: Vector) -> tuple[float, Vector]:
        found = hold(loglik, both, [t, u], near, enough=ENOUGH)
        left = found.decrement if np.isfinite(found.decrement) else 0.0
        at = found.evaluation.value
        return (at + left, found.x) if np.isfinite(at) else (-np.inf, near)

    return height


def _in_plane(loglik: LogLikelihood, rows: Vector) -> Height:
    """The same of linear functions: thousands of climbs from nearby share their plane."""
    scaled = rows * loglik.units
    size = np.linalg.norm(scaled, axis=1)
    back = loglik.units[:, None] * np.linalg.pinv(scaled / size[:, None]) / size
    null = loglik.units[:, None] * np.linalg.svd(scaled / size[:, None])[2][2:].T
    options = Options(tolerance=ENOUGH, stop_at_edges=False)
    start = np.zeros(null.shape[1])

    def height(t: float, u: float, near: Vector) -> tuple[float, Vector]:
        plane = Restricted(loglik, near + back @ (np.array([t, u]) - rows @ near), null)
        if not len(start):
            return float(plane.value(start)), plane.origin
        top = maximise(plane, start, options=options)
        left = top.decrement if np.isfinite(top.decrement) else 0.0
        if not np.isfinite(top.at.value):
            return -np.inf, near
        return float(top.at.value) + left, plane.point(top.x)

    return height


def _kinked(setting: Setting) -> bool:
    return corner_of(setting.loglik) is not None


def _of_rest(proof: Proof, first: Any, second: Any) -> Height | None:
    """By an estimate of what is left, where the density has corners; None of coefficients."""
    loglik = proof.climbed
    if not {first, second} <= set(loglik.constants):
        return None
    links = [loglik.link(key) for key in (first, second)]

    def height(t: float, u: float, near: Vector) -> tuple[float, Vector]:
        with np.errstate(all="ignore"):
            values = [float(m.inverse(np.float64(v))) for m, v in zip(links, (t, u), strict=True)]
        return estimate(loglik.holding({first: values[0], second: values[1]})).loglik, near

    return height
