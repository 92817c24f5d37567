"""Tables that the page has sent, in memory and nowhere else: a few, bounded, and looked at first.

A file from a browser may be anything. What it is, how wide it is, and how large it becomes when it
is unpacked is asked before it is read.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path, PurePath
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely import datasets
from mostlikely.data.source.files import FIRST, MARKS, read_file
from mostlikely.errors import DataError, nearest
from mostlikely.web.nearly import nearly
from mostlikely.web.parquet import read_parquet

__all__ = ["MAX_BYTES", "Shelf", "Table", "from_bytes", "from_dataset", "from_file"]

Columns = dict[str, NDArray[Any]]

#: A file may be so large; the server's door has the same measure.
MAX_BYTES = 64 * 2**20
#: So many columns are more than anybody picks from, and so many cells fill the memory.
MAX_COLUMNS = 2_000
MAX_CELLS = 20_000_000
#: Tables that are kept, which together have no more cells than one may have; the one that was
#: used longest ago goes first.
MAX_TABLES = 8
#: Rows whose texts are made at once.
PART = 65_536
#: Labels that are listed, rows that are shown, characters of a name or a cell that are.
LEVELS, PREVIEW, LONG = 50, 20, 200


@dataclass(frozen=True, eq=False)
class Table:
    """Columns by name, as arrays of shape (rows,).

    Parameters
    ----------
    name : str
        The file's name, or the data set's title.
    columns : mapping of str to array
        Numbers (NaN where missing), booleans, dates, or objects: text, None where missing.
    script, source : str
        How a program of one's own comes to the same table, and what the command line calls it.
    turned : tuple of str
        Columns of text that were made numbers here, some of whose cells are none.
    notes : tuple of str
        What was done to read the file.
    fits : dict
        What was fitted to it last, by the family's slug.
    """

    name: str
    columns: Columns = field(repr=False)
    script: str = ""
    source: str = ""
    turned: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    fits: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def rows(self) -> int:
        """How many."""
        return len(next(iter(self.columns.values())))

    @property
    def cells(self) -> int:
        """How many."""
        return self.rows * len(self.columns)

    def column(self, name: Any) -> NDArray[Any]:
        """A column.

        Raises
        ------
        DataError
            If there is none of that name.
        """
        if not isinstance(name, str) or name not in self.columns:
            raise DataError(f"there is no column {name!r}; {nearest(str(name), self.columns)}")
        return self.columns[name]

    def with_numbers(self, name: Any) -> Table:
        """The same table, a column of text read as numbers, and missing where it is none.

        Raises
        ------
        DataError
            If its cells are no numbers.
        """
        column = self.column(name)
        found = nearly(column) if kind_of(column) == "text" else None
        if found is None:
            raise DataError(f"{name} has fewer numbers than other cells, and stays what it is.")
        cells = [cell for cell in column if cell is not None]
        script = f"{self.script}\n{found.style.script(name, cells)}"
        columns = {**self.columns, name: found.values}
        return replace(self, columns=columns, script=script, turned=(*self.turned, name), fits={})

    def kept(self, exclude: Any) -> NDArray[np.intp]:
        """Which rows are left when some are excluded, by their numbers from 0.

        Raises
        ------
        DataError
            If these are no rows of the table, or none is left.
        """
        keep = np.ones(self.rows, dtype=bool)
        for row in exclude:
            if not isinstance(row, int) or isinstance(row, bool) or not 0 <= row < self.rows:
                raise DataError(f"exclude: {row!r} is no row of {self.name}, from 0.")
            keep[row] = False
        if not keep.any():
            raise DataError("every row is excluded; there is nothing to fit.")
        return np.flatnonzero(keep)

    @cached_property
    def described(self) -> dict[str, Any]:
        """What the page shows of it: the columns and the first rows."""
        return {
            "name": self.name,
            "rows": self.rows,
            # what comes after is advice for a command line
            "notes": [f"{note.partition('; ')[0].rstrip('.')}." for note in self.notes],
            "columns": [_described(name, column) for name, column in self.columns.items()],
            "preview": [
                [_cell(column[k]) for column in self.columns.values()]
                for k in range(min(self.rows, PREVIEW))
            ],
        }


class Shelf:
    """The tables that are kept, by an id that nobody guesses."""

    def __init__(self) -> None:
        self.tables: OrderedDict[str, Table] = OrderedDict()
        self.lock = Lock()

    def put(self, table: Table, key: str | None = None) -> str:
        """Keep a table, as many as there is room for beside it; its id."""
        key = secrets.token_urlsafe(9) if key is None else key
        with self.lock:
            self.tables[key] = table
            self.tables.move_to_end(key)
            while len(self.tables) > MAX_TABLES or (
                len(self.tables) > 1 and sum(t.cells for t in self.tables.values()) > MAX_CELLS
            ):
                self.tables.popitem(last=False)
        return key

    def __contains__(self, key: Any) -> bool:
        with self.lock:
            return isinstance(key, str) and key in self.tables

    def get(self, key: Any) -> Table:
        """The table of an id.

        Raises
        ------
        DataError
            If it is not kept, or no longer.
        """
        with self.lock:
            if not isinstance(key, str) or key not in self.tables:
                raise DataError(
                    f"that table is not here any more: the last {MAX_TABLES} are kept, fewer if "
                    "they are large, until the server stops. Load it again."
                )
            self.tables.move_to_end(key)
            return self.tables[key]


def from_bytes(content: bytes, name: str) -> Table:
    """The table in an uploaded file.

    Parameters
    ----------
    content : bytes
    name : str
        What the file is called, for the sentences; what it is its first bytes say.

    Raises
    ------
    DataError
        If it is too large or too wide, or no table of text in UTF-8 or of Parquet.
    """
    name = "".join(c for c in PurePath(name).name if c.isprintable())[:LONG] or "the data"
    if len(content) > MAX_BYTES:
        raise DataError(
            f"{name} has {len(content) / 2**20:.0f} MB, and the page takes up to "
            f"{MAX_BYTES // 2**20}; larger files are fitted from the command line or Python."
        )
    if content.startswith(b"PAR1"):
        frame = read_parquet(content, name, MAX_COLUMNS, MAX_CELLS, 8 * MAX_BYTES)
        return _table(frame, name, f"data = pd.read_parquet({name!r})")
    opened = read_file(content, name, limit=MAX_BYTES, look=lambda text: _look(text, name))
    return _table(opened.frame, name, opened.script, opened.notes)


def from_file(source: str) -> Table:
    """The table that the command line names: a file, or ``demo:`` and a data set."""
    if source.startswith("demo:"):
        return from_dataset(source.removeprefix("demo:"))
    try:
        content = Path(source).read_bytes()
    except OSError as error:
        raise DataError(f"{source} cannot be opened: {error.strerror}.") from None
    return from_bytes(content, source)


def from_dataset(name: Any) -> Table:
    """A bundled data set as a table."""
    about = datasets.about(name)
    columns = {k: _plain(np.asarray(v)) for k, v in datasets.load(name).items()}
    script = f"data = pd.DataFrame(ml.datasets.load({name!r}))"
    return Table(about["title"], columns, script, f"demo:{name}")


def _plain(column: NDArray[Any]) -> NDArray[Any]:
    return column.astype(object) if column.dtype.kind in "US" else column


def _look(text: bytes, name: str) -> None:
    """Raise DataError if a text has more columns or cells than are held here."""
    first = text[: 4 * FIRST].partition(b"\n")[0]
    wide = 1 + max(first.count(mark.encode()) for mark in MARKS)
    if wide > MAX_COLUMNS or len(first) == 4 * FIRST:
        raise DataError(
            f"{name} has more than {MAX_COLUMNS:,} columns in its first line; leave those out "
            "that you do not need."
        )
    lines = text.count(b"\n") + text.count(b"\r") - text.count(b"\r\n")
    if lines * wide > MAX_CELLS:
        raise DataError(
            f"{name} has more than {MAX_CELLS:,} cells; larger tables are fitted from the command "
            "line or Python."
        )


def _table(frame: Any, name: str, script: str, notes: tuple[str, ...] = ()) -> Table:
    """Columns as arrays, whatever library read them."""
    if len(set(frame.columns)) < len(frame.columns):
        twice = next(c for k, c in enumerate(frame.columns) if c in frame.columns[:k])
        raise DataError(f"{name} has two columns that are called {twice!r}; rename one.")
    if len(frame.columns) > MAX_COLUMNS:  # a first line may go on within quotes
        raise DataError(f"{name} has more than {MAX_COLUMNS:,} columns; leave some out.")
    if not len(frame):
        raise DataError(f"{name} has columns, but no rows.")
    columns = {}
    for column in frame.iter_columns():
        found = _array(column)
        if found is not None:
            columns[str(column.name)] = found
    if not columns:
        raise DataError(f"{name} has no column of numbers or of text.")
    return Table(name, columns, script, _source(name), notes=notes)


def _source(name: str) -> str:
    """A file's name as the command line takes it: for no option, and for no data set."""
    return f"./{name}" if name.startswith("-") or ":" in name else name


