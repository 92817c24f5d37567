"""Where a new observation lies, with the level's coverage in small samples too.

Under the true parameters θ, U = F(Y; θ̂) of a new Y is not uniform, as θ̂ varies. With G the
distribution function of U, F⁻¹(G⁻¹(α; ·); θ̂) is below Y with probability 1 − α. G is taken at the
estimate: G(u) = E F(F⁻¹(u; θ*); θ̂) over estimates θ* from samples drawn at θ̂ (Lawless and Fredette
2005, "Frequentist prediction intervals and predictive distributions", Biometrika 92, 529-542,
section 2). Where such a U is a pivot, as in location-scale models, that is exact; of the normal
linear model it is the interval of Student's t.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri, stdtrit

from mostlikely.data.source.blocks import Array
from mostlikely.data.source.blocks import Rows as Source
from mostlikely.family.distribution import Distribution
from mostlikely.inference.linear_model import is_linear
from mostlikely.inference.member import View
from mostlikely.inference.rows import (
    covariance_of_parameters,
    drawn,
    inverse_jacobian,
    local_variables,
    normal_scores,
    own_rows,
    point,
    row_laws,
    some_rows,
)
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.solve.maximise import Options, Point, maximise
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop

__all__ = ["Calibrated", "Chosen"]

#: Samples that are drawn and fitted: the tails of a 95 % interval are right to 0.5 % or so.
SAMPLES = 200
SEED = 20261130
#: Up to so many rows, or so many per coordinate, samples are drawn; beyond it the estimates vary
#: as their covariance says, and their bias no longer counts.
ROWS, ROWS_EACH = 200, 25
#: Numbers that are handled together.
TOGETHER = 1_000_000
#: Points at which G is known, and how far out on the normal scale.
POINTS, FURTHEST = 33, 7.0
#: Climbs end a seventh of a standard error from the maximum, and Newton's step there is believed:
#: some hundredth of one is left.
OPTIONS = Options(tolerance=1e-2, max_steps=60, sharpen=False)


@dataclass(frozen=True, eq=False)
class Calibrated:
    """The predictive distribution of the rows of ``new`` by the estimate that ``seen`` shows.

    With ``fitted``, as on a boundary, where estimates have no normal law, it is that of the fitted
    distribution itself.
    """

    seen: View
    new: Member
    fitted: bool = False

    def ends(self, level: float) -> tuple[Vector, Vector]:
        """The ends of the interval of each row, shape (rows,).

        Continuous observations are outside each end alike. Whole numbers are as few as have the
        level: neither the first nor the last could be left out.
        """
        tail = 0.5 - 0.5 * level
        family: Any = self.new.family
        proof = self.seen.proof
        separated = proof.separation is not None
        if self.fitted or family.labels or separated or not proof.regular:
            low, high = (np.full(self.new.rows, p) for p in (tail, 1.0 - tail))
            return self._law.quantile(low), self._law.quantile(high)
        exact = self._student(tail)
        if exact is not None:
            return exact
        low, high = np.empty(self.new.rows), np.empty(self.new.rows)
        step = max(1, TOGETHER // (SAMPLES * POINTS))
        for start in range(0, self.new.rows, step):
            place = slice(start, min(start + step, self.new.rows))
            low[place], high[place] = self._of_rows(place, tail)
        return low, high

    def samples(self) -> Vector | None:
        """Coordinates of the estimates that the ends are made of; None where they take none."""
        family: Any = self.new.family
        proof = self.seen.proof
        if self.fitted or family.labels or proof.separation is not None or not proof.regular:
            return None
        return self._points if self._student(0.5) is None else None

    @cached_property
    def _law(self) -> Distribution:
        law = row_laws(self.new, self.seen.proof)
        columns = {k: np.broadcast_to(v, (self.new.rows,)) for k, v in law.values.items()}
        return Distribution(law.family, columns)

    def _student(self, tail: float) -> tuple[Vector, Vector] | None:
        """μ̂ ± t s √(1 + h), where the model is linear and its noise normal and alike."""
        likelihood = self.seen.proof.likelihood
        member = likelihood.member
        parts = {part.name: part for part in member.parts}
        spare = member.sample.n - (parts["mu"].size if "mu" in parts else 0)
        if (
            not is_linear(member.family)
            or likelihood.penalty is not None
            or not parts["sigma"].constant
            or not member.sample.weighting.calibrated
            or spare <= 0
        ):
            return None
        _, covariance = self._local(slice(0, self.new.rows))
        law, error = self._law, covariance[:, 0, 0]
        scale = member.sample.n / spare
        reach = -stdtrit(spare, tail) * np.sqrt(scale * (law.values["sigma"] ** 2 + error))
        return law.values["mu"] - reach, law.values["mu"] + reach

    # What the estimates would be of other samples.

    @cached_property
    def _points(self) -> Vector | None:
        """Coordinates of the estimate from samples drawn at it; None where there are many rows."""
        proof = self.seen.proof
        if proof.kept is not None and not proof.likelihood.member.one_sample:
            return proof.kept.points[0] if proof.kept.points else None
        if proof.inner is not proof.likelihood or proof.likelihood.sample.weighted:
            return None
        if not self.seen.proof.likelihood.member.sample.exact:
            return None  # how others like it would have been seen is not known
        member = own_rows(proof.likelihood.member)
        if member.rows > max(ROWS, ROWS_EACH * member.size):
            return None
        law, x, rng = row_laws(member, proof), point(proof), np.random.default_rng(SEED)
        found = []
        for _ in range(SAMPLES):
            y = drawn(law, member.rows, rng)
            sample = replace(
                proof.likelihood.member.unreduced.sample,
                source=Source(Array(y)),
                rows=len(y),
                n=float(len(y)),
                total=float(len(y)),
                smallest=float(y.min()),
                largest=float(y.max()),
                constant=bool(y.min() == y.max()),
            )
            other = LogLikelihood.of(replace(member, sample=sample), proof.likelihood.penalty)
            top = maximise(other, x, options=OPTIONS)
            if top.stop is Stop.OPTIMUM:
                found.append(Point(top.x, top.at, other.units).newton())
            elif top.at.finite:
                found.append(top.x)
        return np.array(found)

    def _local(self, place: slice) -> tuple[list[Vector], Vector]:
        """The local variables of some rows, and their covariance, (rows, variables, variables)."""
        proof, x, rows = self.seen.proof, point(self.seen.proof), some_rows(self.new, place)
        count = place.stop - place.start
        at = [
            np.broadcast_to(v, (count,)).astype(float)
            for v in local_variables(self.new, proof, x, rows)
        ]
        covariance, _ = covariance_of_parameters(self.seen, proof)
        inverse = inverse_jacobian(self.new, x)
        ones = np.eye(len(at))
        slopes = np.stack([self.new.carried(list(one), rows) @ inverse for one in ones], axis=1)
        with np.errstate(all="ignore"):
            slopes = np.nan_to_num(slopes, nan=0.0, posinf=0.0, neginf=0.0)
        return at, np.einsum("rik,kl,rjl->rij", slopes, covariance, slopes)

    def _elsewhere(self, place: slice) -> Distribution:
        """The distributions of some rows under other estimates, each array (estimates, rows)."""
        rows, count = some_rows(self.new, place), place.stop - place.start
        if self._points is not None:
            variables = [self.new.variables(x, rows) for x in self._points]
        else:  # symmetric points that have the estimate's mean and covariance
            at, covariance = self._local(place)
            size, vectors = np.linalg.eigh(covariance)
            roots = vectors * np.sqrt(np.maximum(size, 0.0) * len(at))[:, None, :]
            moves = np.moveaxis(np.concatenate([roots, -roots], axis=2), 2, 0)
            variables = [[v + move[:, i] for i, v in enumerate(at)] for move in moves]
        values = [self.new.parameters(v, rows) for v in variables]
        stacked = [
            np.stack([np.broadcast_to(value, (count,)) for value in of])
            for of in zip(*values, strict=True)
        ]
        return Distribution(self._law.family, dict(zip(self._law.values, stacked, strict=True)))

    # From a level to a number.

    @np.errstate(all="ignore")
    def _of_rows(self, place: slice, tail: float) -> tuple[Vector, Vector]:
        """The ends of some rows.

        G is tabulated on a grid of y, each distribution function on the normal scale, on which
        one is nearly a line in the other.
        """
        law = Distribution(self._law.family, {k: v[place] for k, v in self._law.values.items()})
        others = self._elsewhere(place)
        there = Distribution(law.family, {k: v[:, None, :] for k, v in others.values.items()})
        discrete = law.family.support.discrete
        count = place.stop - place.start
        if discrete:
            first, last = (law.quantile(np.full(count, p)) for p in (1e-7, 1.0 - 1e-7))
            points = int(min(POINTS, np.max(last - first) + 2.0))
            shares = np.linspace(0.0, 1.0, points)[:, None]
            y = np.round(first - 1.0 + (last - first + 1.0) * shares)
        else:
            shares = ndtr(np.linspace(-FURTHEST, FURTHEST, POINTS))[:, None]
            y = law.quantile(np.broadcast_to(shares, (POINTS, count)))
        estimates = len(next(iter(others.values.values())))
        everywhere = np.broadcast_to(y, (estimates, *y.shape))
        here = np.clip(normal_scores(law, y), -FURTHEST, FURTHEST)
        seen = np.clip(normal_scores(there, everywhere), -FURTHEST, FURTHEST)
        upto = here.copy()
        for row in range(count):
            known = seen[~np.isnan(seen[..., row]).any(axis=1), :, row]
            of = [np.interp(here[:, row], w, here[:, row]) for w in known]
            if of:
                upto[:, row] = ndtri(np.mean(ndtr(of), axis=0))
        goal = ndtri(tail)
        columns = range(count)
        if not discrete:
            found = [[np.interp(g, upto[:, i], here[:, i]) for i in columns] for g in (goal, -goal)]
            return law.quantile(ndtr(found[0])), law.quantile(ndtr(found[1]))
        ends = [[np.interp(g, upto[:, i], y[:, i]) for i in columns] for g in (goal, -goal)]
        low, high = np.floor(ends[0]) + 1.0, np.ceil(ends[1])
        pairs = [
            _shortened(y[:, i], ndtr(upto[:, i]), low[i], high[i], 1.0 - 2.0 * tail)
            for i in columns
        ]
        return tuple(np.array(pairs).T)


@dataclass(frozen=True, eq=False)
class Chosen:
    """Some rows of what has ends, as of a `Calibrated`.

    Parameters
    ----------
    of : object
        Its ``ends(level)`` are arrays of shape (rows,).
    rows : array of int
    """

    of: Any
    rows: Any

    def ends(self, level: float) -> tuple[Vector, Vector]:
        """The ends of these rows."""
        low, high = self.of.ends(level)
        return low[self.rows], high[self.rows]


def _shortened(
    y: Vector, upto: Vector, low: float, high: float, level: float
) -> tuple[float, float]:
    """Without the ends that may be left out, the less probable first."""
    while low < high:
        before, first, last, end = np.interp([low - 1.0, low, high - 1.0, high], y, upto)
        at_low, at_high = first - before, end - last
        if min(at_low, at_high) > end - before - level:
            break
        low, high = (low + 1.0, high) if at_low <= at_high else (low, high - 1.0)
    return low, high
