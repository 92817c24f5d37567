"""The declarative shape: a noise model is its parameters and one log-density.

A family is a class. What it declares is read by everything else; nothing else defines it again.
Functions in its body that do not start with ``self`` are formulas of (y, parameters...): they
know no state and no library type.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

from mostlikely.calculus.domain import Domain, real
from mostlikely.errors import ModelError
from mostlikely.family.binding import Binding
from mostlikely.family.distribution import Distribution
from mostlikely.family.param import Param, check_value
from mostlikely.family.predictor import Predictor
from mostlikely.peers import Declaring, no_formula

__all__ = ["BOUND", "Family", "Param", "SpecialCase", "check_value"]

#: What a parameter may be bound to: a number is known, a text is a formula or a column's name,
#: None leaves it to be estimated.
BOUND = float | str | Predictor | None


#: What a family may declare as a formula: a function without ``self``.
FORMULAS = (
    "log_prob",
    "log_cdf",
    "log_sf",
    "quantile",
    "sample",
    "start",
    "mle",
    "statistics",
    "information",
    "moments",
    "ends",
    "corners",
    "caveat",
    "unbounded",
    "smooth",
    "possible",
    "recession",
    "check_loss",
)


@dataclass(frozen=True)
class SpecialCase:
    """A family that is a special case, or a limit, of the one that declares it.

    Parameters
    ----------
    family : type
        The special family.
    when : mapping
        Values at which the general family becomes it; an infinite value, or one on the edge of
        its domain, makes it a limit: the model that a boundary verdict then names.
    rest : callable
        The general family's other parameters from the special family's, and from those of
        ``when`` (by name). By default parameters of the same name are equal.

    Examples
    --------
    >>> from mostlikely import Exponential
    >>> SpecialCase(Exponential, when={"shape": 1.0}).at(mean=3.0)
    {'mean': 3.0, 'shape': 1.0}
    """

    family: type[Family]
    when: Mapping[str, float]
    rest: Callable[..., Mapping[str, Any]] | None = None

    def at(self, **special: Any) -> dict[str, Any]:
        """All parameters of the general family at a parameter value of the special one."""
        if self.rest is None:
            return {**special, **self.when}
        wanted = inspect.signature(self.rest).parameters
        given = {k: v for k, v in {**special, **self.when}.items() if k in wanted}
        return {**self.rest(**given), **self.when}


def _signature(parameters: Mapping[str, Param]) -> inspect.Signature:
    """What a family is called with: each parameter once, what is known by its name alone."""
    kind = inspect.Parameter
    place = kind.POSITIONAL_OR_KEYWORD
    free = [
        kind(k, place, default=None, annotation=BOUND) for k, p in parameters.items() if not p.known
    ]
    known = [kind(k, kind.KEYWORD_ONLY, annotation=BOUND) for k, p in parameters.items() if p.known]
    return inspect.Signature([*free, *known])


def _own_call(family: type) -> inspect.Signature | None:
    """What a family is called with that names arguments of its own; None where it does not."""
    if "__init__" not in vars(family):
        return None
    _, *rest = inspect.signature(vars(family)["__init__"]).parameters.values()
    several = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    named = any(one.kind not in several for one in rest)
    return inspect.Signature(rest) if named else None


class Family(Binding, metaclass=Declaring):
    """A noise model; a subclass declares one. Its parameters are free, or bound to a number.

    Declared in the body of a subclass:

    ``name = Param(domain, meaning, typical)``
        One line per parameter, in order.
    ``support`` : Domain
        Where y may lie.
    ``log_prob(y, *parameters)``
        The log-density, one per row, in NumPy and `scipy.special` calls or in ``ops``. The only
        formula that is required; inside the support it must be exact, outside it is not called
        unless the support depends on the parameters, and then it gives ``-inf`` there.
    ``sample(rng, n, *parameters)``
        n draws, made without ``log_prob``: the independent witness of the tests.
    ``start(y, w, **known)``
        A dict of parameter values to begin from (or a list of them, where a likelihood may have
        several maxima), from a small sample y with weights w; known parameters follow by name.
    ``log_cdf(y, ...)``, ``log_sf(y, ...)``, ``quantile(q, ...)``
        For intervals of y, quantile plots, censoring.
    ``statistics(y, *parameters)``
        A tuple of functions of y whose span, together with the constant, holds every
        ``log_prob(., θ)``: the data then reduce to as many numbers. The parameters are an anchor
        near the data, for scaling; the span does not depend on it.
    ``mle(data, **known)``
        The closed form: all parameters as a dict from ``data.mean(f)`` and its like, or ``None``
        where the known values leave none.
    ``information(*parameters)``
        Expected information per observation on the natural scale, k × k, free parameters all.
    ``moments(*parameters)``
        (mean, variance) of y.
    ``ends(*parameters)``
        (low, high): where y ends, when that depends on the parameters (or, for an angle, where
        one turn ends).
    ``corners(*parameters)``
        Where a derivative of the density in y jumps, in order: quadrature stops there.
    ``possible(y, **known)``
        Which rows can occur at all, where that depends on a known parameter of their own.
    ``recession(y, **known)``
        Where a row's density may be at its best only at infinity: +1 if it rises all the way as
        the first parameter's predictor grows, -1 as it falls, 0 if it has a maximum between.
    ``check_loss(*parameters)``
        (weight, quantile) of the check loss ρ by which the log-density falls away from the first
        parameter: −weight · ρ(y − location), where that is all that it says of the location.
    ``caveat(*parameters)``
        A sentence to add to the verdict at this estimate, or ``None``.
    ``unbounded(*parameters)``
        A clause that says how the likelihood grows without bound near this parameter value, as in
        "mu - sigma/xi comes down to the largest observation", or ``None`` where it does not: what
        is asked where a climb cannot go on.
    ``smooth(*parameters)``
        Whether at this value the second derivative is the information, ``nonsmooth`` or not.
    ``special_cases``
        What it becomes at special values of its parameters, each a `SpecialCase`.
    ``sample_extremes``
        ``{parameter: "smallest"}`` (or "largest") where the estimate is an extreme value of the
        sample.
    ``kinks``, ``nonsmooth``, ``precision_weights``, ``exempt``
        Parameters at whose value the density has a corner; parameters in which the second
        derivative is not the information; ``{parameter: power}`` by which a precision weight
        scales a dispersion; ``{truth: reason}`` for tests that cannot hold.
    ``pole_at_zero``
        How the likelihood grows without bound where zeros are among the data, as in "scale and
        shape go to 0 together"; ``None`` where it does not.
    ``labels``, ``ordered``
        Whether y is one of several labels, whose names are the model's ``levels``; whether these
        have an order.

    Examples
    --------
    >>> import mostlikely as ml
    >>> ml.Normal(sigma=1)
    Normal(sigma=1)
    >>> ml.Normal(sgima=1)
    Traceback (most recent call last):
        ...
    mostlikely.errors.ModelError: Normal has no parameter 'sgima'; did you mean 'sigma'?
    """

    support: Domain = real
    special_cases: tuple[SpecialCase, ...] = ()
    kinks: tuple[str, ...] = ()
    nonsmooth: tuple[str, ...] = ()
    sample_extremes: Mapping[str, str] = {}
    precision_weights: Mapping[str, float] = {}
    exempt: ClassVar[Mapping[str, str]] = {}
    labels: ClassVar[bool] = False
    ordered: ClassVar[bool] = False
    #: Of a law that ends at its second parameter: whether the distance from there, upwards (1) or
    #: downwards (−1), is exponential (1) or half-normal (2), and whether it is one of logarithms.
    one_sided: ClassVar[tuple[int, float, bool] | None] = None
    #: How the likelihood grows without bound where zeros are among the data, if it does.
    pole_at_zero: ClassVar[str | None] = None
    levels: tuple[Any, ...] | None = None
    #: Whether it is a plain function of a user's, whose arguments are its parameters.
    own: ClassVar[bool] = False
    #: The models whose log-likelihoods it adds, where it is several.
    __signature__: ClassVar[inspect.Signature]
    members: tuple[Any, ...] = ()

    log_prob: Callable[..., Any]
    log_cdf: Callable[..., Any] | None = None
    log_sf: Callable[..., Any] | None = None
    quantile: Callable[..., Any] | None = None
    sample: Callable[..., Any] | None = None
    start: Callable[..., Any] | None = None
    statistics: Callable[..., Any] | None = None
    mle: Callable[..., Any] | None = None
    information: Callable[..., Any] | None = None
    moments: Callable[..., Any] | None = None
    ends: Callable[..., Any] | None = None
    corners: Callable[..., Any] | None = None
    caveat: Callable[..., str | None] | None = None
    unbounded: Callable[..., str | None] | None = None
    smooth: Callable[..., bool] | None = None
    possible: Callable[..., Any] | None = None
    recession: Callable[..., Any] | None = None
    check_loss: Callable[..., Any] | None = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {k: v for k, v in vars(cls).items() if isinstance(v, Param)}
        if own:
            cls.parameters = own
        for name in FORMULAS:
            formula = vars(cls).get(name)
            if inspect.isfunction(formula) and "self" not in inspect.signature(formula).parameters:
                setattr(cls, name, staticmethod(formula))
        call = _own_call(cls)
        if call is not None:
            cls.__signature__ = call
        elif own:
            cls.__signature__ = _signature(own)

    def __init__(self, /, *positional: Any, **bound: Any) -> None:
        if not hasattr(self, "log_prob"):
            raise ModelError(
                f"{type(self).__name__} declares no log_prob; a family needs that one formula, "
                "log_prob(y, ...), with its parameters in the order of their declaration."
            )
        super().__init__(*positional, **bound)

    if not TYPE_CHECKING:  # to a type checker what is not there is not there

        def __getattr__(self, name: str) -> Any:
            """Only asked for what is not there."""
            raise AttributeError(no_formula(type(self).__name__, name))

    @property
    def shown(self) -> str:
        """As it stands in a table: its name, and what is bound where something is."""
        return repr(self) if self.fixed or self.all_predictors or self.members else self.name

    def prepare(self, y: Any, order: Any = None) -> tuple[Family, Any]:
        """The family and the data as numbers; families of categories learn their levels here."""
        return self, y

    @property
    def standard(self) -> tuple[str | None, str] | None:
        """The location (or None) and the scale that make z = (y − location)/scale pure numbers.

        Read off the units: exactly one positive parameter carries the data's unit, at most one
        real one does, and all others are pure numbers; None otherwise.
        """
        carry = {k: p for k, p in self.parameters.items() if p.unit}
        scales = [k for k, p in carry.items() if p.unit == 1 and p.domain.low == 0.0]
        places = [k for k, p in carry.items() if p.unit == 1 and p.domain.low == -inf]
        if self.support.discrete or len(scales) != 1 or len(places) > 1:
            return None
        if len(carry) > len(scales) + len(places):
            return None
        return (places[0] if places else None), scales[0]

    def check_weights(self, sample: Any) -> None:
        """Raise ModelError if the sample has precision weights, and there is nothing to scale."""
        if sample.kind == "precision" and sample.weighted and not self.precision_weights:
            raise ModelError(
                f"{self.name} has no dispersion that a precision weight could scale; are these "
                'frequencies (weight_kind="frequency") or shares of a population ("sampling")?'
            )

    def at(self, **values: float) -> Distribution:
        """The distribution with every parameter known.

        Parameters
        ----------
        **values : float
            One number for each free parameter.

        Raises
        ------
        ModelError
            If one is missing, unknown, already fixed, or outside its domain.

        Examples
        --------
        >>> import mostlikely as ml
        >>> ml.Normal(sigma=1).at(mu=0).cdf(0)
        0.5
        """
        twice = [name for name in values if name in self.fixed]
        if twice:
            raise ModelError(f"{self!r} has {twice[0]} fixed already; leave it out of at(...).")
        self.check(values)
        missing = [k for k in self.free if k not in values]
        if missing:
            raise ModelError(
                f"{self!r} is a distribution only with a number for {' and '.join(missing)}."
            )
        return Distribution(self, {k: float(v) for k, v in {**self.fixed, **values}.items()})

    def marginal(self, name: str) -> tuple[Family, Callable[[Any], Any]] | None:
        """A smaller family of which ``name`` is the one parameter, and how to lump y for it.

        None where each parameter has a link of its own, and there is no need.
        """
        return None
