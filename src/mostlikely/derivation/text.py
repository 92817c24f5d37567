"""Formulas as a line of text, for a terminal."""

from __future__ import annotations

import re
from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from mostlikely.derivation.printing import Ordered, as_root, outside_of
from mostlikely.derivation.statistics import Share, Total

__all__ = ["Text"]

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "phi": "φ", "rho": "ρ", "sigma": "σ", "tau": "τ", "theta": "θ", "xi": "ξ",
    "omega": "ω", "eta": "η", "pi": "π",
}  # fmt: skip


class Text(Ordered, StrPrinter):
    """One line for a terminal: Σ log yᵢ, √(...), σ²."""

    def doprint(self, expr: Any) -> str:
        """The line."""
        printed = super().doprint(expr)
        for plain, short in ((r"\*\*2(?![\d.])", "²"), (r"\*\*3(?![\d.])", "³")):
            printed = re.sub(plain, short, printed)
        return str(printed.replace("**", "^").replace("*", "·").replace("sqrt(", "√("))

    def estimate(self, expr: Any) -> str:
        """A product of roots under one root."""
        squared = as_root(expr)
        return self.doprint(expr) if squared is None else f"√({self.doprint(squared)})"

    def root(self, variance: Any) -> str:
        """The root of a variance."""
        outside, inside = outside_of(variance)
        above, below = sympy.fraction(inside)
        if above == 1 and below != 1:
            rooted = self.doprint(below)
            return f"{self._factor(outside)}/√{rooted if below.is_Symbol else f'({rooted})'}"
        rooted = "" if inside == 1 else f"√({self.doprint(inside)})"
        return rooted if outside == 1 else f"{self._factor(outside)}·{rooted}".rstrip("·")

    def _factor(self, expr: Any) -> str:
        printed = self.doprint(expr)
        return f"({printed})" if "/" in printed else printed

    def hat(self, symbol: Any) -> str:
        """The symbol of an estimate: a letter gets a hat, a word is as it is."""
        name = self._named(symbol)
        return f"{name}\u0302" if len(name) == 1 else name

    def _named(self, expr: Any) -> str:
        return str(GREEK.get(expr.name, expr.name).replace(r"\pi", "π"))

    def _print_Symbol(self, expr: Any) -> str:
        if expr in self.hats:
            return self.hat(expr)
        within = self.indexed and (expr == self.y or expr in self.rowwise)
        return f"{self._named(expr)}ᵢ" if within else self._named(expr)

    def _inside(self, f: Any) -> str:
        within, self.indexed = self.indexed, True
        printed = self._print(f)
        self.indexed = within
        return f"({printed})" if f.is_Add or f.is_Mul else printed

    def parenthesize(self, item: Any, level: Any, strict: bool = False) -> str:
        """A sum over the sample stands in a product as it is, under a power in brackets."""
        printed = str(super().parenthesize(item, level, strict))
        open_ = isinstance(item, Total | Share) and not printed.startswith("(")
        loose = open_ and level >= PRECEDENCE["Pow"]
        return f"({printed})" if loose else printed

    def _print_Piecewise(self, expr: Any) -> str:
        *cases, (last, _) = expr.args
        told = "".join(f"{self._print(e)} if {self._print(c)}, " for e, c in cases)
        return f"{{{told}else {self._print(last)}}}"

    def _print_Total(self, expr: Any) -> str:
        return f"Σ {self._inside(expr.args[0])}"

    def _print_Mean(self, expr: Any) -> str:
        f = expr.args[0]
        if f == self.y:
            return "ȳ" if f.name == "y" else f"mean({f.name})"
        return f"Σ {self._inside(f)}/{self._print(self.n)}"

    def _print_Pi(self, expr: Any) -> str:
        return "π"

    def _print_Share(self, expr: Any) -> str:
        return f"{self._print_Count(expr)}/{self._print(self.n)}"

    def _print_Count(self, expr: Any) -> str:
        return f"n[{self.labels[int(expr.args[0])]}]"

    def _print_Median(self, expr: Any) -> str:
        return f"median({self._named(expr.args[0])})"

    def _print_Smallest(self, expr: Any) -> str:
        return f"min({self._named(expr.args[0])})"

    def _print_Largest(self, expr: Any) -> str:
        return f"max({self._named(expr.args[0])})"

    def _print_loggamma(self, expr: Any) -> str:
        whole = expr.args[0] - 1
        if whole.is_integer:
            return f"log({self._factorial(whole)})"
        return f"logΓ({self._print(expr.args[0])})"

    def _print_gamma(self, expr: Any) -> str:
        whole = expr.args[0] - 1
        if whole.is_integer:
            return self._factorial(whole)
        return f"Γ({self._print(expr.args[0])})"

    def _factorial(self, whole: Any) -> str:
        inside = self._print(whole)
        return f"{inside}!" if whole.is_Atom else f"({inside})!"

    def _print_polygamma(self, expr: Any) -> str:
        order, of = expr.args
        return f"ψ{chr(39) * int(order)}({self._print(of)})"

    def _print_besseli(self, expr: Any) -> str:
        order, of = expr.args
        return f"I{order}({self._print(of)})"

    def _print_Abs(self, expr: Any) -> str:
        inside = min(map(self._print, (expr.args[0], -expr.args[0])), key=len)
        return f"|{inside}|"
