"""What a run of the command line leaves behind, and files to run it on."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import NamedTuple

import mostlikely as ml

BEARINGS = ml.datasets.load("ball_bearings")
KICKS = ("demo:horse_kicks", "--y", "deaths", "--weights", "corps_years")


class Said(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str


def table(path: Path, **columns: list[object]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return str(path)


def refused(said: Said) -> str:
    """The one sentence of a run that could not use its input."""
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert said.err.startswith("mostlikely: ")
    assert "Traceback" not in said.err
    return said.err


def zipped(**texts: str) -> bytes:
    """An archive of CSV files, by their names."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in texts.items():
            archive.writestr(f"{name}.csv", text)
    return file.getvalue()


MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml"


def spreadsheet(**sheets: list[list[object]]) -> bytes:
    """An .xlsx file, written by hand as ECMA-376 has it: a cell is a number or a text."""
    parts, books, links = [], [], []
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for k, (title, rows) in enumerate(sheets.items(), 1):
            where = f"worksheets/sheet{k}.xml"
            body = "".join(_row(row, r) for r, row in enumerate(rows, 1))
            text = f'<worksheet xmlns="{MAIN}"><sheetData>{body}</sheetData></worksheet>'
            archive.writestr(f"xl/{where}", text)
            parts.append(f'<Override PartName="/xl/{where}" ContentType="{KIND}.worksheet+xml"/>')
            books.append(f'<sheet name="{title}" sheetId="{k}" r:id="r{k}"/>')
            links.append(f'<Relationship Id="r{k}" Type="{OFFICE}/worksheet" Target="{where}"/>')
        archive.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" ContentType="'
            'application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="'
            f'/xl/workbook.xml" ContentType="{KIND}.sheet.main+xml"/>{"".join(parts)}</Types>',
        )
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="b" Type="{OFFICE}'
            '/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{"".join(books)}</sheets>'
            "</workbook>",
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{"".join(links)}</Relationships>',
        )
    return file.getvalue()


def _row(values: list[object], row: int) -> str:
    cells = (_cell(v, f"{chr(65 + c)}{row}") for c, v in enumerate(values) if v is not None)
    return f'<row r="{row}">{"".join(cells)}</row>'


def _cell(value: object, place: str) -> str:
    if isinstance(value, str):
        return f'<c r="{place}" t="inlineStr"><is><t>{value}</t></is></c>'
    return f'<c r="{place}"><v>{value!r}</v></c>'
