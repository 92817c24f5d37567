"""The likelihood of a fit's data at parameter values other than the estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.family.base import check_value
from mostlikely.family.param import Param
from mostlikely.inference.rows import inverse_jacobian
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
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
    model = proof.likelihood.plain
    _check(model, values)
    # A sample's constants are held as they are given; an edge has no coordinate.
    alone = model.shared is None and len(model.constants) == len(model.names)
    held = {k: values[k] for k in model.constants if alone or _at_an_edge(model, k, values[k])}
    inner = model.holding(held)
    rest = {k: values[k] for k in inner.names}
    return float(inner.value(inner.linked(rest) if rest else np.zeros(0)))


def score_at(proof: Proof, values: Mapping[Any, float]) -> dict[Any, float]:
    """The derivatives of the log-likelihood at a value of every parameter, natural scale.

    Raises
    ------
    ModelError
        If a value is no number or impossible, or on an edge, where there is no derivative.
    """
    model = proof.likelihood.plain
    _check(model, values)
    x = model.linked(values)
    if not np.isfinite(x).all():
        edge = next((k for k in values if _at_an_edge(model, k, values[k])), None)
        where = "there" if edge is None else f"at {label(edge)} = {number(values[edge])}"
        raise ModelError(
            f"there is no score {where}: it is an edge of what the parameter may be; give another "
            "value."
        )
    with np.errstate(all="ignore"):
        shared = model.shared is not None
        back = np.linalg.pinv(model.jacobian(x)) if shared else inverse_jacobian(model, x)
        natural = back.T @ model.score(x)
    if not np.isfinite(natural).all():
        raise ModelError("there is no score there: some rows are impossible at these values.")
    return dict(zip(model.names, map(float, natural), strict=True))


def _check(model: LogLikelihood, values: Mapping[Any, float]) -> None:
    """Raise unless constants lie in their domains or on the edge, and coefficients are finite."""
    for key, value in values.items():
        if _at_an_edge(model, key, value):
            continue
        param = _param(model, key)
        if param is not None:
            check_value(model.family.name, key, value, param)
        elif not np.isfinite(value):
            raise ModelError(
                f"a log-likelihood needs finite coefficients; {label(key)} = {number(value)}. Give "
                f"it a value: {{{key!r}: ...}}."
            )


def _at_an_edge(model: LogLikelihood, key: Any, value: float) -> bool:
    param = _param(model, key)
    return param is not None and value in (param.domain.low, param.domain.high)


def _param(model: LogLikelihood, key: Any) -> Param | None:
    """What a constant under the name of its parameter is; None of coefficients."""
    if not isinstance(key, str) or key not in model.constants:
        return None
    m, name = model.constants[key][0]
    return model.members[m].family.parameters[name]
