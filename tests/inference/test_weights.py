"""What a weight means: one estimate, three standard errors, each against its textbook formula."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.special import digamma, polygamma

import mostlikely as ml
from tests.truths.cases import at, between

#: Those of make_reference.R, which fits lm and glm to them.
Y = np.array([9.7, 10.4, 10.1, 11.3, 8.9, 10.8, 9.5])
W = np.array([1.0, 4.0, 2.0, 0.5, 0.25, 3.0, 1.5])
KINDS = ("frequency", "precision", "sampling")
WITH_DISPERSION = [f for f in ml.families() if f.precision_weights]
WITHOUT = [
    f
    for f in ml.families()
    if not f.precision_weights and not any(p.known for p in f.parameters.values())
]

with (Path(__file__).parents[1] / "reference" / "reference.csv").open(encoding="utf-8") as file:
    R = {(row["id"], row["quantity"]): float(row["value"]) for row in csv.DictReader(file)}


def draws(family, n):
    """A model and a sample from the middle of its typical ranges."""
    middle = {k: between(p, 0.5) for k, p in family.parameters.items()}
    law = at(family, middle)
    return law.family, law.sample(n, seed=7)


# Frequencies: how often a row was seen.


@pytest.mark.parametrize("family", ml.families(), ids=lambda f: f.__name__)
def test_weight_two_is_a_datum_twice(family):
    model, y = draws(family, 30)
    w = np.arange(30) % 3 + 1
    counted = ml.fit(model, y, weights=w)
    written_out = ml.fit(model, np.repeat(y, w))
    assert counted.verdict.kind == written_out.verdict.kind
    assert counted.n == written_out.n == w.sum()
    assert counted.loglik == pytest.approx(written_out.loglik, rel=1e-11, abs=1e-11)
    assert counted.bic == pytest.approx(written_out.bic, rel=1e-11)
    for name, value in written_out.params.items():
        error = written_out.standard_errors[name]
        near = 1e-6 * error if np.isfinite(error) else 1e-9 * abs(value)
        assert counted.params[name] == pytest.approx(value, abs=near)
        assert counted.standard_errors[name] == pytest.approx(error, rel=1e-6, nan_ok=True)


@pytest.mark.parametrize("family", ml.families(), ids=lambda f: f.__name__)
def test_unit_weights_change_no_bit(family):
    model, y = draws(family, 40)
    plain, weighted = ml.fit(model, y), ml.fit(model, y, weights=np.ones(40))
    assert dict(weighted.params) == dict(plain.params)
    np.testing.assert_array_equal(weighted.covariance(), plain.covariance())
    assert weighted.loglik == plain.loglik


def test_frequencies_set_n_and_so_bic():
    fit = ml.fit("normal", Y, weights=W)
    assert (fit.n, fit.rows, fit.weight_kind) == (W.sum(), 7, "frequency")
    assert fit.bic == pytest.approx(2 * np.log(W.sum()) - 2 * fit.loglik, rel=1e-15)
    for kind in ("precision", "sampling"):
        assert ml.fit("normal", Y, weights=W, weight_kind=kind).n == 7


# Precisions: variance divided by the weight.


def test_precisions_are_weighted_least_squares():
    """With σᵢ = σ/√wᵢ: the weighted mean, σ̂² = Σ w (y - μ̂)²/n, SE σ̂/√Σw; and R's lm."""
    fit = ml.fit("normal", Y, weights=W, weight_kind="precision")
    mu = np.sum(W * Y) / np.sum(W)
    sigma = np.sqrt(np.sum(W * (Y - mu) ** 2) / 7)
    assert fit.params["mu"] == pytest.approx(mu, rel=1e-14)
    assert fit.params["sigma"] == pytest.approx(sigma, rel=1e-8)
    assert fit.standard_errors["mu"] == pytest.approx(sigma / np.sqrt(W.sum()), rel=1e-8)
    assert fit.standard_errors["sigma"] == pytest.approx(sigma / np.sqrt(14), rel=1e-8)
    for name, value in fit.params.items():
        assert value == pytest.approx(R["weighted_lm", name], rel=1e-8)
    assert fit.standard_errors["mu"] == pytest.approx(R["weighted_lm", "se_mu"], rel=1e-8)
    assert fit.loglik == pytest.approx(R["weighted_lm", "loglik"], rel=1e-13)


