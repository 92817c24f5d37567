"""A derivation reads well: every step is words and formulas, of any family and any fit."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest

import mostlikely as ml
from tests.derivation.every import every

pytest.importorskip("sympy", reason="SymPy is an extra, mostlikely[derive]")

#: Commands that KaTeX knows (katex.org/docs/supported), of those that occur.
KATEX = {
    "Gamma", "bar", "begin", "biggl", "biggr", "cdot", "cos", "cosh", "delta", "ell", "end", "eta",
    "exp", "frac", "geq", "hat", "infty", "kappa", "land", "left", "leftarrow", "leq", "log",
    "mathrm", "max", "mid", "min", "mu", "operatorname", "partial", "pi", "prod", "psi", "qquad",
    "quad", "right", "sigma", "sin", "sinh", "sqrt", "sum", "tan", "tanh", "text", "theta", "wedge",
    "widehat", "xi", "beta", "Beta",
}  # fmt: skip


def balanced(latex: str) -> bool:
    """Whether braces close in order, and as many environments and brackets as are opened."""
    if len(re.findall(r"\\left(?![a-z])", latex)) != len(re.findall(r"\\right(?![a-z])", latex)):
        return False
    begun, ended = (sorted(re.findall(rf"\\{w}\{{(\w+)\}}", latex)) for w in ("begin", "end"))
    if begun != ended:
        return False
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", latex):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0


def check(derivation):
    assert derivation.steps
    for step in derivation.steps:
        assert step.title
        assert step.sentence.endswith((".", ".)")), step
        assert step.latex, step
        assert step.text, step
        assert balanced(step.latex), step.latex
        assert set(re.findall(r"\\([a-zA-Z]+)\*?", step.latex)) <= KATEX, step.latex
        assert not re.search(r"\*\*|polygamma|loggamma|Mean\(|Total\(|Dummy|zoo|nan", step.text)
    assert str(derivation).count("\n") > 20
    html = derivation._repr_html_()
    assert html.count("<li>") == len(derivation.steps)
    assert balanced(derivation.latex())


@every
def test_every_family_is_derived(family):
    derivation = ml.derive(family)
    check(derivation)
    free = [k for k, p in family.parameters.items() if not p.known]
    assert list(derivation.estimates) == free
    assert derivation.steps[0].title == "The noise model"
    assert "SymPy cannot follow" not in derivation.steps[0].sentence


@every
def test_every_formula_is_mathematics_to_a_parser(family):
    parser = pytest.importorskip(
        "docutils.utils.math.latex2mathml", reason="docutils comes with the docs' extra"
    )
    for step in ml.derive(family).steps:
        assert parser.tex2mathml(step.latex, as_block=True).startswith("<math")


@every
def test_every_fit_is_explained(family):
    values = {k: 0.5 * sum(p.typical) for k, p in family.parameters.items()}
    values |= {k: round(values[k]) for k, p in family.parameters.items() if p.known}
    known = {k: v for k, v in values.items() if family.parameters[k].known}
    rest = {k: v for k, v in values.items() if k not in known}
    y = family(**known).at(**rest).sample(40, seed=5)
    fit = ml.fit(family(**known), y)
    derivation = fit.explain()
    check(derivation)
    last = derivation.steps[-1]
    assert str(fit.verdict) in last.sentence
    for value in fit.params.values():
        assert f"{value:.6g}".replace("inf", "∞") in last.text


def test_for_a_known_spread_the_chain_ends_in_the_mean_squared_error():
    last = ml.derive(ml.Normal(sigma=1)).steps[-1]
    assert "mean squared error (MSE)" in last.sentence
    assert last.text == "μ̂ = argmax ℓ = argmin over μ of Σ (yᵢ - μ)²/n"
    assert last.latex.endswith(r"\frac{\sum_{i=1}^{n} \left(y_{i} - \mu\right)^{2}}{n}")


@pytest.mark.parametrize(
    ("family", "loss"),
    [
        ("bernoulli", "binary cross-entropy"),
        ("laplace", "mean absolute error (MAE)"),
        ("poisson", "Poisson deviance"),
        ("gamma", "gamma deviance"),
        ("inverse_gaussian", "inverse Gaussian deviance"),
        ("categorical", "cross-entropy of the labels"),
        ("von_mises", "mean cosine distance"),
    ],
)
def test_a_loss_with_a_name_is_named(family, loss):
    assert loss in ml.derive(family).steps[-1].sentence


@pytest.mark.parametrize("family", ["cauchy", "weibull", "student_t", "beta"])
def test_no_loss_is_named_where_none_has_a_name(family):
    assert all(step.title != "The loss" for step in ml.derive(family).steps)


def test_the_users_numbers_are_put_in():
    fit = ml.fit(ml.Normal(), [2.1, 1.9, 2.0, 2.3, 1.8])
    *_, data, found = fit.explain().steps
    assert data.text.split("\n") == ["n = 5", "Σ yᵢ = 10.1", "Σ yᵢ² = 20.55"]
    assert found.text.split("\n") == [
        "μ̂ = ȳ = 2.02,  se = σ̂/√n = 0.0769415",
        "σ̂ = √(Σ (yᵢ - ȳ)²/n) = 0.172047,  se = σ̂/√(2·n) = 0.0544059",
    ]
    assert ml.derive(ml.Normal(), [2.1, 1.9, 2.0, 2.3, 1.8]).steps == fit.explain().steps


def test_squares_are_of_what_is_left_and_not_of_its_negative():
    steps = {step.title: step.text for step in ml.derive("categorical").steps}
    assert "/(1 - p[2] - p[1])²" in steps["The curvature"]
    steps = {step.title: step.text for step in ml.derive("normal").steps}
    assert "(y - μ)²" in steps["The noise model"]


def test_a_formula_that_does_not_give_the_number_is_not_put_before_it():
    y, w = [2.1, 1.9, 2.0, 2.3, 1.8], [1, 2, 3, 1, 2]
    table = {"y": y, "w": w}
    for kind in ("precision", "sampling"):
        fit = ml.fit(ml.Normal(), table, "y", weights="w", weight_kind=kind)
        found = fit.explain().steps[-1]
        assert found.text.startswith(f"μ̂ = {fit.params['mu']:.6g}"), found.text
        assert f"Under {kind} weights" in found.sentence


def test_the_curvature_of_a_gamma_is_short_because_the_score_is_zero():
    steps = {step.title: step.text for step in ml.derive("gamma").steps}
    assert "se(mean) = mean/√(n·shape)" in steps["Information and standard errors"]


TABLE = {
    "x": [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5],
    "n": [2, 1, 4, 3, 6, 5, 9, 7],
    "y": [1.2, 0.7, 2.9, 2.2, 3.8, 3.1, 5.9, 4.4],
    "b": [0, 1, 0, 0, 1, 0, 1, 1],
    "t": [9, 9, 9, 9, 9, 9, 9, 9],
    "v": list("aabcbacb"),
}


@pytest.mark.parametrize(
    "model",
    [
        ml.Normal("y ~ x"),
        ml.Normal("y ~ x", sigma="~ x"),
        ml.Poisson("n ~ x"),
        ml.Gamma("y ~ x"),
        ml.Bernoulli("b ~ x"),
        ml.Binomial("n ~ x", n="t"),
        ml.NegativeBinomial("n ~ x"),
        ml.StudentT("y ~ x", df=4),
        ml.Laplace("y ~ x"),
        ml.Categorical("v ~ x"),
        ml.Ordinal("v ~ x", levels="abc"),
        ml.Bernoulli(p=ml.linear("b ~ x", link="cauchit")),
        ml.Bernoulli(p=ml.linear("b ~ x", link="probit")),
    ],
    ids=repr,
)
def test_a_regression_is_explained_row_by_row(model):
    fit = ml.fit(model, TABLE)
    derivation = fit.explain()
    check(derivation)
    assert "The predictors" in [step.title for step in derivation.steps]
    assert derivation.steps[-1].text.count("\n") == len(fit.params) - 1


def scores(model):
    return {s.title: s.text for s in ml.derive(model).steps}["The score"]


def test_under_its_own_link_the_score_of_a_row_is_what_the_mean_misses():
    assert scores(ml.Poisson("n ~ x")) == "Σ xᵢ uᵢ = 0,  uᵢ = yᵢ - meanᵢ"
    assert scores(ml.Bernoulli("n ~ x")) == "Σ xᵢ uᵢ = 0,  uᵢ = yᵢ - pᵢ"
    assert scores(ml.Normal("n ~ x")) == "Σ xᵢ uᵢ = 0,  uᵢ = (yᵢ - μᵢ)/σ²"


def test_linear_normal_coefficients_are_least_squares():
    steps = {s.title: s for s in ml.derive(ml.Normal("y ~ x")).steps}
    assert steps["The estimate"].text == "β̂ = (XᵀX)⁻¹ Xᵀy"
    steps = {s.title: s for s in ml.derive(ml.Poisson("y ~ x")).steps}
    assert "Newton" in steps["The estimate"].sentence


@pytest.mark.parametrize(
    "fit",
    [
        lambda: ml.fit(ml.Bernoulli(), [0] * 10),
        lambda: ml.fit(ml.Normal(), [3.0, 3.0, 3.0]),
        lambda: ml.fit(ml.Normal(mu=0, sigma=1), [0.3, 1.0]),
        lambda: ml.fit(ml.Normal(), TABLE, "y", weights="n", weight_kind="precision"),
        lambda: ml.fit(ml.Normal(), TABLE, "y", weights="n", weight_kind="sampling"),
        lambda: ml.fit(ml.Poisson("n ~ x"), TABLE, penalty=ml.Ridge(1.0)),
        lambda: ml.fit(ml.Shifted(ml.Exponential()), TABLE, "y"),
        lambda: ml.fit(ml.Shifted(ml.Weibull(shape=2)), TABLE, "y"),
        lambda: ml.fit(
            lambda d, a, b: -((d["y"] - a - b * d["x"]) ** 2), TABLE, start={"a": 0.0, "b": 1.0}
        ),
        lambda: ml.fit(ml.joint(ml.Poisson("n ~ x"), ml.Normal("y ~ x"), shared=["x"]), TABLE),
        lambda: ml.fit(
            ml.Normal(mu=ml.nonlinear(lambda d, a, k: a * np.exp(k * d["x"]), {"a": 1, "k": 0.3})),
            TABLE,
            y="y",
        ),
        lambda: ml.fit(ml.Categorical(), ["50%", "a_b", "c{d}", r"\e", "a_b"]),
    ],
)
def test_no_fit_is_too_odd_to_be_explained(fit):
    check(fit().explain())


def test_a_saved_fit_is_explained_without_its_data(tmp_path):
    ml.fit("normal", TABLE["y"]).save(tmp_path / "fit.json")
    derivation = ml.load(tmp_path / "fit.json").explain()
    check(derivation)
    assert [step.title for step in derivation.steps][-2:] == ["The loss", "Your estimate"]


def test_a_formula_that_sympy_cannot_follow_says_why():
    class Branching(ml.Family):
        """It asks which side y lies on."""

        mu = ml.Param(ml.domains.real, "middle")
        support = ml.domains.real

        def log_prob(y, mu):
            return -abs(y - mu) if np.all(y > 0) else -((y - mu) ** 2)

    derivation = ml.derive(Branching())
    check(derivation)
    assert "SymPy cannot follow the log_prob of Branching" in derivation.steps[0].sentence
    assert derivation.estimates == {"mu": None}
    with pytest.raises(ml.ModelError, match="no closed form"):
        derivation.evaluate([1.0, 2.0])


def test_names_that_are_taken_get_out_of_each_others_way():
    assert "= Σ yᵢ/p - Σ (n - yᵢ)/(1 - p)" in ml.derive("binomial").steps[4].text
    assert r"\prod_{i=1}^{N}" in ml.derive("binomial").steps[1].latex

    class Named(ml.Family):
        """Its parameter is called y."""

        y = ml.Param(ml.domains.positive, "mean")
        support = ml.domains.positive

        def log_prob(t, y):
            return -ml.ops.log(y) - t / y

    derivation = ml.derive(Named())
    assert derivation.evaluate([1.0, 3.0]) == {"y": 2.0}
    check(derivation)


def test_sympy_is_imported_when_it_is_asked_for():
    code = "import sys, mostlikely as ml; ml.derive; assert 'sympy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_sympy_the_sentence_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "sympy", None)
    with pytest.raises(ml.MissingPackage, match=r'pip install "mostlikely\[derive\]"'):
        ml.derive("normal")
    with pytest.raises(ml.MissingPackage, match="SymPy"):
        ml.fit("poisson", [1, 2]).explain()
