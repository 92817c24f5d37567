"""Formulas as LaTeX for a page and as a line of text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from mostlikely.derivation.statistics import Share, Total

__all__ = ["Latex", "Text", "label"]

#: Letters that fit on a line of a page.
LINE = 50
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "phi": "φ", "rho": "ρ", "sigma": "σ", "tau": "τ", "theta": "θ", "xi": "ξ",
    "omega": "ω", "eta": "η", "pi": "π",
}  # fmt: skip


def _as_root(expr: Any) -> Any:
    """The square of a root of a product, so that it is written under one root; or None."""
    halves = [f for f in sympy.Mul.make_args(expr) if f.is_Pow and abs(f.exp) == sympy.S.Half]
    return expr**2 if len(halves) > 1 else None


def _signed(expr: Any) -> Any:
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


def _outside(variance: Any) -> tuple[Any, Any]:
    """What leaves the root of a variance whole, and what stays under it."""
    outside, inside = sympy.S.One, sympy.S.One
    for factor in sympy.Mul.make_args(_signed(variance)):
        base, power = factor.as_base_exp()
        if base.is_Symbol and base.is_positive and (power / 2).is_integer:
            outside *= base ** (power / 2)
        else:
            inside *= factor
    return outside, inside


class _Ordered:
    """Sums as they are written by hand: what is added before what is taken away."""

    y: Any

    def _as_ordered_terms(self, expr: Any, order: Any = None) -> list[Any]:
        terms = super()._as_ordered_terms(expr, order=order)  # type: ignore[misc]
        return sorted(terms, key=lambda term: bool(term.could_extract_minus_sign()))

    def upright(self, expr: Any) -> Any:
        """A quotient whose sums begin with y, where the sign can be moved to do so."""
        sums = [f for f in sympy.Mul.make_args(expr) if f.is_Add and f.has(self.y)]
        if len(sums) != 1:
            return expr
        held = [t for t in sums[0].args if t.has(self.y)]
        turned = all(t.could_extract_minus_sign() for t in held)
        return sympy.Mul(-expr / sums[0], -sums[0]) if turned else expr

    def _upright(self, expr: Any) -> Any:
        """An even power of y − μ and not of μ − y."""
        if expr.is_Pow and expr.base.is_Add and expr.exp.is_Integer and expr.exp % 2 == 0:
            held = [t for t in expr.base.args if self.y is not None and t.has(self.y)]
            constant = expr.base.as_coeff_Add()[0]
            turned = len(held) == 1 and held[0].could_extract_minus_sign()
            if constant.is_negative or (turned and constant == 0):
                return sympy.Pow(-expr.base, expr.exp, evaluate=False)
        return expr

    def _print_Pow(self, expr: Any, **options: Any) -> str:
        return str(super()._print_Pow(self._upright(expr), **options))  # type: ignore[misc]


class Latex(_Ordered, LatexPrinter):
    """LaTeX as the field writes it: log Γ(x), |y − μ|, and names of several letters upright.

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

    def __init__(
        self, y: Any = None, n: Any = None, hats: Iterable[Any] = (), labels: Any = ()
    ) -> None:
        super().__init__({"order": "rev-lex", "mul_symbol": r" \, "})
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

    def estimate(self, expr: Any) -> str:
        """A product of roots under one root."""
        squared = _as_root(expr)
        return str(self.doprint(expr) if squared is None else rf"\sqrt{{{self.doprint(squared)}}}")

    def signed(self, expr: Any) -> str:
        """Without a minus that a difference can take."""
        return str(self.doprint(_signed(expr)))

    def root(self, variance: Any) -> str:
        """The root of a variance."""
        outside, inside = _outside(variance)
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


class Text(_Ordered, StrPrinter):
    """One line for a terminal: Σ log yᵢ, √(...), σ². The same arguments as `Latex`."""

    def __init__(
        self, y: Any = None, n: Any = None, hats: Iterable[Any] = (), labels: Any = ()
    ) -> None:
        super().__init__({"order": "rev-lex"})
        self.y, self.n, self.hats, self.labels = y, n, set(hats), labels
        #: What else has an index inside a sum: other columns, parameters that follow predictors.
        self.rowwise: set[Any] = set()
        self.indexed = False

    def doprint(self, expr: Any) -> str:
        """The line."""
        printed = super().doprint(expr)
        for plain, short in ((r"\*\*2(?![\d.])", "²"), (r"\*\*3(?![\d.])", "³")):
            printed = re.sub(plain, short, printed)
        return str(printed.replace("**", "^").replace("*", "·").replace("sqrt(", "√("))

    def rows(self, expr: Any) -> str:
        """As it stands inside a sum over the sample."""
        self.indexed = True
        try:
            return self.doprint(expr)
        finally:
            self.indexed = False

    def estimate(self, expr: Any) -> str:
        """A product of roots under one root."""
        squared = _as_root(expr)
        return self.doprint(expr) if squared is None else f"√({self.doprint(squared)})"

    def signed(self, expr: Any) -> str:
        """Without a minus that a difference can take."""
        return self.doprint(_signed(expr))

    def root(self, variance: Any) -> str:
        """The root of a variance."""
        outside, inside = _outside(variance)
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
