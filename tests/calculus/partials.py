"""A function of mpmath numbers, differentiated with hundreds of digits: the independent witness."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import mpmath
import numpy as np
from mpmath import mpf

from mostlikely.calculus.jet import pairs, seed

#: Relative step of the central differences: what they neglect is of the order of its square.
STEP = 1e-30


def partials(f: Callable[..., mpf], point: Sequence[float], digits: int) -> list[mpf]:
    """The value of ``f``, its first partials and its second ones, as a jet packs them."""
    with mpmath.workdps(digits):
        exact = [mpf(float(p)) for p in point]
        steps = [p * mpf(STEP) if p else mpf(STEP) for p in exact]

        def at(**moves: int) -> mpf:
            return f(*(p + moves.get(f"_{i}", 0) * steps[i] for i, p in enumerate(exact)))

        def second(i: int, j: int) -> mpf:
            a, b = f"_{i}", f"_{j}"
            if i == j:
                return (at(**{a: 1}) - 2 * centre + at(**{a: -1})) / steps[i] ** 2
            corners = sum(s * t * at(**{a: s, b: t}) for s in (1, -1) for t in (1, -1))
            return corners / (4 * steps[i] * steps[j])

        k = len(exact)
        centre = at()
        first = [(at(**{f"_{i}": 1}) - at(**{f"_{i}": -1})) / (2 * steps[i]) for i in range(k)]
        return [centre, *first, *(second(i, j) for i, j in pairs(k))]


def flat(op: Callable[..., Any], columns: Sequence[Any]) -> np.ndarray:
    """The same numbers from jets, one row per component."""
    jet = op(*seed([np.asarray(c, dtype=float)[()] for c in columns]))
    rows = np.broadcast_arrays(
        jet.value, *(0.0 if c is None else c for c in (*jet.grad, *jet.hess))
    )
    return np.array(rows)


def worst_error(
    op: Callable[..., Any],
    f: Callable[..., mpf],
    points: Sequence[Sequence[float]],
    digits: int = 120,
    scales: Callable[..., Sequence[float]] | None = None,
) -> tuple[float, str]:
    """The largest relative error of value, gradient and Hessian, and where it is.

    ``scales`` gives, at a point, the natural size of each component: what an error is relative to
    where the component itself passes through zero. Components that float64 cannot hold are left
    out.
    """
    found = flat(op, list(zip(*points, strict=True)))
    worst = (0.0, "nowhere")
    for row, point in enumerate(points):
        sizes = scales(*point) if scales else [0.0] * len(found)
        references = partials(f, point, digits)
        for m, (reference, size) in enumerate(zip(references, sizes, strict=True)):
            if not 1e-290 < abs(reference) < 1e300:
                continue
            with mpmath.workdps(30):
                error = abs(mpf(float(found[m, row])) - reference) / max(abs(reference), mpf(size))
            if not float(error) <= worst[0]:
                worst = (float(error), f"component {m} at {tuple(map(float, point))}")
    return worst
