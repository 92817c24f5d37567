"""Newton's step in a trust region and what tells where it leads, for one problem or for many.

Every function takes a leading batch axis, ``(...)``: thousands of small problems cost a few calls
of LAPACK's loop. Scores and informations are in units, as `in_units` makes them. What is not
finite makes no finite step and no finite decrement, and disturbs none of its neighbours.

The step maximises the quadratic model within a ball (Moré and Sorensen 1983, "Computing a trust
region step", SIAM J. Sci. Stat. Comput. 4, section 3).
"""

from __future__ import annotations

import numpy as np

from mostlikely.solve.objective import Vector

__all__ = ["eigen", "in_units", "judged", "running_off", "step_along"]

#: Coordinates up to which eigenvalues cost nothing to speak of.
FEW = 12
#: An eigenvalue of the information this small, with a long way still to go, is an edge: on a log
#: or logit scale the direction is known to no better than a factor of exp(10).
EDGE_INFORMATION = 0.01
#: A Newton step longer than this along an eigenvector, in units, is a long way.
LONG_STEP = 0.5
#: Information about a coordinate, in its units, below which there is none but for rounding.
NOTHING = 1e-9
#: The same for a combination of coordinates, each scaled to carry one; beyond `FEW` coordinates
#: it grows with their number, as rounding may.
DEPENDENT = 1e-14
#: An eigenvalue of the information with a unit diagonal below minus this bends upwards.
UPWARDS = 1e-8
#: How near the length of a cut step is to its radius.
CLOSE = 1e-3


@np.errstate(all="ignore")
def in_units(score: Vector, information: Vector, units: Vector) -> tuple[Vector, Vector]:
    """Score and information per unit of each coordinate.

    Parameters
    ----------
    score, units : array, shape (..., k)
    information : array, shape (..., k, k)

    Returns
    -------
    score : array, shape (..., k)
    information : array, shape (..., k, k)
    """
    # One factor after the other: the square of a unit of 1e±200 is no float.
    return score * units, (information * units[..., :, None]) * units[..., None, :]


def eigen(score: Vector, information: Vector) -> tuple[Vector, Vector, Vector]:
    """Eigenvalues, ascending, and eigenvectors of the information, and the score along them.

    Returns
    -------
    values : array, shape (..., k)
        NaN where the information is not finite.
    vectors : array, shape (..., k, k)
        In columns.
    along : array, shape (..., k)
    """
    if np.isfinite(information.sum()):
        values, vectors = np.linalg.eigh(information)
    else:
        # LAPACK gives up on the whole batch for one NaN in it.
        finite = np.asarray(np.isfinite(information).all(axis=(-2, -1)))
        kept = np.where(finite[..., None, None], information, np.eye(score.shape[-1]))
        values, vectors = np.linalg.eigh(kept)
        values = np.where(finite[..., None], values, np.nan)
    return values, vectors, _times(vectors.swapaxes(-1, -2), score)


@np.errstate(all="ignore")
def step_along(
    values: Vector, vectors: Vector, along: Vector, radius: Vector | float
) -> tuple[Vector, Vector]:
    """The maximiser of the quadratic model within a ball, and the gain that it predicts.

    Parameters
    ----------
    values, vectors, along : arrays
        From `eigen`.
    radius : array, shape (...), or float
        It may be inf where the information is positive definite.

    Returns
    -------
    step : array, shape (..., k)
    gain : array, shape (...)
    """
    s = _within(values, along, radius)
    gain = ((along - 0.5 * values * s) * s).sum(axis=-1)
    return _times(vectors, s), np.asarray(gain)


@np.errstate(all="ignore")
def judged(score: Vector, information: Vector) -> tuple[Vector, Vector]:
    """The decrement, and a direction without information, from the matrix of unit diagonal.

    Parameters
    ----------
    score : array, shape (..., k)
    information : array, shape (..., k, k)

    Returns
    -------
    decrement : array, shape (...)
        ½ gᵀI⁻¹g where there is information; inf where the model bends up or slopes without.
    flat : array, shape (..., k)
        A unit direction, in units; zero where every direction carries information.
    """
    if score.shape[-1] == 0:
        return np.zeros(score.shape[:-1]), np.zeros(score.shape)
    diagonal = np.abs(information.diagonal(axis1=-2, axis2=-1))
    empty = diagonal <= NOTHING
    scale = np.sqrt(np.where(empty, 1.0, diagonal))
    scaled = information / scale[..., :, None] / scale[..., None, :]
    values, vectors, g = eigen(score / scale, scaled)
    dependent = DEPENDENT * max(1.0, values.shape[-1] / FEW)
    if not empty.any() and (values > dependent).all():
        return np.asarray(0.5 * (g * g / values).sum(axis=-1)), np.zeros(score.shape)
    some = np.asarray(empty.any(axis=-1))[..., None]
    carry = values > np.where(some, NOTHING, dependent)
    first = np.arange(values.shape[-1]) == np.argmax(empty, axis=-1)[..., None]
    lowest = vectors[..., :, 0] * (scale.min(axis=-1, keepdims=True) / scale)
    lowest = lowest / np.maximum(_norm(lowest), 1e-300)[..., None]
    all_carry = np.asarray(carry.all(axis=-1))[..., None]
    flat = np.where(some, first, np.where(all_carry, 0.0, lowest))
    lost = (~(values >= -UPWARDS) | (~carry & ~(np.abs(g) <= 1e-7))).any(axis=-1)
    kept = 0.5 * np.where(carry, g * g / np.where(carry, values, 1.0), 0.0).sum(axis=-1)
    return np.where(lost, np.inf, kept), flat


