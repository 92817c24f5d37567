"""Predictions of rows with their errors, by the delta method."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from numbers import Real
from typing import Any

import numpy as np
from scipy.special import ndtri

from mostlikely.calculus.jet import Jet
from mostlikely.calculus.ops import exp
from mostlikely.data.source.numbers import few
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.inference.calibrated import Calibrated
from mostlikely.inference.intervals import check_level
from mostlikely.inference.member import View, member_view
from mostlikely.inference.rows import (
    bare,
    covariance_of_parameters,
    differentiated,
    inverse_jacobian,
    local_variables,
    on_new_rows,
    own_rows,
    point,
    row_laws,
    some_rows,
)
from mostlikely.inference.separated import at_limit, in_places, of_limit, undecided
from mostlikely.likelihood.member import Member, Rows
from mostlikely.solve.objective import Vector

__all__ = ["Prediction", "predict", "reader"]


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
    predictive : Calibrated
        What knows where a new observation of each row lies.
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
    predictive: Calibrated = field(repr=False)
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
        """Where a new observation of each row lies with this probability, shape (rows,) each.

        It allows for the estimate's own error: see `inference.calibrated`, Lawless and Fredette
        (2005). Of the normal linear model these are the ends of R's ``predict.lm``; on a boundary
        they are the fitted distribution's own. Up to 200 rows, or 25 per coefficient, 200 samples
        are drawn and fitted, always the same.
        """
        check_level(level)
        return self.predictive.ends(level)


def predict(
    fit: Any, data: Any = None, what: str = "mean", member: int | None = None, **options: Any
) -> Prediction:
    """See `Fit.predict`."""
    evidence = fit.evidence("a prediction of the rows of the fit", rows=data is None)
    seen = member_view(fit, evidence, member)
    answer = _predicted(seen.of(what), data, what, **options)
    if seen.special is None:
        return answer
    rows = _rows(seen.law, data)
    law = row_laws(rows, seen.law.proof)
    return replace(answer, law=law, predictive=Calibrated(seen.law, rows, fitted=True))


def _rows(seen: View, data: Any) -> Member:
    model = seen.proof.likelihood.member
    new = own_rows(model) if data is None else on_new_rows(model, seen.bound, data)
    return at_limit(new, seen.proof)


def _predicted(
    seen: View,
    data: Any,
    what: str,
    q: Any = None,
    at: Any = None,
    level: Any = None,
    covariance: str | None = None,
    cluster: Any = None,
) -> Prediction:
    proof = seen.proof
    family: Any = proof.likelihood.member.family
    new = _rows(seen, data)
    errors = covariance_of_parameters(seen, proof, covariance, cluster)
    if isinstance(at, str):
        at = _column(new, at)
    _check_at(at, new.rows)
    law = row_laws(new, proof)
    bounded = what in ("cdf", "probability")
    domain = family.parameters[what].domain if what in family.parameters else family.support
    low, high = (0.0, 1.0) if bounded else (domain.low, domain.high)
    # rows of the fit's own are on one side or the other
    open_ended = np.zeros(new.rows, dtype=bool)
    if data is not None:
        _check_domains(law)
        open_ended = undecided(new, proof, point(proof))
    if what == "probability" and level is None and family.labels:
        levels = in_places(family)
        columns = [_numbers(seen, new, reader(new, what, level=k), errors) for k in levels]
        value, std_error = (np.stack(numbers, axis=1) for numbers in zip(*columns, strict=True))
        std_error[open_ended] = np.nan
        return Prediction(value, std_error, low, high, law, Calibrated(seen, new), levels)
    value, std_error = _numbers(seen, new, reader(new, what, q, at, level), errors)
    std_error[open_ended] = np.nan
    return Prediction(value, std_error, low, high, law, Calibrated(seen, new))


def _column(model: Member, name: str) -> Vector:
    """A column of the rows in use, as numbers."""
    if model.table is None:
        raise ModelError(
            f"at={name!r} is the name of a column, and these rows have none; give numbers."
        )
    return np.asarray(model.table.numbers(name), dtype=float)


def _numbers(seen: View, new: Member, read: Any, errors: Any) -> tuple[Vector, Vector]:
    """One number per row, with its standard error."""
    proof, x, rows = seen.proof, point(seen.proof), some_rows(new)
    variables = local_variables(new, proof, x, rows)
    with np.errstate(all="ignore"):
        value, slopes = differentiated(lambda v: read(v, rows), variables)
        local = new.carried(slopes, rows)
        # in parameters, whose covariance has NaN for what has none
        gradient = local @ inverse_jacobian(new, x)
    gradient = np.nan_to_num(gradient, nan=0.0, posinf=0.0, neginf=0.0)
    used = np.flatnonzero(np.any(gradient != 0.0, axis=0))
    covariance, unknown = errors
    variance = np.einsum(
        "ij,jk,ik->i", gradient[:, used], covariance[np.ix_(used, used)], gradient[:, used]
    )
    rounding = -1e-9 * np.abs(variance).max(initial=0.0)  # below it clusters in two ways have none
    std_error = np.sqrt(np.where(variance < rounding, np.nan, np.maximum(variance, 0.0)))
    std_error[np.any(np.abs(gradient[:, unknown]) > 1e-12, axis=1)] = np.nan
    if proof.separation is not None:  # what the limit leaves open is not known
        flat = proof.separation.flat
        size = np.abs(gradient) @ np.abs(flat)
        std_error[np.any(np.abs(gradient @ flat) > 1e-7 * size + 1e-12, axis=1)] = np.nan
    return np.broadcast_to(value, (new.rows,)).copy(), std_error


def reader(
    model: Member, what: str, q: Any = None, at: Any = None, level: Any = None
) -> Callable[[list[Any], Rows], Any]:
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

    def read(variables: list[Any], rows: Rows) -> Any:
        values = dict(zip(family.parameters, model.parameters(variables, rows), strict=True))
        if level is not None:
            return exp(family.log_prob(float(levels.index(level)), *values.values()))
        here = at[rows.place] if isinstance(at, np.ndarray) and at.ndim else at
        if family is not whole and (what in whole.parameters or whole.moments is not None):
            return of_limit(family, values, what, q, here)
        if what in family.parameters:
            return values[what]
        return _quantity(family, values, what, q, here)

    return read


def _check_domains(law: Distribution) -> None:
    """Raise DataError for new rows at which a link, or a function, leaves its domain."""
    for name, value in law.values.items():
        domain = law.family.parameters[name].domain
        value = np.ravel(value)
        bad = np.flatnonzero((value < domain.low) | (value > domain.high))
        if len(bad):
            shown = few([f"{value[i]:.4g}" for i in bad[:3]], bad[:3].tolist(), len(bad))
            raise DataError(
                f"{name} of {law.family.name} must be {domain}, and in new rows it would be "
                f"{shown}: the model, with this link, says nothing of them."
            )


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


def _quantity(family: Any, values: dict[str, Any], what: str, q: Any, at: Any) -> Any:
    if what == "mean":
        if family.moments is None:
            raise ModelError(f"{family.name} declares no mean; predict a parameter or a quantile.")
        return family.moments(*values.values())[0]
    if any(isinstance(v, Jet) for v in values.values()):
        raise TypeError("quantiles and probabilities are differentiated by differences.")
    rows = max(np.size(v) for v in values.values())
    law = Distribution(bare(family), {k: np.broadcast_to(v, (rows,)) for k, v in values.items()})
    if what == "quantile":
        return law.quantile(np.full(rows, q))
    return law.cdf(np.broadcast_to(np.asarray(at, dtype=float), (rows,)))
