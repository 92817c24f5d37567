"""A model's formulas, columns and offsets bound to a table: one set of rows for all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.blocks import Array, Rows
from mostlikely.data.design import Design, Matrix, Products
from mostlikely.data.formula import Coding, encode, evaluate, parse, variables_of
from mostlikely.data.frame import Table
from mostlikely.data.functions import try_out
from mostlikely.data.numbers import few, numeric, rows_of
from mostlikely.data.read import read_sample
from mostlikely.data.sample import Sample
from mostlikely.errors import DataError, ModelError

__all__ = ["Bound", "RowData", "X", "bind", "bind_new", "read_by"]

Floats = NDArray[np.float64]
#: Names of the columns that arrays become in the table, which no user's column has.
X, Y, W = "\x00X", "y", "weights"
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


class RowData(Mapping[str, Any]):
    """Some rows of a table, columns by name, as a user's function sees them; it notes which."""

    def __init__(self, table: Table, rows: slice, used: set[str] | None = None) -> None:
        self.table, self.rows, self.used = table, rows, used

    def __getitem__(self, name: str) -> Any:
        if self.used is not None:
            self.used.add(name)
        values = self.table.raw(name)
        if getattr(getattr(values, "dtype", None), "kind", "O") in "OUS" and isinstance(
            values, list | np.ndarray
        ):
            text = np.asarray(values[self.rows])
            if text.dtype.kind in "US":
                return text
        found = self.table.numbers(name, finite=False)[self.rows]
        return found.astype(np.float64, copy=False)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.table.names)

    def __len__(self) -> int:
        return len(self.table.names)


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
    y : str or array, optional
        The response, unless a formula names it.
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
    if family.own:  # its function reads what it needs; there is no one response
        table, y = table.with_columns({ROWS: np.zeros(table.rows)}), ROWS
    family, table = _with_offset(family, table, offset)
    response, table = _response(family, table, y)
    if weights is not None and not isinstance(weights, str):
        table, weights = table.with_columns({W: weights}), W
    used = _columns(family, table, response, weights)
    complete = np.ones(table.rows, dtype=bool)
    for name in used:
        complete &= ~table.missing(name)
    dropped = int(table.rows - complete.sum())
    if dropped and missing != "drop":
        _refuse_missing(table, used)
    if dropped == table.rows:
        raise DataError("every row has a missing value in some column that the model reads.")
    if dropped:
        table = table.kept(np.flatnonzero(complete))
    label = response if isinstance(response, str) else Y
    family, sample = read_sample(
        family,
        {label: evaluate(label, table)},
        label,
        weights=None if weights is None else table.raw(weights),
        weight_kind=weight_kind,
        missing="raise",
        positions=table.keep,
        order=table.categories(label),
    )
    sample = replace(sample, dropped=dropped)
    if sample.source.gaps:
        table, sample = _without_zeros(table, sample)
    codings, designs = _designs(family, table, names)
    return Bound(
        family,
        sample,
        table,
        designs,
        codings,
        {k: _offset(table, p) for k, p in family.predictors.items() if p.offset is not None},
        _known(family, table, sample),
    )


def bind_new(bound: Bound, data: Any, x: Any = None) -> tuple[Table, dict[str, Any]]:
    """The same designs, offsets and known columns for new data.

    Returns
    -------
    table : Table
    parts : dict with "designs", "offsets", "known"
    """
    if isinstance(data, Table):  # the rows of the fit, or some like them, already read
        table = data
    elif x is not None or X in bound.table.names:
        x = data if x is None else x
        table, _, _ = _array_table(x, np.zeros(len(x)))
    else:
        table = Table.of(data)
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
            f"the offset of {given[0]} was an array; to predict, give offsets a column: "
            "ml.linear(..., offset='log_exposure')."
        )
    return table, {
        "designs": designs,
        "offsets": {k: _offset(table, p) for k, p in predictors.items() if p.offset is not None},
        "known": {k: table.numbers(c) for k, c in bound.family.columns.items()},
    }


