"""Elasticities and effects on everything that is predicted, by hand and by closed forms."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

RNG = np.random.default_rng(7)
N = 80
X = RNG.uniform(1.0, 5.0, N)
G = RNG.choice(list("ab"), N)
MEAN = np.exp(0.2 + 0.3 * X + 0.4 * (G == "b"))
DATA = {"x": X, "g": G, "n": RNG.poisson(MEAN), "y": RNG.gamma(3.0, MEAN / 3.0)}
COUNTS = ml.fit(ml.Poisson("n ~ x + g"), DATA)


def test_elasticities_of_a_log_link_are_its_coefficients():
    """d log m/dx = b, so that eydx is b and eyex is b times the mean of x, errors too."""
    b, e = COUNTS.params["mean", "x"], COUNTS.standard_errors["mean", "x"]
    for slope, times in (("eydx", 1.0), ("eyex", X.mean())):
        found = COUNTS.marginal_effects("x", kind=slope)["x"]
        assert found.value == pytest.approx(b * times, rel=1e-9)
        assert found.std_error == pytest.approx(e * times, rel=1e-8)
    labels = COUNTS.marginal_effects("g", kind="eydx")["g", "b"]
    assert labels.value == pytest.approx(COUNTS.params["mean", "g[T.b]"], rel=1e-9)


def test_elasticities_of_a_line_are_by_hand():
    """m = a + b x: eyex is the mean of b x/m, dyex of b x; gradients by hand."""
    fit = ml.fit(ml.Normal("y ~ x"), DATA)
    a, b, _ = fit.params.values()
    m = a + b * X
    v = fit.covariance()[:2, :2]
    cases = {
        "eyex": (np.mean(b * X / m), [np.mean(-b * X / m**2), np.mean(X / m - b * X**2 / m**2)]),
        "eydx": (np.mean(b / m), [np.mean(-b / m**2), np.mean(1.0 / m - b * X / m**2)]),
        "dyex": (np.mean(b * X), [0.0, np.mean(X)]),
        "dydx": (b, [0.0, 1.0]),
    }
    for slope, (value, gradient) in cases.items():
        found = fit.marginal_effects("x", kind=slope)["x"]
        g = np.array(gradient)
        assert found.value == pytest.approx(value, rel=1e-9)
        assert found.std_error == pytest.approx(np.sqrt(g @ v @ g), rel=1e-7)


def test_an_elasticity_through_a_curve_is_that_of_the_column():
    fit = ml.fit(ml.Gamma("y ~ log(x) + I(x**2)"), DATA)
    _, one, two, _ = fit.params.values()
    found = fit.marginal_effects("x", kind="eyex")["x"]
    assert found.value == pytest.approx(one + 2.0 * two * np.mean(X**2), rel=1e-7)


@pytest.mark.parametrize(
    ("what", "options"),
    [
        ("sd", {}),
        ("variance", {}),
        ("sf", {"at": 4.0}),
        ("hazard", {"at": 2.0}),
        ("return_level", {"period": 20}),
        ("shape", {}),
    ],
)
@pytest.mark.parametrize("slope", ["dydx", "eyex"])
def test_effects_on_everything_that_is_predicted_are_its_derivatives(what, options, slope):
    fit = ml.fit(ml.Gamma("y ~ x", shape="~ x"), DATA)
    found = fit.marginal_effects("x", what=what, kind=slope, **options)["x"]

    def average(fit_params=None):
        h = 1e-4
        up, down, here = (
            np.asarray(fit.predict({"x": X + s * h}, what, **options)) for s in (1.0, -1.0, 0.0)
        )
        change = (up - down) / (2.0 * h)
        return np.mean(change * (X / here if slope == "eyex" else 1.0))

    assert found.value == pytest.approx(average(), rel=2e-6)
    assert found.std_error > 0.0


def test_the_error_of_an_effect_on_a_probability_is_by_the_delta_method():
    """P(n = k) = m^k e^-m/k!: dP/dx = b P (k − m), its gradient by differences in a and b."""
    fit = ml.fit(ml.Poisson("n ~ x"), DATA)
    a, b = fit.params.values()

    def effect(a, b, k=2):
        m = np.exp(a + b * X)
        return np.mean(b * m**k * np.exp(-m) / 2.0 * (k - m))

    h = 1e-5
    g = np.array(
        [
            (effect(a + h, b) - effect(a - h, b)) / (2.0 * h),
            (effect(a, b + h) - effect(a, b - h)) / (2.0 * h),
        ]
    )
    for options in ({"level": 2}, {"at": 2}):
        found = fit.marginal_effects("x", what="probability", **options)["x"]
        assert found.value == pytest.approx(effect(a, b), rel=1e-9)
        assert found.std_error == pytest.approx(np.sqrt(g @ fit.covariance() @ g), rel=1e-6)


def test_rows_and_values_are_told_apart():
    at_means = COUNTS.marginal_effects("x", what="cdf", at=3, rows="mean")["x"].value
    as_set = COUNTS.marginal_effects("x", what="cdf", at=3, rows={"x": X.mean(), "g": "a"})
    commonest = max("ab", key=list(G).count)
    one = COUNTS.predict(
        {"x": X.mean() + np.array([1e-4, -1e-4]), "g": [commonest] * 2}, "cdf", at=3
    )
    assert at_means == pytest.approx((one[0] - one[1]) / 2e-4, rel=1e-6)
    assert as_set["x"].value < 0.0
    for rows in ("mean", {"g": "b"}):
        assert (
            COUNTS.marginal_effects("x", at=rows)["x"].value
            == COUNTS.marginal_effects("x", rows=rows)["x"].value
        )


def test_effects_take_the_covariance_that_is_asked_for():
    plain = COUNTS.marginal_effects("x")["x"].std_error
    robust = COUNTS.marginal_effects("x", covariance="HC1")["x"].std_error
    fit = ml.fit(ml.Poisson("n ~ x + g"), {**DATA, "c": np.arange(N) // 8})
    clustered = fit.marginal_effects("x", kind="eydx", cluster="c")["x"].std_error
    assert robust != plain
    i = list(fit.params).index(("mean", "x"))
    assert clustered == pytest.approx(np.sqrt(fit.covariance(cluster="c")[i, i]), rel=1e-8)


def test_new_rows_have_their_offset():
    fit = ml.fit(ml.Poisson("n ~ x"), DATA, offset=np.log(X))
    new = {"x": X[:5]}
    found = fit.marginal_effects(data=new, offset=0.0)["x"].value
    assert found == pytest.approx(
        fit.params["mean", "x"] * np.mean(np.asarray(fit.predict(new, offset=0.0))), rel=1e-9
    )


@pytest.mark.parametrize(
    ("terms", "options", "said"),
    [
        (["g"], {"kind": "eyex"}, "g holds labels, and a share of a label is nothing"),
        (["x"], {"kind": "eyxe"}, "there is no kind of effect 'eyxe'"),
        (["x"], {"how": "much"}, "effects have no option 'how'"),
        (["x"], {"what": "probability", "at": -1, "kind": "eyex"}, "is zero in some row"),
        (["x"], {"what": "quantile", "q": 0.5}, "move in steps"),
    ],
)
def test_elasticities_that_make_no_sense_are_refused(terms, options, said):
    with pytest.raises(ml.ModelError, match=said):
        COUNTS.marginal_effects(*terms, **options)


def test_labels_are_left_out_of_shares_and_the_table_says_what_is_counted():
    found = COUNTS.marginal_effects(kind="dyex")
    assert list(found) == ["x"]
    assert "a share of a label is nothing" in found.left_out["g"]
    assert found.where.endswith("units of the prediction, per share of the column.")
    assert "per share of the column" in " ".join(str(found).split())
    assert [row["contrast"] for row in found.records()] == ["dY/eX"]
