"""Numbers of a curve that leave the data together: its asymptote lies beyond them.

The likelihood then rises towards a height and never gets there, more slowly than any climb can
follow; that the climb stopped somewhere is no maximum, and no level of the parameters either.
"""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from mostlikely.likelihood.keys import label
from mostlikely.solve.restrict import Linear, hold
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Again, Ended, as_high
from mostlikely.verdict.identification import level
from mostlikely.verdict.nonlinear import InUnits, aliased, bent
from mostlikely.verdict.proof import Proof, plain

__all__ = ["RunningOff"]

#: What the number that leads is multiplied with, one after the other.
FURTHER = (2.0, 2.0, 2.0)
#: Evaluations for each, and the log-likelihood that may be left there.
STEPS, ENOUGH = 60, 1e-12
#: How large the largest change of the number that leads must be: in standard errors less than
#: this, a maximum inside would not fall by as much as can be seen.
MOVED = 0.05


class RunningOff:
    """The likelihood of a curve does not fall as numbers of it grow without end."""

    name: ClassVar[str] = "running off"

    def suspects(self, ended: Ended) -> bool:
        """Where a curve's numbers are hardly told, or its climb ended at no maximum."""
        curved = not np.isnan(bent(ended.loglik)).all() and ended.optimum.at.finite
        return curved and (not ended.inside or level(ended))

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof, if the likelihood is as high where the number that leads is far larger."""
        loglik, best = ended.loglik, ended.optimum
        if aliased(loglik, best.x).shape[1]:
            return None
        mine = ~np.isnan(bent(loglik)) & (best.x != 0.0)
        units = np.where(mine, np.abs(best.x), loglik.units)
        _, ways = np.linalg.eigh(best.at.information * np.outer(units, units))
        lead = int(np.argmax(np.where(mine, np.abs(ways[:, 0]), 0.0)))
        row, x, height = np.eye(loglik.size)[lead], best.x, best.at.value
        for factor in FURTHER:
            units = np.where(mine, np.abs(x), loglik.units)
            inner = InUnits(loglik, units)
            found = hold(
                inner, Linear(row[None, :]), factor * x[lead], x, enough=ENOUGH, max_steps=STEPS
            )
            if not as_high(loglik, found.evaluation.value, height):
                return None
            x, height = found.x, found.evaluation.value
        moved = np.where(mine, (x - best.x) / np.abs(best.x), 0.0)
        ends = {
            label(key): float(np.copysign(np.inf, change))
            for key, change in zip(loglik.names, loglik.jacobian(x) @ moved, strict=True)
            if abs(change) > MOVED
        }
        verdict = sentences.rising(ends, height, None)
        return replace(plain(loglik, best, verdict), loglik=height, regular=loglik.names)