@np.errstate(all="ignore")
def running_off(values: Vector, vectors: Vector, along: Vector) -> Vector:
    """The direction in which a climb runs off, uphill, although little is to be gained.

    Parameters
    ----------
    values, along : array, shape (..., k)
    vectors : array, shape (..., k, k)

    Returns
    -------
    array, shape (..., k)
        A unit direction; zero where there is none.
    """
    slope, bend = np.abs(along), np.abs(values)
    far = slope > LONG_STEP * bend
    little = slope * np.minimum(slope, bend) < bend
    off = (bend < EDGE_INFORMATION) & far & little & (slope > 1e-9)
    if not off.any():
        return np.zeros(values.shape)
    steepest = np.argmax(np.where(off, slope, -1.0), axis=-1)[..., None]
    chosen = np.take_along_axis(vectors, steepest[..., None, :], axis=-1)[..., 0]
    uphill = chosen * np.sign(np.take_along_axis(along, steepest, axis=-1))
    return np.where(np.asarray(off.any(axis=-1))[..., None], uphill, 0.0)


def _within(values: Vector, along: Vector, radius: Vector | float) -> Vector:
    """The maximiser of along·s − ½ Σ values s² within |s| ≤ radius, in eigen-coordinates."""
    newton = np.asarray(along / values)
    outside = ~np.asarray((values[..., 0] > 0.0) & (_norm(newton) <= radius))
    if outside.any():
        cut = np.broadcast_to(radius, outside.shape)[outside]
        newton[outside] = _cut(values[outside], along[outside], cut)
    return newton


def _cut(values: Vector, along: Vector, radius: Vector) -> Vector:
    """The same of those whose Newton step is longer, or none: shapes (m, k), (m, k) and (m,)."""
    # |along / (values + shift)| = radius has one root right of −lowest; it is nearly linear in
    # 1/|s| (Moré and Sorensen's φ), so Newton on that converges from the left bracket.
    size = _norm(along)
    low = np.maximum(0.0, -values[:, 0])
    high = low + size / radius + 1e-300
    shift = np.maximum(low + 1e-3 * (high - low), size / radius - values[:, -1])
    sought, met = np.isfinite(shift), np.zeros(shift.shape, dtype=bool)
    for _ in range(100):
        shifted = values + shift[:, None]
        s = along / shifted
        norm = _norm(s)
        close = np.abs(norm - radius) <= CLOSE * radius
        met, sought = met | (sought & close), sought & ~close
        if not sought.any():
            break
        long = norm > radius
        low = np.where(sought & long, shift, low)
        high = np.where(sought & ~long, shift, high)
        slope = (s * s / shifted).sum(axis=-1) / norm
        ahead = shift + np.where(slope > 0.0, (norm - radius) / radius * norm / slope, 0.0)
        ahead = np.where((low < ahead) & (ahead < high), ahead, 0.5 * (low + high))
        shift = np.where(sought, ahead, shift)
        sought = sought & (high - low > 1e-14 * high)
    s = np.where(along == 0.0, 0.0, along / (values + shift[:, None]))
    # The hard case: no slope along the lowest direction, so go along it as far as the radius.
    hard = ~met & (low > 0.0)
    rest = np.sqrt(np.maximum(radius**2 - _norm(s[:, 1:]) ** 2, 0.0))
    s[:, 0] = np.where(hard, np.copysign(rest, s[:, 0]), s[:, 0])
    return np.asarray(s * np.minimum(1.0, radius / np.maximum(_norm(s), 1e-300))[:, None])


def _norm(a: Vector) -> Vector:
    return np.asarray(np.sqrt((a * a).sum(axis=-1)))


def _times(matrix: Vector, vector: Vector) -> Vector:
    return np.asarray((matrix @ vector[..., None])[..., 0])
