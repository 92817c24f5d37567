"""Curves and likelihoods of one's own: which parameters the rows tell apart, from far starts too.

Where parameters are two names for one number, the scores of all rows are linearly dependent at
every point, and not only at the maximum (Rothenberg 1971, Econometrica 39, theorem 1; Catchpole
and Morgan 1997, Biometrika 84): that needs no look at the information, to which whatever score a
climb leaves adds some. Where a climb ended on a level and they are independent elsewhere, the
start was far from the answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.maximise import Options, maximise
from mostlikely.solve.objective import Evaluation, Vector
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict.check import Ended, rounding

__all__ = ["InUnits", "aliased", "bent", "settled"]

#: Singular values of the rows' scores below this, where columns have length one, are rounding.
ROUNDING = 1e-10
#: How far from a point the scores are looked at, in its units, and the steps themselves.
BESIDE = (1e-3, 1e-1)
#: What start values are multiplied with, one at a time, where the climb from them met a level.
FACTORS = (0.1, 10.0, 0.01, 100.0, 1e-3, 1e3, 1e-4, 1e4)
#: Evaluations from each of these.
STEPS = 60


@dataclass(frozen=True, eq=False)
class InUnits:
    """A log-likelihood in units of where it is, not of its start values."""

    loglik: LogLikelihood
    units: Vector

    @property
    def total(self) -> float:
        """The number of observations."""
        return self.loglik.total

    def value(self, x: Vector) -> float:
        """The log-likelihood."""
        return self.loglik.value(x)

    def score(self, x: Vector) -> Vector:
        """Its gradient."""
        return self.loglik.score(x)

    def __call__(self, x: Vector) -> Evaluation:
        """Both, and the information."""
        return self.loglik(x)


def bent(loglik: LogLikelihood) -> Vector:
    """The start values of the coordinates that are numbers of a function, NaN elsewhere."""
    out = np.full(loglik.size, np.nan)
    for m, member in enumerate(loglik.members):
        for part, place in zip(member.parts, member.slices, strict=True):
            if part.function is None:
                continue
            start = list(member.family.predictors[part.name].start.values())
            if loglik.shared is None:
                out[place] = start
                continue
            for key, value in zip(part.keys, start, strict=True):
                name = loglik.names.index(loglik.key_of(m, key))
                out[np.flatnonzero(loglik.shared.matrix[name])] = value
    return out


def aliased(loglik: LogLikelihood, x: Vector) -> Vector:
    """The directions in which no row's density moves, in units of the scores' sizes.

    Parameters
    ----------
    loglik : LogLikelihood
    x : array, shape (k,)

    Returns
    -------
    array, shape (k, q)
        Orthonormal. A point beside x where they are fewest is believed: x itself may be where
        scores vanish, as they do in rows that are met exactly.
    """
    way = _units(loglik, x) * np.random.default_rng(0).uniform(-1.0, 1.0, loglik.size)
    found = [_dependent(loglik, x + far * way) for far in BESIDE]
    nothing = np.zeros((loglik.size, 0))
    return min((f for f in found if f is not None), key=lambda f: f.shape[1], default=nothing)


def settled(ended: Ended) -> Ended:
    """The same end, or a maximum, where the level that the climb met is one of its start only.

    What is flat in units of a start value far from the answer need not be in those of the answer;
    and a curve that is a constant where the climb began need not be one elsewhere.
    """
    loglik, best = ended.loglik, ended.optimum
    if best.stop is not Stop.FLAT:
        return ended
    start = bent(loglik)
    mine = np.flatnonzero(~np.isnan(start))
    if not len(mine):
        return ended
    top = _climbed(loglik, best.x)
    if top.stop is Stop.OPTIMUM:
        return replace(ended, optimum=top)
    tops = []
    for factor in FACTORS:
        for j in mine:
            x = np.where(np.isnan(start), best.x, start)
            x[j] *= factor
            apart = _dependent(loglik, x)
            if apart is not None and not apart.shape[1]:
                tops.append(_climbed(loglik, x))
    higher = best.at.value + rounding(loglik, best.at.value)
    tops = [o for o in tops if o.stop is Stop.OPTIMUM and o.at.value > higher]
    return replace(ended, optimum=max(tops, key=lambda o: o.at.value)) if tops else ended


def _climbed(loglik: LogLikelihood, x: Vector) -> Optimum:
    """Where a climb ends in units of its start, or in those of where that led."""
    options = Options(max_steps=STEPS)
    top = maximise(InUnits(loglik, _units(loglik, x)), x, options=options)
    if top.stop is Stop.OPTIMUM:
        return top
    return maximise(InUnits(loglik, _units(loglik, top.x)), top.x, options=options)


def _units(loglik: LogLikelihood, x: Vector) -> Vector:
    """An ordinary step, of the numbers of a function at a point that may be far from the start."""
    mine = ~np.isnan(bent(loglik)) & (x != 0.0)
    return np.where(mine, np.abs(x), loglik.units)


def _dependent(loglik: LogLikelihood, x: Vector) -> Vector | None:
    """The directions in which no row's density moves at a point; None where one is impossible."""
    triangle = np.zeros((0, loglik.size))
    with np.errstate(all="ignore"):
        for scores, w in loglik.row_scores(x):
            rows = scores if w is None else scores[w > 0.0]
            if not np.isfinite(rows).all():
                return None
            triangle = np.asarray(np.linalg.qr(np.vstack([triangle, rows]), mode="r"))
        size = np.sqrt(np.sum(triangle**2, axis=0))
        if not np.isfinite(size).all() or not len(triangle):
            return None
        triangle = triangle / np.where(size > 0.0, size, 1.0)
    _, left, ways = np.linalg.svd(triangle)
    left = np.append(left, np.zeros(loglik.size - len(left)))
    return np.asarray(ways[left <= ROUNDING].T)
