"""What the lesson's first five parts ask of the library: log-densities, and Gaussian noise to MSE."""

from __future__ import annotations

from typing import Any

import mostlikely as ml
from mostlikely.web.pages import derivation_of
from mostlikely.web.programs import program
from mostlikely.web.resources import resource

#: The coin, the table of counts, and the three noises of the five measurements.
FAMILIES = ("bernoulli", "binomial", "normal", "laplace", "student_t")


@resource("lesson/programs")
def log_densities() -> dict[str, Any]:
    """Each family's recorded log-density by the family's name, in one piece: the page waits for it."""
    return {"programs": {name: program(name) for name in FAMILIES}}


@resource("lesson/normal-known-sigma")
def known_sigma() -> dict[str, Any]:
    """The derivation that ends in the mean squared error."""
    return derivation_of(ml.Normal(sigma=1))
