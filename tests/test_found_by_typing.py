"""What an editor completes, what a type checker sees, and how wrong guesses are answered."""

from __future__ import annotations

import copy
import inspect
import pickle
import re
import subprocess
import sys
from inspect import signature
from pathlib import Path
from typing import get_type_hints

import pytest

import mostlikely as ml
from mostlikely.family import families
from mostlikely.family.stubs import FILE, stub
from mostlikely.peers import plain, words

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


def test_a_family_with_a_call_of_its_own_shows_that():
    assert list(inspect.signature(ml.Shifted).parameters) == ["inner", "bound"]
    assert list(inspect.signature(ml.Categorical).parameters)[:2] == ["formula", "base"]

    class Twice(ml.Normal):
        tau = ml.Param(ml.domains.positive, "a scale", (0.5, 2.0))

        def __init__(self, order, **bound):
            super().__init__(**bound)
            self.order = order

    assert list(inspect.signature(Twice).parameters) == ["order", "bound"]


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
        'ml.compare(["gamma"], [1.0], progres=False)\nml.Normal.fit\n'
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
    assert 'Unexpected keyword argument "progres" for "compare"' in found
    assert '"type[Normal]" has no attribute "fit"' in found


def test_the_words_of_a_fit_are_public(fit):
    words = dir(fit)
    assert {"params", "interval", "to_frame", "with_covariance", "verdict"} <= set(words)
    assert not any(word.startswith("_") for word in words)


def holds(fit, sentence):
    """Whether every ``fit.word`` and ``ml.word`` of an answer is one."""
    holders = {"fit": fit, "ml": ml}
    found = re.findall(r"\b(fit|ml)\.([A-Za-z_]+)", sentence)
    return bool(found) and all(hasattr(holders[holder], word) for holder, word in found)


@pytest.mark.parametrize("word", words.OF_A_FIT)
def test_a_fit_answers_what_it_is_asked_elsewhere(fit, word):
    if hasattr(fit, word):
        pytest.fail(f"{word} is a word of a fit, so it needs no answer")
    with pytest.raises(AttributeError, match="here it is") as refusal:
        getattr(fit, word)
    assert holds(fit, str(refusal.value))


@pytest.mark.parametrize("table", [name for name in words.__all__ if name != "MODELS"])
def test_answers_name_words_that_there_are(fit, table):
    for word, answer in getattr(words, table).items():
        said = answer.replace("{name}", word).replace("{family}", "Normal")
        if re.search(r"\b(fit|ml)\.[a-zA-Z]", said):
            assert holds(fit, said), said


def test_an_option_of_elsewhere_is_none_of_ours():
    assert not {*inspect.signature(ml.fit).parameters} & {*words.OPTIONS}
    assert not {*inspect.signature(ml.loss).parameters} & {*words.OF_A_LOSS}
    ours = {plain(k) for family in families() for k in family.parameters}
    assert not (ours | {*"abkmnr", "loc"}) & {plain(word) for word in words.OF_A_MODEL}
    assert not any(hasattr(family, word) for family in families() for word in words.OF_A_FAMILY)
    assert not {*dir(ml)} & {*words.VERBS, *words.NOT_HERE}


def test_words_are_known_however_they_are_written(fit):
    for word in ("p_values", "PValues", "pvalues_"):
        with pytest.raises(AttributeError, match=r'fit.to_frame\(\)\["p_value"\]'):
            getattr(fit, word)
    for name in (
        "negative binomial",
        "Negative-Binomial",
        "negative.binomial",
        " NegativeBinomial ",
    ):
        assert ml.family(name) is ml.NegativeBinomial


def test_a_parameter_asked_for_as_an_attribute_is_shown_where_it_is(fit):
    with pytest.raises(AttributeError, match=r'fit.params\["mean"\]'):
        fit.mean  # noqa: B018
    line = ml.fit(ml.Normal("y ~ x"), {"y": [1.0, 2.0, 2.5, 4.5], "x": [0.0, 1.0, 2.0, 3.0]})
    for word in ("x", "sigma", "Intercept"):
        assert isinstance(line.params[word], float)
        with pytest.raises(AttributeError, match=rf'fit.params\["{word}"\]'):
            getattr(line, word)


