"""A member at a special case of its family: the model that a boundary verdict names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet
from mostlikely.calculus.link import Link
from mostlikely.family.base import Family, SpecialCase
from mostlikely.likelihood.carried import Carried, near_its_end, wanted
from mostlikely.likelihood.embedding import Beside, Embed, OfCase
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Part

__all__ = ["Limit", "kept", "limits_of"]

#: So many secants find where a held parameter is a special family's own.
SECANTS = 8


@dataclass(frozen=True)
class Limit:
    """A log-likelihood in which a member's family has become a special case of itself.

    Parameters
    ----------
    index : int
        The member.
    case : SpecialCase
    loglik : LogLikelihood
    ends : dict
        The parameters that have run to an end, by key, on their own scale.
    embed : callable
        Parameters of the limit → all parameters of the whole.
    named : bool
        Whether its parameters have the special family's own names.
    """

    index: int
    case: SpecialCase
    loglik: LogLikelihood
    ends: dict[Any, float]
    embed: Embed
    named: bool


def limits_of(loglik: LogLikelihood) -> list[Limit]:
    """The special cases that lie at an end of the parameters, as log-likelihoods.

    Those at values inside the domain need no look: the climb passes there. Left out are cases
    whose parameters another member shares, and those that this data cannot have.
    """
    out = []
    for m, member in enumerate(loglik.members):
        for case in member.family.special_cases:
            if case.when and all(_at_an_end(member, k, v) for k, v in case.when.items()):
                found = _limit(loglik, m, case)
                if found is not None:
                    out.append(found)
    return out


def _at_an_end(member: Member, name: str, value: float) -> bool:
    """Whether a free parameter becomes a value that is an end of what its link reaches."""
    if name not in member.family.free:
        return False
    link = member.family.link(name)
    if link.domain.low < value < link.domain.high:
        return False
    with np.errstate(all="ignore"):
        ends = [float(link.inverse(np.float64(sign * np.inf))) for sign in (-1.0, 1.0)]
    return value in ends


def _limit(loglik: LogLikelihood, index: int, case: SpecialCase) -> Limit | None:
    member = loglik.members[index]
    gone = [part for part in member.parts if part.name in case.when]
    keys = {loglik.key_of(index, key) for part in gone for key in part.keys}
    if loglik.shared is not None:
        slots = [slot for slot in loglik.shared.slots if slot.key in keys]
        if any(len(slot.owners) > 1 for slot in slots):
            return None
    weighting = member.sample.weighting
    if not weighting.counts and not case.family.precision_weights:
        return None  # rows of different weights have different limits
    ends = {}
    for part in gone:
        for key in part.keys:
            ends[loglik.key_of(index, key)] = float(case.when[part.name])
        if part.basis is not None or part.times is not None:
            ends |= _coefficients(loglik, index, part, case)
    if case.family.sample_extremes and not member.sample.exact:
        return None  # the extreme value of what was seen is not that of y
    if loglik.shared is None and member.one_sample:
        return _of_numbers(loglik, member, case, ends)
    if case.family.sample_extremes and member.parts[0].basis is not None:
        return None  # its end follows columns: that limit has no likelihood to climb
    found = _renamed(member, case)
    if found is None:
        return None
    names, scaled = found
    carried = _carried(member, case, names, scaled)
    if carried is None:
        return None
    special = _bound(member.family, case, names, carried)
    parts = tuple(
        replace(carried.get(part.name, part), name=names[part.name])
        for part in member.parts
        if part.name in names
    )
    if sorted(special.free) != sorted(part.name for part in parts):
        return None
    parts = tuple(sorted(parts, key=lambda part: special.free.index(part.name)))
    for part in member.parts:
        if part.name in scaled:
            ends |= _moved(loglik, index, part, scaled[part.name])
    for general, line in carried.items():  # its slopes are the limit's own, its number is gone
        slopes = [loglik.key_of(index, k) for k in line.keys]
        ends = {k: v for k, v in ends.items() if k not in slopes or np.isinf(v)}
        keys = keys.difference(slopes) | {loglik.key_of(index, member.part(general).keys[0])}
    members: list[Member | None] = list(loglik.members)
    known = {names[k]: v for k, v in member.known.items() if k in names}
    members[index] = replace(member, family=special, parts=parts, known=known)
    inner = loglik.of_members(members, without=keys)
    embed: Embed = Beside(dict, ends)
    if carried:
        moved = {k: [loglik.key_of(index, key) for key in p.keys] for k, p in carried.items()}
        seen = {key: loglik.key_of(index, key) for key in member.names}
        place = member.family.special_cases.index(case)
        embed = Beside(Carried(member, place, names, seen, moved), ends)
    return Limit(index, case, inner, ends, embed, False)


def _coefficients(
    loglik: LogLikelihood, index: int, part: Any, case: SpecialCase
) -> dict[Any, float]:
    """The ends of a predictor whose parameter runs off: its intercept does, and nothing else."""
    link = loglik.members[index].family.link(part.name)
    with np.errstate(all="ignore"):
        end = float(link.forward(np.float64(case.when[part.name])))
    if part.times is not None:
        return {loglik.key_of(index, part.keys[0]): end * float(np.sign(part.times))}
    out = dict.fromkeys((loglik.key_of(index, key) for key in part.keys), 0.0)
    first = next((key for key in part.keys if key[-1] == "Intercept"), part.keys[0])
    return {**out, loglik.key_of(index, first): end}


def _of_numbers(
    loglik: LogLikelihood, member: Member, case: SpecialCase, ends: dict[Any, float]
) -> Limit | None:
    """Where all rows are alike: the special family on the same sample, under its own names."""
    family = member.family
    names = kept(case)
    shared = _held(case, names, family.fixed)
    if shared is None:
        return None
    inner = Member.of_sample(case.family(**shared), member.sample)
    if member.original is not None:
        whole = Member.of_sample(inner.family, member.original.sample)
        inner = replace(inner, original=whole)

    embed = OfCase(family, family.special_cases.index(case), shared, member)
    return Limit(
        0, case, replace(LogLikelihood.of(inner), penalty=loglik.penalty), ends, embed, True
    )


def _held(
    case: SpecialCase, names: Mapping[str, str], fixed: Mapping[str, float]
) -> dict[str, float] | None:
    """What the special family's parameters are where the general one's are held; None if not one.

    A held log-location of a generalized gamma is the logarithm of the power function's end.
    """
    out = {names[k]: v for k, v in fixed.items() if k in names}
    for general in fixed.keys() - names.keys():
        found = _function_of_one(case, general)
        if found is None or found[0] in out:
            return None
        name, value = found
        at = _solved(value, case.family.parameters[name].default_link, fixed[general])
        if at is None:
            return None
        out[name] = at
    return out


def _solved(value: Callable[[float], float], link: Link, aim: float) -> float | None:
    """Where a function has a value, by secants on a link's scale."""
    at, step = 0.0, 1.0
    for _ in range(SECANTS):
        here, there = (value(float(link.inverse(np.float64(t)))) for t in (at, at + step))
        move = (aim - here) * step / (there - here) if there != here else np.inf
        if not np.isfinite(move):
            return None
        at, step = at + move, max(min(abs(move), 1.0), 1e-6)
    found = float(link.inverse(np.float64(at)))
    return found if abs(value(found) - aim) <= 1e-12 * max(1.0, abs(aim)) else None


