"""A model's formulas, columns and offsets bound to a table: one set of rows for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.formula.arrays import ArrayCoding, X, all_finite, array_table
from mostlikely.data.formula.design import Design
from mostlikely.data.formula.functions import RowData, try_out
from mostlikely.data.formula.parse import Parsed, has_dot
from mostlikely.data.formula.seen import Seen
from mostlikely.data.formula.terms import encode, evaluate, parse
from mostlikely.data.known import inside, known_of, offset_columns, offsets_of
from mostlikely.data.named_response import (
    columns_in,
    columns_of_response,
    free_name,
    named_response,
)
from mostlikely.data.read import read_sample
from mostlikely.data.read_seen import read_seen
from mostlikely.data.response import Sample
from mostlikely.data.source.numbers import DROP, unusable
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError

__all__ = ["Bound", "RowData", "X", "bind", "bind_new", "read_by", "table_of"]

Floats = NDArray[np.float64]
#: More coefficients than this have a covariance that fills the memory.
MANY = 20_000
#: What is fitted where a function reads several columns.
ROWS = "the rows"


class Predictor(Protocol):
    """What the data need to know of a predictor; see `family.predictor`."""

    formula: str | None
    offset: Any
    function: Any
    start: Mapping[str, float]
    column: str | None


@dataclass(frozen=True, eq=False)
class Bound:
    """A model with the columns that its parameters follow.

    Parameters
    ----------
    family : Family
        The model, its levels learnt.
    sample : Sample
        The response and the weights.
    table : Table
        The rows in use.
    designs : mapping of parameter to Design
        The columns of each linear predictor.
    codings : mapping of parameter to Coding
        What its formula has learnt; see `bind_new`.
    offsets, known : mappings of parameter to array
        Offsets of predictors, and parameters that a column holds.
    """

    family: Any
    sample: Sample
    table: Table
    designs: Mapping[str, Design]
    codings: Mapping[str, Any]
    offsets: Mapping[str, Floats] = field(default_factory=dict)
    known: Mapping[str, Floats] = field(default_factory=dict)


def bind(
    family: Any,
    data: Any,
    y: Any = None,
    x: Any = None,
    *,
    weights: Any = None,
    weight_kind: str = "frequency",
    missing: str = "raise",
    offset: Any = None,
) -> Bound:
    """Read what a regression needs, validated, one set of rows for all of it.

    Parameters
    ----------
    family : Family
        With predictors.
    data : dataframe or mapping, or None
        None if the response and ``x`` are arrays.
    y : str, array or Seen, optional
        The response, or how it was seen, unless a formula names it.
    x : array of shape (rows, columns) or dataframe, optional
        Predictors of the first parameter, instead of a formula.
    weights, weight_kind, missing
        As in `read_sample`.
    offset : str or array, optional
        Of the first parameter.

    Raises
    ------
    ModelError, DataError
        In one sentence.
    """
    table, family, y, names = _table(family, data, y, x)
    if not table.rows:
        raise DataError("the data have no rows; there is nothing to fit.")
    if family.own:  # its function reads what it needs; there is no one response
        table, y = table.with_columns({ROWS: np.zeros(table.rows)}), ROWS
    family, table = _with_offset(family, table, offset)
    response, table = named_response(family, table, y)
    if weights is not None and not isinstance(weights, str):
        label = free_name("weights", table)
        table, weights = table.with_columns({label: weights}), label
    spelt = _spelt(family, table, response, weights)
    used = _columns(family, table, response, weights, spelt, names)
    gaps = [gap for name in used if (gap := table.missing(name)).any()]
    dropped = 0
    if gaps:
        if missing != "drop":
            _refuse_missing(table, used)
        complete = np.flatnonzero(~np.any(gaps, axis=0))
        if not len(complete):
            raise DataError("every row has a missing value in some column that the model reads.")
        dropped, table = table.rows - len(complete), table.kept(complete)
    w = None if weights is None else table.raw(weights)
    if isinstance(response, Seen):
        family, sample = read_seen(family, response, table, w, weight_kind)
    else:
        family, sample = read_sample(
            family,
            {response: evaluate(response, table)},
            response,
            weights=w,
            weight_kind=weight_kind,
            missing="raise",
            positions=table.keep,
            order=table.categories(response),
        )
    sample = replace(sample, dropped=dropped)
    if sample.source.gaps:
        table, sample = _without_zeros(table, sample)
    codings, designs = _designs(family, table, names, spelt)
    return Bound(
        family,
        sample,
        table,
        designs,
        codings,
        offsets_of(table, family.predictors),
        known_of(family, table, sample),
    )


def bind_new(bound: Bound, data: Any, x: Any = None) -> tuple[Table, dict[str, Any]]:
    """The same designs, offsets and known columns for new data.

    Returns
    -------
    table : Table
    parts : dict with "designs", "offsets", "known"
    """
    table = table_of(bound, data if x is None else x)
    predictors = bound.family.predictors
    made: dict[int, Design] = {}
    designs = {}
    for name, coding in bound.codings.items():
        if id(coding) not in made:
            made[id(coding)] = coding.design(table)
        designs[name] = made[id(coding)]
    given = [k for k, p in predictors.items() if p.offset == f"offset of {k}"]
    if given and table is not data:
        raise DataError(
            f"the offset of {given[0]} was an array; to predict, give that of the new rows by "
            "offset=, or let a column hold it: ml.linear(..., offset='log_exposure')."
        )
    return table, {
        "designs": designs,
        "offsets": offsets_of(table, predictors),
        "known": {k: inside(bound.family, table, k, c) for k, c in bound.family.columns.items()},
    }


def table_of(bound: Bound, data: Any) -> Table:
    """New rows as a table; one of the fit's own, or like it, is already read."""
    if isinstance(data, Table):
        return data
    coding = next((c for c in bound.codings.values() if isinstance(c, ArrayCoding)), None)
    return Table.of(data) if coding is None else coding.new(data, X in bound.table)


