"""A formula written down: log-density lines, read once, as the steps that a tensor library takes.

A family's ``log_prob`` is called on `Node` objects, which note what is done to them instead of
doing it. What is noted is then known in advance, and shortened: the logarithm of what a link made
by ``exp`` is the head itself, one minus a probability is the probability at the head's negative,
equal steps are taken once, and terms that no parameter enters stand apart. Nothing here knows a
density, and nothing here imports PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, log, nan
from typing import Any

import numpy as np
from scipy import special as sc

from mostlikely.calculus.dispatch import OPS, Op, Recorder
from mostlikely.calculus.special import lbeta

__all__ = [
    "LOG_EXPIT",
    "SHORTER",
    "Graph",
    "Names",
    "Node",
    "factor",
    "is_number",
    "ordered",
    "product",
    "scaled",
]

LOG_EXPIT = "nn.functional.logsigmoid"
#: By the name of a function: (graph, *arguments) → something shorter that is equal to it, or None.
#: Filled by `shorten`.
SHORTER: dict[str, Callable[..., Any]] = {}


def is_number(x: Any) -> bool:
    """Whether it is a plain number, known while the formula is read."""
    return isinstance(x, int | float | np.number | np.bool_) or (
        isinstance(x, np.ndarray) and x.ndim == 0
    )


class Node(Recorder):
    """One step: a function of earlier steps and of numbers.

    Parameters
    ----------
    graph : Graph
    name : str
        The function's name in PyTorch, or that of an operator.
    args : tuple of Node or number

    A step that a link made knows its logarithm, ``log``, and what it leaves of one, ``rest``.
    """

    __slots__ = ("args", "depends", "graph", "log", "name", "rest")
    __hash__ = object.__hash__

    def __init__(self, graph: Graph, name: str, args: tuple[Any, ...]) -> None:
        self.graph, self.name, self.args = graph, name, args
        #: Whether a parameter enters.
        self.depends: bool = any(isinstance(a, Node) and a.depends for a in args)
        self.log: Node | None = None
        self.rest: Node | None = None

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.args))})"

    def record(self, op: Op, args: tuple[Any, ...]) -> Any:
        """The function of the vocabulary, by its PyTorch reader."""
        if op.name == "poisson_deviance" and isinstance(args[1], Node) and args[1].log is not None:
            return self.graph.call("poisson_deviance", args)
        reader = op.readers["torch"]
        if reader is None:
            raise TypeError(f"{op.name} cannot be written down yet.")
        if isinstance(reader, str):
            return self.graph.call(reader, args)
        return reader(Names(self.graph), *args)

    def call(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """An operator, or another of NumPy's and SciPy's functions."""
        if function not in _OPERATORS:
            raise TypeError(f"{function.__name__} cannot be written down yet.")
        return _OPERATORS[function](*map(_plain, args))

    def choose(self, condition: Any, a: Any, b: Any) -> Any:
        """``a`` where the condition holds, else ``b``."""
        return self.graph.call("where", (condition, a, b))

    def __neg__(self) -> Any:
        return scaled(-1.0, self)

    def __pos__(self) -> Node:
        return self

    def __abs__(self) -> Any:
        return self.graph.call("abs", (self,))

    def __add__(self, other: Any) -> Any:
        return _add(self, other)

    def __radd__(self, other: Any) -> Any:
        return _add(other, self)

    def __sub__(self, other: Any) -> Any:
        return _sub(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _sub(other, self)

    def __mul__(self, other: Any) -> Any:
        return product(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return _div(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _div(other, self)

    def __pow__(self, other: Any) -> Any:
        return _pow(self, other)

    def __rpow__(self, other: Any) -> Any:
        return self.graph.call("pow", (other, self))

    def __lt__(self, other: Any) -> Any:
        return self.graph.make("lt", self, other)

    def __le__(self, other: Any) -> Any:
        return self.graph.make("le", self, other)

    def __gt__(self, other: Any) -> Any:
        return self.graph.make("gt", self, other)

    def __ge__(self, other: Any) -> Any:
        return self.graph.make("ge", self, other)

    def __eq__(self, other: Any) -> Any:
        return self.graph.make("eq", self, other)

    def __ne__(self, other: Any) -> Any:
        return self.graph.make("ne", self, other)

    def __and__(self, other: Any) -> Any:
        return self.graph.make("and", self, other)

    __rand__ = __and__

    def __or__(self, other: Any) -> Any:
        return self.graph.make("or", self, other)

    __ror__ = __or__

    def __invert__(self) -> Any:
        return self.graph.make("invert", self)

    def to(self, like: Any) -> Node:
        """Itself: types are settled when tensors come."""
        return self


class Graph:
    """The steps of one formula, each kept once.

    Parameters
    ----------
    few : bool
        Whether all counts are so small that differences of their terms keep their digits.
    levels : int
        How many labels there are, if the target is the place of one.
    """

    def __init__(self, few: bool = False, levels: int = 0) -> None:
        self.few, self.levels = few, levels
        self.steps: dict[Any, Node] = {}

    def input(self, name: str, depends: bool) -> Node:
        """A tensor that is given: the target, a head."""
        node = self.make("input", name)
        node.depends = depends
        return node

    def make(self, name: str, *args: Any) -> Node:
        """The step of that name and arguments, new or as it was made before."""
        args = tuple(a if isinstance(a, Node | str | bool) else float(a) for a in args)
        key = (name, *(id(a) if isinstance(a, Node) else repr(a) for a in args))
        if key not in self.steps:
            self.steps[key] = Node(self, name, args)
        return self.steps[key]

    def call(self, name: str, args: Sequence[Any]) -> Any:
        """The function of PyTorch's of that name, or something shorter that is equal to it."""
        shorter = SHORTER.get(name)
        found = None if shorter is None else shorter(self, *args)
        return self.make(name, *args) if found is None else found


