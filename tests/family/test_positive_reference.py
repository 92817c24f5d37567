"""Families of the positive half-line against R, SciPy and mpmath.

The R cases (`tests/reference/positive.json`: package, version and call in ``source``) hold
estimates, standard errors and log-likelihoods, polished beyond R's own stopping point.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import mpmath
import numpy as np
import pytest
from mpmath import mpf
from scipy import integrate, stats

import mostlikely as ml
from mostlikely.calculus.jet import Jet, pairs, seed
from mostlikely.family.base import Family

REFERENCE = Path(__file__).parents[1] / "reference"
CASES = {c["id"]: c for c in json.loads((REFERENCE / "positive.json").read_text("utf-8"))}

Translation = Callable[[Mapping[str, float]], dict[str, float]]


def _same(e: Mapping[str, float]) -> dict[str, float]:
    return {"scale": e["scale"], "shape": e["shape"]}


def _by_logs(e: Mapping[str, float]) -> dict[str, float]:
    return {"mu": e["meanlog"], "sigma": e["sdlog"]}


def _by_rate(e: Mapping[str, float]) -> dict[str, float]:
    return {"mean": e["shape"] / e["rate"], "shape": e["shape"]}


#: The family of each case, its parameters from R's, and R's names of those that are the same.
TRANSLATED: dict[str, tuple[type[Family], Translation, dict[str, str]]] = {
    "gb_gamma": (ml.Gamma, _by_rate, {"shape": "shape"}),
    "gb_weibull": (ml.Weibull, _same, {"scale": "scale", "shape": "shape"}),
    "danish_lnorm": (ml.LogNormal, _by_logs, {"mu": "meanlog", "sigma": "sdlog"}),
    "endo_llogis": (ml.LogLogistic, _same, {"scale": "scale", "shape": "shape"}),
    "aircondit_invgauss": (
        ml.InverseGaussian,
        lambda e: {"mean": e["mu"], "shape": e["lambda"]},
        {"mean": "mu", "shape": "lambda"},
    ),
    "aircondit_exp": (ml.Exponential, lambda e: {"mean": 1.0 / e["rate"]}, {}),
    "bearings_weibull": (ml.Weibull, _same, {"scale": "scale", "shape": "shape"}),
    "bearings_lnorm": (ml.LogNormal, _by_logs, {"mu": "meanlog", "sigma": "sdlog"}),
    "adv_weibull_wide": (ml.Weibull, _same, {}),
    "adv_scale_1e-9": (ml.Gamma, _by_rate, {}),
}


def _data(case: Mapping[str, Any]) -> np.ndarray:
    if "csv" in case["data"]:
        return np.loadtxt(REFERENCE / case["data"]["csv"], skiprows=1)
    return np.array(case["data"]["x"], dtype=np.float64)


def test_every_r_case_is_translated() -> None:
    assert set(CASES) == set(TRANSLATED)


@pytest.mark.parametrize("case", TRANSLATED)
def test_log_likelihood_at_the_estimates_of_r(case: str) -> None:
    family, translate, _ = TRANSLATED[case]
    params = translate(CASES[case]["estimates"])
    found = ml.log_likelihood(family, _data(CASES[case]), **params)
    assert found == pytest.approx(CASES[case]["loglik"], rel=1e-12)


@pytest.mark.parametrize("case", TRANSLATED)
def test_fit_agrees_with_r(case: str) -> None:
    family, translate, same = TRANSLATED[case]
    fit = ml.fit(family, _data(CASES[case]))
    assert fit.verdict.kind == "interior"
    assert fit.loglik >= CASES[case]["loglik"] - 1e-10 * abs(CASES[case]["loglik"])
    for name, wanted in translate(CASES[case]["estimates"]).items():
        assert abs(fit.params[name] - wanted) < 1e-6 * fit.standard_errors[name], name
    for name, theirs in same.items():
        assert fit.standard_errors[name] == pytest.approx(CASES[case]["se"][theirs], rel=1e-6)


@pytest.mark.parametrize("family", [ml.Burr12, ml.GeneralizedGamma])
def test_danish_fires_have_no_maximum_inside_but_a_pareto_limit(family: type[Family]) -> None:
    """The case danish_burr_boundary: R reports a converged Burr fit, 3.15 short of the supremum."""
    fit = ml.fit(family, _data(CASES["danish_lnorm"]))
    assert fit.verdict.kind == "boundary" and fit.verdict.ok
    assert "becomes Pareto(shape=1.271, minimum=1)" in str(fit.verdict)
    assert fit.loglik == pytest.approx(-3353.128288536626, rel=1e-10)


#: SciPy's form of each family. The parameters are inside the ranges where SciPy keeps its digits.
SCIPY: dict[type[Family], Callable[..., Any]] = {
    ml.Exponential: lambda mean: stats.expon(scale=mean),
    ml.Gamma: lambda mean, shape: stats.gamma(shape, scale=mean / shape),
    ml.InverseGamma: lambda scale, shape: stats.invgamma(shape, scale=scale),
    ml.Weibull: lambda scale, shape: stats.weibull_min(shape, scale=scale),
    ml.LogNormal: lambda mu, sigma: stats.lognorm(sigma, scale=np.exp(mu)),
    ml.LogLogistic: lambda scale, shape: stats.fisk(shape, scale=scale),
    ml.InverseGaussian: lambda mean, shape: stats.invgauss(mean / shape, scale=shape),
    ml.Rayleigh: lambda scale: stats.rayleigh(scale=scale),
    ml.HalfNormal: lambda scale: stats.halfnorm(scale=scale),
    ml.Pareto: lambda shape, minimum: stats.pareto(shape, scale=minimum),
    ml.Lomax: lambda scale, shape: stats.lomax(shape, scale=scale),
    ml.Gompertz: lambda rate, shape: stats.gompertz(rate / shape, scale=1.0 / shape),
    ml.Burr12: lambda scale, c, d: stats.burr12(c, d, scale=scale),
    ml.GeneralizedGamma: lambda mu, sigma, Q: stats.gengamma(
        Q**-2.0, Q / sigma, scale=np.exp(mu) * (Q * Q) ** (sigma / Q)
    ),
    ml.BirnbaumSaunders: lambda scale, shape: stats.fatiguelife(shape, scale=scale),
}

VALUES: list[tuple[type[Family], tuple[float, ...]]] = [
    (ml.Exponential, (3.0,)),
    (ml.Gamma, (3.0, 0.7)),
    (ml.Gamma, (0.4, 25.0)),
    (ml.InverseGamma, (2.0, 4.5)),
    (ml.Weibull, (3.0, 0.7)),
    (ml.Weibull, (0.4, 5.0)),
    (ml.LogNormal, (-1.0, 0.8)),
    (ml.LogLogistic, (3.0, 2.5)),
    (ml.InverseGaussian, (3.0, 0.6)),
    (ml.InverseGaussian, (0.5, 40.0)),
    (ml.Rayleigh, (2.0,)),
    (ml.HalfNormal, (2.0,)),
    (ml.Pareto, (2.5, 3.0)),
    (ml.Lomax, (2.0, 3.5)),
    (ml.Gompertz, (0.05, 0.4)),
    (ml.Burr12, (2.0, 1.5, 2.2)),
    (ml.GeneralizedGamma, (0.5, 0.6, 1.7)),
    (ml.GeneralizedGamma, (0.5, 0.2, -0.8)),
    (ml.BirnbaumSaunders, (2.0, 0.9)),
]


def test_every_positive_family_is_compared_with_scipy() -> None:
    declared = {f for f in ml.families() if ".positive." in f.__module__}
    assert declared == set(SCIPY) == {f for f, _ in VALUES}


@pytest.mark.parametrize(("family", "values"), VALUES)
def test_scipy_has_the_same_distribution(family: type[Family], values: tuple[float, ...]) -> None:
    theirs = SCIPY[family](*values)
    ours = family().at(**dict(zip(family.parameters, values, strict=True)))
    q = np.array([0.001, 0.02, 0.3, 0.5, 0.9, 0.995])
    y = theirs.ppf(q)
    assert ours.log_prob(y) == pytest.approx(theirs.logpdf(y), rel=1e-12, abs=1e-12)
    assert ours.cdf(y) == pytest.approx(q, rel=1e-10)
    assert ours.sf(y) == pytest.approx(1.0 - q, rel=1e-10)
    assert ours.quantile(q) == pytest.approx(y, rel=1e-10)
    mean, variance = theirs.stats("mv")
    assert ours.mean == pytest.approx(mean, rel=1e-9)
    assert ours.variance == pytest.approx(variance, rel=1e-9)


# Densities as the textbooks print them, for 60 digits.

log = mpmath.log


def _generalized_gamma(y: mpf, mu: mpf, sigma: mpf, Q: mpf) -> mpf:
    w = (log(y) - mu) / sigma
    if Q == 0:
        return -w * w / 2 - log(2 * mpmath.pi) / 2 - log(sigma * y)
    k = Q**-2
    return (
        log(abs(Q))
        + k * log(k)
        - mpmath.loggamma(k)
        + k * (Q * w - mpmath.exp(Q * w))
        - log(sigma * y)
    )


PRINTED: dict[type[Family], Callable[..., mpf]] = {
    ml.Gamma: lambda y, m, a: a * log(a / m) - mpmath.loggamma(a) + (a - 1) * log(y) - a * y / m,
    ml.InverseGamma: lambda y, b, a: a * log(b) - mpmath.loggamma(a) - (a + 1) * log(y) - b / y,
    ml.Weibull: lambda y, s, k: log(k / s) + (k - 1) * log(y / s) - (y / s) ** k,
    ml.LogLogistic: lambda y, s, k: log(k / s) + (k - 1) * log(y / s) - 2 * log(1 + (y / s) ** k),
    ml.InverseGaussian: lambda y, m, a: (
        log(a / (2 * mpmath.pi * y**3)) / 2 - a * (y - m) ** 2 / (2 * m**2 * y)
    ),
    ml.Pareto: lambda y, a, m: log(a) + a * log(m) - (a + 1) * log(y),
    ml.Lomax: lambda y, s, a: log(a / s) - (a + 1) * log(1 + y / s),
    ml.Gompertz: lambda y, r, b: log(r) + b * y - (r / b * mpmath.expm1(b * y) if b else r * y),
    ml.Burr12: lambda y, s, c, d: (
        log(c * d / s) + (c - 1) * log(y / s) - (d + 1) * log(1 + (y / s) ** c)
    ),
    ml.GeneralizedGamma: _generalized_gamma,
    ml.BirnbaumSaunders: lambda y, b, a: (
        log((mpmath.sqrt(y / b) + mpmath.sqrt(b / y)) / (2 * a * y))
        - (mpmath.sqrt(y / b) - mpmath.sqrt(b / y)) ** 2 / (2 * a * a)
        - log(2 * mpmath.pi) / 2
    ),
}

EXTREMES: list[tuple[type[Family], float, tuple[float, ...]]] = [
    *((ml.Gamma, y, (7.0, 1e-8)) for y in (7e-300, 7e-20, 2.8, 35.0)),
    *((ml.Gamma, y, (7.0, 0.3)) for y in (7e-300, 3.4, 3.6, 10.4, 10.6)),
    *((ml.Gamma, 7.0 + d, (7.0, 1e15)) for d in (-2.5e-7, 1e-7)),
    (ml.Gamma, 3e150, (2e150, 4.0)),
    (ml.Gamma, 3e-150, (2e-150, 4.0)),
    *((ml.InverseGamma, y, (0.7, 0.1)) for y in (0.3, 5.0, 1e150)),
    (ml.InverseGamma, 6.9, (7e6, 1e6)),
    *((ml.Weibull, y, (7.6, 0.05)) for y in (6e-30, 3.0, 3e12)),
    (ml.Weibull, 1e-150, (1e150, 0.01)),
    *((ml.LogLogistic, y, (8.0, 0.05)) for y in (1e-200, 1.0, 1e200)),
    *((ml.InverseGaussian, y, (8.0, 0.1)) for y in (1e-4, 8.5, 1e10)),
    (ml.InverseGaussian, 8.000001, (8.0, 1e12)),
    (ml.Pareto, 1.0000001, (1e7, 1.0)),
    *((ml.Lomax, y, (3e90, 1e90)) for y in (1e-9, 20.0)),
    *((ml.Lomax, y, (1e-3, 0.01)) for y in (1e-9, 1e150)),
    *((ml.Gompertz, y, (0.1, b)) for b in (1e-12, 0.0, -1e-3, -0.5) for y in (1e-5, 3.0)),
    *((ml.Burr12, y, (4e4, 2.0, 1e8)) for y in (0.1, 9.0)),
    *((ml.Burr12, y, (1.0, 1e8, 2e-8)) for y in (1.000001, 1e5)),
    *(
        (ml.GeneralizedGamma, y, (1.0, 0.5, Q))
        for Q in (0.0, 1e-9, -1e-5, 1e-3, -0.1, -2.0, 10.0, -100.0)
        for y in (2.7, 4.0)
    ),
    (ml.BirnbaumSaunders, 3.0000005, (3.0, 1e-7)),
    *((ml.BirnbaumSaunders, y, (3.0, 20.0)) for y in (1e-5, 5e6)),
]


@pytest.mark.parametrize(("family", "y", "values"), EXTREMES)
def test_mpmath_has_the_same_density_and_derivatives_at_extremes(
    family: type[Family], y: float, values: tuple[float, ...]
) -> None:
    with mpmath.workdps(120):
        point = [mpf(v) for v in values]

        def partial(*which: int) -> mpf:
            """A derivative in log-steps: each argument in units of itself."""
            size = [abs(p) or mpf(1) for p in point]

            def moved(*steps: mpf) -> mpf:
                there = [p + s * t for p, s, t in zip(point, size, steps, strict=True)]
                return PRINTED[family](mpf(y), *there)

            orders = tuple(which.count(i) for i in range(len(point)))
            return mpmath.diff(moved, (mpf(0),) * len(point), orders, h=mpf(10) ** -35)

        k = len(point)
        value = float(PRINTED[family](mpf(y), *point))
        first = [float(partial(i)) for i in range(k)]
        second = [float(partial(i, j)) for i, j in pairs(k)]
    with np.errstate(all="ignore"):
        jet = family.log_prob(np.array([y]), *seed([float(v) for v in values]))
    assert isinstance(jet, Jet)
    # one rounding of each argument moves the value by so much, whatever the formula
    rounding = 1.2e-16 * (np.abs(first).sum() + abs(value))
    assert abs(float(jet.value[0]) - value) < max(1e-13 * abs(value), 16.0 * rounding)
    size = [abs(v) or 1.0 for v in values]
    for i in range(k):
        found = float(np.ravel(jet.grad[i])[0]) * size[i]
        noise = 1.2e-16 * sum(abs(s) for s, p in zip(second, pairs(k), strict=True) if i in p)
        assert abs(found - first[i]) <= 1e-11 * abs(first[i]) + 16.0 * noise, i
    scale = max(map(abs, second))
    for m, (i, j) in enumerate(pairs(k)):
        entry = jet.hess[m]
        found = 0.0 if entry is None else float(np.ravel(entry)[0]) * size[i] * size[j]
        assert abs(found - second[m]) <= 1e-9 * abs(second[m]) + 1e-12 * scale, (i, j)


@pytest.mark.parametrize("Q", [0.0, 9e-6, -9e-6, 2e-5, 0.3, -1.2])
def test_generalized_gamma_probabilities_pass_smoothly_through_the_normal(Q: float) -> None:
    law = ml.GeneralizedGamma().at(mu=0.0, sigma=1.0, Q=Q)
    w = np.array([-3.0, 0.7, 5.0])
    with mpmath.workdps(20):

        def density(t: mpf) -> mpf:
            at_zero = mpmath.exp(t) * mpmath.exp(
                _generalized_gamma(mpmath.exp(t), mpf(0), mpf(1), mpf(Q))
            )
            return mpmath.re(at_zero)

        steps = [0, 0.1, 0.4, 1, 3, 8, 20, 100]
        left = [float(log(mpmath.quad(density, [x - s for s in reversed(steps)]))) for x in w]
        right = [float(log(mpmath.quad(density, [x + s for s in steps]))) for x in w]
    assert law.log_cdf(np.exp(w)) == pytest.approx(left, rel=1e-9, abs=1e-10)
    assert law.log_sf(np.exp(w)) == pytest.approx(right, rel=1e-9, abs=1e-10)
    q = np.array([1e-14, 1e-6, 0.3, 0.999])
    assert law.cdf(law.quantile(q)) == pytest.approx(q, rel=1e-8)


@pytest.mark.parametrize(("mean", "shape"), [(3.0, 0.01), (3.0, 2.0), (0.5, 1e4)])
def test_inverse_gaussian_tails_keep_their_digits(mean: float, shape: float) -> None:
    """Shuster's formula with 60 digits; the naive one overflows or cancels here."""
    y = mean * np.array([1e-3, 0.1, 0.9, 1.1, 10.0, 300.0])
    law = ml.InverseGaussian().at(mean=mean, shape=shape)
    for point in y:
        with mpmath.workdps(200):
            m, a, t = mpf(mean), mpf(shape), mpf(float(point))
            root = mpmath.sqrt(a / t)
            other = mpmath.exp(2 * a / m) * mpmath.ncdf(-root * (t / m + 1))
            left = float(log(mpmath.ncdf(root * (t / m - 1)) + other))
            right = float(log(mpmath.ncdf(-root * (t / m - 1)) - other))
        assert law.log_cdf(point) == pytest.approx(left, rel=1e-12, abs=1e-15)
        assert law.log_sf(point) == pytest.approx(right, rel=1e-12, abs=1e-15)


