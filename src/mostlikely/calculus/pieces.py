"""Functions put together from formulas, each used where it keeps its digits.

A formula is written once, in `ops` and plain operators. NumPy evaluates it on its own rows only;
jets read the derivatives off the same lines; PyTorch gets ``where`` with a harmless argument in
the rows of the other formulas, so that no NaN gradient leaks out of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from mostlikely.calculus.dispatch import Op
from mostlikely.calculus.jet import pairs, seed

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
        Arguments → bool, elementwise; of several pieces the first that holds is used.
    formula : callable
        Arguments → f, for arrays, jets and tensors.
    safe : tuple of float, optional
        A point where the formula and its derivatives are finite.
    derivatives : callable, optional
        x → (f'(x), f''(x)) for a function of one argument, where that beats what jets find.
    """

    holds: Callable[..., Any]
    formula: Callable[..., Any]
    safe: tuple[float, ...] | None = None
    derivatives: Callable[..., Any] | None = None


def always(*args: Any) -> Any:
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
    condition, *rows = np.broadcast_arrays(condition, *args)
    rest = ~condition
    here = inside(*(a[condition] for a in rows))
    there = outside(*(a[rest] for a in rows))
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


def pieced(
    name: str,
    pieces: Sequence[Piece],
    sympy: str | Callable[..., Any] | None = None,
    torch: Sequence[Piece] | Callable[..., Any] | None = None,
) -> Op:
    """The function that ``pieces`` make together; read by PyTorch if each names a safe point.

    There every row takes the steps of every piece, so pieces of fewer steps are worth their own
    lines: ``torch`` is these, or another reader.
    """
    # The same few numbers, a shape or the degrees of freedom, come with every block of rows.
    value_at = lru_cache(maxsize=64)(partial(_value, pieces))
    flat_at = lru_cache(maxsize=64)(partial(_derivatives, pieces))

    @quiet
    def value(*args: Any) -> Any:
        x = as_floats(*args)
        return value_at(*x) if _scalars(x) else _value(pieces, *x)

    @quiet
    def rule(value: Any, args: Any, needs: Any) -> Any:
        wanted = tuple(a for a, needed in enumerate(needs) if needed)
        k, args = len(wanted), as_floats(*args)
        find = flat_at if _scalars(args) else partial(_derivatives, pieces)
        flat = find(wanted, *args)
        first: list[Any] = [None] * len(args)
        for a, component in zip(wanted, flat[:k], strict=True):
            first[a] = component
        among = dict(zip(pairs(k), flat[k:], strict=True))
        place = {a: i for i, a in enumerate(wanted)}
        second = [
            among[place[a], place[b]] if a in place and b in place else None
            for a, b in pairs(len(args))
        ]
        return first, second

    steps = pieces if torch is None or callable(torch) else torch

    def composed(module: Any, *args: Any) -> Any:
        return _tensor(module, steps, *tensors(module, args))

    readable = all(piece.safe is not None for piece in steps)
    reader = torch if callable(torch) else composed if readable else None
    return Op(name, value, rule, reader, sympy)


def _scalars(args: Sequence[Any]) -> bool:
    return not any(isinstance(a, np.ndarray) for a in args)


def _value(pieces: Sequence[Piece], *args: Any) -> Any:
    first, *rest = pieces
    if not rest:
        return first.formula(*args)
    return by_rows(first.holds(*args), first.formula, lambda *args: _value(rest, *args), *args)


def _derivatives(pieces: Sequence[Piece], wanted: Sequence[int], *args: Any) -> Any:
    """The gradient and the Hessian of a function in its ``wanted`` arguments, one after another."""
    first, *rest = pieces

    def here(*args: Any) -> Any:
        if first.derivatives is not None:
            return first.derivatives(*args)
        jets = dict(zip(wanted, seed([args[a] for a in wanted]), strict=True))
        f = first.formula(*(jets.get(a, x) for a, x in enumerate(args)))
        return tuple(0.0 if c is None else c for c in (*f.grad, *f.hess))

    if not rest:
        return here(*args)
    return by_rows(first.holds(*args), here, lambda *args: _derivatives(rest, wanted, *args), *args)


def _tensor(torch: Any, pieces: Sequence[Piece], *args: Any) -> Any:
    first, *rest = pieces
    if not rest:
        return first.formula(*args)
    return chosen(
        torch,
        first.holds(*args),
        first.formula,
        lambda *args: _tensor(torch, rest, *args),
        args,
        (_point(first), _point(rest[0])),
    )


def _point(piece: Piece) -> tuple[float, ...]:
    assert piece.safe is not None  # `pieced` asks before it offers this reader
    return piece.safe
