"""Likelihoods that add: against R, against separate and stacked fits, against hand algebra."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import mostlikely as ml

X = [-1.2, -0.7, -0.3, 0, 0.1, 0.4, 0.6, 0.9, 1.1, 1.6, -0.9, 0.3]
N = [0, 1, 1, 2, 1, 3, 2, 2, 4, 6, 1, 2]
B = [0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 0]
U = [0.1, 0.3, 0.2, 1.5, 0.4, 1.1, 2.5, -0.3, 2.2, 3.9, 0.4, -0.8]
V = [1.4, 0.2, 0.9, 2.8, 1.0, 1.9, 3.1, 0.6, 3.5, 4.2, -0.7, 0.5]
TABLE = {"x": X, "n": N, "b": B, "u": U, "v": V, "g": list("abcabcabcabc")}
FIRST, SECOND = [9.1, 10.2, 10.7, 9.6], [8.0, 14.0, 10.0]


def same(fit, other, rename=lambda key: key, tolerance=1e-9):
    """Whether estimates and errors of a fit are those of another."""
    for key in other.params:
        value, error = fit.params[rename(key)], fit.standard_errors[rename(key)]
        assert value == pytest.approx(other.params[key], rel=tolerance, abs=tolerance), key
        assert error == pytest.approx(other.standard_errors[key], rel=1e-6), key


def stacked(*tables):
    return {k: np.concatenate([t[k] for t in tables]) for k in tables[0]}


# One number, several samples.


def test_two_samples_with_one_mean():
    """The Behrens-Fisher model; R 4.2.2, uniroot of the profile's score."""
    fit = ml.fit(ml.joint(ml.Normal(), ml.Normal(), shared=["mu"]), [FIRST, SECOND])
    assert fit.params["mu"] == pytest.approx(9.9298869250386268, rel=1e-9)
    assert fit.params["sigma1"] == pytest.approx(0.60489108795572799, rel=1e-8)
    assert fit.params["sigma2"] == pytest.approx(2.60097416555714833, rel=1e-8)
    assert fit.loglik == pytest.approx(-10.789400465913484, abs=1e-11)
    assert (fit.verdict.kind, fit.df, fit.n, fit.label) == ("interior", 3, 7, "y")


def test_everything_shared_is_one_regression_of_all_rows():
    fit = ml.fit(ml.joint(ml.Normal("u ~ x"), ml.Normal("v ~ x")), TABLE)
    whole = ml.fit(ml.Normal("y ~ x"), {"x": X + X, "y": U + V})
    assert list(fit.params) == list(whole.params)
    same(fit, whole)
    assert fit.loglik == pytest.approx(whole.loglik, abs=1e-10)
    assert fit.interval("x", method="profile") == pytest.approx(
        whole.interval("x", method="profile"), rel=1e-6
    )
    assert fit.test("x = 1").statistic == pytest.approx(whole.test("x = 1").statistic, rel=1e-7)
    assert fit.covariance("expected") == pytest.approx(whole.covariance("expected"), rel=1e-6)


def test_nearly_dependent_columns_cost_few_digits():
    year = np.linspace(2001.0, 2003.0, 12)
    tables = [{"t": year, "y": np.array(U)}, {"t": year + 0.1, "y": np.array(V)}]
    model = "y ~ t + I(t**2)"
    fit = ml.fit(ml.joint(ml.Normal(model), ml.Normal(model)), tables)
    whole = ml.fit(ml.Normal(model), stacked(*tables))
    same(fit, whole, tolerance=1e-6)
    assert fit.loglik == pytest.approx(whole.loglik, abs=1e-7)


def test_nothing_shared_is_each_by_itself():
    fit = ml.fit(ml.joint(ml.Gamma("n2 ~ x"), ml.Normal("u ~ x", sigma="~ x"), shared=[]), POSITIVE)
    gamma = ml.fit(ml.Gamma("n2 ~ x"), POSITIVE)
    normal = ml.fit(ml.Normal("u ~ x", sigma="~ x"), POSITIVE)
    same(fit, gamma)
    same(fit, normal)
    assert fit.loglik == pytest.approx(gamma.loglik + normal.loglik, abs=1e-10)
    assert fit.df == gamma.df + normal.df
    covariance = fit.covariance()
    assert covariance[: gamma.df, gamma.df :] == pytest.approx(0.0, abs=1e-12)


