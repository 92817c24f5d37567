"""The vocabulary in which log-densities are written: one call, four readers.

``ops.log(x)`` is NumPy's on arrays, carries derivatives on jets, is PyTorch's on tensors and
SymPy's on symbols, by the type of its arguments. Each function is one row of the table below:
how NumPy (or SciPy) computes it, its derivatives, and its names elsewhere. Functions that no
library has, or none computes to full accuracy, are in `special`, made of the same rows.
"""

from __future__ import annotations

from functools import reduce
from math import factorial
from typing import Any

import numpy as np
from scipy import special as sc

from mostlikely.calculus.dispatch import Op, unary, where
from mostlikely.calculus.rules import AT_REST, RULES, Rule

__all__ = [
    "Op",
    "absolute",
    "arcsinh",
    "arctan",
    "cos",
    "digamma",
    "erf",
    "exp",
    "expit",
    "expm1",
    "lgamma",
    "log",
    "log1p",
    "log_expit",
    "log_ndtr",
    "logaddexp",
    "logit",
    "maximum",
    "minimum",
    "ndtr",
    "ndtri",
    "polygamma",
    "sin",
    "sinh",
    "sqrt",
    "tanh",
    "where",
    "xlog1py",
    "xlogy",
]


def _array(*args: Any) -> bool:
    """Whether some argument is an array of rows, for which NumPy's own loops are worth a call."""
    return any(type(a) is np.ndarray and a.ndim for a in args)


# NumPy's exp and log run several rows at once, SciPy's functions one: 1 ns a row against 20 to 30.


def _xlogy(x: Any, y: Any) -> Any:
    """x log y as SciPy defines it."""
    if not _array(x, y):
        return sc.xlogy(x, y)
    with np.errstate(all="ignore"):
        product = x * np.log(y)
        if _within(y):
            return product
        return np.where(np.equal(x, 0.0) & np.equal(y, y), 0.0, product)


def _xlog1py(x: Any, y: Any) -> Any:
    """x log(1 + y) as SciPy defines it."""
    if not _array(x, y):
        return sc.xlog1py(x, y)
    with np.errstate(all="ignore"):
        return np.where(np.equal(x, 0.0) & np.equal(y, y), 0.0, x * np.log1p(y))


def _expit(x: Any) -> Any:
    """1/(1 + exp(-x)), with all digits of small values."""
    return _expit_and_slope(x)[0] if _array(x) else sc.expit(x)


def _expit_and_slope(x: Any) -> tuple[Any, Any]:
    """The value, and the value times what it leaves of one."""
    if not _array(x):
        return sc.expit(x), sc.expit(x) * sc.expit(-x)
    with np.errstate(all="ignore"):
        e = np.exp(-np.abs(x))
        above = 1.0 / (1.0 + e)
        below = e * above
        return np.where(x < 0.0, below, above), below * above


def _expit_together(args: Any, needs: Any, second: bool) -> Any:
    value, slope = _expit_and_slope(args[0])
    return value, (slope,), (slope * (1.0 - 2.0 * value),) if second else ()


def _within(y: Any) -> bool:
    """Whether all of it is positive and finite, so that no 0/0 and no ∞/∞ can come of it."""
    return type(y) is np.ndarray and y.size > 0 and 0.0 < y.min() <= y.max() < np.inf


def _xlogy_rule(value: Any, args: Any, needs: Any) -> Any:
    x, y = args
    ratio = np.where(np.equal(x, 0.0), 0.0, x / y)
    log_y = np.log(y) if needs[0] else None
    return (log_y, ratio), (None, 1.0 / y if needs[0] else None, -_over(ratio, x, y))


def _xlogy_together(args: Any, needs: Any, second: bool) -> Any:
    x, y = args
    if needs[0] or not _within(y):
        return (_xlogy(x, y), *_xlogy_rule(None, args, needs))
    ratio = x / y
    return x * np.log(y), (None, ratio), (None, None, -ratio / y) if second else ()


def _over(ratio: Any, x: Any, y: Any) -> Any:
    return np.where(np.equal(x, 0.0), 0.0, ratio / y)


def _xlog1py_rule(value: Any, args: Any, needs: Any) -> Any:
    x, y = args
    ratio = np.where(np.equal(x, 0.0), 0.0, x / (1.0 + y))
    log_y = np.log1p(y) if needs[0] else None
    return (log_y, ratio), (None, 1.0 / (1.0 + y) if needs[0] else None, -_over(ratio, x, 1.0 + y))


