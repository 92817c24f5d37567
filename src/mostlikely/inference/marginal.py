"""Average marginal effects: what a column of the data does to a prediction, on average.

Of numbers, the mean over rows of the derivative, or of an elasticity; of labels and booleans, the
mean difference to the base level. Errors are by the delta method, the rows held as they are
(Greene, *Econometric Analysis*, 8th ed., section 17.3.2; Norton and Dowd 2018, Health Services
Research 53, 859-878).
How the derivative is taken: `differences`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from mostlikely.calculus.ops import log
from mostlikely.data.columns_read import Read, averaged, changed, columns_read
from mostlikely.data.source.table import Table
from mostlikely.data.weights import NONE
from mostlikely.errors import ModelError, nearest
from mostlikely.inference.delta import Quantity
from mostlikely.inference.differences import Average, Effect
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.member import member_view
from mostlikely.inference.quantities import NAMES, Asked
from mostlikely.inference.rows import (
    covariance_of_parameters,
    has_dependent,
    local_variables,
    on_new_rows,
    point,
    some_rows,
)
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = ["SLOPES", "Effects", "effects"]

#: Derivatives and elasticities, by Stata's names, and how broom would write each.
SLOPES = {"dydx": "dY/dX", "eyex": "eY/eX", "eydx": "eY/dX", "dyex": "dY/eX"}
#: Those per share of the column.
_PER_SHARE = ("eyex", "dyex")
#: How a change is counted, where it is not per unit.
SHARES = {
    "eyex": "Elasticities: in shares of both.",
    "eydx": "Semi-elasticities: shares of the prediction, per unit of the column.",
    "dyex": "Semi-elasticities: units of the prediction, per share of the column.",
}
#: What goes with the name of a prediction.
OPTIONS = ("q", "level", "period", "y", "offset")


@dataclass(frozen=True, repr=False, eq=False)
class Effects:
    """Average marginal effects of columns, with their covariance.

    Parameters
    ----------
    fit : Fit
    what : str
        On what they are: "the mean".
    where : str
        Over which rows.
    errors : str
        Which covariance the errors come from.
    of : tuple of Effect
        A column, and of labels a level and the base that it is compared with.
    estimate : array, shape (m,)
    covariance : array, shape (m, m)
        By the delta method.
    left_out : mapping of column to str
        Columns without an effect that is known, and why.
    kind : {"dydx", "eyex", "eydx", "dyex"}
        Whether a change is counted in units or in shares (e), of what and of the column.
    """

    fit: Fitted = field(repr=False)
    what: str
    where: str
    errors: str
    of: tuple[Effect, ...]
    estimate: Vector
    covariance: Vector
    left_out: Mapping[str, str]
    kind: str = "dydx"

    @property
    def std_error(self) -> Vector:
        """The standard errors, shape (m,)."""
        return np.sqrt(np.maximum(np.diag(self.covariance), 0.0))

    def interval(self, level: float = 0.95) -> tuple[Vector, Vector]:
        """Wald's confidence limits, each of shape (m,)."""
        if not 0.0 < level < 1.0:
            raise ModelError(f"level must be between 0 and 1, as in level=0.95; got {level:g}.")
        reach = float(ndtri(0.5 + 0.5 * level)) * self.std_error
        return self.estimate - reach, self.estimate + reach

    def records(self, level: float = 0.95) -> list[dict[str, Any]]:
        """One dict per effect, with the column names of R's broom.

        ``term``, ``contrast``, ``estimate``, ``std_error``, ``statistic``, ``p_value``,
        ``conf_low``, ``conf_high``. ``contrast`` is "dY/dX", or the two levels: "m - f".
        ``statistic`` is z against no effect; it and ``p_value`` are None for an effect that is
        zero whatever the coefficients are, and under a penalty that draws estimates to zero.
        """
        rows = []
        for effect, value, std_error, low, high in zip(
            self.of, self.estimate, self.std_error, *self.interval(level), strict=True
        ):
            told = std_error > 0.0 and not self.fit.shrunken
            z = float(value / std_error) if told else None
            plain = effect.base is None
            rows.append(
                {
                    "term": effect.column,
                    "contrast": SLOPES[self.kind] if plain else f"{effect.level} - {effect.base}",
                    "estimate": float(value),
                    "std_error": float(std_error),
                    "statistic": z,
                    "p_value": None if z is None else 2.0 * float(ndtr(-abs(z))),
                    "conf_low": float(low),
                    "conf_high": float(high),
                }
            )
        return rows

    def __getitem__(self, key: Any) -> Quantity:
        """The effect of a column of numbers, or of ``(column, level)``, with its error."""
        keys = [effect.key for effect in self.of]
        if key not in keys:
            names = [" ".join(map(str, k)) if isinstance(k, tuple) else k for k in keys]
            raise ModelError(f"there is no effect {key!r} here; {nearest(str(key), names)}")
        i = keys.index(key)
        return Quantity(float(self.estimate[i]), float(self.std_error[i]))

    def __iter__(self) -> Iterator[Any]:
        return iter(effect.key for effect in self.of)

    def __len__(self) -> int:
        return len(self.of)


