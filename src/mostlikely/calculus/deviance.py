"""Half of a unit deviance: how far y is from its mean, without the digits that a difference loses.

The log-density of a dispersion model is that of y at its own mean, less this distance times the
precision (Jørgensen, *The Theory of Dispersion Models*, 1997, chapter 1).
"""

from __future__ import annotations

from typing import Any

from mostlikely.calculus.dispatch import Op, where
from mostlikely.calculus.ops import log, log1p
from mostlikely.calculus.pieces import as_floats, by_rows, chosen, quiet, tensors
from mostlikely.calculus.special import log1pmx

__all__ = ["gamma_deviance", "inverse_gamma_deviance"]


def _is_near(y: Any, mean: Any) -> Any:
    return abs(y - mean) < 0.5 * mean


def _near(y: Any, mean: Any) -> Any:
    return -log1pmx((y - mean) / mean)


def _far(y: Any, mean: Any) -> Any:
    return (y - mean) / mean - (log(y) - log(mean))


@quiet
def _value(y: Any, mean: Any) -> Any:
    y, mean = as_floats(y, mean)
    return by_rows(_is_near(y, mean), _near, _far, y, mean)


@quiet
def _rule(value: Any, args: Any, needs: Any) -> Any:
    y, mean = as_floats(*args)
    x = (y - mean) / mean
    return (x / y, -x / mean), (1.0 / y / y, -1.0 / mean / mean, (1.0 + 2.0 * x) / mean / mean)


def _torch(torch: Any, *args: Any) -> Any:
    y, mean = tensors(torch, args)
    return chosen(torch, _is_near(y, mean), _near, _far, (y, mean), ((1.0, 1.0), (2.0, 1.0)))


#: (y - mean)/mean - log(y/mean) for positive y and mean: 0 at y = mean, positive elsewhere.
gamma_deviance = Op(
    "gamma_deviance",
    _value,
    _rule,
    _torch,
    lambda s, y, mean: (y - mean) / mean - s.log(y / mean),
)


def _reciprocal_rule(value: Any, args: Any, needs: Any) -> Any:
    y, scale, shape = as_floats(*args)
    u, mean = scale / y, shape * y
    x = (scale - mean) / mean
    log_ratio = where(abs(x) < 0.5, log1p(x), log(scale) - log(y) - log(shape))
    first = -shape * x / y, shape * x / scale, -log_ratio
    in_y = (2.0 * u - shape) / y / y, -1.0 / y / y, 1.0 / y
    return first, (*in_y, shape / scale / scale, -1.0 / scale, 1.0 / shape)


#: u - shape - shape log(u/shape) with u = scale/y, which is shape times the distance of u from
#: its mean, the shape, if u is a standard gamma variable.
inverse_gamma_deviance = Op(
    "inverse_gamma_deviance",
    quiet(lambda y, scale, shape: shape * gamma_deviance(scale, shape * y)),
    quiet(_reciprocal_rule),
    lambda torch, y, scale, shape: shape * gamma_deviance(scale, shape * y),
    lambda s, y, scale, shape: scale / y - shape - shape * s.log(scale / (shape * y)),
)
