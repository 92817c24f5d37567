"""What an editor completes, what a type checker sees, and how wrong guesses are answered."""

from __future__ import annotations

import copy
import inspect
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

import mostlikely as ml
from mostlikely import peers
from mostlikely.family import families
from mostlikely.family.stubs import FILE, stub

Y = [3, 5, 1, 7, 2, 4]


@pytest.fixture(scope="module")
def fit():
    return ml.fit("poisson", Y)


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_a_family_is_called_with_its_parameters(family):
    known = inspect.signature(family).parameters
    if family.__name__ not in ("Categorical", "Ordinal"):
        assert list(known) == [k for k, p in family.parameters.items() if not p.known] + [
            k for k, p in family.parameters.items() if p.known
        ]


def test_a_signature_says_what_may_be_bound():
    shown = str(inspect.signature(ml.Gamma)).replace("mostlikely.family.predictor.", "")
    bound = "float | str | Predictor | None = None"
    assert shown == f"(mean: {bound}, shape: {bound})"
    assert inspect.signature(ml.Binomial).parameters["n"].default is inspect.Parameter.empty


def test_the_stub_is_what_the_declarations_say():
    assert FILE.read_text(encoding="utf-8") == stub()


def test_a_parameter_that_is_none_is_free():
    assert ml.Gamma(shape=None) == ml.Gamma()


SCRIPT = """
import mostlikely as ml

fit = ml.fit(ml.Gamma("y ~ x", shape="~ z"), {"y": [1.0, 2.0], "x": [0.0, 1.0], "z": [1, 2]})
low, high = fit.interval("x")
mean: float = fit.params["x"] + low
table = fit.summary(covariance="HC1")
"""


@pytest.mark.slow
@pytest.mark.xdist_group("types")
def test_a_script_is_checked_by_types_and_a_misspelt_parameter_is_found(tmp_path):
    good, bad = tmp_path / "good.py", tmp_path / "bad.py"
    good.write_text(SCRIPT)
    bad.write_text(
        'import mostlikely as ml\n\nml.Gamma("y ~ x", shpe=2.0)\nml.Normal().nonsense\n'
        'ml.fit("normal", [1.0]).llf\nml.Logit\nml.DistributionalBooster().fit\n'
    )
    root = Path(ml.__file__).parents[1]
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", "--cache-dir"]
    found = subprocess.run(
        [*command, str(Path.cwd() / ".mypy_cache"), str(good), str(bad)],
        capture_output=True,
        text=True,
        env={"MYPYPATH": str(root), "PATH": ""},
        check=False,
    ).stdout
    assert "good.py" not in found
    assert 'Unexpected keyword argument "shpe" for "Gamma"' in found
    assert '"Normal" has no attribute "nonsense"' in found
    assert '"Fit" has no attribute "llf"' in found
    assert 'Module has no attribute "Logit"' in found
    assert "DistributionalBooster" not in found


def test_the_words_of_a_fit_are_public(fit):
    words = dir(fit)
    assert {"params", "interval", "to_frame", "with_covariance", "verdict"} <= set(words)
    assert not any(word.startswith("_") for word in words)


@pytest.mark.parametrize("word", peers.OF_A_FIT)
def test_a_fit_answers_what_it_is_asked_elsewhere(fit, word):
    if hasattr(fit, word):
        pytest.fail(f"{word} is a word of a fit, so it needs no answer")
    with pytest.raises(AttributeError, match="here it is") as refusal:
        getattr(fit, word)
    answer = str(refusal.value).partition("here it is ")[2]
    first = answer.split("(")[0].split(",")[0].split("[")[0].rstrip(".")
    holder, _, name = first.partition(".")
    assert hasattr({"fit": fit, "ml": ml}[holder], name.partition(".")[0])


def test_a_near_miss_of_a_word_is_answered(fit):
    with pytest.raises(AttributeError, match="did you mean 'loglik'"):
        getattr(fit, "loglike")  # noqa: B009


@pytest.mark.parametrize(
    ("option", "cure"),
    [("cov_type", "with_covariance"), ("exposure", "log_exposure"), ("maxiter", "max_steps")],
)
def test_options_of_elsewhere_are_answered(option, cure):
    with pytest.raises(ml.ModelError, match=f"no option {option!r}.*{cure}"):
        ml.fit("poisson", Y, **{option: "HC1"})


def test_an_option_that_is_misspelt_is_answered():
    with pytest.raises(ml.ModelError, match="did you mean 'weights'"):
        ml.fit("poisson", Y, wieghts=[1] * 6)


def test_whoever_fits_answers_options_in_its_own_name():
    with pytest.raises(
        ml.ModelError, match=r"ml.compare has no option 'cov_type'.*with_covariance"
    ):
        ml.compare(["poisson"], Y, cov_type="HC1")
    with pytest.raises(ml.ModelError, match=r"ml.compare has.*did you mean 'progress'"):
        ml.compare(["poisson"], Y, progres=False)
    with pytest.raises(ml.ModelError, match=r"ml.pick_loss has.*did you mean 'families'"):
        ml.pick_loss(Y, famlies=["normal"])


@pytest.mark.parametrize(
    ("word", "family"),
    [("Logit", "Bernoulli"), ("OLS", "Normal"), ("nbinom", "NegativeBinomial"), ("lm", "Normal")],
)
def test_models_of_elsewhere_are_answered(word, family):
    with pytest.raises(AttributeError, match=f"ml.{family}"):
        getattr(ml, word)


@pytest.mark.parametrize("name", peers.MODELS)
def test_names_of_models_elsewhere_lead_to_families_that_there_are(name):
    called = peers.MODELS[name]
    assert ml.family(called).__name__ == called
    with pytest.raises(ml.ModelError, match=f"here it is called {called!r}"):
        ml.family(name)


def test_a_formula_as_the_model_and_random_effects_are_answered():
    with pytest.raises(ml.ModelError, match=r'ml.Normal\("y ~ x"\)'):
        ml.fit("y ~ x", {"y": Y, "x": Y})
    with pytest.raises(ml.ModelError, match='cluster="g"'):
        ml.fit(ml.Normal("y ~ x + (1|g)"), {"y": Y, "x": Y, "g": list("aabbcc")})


def test_answers_keep_copies_and_pickles_whole(fit):
    assert copy.copy(fit).params == fit.params
    assert pickle.loads(pickle.dumps(fit)).params == fit.params
    assert not hasattr(fit, "llf")
