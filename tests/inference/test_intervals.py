"""Wald and profile intervals: closed forms, definitions, invariance, open ends."""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.special import expit, logit

import mostlikely as ml
from mostlikely.likelihood.member import Member
from tests.truths.cases import at, between

Z = 1.959963984540054  # the normal quantile of 0.975
CHI2 = 3.841458820694124  # the χ²₁ quantile of 0.95, Z²
FLIPS = [1] * 7 + [0] * 3
WAITS = np.array([0.8, 1.3, 2.4, 0.4, 3.1, 1.9])


def small_sample(family):
    """A model and 25 draws from the middle of its typical ranges."""
    law = at(family, {k: between(p, 0.5) for k, p in family.parameters.items()})
    return law.family, law.sample(25, seed=7)


FITS = {f.__name__: small_sample(f) for f in ml.families()}


@cache
def fitted(name):
    """The fit of a family's sample."""
    return ml.fit(*FITS[name])


@cache
def profiled(name):
    """The profile intervals of all its parameters, which take long and are asked for often."""
    return fitted(name).interval(method="profile")


def together(*names):
    """A test for each of these families, all of a family in the process where it was profiled."""
    return [pytest.param(n, marks=pytest.mark.xdist_group(f"family {n}")) for n in names]


# Wald.


@pytest.mark.parametrize(
    ("model", "y", "name", "ends"),
    [
        # mean 4, standard error 1, on the log scale 1/4
        ("poisson", [3, 5, 1, 7], "mean", (4 * np.exp(-Z / 4), 4 * np.exp(Z / 4))),
        # logit p has the standard error 1/√(n p q)
        (
            "bernoulli",
            FLIPS,
            "p",
            tuple(expit(logit(0.7) + s * Z / np.sqrt(10 * 0.21)) for s in (-1, 1)),
        ),
        # a location is its own link
        (
            ml.Normal(sigma=2),
            [1.0, 2.0, 6.0, 7.0],
            "mu",
            (4 - Z, 4 + Z),
        ),
    ],
)
def test_wald_intervals_are_symmetric_on_the_link_scale(model, y, name, ends):
    assert ml.fit(model, y).interval(name) == pytest.approx(ends, rel=1e-9)


@pytest.mark.parametrize("name", together(*FITS))
def test_wald_intervals_keep_to_the_domain_at_any_level(name):
    fit = fitted(name)
    for parameter, error in fit.standard_errors.items():
        if np.isfinite(error):
            domain = fit.model.parameters[parameter].domain
            low, high = fit.interval(parameter, level=1 - 1e-12)
            assert domain.low <= low < fit.params[parameter] < high <= domain.high


@pytest.mark.parametrize("name", together(*FITS))
def test_wald_intervals_on_the_natural_scale_are_symmetric(name):
    fit = fitted(name)
    for parameter, error in fit.standard_errors.items():
        if np.isfinite(error):
            value = fit.params[parameter]
            ends = fit.interval(parameter, scale="natural")
            assert ends == pytest.approx((value - Z * error, value + Z * error), rel=1e-10)


def test_a_parameter_on_an_edge_gets_its_profile_whatever_is_asked():
    fit = ml.fit("bernoulli", [0] * 10)
    assert fit.interval("p") == fit.interval("p", method="profile")
    assert fit.interval("p", scale="natural") == fit.interval("p", method="profile")


@pytest.mark.parametrize("method", ["wald", "profile"])
def test_higher_levels_give_wider_intervals(method):
    fit = ml.fit("gamma", WAITS)
    for name in fit.params:
        ends = [fit.interval(name, level=p, method=method) for p in (0.5, 0.9, 0.95, 0.999)]
        assert all(o[0] < i[0] < i[1] < o[1] for i, o in pairwise(ends))


