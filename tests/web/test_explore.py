"""The explorer's verbs: each number is the library's, whatever the columns are called."""

from __future__ import annotations

import os

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.compare import candidates
from mostlikely.plot import cdf_frame, density_frame, qq_frame, surface_frame
from tests.web.asked import DATA, RNG, N, X

EVIL = (
    "__import__('os').system('touch HACKED')",
    "</script><b>",
    "a b",
    "C(x)",
    "1",
    "~",
    "`",
    "x|y",
)


def test_families_are_ranked_as_the_library_ranks_them(client):
    table = client.columns(y=DATA["y"])
    answer = client.result("fit", table=table, y="y", families="all")
    ranked = ml.compare(None, DATA["y"])
    assert [f["name"] for f in answer["fits"]] == [f.model.name for f in ranked]
    assert {f["name"] for f in answer["left_out"]} == set(ranked.refused)
    for one, fit, row in zip(answer["fits"], ranked, ranked.records(), strict=True):
        assert one["loglik"] == pytest.approx(fit.loglik, rel=1e-12)
        assert (one["df"], one["n"], one["ok"]) == (fit.df, fit.n, fit.verdict.ok)
        assert one["aicc"] == pytest.approx(fit.aicc)
        assert one["delta"] == (row["delta_aic"] and pytest.approx(row["delta_aic"], abs=1e-9))
        assert one["verdict"] == fit.verdict.sentence


def test_what_is_left_out_has_the_librarys_sentence(client):
    table = client.columns(y=[0.5, -1.0, 2.0])
    answer = client.result("fit", table=table, y="y", families=["normal", "gamma"])
    with pytest.raises(ml.DataError) as refusal:
        ml.fit("gamma", {"y": [0.5, -1.0, 2.0]}, "y")
    left_out = [{"slug": "gamma", "name": "Gamma", "why": str(refusal.value)}]
    assert answer["left_out"] == left_out


def test_text_is_fitted_by_families_of_labels(client, table):
    answer = client.result("fit", table=table, y="g", families="all")
    assert {f["slug"] for f in answer["fits"]} == {"categorical"}
    assert "nothing says their order" in answer["left_out"][0]["why"]


def test_labels_have_the_order_that_is_said(client, table):
    order = ["c", "a", "b"]
    answer = client.result("fit", table=table, y="g", families="all", order=order)
    assert {f["slug"] for f in answer["fits"]} == {"categorical", "ordinal"}
    fit = ml.fit(ml.Ordinal(levels=order), DATA["g"])
    (one,) = (f for f in answer["fits"] if f["slug"] == "ordinal")
    assert one["loglik"] == pytest.approx(fit.loglik, rel=1e-12)
    views = client.result("views", table=table, slug="ordinal", overlay=["categorical"])
    assert views["density"]["levels"] == order
    assert [c["slug"] for c in views["density"]["curves"]] == ["ordinal"]  # on another axis
    refusal = client.ask("fit", table=table, y="g", families="all", order=["a", "b"])
    assert "each label of g once" in refusal.error


def test_few_whole_numbers_are_tried_as_labels_too(client, table):
    answer = client.result("fit", table=table, y="w", families="all")
    labels = {f["slug"]: f for f in answer["fits"] if f["slug"] in ("categorical", "ordinal")}
    for slug in ("categorical", "ordinal"):
        assert labels[slug]["loglik"] == pytest.approx(ml.fit(slug, DATA["w"]).loglik, rel=1e-12)
    assert {"poisson", *labels} <= {f["slug"] for f in answer["fits"]}
    coins = client.columns(y=[0, 1, 1, 0, 1, 1, 1, 0])
    answer = client.result("fit", table=coins, y="y", families="all")
    assert not {"categorical", "ordinal"} & {f["slug"] for f in answer["fits"]}  # a coin is both


def test_the_candidates_are_those_of_compare():
    assert {f.__name__ for f in candidates()} >= {"Normal", "Gamma", "Poisson"}
    assert not {f.__name__ for f in candidates()} & {"Binomial", "VonMises", "Categorical"}


def test_aicc_is_hurvichs_and_tsais():
    fit = ml.fit("normal", [2.1, 1.9, 2.0, 2.3, 1.8])
    assert fit.aicc == pytest.approx(fit.aic + 2 * 2 * 3 / (5 - 2 - 1))
    assert ml.fit("normal", [1.0, 2.0, 4.0]).aicc == np.inf


