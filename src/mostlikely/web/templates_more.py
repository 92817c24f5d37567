"""More of what the practice asks: losses and their noise, edges, intervals."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from mostlikely.family import families, family
from mostlikely.fit import fit
from mostlikely.likelihood.evaluate import likelihood
from mostlikely.loss.catalogue import CATALOGUE
from mostlikely.loss.noise import Noise, noise_of
from mostlikely.web.question import Question, said
from mostlikely.web.templates import ask, coin, flipped, flips, listed, template

__all__: list[str] = []


@cache
def known() -> tuple[Noise, ...]:
    """The losses of the catalogue that are a family's likelihood, one for each family."""
    first: dict[str, Noise] = {}
    names = {f.__name__.lower() for f in families()}
    for entry in CATALOGUE:
        noise = noise_of(entry.name)
        if noise.family is not None and noise.family.name.lower() in names:
            first.setdefault(noise.family.name, noise)
    return tuple(first.values())


def apart(right: Noise, rng: Any) -> list[Noise]:
    """The other losses, in any order, without those that are right as well.

    Two labels are many labels, and a median is a median: neither may stand beside the other.
    """

    def kinds(noise: Noise) -> set[str]:
        model = noise.family
        labels = model is not None and (
            model.labels or (model.support.discrete and model.support.high == 1.0)
        )
        optimum = noise.optimum.split(":")[0]
        between = optimum.startswith("between")
        return {"labels"} if labels else {"between" if between else optimum, str(noise.family)}

    others = (known()[i] for i in rng.permutation(len(known())))
    return [n for n in others if n is not right and not kinds(n) & kinds(right)]


@template("which noise")
def _noise(rng: Any) -> Question | None:
    right = known()[rng.integers(len(known()))]
    wrong = apart(right, rng)
    name = right.family.name if right.family else ""
    return ask(
        "which noise",
        f"Which noise do you believe in when you minimise the {right.loss} loss, "
        f"{right.formula}?",
        (name, f"With nll = −log p(y | f) it is {right.relation}."),
        [
            (w.family.name if w.family else "", f"Its negative log-likelihood is the {w.loss} "
             f"loss, {w.formula}.")
            for w in wrong
        ],
        f"ml.noise_of({right.loss!r}).family.name",
        name,
    )  # fmt: skip


@template("which loss")
def _loss(rng: Any) -> Question | None:
    right = known()[rng.integers(len(known()))]
    wrong = apart(right, rng)
    model = right.family
    if model is None or any(w.loss == right.loss for w in wrong):
        return None
    return ask(
        "which loss",
        f"You believe that the noise is {model.name}. Which loss belongs to that belief?",
        (right.loss, f"With nll = −log p(y | f) it is {right.relation}."),
        [
            (w.loss, f"That assumes {w.family.name if w.family else ''} noise; its best "
             f"prediction is {w.optimum}.")
            for w in wrong
        ],
        f"ml.noise_of({right.loss!r}).family.name",
        model.name,
    )  # fmt: skip


@template("best prediction")
def _optimum(rng: Any) -> Question | None:
    right = known()[rng.integers(len(known()))]
    wrong = apart(right, rng)
    return ask(
        "best prediction",
        f"A model is trained with the {right.loss} loss until nothing more can be gained. What "
        "does it predict?",
        (right.optimum, f"The loss assumes {right.family!r}, and that is what its f stands for."),
        [(w.optimum, f"That is what the {w.loss} loss asks for.") for w in wrong],
        f"ml.noise_of({right.loss!r}).optimum",
        right.optimum,
    )


@template("edge")
def _edge(rng: Any) -> Question | None:
    n, _ = coin(rng)
    heads = int(rng.choice([0, n]))
    found = flipped(n, heads)
    low, high = found.interval("p", method="profile")
    none = "no" if heads == 0 else "only"
    answer = f"p̂ = {said(found.params['p'])}, and p between {said(low)} and {said(high)}"
    return ask(
        "edge",
        f"{n} flips, {none} heads. What does the likelihood say of p, with 95 % confidence?",
        (answer, "The likelihood is largest on the edge itself. There is no slope of zero and no "
         "standard error, but the likelihood ratio still bounds p on the other side."),
        [
            (f"p̂ = {said(found.params['p'])}, exactly: ± 0", "√(p̂(1 − p̂)/n) is 0 here, but that "
             "formula holds inside, not on the edge. Few flips cannot make one certain."),
            ("nothing: the estimate does not exist", "It does: the likelihood has a largest value, "
             "at the edge."),
            ("p̂ = 0.5, as nothing is known", "Much is known: a fair coin does this once in "
             f"2^{n} times."),
        ],
        f"ml.fit(ml.Bernoulli(), {flips(n, heads)}).interval('p', method='profile')",
        f"({low:.6g}, {high:.6g})",
    )  # fmt: skip


