"""Regressions against closed forms, differences and other programs; verdicts without a maximum."""

from __future__ import annotations

import sys
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.data.bind import bind
from mostlikely.likelihood.begin import starts
from mostlikely.likelihood.member import Regression

RNG = np.random.default_rng(7)
X = RNG.normal(size=(60, 2))
Y = 1.0 + X @ [0.5, -2.0] + RNG.normal(size=60) * (1.0 + np.abs(X[:, 0]))
TABLE = {"y": Y, "a": X[:, 0], "b": X[:, 1]}
GROUPS = {"g": list("aaaaaabbbbbbcccccc"), "y": [2, 3, 1, 4, 2, 5, *[0] * 6, 7, 5, 8, 6, 9, 4]}


def test_normal_noise_is_least_squares():
    fit = ml.fit(ml.Normal("y ~ a + b"), TABLE)
    design = np.column_stack([np.ones(60), X])
    beta, (rss,), *_ = np.linalg.lstsq(design, Y, rcond=None)
    assert np.allclose([fit.params["mu", t] for t in ("Intercept", "a", "b")], beta, atol=1e-7)
    assert fit.params["sigma"] == pytest.approx(np.sqrt(rss / 60), rel=1e-7)


def test_robust_errors_are_whites_formulas():
    fit = ml.fit(ml.Normal("y ~ a + b"), TABLE)
    design = np.column_stack([np.ones(60), X])
    inverse = np.linalg.inv(design.T @ design)
    residuals = Y - design @ (inverse @ design.T @ Y)
    leverage = np.einsum("ij,jk,ik->i", design, inverse, design)
    for kind, r in (("HC0", residuals), ("HC3", residuals / (1.0 - leverage))):
        expected = inverse @ (design.T * r**2) @ design @ inverse
        assert np.allclose(fit.covariance(kind)[:3, :3], expected, rtol=1e-6)


def test_a_group_without_events_runs_off_and_the_others_are_right():
    fit = ml.fit(ml.Poisson("y ~ g"), GROUPS)
    assert fit.verdict.kind == "separation"
    assert fit.params["mean", "g[T.b]"] == -np.inf
    assert fit.params["mean", "Intercept"] == pytest.approx(np.log(17 / 6), abs=1e-7)
    assert fit.loglik == pytest.approx(-22.91498716126936, abs=1e-9)  # R 4.2.2, the limit of glm
    assert fit.interval("g[T.b]", method="profile")[0] == -np.inf


def test_dependent_columns_are_named():
    fit = ml.fit(ml.Normal("y ~ a + c"), {**TABLE, "c": 2.0 * X[:, 0] - 1.0})
    assert fit.verdict.kind == "not identified"
    assert not fit.verdict.ok
    assert "a" in str(fit.verdict)
    assert "c" in str(fit.verdict)


def test_a_weight_of_two_is_a_row_twice():
    twice = {k: np.concatenate([v, v[:5]]) for k, v in TABLE.items()}
    weighted = ml.fit(ml.Normal("y ~ a"), TABLE, weights=np.r_[np.full(5, 2.0), np.ones(55)])
    repeated = ml.fit(ml.Normal("y ~ a"), twice)
    assert weighted.loglik == pytest.approx(repeated.loglik, abs=1e-9)
    assert weighted.params["mu", "a"] == pytest.approx(repeated.params["mu", "a"], abs=1e-7)


def test_an_unseen_level_is_an_error_that_names_it():
    fit = ml.fit(ml.Poisson("y ~ g"), GROUPS)
    with pytest.raises(ml.DataError, match="'z'"):
        fit.predict({"g": ["a", "z"]})


# Derivatives.