def test_inverse_gaussian_tails_have_exact_derivatives() -> None:
    """Along the parameters and beyond x = 100 of Mills' ratio, where its series takes over."""
    for y, mean, shape in ((2.0, 3.0, 2.0), (40.0, 3.0, 50.0), (9e4, 3.0, 50.0), (0.01, 3.0, 9.0)):

        def right(m: mpf, a: mpf, t: float = y) -> mpf:
            root = mpmath.sqrt(a / t)
            other = mpmath.exp(2 * a / m) * mpmath.ncdf(-root * (t / m + 1))
            return log(mpmath.ncdf(-root * (t / m - 1)) - other)

        jet = ml.InverseGaussian.log_sf(np.array([y]), *seed([mean, shape]))
        with mpmath.workdps(120):
            for i, order in enumerate(((1, 0), (0, 1))):
                wanted = float(mpmath.diff(right, (mpf(mean), mpf(shape)), order, h=mpf(10) ** -35))
                assert float(jet.grad[i][0]) == pytest.approx(wanted, rel=1e-8), (y, i)
            for i, order in enumerate(((2, 0), (1, 1), (0, 2))):
                wanted = float(mpmath.diff(right, (mpf(mean), mpf(shape)), order, h=mpf(10) ** -35))
                assert float(jet.hess[i][0]) == pytest.approx(wanted, rel=1e-6), (y, i)


