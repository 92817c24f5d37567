"""A user's function of jets, its derivatives finite where they have a limit.

A dose of 0 in ``(x/c)**h`` or ``exp(h * (log(x) - log(c)))`` makes zero times infinity of the chain
rule: the curve does not move there, whatever its parameters are. So does the side of a maximum
that is not taken. Where that shows, the function is evaluated once more by an arithmetic of
derivatives in which a factor of zero wins.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.calculus.components import ZERO_WINS
from mostlikely.calculus.jet import Jet
from mostlikely.calculus.logsumexp import reading

__all__ = ["Settled"]


@dataclass(frozen=True)
class Settled:
    """A function of (rows, named numbers or jets), called as it is.

    Parameters
    ----------
    function : callable
    """

    function: Callable[..., Any]

    @property
    def __wrapped__(self) -> Callable[..., Any]:
        return self.function

    def __call__(self, data: Any, **coefficients: Any) -> Any:
        """What the function gives; derivatives that are not finite are looked at again."""
        function = reading(self.function)
        found = function(data, **coefficients)
        if not isinstance(found, Jet) or _finite(found):
            return found
        token = ZERO_WINS.set(True)
        try:
            return function(data, **coefficients)
        finally:
            ZERO_WINS.reset(token)


def _finite(jet: Jet) -> bool:
    parts = [part for part in (*jet.grad, *(jet.hess or ())) if part is not None]
    return all(bool(np.isfinite(np.sum(part))) for part in parts)