def _function_of_one(
    case: SpecialCase, general: str
) -> tuple[str, Callable[[float], float]] | None:
    """The one special parameter that a general one is a function of, and that function."""
    if case.rest is None or general in case.when:
        return None
    special = list(case.family.parameters)

    def value(**changed: float) -> float:
        assert case.rest is not None
        at = {**dict.fromkeys(special, 1.7), **case.when, **changed}
        return float(case.rest(**{k: v for k, v in at.items() if k in wanted(case)})[general])

    with np.errstate(all="ignore"):
        moved = [k for k in special if value(**{k: 3.4}) != value()]
        if len(moved) != 1 or not np.isfinite(value()):
            return None
    (name,) = moved
    return name, lambda number: value(**{name: number})


def kept(case: SpecialCase) -> dict[str, str]:
    """The general family's parameters that are the same numbers in the special one, by its names.

    Of Burr XII, c is the shape of the Weibull at its end, and its scale is not that scale.
    """
    special = list(case.family.parameters)
    if case.rest is None:
        return {k: k for k in special}
    marks: dict[str, Any] = {k: Jet(np.float64(2.0 + i), (), None) for i, k in enumerate(special)}
    with np.errstate(all="ignore"):
        made = case.at(**marks)
    return {g: k for g, value in made.items() for k, mark in marks.items() if mark is value}


