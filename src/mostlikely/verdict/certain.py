"""Rows that say so little that some distribution makes all of them certain."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import numpy as np

from mostlikely.likelihood.member import Member
from mostlikely.verdict.check import Again, Ended
from mostlikely.verdict.proof import Proof, plain
from mostlikely.verdict.sentences_of_parts import certain

__all__ = ["Certain"]

#: How near to certain all rows together are where the climb has found it out, per row.
NEARLY = 1e-6


class Certain:
    """No row was seen itself, and all of what is known of them can be true together."""

    name: ClassVar[str] = "certain"

    def suspects(self, ended: Ended) -> bool:
        """Where the log-likelihood is nearly that of rows that are certain."""
        loglik = ended.loglik
        if loglik.penalty is not None or any(member.sample.exact for member in loglik.members):
            return False
        return bool(ended.optimum.at.value > -NEARLY * max(1.0, loglik.total))

    def __call__(self, ended: Ended, again: Again) -> Proof | None:
        """The proof: the supremum is zero, and tells no parameter."""
        loglik, best = ended.loglik, ended.optimum
        common = [_common(member) for member in loglik.members]
        if None in common:
            return None
        one = common[0] if len(common) == 1 else None
        one = None if one is None or one[0] > one[1] else one
        verdict = certain(loglik.sample.label, one)
        proof = plain(loglik, best, replace(verdict, decrement=best.decrement))
        return replace(proof, params=dict.fromkeys(loglik.names, np.nan), regular=(), loglik=0.0)


def _common(member: Member) -> tuple[float, float] | None:
    """Between which ends all rows may lie together; None if y was seen in some row."""
    block = member.unreduced.whole().block
    assert block.ends is not None
    low, high = block.ends[:, 0], block.ends[:, 1]
    return None if np.any(low == high) else (float(low.max()), float(high.min()))