def _table(family: Any, data: Any, y: Any, x: Any) -> tuple[Table, Any, Any, Any]:
    if x is None:
        if data is None:
            raise DataError("there are no data; pass a dataframe, or X= and y= as arrays.")
        empty = [k for k, p in family.predictors.items() if p.empty]
        if empty:
            raise ModelError(
                f"ml.linear for {empty[0]} has no formula; give it one, '~ age', or pass X=."
            )
        return Table.of(data), family, y, None
    bound = [k for k, p in family.predictors.items() if p.formula is not None]
    if bound:
        raise ModelError(
            f"{family!r} has a formula for {bound[0]} already; pass either formulas or X=."
        )
    response = data if y is None else y
    if isinstance(response, Seen):
        raise ModelError(
            f"ml.{response.word} reads columns of the data by name, and X= is an array beside "
            'them; write a formula, "~ age + dose", for the columns that predict.'
        )
    if isinstance(response, str) and data is not None:
        response = Table.of(data).raw(response)
    if response is None:
        raise DataError(
            "X= holds the predictors, and there is no response; pass y= as an array, or as the "
            "name of a column of X."
        )
    table, names, label = array_table(x, response)
    waiting = [k for k, p in family.predictors.items() if p.empty]
    for name in dict.fromkeys([next(iter(family.parameters)), *waiting]):
        family = family.with_predictor(name, "~ 1")
    return table, family, label, names


def _with_offset(family: Any, table: Table, offset: Any) -> tuple[Any, Table]:
    """The first parameter with the offset of the call; arrays become columns."""
    if offset is not None:
        first = next(iter(family.parameters))
        family = family.with_predictor(first, "~ 1", offset=offset)
    more = {}
    for name, predictor in family.predictors.items():
        if predictor.offset is not None and not isinstance(predictor.offset, str):
            more[f"offset of {name}"] = predictor.offset
            family = family.with_predictor(name, "~ 1", offset=f"offset of {name}")
    return family, table.with_columns(more) if more else table


