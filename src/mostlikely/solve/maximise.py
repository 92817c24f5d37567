"""Newton's method in a trust region, which knows when to stop and says why.

Convergence is the Newton decrement ½ gᵀI⁻¹g (Boyd and Vandenberghe 2004, section 9.5.1): the
log-likelihood still to gain. It has no units. What is said of the point that is returned was
computed there: no step is taken unseen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mostlikely.solve.objective import Evaluation, Objective, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.solve.quadratic import Quadratic

__all__ = ["POLISHED", "TOLERANCE", "Options", "maximise", "sharpened"]

#: Largest decrement at which a fit may be called converged, per unit of max(1, |ℓ|).
TOLERANCE = 1e-9
#: Decrement below which no further step is taken: 1.4e-7 standard errors from the maximum.
POLISHED = 1e-14
#: The same where evaluations are expensive: 1e-5 standard errors.
FAR_ENOUGH = 5e-11
#: Decrement below which one step more is not worth a look: 1.4e-10 standard errors.
SHARP = 1e-20
#: Differences of log-likelihoods below this, per observation, are rounding.
ROUNDING = 1e-13
#: Standard errors from the maximum within which the score alone may be looked at, and the same
#: per root of the number of observations: further out the information would not be near enough.
NEAR, NEAR_PER_ROOT = 0.05, 1e-4
#: How many times as far where a part of the rows says how the information changes, to a twentieth.
BY_PART = 20.0
#: How much of the way to the maximum a first step may leave for the information to be that at
#: its end, to about twice this fraction: the standard errors are right to this fraction of them.
LEAVES = 1e-4
#: The first and the largest trust region, in units, and the smallest: no step so short is worth
#: taking. Beyond four coordinates the first two grow by the root of their number, as the length
#: of a step does that is of an ordinary size in each; four took their steps together already.
FIRST = 1.0
WIDEST = 4.0
SHORTEST = 1e-13
#: How far a coordinate may run from its origin, in units: a factor of a million on a log scale.
FAR = 14.0


@dataclass(frozen=True, eq=False)
class Options:
    """How far a climb goes.

    Parameters
    ----------
    tolerance : float
        The decrement at which to stop.
    max_steps : int
        Evaluations allowed.
    stop_at_edges : bool
        Whether to stop where a direction runs off; false once a caller has looked there.
    origin : array, shape (k,), optional
        What is far is far from here; the start by default.
    expensive : bool
        Whether evaluations are dear: the last look may then be at the score alone, and no step
        more is taken for digits that no one needs.
    sharpen : bool
        Whether a maximum is taken one step further, to its last digits; see `sharpened`.
    part : Objective, optional
        Some of the rows, where evaluations are expensive: they say how the information changes.
    """

    tolerance: float = POLISHED
    max_steps: int = 200
    stop_at_edges: bool = True
    origin: Vector | None = None
    expensive: bool = False
    sharpen: bool = True
    part: Objective | None = None


@dataclass(frozen=True, eq=False)
class _Point:
    """A point that has been looked at, and the quadratic model there."""

    x: Vector
    at: Evaluation
    units: Vector

    @cached_property
    def model(self) -> Quadratic:
        return Quadratic.of(self.at, self.units)

    @property
    def left(self) -> float:
        return self.model.decrement

    @property
    def level(self) -> bool:
        """Whether it is flat in some direction; where it slopes it is no top."""
        return self.left < np.inf and self.model.flat is not None

    def newton(self) -> Vector:
        """The top of the model, where it has one."""
        return self.x + self.units * self.model.step(np.inf)[0]


@np.errstate(all="ignore")  # what leaves the range of floats is not finite, and is seen to be
def maximise(objective: Objective, x: Vector, *, options: Options | None = None) -> Optimum:
    """Climb from ``x`` to a maximum.

    Parameters
    ----------
    objective : Objective
    x : array, shape (k,)
        Where to begin.
    options : Options, optional

    Returns
    -------
    Optimum
        Its decrement is that of the score at its point. If evaluations are expensive, the
        information may be that of the step before: then the value is what value, score and
        information there and the score here say, to the fourth order of a short last step.
    """
    options = options or Options()
    units, at = objective.units, objective(x)
    origin = x if options.origin is None else options.origin
    if not at.finite:
        return Optimum(x, at, float("inf"), 1, Stop.NO_START)
    rounding = ROUNDING * max(1.0, objective.total)
    wider = max(1.0, len(x) / 4.0) ** 0.5
    radius, widest = FIRST * wider, WIDEST * wider
    here, steps = _Point(x, at, units), 1
    while True:
        top = _top(here, origin, steps)
        end = _end(here, top, options)
        if end is not None:
            return sharpened(objective, end, options) if options.sharpen else end
        if options.expensive and _near(here, objective.total, options.part):
            seen, looks = _by_score(objective, here, options)
            steps += looks
            if seen is not None:
                return replace(_top(seen, origin, steps), stop=Stop.OPTIMUM)
        converged = here.left <= TOLERANCE * max(1.0, abs(here.at.value))
        while True:
            if steps >= options.max_steps:
                return replace(top, steps=steps, stop=top.stop if converged else Stop.RAN_OUT)
            step, predicted = here.model.step(radius)
            length = float(np.linalg.norm(step))
            moved = here.x + units * step
            ahead = _Point(moved, objective(moved), units)
            steps += 1
            gained = ahead.at.value - here.at.value if ahead.at.finite else -np.inf
            if predicted <= rounding and ahead.at.finite:
                # Below the rounding of ℓ only the score can tell: it must shrink.
                if ahead.left < 0.25 * here.left:
                    break
                radius = 0.0
            elif gained >= 1e-4 * predicted:
                break
            else:
                radius = 0.25 * length
            if radius < SHORTEST:
                return replace(top, steps=steps, stop=top.stop if converged else Stop.STALLED)
        if gained >= 0.75 * predicted and length >= 0.8 * radius:
            radius = min(3.0 * radius, widest)
        elif gained < 0.25 * predicted:
            radius = 0.5 * length
        here = ahead


def _top(here: _Point, origin: Vector, steps: int) -> Optimum:
    """The end of a climb that ends here."""
    travelled = (here.x - origin) / here.units
    stop, flat = (Stop.FLAT, here.model.flat) if here.level else (Stop.OPTIMUM, None)
    return Optimum(here.x, here.at, here.left, steps, stop, flat, travelled)


def _end(here: _Point, top: Optimum, options: Options) -> Optimum | None:
    """The end of the climb, if it is at a maximum or runs off."""
    if here.left <= options.tolerance:
        return top
    if not options.stop_at_edges:
        return None
    off, travelled = here.model.running_off(), top.travelled
    assert travelled is not None
    if off is None and np.max(np.abs(travelled)) > FAR:
        off = travelled / np.linalg.norm(travelled)
    return None if off is None else replace(top, stop=Stop.EDGE, direction=off)


def sharpened(objective: Objective, top: Optimum, options: Options) -> Optimum:
    """One Newton step more, if it comes nearer: the last digits of few rows cost little."""
    last = top.stop is Stop.OPTIMUM and options.tolerance <= POLISHED and not options.expensive
    if not last or top.decrement <= SHARP or top.steps >= options.max_steps:
        return top
    x = _Point(top.x, top.at, objective.units).newton()
    ahead = _Point(x, objective(x), objective.units)
    steps = top.steps + 1
    if not ahead.at.finite or ahead.left >= top.decrement or ahead.level:
        return replace(top, steps=steps)
    moved = (ahead.x - top.x) / objective.units
    travelled = None if top.travelled is None else top.travelled + moved
    return Optimum(x, ahead.at, ahead.left, steps, Stop.OPTIMUM, None, travelled)


def _near(here: _Point, total: float, part: Objective | None) -> bool:
    """Whether the information here may serve for that at the maximum.

    It changes by a fraction of some 2/√n a standard error, the skewness of the score of n rows;
    what it did change by is seen from the score at the end of the step.
    """
    near = min(NEAR, NEAR_PER_ROOT * max(total, 0.0) ** 0.5)
    near *= 1.0 if part is None else BY_PART
    return not here.level and (2.0 * here.left) ** 0.5 <= near


def _by_score(objective: Objective, here: _Point, options: Options) -> tuple[_Point | None, int]:
    """The end of at most two Newton steps with the information held, and the looks at the score.

    None unless the score there says that it is within tolerance, and the score after the first
    step that the information is still that of this point, as a part of the rows has changed it.
    """
    seen = _changed(objective, here, options.part)
    for looks in (1, 2):
        x = seen.newton()
        score = objective.score(x)
        if not np.isfinite(score).all():
            return None, looks
        at = Evaluation(_value_by_score(here, x, score), score, seen.at.information)
        ahead = _Point(x, at, here.units)
        # A first step of s leaves ½ I⁻¹(∂I s)s: half the change of the information, times s.
        if looks == 1 and ahead.left > LEAVES**2 * here.left:
            return None, looks
        if ahead.left <= max(options.tolerance, FAR_ENOUGH):
            return ahead, looks
        seen = ahead
    return None, 2


def _changed(objective: Objective, here: _Point, part: Objective | None) -> _Point:
    """The point with the information that is to be expected at the end of the Newton step.

    And with the score from which that information leads there: a part of the rows stands in for
    third and higher derivatives (Jordan, Lee and Yang 2019, "Communication-efficient distributed
    statistical inference", J. Amer. Statist. Assoc. 114, equation 6).
    """
    if part is None:
        return here
    x = here.newton()
    before, after = part(here.x), part(x)
    if not (before.finite and after.finite):
        return here
    share, step = objective.total / part.total, x - here.x
    changed = here.at.information + share * (after.information - before.information)
    beyond = after.score - before.score + before.information @ step
    score = here.at.score + (changed - here.at.information) @ step + share * beyond
    return _Point(here.x, replace(here.at, score=score, information=changed), here.units)


def _value_by_score(here: _Point, x: Vector, score: Vector) -> float:
    """The value of the cubic that has the value, slope and bend of one end and the other's slope.

    Along the step d it is ℓ + ⅓ (2g + g₁)ᵀd − ⅙ dᵀId, and its error the fourth derivative's
    d⁴/72: of a step of half a standard error less than 1e-3 of the excess of n rows.
    """
    d = x - here.x
    bend = d @ (here.at.information @ d)
    return float(here.at.value + (2.0 * here.at.score + score) @ d / 3.0 - bend / 6.0)
