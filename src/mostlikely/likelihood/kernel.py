"""A block's log-densities with their derivatives in a member's local variables.

A row's log-density is differentiated in few variables only: the linear predictors of that row,
numbers, and the coefficients of nonlinear functions. `plain` does so. The others use what the
units of the parameters say: if μ and σ carry the data's unit, log p(y | μ, σ, ψ) =
log p(z | 0, 1, ψ) − log σ with z = (y − μ)/σ, so that a row need only be differentiated in z and
ψ, and all derivatives in μ and s = log σ are those times powers of z: half the arrays, and no
power of σ that could leave the range of floats. Where there is no location, log z does even
better: its derivative in s is −1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from mostlikely.calculus.components import pairs
from mostlikely.calculus.jet import Jet, seed
from mostlikely.calculus.ops import log
from mostlikely.data.observation import Above, Below, Exact, Partly, of_one_kind
from mostlikely.likelihood.rows import MemberRows, Rows

__all__ = ["Kernel", "Local", "Point", "Terms", "kernel_for", "plain"]

#: Σ c · a · z**p over (c, a, p): c a number or an array, a a component of a jet, p a power.
Terms = tuple[tuple[Any, Any, int], ...]


@dataclass(slots=True)
class Local:
    """What a kernel finds of a block of rows.

    Parameters
    ----------
    value : Terms
        The log-densities.
    grad : list of Terms
        Their derivatives in each local variable.
    hess : list of Terms
        Second derivatives in the order of `pairs`; empty where none were asked for.
    z : array of shape (rows,), optional
        What the powers are of.
    """

    value: Terms
    grad: list[Terms]
    hess: list[Terms]
    z: Any = None

    def rows(self, terms: Terms) -> Any:
        """A component as one number per row, or as one number; 0.0 where there is none."""
        total: Any = None
        for factor, part, power in terms:
            term = part
            if power:
                term = self.z * term if power == 1 else self.z * (self.z * term)
            if not (isinstance(factor, float) and factor == 1.0):
                term = term * factor
            total = term if total is None else total + term
        return 0.0 if total is None else total


@dataclass(slots=True)
class Point:
    """A point of a member's coordinates, and what kernels have made of it for all of its rows.

    Parameters
    ----------
    x : array, shape (k,)
    ready : any
        Parameters with their derivatives, where they are the same for every block.
    """

    x: Any
    ready: Any = None


class Kernel(Protocol):
    """What turns a block into `Local`; a compiled one has the same signature."""

    def __call__(self, member: MemberRows, rows: Rows, point: Point, order: int) -> Local | None:
        """Derivatives up to ``order``; None if a parameter has left its domain in some row."""


def kernel_for(member: MemberRows) -> Kernel:
    """The kernel that suits a member: decided by its family's units and its parts."""
    family, parts = member.family, {part.name: part for part in member.parts}
    standard = member.standard
    if standard is None or family.coupled:
        return plain
    if isinstance(member.sample.observation, Partly):
        alike = _seeing(member, Exact()).kernel
        ends_move = family.ends is not None or family.support.discrete
        return plain if ends_move or alike is plain else by_kind(member)
    if member.sample.observation.points > 1 or member.sample.columns > 1:
        return plain  # a density of several numbers carries their unit more than once
    if not member.sample.weighting.counts:
        return plain
    location, scale = standard
    place, size = parts.get(location or ""), parts.get(scale)
    if any(part.function is not None for part in parts.values()):
        return plain
    if location is None:
        return log_scaled if size is not None and size.constant else plain
    return standardised if place is not None or size is not None else plain


def _seeing(member: Any, observation: Any) -> Any:
    """The member as if all of its rows had been seen so."""
    return replace(member, sample=replace(member.sample, observation=observation))


def by_kind(member: Any) -> Kernel:
    """The kernels of rows that were seen alike, for blocks of such; jets for others."""
    seeing = {kind: _seeing(member, kind()) for kind in (Exact, Above, Below)}

    def kernel(member: MemberRows, rows: Rows, point: Point, order: int) -> Local | None:
        found = of_one_kind(rows.block)
        if found is None:
            return plain(member, rows, Point(point.x), order)
        observation, block = found
        alike = seeing[type(observation)]
        local: Local | None = alike.kernel(alike, replace(rows, block=block), point, order)
        return local

    return kernel


