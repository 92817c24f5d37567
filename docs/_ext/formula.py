"""A family's log-density as LaTeX: SymPy reads the one formula that everything else reads."""

from __future__ import annotations

import re
from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from mostlikely.family.base import Family

LOG_2PI = sympy.log(2 * sympy.pi)

#: Letters that fit on a line of a page.
LINE = 50
ATOMS = (sympy.Symbol, sympy.log)


class Printer(LatexPrinter):
    """LaTeX as the field writes it: log Γ(x), |y − μ|, and names of several letters upright."""

    def __init__(self) -> None:
        super().__init__({"order": "rev-lex", "mul_symbol": r" \, "})

    def _print_Symbol(self, expr: Any, style: str = "plain") -> str:
        name, _, level = expr.name.rstrip("]").partition("[")
        printed = super()._print_Symbol(sympy.Symbol(name), style)
        if len(name) > 1 and "\\" not in printed:
            printed = rf"\mathrm{{{name}}}"
        return rf"{printed}_{{{level}}}" if level else str(printed)

    def _print_Abs(self, expr: Any, exp: str | None = None) -> str:
        inside = min(map(self._print, (expr.args[0], -expr.args[0])), key=len)
        return self._raised(rf"\left|{inside}\right|", exp)

    def _print_log(self, expr: Any, exp: str | None = None) -> str:
        inside = self._print(expr.args[0])
        return self._raised(
            rf"\log\,{inside}" if expr.args[0].is_Atom else rf"\log\left({inside}\right)", exp
        )

    def _print_loggamma(self, expr: Any, exp: str | None = None) -> str:
        return self._raised(rf"\log\,\Gamma\left({self._print(expr.args[0])}\right)", exp)

    def _raised(self, printed: str, exp: str | None) -> str:
        return printed if exp is None else rf"\left({printed}\right)^{{{exp}}}"

    def lines(self, formula: sympy.Expr) -> list[str]:
        """The terms of a sum, as many to a line as fit."""
        lines = [""]
        for term in map(self._print, self._as_ordered_terms(formula)):
            signed = term if term.startswith("-") or lines == [""] else f"+ {term}"
            if lines[-1] and _width(lines[-1] + signed) > LINE:
                lines.append("")
            lines[-1] = f"{lines[-1]} {signed}".strip()
        return lines


def _width(printed: str) -> int:
    """Roughly, in letters: Greek ones are one, marks of layout none."""
    plain = re.sub(r"\\(?:left|right|mathrm|frac|quad|,)|[{}^_ ]", "", printed)
    return len(re.sub(r"\\(?!log|exp)[a-zA-Z]+", "x", plain))


def latex(family: type[Family]) -> str | None:
    """log p(y | parameters) = ..., as LaTeX; None where SymPy cannot read it."""
    read = reading(family)
    if read is None:
        return None
    formula, inside, (y, *parameters) = read
    printer = Printer()
    lines = printer.lines(formula)
    if inside is not None:
        lines.append(rf"\text{{where }} {printer.doprint(inside)}")
    given = ", ".join(map(printer.doprint, parameters))
    whole = r" \\ &\quad ".join(lines)
    return rf"\begin{{aligned}} \log\,p({y} \mid {given}) &= {whole} \end{{aligned}}"


def reading(
    family: type[Family],
) -> tuple[sympy.Expr, sympy.Expr | None, list[sympy.Symbol]] | None:
    """The log-density, the condition under which it holds, and their symbols."""
    symbols = [sympy.Symbol("y", real=True)]
    for name, param in family.parameters.items():
        symbols.append(sympy.Symbol(name, real=True, positive=param.domain.low >= 0.0 or None))
    try:
        formula = sympy.sympify(family.log_prob(*symbols))
    except (AttributeError, TypeError, ValueError):
        return None
    formula, inside = _inside(_exact(formula))
    return _shortest(formula), inside, symbols


def _exact(formula: sympy.Expr) -> sympy.Expr:
    """The numbers that NumPy has rounded, as what they are: 0.9189... is log(2π)/2."""
    return formula.xreplace({number: _identified(number) for number in formula.atoms(sympy.Float)})


def _identified(number: sympy.Float) -> sympy.Expr:
    for constant in (sympy.Integer(1), sympy.log(2 * sympy.pi), sympy.log(2), sympy.log(sympy.pi)):
        ratio = sympy.Rational(float(number / constant)).limit_denominator(100)
        if abs(ratio * constant - number) < 1e-14 * abs(number):
            return ratio * constant
    return sympy.nsimplify(number, [sympy.log(2), sympy.log(sympy.pi)], tolerance=1e-14)


def _inside(formula: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr | None]:
    """The formula inside a support that moves with the parameters, and the condition for it."""
    pieces = formula.atoms(sympy.Piecewise)
    inside = {p.args[0].cond for p in pieces if p.args[-1].expr == -sympy.oo}
    if not inside:
        return formula, None
    return (
        formula.replace(
            lambda e: isinstance(e, sympy.Piecewise) and e.args[0].cond in inside,
            lambda e: e.args[0].expr,
        ),
        sympy.And(*inside),
    )


def _shortest(formula: sympy.Expr) -> sympy.Expr:
    """The formula as written, or multiplied out where that cancels more than it adds."""
    differences = {e: sympy.Dummy() for e in formula.atoms(sympy.Add) if _is_difference(e)}
    back = {dummy: difference for difference, dummy in differences.items()}
    readings = [formula]
    for reading in (formula, _split_logs(formula), formula.xreplace(differences)):
        expanded = sympy.expand(reading)
        collected = sympy.collect(expanded, expanded.atoms(sympy.log))
        readings += [expanded.xreplace(back), collected.xreplace(back)]
    return min(readings, key=sympy.count_ops)


def _split_logs(formula: sympy.Expr) -> sympy.Expr:
    """log(ab + ac) as log a + log(b + c)."""
    return formula.replace(sympy.log, lambda x: sympy.expand_log(sympy.log(sympy.factor(x))))


def _is_difference(e: sympy.Add) -> bool:
    """Whether it is y − μ or log y − log scale, which nobody wants to see multiplied out."""
    signs = sorted((t.func in ATOMS) - ((-t).func in ATOMS) for t in e.args)
    return signs == [-1, 1]
