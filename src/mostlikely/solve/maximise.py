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

__all__ = ["POLISHED", "ROUNDING", "Options", "Point", "Region", "maximise", "sharpened"]

#: Largest decrement at which a fit may be called converged, per unit of max(1, |ℓ|).
TOLERANCE = 1e-9
#: Decrement below which no further step is taken: 1.4e-7 standard errors from the maximum.
POLISHED = 1e-14
#: The same where evaluations are expensive: 1e-5 standard errors.
FAR_ENOUGH = 5e-11
#: Decrement below which one step more is not worth a look, per observation: 1e-12 of a parameter
#: whose standard error is its root of n-th part.
SHARP = 5e-25
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
#: How much of a step that leads to a known maximum may be left there, and how far off its height
#: may be from what is foreseen, per unit of the gain; and how far apart climbs to one maximum may
#: end, per unit of the decrement at which they stop.
MISSES, OFF, ENDS = 0.05, 0.2, 4.0
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
    known : tuple of Optimum
        Maxima that have been found: a climb that leads to one of them ends there.
    """

    tolerance: float = POLISHED
    max_steps: int = 200
    stop_at_edges: bool = True
    origin: Vector | None = None
    expensive: bool = False
    sharpen: bool = True
    part: Objective | None = None
    known: tuple[Optimum, ...] = ()


@dataclass(frozen=True, eq=False)
class Point:
    """A point that has been looked at, and the quadratic model there."""

    x: Vector
    at: Evaluation
    units: Vector

    @cached_property
    def model(self) -> Quadratic:
        """The quadratic model, in units."""
        return Quadratic.of(self.at, self.units)

    @property
    def left(self) -> float:
        """The log-likelihood still to gain."""
        return self.model.decrement

    @property
    def level(self) -> bool:
        """Whether it is flat in some direction; where it slopes it is no top."""
        return self.left < np.inf and self.model.flat is not None

    @property
    def top(self) -> Stop:
        """What it is if no slope is left."""
        return Stop.FLAT if self.level else Stop.OPTIMUM

    def newton(self) -> Vector:
        """The top of the model, where it has one."""
        return self.x + self.units * self.model.step(np.inf)[0]

    def moved(self, objective: Objective, step: Vector) -> Point | None:
        """The point to which a step in the model leads; None if there is none."""
        x = self.x + self.units * step
        return Point(x, objective(x), self.units)


@dataclass(eq=False)
class Region:
    """A ball about a point, in units, in which its quadratic model is believed.

    Parameters
    ----------
    radius, widest : float
        Its radius now, and at most.
    rounding : float
        Differences of log-likelihoods below this are rounding.
    """

    radius: float
    widest: float
    rounding: float

    def advanced(self, objective: Objective, here: Point, most: int) -> tuple[Point | None, int]:
        """The next point of a climb, and its evaluations; None if there is none in so many."""
        for looks in range(1, most + 1):
            step, predicted = here.model.step(self.radius)
            length = float(np.linalg.norm(step))
            ahead = here.moved(objective, step)
            gained, shorter = -np.inf, 0.25 * length
            if ahead is not None and ahead.at.finite:
                gained = ahead.at.value - here.at.value
            if ahead is not None and gained > -np.inf and predicted <= self.rounding:
                # Below the rounding of ℓ only the score can tell: it must shrink.
                good, shorter = ahead.left < 0.25 * here.left, 0.0
            else:
                good = gained >= 1e-4 * predicted
            if good:
                if gained >= 0.75 * predicted and length >= 0.8 * self.radius:
                    self.radius = min(3.0 * self.radius, self.widest)
                elif gained < 0.25 * predicted:
                    self.radius = 0.5 * length
                return ahead, looks
            self.radius = shorter
            if shorter < SHORTEST:
                return None, looks
        return None, most

    def stop(self, here: Point) -> Stop:
        """Why a climb ends at a point that has no next."""
        if here.left <= TOLERANCE * max(1.0, abs(here.at.value)):
            return here.top
        return Stop.STALLED if self.radius < SHORTEST else Stop.RAN_OUT


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
    here, steps = Point(x, objective(x), objective.units), 1
    origin = x if options.origin is None else options.origin
    if not here.at.finite:
        return Optimum(x, here.at, float("inf"), steps, Stop.NO_START)
    wider = max(1.0, len(x) / 4.0) ** 0.5
    region = Region(FIRST * wider, WIDEST * wider, ROUNDING * max(1.0, objective.total))
    while True:
        top = _top(here, origin, steps)
        end = _end(here, top, options)
        if end is not None:
            return sharpened(objective, end, options) if options.sharpen else end
        if options.known and (met := _led_to(here, options)) is not None:
            return met
        if options.expensive and _near(here, objective.total, options.part):
            seen, looks = _by_score(objective, here, options)
            steps += looks
            if seen is not None:
                return replace(_top(seen, origin, steps), stop=Stop.OPTIMUM)
        ahead, looks = region.advanced(objective, here, options.max_steps - steps)
        steps += looks
        if ahead is None:
            return replace(top, steps=steps, stop=region.stop(here))
        here = ahead


def _top(here: Point, origin: Vector, steps: int) -> Optimum:
    """The end of a climb that ends here."""
    flat, travelled = here.model.flat if here.level else None, (here.x - origin) / here.units
    stop = Stop.OPTIMUM if flat is None else Stop.FLAT
    return Optimum(here.x, here.at, here.left, steps, stop, flat, travelled)


def _end(here: Point, top: Optimum, options: Options) -> Optimum | None:
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


def _led_to(here: Point, options: Options) -> Optimum | None:
    """The known maximum that Newton's step ends at, all but a part of its way, if it is short.

    Such a step is the first of those that converge there. What is left is counted as the model
    counts it, in log-likelihood; and the maximum must be as high as the model says.
    """
    if not here.left < np.inf or here.level:
        return None
    step = here.model.step(np.inf)[0]
    if np.linalg.norm(step) > FIRST:
        return None
    end, rough = here.x + here.units * step, ENDS * options.tolerance
    for top in options.known:
        beside, gain = top.x - end, top.at.value - here.at.value
        left = 0.5 * float(beside @ here.at.information @ beside)
        near = left <= max(rough, MISSES**2 * here.left)
        if top.stop is Stop.OPTIMUM and near and abs(gain - here.left) <= rough + OFF * here.left:
            return top
    return None


def sharpened(objective: Objective, top: Optimum, options: Options) -> Optimum:
    """One Newton step more, if it comes nearer: the last digits of few rows cost little."""
    last = top.stop is Stop.OPTIMUM and options.tolerance <= POLISHED and not options.expensive
    if (
        not last
        or top.decrement <= SHARP * max(1.0, objective.total)
        or top.steps >= options.max_steps
    ):
        return top
    x = Point(top.x, top.at, objective.units).newton()
    ahead = Point(x, objective(x), objective.units)
    steps = top.steps + 1
    if not ahead.at.finite or ahead.left >= top.decrement or ahead.level:
        return replace(top, steps=steps)
    moved = (ahead.x - top.x) / objective.units
    travelled = None if top.travelled is None else top.travelled + moved
    return Optimum(x, ahead.at, ahead.left, steps, Stop.OPTIMUM, None, travelled)


def _near(here: Point, total: float, part: Objective | None) -> bool:
    """Whether the information here may serve for that at the maximum.

    It changes by a fraction of some 2/√n a standard error, the skewness of the score of n rows;
    what it did change by is seen from the score at the end of the step.
    """
    near = min(NEAR, NEAR_PER_ROOT * max(total, 0.0) ** 0.5)
    near *= 1.0 if part is None else BY_PART
    return not here.level and (2.0 * here.left) ** 0.5 <= near


def _by_score(objective: Objective, here: Point, options: Options) -> tuple[Point | None, int]:
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
        ahead = Point(x, at, here.units)
        # A first step of s leaves ½ I⁻¹(∂I s)s: half the change of the information, times s.
        if looks == 1 and ahead.left > LEAVES**2 * here.left:
            return None, looks
        if ahead.left <= max(options.tolerance, FAR_ENOUGH):
            return ahead, looks
        seen = ahead
    return None, 2


def _changed(objective: Objective, here: Point, part: Objective | None) -> Point:
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
    return Point(here.x, replace(here.at, score=score, information=changed), here.units)


def _value_by_score(here: Point, x: Vector, score: Vector) -> float:
    """The value of the cubic that has the value, slope and bend of one end and the other's slope.

    Along the step d it is ℓ + ⅓ (2g + g₁)ᵀd − ⅙ dᵀId, and its error the fourth derivative's
    d⁴/72: of a step of half a standard error less than 1e-3 of the excess of n rows.
    """
    d = x - here.x
    bend = d @ (here.at.information @ d)
    return float(here.at.value + (2.0 * here.at.score + score) @ d / 3.0 - bend / 6.0)