def _spelt(family: Any, table: Table, response: str | Seen, weights: Any) -> dict[str, Parsed]:
    """Every formula taken apart, a dot spelt out: all columns that have no other role.

    Raises
    ------
    ModelError
        If the response is among its own predictors.
    """
    predictors = [p for p in family.all_predictors if p.formula is not None]
    others = None
    if any(has_dot(p.formula) for p in predictors):
        roles = {weights, *columns_of_response(response, table), *family.columns.values()}
        if isinstance(response, Seen):
            roles |= {c for e in response.expressions(ends=True) for c in columns_in(e, table)}
        named = [p.offset for p in predictors if isinstance(p.offset, str)]
        roles |= {name for offset in named for name in offset_columns(offset, table)}
        others = tuple(name for name in table.names if name not in roles)
    spelt = {p.formula: parse(p.formula, others) for p in predictors}
    own = response.label if isinstance(response, Seen) else response
    for text, parsed in spelt.items():
        if own in parsed.terms:
            raise ModelError(
                f"{own} is the response, and the formula {text!r} has it among its own "
                "predictors; leave it out of the right side."
            )
    return spelt


def _columns(
    family: Any,
    table: Table,
    response: str | Seen,
    weights: Any,
    spelt: Mapping[str, Parsed],
    arrays: Any,
) -> list[str]:
    """All columns that the model reads."""
    names = columns_of_response(response, table)
    for predictor in family.all_predictors:
        if predictor.formula is not None:
            names += spelt[predictor.formula].columns
        if predictor.offset is not None:
            names += offset_columns(predictor.offset, table)
        if predictor.column is not None:
            names.append(predictor.column)
        if predictor.function is not None:
            names += read_by(predictor, table, family.own)
    if arrays is not None and not (X in table and all_finite(table)):
        names += arrays
    if weights is not None:
        names.append(weights)
    for name in names:
        table.check(name)
    return list(dict.fromkeys(names))


def read_by(predictor: Predictor, table: Table, own: bool = False) -> list[str]:
    """The columns that a function reads: it is tried on the first rows."""
    used: set[str] = set()
    rows = min(2, table.rows)
    data = RowData(table, slice(0, rows), used)
    try_out(predictor.function, predictor.start, data, rows, own=own)
    return sorted(used)


def _refuse_missing(table: Table, used: list[str]) -> None:
    for name in used:
        rows = np.flatnonzero(table.missing(name))
        if len(rows):
            raise unusable(name, "missing", len(rows), rows, DROP)


def _without_zeros(table: Table, sample: Sample) -> tuple[Table, Sample]:
    """Rows of weight zero are no observations."""
    w = sample.source.w
    assert w is not None
    rows = np.flatnonzero(w.read(0, len(w)) > 0.0)
    return table.kept(rows), replace(sample, source=sample.source.take(rows))


def _designs(
    family: Any, table: Table, arrays: Any, spelt: Mapping[str, Parsed]
) -> tuple[dict[str, Any], dict[str, Design]]:
    codings: dict[Any, Any] = {}
    made: dict[Any, Design] = {}
    of: dict[str, Any] = {}
    for name, predictor in family.predictors.items():
        if predictor.formula is None:
            continue
        key = (spelt[predictor.formula].rhs, family.parameters[name].intercept)
        if arrays is not None:  # beside them there are no formulas
            key = (X, family.parameters[name].intercept)
        if key not in codings:
            codings[key] = (
                ArrayCoding.of(table, arrays, key[1])
                if key[0] == X
                else encode(key[0], table, key[1])
            )
            _check_names(codings[key].terms)
            made[key] = codings[key].design(table)
        of[name] = key
    return {k: codings[key] for k, key in of.items()}, {k: made[key] for k, key in of.items()}


def _check_names(terms: Sequence[str]) -> None:
    if len(terms) > MANY:
        raise DataError(
            f"a formula makes {len(terms):,} coefficients, {terms[-1]!r} the last of them, and no "
            f"more than {MANY:,} are estimated together: their covariance has a number for each "
            "pair. Is a column of numbers taken for labels? Otherwise group the rare levels."
        )
    if len(set(terms)) < len(terms):
        twice = [term for k, term in enumerate(terms) if term in terms[:k]]
        raise ModelError(
            f"two coefficients would be called {twice[0]!r}; rename the column that is called so."
        )
