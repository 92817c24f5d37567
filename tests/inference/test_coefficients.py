"""Tables of coefficients: other covariances, ratios, and small samples of the normal linear model.

Reference values: R 4.2.2, ``lm``, ``glm``, ``drop1``, as given in each test.
"""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

D = {
    "y": [0.8, 1.3, 2.4, 0.4, 3.1, 1.9, 2.2, 0.9],
    "x": [0, 1, 2, 0, 3, 1, 2, 1],
    "g": list("ababbaba"[:4]) + list("abba"),
    "n": [2, 4, 5, 7, 1, 6, 3, 8],
}
D["g"] = ["a", "b", "a", "b", "a", "b", "b", "a"]
R = {"rel": 1e-10}


@pytest.fixture(scope="module")
def line():
    return ml.fit(ml.Normal("y ~ x + g"), D)


@pytest.fixture(scope="module")
def counts():
    return ml.fit(ml.Poisson("n ~ x + g"), D)


# Small samples.


def test_small_samples_of_a_line_are_those_of_lm(line):
    rows = line.records(small_sample=True)  # coef(summary(lm(y ~ x + g))), confint
    assert [row["std_error"] for row in rows[:3]] == pytest.approx(
        [0.263415555922654, 0.131707777961327, 0.255051015305102], **R
    )
    assert [row["statistic"] for row in rows[:3]] == pytest.approx(
        [1.95237412036791, 6.50791373455968, 0.30806161848616], rel=1e-9
    )
    assert [row["p_value"] for row in rows[:3]] == pytest.approx(
        [0.1083403389128653, 0.0012795567879019, 0.7704558424454157], rel=1e-9
    )
    ends = [(row["conf_low"], row["conf_high"]) for row in rows[:3]]
    assert np.ravel(ends) == pytest.approx(
        [
            *(-0.162845528993100, 1.191416957564531, 0.518577235503449, 1.195708478782264),
            *(-0.577058078532466, 0.734200935675322),
        ],
        rel=1e-9,
    )
    assert "0.34847" in line.summary(small_sample=True)  # summary(m)$sigma 0.348466026218585


def test_small_samples_under_precision_weights_are_those_of_lm():
    w = [1, 2, 1, 3, 1, 2, 1, 1]
    fit = ml.fit(ml.Normal("y ~ x"), D, weights=w, weight_kind="precision")
    rows = fit.records(small_sample=True)  # coef(summary(lm(y ~ x, weights = w)))
    assert rows[1]["std_error"] == pytest.approx(0.123333333333333, **R)
    assert rows[1]["p_value"] == pytest.approx(0.000381680976447546, rel=1e-9)


def test_an_f_test_is_that_of_anova(line):
    found = line.test("x = 0", small_sample=True)  # anova(lm(y ~ g), m)
    assert (found.method, found.df, found.residual_df) == ("F", 1, 5.0)
    assert found.statistic == pytest.approx(42.35294117647, rel=1e-9)
    assert "on 1 and 5 degrees of freedom" in str(found)


def test_the_interval_of_sigma_is_chi_squares(line):
    from scipy import stats

    low, high = line.interval("sigma", small_sample=True)
    rss = 0.607142857142857  # deviance(m)
    assert low == pytest.approx(np.sqrt(rss / stats.chi2.ppf(0.975, 5)), rel=1e-9)
    assert high == pytest.approx(np.sqrt(rss / stats.chi2.ppf(0.025, 5)), rel=1e-9)


@pytest.mark.parametrize(
    "fit",
    [
        lambda: ml.fit(ml.Normal("y ~ x", sigma="~ x"), D),
        lambda: ml.fit(ml.Normal(mu=ml.linear("y ~ x", link="log")), D),
        lambda: ml.fit(ml.Gamma("y ~ x"), D),
        lambda: ml.fit(ml.Normal("y ~ x", sigma=1), D),
        lambda: ml.fit(ml.Normal("y ~ x"), D, penalty=ml.Ridge(1.0)),
    ],
    ids=["sigma follows", "log link", "gamma", "sigma known", "ridge"],
)
def test_small_samples_of_another_model_are_refused(fit):
    with pytest.raises(ml.ModelError, match="is of the normal linear model"):
        fit().summary(small_sample=True)


