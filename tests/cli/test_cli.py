"""The command line: its output can be read back, and its refusals are one sentence each."""

from __future__ import annotations

import csv
import io
import json
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from typer.testing import CliRunner

import mostlikely as ml
from mostlikely import report
from mostlikely.cli import app, main
from mostlikely.data.source import files as source

PROGRAM = str(Path(sys.executable).with_name("mostlikely"))
BEARINGS = ml.datasets.load("ball_bearings")
KICKS = ("demo:horse_kicks", "--y", "deaths", "--weights", "corps_years")


class Said(NamedTuple):
    """What a run left behind."""

    code: int
    out: str
    err: str


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    """Runs the command line in an empty folder, in this process."""
    monkeypatch.chdir(tmp_path)

    def runner(*words: str, given: bytes = b"") -> Said:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
        code = main(words)
        return Said(code, *capsys.readouterr())

    return runner


def table(path: Path, **columns: list[object]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(zip(*columns.values(), strict=True))
    return str(path)


def refused(said: Said) -> str:
    """The one sentence of a run that could not use its input."""
    assert said.code == 2
    assert said.err.count("\n") == 1
    assert said.err.startswith("mostlikely: ")
    assert "Traceback" not in said.err
    return said.err


# Fits.


def test_table_is_the_summary(run):
    said = run("fit", "weibull", "demo:ball_bearings", "--interval", "profile", "--level", "0.9")
    fit = ml.fit("weibull", BEARINGS)
    assert said == (0, fit.summary(level=0.9, method="profile") + "\n", "")


def test_json_reads_back_as_the_fit(run):
    said = run("fit", "weibull", "demo:ball_bearings", "--format", "json")
    assert (said.code, said.err) == (0, "")
    shown = json.loads(said.out)
    fit = ml.fit("weibull", BEARINGS)
    assert shown["params"] == dict(fit.params)
    assert shown["standard_errors"] == dict(fit.standard_errors)
    assert shown["intervals"] == {k: list(v) for k, v in fit.interval().items()}
    assert shown["interval"] == {"level": 0.95, "method": "wald"}
    assert shown["covariance"] == fit.covariance().tolist()
    assert [shown[k] for k in ("loglik", "aic", "bic")] == [fit.loglik, fit.aic, fit.bic]
    assert (shown["n"], shown["df"], shown["label"]) == (23, 2, "revolutions")
    assert shown["model"] == {"family": "Weibull", "fixed": {}}
    assert shown["verdict"]["kind"] == "interior"
    assert shown["verdict"]["ok"] is True
    assert shown["verdict"]["sentence"] == str(fit.verdict)


def test_json_is_strict_where_numbers_are_not_finite(run):
    def refuse(word):
        raise AssertionError(word)

    given = b"x\n3\n3\n3\n"
    said = run("fit", "normal", "-", "--format", "json", given=given)
    assert said.code == 1
    shown = json.loads(said.out, parse_constant=refuse)
    assert shown["loglik"] == "inf"
    assert shown["standard_errors"] == {"mu": None, "sigma": None}
    assert shown["intervals"]["mu"] == [None, None]
    assert shown["covariance"] == [[None, None], [None, None]]


def test_csv_reads_back_as_tidy_rows(run):
    said = run("fit", "normal", "demo:newcomb", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(said.out)))
    tidy = report.tidy(ml.fit("normal", ml.datasets.load("newcomb")))
    assert [{k: None if v == "" else v for k, v in row.items()} for row in rows] == [
        {k: v if v is None else str(v) for k, v in row.items()} for row in tidy
    ]


