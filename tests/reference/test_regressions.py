"""Recorded regressions, fitted by the public words and compared with R.

`tests/reference/README.md` says where each number comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from math import inf, isinf, log, sqrt
from typing import Any

import numpy as np
import pytest

import mostlikely as ml
from tests.reference.recorded import CASES, columns, height_is_off
from tests.reference.test_nist_regressions import CURVES, STRAIGHT

# Cases with an interior maximum.


@dataclass(frozen=True)
class Reading:
    """A case in our words: the model, and the key of each of R's parameters."""

    model: ml.Family
    keys: Mapping[str, Any]
    more: Mapping[str, Any] = field(default_factory=dict)


def coefficients(parameter: str, terms: str, prefix: str = "") -> dict[str, Any]:
    """Keys of coefficients that R calls by the same terms."""
    keys = {prefix + term: (parameter, term) for term in terms.split()}
    return {f"{prefix}(Intercept)": (parameter, "Intercept"), **keys}


def plus(terms: str) -> str:
    return " + ".join(terms.split())


QUADRATIC = "y ~ x + I(x ** 2)"
CURVE = {"b0": ("mu", "Intercept"), "b1": ("mu", "x"), "b2": ("mu", "I(x ** 2)")}
LOG_SIGMA = {"g0": ("sigma", "Intercept"), "g1": ("sigma", "x")}
BIRTHWT = "age lwt race2 race3 smoke ptd ht ui ftv1 ftv2p"
INSURANCE = (
    "District2 District3 District4 Group1-1.5l Group1.5-2l Group>2l Age25-29 Age30-35 Age>35"
)
CPUS = "lsyct lmmax lmmin lcach"
QUINE = "EthN SexM AgeF1 AgeF2 AgeF3 LrnSL"
GASOLINE = "temp batch1 batch2 batch3 batch4 batch5 batch6 batch7 batch8 batch9"
SALAMANDERS = "mined PR DM EC.A EC.L DES.L DF"
READINGS = {
    "fremantle_gev_reg": Reading(
        ml.GEV(mu="y ~ t + soi"),
        {
            "b0": ("mu", "Intercept"),
            "b_t": ("mu", "t"),
            "b_soi": ("mu", "soi"),
            "scale": "sigma",
            "shape": "xi",
        },
    ),
    "menarche_logit": Reading(ml.Binomial("Menarche ~ Age", n="Total"), coefficients("p", "Age")),
    "menarche_probit": Reading(
        ml.Binomial(p=ml.linear("Menarche ~ Age", link="probit"), n="Total"),
        coefficients("p", "Age"),
    ),
    "birthwt_logit": Reading(ml.Bernoulli(f"low ~ {plus(BIRTHWT)}"), coefficients("p", BIRTHWT)),
    "insurance_poisson": Reading(
        ml.Poisson("Claims ~ " + " + ".join(f"`{term}`" for term in INSURANCE.split())),
        coefficients("mean", INSURANCE),
        {"offset": "log_holders"},
    ),
    "clotting_gamma_lot1": Reading(
        ml.Gamma(mean=ml.linear("y ~ logu", link="inverse")),
        {**coefficients("mean", "logu"), "shape": "shape"},
    ),
    "cpus_gamma_log": Reading(
        ml.Gamma(f"perf ~ {plus(CPUS)}"), {**coefficients("mean", CPUS), "shape": "shape"}
    ),
    "quine_nb": Reading(
        ml.NegativeBinomial(f"Days ~ {plus(QUINE)}"),
        {**coefficients("mean", QUINE), "theta": "size"},
    ),
    "gasoline_betareg": Reading(
        ml.Beta(f"`yield` ~ {plus(GASOLINE)}"),
        {**coefficients("mean", GASOLINE, "mu:"), "phi": "precision"},
    ),
    "gasoline_betareg_phi": Reading(
        ml.Beta(mean=f"`yield` ~ {plus(GASOLINE)}", precision="~ temp"),
        {**coefficients("mean", GASOLINE, "mu:"), **coefficients("precision", "temp", "phi:")},
    ),
    "foodexp_betareg": Reading(
        ml.Beta("y ~ income + persons"),
        {**coefficients("mean", "income persons", "mu:"), "phi": "precision"},
    ),
    "foodexp_betareg_phi": Reading(
        ml.Beta(mean="y ~ income + persons", precision="~ persons"),
        {
            **coefficients("mean", "income persons", "mu:"),
            **coefficients("precision", "persons", "phi:"),
        },
    ),
    "reading_betareg": Reading(
        ml.Beta(mean="accuracy ~ dys * iq", precision="~ dys + iq"),
        {
            **coefficients("mean", "dys iq dys:iq", "mu:"),
            **coefficients("precision", "dys iq", "phi:"),
        },
    ),
    "abdom_gamlss_no": Reading(ml.Normal(mu=QUADRATIC, sigma="~ x"), {**CURVE, **LOG_SIGMA}),
    "abdom_gamlss_tf": Reading(
        ml.StudentT(mu=QUADRATIC, sigma="~ x"), {**CURVE, **LOG_SIGMA, "nu": "df"}
    ),
    "abdom_gls_varpower": Reading(
        ml.Normal(
            mu=QUADRATIC,
            sigma=ml.nonlinear(
                lambda d, sigma, power: sigma * d["x"] ** power, start={"sigma": 1.0, "power": 1.0}
            ),
        ),
        {**CURVE, "sigma": ("sigma", "sigma"), "power": ("sigma", "power")},
    ),
    "salamanders_nb_disp": Reading(
        ml.NegativeBinomial(
            mean="count ~ " + " + ".join(f"`{t}`" for t in SALAMANDERS.split()), size="~ mined"
        ),
        {**coefficients("mean", SALAMANDERS, "mu:"), **coefficients("size", "mined", "size:")},
    ),
    "orobanche_betabin": Reading(
        ml.BetaBinomial(mean=ml.linear("m ~ 0 + C(dil)", link="identity"), n="n"),
        {**{f"p{i}": ("mean", f"C(dil)[{i}]") for i in (1, 2, 3)}, "theta": "precision"},
    ),
    "stats4_example": Reading(
        ml.Poisson(
            mean=ml.nonlinear(
                lambda d, ymax, xhalf: ymax / (1.0 + d["x"] / xhalf),
                start={"ymax": 25.0, "xhalf": 3.0},
            )
        ),
        {"ymax": ("mean", "ymax"), "xhalf": ("mean", "xhalf")},
        {"y": "y"},
    ),
    "challenger_logit": Reading(ml.Bernoulli("fail ~ temp"), coefficients("p", "temp")),
    "beetles_logit": Reading(ml.Binomial("killed ~ dose", n="n"), coefficients("p", "dose")),
}


