"""A formula written down: log-density lines, read once, as the steps that a tensor library takes.

A family's ``log_prob`` is called on `Node` objects, which note what is done to them instead of
doing it. What is noted is then known in advance, and shortened: the logarithm of what a link made
by ``exp`` is the head itself, one minus a probability is the probability at the head's negative,
equal steps are taken once, and terms that no parameter enters stand apart. Nothing here knows a
density, and nothing here imports PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, log
from typing import Any

import numpy as np

from mostlikely.calculus.ops import OPS, Op, Recorder
from mostlikely.errors import ModelError

__all__ = ["Graph", "Node"]

LOG_EXPIT = "nn.functional.logsigmoid"


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
        self.depends = any(isinstance(a, Node) and a.depends for a in args)
        self.log: Node | None = None
        self.rest: Node | None = None

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(map(repr, self.args))})"

    def record(self, op: Op, args: tuple[Any, ...]) -> Any:
        """The function of the vocabulary, by its PyTorch reader."""
        if self.graph.few and op.name == "poisson_deviance":
            # the plain difference has the digits of small counts, see `calculus.counting`
            y, mean = args
            own, share = (self.graph.call("special.xlogy", (y, x)) for x in (y, mean))
            return own - share + (mean - y)
        reader = op.elsewhere["torch"]
        if reader is None:
            raise TypeError(f"{op.name} cannot be read by torch yet.")
        if isinstance(reader, str):
            return self.graph.call(reader, args)
        return reader(Names(self.graph), *args)

    def choose(self, condition: Any, a: Any, b: Any) -> Any:
        """``a`` where the condition holds, else ``b``."""
        return self.graph.call("where", (condition, a, b))

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return NotImplemented
        if ufunc in _OPERATORS:
            return _OPERATORS[ufunc](*(_plain(x) for x in inputs))
        if ufunc not in OPS:
            raise TypeError(f"numpy.{ufunc.__name__} cannot be read by torch yet.")
        return self.record(OPS[ufunc], inputs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func is not np.where:
            raise TypeError(f"numpy.{func.__name__} cannot be read by torch yet.")
        return self.choose(*args)

    def __neg__(self) -> Any:
        return _scale(-1.0, self)

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
        return _mul(self, other)

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

    def __bool__(self) -> bool:
        raise TypeError(
            "a formula that PyTorch is to read cannot ask 'if' of its arguments; use ops.where."
        )

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
        shorter = _SHORTER.get(name)
        found = None if shorter is None else shorter(self, *args)
        return self.make(name, *args) if found is None else found


class Names:
    """Stands for the module ``torch`` while a reader is read: its functions are steps."""

    Tensor = Node

    def __init__(self, graph: Graph, path: str = "") -> None:
        self._graph, self._path = graph, path

    def __getattr__(self, name: str) -> Names:
        return Names(self._graph, f"{self._path}{name}.")

    def __call__(self, *args: Any) -> Any:
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
        raise TypeError("a formula that PyTorch is to read cannot hold arrays of numbers.")
    return float(x) if is_number(x) else x


def _factor(x: Any) -> tuple[float, Any]:
    """The number and the step of which x is the product."""
    if isinstance(x, Node) and x.name == "scale":
        return x.args
    return 1.0, x


def _scale(c: float, x: Any) -> Any:
    inner, step = _factor(x)
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
            rest = b.rest if b.rest is not None else _left_by(b)
            if rest is not None:
                return rest
    if b.name == "scale" and b.args[0] == -1.0:
        return _add(a, b.args[1])
    return b.graph.make("sub", a, b)


def _mul(a: Any, b: Any) -> Any:
    a, b = _plain(a), _plain(b)
    if is_number(a):
        return _scale(a, b) if a != 0.0 else 0.0
    if is_number(b):
        return _scale(b, a) if b != 0.0 else 0.0
    (c, x), (d, y) = _factor(a), _factor(b)
    if x is y:
        out = x.graph.make("square", x)
    else:
        out = x.graph.make("mul", x, y)
    if x.log is not None and y.log is not None and out.log is None:
        out.log = x.log + y.log
    return _scale(c * d, out)


def _div(a: Any, b: Any) -> Any:
    a, b = _plain(a), _plain(b)
    if is_number(b):
        return _scale(1.0 / b, a)
    (c, x), (d, y) = _factor(a), _factor(b)
    graph: Graph = y.graph
    if x is y:
        return c / d
    if y.name == "exp":  # a product has the shorter derivative
        return _scale(c / d, _mul(x, graph.call("exp", (-y.args[0],))))
    if is_number(x):
        return _scale(c * x / d, graph.make("reciprocal", y))
    out = graph.make("div", x, y)
    if x.log is not None and y.log is not None and out.log is None:
        out.log = x.log - y.log
    return _scale(c / d, out)


def _pow(a: Any, b: Any) -> Any:
    if is_number(b):
        if b in (0, 1, 2):
            return (1.0, a, _mul(a, a))[int(b)]
        if a.name == "exp":
            return a.graph.call("exp", (float(b) * a.args[0],))
    return a.graph.call("pow", (a, b))


_OPERATORS: dict[Any, Callable[..., Any]] = {
    np.add: _add,
    np.subtract: _sub,
    np.multiply: _mul,
    np.divide: _div,
    np.power: lambda a, b: a**b,
    np.negative: lambda a: -a,
    np.positive: lambda a: a,
    np.square: lambda a: _mul(a, a),
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
}


# What is shorter where a link's memory helps.


def _log(graph: Graph, x: Any) -> Any:
    return x.log


def _exp(graph: Graph, x: Any) -> Node:
    out = graph.make("exp", x)
    out.log = x
    return out


def _expit(graph: Graph, x: Any) -> Node:
    p, q = graph.make("special.expit", x), graph.make("special.expit", -x)
    if p.log is None:
        p.log = graph.make(LOG_EXPIT, x)
        q.log = p.log - x  # log(1/(1 + exp(x))): one logarithm serves both
        p.rest, q.rest = q, p
    return p


def _ndtr(graph: Graph, x: Any) -> Node:
    p, q = graph.make("special.ndtr", x), graph.make("special.ndtr", -x)
    p.log, q.log = graph.make("special.log_ndtr", x), graph.make("special.log_ndtr", -x)
    p.rest, q.rest = q, p
    return p


def _rest_of_negative(x: Any) -> Node | None:
    """1 + x, where x is minus a probability that knows it."""
    c, p = _factor(x)
    return p.rest if c == -1.0 and isinstance(p, Node) else None


def _log1p(graph: Graph, x: Any) -> Any:
    rest = _rest_of_negative(x)
    return None if rest is None else graph.call("log", (rest,))


def _xlogy(graph: Graph, a: Any, x: Any) -> Any:
    if not isinstance(x, Node) or x.log is None:
        return None
    if x.log.name == "sub":
        left, right = x.log.args
        return _mul(a, left) - _mul(a, right)
    return _mul(a, x.log)


def _xlog1py(graph: Graph, a: Any, x: Any) -> Any:
    rest = _rest_of_negative(x)
    return None if rest is None else graph.call("special.xlogy", (a, rest))


def _abs(graph: Graph, x: Any) -> Any:
    c, step = _factor(x)
    return None if c == 1.0 else _scale(abs(c), graph.make("abs", step))


def _log_add_exp(graph: Graph, a: Any, b: Any) -> Any:
    """The sum over labels, of which the first head is zero, is one step."""
    if is_number(a) and a == 0.0 and b.name == "input":
        return graph.make("logsumexp", graph.make("stack", a, b))
    if isinstance(a, Node) and a.name == "logsumexp":
        return graph.make("logsumexp", graph.make("stack", *a.args[0].args, b))
    return None


def _where(graph: Graph, condition: Any, a: Any, b: Any) -> Any:
    """A ladder of ``y < k - 0.5`` is one choice by the place y among labels."""
    if condition is True or condition is False:
        return a if condition else b
    if isinstance(condition, Node) and condition.name == "lt":
        y, edge = condition.args
        place = edge + 0.5 if is_number(edge) else 0.0
        whole = place >= 1.0 and place == round(place)
        if whole and isinstance(y, Node) and y.name == "input" and not y.depends:
            if isinstance(a, Node) and a.name == "pick" and len(a.args) == 1 + place:
                return graph.make("pick", *a.args, b)
            if place == 1.0:
                return graph.make("pick", y, a, b)
    return None


_SHORTER: dict[str, Callable[..., Any]] = {
    "log": _log,
    "exp": _exp,
    "log1p": _log1p,
    "abs": _abs,
    "special.expit": _expit,
    "special.ndtr": _ndtr,
    "special.xlogy": _xlogy,
    "special.xlog1py": _xlog1py,
    "logaddexp": _log_add_exp,
    "where": _where,
}


def _left_by(total: Node) -> Node | None:
    """1 - Σ share exp(ηₖ - log Σ exp(η)), where one of the η is a zero: share exp(-log Σ exp(η))."""
    known, parts, open_ = 0.0, [], [total]
    while open_:
        x = open_.pop()
        if is_number(x):
            known += x  # type: ignore[operator]  # a number, as was asked
        elif x.name == "add":
            open_.extend(x.args)
        else:
            parts.append(_factor(x))
    if any(p.name != "exp" or not isinstance(p.log, Node) or p.log.name != "sub" for _, p in parts):
        return None
    shares, wholes = {c for c, _ in parts}, {p.log.args[1] for _, p in parts}
    if len(shares) != 1 or len(wholes) != 1:
        return None
    (share,), (whole,) = shares, wholes
    if not isinstance(whole, Node) or whole.name != "logsumexp":
        return None
    terms = whole.args[0].args
    heads = {p.log.args[0] for _, p in parts}
    if abs(known + share - 1.0) > 1e-15 or {t for t in terms if isinstance(t, Node)} != heads:
        return None
    if len(terms) != 1 + len(heads) or 0.0 not in [t for t in terms if is_number(t)]:
        return None
    return _scale(share, total.graph.call("exp", (-whole,)))


# The sum that a log-density is.


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
            total = _scale(c, part) if total is None else total + _scale(c, part)
        return self.number if total is None else total + self.number


def unread(family: str, reason: str) -> ModelError:
    """What to say where a formula cannot be read."""
    return ModelError(f"PyTorch cannot read the log-density of {family}: {reason}")