def test_precisions_multiply_the_shape_of_a_gamma():
    """R's glm(Gamma, weights=) with MASS::gamma.shape; the shape's score by SciPy."""
    fit = ml.fit("gamma", Y, weights=W, weight_kind="precision")
    assert fit.params["mean"] == pytest.approx(R["weighted_gamma", "mean"], rel=1e-12)
    assert fit.params["shape"] == pytest.approx(R["weighted_gamma", "shape"], rel=1e-8)
    assert fit.standard_errors["shape"] == pytest.approx(R["weighted_gamma", "se_shape"], rel=1e-8)
    mean, a = fit.params["mean"], fit.params["shape"] * W
    score = np.sum(W * (np.log(a) + 1 - digamma(a) + np.log(Y / mean) - Y / mean))
    assert score * fit.standard_errors["shape"] == pytest.approx(0.0, abs=1e-6)
    information = np.sum(W**2 * polygamma(1, a) - W / fit.params["shape"])
    assert fit.standard_errors["shape"] == pytest.approx(information**-0.5, rel=1e-6)
    error_of_mean = mean / np.sqrt(fit.params["shape"] * W.sum())
    assert fit.standard_errors["mean"] == pytest.approx(error_of_mean, rel=1e-10)


def test_precisions_of_a_laplace_take_the_median_weighted_by_their_roots():
    fit = ml.fit("laplace", Y, weights=W, weight_kind="precision")
    total = {m: np.sum(np.sqrt(W) * np.abs(Y - m)) for m in Y}
    assert fit.params["mu"] == min(total, key=total.get)
    scale = min(total.values()) / 7
    assert fit.params["scale"] == pytest.approx(scale, rel=1e-9)
    assert fit.standard_errors["mu"] == pytest.approx(scale / np.sqrt(W.sum()), rel=1e-8)


@pytest.mark.parametrize("family", WITH_DISPERSION, ids=lambda f: f.__name__)
def test_precision_weights_scale_the_dispersion_of_each_row(family):
    """ℓ = Σ log p(yᵢ; θ with the dispersion times wᵢ to its power), one density at a time."""
    ((name, power),) = family.precision_weights.items()
    _, y = draws(family, 40)
    w = np.random.default_rng(3).uniform(0.5, 2.0, 40)
    fit = ml.fit(family, y, weights=w, weight_kind="precision")
    assert fit.verdict.kind in ("interior", "boundary"), str(fit.verdict)
    rows = [
        ml.log_likelihood(family, [v], **{**fit.params, name: fit.params[name] * u**power})
        for v, u in zip(y, w, strict=True)
    ]
    assert fit.loglik == pytest.approx(sum(rows), rel=1e-12)


@pytest.mark.parametrize(
    "family", ["normal", "gumbel", "student_t", "laplace", "gamma", "inverse_gaussian"]
)
def test_expected_information_under_precisions_is_the_sum_of_the_rows(family):
    y = np.random.default_rng(5).standard_t(4, 60)
    y = np.exp(y / 4.0) if family in ("gamma", "inverse_gaussian") else y
    w = np.random.default_rng(6).uniform(0.3, 3.0, 60)
    fit = ml.fit(family, y, weights=w, weight_kind="precision")
    ((scale, power),) = fit.model.precision_weights.items()
    names = list(fit.params)
    total = np.zeros((len(names), len(names)))
    for u in w:
        here = {**fit.params, scale: fit.params[scale] * u**power}
        stretch = np.diag([u**power if k == scale else 1.0 for k in names])
        one = ml.information(family, [1.0], kind="expected", **here)
        total += stretch @ one @ stretch
    np.testing.assert_allclose(
        fit.covariance("expected"), np.linalg.inv(total), rtol=1e-7, atol=1e-12
    )


@pytest.mark.parametrize("family", WITHOUT, ids=lambda f: f.__name__)
def test_families_without_a_dispersion_refuse_precisions(family):
    model, y = draws(family, 10)
    with pytest.raises(ml.ModelError, match="has no dispersion that a precision weight could"):
        ml.fit(model, y, weights=np.linspace(1.0, 2.0, 10), weight_kind="precision")


def test_a_limit_without_a_dispersion_is_no_answer_under_precisions():
    """Of weights alike the likelihood rises to a uniform; of others to no family at all."""
    y, w = [1.0, 2.0, 4.0, 7.5, 3.3, 9.1], [1.0, 2.0, 1.0, 0.5, 1.0, 3.0]
    assert "Uniform" in str(ml.fit("generalized_normal", y).verdict)
    fit = ml.fit("generalized_normal", y, weights=w, weight_kind="precision")
    assert not fit.verdict.ok


# Sampling: how many of the population a row speaks for.


