"""Second-order forward jets: a value that carries its exact gradient and Hessian.

A noise model has few parameters of its own (one to four), so its log-density is differentiated
forward, over those alone; the chain rule through a design matrix is somebody else's, and is BLAS.
A component is a float (the same for every row), an array (one per row) or ``None``: a structural
zero, which costs nothing. Hessians hold the upper triangle only.

Jets travel through ordinary NumPy and `scipy.special` calls: ``np.log(jet)`` and ``jet**2`` find
their derivatives in `RULES`. The propagation is the second-order chain rule (Griewank and
Walther, *Evaluating Derivatives*, 2nd ed., 2008, section 13.2).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mostlikely.calculus.components import (
    ZERO_WINS,
    Component,
    Stacked,
    add,
    fma,
    is_number,
    mul,
    neg,
    pairs,
    position,
    sub,
    total,
)
from mostlikely.calculus.rules import (
    AT_REST,
    COMPARISONS,
    RULES,
    TOGETHER,
    Rule,
    constant_power,
    power,
)

__all__ = ["Jet", "chain", "pairs", "seed"]


def _compared(ufunc: Any) -> Any:
    return lambda self, other: self.__array_ufunc__(ufunc, "__call__", self, other)


class Jet:
    """A value with its gradient and, unless ``hess`` is ``None``, its Hessian.

    Parameters
    ----------
    value : float or array
        The value, one per row.
    grad : tuple of length k
        First derivatives in the k local parameters; ``None`` for a structural zero.
    hess : tuple of length k (k + 1) / 2, or None
        Second derivatives in the order of `pairs`; ``None`` for a first-order jet.
    log : Jet, optional
        The logarithm, where it is known: a jet made by ``exp`` remembers what it came from.

    A probability near one has few digits left of what it leaves; a jet that a link made can be
    asked for that: ``rest``, set by the link, makes one minus it, with all of its digits. The
    probabilities of several labels share a ``base``: what all of them leave. It has no value
    unless it was set.
    """

    __slots__ = ("base", "grad", "hess", "log", "minus", "rest", "value")
    base: Jet

    def __init__(
        self,
        value: Any,
        grad: tuple[Component, ...],
        hess: tuple[Component, ...] | None,
        log: Jet | None = None,
    ) -> None:
        self.value = value
        self.grad = grad
        self.hess = hess
        self.log = log
        self.rest: Callable[[], Jet] | None = None
        self.minus: Jet | None = None

    def __repr__(self) -> str:
        return f"Jet({self.value!r}, grad={self.grad!r}, hess={self.hess!r})"

    def key(self) -> tuple[Any, ...]:
        """What tells a jet of plain numbers from another."""
        return (self.value, len(self.grad), *self.grad, *(self.hess or ()))

    # NumPy calls these: every operator and every ufunc arrives here.

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if method != "__call__" or kwargs:
            return NotImplemented
        if ufunc in COMPARISONS:
            return ufunc(*(a.value if isinstance(a, Jet) else a for a in inputs))
        if ufunc in _ARITHMETIC:
            return _ARITHMETIC[ufunc](*inputs)
        rule = RULES.get(ufunc)
        if rule is None:
            raise TypeError(
                f"{ufunc.__name__} has no derivative rule here, so a log-density cannot use it; "
                "see mostlikely.ops for the functions that have one."
            )
        return chain(ufunc, rule, inputs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func not in _ARRAY_FUNCTIONS:
            raise TypeError(
                f"numpy.{func.__name__} has no derivative rule here, so a log-density cannot use "
                "it; write it with elementwise functions and numpy.where."
            )
        return _ARRAY_FUNCTIONS[func](*args, **kwargs)

    # Operators go the same way as the ufuncs that they stand for.

    def __neg__(self) -> Jet:
        return _negative(self)

    def __pos__(self) -> Jet:
        return self

    def __abs__(self) -> Any:
        return np.abs(self)

    def __add__(self, other: Any) -> Any:
        return _jet_add(self, other)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        return _jet_subtract(self, other)

    def __rsub__(self, other: Any) -> Any:
        return _jet_subtract(other, self)

    def __mul__(self, other: Any) -> Any:
        return _jet_multiply(self, other)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        return _jet_divide(self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _jet_divide(other, self)

    def __pow__(self, other: Any) -> Any:
        return _jet_power(self, other)

    def __rpow__(self, other: Any) -> Any:
        return _jet_power(other, self)

    __lt__, __le__ = _compared(np.less), _compared(np.less_equal)
    __gt__, __ge__ = _compared(np.greater), _compared(np.greater_equal)


def seed(values: Sequence[Any], order: int = 2) -> list[Jet]:
    """Independent variables: the i-th has derivative one in itself and zero in the others."""
    k = len(values)
    hess = None if order < 2 else (None,) * (k * (k + 1) // 2)
    return [
        Jet(value, tuple(1.0 if j == i else None for j in range(k)), hess)
        for i, value in enumerate(values)
    ]


def chain(function: Callable[..., Any], rule: Rule, inputs: Sequence[Any]) -> Any:
    """Apply ``function`` to jets and plain numbers, given its partial derivatives."""
    if function is np.log and inputs[0].log is not None:
        return inputs[0].log
    if function in AT_REST:
        of = inputs[-1].minus if isinstance(inputs[-1], Jet) else None
        if of is not None and of.rest is not None:
            return AT_REST[function](*inputs[:-1], of.rest())
    if ZERO_WINS.get():
        return _chain(function, rule, inputs)  # what is kept was made without
    for a in inputs:
        if type(a.value if type(a) is Jet else a) is np.ndarray:
            return _chain(function, rule, inputs)
    key = (function, *(a.key() if isinstance(a, Jet) else a for a in inputs))
    flat = (part for a in key[1:] for part in (a if isinstance(a, tuple) else (a,)))
    if not all(type(part) in _NUMBERS for part in flat):
        return _chain(function, rule, inputs)
    if key not in _SCALARS:
        if len(_SCALARS) > 1000:
            _SCALARS.clear()
        _SCALARS[key] = _chain(function, rule, inputs)
    return _SCALARS[key]


#: What a formula does with its parameters alone is the same for every block of rows: the numbers
#: that it led to are kept until the parameters move.
_SCALARS: dict[Any, Any] = {}
_NUMBERS = (float, np.float64, int, type(None))


def _chain(function: Callable[..., Any], rule: Rule, inputs: Sequence[Any]) -> Any:
    args = [a.value if isinstance(a, Jet) else a for a in inputs]
    needs = [isinstance(a, Jet) for a in inputs]
    where = [a for a, needed in enumerate(needs) if needed]
    together = TOGETHER.get(function)
    if together is None:
        value = function(*args)
        first, second = rule(value, args, needs)
    else:
        value, first, second = together(args, needs, inputs[where[0]].hess is not None)
    if len(where) == 1:
        a = where[0]
        bend = second[position(len(inputs), a, a)] if second else None
        out = _chain_one(value, inputs[a], first[a], bend)
        out.log = inputs[0] if function is np.exp else None
        return out
    jets = [inputs[a] for a in where]
    k = len(jets[0].grad)
    grad = tuple(total(mul(first[a], inputs[a].grad[i]) for a in where) for i in range(k))
    if jets[0].hess is None:
        return Jet(value, grad, None)
    # outer[a][i] = Σ_b f_ab · ∂_i arg_b, so that Σ_ab f_ab ∂_i b ∂_j a is Σ_a outer[a][i] ∂_j a
    outer = {
        a: [
            total(
                mul(second[position(len(inputs), min(a, b), max(a, b))], inputs[b].grad[i])
                for b in where
            )
            for i in range(k)
        ]
        for a in where
    }
    hess = tuple(
        total(fma(first[a], inputs[a].hess[m], mul(outer[a][i], inputs[a].grad[j])) for a in where)
        for m, (i, j) in enumerate(pairs(k))
    )
    return Jet(value, grad, hess)


def _chain_one(value: Any, a: Jet, first: Component, second: Component) -> Jet:
    """The chain rule of one argument: f' ∂ᵢⱼa + f'' ∂ᵢa ∂ⱼa."""
    slopes = a.grad
    grad = tuple([mul(first, g) for g in slopes])
    if a.hess is None:
        return Jet(value, grad, None)
    bent = grad if second is first else [mul(second, g) for g in slopes]
    at = zip(a.hess, pairs(len(grad)), strict=True)
    hess = tuple([fma(bent[i], slopes[j], mul(first, h)) for h, (i, j) in at])
    return Jet(value, grad, hess)


