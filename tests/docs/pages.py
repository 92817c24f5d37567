"""The pages that people write, and the code in them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def written() -> list[Path]:
    """README, CONTRIBUTING and every page of the docs that is not made at build time."""
    pages = [p for p in DOCS.rglob("*.md") if not {"_build", "generated", "words"} & set(p.parts)]
    return [ROOT / "CONTRIBUTING.md", ROOT / "README.md", *sorted(pages)]


def examples(page: Path, language: str) -> str:
    """The code blocks of one language, in order, as one session."""
    blocks = re.findall(
        rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    return "\n".join(blocks)
