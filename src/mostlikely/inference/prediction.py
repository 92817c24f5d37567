"""Predictions of a regression with their errors, by the delta method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import ndtri

from mostlikely.calculus.jet import Jet, seed
from mostlikely.data.basis import Basis
from mostlikely.data.bind import bind_new
from mostlikely.data.blocks import Array, Rows
from mostlikely.errors import ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.inference.intervals import check_level
from mostlikely.proof import Proof
from mostlikely.regress import ROUNDING, column_sizes
from mostlikely.regression import Part, Regression
from mostlikely.solve.objective import Vector

__all__ = ["Prediction", "predict"]

#: A step for central differences of what has no derivative here, relative to a variable's size.
STEP = 6e-6


@dataclass(frozen=True, eq=False)
class Prediction:
    """One number per row, with its standard error; an array in most respects.

    Parameters
    ----------
    value, std_error : arrays, shape (rows,)
        The error is that of the estimated coefficients, not of the noise.
    low, high : float
        Where the quantity ends, which its intervals respect.
    law : Distribution
        The fitted distribution of each row.

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
        tail = 0.5 - 0.5 * level
        return (
            np.asarray([one.quantile(tail) for one in self._laws()]),
            np.asarray([one.quantile(1.0 - tail) for one in self._laws()]),
        )

    def _laws(self) -> list[Distribution]:
        return _each(self.law, len(self.value))


def _each(law: Distribution, rows: int) -> list[Distribution]:
    """The distribution of each row."""
    columns = {k: np.broadcast_to(v, (rows,)) for k, v in law.values.items()}
    return [
        Distribution(law.family, {k: float(v[i]) for k, v in columns.items()}) for i in range(rows)
    ]


def predict(
    fit: Any, proof: Proof, data: Any, what: str, q: Any = None, at: Any = None
) -> Prediction:
    """See `Fit.predict`."""
    model: Any = proof.likelihood
    family = model.family
    known = ["mean", "quantile", "cdf", *family.parameters]
    if what not in known:
        raise ModelError(f"there is no prediction {what!r}; {nearest(str(what), known)}")
    if (what == "quantile") != (q is not None) or (what == "cdf") != (at is not None):
        raise ModelError(
            'what="quantile" takes q=, as in q=0.9, and what="cdf" takes at=, the value.'
        )
    if q is not None and not (isinstance(q, Real) and 0.0 <= float(q) <= 1.0):
        raise ModelError(f"q is a probability, a number from 0 to 1; got {q!r}.")
    new = model if data is None else _on(fit, model, data)
    rows = slice(0, new.sample.stored)
    if isinstance(at, str):
        at = np.asarray(new.table.numbers(at), dtype=float)
    _check_at(at, new.sample.stored)
    x = _finite(model, proof)
    designs = new._designs(rows)
    variables = [
        _limited(v, part, design, proof, rows)
        for v, part, design in _triples(new._variables(x, rows, designs), new.parts, designs)
    ]

    def value_at(variables: Any) -> Any:
        values = dict(zip(family.parameters, new._parameters(variables, rows), strict=True))
        if what in family.parameters:
            return values[what]
        return _quantity(family, values, what, q, at)

    n = new.sample.stored
    with np.errstate(all="ignore"):
        value, slopes = _differentiated(value_at, variables)
        law = Distribution(
            _bare(family),
            dict(zip(family.parameters, new._parameters(variables, rows), strict=True)),
        )
        local = new.carried(slopes, designs, n)
    # in parameters, whose covariance has NaN for what has none
    keys = list(fit.params)
    gradient = np.nan_to_num(local @ _back(new, x), nan=0.0, posinf=0.0, neginf=0.0)
    used = np.flatnonzero(np.any(gradient != 0.0, axis=0))
    covariance = fit.covariance()
    lost = np.isnan(np.diag(covariance))
    spread = np.where(np.isnan(covariance), 0.0, covariance)[np.ix_(used, used)]
    variance = np.einsum("ij,jk,ik->i", gradient[:, used], spread, gradient[:, used])
    std_error = np.sqrt(np.maximum(variance, 0.0))
    # a constant on an edge is known; a coefficient that is not identified is not
    unknown = lost & np.array([not isinstance(key, str) for key in keys])
    std_error[np.any(np.abs(gradient[:, unknown]) > 1e-12, axis=1)] = np.nan
    domain = family.parameters[what].domain if what in family.parameters else family.support
    low, high = (0.0, 1.0) if what == "cdf" else (domain.low, domain.high)
    return Prediction(np.broadcast_to(value, (n,)).copy(), std_error, low, high, law)


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


def _triples(variables: list[Any], parts: Any, designs: Any) -> list[Any]:
    out, at = [], 0
    for part, design in zip(parts, designs, strict=True):
        out += [(variables[at + k], part, design) for k in range(part.variables)]
        at += part.variables
    return out


def _limited(value: Any, part: Part, design: Any, proof: Proof, rows: slice) -> Any:
    """A linear predictor with its infinite coefficients at their limit."""
    if part.basis is None:
        return value
    beta = np.array([proof.params[key] for key in part.keys])
    infinite = np.isinf(beta)
    if not infinite.any():
        return value
    columns = (design.dense() / part.basis.scale) @ part.basis.inverse
    columns[np.abs(columns) < ROUNDING * column_sizes(part)] = 0.0
    eta = columns[:, ~infinite] @ beta[~infinite]
    if part.offset is not None:
        eta = eta + part.offset[rows]
    direction = (
        np.where(infinite, np.sign(beta), 0.0)
        if proof.direction is None
        else (np.array([proof.direction.get(key, 0.0) for key in part.keys]))
    )
    push = columns @ direction
    far = np.abs(push) > 1e-6 * np.abs(push).max(initial=1e-300)
    return np.where(far, np.copysign(np.inf, push), eta)


def _finite(model: Regression, proof: Proof) -> Vector:
    """The estimate in coordinates; what is infinite is set aside."""
    return model.linked(
        {k: v if isinstance(k, str) or np.isfinite(v) else 0.0 for k, v in proof.params.items()}
    )


def _back(model: Regression, x: Vector) -> Vector:
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


def _differentiated(f: Any, variables: list[Any]) -> tuple[Any, list[Any]]:
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
    laws = _each(Distribution(_bare(family), values), rows)
    if what == "quantile":
        return np.array([law.quantile(q) for law in laws])
    points = np.broadcast_to(np.asarray(at, dtype=float), (rows,))
    return np.array([law.cdf(y) for law, y in zip(laws, points, strict=True)])


def _on(fit: Any, model: Regression, data: Any) -> Regression:
    """The model on new rows, in the same coordinates."""
    table, made = bind_new(fit.bound, data)
    parts = []
    for part in model.parts:
        if part.basis is None:
            parts.append(part)
            continue
        design = made["designs"][part.name].transformed(part.basis.matrix)
        basis: Basis = replace(part.basis, design=design, scale=np.ones(part.basis.size))
        parts.append(replace(part, basis=basis, offset=made["offsets"].get(part.name)))
    y = np.full(table.rows, np.nan)
    sample = replace(model.sample, rows=table.rows, source=Rows(Array(y)), weighted=False)
    return replace(model, table=table, sample=sample, parts=tuple(parts), known=made["known"])