def test_small_samples_are_refused_with_clusters_and_profiles(line):
    with pytest.raises(ml.ModelError, match="with cluster= the degrees of freedom"):
        line.interval(cluster="g", small_sample=True)
    with pytest.raises(ml.ModelError, match='use method="wald"'):
        line.interval(method="profile", small_sample=True)
    with pytest.raises(ml.ModelError, match="sigma is among these"):
        line.test(sigma=1, small_sample=True)


def test_few_rows_are_told_that_wald_is_short():
    assert 'method="profile" is closer, small_sample=True exact' in str(ml.fit("normal", D["y"]))
    assert "is closer" not in ml.fit("normal", D["y"]).summary(small_sample=True)
    assert "is closer" not in str(ml.fit("normal", np.arange(50.0)))


# Ratios.


def test_rate_ratios_are_those_of_glm(counts):
    rows = counts.records(exponentiate=True)  # exp(coef(p)), exp(confint.default(p))
    assert [row["estimate"] for row in rows] == pytest.approx(
        [5.506421844370287, 0.789676310981692, 1.133996037553757], rel=1e-9
    )
    ends = [(row["conf_low"], row["conf_high"]) for row in rows]
    assert np.ravel(ends) == pytest.approx(
        [
            *(2.849030909119650, 10.64245439777534, 0.548579249206831, 1.13673398515762),
            *(0.581383419516774, 2.21187424687215),
        ],
        rel=1e-7,
    )
    assert [row["p_value"] for row in rows] == [row["p_value"] for row in counts.records()]
    assert rows[1]["std_error"] == pytest.approx(0.789676310981692 * 0.185866362160250, rel=1e-7)
    assert "rate ratios" in counts.summary(exponentiate=True)


NAMED = {
    "odds ratios": (ml.Bernoulli("b ~ x"), "b"),
    "hazard ratios": (ml.Bernoulli(p=ml.linear("b ~ x", link="cloglog")), "b"),
    "risk ratios": (ml.Bernoulli(p=ml.linear("b ~ 1 + z", link="log")), "b"),
    "ratios of means": (ml.Gamma("y ~ x"), "y"),
    "time ratios": (ml.Weibull("y ~ x"), "y"),
}


@pytest.mark.parametrize("words", NAMED)
def test_a_ratio_has_the_name_of_its_link(words):
    model, _ = NAMED[words]
    data = {**D, "b": [0, 1, 0, 0, 1, 1, 0, 1], "z": [0, 0, 0, 1, 1, 1, 1, 0]}
    assert words in ml.fit(model, data).summary(exponentiate=True)


def test_the_scale_of_times_on_a_log_is_a_time_ratio_and_a_shape_is_left_alone():
    fit = ml.fit(ml.Weibull("y ~ x", shape="~ g"), D)
    plain, ratios = fit.records(), fit.records(exponentiate=True)
    assert ratios[1]["estimate"] == pytest.approx(np.exp(plain[1]["estimate"]), rel=1e-12)
    assert ratios[2:] == plain[2:]


def test_log_normal_times_and_gompertz_hazards_have_names():
    assert ml.LogNormal("y ~ x").ratio("mu") == "time ratio"
    assert ml.Gompertz("y ~ x").ratio("rate") == "hazard ratio"
    assert ml.Ordinal("r ~ x", levels=[1, 2, 3]).ratio("location") == "odds ratio"
    assert ml.Ordinal("r ~ x", levels=[1, 2, 3], link="probit").ratio("location") is None


@pytest.mark.parametrize(
    "model",
    [ml.Bernoulli(p=ml.linear("b ~ x", link="probit")), ml.Normal("y ~ x"), ml.Normal()],
    ids=["probit", "identity", "no predictor"],
)
def test_what_has_no_name_is_refused(model):
    data = {**D, "b": [0, 1, 0, 0, 1, 1, 0, 1]}
    y = None if model.predictors else "y"
    with pytest.raises(ml.ModelError, match="whose exponential has a name"):
        ml.fit(model, data, y=y).summary(exponentiate=True)


