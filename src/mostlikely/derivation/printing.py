"""Formulas as LaTeX for a page and as a line of text for a terminal."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter
from sympy.printing.str import StrPrinter

__all__ = ["ASCII", "Latex", "Text", "label", "root"]

#: Letters that fit on a line of a page.
LINE = 50
GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "kappa": "κ", "lambda": "λ", "mu": "μ",
    "nu": "ν", "phi": "φ", "rho": "ρ", "sigma": "σ", "tau": "τ", "theta": "θ", "xi": "ξ",
    "omega": "ω", "eta": "η", "pi": "π",
}  # fmt: skip
#: What a stream gets that knows ASCII only.
ASCII = {
    **{letter: name for name, letter in GREEK.items()},
    "ȳ": "mean(y)", "√": "sqrt", "Σ": "sum", "∏": "product", "ᵢ": "_i", "²": "^2", "³": "^3",
    "·": "*", "\u0302": "^", "∂": "d", "ℓ": "l", "−": "-", "½": "1/2", "Γ": "Gamma", "ψ": "digamma",
    "⇒": "=>", "≥": ">=", "≤": "<=", "∞": "inf", "ᵀ": "'", "…": "...", "⁻": "^-", "≈": "~",
    "’": "'", "≠": "!=", "→": "->", "∝": "~",
}  # fmt: skip


def _as_root(expr: Any) -> Any:
    """The square of a root of a product, so that it is written under one root; or None."""
    halves = [f for f in sympy.Mul.make_args(expr) if f.is_Pow and abs(f.exp) == sympy.S.Half]
    return expr**2 if len(halves) > 1 else None


def _signed(expr: Any) -> Any:
    """-p (p - 1) as p (1 - p)."""
    top, bottom = sympy.fraction(expr)
    for part, rest in ((top, bottom), (bottom, top)):
        sums = [f for f in sympy.Mul.make_args(part) if f.is_Add]
        if expr.could_extract_minus_sign() and sums:
            turned = sympy.Mul(*(-f if f is sums[0] else f for f in sympy.Mul.make_args(-part)))
            return turned / rest if part is top else rest / turned
    return expr


def root(expr: Any) -> Any:
    """The root of a variance that is shortest to write, and whether it is already taken."""
    expr = _signed(expr)
    taken = sympy.sqrt(expr)
    halves = [f for f in sympy.Mul.make_args(taken) if f.is_Pow and f.exp.is_Rational and f.exp.q == 2]
    plain = [f for f in halves if f.base.is_Symbol or f.base.is_Number]
    return (taken, True) if len(halves) == len(plain) <= 1 else (expr, False)


class Latex(LatexPrinter):
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
        expr, taken = root(variance)
        return str(self.doprint(expr)) if taken else rf"\sqrt{{{self.doprint(expr)}}}"

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
        return f"{printed}_{{i}}" if self.indexed and expr == self.y else printed

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
        bare = of.is_Atom or isinstance(of, sympy.Function) and "\\left" not in inside
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


class Text(StrPrinter):
    """One line for a terminal: Σ log yᵢ, √(...), σ². The same arguments as `Latex`."""

    def __init__(
        self, y: Any = None, n: Any = None, hats: Iterable[Any] = (), labels: Any = ()
    ) -> None:
        super().__init__({"order": "rev-lex"})
        self.y, self.n, self.hats, self.labels = y, n, set(hats), labels
        self.indexed = False

    def doprint(self, expr: Any) -> str:
        """The line."""
        printed = super().doprint(expr)
        for plain, short in ((r"\*\*2(?!\d|\.|/)", "²"), (r"\*\*3(?!\d|\.|/)", "³")):
            printed = re.sub(plain, short, printed)
        return printed.replace("**", "^").replace("*", "·").replace("sqrt(", "√(")

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
        expr, taken = root(variance)
        return self.doprint(expr) if taken else f"√({self.doprint(expr)})"

    def hat(self, symbol: Any) -> str:
        """The symbol of an estimate: a letter gets a hat, a word is as it is."""
        name = self._named(symbol)
        return f"{name}\u0302" if len(name) == 1 else name

    def _named(self, expr: Any) -> str:
        return GREEK.get(expr.name, expr.name)

    def _print_Symbol(self, expr: Any) -> str:
        if expr in self.hats:
            return self.hat(expr)
        return f"{self._named(expr)}ᵢ" if self.indexed and expr == self.y else self._named(expr)

    def _inside(self, f: Any, *, brackets: bool = True) -> str:
        within, self.indexed = self.indexed, True
        printed = self._print(f)
        self.indexed = within
        return f"({printed})" if f.is_Add and brackets else printed

    def _print_Total(self, expr: Any) -> str:
        return f"Σ {self._inside(expr.args[0])}"

    def _print_Mean(self, expr: Any) -> str:
        f = expr.args[0]
        if f == self.y:
            return "ȳ" if f.name == "y" else f"mean({f.name})"
        return f"mean({self._inside(f, brackets=False)})"

    def _print_Share(self, expr: Any) -> str:
        return f"({self._print_Count(expr)}/{self._print(self.n)})"

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
