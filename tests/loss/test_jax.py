"""Every family as a pure function for JAX, against jets and NumPy."""

from __future__ import annotations

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.family import families
from mostlikely.family.base import Family
from tests.loss.by_jets import as_given, by_jets, gap, with_classes
from tests.truths.cases import draws, laws

jax = pytest.importorskip("jax", reason='JAX is an extra: pip install "mostlikely[jax]"')
jnp = jax.numpy
every_family = pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)


@pytest.fixture(autouse=True)
def _in_float64():
    with jax.enable_x64(True):
        yield


@every_family
@pytest.mark.parametrize(("dtype", "allowed"), [("float64", 1e-12), ("float32", 1e-5)])
def test_value_and_gradient_are_the_jets(family: type[Family], dtype: str, allowed: float) -> None:
    for law in laws(family):
        y, eta, value, grad, _ = by_jets(law, 200)
        heads, y = jnp.asarray(as_given(eta), dtype=dtype), jnp.asarray(y, dtype=dtype)
        loss = ml.loss(with_classes(law.family), framework="jax", reduction="none")
        found, back = jax.vjp(lambda h, loss=loss, y=y: loss(h, y), heads)
        (slope,) = back(jnp.ones_like(found))
        assert found.dtype == slope.dtype == dtype
        assert gap(found, value) < allowed, law
        assert gap(slope, grad) < allowed, law


@every_family
def test_jit_vmap_and_grad_of_one_row_are_the_same(family: type[Family]) -> None:
    law = laws(family)[0]
    y, eta, _, grad, hess = by_jets(law, 20)
    one = ml.loss(with_classes(law.family), framework="jax", reduction="sum")
    slopes = jax.jit(jax.vmap(jax.grad(one)))(jnp.asarray(as_given(eta)), jnp.asarray(y))
    assert gap(slopes, grad) < 1e-12
    if len(one.reading.kept.steps) < 100:  # XLA takes minutes over the long ones
        bends = jax.vmap(jax.hessian(one))(jnp.asarray(as_given(eta)), jnp.asarray(y))
        assert gap(bends, hess) < 1e-11


@every_family
def test_no_nan_at_far_heads(family: type[Family]) -> None:
    law = laws(family)[0]
    y = np.unique(draws(law))[::40]
    loss = jax.jit(
        jax.value_and_grad(ml.loss(with_classes(law.family), framework="jax", reduction="sum"))
    )
    for far in (-1e4, -50.0, 50.0, 1e4):
        for k in range(len(law.family.free)):
            heads = np.array(by_jets(law, len(y))[1])
            heads[:, k] = far
            value, slope = loss(jnp.asarray(as_given(heads)), jnp.asarray(y))
            assert not np.isnan(value), (k, far)
            assert not np.isnan(slope).any(), (k, far)


@every_family
def test_natural_values_are_numpys(family: type[Family]) -> None:
    law = laws(family)[1]
    y = draws(law)[:50]
    loss = ml.loss(with_classes(law.family), framework="jax", reduction="sum", natural=True)
    values = {k: law.values[k] for k in law.family.free}
    assert gap(loss(values, y), -np.sum(law.log_prob(y))) < 1e-12


def test_words_mean_what_they_mean_for_pytorch() -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is an extra")
    rng = np.random.default_rng(3)
    heads, y, w = rng.normal(size=(30, 2)), rng.normal(size=30), rng.random(30)
    for reduction in ("mean", "sum", "none"):
        for normalised in (True, False):
            for beta in (None, 0.5):
                options = {"reduction": reduction, "normalised": normalised, "beta": beta}
                ours = ml.loss(ml.Normal(), framework="jax", **options)(heads, y, weight=w)
                theirs = ml.loss(ml.Normal(), **options)
                given = (torch.tensor(x) for x in (heads, y, w))
                a, b, c = given
                assert gap(ours, theirs(a, b, weight=c).numpy()) < 1e-13, options


def test_it_says_what_it_was_asked_for() -> None:
    loss = ml.loss(ml.Normal(), framework="jax", beta=0.5, normalised=False)
    assert repr(loss) == "Loss(Normal(), normalised=False, beta=0.5, framework='jax')"
    noise = ml.noise_of(loss)
    assert noise.factor is None and noise.relation == "sigma^1 · nll + c"


def test_logits_of_all_labels_are_taken() -> None:
    rng = np.random.default_rng(5)
    logits, y = rng.normal(size=(40, 3)), rng.integers(0, 3, 40)
    loss = ml.loss(ml.Categorical(levels=["a", "b", "c"]), framework="jax")
    exact = -np.mean(np.asarray(jax.nn.log_softmax(logits))[np.arange(40), y])
    assert gap(loss(logits, y), exact) < 1e-13
    assert gap(loss(logits[:, 1:] - logits[:, :1], y), exact) < 1e-13