def test_options_reach_the_fit(run):
    said = run("fit", "poisson", *KICKS, "--format", "json")
    shown = json.loads(said.out)
    assert (shown["n"], shown["rows"], shown["weight_kind"]) == (280, 5, "frequency")
    said = run("fit", "normal", *KICKS, "--weight-kind", "precision", "--format", "json")
    assert json.loads(said.out)["weight_kind"] == "precision"
    said = run("fit", "gamma", "demo:ball_bearings", "--fix", "shape=1", "--format", "json")
    assert json.loads(said.out)["model"]["fixed"] == {"shape": 1.0}
    said = run("fit", "student_t", "demo:newcomb", "--start", "df=3", "--start", "mu=27",
               "--start", "sigma=4", "--format", "json")  # fmt: skip
    assert json.loads(said.out)["params"]["df"] == pytest.approx(2.1311330042, rel=1e-7)


def test_binomial_takes_its_trials(run, tmp_path):
    source = table(tmp_path / "heads.csv", heads=[3, 7, 5])
    said = run("fit", "binomial", source, "--fix", "n=10", "--format", "csv")
    assert "p,0.5," in said.out
    assert "--fix n=10" in refused(run("fit", "binomial", source))


def test_labels_are_fitted(run, tmp_path):
    source = table(tmp_path / "votes.csv", vote=["red", "blue", "red", "green"])
    said = run("fit", "categorical", source, "--format", "csv")
    assert said.out.splitlines()[2].startswith("p[red],0.5,")


def test_missing_values_stop_or_are_left_out_and_counted(run, tmp_path):
    source = table(tmp_path / "gaps.csv", y=[1.5, "", 2.5, "NA"], z=[1, 1, 1, 1])
    assert "2 missing values" in (sentence := refused(run("fit", "normal", source, "--y", "y")))
    assert "--missing drop" in sentence
    said = run("fit", "normal", source, "--y", "y", "--missing", "drop")
    assert said.code == 0
    assert "2 rows with missing values left out" in said.out


def test_saved_fit_loads(run, tmp_path):
    said = run("fit", "weibull", "demo:ball_bearings", "--save", "fit.json")
    assert said.err == "Saved the fit in fit.json.\n"
    loaded = ml.load(tmp_path / "fit.json")
    assert dict(loaded.params) == dict(ml.fit("weibull", BEARINGS).params)


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_picture_is_drawn_and_its_place_is_said(run, tmp_path, kind):
    said = run("fit", "weibull", "demo:ball_bearings", "--plot", f"out.{kind}", "--format", "csv")
    assert (said.code, said.err) == (0, f"The picture is in out.{kind}.\n")
    assert said.out.startswith("term,")
    assert (tmp_path / f"out.{kind}").stat().st_size > 5000


# Regressions.

VISITS = {
    "visits": [0, 2, 1, 4, 3, 6],
    "age": [20, 31, 42, 50, 58, 64],
    "sex": list("fmfmfm"),
    "log_days": [0.1, 0.2, 0.0, 0.5, 0.3, 0.1],
    "trials": [5, 5, 5, 6, 7, 8],
    "few": [1] * 6,
    "gap": [1, "", 3, 3.5, 2, 1.5],
    "yes": [0, 0, 0, 1, 1, 1],
}


@pytest.fixture
def visits(tmp_path):
    """A file of them in the empty folder."""
    return table(tmp_path / "visits.csv", **VISITS)


def keyed(text: str) -> dict[object, float]:
    """Estimates in CSV, by the keys of ``fit.params``."""
    rows = csv.DictReader(io.StringIO(text))
    return {
        (r["parameter"], r["term"]) if r["parameter"] else r["term"]: float(r["estimate"])
        for r in rows
    }


def test_formula_is_a_regression(run, visits):
    said = run("fit", "poisson", "visits.csv", "visits ~ age")
    assert said == (0, ml.fit(ml.Poisson("visits ~ age"), VISITS).summary() + "\n", "")
    at_y = run("fit", "poisson", "visits.csv", "~ age", "--y", "visits", "--format", "csv")
    assert keyed(at_y.out) == dict(ml.fit(ml.Poisson("visits ~ age"), VISITS).params)


