"""What the lesson's first five parts ask of the library: log-densities, and the way to MSE."""

from __future__ import annotations

from typing import Any

import mostlikely as ml
from mostlikely.web.pages import derivation_of
from mostlikely.web.programs import program
from mostlikely.web.resources import resource

#: The coin, the table of counts, and the three noises of the five measurements. The degrees of
#: freedom are bound: with them free the formula is forty times as long, and a hand drags its data.
MODELS = {
    "bernoulli": ml.Bernoulli(),
    "binomial": "binomial",
    "normal": ml.Normal(),
    "laplace": ml.Laplace(),
    "student_t": ml.StudentT(df=3),
}


#: The width that the lesson's five measurements begin with.
WIDTH = 0.2


@resource("lesson/programs")
def log_densities() -> dict[str, Any]:
    """Recorded log-densities by the family's name, in one piece: the lesson waits for them."""
    return {"programs": {name: program(model) for name, model in MODELS.items()}}


@resource("lesson/normal-known-sigma")
def known_sigma() -> dict[str, Any]:
    """The derivation that ends in the mean squared error."""
    return derivation_of(ml.Normal(sigma=WIDTH))
