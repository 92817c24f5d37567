"""The declarative shape: a noise model is its parameters and one log-density.

A family is a class. What it declares is read by everything else; nothing else defines it again.
Functions in its body that do not start with ``self`` are formulas of (y, parameters...): they
know no state and no library type.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any, ClassVar

from mostlikely.calculus.domain import Domain, real
from mostlikely.calculus.link import LINKS, Link
from mostlikely.errors import ModelError, nearest
from mostlikely.family.param import Kin, Param, check_value
from mostlikely.family.predictor import Predictor, bound_to, restored

if TYPE_CHECKING:
    from mostlikely.family.distribution import Distribution

__all__ = ["Family", "Kin", "Param", "check_value"]


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
)


class Family:
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
    ``caveat(*parameters)``
        A sentence to add to the verdict at this estimate, or ``None``.
    ``unbounded(*parameters)``
        A clause that says how the likelihood grows without bound near this parameter value, as in
        "mu - sigma/xi comes down to the largest observation", or ``None`` where it does not: what
        is asked where a climb cannot go on.
    ``smooth(*parameters)``
        Whether at this value the second derivative is the information, ``nonsmooth`` or not.
    ``kin``, ``kinks``, ``nonsmooth``, ``edges``, ``precision_weights``, ``exempt``
        Relatives (`Kin`); parameters at whose value the density has a corner; parameters in
        which the second derivative is not the information; ``{parameter: "smallest"}`` where
        the estimate is an extreme value of the sample; ``{parameter: power}`` by which a
        precision weight scales a dispersion; ``{truth: reason}`` for tests that cannot hold.
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
    parameters: Mapping[str, Param] = {}
    kin: tuple[Kin, ...] = ()
    kinks: tuple[str, ...] = ()
    nonsmooth: tuple[str, ...] = ()
    edges: Mapping[str, str] = {}
    precision_weights: Mapping[str, float] = {}
    exempt: ClassVar[Mapping[str, str]] = {}
    labels: ClassVar[bool] = False
    ordered: ClassVar[bool] = False
    levels: tuple[Any, ...] | None = None
    #: Whether it is a plain function of a user's, whose arguments are its parameters.
    own: ClassVar[bool] = False
    #: The models whose log-likelihoods it adds, where it is several.
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

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        own = {k: v for k, v in vars(cls).items() if isinstance(v, Param)}
        if own:
            cls.parameters = own
        for name in FORMULAS:
            formula = vars(cls).get(name)
            if inspect.isfunction(formula) and "self" not in inspect.signature(formula).parameters:
                setattr(cls, name, staticmethod(formula))

    def __init__(self, /, *positional: Any, **bound: Any) -> None:
        if not hasattr(self, "log_prob"):
            raise ModelError(
                f"{type(self).__name__} declares no log_prob; a family needs that one formula, "
                "log_prob(y, ...), with its parameters in the order of their declaration."
            )
        free = [k for k, p in self.parameters.items() if not p.known]
        if len(positional) > len(free) or bound.keys() & set(free[: len(positional)]):
            raise ModelError(
                f"{self.name} takes {', '.join(free)}, each once; got {len(positional)} values "
                f"without a name{' and ' + ', '.join(bound) if bound else ''}."
            )
        bound = {**dict(zip(free, positional, strict=False)), **bound}
        missing = [k for k, p in self.parameters.items() if p.known and k not in bound]
        if missing:
            k = missing[0]
            raise ModelError(
                f"{self.name} needs {k}, {self.parameters[k].meaning}: {self.name}({k}=10)."
            )
        self.fixed: dict[str, float] = {}
        self.predictors: dict[str, Predictor] = {}
        self.bind(bound)

    def bind(self, bound: Mapping[str, Any]) -> None:
        """Bind parameters to numbers, formulas, functions or columns.

        Raises
        ------
        ModelError
            For a parameter that is not the family's, a number outside its domain, or a formula
            for a parameter that is known and not estimated.
        """
        predictors = {k: p for k, v in bound.items() if (p := bound_to(v)) is not None}
        self.check({k: v for k, v in bound.items() if k not in predictors})
        for name, predictor in predictors.items():
            self.has(name)
            if self.parameters[name].known and predictor.column is None:
                raise ModelError(
                    f"{self.name}: {name} is known, not estimated; give a number or the name of "
                    f"the column that holds it, as in {name}='trials'."
                )
        both = {**self.fixed, **bound}
        self.fixed = {k: both[k] for k in self.parameters if k in both and k not in predictors}
        self.predictors = {
            k: v
            for k in self.parameters
            if (v := predictors.get(k, self.predictors.get(k))) is not None and k not in self.fixed
        }

    def __repr__(self) -> str:
        inside = []
        for k in self.parameters:
            if k in self.fixed:
                inside.append(f"{k}={self.fixed[k]:g}")
            elif k in self.predictors:
                alone = k == next(iter(self.parameters)) and self.predictors[k].names_response
                inside.append(f"{self.predictors[k]}" if alone else f"{k}={self.predictors[k]}")
        return f"{self.name}({', '.join(inside)})"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), tuple(self.fixed.items())))

    @classmethod
    def of(cls, other: Family, without: Mapping[str, Any]) -> Family:
        """The family with whatever another binds of the parameters of the same name."""
        both = {**other.fixed, **other.predictors}
        return cls(**{k: v for k, v in both.items() if k in cls.parameters and k not in without})

    @property
    def name(self) -> str:
        """As it is called: "Gamma"."""
        return type(self).__name__

    @property
    def shown(self) -> str:
        """As it stands in a table: its name, and what is bound where something is."""
        return repr(self) if self.fixed or self.all_predictors or self.members else self.name

    @property
    def free(self) -> tuple[str, ...]:
        """The parameters that are estimated, or follow what is estimated, in order."""
        return tuple(
            k
            for k in self.parameters
            if k not in self.fixed
            and (k not in self.predictors or self.predictors[k].column is None)
        )

    @property
    def constant(self) -> tuple[str, ...]:
        """The free parameters that are the same number for every row."""
        return tuple(k for k in self.free if k not in self.predictors)

    @property
    def columns(self) -> dict[str, str]:
        """The parameters that a column of the data holds, known for every row."""
        return {k: p.column for k, p in self.predictors.items() if p.column is not None}

    @property
    def known(self) -> dict[str, float]:
        """The parameters that are never estimated, as the number of trials."""
        return {k: self.fixed[k] for k, p in self.parameters.items() if p.known and k in self.fixed}

    def prepare(self, y: Any, order: Any = None) -> tuple[Family, Any]:
        """The family and the data as numbers; families of categories learn their levels here."""
        return self, y

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        """Every predictor, those included that wait for the levels of the data."""
        return tuple(self.predictors.values())

    def with_predictor(self, name: str, formula: str, offset: Any = None) -> Family:
        """The same model with a predictor for a parameter that has none, and an offset."""
        other = self.with_fixed()
        bound = self.predictors.get(name) or Predictor(formula=formula)
        bound = replace(bound, formula=formula) if bound.empty else bound
        if offset is not None:
            bound = replace(bound, offset=offset)
        other.predictors = {**self.predictors, name: bound}
        return other

    def describe(self) -> dict[str, Any]:
        """What is needed to make this model again, in plain values; see `restore`."""
        plain = {"family": self.name, "fixed": dict(self.fixed)}
        if self.predictors:
            plain["predictors"] = {k: p.describe() for k, p in self.predictors.items()}
        return plain

    @classmethod
    def restore(cls, description: Mapping[str, Any]) -> Family:
        """The model of a description."""
        predictors = description.get("predictors", {})
        return cls(**description["fixed"], **{k: restored(p) for k, p in predictors.items()})

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

    def with_fixed(self, **values: float) -> Family:
        """The same model with more parameters bound."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        both = {**self.fixed, **values}
        other.fixed = {k: both[k] for k in self.parameters if k in both}
        other.predictors = {k: p for k, p in self.predictors.items() if k not in values}
        return other

    def check_weights(self, sample: Any) -> None:
        """Raise ModelError if the sample has precision weights, and there is nothing to scale."""
        if sample.kind == "precision" and sample.weighted and not self.precision_weights:
            raise ModelError(
                f"{self.name} has no dispersion that a precision weight could scale; are these "
                'frequencies (weight_kind="frequency") or shares of a population ("sampling")?'
            )

    def arguments(self, free: Mapping[str, Any]) -> list[Any]:
        """Values of all parameters, in order, from those of the free ones."""
        return [free[k] if k in free else self.fixed[k] for k in self.parameters]

    def check(self, values: Mapping[str, Any]) -> None:
        """Raise ModelError unless these are the family's parameters, each inside its domain."""
        for name, value in values.items():
            self.has(name)
            check_value(self.name, name, value, self.parameters[name])

    def has(self, name: str) -> None:
        """Raise ModelError unless the family has a parameter of that name."""
        if name not in self.parameters:
            raise ModelError(
                f"{self.name} has no parameter {name!r}; {nearest(name, self.parameters)}"
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
        from mostlikely.family.distribution import Distribution

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

    def natural(self, etas: list[Any]) -> list[Any]:
        """Free parameters, in order, from their link-scale values (numbers or jets)."""
        return [link(e) for link, e in zip(self.links().values(), etas, strict=True)]

    def linked(self, values: list[Any]) -> list[Any]:
        """The inverse of `natural`."""
        return [link.forward(v) for link, v in zip(self.links().values(), values, strict=True)]

    def marginal(self, name: str) -> tuple[Family, Callable[[Any], Any]] | None:
        """A smaller family of which ``name`` is the one parameter, and how to lump y for it.

        None where each parameter has a link of its own, and there is no need.
        """
        return None

    def links(self) -> dict[str, Link]:
        """The link of each free parameter."""
        return {k: self.link(k) for k in self.free}

    def link(self, name: str) -> Link:
        """The link of one parameter: what its predictor says, else its domain's own."""
        if name not in self.parameters:  # the argument of a function
            return LINKS["identity"]
        predictor = self.predictors.get(name)
        if predictor is None or (predictor.link is None and predictor.function is None):
            return self.parameters[name].default_link
        return LINKS["identity"] if predictor.link is None else predictor.link
