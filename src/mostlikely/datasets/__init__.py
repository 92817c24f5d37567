"""Small real data sets, with their stories: CSV files and one index, ``index.toml``."""

from __future__ import annotations

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


def load(name: str) -> dict[str, NDArray[np.float64]]:
    """A data set as arrays, ready for `fit`.

    Parameters
    ----------
    name : str
        One of `names`.

    Returns
    -------
    dict of str to array of shape (rows,)
        By column; units are in `about`.

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
    columns = about(name)["columns"]
    with (_folder() / f"{name}.csv").open(encoding="utf-8") as file:
        rows = np.loadtxt(file, delimiter=",", skiprows=1, ndmin=2)
    return dict(zip(columns, np.ascontiguousarray(rows.T), strict=True))
