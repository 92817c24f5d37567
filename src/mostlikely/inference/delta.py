"""Functions of the parameters with their errors, by the delta method."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.solve.objective import Vector

__all__ = ["Quantity", "quantity"]


@dataclass(frozen=True)
class Quantity:
    """A function of the parameters with its delta-method standard error.

    Parameters
    ----------
    value, std_error : float
        The estimate and its standard error.

    Examples
    --------
    >>> import mostlikely as ml
    >>> print(ml.fit("poisson", [3, 5, 1, 7]).quantity(lambda p: p["mean"] ** 2))
    16 ± 8
    """

    value: float
    std_error: float

    def __str__(self) -> str:
        return f"{self.value:.6g} ± {self.std_error:.3g}"


def quantity(
    function: Callable[[Mapping[str, Any]], Any],
    model: Family,
    params: Mapping[str, float],
    covariance: Vector,
) -> Quantity:
    """The value of a function of the parameters, and √(gᵀ V g) with its exact gradient g.

    A parameter that the function does not read does not matter, whatever its covariance is.

    Raises
    ------
    ModelError
        If it is no function, asks for a parameter that the model does not have, or gives no number.
    """
    if not callable(function):
        raise ModelError(f"a quantity is a function of the parameters; got {function!r}.")
    jets = dict(zip(params, seed(list(params.values()), order=1), strict=True))
    known = {**model.fixed, **jets}
    try:
        with np.errstate(all="ignore"):
            value = function(known)
    except KeyError as missing:
        name = str(missing.args[0])
        raise ModelError(
            f"{model.name} has no parameter {name!r}; {nearest(name, known)}"
        ) from missing
    if not isinstance(value, Jet):
        if np.ndim(value) or np.asarray(value).dtype.kind not in "biuf":
            raise ModelError(f"a quantity is one number; the function gave {value!r}.")
        return Quantity(float(value), 0.0)
    read = [i for i, g in enumerate(value.grad) if g is not None]
    slopes = np.array([float(value.grad[i]) for i in read])
    variance = slopes @ covariance[np.ix_(read, read)] @ slopes
    return Quantity(float(value.value), float(np.sqrt(variance)) if variance >= 0.0 else np.nan)