def test_offset_is_added(run, visits):
    said = run("fit", "poisson", "visits.csv", "visits ~ age + sex", "--offset", "log_days",
               "--format", "csv")  # fmt: skip
    fit = ml.fit(ml.Poisson("visits ~ age + sex"), VISITS, offset="log_days")
    assert keyed(said.out) == dict(fit.params)
    alone = run("fit", "poisson", "visits.csv", "--y", "visits", "--offset", "log_days",
                "--format", "csv")  # fmt: skip
    days = np.exp(VISITS["log_days"])  # the rate is total over total
    rate = keyed(alone.out)["mean", "Intercept"]
    assert rate == pytest.approx(np.log(16 / days.sum()), rel=1e-7)


def test_any_parameter_may_follow_a_formula_or_a_column(run, visits):
    said = run("fit", "normal", "visits.csv", "age ~ sex", "--predict", "sigma=~ sex",
               "--format", "csv")  # fmt: skip
    assert keyed(said.out) == dict(ml.fit(ml.Normal("age ~ sex", sigma="~ sex"), VISITS).params)
    said = run("fit", "binomial", "visits.csv", "visits ~ age", "--predict", "n=trials",
               "--format", "csv")  # fmt: skip
    assert keyed(said.out) == dict(ml.fit(ml.Binomial("visits ~ age", n="trials"), VISITS).params)


def test_constants_and_coefficients_stand_in_one_table(run, visits):
    words = ("--y", "age", "--predict", "sigma=~ sex", "--format", "csv")
    said = run("fit", "normal", "visits.csv", *words)
    assert (said.code, said.err) == (0, "")
    assert list(keyed(said.out)) == ["mu", ("sigma", "Intercept"), ("sigma", "sex[T.m]")]


def test_json_has_every_coefficient_under_the_key_of_its_estimate(run, visits):
    said = run("fit", "normal", "visits.csv", "age ~ sex", "--predict", "sigma=~ sex",
               "--format", "json")  # fmt: skip
    shown = json.loads(said.out)
    fit = ml.fit(ml.Normal("age ~ sex", sigma="~ sex"), VISITS)
    assert [*shown["params"].values()] == [*fit.params.values()]
    assert list(shown["standard_errors"]) == list(shown["intervals"]) == list(shown["params"])
    assert [*shown["standard_errors"].values()] == [*fit.standard_errors.values()]


def test_missing_predictors_stop_or_are_left_out(run, visits):
    assert "--missing drop" in refused(run("fit", "poisson", "visits.csv", "visits ~ gap"))
    said = run("fit", "poisson", "visits.csv", "visits ~ gap", "--missing", "drop")
    assert "5 observations; 1 row with missing values left" in said.out


def test_separation_is_exit_code_one(run, visits):
    said = run("fit", "bernoulli", "visits.csv", "yes ~ age")
    assert said.code == 1
    assert "✗ Separation: p[Intercept] → −∞ and p[age] → ∞" in said.out


def test_regressions_are_saved_and_drawn(run, visits, tmp_path):
    said = run("fit", "poisson", "visits.csv", "visits ~ age", "--save", "fit.json",
               "--plot", "fit.png", "--format", "csv")  # fmt: skip
    assert said.err == "Saved the fit in fit.json.\nThe picture is in fit.png.\n"
    assert dict(ml.load(tmp_path / "fit.json").params) == keyed(said.out)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["visits ~ agee"], "there is no column 'agee'; did you mean 'age'?"),
        (["visits ~ age +"], "the formula 'visits ~ age +' cannot be read"),
        (["~ age"], "no response is named"),
        (["visits ~ age", "--y", "age"], "the formula names the response 'visits' and y='age'"),
        (["visits ~ age", "--offset", "log_day"], "did you mean 'log_days'?"),
        (["visits ~ age", "--offset", "sex"], "sex must be numbers"),
        (["visits ~ age", "--predict", "n=few"], "Poisson has no parameter 'n'"),
        (["visits ~ age", "--predict", "mean"], '--predict mean should read NAME=FORMULA'),
        (["visits ~ age", "--predict", "mean=~ sex"], "each once"),
        (["yes ~ age", "--start", "mean[agee]=1"], "start: there is no parameter 'mean[agee]'"),
    ],
)  # fmt: skip
def test_regression_that_makes_no_sense_is_refused(run, visits, words, sentence):
    assert sentence in refused(run("fit", "poisson", "visits.csv", *words))


