"""Every recorded case, fitted by the public words and compared with R and mpmath.

`tests/reference/README.md` says where each number comes from.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from io import StringIO
from math import inf, isinf
from pathlib import Path

import numpy as np
import pytest

import mostlikely as ml

FOLDER = Path(__file__).parent
CASES = {c["id"]: c for c in json.loads((FOLDER / "cases.json").read_text("utf-8"))}
MPMATH = {
    c["id"]: c for c in json.loads((FOLDER / "cases_mpmath.json").read_text("utf-8"))["cases"]
}
Z = 1.959963984540054  # the normal quantile of 0.975


class RateGamma(ml.Family):
    """The gamma in R's own parameters."""

    shape = ml.Param(ml.domains.positive, "shape", typical=(0.5, 30.0))
    rate = ml.Param(ml.domains.positive, "rate", typical=(0.05, 2.0), unit=-1)
    support = ml.domains.positive

    def log_prob(y, shape, rate):
        return ml.Gamma.log_prob(y, shape / rate, shape)


class RateExponential(ml.Family):
    """The exponential in R's own parameter."""

    rate = ml.Param(ml.domains.positive, "rate", typical=(0.05, 2.0), unit=-1)
    support = ml.domains.nonnegative

    def log_prob(y, rate):
        return ml.Exponential.log_prob(y, 1.0 / rate)


class ShapesBeta(ml.Family):
    """The beta in R's own parameters."""

    shape1 = ml.Param(ml.domains.positive, "power of y", typical=(0.5, 20.0))
    shape2 = ml.Param(ml.domains.positive, "power of 1 - y", typical=(0.5, 20.0))
    support = ml.domains.unit

    def log_prob(y, shape1, shape2):
        return ml.Beta.log_prob(y, shape1 / (shape1 + shape2), shape1 + shape2)


Derived = Callable[[Mapping[str, float]], float]


@dataclass(frozen=True)
class Reading:
    """A case in our words: the model, its parameters (or functions of them) by R's names.

    ``declared`` is the model once more in R's own parameters, for profiles of those that are
    functions of ours.
    """

    model: ml.Family
    names: Mapping[str, str | Derived] = field(default_factory=dict)
    declared: ml.Family | None = None

    def theirs(self, fit: ml.Fit) -> dict[str, ml.Quantity]:
        """R's parameters with their standard errors, from a fit in ours."""

        def of(name: str | Derived) -> Derived:
            return name if callable(name) else lambda p: p[name]

        names = self.names or {k: k for k in fit.params}
        return {k: fit.quantity(of(name)) for k, name in names.items()}


BY_RATE = {"shape": "shape", "rate": lambda p: p["shape"] / p["mean"]}
BY_LOGS = {"meanlog": "mu", "sdlog": "sigma"}
STUDENT = {"m": "mu", "s": "sigma", "df": "df"}
PARETO = {"scale": "sigma", "shape": "xi"}
READINGS = {
    "gb_gamma": Reading(ml.Gamma(), BY_RATE, RateGamma()),
    "gb_weibull": Reading(ml.Weibull()),
    "danish_lnorm": Reading(ml.LogNormal(), BY_LOGS),
    "endo_llogis": Reading(ml.LogLogistic()),
    "toxocara_nbinom": Reading(ml.NegativeBinomial(), {"size": "size", "mu": "mean"}),
    "toxocara_weighted": Reading(ml.NegativeBinomial(), {"size": "size", "mu": "mean"}),
    "prussian_poisson": Reading(ml.Poisson(), {"lambda": "mean"}),
    "abbey_t": Reading(ml.StudentT(), STUDENT),
    "newcomb_t": Reading(ml.StudentT(), STUDENT),
    "portpirie_gev": Reading(ml.GEV(), {"loc": "mu", "scale": "sigma", "shape": "xi"}),
    "rain_gpd": Reading(ml.GeneralizedPareto(), PARETO),
    "danish_gpd10": Reading(ml.GeneralizedPareto(), PARETO),
    "food_beta": Reading(
        ml.Beta(),
        {
            "shape1": lambda p: p["mean"] * p["precision"],
            "shape2": lambda p: (1.0 - p["mean"]) * p["precision"],
        },
        ShapesBeta(),
    ),
    "turtles_vonmises": Reading(ml.VonMises()),
    "aircondit_invgauss": Reading(ml.InverseGaussian(), {"mu": "mean", "lambda": "shape"}),
    "aircondit_exp": Reading(
        ml.Exponential(), {"rate": lambda p: 1.0 / p["mean"]}, RateExponential()
    ),
    "bearings_weibull": Reading(ml.Weibull()),
    "bearings_lnorm": Reading(ml.LogNormal(), BY_LOGS),
    "adv_weibull_wide": Reading(ml.Weibull()),
    "adv_scale_1e-9": Reading(ml.Gamma(), BY_RATE),
    "adv_n1": Reading(ml.Exponential(), {"exp_rate": lambda p: 1.0 / p["mean"]}),
    "adv_lnorm3": Reading(ml.Shifted(ml.LogNormal()), {"loc": "shift", **BY_LOGS}),
    "adv_poisson_huge": Reading(ml.Poisson(), {"lambda": "mean"}),
    "adv_cauchy_bimodal": Reading(ml.Cauchy(), {"location": "mu", "scale": "scale"}),
}
#: Cases that have tests of their own below.
APART = {
    "adv_nb_underdispersed",
    "adv_laplace_even",
    "adv_beta_01",
    "adv_lognormal_zero",
    "adv_t_unbounded",
    "danish_burr_boundary",
    "adv_negative_weights",
}
PROFILED = [case for case in READINGS if "ci_profile" in CASES[case]]