def test_gompertz_with_a_negative_shape_is_defective_and_says_so() -> None:
    rate, shape = 0.3, -0.2
    share = float(np.exp(rate / shape))
    with np.errstate(under="ignore"):
        total, _ = integrate.quad(
            lambda y: float(np.exp(ml.Gompertz.log_prob(y, rate, shape))), 0.0, np.inf
        )
    assert total == pytest.approx(1.0 - share, rel=1e-9)
    law = ml.Gompertz().at(rate=rate, shape=shape)
    draws = law.sample(40_000, seed=1)
    assert np.isinf(draws).mean() == pytest.approx(share, abs=4.0 * np.sqrt(share / 40_000))
    assert np.isinf(law.quantile(1.0 - 0.9 * share))
    assert law.cdf(law.quantile(0.5)) == pytest.approx(0.5, rel=1e-12)
    assert law.mean == np.inf
    caveat = ml.Gompertz.caveat(rate, shape)
    assert "never has the event" in caveat and f"{share:.3g}" in caveat
    assert ml.Gompertz.caveat(rate, 0.2) is None


@pytest.mark.parametrize(
    ("rate", "shape"), [(1e-4, 0.1), (0.02, 0.05), (5.0, 3.0), (1e-10, 0.5), (2.0, 0.0)]
)
def test_gompertz_mean_is_an_exponential_integral(rate: float, shape: float) -> None:
    """Mean e^x E₁(x)/shape with x = rate/shape (Lenart 2014, *Scand. Actuar. J.* 2014, 255)."""
    with mpmath.workdps(20):
        x = mpf(rate) / shape if shape else None
        wanted = mpmath.exp(x) * mpmath.e1(x) / shape if shape else 1 / mpf(rate)
    assert ml.Gompertz().at(rate=rate, shape=shape).mean == pytest.approx(float(wanted), rel=1e-13)