def test_all_parameters_at_once():
    fit = ml.fit("gamma", WAITS)
    for method in ("wald", "profile"):
        assert fit.interval(method=method, level=0.8) == {
            k: fit.interval(k, method=method, level=0.8) for k in ("mean", "shape")
        }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"of": "shpe"}, "did you mean 'shape'?"),
        ({"of": "mean", "level": 95}, "level must be between 0 and 1"),
        ({"of": "mean", "level": 1.0}, "level must be between 0 and 1"),
        ({"of": "mean", "method": "profil"}, "did you mean 'profile'?"),
        ({"of": "mean", "scale": "natral"}, "did you mean 'natural'?"),
    ],
)
def test_wrong_questions_are_refused(options, said):
    with pytest.raises(ml.ModelError) as raised:
        ml.fit("gamma", WAITS).interval(**options)
    assert said in str(raised.value)


# Profiles: closed forms.


def test_profile_of_a_normal_mean():
    """n log(1 + (μ - ȳ)²/σ̂²) = χ²."""
    fit = ml.fit("normal", WAITS)
    reach = np.std(WAITS) * np.sqrt(np.expm1(CHI2 / 6))
    mean = np.mean(WAITS)
    assert fit.interval("mu", method="profile") == pytest.approx(
        (mean - reach, mean + reach), rel=1e-9
    )


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
def test_profile_of_a_normal_deviation(level):
    """n (log r - 1 + 1/r) = χ² with r = σ²/σ̂²."""
    chi2 = {0.5: 0.454936423119572, 0.95: CHI2, 0.999: 10.827566170662733}[level]  # R's qchisq
    fit = ml.fit("normal", WAITS)

    def fall(sigma):
        r = sigma**2 / np.var(WAITS)
        return 6 * (np.log(r) - 1 + 1 / r) - chi2

    sd = np.std(WAITS)
    ends = (brentq(fall, 0.1 * sd, sd, xtol=1e-15), brentq(fall, sd, 50 * sd, xtol=1e-14))
    found = fit.interval("sigma", level=level, method="profile")
    assert found == pytest.approx(ends, rel=1e-9)


def test_profile_of_an_exponential_mean():
    """2n (r - 1 - log r) = χ² with r = ȳ/μ; SciPy's root finder."""
    mean = np.mean(WAITS)

    def fall(mu):
        return 12 * (mean / mu - 1 - np.log(mean / mu)) - CHI2

    ends = (brentq(fall, 0.1, mean, xtol=1e-15), brentq(fall, mean, 50.0, xtol=1e-14))
    fit = ml.fit("exponential", WAITS)
    assert fit.interval("mean", method="profile") == pytest.approx(ends, rel=1e-9)


def test_a_far_end_is_not_an_open_one():
    """One observation, at 99.9 %: 2 (r - 1 - log r) = χ², r = y/μ; the upper end is y · 609."""
    chi2 = 10.827566170662733  # R's qchisq(0.999, 1)
    far = brentq(lambda log_r: 2 * (np.exp(log_r) - 1 - log_r) - chi2, -10.0, 0.0, xtol=1e-14)
    _, high = ml.fit("exponential", [3.0]).interval("mean", level=0.999, method="profile")
    assert high == pytest.approx(3 * np.exp(-far), rel=1e-8)
    assert high > 1800


def test_intervals_of_the_ends_of_a_uniform_lie_outside_the_data():
    """(range/(high - low))**n = exp(-χ²/2), the other end at the sample's own."""
    fit = ml.fit("uniform", WAITS)
    width = 2.7 * np.exp(CHI2 / 12)
    assert fit.interval("low", method="profile") == pytest.approx((3.1 - width, 0.4), rel=1e-9)
    assert fit.interval("high", method="profile") == pytest.approx((3.1, 0.4 + width), rel=1e-9)


# Profiles: the definition, for every family.


@pytest.mark.parametrize("name", together(*FITS))
def test_at_a_profile_end_the_refitted_log_likelihood_is_half_a_quantile_lower(name):
    fit, (_, y) = fitted(name), FITS[name]
    assert fit.verdict.ok, str(fit.verdict)
    seen = 0
    for parameter, value in fit.params.items():
        domain = fit.model.parameters[parameter].domain
        for end in profiled(name)[parameter]:
            if end in (value, domain.low, domain.high):
                continue  # one-sided, or open: see below
            beyond = ml.fit(fit.model.with_fixed(**{parameter: end}), y)
            # Where the others run off to a limit, its height is met less exactly.
            near = 1e-8 if beyond.verdict.ok else 1e-4
            assert 2 * (fit.loglik - beyond.loglik) == pytest.approx(CHI2, abs=near), parameter
            seen += 1
    assert seen >= len(fit.params)


