"""The likelihood over two parameters, computed before it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.calculus.link import LINKS, Link
from mostlikely.errors import ModelError

if TYPE_CHECKING:
    from mostlikely.plot.frames import Array, Frame
    from mostlikely.result import Fit

__all__ = ["joint_drop", "parameter_grid", "surface_frame"]


def joint_drop(level: float) -> float:
    """How far the log-likelihood falls to the edge of a joint region of two parameters.

    Half the χ² quantile on two degrees of freedom, which is −log(1 − level) (Wilks 1938).

    Examples
    --------
    >>> round(joint_drop(0.95), 4)
    2.9957
    """
    return float(-np.log1p(-level))


def parameter_grid(fit: Fit, parameter: Any, size: int, span: float) -> Array:
    """Values of a parameter around its estimate, evenly spaced on the scale of its link.

    Parameters
    ----------
    fit : Fit
    parameter : str
    size : int
        How many; of an odd number the middle one is the estimate.
    span : float
        How far to each side, in standard errors.

    Raises
    ------
    ModelError
        If the parameter has no standard error.
    """
    value, std_error = fit.params[parameter], fit.standard_errors[parameter]
    if not (isfinite(std_error) and std_error > 0.0 and isfinite(value)):
        raise ModelError(
            f"{parameter} has no standard error at this estimate, so there is no natural width "
            "for a picture of its likelihood; see fit.verdict."
        )
    known = parameter in fit.model.parameters
    link: Link = fit.model.link(parameter) if known else LINKS["identity"]
    eta = float(link.forward(value))
    with np.errstate(all="ignore"):
        slope = abs(float(link.inverse(eta + 1e-6)) - float(link.inverse(eta - 1e-6))) / 2e-6
        steps = np.linspace(-span, span, size) * std_error / slope
        values = np.asarray(link.inverse(eta + steps), dtype=np.float64)
    if size % 2:
        values[size // 2] = value
    return np.sort(values)


def surface_frame(
    fit: Fit,
    first: Any,
    second: Any,
    size: int = 25,
    span: float = 3.5,
    seen: Callable[[float], None] | None = None,
) -> Frame:
    """The log-likelihood over two parameters, below its maximum, the others at their estimates.

    Parameters
    ----------
    fit : Fit
    first, second : parameter
        By the keys of ``fit.params``.
    size : int
        Points along each.
    span : float
        How far to each side, in standard errors on the scale of the link.
    seen : callable, optional
        Told the share that is done after each row; what it raises ends the work.

    Returns
    -------
    dict of arrays
        ``first``, ``second`` (size,): the values. ``delta`` (size, size): ℓ − ℓ̂, a row for each
        value of ``second``; −inf where some observation is impossible. ``estimate`` (2,).

    Raises
    ------
    ModelError
        For a parameter that the model has not, or that has no standard error.

    Examples
    --------
    >>> import mostlikely as ml
    >>> frame = surface_frame(ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8]), "mu", "sigma", 5)
    >>> frame["delta"].shape, float(frame["delta"].max()) < 1e-9
    ((5, 5), True)
    """
    if first == second:
        raise ModelError("a surface is over two different parameters.")
    a, b = (parameter_grid(fit, key, size, span) for key in (first, second))
    delta = np.empty((size, size))
    for i, y in enumerate(b):
        for j, x in enumerate(a):
            delta[i, j] = fit.log_likelihood({first: float(x), second: float(y)}) - fit.loglik
        if seen is not None:
            seen((i + 1) / size)
    return {
        "first": a,
        "second": b,
        "delta": delta,
        "estimate": np.array([fit.params[first], fit.params[second]]),
    }
