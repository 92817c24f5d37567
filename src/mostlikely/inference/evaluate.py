"""The likelihood of a fit's data at parameter values other than the estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.family.base import Family
from mostlikely.inference.rows import inverse_jacobian
from mostlikely.likelihood.keys import label
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.sentences import number

__all__ = ["log_likelihood_at", "score_at"]


def log_likelihood_at(proof: Proof, values: Mapping[Any, float]) -> float:
    """The log-likelihood at a value of every parameter; an edge of a domain is allowed.

    Raises
    ------
    ModelError
        If a value is no number, impossible, or an infinite coefficient.
    """
    model = proof.likelihood
    _check(model.family, values)
    if model.follows:
        return float(model.plain.value(model.linked(values)))
    return float(model.with_fixed(**values).value(np.zeros(0)))


def score_at(proof: Proof, values: Mapping[Any, float]) -> dict[Any, float]:
    """The derivatives of the log-likelihood at a value of every parameter, natural scale.

    Raises
    ------
    ModelError
        If a value is no number or impossible, or on an edge, where there is no derivative.
    """
    model = proof.likelihood
    _check(model.family, values)
    x = model.linked(values)
    if not np.isfinite(x).all():
        edge = next((k for k in values if _at_an_edge(model.family, k, values[k])), None)
        where = "there" if edge is None else f"at {label(edge)} = {number(values[edge])}"
        raise ModelError(
            f"there is no score {where}: it is an edge of what the parameter may be; give another "
            "value."
        )
    with np.errstate(all="ignore"):
        score = (model.plain if model.follows else model).score(x)
        to_parameters = (
            inverse_jacobian(model, x) if model.follows else np.linalg.inv(model.jacobian(x))
        )
        natural = to_parameters.T @ score
    if not np.isfinite(natural).all():
        raise ModelError("there is no score there: some rows are impossible at these values.")
    return dict(zip(model.names, map(float, natural), strict=True))


def _check(family: Family, values: Mapping[Any, float]) -> None:
    """Raise unless constants lie in their domains or on the edge, and coefficients are finite."""
    for key, value in values.items():
        if _at_an_edge(family, key, value):
            continue
        if key in family.parameters:
            family.check({key: value})
        elif not np.isfinite(value):
            raise ModelError(
                f"a log-likelihood needs finite coefficients; {label(key)} = {number(value)}. Give "
                f"it a value: {{{key!r}: ...}}."
            )


def _at_an_edge(family: Family, key: Any, value: float) -> bool:
    return key in family.parameters and value in (
        family.parameters[key].domain.low,
        family.parameters[key].domain.high,
    )
