"""Profile likelihoods and the intervals that they give.

The profile of a parameter is the log-likelihood maximised over all the others. Its interval holds
the values at which it falls by less than half a χ² quantile (Wilks 1938; Venzon and Moolgavkar
1988, Applied Statistics 37, eq. 1). The end is found on the signed root
r(t) = √(2 (ℓ̂ − ℓ(t))), which is nearly a straight line, by Newton within a bracket: the slope of
the profile is the score of the parameter itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mostlikely.likelihood.loglikelihood import LogLikelihood as Likelihood
from mostlikely.likelihood.starts import starts as starting_points
from mostlikely.solve.climb import climb
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Optimum, Stop

__all__ = ["ProfilePoint", "best_others", "profile_at", "profile_end"]

#: On a link scale nothing happens further out than this: the profile has levelled off.
FAR = 30.0
#: Log-likelihood per row below which a start is so low that Newton's steps up would be many.
LOST = -1e3
#: How far from such a start a higher one is looked for, along each coordinate, in units.
AWAY = 2.0 ** np.arange(-10, 4)


@dataclass(frozen=True)
class ProfilePoint:
    """The profile at one value of the parameter, on the link scale.

    ``settled`` says whether the climb of the others ended at a maximum.
    """

    t: float
    value: float
    slope: float
    others: Vector
    settled: bool = True


def profile_at(
    likelihood: Likelihood, i: int, t: float, others: Vector, afresh: bool = False
) -> ProfilePoint:
    """Maximise over the other parameters with coordinate ``i`` held at ``t``.

    The climb begins at ``others``, and at the family's own starts too if it is to begin afresh.
    """
    name = likelihood.names[i]
    link = likelihood.family.links()[name]
    with np.errstate(all="ignore"):
        value = float(link.inverse(t))
    top = best_others(likelihood.with_fixed(**{name: value}), others, afresh)
    if top is None:
        return ProfilePoint(t, -np.inf, np.nan, others)
    with np.errstate(all="ignore"):
        whole = likelihood(np.insert(top.x, i, t))
    return ProfilePoint(t, top.at.value, float(whole.score[i]), top.x, top.stop is Stop.OPTIMUM)


def best_others(inner: Likelihood, others: Vector, afresh: bool = False) -> Optimum | None:
    """The best of what is left free, climbed from ``others``; None where rows are impossible."""
    starts = [others]
    if inner.family.nonsmooth and inner.family.mle is not None:
        starts = starting_points(inner)
    else:
        starts = [_found(inner, others)]
        if afresh:
            starts += starting_points(inner)
    top: Optimum = climb(inner, starts, heed_edges=False)[0]
    return None if top.stop is Stop.NO_START or not np.isfinite(top.at.value) else top


def _found(inner: Likelihood, others: Vector) -> Vector:
    """Where to begin: at ``others``, or at the highest point in a straight line from there.

    Others that have run off towards an edge may make rows next to impossible once the held
    coordinate moves a little: a flat density whose edges are too narrow by then.
    """
    best, height = others, inner.value(others)
    if height > LOST * max(1.0, inner.sample.total):
        return others
    for i, unit in enumerate(inner.units):
        for away in (*AWAY, *-AWAY):
            x = others.copy()
            x[i] += away * unit
            value = inner.value(x)
            if value > height or (np.isfinite(value) and not np.isfinite(height)):
                best, height = x, value
    return best


def profile_end(
    at: Callable[[float, Vector, bool], ProfilePoint],
    begin: float,
    others: Vector,
    unit: float,
    peak: float,
    drop: float,
    step: float,
    slopes: Vector,
) -> float | None:
    """Where the profile of a coordinate has fallen by ``drop``, in the direction of ``step``.

    Parameters
    ----------
    at : callable
        The profile: (t, where the others begin, whether to begin afresh too) → ProfilePoint.
    begin : float
        The coordinate at or near the peak of the profile.
    others : array, shape (k - 1,)
        The other coordinates there.
    unit : float
        An ordinary step of the coordinate.
    peak : float
        The maximised log-likelihood.
    drop : float
        Half the χ² quantile.
    step : float
        A signed guess of the distance, on the link scale.
    slopes : array, shape (k - 1,)
        How the other coordinates move with this one, for warm starts.

    Returns
    -------
    float or None
        The coordinate of the end, on the link scale; None if the profile never falls so far.
    """
    target = np.sqrt(2.0 * drop)

    def point(t: float, near: ProfilePoint) -> ProfilePoint:
        others = near.others + slopes * (t - near.t)
        found = at(t, others, False)
        if root(found) < 4.0 * target:
            return found
        return at(t, others, True)  # they may have lost their way

    def root(p: ProfilePoint) -> float:
        return float(np.sqrt(2.0 * max(peak - p.value, 0.0))) if np.isfinite(p.value) else np.inf

    inside = ProfilePoint(begin, peak, 0.0, others)
    outside: ProfilePoint | None = None
    t, before = inside.t + step, (inside.t, 0.0)
    widest, slow = np.inf, 0
    for _ in range(200):
        here = point(t, inside)
        r = root(here)
        if abs(r - target) <= 1e-10 * target:
            return t
        if r < target:
            inside = here
        else:
            outside = here
        if outside is not None and abs(outside.t - inside.t) <= 4.0 * np.spacing(abs(t)):
            return t
        endless = here.value > peak + drop and not here.settled  # the others have no maximum here
        if outside is None and (endless or abs(t - begin) > FAR * unit):
            return None
        newton = np.nan
        width = abs(outside.t - inside.t) if outside is not None else np.inf
        slow = slow + 1 if np.isfinite(width) and width > 0.5 * widest else 0
        stuck = slow == 3  # where the profile bends sharply, a straight line keeps to one side
        if not slow or stuck:
            slow, widest = 0, width
        if 0.0 < r < 4.0 * target and here.slope != 0.0:  # further out it is no straight line
            newton = t + (target - r) * r / -here.slope
        if before[1] != r < 4.0 * target and abs(r - target) > 0.25 * abs(before[1] - target):
            # The others ran off before they were at their best: the slope is not the profile's.
            newton = t + (target - r) * (t - before[0]) / (r - before[1])
        before = (t, r)
        if outside is None:
            reach = abs(t - begin)
            limit = t + np.sign(step) * max(2.0 * reach, abs(step))
            t = newton if np.isfinite(newton) and (newton - t) * step > 0 else limit
            t = min(t, limit) if step > 0 else max(t, limit)
        else:
            low, high = sorted((inside.t, outside.t))
            middle = 0.5 * (low + high)
            good = np.isfinite(newton) and low < newton < high and not stuck
            t = newton if good else middle
    return t
