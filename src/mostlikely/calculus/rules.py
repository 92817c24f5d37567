"""What jets know of NumPy's and SciPy's functions: the derivatives of each, by the function.

`jet` reads these tables, the vocabulary fills them; powers, which are arithmetic, are here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mostlikely.calculus.components import Component

__all__ = ["AT_REST", "COMPARISONS", "RULES", "TOGETHER", "Rule", "constant_power", "power"]

#: ``rule(value, args, needs)`` gives the first partials of a function, one per argument, and the
#: second ones, upper triangle by rows; ``None`` is zero. Where ``needs[a]`` is false the partials
#: in argument ``a`` are not asked for, and may be ``None``.
Rule = Callable[
    [Any, Sequence[Any], Sequence[bool]], tuple[Sequence[Component], Sequence[Component]]
]

#: NumPy and SciPy functions that jets go through. Filled by `ops` and its neighbours.
RULES: dict[Any, Rule] = {}

#: Functions whose value and partials share work: ``(args, needs, second)`` gives the value and what
#: a `Rule` does; the second partials may be left out, as ``()``, where ``second`` is false.
TOGETHER: dict[Any, Callable[..., tuple[Any, Sequence[Component], Sequence[Component]]]] = {}

#: Functions f(..., -p) that are better read as g(..., 1 - p) where a link knows 1 - p.
AT_REST: dict[Any, Callable[..., Any]] = {np.log1p: np.log}

#: Functions whose value has no derivative: they read jets as the plain values that these hold.
COMPARISONS = {
    np.less,
    np.less_equal,
    np.greater,
    np.greater_equal,
    np.equal,
    np.not_equal,
    np.isfinite,
    np.isnan,
    np.isinf,
    np.sign,
    np.floor,
    np.ceil,
    np.rint,
}


def constant_power(x: Any, b: Any) -> Any:
    """The first and the second derivative of x to the power b, b a number."""
    first = b * x ** (b - 1.0)
    return (first,), (b * (b - 1.0) * x ** (b - 2.0),)


def power(value: Any, args: Sequence[Any], needs: Sequence[bool]) -> Any:
    """The `Rule` of x to the power b where both may move."""
    x, b = args
    zero = np.equal(x, 0.0) & np.equal(value, 0.0)  # there the logarithm has no say: 0ᵇ stays 0
    log_x = np.where(zero, 0.0, np.log(x))
    in_b = value * log_x, value * log_x * log_x
    if not needs[0]:
        return (None, in_b[0]), (None, None, in_b[1])
    ratio = b / x
    near = np.where(zero, x ** (b - 1.0), value / x)
    first = np.where(zero, b * near, value * ratio)
    second = np.where(zero, b * (b - 1.0) * x ** (b - 2.0), value * ratio * (b - 1.0) / x)
    return (first, in_b[0]), (second, near * (1.0 + b * log_x), in_b[1])