def cases():
    """Many models, small data; each with the options of its fit."""
    rng = np.random.default_rng(20)
    n = 25
    x, z = rng.normal(size=n), rng.normal(size=n)
    counts = rng.poisson(np.exp(1.0 + 0.4 * x))
    data = {
        "x": x,
        "z": z,
        "g": rng.choice(list("abc"), n),
        "y": 1.0 + 0.5 * x + rng.normal(size=n),
        "n": counts,
        "bursts": rng.negative_binomial(1.5, 1.5 / (1.5 + np.exp(1.0 + 0.4 * x))),
        "m": counts + rng.integers(1, 5, n),
        "positive": np.exp(0.3 * x) * rng.gamma(2.0, 0.7, n),
        "share": rng.beta(2.0, 3.0, n),
        "yes": (rng.random(n) < 0.5).astype(float),
        "o": 0.3 * rng.normal(size=n),
        "w": rng.integers(1, 4, n),
        "angle": rng.vonmises(0.3, 2.0, n),
    }
    curve = ml.nonlinear(lambda d, a, b: a * np.exp(b * d["x"]), start={"a": 1.0, "b": 0.2})
    models = {
        "Normal, sigma too": (ml.Normal("y ~ x + g", "~ z"), {}),
        "Normal, one design": (ml.Normal("y ~ x*g", "~ x*g"), {}),
        "Normal, weighted": (ml.Normal("y ~ x + g"), {"weights": "w"}),
        "Normal, precisions": (
            ml.Normal("y ~ x", "~ z"),
            {"weights": "w", "weight_kind": "precision"},
        ),
        "Normal, offsets": (
            ml.Normal(ml.linear("y ~ x", offset="o"), ml.linear("~ z", offset="o")),
            {},
        ),
        "Normal, nonlinear": (ml.Normal(curve), {"y": "y"}),
        "Normal, nonlinear and sigma": (ml.Normal(curve, "~ z"), {"y": "y"}),
        "Normal, softplus": (ml.Normal(ml.linear("y ~ x", link="softplus")), {}),
        "Poisson, offset and weights": (
            ml.Poisson("n ~ x*g"),
            {"offset": "o", "weights": "w"},
        ),
        "Poisson, sqrt": (ml.Poisson(ml.linear("n ~ 1", link="sqrt")), {}),
        "NegativeBinomial": (ml.NegativeBinomial("bursts ~ x + g"), {}),
        "NegativeBinomial, both": (ml.NegativeBinomial("bursts ~ x", "~ z"), {"weights": "w"}),
        "Gamma": (ml.Gamma("positive ~ x + g", "~ z"), {}),
        "Gamma, inverse": (ml.Gamma(ml.linear("positive ~ 1", link="inverse")), {}),
        "Weibull": (ml.Weibull("positive ~ x"), {"offset": "o"}),
        "Beta": (ml.Beta("share ~ x + g", "~ z"), {}),
        "StudentT": (ml.StudentT("y ~ x", "~ z"), {}),
        "StudentT, all three": (ml.StudentT("y ~ x", "~ z", "~ 1"), {}),
        "Binomial, trials": (ml.Binomial("n ~ x + g", n="m"), {}),
        "Binomial, trials and weights": (
            ml.Binomial(ml.linear("n ~ x", link="probit", offset="o"), n="m"),
            {"weights": "w"},
        ),
        "Bernoulli, cloglog": (ml.Bernoulli(ml.linear("yes ~ x + z", link="cloglog")), {}),
        "Bernoulli, cauchit": (ml.Bernoulli(ml.linear("yes ~ x + z", link="cauchit")), {}),
        "Gumbel": (ml.Gumbel("y ~ x", "~ z"), {}),
        "VonMises": (ml.VonMises("angle ~ x"), {}),
    }
    return data, models


DATA, MODELS = cases()


def likelihood(model, options):
    options = dict(options)
    return Regression.of(bind(model, DATA, options.pop("y", None), **options))


def somewhere(regression, seed):
    """A point of ordinary size: near the start, or a little to the side."""
    rng = np.random.default_rng(seed)
    x = starts(regression, None)[-1]
    return x + 0.1 * rng.normal(size=len(x)) * regression.units


def differences(f, x, h=1e-5):
    """Central differences, one row per coordinate, extrapolated once."""
    out = []
    for i in range(len(x)):
        step = np.zeros(len(x))
        step[i] = h
        near = (f(x + step) - f(x - step)) / (2.0 * h)
        far = (f(x + 2.0 * step) - f(x - 2.0 * step)) / (4.0 * h)
        out.append((4.0 * near - far) / 3.0)
    return np.array(out)


@pytest.mark.parametrize("name", MODELS)
def test_scores_and_informations_are_the_derivatives(name):
    regression = likelihood(*MODELS[name])
    for seed in (0, 1):
        x = somewhere(regression, seed)
        at = regression(x)
        assert np.isfinite(at.value)
        assert at.value == pytest.approx(regression.value(x), rel=1e-13)
        np.testing.assert_allclose(regression.score(x), at.score, rtol=1e-12, atol=1e-11)
        size = 1.0 + np.abs(at.score).max()
        np.testing.assert_allclose(
            at.score, differences(regression.value, x, 1e-4), rtol=1e-6, atol=1e-7 * size
        )
        np.testing.assert_allclose(
            at.information,
            -differences(regression.score, x, 1e-4),
            rtol=1e-6,
            atol=1e-7 * (1.0 + np.abs(at.information).max()),
        )


