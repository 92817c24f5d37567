"""A log-density as the sum that it is: terms with and without parameters, and a number."""

from __future__ import annotations

from math import inf
from typing import Any

from mostlikely.loss import shorten  # noqa: F401  # it fills SHORTER
from mostlikely.loss.graph import Node, is_number, scaled

__all__ = ["Terms"]


class Terms:
    """A formula as a sum: a number, and steps each with its own factor.

    Parameters
    ----------
    formula : Node or number
    sign : float
        What to multiply it by.
    """

    def __init__(self, formula: Any, sign: float = 1.0) -> None:
        self.number = 0.0
        self.parts: dict[Node, float] = {}
        self._take(formula, sign)
        self._gather()

    def _take(self, x: Any, c: float) -> None:
        if is_number(x):
            self.number += c * x
        elif x.name == "scale":
            self._take(x.args[1], c * x.args[0])
        elif x.name in ("add", "sub"):
            self._take(x.args[0], c)
            self._take(x.args[1], c if x.name == "add" else -c)
        elif x.name == "where" and is_number(x.args[2]) and x.args[2] == -inf:
            self._outside(x, c)
        elif x.name == "pick" and len(x.args) == 1 + x.graph.levels:
            self._common(x, c)
        else:
            self.parts[x] = self.parts.get(x, 0.0) + c

    def _outside(self, x: Node, c: float) -> None:
        """Terms without parameters may leave a condition whose other branch is impossible."""
        inside = Terms(x.args[1])
        free = {p: f for p, f in inside.parts.items() if not p.depends}
        inside.parts = {p: f for p, f in inside.parts.items() if p.depends}
        for part, factor in free.items():
            self._take(part, c * factor)
        kept = x.graph.make("where", x.args[0], inside.sum(), -inf)
        self.parts[kept] = self.parts.get(kept, 0.0) + c

    def _common(self, x: Node, c: float) -> None:
        """Terms that all choices share may leave the choice."""
        y, *choices = x.args
        split = [Terms(choice) for choice in choices]
        for part, factor in list(split[0].parts.items()):
            if all(s.parts.get(part) == factor for s in split):
                for s in split:
                    del s.parts[part]
                self._take(part, c * factor)
        stack = x.graph.make("stack", *(s.sum() for s in split))
        kept = x.graph.make("gather", y, stack)
        self.parts[kept] = self.parts.get(kept, 0.0) + c

    def _gather(self) -> None:
        """A step of the parameters whose factors without them add to a number stands alone."""
        by_step: dict[Node, list[tuple[Node, Node, float]]] = {}
        for part, c in self.parts.items():
            if part.name == "mul" and part.args[0].depends != part.args[1].depends:
                step, other = sorted(part.args, key=lambda a: not a.depends)
                by_step.setdefault(step, []).append((part, other, c))
        for step, found in by_step.items():
            if len(found) < 2:
                continue
            whole = Terms(0.0)
            for _, other, c in found:
                whole._take(other, c)
            whole.parts = {p: c for p, c in whole.parts.items() if c}
            if not whole.parts:
                for part, _, _ in found:
                    del self.parts[part]
                self.parts[step] = self.parts.get(step, 0.0) + whole.number
        self.parts = {p: c for p, c in self.parts.items() if c}

    def sum(self) -> Any:
        """The whole sum as one step, or a number if there are no parts."""
        total: Any = None
        for part, c in sorted(self.parts.items(), key=lambda item: item[1] < 0.0):
            total = scaled(c, part) if total is None else total + scaled(c, part)
        return self.number if total is None else total + self.number
