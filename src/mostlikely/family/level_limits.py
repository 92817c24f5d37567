"""What families of labels become where predictors run off to infinity together.

Along a direction of recession some levels become impossible in some rows, and what is left is the
model conditional on the levels that stay possible (Geyer 2009, Electronic J. Statist. 3, theorem
6). Which those are follows from how fast each predictor runs off: its *direction*, one number per
row, known like a column.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf, log
from typing import Any

import numpy as np

from mostlikely.calculus.curves import CURVES
from mostlikely.calculus.domain import real
from mostlikely.calculus.ops import log_sum_exp, where
from mostlikely.family.base import Family, Param
from mostlikely.family.predictor import Predictor

__all__ = ["APART", "CategoricalLimit", "OrdinalLimit", "direction_of"]

#: Directions differ by one at least where they differ; closer than this is rounding.
APART = 1e-6


def direction_of(name: str) -> str:
    """What the direction of a parameter's predictor is called."""
    return f"direction of {name}"


class Limit(Family):
    """A family of labels with the directions of some of its parameters.

    Parameters
    ----------
    whole : Family
        The model that it is a limit of, with its levels and its predictors.
    moving : sequence of str
        The parameters that have a direction.
    """

    labels = True

    def __init__(self, whole: Any, moving: Sequence[str]) -> None:
        self.whole, self.levels, self.support = whole, whole.levels, whole.support
        self.moving = tuple(moving)
        known = {direction_of(k): Param(real, f"how fast {k} runs off", known=True) for k in moving}
        self.parameters = {**self.own_parameters(), **known}
        self.fixed = {k: v for k, v in whole.fixed.items() if k in self.parameters}
        columns = {k: Predictor(column=k) for k in known}
        self.predictors = {**whole.predictors, **columns}

    def own_parameters(self) -> dict[str, Param]:
        """The parameters apart from the directions."""
        return dict(self.whole.parameters)

    def sample(self, rng: np.random.Generator, n: int, *values: Any) -> Any:
        """n places, by their probabilities."""
        places = [float(k) for k in range(len(self.whole.levels))]
        shares = np.exp([self.log_prob(k, *values) for k in places])
        return rng.choice(places, n, p=shares / shares.sum())


class CategoricalLimit(Limit):
    """The multinomial logit: in each row only the levels of the largest direction are possible.

    Its parameters are the log-ratios to the base themselves.
    """

    def __init__(self, whole: Any) -> None:
        places = {k: place for place, k in enumerate(whole.parameters, start=1)}
        self.places = [0, *(places[k] for k in whole.free)]
        self.known_logs = {places[k]: log(v) if v > 0.0 else -inf for k, v in whole.fixed.items()}
        self.log_left = log(1.0 - sum(whole.fixed.values()))
        super().__init__(whole, whole.free)

    def own_parameters(self) -> dict[str, Param]:
        """The log-ratios that are estimated."""
        return {k: Param(real, f"log-ratio of {k} to the base") for k in self.whole.free}

    def log_prob(self, y: Any, *values: Any) -> Any:
        """Log-probabilities of places, given the log-ratios and then their directions."""
        count = len(self.moving)
        etas, along = [0.0, *values[:count]], [np.float64(0.0), *values[count:]]
        far = along[0]
        for direction in along[1:]:
            far = np.maximum(far, direction)
        gone = [direction < far - APART for direction in along]
        own, lost = etas[0], gone[0]
        for place, eta, out in zip(self.places[1:], etas[1:], gone[1:], strict=True):
            own, lost = where(y == place, eta, own), where(y == place, out, lost)
        others = [
            where((y == place) | out, -inf, eta - own)
            for place, eta, out in zip(self.places, etas, gone, strict=True)
        ]
        value = self.log_left - log_sum_exp([0.0, *others])
        value = where(lost, -inf, value)
        for place, known in self.known_logs.items():
            value = where(y == place, known, value)
        return value

    def start(self, y: Any, w: Any, **known: Any) -> dict[str, float]:
        """All levels alike."""
        return dict.fromkeys(self.moving, 0.0)


class OrdinalLimit(Limit):
    """Levels in an order where some cutpoints have left the location of some rows behind."""

    def __init__(self, whole: Any) -> None:
        super().__init__(whole, [k for k in whole.parameters if k != "scale"])

    def log_prob(self, y: Any, location: Any, scale: Any, *rest: Any) -> Any:
        """Log-probabilities of places, given the parameters and then the directions."""
        y = np.asarray(y)  # ~ is "not" of NumPy's booleans alone
        curve, last = CURVES[self.whole.curve], len(self.moving) - 1
        cuts, along = rest[:last], rest[last:]
        z = [(cut - location) / scale for cut in cuts]
        ahead = [direction - along[0] for direction in along[1:]]
        # the row's own cutpoints: below and above its level
        low, high, below, above = z[0], z[0], ahead[0], ahead[0]
        for k in range(1, last):
            low, below = where(y > k + 0.5, z[k], low), where(y > k + 0.5, ahead[k], below)
            high, above = where(y > k - 0.5, z[k], high), where(y > k - 0.5, ahead[k], above)
        first, final = y < 0.5, y > last - 0.5
        open_below, open_above = first | (below < -APART), final | (above > APART)
        lost = (~first & (below > APART)) | (~final & (above < -APART))
        both = ~open_below & ~open_above
        value = where(
            both,
            curve.log_between(where(both, low, -0.5), where(both, high, 0.5)),
            where(open_below, curve.log_cdf(high), curve.log_sf(low)),
        )
        value = where(open_below & open_above, 0.0, value)
        return where(lost | (both & ~(low < high)), -inf, value)

    def start(self, y: Any, w: Any, **known: Any) -> dict[str, float]:
        """As without directions."""
        found: dict[str, float] = self.whole.start(y, w)
        return found
