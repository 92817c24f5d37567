"""A page for a paper: LaTeX with booktabs, and Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mostlikely.tables.page import Page

__all__ = ["latex_of", "markdown_of"]

#: What stands for itself in LaTeX no more.
_ESCAPES = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": "$<$", ">": "$>$", "|": r"\textbar{}", '"': "''",
    "∞": r"$\infty$", "—": "---", "–": "--", "−": "$-$", "†": r"$\dagger$", "Δ": r"$\Delta$",
    "±": r"$\pm$", "·": r"$\cdot$", "≥": r"$\geq$", "≤": r"$\leq$", "²": "$^2$", "→": r"$\to$",
    "✓": "", "✗": "", "√": r"$\surd$", "χ": r"$\chi$", "ℓ": r"$\ell$",
}  # fmt: skip
#: A number as a cell has it: a sign, digits, and perhaps a power of ten.
_NUMBER = re.compile(r"(-?)([\d.]+|∞)(?:e(-?\d+))?( †)?")


def latex_of(page: Page, caption: str | None = None, label: str | None = None) -> str:
    r"""A table in LaTeX that needs the package booktabs; its notes are a line below it.

    Parameters
    ----------
    page : Page
    caption, label : str, optional
        With either of them the table floats.

    Examples
    --------
    >>> page = Page("", "", ("term", "estimate"), (("age_2", "-1.50"),), frozenset({0}))
    >>> print(latex_of(page))
    \begin{tabular}{lr}
    \toprule
    term & estimate \\
    \midrule
    age\_2 & $-1.50$ \\
    \bottomrule
    \end{tabular}
    """
    sides = "".join("l" if i in page.words else "r" for i in range(len(page.header)))
    lines = [rf"\begin{{tabular}}{{{sides}}}", r"\toprule", _row(map(_escaped, page.header))]
    body = [
        _row(_escaped(c) if i in page.words else _number(c) for i, c in enumerate(cells))
        for cells in page.rows
    ]
    lines += [r"\midrule", *body, r"\bottomrule", r"\end{tabular}"]
    if page.notes:
        notes = " ".join(_prose(note if note.endswith(".") else f"{note}.") for note in page.notes)
        lines += ["", rf"\smallskip{{\footnotesize {notes}}}"]
    if caption is None and label is None:
        return "\n".join(lines)
    before = [r"\begin{table}", r"\centering"]
    before += [] if caption is None else [rf"\caption{{{_escaped(caption)}}}"]
    before += [] if label is None else [rf"\label{{{label}}}"]
    return "\n".join([*before, *lines, r"\end{table}"])


def _prose(text: str) -> str:
    """Words with numbers among them, whose sign is a minus."""
    return re.sub(r"(?<![\w.])-(?=\d)", "$-$", _escaped(text))


def _row(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _escaped(text: str) -> str:
    return "".join(_ESCAPES.get(c, c) for c in text)


def _number(cell: str) -> str:
    """A number in mathematics, so that its sign is a minus; other words as they are."""
    found = _NUMBER.fullmatch(cell)
    if found is None:
        return _escaped(cell)
    sign, digits, power, mark = found.groups()
    digits = r"\infty" if digits == "∞" else digits
    text = f"{sign}{digits}" + ("" if power is None else rf"\times 10^{{{power}}}")
    plain = not sign and power is None and digits != r"\infty"
    return (text if plain else f"${text}$") + (r"$^\dagger$" if mark else "")


def markdown_of(page: Page) -> str:
    r"""A table as GitHub and notebooks read it, with its title, its notes and its verdict.

    Examples
    --------
    >>> print(markdown_of(Page("", "", ("term", "p"), (("a|b", "0.250"),), frozenset({0}))))
    | term | p |
    | :--- | ---: |
    | a\|b | 0.250 |
    """

    def row(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(_for_markdown(cell) for cell in cells) + " |"

    sides = tuple(":---" if i in page.words else "---:" for i in range(len(page.header)))
    table = [row(page.header), "| " + " | ".join(sides) + " |", *map(row, page.rows)]
    above = [f"**{page.title}**", ""] if page.title else []
    below = [line for note in page.notes for line in ("", note)]
    ending = ["", f"{'✓' if page.ok else '✗'} {' '.join(page.verdict)}"] if page.verdict else []
    return "\n".join([*above, *table, *below, *ending])


def _for_markdown(cell: str) -> str:
    return re.sub(r"([\\|*_`<])", r"\\\1", cell)
