"""What is wrong is said with what is near; and the commands beside `fit`."""

from __future__ import annotations

import csv
import io
import json
import re
import sys

import pytest
from typer.testing import CliRunner

import mostlikely as ml
from mostlikely.cli import app
from mostlikely.tables.page import WIDTH
from tests.cli.said import BEARINGS, refused, table

# What is wrong, and what is near.


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("fit gama demo:newcomb", "did you mean 'Gamma'?"),
        ("fit gamma demo:newcom", "did you mean 'newcomb'?"),
        ("fit gamma data.csv --y amuont", "--y: there is no column 'amuont'; did you mean 'amo"),
        ("fit gamma data.csv --weights wieght", "--weights: there is no column 'wieght'"),
        ("fit gamma data.csv", "data.csv has 3 columns (amount, other, weight); choose one"),
        ("fit gamma data.csv --y amount --fix shap=1", "did you mean 'shape'?"),
        ("fit gamma data.csv --y amount --fix shape", "--fix shape=1"),
        ("fit gamma data.csv --y amount --fix shape=-1", "shape must be positive; got -1"),
        ("fit gamma data.csv --y amount --fix shape=nan", "shape must be positive; got nan"),
        ("fit gamma data.csv --y amount --start sape=1", "did you mean 'shape'?"),
        ("fit gamma data.csv --y amount --level 95", "--level 0.95"),
        ("fit gamma data.csv --y amount --level high", "--level"),
        ("fit gamma data.csv --y amount --format xml", "'table', 'json', 'csv'"),
        ("fit gamma data.csv --y amount --interval profle", "'wald', 'profile'"),
        ("fit gamma data.csv --y amount --max-steps 0", "at least 1"),
        ("fit gamma data.csv --y amount --plot x.bmpp", "x.bmpp cannot be written"),
        ("fit gamma data.csv --y amount --save no/such/x.json", "cannot be written: No such file"),
        ("fit gamma nowhere.csv", "nowhere.csv cannot be opened: No such file or directory."),
        ("fit gamma .", "cannot be opened"),
        ("fit gamma data.csv --y amount --bogus", "No such option"),
        ("fit gamma", "Missing argument 'DATA'"),
        ("fits gamma", "No such command 'fits'"),
        ("fit bernoulli data.csv --y amount", "must be 0 or 1 under Bernoulli, and 2 values are"),
        ("compare data.csv --y amount --models gamma,weibul", "did you mean 'Weibull'?"),
        ("compare data.csv --y amount --models ,", "--models gamma"),
        ("compare data.csv --y amount --models beta", "strictly between 0 and 1"),
        ("compare data.csv", "choose one with --y"),
        ("fit poisson demo:horse_kicks --weights corps_years --weight-kind sampling "
         "--interval profile", "use --interval wald"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_what_is_near(run, tmp_path, words, sentence):
    table(tmp_path / "data.csv", amount=[1.0, 2.0, 4.0], other=["a", "b", "c"], weight=[1, 1, 2])
    assert sentence in refused(run(*words.split()))


def test_the_column_that_is_left_is_taken(run, tmp_path):
    source = table(tmp_path / "two.csv", deaths=[0, 1, 2], years=[5, 3, 1])
    said = run("fit", "poisson", source, "--weights", "years")
    assert said.code == 0
    assert "fitted to deaths: 9 observations in 3 rows" in said.out


def test_verdict_that_is_not_ok_is_exit_code_one(run):
    said = run("fit", "normal", "-", given=b"x\n3\n3\n3\n")
    assert (said.code, said.err) == (1, "")
    assert "✗ No maximum" in said.out
    said = run("fit", "student_t", "demo:newcomb", "--max-steps", "1")
    assert said.code == 1
    said = run("compare", "-", "--models", "normal", given=b"x\n3\n3\n3\n")
    assert said.code == 1


def test_boundary_that_is_the_answer_is_exit_code_zero(run):
    assert run("fit", "bernoulli", "-", given=b"x\n0\n0\n0\n").code == 0


# The other commands.


def test_compare_ranks_the_families_that_can_hold_the_data(run):
    said = run("compare", "demo:newcomb", "--format", "json")
    assert said.code == 0
    shown = json.loads(said.out)
    assert shown["models"][0]["model"] == "StudentT"
    ranked = [row["aic"] for row in shown["models"] if row["verdict"] == "interior"]
    assert ranked == sorted(ranked)
    assert "Gamma" in shown["refused"]
    assert "must be positive" in shown["refused"]["Gamma"]
    assert "VonMises" not in {row["model"] for row in shown["models"]} | set(shown["refused"])


def test_compare_takes_the_models_that_are_named(run):
    said = run("compare", "demo:ball_bearings", "--models", "gamma, weibull", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["model"] for row in rows] == ["Gamma", "Weibull"]
    assert rows[1]["verdict"] == "interior"
    text = run("compare", "demo:ball_bearings", "--models", "gamma,weibull").out
    assert text == str(ml.compare(["gamma", "weibull"], BEARINGS)) + "\n"


def test_a_family_is_derived(run):
    pytest.importorskip("sympy", reason="SymPy is an extra, mostlikely[derive]")
    assert "    mean = ȳ\n" in run("derive", "gamma").out
    assert "    p̂ = ȳ/n\n" in run("derive", "binomial", "--fix", "n=10").out
    assert r"\[ \hat{p} = \bar{y} \]" in run("derive", "bernoulli", "--latex").out
    assert "no family 'gama'" in refused(run("derive", "gama"))


def test_families_are_listed_by_room(run):
    text = run("families").out
    assert "POSITIVE" in text
    assert re.search(r"Weibull +positive", text)
    rows = list(csv.DictReader(io.StringIO(run("families", "--format", "csv").out)))
    assert {row["family"] for row in rows} == {f.__name__ for f in ml.families()}


def test_noise_behind_a_loss_is_said(run):
    assert "Normal(sigma=1)" in run("noise", "mse").out
    said = json.loads(run("noise", "Quantile:alpha=0.9", "--format", "json").out)
    assert said["noise model"] == "AsymmetricLaplace(scale=1, quantile=0.9)"
    (why,) = [
        row["answer"]
        for row in csv.DictReader(io.StringIO(run("noise", "hinge", "--format", "csv").out))
        if row["what"] == "why"
    ]
    assert why.startswith("No likelihood")


def test_demo_tells_its_story_and_leaves_a_picture(run, tmp_path):
    said = run("demo")
    assert (said.code, said.err) == (0, "The picture is in mostlikely-demo.png.\n")
    assert (tmp_path / "mostlikely-demo.png").read_bytes().startswith(b"\x89PNG")
    newcomb = ml.datasets.load("newcomb")
    for model in ("normal", "student_t"):
        assert str(ml.fit(model, newcomb)) in said.out
    assert "mu = 27.4, between 26.2 and 28.6" in said.out
    assert max(map(len, said.out.splitlines())) <= WIDTH
    assert run("demo", "--plot", "other.svg").err == "The picture is in other.svg.\n"


def test_demo_ends_well_without_matplotlib(run, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    said = run("demo")
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith('pip install "mostlikely[plot]".\n')
    assert not list(tmp_path.iterdir())
    assert "mostlikely[plot]" in refused(run("fit", "normal", "demo:newcomb", "--plot", "x.png"))


def test_version_and_help():
    runner = CliRunner()
    assert runner.invoke(app, ["--version"]).output == f"mostlikely {ml.__version__}\n"
    for words in (["--help"], ["fit", "--help"], ["compare", "--help"]):
        shown = runner.invoke(app, words)
        assert shown.exit_code == 0
        assert "Usage" in shown.output


def test_no_words_is_a_question_for_help(run):
    said = run()
    assert (said.code, said.err) == (0, "")
    assert "compare" in said.out


def test_typers_runner_sees_the_exit_codes():
    shown = CliRunner().invoke(app, ["fit", "normal", "-"], input=b"x\n3\n3\n")
    assert shown.exit_code == 1
    assert "No maximum" in shown.output
