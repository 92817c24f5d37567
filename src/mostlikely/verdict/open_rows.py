"""Rows seen in part that are the likelier the further their first parameter goes.

That y lies above a number becomes certain as a Weibull's scale grows without end, that it lies
below as the scale goes to zero. Which way rows send a parameter is asked of the family's own
probabilities, far out on both sides.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector

__all__ = ["open_sides", "sides_of_rows"]

#: Where the first parameter is looked at: on log-like scales, and in spreads of y where the link
#: is the identity. A probability beyond the last one is one but for CERTAIN.
STEPS = np.array([-60.0, -30.0, -10.0, -3.0, 0.0, 3.0, 10.0, 30.0, 60.0])
SPREADS = np.array([-1e8, -1e6, -1e4, -100.0, 0.0, 100.0, 1e4, 1e6, 1e8])
CERTAIN = 1e-6


def open_sides(member: Member) -> tuple[int, int]:
    """Which way the first parameter's predictor makes it certain that y lies above, and below.

    Returns
    -------
    above, below : +1, −1 or 0
        0 where no way does so, or not all the way.
    """
    family: Any = member.family
    first = next(iter(family.parameters))
    link = family.link(first)
    y, _ = member.sample.small()
    places = np.quantile(y, [0.1, 0.5, 0.9], method="nearest")
    if link.name == "identity":
        middle, spread = float(places[1]), member.response_spread
        eta = middle + SPREADS * (spread if spread > 0.0 else 1.0)
    else:
        eta = STEPS
    values = {
        k: np.float64(0.5 * (p.typical[0] + p.typical[1])) for k, p in family.parameters.items()
    }
    scale = None if member.standard is None else member.standard[1]
    if scale is not None and scale != first and member.response_spread > 0.0:
        values[scale] = np.float64(member.response_spread)
    values.update({k: np.float64(v) for k, v in family.fixed.items()})
    ways: list[list[int]] = [[], []]
    with np.errstate(all="ignore"):
        values[first] = link.inverse(eta)
        for place in places:
            at = np.full(len(eta), place)
            for found, formula in zip(ways, (family.log_sf, family.log_cdf), strict=True):
                found.append(_way(np.asarray(formula(at, *values.values()))))
    above, below = ({*found} for found in ways)
    return (above.pop() if len(above) == 1 else 0), (below.pop() if len(below) == 1 else 0)


def _way(log_p: Vector) -> int:
    """+1 or −1 if these log-probabilities rise, or fall, all along to a certainty; else 0."""
    if not np.isfinite(log_p[[0, -1]]).any() or np.isnan(log_p).any():
        return 0
    for way, along in ((1, log_p), (-1, log_p[::-1])):
        with np.errstate(all="ignore"):
            steps = np.diff(along)
        rises = np.all((steps >= -CERTAIN) | np.isnan(steps))  # −∞ − (−∞) is no fall
        if rises and along[-1] > -CERTAIN and along[0] < -1.0:
            return way
    return 0


def sides_of_rows(member: Member) -> Vector:
    """Which way each row sends the first parameter's predictor: +1, −1, or 0 where it stays.

    A row that was truncated below may still be sent upwards, as both of its probabilities are one
    there; and where the smallest count that could be seen was seen, it is sent where smaller ones
    are certain.
    """
    family: Any = member.family
    block = member.whole().block
    assert block.ends is not None
    above, below = open_sides(member)
    low, high = block.ends[:, 0], block.ends[:, 1]
    first, last = (
        block.ends[:, 2:].T
        if block.ends.shape[1] > 2
        else (np.full(len(low), s) for s in (-np.inf, np.inf))
    )
    seen = low == high
    side = np.where((high == np.inf) & (last == np.inf), float(above), 0.0)
    side = np.where((low == -np.inf) & (first == -np.inf), float(below), side)
    if family.recession is not None:
        known = {**family.known, **member.known}
        own = np.broadcast_to(family.recession(block.y, **known), seen.shape)
        smallest = np.broadcast_to(family.recession(np.zeros(len(seen)), **known), seen.shape)
        cut = (first > -np.inf) | (last < np.inf)
        side = np.where(seen & ~cut, own, side)
        least = seen & (low == first) & (last == np.inf) & (smallest == -1.0)
        side = np.where(least, -1.0, side)
    return np.asarray(side)
