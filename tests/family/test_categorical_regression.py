"""Labels that follow the data: against R, in closed form, and with the digits of small shares.

R's numbers for the tenants are from R 4.2.2 with nnet 7.3-18::

    m <- multinom(Sat ~ Infl + Type + Cont, weights = Freq, data = housing, reltol = 1e-15,
                  maxit = 2000, Hess = TRUE)
    coef(m); summary(m)$standard.errors; logLik(m); predict(m, housing[c(1, 40), ], type = "probs")

Those for the miners are from VGAM 1.1.7, ``vglm(cbind(normal, mild, severe) ~
log(exposure.time), multinomial(refLevel = 1), pneumo)``, the optimum and the profile tightened.
"""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pandas as pd
import pytest

import mostlikely as ml
from mostlikely.calculus.jet import seed
from mostlikely.errors import ModelError
from tests.family.test_ordinal import HOUSING, TERMS

NUMBERS = {
    "Medium": (
        "-0.419228736434 0.446395893258 0.664935332323 -0.435688703615 0.131370289274 "
        "-0.666570446709 0.360851887710",
        "0.172934533384 0.141557310767 0.186337525884 0.172532868221 0.223106712973 "
        "0.206253329548 0.132397553186",
    ),
    "High": (
        "-0.138742745467 0.734863222198 1.612631069509 -0.735631725136 -0.407978087938 "
        "-1.412327680084 0.481827010555",
        "0.159229568506 0.136937975643 0.167131709917 0.155271430604 0.211496621777 "
        "0.200149438476 0.124137065382",
    ),
}


@pytest.fixture(scope="module")
def tenants() -> ml.Fit:
    model = ml.Categorical("Sat ~ Infl + Type + Cont", base="Low")
    return ml.fit(model, HOUSING, weights="Freq")


def test_tenants_equal_r(tenants: ml.Fit) -> None:
    assert tenants.verdict.kind == "interior"
    assert tenants.loglik == pytest.approx(-1735.0419331706, abs=1e-7)
    for level, (values, errors) in NUMBERS.items():
        keys = [(f"p[{level}]", term) for term in ["Intercept", *TERMS.split()]]
        assert [tenants.params[k] for k in keys] == pytest.approx(
            list(map(float, values.split())), abs=2e-6
        )
        assert [tenants.standard_errors[k] for k in keys] == pytest.approx(
            list(map(float, errors.split())), rel=1e-5
        )


def test_probabilities_of_tenants_equal_r(tenants: ml.Fit) -> None:
    shares = tenants.predict(HOUSING.iloc[[0, 39]], "probability")
    assert shares.levels == ("Low", "Medium", "High")  # as the column has them
    wanted = [
        [0.395568728515, 0.260107709346, 0.344323562140],
        [0.184750692132, 0.272333209280, 0.542916098588],
    ]
    assert shares.value == pytest.approx(np.array(wanted), abs=1e-6)
    one = tenants.predict(HOUSING.iloc[[0, 39]], "probability", level="High")
    assert one.value == pytest.approx(shares.value[:, 2], rel=1e-14)
    assert one.std_error == pytest.approx(shares.std_error[:, 2], rel=1e-12)


MINERS = pd.DataFrame(
    {
        "exposure": [5.8, 15.0, 21.5, 27.5, 33.5, 39.5, 46.0, 51.5] * 3,
        "level": np.repeat(["normal", "mild", "severe"], 8),
        "count": [98, 51, 34, 35, 32, 23, 12, 4, 0, 2, 6, 5, 10, 7, 6, 2, 0, 1, 3, 8, 9, 8, 10, 5],
    }
)
PNEUMO = {
    ("p[mild]", "Intercept"): (-8.936029737490172, 1.5804384630327761),
    ("p[mild]", "np.log(exposure)"): (2.1653728736511844, 0.45748687738589777),
    ("p[severe]", "Intercept"): (-11.97509198726518, 2.000445319155611),
    ("p[severe]", "np.log(exposure)"): (3.0674664879623887, 0.5652066896834911),
}
PROFILES = {
    ("p[mild]", "Intercept"): (-12.405675386570636, -6.189894822047287),
    ("p[mild]", "np.log(exposure)"): (1.3580219692944628, 3.157236007823125),
    ("p[severe]", "Intercept"): (-16.29332878102209, -8.458725241373218),
    ("p[severe]", "np.log(exposure)"): (2.0634062638186457, 4.277115954323971),
}


def test_miners_equal_r_with_their_profiles() -> None:
    model = ml.Categorical("level ~ np.log(exposure)", base="normal")
    fit = ml.fit(model, MINERS, weights="count")
    assert list(fit.params) == list(PNEUMO)
    assert fit.loglik == pytest.approx(-204.43444103958342, abs=1e-9)
    for key, (value, error) in PNEUMO.items():
        assert fit.params[key] == pytest.approx(value, abs=1e-6 * error)
        assert fit.standard_errors[key] == pytest.approx(error, rel=1e-6)
        assert fit.interval(key) == pytest.approx(
            (value - 1.959963984540054 * error, value + 1.959963984540054 * error), abs=1e-5
        )
        assert fit.interval(key, method="profile") == pytest.approx(PROFILES[key], abs=1e-5 * error)