def _table(family: Any, data: Any, y: Any, x: Any) -> tuple[Table, Any, Any, Any]:
    if x is None:
        if data is None:
            raise DataError("there are no data; pass a dataframe, or X= and y= as arrays.")
        return Table.of(data), family, y, None
    bound = [k for k, p in family.predictors.items() if p.formula is not None]
    if bound:
        raise ModelError(
            f"{family!r} has a formula for {bound[0]} already; pass either formulas or X=."
        )
    response = data if y is None else y
    if isinstance(response, str):
        response = Table.of(data).raw(response)
    table, names, columns = _array_table(x, response)
    other = family.with_predictor(next(iter(family.parameters)), "~ 1")
    return table, other, Y, (names, columns)


def _array_table(x: Any, response: Any) -> tuple[Table, Any, Any]:
    if hasattr(x, "columns") or isinstance(x, Mapping):
        frame = Table.of(x)
        names, columns = list(frame.names), {k: frame.numbers(k, finite=False) for k in frame.names}
    else:
        array = np.asarray(x)
        if array.ndim == 1:
            array = array[:, None]
        if array.ndim != 2 or array.dtype.kind not in "biuf":
            raise DataError(
                f"X must be a two-dimensional array of numbers; got shape {array.shape} of "
                f"{array.dtype}."
            )
        names = [f"x{j + 1}" for j in range(array.shape[1])]
        columns = {k: array[:, j] for j, k in enumerate(names)}
        columns[X] = array
    rows = len(next(iter(columns.values()))) if columns else 0
    length = len(response)
    if length != rows:
        raise DataError(f"X and y differ in length: {rows} rows and {length}.")
    return Table((*columns, Y), {**columns, Y: response}.__getitem__, rows), names, columns


def _with_offset(family: Any, table: Table, offset: Any) -> tuple[Any, Table]:
    """The first parameter with the offset of the call; arrays become columns."""
    if offset is not None:
        first = next(iter(family.parameters))
        family = family.with_predictor(first, "~ 1", offset=offset)
    more = {}
    for name, predictor in family.predictors.items():
        if predictor.offset is not None and not isinstance(predictor.offset, str):
            more[f"offset of {name}"] = np.asarray(predictor.offset)
            family = family.with_predictor(name, "~ 1", offset=f"offset of {name}")
    return family, table.with_columns(more) if more else table


def _response(family: Any, table: Table, y: Any) -> tuple[Any, Table]:
    """The response's name or expression; an array becomes a column."""
    named = [
        r
        for p in family.all_predictors
        if p.formula is not None and (r := parse(p.formula).response) is not None
    ]
    if len(set(named)) > 1:
        raise ModelError(
            f"the formulas name several responses, {' and '.join(dict.fromkeys(named))}; a model "
            "has one."
        )
    if y is None and named:
        return named[0], table
    if y is None:
        raise DataError(
            "no response is named; write it on the left of a formula, 'y ~ x', or pass y='column'."
        )
    if isinstance(y, str):
        if named and named[0] != y:
            raise ModelError(f"the formula names the response {named[0]!r} and y={y!r} another.")
        return y, table
    return Y, table.with_columns({Y: y})


def _columns(family: Any, table: Table, response: str, weights: Any) -> list[str]:
    """All columns that the model reads."""
    names = list(variables_of(response)) if response not in table else [response]
    for predictor in family.all_predictors:
        if predictor.formula is not None:
            names += parse(predictor.formula).columns
        if predictor.offset is not None:
            names.append(predictor.offset)
        if predictor.column is not None:
            names.append(predictor.column)
        if predictor.function is not None:
            names += read_by(predictor, table, family.own)
    if X in table and not _whole(table):
        names += [name for name in table.names if name not in (X, Y)]
    if weights is not None:
        names.append(weights)
    for name in names:
        table.raw(name)
    return list(dict.fromkeys(names))


def _whole(table: Table) -> bool:
    """Whether an array holds finite numbers only; a few rows at a time, as they lie."""
    key = ("whole", X)
    if key not in table.read:
        array = table.get(X)
        table.read[key] = table.keep is None and all(
            np.isfinite(array[start : start + 8192]).all() for start in range(0, len(array), 8192)
        )
    return bool(table.read[key])


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
            shown = rows_of([int(r) for r in rows[:3]], len(rows))
            raise DataError(
                f"{name} has {len(rows)} missing {'value' if len(rows) == 1 else 'values'} "
                f"({shown}); drop {'it' if len(rows) == 1 else 'them'} with "
                'missing="drop".'
            )


