"""Small real data sets, with their stories: CSV files and one index, ``index.toml``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.errors import DataError, nearest

__all__ = ["about", "load", "names"]


def _folder() -> Any:
    from importlib.resources import files

    return files(__package__)


@cache
def _index() -> dict[str, dict[str, Any]]:
    import tomllib

    return tomllib.loads((_folder() / "index.toml").read_text(encoding="utf-8"))


def names() -> tuple[str, ...]:
    """The names that `load` knows.

    Examples
    --------
    >>> import mostlikely as ml
    >>> "newcomb" in ml.datasets.names()
    True
    """
    return tuple(_index())


def about(name: str) -> dict[str, Any]:
    """What the data are.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    dict
        ``title``, ``story``, ``columns`` (name → meaning and unit), ``source``, ``status`` (why
        they may be passed on) and ``suggests`` (a family to begin with), all text.

    Raises
    ------
    DataError
        If there is no such data set.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.datasets.about("michelson")["columns"]
    {'speed': 'speed of light in air, thousands of kilometres per second'}
    """
    if name not in names():
        raise DataError(f"there is no data set {name!r}; {nearest(name, names())}")
    entry = _index()[name]
    return {k: v.replace("\n", " ").strip() if isinstance(v, str) else v for k, v in entry.items()}


def load(name: str) -> dict[str, NDArray[Any]]:
    """A data set as arrays, ready for `fit`.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    dict of str to array of shape (rows,)
        By column, numbers or text; units are in `about`.

    Raises
    ------
    DataError
        If there is no such data set.

    Examples
    --------
    >>> import mostlikely as ml
    >>> kicks = ml.datasets.load("horse_kicks")
    >>> fit = ml.fit("poisson", kicks, y="deaths", weights="corps_years")
    >>> round(fit.params["mean"], 12)
    0.7
    """
    import csv

    columns = about(name)["columns"]
    with (_folder() / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        _, *rows = csv.reader(file)
    return {k: _array(column) for k, column in zip(columns, zip(*rows, strict=True), strict=True)}


def _array(column: Sequence[str]) -> NDArray[Any]:
    """Numbers if they are, text otherwise."""
    try:
        return np.array(column, dtype=np.float64)
    except ValueError:
        return np.array(column)
