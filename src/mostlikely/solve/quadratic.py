"""The quadratic model of an objective at a point, and what can be read off it.

Two scalings serve two questions. In the units that the caller gives, eigenvalues say how far a
step goes and which direction hardly matters. With a unit diagonal they say, whatever the units,
whether some combination of the coordinates carries no information at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Quadratic", "newton_decrement"]

#: An eigenvalue of the information this small, with a long way still to go, is an edge: on a log
#: or logit scale the direction is known to no better than a factor of exp(10).
EDGE_INFORMATION = 0.01
#: Information about a coordinate, in its units, below which there is none but for rounding.
NOTHING = 1e-9
#: The same for a combination of coordinates, each scaled to carry one.
DEPENDENT = 1e-14


@dataclass(frozen=True)
class Quadratic:
    """ℓ(x + U s) ≈ ℓ(x) + gᵀs − ½ sᵀIs, decomposed.

    Parameters
    ----------
    values, vectors : arrays of shape (k,) and (k, k)
        Eigenvalues, ascending, and eigenvectors of the information in units.
    along : array, shape (k,)
        The score in units, along the eigenvectors.
    decrement : float
        ½ gᵀI⁻¹g where there is information, inf where the model bends upwards or slopes without.
    flat : array, shape (k,), or None
        A unit direction, in units, without information.
    """

    values: Vector
    vectors: Vector
    along: Vector
    decrement: float
    flat: Vector | None

    @staticmethod
    def of(at: Evaluation, units: Vector) -> Quadratic:
        """The model at an evaluation."""
        information = at.information * np.outer(units, units)
        score = at.score * units
        values, vectors = np.linalg.eigh(information)
        decrement, flat = _by_unit_diagonal(information, score)
        return Quadratic(values, vectors, vectors.T @ score, decrement, flat)

    def step(self, radius: float) -> tuple[Vector, float]:
        """The maximiser within a ball, in units, and the gain that the model predicts."""
        with np.errstate(all="ignore"):
            s = _trusted(self.values, self.along, radius)
        return self.vectors @ s, float(self.along @ s - 0.5 * self.values @ s**2)

    def running_off(self) -> Vector | None:
        """The direction in which the climb runs off, uphill, although little is to be gained."""
        slope, bend = np.abs(self.along), np.abs(self.values)
        far = slope > 0.5 * bend
        little = slope * np.minimum(slope, bend) < bend
        off = (bend < EDGE_INFORMATION) & far & little & (slope > 1e-9)
        if not off.any():
            return None
        m = int(np.argmax(np.where(off, slope, -1.0)))
        return np.asarray(self.vectors[:, m] * np.sign(self.along[m]))


def newton_decrement(at: Evaluation, units: Vector) -> float:
    """½ gᵀI⁻¹g: the gain still to come, by the quadratic model; inf if that is no maximum."""
    return Quadratic.of(at, units).decrement


def _by_unit_diagonal(information: Vector, score: Vector) -> tuple[float, Vector | None]:
    """The decrement, and a direction without information, from the matrix of unit diagonal."""
    diagonal = np.diag(information)
    empty = np.abs(diagonal) <= NOTHING
    scale = np.sqrt(np.where(empty, 1.0, np.abs(diagonal)))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    g = vectors.T @ (score / scale)
    carry = values > (NOTHING if empty.any() else DEPENDENT)
    flat = None
    if empty.any():
        flat = np.where(np.arange(len(diagonal)) == int(np.argmax(empty)), 1.0, 0.0)
    elif not carry.all():
        direction = vectors[:, 0] / scale
        flat = direction / np.linalg.norm(direction)
    if np.any(values < -1e-8) or np.any(np.abs(g[~carry]) > 1e-7):
        return float("inf"), flat
    return float(0.5 * np.sum(g[carry] ** 2 / values[carry])), flat


def _trusted(values: Vector, along: Vector, radius: float) -> Vector:
    """The maximiser of along·s − ½ Σ values s² within |s| ≤ radius, in eigen-coordinates."""
    lowest = float(values[0])
    if lowest > 0.0:
        step = along / values
        if np.linalg.norm(step) <= radius:
            return np.asarray(step)
    # |along / (values + shift)| = radius has one root right of −lowest; it is nearly linear in
    # 1/|s| (Moré and Sorensen's φ), so Newton on that converges from the left bracket.
    size = float(np.linalg.norm(along))
    low = max(0.0, -lowest)
    high = low + size / radius + 1e-300
    shift = max(low + 1e-3 * (high - low), size / radius - float(values[-1]))
    for _ in range(100):
        step = along / (values + shift)
        norm = float(np.linalg.norm(step))
        if abs(norm - radius) <= 1e-3 * radius:
            break
        low, high = (shift, high) if norm > radius else (low, shift)
        slope = float(np.sum(step**2 / (values + shift))) / norm if norm > 0.0 else 0.0
        shift += (norm - radius) / radius * norm / slope if slope > 0.0 else 0.0
        if not low < shift < high:
            shift = 0.5 * (low + high)
        if high - low <= 1e-14 * high:
            break
    step = along / (values + shift)
    if low > 0.0 and np.linalg.norm(step) < 0.5 * radius:
        # The hard case: no slope along the lowest direction, so go along it to the rim.
        step = step.copy()
        step[0] += np.sqrt(max(radius**2 - float(step @ step), 0.0))
    return np.asarray(step * min(1.0, radius / max(float(np.linalg.norm(step)), 1e-300)))
