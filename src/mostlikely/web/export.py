"""The lesson as a folder of files: it opens without a server and without a network."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from html import escape
from pathlib import Path

from mostlikely.errors import DataError
from mostlikely.family import families
from mostlikely.web import resources
from mostlikely.web.models import slug_of

__all__ = ["STATIC", "export"]

STATIC = Path(__file__).parent / "static"


def export(folder: Path, static: Path = STATIC, seen: Callable[[str], None] | None = None) -> int:
    """Write the page, and all that it asks for, into a folder.

    Browsers read no data from files beside a page that is a file itself; a classic script they
    read. So all resources lie in one, ``data.js``.

    Parameters
    ----------
    folder : Path
        Made if it is not there. Files of the same names are replaced, others are left.
    static : Path
        The built front end.
    seen : callable, optional
        Told each resource that is made.

    Returns
    -------
    int
        How many resources there are.

    Raises
    ------
    DataError
        If the folder cannot be written, or is none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in sorted(static.rglob("*")):
            if path.is_file():
                shutil.copyfile(path, _place(folder, path.relative_to(static)))
        index = folder / "index.html"
        index.write_text(_with_data(index.read_text(encoding="utf-8")), encoding="utf-8")
        count = _data(_place(folder, Path("data.js")), seen)
        for family in families():
            _forward(folder, f"families/{slug_of(family)}")
        for part in ("learn", "families"):
            _forward(folder, part)
    except OSError as error:
        raise DataError(f"{folder} cannot be written: {error.strerror or error}.") from None
    return count


def _place(folder: Path, name: Path) -> Path:
    """Where a file of the lesson goes, which no link in the folder leads elsewhere."""
    to = folder / name
    for path in (to, *to.parents[: len(name.parents) - 1]):
        if path.is_symlink():
            raise DataError(
                f"{path} is a link, and what it leads to would be overwritten; remove it, or "
                "export into a new folder."
            )
    to.parent.mkdir(parents=True, exist_ok=True)
    return to


def _with_data(html: str) -> str:
    """The page with the script that holds the data, before the one that asks for them."""
    script = '<script defer src="./data.js"></script>\n    '
    at = html.find("<script")
    if at < 0:
        raise DataError("the page's front end is not built: its index.html has no script.")
    return html[:at] + script + html[at:]


def _data(path: Path, seen: Callable[[str], None] | None) -> int:
    """Every resource in one script; ``</`` ends no script early, wherever it is put."""
    names = resources.names()
    with path.open("w", encoding="utf-8") as file:
        file.write("window.MOSTLIKELY={data:{\n")
        for name in names:
            if seen is not None:
                seen(name)
            text = resources.written(name).decode().replace("</", "<\\/")
            file.write(f'"{name}":{text},\n')
        file.write("}};\n")
    return len(names)


def _forward(folder: Path, part: str) -> None:
    """A page at a part's own address that leads to it."""
    up = "../" * len(part.split("/"))
    to = escape(f"{up}index.html#/{part}")
    _place(folder, Path(part) / "index.html").write_text(
        '<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8" /><title>mostlikely</title>'
        f'<meta http-equiv="refresh" content="0; url={to}" /></head>\n'
        f'<body><a href="{to}">Go on to the page</a></body>\n</html>\n',
        encoding="utf-8",
    )
