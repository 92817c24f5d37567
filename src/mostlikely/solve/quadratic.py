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
from mostlikely.solve.trust_region import (
    EDGE_INFORMATION,
    FEW,
    LONG_STEP,
    NOTHING,
    UPWARDS,
    eigen,
    in_units,
    judged,
    running_off,
    step_along,
)

__all__ = ["Quadratic", "newton_decrement"]

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
        step, gain = step_along(*self._eigen, radius)
        return step, float(gain)

    def running_off(self) -> Vector | None:
        """The direction in which the climb runs off, uphill, although little is to be gained."""
        off = running_off(*self._eigen)
        return off if off.any() else None

    @cached_property
    def _in_units(self) -> tuple[Vector, Vector]:
        """Score and information in units."""
        return in_units(self.at.score, self.at.information, self.units)

    @cached_property
    def _eigen(self) -> tuple[Vector, Vector, Vector]:
        """Eigenvalues, ascending, eigenvectors of the information, and the score along these."""
        return eigen(*self._in_units)

    @cached_property
    def _judged(self) -> tuple[float, Vector | None]:
        decrement, flat = judged(*self._in_units)
        return float(decrement), flat if flat.any() else None


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
    return None if np.any((diagonal * units) * units <= NOTHING) else np.sqrt(diagonal)


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
    if np.any((np.diag(information) * units) * units < -NOTHING):
        return True
    scale = _scale(information, units)
    if scale is None:
        return False
    raised = _scaled(information, scale)
    np.einsum("ii->i", raised)[:] += UPWARDS
    return _cholesky(raised) is None
