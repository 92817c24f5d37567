"""How the parameters of a limit are those of the whole model: functions that can be pickled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mostlikely.family.base import Family
from mostlikely.likelihood.member import Member

__all__ = ["After", "Beside", "Embed", "OfCase"]

#: Parameters of a limit → all parameters of the whole.
Embed = Callable[[Mapping[Any, Any]], Mapping[Any, Any]]


@dataclass(frozen=True)
class Beside:
    """What an embedding gives, beside values that stay: over others of the same name, or under."""

    embed: Embed
    values: Mapping[Any, Any]
    under: bool = False

    def __call__(self, inside: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """All parameters."""
        found = self.embed(inside)
        return {**self.values, **found} if self.under else {**found, **self.values}


@dataclass(frozen=True)
class After:
    """One embedding after another."""

    embed: Embed
    first: Embed

    def __call__(self, inside: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """All parameters."""
        return self.embed(self.first(inside))


@dataclass(frozen=True)
class OfCase:
    """The parameters of a family from those of a special case of it, where all rows are alike.

    Parameters
    ----------
    family : Family
    case : int
        Its place among ``family.special_cases``, whose formulas are no values themselves.
    shared : mapping
        What is fixed of the special case.
    member : Member
        Whose keys they are.
    """

    family: Family
    case: int
    shared: Mapping[str, Any]
    member: Member

    def __call__(self, inside: Mapping[Any, Any]) -> Mapping[Any, Any]:
        """All parameters, by key."""
        values = self.family.special_cases[self.case].at(**{**self.shared, **inside})
        return self.member.by_key({k: values[k] for k in self.member.constants})
