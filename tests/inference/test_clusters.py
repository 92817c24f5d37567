"""Robust errors by rows and by clusters, aliased columns, and what follows from either."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2

import mostlikely as ml
from tests.truths.cases import at, between

REFERENCE = Path(__file__).parents[1] / "reference"
#: Petersen's panel, its first 60 firms, with what make_clusters.R adds to it.
PANEL = pd.read_csv(REFERENCE / "petersen.csv").assign(
    up=lambda d: (d.y > 0).astype(int),
    w=lambda d: 1 + d.year % 3 / 2,
    often=lambda d: d.year % 3 + 1,
)
with (REFERENCE / "clusters.csv").open(encoding="utf-8") as lines:
    R: dict[str, dict[str, float]] = {}
    for row in csv.DictReader(lines):
        R.setdefault(row["id"], {})[row["quantity"]] = float(row["value"])
OPTIONS = {
    "ols": {},
    "wls": {"weights": "w", "weight_kind": "precision"},
    "often": {"weights": "often", "weight_kind": "frequency"},
    "logit": {},
}


@pytest.fixture(scope="module")
def panel():
    """Fits to the panel, by the names that make_clusters.R has for them."""
    model = {"logit": ml.Bernoulli("up ~ x")}
    return {k: ml.fit(model.get(k, ml.Normal("y ~ x")), PANEL, **o) for k, o in OPTIONS.items()}


@pytest.mark.parametrize("case", [k for k in R if k != "quine"])
def test_robust_errors_are_those_of_r(panel, case):
    name, kind, *by = case.split()
    cluster = {"both": ["firm", "year"]}.get(by[0], by[0]) if by else None
    found = np.sqrt(np.diag(panel[name].covariance(kind, cluster)))[:2]
    np.testing.assert_allclose(found, list(R[case].values()), rtol=2e-7)


def models():
    """Predictors of one parameter, of two, of labels, and members that share a coefficient."""
    r = np.random.default_rng(8)
    n = 60
    d = pd.DataFrame({"x": r.normal(size=n), "z": r.normal(size=n), "g": np.arange(n) % 12})
    d = d.assign(
        amount=r.gamma(4.0, np.exp(0.3 * d.x) / 4.0),
        value=d.x + r.standard_t(4, size=n),
        label=r.choice(list("abc"), n),
        count=r.poisson(np.exp(0.4 * d.x)),
        often=np.arange(n) % 3 + 1,
    )
    shared = ml.joint(ml.Poisson("count ~ x"), ml.Normal("value ~ z"))
    return d, {
        "gamma": ml.Gamma("amount ~ x", shape="~ z"),
        "student": ml.StudentT("value ~ x + z"),
        "categorical": ml.Categorical("label ~ x"),
        "poisson": ml.Poisson("count ~ x + z"),
        "members": shared,
    }


DATA, MODELS = models()


@pytest.mark.parametrize("name", MODELS)
def test_clusters_of_one_row_are_rows(name):
    fit = ml.fit(MODELS[name], DATA)
    for clusters, rows in (("CR0", "HC0"), ("CR2", "HC2"), ("CR3", "HC3")):
        found = fit.covariance(clusters, cluster=np.arange(60))
        np.testing.assert_allclose(found, fit.covariance(rows), rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("name", ["gamma", "poisson"])
def test_copies_of_rows_are_rows_for_every_robust_error(name):
    written_out = ml.fit(MODELS[name], DATA.loc[DATA.index.repeat(DATA.often)])
    counted = ml.fit(MODELS[name], DATA, weights="often", weight_kind="frequency")
    for kind, cluster in [("HC2", None), ("HC3", None), ("CR1S", "g"), ("CR2", "g"), ("CR3", "g")]:
        np.testing.assert_allclose(
            counted.covariance(kind, cluster), written_out.covariance(kind, cluster), rtol=1e-5
        )


def test_cr2_is_the_root_of_bell_and_mccaffrey():
    """Of least squares each cluster's residuals times the root of (I − H)⁻¹, by eigenvalues."""
    d = PANEL[PANEL.firm <= 12].assign(e=lambda d: np.sin(np.arange(len(d))))
    x = np.column_stack([np.ones(len(d)), d.x])
    bread = np.linalg.inv(x.T @ x)
    e = d.e - x @ bread @ x.T @ d.e
    meat = np.zeros((2, 2))
    for firm in d.firm.unique():
        own = (d.firm == firm).to_numpy()
        values, vectors = np.linalg.eigh(np.eye(own.sum()) - x[own] @ bread @ x[own].T)
        score = x[own].T @ (vectors / np.sqrt(values)) @ vectors.T @ e[own]
        meat += np.outer(score, score)
    found = ml.fit(ml.Normal("e ~ x"), d).covariance("CR2", cluster="firm")[:2, :2]
    np.testing.assert_allclose(found, bread @ meat @ bread, rtol=1e-6)


