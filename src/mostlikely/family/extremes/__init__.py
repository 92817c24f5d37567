"""Families of maxima and exceedances."""

from __future__ import annotations

from typing import Any

from mostlikely.calculus.ops import where
from mostlikely.calculus.special import expm1_ratio, log1p_ratio

__all__ = ["endless", "irregular", "reduced", "stretched"]


def reduced(z: Any, xi: Any) -> tuple[Any, Any]:
    """Whether 1 + xi z > 0, and there s = log(1 + xi z) / xi, else 0.

    The change of variable that takes a tail of index xi to the exponential one; smooth at xi = 0.
    """
    inside = 1.0 + xi * z > 0.0
    z = where(inside, z, 0.0)
    return inside, z * log1p_ratio(xi * z)


def stretched(s: Any, xi: Any) -> Any:
    """The z of which s is the reduced value: (exp(xi s) - 1) / xi."""
    return s * expm1_ratio(xi * s)


def irregular(xi: float) -> str:
    """What an estimated tail index must always be told with."""
    sentence = (
        "For xi < -1 the likelihood is unbounded, as the upper end comes down to the largest "
        "observation; this is a local maximum."
    )
    if xi > -0.5:
        return sentence
    return f"{sentence} At xi <= -0.5 the usual standard errors do not hold (Smith 1985)."


def endless(xi: float) -> str | None:
    """Where the likelihood has no bound: a tail index of -1 or less, up to rounding."""
    return "the upper end comes down to the largest observation" if xi < -0.999999 else None
