"""Every reader of files gives the same columns, and refuses hostile ones in one sentence."""

from __future__ import annotations

import json

import pytest

from mostlikely.data.source import files as source
from tests.cli.said import BEARINGS, refused, table


@pytest.mark.parametrize("suffix", ["parquet", "data"])
def test_parquet_is_known_by_its_content(run, tmp_path, suffix):
    from pyarrow import parquet, table

    path = tmp_path / f"bearings.{suffix}"
    parquet.write_table(table(BEARINGS), path)
    said = run("fit", "weibull", str(path))
    assert said.out == run("fit", "weibull", "demo:ball_bearings").out
    assert run("fit", "weibull", "-", given=path.read_bytes()).out == said.out


@pytest.mark.parametrize("reader", source.READERS)
@pytest.mark.parametrize(
    "given",
    [
        b"x,name\n1.5,a\n2.5,b\n4,c\n",
        b"x;name\r\n1.5;a\r\n2.5;b\r\n4;c\r\n",
        b"x\tname\n1.5\ta\n2.5\tb\n4\tc",
        b'\xef\xbb\xbf"x","name"\n1.5,"a, b"\n"2.5","c\nd"\n4.0,\n',
        b"x,name\n1.5e0,a\n+2.5,b\n4,c\n",
        b"x,name\n1.5,a\nNA,b\n2.5,c\n,d\n4,e\nnan,f\n",
    ],
    ids=["plain", "semicolons", "tabs", "quotes and mark", "ways to write", "missing"],
)
def test_every_reader_gives_the_same(run, monkeypatch, reader, given):
    monkeypatch.setattr(source, "READERS", (reader,))
    said = run("fit", "gamma", "-", "--y", "x", "--missing", "drop", "--format", "csv", given=given)
    assert said.err == ""
    mean = float(said.out.splitlines()[1].split(",")[2])
    assert mean == pytest.approx(8.0 / 3.0, rel=1e-6)


@pytest.mark.parametrize("reader", source.READERS)
def test_decimals_may_come_late(run, monkeypatch, tmp_path, reader):
    monkeypatch.setattr(source, "READERS", (reader,))
    path = tmp_path / "late.csv"
    path.write_text("x\n" + "10\n" * 600_000 + "2.5\n")
    said = run("fit", "normal", str(path), "--format", "json")
    assert json.loads(said.out)["rows"] == 600_001


HOSTILE = {
    "nothing": b"",
    "blank lines": b"\n\n\n",
    "header alone": b"x\n",
    "no header": b"1.5\n2.5\n3.5\n",
    "ragged": b"x,y\n1,2\n3,4,5\n",
    "infinite": b"x\n1\ninf\n3\n",
    "negative": b"x\n1\n-2\n3\n",
    "zero bytes": b"x\n1\x00\n2\n",
    "not text": bytes(range(256)) * 4,
    "two encodings": "größe\n1\n".encode() + b"zw\xf6lf\n",
    "words": b"x\none\ntwo\n3\n",
    "broken parquet": b"PAR1 and nothing else\n",
    "dates": b"x\n2024-01-01\n2024-01-02\n",
    "open quote": b'x\n"1\n2\n3\n',
    "only missing": b"x,y\nNA,1\n,2\n",
    "beyond 2**53": b"x\n9007199254740993\n1\n",
    "endless digits": b"x\n" + b"9" * 400 + b"\n1\n",
}


@pytest.mark.parametrize("reader", source.READERS)
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_refused_in_one_sentence(run, monkeypatch, reader, name):
    monkeypatch.setattr(source, "READERS", (reader,))
    said = run("fit", "gamma", "-", given=HOSTILE[name])
    assert said.out == ""
    assert len(refused(said)) < 400


def test_no_reader_says_what_to_install(run, monkeypatch, tmp_path):
    monkeypatch.setattr(source, "READERS", ("no_such_reader",))
    given = table(tmp_path / "x.csv", x=[1, 2])
    assert 'pip install "mostlikely[files]"' in refused(run("fit", "gamma", given))