def test_a_cluster_that_alone_decides_a_coefficient_leaves_the_others_as_they_are():
    """An intercept for each cluster: its scores there add to zero, and I − H has no inverse."""
    d = DATA.assign(g=DATA.g.astype(str))
    fit = ml.fit(ml.Normal("value ~ 0 + g + x"), d)
    keys = list(fit.params)
    at = keys.index(("mu", "x"))
    inner = d[["value", "x"]] - d.groupby("g")[["value", "x"]].transform("mean")
    b = (inner.x @ inner.value) / (inner.x @ inner.x)
    own = inner.assign(xe=inner.x * (inner.value - b * inner.x), xx=inner.x**2).groupby(d.g).sum()
    share = own.xx / own.xx.sum()
    for kind, power in (("CR2", 0.5), ("CR3", 1.0)):
        expected = np.sum((own.xe / (1 - share) ** power) ** 2) / own.xx.sum() ** 2
        assert fit.covariance(kind, cluster="g")[at, at] == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "family", [f for f in ml.families() if not f.labels], ids=lambda f: f.__name__
)
def test_every_family_has_errors_by_clusters_and_by_leverage(family):
    """Positive, and not far from those without small-sample changes."""
    law = at(family, {k: between(p, 0.5) for k, p in family.parameters.items()})
    d = {"y": law.sample(60, seed=3), "x": DATA.x, "g": DATA.g}
    known = {k: v for k, v in law.family.fixed.items() if family.parameters[k].known}
    fit = ml.fit(family(**known, **{next(iter(family.parameters)): "~ x"}), d, y="y")
    if fit.verdict.kind != "interior":
        return
    for kinds, cluster in ((("HC0", "HC2", "HC3"), None), (("CR0", "CR2", "CR3"), "g")):
        plain, root, whole = (np.diag(fit.covariance(k, cluster))[1] ** 0.5 for k in kinds)
        for error in (root, whole):
            assert 0.9 * plain < error < 2.5 * plain


def test_a_negative_variance_is_no_error():
    """Clusters in two ways may leave one, as here: no statistic and no error is made of it."""
    d = {"v": [3.0, 1.0, 1.0, 3.0], "a": list("aabb"), "b": list("xyxy")}
    fit = ml.fit(ml.Normal("v ~ 1"), d)
    ways = ["a", "b"]
    variance = fit.covariance("CR0", cluster=ways)[0, 0]
    assert variance < 0.0
    with pytest.raises(ml.ModelError, match="has no standard error here"):
        fit.test("Intercept = 0", covariance="CR0", cluster=ways)
    assert np.isnan(fit.predict(covariance="CR0", cluster=ways).std_error).all()
    mean = fit.quantity(lambda p: 2 * p["mu", "Intercept"], covariance="CR0", cluster=ways)
    assert np.isnan(mean.std_error)


def test_clusters_have_kinds_of_their_own(panel):
    fit = panel["ols"]
    default = fit.covariance(cluster="firm")
    for kind in ("CR1", "sandwich"):
        np.testing.assert_array_equal(fit.covariance(kind, cluster="firm"), default)
    for kind in ("HC1", "HC3", "observed", "expected"):
        with pytest.raises(ml.ModelError, match="with cluster= it is one of CR0, CR1"):
            fit.covariance(kind, cluster="firm")
    for kind in ("CR0", "CR2"):
        with pytest.raises(ml.ModelError, match="is about clusters; say which rows"):
            fit.covariance(kind)


# The same errors in tests, intervals, quantities and predictions.


@pytest.mark.parametrize(("kind", "cluster"), [("HC3", None), ("CR2", "firm"), (None, "firm")])
def test_errors_of_ones_own_are_used_wherever_errors_are(panel, kind, cluster):
    fit, options = panel["ols"], {"covariance": kind, "cluster": cluster}
    error = fit.covariance(kind, cluster)[1, 1] ** 0.5
    slope = fit.params["mu", "x"]
    test = fit.test("x = 0", **options)
    assert (test.method, test.df) == ("wald", 1)
    assert test.statistic == pytest.approx((slope / error) ** 2, rel=1e-10)
    low, high = fit.interval("x", **options)
    assert (high - low) / 2 == pytest.approx(1.959963984540054 * error, rel=1e-10)
    assert fit.interval(**options)["mu", "x"] == (low, high)
    quantity = fit.quantity(lambda p: 2.0 * p["mu", "x"], **options)
    assert quantity.std_error == pytest.approx(2.0 * error, rel=1e-10)
    steps = np.diff(fit.predict({"x": [1e9, 2e9]}, **options).std_error)
    assert steps == pytest.approx(1e9 * error, rel=1e-6)


def test_an_option_that_is_not_used_is_refused(panel):
    fit = panel["ols"]
    for method in ("lr", "score"):
        with pytest.raises(ml.ModelError, match=f"and the {method} test has none"):
            fit.test("x = 0", method=method, covariance="HC3")
    with pytest.raises(ml.ModelError, match="profile interval has none"):
        fit.interval("x", method="profile", cluster="firm")
    with pytest.raises(ml.ModelError, match="no parameter 'foo'"):
        fit.test("x = 0", foo=3)
    with pytest.raises(ml.ModelError, match="HC3"):
        fit.test("x = 0", method="wald", covariance="HC9")


