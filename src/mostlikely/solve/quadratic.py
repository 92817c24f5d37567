"""The quadratic model of an objective at a point, and what can be read off it.

Two scalings serve two questions. In the units that the caller gives, eigenvalues say how far a
step goes and which direction hardly matters. With a unit diagonal they say, whatever the units,
whether some combination of the coordinates carries no information at all.

With few coordinates both come from eigenvalues. With hundreds these would cost some thirty times
a Cholesky factorisation, which answers the same questions where the information is clearly
positive definite; eigenvalues are left for where it is not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mostlikely.solve.objective import Evaluation, Vector

__all__ = ["Quadratic", "newton_decrement"]

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
#: The least eigenvalue of the information with a unit diagonal for which Cholesky factors do:
#: above what is `DEPENDENT` with thousands of coordinates, and well above rounding.
SOUND = 1e-11
#: How much longer than its radius a step may be before it is cut to it: by concavity that gives
#: away a tenth of the gain at most, and mostly a hundredth, for half of the factorisations.
OVERLONG = 1.1


@dataclass(frozen=True, eq=False)
class Quadratic:
    """ℓ(x + U s) ≈ ℓ(x) + gᵀs − ½ sᵀIs, from eigenvalues, found once they are asked for.

    Parameters
    ----------
    at : Evaluation
        Value, score and information at the point; it is shared, and nothing in it is changed.
    units : array, shape (k,)
        The diagonal of U: an ordinary step in each coordinate.
    """

    at: Evaluation
    units: Vector

    @staticmethod
    def of(at: Evaluation, units: Vector) -> Quadratic:
        """The model at an evaluation whose numbers are finite."""
        if len(units) <= FEW:
            return Quadratic(at, units)
        return _Sound.found(at, units) or Quadratic(at, units)

    @cached_property
    def decrement(self) -> float:
        """½ gᵀI⁻¹g where there is information, inf where the model bends up or slopes without."""
        if len(self.units) > FEW and _bends_upwards(self.at.information, self.units):
            return float("inf")
        return self._judged[0]

    @property
    def flat(self) -> Vector | None:
        """A unit direction, in units, without information, shape (k,); None if there is none."""
        return self._judged[1]

    def step(self, radius: float) -> tuple[Vector, float]:
        """The maximiser within a ball, in units, and the gain that the model predicts."""
        values, vectors = self._eigen
        along = self._along
        with np.errstate(all="ignore"):
            s = _trusted(values, along, radius)
        return vectors @ s, float(along @ s - 0.5 * values @ s**2)

    def running_off(self) -> Vector | None:
        """The direction in which the climb runs off, uphill, although little is to be gained."""
        values, vectors = self._eigen
        slope, bend = np.abs(self._along), np.abs(values)
        far = slope > LONG_STEP * bend
        little = slope * np.minimum(slope, bend) < bend
        off = (bend < EDGE_INFORMATION) & far & little & (slope > 1e-9)
        if not off.any():
            return None
        m = int(np.argmax(np.where(off, slope, -1.0)))
        return np.asarray(vectors[:, m] * np.sign(self._along[m]))

    @cached_property
    def _eigen(self) -> tuple[Vector, Vector]:
        """Eigenvalues, ascending, and eigenvectors of the information in units."""
        values, vectors = np.linalg.eigh(self.at.information * np.outer(self.units, self.units))
        return values, vectors

    @cached_property
    def _along(self) -> Vector:
        """The score in units, along the eigenvectors."""
        return np.asarray(self._eigen[1].T @ (self.at.score * self.units))

    @cached_property
    def _judged(self) -> tuple[float, Vector | None]:
        information = self.at.information * np.outer(self.units, self.units)
        return _by_unit_diagonal(information, self.at.score * self.units)


@dataclass(frozen=True, eq=False)
class _Sound(Quadratic):
    """The same where the information is clearly positive definite, from Cholesky factors.

    Parameters
    ----------
    solve : callable
        b, shape (k,) → A⁻¹b, with A the information in units.
    """

    solve: Callable[[Vector], Vector]

    @staticmethod
    def found(at: Evaluation, units: Vector) -> _Sound | None:
        """The model, unless the information is nearly singular or worse."""
        from scipy.linalg.lapack import dpocon

        scale = _scale(at.information, units)
        if scale is None:
            return None
        factor = _cholesky(_scaled(at.information, scale))
        # Of a matrix of norm 1 the reciprocal condition is 1/|C⁻¹|, which no eigenvalue is below.
        if factor is None or dpocon(factor.T, 1.0)[0] < SOUND:
            return None
        return _Sound(at, units, _solver(factor, 1.0 / (scale * units)))

    @cached_property
    def decrement(self) -> float:
        """½ gᵀI⁻¹g."""
        return float(0.5 * (self.at.score * self.units) @ self._newton)

    @property
    def flat(self) -> Vector | None:
        """None: every direction carries information."""
        return None

    def step(self, radius: float) -> tuple[Vector, float]:
        """The maximiser within a ball, in units, and the gain that the model predicts.

        (A + shift) s = g is factored for each shift tried. From a shift that is too small Newton
        on 1/|s|, which is concave in it, never passes the root (Moré and Sorensen 1983, algorithm
        3.2, where nothing can go wrong as A is positive definite).
        """
        s, solve = self._newton, self.solve
        g = self.at.score * self.units
        norm = float(np.linalg.norm(s))
        if norm <= radius:
            return s, self.decrement
        shift = 0.0
        while norm > OVERLONG * radius:
            shift += (norm - radius) / radius * norm**2 / float(s @ solve(s))
            factor = _cholesky(self._shifted(shift))
            if factor is None or not np.isfinite(shift):
                return super().step(radius)
            solve = _solver(factor)
            s = solve(g)
            norm = float(np.linalg.norm(s))
        s = s * min(1.0, radius / norm)
        moved = s * self.units
        return s, float(g @ s - 0.5 * moved @ (self.at.information @ moved))

    def running_off(self) -> Vector | None:
        """The direction in which the climb runs off, uphill, although little is to be gained."""
        if float(np.linalg.norm(self._newton)) <= LONG_STEP:
            return None
        if _cholesky(self._shifted(-EDGE_INFORMATION)) is not None:
            return None
        return super().running_off()

    @cached_property
    def _newton(self) -> Vector:
        """The Newton step, in units."""
        return self.solve(self.at.score * self.units)

    def _shifted(self, shift: float) -> Vector:
        """The information in units, a multiple of the identity added."""
        out = _scaled(self.at.information, 1.0 / self.units)
        np.einsum("ii->i", out)[:] += shift
        return out


def newton_decrement(at: Evaluation, units: Vector) -> float:
    """½ gᵀI⁻¹g: the gain still to come, by the quadratic model; inf if that is no maximum."""
    return Quadratic.of(at, units).decrement


def _scale(information: Vector, units: Vector) -> Vector | None:
    """The root of the diagonal; None if some coordinate carries nothing, or bends upwards."""
    diagonal = np.diag(information)
    return None if np.any(diagonal * units**2 <= NOTHING) else np.sqrt(diagonal)


def _scaled(matrix: Vector, scale: Vector) -> Vector:
    """A copy with rows and columns divided by a scale."""
    out = matrix / scale[:, None]
    out /= scale
    return np.asarray(out)


def _cholesky(matrix: Vector) -> Vector | None:
    """The lower factor; None unless the matrix is positive definite.

    It is NumPy's, which made the matrix: SciPy's may come with threads of its own, and these and
    NumPy's then wait for each other: on two cores, with 300 coordinates, twenty times as long.
    """
    try:
        return np.asarray(np.linalg.cholesky(matrix))
    except np.linalg.LinAlgError:
        return None


def _solver(factor: Vector, weights: Vector | float = 1.0) -> Callable[[Vector], Vector]:
    """b → W A⁻¹ W b, from the lower factor of A and the diagonal of W."""
    from scipy.linalg.lapack import dpotrs

    return lambda b: np.asarray(weights * dpotrs(factor.T, weights * b, lower=0)[0])


def _bends_upwards(information: Vector, units: Vector) -> bool:
    """Whether it is plain, without eigenvalues, that the model has no maximum."""
    if np.any(np.diag(information) * units**2 < -NOTHING):
        return True
    scale = _scale(information, units)
    if scale is None:
        return False
    raised = _scaled(information, scale)
    np.einsum("ii->i", raised)[:] += UPWARDS
    return _cholesky(raised) is None


def _by_unit_diagonal(information: Vector, score: Vector) -> tuple[float, Vector | None]:
    """The decrement, and a direction without information, from the matrix of unit diagonal."""
    diagonal = np.diag(information)
    empty = np.abs(diagonal) <= NOTHING
    scale = np.sqrt(np.where(empty, 1.0, np.abs(diagonal)))
    values, vectors = np.linalg.eigh(information / np.outer(scale, scale))
    g = vectors.T @ (score / scale)
    dependent = DEPENDENT * max(1.0, len(values) / FEW)
    carry = values > (NOTHING if empty.any() else dependent)
    flat = None
    if empty.any():
        flat = np.where(np.arange(len(diagonal)) == int(np.argmax(empty)), 1.0, 0.0)
    elif not carry.all():
        direction = vectors[:, 0] / scale
        flat = direction / np.linalg.norm(direction)
    if np.any(values < -UPWARDS) or np.any(np.abs(g[~carry]) > 1e-7):
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
