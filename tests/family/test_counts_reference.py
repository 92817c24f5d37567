"""Counts and shares against R, SciPy and mpmath.

`tests/reference/counts.json` holds R's cases (package, version and call in ``source``), polished
beyond R's own stopping point; `counts_mpmath.json` beside it is what `make_counts_mpmath.py`
computes.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

import mostlikely as ml
from mostlikely.family import family as family_named
from mostlikely.family.base import Family
from mostlikely.family.counts import beta_binomial
from mostlikely.family.distribution import Distribution
from tests.truths.test_score import jets

REFERENCE = Path(__file__).parents[1] / "reference"
CASES = {c["id"]: c for c in json.loads((REFERENCE / "counts.json").read_text("utf-8"))}
MADE = json.loads((REFERENCE / "counts_mpmath.json").read_text("utf-8"))
MPMATH = MADE["rows"]

#: The model of each case, R's names of its parameters, and ours from those.
TRANSLATED: dict[str, tuple[type[Family], tuple[str, ...], Callable[..., list[float]]]] = {
    "toxocara_nbinom": (ml.NegativeBinomial, ("size", "mu"), lambda size, mu: [mu, size]),
    "toxocara_weighted": (ml.NegativeBinomial, ("size", "mu"), lambda size, mu: [mu, size]),
    "prussian_poisson": (ml.Poisson, ("lambda",), lambda mean: [mean]),
    "food_beta": (ml.Beta, ("shape1", "shape2"), lambda a, b: [a / (a + b), a + b]),
}


def _fit(case: str) -> ml.Fit:
    data = CASES[case]
    return ml.fit(TRANSLATED[case][0], data["data"], weights=data.get("weights"))


def _estimates(case: str) -> dict[str, float]:
    family, theirs, translate = TRANSLATED[case]
    ours = translate(*(CASES[case]["estimates"][k] for k in theirs))
    return dict(zip(family.parameters, ours, strict=True))


def _covariance(case: str) -> np.ndarray:
    """R's covariance in our parameters: their derivatives are differences, exact enough here."""
    _, theirs, translate = TRANSLATED[case]
    at = np.array([CASES[case]["estimates"][k] for k in theirs])
    steps = 1e-6 * np.diag(at)
    slopes = [np.subtract(translate(*(at + h)), translate(*(at - h))) / 2e-6 for h in steps]
    jacobian = (np.array(slopes) / at[:, None]).T
    return jacobian @ np.array(CASES[case]["covariance"]) @ jacobian.T


def test_every_r_case_is_read() -> None:
    others = {"adv_nb_underdispersed", "adv_poisson_huge", "adv_lnorm3"}
    assert set(CASES) == {*TRANSLATED, *others}


@pytest.mark.parametrize("case", TRANSLATED)
def test_log_likelihood_at_the_estimates_of_r(case: str) -> None:
    data = CASES[case]
    found = ml.log_likelihood(
        TRANSLATED[case][0], data["data"], weights=data.get("weights"), **_estimates(case)
    )
    assert found == pytest.approx(data["loglik"], rel=1e-13)


@pytest.mark.parametrize("case", TRANSLATED)
def test_fit_agrees_with_r(case: str) -> None:
    fit = _fit(case)
    assert fit.verdict.kind == "interior", str(fit.verdict)
    assert fit.loglik >= CASES[case]["loglik"] - 1e-8 * (1.0 + abs(CASES[case]["loglik"]))
    covariance = _covariance(case)
    errors = np.sqrt(np.diag(covariance))
    for (name, wanted), error in zip(_estimates(case).items(), errors, strict=True):
        assert abs(fit.params[name] - wanted) < 1e-6 * error, name
        assert fit.standard_errors[name] == pytest.approx(error, rel=1e-6), name
    unit = np.outer(errors, errors)
    assert fit.covariance() / unit == pytest.approx(covariance / unit, abs=1e-6)


@pytest.mark.parametrize("case", ["toxocara_nbinom", "toxocara_weighted", "prussian_poisson"])
def test_profile_intervals_agree_with_r(case: str) -> None:
    fit = _fit(case)
    found = fit.interval(method="profile")
    _, theirs, translate = TRANSLATED[case]
    ends = zip(*(CASES[case]["ci_profile"][k] for k in theirs), strict=True)
    lows, highs = (translate(*end) for end in ends)
    for name, wanted in zip(fit.params, zip(lows, highs, strict=True), strict=True):
        assert found[name] == pytest.approx(wanted, abs=1e-5 * fit.standard_errors[name]), name


