"""How a formula's calls find their reader: one mechanism, whatever the arguments are.

A call on arrays is NumPy's, on jets it carries derivatives, on tensors and symbols it is their
library's; and on a `Recorder` it is not computed but written down. `Op` looks at its arguments
when it is called by its own name, `Recorder` is asked when NumPy is called instead.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from operator import attrgetter
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, chain
from mostlikely.calculus.rules import RULES, TOGETHER, Rule

__all__ = ["OPS", "Op", "Recorder", "unary", "where"]

#: The vocabulary by its NumPy functions; each `Op` enters itself.
OPS: dict[Any, Op] = {}


class Recorder:
    """An argument on which a formula is called to be written down, not computed.

    ``loss.graph`` writes it down for libraries that train and for the page, ``derivation.recorder``
    for SymPy. Each says what it makes of a function; which function is meant is found here.
    """

    __slots__ = ()

    def record(self, op: Op, args: tuple[Any, ...]) -> Any:
        """The function ``op`` of the vocabulary of ``args``, of which this is one."""
        raise NotImplementedError

    def call(self, function: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """NumPy's or SciPy's function outside the vocabulary; TypeError if it has no reader."""
        raise NotImplementedError

    def choose(self, condition: Any, a: Any, b: Any) -> Any:
        """``a`` where the condition holds, else ``b``: arguments of which this is one."""
        raise NotImplementedError

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return NotImplemented
        return self.record(OPS[ufunc], inputs) if ufunc in OPS else self.call(ufunc, inputs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func is not np.where or kwargs:
            return self.call(func, args)
        return self.choose(*args)

    def __bool__(self) -> bool:
        raise TypeError("it asks 'if' of its arguments; write that with numpy.where or ops.where.")


class Op:
    """One function of the vocabulary.

    Parameters
    ----------
    name : str
        How it is called in log-densities and in the docs.
    numpy : callable
        The value on arrays; a ufunc wherever there is one.
    rule : Rule
        Its first and second partial derivatives, see `jet.Rule`.
    torch, sympy : str or callable, optional
        The dotted name of the same function there, or a function of (library, *arguments).
    together : callable, optional
        Value and partials at once, where they share work, see `jet.TOGETHER`.
    """

    def __init__(
        self,
        name: str,
        numpy: Callable[..., Any],
        rule: Rule,
        torch: str | Callable[..., Any] | None = None,
        sympy: str | Callable[..., Any] | None = None,
        together: Callable[..., Any] | None = None,
    ) -> None:
        self.name = self.__name__ = name
        self.numpy = numpy
        self.rule = rule
        self.readers = {"torch": torch, "sympy": sympy}
        RULES[numpy] = rule
        if together is not None:
            TOGETHER[numpy] = together
        OPS[numpy] = self

    def __repr__(self) -> str:
        return f"ops.{self.name}"

    def __call__(self, *args: Any) -> Any:
        """The function of ``args``, read by whatever library they belong to."""
        for a in args:
            if isinstance(a, Jet):
                return chain(self.numpy, self.rule, args)
            if isinstance(a, Recorder):
                return a.record(self, args)
            library = type(a).__module__.partition(".")[0]
            if library in self.readers:
                return self._elsewhere(library, args)
        return self.numpy(*args)

    def _elsewhere(self, library: str, args: tuple[Any, ...]) -> Any:
        function = self.readers[library]
        if function is None:
            raise TypeError(f"{self.name} cannot be read by {library} yet.")
        module = importlib.import_module(library)
        if callable(function):
            return function(module, *args)
        if library == "torch":
            like = next(a for a in args if isinstance(a, module.Tensor))
            args = tuple(
                a if isinstance(a, module.Tensor) else module.as_tensor(a, dtype=like.dtype)
                for a in args
            )
        return attrgetter(function)(module)(*args)


def unary(derivatives: Callable[[Any, Any], tuple[Any, Any]]) -> Rule:
    """The rule of a function of one argument from ``(x, f(x)) -> (f'(x), f''(x))``."""

    def rule(value: Any, args: Any, needs: Any) -> Any:
        first, second = derivatives(args[0], value)
        return (first,), (second,)

    return rule


def where(condition: Any, a: Any, b: Any) -> Any:
    """``a`` where ``condition`` holds and ``b`` elsewhere, for any reader."""
    for x in (condition, a, b):
        if isinstance(x, Recorder):
            return x.choose(condition, a, b)
        library = type(x).__module__.partition(".")[0]
        if library == "torch":
            torch = importlib.import_module("torch")
            return torch.where(torch.as_tensor(condition), a, b)
        if library == "sympy":
            sympy = importlib.import_module("sympy")
            return sympy.Piecewise((a, condition), (b, True))
    return np.where(condition, a, b)
