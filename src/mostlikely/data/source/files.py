"""A file of data, on disk or in memory, as a dataframe of whichever library is installed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from mostlikely.data.source.lines import MARKS, Lines, regular
from mostlikely.data.source.unpack import as_text
from mostlikely.data.source.written import Style, style_of
from mostlikely.errors import DataError, MissingPackage, ModelError, nearest

__all__ = ["MARKS", "Opened", "Reading", "read_file"]

#: What can be read by narwhals, the lightest first.
READERS = ("pyarrow", "polars", "pandas")
#: What means "no value" in a file, in a column of text too, as pandas has it.
NO_VALUE = (
    *("", "NA", "N/A", "n/a", "<NA>", "#N/A", "#N/A N/A", "#NA", "NaN", "nan", "-NaN", "-nan"),
    *("1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "NULL", "null", "None"),
)
#: So much of a file is looked at to see what it is.
FIRST = 65536


@dataclass(frozen=True)
class Reading:
    r"""How a file is written, where it does not say so itself.

    Parameters
    ----------
    encoding : str, optional
        Of its text: "utf-8", "cp1252", "latin-1", "utf-16", ...
    separator : str, optional
        What parts the columns: one character, or "tab".
    decimal : {".", ","}, optional
        What parts decimals.
    comment : str, optional
        What lines begin with that are none.
    skip : int
        So many lines stand above the names of the columns.
    ragged : {"drop", "fill"}, optional
        What to do with lines of too few cells (or too many): leave them out, or take the last cells
        for missing.
    blank : str, optional
        What means "no value" besides the usual.
    sheet : str, optional
        Of a spreadsheet: its name, or its number from 1.
    """

    encoding: str | None = None
    separator: str | None = None
    decimal: str | None = None
    comment: str | None = None
    skip: int = 0
    ragged: str | None = None
    blank: str | None = None
    sheet: str | None = None

    @staticmethod
    def of(given: dict[str, str]) -> Reading:
        """From words, as a command line has them.

        Raises
        ------
        ModelError
            For a word that is none.
        """
        known = [f.name for f in fields(Reading)]
        for word in given:
            if word not in known:
                raise ModelError(f"a file is not read by {word!r}; {nearest(word, known)}")
        skip = given.get("skip", "0")
        if not skip.isdecimal():
            raise ModelError(f"skip= is a number of lines; got skip={skip!r}.")
        mark = {"tab": "\t", "\\t": "\t", "space": " "}.get(given.get("separator", ""))
        changed = {"separator": mark} if mark else {}
        return Reading(**{**given, **changed, "skip": int(skip)})  # type: ignore[arg-type]


@dataclass(frozen=True)
class Opened:
    """A table that was in a file.

    Parameters
    ----------
    frame : narwhals.DataFrame
    notes : tuple of str
        What was done to read it, in sentences.
    script : str
        The same in pandas, ``data`` being the frame.
    """

    frame: Any
    notes: tuple[str, ...] = ()
    script: str = field(default="", repr=False)


def read_file(
    source: Path | bytes,
    name: str,
    reading: Reading | None = None,
    *,
    limit: int | None = None,
    look: Callable[[bytes], None] | None = None,
) -> Opened:
    r"""The table in a file: CSV, packed or not, in any encoding; Parquet; a spreadsheet.

    Parameters
    ----------
    source : Path or bytes
        Where it lies, or what is in it.
    name : str
        What to call it in a sentence.
    reading : Reading, optional
        How it is written, where it does not say so itself.
    limit : int, optional
        How many bytes it may have when it is unpacked.
    look : callable, optional
        Is shown the text, in UTF-8, before it is read, and may raise.

    Returns
    -------
    Opened

    Raises
    ------
    DataError
        If it cannot be opened or is no table, or its first line does not name the columns.
    MissingPackage
        If no library that reads files is installed.

    Examples
    --------
    >>> opened = read_file(bytes("amount;city\n1.828,09 €;Bonn", "utf-8"), "purchases.csv")
    >>> opened.frame.columns, opened.frame["amount"].to_list()
    (['amount', 'city'], [1828.09])
    >>> opened.notes[-1]
    "purchases.csv: amount was read as numbers: '1.828,09 €' is 1828.09."
    """
    reading = reading or Reading()
    head = source[:FIRST] if isinstance(source, bytes) else _head(source)
    if not head:
        raise DataError(f"{name} is empty; its first line should name the columns.")
    if head.startswith(b"PAR1"):
        frame = _parsed(source, name, None, reading)
        return Opened(frame, (), f"data = pd.read_parquet({name!r})")
    content = source if isinstance(source, bytes) else source.read_bytes()
    text = as_text(content, name, reading.encoding, reading.sheet, limit)
    if look is not None:
        look(text.body)
    lines = regular(
        text.body,
        name,
        reading.separator,
        reading.decimal,
        reading.comment,
        reading.skip,
        reading.ragged,
    )
    untouched = lines.body is content and isinstance(source, Path)
    frame = _parsed(source if untouched else lines.body, name, lines, reading)
    if all(_is_number(column) for column in frame.columns):
        raise DataError(
            f"{name} begins with numbers ({', '.join(frame.columns[:3])}), which would be lost; "
            "its first line should name the columns."
        )
    frame, turned, notes = _with_numbers(frame, name, lines.decimal)
    options = [repr(name), *text.script, *lines.script]
    options += [f"na_values={reading.blank!r}"] if reading.blank else []
    reader = "read_excel" if text.sheet else "read_csv"
    script = [f"data = pd.{reader}({', '.join(options)})"]
    script += [f"data.columns = {lines.renamed!r}"] if lines.renamed else []
    return Opened(frame, (*text.notes, *lines.notes, *notes), "\n".join([*script, *turned]))


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FIRST)
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}.") from None


def _parsed(source: Path | bytes, name: str, lines: Lines | None, reading: Reading) -> Any:
    """The table, by the first reader that is installed, all of which should give the same."""
    from importlib.util import find_spec

    import narwhals as nw

    backend: Any = next((reader for reader in READERS if find_spec(reader)), None)
    if backend is None:
        raise MissingPackage(
            "reading files needs pyarrow, polars or pandas; install one with: "
            'pip install "mostlikely[files]".'
        )
    opened: Any = BytesIO(source) if isinstance(source, bytes) else str(source)
    try:
        if lines is None:
            return nw.read_parquet(opened, backend=backend)
        options = _options(backend, lines, [*NO_VALUE, *([reading.blank] if reading.blank else [])])
        return nw.read_csv(opened, backend=backend, separator=lines.mark, **options)
    except Exception as error:  # each library has its own, and they share no base
        reason = " ".join(str(error).split())[:200].rstrip(". ")
        raise DataError(f"{name} cannot be read as a table: {reason}.") from None


def _options(backend: str, lines: Lines, blank: list[str]) -> dict[str, Any]:
    """What makes a library read as the others do."""
    if backend == "polars":  # the others look at every row
        return {
            "infer_schema_length": None,
            "null_values": blank,
            "decimal_comma": lines.decimal == ",",
        }
    if backend == "pyarrow":
        from pyarrow import csv

        return {
            "parse_options": csv.ParseOptions(
                delimiter=lines.mark, newlines_in_values=b'"' in lines.body
            ),
            "convert_options": csv.ConvertOptions(
                decimal_point=lines.decimal, null_values=blank, strings_can_be_null=True
            ),
        }
    return {"decimal": lines.decimal, "na_values": blank}


def _with_numbers(frame: Any, name: str, decimal: str) -> tuple[Any, list[str], list[str]]:
    """Columns of text all of whose cells are numbers, however written, as numbers."""
    import narwhals as nw

    script, notes, made = [], [], []
    for column in frame.iter_columns():
        if column.dtype != nw.String:
            continue
        style, count = style_of(column.head(FIRST).to_list(), decimal)
        if not count:
            continue
        cells = column.to_list()
        numbers = [style.read(cell) for cell in cells]
        others = [c for c, v in zip(cells, numbers, strict=True) if v is None and c is not None]
        if others:
            notes += _nearly(f"{name}: {column.name}", others, len(cells) - cells.count(None))
            continue
        values = np.array([np.nan if v is None else v for v in numbers])
        native = nw.get_native_namespace(frame)
        made.append(nw.new_series(column.name, values, nw.Float64, backend=native))
        if not style.plain:
            some = [c for c in cells if c is not None]
            shown = next((c for c in some if Style().read(c) != style.read(c)), some[0])
            notes.append(
                f"{name}: {column.name} was read as numbers: {shown!r} is {style.read(shown):.15g}."
            )
        script.append(style.script(column.name, [c for c in cells if c]))
    return (frame.with_columns(*made) if made else frame), script, notes


def _nearly(name: str, others: list[str], cells: int) -> list[str]:
    """What keeps a column of text from being one of numbers, where few cells do."""
    if 2 * len(others) > cells:
        return []
    shown = list(dict.fromkeys(others))
    more = f" and {len(shown) - 1} others" if len(shown) > 1 else ""
    cure = "" if len(shown) > 1 else f"; blank={shown[0][:20]!r} takes it for missing"
    return [f"{name} is text, as {shown[0][:20]!r}{more} are no numbers{cure}."]


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
