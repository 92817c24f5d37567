"""Profile likelihoods: a parameter held at a value, the others at their best.

The parameter is held as a function of the coordinates: a coefficient, or a constant on the scale
of its link, is linear; a probability that shares its scale with others is a smooth one.

Where the others run off, or an estimate lies on an edge, the profile is the highest of those of
the whole model and of its limits. Where none of them settles it, the model with that value is
estimated like any other, with all verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from mostlikely.calculus.link import Link
from mostlikely.errors import DataError, ModelError
from mostlikely.inference.along import (
    Along,
    AlongExtremes,
    Embed,
    Held,
    Setting,
    coordinate_of,
    settings,
)
from mostlikely.inference.covariance import inverse
from mostlikely.inference.restricted import KNOWN, linear_row, restricted_model, restricted_proof
from mostlikely.likelihood.corners import corner_of
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.special import limits_of
from mostlikely.solve.objective import Vector
from mostlikely.solve.profile import FAR, End, Point, profile_end
from mostlikely.verdict.estimate import estimate
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.sentences import number

__all__ = ["Profile", "Unsettled"]

#: Values nearer to each other than this, per unit of max(1, |ℓ|), are one height.
TIE = 1e-9
#: Ends nearer to an edge than this share of the interval are the edge: rows may be on theirs by
#: as much.
ON_EDGE = 1e-8
#: How far from the peak, on a scale on which a step of one is a factor, a profile that levels
#: off may be called open: a thousand times the estimate, or a thousandth.
FACTOR = 7.0
#: How far out, on the scale of the link, a profile is begun that has its peak at infinity.
OUT = (14.0, 10.0, 7.0, 5.0, 3.0, 2.0, 1.0, 0.0)


class Unsettled(ModelError):
    """An end of a profile interval that is not known, and so is no number."""


def _embedded(embed: Embed, held: Mapping[Any, float]) -> Embed:
    """The embedding of a limit whose own extreme values are held."""
    return embed if not held else lambda inside: embed({**inside, **held})


@dataclass(eq=False)
class Profile:
    """The profile log-likelihood of one parameter.

    Parameters
    ----------
    proof : Proof
    key : parameter
    """

    proof: Proof
    key: Any
    found: list[Along] = field(default_factory=list, init=False)

    @cached_property
    def link(self) -> Link:
        """The scale on which it is followed."""
        return self.proof.likelihood.link(self.key)

    @cached_property
    def settings(self) -> tuple[Setting, Setting]:
        """Where the estimate is a maximum inside, and the whole model."""
        return settings(self.proof)

    @property
    def whole(self) -> Setting:
        """The whole model."""
        return self.settings[1]

    def __post_init__(self) -> None:
        limit = self.proof.limit
        if limit is not None and limit.held and not limit.inner.size:
            extremes = AlongExtremes(limit, self._onwards(limit), self.key, self.link)
            if not self.inside and np.isfinite(self.proof.params[self.key]):
                self.found.append(extremes)
        for setting in dict.fromkeys(self.settings):
            regular = setting is self.whole or self.inside
            made = self._along(setting) if regular else None
            if made is not None:
                self.found.append(made)

    def _along(self, setting: Setting) -> Held | None:
        g = coordinate_of(setting, self.key, self.link)
        return None if g is None else Held(setting, g, self.proof.separation is not None)

    def _onwards(self, limit: Proof) -> Embed:
        """How the parameters of a limit sit in the whole model."""
        special = next(
            special
            for special in limits_of(self.whole.loglik)
            if special.loglik.names == limit.likelihood.names
            and special.loglik.family.name == limit.likelihood.family.name
        )
        return special.embed

    @property
    def inside(self) -> bool:
        """Whether the estimate of the parameter is not on an edge."""
        return self.key in self.proof.regular

    @property
    def undetermined(self) -> bool:
        """Whether any value is as good: a column that the others make up."""
        if self.key not in self.whole.loglik.names or self.found:
            return False
        row = linear_row(self.whole.loglik, self.key)
        return row is not None and not row.any()

    @cached_property
    def kinked(self) -> bool:
        """Whether the density has corners, at which no step of Newton's ends."""
        return any(m.check_loss is not None for m in self.whole.loglik.members)

    @cached_property
    def doubtful(self) -> bool:
        """Whether a maximum of another model may be higher somewhere along the profile."""
        if self.settings[0] is not self.whole or corner_of(self.whole.loglik) is not None:
            return True
        return any(member.family.special_cases for member in self.whole.loglik.members)

    @cached_property
    def limits(self) -> list[Along]:
        """The limits of the whole model in which the parameter is inside."""
        out: list[Along] = []
        for limit in limits_of(self.whole.loglik):
            proof = estimate(limit.loglik)
            x = proof.optimum.x
            if proof.verdict.kind in KNOWN and len(x) and np.isfinite(x).all():
                made = self._along(Setting(proof.climbed, _embedded(limit.embed, proof.held), x))
                if made is not None:
                    out.append(made)
        return out

    # Points.

    def at(self, t: float, near: Point) -> Point:
        """The profile at t, climbed from a point nearby."""
        if self.kinked:
            return self.estimated(t, near)
        along: Along = near.state[0]
        here = along.at(t, near.state[1])
        if here.settled and np.isfinite(here.value):
            return here
        known = self.estimated(t, near) if self._unbounded else None
        if known is not None and known.value == np.inf:
            return known
        others = [a.at(t, a.start) for a in (*self.found, *self.limits) if a is not along]
        best = max((p for p in others if p.settled), key=lambda p: p.value, default=None)
        if best is not None and not here.value > best.value + TIE * max(1.0, abs(best.value)):
            return best
        known = known or self.estimated(t, near)
        if known.settled and not here.value > known.value + TIE * max(1.0, abs(known.value)):
            return known
        return along.at(t, here.state[1], patient=True)

    def estimated(self, t: float, near: Point) -> Point:
        """The profile at t by an estimate of the model with that value, with all verdicts."""
        loglik, state = self.whole.loglik, near.state
        with np.errstate(all="ignore"):
            value = float(self.link.inverse(np.float64(t)))
        held = self.key in loglik.constants
        try:
            proof = restricted_proof(
                loglik,
                {self.key: value} if held else {},
                [] if held else [({self.key: 1.0}, value)],
            )
        except (DataError, ModelError):
            return Point(t, -np.inf, np.nan, state)  # rows are impossible
        if proof is None:
            return Point(t, -np.inf, np.nan, state, False)
        # It may also grow without bound there, or no point be possible.
        known = proof.verdict.kind in KNOWN or not np.isfinite(proof.loglik)
        slope, x = np.nan, None
        if held and proof.verdict.kind == "interior":
            x = loglik.linked({**proof.params, self.key: value})
            if np.isfinite(x).all():
                row = linear_row(loglik, self.key)
                score = loglik.score(x)
                if row is not None and np.isfinite(score).all():
                    slope = float(score @ row / (row @ row))
        own = next((a for a in self.found if getattr(a, "setting", None) is self.whole), None)
        if x is not None and np.isfinite(x).all() and own is not None:
            state = (own, x)
        return Point(t, proof.loglik, slope, state, known, searched=True)

    def heights(self, values: Vector, step: Callable[[], None] | None = None) -> Vector:
        """The profile at values of the parameter, natural scale, shape (m,).

        ``step`` is called after each.

        Raises
        ------
        Unsettled
            If the others have no maximum that is known at one of them.
        """
        with np.errstate(all="ignore"):
            ts = np.array([float(self.link.forward(np.float64(v))) for v in values])
        out = np.empty(len(ts))
        first = self.begin()
        order = np.argsort(np.abs(ts - first.t), kind="stable")
        below = above = first
        for i in order:
            near = above if ts[i] >= first.t else below
            found = self.at(ts[i], near)
            if self.doubtful and not self.kinked:
                other = self.estimated(ts[i], found)
                if other.settled and other.value > found.value:
                    found = other
            if not found.settled:
                raise Unsettled(
                    f"no maximum over the other parameters is known where {label(self.key)} is "
                    f"{number(values[i])}, so there is no profile there."
                )
            out[i] = found.value
            if step is not None:
                step()
            if np.isfinite(found.value):
                above, below = (found, below) if ts[i] >= first.t else (above, found)
        return out

    # Ends.

    def begin(self, q: float = np.inf) -> Point:
        """A point of the profile within its interval: the peak, if the estimate is inside."""
        if not self.found:
            raise Unsettled(f"{label(self.key)} has no profile here.")
        first = self.found[0]
        t = first.t(first.start)
        if self.inside or isinstance(first, AlongExtremes):
            return Point(t, self.proof.loglik, 0.0, (first, first.start))
        near = Point(t, -np.inf, 0.0, (first, first.start))
        points = [self.estimated(t, near) if self.kinked else first.at(t, first.start)]
        step = first.step() if self.link.name == "identity" else 1.0
        for away in OUT:
            best = max(points, key=lambda p: p.value)
            if 2.0 * (self.proof.loglik - best.value) < 0.25 * min(q, 1.0):
                return best
            points.append(self.at(away * step * self.edge_side, points[0]))
        return max(points, key=lambda p: p.value)

    @cached_property
    def edge_side(self) -> float:
        """On the scale of the link, the side on which the estimate lies on an edge."""
        with np.errstate(all="ignore"):
            edge = float(self.link.forward(np.float64(self.proof.params[self.key])))
        return -1.0 if edge < 0.0 else 1.0

    def unit(self, begin: Point) -> float:
        """What sets the scale of t: the standard error, or an ordinary step."""
        along: Along = begin.state[0]
        if isinstance(along, Held) and self.inside:
            row, inner = along.g(begin.state[1])[1][0], along.setting.loglik is self.proof.inner
            at = self.proof.inner_optimum.at if inner else along.setting.loglik(begin.state[1])
            with np.errstate(all="ignore"):
                information = at.information
                variance = float(row @ inverse(information) @ row)
            if np.isfinite(variance) and variance > 0.0:
                error = float(np.sqrt(variance))
                return min(error, along.step()) if along.ridge else error
        step = along.step()
        with np.errstate(all="ignore"):
            end = float(self.link.forward(np.float64(self.proof.params[self.key])))
        if not self.inside and np.isfinite(end):
            # The support of the limit moves with it: the profile falls in proportion to n.
            return step / max(self.proof.likelihood.sample.n, 1.0)
        return step

    def supremum(self, end: float, least: float) -> float | None:
        """The supremum of the profile as the parameter runs to an end; None where it is unknown.

        A limit at which several parameters run off is a lower bound, and decides if it is at
        ``least`` so high.
        """
        for limit in limits_of(self.whole.loglik):
            if limit.ends.get(self.key) == end:
                proof = estimate(limit.loglik)
                alone = len(limit.case.when) == 1
                if proof.verdict.kind in KNOWN and (alone or proof.loglik >= least):
                    return proof.loglik
        return None

    def ends(self, q: float) -> tuple[float, float]:
        """Where the profile has fallen by q/2 on either side, natural scale, in order.

        Raises
        ------
        Unsettled
            If an end is not known, or a higher maximum was met.
        """
        begin = self.begin(q)
        unit = self.unit(begin)
        out = [self.end(begin, sign, q, unit) for sign in (-1.0, 1.0)]
        edge = self.proof.params[self.key]
        if not self.inside and np.isfinite(edge):  # on the edge itself, but for rounding
            reach = max((abs(end - edge) for end in out if np.isfinite(end)), default=0.0)
            out = [edge if abs(end - edge) <= ON_EDGE * reach else end for end in out]
        return min(out), max(out)

    def end(self, begin: Point, sign: float, q: float, unit: float) -> float:
        """One end, natural scale."""
        with np.errstate(all="ignore"):
            far = float(self.link.inverse(np.float64(sign * np.inf)))
        if not self.inside and far == self.proof.params[self.key]:
            return far
        verify = self.estimated if self.doubtful and not self.kinked else None
        found = profile_end(
            self.at,
            begin,
            sign,
            peak=self.proof.loglik,
            q=q,
            unit=unit,
            limit=self.supremum(far, self.proof.loglik - 0.5 * q),
            far=FAR if self.link.name == "identity" else min(FAR, FACTOR / unit),
            verify=verify if self._can_estimate else None,
            unbounded=self._unbounded,
            ridge=getattr(begin.state[0], "ridge", False),
        )
        if found.higher is not None and (self._unbounded or found.higher.value == np.inf):
            return far  # it never falls so far
        if not found.settled:
            raise Unsettled(self._sentence(found, sign))
        with np.errstate(all="ignore"):
            return far if found.open else float(self.link.inverse(np.float64(found.t)))

    @cached_property
    def _can_estimate(self) -> bool:
        loglik = self.whole.loglik
        if self.key in loglik.constants:
            return loglik.penalty is None
        value = self.proof.params[self.key]
        value = value if np.isfinite(value) else 0.0
        return restricted_model(loglik, {}, [({self.key: 1.0}, value)]) is not None

    @property
    def _unbounded(self) -> bool:
        return any(m.family.unbounded is not None for m in self.whole.loglik.members)

    def _sentence(self, found: End, sign: float) -> str:
        name, side = label(self.key), "lower" if sign < 0.0 else "upper"
        if found.higher is not None:
            with np.errstate(all="ignore"):
                value = float(self.link.inverse(np.float64(found.higher.t)))
            return (
                f"the likelihood is higher where {name} is {number(value)}, by "
                f"{found.higher.value - self.proof.loglik:.3g}, than at the estimate, so there is "
                f"no profile interval; fit again with start={{{self.key!r}: {value:.6g}}}."
            )
        return (
            f"the {side} end of the profile interval of {name} is not known: at some of the "
            f"{found.steps} values tried the other parameters met no maximum; use "
            'method="wald", or fit.profile to see how the likelihood falls.'
        )
