"""What is fixed: limits that keep it, scales far wider than the data, and tests against it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize
from scipy.special import expit, ive

import mostlikely as ml

WAITS = 5.0 * np.random.default_rng(3).weibull(2.0, 40)
ERRORS = np.random.default_rng(1).normal(size=12)


@pytest.mark.parametrize("scale", [5.0, 50.0])
def test_a_scale_that_a_limit_does_not_keep_rules_the_limit_out(scale):
    """Burr XII becomes a Weibull of another scale, which runs off with d; fixed, it cannot."""

    def lost(logs):
        c, d = np.exp(logs)
        u = np.log1p((WAITS / scale) ** c)
        return -np.sum(np.log(c * d / scale) + (c - 1) * np.log(WAITS / scale) - (d + 1) * u)

    brute = min(minimize(lost, at, method="Nelder-Mead").fun for at in ([0, 0], [1, 1], [1, 4]))
    fit = ml.fit(ml.Burr12(scale=scale), WAITS)
    assert fit.verdict.kind == "interior"
    assert fit.loglik == pytest.approx(-brute, abs=1e-6)


def test_a_limit_keeps_what_is_fixed_under_another_name():
    """Burr XII with c held is a Weibull whose shape is c, and Pareto's minimum is its scale."""
    fit = ml.fit(ml.Burr12(c=2.0), WAITS)
    assert fit.verdict.kind == "boundary"
    assert fit.loglik == pytest.approx(ml.fit(ml.Weibull(shape=2.0), WAITS).loglik, rel=1e-12)
    y = 2.0 * np.exp(np.random.default_rng(3).exponential(0.5, 30))
    fit = ml.fit(ml.Burr12(scale=y.min()), y)
    assert fit.verdict.kind == "boundary"
    assert fit.loglik == pytest.approx(ml.fit(ml.Pareto(minimum=y.min()), y).loglik, rel=1e-12)


def test_huber_of_a_fixed_scale_that_all_rows_are_within_is_normal():
    y = np.array([-1.828, -3.062, -4.314, -2.982, -2.956])
    fit = ml.fit(ml.Huber(scale=2.15), y)
    assert (fit.verdict.kind, fit.params["delta"]) == ("boundary", np.inf)
    normal = -0.5 * np.sum(((y - y.mean()) / 2.15) ** 2) - 5.0 * np.log(2.15 * np.sqrt(2 * np.pi))
    assert fit.loglik == pytest.approx(normal, rel=1e-12)


@pytest.mark.parametrize("family", [ml.Logistic, ml.HyperbolicSecant, ml.Gumbel])
@pytest.mark.parametrize("scale", [30.0, 1e4])
def test_a_location_is_found_under_a_known_scale_far_wider_than_the_data(family, scale):
    """A symmetric density that is wide is a parabola there, with its top at the mean."""
    fit = ml.fit(family(scale=scale), ERRORS)
    assert fit.verdict.kind == "interior"
    near = ERRORS.mean() + (-np.var(ERRORS) / scale / 2 if family is ml.Gumbel else 0.0)
    assert fit.params["mu"] == pytest.approx(near, abs=0.05 / scale)


class Below(ml.Family):
    """Normal, its mean below mu by what vanishes as b grows."""

    mu = ml.Param(ml.domains.real, "what the mean is below", typical=(-1.0, 1.0), unit=1)
    b = ml.Param(ml.domains.real, "how near", typical=(-1.0, 1.0))
    support = ml.domains.real

    def log_prob(y, mu, b):
        vanishes = np.exp(-b) * (1.0 + 0.0 * b)  # no number at b = ∞ itself
        return -0.5 * (y - mu + vanishes) ** 2 - 0.5 * np.log(2.0 * np.pi)

    def sample(rng, n, mu, b):
        return mu - np.exp(-b) + rng.standard_normal(n)


def test_a_likelihood_ratio_may_be_to_a_height_that_is_not_reached():
    """Held one below the mean of n rows of variance one: (ȳ - mu)² n, in the limit."""
    larger, low = ml.fit(Below(), ERRORS), ERRORS.mean() - 1.0
    assert ml.fit(Below(mu=low), ERRORS).verdict.kind == "no maximum"
    assert larger.test(mu=low, method="lr").statistic == pytest.approx(len(ERRORS), abs=0.02)


def test_a_likelihood_ratio_of_a_whole_predictor_beside_an_extreme_of_the_sample():
    """With no column left the exponent is one, and the minimum is the sample's all the same."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=30), 2.0 * np.exp(rng.exponential(0.5, 30))
    fit = ml.fit(ml.Pareto(shape="~ 0 + x"), {"x": x, "y": y}, y="y")
    lost = np.sum(np.log(y.min()) - 2.0 * np.log(y))
    assert fit.test("x = 0", method="lr").statistic == pytest.approx(2.0 * (fit.loglik - lost))


def check_loss(z, q):
    return np.where(z < 0.0, -(1.0 - q) * z, q * z)


@pytest.mark.parametrize(
    ("model", "density"),
    [
        (
            ml.SkewNormal("y ~ x", sigma=0.6),
            lambda e, shape: stats.skewnorm.logpdf(e, shape, scale=0.6),
        ),
        (
            ml.AsymmetricLaplace("y ~ x", scale=0.5),
            lambda e, t: np.log(expit(t) * expit(-t) / 0.5) - check_loss(e / 0.5, expit(t)),
        ),
    ],
)
def test_a_scale_that_is_held_has_no_part_in_a_limit_with_an_end_at_the_predictor(model, density):
    """Those limits choose a scale: they are of families whose scale is free."""
    x = np.linspace(-1.0, 1.0, 12)
    y = 1.0 + x + ERRORS
    fit = ml.fit(model, {"x": x, "y": y})
    starts = [(1.0 + a, 1.0, t) for a in (-0.5, 0.0, 0.5) for t in (-2.0, 0.3, 2.0)]
    lost = lambda p: -np.sum(density(y - p[0] - p[1] * x, p[2]))  # noqa: E731
    options = {"maxfev": 1500, "xatol": 1e-9, "fatol": 1e-10}
    brute = min(minimize(lost, at, method="Nelder-Mead", options=options).fun for at in starts)
    assert fit.verdict.ok
    assert fit.loglik == pytest.approx(-brute, abs=1e-6)


def test_angles_on_the_far_side_of_a_direction_that_is_held_are_observations():
    """The density has no end: mean cos(y - mu) is I₁/I₀ at the estimate, however y is turned."""
    y = np.array([-2.9, -1.4, 0.0, 1.7, 2.2, 0.4])
    fit = ml.fit(ml.VonMises(mu=1.0), y)
    assert fit.verdict.ok
    kappa = fit.params["kappa"]
    assert ive(1, kappa) / ive(0, kappa) == pytest.approx(np.mean(np.cos(y - 1.0)), abs=1e-9)
    turned = ml.fit(ml.VonMises(mu=1.0), y + 2.0 * np.pi)
    assert turned.params["kappa"] == pytest.approx(kappa, rel=1e-9)
