"""What is derived is what the solver finds: closed forms, standard errors, second derivatives."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import mostlikely as ml
from mostlikely.family.base import Family
from tests.derivation.every import every, named
from tests.truths.cases import laws

sympy = pytest.importorskip("sympy", reason="SymPy is an extra, mostlikely[derive]")


@cache
def sample_of(family: type[Family]):
    """A model with its known parameters, a sample of it, and the fit."""
    law = laws(family)[0]
    y = law.sample(300, seed=7)
    return law.family, y, ml.fit(law.family, y)


@every
def test_every_closed_form_is_the_estimate_of_a_fit(family):
    model, y, fit = sample_of(family)
    derivation = ml.derive(model)
    closed = derivation.evaluate(y)
    assert set(closed) == {k for k, e in derivation.estimates.items() if e is not None}
    for name, value in closed.items():
        assert value == pytest.approx(fit.params[name], rel=1e-8), name


@every
def test_every_form_that_others_complete_is_the_estimate_of_a_fit(family):
    model, y, fit = sample_of(family)
    derivation = ml.derive(model)
    for name in derivation.given:
        others = {k: v for k, v in fit.params.items() if k != name}
        rest = ml.derive(type(model)(**{**model.fixed, **others}))
        assert rest.estimates[name] is not None
        assert rest.evaluate(y)[name] == pytest.approx(fit.params[name], rel=1e-6)


@every
def test_every_standard_error_is_that_of_a_fit(family):
    model, _, fit = sample_of(family)
    derivation = ml.derive(model)
    reading = derivation.reading
    values = {reading.size: fit.n}
    for k, v in {**model.fixed, **fit.params}.items():
        values[reading.parameters[k]] = v
    for name, error in derivation.standard_errors.items():
        if error is None:
            continue
        function = sympy.lambdify(list(values), error, modules=["scipy", "numpy"])
        assert function(*values.values()) == pytest.approx(fit.standard_errors[name], rel=1e-6)


#: The estimates that textbooks print, written here by hand and computed by NumPy.
TEXTBOOK = {
    ml.Bernoulli: lambda y: {"p": np.mean(y)},
    ml.Poisson: lambda y: {"mean": np.mean(y)},
    ml.Geometric: lambda y: {"p": 1 / (1 + np.mean(y))},
    ml.Exponential: lambda y: {"mean": np.mean(y)},
    ml.Normal: lambda y: {"mu": np.mean(y), "sigma": np.std(y)},
    ml.LogNormal: lambda y: {"mu": np.mean(np.log(y)), "sigma": np.std(np.log(y))},
    ml.Rayleigh: lambda y: {"scale": np.sqrt(np.mean(y**2) / 2)},
    ml.HalfNormal: lambda y: {"scale": np.sqrt(np.mean(y**2))},
    ml.InverseGaussian: lambda y: {
        "mean": np.mean(y),
        "shape": 1 / np.mean(1 / y - 1 / np.mean(y)),
    },
    ml.Pareto: lambda y: {"shape": 1 / np.mean(np.log(y / y.min())), "minimum": y.min()},
    ml.Laplace: lambda y: {"mu": np.median(y), "scale": np.mean(np.abs(y - np.median(y)))},
    ml.Uniform: lambda y: {"low": y.min(), "high": y.max()},
    ml.Gamma: lambda y: {"mean": np.mean(y)},
    ml.NegativeBinomial: lambda y: {"mean": np.mean(y)},
    ml.VonMises: lambda y: {"mu": np.arctan2(np.sin(y).sum(), np.cos(y).sum())},
}


@named(*TEXTBOOK)
def test_the_closed_form_is_the_one_of_the_textbook(family):
    y = laws(family)[1].sample(50, seed=3)
    assert ml.derive(family).evaluate(y) == pytest.approx(TEXTBOOK[family](y), rel=1e-9)


def test_the_binomial_divides_by_its_known_number_of_trials():
    assert ml.derive(ml.Binomial(n=10)).evaluate([3, 5, 7]) == {"p": 0.5}
    with pytest.raises(ml.ModelError, match=r"holds n, which is known to you only.*Binomial\(n="):
        ml.derive(ml.Binomial).evaluate([3, 5, 7])


def test_labels_get_their_shares():
    derivation = ml.derive(ml.Categorical(levels=["a", "b", "c"]))
    assert derivation.evaluate(list("abbccc")) == {"p[b]": pytest.approx(1 / 3), "p[c]": 0.5}


def test_weights_weigh_the_closed_form():
    y, w = [1.0, 2.0, 6.0], [1, 3, 2]
    found = ml.derive(ml.Normal).evaluate(y, weights=w)
    repeated = np.repeat(y, w)
    assert found == pytest.approx({"mu": repeated.mean(), "sigma": repeated.std()})


def test_a_fixed_parameter_is_a_constant_of_the_formula():
    derivation = ml.derive(ml.Normal(mu=2.0))
    assert derivation.evaluate([1.0, 2.0, 5.0]) == {"sigma": pytest.approx(np.sqrt(10 / 3))}
    assert derivation.steps[4].text == "∂ℓ/∂σ = Σ (yᵢ - μ)²/σ³ - n/σ = 0"
    assert "mu = 2 is known" in derivation.steps[0].sentence


def test_a_known_number_is_put_in_where_its_symbol_does_not_suffice():
    y = np.array([1.0, 2.0, 6.0])
    found = ml.derive(ml.GeneralizedNormal(shape=2)).evaluate(y)
    assert found == pytest.approx({"mu": 3.0, "scale": np.sqrt(2) * y.std()})


def test_two_equations_that_need_each_other_are_solved_by_elimination():
    class Natural(ml.Family):
        """A normal law in its natural parameters."""

        a = ml.Param(ml.domains.real, "mu / sigma squared")
        b = ml.Param(ml.domains.positive, "one over twice the variance")
        support = ml.domains.real

        def log_prob(y, a, b):
            return a * y - b * y * y + 0.5 * ml.ops.log(b) - a * a / (4 * b) - np.log(np.pi) / 2

    y = np.array([0.3, 1.2, 2.9, 1.7])
    assert ml.derive(Natural()).evaluate(y) == pytest.approx(
        {"a": y.mean() / y.var(), "b": 0.5 / y.var()}
    )


def test_a_family_in_plain_numpy_and_scipy_calls_is_derived():
    from scipy import special

    class Erlang(ml.Family):
        """Waits for k events."""

        rate = ml.Param(ml.domains.positive, "events per unit", unit=-1)
        k = ml.Param(ml.domains.natural, "events", typical=(2, 5), known=True)
        support = ml.domains.positive

        def log_prob(y, rate, k):
            return k * np.log(rate) + special.xlogy(k - 1, y) - rate * y - special.gammaln(k)

    y = np.array([1.0, 2.0, 6.0])
    derivation = ml.derive(Erlang(k=3))
    assert derivation.evaluate(y) == {"rate": pytest.approx(1.0)}
    assert derivation.evaluate(y)["rate"] == pytest.approx(ml.fit(Erlang(k=3), y).params["rate"])