POSITIVE = {**TABLE, "n2": [k + 0.5 for k in N]}


def test_seemingly_unrelated_regressions():
    """One slope, two spreads: by hand it is least squares with weights 1/σ²."""
    fit = ml.fit(ml.joint(ml.Normal("u ~ x"), ml.Normal("v ~ x"), shared=["x"]), TABLE)
    assert list(fit.params) == [
        ("mu1", "Intercept"),
        ("mu", "x"),
        "sigma1",
        ("mu2", "Intercept"),
        "sigma2",
    ]
    x, w = np.array(X) - np.mean(X), [fit.params[f"sigma{k}"] ** -2 for k in (1, 2)]
    slope = (w[0] * x @ U + w[1] * x @ V) / (sum(w) * x @ x)
    assert fit.params["mu", "x"] == pytest.approx(slope, rel=1e-8)
    for k, y in (("1", U), ("2", V)):
        residual = np.array(y) - np.mean(y) - slope * x
        assert fit.params[f"sigma{k}"] == pytest.approx(np.sqrt(np.mean(residual**2)), rel=1e-8)


def test_counts_and_events_with_one_slope():
    """R 4.2.2: optim and Newton steps on the sum of dpois and dbinom; uniroot of the profile."""
    fit = ml.fit(ml.joint(ml.Poisson("n ~ x"), ml.Bernoulli("b ~ x"), shared=["x"]), TABLE)
    estimate = [0.29098251406795173, 0.96845272053769693, -0.15428336241715127]
    errors = [0.27916889531302552, 0.26529714041922409, 0.61846162974814889]
    assert list(fit.params) == [("mean", "Intercept"), "x", ("p", "Intercept")]
    assert list(fit.params.values()) == pytest.approx(estimate, rel=1e-8)
    assert list(fit.standard_errors.values()) == pytest.approx(errors, rel=1e-8)
    assert fit.loglik == pytest.approx(-21.809074340225088, abs=1e-11)
    low, high = fit.interval("x", method="profile")
    assert (low, high) == pytest.approx((0.46572498765, 1.51064597168), rel=1e-7)
    assert fit.test("x = 0.5").statistic == pytest.approx(3.3216558302, rel=1e-7)
    named = {"slope": [("mean", "x"), ("p", "x")]}
    again = ml.fit(ml.joint(ml.Poisson("n ~ x"), ml.Bernoulli("b ~ x"), shared=named), TABLE)
    assert again.params["slope"] == pytest.approx(fit.params["x"], rel=1e-9)


# Functions.


def test_functions_of_ones_own_share_an_argument():
    """Two exponential samples, the second twice as long on average: 1/rate = (Σt + Σu/2) / n."""

    def first(d, rate):
        return np.log(rate) - rate * d["t"]

    def second(d, rate):
        return np.log(rate / 2) - rate * d["u"] / 2

    tables = [{"t": [1.0, 2.0, 0.5]}, {"u": [3.0, 1.0, 4.0, 2.5]}]
    fit = ml.fit(ml.joint(first, second), tables, start={"rate": 1.0})
    rate = 7 / (3.5 + 10.5 / 2)
    assert fit.params["rate"] == pytest.approx(rate, rel=1e-9)
    assert fit.standard_errors["rate"] == pytest.approx(rate / 7**0.5, rel=1e-7)
    apart = ml.fit(ml.joint(first, second, shared=[]), tables, start={"rate": 1.0})
    assert apart.params["rate1"] == pytest.approx(3 / 3.5, rel=1e-9)
    assert apart.params["rate2"] == pytest.approx(4 / 5.25, rel=1e-9)


def test_a_function_shares_a_constant_that_has_a_link():
    """σ of a normal sample is seen in logs, the function's own as it is: both are one spread."""

    def noise(d, sigma):
        return -0.5 * (d["v"] / sigma) ** 2 - np.log(sigma) - 0.5 * np.log(2 * np.pi)

    fit = ml.fit(ml.joint(ml.Normal("u ~ x"), noise), TABLE, start={"sigma": 1.0})
    line = ml.fit(ml.Normal("u ~ x"), TABLE)
    total = 12 * line.params["sigma"] ** 2 + np.sum(np.square(V))
    assert fit.params["sigma"] == pytest.approx(np.sqrt(total / 24), rel=1e-8)
    assert fit.standard_errors["sigma"] == pytest.approx(np.sqrt(total / 24 / 48), rel=1e-6)
    low, high = fit.interval("sigma")  # symmetric in logs
    assert low * high == pytest.approx(fit.params["sigma"] ** 2, rel=1e-9)


