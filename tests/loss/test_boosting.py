"""Boosting objectives: derivatives, the libraries' own losses, shapes."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.loss.boosting import LEAST, objective

RNG = np.random.default_rng(11)
X = RNG.standard_normal((2000, 4))
COUNTS = RNG.poisson(np.exp(0.3 * X[:, 0] + 0.4 * np.abs(X[:, 1]))).astype(float)


def made(family):
    try:
        return family()
    except ml.ModelError:
        return family(n=10)


FAMILIES = [f for f in map(made, ml.families()) if f.free and not f.labels]


def draws(family, n=40):
    """Raw numbers in the typical range of each parameter, and a response of each row."""
    ends = [[float(family.link(k).forward(v)) for v in family.parameters[k].typical]
            for k in family.free]  # fmt: skip
    raw = np.column_stack([RNG.uniform(min(e), max(e), n) for e in ends])
    values = family.natural(list(raw.T))
    arguments = family.arguments(dict(zip(family.free, values, strict=True)))
    rows = [[float(np.broadcast_to(a, (n,))[i]) for a in arguments] for i in range(n)]
    y = [family.sample(RNG, 1, *row)[0] for row in rows]
    return np.asarray(y, dtype=float), raw


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
def test_gradients_are_those_of_the_loss(family):
    loss = objective(family)
    y, raw = draws(family)
    grad, _ = loss.derivatives(y, raw)
    for i in range(loss.outputs):
        step = np.zeros(loss.outputs)
        step[i] = 1e-6
        with np.errstate(all="ignore"):
            slope = (loss.losses(y, raw + step) - loss.losses(y, raw - step)) / 2e-6
        seen = np.isfinite(slope)
        assert seen.mean() > 0.8
        size = 1.0 + np.abs(slope[seen])
        # a corner or an edge of the support may lie within a step of a draw or two
        off = np.abs(grad[seen, i] - slope[seen]) > 1e-4 * size
        assert off.sum() <= 2 * bool(family.nonsmooth), family


@pytest.mark.parametrize("family", FAMILIES, ids=lambda f: f.name)
@pytest.mark.parametrize("hessian", ["observed", "expected"])
def test_hessians_are_positive(family, hessian):
    y, raw = draws(family, 20)
    try:
        hess = objective(family, hessian).derivatives(y, raw)[1]
    except ml.ModelError as error:  # no expected information at all, as of a Pareto's minimum
        pytest.skip(str(error))
    assert hess.shape == raw.shape
    assert np.isfinite(hess).all() and np.all(hess > 0.0)


def test_expected_hessians_are_the_expectation_of_the_observed_ones():
    loss, observed = objective("gamma", "expected"), objective("gamma")
    raw = np.tile([0.4, 1.1], (200_000, 1))
    y = ml.Gamma().at(mean=float(np.exp(0.4)), shape=float(np.exp(1.1))).sample(200_000, seed=2)
    mean = observed._block(y, raw)[1].mean(axis=0)
    np.testing.assert_allclose(loss.derivatives(y[:1], raw[:1])[1][0], mean, rtol=0.05)


def test_the_start_is_the_constant_fit():
    assert objective("poisson").start(COUNTS)[0] == pytest.approx(np.log(COUNTS.mean()), rel=1e-12)
    w = RNG.integers(1, 4, len(COUNTS))
    mean = np.average(COUNTS, weights=w)
    assert objective("poisson").start(COUNTS, w)[0] == pytest.approx(np.log(mean), rel=1e-12)


def test_xgboosts_own_poisson_is_met_in_its_seven_digits():
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is an extra and is not installed")
    loss, w = objective("poisson"), RNG.uniform(0.5, 2.0, len(COUNTS))
    data = xgboost.DMatrix(X, COUNTS, weight=w)
    data.set_base_margin(np.full(len(COUNTS), loss.start(COUNTS)[0]))
    common = {"max_depth": 3, "eta": 0.1, "base_score": 0.0, "nthread": 1}
    ours = xgboost.train({**common, "disable_default_eval_metric": 1}, data, 20, obj=loss.xgboost)
    theirs = {**common, "objective": "count:poisson", "max_delta_step": 0}
    theirs["base_score"] = 1.0
    builtin = xgboost.train(theirs, data, 20)
    np.testing.assert_allclose(
        ours.predict(data, output_margin=True), builtin.predict(data, output_margin=True), atol=2e-6
    )
    name, value = loss.xgboost_metric(ours.predict(data, output_margin=True), data)
    assert name == "nll" and value < -np.mean(ml.fit("poisson", COUNTS).loglik) / len(COUNTS)


def test_lightgbms_own_squared_error_is_met():
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra and is not installed")
    y = X[:, 0] + RNG.standard_normal(len(X))
    loss = objective(ml.Normal(sigma=1.0))
    common = {"num_leaves": 8, "verbose": -1, "num_threads": 1, "boost_from_average": False}
    data = lightgbm.Dataset(X, y, free_raw_data=False)
    ours = lightgbm.train({**common, "objective": loss.lightgbm}, data, 20)
    again = lightgbm.Dataset(X, y, free_raw_data=False)
    builtin = lightgbm.train({**common, "objective": "regression"}, again, 20)
    np.testing.assert_allclose(ours.predict(X, raw_score=True), builtin.predict(X), atol=1e-6)
    assert loss.lightgbm_metric(ours.predict(X, raw_score=True), data)[2] is False


def test_catboost_climbs_what_the_others_descend():
    loss = objective("poisson")
    pairs = loss.catboost().calc_ders_range([0.0, 1.0], [4.0, 1.0], [1.0, 2.0])
    np.testing.assert_allclose(pairs, [[3.0, -1.0], [2.0 * (1.0 - np.e), -2.0 * np.e]])
    total, weight = loss.catboost_metric().evaluate([[0.0, 1.0]], [4.0, 1.0], None)
    assert total == pytest.approx(loss.losses([4.0, 1.0], [0.0, 1.0]).sum()) and weight == 2.0


def test_second_derivatives_that_are_negative_are_lifted():
    loss = objective(ml.StudentT(df=3.0, sigma=1.0))
    y, raw = np.array([0.0, 10.0, 0.3]), np.zeros((3, 1))
    assert loss._block(y, raw)[1].min() < 0.0  # far out the density is not log-concave
    hess = loss.derivatives(y, raw)[1]
    assert np.all(hess >= 0.99 * LEAST * np.abs(hess).mean())


def test_what_does_not_fit_is_said():
    with pytest.raises(ml.DataError, match="needs 2 raw numbers for each of 3 rows"):
        objective("normal")([1.0, 2.0, 3.0], [0.0, 0.0, 0.0])
    with pytest.raises(ml.ModelError, match="has predictors of its own"):
        objective(ml.Poisson("y ~ x"))
    with pytest.raises(ml.ModelError, match="no free parameter"):
        objective(ml.Poisson(mean=2.0))
    with pytest.raises(ml.ModelError, match="there is no Hessian 'exact'"):
        objective("poisson", "exact")