@pytest.mark.parametrize("name", MODELS)
def test_sums_do_not_depend_on_how_rows_are_divided(name):
    regression = likelihood(*MODELS[name])
    x = somewhere(regression, 2)
    whole = regression(x)
    divided = likelihood(*MODELS[name])
    divided.__dict__["_step"] = 7
    at = divided(x)
    assert at.value == pytest.approx(whole.value, rel=1e-13)
    np.testing.assert_allclose(at.score, whole.score, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(at.information, whole.information, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_rows_scores_add_up_to_the_score(name):
    regression = likelihood(*MODELS[name])
    x = somewhere(regression, 3)
    kind = regression.sample.kind
    total = 0.0
    for scores, w in regression.rows(x):
        total = total + (scores.sum(axis=0) if w is None or kind == "precision" else w @ scores)
    np.testing.assert_allclose(total, regression.score(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_parameters_and_coordinates_are_two_ways_of_saying_it(name):
    regression = likelihood(*MODELS[name])
    x = somewhere(regression, 4)
    natural = regression.natural(x)
    assert tuple(natural) == regression.names
    np.testing.assert_allclose(regression.linked(natural), x, rtol=1e-10, atol=1e-11)
    jacobian = differences(lambda p: np.array(list(regression.natural(p).values())), x, 1e-4)
    np.testing.assert_allclose(jacobian.T, regression.jacobian(x), rtol=1e-6, atol=1e-7)


def test_a_log_likelihood_is_the_sum_of_the_rows_log_densities():
    regression = likelihood(*MODELS["Normal, sigma too"])
    x = somewhere(regression, 5)
    p = regression.natural(x)
    g = np.array(DATA["g"])
    mu = p["mu", "Intercept"] + p["mu", "x"] * DATA["x"]
    mu = mu + p["mu", "g[T.b]"] * (g == "b") + p["mu", "g[T.c]"] * (g == "c")
    sigma = np.exp(p["sigma", "Intercept"] + p["sigma", "z"] * DATA["z"])
    expected = stats.norm.logpdf(DATA["y"], mu, sigma).sum()
    assert regression.value(x) == pytest.approx(expected, rel=1e-13)


def test_the_expected_information_of_a_canonical_link_is_the_observed_one():
    regression = likelihood(*MODELS["Poisson, offset and weights"])
    x = somewhere(regression, 6)
    np.testing.assert_allclose(
        regression.expected(x), regression(x).information, rtol=1e-10, atol=1e-10
    )


# What must not matter.


def fitted(name, data=DATA, **more):
    model, options = MODELS[name]
    options = {**options, **more}
    return ml.fit(model, data, options.pop("y", None), **options)


def alike(one, other, rel=1e-6):
    """The same estimates and errors, within that many standard errors."""
    assert one.verdict.kind == other.verdict.kind == "interior"
    assert list(one.params) == list(other.params)
    assert one.loglik == pytest.approx(other.loglik, rel=1e-10)
    for key, value in other.params.items():
        error = other.standard_errors[key]
        assert one.params[key] == pytest.approx(value, abs=rel * error)
        assert one.standard_errors[key] == pytest.approx(error, rel=10 * rel)


#: One of each kind; every model would be slow.
SOME = [
    "Normal, sigma too",
    "Normal, nonlinear",
    "Poisson, offset and weights",
    "NegativeBinomial",
    "Gamma",
    "Beta",
    "Binomial, trials",
    "Bernoulli, cloglog",
    "Gumbel",
]


@pytest.mark.parametrize("name", SOME)
def test_the_order_of_rows_does_not_matter(name):
    order = np.random.default_rng(1).permutation(len(DATA["y"]))
    shuffled = {k: np.asarray(v)[order] for k, v in DATA.items()}
    alike(fitted(name, shuffled), fitted(name))


@pytest.mark.parametrize("name", SOME)
def test_weight_two_is_a_row_twice(name):
    twice = {k: np.repeat(np.asarray(v), DATA["w"]) for k, v in DATA.items()}
    weighted = fitted(name, weights="w")
    written_out = fitted(name, twice, weights=None)
    alike(weighted, written_out)
    assert weighted.n == written_out.n == DATA["w"].sum()


@pytest.mark.parametrize("name", [k for k in SOME if "nonlinear" not in k])
@pytest.mark.parametrize("unit", [2.0**-40, 2.0**10, 1e6])
def test_a_column_in_other_units_rescales_its_coefficient(name, unit):
    plain, scaled = fitted(name), fitted(name, {**DATA, "x": DATA["x"] * unit})
    assert scaled.loglik == pytest.approx(plain.loglik, rel=1e-11)
    for key, value in plain.params.items():
        ratio = unit if key[1:] and "x" in key[1].split(":") else 1.0
        error = plain.standard_errors[key]
        assert scaled.params[key] * ratio == pytest.approx(value, abs=1e-6 * error)
        assert scaled.standard_errors[key] * ratio == pytest.approx(error, rel=1e-6)


@pytest.mark.parametrize("unit", [2.0**-200, 2.0**-30, 2.0**100])
def test_a_power_of_two_rescales_to_the_last_bit(unit):
    """Least squares has no step that rounds differently when a column is doubled."""
    plain, scaled = fitted("Normal, weighted"), fitted("Normal, weighted", scaled_by(unit))
    assert scaled.params["mu", "x"] * unit == plain.params["mu", "x"]
    assert scaled.params["sigma"] == plain.params["sigma"]


def scaled_by(unit):
    return {**DATA, "x": DATA["x"] * unit}


def test_dataframes_and_dicts_are_one_thing():
    plain = fitted("Normal, sigma too")
    for data in (pd.DataFrame(DATA), pl.DataFrame(DATA), pl.DataFrame(DATA).to_arrow()):
        assert dict(fitted("Normal, sigma too", data).params) == dict(plain.params)


def test_a_base_level_is_a_matter_of_words():
    one = fitted("Normal, sigma too")
    renamed = {**DATA, "g": np.char.replace(np.array(DATA["g"]), "a", "z")}
    other = fitted("Normal, sigma too", renamed)
    assert other.loglik == pytest.approx(one.loglik, rel=1e-11)
    b = one.params["mu", "g[T.b]"]
    assert other.params["mu", "g[T.z]"] == pytest.approx(-b, abs=1e-7)
    assert other.params["mu", "Intercept"] == pytest.approx(
        one.params["mu", "Intercept"] + b, abs=1e-7
    )


# Robust errors: against their formulas, and against statsmodels 0.14.

#: Data of the calls below: X = sm.add_constant(T), groups GROUP, 12 rows.
T = np.arange(1.0, 13.0)
V = np.array([2.1, 1.9, 3.7, 4.4, 4.1, 6.9, 5.2, 8.8, 8.1, 11.9, 9.0, 14.2])
EVENTS = np.array([3, 1, 4, 2, 6, 5, 9, 4, 8, 12, 10, 17])
BURSTS = np.array([3, 1, 7, 0, 6, 15, 2, 4, 22, 5, 30, 9])
SHARES = np.array([0.12, 0.2, 0.17, 0.33, 0.25, 0.45, 0.41, 0.38, 0.62, 0.55, 0.71, 0.8])
KILLED = np.array([1, 0, 2, 2, 4, 3, 6, 5, 7, 8, 8, 9])
SMALL = {
    "t": T,
    "v": V,
    "events": EVENTS,
    "bursts": BURSTS,
    "share": SHARES,
    "killed": KILLED,
    "log_size": np.log(T),
    "group": np.repeat([0, 1, 2, 3], 3),
    "clinic": np.tile([0, 1, 2], 4),
}


def ols():
    """Design, inverse of X'X, residuals and leverages of V on T."""
    x = np.column_stack([np.ones(12), T])
    inverse = np.linalg.inv(x.T @ x)
    return x, inverse, V - x @ inverse @ x.T @ V, np.einsum("ij,jk,ik->i", x, inverse, x)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3", "sandwich"])
def test_robust_errors_of_least_squares_are_their_formulas(kind):
    x, inverse, e, h = ols()
    squares = {"HC1": e**2 * 12 / 10, "HC2": e**2 / (1 - h), "HC3": (e / (1 - h)) ** 2}
    meat = x.T @ (x * squares.get(kind, e**2)[:, None])
    found = ml.fit(ml.Normal("v ~ t"), SMALL).covariance(kind)[:2, :2]
    np.testing.assert_allclose(found, inverse @ meat @ inverse, rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # sm.OLS(V, X).fit().get_robustcov_results(kind).bse
        ("HC0", [0.6017077450825222, 0.12061110870507011]),
        ("HC1", [0.6591378100145312, 0.1321228498469492]),
        ("HC2", [0.6935074318662585, 0.13939865120784864]),
        ("HC3", [0.8022877215514046, 0.16147908168867603]),
    ],
)
def test_robust_errors_of_least_squares_are_statsmodels(kind, expected):
    found = np.sqrt(np.diag(ml.fit(ml.Normal("v ~ t"), SMALL).covariance(kind)))[:2]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def clustered(codes):
    """Σ (sum of x e in a cluster)(...)ᵀ · G/(G − 1), of least squares."""
    x, _, e, _ = ols()
    sums = np.array([(x * e[:, None])[codes == c].sum(axis=0) for c in np.unique(codes)])
    return len(sums) / (len(sums) - 1) * sums.T @ sums


@pytest.mark.parametrize("way", ["group", "clinic"])
def test_clusters_in_one_way_are_their_formula(way):
    _, inverse, _, _ = ols()
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    expected = inverse @ clustered(SMALL[way]) @ inverse
    for cluster in (way, SMALL[way], list(map(str, SMALL[way]))):
        found = fit.covariance(cluster=cluster)[:2, :2]
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    hc1 = fit.covariance("HC1", cluster=way)[:2, :2]
    np.testing.assert_allclose(hc1, expected * 11 / 10, rtol=1e-6, atol=1e-9)


def test_clusters_in_two_ways_are_the_sum_less_the_intersection():
    """Cameron, Gelbach and Miller 2011, eq. 2.11; here each row is a cell of its own."""
    _, inverse, _, _ = ols()
    both = SMALL["group"] * 3 + SMALL["clinic"]
    meat = clustered(SMALL["group"]) + clustered(SMALL["clinic"]) - clustered(both)
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    found = fit.covariance(cluster=["group", "clinic"])[:2, :2]
    np.testing.assert_allclose(found, inverse @ meat @ inverse, rtol=1e-6, atol=1e-8)


def test_clusters_of_least_squares_are_statsmodels():
    """HC1 with clusters is its small-sample correction, (n − 1)/(n − p) · G/(G − 1)."""
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    # sm.OLS(V, X).fit().get_robustcov_results("cluster", groups=GROUP).bse
    found = np.sqrt(np.diag(fit.covariance("HC1", cluster="group")))[:2]
    np.testing.assert_allclose(found, [0.4848692444690686, 0.08039455675423662], rtol=1e-6)
    # ... .get_robustcov_results("cluster", groups=np.column_stack([GROUP, CLINIC])).cov_params()
    found = fit.covariance("HC1", cluster=["group", "clinic"])[:2, :2]
    expected = [
        [-0.16684501296071386, 0.03608314774645633],
        [0.03608314774645639, -0.00497440388024373],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_robust_errors_of_a_poisson_regression_are_statsmodels():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    # sm.GLM(EVENTS, X, family=sm.families.Poisson()).fit(cov_type="HC0").bse
    np.testing.assert_allclose(
        np.sqrt(np.diag(fit.covariance("HC0"))),
        [0.24252383516734505, 0.02484920215082781],
        rtol=1e-6,
    )
    # ... .fit(cov_type="cluster", cov_kwds={"groups": GROUP}).bse, with (n - 1)/(n - p)
    np.testing.assert_allclose(
        np.sqrt(np.diag(fit.covariance("HC1", cluster="group"))),
        [0.05133643485692567, 0.00796475879050523],
        rtol=1e-6,
    )


def test_a_cluster_for_each_row_is_no_cluster():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    np.testing.assert_allclose(
        fit.covariance(cluster=np.arange(12)), fit.covariance("HC0") * 12 / 11, rtol=1e-10
    )


def test_frequencies_are_rows_for_robust_errors():
    w = np.tile([1, 2, 3], 4)
    twice = {k: np.repeat(v, w) for k, v in SMALL.items()}
    weighted = ml.fit(ml.Normal("v ~ t"), {**SMALL, "w": w}, weights="w")
    written_out = ml.fit(ml.Normal("v ~ t"), twice)
    for options in ({"kind": "HC0"}, {"kind": "HC1"}, {"cluster": "group"}):
        np.testing.assert_allclose(
            weighted.covariance(**options), written_out.covariance(**options), rtol=1e-5, atol=1e-9
        )


def test_sampling_weights_are_the_weighted_sandwich():
    """(X'WX)⁻¹ X'W² diag(e²) X (X'WX)⁻¹ by default."""
    w = np.tile([1.0, 2.5, 0.5], 4)
    fit = ml.fit(ml.Normal("v ~ t"), SMALL, weights=w, weight_kind="sampling")
    x = np.column_stack([np.ones(12), T])
    inverse = np.linalg.inv(x.T @ (w[:, None] * x))
    e = V - x @ inverse @ x.T @ (w * V)
    expected = inverse @ (x.T @ (x * (w * e)[:, None] ** 2)) @ inverse
    np.testing.assert_allclose(fit.covariance()[:2, :2], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "HC4"}, "HC"),
        ({"cluster": "grup"}, "'group'"),
        ({"cluster": [1, 2, 3]}, "differ in length"),
    ],
    ids=str,
)
def test_robust_errors_that_there_are_not_are_refused(options, said):
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    with pytest.raises(ml.MostLikelyError, match=said):
        fit.covariance(**options)


# Estimates of other programs.


@pytest.mark.parametrize(
    ("model", "options", "params", "errors", "loglik"),
    [
        (  # sm.GLM(EVENTS, X, family=sm.families.Poisson()).fit(tol=1e-14)
            ml.Poisson("events ~ t"),
            {},
            [0.575310298777433, 0.17743265076449496],
            [0.32312450087021677, 0.0358265729301159],
            -24.89195554156143,
        ),
        (  # sm.GLM(EVENTS, X, family=sm.families.Poisson(), offset=np.log(T)).fit(tol=1e-14)
            ml.Poisson("events ~ t"),
            {"offset": "log_size"},
            [-0.09746034685364446, 0.01609234946297951],
            [0.3446302936003659, 0.03851956972399621],
            -26.32807363508608,
        ),
        (  # sm.GLM(np.column_stack([KILLED, 10 - KILLED]), X, family=sm.families.Binomial())
            ml.Binomial("killed ~ t", n=10),
            {},
            [-2.979406576422028, 0.42037405376125814],
            [0.5747145496676666, 0.07738347249791817],
            -15.681935383360836,
        ),
        (  # statsmodels.othermod.betareg.BetaModel(SHARES, X): its precision is log(φ)
            ml.Beta("share ~ t"),
            {},
            [-2.122162472872195, 0.26424239738217725],
            None,
            17.215338434980787,
        ),
        (  # sm.NegativeBinomial(BURSTS, X).fit(method="newton", tol=1e-14)
            ml.NegativeBinomial("bursts ~ t"),
            {},
            [0.7607931214631747, 0.18619808241220356],
            [0.5644846805929133, 0.07342163458000678],
            -35.96122406974377,
        ),
    ],
    ids=["Poisson", "Poisson with offset", "Binomial", "Beta", "NegativeBinomial"],
)
def test_estimates_are_statsmodels(model, options, params, errors, loglik):
    fit = ml.fit(model, SMALL, **options)
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(loglik, rel=1e-9)
    first = list(fit.params)[:2]
    np.testing.assert_allclose([fit.params[k] for k in first], params, rtol=1e-5)
    if errors is not None:
        found = [fit.standard_errors[k] for k in first]
        np.testing.assert_allclose(found, errors, rtol=1e-5)


# Tests of hypotheses.


def test_wald_and_score_statistics_are_statsmodels():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    # sm.GLM(...).fit().wald_test([[0, 1]])
    wald = fit.test("t = 0", "wald")
    assert (wald.statistic, wald.df) == (pytest.approx(24.527684319319803, rel=1e-6), 1)
    assert wald.p_value == pytest.approx(7.324978125420028e-07, rel=1e-5)
    # sm.GLM(EVENTS, ones, family=sm.families.Poisson()).fit().score_test(exog_extra=T)
    score = fit.test("t = 0", "score")
    assert score.statistic == pytest.approx(26.35612535612534, rel=1e-6)


@pytest.mark.parametrize(
    ("larger", "smaller", "hypothesis", "df"),
    [
        (ml.Poisson("events ~ t"), ml.Poisson("events ~ 1"), "t = 0", 1),
        (ml.Normal("v ~ t + log_size"), ml.Normal("v ~ t"), "log_size = 0", 1),
        (ml.Normal("v ~ t + C(group)"), ml.Normal("v ~ t"), None, 3),
        (ml.Normal("v ~ t", "~ t"), ml.Normal("v ~ t"), {("sigma", "t"): 0.0}, 1),
        (ml.Gamma("v ~ t"), ml.Gamma("v ~ 1"), {"t": 0.0}, 1),
        (ml.Gamma("v ~ t"), ml.Gamma("v ~ t", shape=1.0), {"shape": 1.0}, 1),
    ],
    ids=str,
)
def test_a_likelihood_ratio_is_that_of_the_two_fits(larger, smaller, hypothesis, df):
    fit, less = ml.fit(larger, SMALL), ml.fit(smaller, SMALL)
    if hypothesis is None:
        hypothesis = ", ".join(f"C(group)[T.{k}] = 0" for k in (1, 2, 3))
    found = fit.test(hypothesis)
    assert found.df == df
    assert found.statistic == pytest.approx(2.0 * (fit.loglik - less.loglik), abs=1e-7)
    assert found.p_value == pytest.approx(stats.chi2.sf(found.statistic, df), rel=1e-9)
    other = ml.anova(less, fit)
    assert other.statistic == pytest.approx(found.statistic, abs=1e-7)


def test_equations_may_be_about_several_coefficients():
    """t = log_size is the model in which one column is their sum; t = 0.5 is an offset."""
    fit = ml.fit(ml.Normal("v ~ t + log_size"), SMALL)
    total = {**SMALL, "both": T + np.log(T)}
    less = ml.fit(ml.Normal("v ~ both"), total)
    ratio = 2.0 * (fit.loglik - less.loglik)
    assert fit.test("t = log_size").statistic == pytest.approx(ratio, abs=1e-7)
    assert fit.test("2*t - 2*log_size = 0").statistic == pytest.approx(ratio, abs=1e-7)
    assert fit.test("mu[t] = mu[log_size]").statistic == pytest.approx(ratio, abs=1e-7)
    less = ml.fit(ml.Normal("v ~ log_size"), SMALL, offset=0.5 * T)
    ratio = 2.0 * (fit.loglik - less.loglik)
    assert fit.test("t = 0.5").statistic == pytest.approx(ratio, abs=1e-7)
    assert fit.test({"t": 0.5}).statistic == pytest.approx(ratio, abs=1e-7)


def test_a_wald_statistic_is_a_quadratic_form():
    fit = ml.fit(ml.Normal("v ~ t + log_size"), SMALL)
    rows = np.array([[0, 1, -1, 0], [1, 0, 0, 0]])
    away = rows @ np.array(list(fit.params.values())) - [0.25, 1.0]
    expected = away @ np.linalg.solve(rows @ fit.covariance() @ rows.T, away)
    found = fit.test("t - log_size = 1/4, Intercept = 1", "wald")
    assert (found.df, found.statistic) == (2, pytest.approx(expected, rel=1e-9))


@pytest.mark.parametrize(
    ("hypothesis", "said"),
    [
        ("tt = 0", "'t'"),
        ("t == ", "cannot be read"),
        ("t * log_size = 0", "cannot be read"),
        ("1 = 1", "names no parameter"),
        ({"tt": 0.0}, "there is no parameter 'tt'"),
    ],
)
def test_hypotheses_that_make_no_sense_are_refused(hypothesis, said):
    fit = ml.fit(ml.Normal("v ~ t + log_size"), SMALL)
    with pytest.raises(ml.ModelError, match=said):
        fit.test(hypothesis)


def test_a_term_of_two_parameters_must_be_told_apart():
    fit = ml.fit(ml.Normal("v ~ t", "~ t"), SMALL)
    for ask in (lambda: fit.test("t = 0"), lambda: fit.interval("t")):
        with pytest.raises(ml.ModelError, match="several parameters have a term 't'"):
            ask()
    assert fit.test("sigma[t] = 0").df == 1


def test_an_interval_by_profile_is_where_the_likelihood_ratio_is():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    for end in fit.interval("t", method="profile"):
        assert fit.test({"t": end}).p_value == pytest.approx(0.05, rel=1e-4)
    low, high = fit.interval("t")
    assert high - low == pytest.approx(2 * 1.959963984540054 * 0.0358265729301159, rel=1e-6)


# Predictions.


def test_a_mean_and_its_error_are_those_of_the_delta_method():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    found = fit.predict({"t": [2.5, 14.0]})
    a, b = fit.params.values()
    x = np.array([[1, 2.5], [1, 14.0]])
    expected = np.exp(x @ [a, b])
    errors = expected * np.sqrt(np.diag(x @ fit.covariance() @ x.T))
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-10)
    # sm.GLM(...).fit().get_prediction([[1, 2.5], [1, 14]]), predicted_mean and se_mean
    np.testing.assert_allclose(found, [2.7701235599614082, 21.314069817991932], rtol=1e-6)
    np.testing.assert_allclose(found.std_error, [0.667588715181627, 4.842088437217169], rtol=1e-6)