def records(case: str) -> list[dict]:
    """What R says of a case, and what mpmath does."""
    return [record[case] for record in (CASES, MPMATH) if case in record]


def columns(case: str) -> dict[str, np.ndarray]:
    found = CASES[CASES[case].get("data_of", case)]["data"]
    return {name: np.array(column, dtype=float) for name, column in found.items()}


def sample(case: str) -> np.ndarray:
    return next(iter(columns(case).values()))


def fitted(case: str, model: ml.Family) -> ml.Fit:
    return ml.fit(model, sample(case), weights=columns(case).get("w"))


@cache
def fit_of(case: str) -> ml.Fit:
    return fitted(case, READINGS[case].model)


@cache
def fit_in_their_words(case: str) -> tuple[ml.Fit, dict[str, str]]:
    """A fit of which each of R's parameters is a parameter, and our names of them."""
    reading = READINGS[case]
    if reading.declared is not None:
        return fitted(case, reading.declared), {k: k for k in CASES[case]["estimates"]}
    return fit_of(case), dict(reading.names) or {k: k for k in CASES[case]["estimates"]}


def test_every_recorded_case_is_read():
    theirs = {case for case in CASES if not case.startswith("nist_univ_")}
    assert theirs == {*READINGS, *APART}
    assert set(MPMATH) <= set(READINGS)


# Cases with an interior maximum.


@pytest.mark.parametrize("case", READINGS)
def test_the_maximum_is_that_of_r_or_higher(case):
    fit = fit_of(case)
    assert (fit.verdict.kind, fit.verdict.ok) == ("interior", True), str(fit.verdict)
    for record in records(case):
        if "loglik" in record:
            assert fit.loglik == pytest.approx(record["loglik"], rel=1e-13, abs=1e-12)


@pytest.mark.parametrize("case", READINGS)
def test_estimates_agree_within_a_millionth_of_a_standard_error(case):
    found = READINGS[case].theirs(fit_of(case))
    for record in records(case):
        assert found.keys() == record["estimates"].keys()
        for name, value in record["estimates"].items():
            assert abs(found[name].value - value) <= 1e-6 * found[name].std_error, name


@pytest.mark.parametrize("case", [c for c in READINGS if any("se" in r for r in records(c))])
def test_standard_errors_agree_to_a_millionth(case):
    found = READINGS[case].theirs(fit_of(case))
    for record in records(case):
        for name, value in record.get("se", {}).items():
            assert found[name].std_error == pytest.approx(value, rel=1e-6), name


@pytest.mark.parametrize("case", PROFILED)
def test_wald_intervals_on_the_natural_scale_agree_with_r(case):
    fit, names = fit_in_their_words(case)
    for theirs, ours in names.items():
        size = CASES[case]["se"][theirs]
        ends = fit.interval(ours, scale="natural")
        assert ends == pytest.approx(CASES[case]["ci_wald"][theirs], abs=3e-6 * size), theirs