@pytest.mark.parametrize("name", together(*FITS))
def test_an_end_is_open_only_where_the_profile_never_falls_so_far(name):
    fit, (_, y) = fitted(name), FITS[name]
    for parameter, value in fit.params.items():
        domain = fit.model.parameters[parameter].domain
        for end in profiled(name)[parameter]:
            if np.isinf(end) and end != value:
                size = max(abs(value), 1.0)
                for far in (1e2, 1e4):
                    held = {parameter: np.sign(end) * far * size}
                    there = ml.fit(fit.model.with_fixed(**held), y)
                    assert 2 * (fit.loglik - there.loglik) < CHI2
                assert end in (domain.low, domain.high)


def test_open_ends():
    t = ml.fit("student_t", np.linspace(-2.0, 2.0, 30))
    assert t.interval("df", method="profile")[1] == np.inf
    coin = ml.fit("bernoulli", [1] * 5)
    assert coin.interval("p", method="profile")[1] == 1.0
    counts = ml.fit("poisson", [0, 0, 0])
    low, high = counts.interval("mean", method="profile")
    assert (low, high) == (0.0, pytest.approx(CHI2 / 6, rel=1e-9))  # 2 · 3 λ = χ²


def test_intervals_of_a_fit_without_maximum_are_the_whole_domain():
    fit = ml.fit("normal", [3.0, 3.0])
    assert fit.interval() == {"mu": (-np.inf, np.inf), "sigma": (0.0, np.inf)}


# Profiles: invariance.


class PrecisionNormal(ml.Family):
    """The normal by its precision, a decreasing function of σ."""

    mu = ml.Param(ml.domains.real, "mean of y", typical=(-3.0, 3.0), unit=1)
    precision = ml.Param(ml.domains.positive, "1/σ²", typical=(0.2, 5.0), unit=-2)

    def log_prob(y, mu, precision):
        return ml.Normal.log_prob(y, mu, precision**-0.5)


def test_profile_intervals_follow_a_change_of_parameters():
    ours = ml.fit("normal", WAITS).interval(method="profile")
    theirs = ml.fit(PrecisionNormal(), WAITS).interval(method="profile")
    assert theirs["mu"] == pytest.approx(ours["mu"], rel=1e-8)
    low, high = theirs["precision"]
    assert (high**-0.5, low**-0.5) == pytest.approx(ours["sigma"], rel=1e-8)


def test_profile_intervals_follow_a_change_of_the_data():
    """Logarithms of lognormal data are normal; Weibull shapes do not depend on units."""
    here = ml.fit("lognormal", WAITS).interval(method="profile")
    there = ml.fit("normal", np.log(WAITS)).interval(method="profile")
    for name in ("mu", "sigma"):
        assert here[name] == pytest.approx(there[name], rel=1e-8)
    weibull, scaled = ml.fit("weibull", WAITS), ml.fit("weibull", 1e-9 * WAITS)
    assert scaled.interval("shape", method="profile") == pytest.approx(
        weibull.interval("shape", method="profile"), rel=1e-8
    )


def test_equivalent_parameters_have_the_same_covariance_by_the_delta_method():
    ours, theirs = ml.fit("normal", WAITS), ml.fit(PrecisionNormal(), WAITS)
    sigma = theirs.quantity(lambda p: p["precision"] ** -0.5)
    assert sigma.value == pytest.approx(ours.params["sigma"], rel=1e-8)
    assert sigma.std_error == pytest.approx(ours.standard_errors["sigma"], rel=1e-8)


# The profile itself.


def test_a_profile_is_the_maximum_over_the_others():
    fit = ml.fit("gamma", WAITS)
    shapes, heights = fit.profile("shape", [0.7, 1.5, 2.0, 9.0])
    for shape, height in zip(shapes, heights, strict=True):
        # For any shape the best mean is the sample's.
        best = fit.log_likelihood(mean=np.mean(WAITS), shape=shape)
        assert height == pytest.approx(best, rel=1e-12)