def test_a_formula_and_a_function_share_a_coefficient_by_key():
    line = ml.nonlinear(lambda d, x, c: c + x * d["x"], start={"x": 0.5, "c": 0.0})
    fit = ml.fit(
        ml.joint(ml.Normal("u ~ x"), ml.Normal(mu=line), shared=[("mu", "x")]),
        TABLE,
        y=[None, "v"],
    )
    same_model = ml.fit(ml.joint(ml.Normal("u ~ x"), ml.Normal("v ~ x"), shared=["x"]), TABLE)
    assert fit.params["mu", "x"] == pytest.approx(same_model.params["mu", "x"], rel=1e-8)
    assert fit.loglik == pytest.approx(same_model.loglik, abs=1e-10)


def mean(d, a, b):
    return a + b * d["x"]


def spread(d, c, b):
    return np.exp(c + b * d["x"])


def test_predictors_of_one_family_share_a_coefficient():
    """R 4.2.2: optim on dnorm(u, a + b x, exp(c + b x)); its reltol leaves six digits."""
    nonlinear = ml.Normal(
        mu=ml.nonlinear(mean, start={"a": 0.0, "b": 0.1}, shared=["b"]),
        sigma=ml.nonlinear(spread, start={"c": 0.0, "b": 0.1}, shared=["b"]),
    )
    fit = ml.fit(nonlinear, TABLE, y="u")
    assert list(fit.params) == [("mu", "a"), "b", ("sigma", "c")]
    assert list(fit.params.values()) == pytest.approx([0.842121, 0.719969, -0.402547], abs=2e-6)
    assert fit.loglik == pytest.approx(-13.5646353168, abs=1e-9)
    errors = [0.20926911, 0.17470710, 0.20598985]
    assert list(fit.standard_errors.values()) == pytest.approx(errors, rel=2e-5)
    linear = ml.Normal(mu=ml.linear("u ~ x", shared=["x"]), sigma=ml.linear("~ x", shared=["x"]))
    straight = ml.fit(linear, TABLE)
    assert straight.params["x"] == pytest.approx(fit.params["b"], rel=1e-8)
    assert fit.predict({"x": [0.5]}).std_error == pytest.approx(
        straight.predict({"x": [0.5]}).std_error, rel=1e-6
    )


def test_an_argument_that_is_not_shared_has_two_keys():
    model = ml.Normal(
        mu=ml.nonlinear(mean, start={"a": 0.0, "b": 0.1}),
        sigma=ml.nonlinear(spread, start={"c": 0.0, "b": 0.1}),
    )
    assert set(ml.fit(model, TABLE, y="u").params) == {
        ("mu", "a"),
        ("mu", "b"),
        ("sigma", "c"),
        ("sigma", "b"),
    }


# Data.


def test_a_row_missing_for_one_member_matters_to_it_alone():
    table = pd.DataFrame(TABLE)
    table.loc[[2, 5], "v"] = np.nan
    model = ml.joint(ml.Normal("u ~ x"), ml.Normal("v ~ x"), shared=["sigma"])
    fit = ml.fit(model, table, missing="drop")
    apart = ml.fit(model, [table, table.dropna()])
    same(fit, apart)
    assert (fit.n, fit.dropped) == (22, 2)
    with pytest.raises(ml.DataError, match=r"member 2.*v has 2 missing"):
        ml.fit(model, table)


def test_a_weight_of_two_is_a_row_twice():
    table = {"x": X, "n": N, "b": B, "w": [2, 1, 1, 2, 1, 1, 3, 1, 1, 1, 1, 2]}
    twice = {k: np.repeat(v, table["w"]) for k, v in table.items()}
    model = ml.joint(ml.Poisson("n ~ x"), ml.Bernoulli("b ~ x"), shared=["x"])
    same(ml.fit(model, table, weights="w"), ml.fit(model, twice))
    sandwich = ml.fit(model, table, weights="w").covariance("sandwich")
    assert sandwich == pytest.approx(ml.fit(model, twice).covariance("sandwich"), rel=1e-6)


