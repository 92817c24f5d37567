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
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Protocol

import numpy as np

from mostlikely.calculus.components import pairs
from mostlikely.calculus.jet import Jet, seed
from mostlikely.calculus.ops import log
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


@dataclass(slots=True)
class _Linked:
    """A parameter of rows and its first and second derivative in its local variable, if any."""

    value: Any
    first: Any = None
    second: Any = None


def _linked(
    member: MemberRows, name: str, variables: Mapping[str, Any], rows: Rows, order: int
) -> Any:
    """The jet of a parameter in its own variable; a number or an array where it has none."""
    if name in variables:
        return member.family.link(name)(seed([variables[name]], order)[0])
    return member.given(name, rows)


def _split(jet: Any) -> _Linked:
    if not isinstance(jet, Jet):
        return _Linked(jet)
    return _Linked(jet.value, jet.grad[0], jet.hess[0] if jet.hess else None)


def _others(
    member: MemberRows, names: Sequence[str], jets: Sequence[Jet], rows: Rows
) -> dict[str, Any]:
    """Every parameter but location and scale, from jets of those that are free."""
    free = dict(zip(names, jets, strict=True))
    out = {}
    for name in member.family.parameters:
        if name in free:
            out[name] = member.family.link(name)(free[name])
        elif name not in (member.standard or ()):
            out[name] = member.given(name, rows)
    return out


def _at_unit_scale(member: MemberRows, rows: Rows, y: Jet, inside: Mapping[str, Any]) -> Any:
    """log p(y | 0, 1, ψ): the location at zero, the scale at one."""
    location, scale = member.standard or (None, "")
    unit = {location: 0.0, scale: 1.0}
    arguments = [unit[k] if k in unit else inside[k] for k in member.family.parameters]
    block: Any = SimpleNamespace(y=y, w=rows.block.w)  # y is a jet, and all that is read of it
    return member.sample.observation.log_prob(member.family, block, arguments)


@dataclass(slots=True)
class _Scaled:
    """What the parameters of rows are at a point, for kernels on the standard scale."""

    location: _Linked
    sigma: Any
    log_sigma: _Linked
    shapes: dict[str, Any]
    inside: bool


def _scaled(member: MemberRows, rows: Rows, point: Point, order: int) -> _Scaled:
    """The parameters of rows with their derivatives; once for all blocks, if rows are alike."""
    if point.ready is not None:
        ready: _Scaled = point.ready
        return ready
    location, scale = member.standard or (None, "")
    names = member.variable_names
    variables = dict(zip(names, member.variables(point.x, rows), strict=True))
    place = _Linked(0.0)
    if location is not None:
        place = _split(_linked(member, location, variables, rows, order))
    size = _linked(member, scale, variables, rows, order)
    sigma = size.value if isinstance(size, Jet) else size
    logs = _split(log(size) if isinstance(size, Jet) else np.log(size))
    others = [k for k in names if k not in (location, scale)]
    _, *jets = seed([np.float64(0.0), *(variables[k] for k in others)], order)
    shapes = _others(member, others, jets, rows)
    inside = (scale not in member.guarded or bool(np.all(sigma > 0.0))) and member.inside(shapes)
    found = _Scaled(place, sigma, logs, shapes, inside)
    if member.one_sample:
        point.ready = found
    return found