@template("no maximum")
def _no_maximum(rng: Any) -> Question | None:
    value = float(np.round(rng.uniform(1, 9), 1))
    name = rng.choice(["normal", "laplace"])
    found = fit(str(name), [value])
    title = family(str(name)).__name__
    scale = list(family(str(name)).parameters)[-1]
    return ask(
        "no maximum",
        f"One measurement, {value:g}, and {title} noise with mu and {scale} both free. What is "
        "the maximum likelihood estimate?",
        ("There is none: the likelihood grows without bound", f"With mu = {value:g} the density "
         f"at the datum grows without end as {scale} → 0. One value says nothing of a spread."),
        [
            (f"mu = {value:g}, {scale} = 1", "A scale of one is a default of programs, not what "
             "the data make most probable."),
            (f"mu = {value:g}, {scale} = 0", f"{scale} must be positive: at 0 there is no density. "
             "It is approached, and the likelihood has no largest value."),
            (f"mu = 0, {scale} = {value:g}", "The location goes to the datum first: no other mu "
             "makes it more probable, at any scale."),
        ],
        f"ml.fit({str(name)!r}, [{value:g}]).verdict.kind",
        found.verdict.kind,
    )  # fmt: skip


@template("which interval")
def _interval(rng: Any) -> Question | None:
    n, heads = coin(rng, 1)
    found = flipped(n, heads)
    low, high = found.interval("p", method="profile")
    ends = {
        "wald": found.interval("p", scale="natural"),
        "logit": found.interval("p", scale="link"),
        "narrow": found.interval("p", level=0.68, method="profile"),
    }
    shown = {k: f"{said(a)} to {said(b)}" for k, (a, b) in ends.items()}
    return ask(
        "which interval",
        f"{heads} heads in {n} flips. Which interval holds exactly those p whose ℓ(p) is at most "
        "1.92 below its top?",
        (f"{said(low)} to {said(high)}", "That is the likelihood-ratio interval: 1.92 is half of "
         "3.84, the 95 % point of χ² on one degree of freedom."),
        [
            (shown["wald"], "That is Wald's, p̂ ± 1.96 standard errors: symmetric, which the "
             "likelihood is not."),
            (shown["logit"], "That is Wald's on the log-odds, mapped back: better, but still a "
             "parabola in place of ℓ."),
            (shown["narrow"], "That is the likelihood-ratio interval of 68 %: where ℓ has fallen "
             "by a half."),
        ],
        f"ml.fit(ml.Bernoulli(), {flips(n, heads)}).interval('p', method='profile')",
        f"({low:.6g}, {high:.6g})",
    )  # fmt: skip


@template("ratio")
def _ratio(rng: Any) -> Question | None:
    n, heads = coin(rng, 2)
    n, heads = min(n, 16), min(heads, 14)
    a, b = (float(v) for v in rng.choice([0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8], 2, replace=False))
    data = [1] * heads + [0] * (n - heads)
    if heads >= n:
        return None
    first, second = likelihood("bernoulli", data, p=a), likelihood("bernoulli", data, p=b)
    value = first / second
    if not 0.05 < value < 200 or abs(np.log(value)) < 0.2:
        return None
    return ask(
        "ratio",
        f"{heads} heads in {n} flips. How many times as probable do they become with p = {a:g} as "
        f"with p = {b:g}?",
        (said(value), f"L({a:g})/L({b:g}) = ({a:g}/{b:g})^{heads} · ({said(1 - a)}/"
         f"{said(1 - b)})^{n - heads}. Likelihoods are compared by their ratio."),
        [
            (said(1 / value), "That is the other way about: L of the second over L of the first."),
            (said(a / b), "That is the ratio of the parameters, not of what they make of the "
             "data."),
            (said(np.log(value)), "That is ℓ of the one minus ℓ of the other: the log of the "
             "ratio."),
            (said((a / b) ** heads), "The tails were left out: each is a factor too."),
        ],
        f"ml.likelihood('bernoulli', {flips(n, heads)}, p={a:g}) / "
        f"ml.likelihood('bernoulli', {flips(n, heads)}, p={b:g})",
        value,
    )  # fmt: skip


@template("largest value")
def _uniform(rng: Any) -> Question | None:
    y = np.sort(np.round(rng.uniform(0, rng.uniform(5, 20), 5), 1))
    value = fit(family("uniform")(low=0), y).params["high"]
    if y[-1] - y[0] < 2:
        return None
    return ask(
        "largest value",
        f"{listed(y)} are uniform between 0 and an unknown end. Which end is most likely?",
        (said(value), "The density is 1/high on every datum, so the smaller the better, down to "
         "the largest datum. The estimate is on an edge, and the verdict says so."),
        [
            (said(2 * np.mean(y)), "That is twice the mean: the method of moments. It may even be "
             "below a datum, which would then be impossible."),
            (said(y[-1] * 6 / 5), "That is the largest times (n + 1)/n: unbiased, but not the most "
             "likely."),
            (said(np.mean(y)), "That is the mean: data above it would be impossible."),
            (said(y[-1] + y[0]), "The largest plus the smallest is fair by symmetry, and not the "
             "maximum of the likelihood."),
        ],
        f"ml.fit(ml.Uniform(low=0), [{listed(y)}]).params['high']",
        value,
    )  # fmt: skip
