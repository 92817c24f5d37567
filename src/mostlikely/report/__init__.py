"""Fits, comparisons and families as a person reads them: text, notebook tables, tidy rows.

A `page.Page` is a table with the words around it; it is written for a stream, for a console, or as
HTML. What it says is decided once, how it looks by where it goes.

Open `fits` first (what a summary says), then `page`; `effects` and `families` are others' pages.

Nothing here may compute an estimate or an error: a fit is taken as `inference.fitted.Fitted`, and
asked. Nothing is printed from here. `tests/golden` holds whole summaries.
"""

from mostlikely.report.effects import effects_html, effects_page
from mostlikely.report.families import families_view, family_rows
from mostlikely.report.fits import (
    comparison,
    comparison_html,
    comparison_page,
    html,
    observations,
    summary,
    summary_page,
    tidy,
)
from mostlikely.report.page import WIDTH, Page, html_of, in_ascii, speaks_unicode, text_of, view

__all__ = [
    "WIDTH",
    "Page",
    "comparison",
    "comparison_html",
    "comparison_page",
    "effects_html",
    "effects_page",
    "families_view",
    "family_rows",
    "html",
    "html_of",
    "in_ascii",
    "observations",
    "speaks_unicode",
    "summary",
    "summary_page",
    "text_of",
    "tidy",
    "view",
]