def ordered(outputs: Sequence[Node]) -> list[Node]:
    """All steps that lead to the outputs, each after those that it needs."""
    order: list[Node] = []
    done: set[int] = set()
    open_ = [(node, False) for node in reversed(outputs)]
    while open_:
        node, ready = open_.pop()
        if ready:
            order.append(node)
        elif id(node) not in done:
            done.add(id(node))
            open_.append((node, True))
            open_.extend((a, False) for a in reversed(node.args) if isinstance(a, Node))
    return order


class Names:
    """Stands for the module ``torch`` while a reader is read: its functions are steps."""

    Tensor = Node

    def __init__(self, graph: Graph, path: str = "") -> None:
        self._graph, self._path = graph, path

    def __getattr__(self, name: str) -> Names:
        return Names(self._graph, f"{self._path}{name}.")

    def __call__(self, *args: Any) -> Any:
        """The step that the function of this name makes."""
        name = self._path[:-1]
        if name == "as_tensor":
            return _Known(args[0])
        if name == "zeros_like":
            return 0.0
        return self._graph.call(name, args)


class _Known(float):
    """A number on its way to a tensor."""

    def to(self, like: Any) -> float:
        return float(self)


# Arithmetic. Numbers wander to the front of products, and ones and zeros vanish.


def _plain(x: Any) -> Any:
    if isinstance(x, np.ndarray) and x.ndim:
        raise TypeError("a formula that is to be written down cannot hold arrays of numbers.")
    return float(x) if is_number(x) else x


def factor(x: Any) -> tuple[float, Any]:
    """The number and the step of which x is the product."""
    if isinstance(x, Node) and x.name == "scale":
        return x.args
    return 1.0, x


def scaled(c: float, x: Any) -> Any:
    """The step x times a number."""
    inner, step = factor(x)
    c = c * inner
    if c == 1.0:
        return step
    out = step.graph.make("scale", c, step)
    if c > 0.0 and step.log is not None and out.log is None:
        out.log = step.log + log(c)
    return out


