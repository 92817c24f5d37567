"""Formulas as LaTeX, for a page."""

from __future__ import annotations

import re
from typing import Any, ClassVar

import sympy
from sympy.printing.latex import LatexPrinter

from mostlikely.derivation.printing import Ordered, as_root, outside_of

__all__ = ["Latex", "label"]

#: Letters that fit on a line of a page.
LINE = 50


class Latex(Ordered, LatexPrinter):
    """LaTeX as the field writes it: log Γ(x), |y − μ|, and names of several letters upright."""

    settings: ClassVar = {"order": "rev-lex", "mul_symbol": r" \, "}

    def estimate(self, expr: Any) -> str:
        """A product of roots under one root."""
        squared = as_root(expr)
        return str(self.doprint(expr) if squared is None else rf"\sqrt{{{self.doprint(squared)}}}")

    def root(self, variance: Any) -> str:
        """The root of a variance."""
        outside, inside = outside_of(variance)
        above, below = sympy.fraction(inside)
        if above == 1 and below != 1:
            return rf"\frac{{{self.doprint(outside)}}}{{\sqrt{{{self.doprint(below)}}}}}"
        rooted = "" if inside == 1 else rf"\sqrt{{{self.doprint(inside)}}}"
        return rooted if outside == 1 else rf"{self.doprint(outside)} \, {rooted}"

    def hat(self, symbol: Any) -> str:
        """The symbol of an estimate."""
        plain = self._named(symbol)
        wide = len(symbol.name.partition("[")[0]) > 1 and not plain.startswith("\\mu")
        greek = re.fullmatch(r"\\[a-z]+", plain)
        return rf"\widehat{{{plain}}}" if wide and not greek else rf"\hat{{{plain}}}"

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        if expr in self.hats:
            return self.hat(expr)
        printed = self._named(expr, style)
        if not (self.indexed and (expr == self.y or expr in self.rowwise)):
            return printed
        return f"{printed}_{{i}}" if "_" not in printed else rf"{{{printed}}}_{{i}}"

    def _named(self, expr: Any, style: str = "plain") -> str:
        name, _, level = expr.name.rstrip("]").partition("[")
        printed = super()._print_Symbol(sympy.Symbol(name), style)
        if len(name) > 1 and "\\" not in printed:
            printed = rf"\mathrm{{{name.replace('_', chr(92) + '_')}}}"
        return rf"{printed}_{{{label(level)}}}" if level else str(printed)

    def _print_Abs(self, expr: Any, exp: str | None = None) -> str:
        inside = min(map(self._print, (expr.args[0], -expr.args[0])), key=len)
        return self._raised(rf"\left|{inside}\right|", exp)

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        of = expr.args[0]
        if isinstance(of, sympy.gamma):
            return self._print_loggamma(of, exp)
        inside = self._print(of)
        bare = of.is_Atom or (isinstance(of, sympy.Function) and "\\left" not in inside)
        return self._raised(rf"\log\,{inside}" if bare else rf"\log\left({inside}\right)", exp)

    def _print_loggamma(self, expr: Any, exp: str | None = None) -> str:
        of = expr.args[0]
        whole = of - 1
        if whole.is_integer:
            return self._raised(rf"\log\,{self._factorial(whole)}", exp)
        return self._raised(rf"\log\,\Gamma\left({self._print(of)}\right)", exp)

    def _print_gamma(self, expr: Any, exp: str | None = None) -> str:
        whole = expr.args[0] - 1
        if whole.is_integer:
            return self._raised(self._factorial(whole), exp)
        return self._raised(rf"\Gamma\left({self._print(expr.args[0])}\right)", exp)

    def _factorial(self, whole: Any) -> str:
        inside = self._print(whole)
        return f"{inside}!" if whole.is_Atom else rf"\left({inside}\right)!"

    def _print_polygamma(self, expr: Any, exp: str | None = None) -> str:
        order, of = expr.args
        primes = "'" * int(order) if order.is_Integer else ""
        return self._raised(rf"\psi{primes}\left({self._print(of)}\right)", exp)

    def _print_besseli(self, expr: Any, exp: str | None = None) -> str:
        order, of = expr.args
        return self._raised(rf"I_{{{self._print(order)}}}\left({self._print(of)}\right)", exp)

    def _print_sign(self, expr: Any, exp: str | None = None) -> str:
        return self._raised(rf"\operatorname{{sign}}\left({self._print(expr.args[0])}\right)", exp)

    def _print_atan2(self, expr: Any, exp: str | None = None) -> str:
        inside = ",\\, ".join(map(self._print, expr.args))
        return self._raised(rf"\operatorname{{atan2}}\left({inside}\right)", exp)

    # Statistics.

    def _sum(self, f: Any) -> str:
        inside = self.rows(f)
        inside = rf"\left({inside}\right)" if f.is_Add else inside
        return rf"\sum_{{i=1}}^{{{self._print(self.n)}}} {inside}"

    def _print_Total(self, expr: Any, exp: str | None = None) -> str:
        return self._raised(self._sum(expr.args[0]), exp)

    def _print_Mean(self, expr: Any, exp: str | None = None) -> str:
        f, within = expr.args[0], self.indexed
        if f == self.y:
            return self._raised(rf"\bar{{{self._named(f)}}}", exp, bare=True)
        printed = rf"\frac{{1}}{{{self._print(self.n)}}} {self._sum(f)}"
        self.indexed = within
        return self._raised(printed, exp)

    def _print_Share(self, expr: Any, exp: str | None = None) -> str:
        count = self._print_Count(expr)
        return self._raised(rf"\frac{{{count}}}{{{self._print(self.n)}}}", exp)

    def _print_Count(self, expr: Any, exp: str | None = None) -> str:
        return self._raised(rf"n_{{{label(self.labels[int(expr.args[0])])}}}", exp)

    def _print_Median(self, expr: Any, exp: str | None = None) -> str:
        return self._raised(rf"\operatorname{{median}}({self._named(expr.args[0])})", exp)

    def _print_Smallest(self, expr: Any, exp: str | None = None) -> str:
        return self._raised(rf"\min_i\, {self._named(expr.args[0])}_i", exp)

    def _print_Largest(self, expr: Any, exp: str | None = None) -> str:
        return self._raised(rf"\max_i\, {self._named(expr.args[0])}_i", exp)

    def _raised(self, printed: str, exp: str | None, bare: bool = False) -> str:
        if exp is None:
            return printed
        return f"{printed}^{{{exp}}}" if bare else rf"\left({printed}\right)^{{{exp}}}"

    def lines(self, formula: Any, width: int = LINE) -> list[str]:
        """The terms of a sum, as many to a line as fit."""
        lines = [""]
        for term in map(self._print, self._as_ordered_terms(formula)):
            signed = term if term.startswith("-") or lines == [""] else f"+ {term}"
            if lines[-1] and _width(lines[-1] + signed) > width:
                lines.append("")
            lines[-1] = f"{lines[-1]} {signed}".strip()
        return lines


def label(name: str) -> str:
    """A label of the user's as LaTeX: a number or a letter as it is, words as text."""
    if re.fullmatch(r"\w|\d+", name) and name != "_":
        return name
    escaped = re.sub(r"([#$%&_{}])", r"\\\1", re.sub(r"[\\^~]", " ", name))
    return rf"\text{{{escaped}}}"


def _width(printed: str) -> int:
    """Roughly, in letters: Greek ones are one, marks of layout none."""
    plain = re.sub(r"\\(?:left|right|mathrm|frac|quad|,)|[{}^_ ]", "", printed)
    return len(re.sub(r"\\(?!log|exp)[a-zA-Z]+", "x", plain))
