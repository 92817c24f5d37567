"""Fits, comparisons and families as a person reads them: text, notebook tables, tidy rows."""

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
