"""Tables that leave: rows as a data frame, as LaTeX, Markdown and HTML, and as text to read.

A `page.Page` is a table with the words around it: cells are text, aligned and rounded; it is
written for a stream, for a console, or for a paper. A `tabular.Tabular` is a result that has rows
of numbers, which leave unrounded as a frame of the library that the data came in.

Open `tabular` first (what every result with rows can do), then `page` (how a table is read) and
`paper` (LaTeX and Markdown); `frame` makes data frames, `progress` the line that long
work shows.

Nothing here knows a family, a fit or a likelihood.
"""

from mostlikely.tables.frame import frame_of, library_of
from mostlikely.tables.page import Page, text_of
from mostlikely.tables.tabular import Tabular

__all__ = ["Page", "Tabular", "frame_of", "library_of", "text_of"]