def _without_zeros(table: Table, sample: Sample) -> tuple[Table, Sample]:
    """Rows of weight zero are no observations."""
    source = sample.source
    y, w = source.y.read(0, len(source.y)), source.w
    assert w is not None
    weights = w.read(0, len(w))
    rows = np.flatnonzero(weights > 0.0)
    kept = Rows(Array(y[rows]), Array(weights[rows]), unit=source.unit)
    return table.kept(rows), replace(sample, source=kept)


def _designs(family: Any, table: Table, arrays: Any) -> tuple[dict[str, Any], dict[str, Design]]:
    codings: dict[Any, Any] = {}
    made: dict[Any, Design] = {}
    of: dict[str, Any] = {}
    for name, predictor in family.predictors.items():
        if predictor.formula is None:
            continue
        key = (parse(predictor.formula).rhs, family.parameters[name].intercept)
        if arrays is not None and name == next(iter(family.parameters)):
            key = (X, family.parameters[name].intercept)
        if key not in codings:
            codings[key] = (
                ArrayCoding.of(table, arrays[0], key[1])
                if key[0] == X
                else encode(key[0], table, key[1])
            )
            made[key] = codings[key].design(table)
        of[name] = key
    return {k: codings[key] for k, key in of.items()}, {k: made[key] for k, key in of.items()}


@dataclass(frozen=True, eq=False)
class ArrayCoding:
    """The columns of an array, and an intercept unless one of them is constant."""

    names: tuple[str, ...]
    intercept: bool

    @staticmethod
    def of(table: Table, names: Any, intercept: bool) -> Coding:
        """Look whether a column is constant, so that an intercept would repeat it."""
        numbers = table.get if X in table and _whole(table) else table.numbers
        columns = (numbers(name) for name in names)
        few = 64  # a column that varies does so early
        constant = any(
            c[0] != 0.0 and (c[:few] == c[0]).all() and (c == c[0]).all() for c in columns if len(c)
        )
        return ArrayCoding(tuple(names), intercept and not constant)  # type: ignore[return-value]

    @property
    def terms(self) -> tuple[str, ...]:
        """As in a formula."""
        return ("Intercept",) * self.intercept + self.names

    @property
    def columns(self) -> tuple[str, ...]:
        """As in a formula."""
        return self.names

    def design(self, table: Table) -> Design:
        """Where the array lies."""
        first: list[Any] = [Products((), table.rows)] * self.intercept
        for name in self.names:
            if name not in table:
                raise DataError(
                    f"X has {len(table.names) - 1} columns, and the model was fitted to "
                    f"{len(self.names)}."
                )
        if X in table and table.keep is None:
            return Design([*first, Matrix(table.get(X))], self.terms)
        columns = [Products((table.numbers(name),), table.rows) for name in self.names]
        return Design([*first, *columns], self.terms)


def _offset(table: Table, predictor: Predictor) -> Floats:
    values = table.numbers(predictor.offset)
    return np.asarray(values, dtype=np.float64)


def _known(family: Any, table: Table, sample: Sample) -> dict[str, Floats]:
    """The parameters that a column holds, each inside its domain, and possible beside y."""
    known = {}
    for name, column in family.columns.items():
        values = numeric(table.raw(column), column)
        numbers = values.read(0, len(values))
        wrong = np.flatnonzero(~family.parameters[name].domain.contains(numbers))
        if len(wrong):
            shown = few(
                [f"{numbers[r]:g}" for r in wrong[:3]],
                [int(r) for r in table.positions(wrong[:3])],
                len(wrong),
            )
            raise DataError(
                f"{column} is {name} of {family.name} and must be "
                f"{family.parameters[name].domain}: {shown}."
            )
        known[name] = numbers
    if known and family.possible is not None:
        y = sample.source.y.read(0, len(sample.source.y))
        bad = np.flatnonzero(~family.possible(y, **known, **family.known))
        if len(bad):
            names = " and ".join(family.columns.values())
            shown = rows_of([int(r) for r in table.positions(bad[:3])], len(bad))
            raise DataError(
                f"{sample.label} is impossible beside {names} in {len(bad)} rows ({shown}); "
                f"under {family.name} it cannot be larger."
            )
    return known
