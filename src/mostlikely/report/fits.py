"""Fits and comparisons in words and numbers: pages, text, HTML and tidy rows."""

from __future__ import annotations

from math import isfinite, isnan, nan
from typing import Any

import numpy as np
from scipy.special import ndtr

from mostlikely.inference.fitted import Compared, Fitted
from mostlikely.inference.profile import Unsettled
from mostlikely.report.families import first_line
from mostlikely.report.page import (
    NONE,
    Page,
    count,
    decimals_for,
    html_of,
    likelihood,
    number,
    text_of,
)

__all__ = [
    "comparison",
    "comparison_html",
    "comparison_page",
    "html",
    "observations",
    "p_value",
    "summary",
    "summary_page",
    "tidy",
]

#: What the numbers are worth, by the kind of a verdict that is not ok.
WORTH = {
    "boundary": "The numbers above are where the search ended on that edge; they are no estimates.",
    "separation": "The numbers above are where the search was left; they are no estimates.",
    "no maximum": "The numbers above say where the likelihood rises to; they are no estimates.",
    "not identified": "The numbers above are one of many answers that fit these data equally well.",
    "ran out": "The numbers above are the best that was met, not the maximum: do not report them.",
}


def _interval(
    fit: Fitted, name: str, level: float, method: str
) -> tuple[tuple[float, float], bool]:
    """The interval and whether it is a profile one; NaN where there is none to be had."""
    if fit.shrunken and isnan(fit.standard_errors[name]):
        return (nan, nan), False
    known = isfinite(fit.standard_errors[name])
    open_ended = fit.verdict.kind == "separation" and fit.has_data
    if fit.verdict.kind not in ("interior", "boundary") and not (known or open_ended):
        return (nan, nan), False
    on_edge = isnan(fit.standard_errors[name])
    if method == "wald" and on_edge and not (fit.has_data and fit.weighting.calibrated):
        return (nan, nan), False
    try:
        return fit.interval(name, level, method), on_edge or method == "profile"
    except Unsettled:  # an end that is not known is no number
        return (nan, nan), False


def _ends(
    fit: Fitted, name: Any, level: float, method: str, places: int | None
) -> tuple[str, str, bool]:
    """Both ends as they are shown, and whether a profile stands in for Wald's: that is marked."""
    ends, by_profile = _interval(fit, name, level, method)
    low, high = (number(end, places) for end in ends)
    marked = by_profile and method == "wald"
    return low, f"{high} †" if marked else high, marked


def tidy(fit: Fitted, level: float = 0.95, method: str = "wald") -> list[dict[str, Any]]:
    """One row per free parameter, with the column names of R's broom.

    Parameters
    ----------
    fit : Fit
    level, method
        Of the interval, as in `Fit.interval`.

    Returns
    -------
    list of dict
        ``term``, ``estimate``, ``std_error``, ``statistic``, ``p_value``, ``conf_low``,
        ``conf_high``; None where there is no number. The statistic is Wald's z against 0, for
        parameters that may be any real number: of a scale, 0 is no hypothesis.

    Examples
    --------
    >>> import mostlikely as ml
    >>> mu, sigma = tidy(ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8]))
    >>> round(mu["statistic"], 3), sigma["statistic"]
    (26.254, None)
    """
    rows = []
    for name, value in fit.params.items():
        std_error = fit.standard_errors[name]
        (low, high), _ = _interval(fit, name, level, method)
        z = _z(fit, name)
        row = {
            "estimate": value,
            "std_error": std_error,
            "statistic": z,
            "p_value": 2.0 * float(ndtr(-abs(z))),
            "conf_low": low,
            "conf_high": high,
        }
        names = {"term": name} if isinstance(name, str) else {"parameter": name[0], "term": name[1]}
        rows.append({**names, **{k: None if isnan(v) else v for k, v in row.items()}})
    return rows


def _z(fit: Fitted, name: Any) -> float:
    """Wald's z against 0, where that is a hypothesis and the estimate is not drawn there."""
    std_error = fit.standard_errors[name]
    told = fit.unbounded(name) and std_error and not fit.shrunken
    return fit.params[name] / std_error if told else nan


def observations(fit: Fitted) -> str:
    """How many, how weighted, how many left out."""
    words = count(fit.n, "observation")
    if fit.weight_kind == "frequency":
        words += f" in {count(fit.rows, 'row')} (frequency weights)"
    elif fit.weight_kind != "none":
        words += f" ({fit.weight_kind} weights)"
    if fit.dropped:
        words += f"; {count(fit.dropped, 'row')} with missing values left out"
    return words


