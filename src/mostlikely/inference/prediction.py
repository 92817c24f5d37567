"""Predictions of a regression with their errors, by the delta method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import ndtri

from mostlikely.calculus.jet import Jet, seed
from mostlikely.calculus.ops import exp
from mostlikely.data.bind import bind_new
from mostlikely.data.formula.orthogonal import Basis
from mostlikely.data.source.blocks import Array, Rows
from mostlikely.errors import ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.inference import covariance as errors
from mostlikely.inference.intervals import check_level
from mostlikely.inference.separated import at_limit, columns_of, in_places, of_limit, undecided
from mostlikely.likelihood.member import Member, Part
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = [
    "STEP",
    "Prediction",
    "back",
    "differentiated",
    "elsewhere",
    "local_variables",
    "point",
    "predict",
    "reader",
    "row_laws",
    "spread",
]

#: A step for central differences of what has no derivative here, relative to a variable's size.
STEP = 6e-6


@dataclass(frozen=True, eq=False)
class Prediction:
    """One number per row, with its standard error; an array in most respects.

    Parameters
    ----------
    value, std_error : arrays, shape (rows,), or (rows, levels) for probabilities of all levels
        The error is that of the estimated coefficients, not of the noise.
    low, high : float
        Where the quantity ends, which its intervals respect.
    law : Distribution
        The fitted distribution of each row.
    levels : tuple, optional
        The labels that the columns are about.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
    >>> fit.predict({"x": [1]}).std_error.round(4).tolist()     # √(6/2)
    [1.7321]
    """

    value: Vector
    std_error: Vector
    low: float
    high: float
    law: Distribution = field(repr=False)
    levels: tuple[Any, ...] | None = None

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Vector:
        return np.array(self.value, dtype=dtype)

    def __len__(self) -> int:
        return len(self.value)

    def __iter__(self) -> Iterator[float]:
        return iter(self.value.tolist())

    def __getitem__(self, rows: Any) -> Any:
        return self.value[rows]

    def interval(self, level: float = 0.95) -> tuple[Vector, Vector]:
        """Where the quantity itself lies: ± z errors, on a log or logit scale if it has ends."""
        check_level(level)
        z = float(ndtri(0.5 + 0.5 * level))
        v, e = self.value, self.std_error
        with np.errstate(all="ignore"):
            if np.isfinite(self.low) and np.isfinite(self.high):
                share = (v - self.low) / (self.high - self.low)
                reach = z * e / (self.high - self.low) / (share * (1.0 - share))
                odds = np.log(share / (1.0 - share))
                ends = [1.0 / (1.0 + np.exp(-(odds + s * reach))) for s in (-1, 1)]
                low, high = (self.low + (self.high - self.low) * p for p in ends)
            elif np.isfinite(self.low):
                above = v - self.low
                low, high = (self.low + above * np.exp(s * z * e / above) for s in (-1, 1))
            else:
                low, high = v - z * e, v + z * e
        return low, high

    def prediction_interval(self, level: float = 0.95) -> tuple[Vector, Vector]:
        """Where a new observation of each row lies, under the fitted distribution."""
        check_level(level)
        tail, rows = 0.5 - 0.5 * level, len(self.value)
        columns = {k: np.broadcast_to(v, (rows,)) for k, v in self.law.values.items()}
        law = Distribution(self.law.family, columns)
        return law.quantile(np.full(rows, tail)), law.quantile(np.full(rows, 1.0 - tail))


def predict(
    fit: Any,
    proof: Proof,
    data: Any,
    what: str,
    q: Any = None,
    at: Any = None,
    level: Any = None,
) -> Prediction:
    """See `Fit.predict`."""
    model: Any = proof.likelihood
    family = model.family
    new = model if data is None else elsewhere(model, fit.bound, data)
    new = at_limit(new, proof)
    if isinstance(at, str):
        at = np.asarray(new.table.numbers(at), dtype=float)
    _check_at(at, new.sample.stored)
    law = row_laws(new, proof)
    bounded = what in ("cdf", "probability")
    domain = family.parameters[what].domain if what in family.parameters else family.support
    low, high = (0.0, 1.0) if bounded else (domain.low, domain.high)
    open_ended = None if data is None else undecided(new, proof, point(proof))
    if what == "probability" and level is None and family.labels:
        levels = in_places(family)
        columns = [_column(fit, proof, new, reader(new, what, level=k)) for k in levels]
        value, std_error = (np.stack(numbers, axis=1) for numbers in zip(*columns, strict=True))
        std_error[open_ended] = np.nan
        return Prediction(value, std_error, low, high, law, levels)
    value, std_error = _column(fit, proof, new, reader(new, what, q, at, level))
    std_error[open_ended] = np.nan
    return Prediction(value, std_error, low, high, law)


def _column(fit: Any, proof: Proof, new: Member, read: Any) -> tuple[Vector, Vector]:
    """One number per row, with its standard error."""
    n = new.sample.stored
    rows, x = slice(0, n), point(proof)
    designs = new._designs(rows)
    variables = local_variables(new, proof, x, rows, designs)
    with np.errstate(all="ignore"):
        value, slopes = differentiated(lambda v: read(v, rows), variables)
        local = new.carried(slopes, designs, n)
    # in parameters, whose covariance has NaN for what has none
    gradient = np.nan_to_num(local @ back(new, x), nan=0.0, posinf=0.0, neginf=0.0)
    used = np.flatnonzero(np.any(gradient != 0.0, axis=0))
    covariance, unknown = spread(fit, proof)
    variance = np.einsum(
        "ij,jk,ik->i", gradient[:, used], covariance[np.ix_(used, used)], gradient[:, used]
    )
    std_error = np.sqrt(np.maximum(variance, 0.0))
    std_error[np.any(np.abs(gradient[:, unknown]) > 1e-12, axis=1)] = np.nan
    if proof.separation is not None:  # what the limit leaves open is not known
        flat = proof.separation.flat
        size = np.abs(gradient) @ np.abs(flat)
        std_error[np.any(np.abs(gradient @ flat) > 1e-7 * size + 1e-12, axis=1)] = np.nan
    return np.broadcast_to(value, (n,)).copy(), std_error


def reader(
    model: Member, what: str, q: Any = None, at: Any = None, level: Any = None
) -> Callable[[list[Any], slice], Any]:
    """What is predicted of some rows, as a function of their local variables.

    Raises
    ------
    ModelError
        If there is no such prediction, or it lacks its ``q``, ``at`` or ``level``.
    """
    family: Any = model.family
    whole = getattr(family, "whole", family)
    known = ["mean", "quantile", "cdf", *["probability"] * whole.labels, *whole.parameters]
    if what not in known:
        raise ModelError(f"there is no prediction {what!r}; {nearest(str(what), known)}")
    if (what == "quantile") != (q is not None) or (what == "cdf") != (at is not None):
        raise ModelError(
            'what="quantile" takes q=, as in q=0.9, and what="cdf" takes at=, the value.'
        )
    if (what == "probability") != (level is not None):
        raise ModelError('what="probability" takes level=, a label, and nothing else does.')
    levels = in_places(whole) if whole.labels else ()
    if level is not None and level not in levels:
        raise ModelError(f"{level!r} is not a level; {nearest(str(level), map(str, levels))}")
    if q is not None and not (isinstance(q, Real) and 0.0 <= float(q) <= 1.0):
        raise ModelError(f"q is a probability, a number from 0 to 1; got {q!r}.")

    def read(variables: list[Any], rows: slice) -> Any:
        values = dict(zip(family.parameters, model._parameters(variables, rows), strict=True))
        if level is not None:
            return exp(family.log_prob(float(levels.index(level)), *values.values()))
        here = at[rows] if isinstance(at, np.ndarray) and at.ndim else at
        if family is not whole and (what in whole.parameters or whole.moments is not None):
            return of_limit(family, values, what, q, here)
        if what in family.parameters:
            return values[what]
        return _quantity(family, values, what, q, here)

    return read


def row_laws(model: Member, proof: Proof) -> Distribution:
    """The fitted distribution of each row: its parameters are numbers, or arrays of shape (n,)."""
    rows = slice(0, model.sample.stored)
    variables = local_variables(model, proof, point(proof), rows, model._designs(rows))
    with np.errstate(all="ignore"):
        values = model._parameters(variables, rows)
    return Distribution(
        _bare(model.family), dict(zip(model.family.parameters, values, strict=True))
    )


def spread(
    fit: Any, proof: Proof, kind: str | None = None, cluster: Any = None, sums: bool = False
) -> tuple[Vector, Any]:
    """The covariance of the parameters, and which of them nothing is known about.

    Parameters
    ----------
    fit, proof, kind, cluster
        See `Fit.covariance`.
    sums : bool
        Whether coefficients of dependent columns are asked for only in sums that the rows tell.

    Returns
    -------
    covariance : array, shape (k, k)
        Zero for what has none. Of separated data it is that of the rows that are not, whose
        sums of infinite coefficients are finite.
    unknown : array of bool, shape (k,)
        Coefficients that are not identified. A constant on an edge is known.
    """
    separated = proof.direction is not None and proof.inner is not proof.likelihood
    if (separated or sums) and cluster is None:
        inner = proof.inner
        whole = replace(proof, regular=inner.names, likelihood=inner)
        usual = "sandwich" if fit.weight_kind == "sampling" else "observed"
        among = [list(fit.params).index(k) for k in inner.names]
        covariance = np.zeros((len(fit.params),) * 2)
        covariance[np.ix_(among, among)] = errors.covariance(whole, inner.sample, kind or usual)
    else:
        covariance = fit.covariance(kind, cluster)
    lost = np.isnan(np.diag(covariance))
    unknown = lost & np.array([not isinstance(key, str) for key in fit.params])
    return np.where(np.isnan(covariance), 0.0, covariance), unknown


def _check_at(at: Any, rows: int) -> None:
    """Raise ModelError unless probabilities are asked for at a number, or at one for each row."""
    if at is None:
        return
    array = np.asarray(at)
    numbers = array.dtype.kind in "biuf" and not np.isnan(array).any()
    if not numbers or array.shape not in ((), (rows,)):
        given = f"shape {array.shape}" if numbers else repr(at)
        raise ModelError(
            f"at= is a number, one number for each of the {rows} rows, or a column's name; got "
            f"{given}."
        )


def local_variables(
    model: Member, proof: Proof, x: Vector, rows: slice, designs: list[Any]
) -> list[Any]:
    """The local variables of some rows at the estimate; infinite on rows that are separated."""
    out = model._variables(x, rows, designs)
    at = 0
    for part, design in zip(model.parts, designs, strict=True):
        if part.basis is not None and not model.family.labels:
            out[at] = _limited(out[at], part, design, proof)
        at += part.variables
    return out


def _limited(value: Any, part: Part, design: Any, proof: Proof) -> Any:
    """A linear predictor, at its limit on the rows that infinite coefficients move."""
    assert part.basis is not None
    beta = np.array([proof.params[key] for key in part.keys])
    if not np.isinf(beta).any():
        return value
    columns = columns_of(part, design)
    direction = (
        np.where(np.isinf(beta), np.sign(beta), 0.0)
        if proof.direction is None
        else np.array([proof.direction.get(key, 0.0) for key in part.keys])
    )
    push = columns @ direction
    far = np.abs(push) > 1e-6 * np.abs(push).max(initial=1e-300)
    return np.where(far, np.copysign(np.inf, push), value)


def point(proof: Proof) -> Vector:
    """The estimate in coordinates; of separated data, that of the rows that are not."""
    model: Any = proof.likelihood
    params = dict(proof.params)
    if proof.separation is not None:
        params = dict(proof.separation.point)
    return np.asarray(
        model.linked(
            {k: v if isinstance(k, str) or np.isfinite(v) else 0.0 for k, v in params.items()}
        )
    )


def back(model: Member, x: Vector) -> Vector:
    """d(coordinates)/d(parameters), shape (coordinates, names)."""
    out = np.zeros((model.size, len(model.names)))
    row = 0
    for part, place in zip(model.parts, model.slices, strict=True):
        here = slice(row, row + len(part.keys))
        if part.basis is not None:
            out[place, here] = part.basis.inverse
        elif part.function is not None:
            out[place, here] = np.eye(part.size)
        else:
            out[place, here] = 1.0 / model.jacobian(x)[row, place]
        row += len(part.keys)
    return out


def differentiated(f: Any, variables: list[Any]) -> tuple[Any, list[Any]]:
    """f and its first derivatives in the local variables: exact where jets go through."""
    try:
        jet = f(seed(variables, 1))
        if isinstance(jet, Jet):
            return jet.value, list(jet.grad)
        return jet, [None] * len(variables)
    except TypeError:
        value = f(variables)
        slopes = []
        for i, v in enumerate(variables):
            h = STEP * np.maximum(np.abs(v), 1.0)
            up = f([*variables[:i], v + h, *variables[i + 1 :]])
            down = f([*variables[:i], v - h, *variables[i + 1 :]])
            slopes.append((up - down) / (2.0 * h))
        return value, slopes


def _bare(family: Any) -> Any:
    bare = family.with_fixed()
    bare.predictors = {}
    return bare


def _quantity(family: Any, values: dict[str, Any], what: str, q: Any, at: Any) -> Any:
    if what == "mean":
        if family.moments is None:
            raise ModelError(f"{family.name} declares no mean; predict a parameter or a quantile.")
        return family.moments(*values.values())[0]
    if any(isinstance(v, Jet) for v in values.values()):
        raise TypeError("quantiles and probabilities are differentiated by differences.")
    rows = max(np.size(v) for v in values.values())
    law = Distribution(_bare(family), {k: np.broadcast_to(v, (rows,)) for k, v in values.items()})
    if what == "quantile":
        return law.quantile(np.full(rows, q))
    return law.cdf(np.broadcast_to(np.asarray(at, dtype=float), (rows,)))


def elsewhere(model: Member, bound: Any, data: Any) -> Member:
    """The model on new rows, in the same coordinates; ``data`` as for `bind_new`."""
    table, made = bind_new(bound, data)
    parts = []
    for part in model.parts:
        if part.basis is None:
            parts.append(part)
            continue
        design = made["designs"][part.name]
        basis: Basis = replace(part.basis, design=design)
        if not part.basis.design.wide:  # whose columns are scaled, no more
            design = design.transformed(part.basis.matrix)
            basis = replace(part.basis, design=design, scale=np.ones(part.basis.size))
        parts.append(replace(part, basis=basis, offset=made["offsets"].get(part.name)))
    y = np.full(table.rows, np.nan)
    sample = replace(model.sample, rows=table.rows, source=Rows(Array(y)), weighted=False)
    return replace(model, table=table, sample=sample, parts=tuple(parts), known=made["known"])
