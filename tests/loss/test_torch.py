"""Every family as a PyTorch module, against jets: values, derivatives, where it runs."""

from __future__ import annotations

import copy
import pickle
from itertools import product

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.family import families
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from tests.loss.by_jets import as_given, by_jets, with_classes
from tests.loss.by_jets import gap as gap_of
from tests.truths.cases import draws, laws

torch = pytest.importorskip("torch", reason='PyTorch is an extra: pip install "mostlikely[torch]"')
F = torch.nn.functional

# PyTorch's own: slow or resizing batching rules of log_ndtr and logsigmoid under vmap.
pytestmark = [
    pytest.mark.filterwarnings("ignore:There is a performance drop:UserWarning"),
    pytest.mark.filterwarnings("ignore:An output with one or more elements was resized"),
    pytest.mark.filterwarnings("ignore:.*torch.jit.script:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning"),
]
every_family = pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)


def gap(found: object, exact: np.ndarray) -> float:
    return gap_of(found.detach().double().numpy(), exact)


def rows_of(law: Distribution, rows: int, dtype: object = None) -> tuple[object, object]:
    y, eta, *_ = by_jets(law, rows)
    dtype = dtype or torch.float64
    heads = torch.tensor(as_given(eta), dtype=dtype, requires_grad=True)
    return heads, torch.tensor(y, dtype=dtype)


# The same lines: values and derivatives.


@every_family
def test_value_and_gradient_are_the_jets(family: type[Family]) -> None:
    for law in laws(family):
        _, _, value, grad, _ = by_jets(law, 200)
        loss = ml.loss(with_classes(law.family), reduction="none")
        for dtype, allowed in ((torch.float64, 1e-12), (torch.float32, 1e-5)):
            heads, y = rows_of(law, 200, dtype)
            found = loss(heads, y)
            assert found.dtype == dtype
            assert gap(found, value) < allowed, (law, dtype)
            (slope,) = torch.autograd.grad(found.sum(), heads)
            assert gap(slope, grad) < allowed, (law, dtype)


@every_family
def test_second_derivatives_are_the_jets(family: type[Family]) -> None:
    """By torch.func.vmap of torch.func.hessian, and by differentiating backwards twice."""
    law = laws(family)[1]
    hess = by_jets(law, 20)[-1]
    heads, y = rows_of(law, 20)
    loss = ml.loss(with_classes(law.family), reduction="none")
    of_rows = torch.func.vmap(torch.func.hessian(loss))(heads.detach(), y)
    assert gap(of_rows, hess) < 1e-11
    (slope,) = torch.autograd.grad(loss(heads, y).sum(), heads, create_graph=True)
    if slope.requires_grad:
        for k in range(hess.shape[-1]):
            (bend,) = torch.autograd.grad(
                slope.reshape(20, -1)[:, k].sum(), heads, retain_graph=True
            )
            assert gap(bend, hess[:, k]) < 1e-11


@every_family
def test_gradcheck(family: type[Family]) -> None:
    law = laws(family)[2]
    heads, y = rows_of(law, 3)
    loss = ml.loss(with_classes(law.family), reduction="none")
    smooth = not family.nonsmooth and not family.sample_extremes
    assert torch.autograd.gradcheck(lambda h: loss(h, y), (heads,), fast_mode=True)
    if smooth:
        assert torch.autograd.gradgradcheck(lambda h: loss(h, y), (heads,), fast_mode=True)


@every_family
def test_dropped_terms_know_no_parameter(family: type[Family]) -> None:
    whole = ml.loss(with_classes(family(**known(family))), reduction="none")
    short = ml.loss(with_classes(family(**known(family))), reduction="none", normalised=False)
    a, b = (rows_of(law, 50)[0].detach() for law in laws(family)[:2])
    y = rows_of(laws(family)[0], 50)[1]
    finite = torch.isfinite(whole(a, y)) & torch.isfinite(whole(b, y))
    dropped = [(whole(h, y) - short(h, y))[finite] for h in (a, b)]
    assert torch.allclose(*dropped, rtol=1e-11, atol=1e-11)
    a.requires_grad_()
    slopes = [torch.autograd.grad(loss(a, y).sum(), a)[0] for loss in (whole, short)]
    assert torch.allclose(*slopes, rtol=1e-12, atol=1e-12)


