"""Fits, comparisons and families as a person reads them.

What a `tables.page.Page` says of a fit is decided here once; how it looks by where it goes.

Open `fits` first (what a summary says), `comparison`, `effects` and `families` are
others' pages.

Nothing here may compute an estimate or an error: a fit is taken as `inference.fitted.Fitted`, and
asked. Nothing is printed from here. `tests/golden` holds whole summaries.
"""

from mostlikely.report.comparison import comparison_page
from mostlikely.report.effects import effects_page
from mostlikely.report.families import families_view, family_rows
from mostlikely.report.fits import (
    html,
    observations,
    summary,
    summary_page,
)

__all__ = [
    "comparison_page",
    "effects_page",
    "families_view",
    "family_rows",
    "html",
    "observations",
    "summary",
    "summary_page",
]
