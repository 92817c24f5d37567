"""The options of a fit do what the library's arguments do, and are named where they are wrong."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import numpy as np
import pytest

import mostlikely as ml
from tests.cli.said import refused, table
from tests.cli.test_fit import VISITS, keyed

DATA = {**VISITS, "days": np.exp(VISITS["log_days"]).tolist(), "clinic": list("aabbcc")}


@pytest.fixture
def data(tmp_path):
    """A file of them in the empty folder."""
    return table(tmp_path / "data.csv", **DATA)


def records(fit: ml.Fit, **options: object) -> list[dict[str, str]]:
    """The rows of a fit as a CSV file has them."""
    rows = fit.records(**options)
    return [{k: "" if v is None else str(v) for k, v in row.items()} for row in rows]


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


POISSON = ml.Poisson("visits ~ age + sex")


@pytest.mark.parametrize(
    ("words", "model", "fitted", "shown"),
    [
        (["--offset", "log(days)"], POISSON, {"offset": "log_days"}, {}),
        (["--offset", "mean=log(days)"], POISSON, {"offset": "log_days"}, {}),
        (["--link", "sqrt"], ml.Poisson(ml.linear("visits ~ age + sex", link="sqrt")), {}, {}),
        (["--penalty", "ridge=2"], POISSON, {"penalty": ml.Ridge(2.0)}, {}),
        (["--penalty", "Lasso=0.5"], POISSON, {"penalty": ml.Lasso(0.5)}, {}),
        (["--penalty", "firth"], POISSON, {"penalty": ml.Firth()}, {}),
        (["--covariance", "HC1"], POISSON, {}, {"covariance": "HC1"}),
        (["--cluster", "clinic"], POISSON, {}, {"cluster": "clinic"}),
        (["--cluster", "clinic", "--covariance", "CR2"], POISSON, {},
         {"cluster": "clinic", "covariance": "CR2"}),
        (["--exp"], POISSON, {}, {"exponentiate": True}),
        (["--exp", "--interval", "profile"], POISSON, {},
         {"exponentiate": True, "method": "profile"}),
    ],
)  # fmt: skip
def test_an_option_is_an_argument(run, data, words, model, fitted, shown):
    said = run("fit", "poisson", "data.csv", "visits ~ age + sex", *words, "--format", "csv")
    assert said.err == ""
    fit = ml.fit(model, {**DATA, "log_days": np.log(DATA["days"])}, **fitted)
    for told, row in zip(rows_of(said.out), records(fit, **shown), strict=True):
        for name, value in row.items():
            if value and name not in ("parameter", "term"):
                assert float(told[name]) == pytest.approx(float(value), rel=1e-6, abs=1e-9)
            else:
                assert told[name] == value


def test_small_samples_are_exact(run, data):
    said = run("fit", "normal", "data.csv", "visits ~ age", "--small-sample", "--format", "csv")
    fit = ml.fit(ml.Normal("visits ~ age"), DATA)
    assert rows_of(said.out) == records(fit, small_sample=True)


def test_links_and_offsets_are_of_any_parameter(run, data):
    said = run("fit", "normal", "data.csv", "visits ~ age", "--formula", "sigma=~ sex", "--link",
               "sigma=softplus", "--offset", "mu=days", "--format", "csv")  # fmt: skip
    model = ml.Normal(
        ml.linear("visits ~ age", offset="days"), sigma=ml.linear("~ sex", link="softplus")
    )
    assert keyed(said.out) == dict(ml.fit(model, DATA).params)


def test_clusters_of_a_sample_are_told_by_a_column(run, tmp_path):
    y, g = [1.0, 2.0, "", 4.0, 7.0, 5.0], ["a", "a", "b", "b", "c", "c"]
    table(tmp_path / "y.csv", y=y, g=g)
    said = run(
        "fit", "exponential", "y.csv", "--cluster", "g", "--missing", "drop", "--format", "csv"
    )
    totals = np.array([1 + 2 - 2 * 3.8, 4 - 3.8, 12 - 2 * 3.8])  # CR1: √(3/2 Σ totals²)/n
    expected = np.sqrt(1.5 * np.sum(totals**2)) / 5
    assert float(rows_of(said.out)[0]["std_error"]) == pytest.approx(expected, rel=1e-9)


def test_a_quantile_comes_with_its_interval(run, tmp_path):
    table(tmp_path / "y.csv", y=[1.0, 2.0, 6.0])
    said = run("fit", "exponential", "y.csv", "--quantile", "0.5", "--quantile", "0.9",
               "--interval", "profile", "--format", "csv")  # fmt: skip
    _, half, most = rows_of(said.out)
    assert (half["parameter"], half["term"], most["term"]) == ("quantile", "0.5", "0.9")
    assert float(half["estimate"]) == pytest.approx(3 * np.log(2))
    mean = ml.fit("exponential", [1.0, 2.0, 6.0]).interval("mean", method="profile")
    assert float(half["conf_low"]) == pytest.approx(mean[0] * np.log(2), rel=1e-5)
    assert float(most["conf_high"]) == pytest.approx(mean[1] * np.log(10), rel=1e-5)
    text = run("fit", "exponential", "y.csv", "--quantile", "0.5").out
    assert "Quantile 0.5: 2.0794 (95 % from 0.67" in text
    shown = json.loads(
        run("fit", "exponential", "y.csv", "--quantile", "0.5", "--format", "json").out
    )
    assert shown["quantiles"][0]["estimate"] == pytest.approx(3 * np.log(2))


def test_latex_is_the_librarys(run, data):
    fit = ml.fit(ml.Poisson("visits ~ age"), DATA)
    said = run("fit", "poisson", "data.csv", "visits ~ age", "--latex", "--exp", "--level", "0.9")
    assert said.out == fit.to_latex(exponentiate=True, level=0.9).rstrip("\n") + "\n"
    said = run("compare", "data.csv", "visits ~ age", "--models", "poisson,geometric", "--latex")
    assert said.out.startswith("\\begin{tabular}")
    said = run("test", "poisson", "data.csv", "visits ~ age", "--latex")
    assert said.out == ml.anova(fit).to_latex().rstrip("\n") + "\n"


def test_ratios_stand_beside_the_coefficients_in_json(run, data):
    said = run("fit", "poisson", "data.csv", "visits ~ age", "--exp", "--format", "json")
    shown = json.loads(said.out)
    (_, slope), ratio = shown["params"].items(), shown["ratios"][1]["estimate"]
    assert ratio == pytest.approx(np.exp(slope[1]))


# Comparisons.


def test_regressions_are_compared(run, data):
    said = run("compare", "data.csv", "visits ~ age", "--models", "poisson,negative_binomial",
               "--offset", "log(days)", "--format", "csv")  # fmt: skip
    offset = {"offset": "log(days)"}
    models = [ml.Poisson("visits ~ age"), ml.NegativeBinomial("visits ~ age")]
    fits = ml.compare(models, DATA, **offset)
    assert [float(row["aic"]) for row in rows_of(said.out)] == [f.aic for f in fits.fits]
    assert "--models" in refused(run("compare", "data.csv", "visits ~ age"))


# Tests.


def test_each_term_is_tested(run, data):
    said = run("test", "poisson", "data.csv", "visits ~ age + sex", "--format", "csv")
    expected = ml.anova(ml.fit(POISSON, DATA)).records()
    assert [(r["term"], float(r["p_value"])) for r in rows_of(said.out)] == [
        (r["term"], r["p_value"]) for r in expected
    ]
    text = run("test", "poisson", "data.csv", "visits ~ age + sex").out
    assert text == str(ml.anova(ml.fit(POISSON, DATA))) + "\n"


@pytest.mark.parametrize("method", [None, "wald", "score"])
def test_hypotheses_are_tested_one_by_one(run, data, method):
    words = [] if method is None else ["--method", method]
    said = run("test", "poisson", "data.csv", "visits ~ age + sex", "--hypothesis", "age = 0",
               "--hypothesis", "sex", *words)  # fmt: skip
    fit = ml.fit(POISSON, DATA)
    one, two = (fit.test(h, method=method) for h in ("age = 0", "sex"))
    assert said == (0, f"{one}\n{two}\n", "")
    shown = run("test", "poisson", "data.csv", "visits ~ age + sex", "--hypothesis", "age = 0",
                *words, "--format", "json")  # fmt: skip
    assert json.loads(shown.out)[0]["p_value"] == one.p_value


def test_tests_are_by_any_covariance_and_exact_in_small_samples(run, data):
    fit = ml.fit(ml.Normal("visits ~ age"), DATA)
    words = ("test", "normal", "data.csv", "visits ~ age", "--format", "csv")
    robust = rows_of(run(*words, "--hypothesis", "age = 0", "--covariance", "HC3").out)
    assert float(robust[0]["p_value"]) == fit.test("age = 0", covariance="HC3").p_value
    exact = rows_of(run(*words, "--small-sample").out)
    assert float(exact[0]["p_value"]) == ml.anova(fit, small_sample=True).tests[0].p_value
    assert (robust[0]["method"], exact[0]["residual_df"]) == ("wald", "4.0")


def test_a_saved_fit_is_tested(run, data):
    run("fit", "poisson", "data.csv", "visits ~ age", "--save", "fit.json")
    said = run("test", "fit.json", "--hypothesis", "age = 0", "--method", "wald")
    assert (
        said.out
        == str(ml.fit(ml.Poisson("visits ~ age"), DATA).test("age = 0", method="wald")) + "\n"
    )
    assert "needs the data" in refused(run("test", "fit.json", "--hypothesis", "age = 0"))


# Predictions.


def test_a_saved_regression_predicts_new_rows(run, data, tmp_path):
    run("fit", "poisson", "data.csv", "visits ~ age + sex", "--offset", "log(days)",
        "--save", "fit.json")  # fmt: skip
    table(tmp_path / "new.csv", age=[25, 60], sex=["f", "m"], days=[2, 3])
    new = {"age": [25, 60], "sex": ["f", "m"], "days": [2.0, 3.0]}
    fit = ml.fit(POISSON, DATA, offset="log(days)")
    said = run("predict", "fit.json", "new.csv", "--format", "csv")
    assert (said.code, said.err) == (0, "")
    found = fit.predict(new)
    for row, value, error in zip(rows_of(said.out), found.value, found.std_error, strict=True):
        assert float(row["estimate"]) == pytest.approx(value, rel=1e-9)
        assert float(row["std_error"]) == pytest.approx(error, rel=1e-9)
    said = run("predict", "fit.json", "new.csv", "--what", "sf", "--at", "2", "--format", "json")
    expected = fit.predict(new, what="sf", at=2).value
    assert [r["estimate"] for r in json.loads(said.out)] == pytest.approx(expected.tolist())
    text = run("predict", "fit.json", "new.csv", "--quantile", "0.9").out
    quantiles = fit.predict(new, what="quantile", q=0.9).value
    assert all(f"{q:g}" in text for q in quantiles)
    assert run("predict", "fit.json", "new.csv", "--latex").out.startswith("\\begin{tabular}")


def test_a_saved_sample_predicts(run, tmp_path):
    table(tmp_path / "y.csv", y=[1.0, 2.0, 6.0])
    run("fit", "exponential", "y.csv", "--save", "fit.json")
    said = run("predict", "fit.json", "--quantile", "0.5", "--format", "csv")
    assert float(rows_of(said.out)[0]["estimate"]) == pytest.approx(3 * np.log(2))
    assert run("predict", "fit.json").out.startswith("Mean: 3 (95 % from 0.96")


def test_new_rows_are_read_as_any_file(run, data, tmp_path):
    run("fit", "poisson", "data.csv", "visits ~ age", "--save", "fit.json")
    (tmp_path / "new.csv").write_bytes(b"age;x\n25,5;1\n30,5;2\n")
    said = run("predict", "fit.json", "new.csv", "--format", "csv")
    found = ml.fit(ml.Poisson("visits ~ age"), DATA).predict({"age": [25.5, 30.5]})
    assert float(rows_of(said.out)[0]["estimate"]) == pytest.approx(found.value[0])
    assert "a comma parts decimals" in said.err


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["fit", "--penalty", "rigde=2"], "--penalty rigde=2: there is none such; did you mean 'r"),
        (["fit", "--penalty", "ridge"], "should read --penalty ridge=2"),
        (["fit", "--penalty", "firth=1"], "should read --penalty firth"),
        (["fit", "--penalty", "ridge=much"], "as in --penalty ridge=2"),
        (["fit", "--penalty", "ridge=-1"], "strength"),
        (["fit", "--link", "lgo"], "--link: there is no link 'lgo'"),
        (["fit", "--link", "sigma=log"], "--link sigma=log: there is no parameter 'sigma'"),
        (["fit", "--offset", "sigma=days"], "--offset sigma=days: there is no parameter"),
        (["fit", "--predict", "mean=~ age"], "--predict is called --formula: --formula sigma="),
        (["fit", "--link", "log", "--link", "sqrt"], "--link of mean is given twice"),
        (["fit", "--offset", "log(day)"], "there is no column 'day'; did you mean 'days'?"),
        (["fit", "--offset", "lgo(days)"], "no function 'lgo'"),
        (["fit", "--covariance", "HC9"], "--covariance: there is no covariance kind 'HC9'; did"),
        (["fit", "--covariance", "CR2"], "--cluster"),
        (["fit", "--cluster", "clinics"], "--cluster: there is no column 'clinics'; did you mean"),
        (["fit", "--covariance", "HC3", "--interval", "profile"], "--interval wald"),
        (
            ["fit", "--covariance", "HC3", "--interval", "profile"],
            "--covariance, --cluster and --small-sample are of Wald's interval",
        ),
        (["fit", "--quantile", "0.5"], "mostlikely predict saved.json"),
        (["fit", "--small-sample"], "normal linear model"),
        (["fit", "--latex", "--format", "csv"], "--latex and --format csv are two ways"),
        (["fit", "--fix", "mean=2"], "mean is given by --fix and follows a formula too"),
        (["fit", "--formula", "mean=~ sex"], "it may be given once"),
        (["fit", "--exp", "--link", "identity"], "--exp"),
        (["test", "--hypothesis", "agee = 0"], "did you mean"),
        (["test", "--method", "lr"], "--method is of a --hypothesis"),
        (["test", "--hypothesis", "age = 0", "--method", "rao"], "'lr', 'wald', 'score'"),
        (["compare", "--models", "poisson", "--link", "lgo"], "there is no link 'lgo'"),
    ],
)
def test_what_is_wrong_is_said_with_its_option(run, data, words, sentence):
    verb, *options = words
    family = [] if verb == "compare" else ["poisson"]
    said = run(verb, *family, "data.csv", "visits ~ age", *options)
    assert sentence in refused(said)


def test_a_prediction_that_makes_no_sense_is_refused(run, data, tmp_path):
    run("fit", "poisson", "data.csv", "visits ~ age", "--save", "fit.json")
    table(tmp_path / "new.csv", weight=[1, 2])
    assert "there is no column 'age'" in refused(run("predict", "fit.json", "new.csv"))
    assert "--at" in refused(run("predict", "fit.json", "data.csv", "--what", "cdf"))
    assert "--what: there is no prediction 'men'" in refused(
        run("predict", "fit.json", "data.csv", "--what", "men")
    )
    assert "nowhere.json cannot be opened: No such file" in refused(
        run("predict", "nowhere.json", "data.csv")
    )
    assert "not a saved fit" in refused(run("predict", "data.csv", "data.csv"))


def test_what_only_some_models_have_is_refused_with_its_option(run, data):
    said = refused(run("test", "gamma", "data.csv", "--y", "days"))
    assert '; --hypothesis "x = 0" tests any hypothesis' in said
    said = refused(run("fit", "gamma", "data.csv", "--y", "days", "--quantile", "2"))
    assert "--quantile is a probability, a number from 0 to 1; got 2" in said


def test_python_runs_the_package():
    done = subprocess.run(
        [sys.executable, "-m", "mostlikely", "fit", "gamma", "-", "--format", "json"],
        input=b"x\n1.5\n2.5\n4\n", capture_output=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["params"]["mean"] == pytest.approx(8 / 3)
