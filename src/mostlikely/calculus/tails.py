"""Integrals over a tail, on the log scale: log ∫₀^∞ exp(-f(v)) dv for a convex f with f(0) = 0.

The probability beyond a point is the density there times such an integral: the first carries
1e-5000, the second is of ordinary size. The integrand falls from one, somewhere between like an
exponential and like half a normal curve, and the double-exponential rule takes all of these
with the same nodes (Takahasi and Mori, Publ. RIMS 9, 1974, 721-741): v = width exp(u - exp(-u)),
u equally spaced. The parameters enter through f alone, so jets find the derivatives.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mostlikely.calculus import ops
from mostlikely.calculus.jet import Jet

__all__ = ["log_tail", "width"]

# Half this step would change the 15th digit of a second derivative, twice it the 10th; the last
# node, at 180 widths, leaves room for a width that is too small by a factor of four.
_STEP = 0.0625
_U = np.arange(-3.75, 5.2, _STEP)
_NODES = np.exp(_U - np.exp(-_U))
_WEIGHTS = _STEP * _NODES * (1.0 + np.exp(-_U))


def width(slope: Any, curvature: Any) -> Any:
    """The positive v at which slope v + curvature v²/2 is one; a plain number even for jets."""
    slope, curvature = (x.value if isinstance(x, Jet) else x for x in (slope, curvature))
    return 2.0 / (slope + np.sqrt(slope * slope + 2.0 * curvature))


def log_tail(f: Callable[[Any], Any], scale: Any) -> Any:
    """log ∫₀^∞ exp(-f(v)) dv.

    Parameters
    ----------
    f : callable
        v → f(v), convex, zero at zero and growing, for arrays or jets.
    scale : array or jet
        The width of the integrand, see `width`; the result does not depend on it.
    """
    total: Any = 0.0
    for node, weight in zip(_NODES, _WEIGHTS, strict=True):
        total = total + weight * ops.exp(-f(node * scale))
    return ops.log(total) + ops.log(scale)
