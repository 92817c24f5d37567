"""The quiz and the practice: what is graded right is right, found by another route."""

from __future__ import annotations

import re
from math import log, sqrt

import numpy as np
import pytest
from scipy import optimize, stats

import mostlikely as ml
from mostlikely.web import resources
from mostlikely.web.practice import ROUND, bank, question, quiz, round_of
from mostlikely.web.question import said
from mostlikely.web.templates import TEMPLATES

BANK = bank()["questions"]
QUIZ = quiz()["questions"]


def right(asked):
    (choice,) = (c for c in asked["choices"] if c["right"])
    return choice["text"]


def numbers(text):
    """Every number of a text, in order."""
    return [float(n.replace("−", "-")) for n in re.findall(r"[−-]?\d+(?:\.\d+)?", text)]


# Another route to each answer: no call of the library in it.


def _binomial(text):
    heads, n = numbers(text)[:2]
    return (heads, n) if "heads in" in text else (n, heads)


def likelihood(text):
    (p,) = numbers(text)
    faces = re.findall(r"\b[HT]\b", text)
    return np.prod([p if f == "H" else 1 - p for f in faces])


def ell(text):
    heads, n, p = numbers(text)
    return heads * log(p) + (n - heads) * log(1 - p)


def share(text):
    n, heads = numbers(text)
    return heads / n


def five(text):
    return np.array(numbers(text)[:5])


def ends_of_ratio(heads, n):
    """The ends of the likelihood-ratio interval by SciPy."""
    peak = stats.binom.logpmf(heads, n, heads / n)

    def fall(p):
        return stats.binom.logpmf(heads, n, p) - peak + 0.5 * stats.chi2.ppf(0.95, 1)

    low = 0.0 if heads == 0 else optimize.brentq(fall, 1e-12, heads / n)
    high = 1.0 if heads == n else optimize.brentq(fall, heads / n, 1 - 1e-12)
    return low, high


def edge(text):
    (n, *_) = numbers(text)
    heads = 0 if "no heads" in text else n
    low, high = ends_of_ratio(heads, n)
    return f"p̂ = {said(heads / n)}, and p between {said(low)} and {said(high)}"


def interval(text):
    low, high = ends_of_ratio(*numbers(text)[:2])
    return f"{said(low)} to {said(high)}"


def times(text):
    n = numbers(text)[0]
    return n * {"half": 4, "a third": 9, "a quarter": 16}[re.search(r"to (.*) of that", text)[1]]


def ratio(text):
    heads, n, a, b = numbers(text)
    return (a / b) ** heads * ((1 - a) / (1 - b)) ** (n - heads)


def standard_error(text):
    heads, n = numbers(text)[:2]
    return sqrt(heads / n * (1 - heads / n) / n)


#: What the losses of the catalogue are, known from elsewhere (scikit-learn's and PyTorch's docs).
NOISE = {
    "squared error": "Normal",
    "absolute error": "Laplace",
    "Huber": "Huber",
    "pinball": "AsymmetricLaplace",
    "log-cosh": "HyperbolicSecant",
    "gamma deviance": "Gamma",
    "inverse Gaussian deviance": "InverseGaussian",
    "accelerated failure time": "LogNormal",
    "cross-entropy of scores (softmax)": "Categorical",
    "binary cross-entropy of probabilities": "Bernoulli",
    "Poisson negative log-likelihood": "Poisson",
}
LOSS = {family: loss for loss, family in NOISE.items()}
BEST = {
    "squared error": "the mean",
    "absolute error": "the median",
    "Huber": "between the mean",
    "pinball": "the quantile",
    "log-cosh": "between the mean",
    "gamma deviance": "the mean",
    "inverse Gaussian deviance": "the mean",
    "accelerated failure time": "the location of log y",
    "cross-entropy of scores (softmax)": "the log-probability",
    "binary cross-entropy of probabilities": "the probability",
    "Poisson negative log-likelihood": "log of the mean",
}
ROUTES = {
    "likelihood": likelihood,
    "log": ell,
    "coin": share,
    "counts": lambda text: five(text).mean(),
    "waits": lambda text: 5 / (5 + five(text).sum()),
    "sigma": lambda text: five(text).std(),
    "absolute error": lambda text: np.median(five(text)),
    "waiting times": lambda text: five(text).mean(),
    "standard error": standard_error,
    "more data": times,
    "which noise": lambda text: NOISE[re.search(r"minimise the (.*?) loss,", text)[1]],
    "which loss": lambda text: LOSS[re.search(r"the noise is (\w+)\.", text)[1]],
    "best prediction": lambda text: BEST[re.search(r"with the (.*?) loss until", text)[1]],
    "edge": edge,
    "no maximum": lambda text: "There is none: the likelihood grows without bound",
    "which interval": interval,
    "ratio": ratio,
    "largest value": lambda text: five(text).max(),
}