@cache
def fit_of(case: str) -> ml.Fit:
    data, reading = columns(case), READINGS[case]
    if case == "insurance_poisson":
        data["log_holders"] = np.log(data["Holders"])
    return ml.fit(reading.model, data, **reading.more)


def estimates_off(fit: ml.Fit, case: str, keys: Mapping[str, Any]) -> list[str]:
    """Which are further than a millionth of a standard error from the record."""
    estimates, sizes = CASES[case]["estimates"], CASES[case]["se"]
    assert estimates.keys() == keys.keys()
    assert set(keys.values()) == set(fit.params)
    return [
        name
        for name, key in keys.items()
        if not abs(fit.params[key] - estimates[name]) <= 1e-6 * sizes[name]
    ]


def errors_off(fit: ml.Fit, case: str, keys: Mapping[str, Any]) -> list[str]:
    """Which standard errors differ from the record by more than a millionth."""
    return [
        name
        for name, size in CASES[case]["se"].items()
        if not abs(fit.standard_errors[keys[name]] / size - 1.0) <= 1e-6
    ]


def ends_off(fit: ml.Fit, case: str, keys: Mapping[str, Any]) -> list[str]:
    """Which profile intervals differ from the record by 1e-5 standard errors."""
    off = []
    for name, recorded in CASES[case]["ci_profile"].items():
        ends = fit.interval(keys[name], method="profile")
        for end, wanted in zip(ends, map(float, recorded), strict=True):
            near = abs(end - wanted) <= 1e-5 * CASES[case]["se"][name]
            if not (end == wanted if isinf(wanted) else near):
                off.append(name)
    return off


