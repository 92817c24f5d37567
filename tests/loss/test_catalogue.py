"""Which noise a loss assumes: names, relations, reasons; PyTorch's own losses are the reference."""

from __future__ import annotations

import re

import mpmath
import numpy as np
import pytest

import mostlikely as ml
from benchmarks.marked import between
from mostlikely.loss.catalogue import CATALOGUE, plain
from tests.loss import agreement

CASES = agreement.cases()
#: What rounding may leave of 1 + |loss|.
ROUNDING = 1e-13
Y, F = np.array([1.5, 0.25, 4.0]), np.array([1.0, 2.0, 3.5])


# Values and gradients.


@pytest.mark.underflows  # the extreme draws
@pytest.mark.parametrize("case", CASES, ids=lambda c: c.shown)
@pytest.mark.parametrize("extreme", [False, True], ids=["ordinary", "extreme"])
def test_family_gives_value_and_gradient_of_the_loss_of_pytorch(case, extreme):
    pytest.importorskip("torch", reason="PyTorch is an optional extra")
    value, gradient = agreement.differences(case, extreme)
    assert value < ROUNDING and gradient < ROUNDING


@pytest.mark.underflows  # the extreme draws
def test_table_of_the_guide_is_what_its_script_makes():
    pytest.importorskip("torch", reason="PyTorch is an optional extra")
    shown = between(agreement.PAGE.read_text("utf-8"), "agreement")
    made = agreement.agreement()
    numbers = re.compile(r"(?<= )\d(?:e-\d+)?(?= \|)")
    assert [numbers.sub("", line) for line in shown] == [numbers.sub("", line) for line in made]
    assert all(float(n) < ROUNDING for line in (*shown, *made) for n in numbers.findall(line))


def test_metrics_of_scikit_learn_are_the_families():
    pytest.importorskip("sklearn", reason="scikit-learn is an optional extra")
    numbers = [
        float(n)
        for n in re.findall(r" (\d(?:e-\d+)?) \|", "\n".join(agreement.sklearn_agreement()))
    ]
    assert len(numbers) == 2 * len(agreement.sklearn_cases())
    assert max(numbers) < ROUNDING


def test_dictionary_of_the_guide_is_what_its_script_makes():
    shown = between(agreement.PAGE.read_text("utf-8"), "dictionary")
    assert shown == agreement.dictionary()


@pytest.mark.parametrize("r", [0.0, 1e-9, 0.3, -2.0, 30.0, 1e4])
def test_log_cosh_is_the_hyperbolic_secant(r):
    with mpmath.workdps(40):
        wanted = float(mpmath.log(mpmath.cosh(r))), float(mpmath.tanh(-mpmath.mpf(r)))
    noise = ml.noise_of("log_cosh")
    assert noise([r], [0.0])[0] == pytest.approx(wanted[0], rel=1e-13, abs=1e-15)
    assert noise.gradient([r], [0.0])[0] == pytest.approx(wanted[1], rel=1e-13, abs=1e-15)


def test_mean_squared_error_is_the_lessons_relation():
    """mse = 2σ²/n · nll - σ² log(2πσ²), by hand."""
    sigma, n = 1.7, len(Y)
    nll = -ml.log_likelihood(ml.Normal(sigma=sigma), Y - F, mu=0.0)
    mse = 2.0 * sigma**2 / n * nll - sigma**2 * np.log(2.0 * np.pi * sigma**2)
    assert mse == pytest.approx(np.mean((Y - F) ** 2), rel=1e-13)
    noise = ml.noise_of("mse", sigma=sigma)
    assert noise.factor == pytest.approx(2.0 * sigma**2)
    assert noise.constant(Y)[0] == pytest.approx(-(sigma**2) * np.log(2.0 * np.pi * sigma**2))


