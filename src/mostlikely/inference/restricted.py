"""The model in which some parameters keep values: a model itself, with every verdict.

Constants are held at their values. Linear equations of the coefficients of a predictor leave a
predictor of fewer columns: where L β = c, X β is X β₀ + X N z, an offset and the columns X N, with
N a basis of the null space of L (Seber and Lee 2003, *Linear Regression Analysis*, section 4.2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mostlikely.data.formula.orthogonal import basis_of
from mostlikely.errors import ModelError
from mostlikely.likelihood.coordinates import constant_columns
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Part
from mostlikely.likelihood.special import limits_of
from mostlikely.solve.objective import Vector
from mostlikely.solve.restrict import Held, Linear, hold
from mostlikely.verdict.estimate import estimate
from mostlikely.verdict.proof import Proof

__all__ = [
    "KNOWN",
    "Equation",
    "RestrictedMaximum",
    "linear_row",
    "restricted_maximum",
    "restricted_model",
    "restricted_proof",
]

#: Σ coefficient · parameter = value, by key.
Equation = tuple[Mapping[Any, float], float]
#: The kinds of verdict whose supremum is known.
KNOWN = ("interior", "boundary", "separation", "not identified")
#: Values nearer to each other than this, per unit of max(1, |ℓ|), are one height.
TIE = 1e-9
#: Singular values below this share of the largest are none.
DEPENDENT = 1e-9


def restricted_proof(
    loglik: LogLikelihood, values: Mapping[Any, float], equations: Sequence[Equation] = ()
) -> Proof | None:
    """The proof of the restricted maximum; None where the restricted model cannot be written.

    Parameters
    ----------
    loglik : LogLikelihood
    values : mapping
        Constants, by key.
    equations : sequence of Equation
        Of coefficients.

    Raises
    ------
    ModelError, DataError
        If no parameters have these values, or rows are impossible under them.
    """
    model = restricted_model(loglik, values, equations)
    return None if model is None else estimate(model)


def restricted_model(
    loglik: LogLikelihood, values: Mapping[Any, float], equations: Sequence[Equation] = ()
) -> LogLikelihood | None:
    """The log-likelihood of what is left free.

    None under a penalty, which is of all parameters; and where equations tie the coefficients of
    several predictors or members, or are of designs too wide to be rewritten.
    """
    if loglik.penalty is not None or any(k not in loglik.constants for k in values):
        return None
    inner = loglik.holding(values)
    if not equations:
        return inner
    if inner.shared is not None:
        return None
    parts, left = list(inner.member.parts), list(equations)
    for i, part in enumerate(parts):
        own = [e for e in left if any(k in part.keys for k in e[0])]
        left = [e for e in left if e not in own]
        if not own:
            continue
        if part.basis is None or any(k not in part.keys for e in own for k in e[0]):
            return None
        made = _fewer_columns(part, own)
        if made is None:
            return None
        parts[i] = made
    if left:
        return None
    member: Member = replace(inner.member, parts=tuple(parts))
    return replace(inner, members=(member,))


def _fewer_columns(part: Part, equations: Sequence[Equation]) -> Part | None:
    """A predictor whose coefficients keep linear equations."""
    basis = part.basis
    assert basis is not None
    if basis.design.wide:
        return None
    rows = np.array([[e.get(k, 0.0) for k in part.keys] for e, _ in equations]) @ basis.matrix
    target = np.array([value for _, value in equations])
    size = np.linalg.norm(rows, axis=1)
    if not size.all():
        return None
    origin = np.linalg.lstsq(rows / size[:, None], target / size, rcond=None)[0]
    _, singular, directions = np.linalg.svd(rows / size[:, None])
    free = directions[int(np.sum(singular > DEPENDENT * singular.max())) :].T
    if not free.shape[1]:
        return None
    offset = basis.design.block(0, len(basis.design)).dot(origin / basis.scale)
    if part.offset is not None:
        offset = offset + part.offset
    columns = basis.design.transformed(free / np.reshape(basis.scale, (-1, 1)))
    new = basis_of(columns)
    keys = tuple((part.name, f"free {j + 1}") for j in range(free.shape[1]))
    made = Part(part.name, keys, new, offset)
    if part.offset is None and not target.any():
        made = Part(part.name, keys, new)
        if constant_columns(made) == [True]:  # an intercept alone is a constant
            one = float(columns.block(0, 1).dense()[0, 0])
            return Part(part.name, keys, times=one)
    return made


# Where the restricted maximum is.


@dataclass(frozen=True)
class RestrictedMaximum:
    """The supremum where equations hold.

    Parameters
    ----------
    value : float
        The log-likelihood there.
    known : bool
        Whether it is proven to be the supremum, or a maximum.
    proof : Proof, optional
        That of the restricted model, where it can be written.
    x : array, shape (k,), or None
        The point in the coordinates of the whole, where it is asked for and lies inside.
    """

    value: float
    known: bool
    proof: Proof | None = None
    x: Vector | None = None


def restricted_maximum(
    proof: Proof, equations: Sequence[Equation], inside: bool = False
) -> RestrictedMaximum:
    """The highest point where equations hold: that of the restricted model, or of a climb.

    Parameters
    ----------
    proof : Proof
        The unrestricted estimate.
    equations : sequence of Equation
        A constant alone on its own scale; or coefficients.
    inside : bool
        Whether the point itself is asked for.

    Raises
    ------
    ModelError
        If an equation ties a constant that has a link to something else.
    """
    loglik = proof.likelihood
    values = {k: v for e, v in equations if len(e) == 1 for k in e if k in loglik.constants}
    linear = [e for e in equations if not (len(e[0]) == 1 and next(iter(e[0])) in values)]
    for terms, _ in linear:
        if not all(loglik.linear(k) for k in terms):
            raise ModelError(
                "a likelihood-ratio or score test of several parameters in one equation takes "
                'coefficients only; use method="wald".'
            )
    found = restricted_proof(loglik, values, linear)
    if found is not None and found.verdict.kind in KNOWN:
        maximum = RestrictedMaximum(found.loglik, True, found)
        if not inside or found.verdict.kind != "interior":
            return maximum
        if not linear:
            point = loglik.linked({**found.params, **values})
            return replace(maximum, x=point) if np.isfinite(point).all() else maximum
    elif found is not None and (found.loglik == np.inf or not linear):
        # Without equations to climb along, the end of the restricted model is all that there is:
        # a height that the likelihood rises towards, or none that is known.
        reached = np.isfinite(found.loglik) and found.verdict.kind != "ran out"
        return RestrictedMaximum(found.loglik, bool(reached), found)
    held, inner = _held(proof, values, linear)
    best = max((h for h in held if h.proven), key=lambda h: h.evaluation.value, default=None)
    if best is None:
        return RestrictedMaximum(np.nan, False, found)
    value = best.evaluation.value
    higher = value + TIE * max(1.0, abs(value))
    known = not any(h.evaluation.value > higher for h in held if not h.proven)
    x = None
    if best is held[0]:
        x = best.x
        if inner is not loglik:
            x = loglik.linked({**proof.held, **inner.natural(x), **values})
    return RestrictedMaximum(value, known, None, x)


def linear_row(loglik: LogLikelihood, key: Any) -> Vector | None:
    """A parameter on the scale of its link as a row of coordinates; None where it is not linear."""
    i = loglik.names.index(key)
    if loglik.shared is not None:
        slot = loglik.shared.slots[i]
        return None if slot.link is None else np.asarray(loglik.shared.matrix[i])
    if loglik.linear(key):
        return np.asarray(loglik.jacobian(np.zeros(loglik.size))[i])
    if loglik.member.family.marginal(key) is not None:
        return None  # its scale is shared with others
    row = np.zeros(loglik.size)
    row[loglik.coordinate(key)] = 1.0
    return row


def _held(
    proof: Proof, values: Mapping[Any, float], equations: Sequence[Equation]
) -> tuple[list[Held], LogLikelihood]:
    """The whole model and each of its limits, climbed where the equations hold."""
    inner = proof.likelihood
    if inner.penalty is None:  # the sample's extremes are estimates whatever the others are
        inner, values = inner.holding({**proof.held, **values}), {}
    x = proof.optimum.x
    if inner is not proof.likelihood:
        at = proof.params if proof.held else proof.likelihood.natural(x)
        x = inner.linked({k: at[k] for k in inner.names})
    out = [_hold(inner, values, equations, x)]
    keys = {k for terms, _ in equations for k in terms}
    for limit in limits_of(inner) if inner.penalty is None else []:
        if limit.named or not keys <= set(limit.loglik.names):
            continue
        top = estimate(limit.loglik)
        inside = top.verdict.kind in KNOWN and np.isfinite(top.optimum.x).all()
        if inside and not keys & set(top.held):
            out.append(_hold(top.climbed, {}, equations, top.optimum.x))
    return out, inner


def _hold(
    loglik: LogLikelihood, values: Mapping[Any, float], equations: Sequence[Equation], x: Vector
) -> Held:
    rows, targets = [], []
    for key, value in values.items():
        row = linear_row(loglik, key)
        if row is None:
            raise ModelError(
                f"{label(key)} shares its scale with other parameters, and under a penalty there "
                'is no such test of it; use method="wald".'
            )
        with np.errstate(all="ignore"):
            rows.append(row)
            targets.append(float(loglik.link(key).forward(np.float64(value))))
    jacobian = loglik.jacobian(np.zeros(loglik.size))
    for terms, value in equations:
        row = sum(c * jacobian[loglik.names.index(k)] for k, c in terms.items())
        if np.any(row):
            rows.append(np.asarray(row))
            targets.append(value)
    return hold(loglik, Linear(np.array(rows)), np.array(targets), x)
