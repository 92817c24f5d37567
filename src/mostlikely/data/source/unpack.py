"""The bytes of a file as those of a text in UTF-8: unpacked, a sheet written out, decoded."""

from __future__ import annotations

import codecs
import csv
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from mostlikely.errors import DataError, MissingPackage, ModelError, nearest

__all__ = ["Text", "as_text"]

#: The first bytes of what is packed, and by what.
PACKED = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\0": "xz"}
ARCHIVE, OLD_SHEET = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
#: The first bytes of what cannot be read here, and what it is.
OTHERS = {
    b"(\xb5/\xfd": "packed by zstandard",
    b"%PDF": "a PDF",
    b"SQLite format 3": "a database of SQLite",
    b"\x89PNG": "a picture",
    b"ARROW1": "a file of Arrow",
}
#: What an archive holds that is a spreadsheet.
SHEETS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
#: Byte order marks, the longer first.
MARKS = (
    *((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32")),
    *((codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16")),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
#: So many bytes are looked at to see where the empty ones are.
LOOKED_AT = 4096


@dataclass
class Text:
    """The text of a table, in UTF-8, with what was done to come to it.

    Parameters
    ----------
    body : bytes
    notes : list of str
        Sentences.
    script : list of str
        The words of pandas' reader that do the same.
    sheet : bool
        Whether it was a sheet of a spreadsheet.
    """

    body: bytes
    notes: list[str] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    sheet: bool = False


def as_text(
    content: bytes,
    name: str,
    encoding: str | None = None,
    sheet: str | None = None,
    limit: int | None = None,
) -> Text:
    """The text in a file, whatever it is packed and written in.

    Parameters
    ----------
    content : bytes
    name : str
        What to call the file.
    encoding, sheet : str, optional
        The user's; a sheet by its name, or its number from 1.
    limit : int, optional
        How many bytes it may have when it is unpacked.

    Raises
    ------
    DataError
        If it is no text, with what it is.
    MissingPackage
        If it is a spreadsheet, and what reads them is not installed.
    """
    found = Text(content)
    for _ in range(2):  # a spreadsheet may be packed once more
        content = found.body
        for start, how in PACKED.items():
            if content.startswith(start):
                found.body = _opened(content, name, how, limit)
                found.notes.append(f"{name} was unpacked ({how}).")
        if content.startswith((ARCHIVE, OLD_SHEET)):
            if content.startswith(ARCHIVE) and not _holds_sheets(content, name, limit):
                found.body, inside = _only_member(content, name, limit)
                found.notes.append(f"{name} was unpacked (zip), and {inside} in it was read.")
            else:
                chosen, body = _sheet(content, name, sheet, found.notes)
                return Text(body, found.notes, [f"sheet_name={chosen!r}"], True)
        if found.body is content:
            break
    if sheet is not None:
        raise ModelError(f"{name} is no spreadsheet, and has no sheet={sheet!r}.")
    if found.body.startswith(b"PAR1"):
        raise DataError(f"{name} is packed Parquet, which packs by itself; unpack it first.")
    for start, what in OTHERS.items():
        if found.body.startswith(start):
            raise DataError(f"{name} is {what} and no table of text; save it as CSV in UTF-8.")
    _decode(found, name, encoding)
    if b"\r" in found.body and b"\n" not in found.body:  # lines as they ended long ago
        found.body = found.body.replace(b"\r", b"\n")
    return found


def _opened(content: bytes, name: str, how: str, limit: int | None) -> bytes:
    import bz2
    import gzip
    import lzma
    import zlib

    makers: dict[str, Callable[[Any], Any]] = {
        "gzip": lambda file: gzip.GzipFile(fileobj=file),
        "bzip2": bz2.BZ2File,
        "xz": lzma.LZMAFile,
    }
    try:
        with makers[how](io.BytesIO(content)) as file:
            return _bounded(file, name, limit)
    except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        reason = str(error).rstrip(".") or "it ends too early"
        raise DataError(f"{name} is broken, and cannot be unpacked ({how}): {reason}.") from None


def _bounded(file: Any, name: str, limit: int | None) -> bytes:
    body: bytes = file.read() if limit is None else file.read(limit + 1)
    if limit is not None and len(body) > limit:
        raise DataError(
            f"{name} is too large when it is unpacked; larger tables are fitted from the command "
            "line or Python."
        )
    return body


def _archive(content: bytes, name: str) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, OSError):
        raise DataError(
            f"{name} begins as a spreadsheet or an archive does, and is broken; save it as CSV in "
            "UTF-8."
        ) from None


def _holds_sheets(content: bytes, name: str, limit: int | None) -> bool:
    """Whether an archive is a spreadsheet, which must not be too large when it is unpacked."""
    with _archive(content, name) as archive:
        held = any(part in SHEETS for part in archive.namelist())
        size = sum(info.file_size for info in archive.infolist())
        if held and limit is not None and size > limit:
            raise DataError(f"{name} is too large when it is unpacked; save the sheet as CSV.")
        return held


def _only_member(content: bytes, name: str, limit: int | None) -> tuple[bytes, str]:
    """The one file in an archive."""
    with _archive(content, name) as archive:
        names = [n for n in archive.namelist() if not n.endswith("/") and "__MACOSX" not in n]
        if len(names) != 1:
            shown = ", ".join(names[:3]) + ", ..." * (len(names) > 3)
            held = f"{len(names)} files ({shown})" if names else "no file"
            raise DataError(f"{name} is an archive of {held}; unpack it, and name one of them.")
        try:
            with archive.open(names[0]) as file:
                return _bounded(file, name, limit), names[0]
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, EOFError) as error:
            raise DataError(f"{name} cannot be unpacked: {str(error).rstrip('.')}.") from None


def _sheet(content: bytes, name: str, wanted: str | None, notes: list[str]) -> tuple[str, bytes]:
    """A sheet of a spreadsheet as CSV, its rows where they are in it."""
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise MissingPackage(
            f"{name} is a spreadsheet, and reading one needs python-calamine; install it with: "
            'pip install "mostlikely[excel]", or save the sheet as CSV.'
        ) from None
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = list(book.sheet_names)
        chosen = _chosen(wanted, names, name)
        found = None
        for title in names if chosen is None else [chosen]:  # the first that is not empty
            sheet = book.get_sheet_by_name(title)
            found = sheet.to_python(skip_empty_area=True)
            if found or chosen is not None:
                chosen = title
                break
        above = sheet.start[0] if found and sheet.start else 0
    except CalamineError as error:
        said = str(error).splitlines()[0].rstrip(".")
        raise DataError(f"{name} cannot be read as a spreadsheet: {said}.") from None
    if not found:
        raise DataError(f"{name} has no cells{f' in its sheet {chosen!r}' if chosen else ''}.")
    if len(names) > 1 and wanted is None:
        shown = ", ".join(names[:5]) + ", ..." * (len(names) > 5)
        notes.append(f"{name}: the sheet {chosen!r} was read, of {shown}; sheet= names another.")
    else:
        notes.append(f"{name}: the sheet {chosen!r} was read.")
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([[]] * above)
    for row in found:
        cells = [_cell(value) for value in row]
        writer.writerow(cells if any(cells) or len(cells) == 1 else [])
    return str(chosen), out.getvalue().encode()


def _chosen(wanted: str | None, names: list[str], name: str) -> str | None:
    if wanted is None or wanted in names:
        return wanted
    if wanted.isdecimal() and 1 <= int(wanted) <= len(names):
        return names[int(wanted) - 1]
    raise DataError(f"{name} has no sheet={wanted!r}; {nearest(wanted, names)}")


def _cell(value: Any) -> str:
    """A cell as a text file has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        midnight = value.hour == value.minute == value.second == value.microsecond == 0
        return str(value.date() if midnight else value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _decode(found: Text, name: str, encoding: str | None) -> None:
    """Make the body UTF-8 without a mark."""
    content = found.body
    marked = next((how for mark, how in MARKS if content.startswith(mark)), None)
    how = encoding or marked or _sixteen(content)
    if encoding is not None:
        try:
            codecs.lookup(encoding)
            content[:0].decode(encoding)
        except LookupError:
            raise ModelError(
                f"there is no encoding={encoding!r}; utf-8, cp1252, latin-1 and utf-16 are some."
            ) from None
    if how is None and b"\0" in content:
        at = content[: content.index(b"\0")].count(b"\n") + 1
        raise DataError(
            f"{name} has NUL bytes, in line {at} the first, and is no text; save it as CSV in "
            "UTF-8, or as Parquet."
        )
    if how in (None, "utf-8", "utf-8-sig"):
        try:
            (content if content.isascii() else content.decode("utf-8-sig"))
            found.body = content.removeprefix(codecs.BOM_UTF8)
            return
        except UnicodeDecodeError as error:
            if how is not None:
                raise _undecoded(name, how, content, error.start) from None
            how = _one_byte(content, name, error.start)
    assert how is not None
    try:
        text = content.decode(how)
    except UnicodeDecodeError as error:
        raise _undecoded(name, how, content, error.start) from None
    found.body = text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")
    found.script.append(f"encoding={how!r}")
    if encoding is None and how != "cp1252":
        found.notes.append(f"{name} was read as text in {how.upper()}.")
    elif encoding is None:
        line = next(k for k in text.split("\n") if not k.isascii()).strip()
        found.notes.append(
            f"{name} is not in UTF-8 and was read as Windows-1252 (Latin-1), which has "
            f"{line[:40]!r} in it; encoding= names another."
        )


def _sixteen(content: bytes) -> str | None:
    """UTF-16 without a mark, where every other byte is empty."""
    head = content[:LOOKED_AT]
    half = len(head) // 2
    if len(content) % 2 or not half:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if 2 * odd > half and not even:
        return "utf-16-le"
    return "utf-16-be" if 2 * even > half and not odd else None


def _one_byte(content: bytes, name: str, at: int) -> str:
    """Windows-1252, unless most of what is not ASCII is in UTF-8, or it is no text."""
    right = sum(not c.isascii() for c in content.decode("utf-8", "ignore"))
    wrong = content.decode("utf-8", "replace").count("\ufffd")
    if right >= wrong:
        raise _undecoded(name, "utf-8", content, at)
    if any(content.count(bytes([c])) for c in range(32) if c not in b"\t\n\r\f"):
        raise DataError(f"{name} is no text; save it as CSV in UTF-8, or as Parquet.")
    return "cp1252"


def _undecoded(name: str, how: str, content: bytes, at: int) -> DataError:
    line = content[:at].count(b"\n") + 1
    return DataError(
        f"{name} is not in {how.upper()}, first in line {line} (byte {at}); save it as CSV in "
        'UTF-8, or say what it is in, as in encoding="cp1252".'
    )
