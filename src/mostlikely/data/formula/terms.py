"""Model formulas: parsed by formulaic, coded as it codes them, read as the pieces of a design.

Which columns a formula has, and which levels are left out, is the formula library's decision: it
is shown two rows of stand-ins for the factors. The factors themselves are read where they lie:
columns of numbers, columns of labels as codes, and what is computed from columns (transforms,
splines) as arrays, evaluated once with what was learnt kept for new data. Only a formula with
other contrasts than treatment coding is left to the library as a whole.

A formula is code that is run: it must come from the user's own program.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.design import Design
from mostlikely.data.formula.factors import (
    Computed,
    Factor,
    Labels,
    Numbers,
    Whole,
    check_numbers,
    crossed,
    finite,
    label_call,
    materialised,
)
from mostlikely.data.formula.parse import (
    Parsed,
    expression_of,
    factors_of,
    formula_of,
    parse,
    variables_in,
    variables_of,
)
from mostlikely.data.formula.pieces import Factor as FactorPiece
from mostlikely.data.formula.pieces import Matrix, Piece, Positions, Products
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError, nearest

__all__ = ["Coding", "Parsed", "cluster_codes", "encode", "evaluate", "parse", "variables_of"]

INTERCEPT = "Intercept"
#: The factors of a term, each with whether its base level is left out.
Group = tuple[tuple[str, bool], ...]


def evaluate(expression: str, table: Table, what: str = "response") -> Any:
    """A response or an offset: a column, or an expression of columns such as ``np.log(y)``."""
    if expression in table:
        return table.raw(expression)
    if expression.isidentifier():
        table.raw(expression)  # which names the nearest column
    formula = expression_of(expression)
    columns = variables_of(formula)
    _known(columns, table)
    check_numbers(columns, table)
    matrix = materialised(formula, table.pandas(columns), expression)
    if matrix.shape[1] != 1:
        raise ModelError(
            f"the {what} {expression!r} makes {matrix.shape[1]} columns; it must be one."
            + (
                " For successes out of trials name the successes, and the trials by n='trials'."
                if what == "response"
                else ""
            )
        )
    return finite(np.asarray(matrix, dtype=np.float64), [expression], table)[:, 0]


def _known(columns: Sequence[str], table: Table) -> None:
    for name in columns:
        if name not in table:
            raise table.no_column(name)


def cluster_codes(table: Table, cluster: Any) -> NDArray[np.intp]:
    """Which cluster each row in use is in, by a column's name or by labels."""
    if not isinstance(cluster, str):
        table.check_beside(cluster, "clusters")
        table = table.with_columns({"clusters": cluster})
        cluster = "clusters"
    codes, found = table.labelled(cluster)
    missing = int(np.sum(codes < 0))
    if missing:
        raise DataError(
            f"{cluster} has {missing} missing value{'s' * (missing > 1)}, and every row needs a "
            "cluster."
        )
    if len(found) < 2:
        raise DataError(f"{cluster} holds one cluster only; it takes at least two, and many.")
    return codes


