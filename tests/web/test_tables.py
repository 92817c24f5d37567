"""Uploads: the table holds what the file says, and a hostile file is refused in a sentence."""

from __future__ import annotations

import gzip
import io
import threading
import tracemalloc

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.data.source import files
from mostlikely.web import tables
from mostlikely.web.tables import MAX_TABLES, Shelf, from_bytes, from_file
from tests.web.conftest import csv

pa = pytest.importorskip("pyarrow", reason="Parquet needs mostlikely[files]")
pq = pytest.importorskip("pyarrow.parquet", reason="Parquet needs mostlikely[files]")

CSV = b"""amount,city,day,known,n,empty
1.5,Bonn,2024-01-02,true,3,
,K\xc3\xb6ln,2024-01-03,false,4,
-2e3,"a ""b"", c",,true,5,
"""


def parquet(**columns: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(pa.table(columns), file, compression="snappy")
    return file.getvalue()


def columns_of(answer):
    return {column.pop("name"): column for column in answer["columns"]}


def test_a_csv_file_is_described_as_it_is(client):
    answer = client.table(CSV, "my%20data.csv").json
    assert (answer["name"], answer["rows"]) == ("my data.csv", 3)
    found = columns_of(answer)
    assert found["amount"] == {
        "kind": "number", "missing": 1, "min": -2000.0, "max": 1.5, "integer": False,
    }  # fmt: skip
    assert found["city"]["levels"] == ["Bonn", "Köln", 'a "b", c']
    assert found["day"]["kind"] == "date"
    assert (found["day"]["missing"], found["day"]["min"]) == (1, "2024-01-02")
    assert found["known"]["kind"] == "bool"
    assert found["n"]["integer"]
    assert found["n"]["levels"] == [3, 4, 5]
    assert found["empty"]["missing"] == 3
    assert answer["preview"][1] == [None, "Köln", "2024-01-03", False, 4, None]


def test_a_parquet_file_is_read_by_its_first_bytes_and_not_by_its_name(client):
    content = parquet(x=[1.0, 2.5, None], g=["a", None, "b"], k=pa.array([1, 2, 3], pa.int8()))
    answer = client.table(content, "data.csv").json
    found = columns_of(answer)
    assert answer["preview"] == [[1.0, "a", 1], [2.5, None, 2], [None, "b", 3]]
    assert found["g"]["missing"] == 1


@pytest.mark.parametrize("mark", [",", ";", "\t"])
def test_whatever_parts_the_columns(mark):
    table = from_bytes(f"a{mark}b\n1{mark}2\n".encode(), "x.csv")
    assert {k: v.tolist() for k, v in table.columns.items()} == {"a": [1], "b": [2]}


def test_a_mark_of_order_is_no_part_of_a_name():
    assert list(from_bytes(b"\xef\xbb\xbfa,b\n1,2\n", "x.csv").columns) == ["a", "b"]


def test_names_are_text_whatever_they_are(client):
    name = "</script><img src=x onerror=alert(1)>"
    answer = client.table(f'"{name}",b\n1,2\n3,4\n'.encode())
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["columns"][0]["name"] == name
    described = client.table(b"a\n1\n", "../../%3Cscript%3E%00.csv").json
    assert described["name"] == "<script>.csv"


def many_rows() -> bytes:
    """Of a few kilobytes that stand for 40 million numbers."""
    file = io.BytesIO()
    zeros = pa.array(np.zeros(10_000_000, dtype=np.int64))
    pq.write_table(pa.table(dict.fromkeys("abcd", zeros)), file, compression="zstd")
    return file.getvalue()


def long_text() -> bytes:
    """One text of a megabyte, said ten thousand times."""
    file = io.BytesIO()
    text = pa.DictionaryArray.from_arrays(np.zeros(10_000, dtype=np.int32), ["x" * 1_000_000])
    pq.write_table(pa.table({"a": text}), file)
    return file.getvalue()


HOSTILE = {
    "empty": (b"", "empty"),
    "blank": (b"\n\n\n", "empty"),
    "header alone": (b"a,b\n", "no rows"),
    "numbers first": (b"1,2\n3,4\n", "begins with numbers"),
    "a million columns": (b",".join(b"c%d" % k for k in range(1_000_000)), "2,000 columns"),
    "a line without end": (b"a" * 5_000_000, "2,000 columns"),
    "unbalanced quotes": (b'a,b\n"1,2\n3,4\n5,6\n', "cannot be read"),
    "ragged": (b"a,b\n1,2\n3,4,5\n", "line 3, has 3 cells"),
    "a zip file": (b"PK\x03\x04" + bytes(100), "a spreadsheet or an archive"),
    "half a zip file": (gzip.compress(b"a,b\n1,2\n" * 99)[:-12], "broken"),
    "NUL bytes": (b"a,b\n1,\x002\n", "NUL bytes"),
    "a picture": (b"\x89PNG\r\n\x1a\n" + bytes(100), "a picture"),
    "no Parquet behind its mark": (b"PAR1" + bytes(50), "cannot be read"),
    "half a Parquet file": (parquet(a=[1.0] * 100)[:-20], "cannot be read"),
    "Parquet of lists": (parquet(a=[[1], [2]]), "no column of numbers"),
    "Parquet without rows": (parquet(a=pa.array([], pa.int64())), "no rows"),
    "a bomb of rows": (many_rows(), "too large when it is unpacked"),
    "a bomb of text": (long_text(), "too large when it is unpacked"),
}


def written(table: pa.Table, **options: object) -> bytes:
    file = io.BytesIO()
    pq.write_table(table, file, compression="zstd", **options)
    return file.getvalue()


def test_what_is_no_column_is_not_unpacked(monkeypatch):
    """A dictionary of one long entry, said once in each row, within a list or a structure."""
    long = "x" * 300_000
    inside = {
        "list": pa.array([[long]] * 400),
        "structure": pa.array([{"q": long}] * 400),
        "bytes": pa.array([long.encode()] * 400, pa.binary(300_000)),
        "b": [1.5] * 400,
    }
    content = written(pa.table(inside))
    assert len(content) < 200_000
    before = pa.total_allocated_bytes()
    real, most = tables._table, []
    monkeypatch.setattr(
        tables, "_table", lambda *a: most.append(pa.total_allocated_bytes()) or real(*a)
    )
    assert list(from_bytes(content, "x.parquet").columns) == ["b"]
    assert most[0] - before < 2**20


def test_a_name_that_leads_into_another_column_leads_nowhere():
    content = parquet(**{"a.b": [1, 2], "a": pa.array([{"b": 1}, {"b": 2}]), "c": [3, 4]})
    assert list(from_bytes(content, "x.parquet").columns) == ["c"]


def test_texts_by_what_they_share_are_refused_before_they_are_read(monkeypatch):
    options = {"use_dictionary": False, "column_encoding": {"a": "DELTA_BYTE_ARRAY"}}
    content = written(pa.table({"a": ["x" * 300_000] * 400}), **options)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", None)  # which would fail
    with pytest.raises(ml.DataError, match="DELTA_BYTE_ARRAY"):
        from_bytes(content, "x.parquet")


def test_pages_are_asked_where_the_footer_says_they_are_small(monkeypatch):
    """One page of 80 MB: what its own header says counts, and not the footer."""
    one = {"use_dictionary": False, "data_page_size": 2**30}
    content = written(pa.table({"a": np.zeros(10_000_000)}), **one)
    monkeypatch.setattr(tables, "MAX_BYTES", 2**20)
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", None)
    with pytest.raises(ml.DataError, match="too large"):
        from_bytes(content, "x.parquet")


@pytest.mark.parametrize("codec", ["none", "snappy", "gzip", "zstd", "brotli"])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("coded", [True, False])
def test_pages_of_every_kind_are_read(codec, version, coded):
    n = 5000
    columns = {
        "i": list(range(n)),
        "s": [None if k % 5 == 0 else f"w{k % 77}" for k in range(n)],
        "c": pa.array([5, 6] * (n // 2)).dictionary_encode(),
    }
    file = io.BytesIO()
    pq.write_table(
        pa.table(columns), file, compression=codec, data_page_version=version,
        use_dictionary=coded, row_group_size=2000, data_page_size=4000, write_page_checksum=True,
    )  # fmt: skip
    found = from_bytes(file.getvalue(), "x.parquet").columns
    assert found["i"].tolist() == columns["i"]
    assert found["s"].tolist() == columns["s"]
    assert found["c"].tolist() == [5, 6] * (n // 2)


def test_lines_that_end_in_the_old_way_are_counted(monkeypatch):
    monkeypatch.setattr(files, "regular", None)  # which would fail
    monkeypatch.setattr(tables, "MAX_CELLS", 1000)
    with pytest.raises(ml.DataError, match="1,000 cells"):
        from_bytes(b"a,b\n" + b"1,2\r" * 501, "x.csv")


def test_one_long_text_takes_no_room_in_the_other_rows():
    content = b"a\n" + b"x" * 200_000 + b"\n" + b"y\n" * 100_000
    tracemalloc.start()
    about = from_bytes(content, "x.csv").described
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert about["columns"][0]["distinct"] == 2
    assert peak < 50 * 2**20


def test_tables_share_the_room_for_one(monkeypatch):
    shelf = Shelf()
    small, large = from_bytes(b"a,b\n1,2\n3,4\n", "x"), from_bytes(b"a\n" + b"1\n" * 20, "x")
    monkeypatch.setattr(tables, "MAX_CELLS", 10)
    keys = [shelf.put(small) for _ in range(3)]
    assert list(shelf.tables) == keys[1:]
    assert shelf.put(large) in shelf.tables  # the newest stays
    assert len(shelf.tables) == 1


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_in_a_sentence(client, name):
    content, clause = HOSTILE[name]
    answer = client.table(content)
    assert answer.status == 400, answer.body
    assert clause in answer.error
    assert len(answer.error) < 400


def test_a_bomb_is_a_small_file_that_is_not_unpacked_to_be_refused(monkeypatch):
    content = many_rows()
    assert len(content) < 200_000
    monkeypatch.setattr(pq.ParquetFile, "iter_batches", None)  # which would fail
    with pytest.raises(ml.DataError, match="too large"):
        from_bytes(content, "bomb.parquet")


def test_text_that_is_repeated_counts_as_often_as_it_is_said(monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 2**20)
    for kind in (pa.string(), pa.large_string()):
        content = parquet(a=pa.array(["x" * 10_000] * 2000, kind))
        assert len(content) < 100_000
        with pytest.raises(ml.DataError, match="too large"):
            from_bytes(content, "x.parquet")


def test_rows_are_counted_where_the_footer_says_there_are_few(monkeypatch):
    """A footer may lie: here it is made to."""
    content = parquet(a=np.arange(50_000))
    monkeypatch.setattr(tables, "MAX_CELLS", 20_000)
    real = pq.ParquetFile

    class Lying:
        def __init__(self, *args, **kwargs):
            self.file = real(*args, **kwargs)

        @property
        def metadata(self):
            class About:
                num_columns, num_rows, num_row_groups = 1, 10, 0

            return About

        def __getattr__(self, name):
            return getattr(self.file, name)

    monkeypatch.setattr(pq, "ParquetFile", Lying)
    with pytest.raises(ml.DataError, match="too large"):
        from_bytes(content, "x.parquet")


def test_a_table_of_many_cells_is_refused_before_it_is_read(monkeypatch):
    monkeypatch.setattr(files, "regular", None)  # which would fail
    monkeypatch.setattr(tables, "MAX_CELLS", 1000)
    with pytest.raises(ml.DataError, match="1,000 cells"):
        from_bytes(b"a,b\n" + b"1,2\n" * 501, "x.csv")


def test_what_is_longer_than_the_measure_is_refused(monkeypatch):
    monkeypatch.setattr(tables, "MAX_BYTES", 2**20)
    with pytest.raises(ml.DataError, match="takes up to 1"):
        from_bytes(bytes(2**20 + 1), "x.csv")


def test_a_refusal_costs_little_memory():
    content = HOSTILE["a million columns"][0]
    tracemalloc.start()
    with pytest.raises(ml.DataError):
        from_bytes(content, "x.csv")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * len(content)


def test_only_the_last_tables_are_kept(client):
    first = client.columns(a=[1, 2])
    for _ in range(MAX_TABLES - 1):
        client.columns(a=[1, 2])
    assert client.ask("fit", table=first, y="a", families=["normal"]).status == 200
    client.columns(a=[1, 2])  # another goes, as the first has just been used
    assert client.ask("fit", table=first, y="a", families=["normal"]).status == 200
    for _ in range(MAX_TABLES):
        client.columns(a=[1, 2])
    answer = client.ask("fit", table=first, y="a", families=["normal"])
    assert answer.status == 400
    assert "not here any more" in answer.error


def test_tables_may_come_from_many_threads():
    shelf, table = Shelf(), from_bytes(b"a\n1\n", "x")
    threads = [
        threading.Thread(target=lambda: [shelf.put(table) for _ in range(200)]) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(shelf.tables) == MAX_TABLES


def test_no_path_is_opened_by_request(client, tmp_path):
    path = tmp_path / "secret.csv"
    path.write_text("a\n1\n")
    for name in (str(path), f"file://{path}", "demo:../newcomb", "../newcomb", "newcomb.csv"):
        assert client.ask("example", name=name).status == 400
        assert client.ask("fit", table=name, y="a").status == 400


def test_the_command_line_may_name_a_file_or_a_data_set(tmp_path):
    path = tmp_path / "x.csv"
    path.write_bytes(CSV)
    assert from_file(str(path)).rows == 3
    assert from_file("demo:newcomb").rows == 66
    with pytest.raises(ml.DataError, match="cannot be opened"):
        from_file(str(tmp_path / "none.csv"))


@pytest.mark.parametrize("name", ml.datasets.names())
def test_every_bundled_data_set_is_a_table_with_a_story(client, name):
    answer = client.ask("example", name=name)
    assert answer.status == 200
    listed = {e["name"]: e for e in client.get("/data/examples.json").json["examples"]}
    assert {"title", "story", "source", "status", "columns", "suggests"} <= set(listed[name])
    assert [c["name"] for c in answer.json["columns"]] == list(listed[name]["columns"])


def test_a_decimal_comma_is_read_and_written_into_the_script(tmp_path, monkeypatch):
    content = b'part;hours;note\nA;0,25;1,5\nB;"-3,5";x\nC;;y\n'
    table = from_bytes(content, "a.csv")
    np.testing.assert_array_equal(table.columns["hours"], [0.25, -3.5, np.nan])
    (tmp_path / "a.csv").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    space = {}
    exec(f"import pandas as pd\n{table.script}", space)
    np.testing.assert_array_equal(space["data"]["hours"], table.columns["hours"])


def test_each_column_has_its_own_way_where_the_file_has_none():
    """1,5 beside 2.5: no thousands are parted so, and neither is the other's."""
    table = from_bytes(b"a;b\n1,5;2.5\n2,25;3.5\n", "a.csv")
    assert [v.tolist() for v in table.columns.values()] == [[1.5, 2.25], [2.5, 3.5]]
    assert "'1,5' is 1.5" in table.described["notes"][0]
    assert from_bytes(b"a;b\n1.5;x\n", "a.csv").columns["a"].tolist() == [1.5]


NEARLY = {
    "words": (["1.5", "?", "2", "n.a."], [1.5, np.nan, 2.0, np.nan], 2),
    "thousands": (["1,204.50", "?", "12,000,000"], [1204.5, np.nan, 12e6], 2),
    "points between thousands": (["1.204,50", "?", "-3,25"], [1204.5, np.nan, -3.25], 2),
    "currency": (["€ 1,204.50", "free", "€3.25"], [1204.5, np.nan, 3.25], 2),
    "powers": (["1e5", "x", "-.5E-2"], [1e5, np.nan, -0.005], 2),
}


@pytest.mark.parametrize("name", NEARLY)
def test_text_that_is_nearly_numbers_becomes_numbers_here_and_in_the_script(
    name, client, tmp_path, monkeypatch
):
    cells, numbers, count = NEARLY[name]
    content = csv({"id": range(len(cells)), "hours": cells})
    before = client.table(content).json
    about = before["columns"][1]
    assert (about["kind"], about["nearly"]["numbers"]) == ("text", count)
    after = client.result("numbers", table=before["table"], column="hours")
    assert after["table"] != before["table"]
    assert after["columns"][1]["kind"] == "number"
    assert after["columns"][1]["missing"] == len(cells) - count
    table = from_bytes(content, "data.csv").with_numbers("hours")
    np.testing.assert_array_equal(table.columns["hours"], numbers)
    (tmp_path / "data.csv").write_bytes(content)
    monkeypatch.chdir(tmp_path)
    space = {}
    exec(f"import pandas as pd\n{table.script}", space)
    np.testing.assert_array_equal(space["data"]["hours"], numbers)


def test_text_that_is_no_number_stays_text(client):
    table = client.columns(city=["Bonn", "Ulm", "3"], hours=[1, 2, 3])
    assert "fewer numbers" in client.ask("numbers", table=table, column="city").error
    assert "fewer numbers" in client.ask("numbers", table=table, column="hours").error
    assert "no column" in client.ask("numbers", table=table, column="town").error
