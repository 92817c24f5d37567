"""The likelihood of a fit's data at parameter values other than the estimate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mostlikely.errors import ModelError
from mostlikely.family.base import check_value
from mostlikely.family.param import Param
from mostlikely.inference.rows import inverse_jacobian
from mostlikely.likelihood.constraints import forms_of, outside
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.sentences import number

__all__ = ["log_likelihood_at", "score_at"]

#: How far out on the scale of a link a derivative is that at a finite end of a domain, or at ∞.
BEFORE_END, TOWARDS_INFINITY = 18.0, 30.0
#: A derivative beyond this, for each row and in proportion, is of a limit that jumps there.
STEEPEST = 1e6


def log_likelihood_at(proof: Proof, values: Mapping[Any, float]) -> float:
    """The log-likelihood at a value of every parameter; an edge of a domain is allowed.

    Raises
    ------
    ModelError
        If a value is no number, impossible, or an infinite coefficient; or if a linear predictor
        is beyond what its link gives, as a root that is negative.
    """
    model = proof.likelihood.plain
    _check(model, values)
    # A sample's constants are held as they are given; an edge has no coordinate.
    alone = model.shared is None and len(model.constants) == len(model.names)
    held = {k: values[k] for k in model.constants if alone or _at_an_edge(model, k, values[k])}
    inner = model.holding(held)
    rest = {k: values[k] for k in inner.names}
    x = inner.linked(rest) if rest else np.zeros(0)
    value = float(inner.value(x))
    if np.isfinite(value) and outside(inner, x):
        names = " and ".join(dict.fromkeys(form.names[0] for form in forms_of(inner)))
        raise ModelError(
            f"at these coefficients the linear predictor of {names} is negative in some row, and "
            "a root or power is not; give coefficients at which it is positive in every row."
        )
    return value


def score_at(proof: Proof, values: Mapping[Any, float]) -> dict[Any, float]:
    """The derivatives of the log-likelihood at a value of every parameter, natural scale.

    Of an estimate on the boundary they are those on this side of it: zero in what has gone to
    infinity, or does not matter there.

    Raises
    ------
    ModelError
        If a value is no number or impossible, or on an edge that is not the estimate, where there
        is no derivative.
    """
    model = proof.likelihood.plain
    lost = [k for k, v in values.items() if not np.isfinite(v)]
    if proof.verdict.kind == "boundary" and _is_estimate(proof, values):
        near = {k: _this_side(model, k, v) for k, v in values.items()}
        found = dict.fromkeys(values, 0.0)
        if len(lost) <= 1:
            found = _natural_score(model, model.linked(near))
        else:  # there are many ways out to there: the limit's own
            found |= _natural_score(proof.inner.plain, proof.inner_optimum.x)
        steep = max((abs(found[k] * values[k]) for k in values if k not in lost), default=0.0)
        if steep <= STEEPEST * model.total:
            return {k: 0.0 if k in lost else found[k] for k in values}
    _check(model, values)
    x = model.linked(values)
    if not np.isfinite(x).all():
        edge = next((k for k in values if _at_an_edge(model, k, values[k])), None)
        where = "there" if edge is None else f"at {label(edge)} = {number(values[edge])}"
        raise ModelError(
            f"there is no score {where}: it is an edge of what the parameter may be; give another "
            "value."
        )
    return _natural_score(model, x)


def _is_estimate(proof: Proof, values: Mapping[Any, float]) -> bool:
    own = [proof.params[k] for k in values]
    return bool(np.array_equal(own, list(values.values()), equal_nan=True))


def _this_side(model: LogLikelihood, key: Any, value: float) -> float:
    """A value, or one so near to the edge on which it lies that derivatives are those there."""
    link = model.link(key)
    with np.errstate(all="ignore"):
        eta = np.nan_to_num(link.forward(np.float64(value)), posinf=np.inf, neginf=-np.inf)
        far = BEFORE_END if np.isfinite(value) else TOWARDS_INFINITY
        return (
            value
            if np.isfinite(eta) and np.isfinite(value)
            else float(link.inverse(np.clip(eta, -far, far)))
        )


def _natural_score(model: LogLikelihood, x: Vector) -> dict[Any, float]:
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