def _logaddexp_rule(value: Any, args: Any, needs: Any) -> Any:
    p = _expit(args[0] - args[1])
    q = _expit(args[1] - args[0])
    return (p, q), (p * q, -p * q, p * q)


def _pick_rule(sign: float) -> Rule:
    def rule(value: Any, args: Any, needs: Any) -> Any:
        left = np.where(sign * (args[0] - args[1]) >= 0.0, 1.0, 0.0)
        return (left, 1.0 - left), (None, None, None)

    return rule


def _log_ndtr_derivatives(x: Any, v: Any) -> tuple[Any, Any]:
    """r = φ/Φ, the inverse Mills ratio, and -r (x + r), with their digits in both tails."""
    r = np.sqrt(2.0 / np.pi) / sc.erfcx(x / -np.sqrt(2.0))
    # far left x + r cancels; there it is Laplace's series 1/t - 2/t³ + 10/t⁵ - ..., t = -x
    t = np.maximum(-x, 50.0)
    u = 1.0 / (t * t)
    series = (1.0 + u * (-2.0 + u * (10.0 + u * (-74.0 + u * (706.0 - 8162.0 * u))))) / t
    return r, -r * np.where(x < -50.0, series, x + r)


def _ndtri_derivatives(x: Any, v: Any) -> tuple[Any, Any]:
    first = np.sqrt(2.0 * np.pi) * np.exp(0.5 * v * v)
    return first, v * first * first


def _polygamma_rule(value: Any, args: Any, needs: Any) -> Any:
    order, x = args
    return (None, sc.polygamma(order + 1, x)), (None, None, sc.polygamma(order + 2, x))


log = Op("log", np.log, unary(lambda x, v: ((r := 1.0 / x), -r * r)), "log", "log")
log1p = Op(
    "log1p",
    np.log1p,
    unary(lambda x, v: ((r := 1.0 / (1.0 + x)), -r * r)),
    "log1p",
    lambda s, x: s.log(1 + x),
)
exp = Op("exp", np.exp, unary(lambda x, v: (v, v)), "exp", "exp")
expm1 = Op(
    "expm1",
    np.expm1,
    unary(lambda x, v: ((e := np.exp(x)), e)),  # v + 1 cancels far left
    "expm1",
    lambda s, x: s.exp(x) - 1,
)
sqrt = Op("sqrt", np.sqrt, unary(lambda x, v: ((r := 0.5 / v), -0.5 * r / x)), "sqrt", "sqrt")
absolute = Op("absolute", np.absolute, unary(lambda x, v: (np.sign(x), None)), "abs", "Abs")
sin = Op("sin", np.sin, unary(lambda x, v: (np.cos(x), -v)), "sin", "sin")
cos = Op("cos", np.cos, unary(lambda x, v: (-np.sin(x), -v)), "cos", "cos")
arctan = Op(
    "arctan",
    np.arctan,
    unary(lambda x, v: ((r := 1.0 / (1.0 + x * x)), -2.0 * x * r * r)),
    "arctan",
    "atan",
)
sinh = Op("sinh", np.sinh, unary(lambda x, v: (np.cosh(x), v)), "sinh", "sinh")
arcsinh = Op(
    "arcsinh",
    np.arcsinh,
    unary(lambda x, v: ((r := 1.0 / np.hypot(1.0, x)), -x * r**3)),
    "arcsinh",
    "asinh",
)
tanh = Op("tanh", np.tanh, unary(lambda x, v: ((d := 1.0 - v * v), -2.0 * v * d)), "tanh", "tanh")
maximum = Op("maximum", np.maximum, _pick_rule(1.0), "maximum", "Max")
minimum = Op("minimum", np.minimum, _pick_rule(-1.0), "minimum", "Min")
logaddexp = Op(
    "logaddexp",
    np.logaddexp,
    _logaddexp_rule,
    "logaddexp",
    lambda s, a, b: s.log(s.exp(a) + s.exp(b)),
)
xlogy = Op(
    "xlogy",
    _xlogy,
    _xlogy_rule,
    "special.xlogy",
    lambda s, x, y: x * s.log(y),
    _xlogy_together,
)
xlog1py = Op(
    "xlog1py",
    _xlog1py,
    _xlog1py_rule,
    "special.xlog1py",
    lambda s, x, y: x * s.log(1 + y),
)
erf = Op(
    "erf",
    sc.erf,
    unary(lambda x, v: ((d := 2.0 / np.sqrt(np.pi) * np.exp(-x * x)), -2.0 * x * d)),
    "erf",
    "erf",
)
ndtr = Op(
    "ndtr",
    sc.ndtr,
    unary(lambda x, v: ((d := np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi)), -x * d)),
    "special.ndtr",
    lambda s, x: s.erfc(-x / s.sqrt(2)) / 2,
)
log_ndtr = Op(
    "log_ndtr",
    sc.log_ndtr,
    unary(_log_ndtr_derivatives),
    "special.log_ndtr",
    lambda s, x: s.log(s.erfc(-x / s.sqrt(2)) / 2),
)
ndtri = Op(
    "ndtri",
    sc.ndtri,
    unary(_ndtri_derivatives),
    "special.ndtri",
    lambda s, p: s.sqrt(2) * s.erfinv(2 * p - 1),
)
expit = Op(
    "expit",
    _expit,
    lambda value, args, needs: _expit_together(args, needs, True)[1:],
    "special.expit",
    lambda s, x: 1 / (1 + s.exp(-x)),
    _expit_together,
)
log_expit = Op(
    "log_expit",
    sc.log_expit,
    unary(lambda x, v: ((d := _expit(-x)), -d * _expit(x))),
    "nn.functional.logsigmoid",
    lambda s, x: -s.log(1 + s.exp(-x)),
)
logit = Op(
    "logit",
    sc.logit,
    unary(lambda p, v: ((d := 1.0 / (p * (1.0 - p))), (2.0 * p - 1.0) * d * d)),
    "special.logit",
    lambda s, p: s.log(p / (1 - p)),
)
lgamma = Op(
    "lgamma",
    sc.gammaln,
    unary(lambda x, v: (sc.digamma(x), sc.polygamma(1, x))),
    "lgamma",
    "loggamma",
)
digamma = Op(
    "digamma",
    sc.digamma,
    unary(lambda x, v: (sc.polygamma(1, x), sc.polygamma(2, x))),
    "digamma",
    "digamma",
)
# PyTorch's own trigamma has nine digits; its zeta function has all (DLMF 25.11.12).
polygamma = Op(
    "polygamma",
    sc.polygamma,
    _polygamma_rule,
    lambda torch, n, x: (-1.0) ** (n + 1) * factorial(n) * torch.special.zeta(n + 1.0, x),
    "polygamma",
)

