"""The fitted values meet the data exactly, so that the noise has no size."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from mostlikely.likelihood.keys import label
from mostlikely.likelihood.member import Member
from mostlikely.solve.maximise import Options
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.proof import Proof, plain

__all__ = ["ExactFit"]

#: How far down a scale has come, on the scale of its log, beside the spread of the response.
SMALL = 12.0
#: The logarithm of a constant that runs off.
HUGE = 20.0
#: How near fitted means are to the data that they meet, in proportion.
MET = 1e-6


class ExactFit:
    """The likelihood grows without bound as the noise vanishes."""

    name: ClassVar[str] = "exact fit"

    def suspects(self, ended: Ended) -> bool:
        """Where predictors could meet the data, and the climb ended at no maximum."""
        stop = ended.optimum.stop
        alike = all(member.one_sample for member in ended.loglik.members)
        return not alike and stop not in (Stop.OPTIMUM, Stop.FLAT, Stop.NO_START)

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, where a scale has collapsed or the fitted means are the data."""
        loglik, best = ended.loglik, ended.optimum
        if best.stop is Stop.EDGE:  # as near as it comes
            options = Options(max_steps=again.max_steps, stop_at_edges=False)
            best = again.climb(loglik, [best.x], options)[0]
            if best.stop is Stop.OPTIMUM or not best.at.finite:
                return None
        for m, member in enumerate(loglik.members):
            x = loglik.seen(m, best.x).x
            found = [(name, "0") for name in _collapsed(member, x)]
            found = found or [(name, "∞") for name in _without_noise(member, x)]
            for name, end in found:
                key = label(loglik.key_of(m, member.part(name).keys[0]))
                proof = plain(loglik, best, sentences.exact_fit(key, end))
                return replace(proof, loglik=float("inf"))
        return None


def _collapsed(member: Member, x: Vector) -> list[str]:
    """The constant scales that have come down to nothing beside the spread of the response."""
    family = member.family
    return [
        name
        for name, i in member.constants.items()
        if name in family.parameters
        and family.parameters[name].unit == 1
        and family.parameters[name].domain.low == 0.0
        and x[i] < np.log(member.response_spread) - SMALL
    ]


def _without_noise(member: Member, x: Vector) -> list[str]:
    """The constants that ran off because the fitted means are the data."""
    family = member.family
    large = [
        name
        for name, i in member.constants.items()
        if family.link(name).name == "log" and x[i] > HUGE
    ]
    if not large or family.support.discrete or family.moments is None:
        return []
    y = member.whole().block.y
    with np.errstate(all="ignore"):
        mean = family.moments(*member.at_rows(x))[0]
    return large if bool(np.all(np.abs(mean - y) <= MET * np.abs(y))) else []