def test_sampling_weights_have_no_unit():
    model = ml.joint(ml.Poisson("n ~ x"), ml.Bernoulli("b ~ x"), shared=["x"])
    w = np.array([2.0, 1, 1, 2, 1, 1, 3, 1, 1, 1, 1, 2])
    one = ml.fit(model, TABLE, weights=w, weight_kind="sampling")
    other = ml.fit(model, TABLE, weights=100 * w, weight_kind="sampling")
    same(one, other)
    with pytest.raises(ml.ModelError, match="not chi-square"):
        one.interval("x", method="profile")


def test_precision_weights_are_each_members_own():
    w = [2.0, 1, 1, 2, 1, 1, 3, 1, 1, 1, 1, 2]
    model = ml.joint(ml.Normal("u ~ x"), ml.Normal("v ~ x"), shared=["sigma"])
    fit = ml.fit(model, TABLE, weights=w, weight_kind="precision")
    deviations = []
    for y in (U, V):
        alone = ml.fit(ml.Normal("y ~ x"), {"x": X, "y": y}, weights=w, weight_kind="precision")
        deviations.append(alone.params["sigma"] ** 2)
    assert fit.params["sigma"] == pytest.approx(np.sqrt(np.mean(deviations)), rel=1e-8)
    with pytest.raises(ml.ModelError, match="Poisson has no dispersion"):
        ml.fit(ml.joint(ml.Poisson("n ~ x")), TABLE, weights=w, weight_kind="precision")


def test_the_sandwich_adds_the_scores_of_a_row_over_members():
    """With the same response twice each row's score is doubled: the errors are those of one."""
    model = ml.joint(ml.Poisson("n ~ x"), ml.Poisson("n ~ x"))
    fit, one = ml.fit(model, TABLE), ml.fit(ml.Poisson("n ~ x"), TABLE)
    assert fit.covariance("sandwich") == pytest.approx(one.covariance("sandwich"), rel=1e-7)
    assert fit.covariance() == pytest.approx(one.covariance() / 2, rel=1e-7)
    assert fit.covariance(cluster="g") == pytest.approx(one.covariance(cluster="g"), rel=1e-7)
    apart = ml.fit(model, [TABLE, TABLE])
    assert apart.covariance("sandwich") == pytest.approx(one.covariance("sandwich") / 2, rel=1e-7)
    with pytest.raises(ml.ModelError, match="no clusters in common"):
        apart.covariance(cluster="g")


# What a fit is good for.


def test_a_member_predicts():
    model = ml.joint(ml.Poisson("n ~ x"), ml.Bernoulli("b ~ x"), shared=["x"])
    fit = ml.fit(model, TABLE)
    p = fit.predict({"x": [0.5]}, member=1)
    eta = fit.quantity(lambda v: v["p", "Intercept"] + 0.5 * v["x"])
    expected = 1 / (1 + np.exp(-eta.value))
    assert p.value[0] == pytest.approx(expected, rel=1e-9)
    assert p.std_error[0] == pytest.approx(expected * (1 - expected) * eta.std_error, rel=1e-6)
    with pytest.raises(ml.ModelError, match="member=0"):
        fit.predict({"x": [0.5]})
    with pytest.raises(ml.ModelError, match="0 to 1"):
        fit.predict({"x": [0.5]}, member=2)
    with pytest.raises(ml.ModelError, match="several responses"):
        fit.plot()


def test_sharing_is_a_hypothesis():
    a, b = ml.Normal("u ~ x"), ml.Normal("v ~ x")
    small, large = (
        ml.fit(ml.joint(a, b, shared=shared), TABLE) for shared in (["x", "sigma"], ["sigma"])
    )
    test = ml.anova(small, large)
    assert test.df == 1
    assert test.statistic == pytest.approx(2 * (large.loglik - small.loglik))
    wald = large.test("mu1[x] = mu2[x]").statistic
    assert wald == pytest.approx(test.statistic, rel=1e-6)  # as an equation it is the same test


