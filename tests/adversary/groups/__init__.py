"""What is tried: a function per group draws a trial from a generator of random numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.adversary.groups import convex, inference, inputs, penalties, plain, same, several
from tests.adversary.trials import Trial

__all__ = ["GROUPS", "SHARES"]

GROUPS: dict[str, Callable[[np.random.Generator], Trial]] = {
    "samples": plain.samples,
    "regressions": plain.regressions,
    "limits": plain.limits,
    "spread": plain.heteroscedastic,
    "large": plain.large,
    "separation": convex.separation,
    "corners": convex.corners,
    "edges": convex.edges,
    "thresholds": convex.thresholds,
    "joint": several.joint,
    "curves": several.curves,
    "invariances": same.invariances,
    "tests": inference.tests,
    "profiles": inference.profiles,
    "covariances": inference.covariances,
    "predictions": inference.predictions,
    "penalties": penalties.penalties,
    "bad input": inputs.bad,
    "labels": inputs.labels,
    "files": inputs.files,
}
#: Shares of the time, where a group has more or less than others.
SHARES = {
    "samples": 4.0,
    "regressions": 4.0,
    "limits": 3.0,
    "invariances": 3.0,
    "large": 2.0,
    "tests": 2.0,
    "profiles": 2.0,
    "predictions": 2.0,
    "joint": 0.5,
    "curves": 0.5,
    "bad input": 0.5,
    "labels": 0.25,
}
