"""The models and data whose answer must not depend on the door: every family, every verdict."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import numpy as np
from scipy.special import ndtri

import mostlikely as ml
from tests.truths.cases import at, between, rng_of

__all__ = ["BY_NAME", "CASES", "Case"]

#: Rows of a case that is drawn.
N = 60
#: Rows of a regression that is drawn.
ROWS = 40
#: The levels of the families of labels.
LEVELS = {"Categorical": ["a", "b", "c"], "Ordinal": ["low", "mid", "top"]}
#: Lighter tails than any Student-t's.
NORMAL_SCORES = ndtri((np.arange(N) + 0.5) / N)


@dataclass(frozen=True, eq=False)
class Case:
    """A model of one response, and what is known of how its fit ends.

    Parameters
    ----------
    name : str
        As the tests call it.
    make : callable
        Makes the model, given what is bound of its parameters by name.
    y : array or list, shape (n,)
        The response.
    kind : str
        The verdict's kind that is right.
    unbounded : bool
        Whether the verdict must say that the likelihood grows without bound elsewhere.
    refused : bool
        Whether the data are impossible under what is fixed, so that there is no fit.
    x : array, shape (n,), optional
        A predictor of the first parameter: the model is a regression.
    weights : array, shape (n,), optional
        One per row.
    weight_kind : str
        What they mean.
    link : str, optional
        The link of the first parameter, if it is not its own.
    first : str, optional
        The keyword that takes the first formula, if it is not the first parameter's name.
    """

    name: str
    make: Callable[..., ml.Family]
    y: Any
    kind: str = "interior"
    unbounded: bool = False
    refused: bool = False
    x: np.ndarray | None = None
    weights: np.ndarray | None = None
    weight_kind: str = "frequency"
    link: str | None = None
    first: str = field(default="")

    def __repr__(self) -> str:
        return self.name

    @property
    def model(self) -> ml.Family:
        """The model as the plain door takes it: of one sample, or with its one formula."""
        return self.make() if self.x is None else self.spelled("y ~ x")

    @property
    def keyword(self) -> str:
        """The keyword of the formula that names the response."""
        return self.first or self.make().free[0]

    def spelled(self, formula: str, **others: str) -> ml.Family:
        """The model with a formula for its first parameter, and others for others."""
        bound = formula if self.link is None else ml.linear(formula, link=self.link)
        return self.make(**{self.keyword: bound}, **others)

    def table(self) -> dict[str, Any]:
        """The data as a frame."""
        return {"y": self.y} | ({} if self.x is None else {"x": self.x})


def middle(family: type[ml.Family]) -> ml.Distribution:
    """The family at the middle of its typical ranges."""
    return at(family, {k: between(p, 0.5) for k, p in family.parameters.items()})


def drawn(family: type[ml.Family], n: int = N) -> Any:
    """A sample of the family, in its levels where it is of labels."""
    law = middle(family)
    y = law.sample(n, seed=rng_of(family.__name__, "same"))
    if family.labels:
        return [LEVELS[family.__name__][int(place)] for place in y]
    return y


def maker(family: type[ml.Family]) -> Callable[..., ml.Family]:
    """What makes the family's models: with its levels, or what is never estimated."""
    if family.labels:
        return partial(family, levels=LEVELS[family.__name__])
    return partial(family, **middle(family).family.fixed)


def keyword(family: type[ml.Family]) -> str:
    """Where a family of labels takes its formula."""
    return {"Categorical": "formula", "Ordinal": "location"}.get(family.__name__, "")


#: Families whose typical likelihood is unbounded elsewhere, which their verdict must say.
UNBOUNDED = ("GeneralizedNormal", "GeneralizedPareto", "GEV", "StudentT")
#: Families whose estimate is an extreme value of the sample.
EXTREME = ("Pareto", "Uniform")
#: Families whose samples are weighted by how often each row was seen, and by what it stands for.
COUNTED = ("Normal", "Gamma", "Poisson", "StudentT", "Weibull", "Laplace", "Categorical")
SAMPLED = ("Normal", "Gamma", "Bernoulli", "Categorical", "Ordinal")
#: Kinds of weights in a case's name.
WORDS = {"frequency": "frequencies", "precision": "precisions", "sampling": "sampling"}


def every_family() -> list[Case]:
    """A sample of each."""
    return [
        Case(
            f.__name__,
            maker(f),
            drawn(f),
            kind="boundary" if f.__name__ in EXTREME else "interior",
            unbounded=f.__name__ in UNBOUNDED,
            first=keyword(f),
        )
        for f in ml.families()
    ]


def every_regression() -> list[Case]:
    """A predictor for the first parameter of each; an end that follows the data has no optimum."""
    x = np.random.default_rng(8).normal(size=ROWS)
    return [
        Case(
            f"{f.__name__} ~ x",
            maker(f),
            drawn(f, ROWS),
            unbounded=f.__name__ in UNBOUNDED,
            x=x,
            first=keyword(f),
        )
        for f in ml.families()
        if f.__name__ not in EXTREME
    ]


def counts(*numbers: int) -> np.ndarray:
    return np.array(numbers, dtype=float)


