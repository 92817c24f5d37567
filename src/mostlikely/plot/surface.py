"""The likelihood over two parameters, computed before it is drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isfinite
from typing import TYPE_CHECKING, Any

import numpy as np

from mostlikely.calculus.link import LINKS, Link
from mostlikely.errors import ModelError, nearest
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.regions import joint_profile

if TYPE_CHECKING:
    from mostlikely.plot.frames import Array, Frame

__all__ = ["parameter_grid", "surface_frame"]


def parameter_grid(fit: Fitted, parameter: Any, size: int, span: float) -> Array:
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
    fit: Fitted,
    first: Any,
    second: Any,
    size: int = 25,
    span: float = 3.5,
    others: str = "best",
    seen: Callable[[float], None] | None = None,
) -> Frame:
    """The log-likelihood over two parameters, below its maximum.

    Parameters
    ----------
    fit : Fit
    first, second : parameter
        By the keys of ``fit.params``.
    size : int
        Points along each.
    span : float
        How far to each side, in standard errors on the scale of the link.
    others : {"best", "held"}
        The other parameters: at their best for each pair of values, whose contours are the joint
        regions, or held at their estimates, which is quicker.
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
    if others not in ("best", "held"):
        raise ModelError(f"others={others!r}: {nearest(others, ['best', 'held'])}")
    evidence = fit.evidence("a surface")
    if others == "best" and len(fit.params) > 2:
        rows = joint_profile(evidence.proof, first, second, a, b)
    else:
        rows = _held(fit, first, second, a, b)
    delta = np.empty((size, size))
    for i, row in enumerate(rows):
        delta[i] = row - fit.loglik
        if seen is not None:
            seen((i + 1) / size)
    return {
        "first": a,
        "second": b,
        "delta": delta,
        "estimate": np.array([fit.params[first], fit.params[second]]),
    }


def _held(fit: Fitted, first: Any, second: Any, a: Array, b: Array) -> Iterator[Array]:
    for y in b:
        yield np.array([fit.log_likelihood({first: float(x), second: float(y)}) for x in a])