def effects(
    fit: Any,
    terms: Sequence[str] = (),
    what: str = "mean",
    data: Any = None,
    at: Any = None,
    covariance: str | None = None,
    cluster: Any = None,
    member: int | None = None,
    rows: Any = None,
    kind: str = "dydx",
    **options: Any,
) -> Effects:
    """See `Fit.marginal_effects`."""
    for name in options:
        if name not in OPTIONS:
            raise ModelError(f"effects have no option {name!r}; {nearest(name, OPTIONS)}")
    if kind not in SLOPES:
        raise ModelError(f"there is no kind of effect {kind!r}; {nearest(str(kind), SLOPES)}")
    of_rows = isinstance(at, Mapping) or (isinstance(at, str) and at == "mean")
    if at is not None and (of_rows or NAMES.get(what) != "at"):
        rows, at = at, None
    evidence = fit.evidence("a marginal effect over the rows of the fit", rows=data is None)
    seen = member_view(fit, evidence, member).of(what)
    proof, bound = seen.proof, seen.bound
    model = proof.likelihood.member
    read = {} if bound is None else columns_read(bound)
    wanted = list(terms) or [name for name, column in read.items() if column.predicts]
    if bound is None or not wanted:
        raise ModelError(
            f"{model.family!r} follows no column of the data, so there are no marginal effects."
        )
    for name in wanted:
        _check_column(name, read, bound.table)
    if proof.verdict.kind == "no maximum":
        raise ModelError(f"there is no fitted model to have effects. {proof.verdict}")
    own, offset = data is None, options.pop("offset", None)
    as_they_are = own and offset is None
    side = model if as_they_are else on_new_rows(model, bound, data, offset)
    w = _weights(model) if own else np.ones(side.rows)
    whole = side.table
    assert whole is not None  # a formula has read it
    table = _rows(whole, rows, read, w)
    if table is not whole:
        side = on_new_rows(model, bound, table)
        w = w if len(w) == table.rows else np.ones(1)
    asked = Asked.of(side, what, at=at, **options)
    if asked.steps(model.family):
        raise ModelError(
            "quantiles of whole numbers move in steps and have no derivative; under "
            f'{model.family!r} take the mean, or what="cdf" with at=.'
        )
    relative = kind in ("eyex", "eydx")
    if relative:
        _check_relative(asked, side, proof)
    work = Average(
        bound, proof, side, w / w.sum(), lambda m: _read(asked, m, relative), kind in _PER_SHARE
    )
    sums = (
        as_they_are
        and rows is None
        and has_dependent(model.parts)
        and proof.verdict.kind == "not identified"
    )
    errors, unknown = covariance_of_parameters(seen, proof, covariance, cluster, sums)
    found: list[Effect] = []
    values, gradients, left_out = [], [], {}
    for name in dict.fromkeys(wanted):
        if kind in _PER_SHARE and read[name].levels is not None:
            if terms:
                raise ModelError(
                    f"{name} holds labels, and a share of a label is nothing; take "
                    'kind="dydx" or "eydx".'
                )
            left_out[name] = "a share of a label is nothing"
            continue
        mine = list(work.of(read[name]))
        gradient = np.array([g for _, _, g in mine])
        why = work.trouble(gradient, unknown)
        if why is None and not terms and not gradient.any() and not any(v for _, v, _ in mine):
            why = f"it does not move {asked.shown}"
        elif why is not None and terms:
            raise ModelError(f"{name} has no marginal effect that is known: {why}. {fit.verdict}")
        if why is not None:
            left_out[name] = why
            continue
        found += [effect for effect, _, _ in mine]
        values += [value for _, value, _ in mine]
        gradients += list(gradient)
    if not found:
        whys = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise ModelError(f"no column has a marginal effect that is known. {whys}. {fit.verdict}")
    g = np.array(gradients)
    told = covariance is not None or cluster is not None
    source = fit.with_covariance(covariance, cluster).errors if told else fit.errors
    return Effects(
        fit,
        asked.shown,
        " ".join(filter(None, (_where(fit, data, rows), SHARES.get(kind)))),
        source,
        tuple(found),
        np.array(values),
        g @ errors @ g.T,
        left_out,
        kind,
    )


