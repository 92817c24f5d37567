"""Fits and comparisons as a person reads them: text, notebook tables, tidy rows."""

from __future__ import annotations

import inspect
import re
import sys
from dataclasses import dataclass
from html import escape
from io import StringIO
from math import floor, isfinite, isnan, log10, nan
from typing import TYPE_CHECKING, Any

from scipy.special import ndtr

from mostlikely.calculus.domain import real

if TYPE_CHECKING:
    from rich.console import RenderableType

    from mostlikely.compare import Comparison
    from mostlikely.result import Fit

__all__ = [
    "Page",
    "comparison",
    "comparison_html",
    "comparison_page",
    "html",
    "speaks_unicode",
    "summary",
    "summary_page",
    "text_of",
    "tidy",
    "view",
]

#: Columns of text that is not for a terminal of known width.
WIDTH = 88
NONE = "—"
#: What to write where a stream knows ASCII only.
ASCII = str.maketrans(
    {"—": "-", "–": "-", "−": "-", "∞": "inf", "→": "->", "✓": "OK:", "✗": "NOT OK:", "Δ": "d",
     "†": "+", "±": "+/-", "·": "*", "≥": ">=", "≤": "<=", "²": "^2", "½": "1/2", "…": "..."}
)  # fmt: skip
#: A number up to its decimal point.
BEFORE_POINT = re.compile(r"-?(\d+|∞|inf)")
#: Everything that is not a measure is the page's own: its fonts, its colours, light or dark.
STYLE = (
    "<style>.mostlikely{max-width:50em}.mostlikely p{margin:.5em 0}"
    ".mostlikely table{border-collapse:collapse;background:none}"
    ".mostlikely th,.mostlikely td{padding:.25em .8em;background:none;color:inherit;"
    "font-variant-numeric:tabular-nums;border:0;border-bottom:1px solid rgba(128,128,128,.3)}"
    ".mostlikely .faint{opacity:.7}.mostlikely .good{color:#2a9d5c}.mostlikely .bad{color:#d6453d}"
    "</style>"
)
#: What the numbers are worth, by the kind of a verdict that is not ok.
WORTH = {
    "boundary": "The numbers above are where the search ended on that edge; they are no estimates.",
    "separation": "The numbers above are where the search was left; they are no estimates.",
    "no maximum": "The numbers above say where the likelihood rises to; they are no estimates.",
    "not identified": "The numbers above are one of many answers that fit these data equally well.",
    "ran out": "The numbers above are the best that was met, not the maximum: do not report them.",
}


@dataclass(frozen=True)
class Page:
    """A table with the words around it, before it is text or HTML.

    Parameters
    ----------
    title, lead : str
        What it is, and a line about it.
    header : tuple of str
    rows : tuple of tuple of str
        Cells; those of a numeric column share their decimal point.
    words : frozenset of int
        The columns that are not numeric.
    notes : tuple of str
        Below the table.
    verdict : tuple of str
        The sentences at the end.
    ok : bool
        Whether the sign before them is a tick or a cross.
    """

    title: str
    lead: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: frozenset[int]
    notes: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    ok: bool = True


# Numbers.


def decimals_for(std_error: float) -> int | None:
    """Decimals at which a standard error has three digits; None where there is none."""
    return 2 - floor(log10(std_error)) if isfinite(std_error) and std_error > 0.0 else None


def number(x: float, decimals: int | None = None) -> str:
    """A number to so many decimals (five digits if not said), scientific where it is shorter.

    Examples
    --------
    >>> number(2.02, 4), number(2.02e-9, 13), number(float("inf"), 2), number(float("nan"))
    ('2.0200', '2.0200e-9', '∞', '—')
    """
    if isnan(x):
        return NONE
    if not isfinite(x):
        return "∞" if x > 0 else "-∞"
    if x == 0.0:
        return "0"
    exponent = floor(log10(abs(x)))
    digits = 4 if decimals is None else min(max(exponent + decimals, 0), 14)
    plain = f"{x:.{max(digits - exponent, 0)}f}"
    if abs(x) < 1e7 and digits - exponent <= 7:
        return plain.rstrip("0").rstrip(".") if decimals is None and "." in plain else plain
    mantissa, _, power = f"{x:.{digits}e}".partition("e")
    return f"{mantissa}e{int(power)}"


def _likelihood(x: float) -> str:
    return number(x, 3) if isfinite(x) and abs(x) < 1e9 else number(x)


def _count(n: float, word: str) -> str:
    return f"{n:,.10g} {word}{'' if n == 1 else 's'}"


# A fit.


