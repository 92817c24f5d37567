"""The closed grammar of terms that a file may hold: columns, numbers, operators, known functions.

A formula that a person types is code of their own program. One that a file brings is a stranger's,
and is evaluated only if nothing in it but columns, numbers, arithmetic, comparisons, NumPy's
elementwise functions and the transforms of the formula library can be meant.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from typing import Any

import numpy as np

from mostlikely.data.formula.parse import (
    DOT,
    QUOTED,
    expression_of,
    factors_of,
    formula_of,
    response_of,
)
from mostlikely.data.formula.seen_words import seen_of
from mostlikely.data.formula.size import refuse_large
from mostlikely.errors import ModelError

__all__ = ["check_expression", "check_formula", "check_terms"]

#: Functions by their names alone.
FUNCTIONS = {
    *("log", "log10", "log2", "exp", "exp2", "exp10", "I"),
    *("bs", "cr", "cs", "cc", "poly", "center", "scale", "standardize", "lag", "hashed", "C", "Q"),
    *("Treatment", "Sum", "Poly", "Helmert", "Diff"),
}
#: Contrasts, which are given as they are or called.
CONTRASTS = {"treatment", "sum", "poly", "helmert", "diff", "SAS"}
#: Of NumPy, what is no elementwise function of its own but works by elements, and constants.
ELEMENTWISE, CONSTANTS = {"where", "clip", "round"}, {"pi", "e", "inf", "nan"}
#: Names of keywords of the functions above that take settings.
KEYWORDS = {
    *("df", "knots", "degree", "include_intercept", "lower_bound", "upper_bound", "extrapolation"),
    *("constraints", "raw", "ddof", "center", "rescale", "scale", "levels", "contrasts", "base"),
    *("reference", "reverse", "scores", "k", "spans_intercept", "drop"),
}
#: What ends or escapes a string.
MARKS = "'\"\\"
OPERATORS = (
    *(ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod, ast.Pow),
    *(ast.BitAnd, ast.BitOr, ast.BitXor),
)
SIGNS = (ast.UAdd, ast.USub, ast.Invert)
COMPARED = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE)


def check_formula(text: str) -> None:
    """Raise ModelError unless every term of a formula, and its response, is of the grammar.

    Examples
    --------
    >>> check_formula("np.log(y) ~ bs(age, df=4) * C(sex)")
    >>> check_formula("y ~ I(__import__('os').getpid() * x)")
    Traceback (most recent call last):
        ...
    mostlikely.errors.ModelError: the term "I(__import__('os').getpid() * x)" ...
    """
    response = response_of(text)
    if response is not None:
        seen = seen_of(response)
        read = [response] if seen is None else [*seen.expressions(True), *seen.expressions(False)]
        for expression in read:
            check_expression(expression)
    right = text[text.find("~") + 1 :].strip() or "1"
    if right != "1":
        check_terms(factors_of(formula_of(_undotted(right), text)).values())


def _undotted(right: str) -> str:
    """A right side in which a name stands for the dot that stands for all other columns."""
    parts = re.split(f"({QUOTED})", right)
    return "".join(p if k % 2 else re.sub(DOT, "others", p) for k, p in enumerate(parts))


def check_expression(expression: str) -> None:
    """Raise ModelError unless a response is a column, or an expression of the grammar."""
    if expression.isidentifier():
        return
    try:
        factors = factors_of(expression_of(expression)).values()
    except ModelError:  # the name of a column that is no plain word
        return
    check_terms(factors)


def check_terms(factors: Collection[Any], columns: Collection[str] | None = None) -> None:
    """Raise ModelError unless factors of a formula are of the grammar.

    Parameters
    ----------
    factors : collection
        As the formula library has them.
    columns : collection of str, optional
        The columns that they may read; any by default.
    """
    for factor in factors:
        expr = str(factor.expr)
        if factor.eval_method.name == "PYTHON":
            refuse_large(expr, repr(expr))
            _Checked(expr, columns).tree()
        elif factor.eval_method.name == "LOOKUP":
            _Checked(expr, columns).column(expr)
        elif not isinstance(_constant(expr), int | float):
            raise _Checked(expr, columns).refused("a constant that is no number")


def _constant(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


class _Checked:
    """One factor, looked at node by node."""

    def __init__(self, expr: str, columns: Collection[str] | None) -> None:
        self.expr, self.columns = expr, columns

    def refused(self, what: str) -> ModelError:
        return ModelError(
            f"the term {self.expr!r} has {what}, and a saved fit may hold none: its terms are made "
            "of columns, numbers, + - * / **, comparisons, NumPy's elementwise functions, and C, "
            "bs, cr, cc, poly, center, scale and the like. Compute a column first, and name that."
        )

    def column(self, name: str) -> None:
        """Refuse a name that is none of the columns."""
        if name.startswith("__") or (self.columns is not None and name not in self.columns):
            raise self.refused(f"the name {name!r}, which is no column")

    def text(self, text: str) -> None:
        """Refuse text that could end the quotes in which the formula library writes it as code."""
        if not text.isprintable() or any(mark in text for mark in MARKS):
            raise self.refused(f"the text {text!r} with a quotation mark or a backslash in it")

    def tree(self) -> None:
        """Refuse the factor unless it is of the grammar."""
        quoted = re.findall(r"`([^`]+)`", self.expr)
        for name in quoted:
            self.column(name)
            self.text(name)
        try:
            body = ast.parse(re.sub(r"`[^`]+`", "0", self.expr).strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise self.refused("something that cannot be read") from None
        try:
            self.node(body)
        except RecursionError:
            raise self.refused("brackets in one another without end") from None

    def node(self, node: ast.AST) -> None:
        """Refuse an expression that is not of the grammar."""
        match node:
            case ast.Constant(bool() | int() | float()):
                return
            case ast.Name(name):
                self.column(name)
            case ast.Attribute(ast.Name("np"), name) if name in CONSTANTS:
                return
            case ast.BinOp(left, operator, right) if isinstance(operator, OPERATORS):
                self.node(left)
                self.node(right)
            case ast.UnaryOp(sign, operand) if isinstance(sign, SIGNS):
                self.node(operand)
            case ast.Compare(left, signs, others) if all(isinstance(s, COMPARED) for s in signs):
                for side in (left, *others):
                    self.setting(side)
            case ast.Call(function, arguments, words):
                self.call(function, arguments, words)
            case _:
                raise self.refused(f"the expression {ast.unparse(node)!r}")

    def call(self, function: ast.AST, arguments: list[Any], words: list[ast.keyword]) -> None:
        """Refuse a call of what is not known to be harmless."""
        match function:
            case ast.Name(name) if name in FUNCTIONS:
                pass
            case ast.Attribute(ast.Name("contr"), name) if name in CONTRASTS:
                pass
            case ast.Attribute(ast.Name("np"), name) if not words and (
                name in ELEMENTWISE or isinstance(getattr(np, name, None), np.ufunc)
            ):
                pass
            case _:
                raise self.refused(f"the call of {ast.unparse(function)!r}")
        for argument in arguments:
            self.setting(argument)
        for word in words:
            if word.arg not in KEYWORDS:
                raise self.refused(f"the keyword {word.arg!r}")
            self.setting(word.value)

    def setting(self, node: ast.AST) -> None:
        """An argument may be text, nothing, a list of settings or a contrast besides."""
        match node:
            case ast.Constant(str(text)):
                self.text(text)
            case ast.Constant(None):
                return
            case ast.List(items) | ast.Tuple(items):
                for item in items:
                    self.setting(item)
            case ast.Attribute(ast.Name("contr"), name) if name in CONTRASTS:
                return
            case ast.Name(name) if name in FUNCTIONS and name[0].isupper() and len(name) > 1:
                return
            case _:
                self.node(node)
