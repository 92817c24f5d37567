"""A profile log-likelihood as what it is: two arrays, and a table of them."""

from __future__ import annotations

from typing import Any, NamedTuple

from mostlikely.solve.objective import Vector
from mostlikely.tables.tabular import Tabular

__all__ = ["ProfileCurve"]


class _Curve(NamedTuple):
    values: Vector
    loglik: Vector


class ProfileCurve(_Curve, Tabular):
    """Values of a parameter, and the log-likelihood maximised over all others at each.

    It unpacks as ``values, loglik``, each of shape (m,). Made by `Fit.profile`.
    """

    parameter: str
    library: str | None

    @staticmethod
    def of(parameter: str, values: Vector, loglik: Vector, library: str | None) -> ProfileCurve:
        """The curve of a parameter, and the library in which its table answers."""
        curve = ProfileCurve(values, loglik)
        curve.parameter, curve.library = parameter, library
        return curve

    @property
    def _library(self) -> str | None:
        return self.library

    def records(self) -> list[dict[str, Any]]:
        """A dict per value: ``parameter``, ``value``, ``loglik``."""
        pairs = zip(self.values.tolist(), self.loglik.tolist(), strict=True)
        return [{"parameter": self.parameter, "value": v, "loglik": h} for v, h in pairs]