def test_an_infinite_criterion_is_null(client):
    table = client.columns(y=[1.0, 2.0, 4.0])
    (one,) = client.result("fit", table=table, y="y", families=["normal"])["fits"]
    assert one["aicc"] is None


def test_parameters_have_the_intervals_of_the_fit(client, table):
    client.result("fit", table=table, y="y", families=["gamma"])
    fit = ml.fit("gamma", DATA["y"])
    answer = client.result("fitted", table=table, slug="gamma", profile=True)
    for row in answer["parameters"]:
        name = row["parameter"]
        assert row["key"] == name
        assert row["estimate"] == pytest.approx(fit.params[name], rel=1e-12)
        assert row["std_error"] == pytest.approx(fit.standard_errors[name], rel=1e-9)
        assert row["wald"] == pytest.approx(fit.interval(name), rel=1e-9)
        assert row["profile"] == pytest.approx(fit.interval(name, method="profile"), rel=1e-6)
    assert answer["constant"] == pytest.approx(dict(fit.params))
    assert "interior maximum" in answer["summary_text"]
    bare = client.result("fitted", table=table, slug="gamma")
    assert [row["profile"] for row in bare["parameters"]] == [None, None]


def test_predictors_are_those_of_the_formula(client, table):
    client.result(
        "fit",
        table=table,
        y="y",
        predictors=[{"column": "x", "kind": "number"}, {"column": "g", "kind": "factor"}],
        also={"shape": [{"column": "x", "kind": "number"}]},
        weight={"column": "w", "kind": "frequency"},
        families=["gamma"],
    )
    model = ml.Gamma("y ~ x + g", shape="~ x")
    fit = ml.fit(model, DATA, weights="w")
    answer = client.result("fitted", table=table, slug="gamma")
    assert {r["key"]: r["estimate"] for r in answer["parameters"]} == pytest.approx(
        {":".join(k): v for k, v in fit.params.items()}, rel=1e-6
    )
    assert [r["term"] for r in answer["parameters"]][:4] == ["Intercept", "x", "g[T.b]", "g[T.c]"]
    assert answer["constant"] is None


def test_a_number_may_be_taken_as_a_factor(client, table):
    client.result(
        "fit", table=table, y="y", predictors=[{"column": "w", "kind": "factor"}],
        families=["normal"],
    )  # fmt: skip
    fit = ml.fit(ml.Normal("y ~ C(w)"), DATA)
    answer = client.result("fitted", table=table, slug="normal")
    assert [r["term"] for r in answer["parameters"] if r["term"]] == [
        k[1] for k in list(fit.params)[:3]
    ]


def test_parameters_may_be_given_by_a_number_or_a_column(client, table):
    answer = client.result("fit", table=table, y="y", families=["gamma"], fixed={"shape": 1})
    assert answer["fits"][0]["loglik"] == pytest.approx(ml.fit("exponential", DATA["y"]).loglik)
    trials = client.columns(k=[1, 3, 2], n=[4, 5, 6])
    answer = client.result(
        "fit", table=trials, y="k", families=["binomial"], fixed={"n": {"column": "n"}}
    )
    fit = ml.fit(ml.Binomial(n="n"), {"k": [1, 3, 2], "n": [4, 5, 6]}, "k")
    assert answer["fits"][0]["loglik"] == pytest.approx(fit.loglik)


def test_rows_that_are_excluded_are_not_there(client, table):
    answer = client.result("fit", table=table, y="y", families=["normal"], exclude=[0, 5])
    kept = np.delete(DATA["y"], [0, 5])
    assert answer["fits"][0]["loglik"] == pytest.approx(ml.fit("normal", kept).loglik)
    rows = client.result("views", table=table, slug="normal")["qq"]["rows"]
    assert sorted(rows) == [k for k in range(N) if k not in (0, 5)]


def test_rows_with_gaps_are_left_out_and_said(client):
    table = client.table(b"y,x\n1,2\n,3\n2,\n4,5\n7,1\n").json["table"]
    predictors = [{"column": "x", "kind": "number"}]
    answer = client.result("fit", table=table, y="y", families=["normal"])
    assert "1 row with missing values left out" in answer["dropped"]
    assert answer["y"] == {"min": 1.0, "max": 7.0, "n": 4}
    views = client.result("views", table=table, slug="normal")
    assert views["residuals"]["rows"] == [0, 2, 3, 4]
    answer = client.result("fit", table=table, y="y", families=["normal"], predictors=predictors)
    assert "2 rows with missing values left out" in answer["dropped"]
    views = client.result("views", table=table, slug="normal")
    assert views["residuals"]["rows"] == [0, 3, 4]