def all_off(fit: ml.Fit, case: str, keys: Mapping[str, Any]) -> list[str]:
    off = [] if fit.verdict.kind == "interior" else [fit.verdict.kind]
    off += ["loglik"] * height_is_off(fit, CASES[case])
    return (
        off
        + estimates_off(fit, case, keys)
        + errors_off(fit, case, keys)
        + ends_off(fit, case, keys)
    )


def test_every_recorded_case_is_read():
    curves = {f"nist_nls_{name}" for name in CURVES}
    assert set(CASES) == {*READINGS, *APART, *curves, *STRAIGHT}


@pytest.mark.parametrize("case", READINGS)
def test_the_maximum_is_that_of_r(case):
    fit = fit_of(case)
    assert (fit.verdict.kind, fit.verdict.ok) == ("interior", True), str(fit.verdict)
    assert not height_is_off(fit, CASES[case])
    assert (fit.n, fit.df) == (CASES[case]["nobs"], CASES[case]["df"])


@pytest.mark.parametrize("case", READINGS)
def test_estimates_agree_within_a_millionth_of_a_standard_error(case):
    assert not estimates_off(fit_of(case), case, READINGS[case].keys)


@pytest.mark.parametrize("case", READINGS)
def test_standard_errors_agree_to_a_millionth(case):
    assert not errors_off(fit_of(case), case, READINGS[case].keys)


@pytest.mark.parametrize("case", READINGS)
def test_profile_ends_agree_within_a_hundred_thousandth_of_a_standard_error(case):
    assert not ends_off(fit_of(case), case, READINGS[case].keys)


def test_the_student_t_with_formulas_agrees_with_r_from_a_start_near_it():
    case = "abdom_gamlss_tf"
    fit = ml.fit(READINGS[case].model, columns(case), start={"df": 10.0})
    assert not all_off(fit, case, READINGS[case].keys)


def test_the_beta_binomial_agrees_with_r_in_logits():
    """Profile ends do not depend on the link; estimates and errors are carried over it."""
    case = "orobanche_betabin"
    fit = ml.fit(ml.BetaBinomial("m ~ 0 + C(dil)", n="n"), columns(case))
    record = CASES[case]
    assert not height_is_off(fit, record)
    for name, key in READINGS[case].keys.items():

        def natural(value: float, constant: bool = name == "theta") -> float:
            return value if constant else 1.0 / (1.0 + np.exp(-value))

        value, size = natural(fit.params[key]), record["se"][name]
        slope = 1.0 if name == "theta" else value * (1.0 - value)
        assert abs(value - record["estimates"][name]) <= 1e-6 * size
        assert fit.standard_errors[key] * slope == pytest.approx(size, rel=1e-6)
        ends = fit.interval(key, method="profile")
        for end, wanted in zip(ends, map(float, record["ci_profile"][name]), strict=True):
            assert natural(end) == pytest.approx(wanted, abs=1e-5 * size)


# Adversarial cases: what R gets wrong, or does not say.

APART = {
    "adv_separation_quasi",
    "adv_poisson_zero_group",
    "adv_nb_underdispersed",
    "adv_beta_01",
    "adv_collinear",
    "adv_negative_weights",
    "adv_poisson_identity",
    "adv_nls_zero_residual",
    "adv_extreme_offset",
}


def test_quasi_separation_is_named_and_the_supremum_is_half_and_half():
    fit = ml.fit(ml.Bernoulli("y ~ x"), columns("adv_separation_quasi"))
    assert (fit.verdict.kind, fit.verdict.ok) == ("separation", False)
    assert dict(fit.params) == {("p", "Intercept"): -inf, ("p", "x"): inf}
    assert fit.loglik == pytest.approx(2.0 * log(0.5), rel=1e-12)
    low, high = fit.interval(("p", "x"), method="profile")
    assert 0.0 < low < 1.0 and high == inf


