"""How a special case goes with what runs off towards it, and what it carries there."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mostlikely.family.base import Family, SpecialCase
from mostlikely.likelihood.member import Member

__all__ = ["FAR", "Carried", "inside", "near_its_end", "power_of", "wanted"]

#: What stands in for an infinite parameter, and its reciprocal for zero, where it is asked how
#: another goes with it.
FAR = 1e8


@dataclass(frozen=True)
class Carried:
    """The slopes of what runs off, from those of the parameter in proportion that carries them.

    Parameters
    ----------
    member : Member
    case : int
        The place of the special case among the family's.
    names : mapping
        Parameters of the family to those of the special one.
    seen : mapping
        The member's keys to those of the whole.
    moved : mapping of parameter to list
        The keys of the slopes that each carries.
    """

    member: Member
    case: int
    names: Mapping[str, str]
    seen: Mapping[Any, Any]
    moved: Mapping[str, list[Any]]

    def __call__(self, inside: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """All parameters."""
        family = self.member.family
        slopes: dict[Any, Any] = {}
        for general, moved in self.moved.items():
            own = {key: inside[k] for key, k in self.seen.items() if k in inside}
            numbers = {**family.fixed, **self.member.by_name(own)}
            special = {self.names[k]: v for k, v in numbers.items() if k in self.names}
            power = power_of(family, family.special_cases[self.case], general, special)
            slopes |= {k: -inside[k] / power for k in moved if k in inside}
        return {**inside, **slopes}


def power_of(family: Family, case: SpecialCase, general: str, special: Mapping[str, Any]) -> Any:
    """How the logarithm of a parameter goes with the link-scale value of what runs off."""
    assert case.rest is not None
    ((gone, end),) = case.when.items()
    link = family.link(gone)
    far = float(link.forward(np.clip(end, *inside(family, gone))))
    logs = []
    for eta in (far, far - np.sign(far)):
        at = {**dict.fromkeys(case.family.parameters, 1.0), **special}
        at[gone] = float(link.inverse(np.float64(eta)))
        found = case.rest(**{k: v for k, v in at.items() if k in wanted(case)})
        logs.append(np.log(found[general]))
    return (logs[0] - logs[1]) / np.sign(far)


def near_its_end(family: Family, case: SpecialCase) -> Callable[..., Mapping[str, Any]]:
    """The general family's parameters, nearly there, by some of the special one's, others 1.7."""
    near = {k: np.clip(v, *inside(family, k)) for k, v in case.when.items()}

    def value(**changed: float) -> Mapping[str, Any]:
        at = {**dict.fromkeys(case.family.parameters, 1.7), **near, **changed}
        assert case.rest is not None
        return case.rest(**{k: v for k, v in at.items() if k in wanted(case)})

    return value


def inside(family: Family, name: str) -> tuple[float, float]:
    """Two values of a parameter that are nearly its domain's ends."""
    low, high = family.parameters[name].domain.low, family.parameters[name].domain.high
    return max(low + 1.0 / FAR, -FAR), min(high - 1.0 / FAR, FAR)


def wanted(case: SpecialCase) -> tuple[str, ...]:
    """The parameters by which a special case says the others."""
    return () if case.rest is None else tuple(inspect.signature(case.rest).parameters)