def known(family: type[Family]) -> dict[str, float]:
    return {k: laws(family)[0].values[k] for k, p in family.parameters.items() if p.known}


@pytest.mark.parametrize("y", [0.0, 1.0, 7.0, 127.0, 128.0, 5e3, 1e6])
def test_counts_keep_their_digits(y: float) -> None:
    """Whether looked up, small, or large; NumPy's value is proven against mpmath elsewhere."""
    mean = np.maximum(y, 1.0) * np.array([0.3, 0.999, 1.0, 1.002, 4.0])
    exact = -ml.Poisson.log_prob(np.full(5, y), mean)
    heads = torch.tensor(np.log(mean))
    for looked in (True, False):
        loss = ml.loss(ml.Poisson(), reduction="none", validate_args=looked)
        assert gap(loss(heads, torch.full((5,), y, dtype=torch.float64)), exact) < 1e-11


@every_family
def test_no_nan_at_extreme_heads(family: type[Family]) -> None:
    law = laws(family)[0]
    k = len(law.family.free)
    ends = [-1e4, -50.0, 0.0, 50.0, 1e4] if k > 2 else [-1e4, -300, -50, -20, 0, 20, 50, 300, 1e4]
    points = np.array(list(product(ends, repeat=k)))
    y = np.unique(draws(law))[::40]
    loss = ml.loss(with_classes(law.family), reduction="none")
    for dtype in (torch.bfloat16, torch.float16, torch.float32, torch.float64):
        heads = np.repeat(points, len(y), 0)
        heads = torch.tensor(as_given(heads)).to(dtype).requires_grad_()
        target = torch.tensor(np.tile(y, len(points)))
        value = loss(heads, target)
        (slope,) = torch.autograd.grad(value.sum(), heads)
        assert not torch.isnan(value).any(), dtype
        assert not torch.isnan(slope).any(), dtype


def test_far_heads_still_receive_a_gradient() -> None:
    heads = torch.tensor([[0.0, -1e4]], requires_grad=True)
    (slope,) = torch.autograd.grad(ml.loss(ml.Normal())(heads, torch.tensor([1.0])), heads)
    assert slope[0, 1] < -1e20  # sigma must grow


# Where it runs.


def _compiled(family: type[Family], backend: str) -> None:
    law = laws(family)[1]
    heads, y = rows_of(law, 20)
    loss = ml.loss(with_classes(law.family))
    torch._dynamo.reset()
    found = torch.compile(loss, fullgraph=True, backend=backend)(heads, y)
    plain = loss(heads, y)
    assert abs(found.item() - plain.item()) < 1e-12 * (1.0 + abs(plain.item()))
    both = [torch.autograd.grad(value, heads)[0] for value in (found, plain)]
    assert torch.allclose(*both, rtol=1e-12, atol=1e-13)


FEW = [ml.Normal, ml.Bernoulli, ml.Poisson, ml.Gamma, ml.Categorical]


@pytest.mark.parametrize("family", FEW, ids=lambda f: f.__name__)
def test_compiles_in_one_graph(family: type[Family]) -> None:
    _compiled(family, "eager")


@pytest.mark.slow
@every_family
def test_every_family_compiles_in_one_graph(family: type[Family]) -> None:
    _compiled(family, "aot_eager")


def test_autocast_computes_in_float32() -> None:
    torch.manual_seed(0)
    layer, loss = ml.head(ml.StudentT(), 4), ml.loss(ml.StudentT())
    x, y = torch.randn(30, 4), torch.randn(30)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        raw = layer(x)
        value = loss(raw, y)
    assert raw.dtype == torch.bfloat16
    assert value.dtype == torch.float32
    assert value.item() == loss(raw.float(), y).item()