def test_a_prediction_of_no_data_is_of_those_of_the_fit():
    fit = ml.fit(ml.Normal("v ~ t + C(group)"), SMALL)
    np.testing.assert_allclose(fit.predict(), fit.predict(SMALL), rtol=1e-10)
    some = {k: np.asarray(v)[[7, 2]] for k, v in SMALL.items()}
    np.testing.assert_allclose(fit.predict(some), fit.predict()[[7, 2]], rtol=1e-10)


@pytest.mark.parametrize("what", ["mean", "mu", "sigma", "df"])
def test_errors_of_predictions_are_the_delta_method_by_differences(what):
    """σ(f) = √(∇f' V ∇f), with ∇f of the parameters by central differences."""
    fit = ml.fit(ml.StudentT("y ~ x", "~ z", df=4.0), DATA)
    new = {"x": [0.2, -1.0], "z": [0.1, 0.7]}
    keys = list(fit.params)

    def value(p):
        mu = p[0] + p[1] * np.array(new["x"])
        sigma = np.exp(p[2] + p[3] * np.array(new["z"]))
        return {"mean": mu, "mu": mu, "sigma": sigma, "df": np.full(2, 4.0)}[what]

    assert keys == [("mu", "Intercept"), ("mu", "x"), ("sigma", "Intercept"), ("sigma", "z")]
    p = np.array(list(fit.params.values()))
    slopes = differences(value, p, 1e-4)
    found = fit.predict(new, what)
    np.testing.assert_allclose(found, value(p), rtol=1e-12)
    errors = np.sqrt(np.einsum("ki,kl,li->i", slopes, fit.covariance(), slopes))
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-6, atol=1e-12)


