"""SciPy's ``logsumexp`` in a user's function of jets, where it is written as it is in SciPy.

It is a plain function of SciPy, which asks its arguments for nothing and makes arrays of them, so
that jets are not noticed. A function that calls it is therefore run with one in its place that
does, and gives everything else to SciPy.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from operator import is_
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
import scipy
from scipy import special

from mostlikely.calculus.components import Stacked
from mostlikely.calculus.jet import Jet
from mostlikely.calculus.ops import log, log_sum_exp

__all__ = ["reading"]


def reading(function: Callable[..., Any], within: frozenset[Any] = frozenset()) -> Any:
    """The function itself, or a copy that finds the `logsumexp` of jets where it looks for it.

    Functions that it calls are read so too, if they are of the same module or were made with it.

    Parameters
    ----------
    function : callable
    within : frozenset of functions
        Those that call it, which are in hand already.
    """
    if not isinstance(function, FunctionType) or function in within:
        return function
    code, names = function.__code__, function.__globals__
    looked_up, within = _names(code), within | {function}
    modules = (scipy, special) if "logsumexp" in looked_up else ()

    def in_place(value: Any, own: bool) -> Any:
        if value is special.logsumexp:
            return _logsumexp
        if any(value is module for module in modules):
            return _Module(value)
        return reading(value, within) if own else value

    given = {}
    for name in looked_up & names.keys():
        value = names[name]
        given[name] = in_place(value, getattr(value, "__globals__", None) is names)
    cells = []
    for cell in function.__closure__ or ():
        with suppress(ValueError):  # nothing is in it yet
            found = in_place(cell.cell_contents, True)
            cell = cell if found is cell.cell_contents else CellType(found)
        cells.append(cell)
    same = all(map(is_, cells, function.__closure__ or ()))
    if same and all(given[k] is names[k] for k in given):
        return function
    copy = FunctionType(
        function.__code__,
        {**names, **given},
        function.__name__,
        function.__defaults__,
        tuple(cells),
    )
    copy.__kwdefaults__ = function.__kwdefaults__
    return copy


def _names(code: CodeType) -> set[str]:
    """The names that a function and those inside it look up."""
    inner = [_names(const) for const in code.co_consts if isinstance(const, CodeType)]
    return set(code.co_names).union(code.co_freevars, *inner)


class _Module:
    """A module of SciPy's, but for one function."""

    def __init__(self, module: ModuleType) -> None:
        self.module = module

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.module, name)
        if found is special.logsumexp:
            return _logsumexp
        return _Module(found) if found is special else found


def _logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """As SciPy's, of jets one above the other, or side by side."""
    stacked = a if isinstance(a, Stacked) else Stacked(list(a) if np.iterable(a) else [a], 0)
    weights = [] if b is None else b.parts if isinstance(b, Stacked) else list(b)
    parts = [*stacked.parts, *(w for row in weights for w in (row if np.iterable(row) else [row]))]
    if not any(isinstance(part, Jet) for part in parts) and not isinstance(a, Jet | Stacked):
        return special.logsumexp(a, axis, b, keepdims, return_sign)
    rows = any(np.ndim(getattr(part, "value", part)) for part in stacked.parts)
    if isinstance(a, Jet) or keepdims or return_sign or (rows and axis not in stacked.axes):
        raise TypeError(
            "logsumexp of what depends on the parameters adds over a list of them, "
            "logsumexp([a, b], axis=0), and not over rows"
        )
    parts = list(stacked.parts)
    if weights:
        each = [w[0] if isinstance(w, list | tuple) and len(w) == 1 else w for w in weights]
        parts = [part + log(w) for part, w in zip(parts, each, strict=True)]
    return log_sum_exp(parts)