def test_a_constant_is_trained_and_is_the_same_for_all_rows() -> None:
    """Ten steps of it are ten steps of a tensor of one number beside a head without it."""
    torch.manual_seed(0)
    x, y = torch.randn(40, 3).double(), torch.randn(40).double()
    layer = ml.head(ml.StudentT(), 3, constant="sigma").double()
    plain = torch.nn.Linear(3, 2).double()
    plain.load_state_dict({"weight": layer.weight, "bias": layer.bias})
    log_sigma = layer.constants.detach().clone()[0].requires_grad_()
    begin = log_sigma.item()
    loss = ml.loss(ml.StudentT())
    ours = torch.optim.SGD(layer.parameters(), 0.1)
    theirs = torch.optim.SGD([*plain.parameters(), log_sigma], 0.1)
    for _ in range(10):
        mu, log_df = plain(x).unbind(-1)
        for solver, value in (
            (ours, loss(layer(x), y)),
            (theirs, loss([mu, log_sigma, log_df], y)),
        ):
            solver.zero_grad()
            value.backward()
            solver.step()
    sigma = layer.parameters_of(layer(x))["sigma"]
    assert torch.equal(sigma, sigma[:1].expand(40))
    assert log_sigma.item() != begin
    assert sigma[0].item() == pytest.approx(log_sigma.exp().item(), rel=1e-12)
    assert layer(torch.zeros(2, 5, 3).double()).shape == (2, 5, 3)


def test_a_constant_begins_in_the_middle_of_its_typical_range() -> None:
    layer = ml.head(ml.StudentT(), 3, constant="df")
    low, high = ml.StudentT.parameters["df"].typical
    assert layer.constants.exp().item() == pytest.approx((low * high) ** 0.5, rel=1e-6)


def test_constants_that_cannot_be_are_refused() -> None:
    with pytest.raises(ml.ModelError, match="did you mean 'sigma'"):
        ml.head(ml.Normal(), 3, constant="sigm")
    with pytest.raises(ml.ModelError, match="no free 'sigma'"):
        ml.head(ml.Normal(sigma=1), 3, constant=["sigma"])
    with pytest.raises(ml.ModelError, match="every parameter is constant"):
        ml.head(ml.Normal(), 3, constant=("mu", "sigma"))


def test_no_grad_and_copies() -> None:
    loss = ml.loss(ml.Gamma(shape=2.0), reduction="sum", normalised=False)
    heads, y = torch.zeros(3, requires_grad=True), torch.tensor([1.0, 2.0, 3.0])
    with torch.no_grad():
        assert not loss(heads, y).requires_grad
    for again in (copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):
        assert repr(again) == repr(loss)
        assert again(heads, y).item() == loss(heads, y).item()
    assert not list(loss.state_dict())


def test_gradients_reach_targets() -> None:
    y = torch.tensor([0.5, 1.5], dtype=torch.float64, requires_grad=True)
    heads = torch.zeros(2, 2, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda y: ml.loss(ml.LogNormal())(heads, y), (y,))


@pytest.mark.parametrize("name", ["gamma", "student_t", "negative_binomial", "weibull"])
def test_training_ends_where_a_fit_does(name: str) -> None:
    law = laws(ml.family(name))[0]
    y = draws(law)
    heads = torch.zeros(len(law.family.free), dtype=torch.float64, requires_grad=True)
    loss, target = ml.loss(with_classes(law.family)), torch.tensor(y)
    solver = torch.optim.LBFGS([heads], max_iter=500, tolerance_grad=1e-10, tolerance_change=0,
                               line_search_fn="strong_wolfe")  # fmt: skip

    def closure() -> object:
        solver.zero_grad()
        value = loss([*heads], target)
        value.backward()
        return value

    solver.step(closure)
    fit = ml.fit(law.family, y)
    found = law.family.natural([float(h) for h in heads.detach()])
    assert loss([*heads], target).item() * -len(y) == pytest.approx(fit.loglik, rel=1e-10)
    assert found == pytest.approx(list(fit.params.values()), rel=1e-5)