def test_half_precision_is_computed_in_float32() -> None:
    loss = ml.loss(ml.Gamma(), framework="jax")
    found = loss(jnp.zeros((5, 2), dtype=jnp.bfloat16), jnp.ones(5, dtype=jnp.bfloat16))
    assert found.dtype == jnp.float32


def test_training_ends_where_a_fit_does() -> None:
    y = draws(ml.Gamma().at(mean=3.0, shape=2.0), 400)
    loss = ml.loss(ml.Gamma(), framework="jax", reduction="sum")
    of = jax.jit(lambda t: loss(jnp.broadcast_to(t, (400, 2)), y))
    theta = jnp.log(jnp.array([y.mean(), 1.0]))
    for _ in range(30):
        theta = theta - jnp.linalg.solve(jax.hessian(of)(theta), jax.grad(of)(theta))
    exact = list(ml.fit(ml.Gamma(), y).params.values())
    assert np.allclose(np.exp(theta), exact, rtol=1e-7)


@pytest.mark.parametrize(
    ("heads", "y", "sentence"),
    [
        (np.zeros((4, 1)), np.ones(4), r"an input of shape \(4, 1\) does not fit a target"),
        (np.zeros((4, 2)), np.ones((4, 1)), r"does not fit a target of shape \(4, 1\)"),
        (np.zeros((4, 2)), -np.ones(4), "under Gamma a target is positive; got -1"),
        (np.full((4, 2), np.nan), np.ones(4), "the head of mean is NaN in 4 of 4 rows"),
        (np.zeros((4, 2)), np.ones(4, int), r"pass target.astype\(float\)"),
        (np.zeros((4, 2)), [1.0] * 4, "the target must be an array; got list"),
        ([np.zeros(4)], np.ones(4), "the input holds 1 arrays for 2 parameters"),
        (np.zeros((0, 2)), np.ones(0), "the batch is empty"),
    ],
)
def test_bad_input_is_refused_with_pytorchs_sentences(heads, y, sentence: str) -> None:
    with pytest.raises(ml.DataError, match=sentence):
        ml.loss(ml.Gamma(), framework="jax")(heads, y)


def test_weights_are_looked_at() -> None:
    loss = ml.loss(ml.Poisson(), framework="jax")
    with pytest.raises(ml.DataError, match="weights must be zero or positive"):
        loss(np.zeros(3), np.ones(3), weight=-np.ones(3))
    with pytest.raises(ml.DataError, match="all weights are zero"):
        loss(np.zeros(3), np.ones(3), weight=np.zeros(3))


@pytest.mark.parametrize("classes", [2, 5])
def test_a_categorical_takes_its_classes_from_the_head(classes):
    rng = np.random.default_rng(classes)
    logits, labels = rng.normal(size=(30, classes)), rng.integers(classes, size=30)
    ours = ml.loss(ml.Categorical(), framework="jax")(jnp.asarray(logits), jnp.asarray(labels))
    chosen = jax.nn.log_softmax(jnp.asarray(logits))[np.arange(30), labels]
    assert float(ours) == pytest.approx(-float(chosen.mean()), rel=1e-5)


@pytest.mark.parametrize(
    ("logits", "labels", "cure"),
    [
        ((4, 3, 6), (4, 6), r"jnp.moveaxis\(input, 1, -1\)"),
        ((6, 3), (6, 1), r"target.squeeze\(-1\)"),
        ((6, 3), (6, 3), r"target.argmax\(-1\)"),
        ((6,), (6,), r"ml.Bernoulli\(\)"),
    ],
)
def test_shapes_that_do_not_fit_are_answered_with_what_would(logits, labels, cure):
    loss = ml.loss(ml.Categorical(), framework="jax")
    with pytest.raises(ml.DataError, match=cure):
        loss(jnp.zeros(logits), jnp.zeros(labels, dtype=int))


def test_classes_are_counted_under_transforms():
    logits, labels = jnp.zeros((6, 4)), jnp.zeros(6, dtype=int)
    loss = ml.loss(ml.Categorical(), framework="jax")
    assert float(jax.jit(loss)(logits, labels)) == pytest.approx(np.log(4.0), rel=1e-6)
    slope = jax.grad(loss)(logits, labels)
    assert np.asarray(slope[0]) == pytest.approx(np.array([-0.75, 0.25, 0.25, 0.25]) / 6, rel=1e-5)
