"""A likelihood of one's own: a plain function of rows and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Self

from mostlikely.calculus.domain import real
from mostlikely.errors import ModelError
from mostlikely.family.base import Family, Param
from mostlikely.family.predictor import nonlinear, restored

__all__ = ["CustomLikelihood"]


class CustomLikelihood(Family):
    """What a function says of each row: its log-density at parameters of any name.

    Parameters
    ----------
    function : callable
        ``function(d, a, b, ...)`` gives one log-density per row; ``d["column"]`` is an array. It
        is written in NumPy and `scipy.special` calls, and its derivatives are exact.
    start : mapping of str to float
        Each parameter, and where to begin.
    """

    log_density = Param(real, "log-density of each row", link="identity")
    support = real
    own = True

    def __init__(self, function: Callable[..., Any], start: Mapping[str, float] | None) -> None:
        if not start:
            raise ModelError(
                "a function as a model needs start={...}, a value for each of its parameters: "
                'ml.fit(f, df, start={"a": 1.0, "b": 0.2}).'
            )
        super().__init__(log_density=nonlinear(function, start))
        called = str(getattr(function, "__name__", "<none>"))
        self.called = "function" if called.startswith("<") else called

    @property
    def name(self) -> str:
        """The function's own, if it has one."""
        return self.called

    def __repr__(self) -> str:
        return f"{self.name}({', '.join(self.predictors['log_density'].start)})"

    @classmethod
    def restore(cls, description: Mapping[str, Any]) -> Self:
        """The names of its parameters; the function itself is not saved."""
        family = object.__new__(cls)
        family.fixed = {}
        family.predictors = {k: restored(p) for k, p in description["predictors"].items()}
        return family

    def log_prob(y: Any, log_density: Any) -> Any:
        """The function's own."""
        return log_density
