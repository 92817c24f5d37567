"""What is tried: a function per group draws a trial from a generator of random numbers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.adversary.groups import convex, inference, inputs, penalties, plain, same, several
from tests.adversary.trials import Trial

__all__ = ["GROUPS"]

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