def _interval(fit: Fit, name: str, level: float, method: str) -> tuple[tuple[float, float], bool]:
    """The interval and whether it is a profile one; NaN where there is none to be had."""
    if fit.verdict.kind not in ("interior", "boundary"):
        return (nan, nan), False
    on_edge = isnan(fit.standard_errors[name])
    if method == "wald" and on_edge and (fit.proof is None or fit.weight_kind == "sampling"):
        return (nan, nan), False
    return fit.interval(name, level, method), on_edge or method == "profile"


def tidy(fit: Fit, level: float = 0.95, method: str = "wald") -> list[dict[str, Any]]:
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
        z = value / std_error if fit.model.parameters[name].domain == real and std_error else nan
        row = {
            "estimate": value,
            "std_error": std_error,
            "statistic": z,
            "p_value": 2.0 * float(ndtr(-abs(z))),
            "conf_low": low,
            "conf_high": high,
        }
        rows.append({"term": name, **{k: None if isnan(v) else v for k, v in row.items()}})
    return rows


def observations(fit: Fit) -> str:
    """How many, how weighted, how many left out."""
    words = _count(fit.n, "observation")
    if fit.weight_kind == "frequency":
        words += f" in {_count(fit.rows, 'row')} (frequency weights)"
    elif fit.weight_kind != "none":
        words += f" ({fit.weight_kind} weights)"
    if fit.dropped:
        words += f"; {_count(fit.dropped, 'row')} with missing values left out"
    return words


def summary_page(fit: Fit, level: float = 0.95, method: str = "wald") -> Page:
    """The model in words, a row per parameter, the verdict."""
    rows, profiled = [], False
    for name, parameter in fit.model.parameters.items():
        if name in fit.model.fixed:
            rows.append((name, parameter.meaning, number(fit.model.fixed[name]), "fixed", "", ""))
            continue
        std_error = fit.standard_errors[name]
        ends, by_profile = _interval(fit, name, level, method)
        places = decimals_for(std_error)
        low, high = (number(end, places) for end in ends)
        if by_profile and method == "wald":
            high, profiled = f"{high} †", True
        estimate = number(fit.params[name], places)
        rows.append((name, parameter.meaning, estimate, number(std_error, places), low, high))
    free = _count(fit.df, "free parameter")
    numbers = (
        f"log-likelihood {_likelihood(fit.loglik)} with {free}",
        f"AIC {_likelihood(fit.aic)}",
        f"BIC {_likelihood(fit.bic)}",
    )
    notes = [" · ".join(numbers)]
    if any(isfinite(std_error) for std_error in fit.standard_errors.values()):
        kind = "sandwich" if fit.weight_kind == "sampling" else "observed information"
        how = "Wald, on the link scale" if method == "wald" else "profile likelihood"
        notes.append(f"Standard errors: {kind}. Intervals: {how}.")
    if profiled:
        notes.append("† On an edge there is no standard error; this is the profile interval.")
    verdict = [fit.verdict.sentence]
    if not fit.verdict.ok:
        verdict.append(WORTH[fit.verdict.kind])
    return Page(
        title=f"{_name(fit)} fitted to {fit.label}: {observations(fit)}",
        lead=_first_line(fit.model),
        header=("parameter", "meaning", "estimate", "std. error", f"{100 * level:g} % from", "to"),
        rows=tuple(rows),
        words=frozenset({0, 1}),
        notes=tuple(notes),
        verdict=tuple(verdict),
        ok=fit.verdict.ok,
    )


def _name(fit: Fit) -> str:
    return repr(fit.model) if fit.model.fixed else fit.model.name


def _first_line(model: Any) -> str:
    return (inspect.getdoc(type(model)) or "").partition("\n")[0]


def summary(fit: Fit, level: float = 0.95, method: str = "wald") -> str:
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


def html(fit: Fit, level: float = 0.95, method: str = "wald") -> str:
    """A fit as one self-contained piece of HTML, in the colours of the page that shows it."""
    return _html(summary_page(fit, level, method))


# A comparison.


def comparison_page(c: Comparison) -> Page:
    """A row per model, the best first, and what the differences mean."""
    rows = [
        (
            row["model"],
            str(row["df"]),
            _likelihood(row["loglik"]),
            _likelihood(row["aic"]),
            NONE if row["delta_aic"] is None else number(row["delta_aic"], 2),
            f"{row['weight']:.3f}" if fit.verdict.ok else NONE,
            _likelihood(row["bic"]),
            f"{'✓' if fit.verdict.ok else '✗'} {fit.verdict.kind}",
        )
        for row, fit in zip(c.rows(), c.fits, strict=True)
    ]
    notes = []
    if len({f.model.support.discrete for f in c.fits}) == 2:
        notes.append(
            "Densities and probabilities stand on different footings: compare the models of real "
            "numbers with each other, and those of counts with each other."
        )
    if c.refused:
        notes.append(f"Not possible for these data: {', '.join(c.refused)}.")
    return Page(
        title=f"{_count(len(c.fits), 'model')} of {c.best.label}: {observations(c.best)}",
        lead="The smallest AIC first; weight is the share of support by AIC among these models.",
        header=("model", "df", "log-lik.", "AIC", "Δ AIC", "weight", "BIC", "verdict"),
        rows=tuple(rows),
        words=frozenset({0, 7}),
        notes=tuple(notes),
        verdict=(_conclusion(c),),
        ok=c.best.verdict.ok,
    )


