"""Value, score and Hessian of a log-likelihood as sums over rows, in natural parameters.

Two ways to the same numbers. The plain one differentiates each row in the model's parameters. The
standardised one uses what the units of the parameters say: if mu and sigma carry the data's unit,
log p(y | μ, σ, ψ) = log p(z | 0, 1, ψ) − log σ with z = (y − μ)/σ, so that a row need only be
differentiated in z and ψ, and all derivatives in μ and σ are moments of those: half the arrays.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import fsum
from typing import Any

import numpy as np

from mostlikely.calculus.jet import Component, Jet, pairs, seed
from mostlikely.data import Block, Sample
from mostlikely.family.base import Family
from mostlikely.solve.objective import Vector

__all__ = ["derivatives", "row_scores", "value"]

#: Rows differentiated together. A jet's formula keeps some thirty arrays alive; at this size they
#: stay in the L2 cache, and a call's own cost is still small.
PIECE = 4096

Totals = tuple[float, Vector, Vector]


def value(family: Family, sample: Sample, values: Sequence[Any]) -> float:
    """Σ w log p(y | values)."""
    parts = []
    for block in sample.blocks():
        row = _log_prob(family, sample, block, values)
        parts.append(_moment(row, *_weights(sample, block)))
    return _add(parts)


def derivatives(
    family: Family, sample: Sample, values: Sequence[Any], free: Sequence[str]
) -> Totals:
    """The log-likelihood with its gradient and Hessian in the parameters ``free``.

    Parameters
    ----------
    values : sequence of numbers
        All parameters of the family, in order.

    Returns
    -------
    value : float
    gradient : array, shape (k,)
    hessian : array, shape (k, k)
    """
    standard = family.standard
    if standard is not None and not _per_row(sample):
        return _standardised(family, sample, values, free, *standard)
    return _plain(family, sample, values, free)


def row_scores(
    family: Family, sample: Sample, values: Sequence[Any], free: Sequence[str]
) -> Iterator[tuple[Vector, Vector | None]]:
    """Per block: each row's gradient in ``free``, shape (rows, k), and the weights."""
    seeded = _seeded(family, values, free, order=1)
    for block in sample.blocks():
        jet = _log_prob(family, sample, block, seeded)
        out = np.zeros((len(block.y), len(free)))
        for i, g in enumerate(jet.grad):
            out[:, i] = 0.0 if g is None else g
        yield out, block.w


def _plain(family: Family, sample: Sample, values: Sequence[Any], free: Sequence[str]) -> Totals:
    seeded = _seeded(family, values, free, order=2)
    k = len(free)
    rows = []
    for piece in _pieces(sample):
        weights = _weights(sample, piece)
        jet = _log_prob(family, sample, piece, seeded)
        rows.append([_moment(c, *weights) for c in (jet.value, *jet.grad, *jet.hess)])
    total = _columns(rows)
    hessian = np.empty((k, k))
    for t, (i, j) in zip(total[1 + k :], pairs(k), strict=True):
        hessian[i, j] = hessian[j, i] = t
    return total[0], np.array(total[1 : 1 + k]), hessian