def test_trials_that_are_too_few_are_refused(run, visits):
    said = run("fit", "binomial", "visits.csv", "visits ~ age", "--predict", "n=few")
    assert "visits is impossible beside few in 4 rows (rows 1, 3, 4, ...)" in refused(said)
    assert "Binomial needs n" in refused(run("fit", "binomial", "visits.csv", "visits ~ age"))


# Data.


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
    mean = float(said.out.splitlines()[1].split(",")[1])
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
    "duplicate names": b"x,x\n1,2\n2,3\n",
    "text": b"x\n1\ntwo\n3\n",
    "infinite": b"x\n1\ninf\n3\n",
    "negative": b"x\n1\n-2\n3\n",
    "decimal commas": b'x\n"1,5"\n"2,5"\n',
    "zero bytes": b"x\n1\x00\n2\n",
    "not text": bytes(range(256)) * 4,
    "utf-16": "x\n1\n2\n".encode("utf-16"),
    "latin-1": "größe\n1\nzwölf\n".encode("latin-1"),
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
    assert max(map(len, said.out.splitlines())) <= report.WIDTH
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


# As a program among others.


def program(
    *words: str, given: bytes = b"", **kwargs: object
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PROGRAM, *words], input=given, capture_output=True, check=False, **kwargs
    )


def test_program_reads_and_writes_streams():
    done = program("fit", "gamma", "-", "--format", "json", given=b"x\n1.5\n2.5\n4\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["params"]["mean"] == pytest.approx(8 / 3)
    done = program("fit", "gamma", "-", given=b"x\n-1\n")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"must be positive under Gamma" in done.stderr
    assert program("fit", "normal", "-", given=b"x\n3\n3\n").returncode == 1


def test_program_writes_ascii_where_nothing_else_is_known(monkeypatch):
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    done = program("fit", "bernoulli", "-", given="größe\n0\n0\n".encode())
    assert done.returncode == 0
    assert b"OK: On the boundary" in done.stdout
    assert done.stdout.isascii()
    assert program("families").returncode == 0


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such signals")
def test_program_ends_quietly_when_its_reader_has_gone():
    with subprocess.Popen(
        [PROGRAM, "families", "--format", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() not in (0, 1, 2)


def test_help_waits_for_nothing_heavy():
    heavy = ("matplotlib", "narwhals", "pandas", "polars", "pyarrow", "scipy.stats", "torch")
    code = (
        "import sys; from mostlikely.cli import main; main(['--help']);"
        f"sys.exit(str([name for name in {heavy} if name in sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr == "[]\n"
    assert all(find_spec(name) for name in heavy[:3])


def test_terminal_has_colours_and_a_pipe_has_none(monkeypatch):
    class Terminal(io.StringIO):
        encoding = "utf-8"

        def isatty(self):
            return True

    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", str(report.WIDTH))
    monkeypatch.delenv("NO_COLOR", raising=False)
    shown = {}
    for stream in (Terminal(), io.StringIO()):
        monkeypatch.setattr(sys, "stdout", stream)
        assert main(["fit", "normal", "demo:newcomb"]) == 0
        shown[stream.isatty()] = stream.getvalue()
    assert "\x1b[" in shown[True]
    assert "\x1b[" not in shown[False]
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown[True])
    assert plain.split() == shown[False].split()


def test_numbers_in_json_keep_every_digit(run):
    said = run("fit", "normal", "demo:michelson", "--format", "json")
    fit = ml.fit("normal", ml.datasets.load("michelson"))
    assert json.loads(said.out)["params"]["mu"] == fit.params["mu"]
    assert np.isfinite(json.loads(said.out)["loglik"])
