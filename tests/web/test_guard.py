"""The door: a table of who is let in, and of what is too much."""

from __future__ import annotations

import io
import json
import socket
import time

import pytest

from mostlikely.web import guard as room
from mostlikely.web.app import application
from mostlikely.web.guard import Guard
from mostlikely.web.serve import address_of, is_loopback
from tests.web.conftest import TOKEN, Client, Running

START = b"{}"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Host": "localhost"}, 403),  # the origin is not that of the host
        ({"Host": "localhost", "Origin": "http://localhost"}, 200),
        ({"Host": "evil.example"}, 400),
        ({"Host": "evil.example", "Origin": "http://evil.example"}, 400),  # DNS rebinding
        ({"Host": "127.0.0.1.evil.example"}, 400),
        ({"Host": "localhost.evil.example"}, 400),
        ({"Host": "192.168.0.7"}, 400),
        ({"Host": ""}, 400),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Origin": None}, 200),  # a program of the person's own
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": None}, 200),
        ({"x-mostlikely-token": None}, 403),
        ({"x-mostlikely-token": ""}, 403),
        ({"x-mostlikely-token": TOKEN[:-1]}, 403),
        ({"x-mostlikely-token": TOKEN + "x"}, 403),
        ({"x-mostlikely-token": "\xe9" * 20}, 403),
    ],
)
def test_only_the_page_itself_may_ask(client, headers, status):
    answer = client.send("POST", "/api/start", START, headers)
    assert answer.status == status
    if status != 200:
        assert answer.error


def test_a_header_that_is_sent_twice_counts_as_neither(client):
    with socket.create_connection(("127.0.0.1", client.port)) as line:
        line.sendall(
            f"POST /api/start HTTP/1.1\r\nHost: 127.0.0.1:{client.port}\r\n"
            f"x-mostlikely-token: {TOKEN}\r\nx-mostlikely-token: wrong\r\n"
            "Content-Length: 2\r\nConnection: close\r\n\r\n{}".encode()
        )
        assert b" 403 " in line.makefile("rb").readline()


def test_the_token_is_compared_in_a_time_that_tells_nothing(monkeypatch):
    seen = []
    monkeypatch.setattr(room, "compare_digest", lambda a, b: seen.append((a, b)) or a == b)
    Guard(None, "secret").check_token("secret")
    assert seen == [(b"secret", b"secret")]


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(client, method):
    answer = client.send(method, "/api/start", START)
    assert answer.status == 405
    assert "POST" in answer.error


def test_no_site_is_allowed_to_read(client):
    """No CORS: neither a preflight nor an answer says that another origin may."""
    origin = {"Origin": "http://evil.example"}
    for answer in (
        client.send("OPTIONS", "/api/start", None, origin),
        client.send("GET", "/data/examples.json", None, origin),
    ):
        assert not [name for name in answer.headers if name.startswith("access-control")]
    crossing = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert client.send("GET", "/data/examples.json", None, crossing).status == 403
    link = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert client.send("GET", "/", None, link).status == 200


@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "anything"])
@pytest.mark.parametrize("dest", ["iframe", "object", "embed", "script", "image"])
def test_a_foreign_page_holds_nothing_of_ours(client, site, dest):
    """Another port of this machine is "same-site", and may be anybody's."""
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest, "Sec-Fetch-Mode": "navigate"}
    for path in ("/", "/data/examples.json", "/assets/page.js"):
        answer = client.send("GET", path, None, headers)
        assert answer.status == 403
        assert TOKEN.encode() not in answer.body


@pytest.mark.parametrize(
    "path", ["/", "/data/examples.json", "/assets/page.js", "/icon.svg", "/nowhere"]
)
def test_every_answer_has_the_headers(client, path):
    headers = client.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe-eval" not in headers["content-security-policy"]
    assert "script-src" not in headers["content-security-policy"]  # 'self' alone
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cache-control"] == ("no-cache" if "assets" in path else "no-store")


def test_a_refusal_has_the_headers_too(client):
    answer = client.send("POST", "/api/start", START, {"x-mostlikely-token": "wrong"})
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-type"] == "application/json"


