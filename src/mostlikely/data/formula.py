"""Model formulas: parsed and coded by formulaic, read as the pieces of a design.

Where every factor of a formula is a column (numbers, or labels coded against their first level)
the formula library is shown only as many rows as it takes to see each level once: it says which
columns there are and how they are called, and they are read where they lie. Any other formula
(transforms, splines, contrasts) is its to evaluate, once, and what it has learnt is kept for new
data. A formula is code that is run: it must come from the user's own program.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.design import Design, Factor, Matrix, Piece, Products
from mostlikely.data.frame import Table
from mostlikely.data.numbers import few
from mostlikely.errors import DataError, ModelError, nearest

__all__ = ["Coding", "Parsed", "cluster_codes", "encode", "evaluate", "parse", "variables_of"]

INTERCEPT = "Intercept"


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
    """

    response: str | None
    rhs: str
    columns: tuple[str, ...]


@cache
def parse(text: str) -> Parsed:
    """Take a formula apart, without data.

    Raises
    ------
    ModelError
        If it is not a formula.
    """
    left, tilde, right = text.partition("~")
    response = left.strip().strip("`") or None
    rhs = (right if tilde else left).strip() or "1"
    return Parsed(response if tilde else None, rhs, variables_of(_formula(rhs, text)))


def variables_of(formula: Any) -> tuple[str, ...]:
    """The variables that a formula reads: columns by name, and the names in what is computed."""
    if isinstance(formula, str):
        formula = _expression(formula)
    found = set()
    for factor in _factors(formula):
        expr = str(factor.expr)
        if factor.eval_method.name == "LOOKUP":
            found.add(expr)
        elif factor.eval_method.name == "PYTHON":
            found.update(re.findall(r"`([^`]+)`", expr))
            tree = ast.parse(re.sub(r"`[^`]+`", "0", expr), mode="eval")
            called = {_called(node) for node in ast.walk(tree)}
            names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
            found.update(names - called - {"np", "contr"})
    return tuple(sorted(found))


def _factors(formula: Any) -> list[Any]:
    return [factor for term in formula for factor in term.factors]


def _called(node: ast.AST) -> str | None:
    """The name of the function that is called, if it has a plain one."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id
    return None


def _formula(rhs: str, text: str | None = None) -> Any:
    from formulaic import Formula
    from formulaic.errors import FormulaicError

    try:
        formula = Formula(rhs)
        if hasattr(formula, "rhs"):
            raise ModelError(f"the formula {text or rhs!r} has more than one '~'; it may have one.")
        return formula
    except (FormulaicError, SyntaxError) as error:
        raise ModelError(
            f"the formula {text or rhs!r} cannot be read: {_sentence(error)} Write it as in "
            "'y ~ age + C(sex)'; names that are not plain words go in `backticks`."
        ) from None


def _sentence(error: Exception) -> str:
    first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return re.sub(r"\x1b\[[0-9;]*m|⧛|⧚", "", first).rstrip(".") + "."


def evaluate(expression: str, table: Table) -> Any:
    """A response: a column, or an expression of columns such as ``np.log(y)``."""
    if expression in table:
        return table.raw(expression)
    if expression.isidentifier():
        table.raw(expression)  # which names the nearest column
    formula = _expression(expression)
    columns = variables_of(formula)
    _known(columns, table)
    matrix = _materialised(formula, table.pandas(columns), expression)
    if matrix.shape[1] != 1:
        raise ModelError(
            f"the response {expression!r} makes {matrix.shape[1]} columns; it must be one. For "
            "successes out of trials name the successes, and the trials by n='trials'."
        )
    return np.asarray(matrix, dtype=np.float64)[:, 0]


def _expression(expression: str) -> Any:
    return _formula(f"0 + {expression}" if "(" in expression else f"0 + {{{expression}}}")


def _known(columns: Sequence[str], table: Table) -> None:
    for name in columns:
        if name not in table:
            raise DataError(f"there is no column {name!r}; {nearest(name, table.names)}")


@dataclass(frozen=True, eq=False)
class Labels:
    """The levels of a column of labels, in order."""

    column: str
    levels: tuple[Any, ...]

    def codes(self, table: Table) -> NDArray[np.int32]:
        """The place of each row's level.

        Raises
        ------
        DataError
            For a level that was not there when the model was fitted.
        """
        codes, found = _factorized(table, self.column)
        index = {level: k for k, level in enumerate(self.levels)}
        place = np.array([index.get(level, -1) for level in found], dtype=np.int32)
        out = place[codes] if len(found) else codes.astype(np.int32)
        strange = np.flatnonzero(out < 0)
        if len(strange):
            levels = list(dict.fromkeys(found[codes[r]] for r in strange))
            shown = [f"{found[codes[r]]!r}" for r in strange[:3]]
            rows = [int(r) for r in table.positions(strange[:3])]
            known = ", ".join(map(repr, self.levels[:10])) + ", ..." * (len(self.levels) > 10)
            raise DataError(
                f"{self.column} has {len(levels)} level{'s' * (len(levels) > 1)} that the model "
                f"has not seen: {few(shown, rows, len(strange))}; it knows {known}."
            )
        return np.asarray(out, dtype=np.int32)


def _factorized(table: Table, name: str) -> tuple[NDArray[np.intp], list[Any]]:
    """Codes and the different values of a column, in their order."""
    import pandas as pd

    column = table.pandas([name])[name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, ordered = column.cat.codes.to_numpy(), list(column.cat.categories)
        used = np.unique(codes)
        place = np.full(len(ordered) + 1, -1)
        place[used] = np.arange(len(used))
        return place[codes], [ordered[k] for k in used]
    codes, values = pd.factorize(column, sort=False)
    found = [v.item() if isinstance(v, np.generic) else v for v in list(values)]
    try:
        order = sorted(range(len(found)), key=lambda k: found[k])
    except TypeError:
        raise DataError(
            f"{name} holds labels of different types, which have no order; make them strings."
        ) from None
    place = np.empty(len(found), dtype=np.intp)
    place[order] = np.arange(len(found))
    return place[codes], [found[k] for k in order]


def cluster_codes(table: Table, cluster: Any) -> NDArray[np.intp]:
    """Which cluster each row in use is in, by a column's name or by labels."""
    if not isinstance(cluster, str):
        table = table.with_columns({"clusters": cluster})
        cluster = "clusters"
    missing = np.flatnonzero(table.missing(cluster))
    if len(missing):
        raise DataError(f"{cluster} has {len(missing)} missing values; every row has a cluster.")
    codes, found = _factorized(table, cluster)
    if len(found) < 2:
        raise DataError(f"{cluster} holds one cluster only; it takes at least two, and many.")
    return codes


