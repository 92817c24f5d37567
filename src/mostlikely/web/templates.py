"""What the practice asks: templates that draw data, let the library answer, and know the errors.

A template is a function of a random generator. It gives a `Question`, or None where the drawn
numbers make two answers look alike. The wrong choices are errors that people make, each with the
reason why it is one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mostlikely.family import family
from mostlikely.fit import fit
from mostlikely.likelihood.evaluate import likelihood, log_likelihood
from mostlikely.results.fit import Fit
from mostlikely.web.question import Choice, Question, said

__all__ = ["TEMPLATES", "template"]

Template = Callable[[Any], "Question | None"]

#: By topic, in the order of the lesson.
TEMPLATES: dict[str, Template] = {}


def template(topic: str) -> Callable[[Template], Template]:
    """Enter a function into `TEMPLATES`."""

    def enter(function: Template) -> Template:
        TEMPLATES[topic] = function
        return function

    return enter


def ask(
    topic: str,
    text: str,
    right: tuple[str, str],
    wrong: list[tuple[str, str]],
    code: str,
    value: Any,
) -> Question | None:
    """A question from pairs of text and reason."""
    return Question.of(
        topic,
        text,
        Choice(*right, right=True),
        [Choice(*w) for w in wrong],
        code,
        value if isinstance(value, str) else said(float(value), 6),
    )


def coin(rng: Any, low: int = 1) -> tuple[int, int]:
    """A number of flips and of heads, neither none nor all unless ``low`` is 0."""
    n = int(rng.choice([8, 10, 12, 16, 20, 25, 40, 50]))
    return n, int(rng.integers(low, n + 1 - low))


def listed(y: Any) -> str:
    """Data as a list in a sentence and in code."""
    return ", ".join(f"{v:g}" for v in y)


def flipped(n: int, heads: int) -> Fit:
    """The fit of so many heads in n flips."""
    return fit(family("bernoulli")(), [1] * heads + [0] * (n - heads))


def flips(n: int, heads: int) -> str:
    """Data as code."""
    return f"[1] * {heads} + [0] * {n - heads}"


@template("likelihood")
def _product(rng: Any) -> Question | None:
    faces = rng.integers(0, 2, 4)
    p = float(rng.choice([0.6, 0.7, 0.8, 0.9, 0.2, 0.3]))
    heads = int(faces.sum())
    if heads in (0, 4):
        return None
    value = likelihood("bernoulli", faces, p=p)
    shown = ", ".join("H" if f else "T" for f in faces)
    each = [p if f else 1 - p for f in faces]
    return ask(
        "likelihood",
        f"A coin shows heads with probability {p:g}. How likely is the sequence {shown}?",
        (said(value), "Independent flips multiply: " + " × ".join(said(e) for e in each) + "."),
        [
            (said(p**4), f"That is four heads in a row. A tail has probability {said(1 - p)}."),
            (said(sum(each) / 4), "That is the mean of the four probabilities. Independent events "
             "multiply; they are not averaged."),
            ("0.0625", "That is the answer for a fair coin, 0.5⁴. This one is not fair."),
            (said(p**heads), "The tails were left out: they are data too, and each has a "
             "probability."),
        ],
        f"ml.likelihood('bernoulli', {faces.tolist()}, p={p:g})",
        value,
    )  # fmt: skip


@template("log")
def _log(rng: Any) -> Question | None:
    n, heads = coin(rng, 2)
    p = float(rng.choice([0.3, 0.4, 0.5, 0.6, 0.7]))
    data = [1] * heads + [0] * (n - heads)
    value = log_likelihood("bernoulli", data, p=p)
    return ask(
        "log",
        f"{heads} heads in {n} flips. What is the log-likelihood ℓ(p) at p = {p:g}?",
        (said(value), f"ℓ(p) = {heads} log {p:g} + {n - heads} log {said(1 - p)}, natural logs."),
        [
            (said(-value), "That is the negative log-likelihood, the loss. The log of a "
             "probability is never positive."),
            (said(value / np.log(10)), "That took logs to base 10. The argmax is the same; ℓ is a "
             "natural log."),
            (said(heads * np.log(p)), "The tails were left out: each adds log(1 − p)."),
            (said(value / n), "That is the mean per flip. ℓ is the sum, and grows with the data."),
        ],
        f"ml.log_likelihood('bernoulli', {flips(n, heads)}, p={p:g})",
        value,
    )  # fmt: skip


@template("coin")
def _coin(rng: Any) -> Question | None:
    n, heads = coin(rng)
    value = flipped(n, heads).params["p"]
    return ask(
        "coin",
        f"{n} flips, {heads} heads. Which p makes them most probable?",
        (said(value), f"h/p and t/(1 − p) balance at p̂ = h/(h + t) = {heads}/{n}."),
        [
            ("0.5", "That is what you believe of coins before you look. The likelihood knows only "
             "the flips."),
            (said(1 - value), f"That is the share of tails, {n - heads}/{n}."),
            (said((heads + 1) / (n + 2)), "That is (h + 1)/(n + 2), Laplace's rule of succession: "
             "the mean of a posterior with a flat prior, not the maximum of the likelihood."),
            (said(heads / (n - heads)), "That is heads over tails: the odds, not the probability."),
        ],
        f"ml.fit(ml.Bernoulli(), {flips(n, heads)}).params['p']",
        value,
    )  # fmt: skip


@template("counts")
def _poisson(rng: Any) -> Question | None:
    y = rng.poisson(rng.uniform(2, 6), 5)
    if np.ptp(y) < 3:
        return None
    value = fit("poisson", y).params["mean"]
    return ask(
        "counts",
        f"Calls in five hours: {listed(y)}. With Poisson noise, what is the estimate of the mean?",
        (said(value), "The score Σy/mean − n is zero at the mean of the counts."),
        [
            (said(np.median(y)), "That is the median. It is the estimate under Laplace noise; a "
             "Poisson mean is estimated by the mean."),
            (said(np.var(y, ddof=1)), "A Poisson variance equals its mean, but the variance of the "
             "sample is another, worse estimate of it."),
            (said(y.sum()), "That is the total of the five hours, not the rate of one."),
            (said(float(max(y))), "That is the largest count."),
            (said(y.sum() / 4), "That divides by n − 1. The maximum of the likelihood divides by "
             "n."),
        ],
        f"ml.fit('poisson', [{listed(y)}]).params['mean']",
        value,
    )  # fmt: skip


@template("waits")
def _geometric(rng: Any) -> Question | None:
    y = rng.geometric(rng.uniform(0.2, 0.5), 5) - 1
    if y.sum() < 4:
        return None
    value = fit("geometric", y).params["p"]
    return ask(
        "waits",
        f"Failures before the first success, five times: {listed(y)}. With a geometric law, which "
        "probability of success is most likely?",
        (said(value), f"5 successes in {y.sum() + 5} trials: p̂ = n/(n + Σy) = 1/(1 + ȳ)."),
        [
            (said(5 / y.sum()), "That is 1/ȳ: the last trial of each row, the success itself, was "
             "not counted as a trial."),
            (said(1 - value), "That is the probability of a failure."),
            (said(float(np.mean(y))), "That is the mean number of failures; a probability is "
             "asked."),
            ("0.5", "A fair coin is a belief; here it is asked what the data make most probable."),
            ("0.2", "That is one of five, the number of rows. The failures say how hard it was."),
        ],
        f"ml.fit('geometric', [{listed(y)}]).params['p']",
        value,
    )  # fmt: skip


@template("sigma")
def _sigma(rng: Any) -> Question | None:
    y = np.round(rng.normal(rng.uniform(2, 9), rng.uniform(0.5, 2), 5), 1)
    value = fit("normal", y).params["sigma"] if np.ptp(y) > 0.5 else None
    if value is None:
        return None
    return ask(
        "sigma",
        f"Five measurements: {listed(y)}. With normal noise, what is the maximum likelihood "
        "estimate of σ?",
        (said(value), "The root of the mean squared distance from the mean, with divisor n."),
        [
            (said(np.std(y, ddof=1)), "That divides by n − 1, which makes the variance unbiased. "
             "The maximum of the likelihood divides by n."),
            (said(np.var(y)), "That is σ̂², the variance: the root is missing."),
            (said(np.mean(np.abs(y - np.median(y)))), "That is the mean distance from the median: "
             "the scale of Laplace noise."),
            (said(np.std(y) / np.sqrt(5)), "That is the standard error of the mean, σ̂/√n."),
        ],
        f"ml.fit('normal', [{listed(y)}]).params['sigma']",
        value,
    )  # fmt: skip


@template("absolute error")
def _median(rng: Any) -> Question | None:
    y = np.sort(np.round(np.append(rng.normal(5, 1, 4), rng.uniform(12, 30)), 1))
    value = fit("laplace", y).params["mu"]
    return ask(
        "absolute error",
        f"You predict one number for {listed(y)} and minimise the absolute error. Which number?",
        (said(value), "Absolute error is Laplace noise, whose most likely location is the median: "
         "the far value counts only for its side."),
        [
            (said(np.mean(y)), "That is the mean, the best number for squared error: normal noise. "
             "One far value pulls it along."),
            (said(0.5 * (y[0] + y[-1])), "That is the middle of the range: the best number for the "
             "largest error, under uniform noise."),
            (said(np.mean(y[:-1])), "The far value was thrown away. The median keeps it, but does "
             "not ask how far it is."),
            (said(y[3]), "That is the fourth of five in order; the middle one is the third."),
        ],
        f"ml.fit('laplace', [{listed(y)}]).params['mu']",
        value,
    )  # fmt: skip


@template("waiting times")
def _exponential(rng: Any) -> Question | None:
    y = np.round(rng.exponential(rng.uniform(2, 8), 5) + 0.1, 1)
    value = fit("exponential", y).params["mean"]
    return ask(
        "waiting times",
        f"Waiting times: {listed(y)} minutes. With exponential noise, what is the estimated mean?",
        (said(value), "The score is zero where the mean is the sample's mean."),
        [
            (said(1 / value), "That is the rate, 1/mean: events in a minute, not minutes."),
            (said(np.median(y)), "That is the median. An exponential's median is 0.693 of its "
             "mean."),
            (said(np.log(2) * value), "That is the median of the fitted law, log 2 · ȳ."),
            (said(np.std(y, ddof=1)), "An exponential's standard deviation equals its mean, but "
             "the likelihood is not at its maximum there."),
        ],
        f"ml.fit('exponential', [{listed(y)}]).params['mean']",
        value,
    )  # fmt: skip


@template("standard error")
def _standard_error(rng: Any) -> Question | None:
    n, heads = coin(rng, 2)
    p = heads / n
    value = flipped(n, heads).standard_errors["p"]
    return ask(
        "standard error",
        f"{heads} heads in {n} flips, so p̂ = {said(p)}. What is its standard error?",
        (said(value), f"One over the root of the information: √(p̂(1 − p̂)/n) = √({said(p)} · "
         f"{said(1 - p)}/{n})."),
        [
            (said(p * (1 - p) / n), "That is the variance of p̂: the root is missing."),
            (said(np.sqrt(p * (1 - p))), "That is the standard deviation of one flip. The estimate "
             "is surer by √n."),
            (said(1 / np.sqrt(n)), "1/√n is twice the error of a fair coin: the margin that polls "
             "quote, near two standard errors."),
            (said(np.sqrt(p / n)), "That is √(p̂/n), the error of a Poisson rate: the tails' factor "
             "1 − p̂ is missing."),
        ],
        f"ml.fit(ml.Bernoulli(), {flips(n, heads)}).standard_errors['p']",
        value,
    )  # fmt: skip


@template("more data")
def _more(rng: Any) -> Question | None:
    n, times = int(rng.choice([20, 50, 80, 100])), int(rng.choice([2, 3, 4]))
    wanted = n * times**2
    was, now = (flipped(k, k // 2).standard_errors["p"] for k in (n, wanted))
    word = {2: "half", 3: "a third", 4: "a quarter"}[times]
    return ask(
        "more data",
        f"Half of {n} flips are heads, and the standard error of p̂ is {said(was)}. How many flips "
        f"bring it to {word} of that?",
        (str(wanted), f"The information grows with n, the error falls with 1/√n: {times}² as many "
         f"flips give {said(now)}."),
        [
            (str(n * times), f"{times} times the flips divide the error by √{times} = "
             f"{said(times**0.5)} only."),
            (str(n * times**3), "Too many: it is the square of the factor, not the cube."),
            (str(n * (times + 4)), f"The error falls with the root of n, so that the factor is "
             f"{times}² = {times**2}."),
            (str(n), "The error does not stay: more data have a sharper peak."),
        ],
        f"ml.fit(ml.Bernoulli(), [1] * {wanted // 2} + [0] * {wanted // 2}).standard_errors['p']",
        now,
    )  # fmt: skip