def _conclusion(c: Comparison) -> str:
    """How far apart the first are: 2 and 10 are the marks of Burnham and Anderson (2002, p. 70)."""
    if not c.best.verdict.ok:
        return "None of these models has a proven maximum on these data."
    best = _name(c.best)
    behind = [(_name(f), f.aic - c.best.aic) for f in c.fits[1:] if f.verdict.ok]
    if not behind:
        return f"{best} is the only one with a proven maximum."
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


def comparison(c: Comparison) -> str:
    """A comparison as plain text."""
    return text_of(comparison_page(c))


def comparison_html(c: Comparison) -> str:
    """A comparison as one self-contained piece of HTML."""
    return _html(comparison_page(c))


# From pages to text and HTML.


def speaks_unicode(stream: Any) -> bool:
    """Whether what a page may hold can be written to a stream."""
    try:
        "".join(map(chr, ASCII)).encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def text_of(page: Page, width: int = WIDTH) -> str:
    """A page as plain text: ASCII alone if standard output knows no more."""
    from rich.console import Console

    file = StringIO()
    console = Console(file=file, width=width, color_system=None, legacy_windows=False)
    console.print(view(page, ascii_only=not speaks_unicode(sys.stdout)))
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def view(page: Page, ascii_only: bool = False) -> RenderableType:
    """A page for a rich console, with its colours."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def said(words: str) -> str:
        return words.translate(ASCII) if ascii_only else words

    table = Table.grid(padding=(0, 2, 0, 0))
    columns = []
    for i, (head, *cells) in enumerate(zip(page.header, *page.rows, strict=True)):
        head, cells = said(head), [said(cell) for cell in cells]
        if i not in page.words:
            cells = aligned(cells)
            head = head.rjust(max(map(len, cells), default=0))
        width = max(map(len, (head, *cells)))
        rule = ("-" if ascii_only else "─") * min(width, len(head) if i in page.words else width)
        columns.append((Text(head, "bold"), Text(rule, "dim"), *map(Text, cells)))
        style = ("cyan", "dim")[i] if i in page.words and i < 2 else ""
        table.add_column(style=style, no_wrap=i == 0 or i not in page.words)
    for row in zip(*columns, strict=True):
        table.add_row(*row)

    ending = Table.grid(padding=(0, 1, 0, 0))
    mark = Text(said("✓" if page.ok else "✗"), "bold green" if page.ok else "bold red")
    ending.add_row(mark, Text(said(" ".join(page.verdict))))
    notes = [Text(said(note), "dim") for note in page.notes]
    above = [Text(said(page.title), "bold"), Text(said(page.lead), "dim"), Text("")]
    return Group(*above, table, Text(""), *notes, Text(""), ending)


def aligned(cells: list[str]) -> list[str]:
    """Cells padded to one width, their decimal points below each other.

    Examples
    --------
    >>> aligned(["2.02", "-10", "∞"])
    ['  2.02', '-10   ', '  ∞   ']
    """
    heads = [len(match[0]) if (match := BEFORE_POINT.match(cell)) else len(cell) for cell in cells]
    before = max(heads, default=0)
    shifted = [" " * (before - head) + cell for head, cell in zip(heads, cells, strict=True)]
    width = max(map(len, shifted), default=0)
    return [cell.ljust(width) for cell in shifted]


def _html(page: Page) -> str:
    def cell(tag: str, words: str, i: int) -> str:
        side = "left" if i in page.words else "right"
        return f'<{tag} style="text-align:{side}">{escape(words)}</{tag}>'

    def row(tag: str, cells: tuple[str, ...]) -> str:
        return f"<tr>{''.join(cell(tag, words, i) for i, words in enumerate(cells))}</tr>"

    notes = "".join(f'<p class="faint">{escape(note)}</p>' for note in page.notes)
    kind = "good" if page.ok else "bad"
    mark = "✓" if page.ok else "✗"
    return (
        f'<div class="mostlikely">{STYLE}'
        f'<p><b>{escape(page.title)}</b><br><span class="faint">{escape(page.lead)}</span></p>'
        f"<table><thead>{row('th', page.header)}</thead>"
        f"<tbody>{''.join(row('td', cells) for cells in page.rows)}</tbody></table>{notes}"
        f'<p><b class="{kind}">{mark}</b> {escape(" ".join(page.verdict))}</p></div>'
    )
