"""Functions put together from formulas, each used where it keeps its digits.

A formula is written once, in `ops` and plain operators. NumPy evaluates it on its own rows only;
jets read the derivatives off the same lines; PyTorch gets ``where`` with a harmless argument in
the rows of the other formulas, so that no NaN gradient leaks out of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from mostlikely.calculus import ops
from mostlikely.calculus.jet import seed

__all__ = [
    "Piece",
    "always",
    "as_floats",
    "by_rows",
    "chosen",
    "horner",
    "pieced",
    "quiet",
    "tensors",
]

#: For limits that floating point reaches through inf: 1/0 at an edge, exp of a large number.
quiet = np.errstate(all="ignore")


class Piece(NamedTuple):
    """A formula and where it serves.

    Parameters
    ----------
    holds : callable
        x → bool, elementwise; of several pieces the first that holds is used.
    formula : callable
        x → f(x), for arrays, jets and tensors.
    safe : float
        A point where the formula and its derivatives are finite.
    derivatives : callable, optional
        x → (f'(x), f''(x)), where it is better than what jets find.
    """

    holds: Callable[[Any], Any]
    formula: Callable[[Any], Any]
    safe: float
    derivatives: Callable[[Any], tuple[Any, Any]] | None = None


def always(x: Any) -> Any:
    """Where the last piece serves: all that the others leave."""
    return True


def as_floats(*args: Any) -> list[Any]:
    """Each argument as a float64 array, or as a NumPy scalar: Python's own divide by zero."""
    return [np.asarray(a, dtype=float)[()] for a in args]


def horner(coefficients: Sequence[float], x: Any) -> Any:
    """Σ coefficients[k] x**k, of at least two terms."""
    total = coefficients[-1] * x + coefficients[-2]
    for c in coefficients[-3::-1]:
        total = total * x + c
    return total


def by_rows(
    condition: Any, inside: Callable[..., Any], outside: Callable[..., Any], *args: Any
) -> Any:
    """``inside(*args)`` in the rows where ``condition`` holds, ``outside(*args)`` in the others.

    Each is called on its own rows, or not at all; both give an array or a tuple of arrays.
    """
    if np.all(condition):
        return inside(*args)
    if not np.any(condition):
        return outside(*args)
    condition, *args = np.broadcast_arrays(condition, *args)
    rest = ~condition
    here = inside(*(a[condition] for a in args))
    there = outside(*(a[rest] for a in args))
    if isinstance(here, tuple):
        return tuple(_joined(condition, rest, a, b) for a, b in zip(here, there, strict=True))
    return _joined(condition, rest, here, there)


def _joined(condition: Any, rest: Any, here: Any, there: Any) -> Any:
    out = np.empty(condition.shape)
    out[condition] = here
    out[rest] = there
    return out


def tensors(torch: Any, args: Sequence[Any]) -> list[Any]:
    """Plain numbers among ``args`` as tensors like the tensors among them."""
    like = next(a for a in args if isinstance(a, torch.Tensor))
    return [a if isinstance(a, torch.Tensor) else torch.as_tensor(a).to(like) for a in args]


def chosen(
    torch: Any,
    condition: Any,
    inside: Callable[..., Any],
    outside: Callable[..., Any],
    args: Sequence[Any],
    safe: tuple[Sequence[float], Sequence[float]],
) -> Any:
    """`by_rows` for tensors: both formulas run, each on ``safe`` arguments in the other's rows."""
    here = [torch.where(condition, a, s) for a, s in zip(args, safe[0], strict=True)]
    there = [torch.where(condition, s, a) for a, s in zip(args, safe[1], strict=True)]
    return torch.where(condition, inside(*here), outside(*there))


def pieced(name: str, pieces: Sequence[Piece], sympy: Callable[..., Any]) -> ops.Op:
    """The function of one argument that ``pieces`` make together."""

    @quiet
    def value(x: Any) -> Any:
        return _value(pieces, *as_floats(x))

    @quiet
    def rule(value: Any, args: Any, needs: Any) -> Any:
        first, second = _derivatives(pieces, *as_floats(*args))
        return (first,), (second,)

    def torch(module: Any, x: Any) -> Any:
        return _tensor(module, pieces, x)

    return ops.Op(name, value, rule, torch, sympy)


def _value(pieces: Sequence[Piece], x: Any) -> Any:
    first, *rest = pieces
    if not rest:
        return first.formula(x)
    return by_rows(first.holds(x), first.formula, lambda x: _value(rest, x), x)


def _derivatives(pieces: Sequence[Piece], x: Any) -> Any:
    first, *rest = pieces

    def here(x: Any) -> Any:
        if first.derivatives is not None:
            return first.derivatives(x)
        f = first.formula(*seed([x]))
        return f.grad[0], f.hess[0]

    return by_rows(first.holds(x), here, lambda x: _derivatives(rest, x), x) if rest else here(x)


def _tensor(torch: Any, pieces: Sequence[Piece], x: Any) -> Any:
    first, *rest = pieces
    if not rest:
        return first.formula(x)
    safe = ((first.safe,), (rest[0].safe,))
    return chosen(
        torch, first.holds(x), first.formula, lambda x: _tensor(torch, rest, x), [x], safe
    )
