"""The response that a call or a formula names: a column, an expression, or how y was seen."""

from __future__ import annotations

from typing import Any

from mostlikely.data.formula.parse import response_of
from mostlikely.data.formula.seen import Seen
from mostlikely.data.formula.seen_words import seen_of
from mostlikely.data.formula.terms import variables_of
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError

__all__ = ["columns_in", "columns_of_response", "free_name", "named_response"]


def named_response(family: Any, table: Table, y: Any) -> tuple[str | Seen, Table]:
    """The response's name or expression, or how it was seen; an array becomes a column."""
    named = [
        r
        for p in family.all_predictors
        if p.formula is not None and (r := response_of(p.formula)) is not None
    ]
    if len(set(named)) > 1:
        raise ModelError(
            f"the formulas name several responses, {' and '.join(dict.fromkeys(named))}; a model "
            "has one."
        )
    if y is None and named:
        return (None if named[0] in table else seen_of(named[0])) or named[0], table
    if isinstance(y, Seen):
        if named:
            raise ModelError(
                f"the formula names the response {named[0]!r}, and y= says how it was seen; write "
                f"it once: {y.word}(...) on the left of the formula, or a formula without a left "
                "side beside y=."
            )
        return y, table
    if y is None:
        for name, column in family.columns.items():
            if column not in table:
                raise DataError(
                    f"{name}={column!r} is the name of a column, as it has no '~', and there is no "
                    "such column; a formula is written 'y ~ x'."
                )
        raise DataError(
            "no response is named; write it on the left of a formula, 'y ~ x', or pass y='column'."
        )
    if isinstance(y, str):
        if named and named[0] != y:
            raise ModelError(f"the formula names the response {named[0]!r} and y={y!r} another.")
        return (None if y in table else seen_of(y)) or y, table
    label = free_name("y", table)
    return label, table.with_columns({label: y})


def columns_of_response(response: str | Seen, table: Table) -> list[str]:
    """The columns that a response is made of, ends apart, where nothing may be missing."""
    if isinstance(response, Seen):
        return [c for e in response.expressions(ends=False) for c in columns_in(e, table)]
    return columns_in(response, table)


def columns_in(expression: str, table: Table) -> list[str]:
    """The column of that name, or those that an expression reads."""
    if expression in table or expression.isidentifier():
        return [expression]
    return list(variables_of(expression))


def free_name(name: str, table: Table) -> str:
    """A name for a further column that hides none of the user's."""
    while name in table:
        name = f"the {name}"
    return name
