"""A table with the words around it, as text for a stream, for a console, and as HTML."""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from html import escape
from io import StringIO
from math import floor, isfinite, isnan, log10
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    from rich.console import RenderableType

__all__ = [
    "NONE",
    "WIDTH",
    "Page",
    "count",
    "decimals_for",
    "html_of",
    "in_ascii",
    "likelihood",
    "number",
    "speaks_unicode",
    "text_of",
    "view",
]

#: Columns of text that is not for a terminal of known width.
WIDTH = 88
#: Names longer than this are broken, so that the numbers beside them are not.
NAME = 28
NONE = "—"
#: What to write where a stream knows ASCII only.
ASCII = str.maketrans(
    {"—": "-", "–": "-", "−": "-", "∞": "inf", "→": "->", "✓": "OK:", "✗": "NOT OK:", "Δ": "d",
     "†": "+", "±": "+/-", "·": "*", "≥": ">=", "≤": "<=", "²": "^2", "½": "1/2", "…": "...",
     "³": "^3", "√": "sqrt ", "Σ": "sum", "∏": "product", "ȳ": "mean(y)", "ᵢ": "_i", "ᵀ": "'",
     "⁻": "^-", "¹": "1", "∂": "d", "ℓ": "logL", "Γ": "Gamma", "\u0302": "^", "←": "<-",
     "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "η": "eta", "θ": "theta",
     "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho",
     "σ": "sigma", "τ": "tau", "φ": "phi", "ψ": "psi", "ω": "omega"}
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


def likelihood(x: float) -> str:
    """A log-likelihood or a criterion made of it: three decimals, whatever its size."""
    return number(x, 3) if isfinite(x) and abs(x) < 1e9 else number(x)


def count(n: float, word: str) -> str:
    """So many of these: "1 row", "12,000 rows"."""
    return f"{n:,.10g} {word}{'' if n == 1 else 's'}"


def speaks_unicode(stream: Any) -> bool:
    """Whether what a page may hold can be written to a stream."""
    try:
        "".join(map(chr, ASCII)).encode(getattr(stream, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def in_ascii(text: str) -> str:
    """The same words for a stream that knows ASCII only."""
    return text.translate(ASCII).encode("ascii", "replace").decode("ascii")


def text_of(shown: Page | RenderableType, width: int = WIDTH) -> str:
    """A page, or what is made for a console, as plain text.

    ASCII alone if standard output knows no more.
    """
    from rich.console import Console

    file = StringIO()
    console = Console(file=file, width=width, color_system=None, legacy_windows=False)
    if isinstance(shown, Page):
        shown = view(shown, ascii_only=not speaks_unicode(sys.stdout))
    console.print(shown)
    return "\n".join(line.rstrip() for line in file.getvalue().splitlines())


def view(page: Page, ascii_only: bool = False) -> RenderableType:
    """A page for a rich console, with its colours."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    def said(words: str) -> str:
        return in_ascii(words) if ascii_only else words

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
        whole = i not in page.words or (i == 0 and width <= NAME)
        table.add_column(style=style, no_wrap=whole)
    for row in zip(*columns, strict=True):
        table.add_row(*row)

    ending = Table.grid(padding=(0, 1, 0, 0))
    mark = Text(said("✓" if page.ok else "✗"), "bold green" if page.ok else "bold red")
    ending.add_row(mark, Text(said(" ".join(page.verdict))))
    notes = [Text(said(note), "dim") for note in page.notes]
    notes += [Text("")] if notes else []
    above = [Text(said(page.title), "bold"), Text(said(page.lead), "dim"), Text("")]
    return Group(*above, table, Text(""), *notes, ending)


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


def html_of(page: Page) -> str:
    """A page as one piece of HTML, in the fonts and colours of what surrounds it."""

    def cell(tag: str, words: str, i: int) -> str:
        side = "left" if i in page.words else "right"
        wrap = "normal" if i in page.words else "nowrap"
        return f'<{tag} style="text-align:{side};white-space:{wrap}">{escape(words)}</{tag}>'

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
