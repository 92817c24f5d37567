"""Work that takes long: it tells how far it is, and ends when nobody waits for it."""

from __future__ import annotations

import threading
import time

import pytest

from mostlikely.web import explore


def test_progress_is_told_between_families(client, table):
    lines = client.ask("fit", table=table, y="y", families=["normal", "gamma"]).lines
    assert [line.get("progress") for line in lines] == [0.0, 0.5, None]
    assert lines[1]["text"] == "Gamma, 2 of 2"


@pytest.fixture
def slow(monkeypatch):
    """Fits that take as long as the test likes."""
    gate, begun, real = threading.Event(), [], explore.Asked.fit

    def fit(self, family, several):
        begun.append(family.__name__)
        gate.wait(20)
        return real(self, family, several)

    monkeypatch.setattr(explore.Asked, "fit", fit)
    yield gate, begun
    gate.set()


def waits_for(what) -> None:
    until = time.monotonic() + 10
    while not what():
        assert time.monotonic() < until
        time.sleep(0.01)


def in_background(function, *args, **kwargs):
    found = []
    thread = threading.Thread(target=lambda: found.append(function(*args, **kwargs)))
    thread.start()
    return thread, found


def test_a_newer_fit_of_a_page_ends_the_older(client, table, slow):
    gate, begun = slow
    ask = {"table": table, "y": "y", "families": ["normal", "gamma", "weibull"]}
    older, first = in_background(client.ask, "fit", **ask)
    waits_for(lambda: begun)
    newer, second = in_background(client.ask, "fit", **{**ask, "families": ["laplace"]})
    waits_for(lambda: len(begun) == 2)
    gate.set()
    older.join()
    newer.join()
    assert first[0].json["superseded"]
    assert second[0].json["result"]["fits"][0]["slug"] == "laplace"
    assert begun == ["Normal", "Laplace"]  # the rest was not begun
    assert client.ask("at", table=table, slug="laplace", values={}).status == 200


def test_pages_do_not_end_each_others_work(client, table, slow):
    gate, begun = slow
    ask = {"table": table, "y": "y", "families": ["normal"]}
    one, first = in_background(client.ask, "fit", "one", **ask)
    waits_for(lambda: begun)
    two, second = in_background(client.ask, "fit", "two", **ask)
    waits_for(lambda: len(begun) == 2)
    gate.set()
    one.join()
    two.join()
    assert "result" in first[0].json
    assert "result" in second[0].json


def test_a_browser_that_goes_ends_its_work(client, table, slow):
    import http.client
    import json

    gate, begun = slow
    connection = http.client.HTTPConnection("127.0.0.1", client.port)
    ask = {"table": table, "y": "y", "families": ["normal", "gamma"]}
    headers = {"x-mostlikely-token": "a-token-of-the-tests-0123456789", "x-mostlikely-page": "gone"}
    connection.request("POST", "/api/fit", json.dumps(ask), headers)
    waits_for(lambda: begun)
    connection.getresponse()
    connection.close()
    time.sleep(0.3)
    gate.set()
    time.sleep(0.3)
    assert begun == ["Normal"]


def test_there_is_a_measure_of_work_that_waits(client, table, slow, monkeypatch):
    from mostlikely.web import work

    gate, begun = slow
    monkeypatch.setattr(work, "WAITING", 2)
    ask = {"table": table, "y": "y", "families": ["normal"]}
    threads = []
    for k in range(4):  # two are worked on, two wait
        threads.append(in_background(client.ask, "fit", f"page {k}", **ask))
        if k < 2:
            waits_for(lambda k=k: len(begun) > k)
    time.sleep(0.3)
    answer = client.ask("fit", "page 5", **ask)
    assert answer.status == 429
    assert answer.error
    gate.set()
    for thread, found in threads:
        thread.join()
        assert "result" in found[0].json
