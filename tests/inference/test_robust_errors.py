"""Robust errors: against their formulas, and against statsmodels 0.14."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml
from tests.inference.twelve_rows import SMALL, T, V


def ols():
    """Design, inverse of X'X, residuals and leverages of V on T."""
    x = np.column_stack([np.ones(12), T])
    inverse = np.linalg.inv(x.T @ x)
    return x, inverse, V - x @ inverse @ x.T @ V, np.einsum("ij,jk,ik->i", x, inverse, x)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3", "sandwich"])
def test_robust_errors_of_least_squares_are_their_formulas(kind):
    x, inverse, e, h = ols()
    squares = {"HC1": e**2 * 12 / 10, "HC2": e**2 / (1 - h), "HC3": (e / (1 - h)) ** 2}
    meat = x.T @ (x * squares.get(kind, e**2)[:, None])
    found = ml.fit(ml.Normal("v ~ t"), SMALL).covariance(kind)[:2, :2]
    np.testing.assert_allclose(found, inverse @ meat @ inverse, rtol=1e-6)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        # sm.OLS(V, X).fit().get_robustcov_results(kind).bse
        ("HC0", [0.6017077450825222, 0.12061110870507011]),
        ("HC1", [0.6591378100145312, 0.1321228498469492]),
        ("HC2", [0.6935074318662585, 0.13939865120784864]),
        ("HC3", [0.8022877215514046, 0.16147908168867603]),
    ],
)
def test_robust_errors_of_least_squares_are_statsmodels(kind, expected):
    found = np.sqrt(np.diag(ml.fit(ml.Normal("v ~ t"), SMALL).covariance(kind)))[:2]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def clustered(codes):
    """Σ (sum of x e in a cluster)(...)ᵀ · G/(G − 1), of least squares."""
    x, _, e, _ = ols()
    sums = np.array([(x * e[:, None])[codes == c].sum(axis=0) for c in np.unique(codes)])
    return len(sums) / (len(sums) - 1) * sums.T @ sums


@pytest.mark.parametrize("way", ["group", "clinic"])
def test_clusters_in_one_way_are_their_formula(way):
    _, inverse, _, _ = ols()
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    expected = inverse @ clustered(SMALL[way]) @ inverse
    for cluster in (way, SMALL[way], list(map(str, SMALL[way]))):
        found = fit.covariance(cluster=cluster)[:2, :2]
        np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-9)
    cr1s = fit.covariance("CR1S", cluster=way)[:2, :2]
    np.testing.assert_allclose(cr1s, expected * 11 / 10, rtol=1e-6, atol=1e-9)


def test_clusters_in_two_ways_are_the_sum_less_the_intersection():
    """Cameron, Gelbach and Miller 2011, eq. 2.11; here each row is a cell of its own."""
    _, inverse, _, _ = ols()
    both = SMALL["group"] * 3 + SMALL["clinic"]
    meat = clustered(SMALL["group"]) + clustered(SMALL["clinic"]) - clustered(both)
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    found = fit.covariance(cluster=["group", "clinic"])[:2, :2]
    np.testing.assert_allclose(found, inverse @ meat @ inverse, rtol=1e-6, atol=1e-8)


def test_clusters_of_least_squares_are_statsmodels():
    """CR1S is its small-sample correction, (n − 1)/(n − p) · G/(G − 1)."""
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    # sm.OLS(V, X).fit().get_robustcov_results("cluster", groups=GROUP).bse
    found = np.sqrt(np.diag(fit.covariance("CR1S", cluster="group")))[:2]
    np.testing.assert_allclose(found, [0.4848692444690686, 0.08039455675423662], rtol=1e-6)
    # ... .get_robustcov_results("cluster", groups=np.column_stack([GROUP, CLINIC])).cov_params()
    found = fit.covariance("CR1S", cluster=["group", "clinic"])[:2, :2]
    expected = [
        [-0.16684501296071386, 0.03608314774645633],
        [0.03608314774645639, -0.00497440388024373],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_robust_errors_of_a_poisson_regression_are_statsmodels():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    # sm.GLM(EVENTS, X, family=sm.families.Poisson()).fit(cov_type="HC0").bse
    np.testing.assert_allclose(
        np.sqrt(np.diag(fit.covariance("HC0"))),
        [0.24252383516734505, 0.02484920215082781],
        rtol=1e-6,
    )
    # ... .fit(cov_type="cluster", cov_kwds={"groups": GROUP}).bse, with (n - 1)/(n - p)
    np.testing.assert_allclose(
        np.sqrt(np.diag(fit.covariance("CR1S", cluster="group"))),
        [0.05133643485692567, 0.00796475879050523],
        rtol=1e-6,
    )


def test_a_cluster_for_each_row_is_no_cluster():
    fit = ml.fit(ml.Poisson("events ~ t"), SMALL)
    np.testing.assert_allclose(
        fit.covariance(cluster=np.arange(12)), fit.covariance("HC0") * 12 / 11, rtol=1e-10
    )


def test_frequencies_are_rows_for_robust_errors():
    w = np.tile([1, 2, 3], 4)
    twice = {k: np.repeat(v, w) for k, v in SMALL.items()}
    weighted = ml.fit(ml.Normal("v ~ t"), {**SMALL, "w": w}, weights="w")
    written_out = ml.fit(ml.Normal("v ~ t"), twice)
    for options in ({"kind": "HC0"}, {"kind": "HC1"}, {"cluster": "group"}):
        np.testing.assert_allclose(
            weighted.covariance(**options), written_out.covariance(**options), rtol=1e-5, atol=1e-9
        )


def test_sampling_weights_are_the_weighted_sandwich():
    """(X'WX)⁻¹ X'W² diag(e²) X (X'WX)⁻¹ by default."""
    w = np.tile([1.0, 2.5, 0.5], 4)
    fit = ml.fit(ml.Normal("v ~ t"), SMALL, weights=w, weight_kind="sampling")
    x = np.column_stack([np.ones(12), T])
    inverse = np.linalg.inv(x.T @ (w[:, None] * x))
    e = V - x @ inverse @ x.T @ (w * V)
    expected = inverse @ (x.T @ (x * (w * e)[:, None] ** 2)) @ inverse
    np.testing.assert_allclose(fit.covariance()[:2, :2], expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "HC4"}, "HC"),
        ({"cluster": "grup"}, "'group'"),
        ({"cluster": [1, 2, 3]}, "differ in length"),
    ],
    ids=str,
)
def test_robust_errors_that_there_are_not_are_refused(options, said):
    fit = ml.fit(ml.Normal("v ~ t"), SMALL)
    with pytest.raises(ml.MostLikelyError, match=said):
        fit.covariance(**options)


def test_hc1_of_as_many_coefficients_as_rows_is_no_number():
    """n/(n - k) has no value: nothing is left to tell the spread by."""
    fit = ml.fit(ml.Rayleigh("y ~ x + z"), {"x": [1, 2, 4], "z": [3, 1, 2], "y": [1.0, 2.0, 1.5]})
    assert np.isnan(fit.covariance("HC1")).all()
