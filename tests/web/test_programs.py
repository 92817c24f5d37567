"""What the page computes by itself is what NumPy computes, for every family and every formula."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mpmath as mp
import numpy as np
import pytest
from scipy import special as sc

import mostlikely as ml
from mostlikely.family import families
from mostlikely.family.base import Family
from mostlikely.web.programs import program
from tests.truths.cases import draws, laws
from tests.web.node import MISSING, run

by_node = pytest.mark.skipif(bool(MISSING), reason=MISSING or "Node is here")
every_family = pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)

#: What the page may be asked beside the density, and what answers in Python.
METHODS = {
    "log_prob": lambda law, y: law.log_prob(y),
    "log_cdf": lambda law, y: law.log_cdf(y),
    "log_sf": lambda law, y: law.log_sf(y),
    "cdf": lambda law, y: law.cdf(y),
    "quantile": lambda law, q: law.quantile(q),
    "moments": lambda law, _: [law.mean, law.variance],
}


def sent(family: type[Family], what: str) -> dict[str, Any] | None:
    try:
        return program(family, what)
    except ml.ModelError:
        return None


def points(law: Any, what: str) -> list[float]:
    """Draws, and what no draw is: outside, between whole numbers, at the ends, no number."""
    if what == "quantile":
        return np.linspace(0.02, 0.98, 25).tolist()
    if what == "moments":
        return [0.0]
    y = draws(law)[:60]
    odd = [-1.0, -0.0, 0.0, 0.5, 1.0, 1e3, np.nan, np.inf, -np.inf]
    return [*y.tolist(), *(odd if what == "log_prob" else [])]


def gap(found: Any, exact: Any) -> float:
    found, exact = np.asarray(found, dtype=float), np.asarray(exact, dtype=float)
    same = (found == exact) | (np.isnan(found) & np.isnan(exact))
    with np.errstate(invalid="ignore"):
        size = np.abs(found - exact) / (1.0 + np.abs(exact))
    return float(np.max(np.where(same, 0.0, np.where(np.isnan(size), np.inf, size))))


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], tuple[Any, ...]]:
    """(family, formula) → (the page's answers, by row and by column, and NumPy's), by laws."""
    asked, keys = [], []
    for family in families():
        for what, method in METHODS.items():
            found = sent(family, what)
            if found is None:
                continue
            for law in laws(family):
                x = points(law, what)
                values = [law.values[k] for k in found["inputs"] if k in law.values]
                asked.append(
                    {"program": found, "x": x, "values": values, "rows": what != "moments"}
                )
                keys.append((family.__name__, what, method(law, np.array(x))))
    script = """(page, {program, x, values, rows}) => {
        const f = page.compile(program);
        if (!rows) return [page.compileAll(program)(...values), []];
        return [x.map((y) => f(y, ...values)), page.compileMany(program)(x, ...values)];
    }"""
    back = run(tmp_path_factory.mktemp("node"), script, asked)
    out: dict[tuple[str, str], Any] = {}
    for (family, what, exact), (one, many) in zip(keys, back, strict=True):
        out.setdefault((family, what), []).append((one, many, exact))
    return out


@by_node
@every_family
@pytest.mark.parametrize("what", METHODS)
def test_the_page_computes_what_numpy_does(
    family: type[Family], what: str, answers: dict[Any, Any]
) -> None:
    if (family.__name__, what) not in answers:
        with pytest.raises(
            ml.ModelError, match=f"the {what} of {family.__name__}.* cannot be sent"
        ):
            program(family, what)
        assert what != "log_prob", "every density is sent"
        return
    for one, many, exact in answers[family.__name__, what]:
        assert gap(one, exact) < 1e-12
        if what != "moments":
            assert np.array_equal(one, many, equal_nan=True)


@every_family
def test_a_program_is_strict_json_and_names_its_inputs(family: type[Family]) -> None:
    found = program(family)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["inputs"] == ["y", *family.parameters]
    for k, (_, *args) in enumerate(found["steps"]):
        for arg in args:
            assert (
                arg in found["inputs"] if isinstance(arg, str) else isinstance(arg, dict) or arg < k
            )


def test_bound_parameters_are_numbers() -> None:
    found = program(ml.Normal(sigma=2))
    assert found["inputs"] == ["y", "mu"]
    assert ["mul", {"c": -0.125}, 4] in found["steps"], "-z²/2, z = (y - mu)/2"


@pytest.mark.parametrize(
    ("model", "what", "sentence"),
    [
        (ml.Gamma, "cdf", "the cdf of Gamma.. cannot be sent to the page: log_gammainc cannot be"),
        (ml.Gamma, "density", "there is no formula 'density'"),
        ("gama", "log_prob", "did you mean"),
        (3, "log_prob", "a model is a family"),
    ],
)
def test_what_cannot_be_sent_is_said(model: Any, what: str, sentence: str) -> None:
    with pytest.raises(ml.ModelError, match=sentence):
        program(model, what)


# The functions themselves, against SciPy.

SIDES = np.concatenate([-np.logspace(2, -8, 400), np.logspace(-8, 2, 400)])
ABOVE = np.logspace(-8, 8, 800)
NEAR = np.concatenate([1 + SIDES / 200, 2 + SIDES / 200])


def log_gamma(x: np.ndarray) -> np.ndarray:
    """By mpmath, because SciPy's has six digits beside its zeros at 1 and 2."""
    with mp.workdps(30):
        return np.array([float(mp.loggamma(v)) for v in x])