def test_a_profile_covers_the_interval_by_itself():
    fit = ml.fit("gamma", WAITS)
    values, heights = fit.profile("mean")
    low, high = fit.interval("mean", method="profile", level=0.999)
    assert (len(values), len(heights)) == (41, 41)
    assert low < values[0] < fit.params["mean"] < values[-1] < high
    assert heights.max() <= fit.loglik
    assert heights.max() > fit.loglik - 0.2
    assert heights[0] < fit.loglik - 2.0


@pytest.mark.parametrize(
    ("model", "xi"), [(ml.GeneralizedPareto, -0.5), (ml.GeneralizedPareto, -0.9), (ml.GEV, -0.5)]
)
def test_a_tail_that_is_held_short_still_finds_a_start(model, xi):
    """The family's own guesses are for a free tail index; the held one ends below some rows."""
    _, y = FITS[model.__name__]
    fit = ml.fit(model(xi=xi), y)
    assert fit.verdict.kind == "interior", str(fit.verdict)
    scores = ml.score(model(xi=xi), y, **fit.params)
    for name, slope in scores.items():
        assert slope * fit.standard_errors[name] == pytest.approx(0.0, abs=1e-5)
    assert fit.loglik < ml.fit(model, y).loglik


def test_ends_are_exact_where_the_other_parameters_run_off():
    """A uniform of n = 2 as a limit: its half width is 0.15 + |μ - 0.85|, so 4 log(...) = χ²."""
    y = [1.0, 0.7]
    fit = ml.fit("generalized_normal", y)
    reach = 0.15 * np.expm1(CHI2 / 4)
    assert fit.interval("mu", method="profile") == pytest.approx(
        (0.85 - reach, 0.85 + reach), rel=1e-7
    )
    low, high = fit.interval("scale", method="profile")
    held = ml.fit(ml.GeneralizedNormal(scale=high), y)
    assert 2 * (fit.loglik - held.loglik) == pytest.approx(CHI2, abs=1e-7)
    assert low == 0.0  # a small shape at a datum never falls so far, and rises at last:
    for scale, shape in ((0.1, 0.8), (1e-3, 0.3), (1e-6, 0.2)):
        at = ml.GeneralizedNormal().at(mu=1.0, scale=scale, shape=shape)
        assert 2 * (fit.loglik - np.sum(at.log_prob(np.array(y)))) < CHI2


def test_the_profiles_of_a_flat_density_are_exact_and_take_few_looks(monkeypatch):
    """A uniform in the limit: 2 n log(1 + |μ - middle|/half) = χ²; ten thousand looks are 5 s."""
    looks = []
    looked = Member.__call__
    monkeypatch.setattr(Member, "__call__", lambda self, eta: looks.append(1) or looked(self, eta))
    y = np.random.default_rng(1).uniform(size=100)
    fit = ml.fit("generalized_normal", y)
    assert fit.verdict.kind == "boundary"
    looks.clear()
    summary = fit.summary()
    assert len(looks) < 6000
    middle, half = 0.5 * (y.min() + y.max()), 0.5 * np.ptp(y)
    reach = half * np.expm1(CHI2 / 200)
    ends = fit.interval("mu", method="profile")
    assert ends == pytest.approx((middle - reach, middle + reach), rel=1e-8)
    assert f"{middle - reach:.5f}" in summary
    assert fit.interval("scale", method="profile")[0] == pytest.approx(half, rel=1e-7)


def test_an_interval_ends_where_the_profile_has_fallen_though_it_rises_again_beyond():
    """Of two clusters Student's t with few degrees of freedom makes as much as one likes."""
    rng = np.random.default_rng(1)
    y = np.concatenate([0.1 + 0.001 * rng.normal(size=10), 0.9 + 0.001 * rng.normal(size=10)])
    fit = ml.fit("student_t", y)
    low, high = fit.interval("df", method="profile")
    assert high == np.inf
    held = ml.fit(ml.StudentT(df=low), y)
    assert 2 * (fit.loglik - held.loglik) == pytest.approx(CHI2, abs=1e-7)
    assert ml.fit(ml.StudentT(df=0.2), y).loglik > fit.loglik + 20.0
