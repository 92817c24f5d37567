"""What the command line is given: files, standard input, columns, values."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mostlikely import datasets
from mostlikely.cli import write
from mostlikely.data.source.columns import columns_of
from mostlikely.data.source.files import Reading, read_file
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.results.fit import Fit
from mostlikely.results.loading import load

__all__ = [
    "check",
    "column",
    "label",
    "labels",
    "labels_of",
    "number_or",
    "saved",
    "table",
    "values",
    "words",
]


def values(pairs: Sequence[str], option: str, example: str = "shape=1") -> dict[str, float]:
    """Parameters and their values, from NAME=VALUE."""
    found = {}
    for pair in pairs:
        name, _, value = pair.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise ModelError(
                f"{option} {pair} should read NAME=NUMBER, as in {option} {example}."
            ) from None
    return found


def words(pairs: Sequence[str], option: str, example: str = "") -> dict[str, str]:
    """Names and what is said of them, from NAME=FORMULA or NAME=VALUE."""
    found = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not (value if example else value.strip()):
            kind, shown = ("VALUE", example) if example else ("FORMULA", 'sigma="~ x"')
            raise ModelError(f"{option} {pair} should read NAME={kind}, as in {shown}.")
        if name.strip() in found:
            raise ModelError(f"{option} gives {name.strip()} twice; give it once.")
        found[name.strip()] = value.strip() or value
    return found


def labels(listed: str) -> list[Any]:
    """Labels parted by commas; whole numbers, if all of them are."""
    found = [label.strip() for label in listed.split(",")]
    return [int(v) for v in found] if all(v.lstrip("+-").isdecimal() for v in found) else found


def label(word: str | None) -> Any:
    """One label, a whole number if it is written as one."""
    return None if word is None else labels(word)[0]


def saved(path: Any) -> Fit:
    """The fit in a file that `fit --save` wrote."""
    try:
        return load(path)
    except OSError as error:
        raise DataError(f"{path} cannot be opened: {error.strerror}.") from None


def table(source: str, reading: Sequence[str] | None = None) -> Any:
    """A dataframe of whichever library is installed, or a bundled data set.

    What was done to read it is said on standard error.
    """
    how = Reading.of(words(reading or [], "--read", "encoding=latin-1"))
    if source.startswith("demo:"):
        return datasets.load(source.removeprefix("demo:"))
    if source == "-":
        opened = read_file(sys.stdin.buffer.read(), "standard input", how)
    else:
        opened = read_file(Path(source), source, how)
    for note in opened.notes:
        write.note(note)
    return opened.frame.to_native()


def number_or(word: str | None) -> float | str | None:
    """A number, if the word is one; otherwise the word, the name of a column."""
    try:
        return None if word is None else float(word)
    except ValueError:
        return word


def check(table: Any, named: Mapping[str, str | None]) -> None:
    """Raise DataError if an option names a column that is not there."""
    columns = _columns(table)
    for option, name in named.items():
        if name is not None and name not in columns:
            raise DataError(f"{option}: there is no column {name!r}; {nearest(name, columns)}")


def _columns(table: Any) -> list[str]:
    found = columns_of(table)
    return [] if found is None else [str(name) for name in found[0]]


def labels_of(table: Any, name: str) -> Any:
    """A column as an array or a list."""
    return Table.of(table).raw(name)


def column(table: Any, source: str, y: str | None, others: Sequence[str | None]) -> str:
    """The column to fit: the one that was named, or the only one beside the others."""
    columns = _columns(table)
    check(table, {"--y": y})
    left = [name for name in columns if name not in others]
    if y is not None:
        return y
    if len(left) != 1:
        shown = f"{', '.join(left[:10])}{', ...' if len(left) > 10 else ''}"
        raise DataError(f"{source} has {len(left)} columns ({shown}); choose one with --y.")
    return str(left[0])