def _standardised(
    family: Family,
    sample: Sample,
    values: Sequence[Any],
    free: Sequence[str],
    location: str | None,
    scale: str,
) -> Totals:
    at = dict(zip(family.parameters, values, strict=True))
    mu, sigma = (at[location] if location else 0.0), at[scale]
    others = [name for name in free if name not in (location, scale)]
    moves = location is not None and location in free
    q = 1 + len(others)
    packed = pairs(q)
    rows = []
    for piece in _pieces(sample):
        z = (piece.y - mu) / sigma
        z_jet, *shapes = seed([z, *(at[name] for name in others)])
        inside = dict(zip(others, shapes, strict=True))
        arguments = [
            0.0 if name == location else 1.0 if name == scale else inside.get(name, at[name])
            for name in family.parameters
        ]
        jet = sample.observation.log_prob(family, Block(z_jet, piece.w), arguments)
        w = _weights(sample, piece)
        wz = (z if piece.w is None else piece.w * z, None)
        wzz = (wz[0] * z, None)
        second = dict(zip(packed, jet.hess, strict=True))
        row = [_moment(jet.value, *w), _moment(jet.grad[0], *wz), _moment(second[0, 0], *wzz)]
        row += [_moment(second[0, j], *wz) for j in range(1, q)]
        row += [_moment(g, *w) for g in jet.grad[1:]]
        row += [_moment(second[i, j], *w) for i, j in packed if i]
        if moves:
            row += [_moment(jet.grad[0], *w), _moment(second[0, 0], *w), _moment(second[0, 0], *wz)]
            row += [_moment(second[0, j], *w) for j in range(1, q)]
        rows.append(row)
    total = iter(_columns(rows))
    n, r = sample.total, len(others)
    height, f_z, f_zz = next(total), next(total), next(total)
    f_zr = [next(total) for _ in others]
    f_r = [next(total) for _ in others]
    index = {name: i for i, name in enumerate(free)}
    gradient, hessian = np.zeros(len(free)), np.zeros((len(free), len(free)))

    def put(a: str, b: str, number: float) -> None:
        if a in index and b in index:
            hessian[index[a], index[b]] = hessian[index[b], index[a]] = number

    for name, g in zip(others, f_r, strict=True):
        gradient[index[name]] = g
    for i, j in pairs(r):
        put(others[i], others[j], next(total))
    if scale in index:
        # ∂z/∂σ = −z/σ, ∂²z/∂σ² = 2z/σ²
        gradient[index[scale]] = -(f_z + n) / sigma
        put(scale, scale, (f_zz + 2.0 * f_z + n) / sigma**2)
        for name, cross in zip(others, f_zr, strict=True):
            put(scale, name, -cross / sigma)
    if moves and location is not None:
        # ∂z/∂μ = −1/σ, ∂²z/∂μ∂σ = 1/σ²
        s_z, s_zz, s_zzz = next(total), next(total), next(total)
        gradient[index[location]] = -s_z / sigma
        put(location, location, s_zz / sigma**2)
        put(location, scale, (s_zzz + s_z) / sigma**2)
        for name in others:
            put(location, name, -next(total) / sigma)
    return height - n * float(np.log(sigma)), gradient, hessian


def _pieces(sample: Sample) -> Iterator[Block]:
    for block in sample.blocks():
        for start in range(0, len(block.y), PIECE):
            piece = slice(start, start + PIECE)
            yield Block(block.y[piece], None if block.w is None else block.w[piece])


def _per_row(sample: Sample) -> bool:
    return sample.kind == "precision" and sample.weighted


def _seeded(family: Family, values: Sequence[Any], free: Sequence[str], order: int) -> list[Any]:
    at = dict(zip(family.parameters, values, strict=True))
    at.update(zip(free, seed([at[name] for name in free], order), strict=True))
    return list(at.values())


def _log_prob(family: Family, sample: Sample, block: Block, values: Sequence[Any]) -> Any:
    """One block's log-densities; a precision weight scales the dispersion of its row."""
    if _per_row(sample):
        powers = family.precision_weights
        values = [
            v * block.w ** powers[name] if name in powers and block.w is not None else v
            for name, v in zip(family.parameters, values, strict=True)
        ]
    return sample.observation.log_prob(family, block, values)


def _weights(sample: Sample, block: Block) -> tuple[Vector | None, float]:
    """What each row counts, and their sum; a precision is in the density already."""
    if block.w is None or _per_row(sample):
        return None, float(len(block.y))
    return block.w, float(block.w.sum())


def _moment(part: Component, weight: Vector | None, total: float | None) -> float:
    """Σ weight · part over rows; a number stands for itself on every row."""
    if part is None:
        return 0.0
    if isinstance(part, np.ndarray) and part.ndim:
        return float(part.sum() if weight is None else np.dot(weight, part))
    if total is None:
        assert weight is not None
        total = float(weight.sum())
    return float(part) * total


def _columns(rows: Iterable[Sequence[float]]) -> list[float]:
    return [_add(column) for column in zip(*rows, strict=True)]


def _add(parts: Sequence[float]) -> float:
    """The exact sum of block totals; infinities and NaN pass through."""
    if np.isfinite(parts).all():
        return fsum(parts)
    return float(np.sum(parts))
