"""Fits side by side, as a page."""

from __future__ import annotations

from typing import Any

from mostlikely.inference.fitted import Compared
from mostlikely.report.fits import observations
from mostlikely.tables.page import NONE, Page, count, likelihood, number

__all__ = ["comparison_page"]

PLURAL = {
    "probability": "probabilities:",
    "density": "densities:",
    "density and probability": "densities and probabilities:",
}


def comparison_page(c: Compared) -> Page:
    """A row per model, the best first, and what the differences mean."""
    table = c.records()
    kinds = list(dict.fromkeys(row["kind"] for row in table))
    header = ("model", "df", "log-lik.", "AIC", "Δ AIC", "weight", "BIC", "verdict")
    rows: list[tuple[str, ...]] = [
        (
            row["model"],
            f"{row['df']:g}" if float(row["df"]).is_integer() else f"{row['df']:.2f}",
            likelihood(row["loglik"]),
            likelihood(row["aic"]),
            NONE if row["delta_aic"] is None else number(row["delta_aic"], 2),
            NONE if row["weight"] is None else f"{row['weight']:.3f}",
            likelihood(row["bic"]),
            f"{'✓' if fit.verdict.ok else '✗'} {fit.verdict.kind}",
        )
        for row, fit in zip(table, c.fits, strict=True)
    ]
    notes = []
    if len(kinds) > 1:
        blank = ("",) * (len(header) - 1)
        second = next(i for i, row in enumerate(table) if row["kind"] == kinds[1])
        rows[second:second] = [("", *blank), (PLURAL[kinds[1]], *blank)]
        rows.insert(0, (PLURAL[kinds[0]], *blank))
        notes.append(
            "Probabilities, of whole numbers, and densities, of real ones, do not compare: each "
            "kind is ranked by itself."
        )
    if c.refused:
        notes.append(f"Not possible for these data: {', '.join(c.refused)}.")
    if c.interrupted:
        notes.append(f"Interrupted by Ctrl-C. Not fitted: {', '.join(c.interrupted)}.")
    return Page(
        title=f"{count(len(c.fits), 'model')} of {c.best.label}: {observations(c.best)}",
        lead="The smallest AIC first; weight is the share of support by AIC among these models.",
        header=header,
        rows=tuple(rows),
        words=frozenset({0, len(header) - 1}),
        notes=tuple(notes),
        verdict=tuple(
            f"Among {PLURAL[kind]} " * (len(kinds) > 1)
            + _conclusion([row for row in table if row["kind"] == kind], kind)
            for kind in kinds
        ),
        ok=c.best.verdict.ok,
    )


def _conclusion(rows: list[dict[str, Any]], kind: str) -> str:
    """How far apart the first are: 2 and 10 are the marks of Burnham and Anderson (2002, p. 70)."""
    ranked = [(row["model"], row["delta_aic"]) for row in rows if row["delta_aic"] is not None]
    if not ranked:
        return f"No {kind} has a proven maximum on these data."
    (best, _), *behind = ranked
    if not behind:
        return f"{best} is the only {kind} with a proven maximum."
    close = [name for name, delta in behind if delta < 2.0]
    if close:
        return (
            f"{best} has the smallest AIC, but these data hardly tell it from "
            f"{_listed(close)}, less than 2 behind."
        )
    name, delta = behind[0]
    worth = "some support" if delta < 10.0 else "next to no support"
    return f"{best} has the smallest AIC; the next, {name}, is {delta:.1f} behind: {worth}."


def _listed(words: list[str]) -> str:
    return " and ".join(words) if len(words) < 3 else f"{', '.join(words[:-1])} and {words[-1]}"
