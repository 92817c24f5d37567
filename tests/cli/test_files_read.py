"""Files as people have them are read to their numbers, and what was done is said."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.data.source import files as source
from mostlikely.web.tables import from_bytes
from tests.cli.said import spreadsheet, zipped

BODY = "y,x\n1.5,1\n2.5,2\n2.0,3\n4.5,4\n"
PLAIN = [1.5, 2.5, 2.0, 4.5]
#: What is in a file, what its column y holds, and a part of what is said of it.
READ = {
    "gzip": (gzip.compress(BODY.encode()), PLAIN, "unpacked (gzip)"),
    "bzip2": (bz2.compress(BODY.encode()), PLAIN, "unpacked (bzip2)"),
    "xz": (lzma.compress(BODY.encode()), PLAIN, "unpacked (xz)"),
    "zip": (zipped(rain=BODY), PLAIN, "rain.csv in it was read"),
    "latin-1 name": (BODY.replace("x", "größe").encode("latin-1"), PLAIN, "Windows-1252"),
    "latin-1 cell": (b"y,x\n1.5,caf\xe9\n2.5,b\n", [1.5, 2.5], "1.5,café"),
    "utf-16": (BODY.encode("utf-16"), PLAIN, "UTF-16"),
    "utf-16, big": (b"\xfe\xff" + BODY.encode("utf-16-be"), PLAIN, "UTF-16"),
    "utf-16 without a mark": (BODY.encode("utf-16-le"), PLAIN, "UTF-16-LE"),
    "utf-32": (BODY.encode("utf-32"), PLAIN, "UTF-32"),
    "utf-16, packed": (gzip.compress(BODY.encode("utf-16")), PLAIN, "UTF-16"),
    "comments above": (f"# gauge 7\n# 2020, raw\n{BODY}".encode(), PLAIN, "2 lines (1, 2) of comm"),
    "one comment, wide": (f"# gauge, raw\n{BODY}".encode(), PLAIN, "line 1 of comment"),
    "percent": (f"% gauge\n{BODY}".encode(), PLAIN, "line 1 of comment"),
    "comments within": (f"{BODY}# total\n5,5\n// end".encode(), [*PLAIN, 5.0], "(6, 8)"),
    "thousands": (b'y,x\n"1,204.50",1\n999,2\n"12,000,000",3\n', [1204.5, 999.0, 12e6], "1204.5"),
    "whole thousands": (b'y,x\n"1,204",1\n"2,410",3\n', [1204.0, 2410.0], "'1,204' is 1204"),
    "thousands by tabs": (b"y\tx\n1,204.5\t1\n2,410\t3\n", [1204.5, 2410.0], "'1,204.5' is 1204.5"),
    "spaces": ("y;x\n1\u202f828,09;1\n2 000;2\n".encode(), [1828.09, 2000.0], "1828.09"),
    "apostrophes": (b"y,x\n1'204.50,1\n999,2\n", [1204.5, 999.0], "1204.5"),
    "dollars": (b'y,x\n"$1,204.50",1\n-$3.5,2\n($4.00),7\n', [1204.5, -3.5, -4.0], "$1,204.50"),
    "euros": ("y;x\n1.828,09 €;1\n12,50 €;2\n".encode(), [1828.09, 12.5], "€' is 1828.09"),
    "pounds, latin-1": (b"y,x\n\xa33.50,1\n\xa31.25,2\n", [3.5, 1.25], "£3.50"),
    "francs": (b"y,x\nCHF 1'204.50,1\nCHF 3,2\n", [1204.5, 3.0], "CHF 1'204.50"),
    "reais": (b"y;x\nR$ 1.828,09;1\nR$ 2,50;2\n", [1828.09, 2.5], "R$ 1.828,09"),
    "both marks": (b"y;x\n1.828,09;1\n12,5;2\n", [1828.09, 12.5], "'1.828,09' is 1828.09"),
    "both marks, quoted": (b'y,x\n"1.828,09",1\n"12,5",2\n', [1828.09, 12.5], "1828.09"),
    "points are thousands": (b"y;x\n1.828;0,5\n2.000;1,5\n", [1828.0, 2000.0], "'1.828' is 1828"),
    "decimal commas": (b"y;x\n1,5;1\n2,25;2\n", [1.5, 2.25], "a comma parts decimals"),
    "decimal commas, quoted": (b'y,x\n"1,5",1\n"2,25",2\n', [1.5, 2.25], "a comma parts decimals"),
    "a name twice": (b"y,x,x\n1,2,3\n4,5,6\n", [1.0, 4.0], "column 3 is called 'x' too"),
    "no name": (b",y,\n1,2,3\n4,5,6\n", [2.0, 5.0], "no name, and was read as 'column_1'"),
    "empty at the end": (b"y,x\n1,2,\n3,4,\n", [1.0, 3.0], "empty cells at the end of 2 lines"),
    "a sheet": (spreadsheet(Rain=[["y", "x"], [1.5, 1], [2.5, 2]]), [1.5, 2.5], "'Rain' was read"),
    "a sheet with gaps": (
        spreadsheet(Rain=[[], ["y", "x"], [1.5, None], ["1,204.50", 2]]), [1.5, 1204.5], "1204.5",
    ),
    "an empty sheet first": (
        spreadsheet(Notes=[], Rain=[["y"], [1.5], [2]]), [1.5, 2.0], "of Notes, Rain",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reader", source.READERS)
@pytest.mark.parametrize("name", READ)
def test_what_a_file_holds_is_read_and_what_was_done_is_said(run, monkeypatch, reader, name):
    monkeypatch.setattr(source, "READERS", (reader,))
    content, values, words = READ[name]
    if "sheet" in name:
        pytest.importorskip("python_calamine", reason="spreadsheets need mostlikely[excel]")
    opened = source.read_file(content, "data")
    np.testing.assert_array_equal(opened.frame["y"].to_list(), values)
    assert words in " ".join(opened.notes)
    said = run("fit", "normal", "-", "--y", "y", "--format", "json", given=content)
    assert json.loads(said.out)["params"]["mu"] == pytest.approx(np.mean(values), rel=1e-12)
    assert words in said.err and "Traceback" not in said.err


@pytest.mark.parametrize("name", READ)
def test_the_page_reads_the_same_and_its_script_too(monkeypatch, tmp_path, name):
    if "sheet" in name:
        pytest.importorskip("python_calamine", reason="spreadsheets need mostlikely[excel]")
    content, values, words = READ[name]
    packed = {"gzip": ".gz", "bzip2": ".bz2", "xz": ".xz", "zip": ".zip", "utf-16, packed": ".gz"}
    table = from_bytes(content, f"data.csv{packed.get(name, '')}")
    np.testing.assert_array_equal(table.columns["y"], values)
    assert words in " ".join(table.described["notes"])
    if "sheet" in name:  # pandas reads it by another package
        return
    monkeypatch.chdir(tmp_path)
    (tmp_path / table.name).write_bytes(content)
    space = {}
    exec(f"import pandas as pd\n{table.script}", space)
    np.testing.assert_array_equal(space["data"]["y"], values)


#: What is said of a file, what is in it, and what its column y then holds.
TOLD = {
    "encoding=cp437": ("y,größe\n1,2\n3,4\n".encode("cp437"), [1.0, 3.0]),
    "separator=|": (b"y|x\n1|2\n3|4\n", [1.0, 3.0]),
    "separator=space": (b"y x\n1 2\n3 4\n", [1.0, 3.0]),
    "decimal=,": (b"y\tx\n1,204\t2\n2,410\t3\n", [1.204, 2.41]),
    "decimal=, ": (b"y;x\n1.204;2\n2.410;3\n", [1204.0, 2410.0]),
    "decimal=.": (b"y\tx\n1,204\t2\n2,410\t3\n", [1204.0, 2410.0]),
    "comment=!": (b"! gauge\ny,x\n1,2\n!,3\n3,4\n", [1.0, 3.0]),
    "skip=2": (b"Rain in Bonn\n,,\ny,x,z\n1,2,3\n3,4,5\n", [1.0, 3.0]),
    "ragged=drop": (b"y,x\n1,2\n7\n8,9,10\n3,4\n", [1.0, 3.0]),
    "ragged=fill": (b"y,x\n1,2\n3\n", [1.0, 3.0]),
    "blank=n.a.": (b"y,x\n1,2\nn.a.,3\n3,4\n", [1.0, 3.0]),
    "sheet=Rain": (spreadsheet(Sun=[["y"], [9]], Rain=[["y"], [1], [3]]), [1.0, 3.0]),
    "sheet=2": (spreadsheet(Sun=[["y"], [9]], Rain=[["y"], [1], [3]]), [1.0, 3.0]),
}


@pytest.mark.parametrize("reader", source.READERS)
@pytest.mark.parametrize("word", TOLD)
def test_how_a_file_is_written_may_be_said(run, monkeypatch, reader, word):
    if "sheet" in word:
        pytest.importorskip("python_calamine", reason="spreadsheets need mostlikely[excel]")
    monkeypatch.setattr(source, "READERS", (reader,))
    content, values = TOLD[word]
    said = run("fit", "normal", "-", "--y", "y", "--read", word, "--missing", "drop",
               "--format", "json", given=content)  # fmt: skip
    assert said.code == 0, said.err
    shown = json.loads(said.out)
    assert shown["rows"] == len(values)
    assert shown["params"]["mu"] == pytest.approx(np.mean(values), rel=1e-12)


@pytest.mark.parametrize("reader", source.READERS)
def test_points_that_may_part_thousands_are_read_as_decimals_and_that_is_said(monkeypatch, reader):
    monkeypatch.setattr(source, "READERS", (reader,))
    opened = source.read_file(b"y;x\n2.500;2\n-1.204;3\n", "data")
    assert opened.frame["y"].to_list() == [2.5, -1.204]
    assert opened.notes == (
        'data: a point parts decimals (1.204 is less than 2); decimal="," takes such points for '
        "those of thousands.",
    )
    for decided in (b"y;x\n2.500;2\n1.2;3\n", b"y;x\n2.500;2\n0.204;3\n", b"y,x\n2.500,2\n"):
        assert source.read_file(decided, "data").notes == ()


def test_a_plain_file_is_read_without_a_word(run, tmp_path):
    (tmp_path / "plain.csv").write_text(BODY)
    said = run("fit", "normal", "plain.csv", "y ~ x")
    assert (said.code, said.err) == (0, "")


def test_columns_of_one_name_are_told_apart(run):
    said = run("fit", "normal", "-", "x_2 ~ x", "--format", "csv", given=b"x,x\n1,2\n2,4\n3,7\n")
    assert float(said.out.splitlines()[2].split(",")[2]) == pytest.approx(2.5)


def test_labels_that_look_like_numbers_with_words_stay_labels():
    given = b"y,dose\n1,5 mg\n2,10 mg\n3,5 mg\n"
    opened = source.read_file(given, "data")
    assert opened.frame["dose"].to_list() == ["5 mg", "10 mg", "5 mg"]
    assert opened.notes == ()


def test_two_currencies_in_a_column_are_no_numbers():
    given = "y\n€5\n$6\n".encode()
    assert source.read_file(given, "data").frame["y"].to_list() == ["€5", "$6"]


def test_a_bomb_of_zeros_is_not_unpacked_by_the_page():
    content = gzip.compress(bytes(2**27))
    assert len(content) < 200_000
    with pytest.raises(ml.DataError, match="too large when it is unpacked"):
        from_bytes(content, "bomb.csv.gz")


def test_spreadsheets_say_what_to_install(run, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
    said = run("fit", "normal", "-", given=spreadsheet(A=[["y"], [1]]))
    assert said.code == 2 and 'pip install "mostlikely[excel]"' in said.err


def test_a_large_file_of_lines_is_read_once_where_it_lies(monkeypatch, tmp_path):
    """What needs no mending is handed over as a path, not as a copy."""
    path = tmp_path / "large.csv"
    path.write_text("y\n" + "1.5\n" * 1000)
    seen = []
    real = source._parsed
    monkeypatch.setattr(
        source, "_parsed", lambda given, *rest: seen.append(given) or real(given, *rest)
    )
    source.read_file(path, "large.csv")
    assert seen == [path]
    source.read_file(io.BytesIO(path.read_bytes()).getvalue(), "large.csv")
    assert isinstance(seen[1], bytes)
