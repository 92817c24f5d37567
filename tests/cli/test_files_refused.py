"""Files that cannot be read are refused with the cause, the line, and the option that helps."""

from __future__ import annotations

import gzip

import pytest

from mostlikely.data.source import files as source
from tests.cli.said import refused, zipped

PDF, SQLITE = b"%PDF-1.7\n1 0 obj\n", b"SQLite format 3\0" + bytes(40)
#: What is in a file, and two parts of the sentence: the cause with its place, and the cure.
REFUSED = {
    "a row too long": (b"y,x\n1,2\n3,4\n5,6,7\n8,9\n", "line 4, has 3 cells", "--read ragged=drop"),
    "a cell too far": (b"y,x\n1,2\n3,4,,5\n", "line 3, has 4 cells", "--read ragged=drop"),
    "a row too short": (b"y,x\n1,2\n3\n", "line 3, has 1 cell where", "--read ragged=fill"),
    "below comments": (b"# a\n\ny,x\n1,2\n3,4,5\n", "line 5, has 3 cells", "--read ragged=drop"),
    "after a cell of lines": (b'y,x\n1,"a\nb"\n3,4,5\n', "line 4, has 3", "--read ragged=drop"),
    "a title": (b"Rain in Bonn\ny,x\n1,2\n3,4\n", "line 1, has one cell", "--read skip=1"),
    "a wide title": (b"Rain,,\ny,x,z\n1,2,3\n", "line 1, has one cell", "--read skip=1"),
    "an open quote": (b'y,x\n1,2\n"3,4\n5,6\n', "line 3", 'written ""'),
    "either": (b"y\tx\n1,204\t2\n2,410\t3\n", "does 1,204 have", '--read decimal=","'),
    "two encodings": ("y,größe\n1,2\n".encode() + b"3,\xe9\n", "line 3", "--read encoding="),
    "not what is said": ("y,größe\n1,2\n".encode("cp1252"), "UTF-8, first in line 1", "CSV"),
    "missing of its own": (b"y,x\n1,2\nn.a.,3\n4,5\n5,6\n", "y is text", "--read blank='n.a.'"),
    "NUL bytes": (b"y,x\n1,2\n\0,4\n5,6", "NUL bytes, in line 3", "CSV in UTF-8"),
    "half of a gzip": (gzip.compress(b"y,x\n1,2\n" * 99)[:-12], "broken", "gzip"),
    "a zip of two": (zipped(a="y\n1\n", b="y\n2\n"), "archive of 2 files (a.csv, b.csv)", "unpack"),
    "no archive": (b"PK\x03\x04" + bytes(40) + b"\n", "broken", "save it as CSV"),
    "a PDF": (PDF, "a PDF", "save it as CSV"),
    "a database": (SQLITE, "a database of SQLite", "save it as CSV"),
    "comments only": (b"# a\n# b\n", "comment only", "name the columns"),
}
OPTIONS = {"not what is said": ("--read", "encoding=utf-8")}


@pytest.mark.parametrize("reader", source.READERS)
@pytest.mark.parametrize("name", REFUSED)
def test_the_cause_is_said(run, monkeypatch, reader, name):
    monkeypatch.setattr(source, "READERS", (reader,))
    given, cause, cure = REFUSED[name]
    said = run("fit", "normal", "-", "--y", "y", *OPTIONS.get(name, ()), given=given)
    assert said.code == 2 and cause in said.err and cure in said.err, said.err
    assert said.out == "" and "Traceback" not in said.err


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("encodng=latin-1", "did you mean 'encoding'?"),
        ("encoding=klingon", "there is no --read encoding=klingon"),
        ("decimal=x", "got --read decimal=x"),
        ("skip=many", "got --read skip=many"),
        ("ragged=mend", "got --read ragged=mend"),
        ("separator=ab", "should be one character"),
        ("sheet=Data", "is no spreadsheet"),
        ("latin-1", "should read NAME=VALUE"),
    ],
)
def test_a_word_about_the_file_that_is_none_is_refused(run, word, sentence):
    said = run("fit", "normal", "-", "--y", "y", "--read", word, given=b"y,x\n1,2\n3,4\n")
    assert sentence in refused(said)


@pytest.mark.parametrize("reader", source.READERS)
def test_cells_that_look_like_comments_are_read(run, monkeypatch, reader):
    monkeypatch.setattr(source, "READERS", (reader,))
    for given in (b"colour,y\n#ff0000,1\n#00ff00,2\n#0000ff,4\n", b"#c,y\n1,1\n2,2\n3,4\n"):
        said = run("fit", "normal", "-", "--y", "y", "--format", "csv", given=given)
        assert float(said.out.splitlines()[1].split(",")[2]) == pytest.approx(7.0 / 3.0), said.err


@pytest.mark.parametrize("reader", source.READERS)
def test_an_empty_cell_of_text_is_missing(run, monkeypatch, reader):
    monkeypatch.setattr(source, "READERS", (reader,))
    given = b'y,g\n1,a\n2,b\n4,\n8,a\n3,b\n5,NA\n7,""\n'
    said = run("fit", "normal", "-", "y ~ g", given=given)
    assert said.code == 2 and "g has 3 missing values" in said.err
    said = run("fit", "normal", "-", "y ~ g", "--missing", "drop", "--format", "csv", given=given)
    rows = [line.split(",") for line in said.out.splitlines()]
    assert [row[1] for row in rows[1:3]] == ["Intercept", "g[T.b]"]
    assert float(rows[1][2]) == pytest.approx(4.5) and float(rows[2][2]) == pytest.approx(-2.0)


def test_labels_in_an_order_are_named_on_the_command_line(run):
    given = b"r,x\nlow,1\nmid,2\nhigh,3\nmid,1\nlow,2\nhigh,2\n"
    said = run("fit", "ordinal", "-", "r ~ x", given=given)
    assert said.code == 2 and "name them from the lowest to the highest, --levels" in said.err
    levels = ("--levels", "low,mid,high")
    said = run("fit", "ordinal", "-", "r ~ x", *levels, "--format", "csv", given=given)
    assert said.code == 0 and "cut[2]" in said.out
