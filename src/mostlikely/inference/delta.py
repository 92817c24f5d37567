"""Functions of the parameters with their errors, by the delta method."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, seed
from mostlikely.errors import ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.inference.intervals import check_level, check_method, within_ends
from mostlikely.likelihood.keys import find_key
from mostlikely.solve.objective import Vector

__all__ = ["Parameters", "Quantity", "evaluated", "quantity"]


@dataclass(frozen=True)
class Quantity:
    """A number that an estimate says, with its delta-method standard error.

    Parameters
    ----------
    value, std_error : float
        The estimate and its standard error; NaN where it moves in steps.
    low, high : float
        Where the quantity ends, which its intervals respect.
    held : callable, optional
        (level, method) → its interval, for what ± z errors does not give: a profile, and steps.

    Examples
    --------
    >>> import mostlikely as ml
    >>> found = ml.fit("poisson", [3, 5, 1, 7]).quantity(lambda p: p["mean"] ** 2)
    >>> print(found)
    16 ± 8
    >>> [round(end, 3) for end in found.interval()]
    [0.32, 31.68]
    >>> [round(end, 3) for end in found.interval(method="profile")]     # those of the mean, squared
    [5.505, 39.593]
    """

    value: float
    std_error: float
    low: float = field(default=-inf, repr=False)
    high: float = field(default=inf, repr=False)
    held: Callable[[float, str], tuple[float, float]] | None = field(
        default=None, repr=False, compare=False
    )

    def __str__(self) -> str:
        whole = 1e3 <= self.std_error < 1e6  # no power of ten where digits will do
        return f"{self.value:.6g} ± {self.std_error:{'.0f' if whole else '.3g'}}"

    def interval(self, level: float = 0.95, method: str = "wald") -> tuple[float, float]:
        """Where it lies: (low, high).

        Parameters
        ----------
        level : float
            Coverage, between 0 and 1.
        method : {"wald", "profile"}
            Wald: ± z standard errors, on a log or logit scale if the quantity has ends, as a
            probability has. Profile: all values that the likelihood ratio does not reject.

        Raises
        ------
        ModelError
            For another method or level; where there is no profile, as of an average of effects.

        Examples
        --------
        >>> import mostlikely as ml
        >>> fit = ml.fit("exponential", [1.0, 2.0, 6.0])
        >>> low, high = fit.quantity("quantile", q=0.5).interval(method="profile")
        >>> round(low, 4), round(high, 4)       # log 2 times those of the mean
        (0.8019, 8.3616)
        """
        check_method(method)
        check_level(level)
        if self.held is not None and (method != "wald" or not self.std_error >= 0.0):
            return self.held(level, method)
        if method != "wald":
            raise ModelError(
                "this quantity has no profile, which holds a function of the parameters; use "
                'method="wald", or fit.interval(function, method="profile").'
            )
        low, high = within_ends(self.value, self.std_error, self.low, self.high, level)
        return float(low), float(high)


class Parameters(Mapping[Any, Any]):
    """Parameters by their keys, or by their terms where these are clear.

    Parameters
    ----------
    values : mapping
        The free parameters and the fixed ones.
    name : str
        The model's, for the sentence that there is none of that name.
    """

    def __init__(self, values: Mapping[Any, Any], name: str) -> None:
        self.values_by_key, self.name = values, name

    def __getitem__(self, key: Any) -> Any:
        if key in self.values_by_key:
            return self.values_by_key[key]
        keys = list(self.values_by_key)
        if any(not isinstance(k, str) for k in keys):
            return self.values_by_key[find_key(key, keys)]
        raise ModelError(f"{self.name} has no parameter {key!r}; {nearest(str(key), keys)}")

    def __contains__(self, key: object) -> bool:
        return key in self.values_by_key

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values_by_key)

    def __len__(self) -> int:
        return len(self.values_by_key)


def evaluated(
    function: Callable[[Mapping[str, Any]], Any], values: Mapping[Any, Any], name: str
) -> Any:
    """A function of the parameters: a number, or a jet of one.

    Raises
    ------
    ModelError
        If it is no function, asks for a parameter that the model does not have, or gives no number.
    """
    if not callable(function):
        raise ModelError(f"a quantity is a function of the parameters; got {function!r}.")
    with np.errstate(all="ignore"):
        value = function(Parameters(values, name))
    plain = value.value if isinstance(value, Jet) else value
    if np.ndim(plain) or np.asarray(plain).dtype.kind not in "biuf":
        raise ModelError(f"a quantity is one number; the function gave {value!r}.")
    return value


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
        See `evaluated`.
    """
    jets = dict(zip(params, seed(list(params.values()), order=1), strict=True))
    value = evaluated(function, {**model.fixed, **jets}, model.name)
    if not isinstance(value, Jet):
        return Quantity(float(value), 0.0)
    read = [i for i, g in enumerate(value.grad) if g is not None]
    slopes = np.array([float(value.grad[i]) for i in read])
    variance = slopes @ covariance[np.ix_(read, read)] @ slopes
    return Quantity(float(value.value), float(np.sqrt(variance)) if variance >= 0.0 else np.nan)
