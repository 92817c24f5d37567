"""What the explorer is asked wrongly is refused in a short sentence, whatever was sent."""

from __future__ import annotations

import pytest


def test_verbs_that_are_not_are_not_there(client):
    for verb in ("eval", "__class__", "start/x", "download/passwd"):
        assert client.ask(verb, table="x").status in (400, 404)


WRONG = [5, True, [["x"]], {"a": 1}, "x" * 500_000, 10**400, ["x"]]


@pytest.mark.parametrize(
    ("verb", "key"),
    [
        *(("fit", k) for k in ("y", "exclude", "families", "also", "fixed", "predictors")),
        *(("fit", k) for k in ("weight", "table")),
        *(("fitted", k) for k in ("table", "slug")),
        *(("views", k) for k in ("slug", "overlay", "views")),
        *(("surface", k) for k in ("a", "b", "size", "span", "others")),
        ("profile", "term"),
        ("at", "values"),
        ("download/picture.svg", "view"),
        ("example", "name"),
        ("code", "slug"),
    ],
)
def test_what_is_of_another_kind_is_refused_in_a_short_sentence(client, table, verb, key):
    client.result("fit", table=table, y="y", families=["gamma"])
    ask = {"table": table, "slug": "gamma", "y": "y", "families": ["gamma"]}
    if verb == "surface":
        ask |= {"a": "mean", "b": "shape", "size": 3}
    for wrong in WRONG:
        answer = client.ask(verb, **{**ask, key: wrong})
        assert answer.status != 500
        found = answer.json
        if "error" in found:
            assert "error of its own" not in found["error"]
            assert len(found["error"]) < 1200
        else:  # a number that is one, or names of pictures that there are not
            assert (key, wrong) in [("span", 5), ("size", 5), ("views", ["x"])]


@pytest.mark.parametrize("name", ["self", "__class__", "log_prob", "y"])
def test_a_parameter_that_is_none_is_refused(client, table, name):
    part = [{"column": "x", "kind": "number"}]
    for more in ({"also": {name: part}}, {"fixed": {name: 1}}):
        answer = client.ask("fit", table=table, y="y", families=["gamma"], **more)
        assert "no parameter" in answer.error


@pytest.mark.parametrize("value", [10**400, True])
def test_a_number_that_is_none_is_refused(client, table, value):
    client.result("fit", table=table, y="y", families=["gamma"])
    answer = client.ask("at", table=table, slug="gamma", values={"shape": value})
    assert "must be a" in answer.error
    answer = client.ask("fit", table=table, y="y", families=["gamma"], fixed={"shape": value})
    assert "number" in answer.error


def test_names_are_no_labels(client):
    table = client.columns(y=[f"person {k}" for k in range(300)])
    answer = client.ask("fit", table=table, y="y", families="all")
    assert "300 different texts" in answer.error
    answer = client.ask("fit", table=table, y="y", families=["categorical"])
    assert "300 different texts" in answer.error


def test_a_design_that_fills_the_memory_is_refused(client, table, monkeypatch):
    from mostlikely.web import models

    monkeypatch.setattr(models, "MAX_DESIGN", 100)
    part = [{"column": "x", "kind": "number"}, {"column": "g", "kind": "factor"}]
    answer = client.ask("fit", table=table, y="y", families=["gamma"], predictors=part)
    assert "too large" in answer.error