def test_sampling_weights_give_the_linearised_error_of_a_weighted_mean():
    """SE = √Σ w²(y - μ̂)² / Σw (Binder 1983), whatever the model's own variance is."""
    mu = np.sum(W * Y) / np.sum(W)
    error = np.sqrt(np.sum((W * (Y - mu)) ** 2)) / W.sum()
    for family, name in (("normal", "mu"), ("exponential", "mean"), ("gamma", "mean")):
        fit = ml.fit(family, Y, weights=W, weight_kind="sampling")
        assert fit.params[name] == pytest.approx(mu, rel=1e-12)
        assert fit.standard_errors[name] == pytest.approx(error, rel=1e-10)
    counts = np.array([3, 0, 2, 5, 1, 4, 2])
    mean = np.sum(W * counts) / W.sum()
    poisson = ml.fit("poisson", counts, weights=W, weight_kind="sampling")
    error = np.sqrt(np.sum((W * (counts - mean)) ** 2)) / W.sum()
    assert poisson.standard_errors["mean"] == pytest.approx(error, rel=1e-10)


@pytest.mark.parametrize("family", ["normal", "gamma", "weibull", "student_t"])
def test_the_size_of_sampling_weights_does_not_matter(family):
    y = np.random.default_rng(1).gamma(3.0, 2.0, 80)
    w = np.random.default_rng(2).uniform(1.0, 9.0, 80)
    small, large = (ml.fit(family, y, weights=c * w, weight_kind="sampling") for c in (1e-6, 1e6))
    assert small.loglik == pytest.approx(large.loglik, rel=1e-12)
    for name, error in small.standard_errors.items():
        assert large.params[name] == pytest.approx(small.params[name], rel=1e-8)
        assert large.standard_errors[name] == pytest.approx(error, rel=1e-7, nan_ok=True)


def test_no_likelihood_ratio_of_sampling_weights():
    fit = ml.fit("normal", Y, weights=W, weight_kind="sampling")
    with pytest.raises(ml.ModelError, match=r"not chi-square.*method=\"wald\""):
        fit.interval("mu", method="profile")
    for method in ("lr", "score"):
        with pytest.raises(ml.ModelError, match=r"not chi-square.*method=\"wald\""):
            fit.test(method, mu=10.0)
    wald = fit.test("wald", mu=10.0)
    away = (fit.params["mu"] - 10.0) / fit.standard_errors["mu"]
    assert wald.statistic == pytest.approx(away**2, rel=1e-12)
    np.testing.assert_array_equal(fit.covariance(), fit.covariance("sandwich"))


# Side by side.


def test_the_kinds_agree_on_a_mean_and_differ_in_its_error():
    fits = {kind: ml.fit("normal", Y, weights=W, weight_kind=kind) for kind in KINDS}
    mu = np.sum(W * Y) / W.sum()
    assert [f.params["mu"] for f in fits.values()] == pytest.approx([mu] * 3, rel=1e-13)
    assert [f.weight_kind for f in fits.values()] == list(KINDS)
    spread = np.sum(W * (Y - mu) ** 2)
    expected = {
        "frequency": np.sqrt(spread) / W.sum(),
        "precision": np.sqrt(spread / 7 / W.sum()),
        "sampling": np.sqrt(np.sum((W * (Y - mu)) ** 2)) / W.sum(),
    }
    assert {k: f.standard_errors["mu"] for k, f in fits.items()} == pytest.approx(expected)
    assert len({round(e, 6) for e in expected.values()}) == 3


@pytest.mark.parametrize("kind", KINDS)
def test_sandwich_under_each_kind_of_weight(kind):
    """bread · meat · bread for a mean: Σ wᵖ (y - μ̂)² / (Σw)², p = 1 for frequencies, else 2."""
    fit = ml.fit("normal", Y, weights=W, weight_kind=kind)
    power = 1 if kind == "frequency" else 2
    mu = fit.params["mu"]
    expected = np.sqrt(np.sum(W**power * (Y - mu) ** 2)) / W.sum()
    # The scores of μ and σ are correlated in the data; the bread is diagonal, so μ has its own.
    assert fit.covariance("sandwich")[0, 0] ** 0.5 == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("family", ["normal", "gamma", "student_t"])
def test_a_row_of_weight_zero_changes_nothing(family, kind):
    """Not even if its value is impossible."""
    y, w = np.r_[Y, -np.inf, 1e6], np.r_[W, 0.0, 0.0]
    here, there = (
        ml.fit(family, *data, weights=u, weight_kind=kind) for data, u in (((Y,), W), ((y,), w))
    )
    assert (here.rows, there.rows, there.n) == (7, 9, here.n)
    assert there.loglik == pytest.approx(here.loglik, rel=1e-14)
    assert there.bic == pytest.approx(here.bic, rel=1e-14)
    for name, error in here.standard_errors.items():
        near = 1e-6 * error if np.isfinite(error) else 0.0
        assert there.params[name] == pytest.approx(here.params[name], abs=near)
        assert there.standard_errors[name] == pytest.approx(error, rel=1e-6, nan_ok=True)