def test_a_group_without_counts_runs_off_and_the_others_stay():
    fit = ml.fit(ml.Poisson("y ~ g"), columns("adv_poisson_zero_group"))
    assert (fit.verdict.kind, fit.verdict.ok) == ("separation", False)
    assert fit.params["mean", "g[T.b]"] == -inf
    for term, truth in (("Intercept", log(17 / 6)), ("g[T.c]", log(39 / 17))):
        error = fit.standard_errors["mean", term]
        assert abs(fit.params["mean", term] - truth) <= 1e-6 * error
    assert fit.standard_errors["mean", "Intercept"] == pytest.approx(17**-0.5, rel=1e-6)
    assert not height_is_off(fit, CASES["adv_poisson_zero_group"])


def test_underdispersed_counts_with_a_covariate_end_in_the_poisson_regression():
    data = columns("adv_nb_underdispersed")
    alone = ml.fit(ml.NegativeBinomial("y ~ 1"), data)
    assert not height_is_off(alone, CASES["adv_nb_underdispersed"])
    assert alone.params["mean", "Intercept"] == pytest.approx(log(2.9), rel=1e-10)
    data["x"] = np.arange(len(data["y"])) / 10.0
    fit, poisson = ml.fit(ml.NegativeBinomial("y ~ x"), data), ml.fit(ml.Poisson("y ~ x"), data)
    for found in (alone, fit):
        assert (found.verdict.kind, found.verdict.ok) == ("boundary", True)
        assert found.params["size"] == inf
        assert "Poisson" in str(found.verdict)
    assert fit.loglik == pytest.approx(poisson.loglik, rel=1e-13)
    for key, value in poisson.params.items():
        assert fit.params[key] == pytest.approx(value, rel=1e-8)
        assert fit.standard_errors[key] == pytest.approx(poisson.standard_errors[key], rel=1e-6)


def test_zero_and_one_are_no_beta_values_in_a_regression():
    data = columns("adv_beta_01")
    data["z"] = np.arange(len(data["x"]))
    with pytest.raises(ml.DataError, match=r"2 values are not: 0\.0 \(row 0\), 1\.0 \(row 8\)"):
        ml.fit(ml.Beta("x ~ z"), data)


def test_nearly_dependent_columns_have_the_coefficients_of_independent_ones():
    """x2 is x1 + 1e-7 e: R gets nine digits only from y ~ x1 + e."""
    fit = ml.fit(ml.Poisson("y ~ x1 + x2"), columns("adv_collinear"))
    record = CASES["adv_collinear"]["r"]["near_scaled_reference"]
    assert fit.verdict.ok
    assert not height_is_off(fit, record)
    first, second = fit.params["mean", "x1"], fit.params["mean", "x2"]
    found = {
        "(Intercept)": fit.params["mean", "Intercept"],
        "x1": first + second,
        "I(e)": 1e-7 * second,
    }
    for name, value in record["estimate"].items():
        assert abs(found[name] - value) <= 1e-6 * record["se"][name]
    error = 1e-7 * fit.standard_errors["mean", "x2"]
    assert error == pytest.approx(record["se"]["I(e)"], rel=1e-6)


def test_dependent_columns_are_named_and_what_the_data_tell_is_right():
    fit = ml.fit(ml.Poisson("y ~ x1 + x3"), columns("adv_collinear"))
    record = CASES["adv_collinear"]["r"]["exact"]
    assert (fit.verdict.kind, fit.verdict.ok) == ("not identified", False)
    assert "x3 = -1·Intercept + 2·x1" in str(fit.verdict)
    assert not height_is_off(fit, record)
    beside = fit.params["mean", "x3"]
    found = {
        "(Intercept)": fit.params["mean", "Intercept"] - beside,
        "x1": fit.params["mean", "x1"] + 2.0 * beside,
    }
    for name, value in found.items():
        assert abs(value - record["estimate"][name]) <= 1e-6 * record["se"][name]