def test_what_nobody_knows_is_no_list_of_sixty_words(fit):
    with pytest.raises(AttributeError, match=r"'qqq'; its words are those of dir\(fit\)\.$"):
        fit.qqq  # noqa: B018
    with pytest.raises(AttributeError, match=r"'qqq'; ml.families\(\) lists.*dir\(ml\)"):
        ml.qqq  # noqa: B018


@pytest.mark.parametrize("model", [ml.Normal, ml.Normal("y ~ x")], ids=["class", "instance"])
@pytest.mark.parametrize("word", words.OF_A_FAMILY)
def test_a_family_answers_what_a_distribution_is_asked_elsewhere(model, word):
    with pytest.raises(AttributeError, match=rf"'Normal' has no attribute '{word}'; here it is"):
        getattr(model, word)
    assert not hasattr(model, word)


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
def test_a_family_keeps_copies_and_pickles_whole(family):
    known = {k: 3 for k, p in family.parameters.items() if p.known}
    model = family(**known)
    assert copy.deepcopy(model) == model
    assert pickle.loads(pickle.dumps(model)) == model
    with pytest.raises(AttributeError, match=r"has no attribute 'qqq'\.$"):
        model.qqq  # noqa: B018


@pytest.mark.parametrize("family", families(), ids=lambda f: f.__name__)
@pytest.mark.parametrize("word", ["num_classes", "link_function", "qqq"])
def test_an_unknown_parameter_is_answered_by_every_family(family, word):
    known = {k: 3 for k, p in family.parameters.items() if p.known}
    with pytest.raises(ml.ModelError, match=f"{family.__name__} has no parameter '{word}'"):
        family(**known, **{word: 3})


def test_parameters_are_listed_with_their_meanings():
    with pytest.raises(ml.ModelError, match=r"there are mean \(mean of y\), shape \(1/CV²: larger"):
        ml.Gamma(alpha=2)
    with pytest.raises(ml.ModelError, match="part of a predictor"):
        ml.Bernoulli("y ~ x", link="probit")


def test_options_of_a_loss_elsewhere_are_answered():
    with pytest.raises(ml.ModelError, match=r"ml.loss has no option 'ignore_index'.*weight=w"):
        ml.loss(ml.Categorical(), ignore_index=-1)
    with pytest.raises(ml.ModelError, match="did you mean 'reduction'"):
        ml.loss(ml.Categorical(), reductoin="sum")


def test_models_that_are_not_here_are_answered_with_what_is_nearest():
    for name, said in [("zip", "zero-inflated"), ("Tweedie", "ml.Gamma"), ("lmer", "cluster=")]:
        with pytest.raises(ml.ModelError, match=f"no family '{name}': .*{said}"):
            ml.fit(name, Y)
        with pytest.raises(AttributeError, match=f"no '{name}': .*{said}"):
            getattr(ml, name)


@pytest.mark.parametrize(
    ("model", "cure"),
    [
        (Y, r'It comes first: ml.fit\("normal", data\)'),
        ({"y": Y}, r'It comes first: ml.fit\("normal", data\)'),
        (None, "It comes first"),
        (["normal", "gamma"], r"ml.compare\(models, data\)"),
        ([ml.Normal, ml.Gamma()], r"ml.compare\(models, data\)"),
        ("y = x", r'ml.Normal\("y ~ x"\)'),
        ("Gamma(shape=2)", r"without quotes it is a model: ml.Gamma\(shape=2\)"),
    ],
    ids=repr,
)
def test_what_is_no_model_is_answered(model, cure):
    with pytest.raises(ml.ModelError, match=cure):
        ml.fit(model, Y)


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


def test_options_of_a_comparison_are_those_of_a_fit():
    wanted = signature(ml.fit, eval_str=True, globals={**vars(sys.modules["mostlikely.fit"])})
    options = {k: p.annotation for k, p in wanted.parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert get_type_hints(sys.modules["mostlikely.compare"].Options) == options


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


@pytest.mark.parametrize("name", words.MODELS)
def test_names_of_models_elsewhere_lead_to_families_that_there_are(name):
    called = words.MODELS[name]
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
