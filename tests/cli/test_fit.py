"""`mostlikely fit`: its output can be read back, and says what the fit says."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

import mostlikely as ml
from tests.cli.said import BEARINGS, KICKS, refused, table

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
    tidy = ml.fit("normal", ml.datasets.load("newcomb")).records()
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
    assert "p,,0.5," in said.out
    assert "--fix n=10" in refused(run("fit", "binomial", source))


def test_labels_are_fitted(run, tmp_path):
    source = table(tmp_path / "votes.csv", vote=["red", "blue", "red", "green"])
    said = run("fit", "categorical", source, "--format", "csv")
    assert said.out.splitlines()[2].startswith("p[red],,0.5,")


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
    assert said.out.startswith("parameter,term,")
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
        (r["parameter"], r["term"]) if r["term"] else r["parameter"]: float(r["estimate"])
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
    said = run("fit", "normal", "visits.csv", "age ~ sex", "--formula", "sigma=~ sex",
               "--format", "csv")  # fmt: skip
    assert keyed(said.out) == dict(ml.fit(ml.Normal("age ~ sex", sigma="~ sex"), VISITS).params)
    said = run("fit", "binomial", "visits.csv", "visits ~ age", "--formula", "n=trials",
               "--format", "csv")  # fmt: skip
    assert keyed(said.out) == dict(ml.fit(ml.Binomial("visits ~ age", n="trials"), VISITS).params)


def test_constants_and_coefficients_stand_in_one_table(run, visits):
    words = ("--y", "age", "--formula", "sigma=~ sex", "--format", "csv")
    said = run("fit", "normal", "visits.csv", *words)
    assert (said.code, said.err) == (0, "")
    assert list(keyed(said.out)) == ["mu", ("sigma", "Intercept"), ("sigma", "sex[T.m]")]


def test_json_has_every_coefficient_under_the_key_of_its_estimate(run, visits):
    said = run("fit", "normal", "visits.csv", "age ~ sex", "--formula", "sigma=~ sex",
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
        (["visits ~ age", "--formula", "n=few"], "Poisson has no parameter 'n'"),
        (["visits ~ age", "--formula", "mean"], '--formula mean should read NAME=FORMULA'),
        (["visits ~ age", "--formula", "mean=~ sex"], "may be given once"),
        (["yes ~ age", "--start", "mean[agee]=1"], "start: there is no parameter 'mean[agee]'"),
    ],
)  # fmt: skip
def test_regression_that_makes_no_sense_is_refused(run, visits, words, sentence):
    assert sentence in refused(run("fit", "poisson", "visits.csv", *words))


def test_trials_that_are_too_few_are_refused(run, visits):
    said = run("fit", "binomial", "visits.csv", "visits ~ age", "--formula", "n=few")
    assert "visits is impossible beside few in 4 rows (rows 1, 3, 4, ...)" in refused(said)
    assert "Binomial needs n" in refused(run("fit", "binomial", "visits.csv", "visits ~ age"))


def test_numbers_in_json_keep_every_digit(run):
    said = run("fit", "normal", "demo:michelson", "--format", "json")
    fit = ml.fit("normal", ml.datasets.load("michelson"))
    assert json.loads(said.out)["params"]["mu"] == fit.params["mu"]
    assert np.isfinite(json.loads(said.out)["loglik"])
