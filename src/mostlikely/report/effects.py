"""Average marginal effects as a page."""

from __future__ import annotations

from mostlikely.inference.heading import heading
from mostlikely.inference.marginal import Effects
from mostlikely.report.fits import observations, p_value, wald_header
from mostlikely.tables.page import Page, decimals_for, number

__all__ = ["effects_page"]

#: What a slope is, by its contrast.
SLOPES = {
    "dY/dX": "per unit",
    "eY/eX": "elasticity",
    "eY/dX": "share per unit",
    "dY/eX": "per share",
}


def effects_page(table: Effects, level: float = 0.95) -> Page:
    """A row per column of numbers and per level, and what was averaged."""
    rows: list[tuple[str, ...]] = []
    above = None
    for effect, row in zip(table.of, table.records(level), strict=True):
        places = decimals_for(row["std_error"])
        z, p = row["statistic"], row["p_value"]
        change = SLOPES.get(row["contrast"], f"{effect.level} − {effect.base}")
        rows.append(
            (
                "" if effect.column == above else effect.column,
                change,
                number(row["estimate"], places),
                number(row["std_error"], places),
                *(("", "") if z is None else (number(z, 2), p_value(p))),
                number(row["conf_low"], places),
                number(row["conf_high"], places),
            )
        )
        above = effect.column
    fit = table.fit
    notes = [table.where, f"Standard errors: delta method, {table.errors}. Intervals: Wald."]
    if table.left_out:
        notes.append(
            "Left out: "
            + "; ".join(f"{name}, as {why}" for name, why in table.left_out.items())
            + "."
        )
    return Page(
        title=f"Marginal effects on {table.what} of {fit.label}: {observations(fit)}",
        lead=f"By {heading(fit)}: the derivative in a column, or the difference between levels.",
        header=wald_header(level, "column", "change", "effect"),
        rows=tuple(rows),
        words=frozenset({0, 1}),
        notes=tuple(notes),
        verdict=(fit.verdict.headline,),
        ok=fit.verdict.ok,
    )