@pytest.mark.parametrize("case", PROFILED)
def test_profile_ends_agree_within_a_millionth_of_a_standard_error(case):
    fit, names = fit_in_their_words(case)
    for theirs, ours in names.items():
        size = CASES[case]["se"][theirs]
        ends = fit.interval(ours, method="profile")
        for record in records(case):
            for end, wanted in zip(ends, map(float, record["ci_profile"][theirs]), strict=True):
                assert end == wanted if isinf(wanted) else abs(end - wanted) <= 1e-6 * size, theirs


@pytest.mark.parametrize("case", PROFILED)
def test_criteria_and_counts_are_those_of_r(case):
    fit, record = fit_of(case), CASES[case]
    assert fit.n == record["nobs"]
    assert fit.bic == pytest.approx(record["bic"], rel=1e-12)
    assert fit.aic == pytest.approx(2 * len(record["estimates"]) - 2 * record["loglik"], rel=1e-12)


def test_counts_that_stand_for_rows_give_the_fit_of_the_rows():
    whole, counted = fit_of("toxocara_nbinom"), fit_of("toxocara_weighted")
    assert counted.n == whole.n == 53
    assert counted.rows == 21
    assert counted.bic == pytest.approx(whole.bic, rel=1e-14)


# Adversarial cases: what R gets wrong, or does not say.


def test_counts_of_1e15_keep_their_digits():
    """R's two answers differ in the eleventh digit of the log-likelihood; the truth is mpmath's."""
    fit = fit_of("adv_poisson_huge")
    assert fit.params["mean"] == pytest.approx(1.25e15, rel=1e-14)
    assert fit.loglik == pytest.approx(MPMATH["adv_poisson_huge"]["loglik"], rel=1e-15)


def test_grams_or_nanograms_give_the_same_fit():
    here, there = fit_of("gb_gamma"), fit_of("adv_scale_1e-9")
    assert there.params["shape"] == pytest.approx(here.params["shape"], rel=1e-10)
    assert there.params["mean"] == pytest.approx(1e-9 * here.params["mean"], rel=1e-14)
    assert there.loglik == pytest.approx(here.loglik - 254 * np.log(1e-9), rel=1e-14)


def test_one_observation():
    y = sample("adv_n1")
    assert fit_of("adv_n1").standard_errors["mean"] == pytest.approx(3.2, rel=1e-12)
    for family in (ml.Normal, ml.Gamma):
        fit = ml.fit(family, y)
        assert (fit.verdict.kind, fit.verdict.ok) == ("no maximum", False)
    poisson = ml.fit("poisson", [3])
    assert poisson.params["mean"] == pytest.approx(3.0, rel=1e-15)
    assert poisson.standard_errors["mean"] == pytest.approx(np.sqrt(3.0), rel=1e-12)


def test_underdispersed_counts_end_in_the_poisson():
    case = CASES["adv_nb_underdispersed"]
    fit = ml.fit("negative_binomial", sample("adv_nb_underdispersed"))
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True)
    assert "Poisson" in str(fit.verdict)
    assert fit.params["size"] == inf
    assert fit.params["mean"] == pytest.approx(case["estimates"]["mu"], rel=1e-13)
    assert fit.loglik == pytest.approx(case["loglik"], rel=1e-14)
    assert fit.test(mean=2.9).statistic == pytest.approx(0.0, abs=1e-12)


def test_any_location_between_the_middle_two_is_the_laplace_estimate():
    case = CASES["adv_laplace_even"]
    fit = ml.fit("laplace", sample("adv_laplace_even"))
    assert fit.verdict.ok
    assert 4.0 <= fit.params["mu"] <= 7.0
    assert fit.params["scale"] == pytest.approx(case["estimates"]["scale"], rel=1e-14)
    assert fit.loglik == pytest.approx(case["loglik"], rel=1e-14)
    for mu in (4.0, 5.0, 7.0):
        assert fit.log_likelihood(mu=mu) == pytest.approx(fit.loglik, rel=1e-14)