# Arithmetic is written out: it is most of the work, and most of it is structural zeros.


def _scale(a: Jet, c: Any) -> Jet:
    """a · c for a plain number or array c."""
    hess = None if a.hess is None else tuple(mul(h, c) for h in a.hess)
    return Jet(a.value * c, tuple(mul(g, c) for g in a.grad), hess)


def _lifted(a: Any, like: Jet) -> Jet:
    """A jet, of what does not move."""
    if isinstance(a, Jet):
        return a
    return Jet(a, (None,) * len(like.grad), like.hess and (None,) * len(like.hess))


def _negative(a: Jet) -> Jet:
    out = _scale(a, -1.0)
    out.minus = a
    return out


def _jet_add(a: Any, b: Any) -> Jet:
    if not isinstance(a, Jet):
        return b if is_number(a, 0.0) else Jet(a + b.value, b.grad, b.hess)
    if not isinstance(b, Jet):
        return a if is_number(b, 0.0) else Jet(a.value + b, a.grad, a.hess)
    grad = tuple(map(add, a.grad, b.grad))
    if a.hess is None or b.hess is None:
        return Jet(a.value + b.value, grad, None)
    return Jet(a.value + b.value, grad, tuple(map(add, a.hess, b.hess)))


def _jet_subtract(a: Any, b: Any) -> Jet:
    if not isinstance(b, Jet):
        return a if is_number(b, 0.0) else Jet(a.value - b, a.grad, a.hess)
    if not isinstance(a, Jet):
        if b.rest is not None and is_number(a, 1.0):
            return b.rest()
        return Jet(a - b.value, tuple(map(neg, b.grad)), b.hess and tuple(map(neg, b.hess)))
    grad = tuple(map(sub, a.grad, b.grad))
    if a.hess is None or b.hess is None:
        return Jet(a.value - b.value, grad, None)
    return Jet(a.value - b.value, grad, tuple(map(sub, a.hess, b.hess)))


