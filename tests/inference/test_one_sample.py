"""What one sample has as regressions do: robust errors, clusters, hypotheses in any writing."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml

WAITS = np.array([0.8, 1.3, 2.4, 0.4, 3.1, 1.9])
GROUPS = np.array(["a", "a", "b", "b", "c", "c"])
KINDS = ("sandwich", "HC0", "HC1", "HC2", "HC3")
CLUSTERED = ("CR0", "CR1", "CR1S", "CR2", "CR3")
#: Powers of n/(n - 1) of the error of a mean: HC1 by its definition, the leverage is 1/n.
POWERS = {"HC0": 0, "HC1": 1, "HC2": 1, "HC3": 2}


@pytest.mark.parametrize("kind", POWERS)
def test_robust_errors_of_a_mean_are_those_of_least_squares(kind):
    """Σ(y - ȳ)²/n² times a power of n/(n - 1) (MacKinnon and White 1985)."""
    n = len(WAITS)
    wanted = np.var(WAITS) / n * (n / (n - 1)) ** POWERS[kind]
    assert ml.fit("normal", WAITS).covariance(kind)[0, 0] == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("kind", [*KINDS, *CLUSTERED])
def test_robust_errors_are_the_same_through_every_door(kind):
    clusters = GROUPS if kind in CLUSTERED else None
    frame = {"y": WAITS}
    fits = [
        ml.fit("normal", WAITS),
        ml.fit(ml.Normal("y ~ 1"), frame),
        ml.fit(ml.Normal(), X=np.ones((6, 1)), y=WAITS),
        ml.fit(ml.joint(ml.Normal("y ~ 1")), frame),
    ]
    right, *others = [fit.covariance(kind, cluster=clusters) for fit in fits]
    for other in others:
        np.testing.assert_allclose(other, right, rtol=1e-9, atol=1e-15)


def test_clusters_of_a_sample_are_sums_of_scores():
    """G/(G - 1) Σ(Σ(y - ȳ))²/n² for the mean."""
    away = WAITS - WAITS.mean()
    sums = np.array([away[g == GROUPS].sum() for g in "abc"])
    found = ml.fit("normal", WAITS).covariance(cluster=GROUPS)
    assert found[0, 0] == pytest.approx(1.5 * np.sum(sums**2) / 36.0, rel=1e-12)


def test_frequencies_are_repeated_rows_for_robust_errors():
    w = np.array([1, 2, 3, 1, 2, 1])
    for kind in KINDS:
        counted = ml.fit("gamma", WAITS, weights=w).covariance(kind)
        written = ml.fit("gamma", np.repeat(WAITS, w)).covariance(kind)
        np.testing.assert_allclose(counted, written, rtol=1e-7)


@pytest.mark.parametrize(
    ("clusters", "error", "said"),
    [
        ("g", ml.ModelError, "a sample has no columns, so none is called 'g'"),
        ([1, 1, 2], ml.DataError, "3 labels of clusters for 6 rows"),
    ],
)
def test_clusters_of_a_sample_are_labels_one_for_each_row(clusters, error, said):
    with pytest.raises(error) as raised:
        ml.fit("normal", WAITS).covariance(cluster=clusters)
    assert said in str(raised.value)


@pytest.mark.parametrize("method", ["lr", "wald", "score"])
def test_a_hypothesis_is_the_same_however_it_is_written(method):
    one, several = ml.fit("gamma", WAITS), ml.fit(ml.Gamma("y ~ 1"), {"y": WAITS})
    right = one.test(shape=1.0, method=method).statistic
    for fit in (one, several):
        for found in (
            fit.test("shape = 1", method=method),
            fit.test({"shape": 1.0}, method=method),
            fit.test(shape=1.0, method=method),
        ):
            assert found.statistic == pytest.approx(right, rel=1e-8)
            assert (found.df, found.hypothesis) == (1, "shape = 1")


def test_equations_and_values_make_one_hypothesis():
    fit = ml.fit("normal", WAITS)
    both = fit.test("mu = 1", sigma=1.0)
    assert both.statistic == pytest.approx(fit.test(mu=1.0, sigma=1.0).statistic, rel=1e-12)
    assert (both.df, both.hypothesis) == (2, "mu = 1, sigma = 1")


@pytest.mark.parametrize("scale", [1.0, 1e4])
def test_a_test_is_the_ratio_of_two_fits_where_a_constant_is_on_its_edge(scale):
    rng = np.random.default_rng(3)
    x = rng.uniform(-1.0, 1.0, 40)
    normal = {"x": x, "y": scale * (0.5 * x + rng.normal(size=40))}
    counts = {"x": x, "y": rng.poisson(np.exp(1.0 + 0.5 * x))}
    for family, rows in ((ml.StudentT, normal), (ml.NegativeBinomial, counts)):
        large, small = ml.fit(family("y ~ x"), rows), ml.fit(family("y ~ 1"), rows)
        wanted = 2.0 * (large.loglik - small.loglik)
        assert large.test("x = 0").statistic == pytest.approx(wanted, abs=1e-6)


def test_equations_between_coefficients_are_a_model_of_fewer_columns():
    rng = np.random.default_rng(5)
    u, v = rng.normal(size=(2, 50))
    y = rng.poisson(np.exp(0.3 + 0.2 * u + 0.4 * v))
    rows = {"u": u, "v": v, "y": y, "s": u + v}
    large, small = ml.fit(ml.Poisson("y ~ u + v"), rows), ml.fit(ml.Poisson("y ~ s"), rows)
    wanted = 2.0 * (large.loglik - small.loglik)
    assert large.test("u = v").statistic == pytest.approx(wanted, rel=1e-8)


def test_a_rao_test_of_a_regression_is_in_the_expected_information():
    """Of a gamma regression: Σ(y/μ - 1)(x - x̄) squared over φ Sxx, φ = 1/shape at the null."""
    rng = np.random.default_rng(2)
    x = rng.uniform(0.0, 1.0, 30)
    y = rng.gamma(3.0, np.exp(x) / 3.0)
    null = ml.fit("gamma", y)
    away = x - x.mean()
    shape = null.params["shape"]
    wanted = shape * np.sum((y / y.mean() - 1.0) * away) ** 2 / np.sum(away**2)
    found = ml.fit(ml.Gamma("y ~ x"), {"x": x, "y": y}).test("x = 0", method="score")
    assert found.statistic == pytest.approx(wanted, rel=1e-7)


def test_a_restricted_maximum_above_the_estimate_is_said():
    y = np.array([0.0, 0.1, 0.2, 4.0, 4.1, 4.2, 4.15])
    low = ml.fit(ml.Cauchy(scale=0.5), y, start={"mu": 0.1})
    with pytest.raises(ml.ModelError, match=r"the likelihood is higher where mu = 4.*start="):
        low.test(mu=4)


def test_a_shared_coefficient_is_tested_in_the_limit_of_a_member_too():
    """Counts without overdispersion: with and without the slope the size runs off."""
    rng = np.random.default_rng(4)
    x = rng.uniform(-1.0, 1.0, 40)
    rows = {"x": x, "a": rng.poisson(np.exp(1.0 + 0.3 * x)), "b": rng.poisson(np.exp(0.3 * x))}
    large = ml.fit(ml.joint(ml.NegativeBinomial("a ~ x"), ml.Poisson("b ~ x"), shared=["x"]), rows)
    assert large.verdict.kind == "boundary"
    parts = ml.fit(ml.NegativeBinomial("a ~ 1"), rows), ml.fit(ml.Poisson("b ~ 1"), rows)
    wanted = 2.0 * (large.loglik - sum(part.loglik for part in parts))
    assert large.test("x = 0").statistic == pytest.approx(wanted, abs=1e-6)