def test_saved_and_loaded(tmp_path):
    shared = {"slope": [("mean", "x"), ("p", "x")]}
    model = ml.joint(ml.Gamma("n2 ~ x"), ml.Bernoulli("b ~ x"), shared=shared)
    fit = ml.fit(model, POSITIVE)
    fit.save(tmp_path / "fit.json")
    back = ml.load(tmp_path / "fit.json")
    assert dict(back.params) == dict(fit.params)
    assert back.interval() == fit.interval()
    assert back.summary() == fit.summary()
    assert "Gamma: log(mean) ~ x | Bernoulli: logit(p) ~ x" in fit.summary()


def test_joint_is_no_family_of_the_list():
    assert "joint" not in {f.__name__.lower() for f in ml.families()}


# Verdicts.


def test_a_separated_member_is_named_and_the_other_is_right():
    table = {"x": [1, 2, 3, 4, 5, 6], "b": [0, 0, 0, 1, 1, 1], "n": [1, 3, 2, 4, 3, 5]}
    a, b = ml.Bernoulli("b ~ x"), ml.Poisson("n ~ x")
    fit, counts = ml.fit(ml.joint(a, b, shared=[]), table), ml.fit(b, table)
    assert fit.verdict.kind == "separation"
    assert "6 of 6 rows of member 1" in str(fit.verdict)
    assert (fit.params["p", "x"], fit.params["p", "Intercept"]) == (np.inf, -np.inf)
    same(fit, counts)
    assert fit.loglik == pytest.approx(counts.loglik, abs=1e-9)


def test_a_shared_slope_ends_the_separation():
    table = {"x": [1, 2, 3, 4, 5, 6], "b": [0, 0, 0, 1, 1, 1], "n": [1, 3, 2, 4, 3, 5]}
    fit = ml.fit(ml.joint(ml.Bernoulli("b ~ x"), ml.Poisson("n ~ x"), shared=["x"]), table)
    assert fit.verdict.kind == "interior"


def test_rows_that_are_separated_in_both_members_run_off_together():
    table = {"g": list("aaabbb"), "n": [1, 2, 3, 0, 0, 0], "m": [4, 2, 5, 0, 0, 0]}
    fit = ml.fit(ml.joint(ml.Poisson("n ~ g"), ml.Poisson("m ~ g"), shared=["g[T.b]"]), table)
    assert fit.verdict.kind == "separation"
    assert fit.params["mean", "g[T.b]"] == -np.inf
    assert fit.params["mean1", "Intercept"] == pytest.approx(np.log(2), abs=1e-8)
    assert fit.params["mean2", "Intercept"] == pytest.approx(np.log(11 / 3), abs=1e-8)


def test_a_member_without_excess_spread_is_its_limit():
    table = {"x": [1, 2, 3, 4, 5, 6], "b": [0, 1, 0, 1, 0, 1], "n": [1, 3, 2, 4, 3, 5]}
    a, b = ml.NegativeBinomial("n ~ x"), ml.Bernoulli("b ~ x")
    fit = ml.fit(ml.joint(a, b, shared=["x"]), table)
    limit = ml.fit(ml.joint(ml.Poisson("n ~ x"), b, shared=["x"]), table)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert fit.params["size"] == np.inf
    assert fit.loglik == pytest.approx(limit.loglik, abs=1e-9)
    same(fit, limit)


def test_dependent_columns_are_named_unless_another_member_tells_them_apart():
    table = {**TABLE, "x2": [2 * v for v in X]}
    a, b = ml.Normal("u ~ x + x2"), ml.Normal("v ~ x")
    apart = ml.fit(ml.joint(a, b, shared=[]), table)
    assert apart.verdict.kind == "not identified"
    assert "mu1[x]" in str(apart.verdict)
    assert ml.fit(ml.joint(a, b, shared=["x"]), table).verdict.kind == "interior"


def test_a_member_without_noise_has_no_maximum():
    table = {**TABLE, "x2": [2 * v + 1 for v in X]}
    fit = ml.fit(ml.joint(ml.Normal("u ~ x"), ml.Normal("x2 ~ x"), shared=[]), table)
    assert fit.verdict.kind == "no maximum"
    assert "sigma2" in str(fit.verdict)


# Errors.


