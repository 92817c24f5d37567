"""A family's formulas as plain lists of steps, which the page runs without knowing a density.

The one ``log_prob`` is written down by the recorder of the losses, and sent as JSON. The page has
elementary functions and log Γ, and no statistics of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf, isfinite
from typing import Any

import numpy as np

from mostlikely.calculus import ops
from mostlikely.calculus.special import log1mexp
from mostlikely.errors import ModelError, nearest
from mostlikely.family import as_family
from mostlikely.family import family as family_of
from mostlikely.family.base import Family
from mostlikely.loss import shorten  # noqa: F401  # it fills SHORTER
from mostlikely.loss.graph import LOG_EXPIT, Graph, Node, is_number, ordered

__all__ = ["program"]

Json = dict[str, Any]

#: What is called otherwise in the library's vocabulary than in PyTorch's.
_CALLED = {LOG_EXPIT: "log_expit"}


def program(model: Any, what: str = "log_prob") -> Json:
    """One formula of a family as JSON: inputs, steps, and which of them is the answer.

    Parameters
    ----------
    model : Family, type or str
        Parameters bound to numbers are numbers in the program; all others are its inputs, the
        number of trials among them, in the order of their declaration.
    what : {"log_prob", "log_cdf", "log_sf", "cdf", "quantile", "moments"}
        log_prob, log_cdf, log_sf and cdf take y first and hold for every y, as the methods of
        `Distribution` do; quantile takes q first; moments are the mean and the variance.

    Returns
    -------
    dict
        ``{"inputs": [name, ...], "steps": [[op, argument, ...], ...], "out": argument}``. An
        argument is the name of an input, the place of an earlier step, or ``{"c": number}``,
        where the number may be "Infinity", "-Infinity" or "NaN". ``out`` of moments is a list of
        two arguments.

    Raises
    ------
    ModelError
        Where the formula cannot be written down, or the family does not declare it.

    Examples
    --------
    >>> import mostlikely as ml
    >>> program(ml.Exponential, "moments")
    {'inputs': ['mean'], 'steps': [['mul', 'mean', 'mean']], 'out': ['mean', 0]}
    >>> program(ml.Normal(), "log_prob")["inputs"]
    ['y', 'mu', 'sigma']
    """
    if what not in _FORMULAS:
        raise ModelError(f"there is no formula {what!r}; {nearest(what, _FORMULAS)}")
    family = _family(model)
    first, formula = _FORMULAS[what]
    graph = Graph()
    names = [k for k in family.parameters if k not in family.fixed]
    inputs = {k: graph.input(k, True) for k in [*first, *names]}
    values = [inputs[k] for k in first]
    try:
        answer = formula(family, *values, *family.arguments({k: inputs[k] for k in names}))
    except TypeError as error:
        raise ModelError(f"the {what} of {family} cannot be sent to the page: {error}") from None
    several = isinstance(answer, tuple)
    steps, outs = _written(answer if several else [answer])
    return {"inputs": list(inputs), "steps": steps, "out": outs if several else outs[0]}


def _family(model: Any) -> Family:
    """The family, with what has to be known left open where it is named without a value."""
    if isinstance(model, str):
        model = family_of(model)
    if isinstance(model, type) and issubclass(model, Family):
        model = model(**{k: k for k, p in model.parameters.items() if p.known})
    family = as_family(model)
    if family.own or family.members:
        raise ModelError(f"{family!r} has no density of one y; name the family itself.")
    return family


# What a formula is outside the support is settled as `Distribution` does.


def _log_prob(family: Family, y: Any, *values: Any) -> Any:
    inside = family.support.contains(y)
    if family.possible is not None:
        of = zip(family.parameters.items(), values, strict=True)
        inside = inside & family.possible(y, **{k: v for (k, p), v in of if p.known})
    nowhere = ops.where(y == y, -inf, y)  # NaN stays
    return ops.where(inside, family.log_prob(y, *values), nowhere)


def _tail(lower: bool) -> Callable[..., Any]:
    def log_tail(family: Family, y: Any, *values: Any) -> Any:
        wanted, other = (family.log_cdf, family.log_sf)[:: 1 if lower else -1]
        low, high = family.support.low, family.support.high
        if family.ends is not None:
            low, high = family.ends(*values)
        if family.support.discrete:
            y = np.floor(y)
        if wanted is not None:
            inside = wanted(y, *values)
        elif other is not None:
            inside = log1mexp(-other(y, *values))
        else:
            raise TypeError("it is not declared, and integrated where it is asked for.")
        before, after = (-inf, 0.0) if lower else (0.0, -inf)
        under = y < low if family.support.discrete else y <= low
        return ops.where(under, before, ops.where(y >= high, after, inside))

    return log_tail


def _declared(name: str) -> Callable[..., Any]:
    def formula(family: Family, *arguments: Any) -> Any:
        declared = getattr(family, name)
        if declared is None:
            raise TypeError("it is not declared, and found by the server where it is asked for.")
        return declared(*arguments)

    return formula


#: What comes before the parameters, and the formula, a function of the family and of these.
_FORMULAS: dict[str, tuple[tuple[str, ...], Callable[..., Any]]] = {
    "log_prob": (("y",), _log_prob),
    "log_cdf": (("y",), _tail(lower=True)),
    "log_sf": (("y",), _tail(lower=False)),
    "cdf": (("y",), lambda *arguments: ops.exp(_tail(lower=True)(*arguments))),
    "quantile": (("q",), _declared("quantile")),
    "moments": ((), _declared("moments")),
}


def _written(answers: Sequence[Any]) -> tuple[list[list[Any]], list[Any]]:
    """The steps that lead to the answers, and where each answer stands."""
    steps: list[list[Any]] = []
    place: dict[Node, Any] = {}

    def said(x: Any) -> Any:
        if not is_number(x):
            return place[x]
        return {"c": float(x) if isfinite(x) else str(float(x)).replace("inf", "Infinity")}

    for node in ordered([a for a in answers if isinstance(a, Node)]):
        if node.name == "input":
            place[node] = node.args[0]
        else:
            op, *args = _plain(node)
            place[node] = len(steps)
            steps.append([op, *map(said, args)])
    return steps, [said(a) for a in answers]


def _plain(node: Node) -> tuple[Any, ...]:
    """The step in the library's vocabulary and plain arithmetic."""
    name, args = node.name, node.args
    if name == "scale":
        return ("neg", args[1]) if args[0] == -1.0 else ("mul", *args)
    if name == "square":
        return ("mul", args[0], args[0])
    if name == "reciprocal":
        return ("div", 1.0, args[0])
    return (_CALLED.get(name, name.removeprefix("special.")), *args)