@pytest.mark.parametrize(
    ("name", "option", "values"),
    [
        ("mse", "sigma", (0.1, 3.0)),
        ("mae", "scale", (0.1, 3.0)),
        ("huber", "scale", (0.1, 3.0)),
        ("smooth_l1_loss", "scale", (0.1, 3.0)),
        ("pinball", "scale", (0.1, 3.0)),
        ("gamma", "shape", (0.5, 9.0)),
        ("inverse_gaussian_deviance", "shape", (0.5, 9.0)),
        ("msle", "sigma", (0.1, 3.0)),
    ],
)
def test_what_is_held_does_not_move_the_loss(name, option, values):
    one, other = (ml.noise_of(name, **{option: v}) for v in values)
    assert one.factor != other.factor
    np.testing.assert_allclose(one(Y, F), other(Y, F), rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(one.gradient(Y, F), other.gradient(Y, F), rtol=1e-12)


# Estimating what was held.


@pytest.mark.parametrize(
    ("name", "parameter", "wanted"),
    [
        ("mse", "sigma", np.sqrt(np.mean((Y - F) ** 2))),
        ("mae", "scale", np.mean(np.abs(Y - F))),
        ("pinball", "scale", np.mean(np.where(Y > F, 0.5, -0.5) * (Y - F))),
        ("inverse_gaussian_deviance", "shape", 1.0 / np.mean((Y - F) ** 2 / (Y * F**2))),
    ],
)
def test_what_was_held_is_estimated_as_the_words_say(name, parameter, wanted):
    fit = ml.noise_of(name).estimate(Y, F)
    assert list(fit.params) == [parameter]
    assert fit.params[parameter] == pytest.approx(wanted, rel=1e-6)


def test_both_of_huber_are_estimated():
    r = ml.Huber(delta=1.0).at(mu=0, scale=2.0).sample(20_000, seed=1)
    fit = ml.noise_of("huber").estimate(r, np.zeros_like(r))
    for name, truth in (("scale", 2.0), ("delta", 1.0)):
        assert abs(fit.params[name] - truth) < 4.0 * fit.standard_errors[name]


def test_nothing_to_estimate_is_said():
    with pytest.raises(ml.ModelError, match="nothing is fixed"):
        ml.noise_of("cross_entropy").estimate([0.0], [0.0])
    with pytest.raises(ml.ModelError, match="No likelihood"):
        ml.noise_of("hinge").estimate(Y, F)


# The best prediction is the optimum of the loss.


@pytest.mark.parametrize(
    ("name", "options", "optimum"),
    [
        ("mse", {}, np.mean),
        ("mae", {}, np.median),
        ("pinball", {"quantile": 0.8}, lambda y: np.quantile(y, 0.8, method="inverted_cdf")),
        ("gamma", {}, np.mean),
        ("poisson deviance", {}, None),
        ("msle", {}, lambda y: np.exp(np.mean(np.log1p(y))) - 1.0),
        ("huber", {"delta": 1e6}, np.mean),
        ("huber", {"delta": 1e-6}, np.median),
    ],
)
def test_optimum_is_what_it_is_said_to_be(name, options, optimum):
    y = np.random.default_rng(5).gamma(2.0, 1.5, 101)
    y, optimum = (np.rint(y), np.mean) if optimum is None else (y, optimum)
    noise = ml.noise_of(name, **options)
    best = float(optimum(y))
    there, *beside = (noise(y, np.full(101, f)).sum() for f in (best, best * 1.01, best * 0.99))
    assert there < min(beside)


# Names.


@pytest.mark.parametrize("entry", CATALOGUE, ids=lambda e: e.name)
def test_entry_says_everything(entry):
    noise = ml.noise_of(entry.name)
    assert noise.loss == entry.name and entry.formula and entry.optimum
    assert bool(noise.reason) == (noise.family is None)
    assert (noise.factor is None) == (noise.family is None)
    if noise.family is not None:
        assert noise.relation and (noise.held == "nothing") == (
            "nothing is" in noise.how_to_estimate
        )
    text = str(noise)
    assert noise.optimum.split()[0] in text and noise._repr_html_()
    assert repr(noise).startswith("<Noise of ")


def test_names_of_one_framework_are_unique():
    for framework in {f for entry in CATALOGUE for f in entry.names}:
        owners = {}
        for entry in CATALOGUE:
            for word in entry.names.get(framework, ()):
                assert owners.setdefault(plain(word), entry) is entry, word


def test_every_loss_of_pytorch_is_known():
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    classes = [n for n in dir(torch.nn) if n.endswith("Loss")]
    functions = [
        n
        for n in dir(torch.nn.functional)
        if n.endswith(("_loss", "cross_entropy", "_with_logits", "kl_div"))
    ]
    assert len(classes) > 20 and len(functions) > 15
    for name in classes:
        assert ml.noise_of(getattr(torch.nn, name)) == ml.noise_of(name)
    for name in functions:
        assert ml.noise_of(getattr(torch.nn.functional, name)) == ml.noise_of(name)


def test_modules_of_pytorch_say_their_options():
    torch = pytest.importorskip("torch", reason="PyTorch is an optional extra")
    nn = torch.nn
    assert ml.noise_of(nn.HuberLoss(delta=2.5)).family == ml.Huber(scale=1, delta=2.5)
    assert ml.noise_of(nn.SmoothL1Loss(beta=0)).family == ml.Laplace(scale=1)
    assert ml.noise_of(nn.PoissonNLLLoss(log_input=False)).link == "identity"
    assert ml.noise_of(nn.PoissonNLLLoss()).link == "log"
    assert ml.noise_of(nn.CrossEntropyLoss(label_smoothing=0.1)).loss == "label smoothing"
    assert ml.noise_of(nn.GaussianNLLLoss(full=True)).constant(Y).tolist() == [0.0] * 3


def test_estimators_of_scikit_learn_are_read():
    pytest.importorskip("sklearn", reason="scikit-learn is an optional extra")
    from sklearn import ensemble, linear_model, svm

    wanted = {
        linear_model.LinearRegression(): ml.Normal(sigma=1),
        linear_model.QuantileRegressor(quantile=0.9): ml.AsymmetricLaplace(scale=1, quantile=0.9),
        linear_model.TweedieRegressor(power=1): ml.Poisson(),
        linear_model.TweedieRegressor(power=1.5): None,
        linear_model.SGDClassifier(): None,
        linear_model.LogisticRegression(): ml.Bernoulli(),
        ensemble.HistGradientBoostingRegressor(loss="gamma"): ml.Gamma(shape=1),
        ensemble.GradientBoostingRegressor(loss="absolute_error"): ml.Laplace(scale=1),
        svm.SVR(): None,
    }
    for estimator, family in wanted.items():
        assert ml.noise_of(estimator).family == family, estimator


def stand_in(name: str, module: str, **said: object) -> object:
    """What an object of a library looks like to one who has not imported it."""
    return type(name, (), {"__module__": module, **said})()


def test_libraries_are_recognised_without_them():
    boosted = stand_in("XGBRegressor", "xgboost.sklearn")
    boosted.objective = "reg:absoluteerror"
    assert ml.noise_of(boosted).family == ml.Laplace(scale=1)
    light = stand_in("LGBMRegressor", "lightgbm.sklearn")
    light.objective, light.alpha = "huber", 0.9
    assert ml.noise_of(light).family == ml.Huber(scale=1, delta=0.9)
    light.objective = None
    assert ml.noise_of(light).loss == "squared error"
    cat = stand_in("CatBoostRegressor", "catboost.core")
    cat.loss_function = "Quantile:alpha=0.25"
    assert ml.noise_of(cat).family == ml.AsymmetricLaplace(scale=1, quantile=0.25)
    assert ml.noise_of(stand_in("FocalLoss", "my_model")).family is None
    keras = stand_in("Poisson", "keras.src.losses")
    assert ml.noise_of(keras).loss == "Poisson negative log-likelihood"


def test_one_word_means_another_thing_elsewhere():
    assert ml.noise_of("cross_entropy").family.name == "Categorical"
    light = stand_in("LGBMClassifier", "lightgbm.sklearn")
    light.objective = "cross_entropy"
    assert ml.noise_of(light).family == ml.Bernoulli()
    trees = stand_in("RandomForestRegressor", "sklearn.ensemble")
    trees.criterion = "poisson"
    assert ml.noise_of(trees).loss == "Poisson deviance"
    assert ml.noise_of("poisson").loss == "Poisson negative log-likelihood"


def test_powers_of_tweedie_are_families():
    names = [ml.noise_of("tweedie", power=p).family for p in (0, 1, 1.5, 2, 3)]
    assert [f and f.name for f in names] == ["Normal", "Poisson", None, "Gamma", "InverseGaussian"]


def test_margins_do_not_normalise():
    """The numbers in the reasons, by hand."""
    hinge = lambda f: sum(np.exp(-max(0.0, 1.0 - y * f)) for y in (-1, 1))  # noqa: E731
    squared = lambda f: sum(np.exp(-(max(0.0, 1.0 - y * f) ** 2)) for y in (-1, 1))  # noqa: E731
    for noise, law in ((ml.noise_of("hinge"), hinge), (ml.noise_of("squared_hinge"), squared)):
        assert f"{law(0.0):.3f}" in noise.reason and f"{law(1.0):.3f}" in noise.reason


# What cannot be.


@pytest.mark.parametrize(
    ("loss", "options", "sentence"),
    [
        ("msee", {}, "did you mean 'mse'"),
        ("my own loss", {}, "there is no loss 'my own loss'"),
        ("huber", {"detla": 2}, "did you mean 'delta'"),
        ("huber", {"delta": -1}, "delta must be a number above 0"),
        ("huber", {"delta": "wide"}, "delta must be a number"),
        ("pinball", {"quantile": 1.5}, "above 0 and below 1"),
        (3.0, {}, "a loss is a name"),
        (None, {}, "a loss is a name"),
    ],
)
def test_what_makes_no_sense_is_refused(loss, options, sentence):
    with pytest.raises(ml.ModelError, match=re.escape(sentence)):
        ml.noise_of(loss, **options)


@pytest.mark.parametrize(
    ("name", "y", "f"),
    [
        ("mse", np.zeros(3), np.zeros((3, 1))),
        ("mse", np.zeros((3, 1)), np.zeros(3)),
        ("mse", np.zeros(3), np.zeros(4)),
        ("mse", 1.0, 1.0),
        ("cross_entropy", np.zeros(3), np.zeros(3)),
        ("cross_entropy", np.array([0.0, 7.0]), np.zeros((2, 3))),
        ("gaussian_nll_loss", np.zeros(3), np.zeros((3, 3))),
    ],
)
def test_shapes_are_never_broadcast(name, y, f):
    with pytest.raises(ml.DataError):
        ml.noise_of(name)(y, f)


def test_catalogue_imports_no_library(monkeypatch):
    import sys

    for package in ("torch", "sklearn", "xgboost", "lightgbm", "catboost", "keras"):
        monkeypatch.setitem(sys.modules, package, None)
    loss = stand_in("MSELoss", "torch.nn.modules.loss")
    assert ml.noise_of(loss).family == ml.Normal(sigma=1)
