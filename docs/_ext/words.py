"""One page per public word: what `docs/reference.md` lists is written out, each by itself.

The list keeps its sections; in the place of each directive stands a line with a link.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

from sphinx.application import Sphinx

#: A block of directives in the list, and a directive with its options.
BLOCK = re.compile(r"^```\{eval-rst\}\n(.*?)^```\n", re.MULTILINE | re.DOTALL)
WORD = re.compile(r"^\.\. auto(function|class):: ([\w.]+)(\(\))?\n((?:   .*\n)*)", re.MULTILINE)
MODULE = re.compile(r"^\.\. currentmodule:: ([\w.]+)\n", re.MULTILINE)
FOLDER = "words"


def entries(text: str) -> Iterator[tuple[str, str, str, str]]:
    """Of each word its page's name, its module, its name and its directive."""
    module = "mostlikely"
    for found in re.finditer(rf"{MODULE.pattern}|{WORD.pattern}", text, re.MULTILINE):
        if found[1]:
            module = found[1]
            continue
        kind, name = found[2], found[3]
        last = name.rpartition(".")[2].lower()
        page = last if kind == "function" else f"class-{last}"  # fit and Fit are two files
        yield page, module, name, found[0]


def write(app: Sphinx) -> None:
    """Write the page of every word."""
    source = Path(app.srcdir)
    folder = source / FOLDER
    folder.mkdir(exist_ok=True)
    text = (source / "reference.md").read_text(encoding="utf-8")
    pages = {}
    for page, module, name, directive in entries(text):
        head = f"# {name.rpartition('.')[2]}\n\n"
        body = f"```{{eval-rst}}\n.. currentmodule:: {module}\n{directive}```\n"
        pages[f"{page}.md"] = head + body
    for old in folder.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, content in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != content:
            path.write_text(content, encoding="utf-8")


def first_line(module: str, name: str) -> str:
    """What a word is for."""
    home, _, last = f"{module}.{name}".rpartition(".")
    if name.startswith("mostlikely."):
        home, _, last = name.rpartition(".")
    word = getattr(importlib.import_module(home), last)
    return (inspect.getdoc(word) or "").partition("\n")[0].replace("|", r"\|")


def listed(app: Sphinx, docname: str, source: list[str]) -> None:
    """The list with links in the place of directives."""
    if docname != "reference":
        return
    module = "mostlikely"

    def links(block: re.Match[str]) -> str:
        nonlocal module
        words = list(entries(f".. currentmodule:: {module}\n{block[1]}"))
        module = (MODULE.findall(block[1]) or [module])[-1]
        if not words:
            return block[0]
        rows = "".join(
            f"| [`{name.rpartition('.')[2]}`]({FOLDER}/{page}.md) | {first_line(home, name)} |\n"
            for page, home, name, _ in words
        )
        contents = "".join(f"{FOLDER}/{page}\n" for page, *_ in words)
        rest = WORD.sub("", block[1])
        kept = f"```{{eval-rst}}\n{rest}```\n\n" if rest.strip() else ""
        return f"{kept}| | |\n|---|---|\n{rows}\n```{{toctree}}\n:hidden:\n\n{contents}```\n"

    source[0] = BLOCK.sub(links, source[0])


def keep_underscores(
    app: Sphinx, what: str, name: str, obj: object, options: object, lines: list[str]
) -> None:
    """Attributes such as ``fits_`` are names, and no references."""
    lines[:] = [re.sub(r"^(\s*)([\w, ]*\w)_( :|$)", r"\1\2\\_\3", line) for line in lines]


def setup(app: Sphinx) -> dict[str, bool]:
    """Before anything is read."""
    app.connect("builder-inited", write)
    app.connect("source-read", listed)
    app.connect("autodoc-process-docstring", keep_underscores, priority=400)  # before napoleon
    return {"parallel_read_safe": True}
