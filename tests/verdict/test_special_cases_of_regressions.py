"""A regression whose supremum lies in a special case of its family ends there, and says so."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize

import mostlikely as ml

RNG = np.random.default_rng(1)
N = 60
X, U = RNG.uniform(-1.0, 1.0, N), RNG.uniform(-1.0, 1.0, N)
DATA = {
    "x": X,
    "level": 1.0 + X + U,
    "times": np.exp(X) * RNG.gamma(3.0, 1.0 / 3.0, N),
    "lives": np.exp(X) * RNG.weibull(2.0, N),
    "few": np.round(np.exp(1.0 + X)),
    "k": RNG.binomial(20, 1.0 / (1.0 + np.exp(-0.5 - X))),
    "calm": 1.0 + X + np.tile([-1.0, -0.3, 0.3, 1.0], N // 4),
}

#: (model, its limit, where, the parameter of the limit for each of the model's that stays finite)
CASES = {
    "Huber": (
        ml.Huber("level ~ x"),
        ml.Normal("level ~ x"),
        {"delta": np.inf},
        {("mu", "Intercept"): ("mu", "Intercept"), ("mu", "x"): ("mu", "x"), "scale": "sigma"},
    ),
    "Lomax": (
        ml.Lomax("times ~ x"),
        ml.Exponential("times ~ x"),
        {"shape": np.inf, ("scale", "Intercept"): np.inf},
        {("scale", "x"): ("mean", "x")},
    ),
    "Burr12": (
        ml.Burr12("lives ~ x"),
        ml.Weibull("lives ~ x"),
        {"d": np.inf, ("scale", "Intercept"): np.inf},
        {("scale", "x"): ("scale", "x"), "c": "shape"},
    ),
    "NegativeBinomial, size too": (
        ml.NegativeBinomial("few ~ x", size="~ x"),
        ml.Poisson("few ~ x"),
        {("size", "Intercept"): np.inf},
        {("mean", "Intercept"): ("mean", "Intercept"), ("mean", "x"): ("mean", "x")},
    ),
    "StudentT, df too": (
        ml.StudentT("calm ~ x", df="~ x"),
        ml.Normal("calm ~ x"),
        {("df", "Intercept"): np.inf},
        {("mu", "x"): ("mu", "x"), "sigma": "sigma"},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_limit_s_own_fit_is_the_estimate(case):
    model, limit, ends, same = CASES[case]
    fit, special = ml.fit(model, DATA), ml.fit(limit, DATA)
    assert (fit.verdict.kind, fit.verdict.ok) == ("boundary", True), str(fit.verdict)
    assert limit.name in str(fit.verdict)
    assert fit.loglik == pytest.approx(special.loglik, rel=1e-10)
    for key, end in ends.items():
        assert fit.params[key] == end
        assert np.isnan(fit.standard_errors[key])
    for key, theirs in same.items():
        error = special.standard_errors[theirs]
        assert fit.params[key] == pytest.approx(special.params[theirs], abs=1e-6 * error)
        assert fit.standard_errors[key] == pytest.approx(error, rel=1e-6)


def test_a_beta_binomial_without_extra_scatter_is_a_binomial():
    model = ml.BetaBinomial("k ~ x", n=20)
    fit, special = ml.fit(model, DATA), ml.fit(ml.Binomial("k ~ x", n=20), DATA)
    assert fit.verdict.kind == "boundary" and fit.params["precision"] == np.inf
    assert fit.loglik == pytest.approx(special.loglik, rel=1e-10)
    assert fit.params["mean", "x"] == pytest.approx(special.params["p", "x"], rel=1e-7)


def test_flat_errors_about_a_line_have_the_least_largest_residual():
    fit = ml.fit(ml.GeneralizedNormal("level ~ x"), DATA)
    assert (fit.verdict.kind, fit.params["shape"]) == ("boundary", np.inf), str(fit.verdict)

    def largest(b):
        return np.abs(DATA["level"] - b[0] - b[1] * X).max()

    starts = [(1.0 + a, 1.0 + b) for a in (-0.2, 0.0, 0.2) for b in (-0.2, 0.0, 0.2)]
    options = {"xatol": 1e-10, "fatol": 1e-12, "maxiter": 4000}
    found = min(
        minimize(largest, start, method="Nelder-Mead", options=options).fun for start in starts
    )
    assert fit.params["scale"] <= found * (1.0 + 1e-9)
    assert fit.params["scale"] == pytest.approx(found, rel=1e-5)
    line = fit.params["mu", "Intercept"], fit.params["mu", "x"]
    assert largest(line) == pytest.approx(fit.params["scale"], rel=1e-12)
    assert fit.loglik == pytest.approx(-N * np.log(2.0 * fit.params["scale"]), rel=1e-12)


def test_a_maximum_a_little_above_the_limit_that_the_climb_came_to_is_found():
    x = np.array([
        0.5, 0.9, 0.0, -0.1, -0.8, 0.9, 0.1, -0.1, -0.4, 0.5, -0.3, 2.0, -1.0, -1.2, 3.1, -0.6,
        -0.3, 1.3, -0.5, 0.4, -0.7, 1.3, 0.8, 0.1, -2.3, -0.4, 0.8, -1.3, 0.7, -0.4, 1.9, 1.3,
        0.1, 0.6, 0.5, 0.4, -0.4, -0.9, 0.3, -0.1,
    ])  # fmt: skip
    y = np.array([
        -5.497, -5.211, -5.151, -6.043, -7.201, -4.575, -5.353, -5.484, -5.247, -6.203, -4.645,
        -1.032, -6.211, -6.853, 2.256, -6.491, -4.688, -1.418, -5.476, -7.335, -4.557, -0.726,
        -1.79, -4.877, -8.718, -5.55, -5.287, -7.264, -2.661, -4.302, -0.857, -0.733, -3.429,
        -3.622, -3.767, -4.23, -5.241, -4.355, -2.29, -4.131,
    ])  # fmt: skip
    normal = ml.fit(ml.Normal("y ~ x"), {"x": x, "y": y})
    huber = ml.fit(ml.Huber("y ~ x"), {"x": x, "y": y})
    assert huber.verdict.kind == "interior"
    assert 1e-4 < huber.loglik - normal.loglik < 1e-2
