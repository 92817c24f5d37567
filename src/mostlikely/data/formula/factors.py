"""The factors of a formula's terms, each with what it has learnt from the data of the fit.

A factor is a column of numbers, a column of labels coded against one of its levels, or something
computed from columns, which the formula library evaluates once and remembers how.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.parse import sentence_of
from mostlikely.data.formula.pieces import Floats
from mostlikely.data.source.numbers import few, rows_of, unusable
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError, nearest

__all__ = [
    "Computed",
    "Factor",
    "Labels",
    "Numbers",
    "Whole",
    "check_numbers",
    "crossed",
    "finite",
    "label_call",
    "materialised",
]

Codes = NDArray[np.int32]


class Factor(Protocol):
    """One factor of a term."""

    @property
    def labels(self) -> Labels | None:
        """Itself, if its columns are levels; otherwise they are numbers."""

    def names(self, expr: str, reduced: bool) -> list[str]:
        """What its columns are called, ``expr`` being the factor as it is written."""

    def arrays(self, table: Table) -> list[NDArray[Any]]:
        """Its columns, if they are numbers."""


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column of numbers."""

    column: str
    labels = None

    def names(self, expr: str, reduced: bool) -> list[str]:
        """The column's own."""
        return [expr]

    def arrays(self, table: Table) -> list[NDArray[Any]]:
        """Where it lies."""
        return [table.numbers(self.column)]


@dataclass(frozen=True, eq=False)
class Labels:
    """A column of labels.

    Parameters
    ----------
    column : str
    levels : tuple
        Those that occur, in order.
    base : int
        The one that has no column where the others are told from it.
    """

    column: str
    levels: tuple[Any, ...]
    base: int = 0

    @property
    def labels(self) -> Labels:
        """Its columns are levels."""
        return self

    def names(self, expr: str, reduced: bool) -> list[str]:
        """As the formula library has them: ``g[T.b]``, or ``g[b]`` where no level is left out."""
        if not reduced:
            return [f"{expr}[{level}]" for level in self.levels]
        return [f"{expr}[T.{v}]" for k, v in enumerate(self.levels) if k != self.base]

    def arrays(self, table: Table) -> list[NDArray[Any]]:
        """None: see `codes`."""
        return []

    @cached_property
    def _places(self) -> Mapping[Any, int]:
        return {level: k for k, level in enumerate(self.levels)}

    def codes(self, table: Table) -> Codes:
        """The place of each row's level.

        Raises
        ------
        DataError
            For a missing label, or a level that was not there when the model was fitted.
        """
        codes, found = table.labelled(self.column)
        place = np.array([self._places.get(level, -1) for level in found] + [-1], dtype=np.int32)
        out = place[codes]
        if not (out < 0).any():
            return out
        missing = np.flatnonzero(codes < 0)
        if len(missing):
            first = table.positions(missing[:3])
            raise unusable(self.column, "missing", len(missing), first, "leave such rows out")
        strange = np.flatnonzero(out < 0)
        levels = list(dict.fromkeys(found[codes[r]] for r in strange))
        seen = [f"{found[codes[r]]!r}" for r in strange[:3]]
        rows = [int(r) for r in table.positions(strange[:3])]
        known = ", ".join(map(repr, self.levels[:10])) + ", ..." * (len(self.levels) > 10)
        raise DataError(
            f"{self.column} has {len(levels)} level{'s' * (len(levels) > 1)} that the model "
            f"has not seen: {few(seen, rows, len(strange))}; it knows {known}."
        )

    def coded(self, table: Table, reduced: bool) -> tuple[Codes, int]:
        """The column of each row, the number of columns for the base, and that number."""
        codes, levels = self.codes(table), len(self.levels)
        if not reduced:
            return codes, levels
        column = np.arange(levels, dtype=np.int32)
        column[self.base + 1 :] -= 1
        column[self.base] = levels - 1
        return column[codes], levels - 1