AT_REST[sc.xlog1py] = AT_REST[_xlog1py] = xlogy
for _own, _scipy in ((xlogy, sc.xlogy), (xlog1py, sc.xlog1py), (expit, sc.expit)):
    RULES[_scipy] = _own.rule

# NumPy calls that a person may write without thinking of them as special.
for _twin, _of in (
    (np.log2, lambda x, v: ((r := 1.0 / (x * np.log(2.0))), -r / x)),
    (np.log10, lambda x, v: ((r := 1.0 / (x * np.log(10.0))), -r / x)),
    (np.cosh, lambda x, v: (np.sinh(x), v)),
    (np.tan, lambda x, v: ((d := 1.0 + v * v), 2.0 * v * d)),
    (np.reciprocal, lambda x, v: (-v * v, 2.0 * v**3)),
    (sc.erfc, lambda x, v: ((d := -2.0 / np.sqrt(np.pi) * np.exp(-x * x)), -2.0 * x * d)),
    (sc.gamma, lambda x, v: ((d := v * (p := sc.digamma(x))), d * p + v * sc.polygamma(1, x))),
):
    RULES[_twin] = unary(_of)


def _psi_rule(value: Any, args: Any, needs: Any) -> Any:
    a, b = args
    psi = sc.digamma(a + b)
    first = tuple(sc.digamma(x) - psi if n else None for x, n in zip(args, needs, strict=True))
    both = -sc.polygamma(1, a + b)
    return first, (
        sc.polygamma(1, a) + both if needs[0] else None,
        both,
        sc.polygamma(1, b) + both if needs[1] else None,
    )


RULES[sc.betaln] = _psi_rule


def log_sum_exp(terms: list[Any]) -> Any:
    """log Σ exp(terms), for any reader, without overflow."""
    return reduce(logaddexp, terms)
