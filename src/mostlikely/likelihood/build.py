"""From a model and data to the log-likelihood: read, bound, members named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.bind import ROWS, Bound, bind
from mostlikely.data.formula.seen import Seen
from mostlikely.data.formula.seen_words import seen_of
from mostlikely.data.read import read_sample
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import Array, Rows
from mostlikely.data.source.columns import columns_of
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.likelihood.keys import ties
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.penalty import Penalty
from mostlikely.likelihood.shared import part_of_place
from mostlikely.likelihood.starts import given_values

__all__ = ["BoundTogether", "Built", "build"]


@dataclass(frozen=True, eq=False)
class Built:
    """A log-likelihood with what it was made of.

    Parameters
    ----------
    loglik : LogLikelihood
    family : Family
        The model, its levels learnt and its parameters named.
    bound : Bound or BoundTogether, optional
        What formulas have learnt, for new rows; None of a plain sample.
    start : mapping, optional
        Start values, by key.
    """

    loglik: LogLikelihood
    family: Family
    bound: Any = None
    start: Mapping[Any, float] | None = None


def build(
    family: Family,
    data: Any,
    y: Any = None,
    x: Any = None,
    *,
    weights: Any = None,
    weight_kind: Any = "frequency",
    missing: str = "raise",
    offset: Any = None,
    penalty: Penalty | None = None,
    start: Mapping[Any, float] | None = None,
) -> Built:
    """The log-likelihood of a model on data, validated once.

    Parameters
    ----------
    family, data, y, x, weights, weight_kind, missing, offset, penalty, start
        As in `fit`.

    Raises
    ------
    ModelError, DataError
        In one sentence.
    """
    penalty = None if penalty is None or penalty.nothing else penalty
    options = {"weights": weights, "weight_kind": weight_kind, "missing": missing}
    if family.members or any(p.shared for p in family.all_predictors):
        built = _together(family, data, y, x, offset, start, penalty, **options)
    elif (
        family.all_predictors
        or _seen_in_part(y)
        or not (x is None and offset is None and penalty is None)
    ):
        if x is None and y is None and not family.all_predictors:
            data, y = {"y": data}, "y"
        bound = bind(family, data, y, x, offset=offset, **options)
        member = Member.of(bound, separate=penalty is not None and penalty.separates)
        built = Built(LogLikelihood.of(member, penalty), bound.family, bound)
    else:
        family, sample = read_sample(family, data, y, **options)
        built = Built(LogLikelihood.of(Member.of_sample(family, sample)), family)
    if start and built.start is None and not family.own:
        built = replace(built, start=given_values(built.loglik.names, built.family, start))
    if penalty is not None:
        penalty.check(built.loglik)
        shared = () if built.loglik.shared is None else built.loglik.shared.parts
        dependent = any(part.basis is not None and part.basis.dependent for part in shared)
        if penalty.separates and dependent:
            raise ModelError(
                f"columns of the members depend on one another, and {penalty!r} of several members "
                "does not tell them apart; leave one of them out."
            )
    return built


def _seen_in_part(y: Any) -> bool:
    """Whether y= says how the response was seen, itself or in words."""
    return isinstance(y, Seen) or (isinstance(y, str) and seen_of(y) is not None)


@dataclass(frozen=True, eq=False)
class BoundTogether:
    """Members with their data.

    Parameters
    ----------
    members : tuple of Bound
    table : Table, optional
        What all of them read, the rows in use; None where each has its own.
    """

    members: tuple[Bound, ...]
    table: Table | None


def _together(
    family: Any,
    data: Any,
    y: Any,
    x: Any,
    offset: Any,
    start: Mapping[Any, float] | None,
    penalty: Penalty | None,
    *,
    weights: Any,
    weight_kind: Any,
    missing: str,
) -> Built:
    """A joint model, or one family whose predictors share coefficients.

    Parameters
    ----------
    family : Family
        With ``members``, or alone.
    data : as in `bind`; or a list of such, one for each member
    y, weights, weight_kind : as in `bind`; or a list, one for each member
    x, offset : of a single family only
    missing, start, penalty : as in `fit`

    Raises
    ------
    ModelError, DataError
        In one sentence.
    """
    several = bool(family.members)
    joint_model = family.begun(start) if several else family
    models: tuple[Family, ...] = joint_model.members if several else (family,)
    if several and (x is not None or offset is not None):
        raise ModelError(
            "X= and offset= belong to one model; in ml.joint write formulas, with "
            "ml.linear(..., offset='column')."
        )
    apart = several and _one_each(data, len(models))
    bounds = []
    kinds = _each(weight_kind, len(models), "weight_kind")
    ys, ws = _each(y, len(models), "y"), _each(weights, len(models), "weights")
    if len(set(kinds)) > 1:
        raise ModelError(
            f"the weights of a joint model are of one kind; got {' and '.join(map(repr, kinds))}."
        )
    for m, (model, response, w) in enumerate(zip(models, ys, ws, strict=True)):
        source, response = _table(data[m] if apart else data, response, model)
        try:
            bound = bind(
                model,
                source,
                response,
                x,
                weights=w,
                weight_kind=kinds[m],
                missing=missing,
                offset=offset,
            )
        except (DataError, ModelError) as error:
            if not several:
                raise
            raise type(error)(f"member {m + 1}, {model!r}: {error}") from None
        _refuse(bound, kinds[m])
        bounds.append(bound)
    bounds = _alike_weighted(bounds)
    common = not apart and not (isinstance(weights, list | tuple) and len(set(map(id, ws))) > 1)
    sample, rows_of, table = _rows(bounds, data if x is None else None, common, ys)
    members = [Member.of(bound) for bound in bounds]
    called = [_called(member) for member in members]
    owners = [
        (key, tuple((m, i) for m, own in places for i, k in enumerate(called[m]) if k == own))
        for key, places in ties(called, getattr(family, "shared", None)).items()
    ]
    found = tuple(bound.family for bound in bounds)
    made = joint_model.resolved(found, _constants(owners, members)) if several else found[0]
    both = BoundTogether(tuple(bounds), table)
    if len(members) == 1 and [key for key, _ in owners] == list(members[0].names):
        loglik = replace(LogLikelihood.of(members[0], penalty), family=made)
    else:
        loglik = LogLikelihood.together(made, members, owners, sample, rows_of, penalty)
    begin = _given(loglik, members, start) if start else None
    return Built(loglik, made, both, begin)


# Reading.


def _one_each(data: Any, count: int) -> bool:
    """Whether the data are a list with a table or a sample for each member."""
    if not isinstance(data, list | tuple) or all(map(_plain, data)):
        return False
    if len(data) != count:
        raise DataError(
            f"there are {count} members and {len(data)} tables; give one table for all of them, "
            "or one for each."
        )
    return True


def _plain(value: Any) -> bool:
    return value is None or isinstance(value, int | float | np.number)


def _each(value: Any, count: int, word: str) -> list[Any]:
    """An option for each member: a list of names gives one each, anything else is for all."""
    if isinstance(value, list | tuple) and not all(map(_plain, value)):
        if len(value) != count:
            raise DataError(f"{word} is a list of {len(value)}, and there are {count} members.")
        return list(value)
    return [value] * count


def _table(data: Any, y: Any, model: Family) -> tuple[Any, Any]:
    """A table and the response in it; a single column becomes a table."""
    if data is not None and columns_of(data) is None and not model.own:
        return {"y": data}, "y"
    named = any(p.names_response for p in model.all_predictors)
    if y is None and not named and not model.own and data is not None:
        names, _ = columns_of(data) or ([], None)
        if len(names) == 1:
            return data, str(names[0])
    return data, None if named and not isinstance(y, str) else y


def _refuse(bound: Bound, kind: str) -> None:
    """Raise ModelError for a member that has no place here."""
    family = bound.family
    family.check_weights(bound.sample)
    mixed = [
        name for p in family.predictors.values() for name in p.shared if name in family.parameters
    ]
    if mixed:
        raise ModelError(
            f"shared: {mixed[0]!r} is a parameter of {family.name}; give the coefficient another "
            "name."
        )


def _alike_weighted(bounds: list[Bound]) -> list[Bound]:
    """Sampling weights have mean one over the rows of all members together."""
    samples = [bound.sample for bound in bounds]
    if samples[0].kind != "sampling" and not any(s.kind == "sampling" for s in samples):
        return bounds
    if not all(s.weighted for s in samples):
        raise ModelError("with sampling weights every member has them; give weights for each.")
    counted = [s.total for s in samples]
    unit = sum(s.source.unit * c for s, c in zip(samples, counted, strict=True)) / sum(counted)
    return [
        replace(
            bound,
            sample=replace(
                s, total=s.total * s.source.unit / unit, source=replace(s.source, unit=unit)
            ),
        )
        for bound, s in zip(bounds, samples, strict=True)
    ]


def _rows(
    bounds: Sequence[Bound], data: Any, common: bool, ys: Sequence[Any]
) -> tuple[Sample, list[NDArray[np.intp]], Table | None]:
    """The sample that all members make, and where the rows of each stand in it.

    Rows of one table are one row, whichever members read them.
    """
    samples = [bound.sample for bound in bounds]
    at = [b.table.positions(np.arange(s.stored)) for b, s in zip(bounds, samples, strict=True)]
    table = None
    if common and len(bounds) == 1:
        used, places, table = at[0], [np.arange(len(at[0]))], bounds[0].table
    elif common:
        used = np.unique(np.concatenate(at))
        places = [np.searchsorted(used, rows) for rows in at]
        if columns_of(data) is not None:
            table = Table.of(data).kept(used)
    else:
        ends = np.cumsum([0, *map(len, at)])
        used = np.arange(ends[-1])
        places = [np.arange(a, b) for a, b in pairwise(ends)]
    weighted = any(s.weighted for s in samples)
    w = np.ones(len(used))
    for s, rows in zip(samples, places, strict=True):
        if s.source.w is not None:
            w[rows] = s.source.w.read(0, s.stored) / s.source.unit
    labels = list(dict.fromkeys(s.label for s in samples if s.label != ROWS)) or [ROWS]
    first = next((s for s in samples if s.weighted), samples[0])
    sample = replace(
        first,
        label=" and ".join(labels) if len(labels) < 4 else f"{len(labels)} responses",
        rows=sum(s.rows for s in samples),
        dropped=sum(s.dropped for s in samples),
        n=sum(s.n for s in samples),
        weighted=weighted,
        total=sum(s.total for s in samples),
        source=Rows(Array(np.zeros(len(used))), Array(w) if weighted else None),
    )
    return sample, [np.asarray(p, dtype=np.intp) for p in places], table


# Names.


def _called(model: Member) -> list[Any]:
    """The names of a member's parameters; what its own predictors share has its name alone."""
    predictors = model.family.predictors
    common = {name for p in predictors.values() for name in p.shared}
    out = []
    for key in model.names:
        predictor = None if isinstance(key, str) else predictors.get(key[0])
        out.append(key[1] if predictor is not None and key[1] in predictor.shared else key)
    for name in common:
        owners = [p for p, predictor in predictors.items() if name in predictor.shared]
        if out.count(name) < len(owners):
            terms = [key[1] for key in model.names if not isinstance(key, str)]
            raise ModelError(f"shared: there is no term {name!r}; {nearest(name, terms)}")
        if len(owners) < 2:
            raise ModelError(
                f"shared: only {owners[0]} shares {name!r}; name it in shared= of the other "
                "predictor too."
            )
    return out


def _constants(
    owners: Sequence[tuple[Any, tuple[tuple[int, int], ...]]], models: Sequence[Member]
) -> dict[str, tuple[int, str]]:
    """Each parameter that is one number with a domain → a member that says which."""
    out: dict[str, tuple[int, str]] = {}
    for key, places in owners:
        parts = [(m, part_of_place(models[m], place)) for m, place in places]
        found = [(m, part.name) for m, part in parts if part.constant]
        curved = [(m, name) for m, name in found if models[m].family.link(name).name != "identity"]
        if isinstance(key, str) and found:
            out[key] = (curved or found)[0]
    return out


def _given(
    loglik: LogLikelihood, members: Sequence[Member], start: Mapping[Any, float]
) -> dict[Any, float]:
    """Start values by the keys of the whole; those of plain functions have been begun with."""
    begun = {
        name
        for member in members
        if member.family.own
        for name in member.family.predictors["log_density"].start
    }
    asked = {k: v for k, v in start.items() if k in loglik.names or k not in begun}
    return given_values(loglik.names, loglik.family, asked)