FUNCTIONS: dict[str, tuple[Any, np.ndarray]] = {
    "lgamma": (log_gamma, np.concatenate([ABOVE, NEAR])),
    "digamma": (sc.digamma, ABOVE),
    "erf": (sc.erf, SIDES),
    "erfc": (sc.erfc, SIDES[SIDES < 26]),
    "ndtr": (sc.ndtr, SIDES[SIDES > -37]),
    "log_ndtr": (sc.log_ndtr, SIDES),
    "ndtri": (sc.ndtri, np.concatenate([np.logspace(-300, -1, 300), np.linspace(0.01, 0.99, 99)])),
    "i0e": (sc.i0e, np.logspace(-8, 8, 800)),
    "expit": (sc.expit, SIDES),
    "log_expit": (sc.log_expit, SIDES),
    "logit": (sc.logit, np.concatenate([np.logspace(-12, -1, 100), np.linspace(0.01, 0.99, 99)])),
    "round": (np.rint, np.linspace(-4, 4, 33)),
    "arcsinh": (np.arcsinh, SIDES),
}


@by_node
def test_functions_have_their_digits(tmp_path: Path) -> None:
    """Relative to the value; where SciPy's cross zero, to a thousandth."""
    asked = [
        {"program": {"inputs": ["x"], "steps": [[name, "x"]], "out": 0}, "x": x.tolist()}
        for name, (_, x) in FUNCTIONS.items()
    ]
    back = run(tmp_path, "(page, {program, x}) => page.compileMany(program)(x)", asked)
    worst = {}
    for (name, (function, x)), found in zip(FUNCTIONS.items(), back, strict=True):
        exact = function(x)
        floor = 1e-3 if name in ("digamma", "ndtri") else 0.0
        worst[name] = np.max(np.abs(found - exact) / np.maximum(np.abs(exact), floor + 1e-300))
    assert {k: v for k, v in worst.items() if not v < 1e-13} == {}


@by_node
def test_hurwitz_zeta_is_scipys(tmp_path: Path) -> None:
    s, q = np.meshgrid([1.1, 2.0, 3.0, 7.5], np.logspace(-3, 3, 40))
    asked = [np.stack([s.ravel(), q.ravel()], 1).tolist()]
    (found,) = run(tmp_path, "(page, rows) => rows.map(([s, q]) => page.zeta(s, q))", asked)
    assert np.allclose(found, sc.zeta(s, q).ravel(), rtol=1e-13, atol=0.0)