def _one(component: Any) -> Terms:
    return () if component is None else ((1.0, component, 0),)


def plain(member: MemberRows, rows: Rows, point: Point, order: int) -> Local | None:
    """By jets in the local variables themselves."""
    x = point.x
    if not order and member.one_sample:  # numbers, for which nothing need be remembered
        found = member.log_prob(member.parameters(member.variables(x, rows), rows), rows)
        return None if found is None else Local(_one(found), [], [])
    jets = seed(member.variables(x, rows), max(order, 1))
    if not order:  # values that remember what links know of them
        jets = [Jet(jet.value, (), None) for jet in jets]
    jet = member.log_prob(member.parameters(jets, rows), rows)
    if jet is None:
        return None
    if not isinstance(jet, Jet):  # no parameter enters
        jet = Jet(jet, (None,) * len(jets), (None,) * len(pairs(len(jets))))
    second = [_one(h) for h in jet.hess or ()] if order > 1 else []
    return Local(_one(jet.value), [_one(g) for g in jet.grad] if order else [], second)


def _given(
    member: MemberRows, name: str, free: Mapping[str, Any], rows: Rows, order: int | None = None
) -> Any:
    """A parameter of rows: the jet of one that is free, in itself if an order is given."""
    if name not in free:
        return member.given(name, rows)
    variable = free[name] if order is None else seed([free[name]], order)[0]
    return member.family.link(name)(variable)


def _split(jet: Any) -> tuple[Any, Any, Any]:
    """Value, first and second derivative of a jet in one variable; None of a number."""
    if not isinstance(jet, Jet):
        return jet, None, None
    return jet.value, jet.grad[0], jet.hess[0] if jet.hess else None


def _at_unit_scale(member: MemberRows, rows: Rows, y: Jet, inside: Mapping[str, Any]) -> Any:
    """log p(y | 0, 1, ψ): the location at zero, the scale at one."""
    location, scale = member.standard or (None, "")
    unit = {location: 0.0, scale: 1.0}
    arguments = [unit[k] if k in unit else inside[k] for k in member.family.parameters]
    block: Any = SimpleNamespace(y=y, w=rows.block.w)  # y is a jet, and all that is read of it
    return member.sample.observation.log_prob(member.family, block, arguments)


def _scaled(member: MemberRows, rows: Rows, point: Point, order: int) -> Any:
    """Location, scale, log scale and the other parameters of rows; None outside their domains.

    Location and log scale with their derivatives, the others as jets; once for all blocks, if rows
    are alike.
    """
    if point.ready is not None:
        return point.ready
    location, scale = member.standard or (None, "")
    names = member.variable_names
    variables = dict(zip(names, member.variables(point.x, rows), strict=True))
    place = 0.0 if location is None else _given(member, location, variables, rows, order)
    size = _given(member, scale, variables, rows, order)
    sigma = getattr(size, "value", size)
    others = [k for k in names if k not in (location, scale)]
    _, *jets = seed([np.float64(0.0), *(variables[k] for k in others)], order)
    free = dict(zip(others, jets, strict=True))
    shapes = {
        name: _given(member, name, free, rows)
        for name in member.family.parameters
        if name not in (location, scale)
    }
    if not member.inside(shapes) or (scale in member.guarded and not np.all(sigma > 0.0)):
        return None
    logs = _split(log(size) if isinstance(size, Jet) else np.log(size))
    found = _split(place), sigma, logs, shapes
    if member.one_sample:
        point.ready = found
    return found


