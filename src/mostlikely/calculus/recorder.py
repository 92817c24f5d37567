"""What is not computed but written down: how NumPy's calls reach whoever reads the formula."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from mostlikely.calculus.ops import Op

__all__ = ["OPS", "Recorder"]

#: The vocabulary by its NumPy functions; `ops` fills it.
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