@by_node
@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (["eval", "x"], "the page has no function eval"),
        (["constructor", "x"], "the page has no function constructor"),
        (["exp", "y"], 'a formula asks for "y" before it is known'),
        (["exp", 0], "a formula asks for 0 before it is known"),
    ],
)
def test_what_is_no_program_is_refused(tmp_path: Path, step: list[Any], sentence: str) -> None:
    given = [{"inputs": ["x"], "steps": [step], "out": 0}]
    script = "(page, p) => { try { page.compile(p) } catch (e) { return [e.message] } }"
    ((message,),) = run(tmp_path, script, given)
    assert sentence in message


# The argmax that follows a hand, against the library's fit.


@by_node
def test_one_parameter_is_fitted_as_the_library_does(tmp_path: Path) -> None:
    y = draws(ml.Gamma().at(mean=3.0, shape=2.0), 50)
    models = [
        (ml.Poisson(), np.round(y), (0.01, 20.0)),
        (ml.Exponential(), y, (0.01, 20.0)),
        (ml.Bernoulli(), (y > 2.0) * 1.0, (1e-9, 1 - 1e-9)),
        (ml.Normal(sigma=1.3), y, (-20.0, 20.0)),
        (ml.StudentT(df=3, sigma=0.7), y, (-20.0, 20.0)),
        (ml.Laplace(scale=1.0), y[:49], (-20.0, 20.0)),
        (ml.Gamma(mean=3.0), y, (0.05, 50.0)),
    ]
    asked = [{"p": program(m), "y": x.tolist(), "ends": ends} for m, x, ends in models]
    script = """(page, {p, y, ends}) => {
        const f = page.compileMany(p);
        return [page.argmax((t) => f(y, t).reduce((a, b) => a + b, 0), ...ends)];
    }"""
    for (model, x, _), (found,) in zip(models, run(tmp_path, script, asked), strict=True):
        fit = ml.fit(model, x)
        ((name, exact),) = fit.params.items()
        assert abs(found - exact) < 1e-8 * max(1.0, abs(exact)), model
        if not model.nonsmooth:  # what is left to climb, in standard errors
            score = ml.score(model, x, **{name: found})[name]
            spread = float(np.sqrt(np.asarray(fit.covariance)[0, 0]))
            assert abs(score) * spread < 1e-9, model


@by_node
def test_a_maximum_on_an_end_is_the_end(tmp_path: Path) -> None:
    script = "(page, [lo, hi]) => [page.argmax((p) => 7 * Math.log(p), lo, hi)]"
    assert run(tmp_path, script, [[0.0, 1.0], [0.0, 0.25]]) == [[1.0], [0.25]]


@by_node
def test_several_parameters_are_fitted_as_the_library_does(tmp_path: Path) -> None:
    asked, exact = [], []
    for family in (ml.Normal, ml.Gamma, ml.Logistic, ml.Gumbel, ml.Weibull, ml.Beta, ml.StudentT):
        law = laws(family)[0]
        y = draws(law)[:200]
        free = family.parameters
        low_high = [[p.domain.low, p.domain.high] for p in free.values()]
        start = [0.9 * law.values[k] for k in free]
        asked.append({"p": program(family), "y": y.tolist(), "start": start, "domains": low_high})
        exact.append(list(ml.fit(family(), y).params.values()))
    script = """(page, {p, y, start, domains}) => {
        const f = page.compileMany(p);
        return page.argmaxMany((t) => f(y, ...t).reduce((a, b) => a + b, 0), start, domains);
    }"""
    for one, found, truth in zip(asked, run(tmp_path, script, asked), exact, strict=True):
        assert np.allclose(found, truth, rtol=1e-7, atol=1e-7), (one["p"]["inputs"], found, truth)