def test_underdispersed_counts_end_at_the_poisson() -> None:
    case = CASES["adv_nb_underdispersed"]
    fit = ml.fit(ml.NegativeBinomial, case["data"])
    assert fit.verdict.kind == "boundary" and fit.verdict.ok
    assert "Poisson" in str(fit.verdict)
    assert fit.params["mean"] == pytest.approx(case["estimates"]["mu"], rel=1e-12)
    assert fit.params["size"] == np.inf
    assert fit.loglik == pytest.approx(case["loglik"], rel=1e-13)
    # every finite size is worse, by the little that separates it from the limit
    sizes = 10.0 ** np.arange(0, 18)
    below = [fit.loglik - ml.log_likelihood(ml.NegativeBinomial, case["data"], mean=2.9, size=s)
             for s in sizes]  # fmt: skip
    assert np.all(np.diff(below) <= 0.0) and abs(below[-1]) < 1e-14


def test_counts_of_1e15_keep_their_digits() -> None:
    """R's glm is off by 0.1 in the log-likelihood, and its fitdistr by 0.05."""
    case = CASES["adv_poisson_huge"]
    fit = ml.fit(ml.Poisson, case["data"])
    assert fit.params["mean"] == pytest.approx(case["estimates"]["lambda"], rel=1e-14)
    exact = sum(row[3] for row in MPMATH if row[0] == "Poisson" and row[1] in case["data"])
    assert fit.loglik == pytest.approx(exact, rel=1e-15)
    assert fit.standard_errors["mean"] == pytest.approx(np.sqrt(1.25e15 / 3.0), rel=1e-9)


def _law(name: str, values: list[float]) -> Distribution:
    family = family_named(name)
    at = dict(zip(family.parameters, values, strict=True))
    known = {k: at.pop(k) for k, p in family.parameters.items() if p.known}
    return family(**known).at(**at)


@pytest.mark.parametrize("name", sorted({row[0] for row in MPMATH}))
def test_density_score_and_tails_equal_mpmath(name: str) -> None:
    for _, y, values, log_prob, score, log_cdf, log_sf in (r for r in MPMATH if r[0] == name):
        law = _law(name, values)
        assert law.log_prob(y) == pytest.approx(log_prob, rel=1e-13, abs=1e-14), (law, y)
        found = jets(law, np.array([y]), order=1)[0][:, 0]
        for slope, wanted, value in zip(found, score, values, strict=False):
            size = abs(wanted) + 1.0 / value
            assert abs(slope - wanted) < 1e-12 * size, (law, y, slope, wanted)
        if log_cdf is None:
            continue
        # a probability near one is known by its complement: its logarithm has no digits of its own
        for tail, wanted in ((law.log_cdf(y), log_cdf), (law.log_sf(y), log_sf)):
            assert tail == pytest.approx(wanted, rel=2e-12, abs=2e-16), (law, y)


def test_probabilities_of_all_and_nothing() -> None:
    """On the edge of its domain a probability makes one value certain; -inf is an answer."""
    y = np.array([0.0, 1.0, 3.0])
    impossible = [0.0, -np.inf, -np.inf]
    with np.errstate(divide="ignore", invalid="ignore"):
        assert ml.Poisson.log_prob(y, 0.0).tolist() == impossible
        assert ml.Binomial.log_prob(y, 0.0, 3.0).tolist() == impossible
        assert ml.Binomial.log_prob(y, 1.0, 3.0).tolist() == impossible[::-1]
        assert ml.Geometric.log_prob(y, np.float64(1.0)).tolist() == impossible
        assert ml.NegativeBinomial.log_prob(y, 0.0, 2.0).tolist() == impossible
        assert ml.BetaBinomial.log_prob(y, 0.0, 2.0, 3.0).tolist() == impossible
        limit = ml.NegativeBinomial.log_prob(y, 2.0, np.inf)
        assert limit.tolist() == ml.Poisson.log_prob(y, 2.0).tolist()
        limit = ml.BetaBinomial.log_prob(y, 0.3, np.inf, 3.0)
        assert limit == pytest.approx(ml.Binomial.log_prob(y, 0.3, 3.0), rel=1e-14)


#: SciPy's form of each family. The parameters are inside the ranges where SciPy keeps its digits.
SCIPY: dict[type[Family], Callable[..., Any]] = {
    ml.Bernoulli: lambda p: stats.bernoulli(p),
    ml.Binomial: lambda p, n: stats.binom(n, p),
    ml.Poisson: lambda mean: stats.poisson(mean),
    ml.NegativeBinomial: lambda mean, size: stats.nbinom(size, size / (size + mean)),
    ml.Geometric: lambda p: stats.geom(p, loc=-1),
    ml.BetaBinomial: lambda mean, precision, n: stats.betabinom(
        int(n), mean * precision, (1.0 - mean) * precision
    ),
    ml.Beta: lambda mean, precision: stats.beta(mean * precision, (1.0 - mean) * precision),
    ml.Kumaraswamy: lambda a, b: stats.powerlaw(a) if b == 1.0 else stats.beta(1.0, b),
    ml.Uniform: lambda low, high: stats.uniform(low, high - low),
}

