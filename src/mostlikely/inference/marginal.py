"""Average marginal effects: what a column of the data does to a prediction, on average.

Of numbers, the mean over rows of the derivative; of labels and booleans, the mean difference to
the base level. Errors are by the delta method, the rows held as they are (Greene, *Econometric
Analysis*, 8th ed., section 17.3.2; Norton and Dowd 2018, Health Services Research 53, 859-878).
How the derivative is taken: `differences`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from mostlikely.data.columns_read import Read, averaged, changed, columns_read
from mostlikely.data.source.table import Table
from mostlikely.data.weights import NONE
from mostlikely.errors import ModelError, nearest
from mostlikely.inference.delta import Quantity
from mostlikely.inference.differences import Average, Effect
from mostlikely.inference.fitted import Fitted
from mostlikely.inference.member import member_view
from mostlikely.inference.prediction import reader
from mostlikely.inference.rows import covariance_of_parameters, has_dependent, on_new_rows
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector

__all__ = ["Effects", "effects"]


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
    """

    fit: Fitted = field(repr=False)
    what: str
    where: str
    errors: str
    of: tuple[Effect, ...]
    estimate: Vector
    covariance: Vector
    left_out: Mapping[str, str]

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
                    "contrast": "dY/dX" if plain else f"{effect.level} - {effect.base}",
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
    q: float | None = None,
    y: float | None = None,
    member: int | None = None,
    level: Any = None,
) -> Effects:
    """See `Fit.marginal_effects`."""
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
    if what == "quantile" and model.family.support.discrete:
        raise ModelError(
            "quantiles of whole numbers move in steps and have no derivative; under "
            f'{model.family!r} take the mean, or what="cdf" with y=.'
        )
    if what == "cdf" and y is None:
        raise ModelError('what="cdf" takes y=, as in y=3: the effect on the probability of y ≤ 3.')
    own = data is None
    side = model if own else on_new_rows(model, bound, data)
    w = _weights(model) if own else np.ones(side.rows)
    whole = side.table
    assert whole is not None  # a formula has read it
    table = _rows(whole, at, read, w)
    if table is not whole:
        side = on_new_rows(model, bound, table)
        w = w if len(w) == table.rows else np.ones(1)
    work = Average(bound, proof, side, w / w.sum(), lambda m: reader(m, what, q, y, level))
    sums = (
        own and at is None and has_dependent(model.parts) and proof.verdict.kind == "not identified"
    )
    errors, unknown = covariance_of_parameters(seen, proof, covariance, cluster, sums)
    found: list[Effect] = []
    values, gradients, left_out = [], [], {}
    for name in dict.fromkeys(wanted):
        mine = list(work.of(read[name]))
        gradient = np.array([g for _, _, g in mine])
        why = work.trouble(gradient, unknown)
        if why is None and not terms and not gradient.any() and not any(v for _, v, _ in mine):
            why = f"it does not move the {what}"
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
    usual = "observed information" if fit.weighting.calibrated else "sandwich"
    kind = covariance or ("clusters" if cluster is not None else usual)
    return Effects(
        fit,
        _words(what, q, y, level),
        _where(fit, data, at),
        kind,
        tuple(found),
        np.array(values),
        g @ errors @ g.T,
        left_out,
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


def _rows(table: Table, at: Any, read: Mapping[str, Read], w: Vector) -> Table:
    """The rows over which to average."""
    if at is None:
        return table
    if isinstance(at, Mapping):
        for name in at:
            _check_column(name, read, table)
        return changed(
            table,
            {
                k: np.full(table.rows, float(v)) if read[k].levels is None else v
                for k, v in at.items()
            },
        )
    if at != "mean":
        raise ModelError(
            f"at={at!r}: effects are averaged over the rows (at=None), or taken for one row at "
            'the means (at="mean"), or with columns set to values (at={"age": 40}).'
        )
    return averaged(table, read, w)


def _weights(model: Member) -> Vector:
    """What each row counts for in an average; a precision says how well it was measured."""
    source = model.sample.source
    if source.w is None or not model.sample.weighting.counts:
        return np.ones(model.rows)
    return np.asarray(source.w.read(0, model.rows), dtype=np.float64)


def _words(what: str, q: Any, y: Any, level: Any) -> str:
    if what == "probability":
        return f"the probability of {level!r}"
    if what == "quantile":
        return f"the {q:g} quantile"
    return f"the probability of y ≤ {y:g}" if what == "cdf" else f"the {what}"


def _where(fit: Fitted, data: Any, at: Any) -> str:
    rows = "the rows of the data" if data is None else "the new rows"
    if data is None and fit.weighting.counts and fit.weighting is not NONE:
        rows += f", by their {fit.weighting.name} weights"
    if at is None:
        return f"Averaged over {rows}."
    if isinstance(at, str):
        return f"Of one row: numbers at their means over {rows}, labels at the commonest level."
    return f"Averaged over {rows}, with {', '.join(f'{k} = {v}' for k, v in at.items())}."
