"""Families of the line, of extremes and of angles against R, SciPy and mpmath.

`tests/reference/real.json` holds R's cases (package, version and call in ``source``), polished
beyond R's own stopping point; `real_mpmath.json` beside it is what `make_real_mpmath.py` computes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.calculus.jet import pairs
from mostlikely.family import family as family_named
from mostlikely.family.base import Family
from tests.truths.test_score import jets

REFERENCE = Path(__file__).parents[1] / "reference"
CASES = {c["id"]: c for c in json.loads((REFERENCE / "real.json").read_text("utf-8"))}
MPMATH = json.loads((REFERENCE / "real_mpmath.json").read_text("utf-8"))["rows"]

#: The family of each case, and R's names of its parameters in our order.
TRANSLATED: dict[str, tuple[type[Family], tuple[str, ...]]] = {
    "abbey_t": (ml.StudentT, ("m", "s", "df")),
    "newcomb_t": (ml.StudentT, ("m", "s", "df")),
    "portpirie_gev": (ml.GEV, ("loc", "scale", "shape")),
    "rain_gpd": (ml.GeneralizedPareto, ("scale", "shape")),
    "danish_gpd10": (ml.GeneralizedPareto, ("scale", "shape")),
    "turtles_vonmises": (ml.VonMises, ("mu", "kappa")),
    "adv_cauchy_bimodal": (ml.Cauchy, ("location", "scale")),
}
WITH_ERRORS = [case for case in TRANSLATED if CASES[case]["se"] is not None]


def _data(case: str) -> np.ndarray:
    return np.array(CASES[case]["data"], dtype=np.float64)


def _estimates(case: str) -> dict[str, float]:
    family, theirs = TRANSLATED[case]
    return {k: CASES[case]["estimates"][t] for k, t in zip(family.parameters, theirs, strict=True)}


def test_every_r_case_is_read() -> None:
    assert set(CASES) == {*TRANSLATED, "adv_laplace_even"}


@pytest.mark.parametrize("case", TRANSLATED)
def test_log_likelihood_at_the_estimates_of_r(case: str) -> None:
    found = ml.log_likelihood(TRANSLATED[case][0], _data(case), **_estimates(case))
    assert found == pytest.approx(CASES[case]["loglik"], rel=1e-12, abs=1e-11)


@pytest.mark.parametrize("case", WITH_ERRORS)
def test_score_is_zero_and_information_that_of_r(case: str) -> None:
    law = TRANSLATED[case][0]().at(**_estimates(case))
    score, packed = (part.sum(axis=1) for part in jets(law, _data(case)))
    k = len(score)
    hessian = np.empty((k, k))
    for h, (i, j) in zip(packed, pairs(k), strict=True):
        hessian[i, j] = hessian[j, i] = h
    wanted = np.array(CASES[case]["covariance"])
    errors = np.sqrt(np.diag(wanted))
    assert np.max(np.abs(score * errors)) < 1e-5
    assert np.linalg.inv(-hessian) / np.outer(errors, errors) == pytest.approx(
        wanted / np.outer(errors, errors), abs=1e-6
    )


@pytest.mark.parametrize("case", TRANSLATED)
def test_fit_agrees_with_r(case: str) -> None:
    fit = ml.fit(TRANSLATED[case][0], _data(case))
    assert fit.verdict.kind == "interior", str(fit.verdict)
    assert fit.loglik >= CASES[case]["loglik"] - 1e-8 * (1.0 + abs(CASES[case]["loglik"]))
    errors = CASES[case]["se"]
    for (name, wanted), theirs in zip(_estimates(case).items(), TRANSLATED[case][1], strict=True):
        assert abs(fit.params[name] - wanted) < 1e-6 * fit.standard_errors[name], name
        if errors is not None:
            assert fit.standard_errors[name] == pytest.approx(errors[theirs], rel=1e-6), name


@pytest.mark.parametrize("case", WITH_ERRORS)
def test_profile_intervals_agree_with_r(case: str) -> None:
    fit = ml.fit(TRANSLATED[case][0], _data(case))
    found = fit.interval(method="profile")
    for name, theirs in zip(fit.params, TRANSLATED[case][1], strict=True):
        wanted = CASES[case]["ci_profile"][theirs]
        assert found[name] == pytest.approx(wanted, abs=1e-5 * fit.standard_errors[name]), name


def test_gumbel_is_the_gev_that_r_compares_with() -> None:
    """Port Pirie, evd's likelihood-ratio test of a zero tail index."""
    theirs = CASES["portpirie_gev"]["gumbel"]
    fit = ml.fit(ml.Gumbel, _data("portpirie_gev"))
    assert fit.loglik == pytest.approx(theirs["loglik"], abs=1e-9)
    fixed = ml.fit(ml.GEV(xi=0), _data("portpirie_gev"))
    assert fixed.loglik == pytest.approx(fit.loglik, abs=1e-10)
    assert fixed.params["mu"] == pytest.approx(fit.params["mu"], abs=1e-9)


def test_cauchy_with_a_small_known_scale_has_a_maximum_in_each_cluster() -> None:
    y, theirs = _data("adv_cauchy_bimodal"), CASES["adv_cauchy_bimodal"]
    fit = ml.fit(ml.Cauchy(scale=0.3), y)
    left, right = theirs["fixed_scale_0.3_local_maxima"].values()
    assert fit.params["mu"] == pytest.approx(right, abs=1e-5)
    assert ml.log_likelihood(ml.Cauchy(scale=0.3), y, mu=left) < fit.loglik
    assert "other local maxim" in str(fit.verdict)


