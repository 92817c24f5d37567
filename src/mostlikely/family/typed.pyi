# Written by `python -m mostlikely.family.stubs` from the declarations.
from typing import Any, TypeAlias

from mostlikely.family.base import Family
from mostlikely.family.predictor import Predictor

__all__ = [
    "AsymmetricLaplace",
    "Bernoulli",
    "Beta",
    "BetaBinomial",
    "Binomial",
    "BirnbaumSaunders",
    "Burr12",
    "Categorical",
    "Cauchy",
    "Exponential",
    "GEV",
    "Gamma",
    "GeneralizedGamma",
    "GeneralizedNormal",
    "GeneralizedPareto",
    "Geometric",
    "Gompertz",
    "Gumbel",
    "HalfNormal",
    "Huber",
    "HyperbolicSecant",
    "InverseGamma",
    "InverseGaussian",
    "Kumaraswamy",
    "Laplace",
    "LogLogistic",
    "LogNormal",
    "Logistic",
    "Lomax",
    "NegativeBinomial",
    "Normal",
    "Ordinal",
    "Pareto",
    "Poisson",
    "Rayleigh",
    "SkewNormal",
    "StudentT",
    "Uniform",
    "VonMises",
    "Weibull",
]

#: A number is known, a formula says what a parameter depends on, None leaves it to be estimated.
Bound: TypeAlias = float | str | Predictor | None

class AsymmetricLaplace(Family):
    """Errors of which a given share falls below mu; its loss is the pinball loss."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
        quantile: Bound = ...,
    ) -> None: ...

class Bernoulli(Family):
    """One yes or no: a coin flip; its loss is binary cross-entropy."""

    def __init__(
        self,
        p: Bound = ...,
    ) -> None: ...

class Beta(Family):
    """Shares and rates between 0 and 1: yields, proportions of time, fractions of a whole."""

    def __init__(
        self,
        mean: Bound = ...,
        precision: Bound = ...,
    ) -> None: ...

class BetaBinomial(Family):
    """Successes among n tries whose probability differs from row to row as a beta."""

    def __init__(
        self,
        mean: Bound = ...,
        precision: Bound = ...,
        *,
        n: Bound,
    ) -> None: ...

class Binomial(Family):
    """Successes among n tries that are alike: heads in n flips, seeds of n that sprout."""

    def __init__(
        self,
        p: Bound = ...,
        *,
        n: Bound,
    ) -> None: ...

class BirnbaumSaunders(Family):
    """Cycles until a crack, growing by random steps, breaks the part: metal fatigue."""

    def __init__(
        self,
        scale: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class Burr12(Family):
    """Incomes, claims and flood peaks with a power-law tail: P(Y > y) = (1 + (y/scale)^c)^-d."""

    def __init__(
        self,
        scale: Bound = ...,
        c: Bound = ...,
        d: Bound = ...,
    ) -> None: ...

class Categorical(Family):
    """One of several labels, in no order: votes, species, blood groups; its loss is cross-entropy."""

    def __init__(
        self,
        formula: Any = ...,
        base: Any = ...,
        *,
        levels: Any = ...,
        **bound: Any,
    ) -> None: ...

class Cauchy(Family):
    """Ratios and resonances: outliers of any size; its loss is the log of one plus the square."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
    ) -> None: ...

class Exponential(Family):
    """Waiting times without memory: the hazard never changes."""

    def __init__(
        self,
        mean: Bound = ...,
    ) -> None: ...

class GEV(Family):
    """The largest of many values, whatever their tails: yearly maxima of floods, seas and losses."""

    def __init__(
        self,
        mu: Bound = ...,
        sigma: Bound = ...,
        xi: Bound = ...,
    ) -> None: ...

class Gamma(Family):
    """Amounts whose spread grows with their mean: rain, claims, waits for several events."""

    def __init__(
        self,
        mean: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class GeneralizedGamma(Family):
    """Survival times of unknown type: Weibull, gamma and log-normal are members of one family."""

    def __init__(
        self,
        mu: Bound = ...,
        sigma: Bound = ...,
        Q: Bound = ...,
    ) -> None: ...

class GeneralizedNormal(Family):
    """Symmetric errors from peaked to flat: a power of the distance; its loss is the Lp norm."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class GeneralizedPareto(Family):
    """What is left above a high threshold, whatever the tail: excesses of rain, losses, waves."""

    def __init__(
        self,
        sigma: Bound = ...,
        xi: Bound = ...,
    ) -> None: ...

class Geometric(Family):
    """Failures before the first success: waiting, in whole tries, without memory."""

    def __init__(
        self,
        p: Bound = ...,
    ) -> None: ...

class Gompertz(Family):
    """Lifetimes whose hazard grows by the same factor every year: rate·exp(shape·y)."""

    def __init__(
        self,
        rate: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class Gumbel(Family):
    """The largest of many values with light tails: yearly maxima of rain, wind and floods."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
    ) -> None: ...

