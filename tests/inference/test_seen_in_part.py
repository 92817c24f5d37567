"""What a fit to rows that were seen in part says of them afterwards."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.cli.commands import main

RNG = np.random.default_rng(3)
N = 150
X = RNG.normal(size=N)
LIFE, END = RNG.weibull(1.5, N) * np.exp(0.3 * X), RNG.uniform(0.3, 2.5, N)
TABLE = {"t": np.minimum(LIFE, END), "died": (LIFE <= END).astype(int), "x": X}


@pytest.fixture(scope="module")
def fit():
    return ml.fit(ml.Weibull("censored(t, died) ~ x"), TABLE)


def survival(fit):
    scale = np.exp(fit.params["scale", "Intercept"] + fit.params["scale", "x"] * X)
    return np.exp(-((TABLE["t"] / scale) ** fit.params["shape"]))


def test_the_summary_says_how_rows_were_seen(fit):
    events = int(TABLE["died"].sum())
    assert f"{N} observations ({events} seen, {N - events} censored on the right)" in str(fit)


def test_cox_snell_residuals_are_cumulative_hazards(fit):
    snell = fit.residuals("cox-snell")
    assert snell == pytest.approx(-np.log(survival(fit)), rel=1e-12)
    martingale = fit.residuals("martingale")
    assert martingale == pytest.approx(TABLE["died"] - snell, abs=1e-12)
    logs = np.where(TABLE["died"] == 1, np.log(np.where(snell > 0, snell, 1.0)), 0.0)
    deviance = np.sign(martingale) * np.sqrt(-2.0 * (martingale + logs))
    assert fit.residuals("deviance") == pytest.approx(deviance, abs=1e-7)


def test_quantile_residuals_are_drawn_beyond_the_censored_time(fit):
    found, lower = fit.residuals(), stats.norm.ppf(1.0 - survival(fit))
    died = TABLE["died"] == 1
    assert found[died] == pytest.approx(lower[died], abs=1e-9)
    assert np.all(found[~died] >= lower[~died])
    assert stats.kstest(found, "norm").pvalue > 0.01
    assert np.array_equal(found, fit.residuals()), "the same fit has the same residuals"


def test_quantile_residuals_of_intervals_and_truncated_rows_follow_the_normal():
    y = RNG.normal(size=4_000)
    y = y[(y > -1.0) & (y < 1.5)]
    table = {"y": np.floor(y / 0.25) * 0.25}
    fit = ml.fit("normal", table, y=ml.rounded("y", to=0.25, how="down", truncated=(-1.0, 1.5)))
    assert fit.params["sigma"] == pytest.approx(1.0, abs=0.15)
    assert stats.kstest(fit.residuals(), "norm").pvalue > 0.01


@pytest.mark.parametrize(("what", "of"), [("survival", lambda s: s), ("sf", lambda s: s),
                                          ("cumulative_hazard", lambda s: -np.log(s))])  # fmt: skip
def test_predictions_of_survival_have_errors_of_the_delta_method(fit, what, of):
    found = fit.predict(what=what, at="t")
    assert np.asarray(found) == pytest.approx(of(survival(fit)), rel=1e-12)
    one = fit.quantity(
        lambda p: of(
            np.exp(-(np.exp(-p["scale", "Intercept"] - 0.5 * p["scale", "x"]) ** p["shape"]))
        )
    )
    ours = fit.predict({"x": [0.5]}, what=what, at=1.0)
    assert ours.value[0] == pytest.approx(one.value, rel=1e-10)
    assert ours.std_error[0] == pytest.approx(one.std_error, rel=1e-7)


@pytest.mark.parametrize("data", [False, True])
def test_a_saved_fit_says_the_same(fit, data, tmp_path):
    fit.save(tmp_path / "fit.json", data=data)
    loaded = ml.load(tmp_path / "fit.json")
    assert str(loaded) == str(fit)
    new = {"x": [0.0, 1.0]}
    ours, theirs = (f.predict(new, what="survival", at=1.0) for f in (fit, loaded))
    assert theirs.value == pytest.approx(ours.value, rel=1e-12)
    if data:
        lr = loaded.test("x = 0", method="lr").statistic
        assert lr == pytest.approx(fit.test("x = 0", method="lr").statistic, rel=1e-8)
        assert loaded.residuals("cox-snell") == pytest.approx(fit.residuals("cox-snell"), rel=1e-9)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda f: f.covariance("expected"), "law of what hides"),
        (lambda f: f.simulate(1), "no law to draw from"),
        (lambda f: f.residuals("pearson"), "whose y was not seen"),
        (lambda f: f.explain(), "seen in part"),
        (lambda f: f.compare(ml.fit(ml.Weibull("t ~ x"), TABLE)), "do not compare"),
        (lambda f: ml.anova(ml.fit(ml.Weibull("t ~ 1"), TABLE), f), "seen differently"),
        (lambda f: ml.fit(f.model, TABLE, penalty=ml.Firth()), "Firth needs"),
        (lambda f: f.summary(small_sample=True), "normal linear model"),
    ],
    ids=range(8),
)
def test_what_has_no_meaning_without_a_law_of_censoring_is_a_sentence(fit, ask, said):
    with pytest.raises(ml.ModelError, match=said):
        ask(fit)


def test_families_are_ranked_on_such_rows():
    table = ml.compare(None, TABLE, y=ml.censored("t", event="died"), progress=False)
    assert {"Weibull", "LogNormal", "Normal"} <= {f.model.name for f in table}
    assert "Uniform" in table.refused
    assert (
        "densities and probabilities" in str(table)
        or len({r["kind"] for r in table.records()}) == 1
    )


CSV = """time,died,age,start,low,high
5,1,60,0,4,6
8,0,55,1,7,inf
3,1,70,0,2,3
9,1,50,2,8,10
12,0,45,0,11,inf
7,1,66,1,6,8
"""


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        (["--y", "time", "--event", "died"], ml.censored("time", "died")),
        (["--y", "time", "--event", "died == 1", "--entry", "start"],
         ml.censored("time", "died", entry="start")),
        (["--interval-censored", "low", "high"], ml.interval_censored("low", "high")),
        (["--y", "time", "--rounded-to", "1"], ml.rounded("time", to=1)),
        (["--y", "time", "--truncated", "2", "inf"], ml.exact("time", truncated=(2, np.inf))),
    ],
    ids=["event", "entry", "interval", "rounded", "truncated"],
)  # fmt: skip
def test_the_command_line_says_how_rows_were_seen(words, seen, tmp_path, capsys):
    path = tmp_path / "study.csv"
    path.write_text(CSV, encoding="utf-8")
    assert main(["fit", "lognormal", str(path), *words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    rows = [line.split(",") for line in CSV.split()]
    table = {k: [float(row[i]) for row in rows[1:]] for i, k in enumerate(rows[0])}
    assert found["loglik"] == pytest.approx(ml.fit("lognormal", table, y=seen).loglik, rel=1e-12)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--event", "died"], "name the column of y by --y"),
        (["--y", "time", "--event", "dead"], "did you mean 'died'"),
        (["--y", "time", "--event", "died", "--rounded-to", "1"], "two ways of seeing y"),
        (["--y", "time", "--entry", "start", "--truncated", "0", "1"], "--entry is short for"),
        (["--y", "time", "--interval-censored", "low", "high"], "leave --y out"),
        (["time ~ age", "--y", "time", "--event", "died"], "named once"),
    ],
    ids=range(6),
)
def test_options_that_do_not_go_together_are_refused(words, said, tmp_path, capsys):
    path = tmp_path / "study.csv"
    path.write_text(CSV, encoding="utf-8")
    assert main(["fit", "lognormal", str(path), *words]) == 2
    assert said in " ".join(capsys.readouterr().err.split())