# What is too much.


@pytest.fixture
def small(monkeypatch):
    """The measures, small enough for a test."""
    monkeypatch.setattr(room, "MAX_BYTES", 200_000)
    monkeypatch.setattr(room, "MAX_JSON", 10_000)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("path", "most"), [("/api/table", 200_000), ("/api/start", 10_000)])
def test_what_is_too_long_is_refused_before_it_is_read(client, path, most):
    answer = client.send("POST", path, b"x", {"Content-Length": str(most + 1)})
    assert answer.status == 413
    assert answer.error


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("path", "most"), [("/api/table", 200_000), ("/api/start", 10_000)])
def test_a_chunked_body_is_counted_while_it_comes(client, path, most):
    sent = io.BytesIO(bytes(most + 1))
    answer = client.send("POST", path, iter(lambda: sent.read(4096), b""))
    assert answer.status == 413
    assert answer.headers["connection"] == "close"


@pytest.mark.usefixtures("small")
def test_a_body_without_end_is_not_read_to_its_end(client):
    def endless():
        while True:
            counted.append(1)
            yield bytes(65536)

    counted = []
    assert client.send("POST", "/api/table", endless()).status == 413
    assert len(counted) < 1000


@pytest.mark.usefixtures("small")
def test_a_chunked_body_that_is_small_enough_is_read(client):
    assert client.send("POST", "/api/table", iter([b"a,b\n", b"1,2\n"])).json["rows"] == 1


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(room, "PATIENCE", 0.3)


@pytest.mark.usefixtures("hasty")
def test_a_body_that_does_not_come_is_not_waited_for(client):
    answer = client.send("POST", "/api/start", b"{", {"Content-Length": "100"})
    assert answer.status == 408
    assert answer.error


@pytest.mark.usefixtures("hasty")
def test_an_answer_may_take_longer_than_the_body(client, monkeypatch):
    from mostlikely.web import explore

    def slow(*_):
        time.sleep(0.8)
        return {"done": True}

    monkeypatch.setitem(explore.SHORT, "example", slow)
    assert client.ask("example").json == {"done": True}


def test_there_is_a_measure_of_requests_at_once(client, monkeypatch):
    monkeypatch.setattr(room, "REQUESTS", 0)
    answer = client.get("/")
    assert answer.status == 503
    assert answer.error
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_there_is_a_measure_of_files_that_are_read_at_once(client, monkeypatch):
    from mostlikely.web import app

    monkeypatch.setattr(app, "LOADING", 0)
    assert client.table(b"a\n1\n").status == 429


def test_a_connection_that_says_nothing_is_closed(static, monkeypatch):
    from mostlikely.web import connection

    monkeypatch.setattr(connection, "PATIENCE", 0.3)
    running = Running(application(TOKEN, static=static), http=connection.Patient)
    try:
        at = ("127.0.0.1", running.port)
        for said in (b"", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nx: "):
            with socket.create_connection(at, timeout=5) as line:
                line.sendall(said)
                assert line.recv(10) == b""
        assert Client(running.port).get("/").status == 200
    finally:
        running.stop()


# Beyond loopback.


def test_beyond_loopback_what_is_work_asks_for_the_token_too(abroad):
    path = "/data/examples.json"
    assert abroad.send("GET", path, headers={"x-mostlikely-token": None}).status == 403
    assert abroad.get(path).status == 200


def test_beyond_loopback_the_page_itself_asks_for_the_token(abroad):
    assert abroad.get("/").status == 403
    assert abroad.get("/?token=wrong").status == 403
    page = abroad.get(f"/?token={TOKEN}")
    assert page.status == 200
    assert TOKEN in page.body.decode()


@pytest.mark.parametrize(
    ("host", "status"),
    [("lab.example", 200), ("LAB.example:80", 200), ("192.168.0.7", 200), ("evil.example", 400)],
)
def test_beyond_loopback_its_own_names_and_addresses_are_known(abroad, host, status):
    headers = {"Host": host, "Origin": f"http://{host}"}
    assert abroad.send("POST", "/api/start", START, headers).status == status


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1", True),
        ("127.0.0.1:8000", True),
        ("127.8.8.8", True),
        ("[::1]:8000", True),
        ("localhost.", True),
        ("LOCALHOST:1", True),
        ("10.0.0.1", False),
        ("[2001:db8::1]", False),
        ("0.0.0.0", False),
        ("example.org", False),
        ("127.0.0.1@example.org", False),
        ("localhost:80:80", False),
        ("", False),
        ("localhost..", False),
        ("127.0.0.1:\xb2", False),
        ("[127.0.0.1]", False),
        ("::1", False),
        ("0x7f.1", False),
        ("[::ffff:10.0.0.1]", False),
    ],
)
def test_names_of_loopback(host, known):
    assert Guard(None, "t").knows(host) is known


