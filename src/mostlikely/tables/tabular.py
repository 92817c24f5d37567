"""What every result with rows can do: leave as a data frame, LaTeX, Markdown or HTML."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from mostlikely.tables.frame import frame_of
from mostlikely.tables.page import Page, html_of, number
from mostlikely.tables.paper import latex_of, markdown_of

__all__ = ["Tabular"]


class Tabular(ABC):
    """A result with rows. Options are those of the result's own table, such as ``level=``."""

    @property
    def _library(self) -> str | None:
        """The library of the data, in which `to_frame` answers."""
        return None

    @abstractmethod
    def records(self, *args: Any, **kwargs: Any) -> list[dict[str, Any]]:
        """The rows as plain dicts: names to numbers, words and None."""

    def page(self, *args: Any, **kwargs: Any) -> Page:
        """The rows as cells to read."""
        rows = self.records(*args, **kwargs)
        words = {
            i
            for i, name in enumerate(rows[0])
            if any(isinstance(row[name], str | bool) for row in rows)
        }
        return Page(
            title="",
            lead="",
            header=tuple(name.replace("_", " ") for name in rows[0]),
            rows=tuple(tuple(_cell(value) for value in row.values()) for row in rows),
            words=frozenset(words),
        )

    def to_frame(self, **options: Any) -> Any:
        """The rows as a data frame of the library that the data came in.

        pandas where they came in none. Missing numbers are NaN in pandas, null elsewhere.

        Parameters
        ----------
        **options
            Of the table.

        Examples
        --------
        >>> import mostlikely as ml, polars as pl
        >>> fit = ml.fit("poisson", pl.DataFrame({"visits": [3, 5, 1, 7]}))
        >>> fit.to_frame()["estimate"].to_list()
        [4.0]
        """
        return frame_of(self.records(**options), self._library)

    def to_pandas(self, **options: Any) -> Any:
        """The rows as a pandas data frame; see `to_frame`."""
        return frame_of(self.records(**options), "pandas")

    def to_polars(self, **options: Any) -> Any:
        """The rows as a Polars data frame; see `to_frame`."""
        return frame_of(self.records(**options), "polars")

    def to_arrow(self, **options: Any) -> Any:
        """The rows as an Arrow table; see `to_frame`."""
        return frame_of(self.records(**options), "pyarrow")

    def to_latex(
        self, *, caption: str | None = None, label: str | None = None, **options: Any
    ) -> str:
        r"""The table in LaTeX, with the rules of the package booktabs.

        Parameters
        ----------
        caption, label : str, optional
            With either of them the table floats.
        **options
            Of the table.

        Examples
        --------
        >>> import mostlikely as ml
        >>> print(ml.fit("poisson", [3, 5, 1, 7]).to_latex().splitlines()[0])
        \begin{tabular}{llrrrr}
        """
        return latex_of(self.page(**options), caption, label)

    def to_markdown(self, **options: Any) -> str:
        """The table in Markdown."""
        return markdown_of(self.page(**options))

    def to_html(self, **options: Any) -> str:
        """The table as one piece of HTML, in the fonts and colours of what surrounds it."""
        return html_of(self.page(**options))


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if value is None:
        return number(float("nan"))
    return number(value) if isinstance(value, int | float) else str(value)
