"""Value, score and Hessian of a log-likelihood as sums over rows, in natural parameters.

Three ways to the same numbers. The plain one differentiates each row in the model's parameters.
The others use what the units of the parameters say: if μ and σ carry the data's unit,
log p(y | μ, σ, ψ) = log p(z | 0, 1, ψ) − log σ with z = (y − μ)/σ, so that a row need only be
differentiated in z and ψ, and all derivatives in μ and σ are moments of those: half the arrays.
Where there is no location, log z does even better: its derivative in log σ is −1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import fsum
from types import SimpleNamespace
from typing import Any

import numpy as np

from mostlikely.calculus.components import Component, pairs
from mostlikely.calculus.jet import Jet, seed
from mostlikely.data import Block, Sample
from mostlikely.family.base import Family
from mostlikely.solve.objective import Vector

__all__ = ["derivatives", "row_scores", "score", "value"]

#: Rows differentiated together. A jet's formula keeps some thirty arrays alive; at this size they
#: stay in the L2 cache, and a call's own cost is still small.
PIECE = 8192
#: A dot product with ones adds a piece faster than a sum does, and in as many partial sums.
ONES = np.ones(PIECE)

Totals = tuple[float, Vector, Vector]

# Until it has seen a large piece freed, glibc hands each block of this size back to the system and
# gets it again page by page (mallopt(3), M_MMAP_THRESHOLD): half the time of a Student-t's
# derivatives. Nothing is touched here, so nothing is used.
np.empty(3_900_000)


def value(family: Family, sample: Sample, values: Sequence[Any]) -> float:
    """Σ w log p(y | values)."""
    parts = []
    for piece in _pieces(sample):
        row = _log_prob(family, sample, piece, values)
        parts.append(_moment(row, *_weights(sample, piece)))
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
        location, scale = standard
        if location is None:
            return _scaled(family, sample, values, free, scale)
        return _standardised(family, sample, values, free, location, scale)
    return _plain(family, sample, values, free)


def score(family: Family, sample: Sample, values: Sequence[Any], free: Sequence[str]) -> Vector:
    """The gradient alone, at less than half the price."""
    standard = None if _per_row(sample) else family.standard
    at = dict(zip(family.parameters, values, strict=True))
    others = [name for name in free if standard is None or name not in standard]
    shapes = seed([at[name] for name in others], 1)
    rows = []
    for piece in _pieces(sample):
        w = _weights(sample, piece)
        if standard is None:
            plain = [dict(zip(others, shapes, strict=True)).get(k, v) for k, v in at.items()]
            rows.append([_moment(g, *w) for g in _log_prob(family, sample, piece, plain).grad])
            continue
        location, scale = standard
        z = (piece.y if location is None else piece.y - at[location]) / at[scale]
        first, *rest = seed([z if location else np.log(z), *(at[name] for name in others)], 1)
        y = first if location else Jet(z, (z, *first.grad[1:]), None, log=first)
        inside = dict(zip(others, rest, strict=True))
        names = (scale,) if location is None else (location, scale)
        grad = _at_unit_scale(family, sample, piece, y, at, inside, names).grad
        by_z = z if piece.w is None else piece.w * z
        in_scale = _moment(grad[0], by_z, None) if location else _moment(grad[0], *w)
        rows.append([*(_moment(g, *w) for g in grad[1:]), _moment(grad[0], *w), in_scale])
    sums = _columns(rows)
    total = dict(zip(others, sums, strict=False))
    if standard is not None:
        location, scale = standard
        total[scale] = -(sums[-1] + sample.total) / at[scale]
        if location is not None:
            total[location] = -sums[-2] / at[scale]
    return np.array([total[name] for name in free])


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
        rows.append([_moment(c, *weights) for c in (jet.value, *jet.grad, *(jet.hess or ()))])
    total = _columns(rows)
    hessian = np.empty((k, k))
    for t, (i, j) in zip(total[1 + k :], pairs(k), strict=True):
        hessian[i, j] = hessian[j, i] = t
    return total[0], np.array(total[1 : 1 + k]), hessian


def _scaled(
    family: Family, sample: Sample, values: Sequence[Any], free: Sequence[str], scale: str
) -> Totals:
    """By derivatives in u = log(y/σ): ∂u/∂log σ = −1."""
    at = dict(zip(family.parameters, values, strict=True))
    others = [name for name in free if name != scale]
    packed = pairs(1 + len(others))
    rows = []
    for piece in _pieces(sample):
        weights = _weights(sample, piece)
        z = piece.y / at[scale]
        u, *shapes = seed([np.log(z), *(at[name] for name in others)])
        zeros = (None,) * len(others)
        y = Jet(z, (z, *zeros), (z, *(None,) * (len(packed) - 1)), log=u)
        jet = _at_unit_scale(
            family, sample, piece, y, at, dict(zip(others, shapes, strict=True)), (scale,)
        )
        rows.append([_moment(c, *weights) for c in (jet.value, *jet.grad, *(jet.hess or ()))])
    total = _columns(rows)
    n, sigma = sample.total, at[scale]
    out = _Symmetric(free)
    f_u, *f_r = total[1 : 1 + len(others) + 1]
    second = dict(zip(packed, total[2 + len(others) :], strict=True))
    for (i, j), number in second.items():
        if i:
            out.put(others[i - 1], others[j - 1], number)
        elif j:
            out.put(scale, others[j - 1], -number / sigma)
    out.put(scale, scale, (second[0, 0] + f_u + n) / sigma / sigma)
    gradient = dict(zip(others, f_r, strict=True)) | {scale: -(f_u + n) / sigma}
    return total[0] - n * float(np.log(sigma)), np.array([gradient[k] for k in free]), out.matrix


def _standardised(
    family: Family,
    sample: Sample,
    values: Sequence[Any],
    free: Sequence[str],
    location: str,
    scale: str,
) -> Totals:
    """By derivatives in z = (y − μ)/σ.

    ∂z/∂μ = −1/σ, ∂z/∂σ = −z/σ, ∂²z/∂μ∂σ = 1/σ², ∂²z/∂σ² = 2z/σ².
    """
    at = dict(zip(family.parameters, values, strict=True))
    others = [name for name in free if name not in (location, scale)]
    q = 1 + len(others)
    packed = pairs(q)
    rows = []
    for piece in _pieces(sample):
        w = _weights(sample, piece)
        z = (piece.y - at[location]) / at[scale]
        y, *shapes = seed([z, *(at[name] for name in others)])
        inside = dict(zip(others, shapes, strict=True))
        jet = _at_unit_scale(family, sample, piece, y, at, inside, (location, scale))
        wz = z if piece.w is None else piece.w * z
        by_z, by_zz = (wz, None), (wz * z, None)
        f_z, second = jet.grad[0], dict(zip(packed, jet.hess or (), strict=True))
        rows.append(
            [
                _moment(jet.value, *w),
                *(_moment(g, *w) for g in jet.grad),
                _moment(f_z, *by_z),
                _moment(second[0, 0], *by_z),
                _moment(second[0, 0], *by_zz),
                *(_moment(second[0, j], *by_z) for j in range(1, q)),
                *(_moment(h, *w) for h in jet.hess or ()),
            ]
        )
    total = _columns(rows)
    n, sigma = sample.total, at[scale]
    height, f_z, *f_r = total[: 1 + q]
    z_f_z, z_f_zz, zz_f_zz, *z_f_zr = total[1 + q : 4 + 2 * q - 1]
    second = dict(zip(packed, total[4 + 2 * q - 1 :], strict=True))
    out = _Symmetric(free)
    out.put(location, location, second[0, 0] / sigma / sigma)
    out.put(location, scale, (z_f_zz + f_z) / sigma / sigma)
    out.put(scale, scale, (zz_f_zz + 2.0 * z_f_z + n) / sigma / sigma)
    for j, name in enumerate(others, start=1):
        out.put(location, name, -second[0, j] / sigma)
        out.put(scale, name, -z_f_zr[j - 1] / sigma)
    for (i, j), number in second.items():
        if i:
            out.put(others[i - 1], others[j - 1], number)
    gradient = dict(zip(others, f_r, strict=True))
    gradient |= {location: -f_z / sigma, scale: -(z_f_z + n) / sigma}
    return height - n * float(np.log(sigma)), np.array([gradient[k] for k in free]), out.matrix


def _at_unit_scale(
    family: Family,
    sample: Sample,
    piece: Block,
    y: Jet,
    at: Mapping[str, Any],
    inside: Mapping[str, Jet],
    standard: tuple[str, ...],
) -> Jet:
    """log p(y | 0, 1, ψ): the location at zero, the scale at one."""
    unit = dict(zip(standard[::-1], (1.0, 0.0), strict=False))
    arguments = [unit.get(k, inside.get(k, at[k])) for k in family.parameters]
    block: Any = SimpleNamespace(y=y, w=piece.w)  # y is a jet here, and all that is read of it
    jet: Jet = sample.observation.log_prob(family, block, arguments)
    return jet


class _Symmetric:
    """A symmetric matrix filled by parameter names; names that are not free are passed over."""

    def __init__(self, names: Sequence[str]) -> None:
        self.index = {name: i for i, name in enumerate(names)}
        self.matrix = np.zeros((len(names), len(names)))

    def put(self, a: str, b: str, number: float) -> None:
        i, j = self.index.get(a), self.index.get(b)
        if i is not None and j is not None:
            self.matrix[i, j] = self.matrix[j, i] = number


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


def _weights(sample: Sample, block: Block) -> tuple[Vector, float]:
    """What each row counts, and their sum; a precision is in the density already."""
    if block.w is None or _per_row(sample):
        return ONES[: len(block.y)], float(len(block.y))
    return block.w, float(block.w.sum())


def _moment(part: Component, weight: Vector, total: float | None) -> float:
    """Σ weight · part over rows; a number stands for itself on every row."""
    if type(part) is np.ndarray and part.ndim:
        return float(part.dot(weight))
    if part is None:
        return 0.0
    return float(part) * (float(weight.sum()) if total is None else total)


def _columns(rows: Iterable[Sequence[float]]) -> list[float]:
    return [_add(column) for column in zip(*rows, strict=True)]


def _add(parts: Sequence[float]) -> float:
    """The exact sum of block totals; infinities and NaN pass through."""
    if np.isfinite(parts).all():
        return fsum(parts)
    return float(np.sum(parts))