def test_quantiles_and_probabilities_are_of_each_rows_distribution():
    fit = ml.fit(ml.Normal("v ~ t", "~ t"), SMALL)
    a, b, c, d = fit.params.values()
    new = {"t": [2.0, 20.0], "at": [3.0, 10.0]}
    mu = a + b * np.array([2.0, 20.0])
    sigma = np.exp(c + d * np.array([2.0, 20.0]))
    np.testing.assert_allclose(
        fit.predict(new, "quantile", q=0.9), stats.norm.ppf(0.9, mu, sigma), rtol=1e-10
    )
    np.testing.assert_allclose(
        fit.predict(new, "cdf", at=4.0), stats.norm.cdf(4.0, mu, sigma), rtol=1e-10
    )
    by_column = fit.predict(new, "cdf", at="at")
    np.testing.assert_allclose(by_column, stats.norm.cdf([3.0, 10.0], mu, sigma), rtol=1e-10)
    slopes = np.column_stack(
        [np.ones(2), new["t"], 1.2815515655446004 * sigma, 1.2815515655446004 * sigma * new["t"]]
    )
    expected = np.sqrt(np.diag(slopes @ fit.covariance() @ slopes.T))
    found = fit.predict(new, "quantile", q=0.9).std_error
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_prediction_intervals_hold_new_observations_and_intervals_the_mean():
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    found = fit.predict({"t": [3.0]})
    low, high = found.prediction_interval(0.9)
    z = 1.6448536269514722 * fit.params["sigma"]
    assert (low[0], high[0]) == (pytest.approx(found[0] - z), pytest.approx(found[0] + z))
    low, high = found.interval(0.9)
    z = 1.6448536269514722 * found.std_error[0]
    assert (low[0], high[0]) == (pytest.approx(found[0] - z), pytest.approx(found[0] + z))


