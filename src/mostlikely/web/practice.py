"""The quiz of the lesson and the practice: questions made, answered and graded by the library."""

from __future__ import annotations

from typing import Any

import numpy as np

from mostlikely.likelihood.evaluate import log_likelihood
from mostlikely.loss.noise import noise_of
from mostlikely.web import templates_more  # noqa: F401  # it fills TEMPLATES
from mostlikely.web.question import Question, said
from mostlikely.web.resources import resource
from mostlikely.web.templates import TEMPLATES, ask, flipped, flips

__all__ = ["bank", "question", "quiz", "round_of"]

Json = dict[str, Any]

#: How many of each template are in the bank, and how many questions are one round.
EACH = 3
ROUND = 8


def question(topic: str, seed: int) -> Question:
    """The question that a template makes of a seed: the same for ever.

    Parameters
    ----------
    topic : str
        One of `TEMPLATES`.
    seed : int
        Not negative.

    Examples
    --------
    >>> made = question("coin", 3)
    >>> made == question("coin", 3), len(made.choices), sum(c.right for c in made.choices)
    (True, 4, 1)
    """
    place = list(TEMPLATES).index(topic)
    for attempt in range(1000):
        rng = np.random.default_rng([seed, place, attempt])
        made = TEMPLATES[topic](rng)
        if made is not None:
            return made.shuffled(rng)
    raise AssertionError(f"the template {topic!r} found no four different answers.")


@resource("practice")
def bank(each: int = EACH) -> Json:
    """The questions of the exported lesson, ``each`` of every template, mixed.

    Returns
    -------
    dict
        ``{"round": questions in one round, "questions": [...]}``.

    Examples
    --------
    >>> found = bank(1)
    >>> len(found["questions"]) == len(TEMPLATES)
    True
    """
    made = [question(topic, seed) for seed in range(each) for topic in TEMPLATES]
    order = np.random.default_rng(7).permutation(len(made))
    return {"round": ROUND, "questions": [made[i].plain() for i in order]}


@resource("practice/{}", also=lambda seed: seed.isascii() and seed.isdigit() and len(seed) < 4)
def round_of(seed: int | str) -> Json:
    """A fresh round, each of its questions from another template.

    Parameters
    ----------
    seed : int or str
        Below 1000 where a page asks for it: so many rounds there are, made when they are wanted.

    Examples
    --------
    >>> len({q["topic"] for q in round_of(11)["questions"]})
    8
    """
    seed = int(seed)
    topics = np.random.default_rng(seed).permutation(list(TEMPLATES))[:ROUND]
    made = [question(str(topic), seed).plain() for topic in topics]
    return {"round": ROUND, "questions": made}


@resource("quiz")
def quiz() -> Json:
    """The three questions that end the lesson.

    Examples
    --------
    >>> [q["topic"] for q in quiz()["questions"]]
    ['coin', 'log', 'noise']
    """
    rng = np.random.default_rng(0)  # which puts the right ones in three different places
    made = [q.shuffled(rng).plain() for q in (_coin(), _log(), _noise()) if q is not None]
    return {"questions": made}


def _coin() -> Question | None:
    value = flipped(10, 7).params["p"]
    return ask(
        "coin",
        "You flip a coin 10 times and see 7 heads. What is p̂?",
        (said(value), "ℓ(p) = 7 log p + 3 log(1 − p). Its slope 7/p − 3/(1 − p) is zero at "
         "p̂ = 7/10."),
        [
            ("0.5", "That is what you believe of coins before you look. The likelihood knows only "
             "the flips: a fair coin gives 7 of 10 less often than one with p = 0.7."),
            ("0.3", "That is the share of tails. Here p is the probability of heads, and 7 of 10 "
             "are heads."),
            ("7", "That is the number of heads. p is a probability, between 0 and 1: divide by the "
             "10 flips."),
        ],
        f"ml.fit(ml.Bernoulli(), {flips(10, 7)}).params['p']",
        value,
    )  # fmt: skip


def _log() -> Question | None:
    value = log_likelihood("bernoulli", [1] * 1000, p=0.8)
    return ask(
        "log",
        "Why do we maximise log L and not L itself?",
        ("A sum of logs keeps its digits where a product of many small numbers becomes 0, and the "
         "best θ is the same",
         f"The log is increasing, so that the argmax stays; 0.8¹⁰⁰⁰ is 0 in float32, and its log, "
         f"{said(value, 6)}, is an ordinary number. Sums are easy to differentiate, too."),
        [
            ("Because the log moves the maximum to a better place", "It moves nothing: log is "
             "increasing, so whatever makes L largest makes log L largest."),
            ("Because probabilities must be made to add up to 1", "Logs of probabilities do not "
             "add up to 1, and likelihoods need not: L is a function of θ, not a density over θ."),
            ("Because the log makes every likelihood a parabola", "Only the normal's ℓ(μ) is one. "
             "Near its top every smooth ℓ looks like one, and that is where standard errors come "
             "from; but it is no reason for the log."),
        ],
        "ml.log_likelihood('bernoulli', [1] * 1000, p=0.8)",
        value,
    )  # fmt: skip


def _noise() -> Question | None:
    right = noise_of("mae")
    others = [noise_of(name) for name in ("mse", "log_loss", "poisson")]
    why = {
        "Normal": "That is squared error. Its curve is a parabola, so that a far point counts by "
        "its square; absolute error grows in a straight line.",
        "Bernoulli": "That is cross-entropy, for y that is 0 or 1. Absolute error is of numbers.",
        "Poisson": "That is for counts, with a loss f − y log f. Absolute error does not ask "
        "whether y is whole.",
    }
    names = [o.family.name for o in others if o.family is not None]
    model = right.family.name if right.family is not None else ""
    return ask(
        "noise",
        "You train with mean absolute error, torch.nn.L1Loss. Which noise do you assume?",
        (model, f"−log p(y | f) of a Laplace law is |y − f|/b + log 2b. Its best prediction is "
         f"{right.optimum}."),
        [(name, why[name]) for name in names],
        "ml.noise_of('mae').family.name",
        model,
    )  # fmt: skip
