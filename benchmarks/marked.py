"""Parts of the docs that scripts make, between marks."""

from __future__ import annotations

import re


def between(page: str, name: str) -> list[str]:
    """The lines of a page that a script has made, between ``<!-- name -->`` and the next end."""
    found = re.search(f"<!-- {name} -->\n\n(.*?)\n\n<!-- end -->", page, re.DOTALL)
    assert found is not None
    return found[1].split("\n")


def written(page: str, name: str, lines: list[str]) -> str:
    """The page with other lines there."""
    old = "\n".join(between(page, name))
    return page.replace(f"<!-- {name} -->\n\n{old}", f"<!-- {name} -->\n\n" + "\n".join(lines))
