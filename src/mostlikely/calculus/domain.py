"""Where a parameter or an observation may lie, as values that can be asked: ``ml.domains``.

``positive``, ``real``, ``unit`` and the others are each a `Domain`, `interval` makes one between
two numbers. The domain of a parameter gives it its default link, its validation and the draws of
the tests; that of y is the support of a family.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, isfinite
from typing import Any

import numpy as np

__all__ = [
    "Domain",
    "angle",
    "counts",
    "counts_up_to",
    "integer",
    "interval",
    "natural",
    "nonnegative",
    "positive",
    "real",
    "simplex",
    "unit",
    "unit_closed",
]


@dataclass(frozen=True)
class Domain:
    """A set of numbers with two edges.

    Parameters
    ----------
    name : str
        As it reads in a sentence: "y must be positive".
    low, high : float
        The edges.
    closed : tuple of bool
        Whether each finite edge belongs to the domain.
    discrete : bool
        Whether it holds whole numbers only.
    link : str
        Name of the default link of a parameter that lives here.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.domains.counts.contains([-1, 0, 2.5, 3]).tolist()
    [False, True, False, True]
    """

    name: str
    low: float = -inf
    high: float = inf
    closed: tuple[bool, bool] = (False, False)
    discrete: bool = False
    link: str = "identity"

    def __str__(self) -> str:
        return self.name

    def contains(self, x: Any) -> Any:
        """Elementwise: is x in the domain? NaN and infinities are not.

        Returns
        -------
        bool or array of bool, of the shape of ``x``
        """
        above = np.greater_equal if self.closed[0] and isfinite(self.low) else np.greater
        below = np.less_equal if self.closed[1] and isfinite(self.high) else np.less
        inside = above(x, self.low) & below(x, self.high)
        return inside & (np.rint(x) == x) if self.discrete else inside

    def holds(self, smallest: float, largest: float) -> bool:
        """Whether an interval of reals lies inside; discreteness is not looked at."""
        return bool(
            (smallest >= self.low if self.closed[0] else smallest > self.low)
            and (largest <= self.high if self.closed[1] else largest < self.high)
            and isfinite(smallest)
            and isfinite(largest)
        )


real = Domain("a real number")
positive = Domain("positive", low=0.0, link="log")
nonnegative = Domain("zero or positive", low=0.0, closed=(True, False), link="log")
unit = Domain("strictly between 0 and 1", low=0.0, high=1.0, link="logit")
unit_closed = Domain("between 0 and 1", 0.0, 1.0, closed=(True, True), link="logit")
integer = Domain("a whole number", discrete=True)
counts = Domain("a count (0, 1, 2, ...)", low=0.0, closed=(True, False), discrete=True, link="log")
natural = Domain("a whole number of at least 1", 1.0, closed=(True, False), discrete=True)
angle = Domain("an angle in radians")
simplex = Domain("a probability, all of them adding to one", 0.0, 1.0, link="logit")


def interval(low: float, high: float, *, closed: bool = False) -> Domain:
    """The numbers between ``low`` and ``high``, linked by the logit of the relative position.

    Examples
    --------
    >>> interval(-1, 1).contains(0.5)
    np.True_
    """
    if not low < high:
        raise ValueError(f"an interval needs low < high; got {low} and {high}.")
    return Domain(f"between {low:g} and {high:g}", low, high, (closed, closed), link="logit")


def counts_up_to(n: float) -> Domain:
    """The whole numbers from 0 to n.

    Examples
    --------
    >>> print(counts_up_to(3))
    a count from 0 to 3
    """
    return Domain(f"a count from 0 to {n:.17g}", 0.0, n, (True, True), discrete=True, link="logit")