def test_intervals_of_predictions_keep_to_their_domain():
    share = ml.fit(ml.Binomial("killed ~ t", n=10), SMALL).predict({"t": [-5.0, 30.0]}, "p")
    low, high = share.interval(0.999)
    assert np.all((low > 0.0) & (low < share.value) & (share.value < high) & (high < 1.0))
    mean = ml.fit(ml.Poisson("events ~ t"), SMALL).predict({"t": [-9.0]})
    assert 0.0 < mean.interval(0.9999)[0][0] < mean[0]


def test_an_offset_is_part_of_a_prediction():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL, offset="log_size")
    one, ten = fit.predict({"t": [3.0, 3.0], "log_size": [0.0, np.log(10.0)]})
    assert ten == pytest.approx(10.0 * one, rel=1e-12)


def test_trials_are_part_of_a_prediction():
    fit = ml.fit(ml.Binomial("n ~ x", n="m"), DATA)
    few, many = fit.predict({"x": [0.3, 0.3], "m": [1, 7]})
    assert many == pytest.approx(7.0 * few, rel=1e-12)


def test_a_nonlinear_prediction_is_the_function():
    fit = fitted("Normal, nonlinear")
    a, b = fit.params["mu", "a"], fit.params["mu", "b"]
    new = np.array([0.0, 1.0])
    found = fit.predict({"x": new})
    np.testing.assert_allclose(found, a * np.exp(b * new), rtol=1e-12)
    slopes = np.column_stack([np.exp(b * new), a * new * np.exp(b * new)])
    errors = np.sqrt(np.diag(slopes @ fit.covariance()[:2, :2] @ slopes.T))
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-9)


