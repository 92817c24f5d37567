"""Formulas as they are written: taken apart, with the columns that they read."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from mostlikely.data.formula.size import refuse_endless
from mostlikely.errors import ModelError

__all__ = [
    "Parsed",
    "expression_of",
    "factors_of",
    "formula_of",
    "has_dot",
    "parse",
    "response_of",
    "sentence_of",
    "variables_in",
    "variables_of",
]

#: What is quoted in a formula: names and strings.
QUOTED = r"`[^`]*`|'[^']*'|\"[^\"]*\""
#: The dot that stands for all other columns: no part of a number or of a name.
DOT = r"(?<![\w.)\]])\.(?![\w.(])"
#: What the formula library says, and what is said here.
WORDS = (
    (r"Operator `(.+?)` has insuf\w* arguments.*", r"something is missing beside \1."),
    (r"Could not find matching context marker.*", "a bracket is not closed, or not opened."),
    (r"Formula ended before quote context was closed\. Expected: (\S)\.?", r"a '\1' is missing."),
    (r"Missing operator between `(.+?)` and `(.+?)`.*", r"there is no '+' between \1 and \2."),
    (r"Operator `(.+?)` is incorrectly used.*", r"\1 cannot stand where it does."),
    (r"Numeric literals other than.*", "a number is no term; write 1 or 0 for the constant."),
    (r"invalid syntax.*", "an expression in it is no Python."),
)


@dataclass(frozen=True)
class Parsed:
    """A formula taken apart.

    Parameters
    ----------
    response : str or None
        The left side as written.
    rhs : str
        The right side.
    columns : tuple of str
        The variables that the right side reads.
    terms : frozenset of str
        Those that are a term of it as they are, main effects.
    """

    response: str | None
    rhs: str
    columns: tuple[str, ...]
    terms: frozenset[str] = field(default=frozenset(), repr=False)


@cache
def parse(text: str, others: tuple[str, ...] | None = None) -> Parsed:
    """Take a formula apart, without data.

    Parameters
    ----------
    text : str
    others : tuple of str, optional
        The columns that a dot stands for: "y ~ ." has all of them, "y ~ . - age" all but one.

    Raises
    ------
    ModelError
        If it is not a formula.

    Examples
    --------
    >>> parse("np.log(y) ~ age + C(sex)")
    Parsed(response='np.log(y)', rhs='age + C(sex)', columns=('age', 'sex'))
    """
    response, rhs = _sides(text)
    grouped = re.search(r"\(([^()|]*)\|([^()|]*)\)", re.sub(QUOTED, "_", rhs))
    if grouped is not None:
        g = grouped[2].strip()
        raise ModelError(
            f"the formula {text!r} has a random effect, {grouped[0]}, and these are not part of "
            f'this version; cluster="{g}" gives errors for rows that belong together, and C({g}) a '
            "coefficient for each level."
        )
    if others is not None and has_dot(text):
        every = " + ".join(f"`{name}`" for name in others) or "0"
        rhs = _outside_quotes(DOT, f"({every})", rhs)
    if rhs == "1":  # no need to wait for the formula library
        return Parsed(response, rhs, (), frozenset({"1"}))
    formula = formula_of(rhs, text)
    terms = frozenset(str(term).replace("`", "") for term in formula)
    return Parsed(response, rhs, variables_of(formula), terms)


def response_of(text: str) -> str | None:
    """The left side of a formula as written, or None."""
    return _sides(text)[0]


def has_dot(text: str) -> bool:
    """Whether a formula's right side says '.', which stands for all other columns."""
    return re.search(DOT, re.sub(QUOTED, "_", _sides(text)[1])) is not None


def _sides(text: str) -> tuple[str | None, str]:
    bare = re.sub(QUOTED, lambda quoted: "_" * len(quoted.group()), text)
    if bare.count("~") > 1:
        raise ModelError(f"the formula {text!r} has more than one '~'; it may have one.")
    at = bare.find("~")
    response = text[: max(at, 0)].strip().strip("`") or None
    return response, text[at + 1 :].strip() or "1"


def _outside_quotes(pattern: str, new: str, text: str) -> str:
    parts = re.split(f"({QUOTED})", text)
    return "".join(p if k % 2 else re.sub(pattern, lambda _: new, p) for k, p in enumerate(parts))


def variables_of(formula: Any) -> tuple[str, ...]:
    """The variables that a formula reads: columns by name, and the names in what is computed."""
    if isinstance(formula, str):
        formula = expression_of(formula)
    found: set[str] = set()
    for factor in factors_of(formula).values():
        found.update(variables_in(factor))
    return tuple(sorted(found))


def factors_of(formula: Any) -> dict[str, Any]:
    """The factors by how they are written; the constant is none."""
    factors = (factor for term in formula for factor in term.factors)
    return {str(f.expr): f for f in factors if f.eval_method.name != "LITERAL"}


def variables_in(factor: Any) -> set[str]:
    """The variables of one factor."""
    expr = str(factor.expr)
    if factor.eval_method.name == "LOOKUP":
        return {expr}
    quoted = set(re.findall(r"`([^`]+)`", expr))
    nodes = list(ast.walk(ast.parse(re.sub(r"`[^`]+`", "0", expr), mode="eval")))
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    for node in nodes:
        match node:
            case ast.Call(ast.Name("Q"), [ast.Constant(str(column))]):
                quoted.add(column)
                names.discard("Q")
            case ast.Call(ast.Name(function)):
                names.discard(function)
    return quoted | names - {"np", "contr"}


@cache
def formula_of(rhs: str, text: str | None = None) -> Any:
    """A right side as the formula library's terms, to be read; ``text`` is what to speak of.

    Raises
    ------
    ModelError
        If it is not one right side, or has an offset in it.
    """
    from formulaic import Formula, SimpleFormula

    shown = repr(text or rhs)
    try:
        refuse_endless(rhs, shown)
        formula = Formula(rhs)
    except ModelError:
        raise
    except Exception as error:  # syntax errors of several kinds
        if "`|`" in str(error):
            raise _barred(shown) from None
        if "`.`" in str(error):
            raise ModelError(
                f"the formula {shown} says '.', which stands for columns that only the data "
                "know; name them."
            ) from None
        raise ModelError(
            f"the formula {shown} cannot be read: {sentence_of(error)} Write it as in "
            "'y ~ age + C(sex)'; names that are not plain words go in `backticks`."
        ) from None
    if not isinstance(formula, SimpleFormula):
        raise _barred(shown)
    if any(re.match(r"offset\(", str(factor.expr)) for factor in factors_of(formula).values()):
        raise ModelError(
            f"the formula {shown} has an offset in it; pass it beside the formula, "
            "offset='column', or ml.linear(formula, offset='column')."
        )
    return formula


def _barred(shown: str) -> ModelError:
    return ModelError(
        f"the formula {shown} has several right sides, or random effects, and there is no "
        "place for them. A predictor of another parameter is a formula of its "
        "own: ml.Normal(mu='y ~ x', sigma='~ x')."
    )


def expression_of(expression: str) -> Any:
    """As one thing to compute: its + and − are those of numbers, not of terms."""
    return formula_of(f"0 + {{{expression}}}", expression)


def sentence_of(error: Exception) -> str:
    """The first line of an error of the formula library, as a sentence."""
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    first = re.sub(r"\x1b\[[0-9;]*m|⧛|⧚", "", first)
    for theirs, ours in WORDS:
        first = re.sub(theirs, ours, first)
    return first.rstrip(".") + "."