@dataclass(frozen=True, eq=False)
class Computed:
    """Numbers computed from columns.

    Parameters
    ----------
    columns : tuple of str
        What they are computed from.
    spec : object
        The formula library's memory: knots, means.
    called : tuple of str
        What the columns are called.
    """

    columns: tuple[str, ...]
    spec: Any
    called: tuple[str, ...]
    labels = None

    @staticmethod
    def of(factor: Any, columns: tuple[str, ...], table: Table) -> Computed | None:
        """Evaluate a factor of a formula; None unless it is numbers that need no coding."""
        from formulaic import SimpleFormula
        from formulaic.parser.types import Factor as Written
        from formulaic.parser.types import Term

        constant = Term([Written("1", eval_method="literal")])
        check_numbers(columns, table)
        alone = SimpleFormula([constant, Term([factor])], _ordering="none")
        matrix = materialised(alone, table.pandas(columns), factor.expr)
        spec = matrix.model_spec
        if factor.expr not in spec.encoder_state:  # it was None
            raise ModelError(f"the expression {factor.expr!r} gives nothing: no number for a row.")
        kind = spec.encoder_state[factor.expr][0].value
        scoped = spec.structure[-1].scoped_terms
        # Beside the constant, a basis that contains it would be cut short.
        if kind != "numerical" or len(scoped) != 1 or scoped[0].factors[0].reduced:
            return None
        found = Computed(columns, spec, tuple(str(name) for name in spec.column_names[1:]))
        table.read[found] = found.checked(matrix, table)
        return found

    def names(self, expr: str, reduced: bool) -> list[str]:
        """As the formula library has them."""
        return list(self.called)

    def arrays(self, table: Table) -> list[NDArray[Any]]:
        """Evaluated as for the data of the fit; those are not evaluated twice."""
        if self not in table.read:
            check_numbers(self.columns, table)
            text = str(self.spec.formula[-1])
            matrix = materialised(self.spec, table.pandas(self.columns), text)
            table.read[self] = self.checked(matrix, table)
        return list(table.read[self].T)

    def checked(self, matrix: Any, table: Table) -> Floats:
        """The columns but the constant, one after the other in memory."""
        return finite(np.asfortranarray(matrix, dtype=np.float64)[:, 1:], self.called, table)


@dataclass(frozen=True, eq=False)
class Whole:
    """A formula that the library evaluates, with what it has learnt.

    Parameters
    ----------
    spec : object
        Its memory.
    columns : tuple of str
        The variables that are read.
    labels : tuple of Labels
        Those whose levels must be known.
    terms, keep : tuples
        The columns of its matrix that are used.
    """

    spec: Any
    columns: tuple[str, ...]
    labels: tuple[Labels, ...]
    terms: tuple[str, ...]
    keep: tuple[int, ...]

    def matrix(self, table: Table) -> Any:
        """The columns; those of the fit are not evaluated twice."""
        if self not in table.read:
            for labels in self.labels:
                labels.codes(table)
            check_numbers(self.columns, table)
            text = str(self.spec.formula)
            self.hold(materialised(self.spec, table.pandas(self.columns), text), table)
        return table.read[self]

    def hold(self, matrix: Any, table: Table) -> None:
        """Keep the matrix of a table beside it."""
        x = np.asarray(matrix, dtype=np.float64)[:, list(self.keep)]
        table.read[self] = finite(x, self.terms, table)


def finite(x: Floats, terms: Sequence[str], table: Table) -> Floats:
    """The array itself; DataError with the first term that is not a finite number somewhere."""
    wrong = ~np.isfinite(x)
    if wrong.any():
        column = int(np.flatnonzero(wrong.any(axis=0))[0])
        rows = np.flatnonzero(wrong[:, column])
        shown = rows_of([int(r) for r in table.positions(rows[:3])], len(rows))
        raise DataError(
            f"the term {terms[column]!r} is not a finite number in {len(rows)} "
            f"row{'s' * (len(rows) > 1)} ({shown}); look at what it is made of."
        )
    return x


