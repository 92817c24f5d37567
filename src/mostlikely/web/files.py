"""Files that the page gives away, made in memory: a fit, its table, its pictures."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Mapping
from threading import Lock
from typing import Any

from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.results.store import text
from mostlikely.web.kept import Kept, kept
from mostlikely.web.tables import Shelf

__all__ = ["made"]

KINDS = {
    "fit.json": "application/json",
    "table.csv": "text/csv; charset=utf-8",
    "picture.svg": "image/svg+xml",
    "picture.png": "image/png",
}
#: matplotlib's settings are one for all threads.
DRAWING = Lock()


def made(shelf: Shelf, ask: Mapping[str, Any], name: str) -> tuple[bytes, str, str]:
    """A file's bytes, its kind, and what to call it.

    Raises
    ------
    DataError
        If there is no such file, or the fit is not there.
    """
    if name not in KINDS:
        raise DataError(f"there is no file {name!r}; {nearest(name, KINDS)}")
    one = kept(shelf, ask)
    if name == "fit.json":
        return text(one.fit).encode(), KINDS[name], f"{ask['slug']}.json"
    if name == "table.csv":
        return _table(one), KINDS[name], f"{ask['slug']}.csv"
    suffix = name.rpartition(".")[2]
    picture = _picture(one, suffix, ask.get("view"), ask)
    return picture, KINDS[name], f"{ask['slug']}.{suffix}"


def _table(one: Kept) -> bytes:
    """The parameters, a row each, with the columns of `Fit.records`."""
    rows = one.fit.records()
    for row in rows:
        row["term"] = row["term"] and _harmless(one.asked.shown(str(row["term"])))
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0] if rows else ["parameter"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _harmless(text: str) -> str:
    """Text that a spreadsheet takes for text: a column may be called like a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _picture(one: Kept, suffix: str, view: Any, ask: Mapping[str, Any]) -> bytes:
    """What the library draws of a fit, or one view of it."""
    os.environ.setdefault("MPLBACKEND", "agg")  # a file is wanted, not a window
    from mostlikely import plot

    views: dict[str, Callable[[], Any]] = {
        "density": lambda: plot.density_plot(one.fit).figure,
        "qq": lambda: plot.qq_plot(one.fit).figure,
        "residuals": lambda: plot.residual_plot(one.fit).figure,
        "curve": lambda: plot.curve_plot(one.fit).figure,
        "profile": lambda: plot.profile_plot(one.fit, one.key(ask.get("term"))),
    }
    if view and not (isinstance(view, str) and view in views):
        raise ModelError(f"there is no picture {view!r}; {nearest(str(view), views)}")
    with DRAWING:
        import matplotlib.pyplot as plt

        figure = views[view]() if view else one.fit.plot()
        try:
            file = io.BytesIO()
            figure.savefig(file, format=suffix, dpi=150)
        finally:
            plt.close(figure)
    return file.getvalue()
