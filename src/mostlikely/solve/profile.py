"""The end of a profile interval: where a restricted maximum has fallen by half a χ² quantile.

The profile of a function is the log-likelihood maximised where the function keeps a value. Its
interval holds the values at which it is at most q/2 below the peak (Wilks 1938; Venzon and
Moolgavkar 1988, Applied Statistics 37:87, eq. 1). The end is found on the signed root
r(t) = √(2 (peak − ℓ(t))), nearly a straight line, by Newton within a bracket: the slope of the
profile is the multiplier of what is held.

A point where the climb of the others did not end at a maximum is known from below only. It may
say that t is inside; it never becomes an end.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

__all__ = ["End", "Point", "profile_end"]

#: Units from the peak within which an end is looked for before levelling off is considered.
FAR = 30.0
#: Units beyond which a profile that neither falls far enough nor levels off is left undecided.
NEVER = 1e9
#: How much higher than the peak is a higher maximum, per unit of max(1, |peak|): what two fits
#: of one maximum may leave.
HIGHER = 1e-8
#: How well the root meets its target, in proportion, where rounding allows it.
MET = 1e-10
#: Differences of log-likelihoods below this share of them are rounding.
ROUNDING = 1e-13
#: How much steeper or less steep than a straight line the root may be at its ends, and the shares
#: of the way back from an end at which it is looked at otherwise.
BENT = 2.0
BETWEEN = (0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875)
#: The least power of the distance by which a profile is seen to level off.
SLOWEST = 0.25
#: How many times, one after the other, that is to be seen.
TWICE = 2
#: A slope that over the way back to the peak makes less than this share of what there is to fall
#: is none, so many units from the peak, or so many where climbs further out are lost.
NOTHING, GONE, LEAST = 1e-3, 3.0, 0.25
#: The same far out, whatever the model: it may be rounding, and falls with no power.
NOUGHT = 1e-6
#: Points looked at.
MOST = 200
#: Up to this share of the target on the root a point is at the peak.
NEAR = 0.1
#: Units between two points that are one.
TOUCHING = 1e-6
#: How much faster than at a point the root may rise beyond it.
STEEPER = 2.0
#: From this many times the target on the root is no straight line, and the others may be lost.
LOST = 4.0


@dataclass(frozen=True)
class Point:
    """A profile at one value of what is held.

    Parameters
    ----------
    t : float
        The value.
    value : float
        The restricted maximum; −inf where the data are impossible.
    slope : float
        Its derivative in t; nan where it is not known.
    state : object
        Where the others are: what the climb at a value nearby begins from.
    settled : bool
        Whether the climb of the others ended at a maximum, or none is possible for certain.
    searched : bool
        Whether the others were climbed from starts of their own: a look from elsewhere is vain.
    """

    t: float
    value: float
    slope: float
    state: Any = None
    settled: bool = True
    searched: bool = False


@dataclass(frozen=True)
class End:
    """One end of a profile interval.

    Parameters
    ----------
    t : float
        Where the profile has fallen by q/2; ±inf where it never does; nan where that is not
        known.
    settled : bool
        Whether the end is known: a climb that did not end at a maximum is no evidence for one.
    open : bool
        Whether the profile never falls so far.
    higher : Point or None
        A point above the peak: the fit is not the highest maximum, and has to be repeated there.
    steps : int
        Points looked at.
    """

    t: float
    settled: bool
    open: bool
    higher: Point | None = None
    steps: int = 0


@np.errstate(all="ignore")  # what leaves the range of floats is not finite, and is seen to be
def profile_end(
    at: Callable[[float, Point], Point],
    begin: Point,
    sign: float,
    *,
    peak: float,
    q: float,
    unit: float,
    limit: float | None = None,
    far: float = FAR,
    verify: Callable[[float, Point], Point] | None = None,
    unbounded: bool = False,
    ridge: bool = False,
) -> End:
    """Where the profile has fallen by ``q / 2`` on one side of its peak.

    Parameters
    ----------
    at : callable
        The profile: (t, a point nearby) → Point. The point nearby says where the others begin.
    begin : Point
        A point within the interval: the peak, or near it.
    sign : float
        Towards which side: −1 or 1.
    peak : float
        The maximised log-likelihood.
    q : float
        The quantile of χ² with one degree of freedom.
    unit : float
        1/√(reduced information) at the peak, the standard error; without one, an ordinary step.
        Nothing else sets the scale of t.
    limit : float, optional
        The supremum of the profile where t runs off to this side. If it is known, it alone
        decides whether the end is open.
    far : float
        Without a limit: units from which an end may be called open where the profile levels off.
    verify : callable, optional
        As ``at``, but from other starts: it is asked where an end is met, as the others may have
        a higher maximum than the one that was followed from the peak. Then the search goes on.
    unbounded : bool
        Whether the function has no bound elsewhere, so that the peak is a local one: what is
        above it is no higher maximum, and the end is looked for on this side of it.
    ridge : bool
        Whether the others may run off as t leaves zero, and climbs be lost far out.

    Returns
    -------
    End
    """
    side = 1.0 if sign > 0 else -1.0
    return _Search(at, begin, side, peak, q, unit, limit, far, verify, unbounded, ridge).run()


@dataclass
class _Search:
    """The search for one end."""

    at: Callable[[float, Point], Point]
    begin: Point
    sign: float
    peak: float
    q: float
    unit: float
    limit: float | None
    far: float
    verify: Callable[[float, Point], Point] | None = None
    unbounded: bool = False
    ridge: bool = False
    steps: int = 0
    product: float = 0.0
    seen: int = 0
    #: Whether a higher maximum of the others was met, so that what is followed is not the profile.
    misled: bool = False

    def __post_init__(self) -> None:
        self.outermost = self.begin

    def root(self, p: Point) -> float:
        """√(2 (peak − ℓ)), in which a point above the peak is at it."""
        fall = self.peak - p.value
        return float(np.sqrt(2.0 * max(fall, 0.0))) if not np.isnan(fall) else np.inf

    def point(self, t: float, near: Point) -> Point:
        """The profile at t, looked at again from the beginning where it seems to be lost."""
        found = self.at(t, near)
        self.steps += 1
        lost = not found.settled or self.root(found) >= LOST * np.sqrt(self.q)
        if lost and not found.searched and near is not self.begin and np.isfinite(t):
            again = self.at(t, self.begin)
            self.steps += 1
            found = max(found, again, key=lambda p: (p.settled, _height(p)))
        return self.looked_at_again(found) if self.misled and np.isfinite(t) else found

    def run(self) -> End:
        """Newton on the root, within a bracket once there is one."""
        target = float(np.sqrt(self.q))
        met = max(MET * target, ROUNDING * abs(self.peak) / target)
        higher = HIGHER * max(1.0, abs(self.peak))
        if self.limit is not None:
            if self.limit > self.peak + higher:
                beyond = Point(self.sign * np.inf, self.limit, 0.0)
                return self.end(np.nan, higher=beyond)
            if 2.0 * (self.peak - self.limit) <= self.q:
                return replace(self.end(self.sign * np.inf), open=True)
        first = self.root(self.begin)
        if not first < target:
            return self.end(np.nan)
        inside, outside, above = self.begin, None, None
        step = self.sign * self.unit * (target - first)
        t, before = inside.t + step, (inside.t, first)
        widest, slow = np.inf, 0
        while self.steps < MOST and np.isfinite(t):
            here = self.point(t, inside)
            r = self.root(here)
            if here.value > self.peak + higher:
                if not (self.unbounded or here.value == np.inf):
                    return self.end(np.nan, higher=here)
                above, r = here, np.inf
            if here.settled and abs(r - target) <= met:
                other = self.looked_at_again(here)
                if self.root(other) > target - met:
                    between = self.between(here)
                    return self.end(t if between is None else np.nan, higher=between)
                here, r = other, self.root(other)  # what was outside may have been as wrong
                outside, before, widest, slow = None, (inside.t, self.root(inside)), np.inf, 0
                if here.value > self.peak + higher:
                    return self.end(np.nan, higher=here)
            if r < target:
                inside = here
            else:
                outside = here
            if not (outside and outside.settled) and self.level(here, r, outside is None):
                return replace(self.end(self.sign * np.inf), open=True)
            width = abs(outside.t - inside.t) if outside is not None else np.inf
            if outside is not None and outside is above and self.never(inside, width):
                return self.end(np.nan, higher=above)
            if width <= 4.0 * float(np.spacing(max(abs(t), self.unit))):
                if outside is above:  # it never falls so far
                    return self.end(np.nan, higher=above)
                # The profile jumps there, if both sides are known.
                known = outside is not None and inside.settled and outside.settled
                return self.end(inside.t if known else np.nan)
            slow = slow + 1 if np.isfinite(width) and width > 0.5 * widest else 0
            stuck = slow == 3  # where the profile bends sharply, a line keeps to one side
            if not slow or stuck:
                slow, widest = 0, width
            newton = np.nan
            if 0.0 < r < LOST * target and here.settled and here.slope != 0.0:
                newton = t + (target - r) * r / -here.slope
            if before[1] != r < LOST * target and abs(r - target) > 0.25 * abs(before[1] - target):
                # Newton gained little: the others moved, and the slope is not the profile's.
                newton = t + (target - r) * (t - before[0]) / (r - before[1])
            before = (t, r)
            if outside is None:
                reach = abs(t - self.begin.t)
                limit = t + self.sign * max(2.0 * reach, abs(step))
                if reach > NEVER * self.unit:
                    break
                ahead = np.isfinite(newton) and (newton - t) * self.sign > 0.0
                t = newton if ahead and (limit - newton) * self.sign > 0.0 else limit
            else:
                low, high = sorted((inside.t, outside.t))
                good = np.isfinite(newton) and low < newton < high and not stuck
                t = newton if good else 0.5 * (low + high)
        return self.end(np.nan)

    def never(self, inside: Point, width: float) -> bool:
        """Whether the root stays below its target as far as to where the profile is no profile."""
        r, target = self.root(inside), float(np.sqrt(self.q))
        if not inside.settled or r < NEAR * target:  # too near the peak for a slope to say much
            return inside.settled and width <= TOUCHING * self.unit
        speed = max(-self.sign * inside.slope, 0.0) / r
        return bool(r + STEEPER * speed * width < target)

    def looked_at_again(self, here: Point) -> Point:
        """The profile where an end was met, by the caller's own search if there is one."""
        if self.verify is None:
            return here
        self.steps += 1
        other = self.verify(here.t, here)
        if self.unbounded and other.value > self.peak:
            return here
        if not (other.settled and other.value > here.value):
            return here
        self.misled |= other.value > here.value + HIGHER * max(1.0, abs(self.peak))
        return other

    def between(self, here: Point) -> Point | None:
        """A point above the peak on the way to an end, where steps may have passed one by.

        Where the root is a straight line, as far as its ends say, there is none worth a look.
        """
        width, target = here.t - self.begin.t, float(np.sqrt(self.q))
        ends = np.array([1.0 / self.unit, abs(here.slope) / target]) * abs(width) / target
        straight = np.all((ends > 1.0 / BENT) & (ends < BENT))
        if straight or self.unbounded or here.searched:
            return None
        found = here
        for share in BETWEEN:
            found = self.point(here.t - share * width, found)
            if found.value > self.peak + HIGHER * max(1.0, abs(self.peak)):
                return found
        return None

    def level(self, here: Point, r: float, free: bool) -> bool:
        """Whether, without a limit, what is still to fall will not suffice.

        Where a profile levels off as t to the power −a, its slope times its distance falls at the
        same rate, and is a times what is still to fall; under a logarithm it does not fall at all.
        Once may be the foot of another maximum. Where it is next to nothing, the others have run
        off along a ridge, as those of a curve beyond the data do, whether or not climbs further out
        are lost (not ``free``).
        """
        if self.limit is not None or not here.settled or not r < np.sqrt(self.q):
            return False
        reach = abs(here.t - self.begin.t)
        slope = here.slope
        if np.isnan(slope):
            slope = (here.value - self.outermost.value) / (here.t - self.outermost.t)
        product = abs(slope) * reach
        units = reach / self.unit
        least, outwards = GONE if free else LEAST, self.sign * here.t > 0.0
        little = NOTHING * (self.q - r**2) * min(1.0, units**2)
        if self.ridge and outwards and units >= least and product < little:
            return True
        if not free:
            return False
        reach_before, before = abs(self.outermost.t - self.begin.t), self.product
        self.outermost, self.product = here, product
        if reach_before == 0.0 or reach < max(self.far * self.unit, 1.2 * reach_before):
            return False
        if product < NOUGHT * (self.q - r**2):
            return True
        power = np.log(before / product) / np.log(reach / reach_before) if product > 0.0 else np.inf
        enough = bool(power > SLOWEST and 2.0 * product / power < 0.5 * (self.q - r**2))
        self.seen = self.seen + 1 if enough else 0
        return self.seen == TWICE

    def end(self, t: float, higher: Point | None = None) -> End:
        """An end there; it is known if it is a number."""
        return End(float(t), bool(not np.isnan(t)), False, higher, self.steps)


def _height(p: Point) -> float:
    return p.value if not np.isnan(p.value) else -np.inf
