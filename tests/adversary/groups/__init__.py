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
    "held": plain.held,
    "limits": plain.limits,
    "counts": plain.counts,
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
#: How often each is tried in an hour of one core: the common, the cheap and the hard ones more.
SHARES = {
    "samples": 3500,
    "regressions": 2500,
    "held": 800,
    "limits": 2000,
    "counts": 1500,
    "spread": 500,
    "large": 500,
    "separation": 1000,
    "corners": 1000,
    "edges": 700,
    "thresholds": 700,
    "joint": 600,
    "curves": 700,
    "invariances": 2000,
    "tests": 900,
    "profiles": 700,
    "covariances": 600,
    "predictions": 700,
    "penalties": 500,
    "bad input": 800,
    "labels": 500,
    "files": 500,
}