@pytest.mark.parametrize("family", [ml.LogNormal, ml.GeneralizedGamma])
@pytest.mark.parametrize("c", [1e-9, 1e9])
def test_units_add_to_a_parameter_that_is_a_logarithm(family: type[Family], c: float) -> None:
    rest = {"sigma": 0.7} if family is ml.LogNormal else {"sigma": 0.7, "Q": 0.4}
    y = np.array([0.2, 1.0, 3.0])
    here = family().at(mu=0.3, **rest).log_prob(y)
    there = family().at(mu=0.3 + np.log(c), **rest).log_prob(c * y)
    assert there == pytest.approx(here - np.log(c), rel=1e-12)


def test_no_pareto_value_lies_below_the_minimum() -> None:
    y = np.array([1e-300, 1.0, 2.0, np.nextafter(2.0, 0.0), 3.0])
    found = ml.Pareto.log_prob(y, 1.5, 2.0)
    assert np.isneginf(found).tolist() == [True, True, False, True, False]
    assert found[2] == pytest.approx(np.log(1.5 / 2.0), rel=1e-14)


@pytest.mark.parametrize("family", [f for f in SCIPY if f.support.name == "positive"])
def test_an_exact_zero_is_refused(family: type[Family]) -> None:
    with pytest.raises(ml.DataError, match=r"1 value is not.*row 0"):
        ml.fit(family, [0.0, 1.2, 3.4, 2.2, 5.1])


@pytest.mark.parametrize("family", SCIPY)
def test_a_constant_sample_begins_at_modest_values(family: type[Family]) -> None:
    y, w = np.full(7, 3.2), np.ones(7)
    found = family.start(y, w)
    for guess in found if isinstance(found, list) else [found]:
        assert all(1e-6 < abs(v) < 1e4 for v in guess.values()), guess
