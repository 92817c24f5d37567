"""Models fitted together: their data read, their parameters named, their predictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mostlikely.data.bind import ROWS, Bound, bind
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import Array, Rows
from mostlikely.data.source.columns import columns_of
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError, nearest
from mostlikely.family.base import Family
from mostlikely.likelihood.joint import Joint, is_constant, part_of_place
from mostlikely.likelihood.keys import label, ties
from mostlikely.likelihood.member import Regression
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof
from mostlikely.verdict.settle import settle

__all__ = ["BoundTogether", "View", "member_view", "together"]


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


@dataclass(frozen=True, eq=False)
class View:
    """A fit as one of its members sees it: its own names, the covariance that goes with them."""

    bound: Bound
    params: Mapping[Any, float]
    spread: Vector

    weight_kind: str = "frequency"

    def covariance(self, kind: str | None = None, cluster: Any = None) -> Vector:
        """In the order of ``params``; of the kind that the fit has chosen."""
        return self.spread


def together(
    family: Any,
    data: Any,
    y: Any = None,
    *,
    x: Any = None,
    weights: Any = None,
    weight_kind: Any = "frequency",
    missing: str = "raise",
    offset: Any = None,
    start: Mapping[Any, float] | None = None,
    max_steps: int = 200,
) -> tuple[Proof, Family, Sample, BoundTogether]:
    """Fit a joint model, or one family whose predictors share coefficients.

    Parameters
    ----------
    family : Family
        With ``members``, or alone.
    data : as in `bind`; or a list of such, one for each member
    y, weights, weight_kind : as in `bind`; or a list, one for each member
    x, offset : of a single family only
    missing, start, max_steps : as in `fit`

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
    regressions = [Regression.of(bound) for bound in bounds]
    called = [_called(model) for model in regressions]
    owners = [
        (tie.key, _places(tie.places, called))
        for tie in ties(called, getattr(family, "shared", None))
    ]
    found = tuple(bound.family for bound in bounds)
    made = joint_model.resolved(found, _constants(owners, regressions)) if several else found[0]
    joint = Joint.of(made, regressions, owners, sample, rows_of)
    proof = settle(joint, _given(joint, start), max_steps)
    return proof, made, sample, BoundTogether(tuple(bounds), table)


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
    extreme = [k for k in family.sample_extremes if k in family.free]
    if extreme:
        raise ModelError(
            f"{extreme[0]} of {family.name} is estimated by an extreme value of the sample, which "
            f"has no place in a sum of likelihoods; fix it: {family.name}({extreme[0]}=...)."
        )
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


def _called(model: Regression) -> list[Any]:
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


def _places(
    places: Sequence[tuple[int, Any]], called: Sequence[Sequence[Any]]
) -> tuple[tuple[int, int], ...]:
    return tuple((m, i) for m, key in places for i, k in enumerate(called[m]) if k == key)


def _constants(
    owners: Sequence[tuple[Any, tuple[tuple[int, int], ...]]], models: Sequence[Regression]
) -> dict[str, tuple[int, str]]:
    """Each parameter that is one number with a domain → a member that says which."""
    out: dict[str, tuple[int, str]] = {}
    for key, places in owners:
        for m, place in places:
            part = part_of_place(models[m], place)
            if isinstance(key, str) and is_constant(part):
                link = models[m].family.link(part.name)
                if key not in out or link.name != "identity":
                    out.setdefault(key, (m, part.name))
                    if models[out[key][0]].family.link(out[key][1]).name == "identity":
                        out[key] = (m, part.name)
    return out


def _given(joint: Joint, start: Mapping[Any, float] | None) -> dict[Any, float]:
    """Start values by the keys of the joint model; a member's name stands for its numbered ones."""
    out: dict[Any, float] = {}
    begun = {
        name
        for member in joint.members
        if member.model.family.own
        for name in member.model.family.predictors["log_density"].start
    }
    for key, value in (start or {}).items():
        found = [k for k in joint.names if key in (k, label(k))]
        found = found or [k for k in joint.names if not isinstance(k, str) and k[1] == key]
        if len(found) == 1:
            out[found[0]] = float(value)
        elif key not in begun:
            words = list(map(label, found or joint.names))
            if found:
                raise ModelError(f"start: {key!r} may be {' or '.join(words)}; name one.")
            raise ModelError(
                f"start: {key!r} is no parameter of this model; {nearest(label(key), words)}"
            )
    return out


def member_view(fit: Any, proof: Proof, index: Any) -> tuple[View, Proof]:
    """A fit and its proof as a member sees them, for predictions.

    Raises
    ------
    ModelError
        If there is no such member, or none is named where there are several.
    """
    joint: Joint = proof.likelihood
    count = len(joint.members)
    if index is None and count > 1:
        raise ModelError(
            f"this fit has {count} members; say which one predicts: fit.predict(data, member=0)."
        )
    index = 0 if index is None else index
    if not isinstance(index, int) or not 0 <= index < count:
        raise ModelError(f"there is no member {index!r}; they are 0 to {count - 1}.")
    model, places = joint.members[index].model, joint.members[index].places
    if model.family.own:
        raise ModelError("a function of one's own says how dense rows are, not what they will be.")
    keys = [joint.names[j] for j in places]
    params = {own: proof.params[key] for own, key in zip(model.names, keys, strict=True)}
    order = [list(fit.params).index(key) for key in keys]
    seen = proof.separation
    if seen is not None:

        def own(of: Mapping[Any, float]) -> dict[Any, float]:
            return {o: of.get(k, 0.0) for o, k in zip(model.names, keys, strict=True)}

        seen = replace(
            seen, direction=own(seen.direction), point=own(seen.point), flat=seen.flat[order]
        )
    view = View(fit.bound.members[index], params, fit.covariance()[np.ix_(order, order)])
    return view, replace(proof, likelihood=model, inner=model, params=params, separation=seen)