@dataclass(frozen=True, eq=False)
class Coding:
    """What the right side of a formula has learnt from the data it was fitted to.

    Parameters
    ----------
    terms : tuple of str
        Column names, as the formula library gives them, without backticks.
    columns : tuple of str
        The variables that are read.
    groups : tuple of Group
        The factors of each run of columns.
    factors : mapping
        The factors, by how they are written.
    whole : Whole, optional
        The formula, if it is left to the library.
    """

    terms: tuple[str, ...]
    columns: tuple[str, ...]
    groups: tuple[Group, ...] = ()
    factors: Mapping[str, Factor] = field(default_factory=dict)
    whole: Whole | None = None

    def design(self, table: Table) -> Design:
        """The columns for a table: that of the fit, or a new one.

        Raises
        ------
        DataError
            If a column is missing or unusable, or has a level that is not known.
        """
        _known(self.columns, table)
        if self.whole is not None:
            return Design([Matrix(self.whole.matrix(table))], self.terms)
        arrays = {expr: factor.arrays(table) for expr, factor in self.factors.items()}
        codes: dict[Group, Any] = {}
        pieces: list[Piece] = []
        at: list[Positions] = []
        first = 0
        for group in self.groups:
            widths = [len(self.factors[expr].names(expr, base)) for expr, base in group]
            # The library lets the first factor vary fastest.
            places = first + np.arange(prod(widths)).reshape(widths, order="F")
            first += places.size
            labels = tuple(part for part in group if self.factors[part[0]].labels is not None)
            if labels and labels not in codes:
                codes[labels] = self._crossed(labels, table)
            # One piece for each combination of columns of numbers, with all levels beside it.
            every: Any = [
                [slice(None)] if part in labels else range(len(arrays[part[0]])) for part in group
            ]
            for choice in itertools.product(*every):
                chosen = [
                    arrays[expr][k]
                    for (expr, _), k in zip(group, choice, strict=True)
                    if not isinstance(k, slice)
                ]
                times = Products(tuple(chosen), table.rows)
                if labels:
                    code, width = codes[labels]
                    pieces.append(FactorPiece(code, width, times if chosen else None))
                else:
                    pieces.append(times)
                at.append(np.ravel(places[choice], order="F"))
        if not pieces:
            return Design([Matrix(np.empty((table.rows, 0)))], self.terms)
        return Design(pieces, self.terms, at=at)

    def by_term(self) -> dict[str, list[str]]:
        """The names of the columns that each term of the formula makes, the intercept's too."""
        found: dict[str, list[str]] = {}
        if self.whole is not None:
            for name in self.terms:  # the level stands last
                found.setdefault(re.sub(r"\[[^\]]*\]$", "", name), []).append(name)
            return found
        names = iter(self.terms)
        for group in self.groups:
            size = prod(len(self.factors[expr].names(expr, base)) for expr, base in group)
            term = ":".join(_plain([expr for expr, _ in group])) or INTERCEPT
            found.setdefault(term, []).extend(itertools.islice(names, size))
        return found

    def _crossed(self, labels: Group, table: Table) -> Any:
        factors = [(self.factors[expr].labels, base) for expr, base in labels]
        return crossed([f.coded(table, base) for f, base in factors if f is not None])


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

    Examples
    --------
    >>> table = Table.of({"age": [31, 45, 28], "sex": ["m", "f", "m"]})
    >>> coding = encode("age + sex", table)
    >>> coding.terms
    ('Intercept', 'age', 'sex[T.m]')
    >>> coding.design(Table.of({"age": [50], "sex": ["f"]})).dense()
    array([[ 1., 50.,  0.]])
    """
    formula = formula_of(rhs)
    columns = variables_of(formula)
    _known(columns, table)
    if not intercept:
        formula = _with_constant(formula)
    factors = {expr: _learnt(factor, table) for expr, factor in factors_of(formula).items()}
    known = {expr: factor for expr, factor in factors.items() if factor is not None}
    scales = [part for term in formula for part in term.factors if str(part.expr) not in factors]
    if len(known) < len(factors) or any(str(part.expr) != "1" for part in scales):
        return _whole(rhs, formula, columns, factors, table, intercept)
    groups, terms = [], []
    for group in _groups(formula, known):
        if intercept or group:
            groups.append(group)
            # The last factor's columns are the outer loop.
            names = [known[expr].names(expr, base) for expr, base in reversed(group)]
            crossed_names = (":".join(reversed(name)) for name in itertools.product(*names))
            terms += [name or INTERCEPT for name in crossed_names]
    return Coding(_plain(terms), columns, tuple(groups), known)


def _plain(terms: Sequence[Any]) -> tuple[str, ...]:
    """Names without the backticks that only a formula needs."""
    return tuple(str(term).replace("`", "") for term in terms)


def _with_constant(formula: Any) -> Any:
    from formulaic import SimpleFormula
    from formulaic.parser.types import Factor as Written
    from formulaic.parser.types import Term

    if any(str(term) == "1" for term in formula):
        return formula
    return SimpleFormula([Term([Written("1", eval_method="literal")]), *formula], _ordering="none")


def _learnt(factor: Any, table: Table) -> Factor | None:
    """What a factor is, with what it has learnt; None for one that is left to the library."""
    expr = str(factor.expr)
    if factor.eval_method.name == "LOOKUP":
        return _labels(expr, table) if table.holds_labels(expr) else Numbers(expr)
    labelled = label_call(expr)
    if labelled is not None:
        return _labels(labelled[0], table, labelled[1])
    columns = tuple(sorted(variables_in(factor)))
    if re.match(r"C\(", expr):
        for column in columns:
            _labels(column, table)  # which refuses a single level
        return None
    return Computed.of(factor, columns, table)


def _labels(column: str, table: Table, base: Any = None) -> Labels:
    _, levels = table.labelled(column)
    if len(levels) < 2:
        only = repr(levels[0]) if levels else "nothing"
        raise DataError(
            f"{column} has one level only, {only}, and so tells nothing apart; leave it out "
            "of the formula."
        )
    if base is not None and base not in levels:
        raise ModelError(
            f"{column} has no level {base!r} to be the base; {nearest(str(base), map(str, levels))}"
        )
    return Labels(column, tuple(levels), 0 if base is None else levels.index(base))


def _groups(formula: Any, factors: Mapping[str, Factor]) -> Iterator[Group]:
    """Which columns there are: of numbers a term has its product, of labels the library says."""
    if all(factor.labels is None for factor in factors.values()):
        for term in formula:
            parts = [str(part.expr) for part in term.factors]
            yield tuple((expr, False) for expr in parts if expr in factors)
    else:
        yield from _coded(formula, factors)


def _coded(formula: Any, factors: Mapping[str, Factor]) -> Iterator[Group]:
    """Ask the formula library which columns there are, by stand-ins of two rows."""
    from formulaic import SimpleFormula
    from formulaic.parser.types import Factor as Written
    from formulaic.parser.types import Term
    from pandas import Categorical, DataFrame

    def stand_in(part: Any) -> Any:
        known = str(part.expr) in factors
        return Written(str(part.expr), eval_method="lookup") if known else part

    terms = [Term([stand_in(part) for part in term.factors]) for term in formula]
    numbers, labels = np.array([1.0, 2.0]), Categorical(["a", "b"])
    frame = DataFrame(
        {expr: numbers if f.labels is None else labels for expr, f in factors.items()},
        index=range(2),
    )
    matrix = materialised(SimpleFormula(terms, _ordering="none"), frame, str(formula))
    for entry in matrix.model_spec.structure:
        for scoped in entry.scoped_terms:
            yield tuple((str(p.factor.expr), bool(p.reduced)) for p in scoped.factors)


def _whole(
    rhs: str,
    formula: Any,
    columns: tuple[str, ...],
    factors: Mapping[str, Factor | None],
    table: Table,
    intercept: bool,
) -> Coding:
    """Leave a formula to the library."""
    check_numbers(columns, table)
    matrix = materialised(formula, table.pandas(columns), rhs)
    spec = matrix.model_spec
    names = list(spec.column_names)
    keep = tuple(k for k, name in enumerate(names) if intercept or name != INTERCEPT)
    terms = _plain([names[k] for k in keep])
    called = {c for expr, f in factors.items() if f is None for c in _called(expr)}
    labels = [f.labels for f in factors.values() if f is not None and f.labels is not None]
    labels += [_labels(c, table) for c in called if c in columns]
    whole = Whole(spec, columns, tuple(labels), terms, keep)
    whole.hold(matrix, table)
    return Coding(terms, columns, whole=whole)


def _called(expr: str) -> list[str]:
    """The column of ``C(column, ...)``, whatever the contrasts."""
    found = re.match(r"C\(\s*`?([^`(),]+?)`?\s*,", expr)
    return [found.group(1)] if found else []
