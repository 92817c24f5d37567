"""Average marginal effects: against statsmodels, and against what algebra says they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

import mostlikely as ml
from mostlikely.report import effects_page

REGRESSION = Path(__file__).parents[1] / "reference" / "regression"
BIRTHS = pd.read_csv(REGRESSION / "birthwt.csv")
QUINE = pd.read_csv(REGRESSION / "quine.csv").assign(row=lambda d: np.arange(len(d)))
RNG = np.random.default_rng(1)
N = 300
DATA = pd.DataFrame(
    {
        "x": RNG.normal(size=N),
        "age": RNG.integers(20, 70, N),
        "g": RNG.choice(list("abc"), N),
        "treated": RNG.random(N) < 0.4,
        "w": RNG.integers(1, 4, N),
    }
)
MEAN = np.exp(0.3 + 0.5 * DATA.x + 0.2 * (DATA.g == "b") + 0.01 * DATA.age)
DATA["n"] = RNG.poisson(MEAN)
DATA["y"] = DATA.x + 0.002 * (DATA.age - 40) ** 2 + RNG.normal(size=N)


# Against another program.


def test_logit_effects_are_those_of_statsmodels():
    # smf.logit("low ~ age + lwt + smoke").fit(method="newton", tol=1e-14)
    # .get_margeff(at="overall", dummy=True) of statsmodels 0.14
    fit = ml.fit(ml.Bernoulli("low ~ age + lwt + C(smoke)"), BIRTHS)
    found = fit.marginal_effects()
    effects = [-0.00786413569, -0.002448010398, 0.140634095804]
    np.testing.assert_allclose(found.estimate, effects, rtol=1e-8)
    errors = [0.006519049445, 0.001196792264, 0.068885999736]
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-8)
    # with cov_type="HC1", which is HC0 in its discrete models: no factor n/(n - p)
    errors = [0.006001045176, 0.001210591188, 0.070212428256]
    robust = fit.marginal_effects(covariance="HC0")
    np.testing.assert_allclose(robust.std_error, errors, rtol=1e-8)
    # as a number, dummy=False
    as_number = ml.fit(ml.Bernoulli("low ~ age + lwt + smoke"), BIRTHS).marginal_effects("smoke")
    assert as_number["smoke"].value == pytest.approx(0.135274612567, rel=1e-8)
    assert as_number["smoke"].std_error == pytest.approx(0.063053019552, rel=1e-8)


def test_logit_effects_at_the_means_are_those_of_statsmodels():
    # smf.logit("low ~ age + lwt").fit(...).get_margeff(at="mean")
    found = ml.fit(ml.Bernoulli("low ~ age + lwt"), BIRTHS).marginal_effects(at="mean")
    np.testing.assert_allclose(found.estimate, [-0.008398853322, -0.002696768149], rtol=1e-8)
    np.testing.assert_allclose(found.std_error, [0.006793043363, 0.001291523602], rtol=1e-8)


def test_poisson_effects_are_those_of_statsmodels():
    # smf.poisson("Days ~ z + SexM + EthN").fit(...).get_margeff(at="overall", dummy=True),
    # z = log(1 + row)
    data = QUINE.assign(z=np.log1p(QUINE.row))
    found = ml.fit(ml.Poisson("Days ~ z + C(SexM) + C(EthN)"), data).marginal_effects()
    effects = [10.155391780712, 12.845105538491, -26.893143718618]
    np.testing.assert_allclose(found.estimate, effects, rtol=1e-8)
    errors = [0.895075181445, 1.217652000381, 2.164334210502]
    np.testing.assert_allclose(found.std_error, errors, rtol=1e-8)


# Against algebra.


def test_effects_of_a_linear_model_are_its_coefficients_to_the_last_digits():
    data = DATA.assign(y=1e6 + 1e-3 * DATA.y)
    fit = ml.fit(ml.Normal("y ~ x + age + treated + g"), data)
    found = fit.marginal_effects()
    keys = [("mu", k) for k in ("x", "age", "treated", "g[T.b]", "g[T.c]")]
    for key, name in zip(keys[:2], ("x", "age"), strict=True):
        assert found[name].value == pytest.approx(fit.params[key], rel=1e-13)
    for key, value in zip(keys, found.std_error, strict=True):
        assert value == pytest.approx(fit.standard_errors[key], rel=1e-9)


def test_the_effect_of_a_square_is_that_of_the_column():
    fit = ml.fit(ml.Normal("y ~ x + age + I(age**2)"), DATA)
    one, two = (fit.params["mu", t] for t in ("age", "I(age ** 2)"))
    found = fit.marginal_effects("age")
    assert list(found) == ["age"]
    assert found["age"].value == pytest.approx(one + 2.0 * two * DATA.age.mean(), rel=1e-10)
    at = list(fit.params)
    place = [at.index(("mu", "age")), at.index(("mu", "I(age ** 2)"))]
    slope = np.array([1.0, 2.0 * DATA.age.mean()])
    variance = slope @ fit.covariance()[np.ix_(place, place)] @ slope
    assert found["age"].std_error == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_poisson_effects_with_a_log_link_are_coefficients_times_the_mean():
    fit = ml.fit(ml.Poisson("n ~ x + np.log(age) + g"), DATA)
    mean = np.asarray(fit.predict())
    found = fit.marginal_effects()
    assert found["x"].value == pytest.approx(fit.params["mean", "x"] * mean.mean(), rel=1e-11)
    log_age = fit.params["mean", "np.log(age)"] * np.mean(mean / DATA.age)
    assert found["age"].value == pytest.approx(log_age, rel=1e-9)
    # d/dβ of Σ w β_x exp(xβ): the gradient by hand
    keys = list(fit.params)
    design = np.column_stack(
        [np.ones(N), DATA.x, np.log(DATA.age), DATA.g == "b", DATA.g == "c"]
    ).astype(float)
    gradient = fit.params["mean", "x"] * (mean @ design) / N
    gradient[keys.index(("mean", "x"))] += mean.mean()
    variance = gradient @ fit.covariance() @ gradient
    assert found["x"].std_error == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_contrasts_are_differences_of_mean_predictions():
    fit = ml.fit(ml.Poisson("n ~ x*g + treated"), DATA)
    found = fit.marginal_effects()
    for column, level, base in (("g", "b", "a"), ("g", "c", "a"), ("treated", True, False)):
        one, other = (np.mean(fit.predict(DATA.assign(**{column: v}))) for v in (level, base))
        assert found[column, level].value == pytest.approx(one - other, rel=1e-10)
    assert [row["contrast"] for row in found.records()] == [
        "dY/dX",
        "b - a",
        "c - a",
        "True - False",
    ]


def test_the_base_is_that_of_the_formula():
    plain = ml.fit(ml.Poisson("n ~ x + g"), DATA).marginal_effects("g")
    other = ml.fit(ml.Poisson("n ~ x + C(g, contr.treatment('c'))"), DATA).marginal_effects("g")
    assert list(other) == [("g", "a"), ("g", "b")]
    assert other["g", "a"].value == pytest.approx(-plain["g", "c"].value, rel=1e-8)
    whole = ml.fit(ml.Poisson("n ~ x + C(g, contr.sum)"), DATA).marginal_effects("g")
    np.testing.assert_allclose(whole.estimate, plain.estimate, rtol=1e-7)
    np.testing.assert_allclose(whole.std_error, plain.std_error, rtol=1e-7)


@pytest.mark.parametrize(
    ("what", "options", "predicted"),
    [
        ("mean", {}, {}),
        ("sigma", {}, {}),
        ("quantile", {"q": 0.9}, {"q": 0.9}),
        ("cdf", {"at": 1.0}, {"at": 1.0}),
    ],
)
def test_effects_on_any_prediction_are_its_derivatives(what, options, predicted):
    fit = ml.fit(ml.Normal("y ~ bs(x, df=4) + age", sigma="~ x"), DATA)
    inside = DATA[DATA.x.abs() < 1.5][:50]
    found = fit.marginal_effects("x", what=what, data=inside, **options)
    step = 1e-4
    up, down = (
        fit.predict(inside.assign(x=inside.x + s * step), what, **predicted) for s in (1, -1)
    )
    by_hand = np.mean((up.value - down.value) / (2.0 * step))
    assert found["x"].value == pytest.approx(by_hand, rel=1e-6)


def test_errors_are_the_spread_of_effects_over_refits():
    """The parametric bootstrap agrees with the delta method, which is what it is for."""
    x = DATA[["x"]].to_numpy()
    fit, rng = ml.fit(ml.Poisson(), X=x, y=DATA.n), np.random.default_rng(5)
    again = [
        ml.fit(ml.Poisson(), X=x, y=rng.poisson(fit.predict())).marginal_effects().estimate
        for _ in range(100)
    ]
    ratio = np.std(again, axis=0) / fit.marginal_effects().std_error
    np.testing.assert_allclose(ratio, 1.0, atol=0.28)  # four errors of a spread of 100


def test_edges_of_a_spline_are_not_crossed():
    fit = ml.fit(ml.Normal("y ~ bs(age, df=5)"), DATA)
    youngest = fit.marginal_effects("age", data=DATA[DATA.age == DATA.age.min()])
    low, near = DATA.age.min(), 1e-4
    here, beside, further = fit.predict({"age": [low, low + near, low + 2 * near]}).value
    slope = (-3.0 * here + 4.0 * beside - further) / (2.0 * near)
    assert youngest["age"].value == pytest.approx(slope, rel=1e-6)


# Of everything that a model may be.


def test_a_nonlinear_function_is_differentiated_in_its_columns():
    rate = ml.nonlinear(lambda d, a, b: a * np.exp(b * d["age"] / 100), {"a": 1.0, "b": 1.0})
    fit = ml.fit(ml.Normal(mu=rate), DATA.assign(z=1 + DATA.age / 50 + DATA.y / 50), y="z")
    a, b = (fit.params["mu", k] for k in "ab")
    growth = np.exp(b * DATA.age / 100)
    found = fit.marginal_effects()["age"]
    assert found.value == pytest.approx(a * b / 100 * growth.mean(), rel=1e-8)
    gradient = np.array(
        [
            b / 100 * growth.mean(),
            a / 100 * (growth * (1 + b * DATA.age / 100)).mean(),
        ]
    )
    variance = gradient @ fit.covariance()[:2, :2] @ gradient
    assert found.std_error == pytest.approx(np.sqrt(variance), rel=1e-6)


def test_arrays_and_frames_agree():
    x = DATA[["x", "age"]].to_numpy(float)
    found = ml.fit(ml.Poisson(), X=x, y=DATA.n).marginal_effects()
    formula = ml.fit(ml.Poisson("n ~ x + age"), pl.from_pandas(DATA)).marginal_effects()
    assert list(found) == ["x1", "x2"]
    np.testing.assert_allclose(found.estimate, formula.estimate, rtol=1e-9)
    np.testing.assert_allclose(found.covariance, formula.covariance, rtol=1e-8)
    named = ml.fit(ml.Poisson(), X=DATA[["x", "age"]], y=DATA.n).marginal_effects("age")
    assert named["age"].value == pytest.approx(found["x2"].value, rel=1e-9)


def test_frequencies_average_as_the_rows_they_stand_for():
    weighted = ml.fit(ml.Poisson("n ~ x + g"), DATA, weights="w").marginal_effects()
    long = ml.fit(ml.Poisson("n ~ x + g"), DATA.loc[DATA.index.repeat(DATA.w)]).marginal_effects()
    np.testing.assert_allclose(weighted.estimate, long.estimate, rtol=1e-9)
    np.testing.assert_allclose(weighted.std_error, long.std_error, rtol=1e-8)
    assert "frequency weights" in str(weighted)


def test_an_offset_is_part_of_the_mean_and_can_be_asked_for():
    fit = ml.fit(ml.Poisson("n ~ x"), DATA.assign(o=np.log(DATA.age)), offset="o")
    found = fit.marginal_effects()
    assert list(found) == ["x"]
    assert fit.marginal_effects("o")["o"].value == pytest.approx(DATA.n.mean(), rel=1e-8)


def test_columns_can_be_set():
    fit = ml.fit(ml.Poisson("n ~ x*treated + age"), DATA)
    found = fit.marginal_effects("x", at={"treated": True, "age": 50})
    data = DATA.assign(treated=True, age=50)
    slope = fit.params["mean", "x"] + fit.params["mean", "x:treated"]
    assert found["x"].value == pytest.approx(slope * np.mean(fit.predict(data)), rel=1e-9)


def test_clusters_widen_the_errors_by_their_covariance():
    fit = ml.fit(ml.Normal("y ~ x"), DATA)
    found = fit.marginal_effects("x", cluster="g")
    variance = fit.covariance(cluster="g")[1, 1]
    assert found["x"].std_error == pytest.approx(np.sqrt(variance), rel=1e-9)


def test_what_moves_nothing_is_left_out_unless_asked_for():
    fit = ml.fit(ml.Normal("y ~ x", sigma="~ age"), DATA)
    found = fit.marginal_effects()
    assert list(found) == ["x"]
    assert "Left out: age, as it does not move the mean." in str(found)
    asked = fit.marginal_effects("age").records()[0]
    assert (asked["estimate"], asked["std_error"], asked["p_value"]) == (0.0, 0.0, None)


def test_labels_in_an_order_have_effects_on_probabilities():
    data = DATA.assign(r=np.digitize(DATA.x + RNG.logistic(size=N), [-1.0, 0.5]))
    fit = ml.fit(ml.Ordinal("r ~ x"), data)
    found = fit.marginal_effects(what="cdf", at=0)["x"]
    p = np.asarray(fit.predict(what="cdf", at=0))
    assert found.value == pytest.approx(
        np.mean(-fit.params["location", "x"] * p * (1 - p)), rel=1e-7
    )


# Where there is none.


def test_separated_columns_have_no_effect_and_the_others_that_of_the_other_rows():
    data = DATA.assign(s=np.where(DATA.g == "a", 1, DATA.treated))
    fit = ml.fit(ml.Bernoulli("s ~ x + g"), data)
    found = fit.marginal_effects()
    rest = data[data.g != "a"]
    alone = ml.fit(ml.Bernoulli("s ~ x + g"), rest).marginal_effects("x")["x"]
    share = len(rest) / N  # rows that are predicted without error do not move
    assert list(found) == ["x"]
    assert found["x"].value == pytest.approx(share * alone.value, rel=1e-7)
    assert found["x"].std_error == pytest.approx(share * alone.std_error, rel=1e-6)
    assert "g, as the coefficient p[g[T.b]] is infinite" in str(found)
    with pytest.raises(ml.ModelError, match=r"g has no marginal effect .* is infinite"):
        fit.marginal_effects("g")


def test_dependent_columns_have_no_effect_and_the_others_do():
    fit = ml.fit(ml.Poisson("n ~ x + twice + g"), DATA.assign(twice=2 * DATA.x))
    found = fit.marginal_effects()
    assert [k for k in found if k in ("x", "twice")] == []
    one = ml.fit(ml.Poisson("n ~ x + g"), DATA).marginal_effects("g")
    np.testing.assert_allclose(found.estimate, one.estimate, rtol=1e-7)
    np.testing.assert_allclose(found.std_error, one.std_error, rtol=1e-6)
    with pytest.raises(ml.ModelError, match="not identified"):
        fit.marginal_effects("twice")


@pytest.mark.parametrize(
    ("terms", "options", "words"),
    [
        (["xx"], {}, "there is no column 'xx'; .* did you mean 'x'"),
        (["age"], {}, "does not read the column 'age', so it has no effect"),
        (["g[T.b]"], {}, "effects are of columns of the data, not of terms"),
        ([], {"what": "median"}, "there is no prediction 'median'"),
        ([], {"what": "quantile", "q": 0.5}, "move in steps"),
        ([], {"what": "cdf"}, "take at="),
        ([], {"what": "cdf", "y": 3}, "write at=, not y="),
        ([], {"at": "median"}, 'at="mean"'),
        ([], {"covariance": "HC9"}, "there is no covariance kind 'HC9'"),
    ],
)
def test_effects_that_make_no_sense_are_refused(terms, options, words):
    fit = ml.fit(ml.Poisson("n ~ x + g"), DATA)
    with pytest.raises(ml.ModelError, match=words):
        fit.marginal_effects(*terms, **options)


def test_models_without_predictors_have_no_effects():
    for model, data in ((ml.Poisson(), DATA.n), (ml.Poisson("n ~ 1"), DATA)):
        with pytest.raises(ml.ModelError, match=r"no predictors|follows no column"):
            ml.fit(model, data).marginal_effects()
    with pytest.raises(ml.DataError, match="has not seen"):
        ml.fit(ml.Poisson("n ~ x + g"), DATA).marginal_effects(at={"g": "z"})


# As it is read.


def test_the_table_is_readable():
    found = ml.fit(ml.Poisson("n ~ x + g"), DATA).marginal_effects()
    page = effects_page(found)
    assert page.header[:3] == ("column", "change", "effect")
    assert [row[:2] for row in page.rows] == [("x", "per unit"), ("g", "b − a"), ("", "c − a")]
    text = str(found)
    assert text.startswith("Marginal effects on the mean of n: 300 observations")
    assert "nan" not in text.lower()
    assert "<table>" in found._repr_html_()
    row = found.records()[0]
    low, high = found.interval()
    assert (row["conf_low"], row["conf_high"]) == (low[0], high[0])
    assert row["statistic"] == pytest.approx(row["estimate"] / row["std_error"])
    with pytest.raises(ml.ModelError, match="there is no effect 'y' here"):
        found["y"]
