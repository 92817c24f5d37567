"""The expected information of a member: declared by its family, or found by quadrature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Jet, pairs, seed
from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.family.expectation import declared_information, expected_information
from mostlikely.likelihood.kernel import Local, Terms
from mostlikely.likelihood.rows import MemberRows
from mostlikely.likelihood.sums import Totals
from mostlikely.solve.objective import Vector

__all__ = ["derivatives", "expected"]


def derivatives(values: Sequence[Any], k: int, n: int = 1) -> tuple[Vector, Vector]:
    """First and second derivatives of jets, or numbers, in k variables of n rows.

    Returns
    -------
    first : array, shape (n, values, k)
    second : array, shape (n, values, k, k)
    """
    first, second = np.zeros((n, len(values), k)), np.zeros((n, len(values), k, k))
    for a, jet in enumerate(values):
        if isinstance(jet, Jet):
            for i, g in enumerate(jet.grad):
                first[:, a, i] = 0.0 if g is None else g
            for (i, j), h in zip(pairs(k), jet.hess or (), strict=False):
                second[:, a, i, j] = second[:, a, j, i] = 0.0 if h is None else h
    return first, second


def expected(member: MemberRows, x: Vector) -> Vector:
    """The expected information in coordinates, shape (k, k).

    Raises
    ------
    ModelError
        If it cannot be had: no declared formula, and rows that differ in ways without one.
    """
    family = member.family
    if not member.sample.exact:
        raise ModelError(
            "the expected information of rows that were seen in part needs the law of what hides "
            'them, and nothing is known of it; take covariance="observed" or "sandwich".'
        )
    dispersed = set(family.precision_weights) == {family.standard and family.standard[1]}
    alike = member.one_sample and (member.sample.weighting.counts or dispersed)
    with np.errstate(all="ignore"):
        return _of_numbers(member, x) if alike else _of_rows(member, x)


def _of_numbers(member: MemberRows, x: Vector) -> Vector:
    """Where all rows are alike: that of one row, by quadrature, as often as there are rows.

    An entry in a and b carries the unit of y to the power −(uₐ + u_b). A precision weight w
    makes the scale σ w**p, the same for y in another unit, and dσ w**p/dσ brings w**p back.
    """
    family, names = member.family, [part.name for part in member.parts]
    per_row = expected_information(family, member.values(x), names)
    jacobian = derivatives(family.natural(seed([np.float64(v) for v in x], 1)), len(x))[0][0]
    alike: Any = member.sample.n
    if not member.sample.weighting.counts:
        ((scale, power),) = family.precision_weights.items()
        units = [family.parameters[k].unit for k in names]
        powers_of = [power * ((k == scale) - u) for k, u in zip(names, units, strict=True)]
        alike = np.zeros((len(names),) * 2)
        for block in member.sample.blocks():
            assert block.w is not None
            w = np.stack([block.w**e for e in powers_of])
            alike += w @ w.T
    return np.asarray(jacobian.T @ (alike * per_row) @ jacobian)


def _of_rows(member: MemberRows, x: Vector) -> Vector:
    """Row by row, in each row's own parameters."""
    family, names = member.family, list(member.family.parameters)
    totals = Totals(member.layout, 2)
    owners = [v.part for v in member.layout.variables]
    k = len(owners)
    for rows in member.blocks():
        n = len(rows.block.y)
        jets = seed(member.variables(x, rows), 1)
        at = dict(zip(names, member.weighted(member.parameters(jets, rows), rows), strict=True))
        plain = {
            name: np.broadcast_to(v.value if isinstance(v, Jet) else v, (n,))
            for name, v in at.items()
        }
        slopes, _ = derivatives([at[name] for name in family.free], k, n)
        local = np.einsum("nai,nab,nbj->nij", slopes, _each(family, plain, n), slopes)
        hess: list[Terms] = [
            ((-1.0, np.ascontiguousarray(local[:, i, j]), 0),) for i, j in totals.pairs
        ]
        found = Local(((1.0, 0.0, 0),), [() for _ in range(k)], hess)
        designs = [rows.designs[owner] for owner in owners]
        totals.add(found, member.counts(rows.block), n, designs)
    return totals.evaluation().information


def _each(family: Family, values: Mapping[str, Vector], n: int) -> Vector:
    """The expected information of each row in the free parameters, shape (n, k, k)."""
    found = declared_information(family, [Jet(values[k], (), None) for k in family.parameters])
    if found is not None:
        entries = [[np.broadcast_to(getattr(e, "value", e), (n,)) for e in row] for row in found]
        return np.moveaxis(np.asarray(entries, dtype=float), 2, 0)
    sizes = np.ones((n, len(family.free)))
    if family.standard is not None:
        # rows that differ in location and scale alone are one, in units of their own
        place, scale = family.standard
        units = [family.parameters[name].unit for name in family.free]
        sizes = values[scale][:, None] ** -np.array(units, dtype=float)
        values = {**values, scale: np.ones(n), **({place: np.zeros(n)} if place else {})}
    table = np.stack([values[name] for name in family.parameters], axis=1)
    different, back = np.unique(table, axis=0, return_inverse=True)
    bare = family.with_fixed()
    bare.predictors = {}
    each = []
    for row in different:
        at = dict(zip(family.parameters, map(float, row), strict=True))
        fixed = {k: v for k, v in at.items() if k not in family.free}
        free = {k: v for k, v in at.items() if k in family.free}
        each.append(expected_information(bare.with_fixed(**fixed), free, family.free))
    return np.asarray(each)[np.ravel(back)] * sizes[:, :, None] * sizes[:, None, :]
