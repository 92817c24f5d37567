"""How formulas are written, in LaTeX and as text: order, signs, and what leaves a root."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import sympy
from sympy.printing.printer import Printer

__all__ = ["Ordered", "as_root", "outside_of", "signed"]


def as_root(expr: Any) -> Any:
    """The square of a root of a product, so that it is written under one root; or None."""
    halves = [f for f in sympy.Mul.make_args(expr) if f.is_Pow and abs(f.exp) == sympy.S.Half]
    return expr**2 if len(halves) > 1 else None


def signed(expr: Any) -> Any:
    """-p (p - 1) as p (1 - p)."""
    factors, sign = [], 1
    for factor in sympy.Mul.make_args(expr):
        base, power = factor.as_base_exp()
        if base.is_Add and power.is_Integer and base.as_coeff_Add()[0].is_negative:
            factors.append((-base) ** power)
            sign *= (-1) ** power
        else:
            factors.append(factor)
    turned = sympy.Mul(sign, *factors)
    return expr if turned.could_extract_minus_sign() else turned


def outside_of(variance: Any) -> tuple[Any, Any]:
    """What leaves the root of a variance whole, and what stays under it."""
    outside, inside = sympy.S.One, sympy.S.One
    for factor in sympy.Mul.make_args(signed(variance)):
        base, power = factor.as_base_exp()
        if base.is_Symbol and base.is_positive and (power / 2).is_integer:
            outside *= base ** (power / 2)
        else:
            inside *= factor
    return outside, inside


class Ordered(Printer):
    """Sums as they are written by hand: what is added before what is taken away.

    Parameters
    ----------
    y : sympy.Symbol, optional
        What has an index inside a sum over the sample.
    n : sympy.Symbol, optional
        The number of observations.
    hats : iterable of sympy.Symbol
        What is an estimate.
    labels : sequence of str
        The names of the labels, by place.
    """

    #: Of SymPy's printer.
    settings: ClassVar[dict[str, str]] = {"order": "rev-lex"}

    def __init__(
        self, y: Any = None, n: Any = None, hats: Iterable[Any] = (), labels: Any = ()
    ) -> None:
        super().__init__(dict(self.settings))
        self.y, self.n, self.hats, self.labels = y, n, set(hats), labels
        #: What else has an index inside a sum: other columns, parameters that follow predictors.
        self.rowwise: set[Any] = set()
        self.indexed = False

    def rows(self, expr: Any) -> str:
        """As it stands inside a sum or a product over the sample."""
        self.indexed = True
        try:
            return str(self.doprint(expr))
        finally:
            self.indexed = False

    def signed(self, expr: Any) -> str:
        """Without a minus that a difference can take."""
        return str(self.doprint(signed(expr)))

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        terms = super()._as_ordered_terms(expr, order=order)
        return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))

    def upright(self, expr: Any) -> Any:
        """A quotient whose sums begin with y, where the sign can be moved to do so."""
        sums = [f for f in sympy.Mul.make_args(expr) if f.is_Add and f.has(self.y)]
        if len(sums) != 1:
            return expr
        held = [t for t in sums[0].args if t.has(self.y)]
        turned = all(t.could_extract_minus_sign() for t in held)
        return sympy.Mul(-expr / sums[0], -sums[0]) if turned else expr

    def _even_power(self, expr: Any) -> Any:
        """An even power of y − μ and not of μ − y."""
        if expr.is_Pow and expr.base.is_Add and expr.exp.is_Integer and expr.exp % 2 == 0:
            held = [t for t in expr.base.args if self.y is not None and t.has(self.y)]
            constant = expr.base.as_coeff_Add()[0]
            turned = len(held) == 1 and held[0].could_extract_minus_sign()
            if constant.is_negative or (turned and constant == 0):
                return sympy.Pow(-expr.base, expr.exp, evaluate=False)
        return expr

    def _print_Pow(self, expr: Any, **options: Any) -> str:
        return str(super()._print_Pow(self._even_power(expr), **options))