def _array(column: Any) -> NDArray[Any] | None:
    """A column as an array; None for what is neither number, text, date nor boolean."""
    dtype = column.dtype
    if dtype.is_boolean():
        gaps = column.null_count()
        return np.array(column.to_list(), dtype=object if gaps else bool)
    if dtype.is_integer() and not column.null_count():
        return np.asarray(column.to_numpy())
    if dtype.is_numeric():
        import narwhals as nw

        return np.asarray(column.cast(nw.Float64).to_numpy(), dtype=np.float64)
    if str(dtype).startswith(("Date", "Datetime")):
        days = [None if v is None else str(v)[:26] for v in column.to_list()]
        return np.array(days, dtype="datetime64[us]")
    if dtype.is_nested() or dtype.is_temporal():
        return None
    return _words(column)


def _words(column: Any) -> NDArray[Any] | None:
    """A column of text, each text in memory once; None if there is anything else in it."""
    found = np.empty(len(column), dtype=object)
    same: dict[str, str] = {}
    for at in range(0, len(column), PART):
        part = column[at : at + PART].to_list()
        if not all(v is None or isinstance(v, str) for v in part):
            return None
        found[at : at + PART] = [same.setdefault(v, v) if v else None for v in part]
    return found


def _described(name: str, column: NDArray[Any]) -> dict[str, Any]:
    kind = kind_of(column)
    missing = gaps(column)
    about: dict[str, Any] = {"name": name, "kind": kind, "missing": int(missing.sum())}
    values = column[~missing]
    if kind == "date" and len(values):
        about.update(min=_cell(values.min()), max=_cell(values.max()))
        return about
    if kind == "number" and len(values):
        low, high = float(values.min()), float(values.max())
        about.update(min=low, max=high, integer=bool(np.all(np.rint(values) == values)))
    if kind == "text" and (numbers := nearly(column)) is not None:
        about["nearly"] = numbers.described
    if kind != "number" or (len(values) and about["integer"]):
        # an array of text has room for the longest in every row
        distinct = sorted(set(values.tolist())) if kind == "text" else np.unique(values)
        if len(distinct) <= LEVELS:
            about["levels"] = [_cell(v) for v in distinct]
        about["distinct"] = len(distinct)
    return about


