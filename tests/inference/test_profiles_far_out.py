"""Profiles whose others run off, that jump, or that end beside what has no bound."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import cauchy

import mostlikely as ml
from mostlikely.likelihood.loglikelihood import LogLikelihood
from tests.inference.test_intervals import CHI2


@pytest.fixture
def looks(monkeypatch):
    """Evaluations with derivatives, one by one."""
    seen = []
    looked = LogLikelihood.__call__
    monkeypatch.setattr(
        LogLikelihood, "__call__", lambda self, x: seen.append(1) or looked(self, x)
    )
    return seen


# Growth that has not bent yet: a / (1 + exp((b − x) / c)), whose asymptote lies beyond the data.


def grown(seed: int, n: int, last: float) -> dict[str, np.ndarray]:
    x = np.linspace(0.2, last, n)
    noise = np.random.default_rng(seed).normal(0.0, 0.2, n)
    return {"x": x, "y": 10.0 / (1.0 + np.exp(5.0 - x)) + noise}


def logistic(d, a, b, c):
    return a / (1.0 + np.exp((b - d["x"]) / c))


def lost(rows: dict[str, np.ndarray], b: float, c: float) -> float:
    """The log-likelihood that is lost, but for a constant; the best a is a quotient."""
    x, y = rows["x"], rows["y"]
    shape = 1.0 / (1.0 + np.exp(np.clip((b - x) / c, -300.0, 300.0)))
    return 0.5 * len(y) * np.log(np.sum((y - (y @ shape) / (shape @ shape) * shape) ** 2))


def least(one, low: float, high: float) -> float:
    """The least of a function of one number, from a grid and a search beside its best."""
    grid = np.linspace(low, high, 300)
    i = int(np.argmin([one(g) for g in grid]))
    ends = grid[max(i - 1, 0)], grid[min(i + 1, 299)]
    return minimize_scalar(one, bounds=ends, method="bounded", options={"xatol": 1e-11}).fun


#: What is lost at best where one of the numbers is held.
HELD = {
    "b": lambda rows, b: least(lambda s: lost(rows, b, np.exp(s)), -3.0, 3.0),
    "c": lambda rows, c: least(lambda b: lost(rows, b, c), -2.0, 60.0),
}


def fitted(rows):
    start = {"a": 8.0, "b": 4.0, "c": 1.0}
    return ml.fit(ml.Normal(mu=ml.nonlinear(logistic, start=start)), rows, y="y")


def test_growth_whose_asymptote_is_beyond_the_data_has_ends_of_brute_force():
    rows = grown(1, 15, 4.0)
    fit = fitted(rows)
    assert fit.verdict.kind == "interior"
    ends = {k: fit.interval(("mu", k), method="profile") for k in "abc"}
    assert 0.0 < ends["a"][0] < ends["a"][1] == ends["b"][1] == np.inf
    top = lost(rows, fit.params["mu", "b"], fit.params["mu", "c"])
    for key, end in (("b", ends["b"][0]), ("c", ends["c"][0]), ("c", ends["c"][1])):
        assert 2.0 * (HELD[key](rows, end) - top) == pytest.approx(CHI2, abs=1e-5)


def test_growth_that_is_exponential_has_no_maximum_and_a_profile_of_its_rate():
    """As a and b grow the curve becomes an exponential; where c is smaller they need not."""
    rows = grown(0, 15, 4.0)
    fit = fitted(rows)
    assert fit.verdict.kind == "no maximum"
    assert {"mu[a]", "mu[b]"} == set(fit.verdict.parameters)
    top = least(lambda c: lost(rows, 100.0, c), 0.8, 2.0)
    assert fit.loglik == pytest.approx(-top - 7.5 * np.log(2.0 * np.pi * np.e / 15.0), abs=1e-6)
    for end in fit.interval(("mu", "c"), method="profile"):
        assert 2.0 * (HELD["c"](rows, end) - top) == pytest.approx(CHI2, abs=1e-5)


# Ends that are decided, not marched to.


def test_beside_what_has_no_bound_an_open_end_takes_few_looks(looks):
    """Of two values, t with df < 1 and its centre at one of them has no bound."""
    fit = ml.fit("student_t", [1.0, 0.7])
    looks.clear()
    assert fit.interval("df", method="profile") == (0.0, np.inf)
    assert len(looks) < 1_500


def test_what_separated_rows_leave_open_takes_few_looks(looks):
    """Two labels at one x: nothing is known of the slope of the one against the other."""
    rows = {"y": ["a", "b", "c"], "x": [0.1, 0.1, 3.0]}
    fit = ml.fit(ml.Categorical("y ~ x"), rows)
    looks.clear()
    ends = fit.interval(method="profile")
    assert ends["p[b]", "x"] == ends["p[b]", "Intercept"] == (-np.inf, np.inf)
    assert ends["p[c]", "x"][1] == np.inf
    assert len(looks) < 2_000


# Steps that jump.

#: Samples, scales and levels: from its lower maximum the profile of a Cauchy location falls
#: by less than the quantile before it rises above it.
JUMPED = [
    ([-0.297, 2.714, 2.763, 2.61], 0.03, 0.999),
    ([0.0, 0.1, 1.0, 1.02, 1.04], 0.1, 0.999),
    ([0.0, 0.5, 0.52, 0.51], 0.05, 0.999),
]


@pytest.mark.parametrize(("y", "scale", "level"), JUMPED)
def test_a_higher_maximum_between_two_steps_is_said(y, scale, level):
    fit = ml.fit(ml.Cauchy(scale=scale), y, start={"mu": y[0]})
    grid = np.linspace(min(y), max(y), 2_001)
    assert cauchy.logpdf(np.array(y)[:, None], grid, scale).sum(0).max() > fit.loglik + 0.1
    with pytest.raises(ml.ModelError, match="the likelihood is higher where mu is"):
        fit.interval("mu", level=level, method="profile")
