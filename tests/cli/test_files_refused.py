"""Files that cannot be read are refused with the cause: comments, another encoding, no text."""

from __future__ import annotations

import pytest

from mostlikely.data.source import files as source

BODY = "y,x\n1.5,1\n2.5,2\n2.0,3\n4.5,4\n"
REFUSED = {
    "comments above": (b"# gauge 7\n# 2020, raw\n" + BODY.encode(), "comment, line 1"),
    "one comment above": (b"# gauge\n" + BODY.encode(), "comment, line 1"),
    "as wide as the table": (b"# gauge, raw\n" + BODY.encode(), "comment, line 1"),
    "percent": (b"% gauge 7\n" + BODY.encode(), "comment, line 1"),
    "within": (BODY.encode() + b"# total\n5,5\n", "comment, line 6"),
    "utf-16": (BODY.encode("utf-16"), "UTF-16"),
    "utf-16 without a mark": (BODY.encode("utf-16-le"), "UTF-16"),
    "latin-1 name": (BODY.replace("x", "größe").encode("latin-1"), "not in UTF-8, first at byte 4"),
    "latin-1 cell": (b"y,x\n1.5,\xe9\n2.5,b\n2,b\n4.5,a\n", "not in UTF-8, first at byte 8"),
    "a spreadsheet": (b"PK\x03\x04" + bytes(40) + b"\n", "a spreadsheet or an archive"),
    "compressed": (b"\x1f\x8b\x08" + bytes(20) + b"\n", "compressed"),
}


@pytest.mark.parametrize("reader", source.READERS)
@pytest.mark.parametrize("name", REFUSED)
def test_the_cause_is_said(run, monkeypatch, reader, name):
    monkeypatch.setattr(source, "READERS", (reader,))
    given, cause = REFUSED[name]
    said = run("fit", "normal", "-", "--y", "y", given=given)
    assert said.code == 2 and cause in " ".join(said.err.split()), said.err


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
