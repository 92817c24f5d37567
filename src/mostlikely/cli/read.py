"""What the command line is given: files, standard input, columns, values."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mostlikely import datasets
from mostlikely.errors import DataError, MissingPackage, ModelError, nearest

__all__ = ["column", "table", "values", "words"]

#: What can be read by narwhals, the lightest first.
READERS = ("pyarrow", "polars", "pandas")
#: What means "no value" in a file, as pyarrow and pandas have it.
NO_VALUE = ("", "NA", "N/A", "n/a", "NaN", "nan", "NULL", "null", "None")


def values(pairs: Sequence[str], option: str) -> dict[str, float]:
    """Parameters and their values, from NAME=VALUE."""
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ModelError(
                f"{option} {pair} should read NAME=NUMBER, as in {option} shape=1."
            ) from None
    return found


def words(pairs: Sequence[str], option: str) -> dict[str, str]:
    """Parameters and their formulas, from NAME=FORMULA."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not value.strip():
            raise ModelError(f'{option} {pair} should read NAME=FORMULA, as in sigma="~ x".')
        found[name.strip()] = value.strip()
    return found


def table(source: str) -> Any:
    """A dataframe of whichever library is installed, or a bundled data set."""
    if source.startswith("demo:"):
        return datasets.load(source.removeprefix("demo:"))
    if source != "-":
        return _frame(Path(source), source)
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:  # not every reader takes what has no name
        copy = Path(folder) / "standard-input"
        copy.write_bytes(sys.stdin.buffer.read())
        return _frame(copy, "standard input")


def _frame(path: Path, name: str) -> Any:
    try:
        with path.open("rb") as file:
            first = file.readline(65536)
    except OSError as error:
        raise DataError(f"{name} cannot be opened: {error.strerror}.") from None
    if not first.strip():
        raise DataError(f"{name} is empty; its first line should name the columns.")
    try:
        frame = _parsed(path, first)
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


def _parsed(path: Path, first: bytes) -> Any:
    """The table, by the first reader that is installed, all of which should give the same."""
    from importlib.util import find_spec

    import narwhals as nw

    backend: Any = next((reader for reader in READERS if find_spec(reader)), None)
    if backend is None:
        raise MissingPackage(
            "reading files needs pyarrow, polars or pandas; install one with: "
            'pip install "mostlikely[files]"'
        )
    if first.startswith(b"PAR1"):
        return nw.read_parquet(str(path), backend=backend)
    options: dict[str, Any] = {}
    if backend == "polars":  # the others look at every row, and know what means "no value"
        options.update(infer_schema_length=None, null_values=list(NO_VALUE))
    separator = max(",;\t", key=first.decode("utf-8", "replace").count)
    return nw.read_csv(str(path), backend=backend, separator=separator, **options)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def column(table: Any, source: str, y: str | None, weights: str | None) -> str:
    """The column to fit: the one that was named, or the only one."""
    columns = list(table if isinstance(table, Mapping) else table.columns)
    for option, name in (("--y", y), ("--weights", weights)):
        if name is not None and name not in columns:
            raise DataError(f"{option}: there is no column {name!r}; {nearest(name, columns)}")
    left = [name for name in columns if name != weights]
    if y is not None:
        return y
    if len(left) != 1:
        shown = f"{', '.join(left[:10])}{', ...' if len(left) > 10 else ''}"
        raise DataError(f"{source} has {len(left)} columns ({shown}); choose one with --y.")
    return str(left[0])
