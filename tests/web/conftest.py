"""A server on a port of its own, and a client that can send what a browser would not."""

from __future__ import annotations

import http.client
import json
import threading
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

pytest.importorskip("starlette", reason="the page needs mostlikely[web]")
uvicorn = pytest.importorskip("uvicorn", reason="the page needs mostlikely[web]")

from mostlikely.web.app import application  # noqa: E402
from mostlikely.web.tables import from_dataset  # noqa: E402
from tests.web.asked import DATA  # noqa: E402
from tests.web.exploring import open_page, site  # noqa: E402, F401
from tests.web.visits import address, visit, window  # noqa: E402, F401

TOKEN = "a-token-of-the-tests-0123456789"


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The last line, strictly: NaN is no JSON."""
        return json.loads(self.body.splitlines()[-1], parse_constant=_no_constant)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(line, parse_constant=_no_constant) for line in self.body.splitlines()]

    @property
    def error(self) -> str:
        """The sentence, which is one."""
        sentence = self.json["error"]
        assert set(self.json) <= {"error", "superseded"}
        assert "Traceback" not in sentence
        assert sentence.endswith((".", "?"))
        return sentence


def _no_constant(name: str) -> None:
    raise AssertionError(f"{name} is no JSON")


class Client:
    """Speaks to the server as the page does, unless told otherwise."""

    def __init__(self, port: int) -> None:
        self.port = port

    def send(
        self, method: str, path: str, body: Any = None, headers: Any = None, bare: bool = False
    ) -> Answer:
        host = f"127.0.0.1:{self.port}"
        given = {} if bare else {"Host": host, "x-mostlikely-token": TOKEN}
        if not bare and method == "POST":
            given |= {"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}
        given = {k: v for k, v in {**given, **(headers or {})}.items() if v is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.putrequest(
                method, path, skip_host="Host" in given, skip_accept_encoding=True
            )
            for name, value in given.items():
                connection.putheader(name, value)
            if isinstance(body, bytes) and "Content-Length" not in given:
                connection.putheader("Content-Length", str(len(body)))
            elif body is not None and not isinstance(body, bytes):
                connection.putheader("Transfer-Encoding", "chunked")
            connection.endheaders()
            try:
                if isinstance(body, bytes):
                    connection.send(body)
                elif body is not None:
                    for chunk in body:
                        connection.send(b"%x\r\n%b\r\n" % (len(chunk), chunk))
                    connection.send(b"0\r\n\r\n")
            except (BrokenPipeError, ConnectionResetError):
                pass  # the server has heard enough
            answer = connection.getresponse()
            found = {k.lower(): v for k, v in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.send("GET", path, headers=headers)

    def ask(self, verb: str, page: str = "page", **ask: Any) -> Answer:
        body = json.dumps(ask).encode()
        return self.send("POST", f"/api/{verb}", body, {"x-mostlikely-page": page})

    def table(self, content: bytes, name: str = "data.csv") -> Answer:
        return self.send("POST", f"/api/table?name={name}", content)

    def columns(self, **columns: Any) -> str:
        """A table of columns, by its id."""
        answer = self.table(csv(columns))
        assert answer.status == 200, answer.body
        return answer.json["table"]

    def result(self, verb: str, **ask: Any) -> Any:
        """What a verb that works gives."""
        answer = self.ask(verb, **ask)
        assert answer.status == 200, answer.body
        found = answer.json
        return found.get("result", found)


def csv(columns: dict[str, Any]) -> bytes:
    """Columns as a file, each value with all its digits."""
    import csv as writer
    import io

    file = io.StringIO()
    out = writer.writer(file, lineterminator="\n")
    out.writerow(columns)
    out.writerows(zip(*(np.asarray(c).tolist() for c in columns.values()), strict=True))
    return file.getvalue().encode()


class Running:
    """A server in a thread."""

    def __init__(self, app: Any, **options: Any) -> None:
        config = uvicorn.Config(
            app, port=0, log_level="critical", ws="none", lifespan="on", **options
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        until = time.monotonic() + 30
        while not self.server.started:
            assert time.monotonic() < until, "the server does not start"
            time.sleep(0.01)
        self.port = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(10)


@pytest.fixture(scope="session")
def static(tmp_path_factory):
    """A front end of three files."""
    folder = tmp_path_factory.mktemp("static")
    (folder / "assets").mkdir()
    (folder / "assets" / "page.js").write_text("document.title = 'here';")
    (folder / "icon.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    (folder / "index.html").write_text(
        '<!doctype html><html lang="en"><head><meta charset="utf-8" />'
        '<script defer src="./assets/page.js"></script></head><body></body></html>'
    )
    return folder


@pytest.fixture(scope="session")
def client(static):
    running = Running(application(TOKEN, static=static))
    yield Client(running.port)
    running.stop()


@pytest.fixture
def table(client):
    """What the explorer's verbs are asked about, read."""
    return client.columns(**DATA)


@pytest.fixture(scope="session")
def abroad(static):
    """A server that listens on more than loopback, as far as it knows, with a table."""
    app = application(TOKEN, from_dataset("newcomb"), ("lab.example",), False, static)
    running = Running(app)
    yield Client(running.port)
    running.stop()