def _jet_multiply(a: Any, b: Any) -> Jet:
    if not isinstance(a, Jet):
        return b if is_number(a, 1.0) else _scale(b, a)
    if not isinstance(b, Jet):
        return a if is_number(b, 1.0) else _scale(a, b)
    if a is b:
        return _square(a)
    u, v = a.value, b.value
    grad = tuple(fma(ga, v, mul(gb, u)) for ga, gb in zip(a.grad, b.grad, strict=True))
    if a.hess is None or b.hess is None:
        return Jet(u * v, grad, None)
    hess = tuple(
        fma(
            a.hess[m],
            v,
            fma(b.hess[m], u, fma(a.grad[i], b.grad[j], mul(a.grad[j], b.grad[i]))),
        )
        for m, (i, j) in enumerate(pairs(len(grad)))
    )
    return Jet(u * v, grad, hess)


def _square(a: Jet) -> Jet:
    return _chain_one(a.value * a.value, a, 2.0 * a.value, 2.0)


def _jet_divide(a: Any, b: Any) -> Jet:
    if not isinstance(b, Jet):
        return a if is_number(b, 1.0) else _scale(a, 1.0 / b)
    # q' = (a' − q b')/b and q'' = (a'' − q b'' − q'b' − b'q')/b: no power of b beyond the first,
    # so that the range of floats is not left before q itself leaves it.
    top = _lifted(a, b)
    value = top.value / b.value
    reciprocal = 1.0 / b.value

    def over(numerator: Component) -> Component:
        return mul(numerator, reciprocal)

    minus = -value
    grad = tuple(over(fma(minus, gb, ga)) for ga, gb in zip(top.grad, b.grad, strict=True))
    if top.hess is None or b.hess is None:
        return Jet(value, grad, None)
    negative = tuple(map(neg, grad))
    hess = tuple(
        over(
            fma(
                minus,
                b.hess[m],
                fma(negative[i], b.grad[j], fma(negative[j], b.grad[i], top.hess[m])),
            )
        )
        for m, (i, j) in enumerate(pairs(len(grad)))
    )
    return Jet(value, grad, hess)


def _jet_power(a: Any, b: Any) -> Jet:
    if isinstance(b, Jet):
        powered: Jet = chain(np.power, power, [a, b])
        return powered
    if isinstance(b, int | float) and b in (0, 1, 2):
        return (_lifted(a.value**0, a), a, _square(a))[int(b)]
    raised: Jet = _chain(lambda x: x**b, lambda v, args, needs: constant_power(args[0], b), [a])
    return raised


def _where(condition: Any, a: Any, b: Any) -> Any:
    if isinstance(condition, Jet):
        condition = condition.value

    def pick(u: Component, v: Component) -> Component:
        if u is None and v is None:
            return None
        return np.where(condition, 0.0 if u is None else u, 0.0 if v is None else v)

    if not isinstance(a, Jet) and not isinstance(b, Jet):
        return np.where(condition, a, b)
    like = a if isinstance(a, Jet) else b
    a, b = _lifted(a, like), _lifted(b, like)
    grad = tuple(map(pick, a.grad, b.grad))
    hess = None if a.hess is None or b.hess is None else tuple(map(pick, a.hess, b.hess))
    return Jet(np.where(condition, a.value, b.value), grad, hess)


_ARRAY_FUNCTIONS: dict[Any, Callable[..., Any]] = {
    np.where: _where,
    np.stack: Stacked,
    np.vstack: Stacked,
    np.column_stack: lambda parts: Stacked(parts, 1),
}
_ARITHMETIC: dict[Any, Callable[..., Any]] = {
    np.add: _jet_add,
    np.subtract: _jet_subtract,
    np.multiply: _jet_multiply,
    np.true_divide: _jet_divide,
    np.power: _jet_power,
    np.float_power: _jet_power,
    np.negative: _negative,
    np.positive: lambda a: a,
    np.square: _square,
}