def _read(asked: Asked, model: Member, relative: bool) -> Callable[..., Any]:
    """What is predicted of the rows of a model, or the logarithm of its size."""
    read = asked.reader(model)
    if not relative:
        return read

    def logarithm(variables: list[Any], rows: Any) -> Any:
        value = read(variables, rows)
        return 0.5 * log(value * value)

    return logarithm


def _check_relative(asked: Asked, side: Member, proof: Proof) -> None:
    """Raise ModelError where a prediction is zero in some row: nothing is a share of it."""
    rows = some_rows(side)
    with np.errstate(all="ignore"):
        value = asked.reader(side)(local_variables(side, proof, point(proof), rows), rows)
    if np.any(np.asarray(value) == 0.0):
        raise ModelError(
            f"{asked.shown} is zero in some row, and nothing is a share of zero; take "
            'kind="dydx" or "dyex".'
        )


def _check_column(name: Any, read: Mapping[str, Read], table: Table) -> None:
    if name in read:
        return
    if name in table.names:
        raise ModelError(
            f"the model does not read the column {name!r}, so it has no effect; those that it "
            f"reads are {', '.join(read)}."
        )
    raise ModelError(
        f"there is no column {name!r}; effects are of columns of the data, not of terms. "
        f"{nearest(str(name), read)}"
    )


def _rows(table: Table, rows: Any, read: Mapping[str, Read], w: Vector) -> Table:
    """The rows over which to average."""
    if rows is None:
        return table
    if isinstance(rows, Mapping):
        for name in rows:
            _check_column(name, read, table)
        return changed(
            table,
            {
                k: np.full(table.rows, float(v)) if read[k].levels is None else v
                for k, v in rows.items()
            },
        )
    if not isinstance(rows, str) or rows != "mean":
        raise ModelError(
            f"at={rows!r}: effects are averaged over the rows (at=None), or taken for one row at "
            'the means (at="mean"), or with columns set to values (at={"age": 40}).'
        )
    return averaged(table, read, w)


def _weights(model: Member) -> Vector:
    """What each row counts for in an average; a precision says how well it was measured."""
    source = model.sample.source
    if source.w is None or not model.sample.weighting.counts:
        return np.ones(model.rows)
    return np.asarray(source.w.read(0, model.rows), dtype=np.float64)


def _where(fit: Fitted, data: Any, rows: Any) -> str:
    over = "the rows of the data" if data is None else "the new rows"
    if data is None and fit.weighting.counts and fit.weighting is not NONE:
        over += f", by their {fit.weighting.name} weights"
    if rows is None:
        return f"Averaged over {over}."
    if isinstance(rows, str):
        return f"Of one row: numbers at their means over {over}, labels at the commonest level."
    return f"Averaged over {over}, with {', '.join(f'{k} = {v}' for k, v in rows.items())}."
