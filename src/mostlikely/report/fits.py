"""A fit in words and numbers: the page of its table."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from mostlikely.data.observation import Partly
from mostlikely.inference.coefficients import Coefficient, Coefficients, coefficients
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.heading import heading
from mostlikely.inference.linear_model import residual_df
from mostlikely.report.families import first_line
from mostlikely.tables.page import (
    Page,
    count,
    decimals_for,
    html_of,
    likelihood,
    number,
    text_of,
)

__all__ = ["html", "observations", "p_value", "summary", "summary_page", "wald_header"]

#: With fewer observations than this beyond the parameters, Wald's intervals are said to be short.
FEW = 20
#: What the numbers are worth, by the kind of a verdict that is not ok.
WORTH = {
    "boundary": "The numbers above are where the search ended on that edge; they are no estimates.",
    "separation": "The numbers above are where the search was left; they are no estimates.",
    "no maximum": "The numbers above say where the likelihood rises to; they are no estimates.",
    "not identified": "The numbers above are one of many answers that fit these data equally well.",
    "ran out": "The numbers above are the best that was met, not the maximum: do not report them.",
}


def observations(fit: Fitted) -> str:
    """How many, how weighted, how many left out."""
    words = count(fit.n, "observation")
    if fit.weight_kind == "frequency":
        words += f" in {count(fit.rows, 'row')} (frequency weights)"
    elif fit.weight_kind != "none":
        words += f" ({fit.weight_kind} weights)"
    seen = fit.seen
    if isinstance(seen, Partly):
        words += f" ({', '.join(f'{n:,} {how}' for how, n in seen.tally())})"
    if fit.dropped:
        words += f"; {count(fit.dropped, 'row')} with missing values left out"
    return words


def summary_page(fit: Fitted, level: float = 0.95, method: str = "wald", **options: Any) -> Page:
    """The model in words, a row per parameter and term, the verdict.

    Parameters
    ----------
    fit : Fit
    level, method, **options
        As in `Fit.summary`.
    """
    table = coefficients(fit, level, method, **options)
    regression = bool(fit.model.predictors or fit.model.members)
    make = _regression_rows if regression else _sample_rows
    rows, profiled = make(fit, table, method)
    numbers = (
        f"log-likelihood {likelihood(fit.loglik)} with {_worth(fit)}",
        f"AIC {likelihood(fit.aic)}",
        f"BIC {likelihood(fit.bic)}",
    )
    notes = [" · ".join(numbers), *_scales(fit, table), *_how(fit, table, method, regression)]
    if fit.model.levels is not None and fit.model.ordered and not regression:
        notes.append(f"The levels in order: {' < '.join(map(str, fit.model.levels))}.")
    elif fit.model.levels is not None and fit.verdict.kind == "interior" and not regression:
        rest = float(fit.distribution.prob(0.0))
        notes.append(f"The base, {fit.model.levels[0]}, has the rest: {number(rest)}.")
    if profiled:
        notes.append("† Where there is no standard error this is the profile interval.")
    verdict = [fit.verdict.headline]
    if not fit.verdict.ok and not (regression and fit.verdict.kind == "separation"):
        verdict.append(WORTH[fit.verdict.kind])
    if regression:
        header = wald_header(level, "parameter", "term", "estimate", small=table.df is not None)
        title, lead = heading(fit), f"Fitted to {fit.label}: {observations(fit)}."
    else:
        header = ("parameter", "meaning", "estimate", "std. error", f"{100 * level:g} % from", "to")
        title, lead = f"{fit.model.shown} fitted to {fit.label}: {observations(fit)}", ""
    return Page(
        title=title,
        lead=f"{lead} {first_line(fit.model)}".strip(),
        header=header,
        rows=tuple(rows),
        words=frozenset({0, 1}),
        notes=tuple(notes),
        verdict=tuple(verdict),
        ok=fit.verdict.ok,
    )


def _cells(row: Coefficient, method: str) -> tuple[str, str, str, str, bool]:
    """Estimate, error and ends as they are shown; a profile in place of Wald's is marked."""
    places = decimals_for(row.std_error)
    estimate, std_error, low, high = (
        number(x, places) for x in (row.estimate, row.std_error, row.low, row.high)
    )
    marked = row.by_profile and method == "wald"
    return estimate, std_error, low, f"{high} †" if marked else high, marked


def _sample_rows(fit: Fitted, table: Coefficients, method: str) -> tuple[list[Any], bool]:
    """The parameters in the order of the family, those that are fixed among them."""
    found = {row.parameter: row for row in table.rows}
    rows: list[tuple[str, ...]] = []
    profiled = False
    for name, parameter in fit.model.parameters.items():
        if name in fit.model.fixed:
            rows.append((name, parameter.meaning, number(fit.model.fixed[name]), "fixed", "", ""))
            continue
        *cells, marked = _cells(found[name], method)
        profiled |= marked
        rows.append((name, parameter.meaning, *cells))
    return rows, profiled


