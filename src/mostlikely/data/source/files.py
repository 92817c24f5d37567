"""A file of data, on disk or in memory, as a dataframe of whichever library is installed."""

from __future__ import annotations

import codecs
import re
from io import BytesIO
from pathlib import Path
from typing import Any

from mostlikely.errors import DataError, MissingPackage

__all__ = ["FIRST", "check_text", "decimal_of", "read_file", "separator_of"]

#: What can be read by narwhals, the lightest first.
READERS = ("pyarrow", "polars", "pandas")
#: What means "no value" in a file, in a column of text too, as pandas has it.
NO_VALUE = (
    *("", "NA", "N/A", "n/a", "<NA>", "#N/A", "#N/A N/A", "#NA", "NaN", "nan", "-NaN", "-nan"),
    *("1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "NULL", "null", "None"),
)
#: The first bytes of what is often taken for a table of text, and what it is.
OTHERS = {b"PK\x03\x04": "a spreadsheet or an archive", b"\x1f\x8b": "compressed"}
#: What lines that are no data begin with in many files.
COMMENT = ("#", "%", "//")
#: So much of a file is looked at to see what it is.
FIRST = 65536


def read_file(source: Path | bytes, name: str) -> Any:
    r"""The table in a CSV or Parquet file.

    Parameters
    ----------
    source : Path or bytes
        Where it lies, or what is in it.
    name : str
        What to call it in a sentence.

    Returns
    -------
    narwhals.DataFrame

    Raises
    ------
    DataError
        If it cannot be opened or is no table, or its first line does not name the columns.
    MissingPackage
        If no library that reads files is installed.

    Examples
    --------
    >>> frame = read_file(bytes("amount;city\n1,5;Bonn", "utf-8"), "purchases.csv")
    >>> frame.columns, frame["amount"].to_list()
    (['amount', 'city'], [1.5])
    """
    head = source[:FIRST] if isinstance(source, bytes) else _head(source)
    if not head.partition(b"\n")[0].strip():
        raise DataError(f"{name} is empty; its first line should name the columns.")
    binary = head.startswith(b"PAR1")
    if not binary:
        check_text(head, name)
    try:
        frame = _parsed(source, head)
        texts = all(str(dtype) != "Binary" for dtype in frame.schema.values())
    except MissingPackage:
        raise
    except Exception as error:  # each library has its own, and they share no base
        if not binary:
            check_text(source if isinstance(source, bytes) else source.read_bytes(), name)
        reason = " ".join(str(error).split())[:200].rstrip(". ")
        raise DataError(f"{name} cannot be read as a table: {reason}.") from None
    if not (binary or texts):  # a reader that leaves cells as bytes which are not in UTF-8
        check_text(source if isinstance(source, bytes) else source.read_bytes(), name)
    if all(_is_number(column) for column in frame.columns):
        raise DataError(
            f"{name} begins with numbers ({', '.join(frame.columns[:3])}), which would be lost; "
            "its first line should name the columns."
        )
    return frame


def check_text(content: bytes, name: str) -> None:
    """Raise DataError unless bytes begin as a CSV file does: a line of names, in UTF-8.

    Parameters
    ----------
    content : bytes
        The whole file, or its first `FIRST` bytes, which may end within a character.
    name : str
    """
    for start, what in OTHERS.items():
        if content.startswith(start):
            raise DataError(f"{name} is {what} and no table of text; save it as CSV in UTF-8.")
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DataError(f"{name} is text in UTF-16; save it as CSV in UTF-8.")
    if b"\0" in content:
        raise DataError(
            f"{name} has NUL bytes, as text in UTF-16 has; a table is read as CSV in UTF-8, or as "
            "Parquet."
        )
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(content, len(content) != FIRST)
    except UnicodeDecodeError as error:
        raise DataError(
            f"{name} is not in UTF-8, first at byte {error.start}; save it as CSV in UTF-8."
        ) from None
    shown = text[: 16 * FIRST].splitlines()
    lines = [line.strip() for line in (shown[:-1] if len(content) == FIRST else shown)]
    first = next((k for k, line in enumerate(lines) if line and not _comment(line)), 0)
    mark = separator_of(lines[first].encode()) if lines else ","
    wide = [line.count(mark) == lines[first].count(mark) for line in lines]
    said = [k for k in range(first) if lines[k]]
    # A header may begin so too, "#id,x", and a cell of the table: there is one for every column.
    if len(said) == 1 and wide[said[0]] and re.match(r'"?(#|%|//)\w', lines[said[0]]):
        said = []
    if '"' not in text:  # a quoted cell may go on in a line that begins so
        said += [k for k, line in enumerate(lines) if k > first and _comment(line) and not wide[k]]
    if said:
        raise DataError(
            f"{name} has lines of comment, line {said[0] + 1} the first ({lines[said[0]][:40]!r}); "
            "its first line should name the columns and the others be rows: delete the comments."
        )


def _comment(line: str) -> bool:
    return line.lstrip('"').startswith(COMMENT)


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(FIRST)
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}.") from None


def _parsed(source: Path | bytes, head: bytes) -> Any:
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
    if head.startswith(b"PAR1"):
        return nw.read_parquet(opened, backend=backend)
    options: dict[str, Any] = {}
    decimal = decimal_of(head)
    if backend == "polars":  # the others look at every row
        options.update(infer_schema_length=None, null_values=list(NO_VALUE))
        options.update(decimal_comma=decimal == ",")
    elif backend == "pyarrow":
        from pyarrow import csv

        options["convert_options"] = csv.ConvertOptions(
            decimal_point=decimal, null_values=NO_VALUE, strings_can_be_null=True
        )
    else:
        options.update(decimal=decimal)
    return nw.read_csv(opened, backend=backend, separator=separator_of(head), **options)


def separator_of(head: bytes) -> str:
    """What parts the columns of a CSV file, by its first line."""
    return max(",;\t", key=head.partition(b"\n")[0].decode("utf-8", "replace").count)


def decimal_of(head: bytes) -> str:
    r"""What parts the decimals of its numbers, by a file's first bytes: a comma, or a point.

    Examples
    --------
    >>> decimal_of(b"amount;city\n1,5;Bonn"), decimal_of(b"amount,city\n1.5,Bonn")
    (',', '.')
    """
    mark = separator_of(head)
    if mark == ",":
        return "."
    whole = head if len(head) < FIRST else head.rpartition(b"\n")[0]
    lines = whole.decode("utf-8", "replace").split("\n")[1:]
    cells = {cell.strip(' "\r') for line in lines for cell in line.split(mark)}
    commas = any(re.fullmatch(r"[-+]?\d*,\d+(e[-+]?\d+)?", cell, re.I) for cell in cells)
    points = any(re.fullmatch(r"[-+]?\d*\.\d+(e[-+]?\d+)?", cell, re.I) for cell in cells)
    return "," if commas and not points else "."


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