def kind_of(column: NDArray[Any]) -> str:
    """A column's kind: number, bool, date or text."""
    if column.dtype.kind == "M":
        return "date"
    if column.dtype.kind == "b":
        return "bool"
    if column.dtype.kind in "iuf":
        return "number"
    some = next((v for v in column if v is not None), None)
    return "bool" if isinstance(some, bool) else "text"


def gaps(column: NDArray[Any]) -> NDArray[np.bool_]:
    """Where a column has no value."""
    if column.dtype.kind == "f":
        return np.asarray(np.isnan(column))
    if column.dtype.kind == "M":
        return np.asarray(np.isnat(column))
    if column.dtype.kind == "O":
        return np.array([v is None for v in column], dtype=bool)
    return np.zeros(len(column), dtype=bool)


def _cell(value: Any) -> Any:
    """A value as JSON has it, not too long."""
    if isinstance(value, np.datetime64):
        return None if np.isnat(value) else str(value).removesuffix("T00:00:00.000000")
    value = value.item() if isinstance(value, np.generic) else value
    return value[:LONG] if isinstance(value, str) else value


def taken(columns: Mapping[str, NDArray[Any]], rows: NDArray[np.intp]) -> Columns:
    """The same columns, some rows of them."""
    return {name: column[rows] for name, column in columns.items()}