def check_numbers(columns: Sequence[str], table: Table) -> None:
    """Refuse infinities, and what is neither numbers nor labels, where it stands."""
    for name in columns:
        if table.holds_labels(name):
            continue
        if getattr(getattr(table.raw(name), "dtype", None), "kind", "") not in ("m", "M"):
            table.numbers(name)


def crossed(factors: Sequence[tuple[Codes, int]]) -> tuple[Codes, int]:
    """One code for a product of factors, the first varying fastest; base rows have no column."""
    if len(factors) == 1:
        return factors[0]
    width = prod(own for _, own in factors)
    code: Any = np.zeros(len(factors[0][0]), dtype=np.int64)
    step, none = 1, np.zeros(len(code), dtype=bool)
    for codes, own in factors:
        none |= codes == own
        code += codes.astype(np.int64) * step
        step *= own
    code[none] = width
    return code.astype(np.int32), width


def label_call(expr: str) -> tuple[str, Any] | None:
    """Column and base level (None for the first) of ``C(column)`` with treatment coding."""
    names = re.findall(r"`([^`]+)`", expr)
    call = ast.parse(re.sub(r"`[^`]+`", "__quoted__", expr), mode="eval").body
    match call:
        case ast.Call(ast.Name("C"), [ast.Name(column), *contrasts], []):
            column = names[0] if column == "__quoted__" else column
        case _:
            return None
    match contrasts:
        case []:
            return column, None
        case [ast.Call(ast.Attribute(ast.Name("contr"), "treatment"), [ast.Constant(base)], [])]:
            return column, base
        case [
            ast.Call(
                ast.Attribute(ast.Name("contr"), "treatment"),
                [],
                [ast.keyword("base", ast.Constant(base))],
            )
        ]:
            return column, base
    return None


def materialised(formula: Any, frame: Any, text: str) -> Any:
    """The formula library's matrix of a formula, or of what it remembers of one."""
    from formulaic.errors import DataMismatchWarning

    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", DataMismatchWarning)  # labels outside levels=
            return formula.get_model_matrix(
                frame, context={"np": np}, output="numpy", na_action="ignore"
            )
    except DataMismatchWarning:
        raise ModelError(
            f"the formula {text!r} names levels, and the data have others; name them all."
        ) from None
    except Exception as error:  # whatever the user's expression raises
        raise _unevaluated(str(text), error) from None


def _unevaluated(text: str, error: Exception) -> ModelError | DataError:
    """What a person can do about an expression that raises."""
    said = str(error)
    if unknown := re.search(r"NameError: name '(\w+)' is not defined", said):
        return ModelError(_no_function(text, unknown.group(1)))
    if "extend beyond upper and/or lower bounds" in said:
        return DataError(
            f"the spline {text!r} is given values outside the range that it was fitted to, and "
            "says nothing there; leave such rows out, or write in the formula how to go on: "
            "extrapolation='clip', 'linear', 'extend' or 'zero'."
        )
    if "must have the same shape" in said or "must be of the same length" in said:
        return ModelError(
            f"the expression {text!r} does not give one number for each row; what summarises a "
            "column is a column of its own, computed before."
        )
    if raised := re.search(r"\[(\w+): (.*?)\]\.?$", said.strip().splitlines()[0] if said else ""):
        said = f"it raises {raised.group(1)}, {raised.group(2).rstrip('.')}"
        return ModelError(f"the expression {text!r} cannot be evaluated on these data: {said}.")
    return ModelError(
        f"the formula {text!r} cannot be evaluated on these data: {sentence_of(error)}"
    )


def _no_function(text: str, name: str) -> str:
    from formulaic.transforms import TRANSFORMS

    if name == "cbind":
        return (
            f"the response {text!r} is not one column; name the successes, and the trials by "
            "n='trials': ml.Binomial('killed ~ dose', n='trials')."
        )
    close = nearest(name, TRANSFORMS)
    close = f"; {close}" if close.startswith("did") else "."
    return (
        f"a formula knows no function {name!r}, which {text!r} calls{close} It has np, C, I, log, "
        "exp, poly, bs, cr, center, scale and the like. Compute a column by a function of your own "
        "first, and name that."
    )
