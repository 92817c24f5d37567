"""Rows that were seen in part: what they add, in every family, against other ways to say it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import integrate, stats

import mostlikely as ml
from mostlikely.calculus.jet import seed
from mostlikely.data.bind import bind
from mostlikely.data.probability import log_between
from mostlikely.likelihood.kernel import plain
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.reduce import seen_in_part

INF = np.inf
RNG = np.random.default_rng(14)
#: Families whose probabilities are differentiable, with parameters of their own typical ranges.
FAMILIES = [
    f
    for f in (
        family() for family in ml.families() if not any(p.known for p in family.parameters.values())
    )
    if not (f.labels or f.sample_extremes or f.name == "VonMises")
]
CONTINUOUS = [f for f in FAMILIES if not f.support.discrete]
COUNTS = [f for f in FAMILIES if f.support.discrete]


def middle(family):
    return {k: 0.5 * sum(p.typical) for k, p in family.parameters.items()}


def drawn(family, n=400):
    return np.sort(family.at(**middle(family)).sample(n, seed=3))


def between(family, low, high, values=None):
    with np.errstate(all="ignore"):
        found = log_between(
            family,
            np.atleast_1d(np.asarray(low, dtype=float)),
            np.atleast_1d(np.asarray(high, dtype=float)),
            [np.float64(v) for v in (values or middle(family)).values()],
        )
    return float(found[0])


@pytest.mark.parametrize("family", CONTINUOUS, ids=str)
def test_an_interval_has_the_integral_of_its_density(family):
    law = family.at(**middle(family))
    y = drawn(family)
    for low, high in ((y[40], y[360]), (y[300], y[390]), (y[10], y[30])):
        with np.errstate(all="ignore"):
            found, _ = integrate.quad(law.prob, low, high, epsabs=0, epsrel=1e-11, limit=400)
        assert between(family, low, high) == pytest.approx(np.log(found), abs=1e-8)


@pytest.mark.parametrize("family", CONTINUOUS, ids=str)
def test_a_narrow_interval_comes_to_the_density_times_its_width(family):
    law = family.at(**middle(family))
    y = float(drawn(family)[150])
    for width in (1e-4, 1e-8, 1e-11):
        high = y * (1.0 + width)
        low, high = sorted((y, high))
        expected = law.log_prob(0.5 * (low + high)) + np.log(high - low)
        assert between(family, low, high) == pytest.approx(
            expected, abs=1e-6 if width > 1e-5 else 1e-9
        )


@pytest.mark.parametrize("family", CONTINUOUS, ids=str)
def test_derivatives_of_an_interval_are_those_of_differences(family):
    y = drawn(family)
    low, high = np.array([y[120], y[50], -INF, y[200]]), np.array([y[280], y[60], y[200], INF])
    values = [np.float64(v) for v in middle(family).values()]
    with np.errstate(all="ignore"):
        jet = log_between(family, low, high, seed(values))
    for i, v in enumerate(values):
        h = 1e-6 * max(abs(v), 1.0)
        ends = []
        for step in (h, -h):
            moved = [*values[:i], v + step, *values[i + 1 :]]
            with np.errstate(all="ignore"):
                ends.append(log_between(family, low, high, moved))
        slope = (ends[0] - ends[1]) / (2.0 * h)
        own = np.zeros(4) if jet.grad[i] is None else jet.grad[i]
        assert own == pytest.approx(slope, rel=2e-5, abs=1e-7)


@pytest.mark.parametrize("family", COUNTS, ids=str)
def test_an_interval_of_counts_holds_both_of_its_ends(family):
    law = family.at(**middle(family))
    top = int(min(family.support.high, 40))
    for low, high in ((0, min(2, top)), (1, top), (min(3, top), min(3, top) + 0.5)):
        expected = sum(law.prob(k) for k in range(low, int(high) + 1))
        assert between(family, low, high) == pytest.approx(np.log(expected), abs=1e-10)


@pytest.mark.parametrize("family", FAMILIES, ids=str)
def test_rows_that_were_all_seen_have_the_digits_of_an_exact_fit(family):
    y = family.at(**middle(family)).sample(60, seed=2)
    table = {"y": y, "seen": np.ones(60, dtype=int)}
    exact, censored = ml.fit(family, y), ml.fit(family, table, y=ml.censored("y", event="seen"))
    assert censored.params == exact.params
    assert censored.loglik == exact.loglik
    assert censored.verdict.kind == exact.verdict.kind


@pytest.mark.parametrize("family", CONTINUOUS, ids=str)
def test_half_of_a_sample_censored_is_fitted_near_the_truth(family):
    y = family.at(**middle(family)).sample(300, seed=5)
    end = float(np.median(y))
    table = {"y": np.minimum(y, end), "seen": y <= end}
    fit = ml.fit(family, table, y=ml.censored("y", event="seen"))
    law = family.at(**middle(family))
    with np.errstate(all="ignore"):
        at_truth = np.sum(law.log_prob(y[y <= end])) + np.sum(y > end) * law.log_sf(end)
    # Twice the gain is χ² of as many degrees of freedom as there are parameters, or fewer.
    assert -1e-9 <= fit.loglik - at_truth < 0.5 * stats.chi2.isf(1e-5, len(family.free))


# An exponential's answers are known: events over the time at risk.

TIMES, DIED = np.array([1.0, 2.5, 4.0, 5.0, 5.0, 0.5]), np.array([1, 1, 0, 0, 1, 1])
STUDY = {"t": TIMES, "died": DIED, "start": np.array([0.0, 1.0, 0.5, 2.0, 0.0, 0.25])}


def test_censored_exponential_is_time_at_risk_over_events():
    fit = ml.fit("exponential", STUDY, y=ml.censored("t", event="died"))
    assert fit.params["mean"] == pytest.approx(TIMES.sum() / DIED.sum(), rel=1e-12)
    assert fit.loglik == pytest.approx(-DIED.sum() * (np.log(fit.params["mean"]) + 1.0), rel=1e-12)


def test_entry_takes_off_the_time_before_it():
    fit = ml.fit("exponential", STUDY, y=ml.censored("t", event="died", entry="start"))
    at_risk = (TIMES - STUDY["start"]).sum()
    assert fit.params["mean"] == pytest.approx(at_risk / DIED.sum(), rel=1e-12)


def test_the_words_and_the_formula_are_one_model():
    spoken = ml.fit(ml.Weibull("~ start"), STUDY, y=ml.censored("t", event="died"))
    for text in ("censored(t, died) ~ start", "censored(t, event=died == 1) ~ start"):
        written = ml.fit(ml.Weibull(text), STUDY)
        assert written.params == spoken.params
        assert written.loglik == spoken.loglik


@pytest.mark.parametrize("kind", ["frequency", "sampling"])
def test_weights_count_rows_however_they_were_seen(kind):
    w = np.array([2, 1, 3, 1, 2, 1])
    table = {**STUDY, "w": w}
    weighted = ml.fit("weibull", table, y="censored(t, died)", weights="w", weight_kind=kind)
    repeated = {k: np.repeat(v, w) for k, v in STUDY.items()}
    fit = ml.fit("weibull", repeated, y="censored(t, died)")
    assert weighted.params == pytest.approx(fit.params, rel=1e-9)
    if kind == "frequency":
        assert weighted.loglik == pytest.approx(fit.loglik, rel=1e-12)
        assert weighted.standard_errors == pytest.approx(fit.standard_errors, rel=1e-9)


def test_a_limit_of_detection_is_a_censored_row():
    y = np.array([0.5, 0.5, 1.2, 2.0, 3.1, 4.0])
    limits = ml.fit("lognormal", {"y": y}, y=ml.censored("y", lower=0.5, upper=4.0))
    ends = {"low": [-INF, -INF, 1.2, 2.0, 3.1, 4.0], "high": [0.5, 0.5, 1.2, 2.0, 3.1, INF]}
    interval = ml.fit("lognormal", ends, y=ml.interval_censored("low", "high"))
    assert limits.params == interval.params
    assert limits.loglik == interval.loglik


@pytest.mark.parametrize(
    ("how", "shift"), [("nearest", -0.5), ("down", 0.0), ("up", -1.0)], ids=str
)
def test_rounding_is_an_interval_of_one_step(how, shift):
    y = np.array([3.0, 4.0, 4.0, 5.0, 6.0, 8.0])
    rounded = ml.fit("normal", {"y": y}, y=ml.rounded("y", to=1, how=how))
    ends = {"low": y + shift, "high": y + shift + 1.0}
    interval = ml.fit("normal", ends, y=ml.interval_censored("low", "high"))
    assert rounded.params == pytest.approx(interval.params, rel=1e-12)


def test_counts_beyond_a_number_begin_at_the_next():
    table = {"n": [2, 3, 5, 0, 1], "seen": [1, 1, 0, 1, 1]}
    fit = ml.fit(ml.Poisson(), table, y=ml.censored("n", event="seen"))
    law = stats.poisson(fit.params["mean"])
    expected = law.logpmf([2, 3, 0, 1]).sum() + law.logsf(5)
    assert fit.loglik == pytest.approx(expected, rel=1e-12)
    upper = ml.fit(ml.Poisson(), table, y=ml.censored("n", upper=5))
    law = stats.poisson(upper.params["mean"])
    assert upper.loglik == pytest.approx(law.logpmf([2, 3, 0, 1]).sum() + law.logsf(4), rel=1e-12)


def test_a_truncated_poisson_has_the_mean_of_its_equation():
    n = np.array([1, 1, 2, 3, 1, 4])
    fit = ml.fit("poisson", {"n": n}, y=ml.exact("n", truncated=(1, INF)))
    mean = fit.params["mean"]
    assert mean / -np.expm1(-mean) == pytest.approx(n.mean(), rel=1e-10)
    assert fit.loglik == pytest.approx(
        stats.poisson(mean).logpmf(n).sum() - len(n) * np.log(-np.expm1(-mean)), rel=1e-12
    )


def test_laplace_errors_count_rows_beyond_the_median_as_rows():
    y = np.random.default_rng(1).laplace(size=2_000)
    table = {"y": np.minimum(y, 1.0), "seen": y < 1.0}
    fit = ml.fit("laplace", table, y=ml.censored("y", event="seen"))
    exact = ml.fit("laplace", y)
    assert fit.standard_errors["mu"] == pytest.approx(exact.standard_errors["mu"], rel=0.05)


MANY = 6_000


def mixed(family):
    y = family.at(**middle(family)).sample(MANY, seed=9)
    kind = np.random.default_rng(4).integers(0, 4, MANY)
    step = 0.3 * np.std(y)
    low, high = np.where(kind == 2, -INF, y), np.where(kind == 1, INF, y)
    return {
        "low": np.where(kind == 3, y - step, low),
        "high": np.where(kind == 3, y + step, high),
        "x": np.random.default_rng(5).normal(size=MANY),
    }


@pytest.mark.parametrize("regression", [False, True], ids=["sample", "regression"])
@pytest.mark.parametrize("name", ["Weibull", "Normal", "Gamma", "StudentT", "Logistic"])
def test_rows_put_in_order_of_kind_have_the_same_sums(name, regression):
    family = getattr(ml, name)
    model = family("~ x") if regression else family()
    bound = bind(model, mixed(family()), ml.interval_censored("low", "high"))
    member = Member.of(bound)
    ordered = seen_in_part(member)
    assert ordered is not member
    x = LogLikelihood.of(member).linked(
        {k: 0.1 if k[-1] == "x" else 1.3 for k in member.names}  # anywhere at all
    )
    jets = replace(member)
    jets.__dict__["kernel"] = plain
    one, other, by_jets = member(x), ordered(x), jets(x)
    for found in (other, by_jets):
        assert found.value == pytest.approx(one.value, rel=1e-12)
        assert found.score == pytest.approx(one.score, rel=1e-9, abs=1e-8)
        size = np.abs(one.information).max()
        assert found.information == pytest.approx(one.information, rel=1e-8, abs=1e-9 * size)


def test_few_distinct_intervals_are_few_points():
    y = np.round(np.random.default_rng(1).normal(size=20_000), 1)
    bound = bind(ml.Normal(), {"y": y}, ml.rounded("y", to=0.1))
    member = Member.of(bound)
    small = seen_in_part(member)
    assert small.rows == len(np.unique(y))
    assert small.value(np.array([0.1, 0.2])) == pytest.approx(
        member.value(np.array([0.1, 0.2])), rel=1e-13
    )
