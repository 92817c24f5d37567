"""Maxima where a predictor leaves its domain: a mean of zero under an identity link, and so on.

A link that can leave the domain makes linear constraints, ηᵢ ≥ 0 for the rows. Where the climb
stops against some of them, those are held as equations, the rest climbs in what they leave, and
the end is a maximum if every multiplier pushes outwards (Karush, Kuhn and Tucker; Nocedal and
Wright 2006, *Numerical Optimization*, theorem 12.1).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.data.formula.orthogonal import Basis
from mostlikely.likelihood.member import Part, Regression
from mostlikely.solve.newton import Optimum, Stop, maximise
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof, number
from mostlikely.verdict.verdict import Verdict

__all__ = ["on_the_rim"]

#: Rows whose predictor is below this share of the largest are tried as those at the end.
NEAR = 1e-4
#: How far inside a row at the end is looked at, relative to the largest predictor.
INSIDE = 1e-12


def on_the_rim(model: Regression, met: Optimum, max_steps: int) -> Proof | None:
    """The proof of a maximum at which some rows are at the end of their domain, or None.

    Parameters
    ----------
    model : Regression
    met : Optimum
        Where the climb stopped.
    max_steps : int
        Evaluations allowed.
    """
    first = model.parts[0] if model.parts else None
    sign = 0.0 if first is None else _side(model, first)
    if first is None or first.basis is None or not sign:
        return None
    place = model.slices[0]
    columns = first.basis.design.dense() / first.basis.scale
    eta = sign * (columns @ met.x[place])
    size = float(np.abs(eta).max())
    held = np.flatnonzero(eta <= NEAR * size)
    if not len(held) or not size:
        return None
    across = columns[held]
    along = _null(across)
    if len(held) == model.sample.stored or not along.shape[1]:
        return None
    rest = _along(model.at(np.setdiff1d(np.arange(model.sample.stored), held)), along)
    x = np.concatenate([along.T @ met.x[place], met.x[place.stop :]])
    if not np.isfinite(rest.value(x)):
        return None
    top = maximise(rest, x, rest.units, rest.sample.total, max_steps=max_steps, heed_edges=False)
    if top.stop is not Stop.OPTIMUM:
        return None
    whole = np.concatenate([along @ top.x[: along.shape[1]], top.x[along.shape[1] :]])
    edge = _moved(model.at(held), sign * INSIDE * size)
    pull = model.at(_others(model, held)).score(whole) + edge.score(whole)
    if not _outward(sign * across, pull[place]):
        return None
    return _proven(model, rest, top, whole, top.at.value + edge.value(whole), held)


def _side(model: Regression, first: Part) -> float:
    """On which side of zero the predictor has to stay: 1, -1, or 0 where its end is not zero."""
    if first.basis is None or first.offset is not None or first.basis.design.wide:
        return 0.0
    if first.name not in model._guarded:
        return 0.0
    link, domain = model.family.link(first.name), model.family.parameters[first.name].domain
    with np.errstate(all="ignore"):
        low, high = (float(link.forward(np.float64(v))) for v in (domain.low, domain.high))
    return 1.0 if low == 0.0 else -1.0 if high == 0.0 else 0.0


def _null(rows: Vector) -> Vector:
    """An orthonormal basis of the directions that leave the rows as they are."""
    _, sizes, directions = np.linalg.svd(rows)
    rank = int(np.sum(sizes > 1e-9 * sizes.max()))
    return np.asarray(directions[rank:].T)


def _others(model: Regression, held: Any) -> Any:
    return np.setdiff1d(np.arange(model.sample.stored), held)


def _along(model: Regression, along: Vector) -> Regression:
    """The model with its first coefficients in the directions given."""
    first = model.parts[0]
    assert first.basis is not None
    basis = first.basis
    design = basis.design.transformed(along / basis.scale[:, None])
    inner = Basis(design, np.ones(along.shape[1]), basis.matrix @ along, along.T @ basis.inverse)
    return replace(model, parts=(replace(first, basis=inner), *model.parts[1:]))


def _moved(model: Regression, by: float) -> Regression:
    """The model with its first predictor moved, so that rows at an end are seen from inside."""
    first = replace(model.parts[0], offset=np.full(model.sample.stored, by))
    return replace(model, parts=(first, *model.parts[1:]))


def _outward(inward: Vector, pull: Vector) -> bool:
    """Whether a score is minus a sum, with weights of zero or more, of directions inward."""
    from scipy.optimize import nnls

    weights, left = nnls(inward.T, -pull)
    return bool(left <= 1e-6 * max(float(np.abs(pull).max()), 1e-300) and np.any(weights > 0.0))


def _proven(
    model: Regression, rest: Regression, top: Optimum, x: Vector, height: float, held: Any
) -> Proof:
    name = model.parts[0].name
    domain = model.family.parameters[name].domain
    end = (
        domain.low if np.isfinite(domain.low) and _side(model, model.parts[0]) > 0 else domain.high
    )
    rows = [int(r) for r in model.table.positions(held[:5])]
    which = f"row{'s' if len(held) > 1 else ''} {', '.join(map(str, rows))}"
    which += ", ..." if len(held) > 5 else ""
    basis = rest.parts[0].basis
    assert basis is not None
    loose = np.abs(basis.matrix).max(axis=1) > 1e-9 * np.abs(basis.matrix).max()
    stuck = [k for k, free in zip(model.parts[0].keys, loose, strict=True) if not free]
    params = {**model.natural(x), **dict.fromkeys(stuck, 0.0)}
    held_at = "".join(f" {k[1]} is 0 there." for k in stuck)
    sentence = (
        f"On the boundary: {name} is {number(end)} in {which}, where its link would leave the "
        f"domain, and the likelihood falls from there.{held_at} Errors are those of the other "
        "rows, along that edge."
    )
    verdict = Verdict("boundary", True, sentence, top.decrement, (name,))
    regular = tuple(k for k in model.names if k not in stuck)
    return Proof(verdict, params, height, replace(top, x=x), regular, rest, top, dict, model)