@dataclass(frozen=True, eq=False)
class Coding:
    """What the right side of a formula has learnt from the data it was fitted to.

    Parameters
    ----------
    terms : tuple of str
        Column names, as the formula library gives them.
    columns : tuple of str
        The variables that are read.
    groups : sequence of (numeric columns, factors)
        For formulas of columns alone: what each run of terms multiplies.
    labels : mapping
        The levels of each column of labels.
    spec : object, optional
        The formula library's memory of any other formula.
    keep : array of int, optional
        Columns of its matrix that are used.
    """

    terms: tuple[str, ...]
    columns: tuple[str, ...]
    groups: tuple[tuple[tuple[str, ...], tuple[tuple[str, bool], ...]], ...] = ()
    labels: Mapping[str, Labels] = field(default_factory=dict)
    spec: Any = None
    keep: tuple[int, ...] = ()

    def design(self, table: Table) -> Design:
        """The columns for a table: that of the fit, or a new one.

        Raises
        ------
        DataError
            If a column is missing or unusable, or has a level that is not known.
        """
        _known(self.columns, table)
        if self.spec is not None:
            return self._materialised(table)
        codes = {name: labels.codes(table) for name, labels in self.labels.items()}
        pieces: list[Piece] = []
        for numbers, factors in self.groups:
            times = Products(tuple(table.numbers(name) for name in numbers), table.rows)
            if not factors:
                pieces.append(times)
                continue
            code, width = _crossed(
                [(codes[name], len(self.labels[name].levels), base) for name, base in factors]
            )
            pieces.append(Factor(code, width, times if numbers else None))
        return Design(pieces or [Matrix(np.empty((table.rows, 0)))], self.terms)

    def _materialised(self, table: Table) -> Design:
        for labels in self.labels.values():
            labels.codes(table)
        for name in self.columns:
            if name not in self.labels:
                table.numbers(name)
        matrix = _materialised(self.spec, table.pandas(self.columns), str(self.spec.formula))
        x = np.asarray(matrix, dtype=np.float64)[:, list(self.keep)]
        if not np.isfinite(x).all():
            rows, columns = np.nonzero(~np.isfinite(x))
            shown = ", ".join(map(str, table.positions(rows[:3])))
            raise DataError(
                f"the term {self.terms[columns[0]]!r} is not a finite number in {len(set(rows))} "
                f"rows (rows {shown}); look at what it is made of."
            )
        return Design([Matrix(x)], self.terms)


def _crossed(
    factors: Sequence[tuple[NDArray[np.int32], int, bool]],
) -> tuple[NDArray[np.int32], int]:
    """One code for a product of factors, the first varying fastest; base rows have no column."""
    code: Any = 0
    width, none = 1, np.zeros(len(factors[0][0]), dtype=bool)
    for codes, levels, base in factors:
        own = codes - 1 if base else codes
        none |= own < 0
        code = code + own * width
        width *= levels - 1 if base else levels
    return np.where(none, width, code).astype(np.int32), width