class HalfNormal(Family):
    """The size of a normal error whose sign is not recorded: distances from a target."""

    def __init__(
        self,
        scale: Bound = ...,
    ) -> None: ...

class Huber(Family):
    """Normal errors up to delta scales from the centre, exponential beyond; its loss is Huber's."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
        delta: Bound = ...,
    ) -> None: ...

class HyperbolicSecant(Family):
    """Symmetric errors between normal at the centre and Laplace in the tails; its loss is log-cosh."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
    ) -> None: ...

class InverseGamma(Family):
    """The reciprocal of a gamma: unknown variances, and amounts with a power-law upper tail."""

    def __init__(
        self,
        scale: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class InverseGaussian(Family):
    """Time at which a drifting random walk first passes a level; more skewed than the gamma."""

    def __init__(
        self,
        mean: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class Kumaraswamy(Family):
    """Much like a beta, with a distribution function in closed form: reservoir storage, shares."""

    def __init__(
        self,
        a: Bound = ...,
        b: Bound = ...,
    ) -> None: ...

class Laplace(Family):
    """Errors with a sharp peak and exponential tails; its loss is the absolute error."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
    ) -> None: ...

class LogLogistic(Family):
    """Times whose odds of being over grow as a power of y; the hazard rises, then falls (Fisk)."""

    def __init__(
        self,
        scale: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class LogNormal(Family):
    """Many small factors multiplied: sizes, incomes, concentrations; squared error of log y."""

    def __init__(
        self,
        mu: Bound = ...,
        sigma: Bound = ...,
    ) -> None: ...

class Logistic(Family):
    """Symmetric errors with tails a little heavier than the normal's; loss 2 log cosh(z/2)."""

    def __init__(
        self,
        mu: Bound = ...,
        scale: Bound = ...,
    ) -> None: ...

class Lomax(Family):
    """Exponential waits whose rates differ as a gamma: a power-law tail from zero (Pareto II)."""

    def __init__(
        self,
        scale: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class NegativeBinomial(Family):
    """Poisson counts whose rates differ as a gamma: parasites per host, visits, accidents."""

    def __init__(
        self,
        mean: Bound = ...,
        size: Bound = ...,
    ) -> None: ...

class Normal(Family):
    """Symmetric errors, many small causes added up; its loss is the squared error."""

    def __init__(
        self,
        mu: Bound = ...,
        sigma: Bound = ...,
    ) -> None: ...

class Ordinal(Family):
    """One of several levels in an order: ratings, grades, stages; the proportional-odds model."""

    def __init__(
        self,
        location: Any = ...,
        *,
        levels: Any = ...,
        link: Any = ...,
        nonproportional: Any = ...,
        **bound: Any,
    ) -> None: ...

class Pareto(Family):
    """Sizes above a threshold with a power-law tail: incomes, cities, claims (type I)."""

    def __init__(
        self,
        shape: Bound = ...,
        minimum: Bound = ...,
    ) -> None: ...

class Poisson(Family):
    """Events that happen independently of one another: decays, calls, goals, mutations."""

    def __init__(
        self,
        mean: Bound = ...,
    ) -> None: ...

class Rayleigh(Family):
    """The length of a vector with two normal components: wind and wave heights, radial misses."""

    def __init__(
        self,
        scale: Bound = ...,
    ) -> None: ...

class SkewNormal(Family):
    """Errors with one tail longer than the other: what is left of a normal after a selection."""

    def __init__(
        self,
        mu: Bound = ...,
        sigma: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...

class StudentT(Family):
    """Symmetric errors with outliers: the robust cousin of the normal, with power-law tails."""

    def __init__(
        self,
        mu: Bound = ...,
        sigma: Bound = ...,
        df: Bound = ...,
    ) -> None: ...

class Uniform(Family):
    """All values between two ends alike: rounding errors, phases, random numbers."""

    def __init__(
        self,
        low: Bound = ...,
        high: Bound = ...,
    ) -> None: ...

class VonMises(Family):
    """Directions around a preferred one: compass bearings, times of day; its loss is 1 - cosine."""

    def __init__(
        self,
        mu: Bound = ...,
        kappa: Bound = ...,
    ) -> None: ...

class Weibull(Family):
    """Time until the weakest of many links fails: lifetimes, strengths, wind speeds."""

    def __init__(
        self,
        scale: Bound = ...,
        shape: Bound = ...,
    ) -> None: ...
