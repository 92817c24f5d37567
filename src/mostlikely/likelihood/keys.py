"""Which numbers of which members are one number: the names of a joint model's parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mostlikely.errors import ModelError, UnknownName, nearest

__all__ = ["Named", "find_key", "label", "ties"]

#: A member, and a name in it.
Place = tuple[int, Any]


def label(key: Any) -> str:
    """A parameter's key as it stands in a sentence: mu[x] or sigma."""
    return key if isinstance(key, str) else f"{key[0]}[{key[1]}]"


def find_key(key: Any, keys: Sequence[Any]) -> Any:
    """The parameter that a person names: its key, "mu[x]", or its term if that is clear.

    Raises
    ------
    ModelError
        If there is none of that name, or there are several.
    """
    if key in keys:
        return key
    composed = [k for k in keys if not isinstance(k, str)]
    found = [k for k in composed if key in (k[1], label(k), f"{k[0]}:{k[1]}")]
    if len(found) == 1:
        return found[0]
    if found:
        raise ModelError(
            f"several parameters have a term {key!r}: {', '.join(map(repr, found))}; name one."
        )
    words = [k if isinstance(k, str) else k[1] for k in keys]
    raise ModelError(f"there is no parameter {key!r}; {nearest(str(key), words)}")


class Named(dict[Any, Any]):
    """What parameters have, by their keys, or by a term that only one of them has.

    Examples
    --------
    >>> Named({("mu", "age"): 0.5, "sigma": 2.0})["age"]
    0.5
    """

    def __missing__(self, key: Any) -> Any:
        try:
            return self[find_key(key, list(self))]
        except ModelError as refusal:
            raise UnknownName(str(refusal)) from None


def ties(names: Sequence[Sequence[Any]], shared: Any) -> dict[Any, list[Place]]:
    """The parameters of a joint model, in the order in which members name them, and their places.

    Parameters
    ----------
    names : sequence of sequences
        The keys of each member.
    shared : None, list or mapping
        As in `family.joint.joint`.

    Raises
    ------
    ModelError
        If something is to be shared that is not there, or only once.
    """
    places = [(m, key) for m, keys in enumerate(names) for key in dict.fromkeys(keys)]
    several = _in_several(places)
    groups: dict[Any, list[Place]] = {}
    if shared is None:
        groups = {key: [p for p in places if p[1] == key] for key in several}
    elif isinstance(shared, Mapping):
        for name, keys in shared.items():
            groups[name] = _named(name, keys, places)
    else:
        for word in shared:
            groups.update(_found(word, places))
    named: dict[Place, Any] = {}
    for name, group in groups.items():
        for place in group:
            if named.get(place, name) != name:
                raise ModelError(
                    f"shared: {label(place[1])} of member {place[0] + 1} cannot be both "
                    f"{label(named[place])} and {label(name)}."
                )
            named[place] = name
    for m, key in places:
        if (m, key) not in named:
            collides = key in several or key in groups
            named[m, key] = _numbered(key, m + 1) if collides else key
    out: dict[Any, list[Place]] = {}
    for place in places:
        out.setdefault(named[place], []).append(place)
    for key, owners in out.items():
        if len(owners) > 1 and key not in groups:
            raise ModelError(f"two parameters would be called {label(key)}; rename one of them.")
    return out


def _in_several(places: Sequence[Place]) -> list[Any]:
    """The keys that more than one member has."""
    keys = [key for _, key in places]
    return [key for key in dict.fromkeys(keys) if keys.count(key) > 1]


def _found(word: Any, places: Sequence[Place]) -> dict[Any, list[Place]]:
    """What a word of a list shares: a key, a term, or all that a parameter has in common."""
    same = [p for p in places if p[1] == word]
    if not isinstance(word, str) or _members(same) > 1:
        groups = {word: same}
    else:
        alike = [p for p in places if p[1] == word or _term(p[1]) == word]
        keys = {key for _, key in alike}
        groups = {next(iter(keys)) if len(keys) == 1 else word: alike}
        if _members(alike) < 2:
            common = _in_several([p for p in places if _parameter(p[1]) == word])
            groups = {key: [p for p in places if p[1] == key] for key in common} or groups
    for group in groups.values():
        if not group:
            raise ModelError(f"shared: {_unknown(word, places)}")
        if _members(group) < 2:
            raise ModelError(
                f"shared: only member {group[0][0] + 1} has {label(word)}, so there is nothing to "
                f"share it with; to tie keys of different names, "
                'shared={"name": [("mu", "x"), ("mean", "x")]}.'
            )
        if _members(group) < len(group):
            both = [label(k) for m, k in group if sum(m == other for other, _ in group) > 1]
            raise ModelError(
                f"shared: {word!r} may be {' or '.join(both)} of one member; give the keys, as in "
                f"shared={{{word!r}: [{group[0][1]!r}, ...]}}."
            )
    return groups


def _named(name: Any, keys: Any, places: Sequence[Place]) -> list[Place]:
    """The places that a mapping ties under a name."""
    if isinstance(keys, str) or not isinstance(keys, Sequence) or not isinstance(name, str):
        raise ModelError(
            'shared as a mapping gives each name a list of keys: shared={"slope": [("mean", "x"), '
            '("p", "x")]}.'
        )
    group: list[Place] = []
    for key in keys:
        found = [p for p in places if p[1] == key or label(p[1]) == key]
        found = found or [p for p in places if _term(p[1]) == key]
        if not found:
            raise ModelError(f"shared[{name!r}]: {_unknown(key, places)}")
        group += [p for p in found if p not in group]
    if len(group) < 2:
        raise ModelError(f"shared[{name!r}] names one parameter; it takes two to share.")
    return group


def _unknown(key: Any, places: Sequence[Place]) -> str:
    words = dict.fromkeys(
        word for _, k in places for word in ([k] if isinstance(k, str) else [label(k), *k])
    )
    return f"no member has a parameter {label(key)!r}; {nearest(label(key), words)}"


def _members(group: Sequence[Place]) -> int:
    return len({m for m, _ in group})


def _term(key: Any) -> Any:
    return None if isinstance(key, str) else key[1]


def _parameter(key: Any) -> Any:
    return key if isinstance(key, str) else key[0]


def _numbered(key: Any, number: int) -> Any:
    return f"{key}{number}" if isinstance(key, str) else (f"{key[0]}{number}", key[1])
