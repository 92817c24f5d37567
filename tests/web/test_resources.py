"""Resources, the export and the commands: what the page shows is made from the registry."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.cli import main
from mostlikely.family import families
from mostlikely.web import export as export_room
from mostlikely.web import pages, resources, serve
from mostlikely.web.export import export
from mostlikely.web.models import slug_of
from tests.web.conftest import Client

pytest.importorskip("sympy", reason="formulas need mostlikely[web]")


@pytest.mark.parametrize("name", [n for n in resources.names() if not n.startswith("derive/")])
def test_every_resource_is_strict_json(name):
    found = json.loads(resources.written(name), parse_constant=pytest.fail)
    assert isinstance(found, dict)


def test_all_families_are_listed_with_their_parameters():
    listed = {e["name"]: e for e in resources.make("families")["families"]}
    assert list(listed) == [f.__name__ for f in families()]
    gamma = listed["Gamma"]
    assert (gamma["slug"], gamma["kind"]) == ("gamma", "positive")
    assert [p["name"] for p in gamma["parameters"]] == ["mean", "shape"]
    assert gamma["parameters"][0]["domain"] == [0.0, None]
    assert {"to": "Exponential", "slug": "exponential", "at": {"shape": 1.0}} in gamma["relations"]
    assert listed["Normal"]["parameters"][0]["latex"] == r"\mu"
    assert listed["StudentT"]["slug"] == "student_t"


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_the_page_of_a_family_is_its_declaration(family):
    page = resources.make(f"families/{slug_of(family)}")
    assert page["name"] == family.__name__
    assert ml.family(page["slug"]) is family
    assert page["docstring"].startswith(page["summary"])
    assert page["program"] is not None or page["why"]
    if not family.labels:
        known = {
            p["name"]: pages.middle(family)[p["name"]] for p in page["parameters"] if p["known"]
        }
        assert np.all(family(**known).support.contains(page["sample"]))


def test_losses_are_those_whose_noise_it_is():
    named = {loss["name"] for loss in resources.make("families/laplace")["losses"]}
    assert any(ml.noise_of(name).family.name == "Laplace" for name in named)
    assert "absolute error" in named


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_the_code_of_a_family_is_python(family):
    code = resources.make(f"families/{slug_of(family)}")["code"]
    for name in ("python", "torch", "sklearn", "boosting"):
        if code[name] is not None:
            compile(code[name], name, "exec")


def test_what_is_not_there_is_refused():
    with pytest.raises(ml.DataError, match="did you mean 'families/gamma'"):
        resources.make("families/gama")


@pytest.fixture
def more(monkeypatch):
    """Declares resources for one test."""
    monkeypatch.setattr(resources, "MAKERS", dict(resources.MAKERS))
    resources._makers.cache_clear()
    yield resources.resource
    resources._makers.cache_clear()


def test_a_resource_is_declared_where_it_is_made(more):
    more("lesson/no_number")(lambda: {"x": float("nan")})
    more("square/{}", of=lambda: ["2", "3"])(lambda n: {"x": int(n) ** 2})
    assert {"lesson/no_number", "square/2", "square/3"} <= set(resources.names())
    assert resources.written("lesson/no_number") == b'{"x":null}'
    assert resources.make("square/3") == {"x": 9}


def test_resources_are_served(client):
    answer = client.get("/data/families/gamma.json")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json["name"] == "Gamma"


# The export.


def test_the_export_holds_every_resource_in_a_classic_script(tmp_path, static, more):
    more("lesson/hostile")(lambda: {"x": "</script><!--"})
    seen: list[str] = []
    assert export(tmp_path, static, seen.append) == len(resources.names())
    text = (tmp_path / "data.js").read_text(encoding="utf-8")
    head = "window.MOSTLIKELY={data:{\n"
    assert text.startswith(head)
    assert "</" not in text  # no script ends early
    rows = text.removeprefix(head).removesuffix(",\n}};\n").split(",\n")
    found = json.loads("{" + ",\n".join(rows) + "}")
    assert list(found) == seen == list(resources.names())
    assert found["families/gamma"] == json.loads(resources.written("families/gamma"))


@pytest.mark.parametrize("name", ["index.html", "data.js", "assets", "learn", "families"])
def test_the_export_follows_no_link(tmp_path, static, name):
    folder, other = tmp_path / "lesson", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "index.html").write_text("mine")
    (folder / name).symlink_to(other / "index.html" if "." in name else other)
    with pytest.raises(ml.DataError, match="is a link"):
        export(folder, static)
    assert [p.name for p in other.iterdir()] == ["index.html"]
    assert (other / "index.html").read_text() == "mine"


def test_the_exported_page_asks_for_nothing_foreign(tmp_path, static):
    export(tmp_path, static)
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r'<script defer src="([^"]+)"', index)
    assert scripts == ["./data.js", "./assets/page.js"]
    assert "mostlikely-token" not in index
    for address in re.findall(r'(?:src|href)="([^"]+)"', index):
        assert address.startswith("./")
        assert (tmp_path / address).is_file()


def test_the_pages_of_the_families_lead_to_the_page(tmp_path, static):
    export(tmp_path, static)
    for part in ("families/gamma", "families/student_t", "learn"):
        page = tmp_path / part / "index.html"
        (to,) = re.findall(r'url=([^"]+)"', page.read_text(encoding="utf-8"))
        path, _, place = to.partition("#")
        assert (page.parent / path).resolve() == (tmp_path / "index.html").resolve()
        assert place == f"/{part}"


def test_an_export_to_a_place_that_is_none_is_refused(tmp_path, static):
    (tmp_path / "file").write_text("")
    with pytest.raises(ml.DataError, match="cannot be written"):
        export(tmp_path / "file", static)


def test_an_export_without_a_front_end_is_refused(tmp_path, static):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "index.html").write_text("<html></html>")
    with pytest.raises(ml.DataError, match="not built"):
        export(tmp_path / "out", tmp_path / "static")


# The commands.


def test_learn_exports(tmp_path, static, monkeypatch, capsys):
    monkeypatch.setattr(export_room, "STATIC", static)
    assert main(["learn", "--export", str(tmp_path / "lesson")]) == 0
    assert "index.html" in capsys.readouterr().out
    assert (tmp_path / "lesson" / "data.js").exists()


@pytest.mark.parametrize(
    ("words", "clause"),
    [
        (["explore", "no-such-file.csv"], "cannot be opened"),
        (["explore", "demo:nothing"], "no data set"),
        (["learn", "--token", "short"], "16 characters"),
        (["learn", "--port", "70000"], "port"),
        (["learn", "--host", "no.such.host.invalid"], "cannot be served"),
    ],
)
def test_a_command_that_cannot_be_followed_is_refused(words, clause, capsys):
    assert main([*words, *["--no-browser"] * (len(words) == 3)]) == 2
    assert clause in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["learn", "--no-browser", "--port", port]) == 2
    assert "cannot be served" in capsys.readouterr().err


def test_without_the_extra_the_sentence_says_what_to_install(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert main(["learn", "--no-browser"]) == 2
    assert 'pip install "mostlikely[web]"' in capsys.readouterr().err


@contextmanager
def program(*arguments: str):
    """The command in a process of its own, and the line that it says first."""
    started = subprocess.Popen(
        [sys.executable, "-c", "from mostlikely.cli import main; raise SystemExit(main())",
         *arguments, "--no-browser"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PYTHONPATH": str(Path(ml.__file__).parents[1]), "PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    try:
        yield started, started.stdout.readline()
    finally:
        started.send_signal(2)
        _, errors = started.communicate(timeout=20)
    assert "Traceback" not in errors


def test_the_server_listens_where_it_says_and_stops_when_it_is_told(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("y\n1\n2\n4\n")
    with program("explore", str(path)) as (_, line):
        (port,) = re.findall(r"http://127\.0\.0\.1:(\d+)/#/explore", line)
        page = _get(int(port))
        (token,) = re.findall(r'name="mostlikely-token" content="([^"]+)"', page)
        assert len(token) >= 32
        headers = {"x-mostlikely-token": token}
        answer = Client(int(port)).send("POST", "/api/start", b"{}", headers)
        assert answer.json["table"]["columns"][0]["name"] == "y"
        answer = Client(int(port)).send("POST", "/api/start", b"{}")  # the token of other tests
        assert answer.status == 403


@pytest.mark.skipif(not hasattr(signal, "SIGPIPE"), reason="there is no SIGPIPE here")
def test_a_reader_who_goes_away_does_not_take_the_server_along():
    with program("learn") as (started, line):
        (port,) = re.findall(r":(\d+)/", line)
        _get(int(port))
        started.send_signal(signal.SIGPIPE)  # as a write does whose reader has gone
        time.sleep(0.2)
        assert started.poll() is None
        assert "mostlikely-token" in _get(int(port))


def _get(port: int) -> str:
    for _ in range(100):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as answer:
                return answer.read().decode()
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server does not answer")


def test_each_start_has_a_token_of_its_own(monkeypatch):
    seen = []

    class Server:
        def __init__(self, config):
            seen.append(config.app)

        def run(self, sockets):
            sockets[0].close()

    import uvicorn

    from mostlikely.web import app

    monkeypatch.setattr(uvicorn, "Server", Server)
    monkeypatch.setattr(app, "application", lambda token, *_: seen.append(token))
    for _ in range(2):
        serve.serve("learn", browser=False, say=lambda _: None)
    first, second = (s for s in seen if isinstance(s, str))
    assert first != second
    assert min(len(first), len(second)) >= 32


def test_beyond_loopback_the_person_is_told(monkeypatch):
    said = []

    import uvicorn

    monkeypatch.setattr(uvicorn.Server, "run", lambda self, sockets: sockets[0].close())
    serve.serve("learn", host="0.0.0.0", browser=False, say=said.append)
    assert "?token=" in said[0]
    assert "not encrypted" in said[-1]