def _add(a: Any, b: Any) -> Any:
    a, b = _plain(a), _plain(b)
    for x, other in ((a, b), (b, a)):
        if is_number(x) and x == 0.0:
            return other
    if isinstance(b, Node) and b.name == "scale" and b.args[0] == -1.0:
        return _sub(a, b.args[1])
    if isinstance(a, Node) and a.name == "scale" and a.args[0] == -1.0:
        return _sub(b, a.args[1])
    return (a if isinstance(a, Node) else b).graph.make("add", a, b)


def _sub(a: Any, b: Any) -> Any:
    a, b = _plain(a), _plain(b)
    if is_number(b):
        return a if b == 0.0 else a.graph.make("sub", a, b)
    if a is b:
        return 0.0
    if is_number(a):
        if a == 0.0:
            return -b
        if a == 1.0:
            rest = b.rest if b.rest is not None else SHORTER["one_minus"](b.graph, b)
            if rest is not None:
                return rest
    if b.name == "scale" and b.args[0] == -1.0:
        return _add(a, b.args[1])
    return b.graph.make("sub", a, b)


def product(a: Any, b: Any) -> Any:
    """The product of two steps or numbers, numbers in front."""
    a, b = _plain(a), _plain(b)
    if is_number(a):
        return scaled(a, b) if a != 0.0 else 0.0
    if is_number(b):
        return scaled(b, a) if b != 0.0 else 0.0
    (c, x), (d, y) = factor(a), factor(b)
    out = x.graph.make("square", x) if x is y else x.graph.make("mul", x, y)
    if x.log is not None and y.log is not None and out.log is None:
        out.log = x.log + y.log
    return scaled(c * d, out)


def _div(a: Any, b: Any) -> Any:
    a, b = _plain(a), _plain(b)
    if is_number(b):
        return scaled(1.0 / b, a)
    (c, x), (d, y) = factor(a), factor(b)
    graph: Graph = y.graph
    if x is y:
        return c / d
    if y.name == "exp":  # a product has the shorter derivative
        return scaled(c / d, product(x, graph.call("exp", (-y.args[0],))))
    if is_number(x):
        return scaled(c * x / d, graph.make("reciprocal", y))
    out = graph.make("div", x, y)
    if x.log is not None and y.log is not None and out.log is None:
        out.log = x.log - y.log
    return scaled(c / d, out)


def _pow(a: Any, b: Any) -> Any:
    if is_number(b):
        if b in (0, 1, 2):
            return (1.0, a, product(a, a))[int(b)]
        if a.name == "exp":
            return a.graph.call("exp", (float(b) * a.args[0],))
    return a.graph.call("pow", (a, b))


def _step(name: str) -> Callable[..., Any]:
    return lambda x: x.graph.call(name, (x,))


_OPERATORS: dict[Any, Callable[..., Any]] = {
    np.add: _add,
    np.subtract: _sub,
    np.multiply: product,
    np.divide: _div,
    np.power: lambda a, b: a**b,
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.square: lambda a: product(a, a),
    np.less: lambda a, b: a < b,
    np.less_equal: lambda a, b: a <= b,
    np.greater: lambda a, b: a > b,
    np.greater_equal: lambda a, b: a >= b,
    np.equal: lambda a, b: a == b,
    np.not_equal: lambda a, b: a != b,
    np.logical_and: lambda a, b: a & b,
    np.logical_or: lambda a, b: a | b,
    np.bitwise_and: lambda a, b: a & b,
    np.bitwise_or: lambda a, b: a | b,
    np.logical_not: lambda a: ~a,
    np.invert: lambda a: ~a,
    np.reciprocal: lambda a: 1.0 / a,
    np.hypot: lambda a, b: OPS[np.sqrt](a * a + b * b),
    np.isfinite: lambda a: abs(a) < inf,
    np.rint: _step("round"),
    sc.erfc: _step("special.erfc"),
    sc.betaln: lbeta,
    sc.beta: lambda a, b: OPS[np.exp](lbeta(a, b)),
    sc.gamma: lambda a: OPS[np.exp](a.choose(a > 0.0, OPS[sc.gammaln](a), nan)),
    **{f: _step(f.__name__) for f in (np.floor, np.sign, np.tan, np.cosh, np.log2, np.log10)},
}
