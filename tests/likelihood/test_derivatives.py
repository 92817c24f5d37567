"""Sums over rows and their derivatives: against differences, however the rows are divided."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import mostlikely as ml
from mostlikely.likelihood import expected
from tests.likelihood.cases import DATA, MODELS, differences, likelihood, somewhere


@pytest.mark.parametrize("name", MODELS)
def test_scores_and_informations_are_the_derivatives(name):
    regression = likelihood(*MODELS[name])
    for seed in (0, 1):
        x = somewhere(regression, seed)
        at = regression(x)
        assert np.isfinite(at.value)
        assert at.value == pytest.approx(regression.value(x), rel=1e-13)
        np.testing.assert_allclose(regression.score(x), at.score, rtol=1e-12, atol=1e-11)
        size = 1.0 + np.abs(at.score).max()
        np.testing.assert_allclose(
            at.score, differences(regression.value, x, 1e-4), rtol=1e-6, atol=1e-7 * size
        )
        np.testing.assert_allclose(
            at.information,
            -differences(regression.score, x, 1e-4),
            rtol=1e-6,
            atol=1e-7 * (1.0 + np.abs(at.information).max()),
        )


@pytest.mark.parametrize("name", MODELS)
def test_sums_do_not_depend_on_how_rows_are_divided(name):
    regression = likelihood(*MODELS[name])
    x = somewhere(regression, 2)
    whole = regression(x)
    divided = likelihood(*MODELS[name])
    divided.__dict__["_step"] = 7
    at = divided(x)
    assert at.value == pytest.approx(whole.value, rel=1e-13)
    np.testing.assert_allclose(at.score, whole.score, rtol=1e-11, atol=1e-11)
    np.testing.assert_allclose(at.information, whole.information, rtol=1e-11, atol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_rows_scores_add_up_to_the_score(name):
    regression = likelihood(*MODELS[name])
    x = somewhere(regression, 3)
    kind = regression.sample.kind
    total = 0.0
    for scores, w in regression.row_scores(x):
        total = total + (scores.sum(axis=0) if w is None or kind == "precision" else w @ scores)
    np.testing.assert_allclose(total, regression.score(x), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", MODELS)
def test_parameters_and_coordinates_are_two_ways_of_saying_it(name):
    regression = likelihood(*MODELS[name])
    x = somewhere(regression, 4)
    natural = regression.natural(x)
    assert tuple(natural) == regression.names
    np.testing.assert_allclose(regression.linked(natural), x, rtol=1e-10, atol=1e-11)
    jacobian = differences(lambda p: np.array(list(regression.natural(p).values())), x, 1e-4)
    np.testing.assert_allclose(jacobian.T, regression.jacobian(x), rtol=1e-6, atol=1e-7)


def test_a_log_likelihood_is_the_sum_of_the_rows_log_densities():
    regression = likelihood(*MODELS["Normal, sigma too"])
    x = somewhere(regression, 5)
    p = regression.natural(x)
    g = np.array(DATA["g"])
    mu = p["mu", "Intercept"] + p["mu", "x"] * DATA["x"]
    mu = mu + p["mu", "g[T.b]"] * (g == "b") + p["mu", "g[T.c]"] * (g == "c")
    sigma = np.exp(p["sigma", "Intercept"] + p["sigma", "z"] * DATA["z"])
    expected = stats.norm.logpdf(DATA["y"], mu, sigma).sum()
    assert regression.value(x) == pytest.approx(expected, rel=1e-13)


def test_the_expected_information_of_a_canonical_link_is_the_observed_one():
    regression = likelihood(*MODELS["Poisson, offset and weights"])
    x = somewhere(regression, 6)
    np.testing.assert_allclose(
        regression.expected(x), regression(x).information, rtol=1e-10, atol=1e-10
    )


@pytest.mark.parametrize(
    ("model", "y"),
    [
        (ml.GeneralizedNormal("y ~ x", scale="~ x"), lambda e: e),
        (ml.InverseGamma("y ~ x"), np.exp),
        (ml.GEV("y ~ x"), lambda e: e),
    ],
)
def test_rows_that_differ_in_their_units_alone_have_one_expected_information(model, y, monkeypatch):
    """It is found for one row in its own units, and is then that of every row by itself."""
    rng = np.random.default_rng(2)
    x = rng.normal(size=30)
    fit = ml.fit(model, {"x": x, "y": y(0.5 * x + rng.gumbel(size=30))})
    asked = []
    one = expected.expected_information
    monkeypatch.setattr(expected, "expected_information", lambda *a: asked.append(a[1]) or one(*a))
    member = fit.evidence("a test").proof.likelihood.members[0]
    at = {k: np.exp(0.3 * rng.normal(size=4)) for k in member.family.parameters}
    at["shape" if "shape" in at else "xi"][:] = 0.6
    found = expected._each(member.family, at, 4)
    assert len(asked) == 1
    for i in range(4):
        row = {k: float(v[i]) for k, v in at.items()}
        want = one(member.family, row, list(member.family.free))
        np.testing.assert_allclose(found[i], want, rtol=1e-9, atol=1e-12)
