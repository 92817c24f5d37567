"""A few data points with weights that give them the totals of sufficient statistics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mostlikely.family.base import Family
from mostlikely.solve.objective import Vector

__all__ = ["matching_points"]

#: Statistics whose columns are nearer to dependence than this are not used.
CONDITION = 1e4
#: From how many quantiles of the data points are taken, and the most that weights may add up to.
QUANTILES, HEAVIEST = 33, 100.0
#: How near the totals are met, in proportion, for each statistic.
MET = 1e-14


def matching_points(
    family: Family, anchor: Sequence[Any], y: Vector, means: Vector
) -> tuple[Vector, Vector] | None:
    """Points and the share of the total weight that each has; None if digits would be lost.

    If log p(y | θ) lies in the span of (1, T(y)) for every θ, any weights that match the totals of
    (1, T) give the same sum. They are looked for among quantiles of the data, for which nothing
    leaves the range of floats.

    Parameters
    ----------
    family : Family
    anchor : sequence of float
        All parameters, near the data, for scaling.
    y : array
        Rows among which points are looked for.
    means : array
        The weighted mean of each statistic over all rows, at the anchor.
    """
    statistics: Any = family.statistics
    points = np.unique(np.quantile(y, np.linspace(0.0, 1.0, QUANTILES), method="nearest"))
    columns = np.column_stack(
        [np.ones_like(points), *(t * np.ones_like(points) for t in statistics(points, *anchor))]
    )
    means = np.concatenate([[1.0], means])
    if not (np.isfinite(columns).all() and np.isfinite(means).all()):
        return None
    size = np.abs(columns).max(axis=0)
    weights, _, _, singular = np.linalg.lstsq((columns / size).T, means / size, rcond=None)
    left = np.abs(columns.T @ weights - means) / size
    # Statistics that are nearly dependent on these data (a gamma of tiny spread) or points too far
    # from the totals would cost digits.
    if singular[0] > CONDITION * singular[-1] or np.abs(weights).sum() > HEAVIEST:
        return None
    return None if left.max() > MET * len(means) else (points, weights)
