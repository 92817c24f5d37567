from __future__ import annotations

import numpy as np

from mostlikely.calculus.domain import nonnegative, positive
from mostlikely.calculus.ops import log, log1p
from mostlikely.calculus.special import log1mexp
from mostlikely.family.base import Family, Param, SpecialCase
from mostlikely.family.param import TIME
from mostlikely.family.positive.exponential import Exponential
from mostlikely.family.summaries import weighted_quantile

#: Positive values below this share of the median may have a maximum of their own; so many scales
#: are looked at.
FAR_BELOW, SCALES = 1e-3, 24


class Lomax(Family):
    """Exponential waits whose rates differ as a gamma: a power-law tail from zero (Pareto II).

    The mean is finite for shape > 1, the variance for shape > 2.
    """

    scale = Param(
        positive,
        "scale of y: where the power law sets in",
        typical=(0.5, 20.0),
        unit=1,
        ratios=TIME,
    )
    shape = Param(positive, "tail exponent: larger is lighter", typical=(0.8, 10.0))
    support = nonnegative
    pole_at_zero = "scale and shape go to 0 together"
    special_cases = (
        SpecialCase(
            Exponential, when={"shape": np.inf}, rest=lambda mean, shape: {"scale": mean * shape}
        ),
    )

    def log_prob(y, scale, shape):
        return log(shape / scale) - (shape + 1.0) * log1p(y / scale)

    def sample(rng, n, scale, shape):
        return scale * (rng.standard_exponential(n) / rng.standard_gamma(shape, n))

    def start(y, w):
        """A heavy tail from the median on; given the scale, the best shape is known.

        Where the least values lie far below, there may be a second maximum at their scale: the
        highest of a grid of scales is begun from too, if it is far from the median.
        """
        scale = weighted_quantile(y, w, 0.5) or y.max() or 1.0
        low = np.min(y, where=y > 0.0, initial=np.inf)
        grid = [scale]
        if low < scale * FAR_BELOW:
            grid = np.concatenate([grid, np.geomspace(low, scale, SCALES)])
        tails = np.array([np.average(np.log1p(y / s), weights=w) for s in grid])
        tails = np.where(tails > 0.0, tails, 1.0)
        best = int(np.argmax(-np.log(grid) - np.log(tails) - tails))
        chosen = [0] if best == 0 else [0, best]
        return [{"scale": grid[i], "shape": 1.0 / tails[i]} for i in chosen]

    def mle(data, scale=None, shape=None):
        if scale is None:
            return None
        if shape is None:
            shape = np.reciprocal(data.mean(lambda y: np.log1p(y / scale)))
        return {"scale": scale, "shape": shape}

    def log_cdf(y, scale, shape):
        return log1mexp(shape * log1p(y / scale))

    def log_sf(y, scale, shape):
        return -shape * log1p(y / scale)

    def quantile(q, scale, shape):
        return scale * np.expm1(-np.log1p(-q) / shape)

    def information(scale, shape):
        """Brazauskas, *Statistics & Probability Letters* 59 (2002) 159-167."""
        cross = -1.0 / scale / (shape + 1.0)
        return np.array(
            [[shape / (shape + 2.0) / scale / scale, cross], [cross, 1.0 / shape / shape]]
        )

    def moments(scale, shape):
        with np.errstate(divide="ignore"):
            mean = np.divide(scale, np.maximum(shape - 1.0, 0.0))
            return mean, mean * mean * np.divide(shape, np.maximum(shape - 2.0, 0.0))
