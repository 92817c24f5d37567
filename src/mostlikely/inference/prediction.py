"""Predictions of rows with their errors, by the delta method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.lib.mixins import NDArrayOperatorsMixin

from mostlikely.data.source.numbers import few
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family.distribution import Distribution
from mostlikely.inference.calibrated import Calibrated, Chosen
from mostlikely.inference.intervals import check_level, within_ends
from mostlikely.inference.member import View, member_view
from mostlikely.inference.quantities import Asked, in_steps
from mostlikely.inference.rows import (
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
from mostlikely.inference.separated import at_limit, in_places, undecided
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.tables.tabular import Tabular

__all__ = ["OPTIONS", "Prediction", "numbers", "predict", "rows_of"]

#: What a prediction may be told besides its name.
OPTIONS = ("q", "at", "level", "period", "y", "offset", "covariance", "cluster")


@dataclass(frozen=True, eq=False, repr=False)
class Prediction(NDArrayOperatorsMixin, Tabular):
    """One number per row, with its standard error; in sums and comparisons an array.

    NumPy's functions and operators take the values; rows of it (``[:5]``, a mask, positions) are a
    prediction again, and one row is a number.

    Parameters
    ----------
    value, std_error : arrays, shape (rows,), or (rows, levels) for probabilities of several levels
        The error is that of the estimated coefficients, not of the noise; NaN for a quantile of
        whole numbers, which moves in steps, but has an interval.
    low, high : float
        Where the quantity ends, which its intervals respect.
    law : Distribution
        The fitted distribution of each row.
    predictive : Calibrated
        What knows where a new observation of each row lies.
    levels : tuple, optional
        The labels or whole numbers that the columns are about.
    stepped : Stepped, optional
        How an interval is found where the quantity moves in steps.
    exact : bool
        Whether an error of zero is one: the estimate is not on an edge.
    library : str, optional
        That of the rows, in which `to_frame` answers.

    Examples
    --------
    >>> import mostlikely as ml
    >>> fit = ml.fit(ml.Poisson("n ~ x"), {"x": [0, 0, 1, 1], "n": [2, 4, 5, 7]})
    >>> found = fit.predict({"x": [0, 1]})
    >>> found                                           # √(mean/2)
    Prediction([3., 6.], std_error=[1.2247, 1.7321])
    >>> (found[1:] - 3.0).round(6).tolist(), bool(found[0] > 2)
    ([3.0], True)
    >>> low, high = found.interval()
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([1.35, 3.41], [6.68, 10.57])
    """

    value: Vector
    std_error: Vector
    low: float
    high: float
    law: Distribution
    predictive: Calibrated | Chosen
    levels: tuple[Any, ...] | None = None
    stepped: Stepped | Chosen | None = None
    exact: bool = False
    library: str | None = None

    @property
    def _library(self) -> str | None:
        return self.library

    def records(self, level: float = 0.95, prediction: bool = False) -> list[dict[str, Any]]:
        """A dict per row: ``row``, ``estimate``, ``std_error``, ``conf_low``, ``conf_high``.

        Of several levels one per row and level, with its ``level``.

        Parameters
        ----------
        level : float
            Of the intervals.
        prediction : bool
            Whether ``predict_low`` and ``predict_high`` follow: where a new observation lies.
        """
        columns = {"estimate": self.value, "std_error": self.std_error}
        columns |= dict(zip(("conf_low", "conf_high"), self.interval(level), strict=True))
        if prediction:
            names = ("predict_low", "predict_high")
            columns |= dict(zip(names, self.prediction_interval(level), strict=True))
        out = []
        for place in np.ndindex(self.value.shape):
            several = {} if self.levels is None else {"level": self.levels[place[1]]}
            numbers = {k: float(np.asarray(v)[place[: np.ndim(v)]]) for k, v in columns.items()}
            known = {k: None if np.isnan(v) else v for k, v in numbers.items()}
            out.append({"row": place[0], **several, **known})
        return out

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Vector:
        return np.array(self.value, dtype=dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        plain = [x.value if isinstance(x, Prediction) else x for x in inputs]
        return getattr(ufunc, method)(*plain, **options)

    def __repr__(self) -> str:
        shown = [
            np.array2string(x, precision=4, separator=", ", threshold=20, edgeitems=3)
            for x in (self.value, self.std_error)
        ]
        of = "" if self.levels is None else f", levels={list(self.levels)!r}"
        return f"Prediction({shown[0]}, std_error={shown[1]}{of})"

    def __len__(self) -> int:
        return len(self.value)

    def __float__(self) -> float:
        if self.value.size and np.all(self.value == self.value.flat[0]):
            return float(self.value.flat[0])  # as where nothing is predicted by a column
        raise TypeError(
            f"{self.value.size} rows differ, and are no single number; take one of them."
        )

    def __iter__(self) -> Iterator[Any]:
        return iter(self.value.tolist())

    @property
    def shape(self) -> tuple[int, ...]:
        """(rows,), or (rows, levels)."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """1, or 2 for probabilities of several levels."""
        return self.value.ndim

    @property
    def size(self) -> int:
        """How many numbers there are."""
        return self.value.size

    @property
    def dtype(self) -> Any:
        """That of the values."""
        return self.value.dtype

    def tolist(self) -> list[Any]:
        """The values as plain numbers."""
        return list(self.value.tolist())

    def __getitem__(self, key: Any) -> Any:
        value = self.value[key]
        first = key[0] if isinstance(key, tuple) and key else key
        if np.ndim(value) == 0 or isinstance(first, Integral) or first is None or first is ...:
            return float(value) if np.ndim(value) == 0 else value
        rows = np.arange(len(self))[first]
        columns = key[1] if isinstance(key, tuple) and len(key) > 1 else slice(None)
        if isinstance(columns, Integral):
            columns = [int(columns)]
        levels = self.levels
        if levels is not None:
            levels = tuple(np.array(levels, dtype=object)[columns])
        law = {
            k: np.asarray(v)[rows] if np.ndim(v) and len(v) == len(self) else v
            for k, v in self.law.values.items()
        }
        return replace(
            self,
            value=value,
            std_error=self.std_error[key],
            law=Distribution(self.law.family, law),
            predictive=Chosen(self.predictive, rows),
            levels=levels,
            stepped=None if self.stepped is None else Chosen(self.stepped, rows),
        )

    def interval(self, level: float = 0.95) -> tuple[Vector, Vector]:
        """Where the quantity itself lies: ± z errors, on a log or logit scale if it has ends.

        Of a quantile of whole numbers the ends are those at which the limits of P(Y ≤ y) reach q.
        """
        check_level(level)
        if self.stepped is not None:
            return self.stepped.ends(level)
        return within_ends(self.value, self.std_error, self.low, self.high, level, self.exact)

    def prediction_interval(self, level: float = 0.95) -> tuple[Vector, Vector]:
        """Where a new observation of each row lies with this probability, shape (rows,) each.

        It allows for the estimate's own error: see `inference.calibrated`, Lawless and Fredette
        (2005). Of the normal linear model these are the ends of R's ``predict.lm``; on a boundary
        they are the fitted distribution's own. Up to 200 rows, or 25 per coefficient, 200 samples
        are drawn and fitted, always the same.
        """
        check_level(level)
        return self.predictive.ends(level)


@dataclass(frozen=True, eq=False)
class Stepped:
    """Intervals of quantiles of whole numbers, by those of the distribution function."""

    seen: View
    new: Member
    asked: Asked
    errors: Any
    value: Vector

    def ends(self, level: float) -> tuple[Vector, Vector]:
        """Each of shape (rows,)."""
        family: Any = self.new.family

        def cdf(y: Vector) -> tuple[Vector, Vector]:
            read = self.asked.below(y).reader(self.new)
            p, e = numbers(self.seen, self.new, read, self.errors)
            low, high = within_ends(p, e, 0.0, 1.0, level)
            sure = (p <= 0.0) | (p >= 1.0)
            return np.where(sure, p, low), np.where(sure, p, high)

        assert self.asked.q is not None
        return in_steps(cdf, self.asked.q, (self.value,) * 2, family.support.low)


def predict(
    fit: Any, data: Any = None, what: str = "mean", member: int | None = None, **options: Any
) -> Prediction:
    """See `Fit.predict`."""
    for name in options:
        if name not in OPTIONS:
            raise ModelError(f"predict has no option {name!r}; {nearest(name, OPTIONS)}")
    evidence = fit.evidence("a prediction of the rows of the fit", rows=data is None)
    seen = member_view(fit, evidence, member)
    answer = _predicted(seen.of(what), data, what, **options)
    if seen.special is None:
        return answer
    rows = rows_of(seen.law, data, options.get("offset"))
    law = row_laws(rows, seen.law.proof)
    return replace(answer, law=law, predictive=Calibrated(seen.law, rows, fitted=True))


def rows_of(seen: View, data: Any, offset: Any = None) -> Member:
    """The model on new rows, or on those of the fit."""
    model = seen.proof.likelihood.member
    own = data is None and offset is None
    new = own_rows(model) if own else on_new_rows(model, seen.bound, data, offset)
    return at_limit(new, seen.proof)


def _predicted(
    seen: View,
    data: Any,
    what: str,
    level: Any = None,
    covariance: str | None = None,
    cluster: Any = None,
    offset: Any = None,
    **options: Any,
) -> Prediction:
    proof = seen.proof
    family: Any = proof.likelihood.member.family
    new = rows_of(seen, data, offset)
    levels = level if isinstance(level, list | tuple | np.ndarray) else None
    if what == "probability" and level is None and family.labels and options.get("at") is None:
        levels = in_places(family)
    each = [None] if levels is None else list(levels)
    asked = [Asked.of(new, what, level=level if levels is None else k, **options) for k in each]
    errors = covariance_of_parameters(seen, proof, covariance, cluster)
    law = row_laws(new, proof)
    # rows of the fit's own are on one side or the other
    open_ended = np.zeros(new.rows, dtype=bool)
    if data is not None:
        _check_domains(law)
        open_ended = undecided(new, proof, point(proof))
    found = [numbers(seen, new, a.reader(new), errors, a.steps(family)) for a in asked]
    value, std_error = (np.stack(of, axis=1) for of in zip(*found, strict=True))
    if levels is None:
        value, std_error = value[:, 0], std_error[:, 0]
    std_error[open_ended] = np.nan
    stepped = None
    if asked[0].steps(family):
        stepped = Stepped(seen, new, asked[0], errors, value)
    low, high = asked[0].ends(family)
    kept = None if levels is None else tuple(each)
    exact = proof.verdict.kind == "interior"
    return Prediction(value, std_error, low, high, law, Calibrated(seen, new), kept, stepped, exact)


def numbers(
    seen: View, new: Member, read: Any, errors: Any, steps: bool = False
) -> tuple[Vector, Vector]:
    """One number per row, with its standard error.

    Parameters
    ----------
    seen : View
    new : Member
        The model on the rows.
    read : callable
        See `Asked.reader`.
    errors : pair
        See `covariance_of_parameters`.
    steps : bool
        Whether it moves in steps, and has no error.
    """
    proof, x, rows = seen.proof, point(seen.proof), some_rows(new)
    variables = local_variables(new, proof, x, rows)
    if steps:
        with np.errstate(all="ignore"):
            value = np.broadcast_to(read(variables, rows), (new.rows,)).astype(float)
        return value, np.full(new.rows, np.nan)
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
