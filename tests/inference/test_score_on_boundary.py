"""The score of an estimate on the boundary: zero in what is infinite, one-sided at finite ends."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.errors import ModelError

N = 40
RNG = np.random.default_rng(0)
X = RNG.normal(size=N)
EVEN = RNG.uniform(-1.0, 1.0, N)
NARROW = np.r_[np.full(30, 3), [2, 4, 3, 3, 3, 4, 2, 3, 3, 3]]
LIGHT = np.sqrt(RNG.exponential(size=N))


@pytest.mark.parametrize("formula", [None, "y ~ x"])
@pytest.mark.parametrize(
    ("family", "given", "y", "lost"),
    [
        (ml.StudentT, {}, EVEN, "df"),
        (ml.Huber, {}, EVEN, "delta"),
        (ml.NegativeBinomial, {}, NARROW, "size"),
        (ml.BetaBinomial, {"n": 10}, NARROW, "precision"),
        (ml.Lomax, {}, LIGHT, "shape"),
    ],
)
def test_at_a_limit_the_score_is_zero(family, given, y, lost, formula):
    model = family(**given) if formula is None else family(formula, **given)
    fit = ml.fit(model, {"x": X, "y": y}, y=None if formula else "y")
    assert fit.verdict.kind == "boundary"
    score = fit.score()
    assert score[lost] == 0.0 and list(score) == list(fit.params)
    assert max(map(abs, score.values())) < 1e-8
    inside = {k: v for k, v in fit.params.items() if np.isfinite(v)}
    with pytest.raises(ModelError, match=r"no score|finite coefficients"):
        fit.score({k: v + 0.1 for k, v in inside.items()} or {lost: 0.0})


def test_at_a_finite_end_the_score_is_that_of_the_inside():
    assert ml.fit("bernoulli", np.zeros(N, int)).score()["p"] == pytest.approx(-N, rel=1e-7)
    assert ml.fit("geometric", np.zeros(N, int)).score()["p"] == pytest.approx(N, rel=1e-7)
    assert ml.fit("poisson", np.zeros(N, int)).score()["mean"] == pytest.approx(-N, rel=1e-7)


def test_of_large_samples_no_more_is_left_than_is_said():
    rng = np.random.default_rng(3)
    n = 60_000
    x = rng.normal(size=n)
    y = rng.poisson(np.exp(0.2 + 0.3 * x) * rng.gamma(2.0, 0.5, n))
    fit = ml.fit(ml.NegativeBinomial("y ~ x"), {"x": x, "y": y})
    score = np.array(list(fit.score().values()))
    left = 0.5 * score @ fit.covariance() @ score
    said = float(str(fit.verdict).split("less than ")[1].split()[0])
    assert left <= said < 1e-9
