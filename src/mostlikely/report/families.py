"""The declared families, as rows and as a list to read."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from mostlikely.family import families
from mostlikely.tables.page import in_ascii

if TYPE_CHECKING:
    from rich.console import RenderableType

__all__ = ["families_view", "family_rows", "first_line"]


def first_line(model: Any) -> str:
    """What a family is for: the first line of its page."""
    return (inspect.getdoc(model) or "").partition("\n")[0]


def family_rows() -> list[dict[str, Any]]:
    """One row per declared family: ``kind``, ``family``, ``parameters``, ``support``, ``about``."""
    return [
        {
            "kind": family.__module__.split(".")[-2],
            "family": family.__name__,
            "parameters": list(family.parameters),
            "support": str(family.support),
            "about": first_line(family),
        }
        for family in families()
    ]


def families_view(rows: Iterable[dict[str, Any]], ascii_only: bool = False) -> RenderableType:
    """The families by kind, for a rich console: name and parameters, support, a line about it."""
    from rich.table import Table
    from rich.text import Text

    table, kind = Table.grid(padding=(0, 3, 0, 0)), None
    heads = ("family and its parameters", "where y may lie", "what it is for")
    table.add_row(*(Text(head, "bold") for head in heads))
    for row in rows:
        if row["kind"] != kind:
            table.add_row("")
            table.add_row(Text(row["kind"].upper(), "bold"))
            kind = row["kind"]
        words = [", ".join(row["parameters"]), row["support"], row["about"]]
        names, support, about = (in_ascii(w) if ascii_only else w for w in words)
        name = Text.assemble((row["family"], "cyan"), (f"\n  {names}", "dim"))
        table.add_row(name, Text(support), Text(about))
    return table
