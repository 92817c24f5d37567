"""The map of the source in docs/architecture.md: no file without a line, no line without one."""

from __future__ import annotations

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

import mostlikely
from mostlikely.family import pages
from tests.docs.pages import DOCS, ROOT

PACKAGE = Path(mostlikely.__file__).parent
TEXT = (DOCS / "architecture.md").read_text(encoding="utf-8")
#: A heading that names a folder, and what stands below it.
FOLDERS = re.compile(r"^### `([\w/]+)/`\n(.*?)(?=^#)", re.MULTILINE | re.DOTALL)


def files(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.py")} - {"__init__"}


def described() -> dict[str, set[str]]:
    """By folder: the files that have a line."""
    found = {}
    for name, lines in FOLDERS.findall(TEXT):
        folder = "" if name == "mostlikely" else name
        found[folder] = set(re.findall(r"^- `(\w+)`: ", lines, re.MULTILINE))
    return found


def folders() -> list[str]:
    """The folders of code that are neither pages nor in another section."""
    of_pages = {module.rsplit(".", 1)[0] for module in pages().values()}
    every = [p.parent.relative_to(PACKAGE) for p in PACKAGE.rglob("__init__.py")]
    names = {"" if str(p) == "." else p.as_posix() for p in every}
    families = {module.removeprefix("mostlikely.").replace(".", "/") for module in of_pages}
    return sorted(names - families - {"web", "datasets"})


def test_every_folder_has_its_heading_and_no_other_has():
    assert sorted(described()) == folders()


@pytest.mark.parametrize("folder", folders())
def test_every_file_has_its_line_and_no_other_has(folder):
    assert described()[folder] == files(PACKAGE / folder)


def test_every_file_of_the_page_is_named_in_its_section():
    section = TEXT.split("## The page")[1].split("\n## ")[0]
    table = "\n".join(line for line in section.splitlines() if line.startswith("| "))
    names = set(re.findall(r"`([\w*]+)`", table))
    unnamed = {f for f in files(PACKAGE / "web") if not any(fnmatch(f, name) for name in names)}
    assert not unnamed
    assert all(any(fnmatch(f, name) for f in files(PACKAGE / "web")) for name in names - {"web"})


def test_the_law_of_imports_is_that_of_the_linter():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    layers = linter["contracts"][0]["layers"]
    assert f"\n{' → '.join(layers)}\n" in TEXT
