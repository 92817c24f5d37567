"""What is bound of a model's parameters: to a number, to a formula or function, or to a column.

The rest are free, and the same number for every row. It knows parameters, and no formula of a
density.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from mostlikely.calculus.link import LINKS, Link
from mostlikely.errors import ModelError
from mostlikely.family.param import Param, check_value
from mostlikely.family.predictor import Predictor, bound_to, restored
from mostlikely.peers import no_parameter

__all__ = ["Binding"]


class Binding:
    """Parameters, each free or bound; `base.Family` adds what they are parameters of.

    Parameters
    ----------
    *positional
        Numbers, formulas or functions for the first parameters that may be estimated.
    **bound
        The same by name; a parameter that is known needs one, or the name of its column.

    Raises
    ------
    ModelError
        In one sentence; see `bind`.
    """

    parameters: Mapping[str, Param] = {}

    def __init__(self, /, *positional: Any, **bound: Any) -> None:
        free = [k for k, p in self.parameters.items() if not p.known]
        if len(positional) > len(free) or bound.keys() & set(free[: len(positional)]):
            raise ModelError(
                f"{self.name} takes {', '.join(free)}, each once; got {len(positional)} values "
                f"without a name{' and ' + ', '.join(bound) if bound else ''}."
            )
        bound = {**dict(zip(free, positional, strict=False)), **bound}
        bound = {k: v for k, v in bound.items() if v is not None}  # which leaves it free
        missing = [k for k, p in self.parameters.items() if p.known and k not in bound]
        if missing:
            k = missing[0]
            raise ModelError(
                f"{self.name} needs {k}, {self.parameters[k].meaning}: {self.name}({k}=10)."
            )
        self.fixed: dict[str, float] = {}
        self.predictors: dict[str, Predictor] = {}
        self.bind(bound)

    @property
    def name(self) -> str:
        """As it is called: "Gamma"."""
        return type(self).__name__

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
    def of(cls, other: Binding, without: Mapping[str, Any]) -> Self:
        """The family with whatever another binds of the parameters of the same name."""
        both = {**other.fixed, **other.predictors}
        return cls(**{k: v for k, v in both.items() if k in cls.parameters and k not in without})

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

    @property
    def all_predictors(self) -> tuple[Predictor, ...]:
        """Every predictor, those included that wait for the levels of the data."""
        return tuple(self.predictors.values())

    def with_predictor(self, name: str, formula: str, offset: Any = None) -> Self:
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
    def restore(cls, description: Mapping[str, Any]) -> Self:
        """The model of a description."""
        predictors = description.get("predictors", {})
        return cls(**description["fixed"], **{k: restored(p) for k, p in predictors.items()})

    def with_fixed(self, **values: float) -> Self:
        """The same model with more parameters bound."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        both = {**self.fixed, **values}
        other.fixed = {k: both[k] for k in self.parameters if k in both}
        other.predictors = {k: p for k, p in self.predictors.items() if k not in values}
        return other

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
            meanings = {k: p.meaning for k, p in self.parameters.items()}
            raise ModelError(no_parameter(self.name, name, meanings))

    @property
    def coupled(self) -> bool:
        """Whether links take several parameters together, as probabilities that add to one do."""
        return type(self).natural is not Binding.natural

    def natural(self, etas: list[Any]) -> list[Any]:
        """Free parameters, in order, from their link-scale values (numbers or jets)."""
        return [link(e) for link, e in zip(self.links().values(), etas, strict=True)]

    def linked(self, values: list[Any]) -> list[Any]:
        """The inverse of `natural`."""
        return [link.forward(v) for link, v in zip(self.links().values(), values, strict=True)]

    def links(self) -> dict[str, Link]:
        """The link of each free parameter."""
        return {k: self.link(k) for k in self.free}

    def ratio(self, name: str) -> str | None:
        """What exp of a coefficient of a parameter is called, on its link; None of no name."""
        known = name in self.parameters and name in self.predictors
        return self.parameters[name].ratios.get(self.link(name).name) if known else None

    def link(self, name: str) -> Link:
        """The link of one parameter: what its predictor says, else its domain's own."""
        if name not in self.parameters:  # the argument of a function
            return LINKS["identity"]
        predictor = self.predictors.get(name)
        if predictor is None or (predictor.link is None and predictor.function is None):
            return self.parameters[name].default_link
        return LINKS["identity"] if predictor.link is None else predictor.link
