"""What is shorter, or keeps more digits, where a link's memory helps.

Each entry of `SHORTER` takes the arguments of a function and gives another step that is equal to
it, or None where there is nothing to gain.
"""

from __future__ import annotations

from math import inf
from typing import Any

from mostlikely.loss.graph import (
    LOG_EXPIT,
    SHORTER,
    Graph,
    Node,
    factor,
    is_number,
    product,
    scaled,
)

__all__: list[str] = []


def _poisson_deviance(graph: Graph, y: Any, mean: Node) -> Any:
    """y log(y/mean) - y + mean from log(mean)."""
    if graph.few:
        return graph.call("special.xlogy", (y, y)) - mean.log * y + (mean - y)
    # with d = log(mean/y) it is y (exp(d) - 1 - d), where what cancels is small: y d is of the
    # order of a standard deviation of y
    some = graph.make("gt", y, 0.0)
    d = mean.log - graph.make("log", graph.make("where", some, y, 1.0))
    return graph.make("where", some, y * (graph.make("expm1", d) - d), mean)


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
    c, p = factor(x)
    return p.rest if c == -1.0 and isinstance(p, Node) else None


def _log1p(graph: Graph, x: Any) -> Any:
    rest = _rest_of_negative(x)
    return None if rest is None else graph.call("log", (rest,))


def _xlogy(graph: Graph, a: Any, x: Any) -> Any:
    if not isinstance(x, Node) or x.log is None:
        return None
    if x.log.name == "sub":
        left, right = x.log.args
        return product(a, left) - product(a, right)
    return product(a, x.log)


def _xlog1py(graph: Graph, a: Any, x: Any) -> Any:
    rest = _rest_of_negative(x)
    return None if rest is None else graph.call("special.xlogy", (a, rest))


def _abs(graph: Graph, x: Any) -> Any:
    c, step = factor(x)
    return None if c == 1.0 else scaled(abs(c), graph.make("abs", step))


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
        whole = 1.0 <= place < inf and place == round(place)
        if whole and isinstance(y, Node) and y.name == "input" and not y.depends:
            if isinstance(a, Node) and a.name == "pick" and len(a.args) == 1 + place:
                return graph.make("pick", *a.args, b)
            if place == 1.0:
                return graph.make("pick", y, a, b)
    return None


def _left(graph: Graph, total: Node) -> Any:
    """1 - Σ share exp(ηₖ - whole), whole = log Σ exp(η), one η zero: share exp(-whole)."""
    known = 0.0
    parts: list[Any] = []
    open_: list[Any] = [total]
    while open_:
        x = open_.pop()
        if is_number(x):
            known += x
        elif x.name == "add":
            open_.extend(x.args)
        else:
            parts.append(factor(x))
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
    return scaled(share, graph.call("exp", (-whole,)))


SHORTER.update(
    {
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
        "poisson_deviance": _poisson_deviance,
        "one_minus": _left,
    }
)
