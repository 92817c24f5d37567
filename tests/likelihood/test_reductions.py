"""Points that stand for rows: one sample for each distinct design row, and the same answers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.inference.covariance import COVARIANCES, covariance
from mostlikely.likelihood.build import build
from mostlikely.verdict.estimate import estimate

#: Designs of fewer entries than a quarter of a million are made orthogonal, and kept as they are.
N = 80_000
LEVELS = 4
GROUP = np.random.default_rng(1).integers(0, LEVELS, N)
ROWS_OF = [np.flatnonzero(np.equal(GROUP, k)) for k in range(LEVELS)]
LABELS = np.array(["a", "b", "c", "d"])[GROUP]
#: From one level to the next but two, a factor of 1e12.
MEANS = np.array([1e-6, 1.0, 1e3, 1e6])


def drawn(name):
    rng = np.random.default_rng(2)
    if name == "Gamma":
        return MEANS[GROUP] * rng.gamma(2.0 + GROUP, 1.0)
    if name == "Normal":
        return rng.normal(10.0 * GROUP, 1.0 + GROUP)
    if name == "Poisson":
        return rng.poisson(2.0 + 3.0 * GROUP).astype(float)
    mean = 2.0 + 3.0 * GROUP
    return rng.negative_binomial(1.5, 1.5 / (1.5 + mean)).astype(float)


def proved(model, y, **options):
    built = build(model, {"y": y, "g": LABELS, "x": np.linspace(-1.0, 1.0, N)}, **options)
    return estimate(built.loglik)


def few(proof):
    """Whether points stood for rows."""
    return proof.inner.member.original is not None and proof.inner.member.rows < N // 4


#: Every parameter follows the level, so that each level is a sample of its own.
EACH = {
    "Gamma": ml.Gamma("y ~ 0 + g", "~ 0 + g"),
    "Normal": ml.Normal("y ~ 0 + g", "~ 0 + g"),
    "Poisson": ml.Poisson("y ~ 0 + g"),
    "NegativeBinomial": ml.NegativeBinomial("y ~ 0 + g", "~ 0 + g"),
}


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
@pytest.mark.parametrize("name", EACH)
def test_levels_are_fitted_as_the_samples_that_they_are(name, weighted):
    y, model = drawn(name), EACH[name]
    w = np.random.default_rng(3).integers(1, 4, N).astype(float) if weighted else None
    proof = proved(model, y, weights=w)
    alone = [
        ml.fit(name.lower(), y[ROWS_OF[k]], weights=None if w is None else w[ROWS_OF[k]])
        for k in range(LEVELS)
    ]
    assert few(proof)
    assert proof.verdict.kind == "interior"
    assert proof.loglik == pytest.approx(sum(fit.loglik for fit in alone), rel=1e-13)
    for (parameter, term), value in proof.params.items():
        fit = alone["abcd".index(term[-2])]
        eta = fit.model.link(parameter).forward(np.float64(fit.params[parameter]))
        assert value == pytest.approx(float(eta), rel=1e-9)


def test_levels_twelve_orders_apart_are_climbed_and_not_only_begun():
    y = drawn("Gamma")
    for model in (EACH["Gamma"], ml.Gamma("y ~ g", "~ g"), ml.Gamma("y ~ g")):
        proof = proved(model, y)
        assert few(proof)
        assert proof.verdict.kind == "interior"
        assert proof.optimum.steps > 1
        assert np.abs(proof.optimum.travelled).max() > 1.0
        assert proof.loglik == pytest.approx(
            proof.inner.unreduced.value(proof.inner_optimum.x), rel=1e-13
        )
    means = list(proof.params.values())[1:LEVELS]
    log_means = np.log([y[ROWS_OF[k]].mean() for k in range(LEVELS)])
    assert means == pytest.approx(log_means[1:] - log_means[0], rel=1e-11)


def test_each_level_is_judged_by_itself():
    y = np.random.default_rng(7).normal(1e4 * GROUP, 1.0)
    proof = proved(EACH["Normal"], y)
    assert few(proof)  # by one mean and one deviation for all, the levels would show no spread
    means = [proof.params[key] for key in list(proof.params)[:LEVELS]]
    assert means == pytest.approx([y[rows].mean() for rows in ROWS_OF], rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("name", EACH)
def test_points_have_the_value_score_and_information_of_the_rows(name):
    proof = proved(EACH[name], drawn(name))
    small, whole = proof.inner, proof.inner.unreduced
    assert few(proof)
    assert whole.rows == N
    rng = np.random.default_rng(4)
    size = np.sqrt(np.diag(proof.inner_optimum.at.information))
    for step in (np.zeros(small.size), rng.normal(size=small.size) / size, 0.1 * small.units):
        ours, theirs = small(proof.inner_optimum.x + step), whole(proof.inner_optimum.x + step)
        assert ours.value == pytest.approx(theirs.value, rel=1e-12)
        assert np.abs((ours.score - theirs.score) / size).max() < 1e-9
        gap = (ours.information - theirs.information) / np.outer(size, size)
        assert np.abs(gap).max() < 1e-11


@pytest.mark.parametrize(
    ("model", "options"),
    [
        (ml.Normal("y ~ g"), {"weights": np.ones(N), "weight_kind": "precision"}),
        (ml.Normal("y ~ g + x"), {}),
        (ml.Normal("y ~ x"), {}),
        (ml.Normal("y ~ g", "~ x"), {}),
        (ml.Normal("y ~ g"), {"offset": np.linspace(0.0, 1.0, N)}),
        (ml.StudentT("y ~ g"), {}),
    ],
    ids=[
        "precisions",
        "factor and number",
        "number",
        "number for sigma",
        "offset",
        "no statistics",
    ],
)
def test_rows_that_no_few_points_can_stand_for_are_kept(model, options):
    y = GROUP + np.random.default_rng(5).standard_t(4.0, N)
    proof = proved(model, y, **options)
    assert proof.inner.member.original is None
    assert proof.inner.rows == N


def on_all_rows(proof):
    """The same proof, had every row been climbed."""
    whole, top = proof.inner.unreduced, proof.inner_optimum
    return replace(proof, inner=whole, inner_optimum=replace(top, at=whole(top.x)))


@pytest.mark.parametrize("name", EACH)
def test_errors_are_those_of_all_rows(name):
    proof = proved(EACH[name], drawn(name))
    assert few(proof)
    every = on_all_rows(proof)
    for kind in COVARIANCES:
        ours, theirs = covariance(proof, kind), covariance(every, kind)
        size = np.sqrt(np.diag(theirs))
        assert np.abs((ours - theirs) / np.outer(size, size)).max() < 1e-10, kind


@pytest.mark.parametrize("weighted", [False, True], ids=["", "weighted"])
def test_errors_of_levels_are_those_that_are_written_by_hand(weighted):
    y = drawn("Poisson")
    w = np.random.default_rng(6).integers(1, 4, N) * 1.0 if weighted else np.ones(N)
    proof = proved(EACH["Poisson"], y, weights=w if weighted else None)
    count = np.bincount(GROUP, w)
    total = np.bincount(GROUP, w * y)
    squares = np.bincount(GROUP, w * (y - (total / count)[GROUP]) ** 2)
    robust = squares / total**2  # log mean has the score y − m and the information m
    n = w.sum()
    expected = {"observed": 1.0 / total, "expected": 1.0 / total, "HC0": robust}
    expected |= {"sandwich": robust, "HC1": robust * n / (n - LEVELS)}
    for power, kind in ((1.0, "HC2"), (2.0, "HC3")):  # a row's leverage is one over its level's
        expected[kind] = robust / (1.0 - 1.0 / count) ** power
    for kind in COVARIANCES:
        found = covariance(proof, kind)
        assert np.diag(found) == pytest.approx(expected[kind], rel=1e-9), kind