def summary_page(fit: Fitted, level: float = 0.95, method: str = "wald") -> Page:
    """The model in words, a row per parameter, the verdict."""
    if fit.model.predictors or fit.model.members:
        return regression_page(fit, level, method)
    rows, profiled = [], False
    for name, parameter in fit.model.parameters.items():
        if name in fit.model.fixed:
            rows.append((name, parameter.meaning, number(fit.model.fixed[name]), "fixed", "", ""))
            continue
        std_error = fit.standard_errors[name]
        places = decimals_for(std_error)
        low, high, marked = _ends(fit, name, level, method, places)
        profiled |= marked
        estimate = number(fit.params[name], places)
        rows.append((name, parameter.meaning, estimate, number(std_error, places), low, high))
    free = count(fit.df, "free parameter")
    numbers = (
        f"log-likelihood {likelihood(fit.loglik)} with {free}",
        f"AIC {likelihood(fit.aic)}",
        f"BIC {likelihood(fit.bic)}",
    )
    notes = [" · ".join(numbers)]
    notes += _how(fit, method, "Wald, on the link scale")
    if fit.model.levels is not None and fit.model.ordered:
        notes.append(f"The levels in order: {' < '.join(map(str, fit.model.levels))}.")
    elif fit.model.levels is not None and fit.verdict.kind == "interior":
        rest = float(fit.distribution.prob(0.0))
        notes.append(f"The base, {fit.model.levels[0]}, has the rest: {number(rest)}.")
    if profiled:
        notes.append("† On an edge there is no standard error; this is the profile interval.")
    verdict = [fit.verdict.sentence]
    if not fit.verdict.ok:
        verdict.append(WORTH[fit.verdict.kind])
    return Page(
        title=f"{fit.model.shown} fitted to {fit.label}: {observations(fit)}",
        lead=first_line(fit.model),
        header=("parameter", "meaning", "estimate", "std. error", f"{100 * level:g} % from", "to"),
        rows=tuple(rows),
        words=frozenset({0, 1}),
        notes=tuple(notes),
        verdict=tuple(verdict),
        ok=fit.verdict.ok,
    )


def regression_page(fit: Fitted, level: float = 0.95, method: str = "wald") -> Page:
    """The model in words, a row per parameter and term, the verdict."""
    rows: list[tuple[str, ...]] = []
    profiled, above = False, None
    for name, value in fit.params.items():
        std_error = fit.standard_errors[name]
        places = decimals_for(std_error)
        low, high, marked = _ends(fit, name, level, method, places)
        profiled |= marked
        z = _z(fit, name)
        wald = (number(z, 2), p_value(2.0 * float(ndtr(-abs(z))))) if isfinite(z) else ("", "")
        parameter, term = (name, "") if isinstance(name, str) else name
        first = "" if parameter == above else parameter
        above = parameter
        rows.append(
            (first, term, number(value, places), number(std_error, places), *wald, low, high)
        )
    for name, value in fit.model.fixed.items():
        rows.append((name, "", number(value), "fixed", "", "", "", ""))
    notes = [
        " · ".join(
            (
                f"log-likelihood {likelihood(fit.loglik)} with {_worth(fit)}",
                f"AIC {likelihood(fit.aic)}",
                f"BIC {likelihood(fit.bic)}",
            )
        )
    ]
    links = [
        f"{link} of {k}"
        for k in fit.model.predictors
        if (link := fit.model.link(k).name)
        and k in fit.model.free
        and fit.model.predictors[k].formula is not None
    ]
    if links:
        notes.append(f"Coefficients are on the scale of the link: {', '.join(links)}.")
    notes += _how(fit, method, "Wald")
    if profiled:
        notes.append("† Where there is no standard error this is the profile interval.")
    verdict = [fit.verdict.sentence]
    if not fit.verdict.ok and fit.verdict.kind != "separation":
        verdict.append(WORTH[fit.verdict.kind])
    return Page(
        title=f"{fit.model!r} fitted to {fit.label}: {observations(fit)}",
        lead=first_line(fit.model),
        header=wald_header(level, "parameter", "term", "estimate"),
        rows=tuple(rows),
        words=frozenset({0, 1}),
        notes=tuple(notes),
        verdict=tuple(verdict),
        ok=fit.verdict.ok,
    )


def _how(fit: Fitted, method: str, wald: str) -> list[str]:
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
        kind = "observed information" if fit.weighting.calibrated else "sandwich"
        how = wald if method == "wald" else "profile likelihood"
        notes.append(f"Standard errors: {kind}. Intervals: {how}.")
    return notes


def _fractional(fit: Fitted) -> bool:
    """Whether weights are no whole numbers."""
    blocks = fit.evidence().sample.blocks() if fit.has_data else ()
    parts = any(b.w is not None and not np.array_equal(np.rint(b.w), b.w) for b in blocks)
    return parts or not float(fit.n).is_integer()


def _worth(fit: Fitted) -> str:
    whole = float(fit.df).is_integer()
    return count(fit.df, "free parameter") if whole else f"{fit.df:.2f} effective parameters"


def wald_header(level: float, *first: str) -> tuple[str, ...]:
    """The heads of a table with errors, z and p, after those of its own."""
    return (*first, "std. error", "z", "p", f"{100 * level:g} % from", "to")


def p_value(value: float) -> str:
    """As it stands in a table."""
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def summary(fit: Fitted, level: float = 0.95, method: str = "wald") -> str:
    """A fit as plain text.

    Parameters
    ----------
    fit : Fit
    level, method
        Of the interval, as in `Fit.interval`.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8])
    >>> summary(fit).splitlines()[0]
    'Normal fitted to y: 5 observations'
    """
    return text_of(summary_page(fit, level, method))


def html(fit: Fitted, level: float = 0.95, method: str = "wald") -> str:
    """A fit as one self-contained piece of HTML, in the colours of the page that shows it."""
    return html_of(summary_page(fit, level, method))


PLURAL = {"probability": "probabilities:", "density": "densities:"}


def comparison_page(c: Compared) -> Page:
    """A row per model, the best first, and what the differences mean."""
    table = c.rows()
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


def comparison(c: Compared) -> str:
    """A comparison as plain text."""
    return text_of(comparison_page(c))


def comparison_html(c: Compared) -> str:
    """A comparison as one self-contained piece of HTML."""
    return html_of(comparison_page(c))