def every_verdict() -> list[Case]:
    """The ends that are no plain interior maximum."""
    rng = np.random.default_rng(0)
    few = counts(2, 3, 3, 2, 3, 4, 3, 2, 3, 3, 4, 3)
    above = rng.pareto(1.5, N) + 1.0
    skewed = rng.gamma(3.0, 2.0, N)
    return [
        Case("NegativeBinomial as Poisson", ml.NegativeBinomial, few, "boundary"),
        Case("StudentT as Normal", ml.StudentT, NORMAL_SCORES, "boundary", unbounded=True),
        Case("Burr12 as Pareto", ml.Burr12, above, "boundary"),
        Case("Lomax as Exponential", ml.Lomax, np.linspace(0.5, 3.0, N), "boundary"),
        Case("Bernoulli without heads", ml.Bernoulli, counts(*[0] * 20), "boundary"),
        Case("Poisson of zeros", ml.Poisson, counts(*[0] * 20), "boundary"),
        Case("BetaBinomial of zeros", partial(ml.BetaBinomial, n=6), counts(*[0] * 20), "boundary"),
        Case("Pareto above its minimum", ml.Pareto, above, "boundary"),
        Case("Normal, constant", ml.Normal, np.full(10, 3.0), "no maximum", unbounded=True),
        Case("Gamma, constant", ml.Gamma, np.full(10, 3.0), "no maximum", unbounded=True),
        Case(
            "BetaBinomial of one trial",
            partial(ml.BetaBinomial, n=1),
            counts(0, 1, 1, 0, 1),
            "not identified",
        ),
        Case("Laplace, odd", ml.Laplace, rng.laplace(size=21)),
        Case("Laplace, even", ml.Laplace, rng.laplace(size=20)),
        Case("AsymmetricLaplace, odd", ml.AsymmetricLaplace, rng.laplace(size=21)),
        Case("AsymmetricLaplace, even", ml.AsymmetricLaplace, rng.laplace(size=20)),
        Case("Shifted Gamma", partial(ml.Shifted, ml.Gamma()), 5.0 + skewed, unbounded=True),
        Case(
            "Shifted LogNormal",
            partial(ml.Shifted, ml.LogNormal()),
            5.0 + np.exp(rng.normal(size=N)),
            unbounded=True,
        ),
        Case("Pareto below its minimum", partial(ml.Pareto, minimum=2.0), above, refused=True),
    ]


def regressions_at_an_end() -> list[Case]:
    """Regressions that are no plain interior maximum, and links of one's own."""
    x = np.array([-1.2, -0.7, -0.3, 0.0, 0.1, 0.4, 0.6, 0.9, 1.1, 1.6, -0.9, 0.3])
    sign = np.where(x > 0.2, 1.0, 0.0)
    three = np.where(x > 0.5, "top", np.where(x > -0.5, "mid", "low"))
    label = maker(ml.Categorical), [{"low": "a", "mid": "b", "top": "c"}[v] for v in three]
    order = maker(ml.Ordinal), list(three)
    return [
        Case("Bernoulli separated", ml.Bernoulli, sign, "separation", x=x),
        Case("Categorical separated", *label, "separation", x=x, first="formula"),
        Case("Ordinal separated", *order, "separation", x=x, first="location"),
        Case(
            "Poisson, identity link, at its edge",
            ml.Poisson,
            counts(0, 0, 0, 1, 1, 2, 3, 4, 5, 6, 0, 2),
            "boundary",
            x=x + 1.2,
            link="identity",
        ),
        Case(
            "NegativeBinomial ~ x as Poisson",
            ml.NegativeBinomial,
            counts(2, 3, 3, 2, 3, 4, 3, 2, 3, 3, 4, 3),
            "boundary",
            x=x,
        ),
        Case("Poisson, softplus link", ml.Poisson, np.round(np.exp(1.0 + x)), x=x, link="softplus"),
    ]


def weighted() -> list[Case]:
    """Frequencies, precisions where a dispersion takes them, and shares of a population."""
    rng = np.random.default_rng(3)
    often = np.arange(N) % 3 + 1.0
    uneven = rng.uniform(0.5, 2.0, N)
    by_name = {f.__name__: f for f in ml.families()}
    return [
        *(weighted_as(by_name[name], "frequency", often) for name in COUNTED),
        *(weighted_as(f, "precision", uneven) for f in by_name.values() if f.precision_weights),
        *(weighted_as(by_name[name], "sampling", uneven) for name in SAMPLED),
    ]


def weighted_as(family: type[ml.Family], kind: str, weights: np.ndarray) -> Case:
    """The family's sample with weights."""
    return Case(
        f"{family.__name__}, {WORDS[kind]}",
        maker(family),
        drawn(family),
        unbounded=family.__name__ in UNBOUNDED,
        weights=weights,
        weight_kind=kind,
        first=keyword(family),
    )


CASES: Sequence[Case] = (
    *every_family(),
    *every_verdict(),
    *weighted(),
    *every_regression(),
    *regressions_at_an_end(),
)
BY_NAME: Mapping[str, Case] = {case.name: case for case in CASES}