def standardised(member: MemberRows, rows: Rows, point: Point, order: int) -> Local | None:
    """By derivatives in z = (y − μ)/σ: ∂z/∂μ = −1/σ and ∂z/∂s = −z, s = log σ.

    With m = ∂μ/∂η the derivative of the location's link, and likewise s' and s'':
    ∂ℓ/∂η_μ = −(m/σ) f_z, ∂ℓ/∂η_s = −s'(z f_z + 1), and once more.
    """
    if not order:
        return plain(member, rows, point, 0)
    location, scale = member.standard or ("", "")
    assert location is not None
    at = _scaled(member, rows, point, order)
    if not at.inside:
        return None
    names, places, sigma, sizes, inside = (
        member.variable_names,
        at.location,
        at.sigma,
        at.log_sigma,
        at.shapes,
    )
    others = [k for k in names if k not in (location, scale)]
    z = seed([(rows.block.y - places.value) / sigma, *others], order)[0]
    jet = _at_unit_scale(member, rows, z, inside)
    density = member.sample.observation.density
    f_z, first = jet.grad[0], dict(zip(others, jet.grad[1:], strict=True))
    value = _one(jet.value) + (((-1.0, sizes.value, 0),) if density else ())
    moved = None if places.first is None else -places.first / sigma
    bent = sizes.first
    one: Terms = ((-1.0, bent, 0),) if density and bent is not None else ()
    grad: dict[str, Terms] = {k: _one(g) for k, g in first.items()}
    if moved is not None:
        grad[location] = _times(moved, f_z)
    if bent is not None:
        grad[scale] = _times(-bent, f_z, 1) + one
    if order < 2:
        return Local(value, [grad[k] for k in names], [], z.value)
    packed = pairs(1 + len(others))
    second = dict(zip(packed, jet.hess, strict=True))
    f_zz = second[0, 0]
    hess: dict[tuple[str, str], Terms] = {}
    if moved is not None:
        hess[location, location] = _times(moved * moved, f_zz)
        if places.second is not None:
            hess[location, location] += _times(-places.second / sigma, f_z)
    if moved is not None and bent is not None:
        hess[location, scale] = _times(-moved * bent, f_z) + _times(-moved * bent, f_zz, 1)
    if bent is not None:
        twice = 0.0 if sizes.second is None else sizes.second
        hess[scale, scale] = _times(bent * bent, f_zz, 2) + _times(bent * bent - twice, f_z, 1)
        if sizes.second is not None and density:
            hess[scale, scale] += ((-1.0, sizes.second, 0),)
    for (i, j), h in second.items():
        if i:
            hess[others[i - 1], others[j - 1]] = _one(h)
        elif j:
            if moved is not None:
                hess[location, others[j - 1]] = _times(moved, h)
            if bent is not None:
                hess[scale, others[j - 1]] = _times(-bent, h, 1)
    return Local(value, [grad[k] for k in names], _packed(names, hess), z.value)


def log_scaled(member: MemberRows, rows: Rows, point: Point, order: int) -> Local | None:
    """By derivatives in u = log(y/σ), σ one number: ∂u/∂s = −1, s = log σ."""
    if not order:
        return plain(member, rows, point, 0)
    _, scale = member.standard or (None, "")
    at = _scaled(member, rows, point, order)
    if not at.inside:
        return None
    names, sizes = member.variable_names, at.log_sigma
    others = [k for k in names if k != scale]
    z = rows.block.y / at.sigma
    u = seed([np.log(z), *others], order)[0]
    nothing = (None,) * len(others)
    bends = None if order < 2 else (z, *(None,) * (len(pairs(1 + len(others))) - 1))
    jet = _at_unit_scale(member, rows, Jet(z, (z, *nothing), bends, log=u), at.shapes)
    density = member.sample.observation.density
    bent, twice = sizes.first, sizes.second
    f_u = jet.grad[0]
    value = _one(jet.value) + (((-1.0, sizes.value, 0),) if density else ())
    one: Terms = ((-1.0, bent, 0),) if density else ()
    grad = {k: _one(g) for k, g in zip(others, jet.grad[1:], strict=True)}
    grad[scale] = _times(-bent, f_u) + one
    if order < 2:
        return Local(value, [grad[k] for k in names], [])
    hess: dict[tuple[str, str], Terms] = {}
    for (i, j), h in zip(pairs(1 + len(others)), jet.hess, strict=True):
        if i:
            hess[others[i - 1], others[j - 1]] = _one(h)
        elif j:
            hess[scale, others[j - 1]] = _times(-bent, h)
        else:
            hess[scale, scale] = _times(bent * bent, h)
    if twice is not None:
        hess[scale, scale] += _times(-twice, f_u) + (((-1.0, twice, 0),) if density else ())
    return Local(value, [grad[k] for k in names], _packed(names, hess))


def _times(factor: Any, part: Any, power: int = 0) -> Terms:
    return () if part is None else ((factor, part, power),)


def _packed(names: Sequence[str], hess: Mapping[tuple[str, str], Terms]) -> list[Terms]:
    """Second derivatives in the order of `pairs`; each is given under either order."""
    out = []
    for i, j in pairs(len(names)):
        a, b = names[i], names[j]
        out.append(hess.get((a, b)) or hess.get((b, a)) or ())
    return out