def _regression_rows(fit: Fitted, table: Coefficients, method: str) -> tuple[list[Any], bool]:
    """The terms of each parameter, then what is fixed."""
    rows: list[tuple[str, ...]] = []
    profiled, above = False, None
    for row in table.rows:
        estimate, std_error, low, high, marked = _cells(row, method)
        profiled |= marked
        z = row.statistic
        wald = (number(z, 2), p_value(row.p_value)) if isfinite(z) else ("", "")
        first = "" if row.parameter == above else row.parameter
        above = row.parameter
        rows.append((first, row.term or "", estimate, std_error, *wald, low, high))
    for name, value in fit.model.fixed.items():
        rows.append((name, "", number(value), "fixed", "", "", "", ""))
    return rows, profiled


def _scales(fit: Fitted, table: Coefficients) -> list[str]:
    """On which scale coefficients are: that of a link, or as ratios."""
    ratios = table.ratios
    named = [k for parameters in ratios.values() for k in parameters]
    notes = [
        f"Rows of {' and '.join(parameters)} are {ratio.replace('ratio', 'ratios', 1)}: exp of the "
        "coefficient, its error by the delta method; z and p are of the coefficient."
        for ratio, parameters in ratios.items()
    ]
    links = [
        f"{link} of {k}"
        for k in fit.model.predictors
        if (link := fit.model.link(k).name) != "identity"
        and k in fit.model.free
        and k not in named
        and fit.model.predictors[k].formula is not None
    ]
    if links:
        notes.append(f"Coefficients are on the scale of the link: {', '.join(links)}.")
    return notes


def _how(fit: Fitted, table: Coefficients, method: str, regression: bool) -> list[str]:
    """What was maximised, and where errors and intervals come from."""
    notes = [] if fit.penalty is None else [f"Penalised, {fit.penalty!r}: {fit.penalty.note}."]
    for name, column in fit.model.columns.items():
        if not fit.model.parameters[name].known:
            notes.append(
                f"{name} is the column {column!r} itself, known for every row; a {name} that "
                f"follows it is {name}='~ {column}'."
            )
    if fit.weight_kind == "frequency" and _fractional(fit):
        notes.append(
            "The weights are no whole numbers, and are taken for how often each row was seen; "
            "weight_kind= says otherwise: 'precision', 'sampling'."
        )
    if any(isfinite(std_error) for std_error in fit.standard_errors.values()):
        how = "profile likelihood" if method != "wald" else "Wald"
        how += "" if regression or method != "wald" else ", on the link scale"
        if table.df is not None:
            how = f"Student's t with {count(table.df, 'degree')} of freedom"
        divisor = "" if table.df is None or fit.robust else ", with the divisor n − p"
        notes.append(f"Standard errors: {table.errors}{divisor}. Intervals: {how}.")
        if table.df is not None:
            residual = fit.params["sigma"] * (fit.n / table.df) ** 0.5
            notes.append(
                f"The residual standard error, with the divisor n − p, is {number(residual)}; "
                "sigma has the divisor n."
            )
        spare = fit.n - fit.df
        if method == "wald" and table.df is None and spare < FEW and not fit.shrunken:
            notes.append(
                f"With {fit.n:g} observations Wald intervals are too short (those of a slope from "
                '8 rows cover 86 % where 95 % is said); method="profile" is closer'
                f"{_exact_here(fit)}."
            )
    return notes


def _exact_here(fit: Fitted) -> str:
    exact = not fit.robust and residual_df(fit) is not None
    return ", small_sample=True exact" if exact else ""


def _fractional(fit: Fitted) -> bool:
    """Whether weights are no whole numbers."""
    blocks = fit.evidence().sample.blocks() if fit.has_data else ()
    parts = any(b.w is not None and not np.array_equal(np.rint(b.w), b.w) for b in blocks)
    return parts or not float(fit.n).is_integer()


def _worth(fit: Fitted) -> str:
    whole = float(fit.df).is_integer()
    return count(fit.df, "free parameter") if whole else f"{fit.df:.2f} effective parameters"


def wald_header(level: float, *first: str, small: bool = False) -> tuple[str, ...]:
    """The heads of a table with errors, z or t, and p, after those of its own."""
    return (*first, "std. error", "t" if small else "z", "p", f"{100 * level:g} % from", "to")


def p_value(value: float) -> str:
    """As it stands in a table."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def summary(fit: Fitted, level: float = 0.95, method: str = "wald", **options: Any) -> str:
    """A fit as plain text.

    Parameters
    ----------
    fit : Fit
    level, method, **options
        As in `Fit.summary`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8])
    >>> summary(fit).splitlines()[0]
    'Normal fitted to y: 5 observations'
    """
    return text_of(summary_page(fit, level, method, **options))


def html(fit: Fitted) -> str:
    """A fit as one self-contained piece of HTML, in the colours of the page that shows it."""
    return html_of(summary_page(fit))