@pytest.mark.parametrize(
    ("shared", "words"),
    [
        (["sigmma"], "no member has a parameter 'sigmma'; did you mean 'sigma'"),
        ([("mu", "z")], "no member has a parameter 'mu\\[z\\]'"),
        (["g[T.b]"], "only member 2 has g\\[T.b\\]"),
        ({"slope": ["x", "w"]}, "shared\\['slope'\\]: no member has a parameter 'w'"),
        ({"slope": [("mu", "g[T.b]")]}, "takes two to share"),
        ({"slope": "x"}, "gives each name a list of keys"),
        ({"one": ["x"], "two": [("mu", "x")]}, "cannot be both one and two"),
    ],
)
def test_what_cannot_be_shared_is_said(shared, words):
    model = ml.joint(ml.Normal("u ~ x"), ml.Normal("v ~ x + g"), shared=shared)
    with pytest.raises(ml.ModelError, match=words):
        ml.fit(model, TABLE)


def test_nothing_in_common_is_fine():
    fit = ml.fit(ml.joint(ml.Poisson("n ~ x"), ml.Bernoulli("b ~ x")), TABLE)
    assert fit.df == 4


def test_members_and_tables_are_counted():
    model = ml.joint(ml.Normal("u ~ x"), ml.Normal("v ~ x"))
    with pytest.raises(ml.DataError, match="2 members and 3 tables"):
        ml.fit(model, [TABLE, TABLE, TABLE])
    with pytest.raises(ml.DataError, match="weights is a list of 3"):
        ml.fit(model, TABLE, weights=["x", "x", "x"])
    with pytest.raises(ml.ModelError, match="of one kind"):
        ml.fit(model, TABLE, weights="n", weight_kind=["frequency", "precision"])
    with pytest.raises(ml.ModelError, match="X= and offset="):
        ml.fit(model, TABLE, offset="x")
    with pytest.raises(ml.ModelError, match="needs members"):
        ml.joint()


def test_starts_are_asked_for_and_understood():
    def own(d, scale):
        return -np.log(scale) - np.abs(d["u"]) / scale

    model = ml.joint(own, ml.Normal("v ~ x"))
    with pytest.raises(ml.ModelError, match="'scale', an argument of own"):
        ml.fit(model, TABLE)
    with pytest.raises(ml.ModelError, match=r"no parameter 'sgima'.*'sigma'"):
        ml.fit(model, TABLE, start={"scale": 1.0, "sgima": 2.0})
    fit = ml.fit(model, TABLE, start={"scale": 1.0, "sigma": 2.0, "x": 1.0})
    assert fit.params["scale"] == pytest.approx(np.mean(np.abs(U)), rel=1e-8)


def test_a_share_that_no_other_predictor_has_is_an_error():
    one = ml.Normal(mu=ml.linear("u ~ x", shared=["x"]), sigma="~ x")
    with pytest.raises(ml.ModelError, match="only mu shares 'x'"):
        ml.fit(one, TABLE)
    with pytest.raises(ml.ModelError, match="'k' is no coefficient"):
        ml.nonlinear(mean, start={"a": 1.0, "b": 1.0}, shared=["k"])
    strange = ml.Normal(mu=ml.linear("u ~ x", shared=["z"]), sigma=ml.linear("~ x", shared=["z"]))
    with pytest.raises(ml.ModelError, match="there is no term 'z'"):
        ml.fit(strange, TABLE)


def test_probabilities_that_add_to_one_are_not_shared_one_by_one():
    labels = [{"y": list("aabbc")}, {"y": list("abcca")}]
    model = ml.joint(ml.Categorical(), ml.Categorical())
    with pytest.raises(ml.ModelError, match="add to one"):
        ml.fit(model, labels)
    by_formula = ml.joint(ml.Categorical("y ~ 1"), ml.Categorical("y ~ 1"))
    fit = ml.fit(by_formula, labels)
    whole = ml.fit(ml.Categorical("y ~ 1"), {"y": list("aabbcabcca")})
    same(fit, whole)
    apart = ml.fit(ml.joint(ml.Categorical(), ml.Normal("u ~ x")), [labels[0], TABLE])
    assert [apart.params[k] for k in ("p[b]", "p[c]")] == pytest.approx([0.4, 0.2], rel=1e-8)