# Another covariance.


def test_a_fit_with_a_covariance_has_it_everywhere(counts):
    robust, asked = counts.with_covariance("HC1"), {"covariance": "HC1"}
    assert robust.covariance() == pytest.approx(counts.covariance("HC1"), rel=1e-14)
    assert robust.interval("x") == counts.interval("x", **asked)
    assert robust.test("x = 0") == counts.test("x = 0", **asked)
    assert robust.records() == counts.records(**asked)
    assert robust.summary() == counts.summary(**asked)
    assert "sandwich, HC1" in robust.summary()
    assert robust.params == counts.params and robust.verdict == counts.verdict
    assert robust.covariance("observed") == pytest.approx(counts.covariance(), rel=1e-12)


def test_a_fit_with_clusters_names_them(counts):
    clustered = counts.with_covariance(cluster="g")
    assert clustered.covariance() == pytest.approx(counts.covariance(cluster="g"), rel=1e-14)
    assert "CR1, clusters of g" in clustered.summary()


def test_of_a_sandwich_there_is_no_likelihood_ratio(counts):
    robust = counts.with_covariance("HC0")
    assert robust.test("x = 0").method == "wald"
    with pytest.raises(ml.ModelError, match='use method="wald"'):
        robust.test("x = 0", method="lr")
    with pytest.raises(ml.ModelError, match='use method="wald"'):
        robust.interval(method="profile")
    assert counts.with_covariance("expected").test("x = 0").method == "lr"


# By term.


def test_terms_are_tested_as_drop1_does(counts):
    found = {test.term: test for test in ml.anova(counts)}  # drop1(p, test = "LRT")
    assert list(found) == ["x", "g"]
    assert found["x"].statistic == pytest.approx(1.6430746400109, rel=1e-9)
    assert found["g"].statistic == pytest.approx(0.1367108432209, rel=1e-8)


def test_f_tests_of_terms_leave_out_what_contains_them():
    fit = ml.fit(ml.Normal("y ~ x * g"), D)
    found = {test.term: test for test in ml.anova(fit, small_sample=True)}
    # (RSS without x:g and the term - RSS without x:g) / (RSS/4); anova(y ~ x + g, y ~ x * g)
    assert found["x"].statistic == pytest.approx(34.171808258187, rel=1e-9)
    assert found["g"].statistic == pytest.approx(0.0765701629489002, rel=1e-7)
    assert found["x:g"].p_value == pytest.approx(0.86234, abs=5e-6)
    assert found["x:g"].residual_df == 4.0


def test_terms_under_a_sandwich_are_tested_by_wald(counts):
    robust = counts.with_covariance("HC1")
    for test in ml.anova(robust):
        assert test.method == "wald"
        assert test.statistic == robust.test(f"{test.term}").statistic


def test_a_factor_or_a_spline_is_one_term():
    data = {**D, "h": list("uvwuvwuv")}
    fit = ml.fit(ml.Poisson("n ~ h + bs(x, df=3)"), data)
    assert [(t.term, t.df) for t in ml.anova(fit)] == [("h", 2), ("bs(x, df=3)", 3)]


def test_a_term_without_a_test_says_why_and_the_others_have_theirs():
    data = {**D, "k": [0, 0, 0, 0, 1, 1, 1, 1], "b": [0, 0, 0, 0, 1, 1, 1, 1]}
    fit = ml.fit(ml.Normal("y ~ x + k + b"), data)
    table = ml.anova(fit)
    assert [t.term for t in table] == ["x", "k", "b"]
    assert table.tests[0].p_value is not None
    assert all(t.statistic is None and t.refusal in table.to_markdown() for t in table.tests[1:])


def test_f_tests_under_a_sandwich_are_refused(line):
    with pytest.raises(ml.ModelError, match="are a sandwich, HC1; leave one of them out"):
        ml.anova(line.with_covariance("HC1"), small_sample=True)


def test_anova_of_what_has_no_terms_is_refused():
    with pytest.raises(ml.ModelError, match="of one model with predictors"):
        ml.anova(ml.fit("normal", D["y"]))
