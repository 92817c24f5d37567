"""A file of data, on disk or in memory, as a dataframe of whichever library is installed."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

from mostlikely.errors import DataError, MissingPackage

__all__ = ["FIRST", "decimal_of", "read_file", "separator_of"]

#: What can be read by narwhals, the lightest first.
READERS = ("pyarrow", "polars", "pandas")
#: What means "no value" in a file, as pyarrow and pandas have it.
NO_VALUE = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None")
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
    try:
        frame = _parsed(source, head)
    except MissingPackage:
        raise
    except Exception as error:  # each library has its own, and they share no base
        reason = " ".join(str(error).split())[:200].rstrip(". ")
        raise DataError(f"{name} cannot be read as a table: {reason}.") from None
    if all(_is_number(column) for column in frame.columns):
        raise DataError(
            f"{name} begins with numbers ({', '.join(frame.columns[:3])}), which would be lost; "
            "its first line should name the columns."
        )
    return frame


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
    if backend == "polars":  # the others look at every row, and know what means "no value"
        options.update(infer_schema_length=None, null_values=list(NO_VALUE))
    if decimal_of(head) == ",":
        options.update(_with_commas(backend))
    return nw.read_csv(opened, backend=backend, separator=separator_of(head), **options)


def _with_commas(backend: str) -> dict[str, Any]:
    """How each reader is told that 1,5 is a number."""
    if backend == "polars":
        return {"decimal_comma": True}
    if backend == "pandas":
        return {"decimal": ","}
    from pyarrow import csv

    return {"convert_options": csv.ConvertOptions(decimal_point=",")}


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
