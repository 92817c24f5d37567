"""Numbers as people write them: 1,204.50 and 1.204,50, with spaces, with the sign of a currency."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

__all__ = ["Style", "decimal_of_cells", "style_of"]

#: So many cells are looked at before a whole column is.
TRIED = 1_000
#: Spaces that part thousands: the usual one, two that do not break, and a thin one.
SPACES = " \u00a0\u202f\u2009"
#: What parts thousands beside the mark that does not part decimals.
OTHERS = (SPACES, "'’")
#: Words for a currency that are none of Unicode's signs.
WORDS = (
    *("R$", "US$", "A$", "C$", "HK$", "NZ$", "kr", "kr.", "Kč", "zł", "Ft", "Fr.", "Rs", "Rs."),
    *("AED", "ARS", "AUD", "BGN", "BRL", "CAD", "CHF", "CLP", "CNY", "COP", "CZK", "DKK", "EGP"),
    *("EUR", "GBP", "HKD", "HUF", "IDR", "ILS", "INR", "ISK", "JPY", "KES", "KRW", "MAD", "MXN"),
    *("MYR", "NGN", "NOK", "NZD", "PEN", "PHP", "PKR", "PLN", "QAR", "RON", "RSD", "RUB", "SAR"),
    *("SEK", "SGD", "THB", "TRY", "TWD", "UAH", "USD", "UYU", "VND", "ZAR"),
)
#: Three digits after the only mark: thousands, or decimals.
UNDECIDED = r"[-+]?[1-9]\d{0,2}%s\d{3}"


@dataclass(frozen=True)
class Style:
    """A way to write numbers.

    Parameters
    ----------
    point : str
        What parts decimals.
    parts : str
        The characters that may part thousands; none if "".
    currency : str
        The sign, before or after; none if "".
    """

    point: str = "."
    parts: str = ""
    currency: str = ""
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        point, sign = re.escape(self.point), "[-+−]?"
        number = rf"(?:\d+(?:{point}\d*)?|{point}\d+)"
        if self.parts:
            groups = "|".join(rf"(?:{re.escape(mark)}\d{{3}})+" for mark in self.parts)
            number = rf"(?:[1-9]\d{{0,2}}(?:{groups})(?:{point}\d*)?|{number})"
        else:
            number += r"(?:e[-+]?\d+)?"
        if self.currency:
            money = rf"(?:{re.escape(self.currency)})"
            inside = rf"(?:{money}\s*{sign}\s*{number}|{number}\s*{money}|{number})"
        else:
            inside = number
        pattern = re.compile(rf"(?:{sign}\s*{inside}|\(\s*{inside}\s*\))", re.I | re.A)
        object.__setattr__(self, "_pattern", pattern)

    @cached_property
    def replaced(self) -> tuple[tuple[str, str], ...]:
        """What becomes what, in order, until `float` can read it."""
        signs = [("−", "-"), ("(", "-"), (")", "")]
        drop = [(self.currency, "")] if self.currency else []
        drop += [(mark, "") for mark in dict.fromkeys(self.parts + " \u00a0")]
        return (*signs, *drop, *([] if self.point == "." else [(self.point, ".")]))

    def read(self, cell: Any) -> float | None:
        """The number in a cell; None where there is none.

        Examples
        --------
        >>> Style(",", ".", "€").read("1.828,09 €"), Style(".", ",").read("(1,204)")
        (1828.09, -1204.0)
        """
        if not isinstance(cell, str) or not self._pattern.fullmatch(cell.strip()):
            return None
        for old, new in self.replaced:
            cell = cell.replace(old, new)
        return float(cell)

    def script(self, name: str, cells: Iterable[str]) -> str:
        """The same in pandas; only what occurs in the cells is replaced."""
        seen = set("".join(cells))
        said = f"data[{name!r}]"
        for old, new in self.replaced:
            said += f".str.replace({old!r}, {new!r})" if set(old) <= seen else ""
        return f"data[{name!r}] = pd.to_numeric({said}, errors='coerce')"

    @property
    def plain(self) -> bool:
        """Whether it is how a program writes numbers."""
        return self == Style()


def style_of(cells: Sequence[Any], decimal: str = ".") -> tuple[Style, int]:
    """The way in which most cells are written, and in how many of the first it is.

    Parameters
    ----------
    cells : sequence
        Text, and None where there is nothing.
    decimal : str
        What parts decimals where that is undecided: "1,204" is a thousand and more, or less than 2.

    Examples
    --------
    >>> style_of(["1,204.50", "999"])
    (Style(point='.', parts=',', currency=''), 2)
    """
    some = [c for c in cells if c is not None][:TRIED]
    best, most = Style(), -1
    money = _currency(some)
    for style in _styles(decimal, money):
        count = sum(style.read(cell) is not None for cell in some)
        if count > most:
            best, most = style, count
    return best, max(most, 0)


def _styles(decimal: str, money: str) -> Iterator[Style]:
    for point in (decimal, "," if decimal == "." else "."):
        for parts in ("", "," if point == "." else ".", *OTHERS):
            yield Style(point, parts, money)


def _currency(cells: Sequence[Any]) -> str:
    """The commonest sign of a currency beside digits, or ""."""
    found: Counter[str] = Counter()
    for cell in cells:
        if isinstance(cell, str) and len(cell) < 40:
            word = re.sub(r"[-+−()\s\d]*\d[-+−()\s\d.,'’]*|^[-+−(\s]+", "", cell).strip()
            signs = len(word) == 1 and unicodedata.category(word) == "Sc"
            if word and (signs or word in WORDS):
                found[word] += 1
    return found.most_common(1)[0][0] if found else ""


def decimal_of_cells(cells: Iterable[str]) -> str | None:
    """What parts decimals in a table, by all its cells; None where both or neither may.

    Examples
    --------
    >>> decimal_of_cells(["1.828,09", "x"]), decimal_of_cells(["1,5"]), decimal_of_cells(["1,828"])
    (',', ',', None)
    """
    sure = set()
    for point in ".,":
        mark, other = re.escape(point), re.escape("," if point == "." else ".")
        whole = rf"(?:\d{{1,3}}(?:{other}\d{{3}})+|\d*)"
        one = re.compile(rf"[-+]?{whole}{mark}\d+(?:e[-+]?\d+)?", re.I | re.A)
        either = re.compile(UNDECIDED % mark)
        if any(one.fullmatch(c) and not either.fullmatch(c) for c in cells):
            sure.add(point)
    return sure.pop() if len(sure) == 1 else None