def test_sampling_weights_are_tested_by_wald():
    fit = ml.fit(ml.Normal("y ~ x"), PANEL, weights="w", weight_kind="sampling")
    assert fit.test("x = 0").method == "wald"


# Hypotheses together, and of columns that depend on one another.


def test_hypotheses_are_tested_together(panel):
    fit = panel["ols"]
    together = fit.test("x = 1", {("mu", "Intercept"): 0}, sigma=2)
    assert together.df == 3
    assert together.statistic == fit.test("x = 1, Intercept = 0", sigma=2).statistic


@pytest.mark.parametrize("formula", ["count ~ label + x", "count ~ C(label) + x"])
def test_a_column_of_labels_is_tested_by_its_name(formula):
    fit, without = (ml.fit(ml.Poisson(f), DATA) for f in (formula, "count ~ x"))
    found = fit.test("label")
    assert found.df == 2
    assert found.statistic == pytest.approx(2 * (fit.loglik - without.loglik), rel=1e-7)
    assert fit.test("label, x = 0").df == 3


def test_aliased_columns_count_by_rank_as_in_r():
    quine = pd.read_csv(REFERENCE / "regression" / "quine.csv")
    age = (quine.AgeF1 + 2 * quine.AgeF2 + 3 * quine.AgeF3).map("F{:.0f}".format)
    quine = quine.assign(Age=age, Lrn=quine.LrnSL.map({0: "AL", 1: "SL"}))
    whole = ml.fit(ml.Poisson("Days ~ EthN + SexM + Age * Lrn"), quine)
    part = ml.fit(ml.Poisson("Days ~ EthN + SexM + Age"), quine)
    r = R["quine"]
    assert len(whole.params) == r["df"] + 1 and whole.df == r["df"]
    for name in ("loglik", "aic", "bic"):
        assert getattr(whole, name) == pytest.approx(r[name], rel=1e-10)
    found = ml.anova(part, whole)
    assert (found.df, found.statistic) == (r["test_df"], pytest.approx(r["statistic"], rel=1e-8))
    lost = [f"{k[1]} = 0" for k in whole.params if "Lrn" in k[1]]
    again = whole.test(", ".join(lost))
    assert (again.df, again.statistic) == (r["test_df"], pytest.approx(r["statistic"], rel=1e-7))


def test_of_dependent_columns_the_data_tell_some_sums():
    d = DATA.assign(double=2 * DATA.x)
    fit, one = (ml.fit(ml.Poisson(f"count ~ {f}"), d) for f in ("x + double + z", "x + z"))
    for method in ("lr", "wald", "score"):
        expected = one.test("x = 0.3", method=method)
        for hypothesis in ("x + 2 * double = 0.3", "x = 0.1, double = 0.1"):
            found = fit.test(hypothesis, method=method)
            assert found.df == expected.df == 1
            assert found.statistic == pytest.approx(expected.statistic, rel=1e-6)
            assert found.p_value == pytest.approx(chi2.sf(found.statistic, 1), rel=1e-12)
        assert fit.test("x = 0, double = 0, z = 0", method=method).df == 2
        with pytest.raises(ml.ModelError, match="the data do not tell whether x = 0"):
            fit.test("x = 0", method=method)


# Edges.


def test_predictions_on_an_edge_have_the_errors_of_the_other_rows():
    """Of means b x, as rows at x = 0 hold the intercept: b is Σn/Σx, its variance b/Σx."""
    d = {"x": [0, 0, 1, 1, 2, 2], "n": [0, 0, 1, 2, 3, 4]}
    fit = ml.fit(ml.Poisson(mean=ml.linear("~ x", link="identity")), d, y="n")
    b = 10 / 6
    found = fit.predict()
    np.testing.assert_allclose(found.value, b * np.array(d["x"]), atol=1e-9)
    np.testing.assert_allclose(found.std_error, np.sqrt(b / 6) * np.array(d["x"]), rtol=1e-6)
    np.testing.assert_allclose(fit.predict({"x": [3]}).std_error, 3 * np.sqrt(b / 6), rtol=1e-6)


def test_an_edge_has_no_interval_by_robust_errors():
    fit = ml.fit("bernoulli", [0] * 10)
    with pytest.raises(ml.ModelError, match="p has no such standard error"):
        fit.interval("p", covariance="HC0")
    assert np.isnan(fit.interval(covariance="HC0")["p"]).all()


def test_separated_labels_of_two_levels_have_expected_errors():
    """Group a has shares, b and c one level each: the cutpoint is the logit of four in five."""
    d = {"g": list("aaaaabbcc"), "y": [1, 1, 2, 1, 1, 2, 2, 2, 2]}
    fit = ml.fit(ml.Ordinal("y ~ C(g)"), d)
    assert fit.verdict.kind == "separation"
    for kind in ("observed", "expected"):
        assert fit.covariance(kind)[2, 2] == pytest.approx(1 / (5 * 0.8 * 0.2), rel=1e-7)
