"""How much work a formula asks for, told from how it is written, before any of it is done."""

from __future__ import annotations

import ast
import re
from typing import Any

from mostlikely.errors import ModelError

__all__ = ["refuse_endless"]

#: A formula is not spelt out to more terms than this, and no constant in it is a larger number.
MOST_TERMS, LARGEST = 50_000, 1e300
#: Functions that make as many columns as a number in them says, and the most that one may say.
MAKERS, MOST_COLUMNS = {"poly", "bs", "cr", "cs", "cc", "te", "hashed", "range"}, 20_000


def refuse_endless(rhs: str, shown: str) -> None:
    """Raise ModelError if a right side would take no end of work; ``shown`` is its formula."""
    from formulaic.parser import DefaultFormulaParser

    # what the library multiplies out, and what it leaves to Python
    terms = _terms(DefaultFormulaParser().get_ast(rhs), shown)
    if terms > MOST_TERMS:
        raise ModelError(
            f"the formula {shown} has {terms:.3g} terms when it is multiplied out, and no more "
            f"than {MOST_TERMS:,} are taken; write those that you mean."
        )


def _terms(node: Any, shown: str) -> float:
    """How many terms a node of the library's tree stands for, at most, before any is dropped."""
    added = 0.0  # long sums go down on the left, deeper than calls may
    while len(getattr(node, "args", ())) == 2 and node.operator.symbol in "+-":
        added += _terms(node.args[1], shown)
        node = node.args[0]
    return added + _multiplied(node, shown)


def _multiplied(node: Any, shown: str) -> float:
    """The same of a node that is no sum."""
    if not hasattr(node, "operator"):
        if node is not None and getattr(node.kind, "name", "") == "PYTHON":
            refuse_large(str(node.token), shown)
        return 1.0
    sizes = [_terms(arg, shown) for arg in node.args]
    match node.operator.symbol, sizes:
        case ":" | "in", [a, b]:
            return a * b
        case "*", [a, b]:
            return a + b + a * b
        case "**" | "^", [a, _]:
            power = re.fullmatch(r"\d+", str(getattr(node.args[1], "token", "")))
            if power is None and hasattr(node.args[1], "operator"):
                return float("inf") if node.args[1].operator.symbol in ("**", "^") else 1.0
            exponent = 1.0 if power is None else float(power[0])
            long = 1.0 + (exponent > MOST_TERMS)  # even a term by itself is a long product
            return _power(max(a, long), exponent) * max(0.5 * exponent, 1.0)
    return sum(sizes)


def _power(base: float, exponent: float) -> float:
    try:
        return float(base**exponent)
    except OverflowError:
        return float("inf")


def refuse_large(expression: str, shown: str) -> None:
    """Raise ModelError if a constant in a piece of Python is too large to be worked out."""
    try:
        tree = ast.parse(re.sub(r"`[^`]*`", "_", expression), mode="eval")
    except (SyntaxError, ValueError):  # which the library says in its own words
        return
    for node in ast.walk(tree):
        made = 0.0
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in MAKERS:
            given = [*node.args, *(word.value for word in node.keywords)]
            made = max(map(_constant, given), default=0.0)
        if _constant(node) > LARGEST or made > MOST_COLUMNS:
            raise ModelError(
                f"the formula {shown} has the expression {ast.unparse(node)!r}, whose size has no "
                "end; write a number that a computer holds."
            )


def _constant(node: ast.AST) -> float:
    """The size of an expression of numbers alone, infinite beyond floats; zero of any other."""
    match node:
        case ast.Constant(int() | float() as value):
            return float(value) if value <= LARGEST else float("inf")
        case ast.Call(ast.Name("pow"), [base, exponent]):
            return _power(_constant(base), _constant(exponent))
        case ast.UnaryOp(_, operand):
            return _constant(operand)
        case ast.BinOp(left, operator, right):
            a, b = _constant(left), _constant(right)
            match operator:
                case ast.Pow():
                    return _power(a, b)
                case ast.LShift():
                    return a * _power(2.0, b)
                case ast.Mult():
                    return a * b
            return a + b
    return 0.0
