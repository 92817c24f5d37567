"""The steps of a formula, taken by PyTorch."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

import torch

from mostlikely.loss.graph import LOG_EXPIT, Node, is_number, ordered
from mostlikely.loss.terms import Terms

__all__ = ["Program", "fused", "tame"]


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
    return torch.gather(table, -1, y.to(torch.int64).unsqueeze(-1)).squeeze(-1)


def _where_numbers(condition: Any, a: float, b: float, like: Any) -> Any:
    return torch.where(condition, _like(a, like), _like(b, like))


def _pick(y: Any, value: Any, *others: Any) -> Any:
    for place, other in enumerate(others, 1):
        value = torch.where(y < place - 0.5, value, other)
    return value


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "pow": torch.pow,
    "square": lambda x: x * x,
    "scale": _scale,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "and": operator.and_,
    "or": operator.or_,
    "invert": operator.invert,
    "maximum": _maximum,
    "minimum": _minimum,
    "logaddexp": _of_tensors(torch.logaddexp),
    "logsumexp": lambda x: torch.logsumexp(x, -1),
    "stack": _stack,
    "gather": _gather,
    "pick": _pick,
}


class Program:
    """A function from input tensors to output tensors.

    Parameters
    ----------
    outputs : sequence of Node
    inputs : sequence of Node
        Those that are given, in the order in which they are.
    """

    def __init__(self, outputs: Sequence[Node], inputs: Sequence[Node]) -> None:
        steps = [node for node in ordered(outputs) if node.name != "input"]
        slot = {id(node): k for k, node in enumerate([*inputs, *steps])}
        needed = {id(node) for node in outputs}
        self.outputs = [slot[id(node)] for node in outputs]
        #: Which inputs are needed at all.
        self.reads = {
            node.args[0] for node in inputs if any(node is a for s in steps for a in s.args)
        } | {node.args[0] for node in outputs if node.name == "input"}
        last = {id(a): k for k, node in enumerate(steps) for a in node.args if isinstance(a, Node)}
        #: The place of the matrix of all heads, if there is one.
        self.stacked = [k for k, node in enumerate(steps) if node.name == "stack"]
        self.steps: list[tuple[Any, tuple[tuple[bool, Any], ...], tuple[int, ...]]] = []
        for k, node in enumerate(steps):
            function = _FUNCTIONS.get(node.name)
            if function is None:
                function = attrgetter(node.name)(torch)
            args = tuple(
                (True, slot[id(a)]) if isinstance(a, Node) else (False, a) for a in node.args
            )
            if node.name == "where" and is_number(node.args[1]) and is_number(node.args[2]):
                function, args = _where_numbers, (*args, (True, 0))
            over = {a for a in node.args if isinstance(a, Node) and last[id(a)] == k}
            over = {a for a in over if a.name != "input"}
            free = tuple(slot[id(a)] for a in over if id(a) not in needed)
            self.steps.append((function, args, free))

    def __call__(self, inputs: Sequence[Any], matrix: Any = None) -> list[Any]:
        """The outputs; ``matrix`` takes the place of heads that a step would stack."""
        values = list(inputs)
        for k, (function, args, free) in enumerate(self.steps):
            if matrix is not None and k in self.stacked:
                values.append(matrix)
            else:
                values.append(function(*[values[a] if at else a for at, a in args]))
            for slot in free:
                values[slot] = None
        return [values[slot] for slot in self.outputs]


#: Steps after which a head is still as far from overflow as it was.
_TAME = {
    "add", "sub", "scale", "mul", "square", "abs", LOG_EXPIT, "stack", "logsumexp", "gather",
}  # fmt: skip


def tame(head: Node, terms: Terms) -> bool:
    """Whether no step can overflow or divide by zero, however far out the head is."""
    raw = {id(head)}
    for node in ordered(list(terms.parts)):
        touched = [a for a in node.args if isinstance(a, Node) and id(a) in raw]
        if not touched:
            continue
        linear = node.name != "mul" or sum(a.depends for a in node.args) == 1
        if node.name in _TAME and linear:
            raw.add(id(node))
        elif node.name != "exp" or not _only_a_term(node, terms):
            return False
    return True


def _only_a_term(node: Node, terms: Terms) -> bool:
    return node in terms.parts and not any(
        node is a for other in ordered(list(terms.parts)) for a in other.args
    )


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
