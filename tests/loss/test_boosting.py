"""Boosting objectives: derivatives, the libraries' own losses, shapes."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.loss.boosting import LEAST, _distinct, objective

RNG = np.random.default_rng(11)
# Single precision, as the libraries keep rows and labels: none rounds what another does not.
X = RNG.standard_normal((2000, 4)).astype(np.float32).astype(float)
COUNTS = RNG.poisson(np.exp(0.3 * X[:, 0] + 0.4 * np.abs(X[:, 1]))).astype(float)
NUMBERS = (X[:, 0] + RNG.standard_normal(len(X))).astype(np.float32).astype(float)
WEIGHTS = RNG.integers(1, 4, len(X)).astype(float)


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


def as_they_are(loss, y, raw):
    """Derivatives before any second one is lifted."""
    found = np.empty(raw.shape), np.empty(raw.shape)
    loss._block(y, raw, *found)
    return found


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


@pytest.mark.parametrize(
    ("family", "heads"),
    [
        (ml.Gamma(), [0.4, 1.1]),
        # a location and a scale: found at scale 1, and moved to where it is asked
        (ml.HyperbolicSecant(), [3.0, 1.1]),
        (ml.StudentT(), [3.0, 1.1, 1.5]),
        (ml.StudentT(sigma=2.5), [3.0, 1.5]),
        (ml.NegativeBinomial(), [0.5, 0.75]),
    ],
    ids=repr,
)
def test_expected_hessians_are_the_expectation_of_the_observed_ones(family, heads):
    raw = np.tile(heads, (200_000, 1))
    values = dict(zip(family.free, map(float, family.natural(heads)), strict=True))
    y = family.at(**values).sample(200_000, seed=2)
    mean = as_they_are(objective(family), y, raw)[1].mean(axis=0)
    found = objective(family, "expected").derivatives(y[:1], raw[:1])[1][0]
    np.testing.assert_allclose(found, mean, rtol=0.05)


def test_the_start_is_the_constant_fit():
    assert objective("poisson").start(COUNTS)[0] == pytest.approx(np.log(COUNTS.mean()), rel=1e-12)
    w = RNG.integers(1, 4, len(COUNTS))
    mean = np.average(COUNTS, weights=w)
    assert objective("poisson").start(COUNTS, w)[0] == pytest.approx(np.log(mean), rel=1e-12)


def test_the_start_is_the_constant_fit_in_any_unit_and_finite_on_an_edge():
    y = 1e6 * (40.0 + NUMBERS)  # a location has no bound
    start = objective("normal").start(y)
    np.testing.assert_allclose(start, [y.mean(), np.log(y.std())], rtol=1e-12)
    assert np.isfinite(objective("poisson").start(np.zeros(5))).all()  # its best mean is zero


def test_second_derivatives_are_in_the_unit_of_the_data_lifted_ones_too():
    y, raw = np.array([0.0, 10.0, 0.3]), np.zeros((3, 1))  # the second one is negative
    small, large = (
        objective(ml.StudentT(df=3.0, sigma=unit)).derivatives(unit * y, raw)[1]
        for unit in (1.0, 1e9)
    )
    np.testing.assert_allclose(1e18 * large, small, rtol=1e-12)


def test_points_of_a_grid_are_told_apart_and_expected_only_once(monkeypatch):
    places = np.round(8.0 * RNG.standard_normal((500, 2)))
    for shift in (0.0, [1e9, -1e9]):  # too far apart to be numbered
        rows = np.concatenate([places, places[:3] + shift])
        found, back = _distinct(rows)
        np.testing.assert_array_equal(found[back], rows)
        assert len(found) == len(np.unique(rows, axis=0))
    loss, raw = objective("negative_binomial", "expected"), np.tile([0.4, 0.7], (5, 1))
    y = np.arange(5.0)
    first = loss.derivatives(y, raw)[1]
    monkeypatch.setattr(loss, "_at", None)  # not asked again
    np.testing.assert_array_equal(loss.derivatives(y, raw)[1], first)


@pytest.mark.parametrize("weighted", [False, True])
def test_xgboosts_own_poisson_is_met_in_its_seven_digits(weighted):
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is an extra and is not installed")
    loss, w = objective("poisson"), WEIGHTS if weighted else None
    start = np.full(len(COUNTS), loss.start(COUNTS, w)[0])
    data = xgboost.DMatrix(X, COUNTS, weight=w, base_margin=start)
    common = {"max_depth": 3, "eta": 0.1, "nthread": 1}
    ours = xgboost.train(
        {**common, "base_score": 0.0, "disable_default_eval_metric": 1}, data, 20, obj=loss.xgboost
    )
    theirs = {"objective": "count:poisson", "max_delta_step": 0, "base_score": 1.0}
    builtin = xgboost.train({**common, **theirs}, data, 20)
    raw = ours.predict(data, output_margin=True)
    np.testing.assert_allclose(raw, builtin.predict(data, output_margin=True), rtol=0, atol=2e-7)
    name, value = loss.xgboost_metric(raw, data)
    assert name == "nll" and value < loss._mean(COUNTS, start, w)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("name", ["poisson", "regression"])
def test_lightgbms_own_losses_are_met(name, weighted):
    lightgbm = pytest.importorskip("lightgbm", reason="LightGBM is an extra and is not installed")
    poisson, w = name == "poisson", WEIGHTS if weighted else None
    loss = objective("poisson" if poisson else ml.Normal(sigma=1.0))
    y = COUNTS if poisson else NUMBERS
    start = np.full(len(y), loss.start(y, w)[0])
    common = {"num_leaves": 8, "verbose": -1, "num_threads": 1, "boost_from_average": False}

    def rows():
        return lightgbm.Dataset(X, y, weight=w, init_score=start, free_raw_data=False)

    ours = lightgbm.train({**common, "objective": loss.lightgbm}, rows(), 20)
    # 0.7 is added to its Hessian as a brake, which is no part of the likelihood
    theirs = {"objective": name, **({"poisson_max_delta_step": 1e-300} if poisson else {})}
    builtin = lightgbm.train({**common, **theirs}, rows(), 20)
    # weighted sums of a constant Hessian are added up in single precision
    atol = 1e-7 if weighted and not poisson else 1e-12
    raw = ours.predict(X, raw_score=True)
    np.testing.assert_allclose(raw, builtin.predict(X, raw_score=True), rtol=0, atol=atol)
    assert loss.lightgbm_metric(start + raw, rows().construct())[2] is False


def test_catboosts_own_poisson_is_met_and_several_outputs_learn(tmp_path):
    catboost = pytest.importorskip("catboost", reason="CatBoost is not installed")
    common = {
        "iterations": 10, "depth": 3, "learning_rate": 0.1, "verbose": False, "thread_count": 1,
        "allow_writing_files": False, "bootstrap_type": "No", "random_strength": 0,
        "leaf_estimation_iterations": 1, "train_dir": str(tmp_path),
    }  # fmt: skip
    plain = {"leaf_estimation_method": "Gradient", "score_function": "L2"}
    loss, two, raw = objective("poisson"), objective("normal"), []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of numba, which it would like
        for asked in ({"loss_function": loss.catboost(), "eval_metric": loss.catboost_metric()},
                      {"loss_function": "Poisson"}):  # fmt: skip
            model = catboost.CatBoostRegressor(
                **common, **plain, boost_from_average=False, **asked
            ).fit(X, COUNTS)
            raw.append(model.predict(X, prediction_type="RawFormulaVal"))
        both = catboost.CatBoostRegressor(
            **common, loss_function=two.catboost(), eval_metric=two.catboost_metric()
        ).fit(X, np.column_stack([NUMBERS, NUMBERS]))
        learned = np.asarray(both.predict(X, prediction_type="RawFormulaVal"))
    np.testing.assert_allclose(*raw, rtol=0, atol=1e-12)
    assert two.losses(NUMBERS, learned).mean() < two.losses(NUMBERS, 0.0 * learned).mean()


@pytest.mark.parametrize("hessian", ["observed", "expected"])
def test_a_weight_of_two_is_a_row_twice(hessian):
    loss = objective("gamma", hessian)
    y, raw = np.array([1.0, 3.0]), np.array([[0.2, 0.5], [0.1, -0.4]])
    once, weighted = loss(y, raw), loss(y, raw, [1.0, 2.0])
    for one, two in zip(once, weighted, strict=True):
        assert two.shape == raw.shape
        np.testing.assert_array_equal(two, one * [[1.0], [2.0]])


def test_several_outputs_take_rows_of_raw_numbers():
    xgboost = pytest.importorskip("xgboost", reason="XGBoost is an extra and is not installed")
    loss = objective("normal", "expected")
    start = np.tile(loss.start(NUMBERS), (len(X), 1))
    data = xgboost.DMatrix(X, NUMBERS, base_margin=start)
    settings = {"num_target": 2, "base_score": 0.0, "disable_default_eval_metric": 1, "nthread": 1}
    raw = xgboost.train(settings, data, 20, obj=loss.xgboost).predict(data, output_margin=True)
    assert raw.shape == (len(X), 2)
    assert loss.losses(NUMBERS, raw).mean() < loss.losses(NUMBERS, start).mean() - 0.1


def test_catboost_climbs_what_the_others_descend():
    loss = objective("poisson")
    pairs = loss.catboost().calc_ders_range([0.0, 1.0], [4.0, 1.0], [1.0, 2.0])
    np.testing.assert_allclose(pairs, [[3.0, -1.0], [2.0 * (1.0 - np.e), -2.0 * np.e]])
    total, weight = loss.catboost_metric().evaluate([[0.0, 1.0]], [4.0, 1.0], None)
    assert total == pytest.approx(loss.losses([4.0, 1.0], [0.0, 1.0]).sum()) and weight == 2.0


def test_second_derivatives_that_are_negative_are_lifted():
    loss = objective(ml.StudentT(df=3.0, sigma=1.0))
    y, raw = np.array([0.0, 10.0, 0.3]), np.zeros((3, 1))
    assert as_they_are(loss, y, raw)[1].min() < 0.0  # far out the density is not log-concave
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


@pytest.mark.parametrize("family", [ml.Gamma(), ml.Normal(sigma=2.0), ml.StudentT()], ids=repr)
def test_the_noise_of_an_objective_is_its_family(family):
    loss = objective(family)
    noise = ml.noise_of(loss)
    assert noise.family == family and noise.predicts == family.free and noise.factor == 1.0
    y, raw = draws(family)
    shown = raw[:, 0] if loss.outputs == 1 else raw
    np.testing.assert_allclose(noise(y, shown), loss.losses(y, raw), rtol=1e-13)
    slopes = noise.gradient(y, shown).reshape(raw.shape)
    np.testing.assert_allclose(slopes, loss.derivatives(y, raw)[0], rtol=1e-12, atol=1e-13)
    with pytest.raises(ml.ModelError, match="leave out sigma"):
        ml.noise_of(loss, sigma=2.0)


def test_what_an_objective_holds_fixed_can_be_estimated():
    noise = ml.noise_of(objective(ml.Normal(sigma=1.0)))
    assert noise.held == "sigma = 1"
    # the root of the mean squared error, (1 + 4 + 0)/3
    found = noise.estimate([1.0, 5.0, 2.0], [0.0, 3.0, 2.0]).params["sigma"]
    assert found == pytest.approx(np.sqrt(5.0 / 3.0), rel=1e-9)


def test_what_a_person_chose_is_not_estimated():
    y, f = np.array([1.0, 5.0, 2.0]), np.array([0.0, 3.0, 2.5])
    quantile = ml.noise_of(objective(ml.AsymmetricLaplace(scale=1.0, quantile=0.9))).estimate(y, f)
    assert list(quantile.params) == ["scale"]
    # the mean pinball loss at 0.9, of the residuals 1, 2 and -0.5
    assert quantile.params["scale"] == pytest.approx((0.9 + 1.8 + 0.05) / 3.0, rel=1e-9)
    with pytest.raises(ml.ModelError, match="AsymmetricLaplace"):
        ml.noise_of(objective(ml.AsymmetricLaplace(quantile=0.9))).estimate(y, f)


def test_a_row_that_has_no_derivative_does_not_spoil_the_others():
    loss = objective("poisson")
    y, raw = np.array([1.0, 2.0, 0.0, 3.0]), np.array([0.0, 0.1, np.nan, 800.0])
    grad, hess = loss(y, raw)
    assert np.isfinite(grad).all() and np.isfinite(hess).all() and np.all(hess > 0.0)
    alone = loss(y[:2], raw[:2])
    np.testing.assert_array_equal(grad[:2], alone[0])
    np.testing.assert_array_equal(hess[:2], alone[1])