def test_negative_weights_are_an_error_in_a_regression():
    data = columns("adv_negative_weights")
    data["w"] = np.where(data["w"] == 2, -1, data["w"])
    with pytest.raises(ml.DataError, match=r"1 is negative: -1 \(row 2\)"):
        ml.fit(ml.Poisson("y ~ g"), data, weights="w")


def test_an_identity_link_ends_on_the_edge_where_a_mean_is_zero():
    record = CASES["adv_poisson_identity"]
    model = ml.Poisson(mean=ml.linear("y ~ x", link="identity"))
    fit = ml.fit(model, columns("adv_poisson_identity"))
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert "mean is 0 in row 0" in str(fit.verdict)
    assert fit.params["mean", "Intercept"] == 0.0
    assert fit.params["mean", "x"] == pytest.approx(1.8, rel=1e-9)
    assert not height_is_off(fit, record)
    # along the edge y ~ Poisson(1.8 x): the information is Σ x / 1.8
    assert fit.standard_errors["mean", "x"] == pytest.approx(sqrt(1.8 / 15.0), rel=1e-7)
    low, high = fit.interval(("mean", "Intercept"), method="profile")
    assert low == pytest.approx(0.0, abs=1e-7) and high == pytest.approx(1.2099, abs=1e-3)


def test_an_edge_from_which_the_likelihood_rises_inward_is_no_maximum():
    """At intercept 0 the row at x = 0 is on the edge; the maximum has intercept 0.4337."""
    x, y = np.array([0.0, 0.2, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 2.0, 2.0, 5.0, 8.0, 9.0])
    family = ml.Poisson(mean=ml.linear("y ~ x", link="identity"))
    fit = ml.fit(family, {"x": x, "y": y})
    assert fit.verdict.kind == "interior"
    mean = fit.params["mean", "Intercept"] + fit.params["mean", "x"] * x
    assert abs(np.sum(y / mean - 1.0)) < 1e-9


def test_a_log_binomial_ends_on_the_edge_where_a_probability_is_one():
    """On p = exp(s (x - 2)) the likelihood is a function of s alone: its maximum by a fine grid."""
    x, y = np.repeat([0.0, 1.0, 2.0], 3), np.array([0, 0, 1, 0, 1, 1, 1, 1, 1.0])
    fit = ml.fit(ml.Bernoulli(p=ml.linear("y ~ x", link="log")), {"x": x, "y": y})
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert "p is 1 in rows 6, 7, 8" in str(fit.verdict)
    slopes = np.linspace(0.4, 0.6, 20_001)[:, None]
    p = np.exp(slopes * (x[:6] - 2.0))
    heights = np.sum(np.where(y[:6] == 1.0, np.log(p), np.log1p(-p)), axis=1)
    assert fit.loglik == pytest.approx(heights.max(), abs=1e-9)
    assert fit.params["p", "x"] == pytest.approx(float(slopes[heights.argmax(), 0]), abs=1e-4)


def test_a_curve_through_every_point_has_no_maximum_and_is_found():
    decay = ml.nonlinear(lambda d, a, b: a * np.exp(-b * d["x"]), start={"a": 1.0, "b": 0.1})
    fit = ml.fit(ml.Normal(mu=decay), columns("adv_nls_zero_residual"), y="y")
    assert (fit.verdict.kind, fit.verdict.ok) == ("no maximum", False)
    assert "sigma" in str(fit.verdict)
    assert fit.loglik == inf
    assert fit.params["mu", "a"] == pytest.approx(2.0, rel=1e-12)
    assert fit.params["mu", "b"] == pytest.approx(0.3, rel=1e-12)


def test_an_offset_of_minus_700_keeps_its_row():
    data = columns("adv_extreme_offset")
    fit = ml.fit(ml.Poisson("y ~ 1"), data, offset="off")
    truth = log(data["y"].sum() / np.exp(data["off"]).sum())
    assert fit.n == 5
    assert fit.params["mean", "Intercept"] == pytest.approx(truth, rel=1e-12)
    assert truth == pytest.approx(CASES["adv_extreme_offset"]["estimates"]["(Intercept)"])
    assert fit.standard_errors["mean", "Intercept"] == pytest.approx(11**-0.5, rel=1e-9)