def agrees(asked):
    found = ROUTES[asked["topic"]](asked["text"])
    text = right(asked)
    if isinstance(found, str):
        return text.startswith(found) if asked["topic"] == "best prediction" else text == found
    return text == said(float(found)) or text == f"{found:g}"


def test_every_template_has_another_route():
    assert set(ROUTES) == set(TEMPLATES)


@pytest.mark.parametrize("asked", BANK, ids=lambda q: q["topic"])
def test_what_the_bank_grades_as_right_is_what_another_route_gives(asked):
    assert agrees(asked)


@pytest.mark.parametrize("topic", TEMPLATES)
def test_fresh_questions_are_graded_right_and_no_wrong_choice_is_right(topic):
    for seed in range(100, 125):
        asked = question(topic, seed).plain()
        assert agrees(asked)
        texts = [c["text"] for c in asked["choices"]]
        assert len(set(texts)) == 4
        assert [c["right"] for c in asked["choices"]].count(True) == 1
        assert all(c["why"].endswith(".") for c in asked["choices"])


@pytest.mark.parametrize("asked", [*BANK, *QUIZ], ids=lambda q: q["topic"])
def test_the_line_of_code_gives_the_answer_that_is_shown(asked):
    found = eval(asked["code"], {"ml": ml})  # our own line, made by a template
    if isinstance(found, float):
        assert said(found, 6) == asked["answer"]
    elif isinstance(found, tuple):
        assert found == pytest.approx(
            [float(e) for e in asked["answer"].strip("()").split(",")], rel=1e-5
        )
    else:
        assert str(found) == asked["answer"]


def test_the_bank_has_at_least_48_questions_and_the_right_one_is_not_always_in_one_place():
    places = [[c["right"] for c in q["choices"]].index(True) for q in BANK]
    assert len(BANK) >= 48
    assert min(places.count(k) for k in range(4)) >= 6


def test_a_seed_makes_the_same_round_for_ever_and_another_seed_another():
    assert round_of(3) == round_of(3)
    assert round_of(3) != round_of(4)
    topics = [q["topic"] for q in round_of(3)["questions"]]
    assert len(set(topics)) == ROUND


def test_the_quiz_asks_what_the_lesson_taught():
    coin, logs, noise = QUIZ
    assert right(coin) == "0.7"
    assert "argmax" in next(c["why"] for c in logs["choices"] if c["right"])
    assert right(noise) == "Laplace"


def test_a_round_is_served_for_a_seed_and_not_exported():
    assert resources.make("practice/7") == round_of(7)
    assert "practice/7" not in resources.names()
    assert {"practice", "quiz"} <= set(resources.names())


@pytest.mark.parametrize(
    "name",
    ["practice/", "practice/1000", "practice/-1", "practice/²", "practice/x", "practice/7/7"],
)
def test_what_is_no_seed_is_refused(name):
    with pytest.raises(ml.DataError, match="nothing called"):
        resources.make(name)