def encode(rhs: str, table: Table, intercept: bool = True) -> Coding:
    """Learn from the data what a formula's right side needs: levels, knots, means.

    Parameters
    ----------
    rhs : str
        The right side.
    table : Table
    intercept : bool
        False leaves the intercept's column out; labels are coded as if it were there.

    Raises
    ------
    ModelError, DataError
        If the formula cannot be evaluated on these data: a column that is not there, a factor of
        one level.
    """
    formula = _formula(rhs)
    columns = variables_of(formula)
    _known(columns, table)
    exprs = {str(f.expr) for f in _factors(formula) if f.eval_method.name != "LITERAL"}
    named = {e: e if e in table else _label_column(e) for e in exprs}
    labels = {}
    for name in columns:
        asked = any(e not in table and named[e] == name for e in exprs) or _calls_c(exprs, name)
        if asked or _holds_labels(table, name):
            _, levels = _factorized(table, name)
            if len(levels) < 2:
                only = repr(levels[0]) if levels else "nothing"
                raise DataError(
                    f"{name} has one level only, {only}, and so tells nothing apart; leave it out "
                    "of the formula."
                )
            labels[name] = Labels(name, tuple(levels))
    if all(name is not None and name in columns for name in named.values()):
        return _by_columns(formula, table, columns, labels, named, intercept)
    for name in columns:
        if name not in labels:
            table.numbers(name)
    frame = table.pandas(columns)
    matrix = _materialised(formula, frame, rhs)
    spec = matrix.model_spec
    names = list(spec.column_names)
    keep = tuple(k for k, name in enumerate(names) if intercept or name != INTERCEPT)
    return Coding(tuple(str(names[k]) for k in keep), columns, (), labels, spec, keep)


def _label_column(expr: str) -> str | None:
    """The column of ``C(column)``."""
    found = re.fullmatch(r"C\(\s*`?([^`(),]+?)`?\s*\)", expr)
    return found.group(1) if found else None


def _calls_c(exprs: Collection[str], name: str) -> bool:
    return any(re.search(rf"\bC\(\s*`?{re.escape(name)}`?\s*,", e) for e in exprs)


def _holds_labels(table: Table, name: str) -> bool:
    values = table.raw(name)
    kind = getattr(getattr(values, "dtype", None), "kind", None)
    if kind in ("b", "i", "u", "f"):
        return False
    if hasattr(values, "series"):
        return False
    return any(isinstance(v, str) for v in list(values[:100])) or _is_categorical(table, name)


def _is_categorical(table: Table, name: str) -> bool:
    return str(table.pandas([name])[name].dtype) == "category"


def _by_columns(
    formula: Any,
    table: Table,
    columns: tuple[str, ...],
    labels: Mapping[str, Labels],
    named: Mapping[str, str | None],
    intercept: bool,
) -> Coding:
    """Ask the formula library for the columns of a few rows that show every level."""
    import pandas as pd

    length = max([2, *(len(known.levels) for known in labels.values())])
    frame = {}
    for name in columns:
        if name in labels:
            levels = list(labels[name].levels)
            shown = [levels[k % len(levels)] for k in range(length)]
            frame[name] = pd.Categorical(shown, categories=levels)
        else:
            frame[name] = np.arange(1.0, length + 1.0)
    matrix = _materialised(formula, pd.DataFrame(frame, index=range(length)), "formula")
    groups, terms = [], []
    for entry in matrix.model_spec.structure:
        names = [str(column) for column in entry.columns]
        for scoped in entry.scoped_terms:
            numbers, factors = [], []
            for part in scoped.factors:
                column = str(named[str(part.factor.expr)])
                if column in labels:
                    factors.append((column, bool(part.reduced)))
                else:
                    numbers.append(column)
            width = 1
            for column, base in factors:
                width *= len(labels[column].levels) - base
            here, names = names[:width], names[width:]
            if intercept or here != [INTERCEPT]:
                groups.append((tuple(numbers), tuple(factors)))
                terms.extend(here)
    return Coding(tuple(terms), columns, tuple(groups), labels)


def _materialised(formula: Any, frame: Any, text: str) -> Any:
    from formulaic.errors import FormulaicError

    try:
        with np.errstate(all="ignore"):
            return formula.get_model_matrix(
                frame, context={"np": np}, output="numpy", na_action="ignore"
            )
    except (FormulaicError, ValueError, TypeError, NameError) as error:
        raise ModelError(
            f"the formula {text!r} cannot be evaluated on these data: {_sentence(error)}"
        ) from None