@pytest.mark.parametrize(
    ("host", "alone"),
    [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("x", False)],
)
def test_which_addresses_are_this_machines_alone(host, alone):
    assert is_loopback(host) is alone


def test_the_address_shows_the_token_only_where_it_is_asked_for():
    assert address_of("127.0.0.1", 80, "learn", None) == "http://127.0.0.1:80/#/learn"
    assert address_of("::", 80, "explore", "t") == "http://127.0.0.1:80/?token=t#/explore"
    assert address_of("::1", 80, "learn", None) == "http://[::1]:80/#/learn"


# What is not there, and what goes wrong.


@pytest.mark.parametrize(
    ("path", "status"),
    [("/nowhere", 404), ("/data/nothing.json", 404), ("/api/start", 405), ("/assets/no.js", 404)],
)
def test_what_is_not_there_is_a_sentence(client, path, status):
    answer = client.get(path)
    assert answer.status == status
    assert answer.error


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../app.py",
        "/assets/..%2fapp.py",
        "/assets/%2e%2e/app.py",
        "/data/../../pyproject.toml.json",
        "/data//etc/passwd.json",
        "/data/families/..%2f..%2fapp.json",
    ],
)
def test_no_path_leads_out(client, path):
    answer = client.get(path)
    assert answer.status == 404
    assert b"import" not in answer.body


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b'{"a":NaN}',
        b'{"a":-Infinity}',
        b"null",
        b"{",
        b"\xff",
        b'"x"',
        b"[" * 9000,
        b'{"a":' * 1500,
    ],
)
def test_what_is_no_json_object_is_refused(client, body):
    answer = client.send("POST", "/api/fit", body)
    assert answer.status == 400
    assert answer.error


def test_an_error_of_our_own_is_a_sentence_without_a_trace(client, monkeypatch):
    from mostlikely.web import explore

    def broken(*_):
        raise RuntimeError("the inside of the server")

    monkeypatch.setitem(explore.SHORT, "example", broken)
    answer = client.ask("example", name="newcomb")
    assert answer.status == 500
    assert "inside" not in answer.error
    monkeypatch.setitem(explore.LONG, "fit", broken)
    answer = client.ask("fit", table=client.columns(a=[1, 2]))
    assert answer.status == 200
    assert "inside" not in answer.error


def test_a_websocket_is_not_opened(client):
    headers = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    headers["Sec-WebSocket-Key"] = "dGhlIHNhbXBsZSBub25jZQ=="
    assert client.send("GET", "/api/start", None, headers).status != 101


def test_the_page_is_told_the_token_and_the_parts_lead_to_it(client):
    page = client.get("/")
    assert f'<meta name="mostlikely-token" content="{TOKEN}" />' in page.body.decode()
    for part in ("/learn", "/explore", "/families", "/families/gamma"):
        answer = client.get(part)
        assert answer.status == 307
        assert answer.headers["location"] == f"/#{part}"


def test_the_table_of_the_command_line_is_there_at_the_start(client, abroad):
    assert client.send("POST", "/api/start", START).json == {"table": None}
    answer = abroad.send("POST", "/api/start", json.dumps({}).encode())
    assert answer.json["table"]["rows"] == 66
