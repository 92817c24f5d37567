"""The losses of PyTorch are ours: the lesson's lines; parameters, weights and what is refused."""

from __future__ import annotations

import re

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.family.base import Family
from mostlikely.loss.reading import Reading
from tests.docs.pages import ROOT, examples
from tests.loss.test_torch import gap, pytestmark  # noqa: F401 (PyTorch complains of itself)

torch = pytest.importorskip("torch", reason='PyTorch is an extra: pip install "mostlikely[torch]"')
F = torch.nn.functional


# The lesson's lines, and their neighbours.

RNG = np.random.default_rng(20)
X, Y = (torch.tensor(RNG.normal(size=500)) for _ in range(2))
BITS = torch.tensor(RNG.integers(0, 2, 500) * 1.0)
COUNTS = torch.tensor(RNG.poisson(4.0, 500) * 1.0)
LOGITS, LABELS = torch.tensor(RNG.normal(size=(500, 5))), torch.tensor(RNG.integers(0, 5, 500))
HALF_LOG_2PI = 0.5 * np.log(2.0 * np.pi)


def equal(a: object, b: object, *leaves: object) -> None:
    """Value and gradients."""
    assert abs((a - b).item()) < 1e-12 * (1.0 + abs(b.item()))
    for leaf in leaves:
        da, db = (torch.autograd.grad(v, leaf, retain_graph=True)[0] for v in (a, b))
        assert torch.allclose(da, db, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("sigma", [1.0, 2.5])
def test_mse_is_normal_with_fixed_sigma(sigma: float) -> None:
    """mse = 2σ²/n · nll + constant, the constant -σ² (2 log σ + log 2π)."""
    mu = X.clone().requires_grad_()
    nll = ml.loss(ml.Normal(sigma=sigma), reduction="sum")(mu, Y)
    constant = -(sigma**2) * 2.0 * (np.log(sigma) + HALF_LOG_2PI)
    equal(2.0 * sigma**2 / len(Y) * nll + constant, F.mse_loss(mu, Y), mu)


def test_binary_cross_entropy_is_bernoulli() -> None:
    eta = (5.0 * X).requires_grad_()
    equal(ml.loss(ml.Bernoulli())(eta, BITS), F.binary_cross_entropy_with_logits(eta, BITS), eta)
    p = torch.sigmoid(X).requires_grad_()
    equal(ml.loss(ml.Bernoulli(), natural=True)(p, BITS), F.binary_cross_entropy(p, BITS), p)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("levels", [2, 3, 5, 40])
def test_cross_entropy_is_categorical(levels: int, reduction: str) -> None:
    logits = torch.tensor(RNG.normal(size=(60, levels)) * 3.0, requires_grad=True)
    labels = torch.tensor(RNG.integers(0, levels, 60))
    loss = ml.loss(ml.Categorical(levels=range(levels)), reduction=reduction)
    equal(loss(logits, labels), F.cross_entropy(logits, labels, reduction=reduction), logits)
    ratios = (logits[:, 1:] - logits[:, :1]).detach().requires_grad_()
    padded = F.cross_entropy(F.pad(ratios, (1, 0)), labels, reduction=reduction)
    equal(loss(ratios, labels), padded, ratios)


def test_cross_entropy_of_images() -> None:
    logits, labels = torch.randn(2, 7, 3, 4, dtype=torch.float64), torch.randint(0, 4, (2, 7, 3))
    found = ml.loss(ml.Categorical(levels=range(4)))(logits, labels)
    equal(found, F.cross_entropy(logits.movedim(-1, 1), labels))


def test_readme_lines_print_zeros(capsys: pytest.CaptureFixture[str]) -> None:
    exec(compile(examples(ROOT / "README.md", "py"), "README.md", "exec"), {})
    assert capsys.readouterr().out.split() == 3 * ["0.000000000000"]


@pytest.mark.parametrize(
    ("family", "piece"),
    [
        (ml.Normal(sigma=2), F.mse_loss),
        (ml.Laplace(scale=2), F.l1_loss),
        (ml.Bernoulli(), F.binary_cross_entropy_with_logits),
    ],
)
def test_formula_is_recognised_as_a_loss_of_pytorch(family: Family, piece: object) -> None:
    fused = ml.loss(family).reading.fused
    assert fused is not None
    assert fused[0] is piece


def test_l1_is_laplace() -> None:
    mu = X.clone().requires_grad_()
    equal(ml.loss(ml.Laplace(scale=1.0))(mu, Y) - np.log(2.0), F.l1_loss(mu, Y), mu)


def test_gaussian_and_poisson_losses_of_pytorch() -> None:
    mu, log_sigma = X.clone().requires_grad_(), (0.3 * Y).requires_grad_()
    theirs = F.gaussian_nll_loss(mu, Y, torch.exp(2.0 * log_sigma), full=True)
    equal(ml.loss(ml.Normal())([mu, log_sigma], Y), theirs, mu, log_sigma)
    short = ml.loss(ml.Poisson(), normalised=False)
    equal(short(mu, COUNTS), F.poisson_nll_loss(mu, COUNTS), mu)
    one = ml.loss(ml.Poisson())(torch.tensor([0.0]), torch.tensor([5.0]))
    assert one.item() == pytest.approx(1.0 + np.log(120.0), rel=1e-6)  # Stirling's is 1.017 less


@pytest.mark.parametrize("beta", [0.0, 0.5, 1.0])
def test_beta_weights_rows_by_the_variance(beta: float) -> None:
    """Seitzer et al. 2022, eq. 5, written out."""
    mu, log_sigma = X.clone().requires_grad_(), (0.3 * Y).requires_grad_()
    variance = torch.exp(2.0 * log_sigma)
    plain = 0.5 * ((Y - mu) ** 2 / variance + torch.log(variance)) + HALF_LOG_2PI
    theirs = (plain * variance.detach() ** beta).mean()
    equal(ml.loss(ml.Normal(), beta=beta)([mu, log_sigma], Y), theirs, mu, log_sigma)


def test_beta_needs_a_scale() -> None:
    with pytest.raises(ml.ModelError, match="no such pair"):
        ml.loss(ml.Poisson(), beta=0.5)
    with pytest.raises(ml.ModelError, match="between 0 and 1"):
        ml.loss(ml.Normal(), beta=2.0)


# Parameters, weights.


def test_heads_by_place_name_and_matrix_agree() -> None:
    matrix = torch.stack([X, 0.2 * Y], -1)
    loss = ml.loss(ml.Normal())
    wanted = loss(matrix, Y)
    assert loss([X, 0.2 * Y], Y) == wanted
    assert loss(X, 0.2 * Y, Y) == wanted == loss(X, 0.2 * Y, target=Y)
    with pytest.raises(ml.DataError, match="heads and a target"):
        loss(matrix)
    assert loss({"sigma": 0.2 * Y, "mu": X}, Y) == wanted
    natural = ml.loss(ml.Normal(), natural=True)({"mu": X, "sigma": torch.exp(0.2 * Y)}, Y)
    assert torch.allclose(natural, wanted, rtol=1e-14)


def test_one_number_may_serve_all_rows() -> None:
    log_sigma = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    shared = ml.loss(ml.Normal())([X, log_sigma], Y)
    equal(shared, ml.loss(ml.Normal())([X, log_sigma.expand(500)], Y), log_sigma)


def test_known_numbers_may_differ_by_row() -> None:
    tries = torch.tensor(RNG.integers(5, 9, 500) * 1.0)
    y = torch.minimum(COUNTS, tries)
    found = ml.loss(ml.Binomial(n="tries"), reduction="none")({"p": X, "n": tries}, y)
    p = 1.0 / (1.0 + np.exp(-X.numpy()))
    assert gap(found, -ml.Binomial.log_prob(y.numpy(), p, tries.numpy())) < 1e-13


def test_weighted_mean_is_over_the_weights() -> None:
    weight = torch.tensor(RNG.integers(0, 4, 500) * 1.0)
    rows = ml.loss(ml.Normal(), reduction="none")([X, 0.2 * Y], Y)
    found = {
        kind: ml.loss(ml.Normal(), reduction=kind)([X, 0.2 * Y], Y, weight=weight)
        for kind in ("mean", "sum", "none")
    }
    assert found["mean"].item() == pytest.approx((weight @ rows / weight.sum()).item(), rel=1e-14)
    assert found["sum"].item() == pytest.approx((weight @ rows).item(), rel=1e-14)
    assert torch.allclose(found["none"], weight * rows, rtol=1e-14)
    again = weight.long()
    repeated = ml.loss(ml.Normal())(
        [X.repeat_interleave(again), 0.2 * Y.repeat_interleave(again)], Y.repeat_interleave(again)
    )
    assert found["mean"].item() == pytest.approx(repeated.item(), rel=1e-13)


def test_reductions_of_a_plain_loss_agree() -> None:
    for family, heads, y in ((ml.Normal(sigma=2), X, Y), (ml.Bernoulli(), X, BITS)):
        rows = ml.loss(family, reduction="none")(heads, y)
        assert ml.loss(family)(heads, y).item() == pytest.approx(rows.mean().item(), rel=1e-13)
        total = ml.loss(family, reduction="sum")(heads, y)
        assert total.item() == pytest.approx(rows.sum().item(), rel=1e-13)


def test_head_has_an_output_for_each_free_parameter() -> None:
    layer = ml.head(ml.StudentT(df=4), 6)
    assert (layer.in_features, layer.out_features) == (6, 2)
    raw = layer(torch.randn(11, 6))
    values = layer.parameters_of(raw)
    assert list(values) == ["mu", "sigma"]
    assert torch.equal(values["mu"], raw[:, 0])
    assert torch.allclose(values["sigma"], torch.exp(raw[:, 1]))
    assert ml.head(ml.Categorical(levels=["a", "b", "c"]), 3).out_features == 2


@pytest.mark.parametrize("family", [ml.Poisson(), ml.Categorical(levels=[0, 1])])
def test_head_of_one_parameter_has_the_targets_shape(family: Family) -> None:
    layer = ml.head(family, 6)
    raw, y = layer(torch.randn(11, 6)), torch.ones(11)
    assert raw.shape == y.shape
    (value,) = layer.parameters_of(raw).values()
    assert value.shape == y.shape
    found = ml.loss(family)(raw, y)
    assert found.item() == pytest.approx(ml.loss(family)([raw], y).item(), rel=1e-6)


@pytest.mark.parametrize("width", [0, -1, 2.5, "8"])
def test_a_width_that_is_none_is_refused(width: object) -> None:
    with pytest.raises(ml.ModelError, match=r"in_features .* 1 or more"):
        ml.head(ml.Normal(), width)


class Own(ml.Family):
    """A user's own, in NumPy's words."""

    mu = ml.Param(ml.domains.real, "centre")
    sigma = ml.Param(ml.domains.positive, "scale")

    def log_prob(y, mu, sigma):
        z = (y - mu) / sigma
        return np.where(z > 0.0, -z, z) - np.log(sigma) - np.log(2.0)


def test_a_family_of_ones_own_in_numpy_calls_is_a_loss() -> None:
    theirs = ml.loss(ml.Laplace())([X, 0.2 * Y], Y)
    equal(ml.loss(Own())([X, 0.2 * Y], Y), theirs)


# What is refused, each with a sentence.

NORMAL, COLUMN = ml.Normal(), torch.zeros(3, 1)
REFUSED = {
    "a column of heads against a row": (NORMAL, COLUMN, torch.zeros(3), "nothing is broadcast"),
    "a column of one parameter's heads against a row": (
        ml.Poisson(), COLUMN, torch.zeros(3), r"nothing is broadcast; .*input\.squeeze\(-1\)",
    ),
    "a row of heads against a column": (
        ml.Poisson(), torch.zeros(3), COLUMN, r"input of shape \(3,\) .* target of shape \(3, 1\)",
    ),
    "a matrix against its transpose": (NORMAL, torch.zeros(2, 3), torch.zeros(3), "does not fit"),
    "parts of another shape": (
        NORMAL, [COLUMN, torch.zeros(3)], torch.zeros(3), r"mu has shape \(3, 1\)",
    ),
    "a part of one entry": (
        NORMAL, [torch.zeros(3), torch.zeros(1)], torch.zeros(3), "sigma has shape",
    ),
    "too many parts": (NORMAL, [torch.zeros(3)] * 3, torch.zeros(3), "3 tensors for 2 parameters"),
    "an unknown name": (
        NORMAL, {"mu": COLUMN, "sgima": COLUMN}, COLUMN, "did you mean 'sigma'",
    ),
    "a name too few": (NORMAL, {"mu": COLUMN}, COLUMN, "the input has no sigma"),
    "no tensor": (NORMAL, torch.zeros(3, 2), [1.0, 2.0, 3.0], "target must be a tensor; got list"),
    "whole numbers for amounts": (
        NORMAL, torch.zeros(3, 2), torch.tensor([1, 2, 3]), r"target is int64.*target\.float\(\)",
    ),
    "a negative count": (
        ml.Poisson(), torch.zeros(3), torch.tensor([1.0, -2.0, 3.0]), r"a count.*-2 \(row 1\)",
    ),
    "half a count": (
        ml.Poisson(), torch.zeros(2), torch.tensor([1.0, 2.5]), r"2\.5 \(row 1\)",
    ),
    "a label that is none": (
        ml.Categorical(levels=[*"abc"]), torch.zeros(2, 3), torch.tensor([1, 3]), r"3 \(row 1\)",
    ),
    "a soft label": (
        ml.Bernoulli(), torch.zeros(2), torch.tensor([0.0, 0.9]), r"0 or 1; got 0\.9 \(row 1\)",
    ),
    "a missing target": (
        NORMAL, torch.zeros(2, 2), torch.tensor([0.0, np.nan]), r"real number; got nan \(row 1\)",
    ),
    "zero for an amount": (
        ml.Gamma(), torch.zeros(2, 2), torch.tensor([0.0, 1.0]), r"positive; got 0 \(row 0\)",
    ),
    "a head that is no number": (
        NORMAL, torch.tensor([[0.0, 0.0], [0.0, np.nan]]), torch.zeros(2), "sigma is NaN in 1 of 2",
    ),
    "an infinite head": (
        NORMAL, torch.tensor([[0.0, 0.0], [np.inf, 0.0]]), torch.zeros(2), "mu is infinite in 1",
    ),
    "an empty batch": (NORMAL, torch.zeros(0, 2), torch.zeros(0), "batch is empty"),
    "heads of whole numbers": (NORMAL, torch.zeros(3, 2).int(), torch.zeros(3), "heads are floats"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_with_a_sentence(case: str) -> None:
    family, heads, y, sentence = REFUSED[case]
    with pytest.raises(ml.DataError, match=sentence):
        ml.loss(family)(heads, y)


def test_bad_weights_are_refused() -> None:
    loss, heads, y = ml.loss(ml.Normal()), torch.zeros(3, 2), torch.zeros(3)
    with pytest.raises(ml.DataError, match="all weights are zero"):
        loss(heads, y, weight=torch.zeros(3))
    with pytest.raises(ml.DataError, match="zero or positive; they reach from -1"):
        loss(heads, y, weight=torch.tensor([1.0, -1.0, 0.0]))
    with pytest.raises(ml.DataError, match=r"weight has shape \(3, 1\)"):
        loss(heads, y, weight=torch.ones(3, 1))


def test_natural_values_outside_their_domain_are_refused() -> None:
    with pytest.raises(ml.DataError, match=r"sigma must be positive.*natural=False"):
        ml.loss(ml.Normal(), natural=True)([X, Y], Y)


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        (ml.Normal(mu=0, sigma=1), "no free parameter"),
        (ml.Normal("y ~ x"), "in training the network is the formula"),
        (ml.Categorical("y ~ x"), "in training the network is the formula"),
        ("gama", "did you mean 'Gamma'"),
        (3, "a model is a family"),
    ],
)
def test_models_that_are_no_loss_are_refused(model: object, sentence: str) -> None:
    for word in (ml.loss, lambda m: ml.head(m, 3)):
        with pytest.raises(ml.ModelError, match=re.escape(sentence)):
            word(model)


def test_unknown_reduction_is_refused() -> None:
    with pytest.raises(ml.ModelError, match="did you mean 'mean'"):
        ml.loss("normal", reduction="meen")


def test_nobody_looks_unless_asked() -> None:
    assert torch.isnan(
        ml.loss(ml.Normal(), validate_args=False)(torch.zeros(2, 2), torch.tensor([0.0, np.nan]))
    )


@pytest.mark.parametrize(
    "family", [ml.StudentT(), ml.Normal(sigma=2.0), ml.Categorical(levels=range(3))], ids=repr
)
def test_the_noise_of_a_loss_is_its_family(family):
    noise = ml.noise_of(ml.loss(family))
    assert noise.family == family and noise.predicts == family.free
    k = len(family.free)
    shape = (4,) if k == 1 else (4, k)
    heads = torch.linspace(-1.0, 1.0, 4 * k, dtype=torch.float64).reshape(shape)
    y = torch.tensor([0.0, 1.0, 2.0, 1.0], dtype=torch.float64)
    target = y.long() if family.labels else y
    found = ml.loss(family, reduction="none")(heads, target).numpy()
    np.testing.assert_allclose(noise(y.numpy(), heads.numpy()), found, rtol=1e-12)


def test_the_noise_of_a_changed_loss_says_what_was_changed():
    weighted = ml.noise_of(ml.loss(ml.Normal(), beta=0.5))
    assert weighted.factor is None and weighted.relation == "sigma^1 · nll"
    with pytest.raises(ml.ModelError, match="call the loss itself"):
        weighted([1.0], [[0.0, 0.0]])
    short = ml.noise_of(ml.loss(ml.Poisson(), normalised=False))
    assert short.dropped == "the terms that no free parameter enters"
    with pytest.raises(ml.ModelError, match="normalised=True"):
        short([1.0], [0.0])


@pytest.mark.parametrize(
    ("family", "most"),
    [
        (ml.StudentT(), 160),
        (ml.Gamma(), 90),
        (ml.GeneralizedGamma(), 110),
        (ml.GeneralizedNormal(), 105),
        (ml.NegativeBinomial(), 180),
        (ml.Beta(), 230),
    ],
    ids=str,
)
def test_a_loss_takes_few_steps(family: Family, most: int) -> None:
    """Each costs some microseconds forward and back, however few the rows."""
    assert len(readable_steps(family)) <= most


def readable_steps(family: Family) -> list[object]:
    from mostlikely.loss.program import Program

    return Reading(family, False, False, Program).kept.steps


# Classes that the head has.


@pytest.mark.parametrize("classes", [2, 3, 5, 40])
def test_a_categorical_takes_its_classes_from_the_head(classes):
    torch.manual_seed(classes)
    logits = torch.randn(50, classes, dtype=torch.float64, requires_grad=True)
    labels = torch.randint(classes, (50,))
    ours, theirs = ml.loss(ml.Categorical())(logits, labels), F.cross_entropy(logits, labels)
    assert ours.item() == pytest.approx(theirs.item(), rel=1e-12)
    slopes = [torch.autograd.grad(loss, logits)[0].numpy() for loss in (ours, theirs)]
    assert slopes[0] == pytest.approx(slopes[1], rel=1e-10, abs=1e-14)


def test_logits_that_do_not_fit_are_refused_with_both_shapes_and_the_cure():
    loss = ml.loss(ml.Categorical())
    with pytest.raises(ml.DataError, match=r"shape \(6, 3\) do not fit labels of shape \(5,\)"):
        loss(torch.randn(6, 3), torch.zeros(5, dtype=torch.int64))
    with pytest.raises(ml.DataError, match=r"target.argmax\(-1\)"):
        loss(torch.randn(6, 3), torch.eye(3)[[0, 1, 2, 0, 1, 2]])
    with pytest.raises(ml.ModelError, match=r"levels=range\(K\)\), 8"):
        ml.head(ml.Categorical(), 8)


@pytest.mark.parametrize("named", [False, True])
@pytest.mark.parametrize(
    ("logits", "labels", "cure"),
    [
        ((4, 3, 6), (4, 6), r"input.movedim\(1, -1\)"),
        ((3, 6), (6,), r"input.movedim\(0, -1\)"),
        ((6, 3), (6, 1), r"target.squeeze\(-1\)"),
        ((6, 3), (6, 3), r"target.argmax\(-1\)"),
        ((6,), (6, 3), r"heads come first: loss\(input, target\)"),
    ],
)
def test_shapes_that_do_not_fit_are_answered_with_what_would(logits, labels, cure, named):
    loss = ml.loss(ml.Categorical(levels=range(3)) if named else ml.Categorical())
    with pytest.raises(ml.DataError) as refusal:
        loss(torch.zeros(logits), torch.zeros(labels, dtype=torch.int64))
    said = str(refusal.value)
    assert str(logits) in said
    assert str(labels) in said
    assert re.search(cure, said)


@pytest.mark.parametrize("shape", [(6,), (6, 1)])
def test_one_logit_of_two_classes_is_a_bernoulli(shape):
    with pytest.raises(ml.DataError, match=r"ml.Bernoulli\(\)"):
        ml.loss(ml.Categorical())(torch.zeros(shape), torch.zeros(6, dtype=torch.int64))


def test_targets_of_other_kinds_are_called_what_they_are():
    loss = ml.loss(ml.Categorical())
    with pytest.raises(ml.DataError, match="the labels must be a tensor; got list"):
        loss(torch.zeros(2, 3), [0, 1])
    with pytest.raises(ml.DataError, match=r"-100 is elsewhere, has a label and weight 0"):
        loss(torch.zeros(2, 3), torch.tensor([0, -100]))


def test_ordered_classes_without_names_are_three_or_named():
    loss, labels = ml.loss(ml.Ordinal()), torch.tensor([0, 1, 2, 0])
    assert torch.isfinite(loss(torch.tensor([[-1.0, 1.0]] * 4), labels))
    for shape in [(4, 3), (4, 1), (4,)]:
        with pytest.raises(ml.DataError, match=r"K - 1 and are named: ml.Ordinal\(levels=range"):
            loss(torch.zeros(shape), labels)
    with pytest.raises(ml.ModelError, match="known probabilities are of classes that are named"):
        ml.loss(ml.Categorical(**{"p[1]": 0.2}))


def test_classes_that_nothing_can_count_are_asked_for():
    heads, labels = [torch.zeros(4), torch.zeros(4)], torch.zeros(4, dtype=torch.int64)
    with pytest.raises(ml.DataError, match=r"log-ratios to a base.*levels=range\(K\)"):
        ml.loss(ml.Categorical())(*heads, labels)
    with pytest.raises(ml.ModelError, match=r"probabilities of all classes.*levels=range\(K\)"):
        ml.loss(ml.Categorical(), natural=True)
    for family in (ml.Categorical(), ml.Ordinal()):
        with pytest.raises(ml.ModelError, match=r"number of classes: ml.head.*levels=range\(K\)"):
            ml.head(family, 8)
        with pytest.raises(ml.ModelError, match=r"number of classes: ml.obj.*levels=range\(K\)"):
            ml.objective(family)
    said = str(ml.noise_of(ml.loss(ml.Categorical())))
    assert "the classes' probabilities, by softmax" in said
    assert "p[1]" not in said
