"""Newton's method in a trust region, which knows when to stop and says why.

The step maximises the quadratic model within a ball (Moré and Sorensen 1983, "Computing a trust
region step", SIAM J. Sci. Stat. Comput. 4, section 3), found exactly from the eigenvalues of the
information, since there are few parameters. Convergence is the Newton decrement ½ gᵀI⁻¹g (Boyd
and Vandenberghe 2004, section 9.5.1): the log-likelihood still to gain. It has no units.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from mostlikely.solve.objective import Evaluation, Objective, Vector

__all__ = ["Optimum", "Stop", "flat_directions", "maximise", "newton_decrement"]

#: Largest decrement at which a fit may be called converged, per unit of max(1, |ℓ|).
TOLERANCE = 1e-9
#: Decrement below which no further step is taken: 1.4e-7 standard errors from the maximum.
POLISHED = 1e-14
#: Differences of log-likelihoods below this, per row, are rounding.
ROUNDING = 1e-13
#: Standard errors that a last step, taken unseen, may leave, by the quadratic rate seen before it.
UNSEEN = 1e-6
#: An eigenvalue of the information this small, with a long way still to go, is an edge: on a log
#: or logit scale the direction is known to no better than a factor of exp(10).
EDGE_INFORMATION = 0.01
#: The largest trust region, in units.
WIDEST = 4.0
#: How far a coordinate may run from its origin, in units: a factor of a million on a log scale.
FAR = 14.0


class Stop(StrEnum):
    """Why the climb ended; the value is the clause that a person reads."""

    OPTIMUM = "the score is zero and the information positive definite"
    FLAT = "the score is zero, but the likelihood is flat in some direction"
    EDGE = "the climb runs off along a direction in which the likelihood levels out"
    STALLED = "no step of any length gains, yet the score is not zero"
    RAN_OUT = "the steps allowed ran out"
    NO_START = "the likelihood is not finite at any start value"


@dataclass(frozen=True)
class Optimum:
    """Where a climb ended.

    Parameters
    ----------
    x : array, shape (k,)
        The point.
    at : Evaluation
        Log-likelihood, score and information there.
    decrement : float
        The log-likelihood still to gain, by the quadratic model; inf where that is no maximum.
    steps : int
        Evaluations with derivatives that it took.
    stop : Stop
        Why it ended.
    direction : array, shape (k,), or None
        The unit direction, in the coordinates' own units, that is flat or runs off.
    travelled : array, shape (k,), or None
        How far the climb came from its start, in units.
    """

    x: Vector
    at: Evaluation
    decrement: float
    steps: int
    stop: Stop
    direction: Vector | None = None
    travelled: Vector | None = None


def newton_decrement(at: Evaluation) -> float:
    """½ gᵀI⁻¹g over the directions that carry information; inf if one of them bends upwards."""
    scale = np.sqrt(np.abs(np.diag(at.information)))
    scale = np.where(scale > 0.0, scale, 1.0)
    values, vectors = np.linalg.eigh(at.information / np.outer(scale, scale))
    g = vectors.T @ (at.score / scale)
    carry = values > 1e-13
    if np.any(values < -1e-8) or np.any(np.abs(g[~carry]) > 1e-7):
        return float("inf")
    return float(0.5 * np.sum(g[carry] ** 2 / values[carry]))


def flat_directions(values: Vector) -> NDArrayBool:
    """Which eigenvalues of an information (in units) are zero but for rounding."""
    return np.asarray(values <= max(1e-12 * float(values.max(initial=0.0)), 1e-9))


NDArrayBool = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def maximise(
    objective: Objective,
    x: Vector,
    units: Vector,
    size: float = 1.0,
    *,
    origin: Vector | None = None,
    max_steps: int = 200,
    heed_edges: bool = True,
    enough: float = POLISHED,
    costly: bool = False,
) -> Optimum:
    """Climb from ``x`` to a maximum.

    Parameters
    ----------
    objective : Objective
        What to maximise.
    x : array, shape (k,)
        Where to begin.
    units : array, shape (k,)
        An ordinary step in each coordinate: one on a log scale, the data's spread for a location.
    size : float
        The number of observations: it sets what is rounding.
    origin : array, shape (k,), optional
        What is far is far from here; ``x`` by default.
    max_steps : int
        Evaluations allowed.
    heed_edges : bool
        Whether to stop where a direction runs off; false once a caller has looked there.
    enough : float
        The decrement at which to stop.
    costly : bool
        Whether evaluations are dear, so that the last Newton step need not be looked at: it is
        taken unseen once the steps before show that it leaves less than `UNSEEN` standard errors.

    Returns
    -------
    Optimum
    """
    origin = x if origin is None else origin
    at = objective(x)
    steps = 1
    if not at.finite:
        return Optimum(x, at, float("inf"), steps, Stop.NO_START)
    radius = 1.0
    before = float("inf")  # standard errors to go, before the last full Newton step
    while True:
        g = at.score * units
        values, vectors = np.linalg.eigh(at.information * np.outer(units, units))
        along = vectors.T @ g
        flat = flat_directions(values)
        decrement = _decrement(values, along, flat)
        still = np.abs(along) <= 1e-7 * max(1.0, abs(at.value)) ** 0.5
        if decrement <= enough and not np.any(values[~flat] < 0.0):
            if not flat.any():
                return Optimum(x, at, decrement, steps, Stop.OPTIMUM)
            if np.all(still[flat]):
                return Optimum(x, at, decrement, steps, Stop.FLAT, vectors[:, 0])
        if heed_edges:
            off = _runs_off(values, along, vectors, (x - origin) / units)
            if off is not None:
                return Optimum(x, at, decrement, steps, Stop.EDGE, off)
        errors = (2.0 * decrement) ** 0.5
        if costly and errors <= 0.03 and errors / before**2 * errors**2 <= UNSEEN and not flat.any():
            ahead = units * (vectors @ (along / values))
            there = Evaluation(at.value + decrement, np.zeros_like(x), at.information)
            left = 0.5 * (errors / before**2 * errors**2) ** 2
            return Optimum(x + ahead, there, left, steps, Stop.OPTIMUM)
        rounding = ROUNDING * max(1.0, size)
        good_enough = decrement <= TOLERANCE * max(1.0, abs(at.value)) and values[0] > 0.0
        if steps >= max_steps:
            stop = Stop.OPTIMUM if good_enough and not flat.any() else Stop.RAN_OUT
            return Optimum(x, at, decrement, steps, stop, None, (x - origin) / units)
        while True:
            step = _trusted_step(values, along, radius)
            predicted = float(along @ step - 0.5 * values @ step**2)
            length = float(np.linalg.norm(step))
            moved = x + units * (vectors @ step)
            new = objective(moved)
            steps += 1
            gained = new.value - at.value if new.finite else -np.inf
            if predicted <= rounding:
                # Below the rounding of ℓ only the score can tell: it must shrink.
                left = newton_decrement(new) if new.finite else float("inf")
                if left >= 0.25 * decrement:
                    if left < decrement:
                        x, at, decrement = moved, new, left
                    stop = Stop.FLAT if np.any(still & flat) else Stop.OPTIMUM
                    if values[0] < 0.0 or decrement > TOLERANCE * max(1.0, abs(at.value)):
                        stop = Stop.STALLED
                    return Optimum(
                        x, at, decrement, steps, stop, vectors[:, 0], (x - origin) / units
                    )
                break
            if gained >= 1e-4 * predicted:
                break
            radius = 0.25 * length
            if radius < 1e-13 or steps >= max_steps:
                stop = Stop.STALLED if radius < 1e-13 else Stop.RAN_OUT
                stop = Stop.OPTIMUM if good_enough and not flat.any() else stop
                return Optimum(x, at, decrement, steps, stop, None, (x - origin) / units)
        if gained >= 0.75 * predicted and length >= 0.8 * radius:
            radius = min(3.0 * radius, WIDEST)
        elif gained < 0.25 * predicted:
            radius = 0.5 * length
        before = errors if length < 0.99 * radius else float("inf")
        x, at = moved, new


def _decrement(values: Vector, along: Vector, flat: NDArrayBool) -> float:
    carry = ~flat
    if np.any(values[carry] < 0.0):
        return float("inf")
    return float(0.5 * np.sum(along[carry] ** 2 / values[carry]))


def _runs_off(values: Vector, along: Vector, vectors: Vector, moved: Vector) -> Vector | None:
    """The direction in which the climb runs off, pointing uphill, or None."""
    with np.errstate(divide="ignore", invalid="ignore"):
        length = np.abs(along) / np.abs(values)
    weak = (np.abs(values) < EDGE_INFORMATION) & (length > 0.5) & (np.abs(along) > 1e-9)
    gains = np.abs(along) * np.minimum(length, 1.0) < 1.0
    if np.any(weak & gains):
        m = int(np.argmax(np.where(weak & gains, np.abs(along), -1.0)))
        return np.asarray(vectors[:, m] * np.sign(along[m]))
    if moved.size and np.max(np.abs(moved)) > FAR:
        return np.asarray(moved / np.linalg.norm(moved))
    return None


def _trusted_step(values: Vector, along: Vector, radius: float) -> Vector:
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
        slope = float(np.sum(step**2 / (values + shift))) / norm
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
