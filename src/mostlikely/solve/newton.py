"""Newton's method in a trust region, which knows when to stop and says why.

The step maximises the quadratic model within a ball (Moré and Sorensen 1983, "Computing a trust
region step", SIAM J. Sci. Stat. Comput. 4, section 3). Convergence is the Newton decrement
½ gᵀI⁻¹g (Boyd and Vandenberghe 2004, section 9.5.1): the log-likelihood still to gain. It has no
units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.quadratic import Quadratic

__all__ = ["Optimum", "Stop", "maximise"]

#: Largest decrement at which a fit may be called converged, per unit of max(1, |ℓ|).
TOLERANCE = 1e-9
#: Decrement below which no further step is taken: 1.4e-7 standard errors from the maximum.
POLISHED = 1e-14
#: Differences of log-likelihoods below this, per observation, are rounding.
ROUNDING = 1e-13
#: Standard errors that a last step, taken unseen, may leave, by the quadratic rate seen before it.
UNSEEN = 1e-5
#: Standard errors from the maximum at which the information is near enough to that at it: the
#: rate that leaves a step below UNSEEN changes it by some 1e-4, a fraction of its own error.
NEAR = 0.05
#: What is left of the step before, for a likeness to correct the last one and the information:
#: by the quadratic rate this moves by twice as much squared, and the likeness, of which the step
#: before was, is out by as much of that: 7e-5 in all.
ALIKE = 1.0 / 30.0
#: The first and the largest trust region, in units, and the smallest: no step so short is worth
#: taking. Beyond four coordinates the first two grow by the root of their number, as the length
#: of a step does that is of an ordinary size in each; four took their steps together already.
FIRST = 1.0
WIDEST = 4.0
SHORTEST = 1e-13
#: How far a coordinate may run from its origin, in units: a factor of a million on a log scale.
FAR = 14.0


@np.errstate(all="ignore")  # what leaves the range of floats is not finite, and is seen to be
def maximise(
    objective: Callable[[Vector], Evaluation],
    x: Vector,
    units: Vector,
    size: float = 1.0,
    *,
    origin: Vector | None = None,
    max_steps: int = 200,
    heed_edges: bool = True,
    enough: float = POLISHED,
    costly: bool = False,
    before: float = float("inf"),
    like: Callable[[Vector], Evaluation] | None = None,
) -> Optimum:
    """Climb from ``x`` to a maximum.

    Parameters
    ----------
    objective : callable
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
        taken unseen once the steps before show that it leaves less than `UNSEEN` standard errors:
        errors/before² of its own squared.
    before : float
        Standard errors that were to go before a Newton step that has led to ``x``.
    like : callable, optional
        One that is cheap and changes as this one does: the model on a part of the rows, in
        proportion. A last step that is not looked at is looked at there.

    Returns
    -------
    Optimum
    """
    origin = x if origin is None else origin
    at = objective(x)
    steps = 1
    if not at.finite:
        return Optimum(x, at, float("inf"), steps, Stop.NO_START)
    rounding = ROUNDING * max(1.0, size)
    wider = max(1.0, len(x) / 4.0) ** 0.5
    radius, widest = FIRST * wider, WIDEST * wider
    model = Quadratic.of(at, units)
    while True:
        left = model.decrement
        travelled = (x - origin) / units

        here = Optimum(x, at, left, steps, Stop.OPTIMUM, None, travelled)
        level = left < np.inf and model.flat is not None  # where it slopes it is no top
        top = replace(here, stop=Stop.FLAT, direction=model.flat) if level else here
        if left <= enough:
            return top
        if heed_edges:
            off = model.running_off()
            if off is None and np.max(np.abs(travelled)) > FAR:
                off = travelled / np.linalg.norm(travelled)
            if off is not None:
                return replace(here, stop=Stop.EDGE, direction=off)
        errors = (2.0 * left) ** 0.5
        if costly and not level and before < np.inf:
            unseen = errors / before**2 * errors**2
            plain = unseen <= UNSEEN and errors <= NEAR
            alike = errors <= ALIKE * before and unseen * errors <= UNSEEN * before
            if plain or (alike and like is not None):
                step, gain = model.step(np.inf)
                there = Evaluation(at.value + gain, np.zeros_like(x), at.information)
                end = x + units * step
                if not plain:
                    end, there = _corrected(there, like, x, end)
                    unseen *= errors / before
                return Optimum(end, there, 0.5 * unseen**2, steps, Stop.OPTIMUM)
        converged = left <= TOLERANCE * max(1.0, abs(at.value))
        while True:
            if steps >= max_steps:
                return top if converged else replace(here, stop=Stop.RAN_OUT, steps=steps)
            step, predicted = model.step(radius)
            length = float(np.linalg.norm(step))
            moved = x + units * step
            new = objective(moved)
            steps += 1
            gained = new.value - at.value if new.finite else -np.inf
            if predicted <= rounding and new.finite:
                # Below the rounding of ℓ only the score can tell: it must shrink.
                ahead = Quadratic.of(new, units)
                if ahead.decrement < 0.25 * left:
                    break
                return top if converged else replace(here, stop=Stop.STALLED, steps=steps)
            if gained >= 1e-4 * predicted:
                ahead = Quadratic.of(new, units)
                break
            radius = 0.25 * length
            if radius < SHORTEST:
                return top if converged else replace(here, stop=Stop.STALLED, steps=steps)
        if gained >= 0.75 * predicted and length >= 0.8 * radius:
            radius = min(3.0 * radius, widest)
        elif gained < 0.25 * predicted:
            radius = 0.5 * length
        before = errors if length < 0.99 * radius else float("inf")
        x, at, model = moved, new, ahead


def _corrected(
    top: Evaluation, like: Callable[[Vector], Evaluation] | None, x: Vector, ahead: Vector
) -> tuple[Vector, Evaluation]:
    """The top of the quadratic model at ``x``, moved by what a likeness has beyond its own.

    The likeness stands in for third and higher derivatives only: value, score and information
    at ``x`` are the objective's (Jordan, Lee and Yang 2019, "Communication-efficient distributed
    statistical inference", J. Amer. Statist. Assoc. 114:668, eq. 6).
    """
    assert like is not None
    here, there = like(x), like(ahead)
    if not (here.finite and there.finite):
        return ahead, top
    step = ahead - x
    bent = here.information @ step
    score = there.score - here.score + bent
    information = top.information + (there.information - here.information)
    more = np.linalg.solve(information, score)
    value = top.value + (there.value - here.value - here.score @ step + 0.5 * step @ bent)
    return ahead + more, Evaluation(
        float(value + 0.5 * score @ more), np.zeros_like(x), information
    )