def test_predictions_with_learnt_knots_use_those_of_the_fit():
    fit = ml.fit(ml.Normal("v ~ bs(t, df=4)"), SMALL)
    np.testing.assert_allclose(fit.predict({"t": T[3:6]}), fit.predict()[3:6], rtol=1e-9)


def test_predictions_that_make_no_sense_are_refused():
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    for arguments, options, said in [
        (["median"], {}, "there is no prediction 'median'"),
        (["quantile"], {}, "q="),
        (["mean"], {"q": 0.5}, "q="),
        (["cdf"], {}, "at="),
    ]:
        with pytest.raises(ml.ModelError, match=said):
            fit.predict(SMALL, *arguments, **options)
    with pytest.raises(ml.DataError, match="there is no column 't'"):
        fit.predict({"s": [1.0]})
    with pytest.raises(ml.DataError, match="row 1"):
        fit.predict({"t": [1.0, np.nan]})


def test_an_offset_that_new_data_lack_is_named():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL, offset="log_size")
    with pytest.raises(ml.DataError, match="log_size"):
        fit.predict({"t": [3.0]})


def test_equations_that_contradict_each_other_are_refused():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    for method in ("lr", "wald", "score"):
        with pytest.raises(ml.ModelError):
            fit.test("t = 0, t = 1", method)