def test_a_cauchy_of_known_small_scale_has_two_maxima_and_the_higher_one_wins():
    near = CASES["adv_cauchy_bimodal"]["fixed_scale_0.3_local_maxima"]
    y = sample("adv_cauchy_bimodal")
    fit = ml.fit(ml.Cauchy(scale=0.3), y)
    assert fit.params["mu"] == pytest.approx(near["near_plus10"], abs=1e-5)  # R's optimize()
    assert "other local maxim" in str(fit.verdict)
    lower = ml.fit(ml.Cauchy(scale=0.3), y, start={"mu": -10.0})
    assert lower.params["mu"] == pytest.approx(near["near_minus10"], abs=1e-5)
    assert lower.loglik < fit.loglik


def test_zero_and_one_are_no_beta_values():
    with pytest.raises(ml.DataError, match=r"2 values are not: 0(\.0)? \(row 0\), 1(\.0)? \(row"):
        ml.fit("beta", sample("adv_beta_01"))


@pytest.mark.parametrize("family", ["lognormal", "gamma", "weibull"])
def test_zero_is_no_positive_value(family):
    with pytest.raises(ml.DataError, match=r"1 value is not: 0(\.0)? \(row 0\)\."):
        ml.fit(family, sample("adv_lognormal_zero"))


def test_student_t_is_unbounded_and_the_local_maximum_says_so():
    path = CASES["adv_t_unbounded"]["loglik_path"]
    y = sample("adv_t_unbounded")
    for scale, height in zip(path["s"], path["ll"], strict=True):
        found = ml.log_likelihood("student_t", y, mu=path["m"], sigma=scale, df=path["df"])
        assert found == pytest.approx(height, rel=1e-12)
    fit = fit_of("abbey_t")
    assert fit.loglik < path["ll"][-1]
    assert "unbounded" in str(fit.verdict)


def test_burr_fit_to_the_danish_fires_is_a_pareto_and_not_a_converged_burr():
    limit = CASES["danish_burr_boundary"]["supremum_pareto1"]
    fit = ml.fit("burr12", sample("danish_burr_boundary"))
    assert fit.verdict.kind == "boundary"
    assert "Pareto" in str(fit.verdict)
    assert fit.loglik == pytest.approx(limit["loglik"], rel=1e-14)
    assert fit.params["scale"] == limit["xm"]
    pareto = ml.fit("pareto", sample("danish_burr_boundary"))
    assert pareto.params["shape"] == pytest.approx(limit["alpha"], rel=1e-12)


def test_negative_weights_are_an_error():
    data = columns("adv_negative_weights")
    with pytest.raises(ml.DataError, match=r"1 is negative: -1 \(row 2\)\."):
        ml.fit("poisson", data["y"], weights=np.where(data["w"] == 2.0, -1.0, data["w"]))


# R's own packages, where R is on the machine.


def recorded(text: str) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for row in csv.DictReader(StringIO(text)):
        found.setdefault(row["id"], {})[row["quantity"]] = float(row["value"])
    return found


RECORDED = recorded((FOLDER / "reference.csv").read_text("utf-8"))


@pytest.mark.parametrize("case", [case for case in RECORDED if case in READINGS])
def test_fits_agree_with_base_r(case):
    fit, record = fit_of(case), RECORDED[case]
    assert fit.loglik == pytest.approx(record["loglik"], rel=1e-12)
    for name, value in fit.params.items():
        error = fit.standard_errors[name]
        assert abs(value - record[name]) <= 1e-6 * error, name
        assert error == pytest.approx(record[f"se_{name}"], rel=1e-6), name


def test_r_still_gives_the_recorded_numbers():
    program = shutil.which("Rscript")
    if program is None:
        pytest.skip("there is no Rscript on this machine; the recorded numbers serve")
    done = subprocess.run(
        [program, "--vanilla", str(FOLDER / "make_reference.R")],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    if "there is no package called" in done.stderr:
        pytest.skip("R has no MASS or no survival here; the recorded numbers serve")
    assert done.returncode == 0, done.stderr
    now = recorded(done.stdout)
    assert now.keys() == RECORDED.keys()
    for case, record in RECORDED.items():
        assert now[case] == pytest.approx(record, rel=1e-7), case