def test_one_factor_gives_back_the_shares_and_their_errors() -> None:
    """Saturated: shares of each group, with multinomial errors √(p (1 − p)/n)."""
    counts = {"a": [10, 25, 15], "b": [30, 5, 5]}
    rows = [(g, k, n) for g, c in counts.items() for k, n in zip("uvw", c, strict=True)]
    table = pd.DataFrame(rows, columns=["g", "y", "n"])
    for model in (ml.Categorical("y ~ g"), ml.Ordinal(nonproportional="y ~ g", levels="uvw")):
        shares = ml.fit(model, table, weights="n").predict({"g": ["a", "b"]}, "probability")
        assert shares.levels == ("u", "v", "w")
        p = np.array([[0.2, 0.5, 0.3], [0.75, 0.125, 0.125]])
        assert shares.value == pytest.approx(p, abs=1e-9)
        errors = np.sqrt(p * (1.0 - p) / np.array([[50.0], [40.0]]))
        assert shares.std_error == pytest.approx(errors, rel=1e-7)
        low, high = shares.interval()
        assert np.all((low > 0.0) & (low < p) & (p < high) & (high < 1.0))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"what": "probability", "level": "Hihg"}, "did you mean 'High'"),
        ({"what": "p[High]", "level": "Low"}, "takes level="),
        ({"what": "probabilty"}, "did you mean 'probability'"),
    ],
)
def test_what_cannot_be_predicted_is_refused(
    tenants: ml.Fit, options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ModelError, match=sentence):
        tenants.predict(HOUSING, **options)


def test_numbers_have_no_probabilities_of_levels() -> None:
    rows = {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]}
    with pytest.raises(ModelError, match="there is no prediction 'probability'"):
        ml.fit(ml.Normal("n ~ x"), rows).predict(what="probability")
    with pytest.raises(ModelError, match="takes level="):
        ml.fit(ml.Poisson("n ~ x"), rows).predict(what="probability")


@pytest.mark.parametrize("etas", [(40.0, 38.0), (300.0, -5.0), (690.0, 690.0), (-50.0, -60.0)])
def test_a_base_that_is_nearly_impossible_keeps_its_digits(etas: tuple[float, float]) -> None:
    """Value, gradient and Hessian of log p(base) = −log(1 + Σ exp η), by mpmath."""
    family = ml.Categorical([0, 1, 2])
    jet = family.log_prob(np.zeros(1), *family.natural(seed([np.float64(e) for e in etas])))
    with mpmath.workdps(400):
        whole = 1 + sum(mpmath.exp(e) for e in etas)
        p = [mpmath.exp(e) / whole for e in etas]
        value = float(-mpmath.log(whole))
        grad = [float(-q) for q in p]
        hess = [float(-p[0] * (1 - p[0])), float(p[0] * p[1]), float(-p[1] * (1 - p[1]))]
    assert float(jet.value[0]) == pytest.approx(value, rel=1e-14)
    assert [float(np.ravel(g)[0]) for g in jet.grad] == pytest.approx(grad, rel=1e-12)
    assert [float(np.ravel(h)[0]) for h in jet.hess] == pytest.approx(hess, rel=1e-12, abs=1e-300)


def test_a_rare_base_does_not_stop_the_climb() -> None:
    """One row of the base beside 1e6 others: log-ratios are logs of ratios of counts."""
    table = {"y": ["a", "b", "c"], "n": [1, 600_000, 400_000], "x": [0, 0, 0]}
    fit = ml.fit(ml.Categorical("y ~ 1", base="a"), table, weights="n")
    assert list(fit.params.values()) == pytest.approx([np.log(6e5), np.log(4e5)], rel=1e-9)
    assert fit.verdict.kind == "interior"


def test_arrays_are_the_predictors_of_every_level():
    rng = np.random.default_rng(4)
    x = rng.standard_normal((120, 2))
    y = rng.choice(["a", "b", "c"], 120)
    data = {"x1": x[:, 0], "x2": x[:, 1], "y": y}
    by_array = ml.fit(ml.Categorical(), X=x, y=y)
    by_formula = ml.fit(ml.Categorical("y ~ x1 + x2"), data)
    assert list(by_array.params) == list(by_formula.params)
    np.testing.assert_allclose(
        list(by_array.params.values()), list(by_formula.params.values()), rtol=1e-8, atol=1e-10
    )
    np.testing.assert_allclose(
        np.asarray(by_array.predict(x[:3], "probability")),
        np.asarray(by_formula.predict({k: v[:3] for k, v in data.items()}, "probability")),
    )


def test_a_predictor_says_what_its_formula_says():
    rng = np.random.default_rng(4)
    data = {"x": rng.standard_normal(60), "y": rng.choice(["a", "b", "c"], 60)}
    by_text = ml.fit(ml.Categorical("y ~ x"), data)
    assert ml.fit(ml.Categorical(ml.linear("y ~ x")), data).params == by_text.params
    assert ml.fit(ml.Categorical(ml.linear("~ x")), data, y="y").params == by_text.params
    by_text = ml.fit(ml.Ordinal("y ~ x", levels="abc"), data)
    assert ml.fit(ml.Ordinal(ml.linear("y ~ x"), levels="abc"), data).params == by_text.params


def test_what_is_no_formula_and_no_list_of_levels_is_refused_in_a_sentence():
    with pytest.raises(ModelError, match=r"log-ratio of each level.*link='log' cannot be had"):
        ml.Categorical(ml.linear("y ~ x", link="log"))
    with pytest.raises(ModelError, match=r"takes a formula.*got nonlinear\(a\)"):
        ml.Categorical(ml.nonlinear(lambda d, a: a * d["x"], start={"a": 1.0}))
    with pytest.raises(ModelError, match=r"takes a formula.*or levels; got 'x'"):
        ml.Categorical("x")
    for family in (ml.Categorical, ml.Ordinal):
        with pytest.raises(ModelError, match=rf"{family.__name__}\(levels=\['a', 'b'\]\); got 3"):
            family(levels=3)


def test_an_offset_has_no_meaning_for_labels():
    with pytest.raises(ml.ModelError, match="takes no offset"):
        ml.fit(ml.Categorical(), X=np.ones((4, 1)), y=list("abab"), offset=np.zeros(4))
