"""A family's negative log-density, read: what is kept, what no parameter enters, and a number.

The same for every library that trains; nothing here imports one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family import as_family
from mostlikely.family.base import Family
from mostlikely.loss import check
from mostlikely.loss.graph import Graph, Node
from mostlikely.loss.replay import Replay, tame
from mostlikely.loss.terms import Terms

__all__ = ["Reading", "Settings", "linked", "reach", "readable", "scale_power", "unnamed"]

REDUCTIONS = ("mean", "sum", "none")
#: By the bits of a float, how far out a head of a log or logit may be, so that its parameter, its
#: square and products with those of others are floats: for parameters in the unit of y, and for
#: pure numbers.
REACH = {32: (40.0, 20.0), 64: (340.0, 170.0)}


def as_reduction(reduction: Any) -> str:
    """The reduction, or a ModelError if there is none of that name."""
    if reduction not in REDUCTIONS:
        raise ModelError(f"no reduction {reduction!r}; {nearest(str(reduction), REDUCTIONS)}")
    return str(reduction)


def readable(model: Any) -> Family:
    """The model that is meant, if it can be a loss.

    Raises
    ------
    ModelError
        If it has no free parameter, a formula, or is a plain function.
    """
    family = as_family(model)
    if family.own:
        raise ModelError("a plain function has no target; declare a Family with a log_prob.")
    waiting = [k for k, p in family.predictors.items() if p.column is None]
    if waiting or len(family.all_predictors) > len(family.predictors):
        raise ModelError(
            f"{family!r} has a formula, and in training the network is the formula: leave it out, "
            f"ml.loss(ml.{family.name}())."
        )
    if not family.free:
        raise ModelError(f"{family!r} has no free parameter, so there is nothing to train.")
    return family


def unnamed(family: Any) -> bool:
    """Whether the classes of labels are left to what is seen."""
    return bool(family.labels and not family.ordered and family.levels is None)


#: What a loss is asked for beside its family, and what that is by default.
DEFAULTS: dict[str, Any] = {
    "reduction": "mean",
    "normalised": True,
    "natural": False,
    "beta": None,
    "validate_args": None,
}


class Settings:
    """What a loss was asked for, and what follows of its heads; the losses of all libraries are it.

    Attributes
    ----------
    family : Family
    reduction, normalised, natural, beta, validate_args
        As in `mostlikely.loss`.
    names, columns : tuple of str
        The free parameters; what is known of each row and given by name.
    levels : int or None
        How many logits may come in place of one fewer heads, where the target is a label.
    """

    reduction: str
    normalised: bool
    natural: bool
    beta: float | None
    validate_args: bool | None

    def settle(self, family: Any, **given: Any) -> None:
        """Read what is asked for.

        Raises
        ------
        ModelError
            As `readable` and `as_reduction`.
        """
        self.family = readable(family)
        for name, value in {**DEFAULTS, **given}.items():
            setattr(self, name, as_reduction(value) if name == "reduction" else value)
        self.names, self.columns = self.family.free, tuple(self.family.columns)
        if unnamed(self.family) and self.family.fixed:
            raise ModelError(
                "known probabilities are of classes that are named: "
                f"ml.{self.family.name}(levels=range(K), ...)."
            )
        if self.natural and unnamed(self.family):
            raise ModelError(
                "natural=True takes the probabilities of all classes but the base, which are to be "
                f"named: ml.{self.family.name}(levels=range(K))."
            )
        labels = self.family.labels and not self.family.ordered and not self.family.fixed
        self.levels = 1 + len(self.names) if labels and not self.natural else None
        #: Losses by the number of classes, where the family leaves that to the head.
        self.by_classes: dict[int, Any] = {}

    def of_classes(self, kit: type[check.Kit], given: Any, target: Any) -> Any:
        """The same loss of as many classes as the head has; None where the family names them.

        Raises
        ------
        DataError
            If there is not one row of logits for each label.
        """
        if self.family.ordered and self.family.levels is None:
            check.cutpoints(kit, given, target, self.family.name, len(self.names))
        if self.levels is None or not unnamed(self.family):
            return None
        if isinstance(given, Sequence | Mapping):
            raise DataError(
                f"the classes of {self.family.name}() are counted in one array of logits, of shape "
                "(n, K): put them side by side; heads one by one are log-ratios to a base, of "
                f"classes that are named: ml.{self.family.name}(levels=range(K))."
            )
        classes = check.logits(kit, given, target)
        if classes not in self.by_classes:
            made: Any = type(self)
            family: Any = self.family
            named = type(family)(levels=range(classes), base=family.base)
            self.by_classes[classes] = made(named, **self.settings)
        return self.by_classes[classes]

    @property
    def settings(self) -> dict[str, Any]:
        """All but the family, by name."""
        return {name: getattr(self, name) for name in DEFAULTS}

    @property
    def shown(self) -> str:
        """The family, and what differs from the defaults."""
        changed = (f"{k}={v!r}" for k, v in self.settings.items() if v != DEFAULTS[k])
        return ", ".join([repr(self.family), *changed])


class Reading:
    """A family's negative log-density, read.

    Parameters
    ----------
    family : Family
    natural : bool
        Whether parameters come themselves, or heads.
    few : bool
        Whether all targets are few counts, or the terms that would cancel are dropped.
    program : type of Replay
        The library's.
    """

    def __init__(
        self, family: Family, natural: bool, few: bool, program: Callable[..., Replay]
    ) -> None:
        graph = Graph(few, 1 + len(family.parameters) if family.labels else 0)
        y = graph.input("y", False)
        heads = [graph.input(k, True) for k in family.free]
        columns = {k: graph.input(k, False) for k in family.columns}
        values = heads if natural else linked(family, heads)
        free = dict(zip(family.free, values, strict=True))
        try:
            formula = family.log_prob(y, *family.arguments({**free, **columns}))
        except TypeError as error:
            raise ModelError(f"the log-density of {family} cannot be a loss: {error}") from None
        terms = Terms(formula, -1.0)
        inputs = [y, *heads, *columns.values()]
        self.number, terms.number = terms.number, 0.0
        dropped = Terms(0.0)
        dropped.parts = {p: c for p, c in terms.parts.items() if not p.depends}
        terms.parts = {p: c for p, c in terms.parts.items() if p.depends}
        self.terms, self.target, self.inputs = terms, y, inputs
        self.tame = natural or all(tame(h, terms) for h in heads)
        total, self.factor = terms.sum(), 1.0
        if len(terms.parts) == 1:
            ((total, self.factor),) = terms.parts.items()
        self.kept = program([total], inputs)
        self.free = program([dropped.sum()], inputs) if dropped.parts else None
        #: Whether what no parameter enters is a function of the target alone.
        self.of_target = self.free is not None and self.free.reads <= {"y"}


def linked(family: Family, heads: list[Any]) -> list[Any]:
    """The free parameters at their heads; probabilities know what they leave of one."""
    values = family.natural(heads)
    if type(family).natural is Family.natural:
        for value, head, link in zip(values, heads, family.links().values(), strict=True):
            if link.rest is not None and isinstance(value, Node) and value.rest is None:
                value.rest = link.rest(head)
    return values


def reach(family: Family, name: str, bits: int) -> float | None:
    """How far out a parameter's head may be; None where it may be anywhere."""
    joint = family.coupled
    if not joint and family.link(name).name == "identity":
        return None
    in_unit, pure = REACH[bits]
    return in_unit if family.parameters[name].unit else pure


def scale_power(
    family: Family, natural: bool, beta: float, program: Callable[..., Replay]
) -> Replay | float:
    """scale**(2 beta), of the target and the heads.

    Raises
    ------
    ModelError
        If the family has no scale beside a location, or beta is not between 0 and 1.
    """
    standard = family.standard
    if standard is None or standard[0] is None:
        raise ModelError(
            f"beta weights rows by the scale beside a location, and {family.name} has no such pair."
        )
    if not 0.0 <= beta <= 1.0:
        raise ModelError(f"beta must be between 0 and 1; got {beta:g}.")
    if standard[1] in family.fixed:
        return float(family.fixed[standard[1]] ** (2.0 * beta))
    graph = Graph()
    inputs = [graph.input("y", False), *(graph.input(k, True) for k in family.free)]
    values = inputs[1:] if natural else linked(family, inputs[1:])
    scale = values[family.free.index(standard[1])]
    return program([scale ** (2.0 * beta)], inputs) if beta else 1.0
