"""What the command line is given: files, standard input, columns, values."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mostlikely import datasets
from mostlikely.data.source.files import read_file
from mostlikely.errors import DataError, ModelError, nearest

__all__ = ["column", "labels", "table", "values", "words"]


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


def labels(listed: str) -> list[Any]:
    """Labels parted by commas; whole numbers, if all of them are."""
    found = [label.strip() for label in listed.split(",")]
    return [int(v) for v in found] if all(v.lstrip("+-").isdecimal() for v in found) else found


def table(source: str) -> Any:
    """A dataframe of whichever library is installed, or a bundled data set."""
    if source.startswith("demo:"):
        return datasets.load(source.removeprefix("demo:"))
    if source == "-":
        return read_file(sys.stdin.buffer.read(), "standard input")
    return read_file(Path(source), source)


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
