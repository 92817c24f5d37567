"""Residuals of rows that were seen in part: by the distribution function at both of their ends.

A row of which only an interval is known has a quantile residual drawn at random from the
probabilities of that interval. Where there is nothing but rows seen and rows censored on the right,
minus the logarithm of the fitted survival is the residual of Cox and Snell (1968, J. R. Stat. Soc.
B 30, 248-275), a sample of unit exponentials that is censored as the rows are; what it leaves of
the number of events is the martingale residual, and from this comes the deviance residual
(Therneau, Grambsch and Fleming 1990, Biometrika 77, 147-160).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtri_exp

from mostlikely.data.probability import log_between
from mostlikely.errors import ModelError
from mostlikely.family.distribution import Distribution
from mostlikely.solve.objective import Vector

__all__ = ["residuals_in_part"]


def residuals_in_part(law: Distribution, ends: Vector, kind: str, seed: Any) -> Vector:
    """One residual per row.

    Parameters
    ----------
    law : Distribution
        The fitted distribution of each row, its parameters numbers or arrays of shape (rows,).
    ends : array of shape (rows, 2) or (rows, 4)
        As of a `Block`.
    kind : {"quantile", "cox-snell", "martingale", "deviance"}
    seed : int or Generator
        Of the random draws.

    Raises
    ------
    ModelError
        For a kind that these rows do not have.
    """
    low, high = ends[:, 0], ends[:, 1]
    first, last = ends[:, 2:].T if ends.shape[1] > 2 else (np.full(len(low), e) for e in OPEN)
    if kind == "quantile":
        return _quantile(law, low, high, first, last, seed)
    if kind in ("pearson", "response"):
        raise ModelError(
            f"there is no {kind} residual of a row whose y was not seen; take quantile residuals."
        )
    if np.any((high < np.inf) & (low < high)) or np.any(last < np.inf):
        raise ModelError(
            f"{kind} residuals are of rows that were seen or censored on the right; take quantile "
            "residuals."
        )
    with np.errstate(all="ignore"):
        hazard = -law.log_sf(_before(law, low, low == high))
        entered = np.where(first > -np.inf, -law.log_sf(_before(law, first, True)), 0.0)
    snell = np.asarray(np.maximum(hazard - entered, 0.0))
    if kind == "cox-snell":
        return snell
    events = (low == high).astype(float)
    left = events - snell
    if kind == "martingale":
        return np.asarray(left)
    with np.errstate(all="ignore"):
        logs = np.where(events > 0.0, np.log(snell), 0.0)
    return np.asarray(np.sign(left) * np.sqrt(np.maximum(-2.0 * (left + logs), 0.0)))


#: Of rows that are not truncated.
OPEN = (-np.inf, np.inf)


def _before(law: Distribution, y: Vector, seen: Any) -> Vector:
    """Up to where the hazard is summed: of whole numbers a row that is left out is not yet in."""
    if not law.family.support.discrete:
        return y
    return np.where(seen, y, y - 1.0)


def _quantile(
    law: Distribution, low: Vector, high: Vector, first: Vector, last: Vector, seed: Any
) -> Vector:
    """Φ⁻¹ of a probability drawn between those of the ends, given where y could be seen."""
    count = len(low)
    values = [np.broadcast_to(np.asarray(v, dtype=float), (count,)) for v in law.arguments]
    discrete = law.family.support.discrete
    step = 1.0 if discrete else 0.0
    tiny = np.finfo(float).tiny

    def probability(a: Vector, b: Vector) -> Vector:
        some = a < b if not discrete else a <= b
        out = np.zeros(count)
        if some.any():
            chosen = [v[some] for v in values]
            out[some] = np.exp(log_between(law.family, a[some], b[some], chosen))
        return out

    seen = low == high
    with np.errstate(all="ignore"):
        below = probability(first, np.where(np.isfinite(low), low - step, low))
        above = probability(np.where(np.isfinite(high), high + step, high), last)
        inside = probability(low, high)
        total = probability(first, last)
        share = np.random.default_rng(seed).random(count)
        if not discrete:
            inside = np.where(seen, 0.0, inside)
        left = np.maximum(below + share * inside, tiny) / total
        right = np.maximum(above + (1.0 - share) * inside, tiny) / total
        log_left, log_right = np.log(left), np.log(right)
        found = np.where(left < right, ndtri_exp(log_left), -ndtri_exp(log_right))
    return np.asarray(found)