VALUES: list[tuple[type[Family], tuple[float, ...]]] = [
    (ml.Bernoulli, (0.3,)),
    (ml.Binomial, (0.3, 12)),
    (ml.Poisson, (7.3,)),
    (ml.NegativeBinomial, (7.3, 0.8)),
    (ml.NegativeBinomial, (7.3, 25.0)),
    (ml.Geometric, (0.2,)),
    (ml.BetaBinomial, (0.3, 4.0, 12)),
    (ml.Beta, (0.3, 4.0)),
    (ml.Beta, (0.7, 1.3)),
    (ml.Kumaraswamy, (2.5, 1.0)),
    (ml.Kumaraswamy, (1.0, 3.5)),
    (ml.Uniform, (-1.5, 2.5)),
]


def test_every_family_of_these_rooms_is_compared_with_scipy() -> None:
    rooms = (".counts.", ".unit.")
    declared = {f for f in ml.families() if any(room in f.__module__ for room in rooms)}
    assert declared == set(SCIPY) == {f for f, _ in VALUES}


@pytest.mark.parametrize(("family", "values"), VALUES)
def test_scipy_has_the_same_distribution(family: type[Family], values: tuple[float, ...]) -> None:
    theirs, ours = SCIPY[family](*values), _law(family.__name__, list(values))
    q = np.array([0.001, 0.02, 0.3, 0.51, 0.9, 0.995])
    y = theirs.ppf(q)
    density = theirs.logpmf if family.support.discrete else theirs.logpdf
    assert ours.log_prob(y) == pytest.approx(density(y), rel=1e-12, abs=1e-12)
    assert ours.cdf(y) == pytest.approx(theirs.cdf(y), rel=1e-9)
    assert ours.sf(y) == pytest.approx(theirs.sf(y), rel=1e-9)
    assert ours.quantile(q) == pytest.approx(y, rel=1e-9, abs=1e-12)
    mean, variance = theirs.stats("mv")
    assert ours.mean == pytest.approx(mean, rel=1e-9)
    assert ours.variance == pytest.approx(variance, rel=1e-9)


@pytest.mark.parametrize("precision", [0.01, 1.0, 50.0, 1e10])
def test_expected_information_of_the_beta(precision: float) -> None:
    """Ferrari and Cribari-Neto's trigammas, as they print them, where those keep their digits."""
    mean = 0.3
    a, b = mean * precision, (1.0 - mean) * precision

    def trigamma(x: float) -> float:
        return float(special.polygamma(1, x))

    printed = np.array(
        [
            [precision**2 * (trigamma(a) + trigamma(b)),
             precision * (mean * trigamma(a) - (1.0 - mean) * trigamma(b))],
            [precision * (mean * trigamma(a) - (1.0 - mean) * trigamma(b)),
             mean**2 * trigamma(a) + (1.0 - mean) ** 2 * trigamma(b) - trigamma(precision)],
        ]
    )  # fmt: skip
    found = ml.Beta.information(mean, precision)
    lost = 1e-15 * np.array([[1.0, precision], [precision, precision]])
    assert np.all(np.abs(found / printed - 1.0) < 1e-12 + lost)
    if precision > 1e9:  # what is left is the information about a variance
        assert found[1, 1] == pytest.approx(0.5 / precision**2, rel=1e-9)


@pytest.mark.parametrize(
    ("mean", "size", "exact"), MADE["negative_binomial_information_about_size"]
)
def test_expected_information_of_the_negative_binomial(
    mean: float, size: float, exact: float
) -> None:
    found = ml.NegativeBinomial.information(mean, size)
    assert found == pytest.approx(np.diag([1.0 / (mean + mean**2 / size), exact]), rel=1e-12)


@pytest.mark.parametrize("together", [1, 7, 65_536])
def test_beta_binomial_tails_are_scipys_however_many_terms_are_added_together(
    monkeypatch, together
):
    monkeypatch.setattr(beta_binomial, "TOGETHER", together)
    y, n = np.repeat(np.arange(-1.0, 13.0)[:, None], 3, axis=1), np.array([12, 5, 40])
    law = Distribution(ml.BetaBinomial, {"mean": 0.3, "precision": np.array([4.0, 0.7, 9]), "n": n})
    reference = stats.betabinom(n, 0.3 * law.values["precision"], 0.7 * law.values["precision"])
    with np.errstate(all="ignore"):
        assert law.cdf(y) == pytest.approx(reference.cdf(y), rel=1e-11, abs=1e-300)
        assert law.sf(y) == pytest.approx(reference.sf(y), rel=1e-9, abs=1e-15)
