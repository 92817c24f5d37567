"""The words of verdicts about rows that were seen in part."""

from __future__ import annotations

import numpy as np

from mostlikely.verdict.sentences import number
from mostlikely.verdict.verdict import Verdict

__all__ = ["certain"]


def certain(label: str, common: tuple[float, float] | None) -> Verdict:
    """All rows can be certain together; ``common`` is where they may all lie, if anywhere."""
    where = "there are parameters far out at which every row is certain"
    if common is not None:
        low, high = common
        place = f"between {number(low)} and {number(high)}"
        if not np.isfinite(high):
            place = f"at {number(low)} or above"
        elif not np.isfinite(low):
            place = f"at {number(high)} or below"
        where = f"every row is certain if y always lies {place}"
    said = (
        f"No maximum: no row of {label} was seen itself, and {where}, so that the likelihood comes "
        "as near to one as one likes and tells no parameter. Collect rows of which y is seen, or "
        "fix parameters."
    )
    return Verdict("no maximum", False, said)