@pytest.mark.parametrize("name", EVIL)
def test_a_columns_name_is_never_run(client, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    table = client.columns(**{name: DATA["x"], "column_1": DATA["k"], "out": DATA["y"]})
    number = [{"column": name, "kind": "number"}, {"column": "column_1", "kind": "number"}]
    factor = [{"column": name, "kind": "factor"}]
    ask = {"table": table, "y": "out", "predictors": number, "families": ["normal"]}
    client.result("fit", **ask, also={"sigma": number})
    answer = client.result("fitted", table=table, slug="normal", profile=True)
    assert [r["term"] for r in answer["parameters"]] == 2 * ["Intercept", name, "column_1"]
    client.result("profile", table=table, slug="normal", term=f"mu:{name}")
    client.result("views", table=table, slug="normal")
    client.result("at", table=table, slug="normal", values={f"mu:{name}": 0.1})
    client.result("code", table=table, slug="normal")
    ask = {"table": table, "y": name, "families": "all"}
    client.result("fit", **ask)
    client.result("views", table=table, slug="normal")
    few = client.columns(**{name: DATA["w"], "out": DATA["y"]})
    client.result("fit", table=few, y="out", predictors=factor, families=["normal"])
    by_weight = {"column": name, "kind": "frequency"}
    client.result("fit", table=few, y="out", weight=by_weight, families=["normal"])
    assert not os.listdir(tmp_path)


def test_formulas_are_not_taken(client, table):
    for y in ("np.log(y)", "y + x", "y ~ x", "{y}", ["y"], None, 3):
        answer = client.ask("fit", table=table, y=y, families=["normal"])
        assert "there is no column" in answer.error
    for column in ("x + g", "{x}", "I(x)", "."):
        predictors = [{"column": column, "kind": "number"}]
        answer = client.ask("fit", table=table, y="y", predictors=predictors, families=["normal"])
        assert "there is no column" in answer.error


@pytest.mark.parametrize(
    ("ask", "clause"),
    [
        ({"families": []}, "families"),
        ({"families": "normal"}, "families"),
        ({"families": ["nrmal"]}, "Normal"),
        ({"families": ["normal"] * 5000}, "families"),
        ({"predictors": "x"}, "predictors are a list"),
        ({"predictors": [{"column": "x"}]}, "kind"),
        ({"predictors": [{"column": "x", "kind": "spline"}]}, "number or a factor"),
        ({"predictors": [{"column": "g", "kind": "number"}]}, "take it as a factor"),
        ({"predictors": [{"column": "y", "kind": "number"}]}, "the response"),
        ({"also": [1]}, "objects"),
        ({"also": {"tau": [{"column": "x", "kind": "number"}]}}, "no parameter 'tau'"),
        ({"weight": {"column": "w", "kind": "other"}}, "no kind"),
        ({"weight": "w"}, "should be an object"),
        ({"fixed": {"mu": "np.pi"}}, "is a number"),
        ({"fixed": {"mu": True}}, "is a number"),
        ({"fixed": {"sigma": -1}}, "positive"),
        ({"exclude": [1000]}, "no row"),
        ({"exclude": ["0"]}, "no row"),
        ({"exclude": list(range(N))}, "nothing to fit"),
    ],
)
def test_what_makes_no_sense_is_refused_in_a_sentence(client, table, ask, clause):
    answer = client.ask("fit", **{"table": table, "y": "y", "families": ["normal"], **ask})
    assert clause in answer.error


def test_a_column_of_many_labels_is_refused(client):
    table = client.columns(y=np.arange(500.0), name=[f"n{k}" for k in range(500)])
    predictors = [{"column": "name", "kind": "factor"}]
    answer = client.ask("fit", table=table, y="y", predictors=predictors, families=["normal"])
    assert "500 levels" in answer.error


def test_what_has_not_been_fitted_cannot_be_asked_about(client, table):
    client.result("fit", table=table, y="y", families=["normal"])
    for verb in ("fitted", "views", "at", "surface", "profile", "code", "download/fit.json"):
        answer = client.ask(
            verb, table=table, slug="gamma", values={}, a="mu", b="sigma", term="mu"
        )
        assert answer.status == 400
        assert "has not been fitted" in answer.error


# Pictures.


def test_views_are_the_frames_of_the_plots(client, table):
    client.result("fit", table=table, y="y", families=["gamma", "weibull", "normal"])
    views = client.result("views", table=table, slug="gamma", overlay=["weibull", "gamma"])
    fit = ml.fit("gamma", DATA["y"])
    density, qq, cdf = density_frame(fit), qq_frame(fit), cdf_frame(fit)
    assert [c["slug"] for c in views["density"]["curves"]] == ["gamma", "weibull"]
    np.testing.assert_allclose(views["density"]["curves"][0]["y"], density["fitted"], rtol=1e-9)
    np.testing.assert_allclose(views["density"]["bars"]["heights"], density["density"])
    rival = ml.fit("weibull", DATA["y"]).distribution.prob(density["y"])
    np.testing.assert_allclose(views["density"]["curves"][1]["y"], rival, rtol=1e-9)
    np.testing.assert_allclose(views["qq"]["theory"], qq["fitted"], rtol=1e-9)
    np.testing.assert_allclose(views["cdf"]["steps"]["y"], cdf["share"], rtol=1e-12)
    np.testing.assert_allclose(DATA["y"][views["qq"]["rows"]], views["qq"]["sample"])
    np.testing.assert_allclose(
        views["pp"]["sample"], fit.distribution.cdf(DATA["y"][views["pp"]["rows"]]), rtol=1e-9
    )
    np.testing.assert_allclose(views["residuals"]["residual"], fit.residuals(), rtol=1e-9)


def test_points_of_a_regression_know_their_rows(client, table):
    predictors = [{"column": "x", "kind": "number"}]
    exclude = [3, 4, 50]
    client.result(
        "fit", table=table, y="y", predictors=predictors, families=["gamma"], exclude=exclude
    )
    views = client.result("views", table=table, slug="gamma")
    kept = {k: np.delete(v, exclude) for k, v in DATA.items()}
    fit = ml.fit(ml.Gamma("y ~ x"), kept)
    found = dict(zip(views["residuals"]["rows"], views["residuals"]["residual"], strict=True))
    rows = np.delete(np.arange(N), exclude)
    assert found == pytest.approx(dict(zip(rows.tolist(), fit.residuals(), strict=True)), rel=1e-5)
    assert set(views["qq"]["rows"]) == set(rows.tolist())
    assert views["curve"]["column"] == "x"
    assert views["why"] == {}


def test_a_view_that_a_fit_has_not_is_null_with_a_sentence(client, table):
    client.result("fit", table=table, y="g", families=["categorical"])
    views = client.result("views", table=table, slug="categorical")
    assert views["density"]["levels"] == ["a", "b", "c"]
    assert views["qq"] is None
    assert set(views["why"]) == {"cdf", "qq", "pp", "residuals", "curve"}


def test_every_family_of_numbers_can_be_looked_at(client):
    """Counts, shares, angles and positive numbers, each under all that take them."""
    law = {
        "counts": RNG.poisson(2.0, 40),
        "shares": RNG.uniform(0.05, 0.95, 40).round(3),
        "real": RNG.normal(size=40).round(3),
    }
    for y in law.values():
        table = client.columns(y=y)
        for one in client.result("fit", table=table, y="y", families="all")["fits"]:
            views = client.result("views", table=table, slug=one["slug"])
            assert views["density"] is not None
            fitted = client.result("fitted", table=table, slug=one["slug"])
            assert fitted["verdict"]["ok"] == one["ok"]


def test_many_points_are_sampled_and_said(client):
    table = client.columns(y=RNG.normal(size=7000).round(3))
    client.result("fit", table=table, y="y", families=["normal"])
    views = client.result("views", table=table, slug="normal")
    assert len(views["residuals"]["residual"]) == 5000
    assert views["residuals"]["sampled"]
    assert len(views["cdf"]["steps"]["x"]) <= 5000


def test_the_surface_is_the_librarys(client, table):
    client.result("fit", table=table, y="y", families=["gamma"])
    fit = ml.fit("gamma", DATA["y"])
    answer = client.result("surface", table=table, slug="gamma", a="mean", b="shape", size=7)
    frame = surface_frame(fit, "mean", "shape", 7)
    np.testing.assert_allclose(answer["a"]["values"], frame["first"], rtol=1e-9)
    np.testing.assert_allclose(answer["delta"], frame["delta"], atol=1e-6)
    i, j = 1, 5
    there = {"mean": answer["a"]["values"][j], "shape": answer["b"]["values"][i]}
    assert answer["delta"][i][j] == pytest.approx(fit.log_likelihood(there) - fit.loglik, abs=1e-6)
    assert answer["levels"]["95%"] == pytest.approx(-2.995732274)  # half of χ²₂'s 5.991465
    assert np.max(answer["delta"]) == pytest.approx(0.0, abs=1e-9)
    assert answer["estimate"] == pytest.approx(list(fit.params.values()))


@pytest.mark.parametrize(
    ("ask", "clause"),
    [
        ({"a": "mean", "b": "mean"}, "two different"),
        ({"a": "mean", "b": "scale"}, "no free parameter"),
        ({"a": "mean", "b": "shape", "size": 1000}, "size"),
        ({"a": "mean", "b": "shape", "size": 2.5}, "size"),
        ({"a": "mean", "b": "shape", "span": 1e9}, "span"),
        ({"a": "mean", "b": "shape", "span": "x"}, "must be a number"),
    ],
)
def test_a_surface_that_makes_no_sense_is_refused(client, table, ask, clause):
    client.result("fit", table=table, y="y", families=["gamma"])
    assert clause in client.ask("surface", table=table, slug="gamma", **ask).error


def test_the_profile_is_the_librarys(client, table):
    client.result("fit", table=table, y="y", families=["gamma"])
    fit = ml.fit("gamma", DATA["y"])
    answer = client.result("profile", table=table, slug="gamma", term="shape")
    _, heights = fit.profile("shape", answer["values"])
    np.testing.assert_allclose(answer["delta"], heights - fit.loglik, atol=1e-6)
    assert answer["interval"] == pytest.approx(fit.interval("shape", method="profile"), rel=1e-6)
    assert answer["wald"] == pytest.approx(fit.interval("shape"), rel=1e-6)


# What if.


def test_the_what_if_is_the_log_likelihood_there(client, table):
    client.result("fit", table=table, y="y", families=["gamma"])
    fit = ml.fit("gamma", DATA["y"])
    answer = client.result("at", table=table, slug="gamma", values={"shape": 3.0})
    assert answer["loglik"] == pytest.approx(fit.log_likelihood(shape=3.0), rel=1e-12)
    assert answer["delta"] == pytest.approx(answer["loglik"] - fit.loglik, rel=1e-6)
    there = ml.Gamma().at(mean=fit.params["mean"], shape=3.0)
    np.testing.assert_allclose(
        answer["density"]["y"], there.prob(answer["density"]["x"]), rtol=1e-9
    )


def test_where_the_data_are_impossible_there_is_no_number(client):
    table = client.columns(y=[1.0, 2.0, 5.0])
    client.result("fit", table=table, y="y", families=["uniform"])
    keys = [r["key"] for r in client.result("fitted", table=table, slug="uniform")["parameters"]]
    answer = client.result("at", table=table, slug="uniform", values={keys[-1]: 4.0})
    assert answer["loglik"] is None
    assert answer["delta"] is None


@pytest.mark.parametrize(
    ("values", "clause"),
    [
        ({"shape": -1}, "positive"),
        ({"shape": "1"}, "must be a number"),
        ({"shape": None}, "must be a number"),
        ({"scale": 1}, "no free parameter"),
        ([], "values is an object"),
    ],
)
def test_an_impossible_what_if_is_refused(client, table, values, clause):
    client.result("fit", table=table, y="y", families=["gamma"])
    assert clause in client.ask("at", table=table, slug="gamma", values=values).error


# Files.


def test_the_tables_file_is_that_of_the_report(client, table):
    client.result("fit", table=table, y="y", families=["gamma"])
    answer = client.ask("download/table.csv", table=table, slug="gamma")
    rows = ml.fit("gamma", DATA["y"]).records()
    header, *lines = answer.body.decode().splitlines()
    assert header.split(",") == list(rows[0])
    assert float(lines[0].split(",")[2]) == pytest.approx(rows[0]["estimate"])


def test_a_name_that_is_a_formula_is_text_to_a_spreadsheet(client):
    table = client.columns(**{"y": DATA["y"], "=1+1": X})
    part = [{"column": "=1+1", "kind": "number"}]
    client.result("fit", table=table, y="y", families=["gamma"], predictors=part)
    content = client.ask("download/table.csv", table=table, slug="gamma").body.decode()
    assert ",'=1+1," in content
    assert ",=1+1," not in content
