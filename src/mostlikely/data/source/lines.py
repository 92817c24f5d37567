"""The lines of a table of text: which are comments, which are no row, what columns are called."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from mostlikely.data.source.written import UNDECIDED, decimal_of_cells
from mostlikely.errors import DataError, ModelError

__all__ = ["MARKS", "Lines", "regular"]

#: What may part the columns.
MARKS = ",;\t|"
#: What lines that are no data begin with in many files.
COMMENT = ("#", "%", "//")
#: So much of a file is looked at to see how its numbers are written.
FIRST = 65536
#: What may be done with rows that have too few cells, or too many.
RAGGED = ("drop", "fill")
#: So many lines are named, in words and in a script.
NAMED, LISTED = 3, 20


@dataclass
class Lines:
    """A table of text that every reader reads alike: one line of names, rows as wide as it.

    Parameters
    ----------
    body : bytes
    mark, decimal : str
        What parts its columns, and the decimals of its numbers.
    notes, script : lists of str
        What was done, in sentences and as words of pandas' reader.
    renamed : list of str, optional
        All names, where some are not those of the file.
    """

    body: bytes
    mark: str
    decimal: str = "."
    notes: list[str] = field(default_factory=list)
    script: list[str] = field(default_factory=list)
    renamed: list[str] | None = None


@dataclass(frozen=True)
class Row:
    """A row of cells, or a line that is none: where it stands, and how many cells it has."""

    first: int
    last: int
    count: int
    cells: list[str] | None = None
    line: bytes = b""

    @property
    def parsed(self) -> list[str]:
        """The cells, without quotes."""
        return self.cells if self.cells is not None else [self.line.decode("utf-8", "replace")]

    @property
    def blank(self) -> bool:
        """Whether there is nothing in it."""
        return not any(cell.strip() for cell in self.parsed)

    def says(self, marks: tuple[str, ...]) -> bool:
        """Whether it begins as a comment does."""
        return self.parsed[0].lstrip().startswith(marks) if self.parsed else False


def regular(
    body: bytes,
    name: str,
    mark: str | None = None,
    decimal: str | None = None,
    comment: str | None = None,
    skip: int = 0,
    ragged: str | None = None,
) -> Lines:
    """Leave out what is no row, and refuse what cannot be one, with its line.

    Parameters
    ----------
    body : bytes
        In UTF-8.
    name : str
    mark, decimal, comment, skip, ragged : optional
        The user's; see `files.Reading`.

    Raises
    ------
    DataError
        If rows differ in width, if a quote is not closed, if no line names the columns.
    """
    if ragged is not None and ragged not in RAGGED:
        raise ModelError(f'ragged= is "drop" or "fill"; got ragged={ragged!r}.')
    marks = COMMENT if comment is None else (comment,)
    header, mark, above = _header(body, name, mark, marks, skip, comment is not None)
    names, notes = _names(header.parsed, name)
    said = [number for number, is_comment in above if is_comment]
    drop: set[int] = set()
    cut: set[int] = set()
    short: list[Row] = []
    long: list[Row] = []
    for row in _rows(body, mark, name, header.count, () if comment is None else marks):
        if row.last <= header.last:
            continue
        if comment is not None and row.says(marks):
            drop.add(row.first)
            said.append(row.first)
        elif row.blank and row.count == 1:
            drop.add(row.first)
        elif row.says(marks) and row.count != header.count:
            drop.add(row.first)
            said.append(row.first)
        elif row.count > header.count and not any(_split(row, mark)[header.count :]):
            cut.add(row.first)
        else:
            (short if row.count < header.count else long).append(row)
    _title(header, above, short + long, name)
    uneven = sorted(short + long, key=lambda row: row.first)
    if uneven and (ragged is None or (ragged == "fill" and long)):
        raise _ragged(uneven if ragged is None else long, header, name, mark)
    found = Lines(body, mark, notes=notes)
    found.script += [] if mark == "," else [f"sep={mark!r}"]
    if skip:
        found.script.append(f"skiprows={skip}")
    if said:
        notes.append(f"{name}: {_lines(sorted(said))} of comment left out.")
        known = not skip and len(said) <= LISTED
        found.script.append(
            f"skiprows={[k - 1 for k in sorted(said)]}" if known else f"comment={comment or '#'!r}"
        )
    if uneven and ragged == "drop":
        drop |= {row.first for row in uneven}
        notes.append(
            f"{name}: {_lines([r.first for r in uneven])} with too few or too many cells left out."
        )
        found.script.append("on_bad_lines='skip'")
    elif uneven:
        notes.append(
            f"{name}: {_lines([r.first for r in uneven])} with too few cells; the last are missing."
        )
    if cut:
        notes.append(f"{name}: empty cells at the end of {_lines(sorted(cut))} left out.")
        found.script.append("index_col=False")
    found.renamed = None if names == header.parsed else names
    if found.renamed or header.first > 1 or drop or cut or uneven:
        found.body = _written(body, mark, name, names, header.last, drop)
    _decimal(found, name, decimal)
    return found


def _header(
    body: bytes, name: str, mark: str | None, marks: tuple[str, ...], skip: int, sure: bool
) -> tuple[Row, str, list[tuple[int, bool]]]:
    """The row of names, what parts the columns, and the lines above with whether they comment."""
    lines = list(_some_lines(body, skip))
    first = next((k for k, line in lines if line and not _says(line, marks)), None)
    if first is None and not any(line for _, line in lines):
        raise DataError(f"{name} is empty; its first line should name the columns.")
    said = [(k, line) for k, line in lines if line and (first is None or k < first)]
    text = dict(lines)
    chosen = mark or _mark(text[first] if first is not None else said[0][1])
    # A header may begin so too, "#id,x", and a cell of the table: there is one for every column.
    wide = len(said) == 1 and (first is None or _alike(said[0][1], text[first], chosen))
    if not sure and wide and re.match(r'"?(#|%|//)\w', said[0][1]):
        first, said = said[0][0], []
        chosen = mark or _mark(text[first])
    if first is None:
        raise DataError(f"{name} has lines of comment only; one line should name the columns.")
    if len(chosen) != 1:
        raise ModelError(f"separator={chosen!r} should be one character.")
    header = next(row for row in _rows(body, chosen, name) if row.last >= first)
    if header.cells is None:
        header = Row(first, first, header.count, _split(header, chosen))
    return header, chosen, [(k, True) for k, _ in said] + [(k, False) for k in range(1, skip + 1)]


def _some_lines(body: bytes, skip: int) -> Iterator[tuple[int, str]]:
    """The first lines that are not skipped, by number from 1."""
    for number, line in enumerate(io.BytesIO(body[: 16 * FIRST]), 1):
        if number > skip:
            yield number, line.decode("utf-8", "replace").strip()


def _says(line: str, marks: tuple[str, ...]) -> bool:
    return line.lstrip('"').startswith(marks)


def _alike(one: str, other: str, mark: str) -> bool:
    return one.count(mark) == other.count(mark)


def _mark(line: str) -> str:
    return max(MARKS, key=re.sub(r'"[^"]*"', "", line).count)


def _rows(
    body: bytes, mark: str, name: str, usual: int = 0, marks: tuple[str, ...] = ()
) -> Iterator[Row]:
    """All rows, or those that are not of the usual width, are blank, or begin with a mark.

    Where nothing is quoted a line is a row, and its cells are only counted.
    """
    if b'"' not in body:
        sign, starts = mark.encode(), tuple(text.encode() for text in marks)
        for number, line in enumerate(io.BytesIO(body), 1):
            if (
                (count := line.count(sign) + 1) != usual
                or (usual == 1 and not line.strip())
                or (starts and line.lstrip().startswith(starts))
            ):
                yield Row(number, number, count, None, line)
        return
    # Only upwards: whoever has raised it needs it.
    csv.field_size_limit(max(csv.field_size_limit(), len(body) + 1))
    text = io.TextIOWrapper(io.BytesIO(body), "utf-8", "replace", newline="")
    reader = csv.reader(text, delimiter=mark, strict=True)
    before = 0
    try:
        for cells in reader:
            if (
                (count := max(len(cells), 1)) != usual
                or (usual == 1 and not any(cells))
                or (marks and cells[0].lstrip().startswith(marks))
            ):
                yield Row(before + 1, reader.line_num, count, cells or [""])
            before = reader.line_num
    except csv.Error as error:
        unclosed = "unexpected end" in str(error)
        what = "a quote that is not closed" if unclosed else "a quote in a cell"
        raise DataError(
            f"{name} cannot be read: {what}, in line {before + 1}; a quote within one is written "
            '"".'
        ) from None


def _split(row: Row, mark: str) -> list[str]:
    if row.cells is not None:
        return row.cells
    return row.line.decode("utf-8", "replace").strip("\r\n").split(mark)


def _names(cells: list[str], name: str) -> tuple[list[str], list[str]]:
    """What the columns are called, each otherwise, and what was done for that."""
    names = [cell.strip() for cell in cells]
    taken, notes, seen = set(names), [], Counter[str]()
    for k, column in enumerate(names):
        seen[column] += 1
        if column and seen[column] == 1:
            continue
        stem, number = (column, seen[column]) if column else ("column", k + 1)
        while f"{stem}_{number}" in taken:
            number += 1
        names[k] = f"{stem}_{number}"
        taken.add(names[k])
        what = f"is called {column!r} too" if column else "has no name"
        notes.append(f"{name}: column {k + 1} {what}, and was read as {names[k]!r}.")
    if len(notes) > NAMED:
        notes[NAMED:] = [f"{name}: so were {len(notes) - NAMED} more."]
    return names, notes


def _title(header: Row, above: list[tuple[int, bool]], uneven: list[Row], name: str) -> None:
    """Raise DataError if the line that should name the columns is a title above them."""
    named = sum(bool(cell.strip()) for cell in header.parsed)
    titled = named == 1 and header.count > 2 and bool(header.parsed[0].strip())
    single = header.count == 1 and len(uneven) > 1 and len({row.count for row in uneven}) == 1
    if titled or single:
        raise DataError(
            f"{name}, line {header.first}, has one cell ({header.parsed[0].strip()[:40]!r}) where "
            f"the others have {header.count if titled else uneven[0].count}: is it a title? Leave "
            f"out what stands above the names of the columns, skip={header.last}."
        )


def _ragged(uneven: list[Row], header: Row, name: str, mark: str) -> DataError:
    row = uneven[0]
    shown = mark.join(_split(row, mark))[:40]
    others = f", and {len(uneven) - 1} more such" if len(uneven) > 1 else ""
    cure = 'ragged="drop" leaves such lines out'
    cure += "" if row.count > header.count else ', ragged="fill" takes the last cells for missing'
    quotes = f"; a {mark!r} within a cell needs quotes" if row.count > header.count else ""
    cells = f"{row.count} cell{'s' * (row.count > 1)}"
    return DataError(
        f"{name}, line {row.first}, has {cells} where line {header.first} names {header.count} "
        f"columns ({shown!r}){others}: {cure}{quotes}."
    )


def _lines(numbers: list[int]) -> str:
    shown = ", ".join(map(str, numbers[:NAMED])) + ", ..." * (len(numbers) > NAMED)
    return f"line {shown}" if len(numbers) == 1 else f"{len(numbers)} lines ({shown})"


def _written(
    body: bytes, mark: str, name: str, names: list[str], header: int, drop: set[int]
) -> bytes:
    """The rows that are left, written anew, each as wide as the names."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=mark, lineterminator="\n")
    writer.writerow(names)
    width = len(names)
    for row in _rows(body, mark, name):
        if row.last > header and row.first not in drop:
            cells = _split(row, mark)[:width]
            writer.writerow(cells + [""] * (width - len(cells)))
    return out.getvalue().encode("utf-8", "surrogatepass")