def _renamed(member: Member, case: SpecialCase) -> tuple[dict[str, str], dict[str, float]] | None:
    """The general family's parameters by the special one's, and which run off with the case.

    A parameter is the same number under another name, or in proportion to one, on links that are
    logs: then only its intercept runs off, to +∞ or −∞, and its other coefficients stay.
    None where a parameter is something else, or has no intercept that could run off.
    """
    names = dict(kept(case))
    scaled: dict[str, float] = {}
    if case.rest is None:
        return names, scaled
    for general in member.family.parameters:
        if general not in names and general not in case.when:
            found = _in_proportion(member, case, general)
            if found is None:
                return None
            names[general], scaled[general] = found
    return names, scaled


def _in_proportion(member: Member, case: SpecialCase, general: str) -> tuple[str, float] | None:
    """The special parameter that a general one is a multiple of, and the log of the multiple."""
    parts = [part for part in member.parts if part.name == general]
    if case.rest is None or not parts or member.family.link(general).name != "log":
        return None
    near = near_its_end(member.family, case)
    special = list(case.family.parameters)

    def value(**changed: float) -> float:
        return float(near(**changed)[general])

    for k in special:
        if case.family.parameters[k].default_link.name == "log":
            ratio = value(**{k: 3.4}) / value(**{k: 1.7})
            if abs(ratio - 2.0) < 1e-9:
                keys = parts[0].keys
                if not parts[0].constant and not any(key[-1] == "Intercept" for key in keys):
                    return None
                return k, float(np.sign(np.log(value(**{k: 1.0})))) * np.inf
    return None


def _carried(
    member: Member, case: SpecialCase, names: Mapping[str, str], scaled: Mapping[str, float]
) -> dict[str, Part] | None:
    """The predictors that a parameter in proportion to what runs off takes over from it.

    A Lomax with shape ~ x is at its end an exponential whose mean, scale/shape, follows x: the
    intercepts of both run off, and the shape's slopes stay. None where that is no predictor of
    the special family: where the proportion has a power that follows columns.
    """
    out: dict[str, Part] = {}
    for general in scaled:
        near = near_its_end(member.family, case)
        others = set(case.family.parameters) - {names[general]}
        powers = {k for k in others if near(**{k: 3.4})[general] != near()[general]}
        if any(not p.constant for p in member.parts if names.get(p.name) in powers):
            return None
        own = member.part(general)
        for gone in (part for part in member.parts if part.name in case.when):
            if gone.constant or not _spans_more(gone, own):
                continue
            link = member.family.link(gone.name).name
            if out or not own.constant or gone.basis is None or gone.offset is not None:
                return None
            if link not in ("log", "logit") or not any(k[-1] == "Intercept" for k in gone.keys):
                return None
            out[general] = replace(gone, name=general)
    return out


def _spans_more(part: Part, other: Part) -> bool:
    """Whether a predictor has columns that another has not."""
    has = set() if other.basis is None else {key[-1] for key in other.keys}
    return part.basis is not None and not {key[-1] for key in part.keys} <= has | {"Intercept"}


def _moved(loglik: LogLikelihood, index: int, part: Any, end: float) -> dict[Any, float]:
    """The intercept that runs off with a case, or the constant."""
    if part.constant and part.times is None:
        return {loglik.key_of(index, part.keys[0]): float(np.exp(end))}
    first = next((key for key in part.keys if key[-1] == "Intercept"), part.keys[0])
    return {loglik.key_of(index, first): end * float(np.sign(part.times or 1.0))}


def _bound(
    family: Family, case: SpecialCase, names: Mapping[str, str], carried: Mapping[str, Part]
) -> Family:
    """The special family with what the general one binds of the parameters that it keeps."""
    both = {**family.fixed, **family.predictors}
    for general, line in carried.items():
        both[general] = replace(family.predictors[line.keys[0][0]], link=None)
    return case.family(**{names[k]: v for k, v in both.items() if k in names})