def standardised(member: MemberRows, rows: Rows, point: Point, order: int) -> Local | None:
    """By derivatives in z = (y − μ)/σ: ∂z/∂μ = −1/σ and ∂z/∂s = −z, s = log σ."""
    if not order:
        return plain(member, rows, point, 0)
    at = _scaled(member, rows, point, order)
    if at is None:
        return None
    (location, *_), sigma, _, shapes = at
    others = [k for k in member.variable_names if k not in (member.standard or ())]
    z = seed([(rows.block.y - location) / sigma, *others], order)[0]
    return _chained(member, at, _at_unit_scale(member, rows, z, shapes), order, 1, z.value)


def log_scaled(member: MemberRows, rows: Rows, point: Point, order: int) -> Local | None:
    """By derivatives in u = log(y/σ), σ one number: ∂u/∂s = −1, s = log σ."""
    if not order:
        return plain(member, rows, point, 0)
    at = _scaled(member, rows, point, order)
    if at is None:
        return None
    _, sigma, _, shapes = at
    others = [k for k in member.variable_names if k not in (member.standard or ())]
    z = rows.block.y / sigma
    u = seed([np.log(z), *others], order)[0]
    nothing = (None,) * len(others)
    bends = None if order < 2 else (z, *(None,) * (len(pairs(1 + len(others))) - 1))
    jet = _at_unit_scale(member, rows, Jet(z, (z, *nothing), bends, log=u), shapes)
    return _chained(member, at, jet, order, 0)


def _chained(member: MemberRows, at: Any, jet: Jet, order: int, power: int, z: Any = None) -> Local:
    """The derivatives in local variables, by the chain rule from those in z or in u = log z.

    With m = ∂μ/∂η the derivative of the location's link, and likewise s' and s'':
    ∂ℓ/∂η_μ = −(m/σ) f_z and ∂ℓ/∂η_s = −s'(z f_z + 1), and once more; in u, z f_z is f_u.

    Parameters
    ----------
    power : int
        The power of z in −∂/∂s: 1 in z, 0 in u.
    """
    location, scale = member.standard or (None, "")
    (_, first, second), sigma, (log_sigma, bent, twice), _ = at
    names, density = member.variable_names, member.sample.observation.density
    others = [k for k in names if k not in (location, scale)]
    f_z = jet.grad[0]
    value = _one(jet.value) + _less(log_sigma, density)
    moved = 0.0 if first is None else -first / sigma
    turned = 0.0 if bent is None else bent
    grad: dict[Any, Terms] = {k: _one(g) for k, g in zip(others, jet.grad[1:], strict=True)}
    grad[location] = _times(moved, f_z)
    grad[scale] = _times(-turned, f_z, power) + _less(bent, density)
    hess: dict[Any, Terms] = {}
    for (i, j), h in zip(pairs(1 + len(others)), jet.hess or (), strict=order > 1):
        if i:
            hess[others[i - 1], others[j - 1]] = _one(h)
        elif j:
            hess[location, others[j - 1]] = _times(moved, h)
            hess[scale, others[j - 1]] = _times(-turned, h, power)
        else:
            hess[location, location] = _times(moved * moved, h)
            hess[location, scale] = _times(-moved * turned, f_z) + _times(-moved * turned, h, 1)
            hess[scale, scale] = _times(turned * turned, h, 2 * power)
    if order > 1 and second is not None:
        hess[location, location] += _times(-second / sigma, f_z)
    if order > 1 and (power or twice is not None):
        curved = power * turned * turned - (0.0 if twice is None else twice)
        hess[scale, scale] += _times(curved, f_z, power) + _less(twice, density)
    return Local(value, [grad[k] for k in names], _packed(names, hess) if order > 1 else [], z)


def _less(component: Any, density: bool) -> Terms:
    """Minus a component; nothing of a probability, which has no scale to be divided by."""
    return ((-1.0, component, 0),) if density and component is not None else ()


def _times(factor: Any, part: Any, power: int = 0) -> Terms:
    return () if part is None else ((factor, part, power),)


def _packed(names: Sequence[str], hess: Mapping[tuple[str, str], Terms]) -> list[Terms]:
    """Second derivatives in the order of `pairs`; each is given under either order."""
    out = []
    for i, j in pairs(len(names)):
        a, b = names[i], names[j]
        out.append(hess.get((a, b)) or hess.get((b, a)) or ())
    return out