def test_laplace_of_an_even_sample() -> None:
    """Every point between the middle two is an estimate of mu; all give the same likelihood."""
    y, theirs = _data("adv_laplace_even"), CASES["adv_laplace_even"]
    fit = ml.fit(ml.Laplace, y)
    assert 4.0 <= fit.params["mu"] <= 7.0
    assert fit.params["scale"] == pytest.approx(theirs["estimates"]["scale"], rel=1e-14)
    assert fit.loglik == pytest.approx(theirs["loglik"], rel=1e-13)


@pytest.mark.parametrize("name", sorted({row[0] for row in MPMATH}))
def test_density_and_tails_equal_mpmath(name: str) -> None:
    declared = family_named(name)()
    for _, y, values, log_prob, log_cdf, log_sf in (row for row in MPMATH if row[0] == name):
        law = declared.at(**dict(zip(declared.parameters, values, strict=True)))
        assert law.log_prob(y) == pytest.approx(log_prob, rel=1e-13, abs=1e-14), (law, y)
        # a probability near one is known by its complement: its logarithm has no digits of its own
        for found, wanted in ((law.log_cdf(y), log_cdf), (law.log_sf(y), log_sf)):
            assert found == pytest.approx(wanted, rel=2e-12, abs=2e-16), (law, y)


#: SciPy's form of each family. The parameters are inside the ranges where SciPy keeps its digits.
SCIPY: dict[type[Family], Callable[..., Any]] = {
    ml.Normal: lambda mu, sigma: stats.norm(mu, sigma),
    ml.StudentT: lambda mu, sigma, df: stats.t(df, mu, sigma),
    ml.Laplace: lambda mu, scale: stats.laplace(mu, scale),
    ml.Logistic: lambda mu, scale: stats.logistic(mu, scale),
    ml.Cauchy: lambda mu, scale: stats.cauchy(mu, scale),
    ml.Gumbel: lambda mu, scale: stats.gumbel_r(mu, scale),
    ml.HyperbolicSecant: lambda mu, scale: stats.hypsecant(mu, scale),
    ml.SkewNormal: lambda mu, sigma, shape: stats.skewnorm(shape, mu, sigma),
    ml.GeneralizedNormal: lambda mu, scale, shape: stats.gennorm(shape, mu, scale),
    ml.AsymmetricLaplace: lambda mu, scale, quantile: stats.laplace_asymmetric(
        np.sqrt(quantile / (1.0 - quantile)), mu, scale / np.sqrt(quantile * (1.0 - quantile))
    ),
    ml.GEV: lambda mu, sigma, xi: stats.genextreme(-xi, mu, sigma),
    ml.GeneralizedPareto: lambda sigma, xi: stats.genpareto(xi, scale=sigma),
    ml.VonMises: lambda mu, kappa: stats.vonmises(kappa, mu),
}

VALUES: list[tuple[type[Family], tuple[float, ...]]] = [
    (ml.Normal, (1.5, 0.4)),
    (ml.StudentT, (1.5, 0.4, 2.7)),
    (ml.StudentT, (-2.0, 3.0, 60.0)),
    (ml.Laplace, (1.5, 0.4)),
    (ml.Logistic, (1.5, 0.4)),
    (ml.Cauchy, (1.5, 0.4)),
    (ml.Gumbel, (1.5, 0.4)),
    (ml.HyperbolicSecant, (1.5, 0.4)),
    (ml.SkewNormal, (1.5, 0.4, 3.0)),
    (ml.SkewNormal, (1.5, 0.4, -0.7)),
    (ml.GeneralizedNormal, (1.5, 0.4, 0.8)),
    (ml.GeneralizedNormal, (1.5, 0.4, 4.0)),
    (ml.AsymmetricLaplace, (1.5, 0.4, 0.2)),
    (ml.GEV, (1.5, 0.4, 0.3)),
    (ml.GEV, (1.5, 0.4, -0.3)),
    (ml.GEV, (1.5, 0.4, 0.0)),
    (ml.GeneralizedPareto, (0.4, 0.3)),
    (ml.GeneralizedPareto, (0.4, -0.3)),
    (ml.VonMises, (1.0, 2.5)),
]


def test_every_family_of_these_rooms_is_compared_with_scipy() -> None:
    rooms = (".real.", ".extremes.", ".circular.")
    declared = {f for f in ml.families() if any(room in f.__module__ for room in rooms)}
    assert declared - {ml.Huber} == set(SCIPY) == {f for f, _ in VALUES}
    assert "Huber" in {row[0] for row in MPMATH}  # SciPy has none


@pytest.mark.parametrize(("family", "values"), VALUES)
def test_scipy_has_the_same_distribution(family: type[Family], values: tuple[float, ...]) -> None:
    theirs = SCIPY[family](*values)
    ours = family().at(**dict(zip(family.parameters, values, strict=True)))
    q = np.array([0.001, 0.02, 0.3, 0.5, 0.9, 0.995])
    y = theirs.ppf(q)
    assert ours.log_prob(y) == pytest.approx(theirs.logpdf(y), rel=1e-12, abs=1e-12)
    assert ours.cdf(y) == pytest.approx(q, rel=1e-9)
    assert ours.sf(y) == pytest.approx(1.0 - q, rel=1e-9)
    assert ours.quantile(q) == pytest.approx(y, rel=1e-9, abs=1e-12)
    mean, variance = theirs.stats("mv")
    if family is not ml.VonMises:  # SciPy's are circular there
        assert ours.mean == pytest.approx(mean, rel=1e-9, nan_ok=True)
        assert ours.variance == pytest.approx(variance, rel=1e-9, nan_ok=True)