def test_a_known_scale_per_row_is_weighted_least_squares():
    fit = ml.fit(ml.Normal("v ~ log_size", sigma="t"), SMALL)
    x = np.column_stack([np.ones(12), np.log(T)])
    expected = np.linalg.lstsq(x / T[:, None], V / T, rcond=None)[0]
    np.testing.assert_allclose(list(fit.params.values()), expected, rtol=1e-9)


@pytest.mark.parametrize("family", [ml.Poisson, ml.Bernoulli, ml.NegativeBinomial])
def test_a_last_step_looked_at_on_a_part_of_the_rows_ends_where_a_whole_climb_does(
    family, monkeypatch
):
    rng = np.random.default_rng(3)
    x = rng.standard_normal((400_000, 4))
    eta = 0.3 + x @ [0.3, -0.2, 0.4, 0.1]
    noise = rng.gamma(2.0, 0.5, len(x)) if family is ml.NegativeBinomial else 1.0
    y = rng.poisson(np.exp(eta) * noise)
    y = np.minimum(y, 1) if family is ml.Bernoulli else y
    passes = []
    looked = Regression.__call__

    def counted(self, at):
        passes.append(self.sample.stored)
        return looked(self, at)

    monkeypatch.setattr(Regression, "__call__", counted)
    quick = ml.fit(family(), X=x, y=y)
    assert passes.count(len(x)) == 1
    monkeypatch.setattr(sys.modules["mostlikely.verdict.regress"], "COSTLY", 10**9)
    slow = ml.fit(family(), X=x, y=y)
    assert passes.count(len(x)) > 2
    assert quick.verdict.ok
    assert quick.loglik == pytest.approx(slow.loglik, abs=1e-6)
    for name, error in slow.standard_errors.items():
        assert quick.params[name] == pytest.approx(slow.params[name], abs=5e-6 * error)
        assert quick.standard_errors[name] == pytest.approx(error, rel=5e-5)


@pytest.mark.parametrize("layout", ["C", "F", "frame", "formula"])
def test_a_fit_of_many_rows_holds_a_few_blocks_of_them(layout):
    """A block of a megabyte, its scaled copy and the jets; the data are thirty."""
    rng = np.random.default_rng(5)
    x = np.asarray(rng.standard_normal((200_000, 20)), order="F" if layout == "F" else "C")
    y = rng.poisson(np.exp(0.2 * x[:, 0]))
    frame = pd.DataFrame(x).add_prefix("c") if layout in ("frame", "formula") else x
    terms = " + ".join(f"c{j}" for j in range(20))
    data = frame.assign(y=y) if layout == "formula" else None
    tracemalloc.start()
    try:
        if data is None:
            fit = ml.fit(ml.Poisson(), X=frame, y=y)
        else:
            fit = ml.fit(ml.Poisson(f"y ~ {terms}"), data)
        assert fit.standard_errors
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert fit.verdict.ok
    assert peak < 6 * 2**20


def test_every_so_manieth_row_is_a_view_of_the_same_model():
    table = {"y": np.arange(40.0) % 7, "a": np.linspace(-1.0, 1.0, 40), "g": list("abcd") * 10}
    whole = Regression.of(bind(ml.Poisson("y ~ a + g"), table))
    part = whole.at(slice(None, None, 3))
    x = np.full(whole.size, 0.1)
    rows = np.arange(0, 40, 3)
    by_place = whole.at(rows)
    assert part.sample.stored == len(rows)
    assert np.shares_memory(part.sample.source.y.values, whole.sample.source.y.values)
    np.testing.assert_allclose(part(x).score, by_place(x).score, rtol=1e-14)
    assert part(x).value == pytest.approx(by_place(x).value, rel=1e-14)
    np.testing.assert_array_equal(part.table.positions(range(len(rows))), rows)


def test_a_link_goes_with_arrays_too():
    x, y = np.array([1.0, 2.0, 3.0, 4.0, 5.0]), np.array([0.9, 0.6, 0.3, 0.27, 0.18])
    by_array = ml.fit(ml.Gamma(mean=ml.linear(link="inverse")), X=x, y=y)
    by_formula = ml.fit(ml.Gamma(mean=ml.linear("y ~ x", link="inverse")), {"x": x, "y": y})
    assert by_array.loglik == pytest.approx(by_formula.loglik, rel=1e-12)
    with pytest.raises(ml.ModelError, match=r"ml\.linear for mean has no formula"):
        ml.fit(ml.Gamma(mean=ml.linear(link="inverse")), {"y": y}, y="y")
