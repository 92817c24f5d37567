"""What a person takes away: code that comes to the same fit, and files that can be read."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import xml.etree.ElementTree as ElementTree
from csv import DictReader
from importlib.util import find_spec

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.cli import main
from tests.web.conftest import csv

RNG = np.random.default_rng(3)
N = 60
DATA = {
    "y": RNG.gamma(2.0, 3.0, N).round(4) + 0.01,
    "my x": RNG.normal(size=N).round(3),
    "g": np.array(list("ab"))[RNG.integers(0, 2, N)],
    "w": RNG.integers(1, 4, N),
    "k": RNG.integers(0, 5, N),
    "n": np.full(N, 6),
    "it's \"`": RNG.normal(size=N).round(3),
    "</script>": RNG.normal(size=N).round(3),
}
#: The same with empty cells: in each column others, so that each model leaves out rows of its own.
GAPS = {
    name: np.where((np.arange(N) + 3 * place) % 11 == 0, "", column.astype(str))
    for place, (name, column) in enumerate(DATA.items())
}
NUMBER = {"column": "my x", "kind": "number"}
FACTOR = {"column": "g", "kind": "factor"}

ASKED = {
    "alone": {"y": "y", "families": ["gamma"]},
    "given": {"y": "y", "families": ["gamma"], "fixed": {"shape": 2}},
    "weights": {
        "y": "y", "families": ["gamma"], "weight": {"column": "w", "kind": "frequency"},
    },
    "precision": {
        "y": "y", "families": ["normal"], "weight": {"column": "w", "kind": "precision"},
    },
    "predictors": {"y": "y", "families": ["gamma"], "predictors": [NUMBER, FACTOR]},
    "number as factor": {
        "y": "y", "families": ["normal"], "predictors": [{"column": "w", "kind": "factor"}],
    },
    "two parameters": {
        "y": "y", "families": ["normal"], "predictors": [FACTOR], "also": {"sigma": [NUMBER]},
    },
    "excluded": {"y": "y", "families": ["gamma"], "predictors": [NUMBER], "exclude": [0, 7]},
    "trials": {
        "y": "k", "families": ["binomial"], "predictors": [FACTOR],
        "fixed": {"n": {"column": "n"}},
    },
    "order": {
        "y": "g", "families": ["ordinal"], "predictors": [NUMBER], "order": ["b", "a"],
    },
    "grades": {"y": "k", "families": ["ordinal"], "predictors": [FACTOR]},
    "labels": {"y": "g", "families": ["categorical"], "predictors": [NUMBER]},
    "hostile names": {
        "y": "</script>", "families": ["normal"],
        "predictors": [{"column": "it's \"`", "kind": "number"}, NUMBER],
    },
}  # fmt: skip


def asked(client, ask, data=DATA):
    table = client.columns(**data)
    (one,) = client.result("fit", table=table, **ask)["fits"]
    return one, client.result("code", table=table, slug=one["slug"])


def run(script):
    space: dict[str, object] = {}
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(script, "script", "exec"), space)
    return space, printed.getvalue()


@pytest.fixture(params=[DATA, GAPS], ids=["full", "gaps"])
def data(request, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_bytes(csv(request.param))
    return request.param


@pytest.mark.parametrize("name", ASKED)
def test_the_script_comes_to_the_same_fit(client, data, name):
    one, code = asked(client, ASKED[name], data)
    space, printed = run(code["python"])
    assert space["fit"].loglik == pytest.approx(one["loglik"], rel=1e-9)
    assert space["fit"].n == one["n"]
    assert "itted to" in printed


@pytest.mark.parametrize("name", [k for k in ASKED if k not in ("excluded", "hostile names")])
def test_the_command_comes_to_the_same_fit(client, data, capsys, name):
    one, code = asked(client, ASKED[name], data)
    program, *words = shlex.split(code["cli"])
    assert program == "mostlikely"
    assert main([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["loglik"] == pytest.approx(one["loglik"], rel=1e-6)


@pytest.mark.parametrize("name", ["excluded", "hostile names"])
def test_what_a_command_cannot_say_is_said(client, name):
    _, code = asked(client, ASKED[name])
    assert code["cli"] is None
    assert "Python" in code["why"]["cli"]


@pytest.mark.skipif(find_spec("torch") is None, reason="the loss needs mostlikely[torch]")
@pytest.mark.parametrize("name", [k for k in ASKED if k not in ("trials", "grades")])
def test_the_loss_is_one(client, name):
    import torch

    one, code = asked(client, ASKED[name])
    space: dict[str, object] = {}
    exec(compile(code["torch"], "script", "exec"), space)
    width = next(space["network"].parameters()).shape[1]
    labels = name in ("labels", "order")
    y = torch.tensor([0.0, 1.0]) if labels else torch.tensor([0.5, 2.0])
    loss = space["loss"](space["network"](torch.ones(2, width)), y)
    loss.backward()
    assert torch.isfinite(loss)
    assert one["n"]


@pytest.mark.skipif(find_spec("torch") is None, reason="the loss needs mostlikely[torch]")
@pytest.mark.parametrize("name", ["alone", "given", "weights"])
def test_the_loss_says_what_the_fit_s_own_parameters_lose(client, name):
    import torch

    _, code = asked(client, ASKED[name], GAPS)
    told = float(re.search(r"# the fit .* mean loss of (\S+)\.\n", code["torch"])[1])
    space, _ = run(code["torch"])
    seen = (GAPS["y"] != "") & ((GAPS["w"] != "") | (name != "weights"))
    y, w = DATA["y"][seen], DATA["w"][seen] if name == "weights" else None
    fit = ml.fit(space["model"], y, weights=w)
    natural = ml.loss(space["model"], natural=True)
    lost = natural(
        {k: torch.tensor(v, dtype=torch.float64) for k, v in fit.params.items()},
        torch.tensor(y),
        weight=None if w is None else torch.tensor(w, dtype=torch.float64),
    )
    assert told == pytest.approx(lost.item(), rel=1e-6)


@pytest.mark.parametrize("name", ["trials", "grades"])
def test_a_loss_that_a_network_cannot_feed_is_left_to_the_person(client, name):
    _, code = asked(client, ASKED[name])
    assert code["torch"] is None
    assert code["why"]["torch"]


def test_a_bundled_data_set_is_loaded_by_its_name(client, capsys):
    table = client.ask("example", name="newcomb").json["table"]
    (one,) = client.result("fit", table=table, y="deviation", families=["student_t"])["fits"]
    code = client.result("code", table=table, slug="student_t")
    space, _ = run(code["python"])
    assert space["fit"].loglik == pytest.approx(one["loglik"])
    assert main(shlex.split(code["cli"])[1:]) == 0
    assert "StudentT fitted to deviation" in capsys.readouterr().out


@pytest.mark.parametrize("mark", [";", "\t"])
def test_a_script_reads_what_parts_the_columns(client, tmp_path, monkeypatch, mark):
    monkeypatch.chdir(tmp_path)
    content = f"a{mark}b\n1{mark}2\n3{mark}5\n".encode()
    (tmp_path / "data.csv").write_bytes(content)
    table = client.table(content).json["table"]
    client.result("fit", table=table, y="b", families=["normal"])
    code = client.result("code", table=table, slug="normal")
    space, _ = run(code["python"])
    assert space["fit"].params["mu"] == pytest.approx(3.5)


@pytest.mark.parametrize(
    "content", [b"y\n2\n\n4\n7", b'y,g\r\n2,"a\\b"\r\n,b\r\n4,"""c"""\r\n7,c\r\n']
)
def test_what_was_pasted_is_in_the_script_itself(client, tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)  # where there is no such file
    answer = client.send("POST", "/api/table?name=pasted.csv&pasted", content)
    table = answer.json["table"]
    client.result("fit", table=table, y="y", families=["poisson"])
    code = client.result("code", table=table, slug="poisson")
    space, _ = run(code["python"])
    assert space["fit"].params["mean"] == pytest.approx(13 / 3)
    assert code["cli"] is None
    assert "lies in no file" in code["why"]["cli"]


@pytest.mark.parametrize("name", ["-rf.csv", "--help.csv", "demo:newcomb", "a'b$(id).csv"])
def test_a_file_is_no_option_and_no_data_set(client, tmp_path, monkeypatch, capsys, name):
    from urllib.parse import quote

    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_bytes(b"--help,y\n1,2\n3,5\n4,4\n")
    table = client.table((tmp_path / name).read_bytes(), quote(name)).json["table"]
    client.result("fit", table=table, y="--help", families=["normal"])
    code = client.result("code", table=table, slug="normal")
    assert main(shlex.split(code["cli"])[1:]) == 0
    assert "Normal fitted to --help" in capsys.readouterr().out


# Files.


def test_the_fit_that_is_given_away_can_be_loaded(client, tmp_path):
    table = client.columns(**DATA)
    client.result("fit", table=table, y="y", families=["gamma"], predictors=[FACTOR])
    answer = client.ask("download/fit.json", table=table, slug="gamma")
    assert answer.headers["content-disposition"] == 'attachment; filename="gamma.json"'
    path = tmp_path / "fit.json"
    path.write_bytes(answer.body)
    fit = ml.fit(ml.Gamma("y ~ g"), {k: DATA[k] for k in ("y", "g")})
    assert dict(ml.load(path).params) == pytest.approx(dict(fit.params))


@pytest.mark.parametrize("view", [None, "density", "qq", "profile"])
def test_pictures_are_what_they_say(client, view):
    pytest.importorskip("matplotlib", reason="pictures need mostlikely[plot]")
    table = client.columns(**DATA)
    client.result("fit", table=table, y="y", families=["gamma"])
    ask = {"table": table, "slug": "gamma", "view": view, "term": "shape"}
    svg = client.ask("download/picture.svg", **ask)
    assert svg.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(svg.body).tag.endswith("svg")
    png = client.ask("download/picture.png", **ask)
    assert png.body.startswith(b"\x89PNG")


def test_pictures_of_a_regression(client):
    pytest.importorskip("matplotlib", reason="pictures need mostlikely[plot]")
    table = client.columns(**DATA)
    client.result("fit", table=table, y="y", families=["gamma"], predictors=[NUMBER])
    for view in (None, "residuals", "curve", "qq"):
        answer = client.ask("download/picture.svg", table=table, slug="gamma", view=view)
        assert answer.status == 200, answer.body
    answer = client.ask("download/picture.svg", table=table, slug="gamma", view="none")
    assert "no picture" in answer.error


def test_what_is_asked_may_stand_in_the_address(client):
    table = client.columns(**DATA)
    client.result("fit", table=table, y="y", families=["gamma"])
    answer = client.send("POST", f"/api/download/table.csv?table={table}&slug=gamma", b"")
    assert answer.status == 200
    assert answer.body.startswith(b"parameter,term,")
    assert client.get(f"/api/download/table.csv?table={table}&slug=gamma").status == 405


def test_a_name_in_the_table_that_begins_like_a_formula_is_text(client):
    table = client.columns(**{"=1+1": np.arange(30.0), "y": np.arange(30.0) % 7})
    predictors = [{"column": "=1+1", "kind": "number"}]
    client.result("fit", table=table, y="y", predictors=predictors, families=["normal"])
    answer = client.ask("download/table.csv", table=table, slug="normal")
    terms = [row["term"] for row in DictReader(answer.body.decode().splitlines())]
    assert terms == ["Intercept", "'=1+1", ""]


def test_the_command_line_is_not_offered_where_text_was_read_as_numbers(client):
    cells = [*np.arange(1.0, 31.0).astype(str), "?"]
    table = client.columns(id=range(31), hours=cells)
    table = client.result("numbers", table=table, column="hours")["table"]
    client.result("fit", table=table, y="hours", families=["gamma"])
    code = client.result("code", table=table, slug="gamma")
    assert code["cli"] is None
    assert "takes hours for text" in code["why"]["cli"]
    assert "pd.to_numeric(data['hours'], errors='coerce')" in code["python"]
