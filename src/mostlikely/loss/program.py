"""The steps of a formula, taken by PyTorch."""

from __future__ import annotations

import operator
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import torch

from mostlikely.loss.graph import LOG_EXPIT, Node, is_number
from mostlikely.loss.replay import OPERATORS, Replay, choice
from mostlikely.loss.terms import Terms

__all__ = ["Program", "fused"]


def _like(x: Any, like: Any) -> Any:
    """A number as a tensor."""
    return x if isinstance(x, torch.Tensor) else torch.as_tensor(x, dtype=like.dtype).to(like)


def _of_tensors(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that takes no plain numbers."""

    def of_tensors(a: Any, b: Any) -> Any:
        return function(_like(a, b), _like(b, a))

    return of_tensors


def _scale(c: float, x: Any) -> Any:
    return -x if c == -1.0 else x * c


def _maximum(a: Any, b: Any) -> Any:
    if is_number(a):
        a, b = b, a
    return torch.clamp(a, min=b) if is_number(b) else torch.maximum(a, b)


def _minimum(a: Any, b: Any) -> Any:
    if is_number(a):
        a, b = b, a
    return torch.clamp(a, max=b) if is_number(b) else torch.minimum(a, b)


def _stack(*columns: Any) -> Any:
    like = next(c for c in columns if isinstance(c, torch.Tensor))
    return torch.stack(torch.broadcast_tensors(*(_like(c, like) for c in columns)), -1)


def _gather(y: Any, table: Any) -> Any:
    table = table.expand(*y.shape, table.shape[-1])  # one number may serve all rows
    return torch.gather(table, -1, y.to(torch.int64).unsqueeze(-1)).squeeze(-1)


def _where_numbers(condition: Any, a: float, b: float, like: Any) -> Any:
    return torch.where(condition, _like(a, like), _like(b, like))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **OPERATORS,
    "pow": torch.pow,
    "square": lambda x: x * x,
    "scale": _scale,
    "invert": operator.invert,
    "maximum": _maximum,
    "minimum": _minimum,
    "logaddexp": _of_tensors(torch.logaddexp),
    "logsumexp": lambda x: torch.logsumexp(x, -1),
    "stack": _stack,
    "gather": _gather,
    "pick": choice(torch.where),
    "where_numbers": _where_numbers,
}


class Program(Replay):
    """A function from input tensors to output tensors."""

    def function(self, name: str) -> Callable[..., Any]:
        """PyTorch's."""
        return _FUNCTIONS.get(name) or attrgetter(name)(torch)


def fused(terms: Terms, target: Node) -> tuple[Callable[..., Any], Node, Node, float] | None:
    """What PyTorch has in one piece: a function of two steps and a reduction, and its factor."""
    functional = torch.nn.functional
    if len(terms.parts) == 1:
        ((part, c),) = terms.parts.items()
        loss = {"square": functional.mse_loss, "abs": functional.l1_loss}.get(part.name)
        if loss is not None and part.args[0].name == "sub":
            a, b = part.args[0].args
            if isinstance(a, Node) and isinstance(b, Node):
                return loss, b, a, c
    if len(terms.parts) == 2:
        parts = {p.name: (p, c) for p, c in terms.parts.items()}
        log_p, share = parts.get(LOG_EXPIT), parts.get("mul")
        if log_p is not None and share is not None and (log_p[1], share[1]) == (-1.0, 1.0):
            left = target.graph.make("sub", 1.0, target)
            (head,) = log_p[0].args
            if {id(a) for a in share[0].args} == {id(left), id(head)}:
                return functional.binary_cross_entropy_with_logits, head, target, 1.0
    return None
