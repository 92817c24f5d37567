"""The steps of a formula, taken in order by whatever library has the functions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any

from mostlikely.loss.graph import LOG_EXPIT, Node, is_number, ordered
from mostlikely.loss.terms import Terms

__all__ = ["OPERATORS", "Replay", "choice", "tame"]

#: By the names of `graph`: what the arrays of every library do by themselves.
OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "lt": operator.lt,
    "le": operator.le,
    "gt": operator.gt,
    "ge": operator.ge,
    "eq": operator.eq,
    "ne": operator.ne,
    "and": operator.and_,
    "or": operator.or_,
}


def choice(where: Callable[..., Any]) -> Callable[..., Any]:
    """The value at the place y among labels, by a library's ``where``."""

    def pick(y: Any, value: Any, *others: Any) -> Any:
        for place, other in enumerate(others, 1):
            value = where(y < place - 0.5, value, other)
        return value

    return pick


class Replay:
    """A function from input arrays to output arrays; a subclass says whose functions it takes.

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
            name = node.name
            args = tuple(
                (True, slot[id(a)]) if isinstance(a, Node) else (False, a) for a in node.args
            )
            if node.name == "where" and is_number(node.args[1]) and is_number(node.args[2]):
                name, args = "where_numbers", (*args, (True, 0))
            over = {a for a in node.args if isinstance(a, Node) and last[id(a)] == k}
            over = {a for a in over if a.name != "input"}
            free = tuple(slot[id(a)] for a in over if id(a) not in needed)
            self.steps.append((self.function(name), args, free))

    def function(self, name: str) -> Callable[..., Any]:
        """The library's function of that name, which is PyTorch's or an operator's."""
        raise NotImplementedError

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