def _decimal(found: Lines, name: str, decimal: str | None) -> None:
    """Find what parts the decimals; where commas do both, columns are parted by something else."""
    if decimal is not None and decimal not in (",", "."):
        raise ModelError(f'decimal= is "." or ","; got decimal={decimal!r}.')
    head = found.body[:FIRST]
    head = head if len(found.body) <= FIRST else head.rpartition(b"\n")[0]
    if decimal is None and b"," in head:
        decimal = _seen(head.decode("utf-8", "replace"), found.mark, name)
    elif decimal is None and found.mark == ";" and b"." in head:
        _doubt(head.decode("utf-8", "replace"), found, name)
    found.decimal = decimal or "."
    if found.decimal == ",":
        found.notes.append(
            f'{name}: a comma parts decimals (1,5 is one and a half); decimal="." says otherwise.'
        )
        found.script.append("decimal=','")
        if found.mark == ",":  # which not every reader takes for both
            found.body, found.mark = _with_mark(found.body, name), ";"


def _doubt(head: str, found: Lines, name: str) -> None:
    """Say how 1.204 was read where semicolons part columns, and no other cell decides it."""
    cells = {cell.strip(' "') for line in head.splitlines()[1:] for cell in line.split(found.mark)}
    numbers = [cell for cell in cells if re.fullmatch(r"[-+]?\d*\.\d+", cell)]
    if numbers and all(re.fullmatch(UNDECIDED % r"\.", cell) for cell in numbers):
        shown = min(cell.lstrip("+-") for cell in numbers)
        found.notes.append(
            f"{name}: a point parts decimals ({shown} is less than "
            f'{int(float(shown)) + 1}); decimal="," takes such points for those of thousands.'
        )


def _with_mark(body: bytes, name: str) -> bytes:
    """The same table, its columns parted by semicolons."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    writer.writerows(_split(row, ",") for row in _rows(body, ",", name))
    return out.getvalue().encode("utf-8", "surrogatepass")


def _seen(head: str, mark: str, name: str) -> str | None:
    """What parts decimals, by the first cells."""
    try:
        rows = list(csv.reader(io.StringIO(head, newline=""), delimiter=mark))[1:]
    except csv.Error:
        return None
    cells = {cell.strip() for row in rows for cell in row if "," in cell or "." in cell}
    sure = decimal_of_cells(cells)
    if sure is not None or mark == ",":
        return sure
    commas = [cell for cell in cells if re.fullmatch(UNDECIDED % ",", cell)]
    points = any(re.fullmatch(r"[-+]?\d*\.\d+", cell) for cell in cells)
    if not commas or points:
        return None
    if mark != ";":  # which is what programs write that part decimals by commas
        raise DataError(
            f'{name}: does {min(commas)} have thousands, or decimals? Say so: decimal="." or '
            'decimal=",".'
        )
    return ","
