"""The rows of a member at the estimate: their parameters, and how these follow the coefficients.

What predictions, residuals and effects have in common. A row is a function of its local variables
(linear predictors, constants, nonlinear coefficients), these of the coordinates that are
maximised over, and those of the parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri_exp

from mostlikely.calculus.jet import Jet, seed
from mostlikely.data.bind import Bound, bind_new, table_of
from mostlikely.data.formula.orthogonal import Basis
from mostlikely.data.source.blocks import Array, Block
from mostlikely.data.source.blocks import Rows as Source
from mostlikely.data.source.columns import columns_of
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError, ModelError
from mostlikely.family.base import Family
from mostlikely.family.distribution import Distribution
from mostlikely.inference.covariance import CLUSTERED, covariance
from mostlikely.inference.evidence import Estimated
from mostlikely.inference.offsets import with_offsets
from mostlikely.inference.separated import part_columns
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member, Part, Rows
from mostlikely.solve.objective import Vector
from mostlikely.verdict.proof import Proof

__all__ = [
    "bare",
    "constants_at_edges",
    "covariance_of_parameters",
    "differentiated",
    "drawn",
    "follows_columns",
    "has_dependent",
    "inverse_jacobian",
    "law_of_sample",
    "local_variables",
    "normal_scores",
    "on_new_rows",
    "own_rows",
    "point",
    "row_laws",
    "scaled",
    "some_rows",
]

#: A step for central differences of what has no derivative here, relative to a variable's size.
STEP = 6e-6


def some_rows(member: Member, place: slice | None = None) -> Rows:
    """Rows of a member with their designs, and no response; all of them by default."""
    place = slice(0, member.rows) if place is None else place
    return Rows(place, Block(np.empty(place.stop - place.start)), member.designs(place))


def bare(family: Family) -> Family:
    """The family without its predictors, whose parameters are given to each row."""
    found = family.with_fixed()
    found.predictors = {}
    return found


def row_laws(member: Member, proof: Proof) -> Distribution:
    """The fitted distribution of each row: its parameters are numbers, or arrays of shape (n,)."""
    rows = some_rows(member)
    with np.errstate(all="ignore"):
        values = member.parameters(local_variables(member, proof, point(proof), rows), rows)
    return Distribution(
        bare(member.family), dict(zip(member.family.parameters, values, strict=True))
    )


def drawn(law: Distribution, rows: int, rng: np.random.Generator) -> Vector:
    """One draw for each row: a label by its probability, else by the family or its quantiles."""
    columns = {k: np.broadcast_to(v, (rows,)) for k, v in law.values.items()}
    of_all, law = law, Distribution(law.family, columns)
    if law.family.labels:
        places = range(int(law.family.support.high))
        below = np.cumsum([law.prob(np.full(rows, float(k))) for k in places], axis=0)
        return np.asarray(np.sum(rng.uniform(size=rows) >= below, axis=0), dtype=float)
    if law.family.sample is not None:
        for each in (law, of_all):
            with suppress(TypeError, ValueError):  # some draw of numbers alone, not of rows
                return each.sample(rows, rng)
    return np.asarray(law.quantile(rng.uniform(size=rows)))


def scaled(law: Distribution, w: Vector, powers: Any) -> Distribution:
    """The distributions of rows of these precisions, side by side."""
    values = {k: v * w ** powers[k] if k in powers else v for k, v in law.values.items()}
    return Distribution(law.family, values)


def normal_scores(law: Distribution, y: Vector) -> Vector:
    """Standard normal if the law holds; from whichever tail keeps the digits."""
    left, right = law.log_cdf(y), law.log_sf(y)
    return np.asarray(np.where(left < right, ndtri_exp(left), -ndtri_exp(right)))


def follows_columns(model: Family, params: Mapping[Any, float], proof: Proof | None) -> bool:
    """Whether a parameter differs from row to row; by the names alone, if there is no proof."""
    if proof is not None:
        return not all(map(_alike, proof.likelihood.members))
    return (
        bool(model.columns)
        or any(p.offset is not None or p.function is not None for p in model.all_predictors)
        or any(not isinstance(k, str) and k[-1] != "Intercept" for k in params)
    )


def _alike(member: Member) -> bool:
    """Whether all rows are alike; a predictor of cut points may have no column."""
    still = all(p.constant or not (p.keys or p.function or p.offset) for p in member.parts)
    return still and not member.family.columns


def law_of_sample(model: Family, params: Mapping[Any, float], proof: Proof | None) -> Distribution:
    """The distribution that all rows have.

    Raises
    ------
    ModelError
        Of several members, each of which has its own.
    """
    if proof is not None and len(proof.likelihood.members) == 1:
        member = proof.likelihood.member
        values = proof.params
        if member.one_sample and all(isinstance(key, str) for key in values):
            return _in_order(member.family, {**member.family.fixed, **values})
        law = row_laws(member, proof)
        return replace(law, values={k: float(np.ravel(v)[0]) for k, v in law.values.items()})
    if len(model.members) == 1:
        return law_of_sample(model.members[0], params, None)
    if proof is not None or model.members:
        raise ModelError("each member has a distribution of its own; see fit.predict(member=0).")
    etas = []
    for name in model.free:
        own = name in params
        value = np.float64(params[name] if own else params.get((name, "Intercept"), 0.0))
        etas.append(model.link(name).forward(value) if own else value)
    with np.errstate(all="ignore"):
        free = dict(zip(model.free, map(float, model.natural(etas)), strict=True))
    exact = {k: v for k, v in params.items() if isinstance(k, str)}
    return _in_order(model, {**model.fixed, **free, **exact})


def _in_order(family: Family, values: Mapping[Any, float]) -> Distribution:
    return Distribution(bare(family), {k: values[k] for k in family.parameters})


# From a row to the parameters.


def point(proof: Proof) -> Vector:
    """The estimate in coordinates; of separated data, that of the rows that are not.

    Infinite coefficients of columns are zero here, and `local_variables` puts the rows that they
    move at their limit; a constant on an edge is there.
    """
    loglik = proof.likelihood
    params = dict(proof.params if proof.separation is None else proof.separation.point)
    finite = {k: v if k in loglik.constants or np.isfinite(v) else 0.0 for k, v in params.items()}
    return np.asarray(loglik.linked(finite))


def local_variables(member: Member, proof: Proof, x: Vector, rows: Rows) -> list[Any]:
    """The local variables of some rows at the estimate; infinite on rows that are separated."""
    out, at = member.variables(x, rows), 0
    for part, design in zip(member.parts, rows.designs, strict=True):
        if part.basis is not None and not member.family.labels:
            out[at] = _limited(out[at], part, design, proof)
        at += part.variables
    return out


def _limited(value: Any, part: Part, design: Any, proof: Proof) -> Any:
    """A linear predictor, at its limit on the rows that infinite coefficients move."""
    beta = np.array([proof.params[key] for key in part.keys])
    if not np.isinf(beta).any():
        return value
    columns = part_columns(part, design)
    direction = (
        np.where(np.isinf(beta), np.sign(beta), 0.0)
        if proof.direction is None
        else np.array([proof.direction.get(key, 0.0) for key in part.keys])
    )
    push = columns @ direction
    far = np.abs(push) > 1e-6 * np.abs(push).max(initial=1e-300)
    return np.where(far, np.copysign(np.inf, push), value)


def inverse_jacobian(member: Member | LogLikelihood, x: Vector) -> Vector:
    """d(coordinates)/d(parameters), shape (coordinates, names)."""
    out = np.zeros((member.size, len(member.names)))
    jacobian = member.jacobian(x)
    row, numbers, keys = 0, [], []
    for part, place in zip(member.parts, member.slices, strict=True):
        here = slice(row, row + len(part.keys))
        if part.basis is not None:
            out[place, here] = part.basis.inverse
        elif part.function is not None:
            out[place, here] = np.eye(part.size)
        else:
            numbers.append(place.start)
            keys.append(row)
        row = here.stop
    own = jacobian[np.ix_(keys, numbers)]
    with np.errstate(all="ignore"):
        if np.any(own - np.diag(own.diagonal())) and np.isfinite(own).all():
            out[np.ix_(numbers, keys)] = np.linalg.pinv(own)  # shares of labels, which sum to one
        else:
            out[numbers, keys] = 1.0 / own.diagonal()
    return out


def differentiated(f: Callable[[list[Any]], Any], variables: list[Any]) -> tuple[Any, list[Any]]:
    """f and its first derivatives in the local variables: exact where jets go through."""
    try:
        jet = f(seed(variables, 1))
        if isinstance(jet, Jet):
            return jet.value, [0.0 if slope is None else slope for slope in jet.grad]
        return jet, [0.0] * len(variables)
    except TypeError:
        value = f(variables)
        slopes = []
        for i, v in enumerate(variables):
            h = STEP * np.maximum(np.abs(v), 1.0)
            up = f([*variables[:i], v + h, *variables[i + 1 :]])
            down = f([*variables[:i], v - h, *variables[i + 1 :]])
            slopes.append((up - down) / (2.0 * h))
        return value, slopes


# How sure the parameters are.


def has_dependent(parts: Sequence[Part]) -> bool:
    """Whether some columns make up another, so that the data tell sums of coefficients alone."""
    return any(part.basis is not None and part.basis.dependent for part in parts)


def constants_at_edges(member: Member, params: Mapping[Any, float]) -> list[Any]:
    """The keys of constants that lie on an edge of their domain."""
    out = []
    for name, value in member.by_name(params).items():
        domain = member.family.parameters[name].domain
        if not np.isfinite(value) or value in (domain.low, domain.high):
            out.append(member.part(name).keys[0])
    return out


def covariance_of_parameters(
    fit: Estimated,
    proof: Proof,
    kind: str | None = None,
    cluster: Any = None,
    sums: bool = False,
) -> tuple[Vector, NDArray[np.bool_]]:
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
        sums of infinite coefficients are finite; where rows lie on an edge that along the edge.
    unknown : array of bool, shape (k,)
        Parameters that are not identified. A constant on an edge is known, and so is an extreme
        value of the sample, whose error is of a smaller order.
    """
    inner = proof.inner
    separated = proof.direction is not None and inner is not proof.likelihood
    whole = proof.likelihood
    on_edges = inner.names == whole.names and inner.size < whole.size
    clustered = cluster is not None or (kind is None and fit.chosen in CLUSTERED)
    if (separated or on_edges or sums) and not clustered:
        kind = kind or fit.chosen
        alone = replace(proof, regular=inner.names, likelihood=inner)
        among = [list(fit.params).index(k) for k in inner.names]
        found = np.zeros((len(fit.params),) * 2)
        found[np.ix_(among, among)] = covariance(alone, kind)
    else:
        found = fit.covariance(kind, cluster)
    lost = np.isnan(np.diag(found))
    known = [*constants_at_edges(proof.likelihood.member, proof.params), *proof.held]
    unknown = lost & np.array([key not in known for key in fit.params], dtype=bool)
    return np.where(np.isnan(found), 0.0, found), unknown


# The same model on other rows.


def own_rows(member: Member) -> Member:
    """The model on the rows of the fit: all of them, and those alone that were kept."""
    whole = member.unreduced
    source = whole.sample.source
    if not source.gaps:
        return whole
    return replace(whole, sample=_unseen(whole, len(source.pick(whole.rows)[0])))


def on_new_rows(member: Member, bound: Bound | None, data: Any, offset: Any = None) -> Member:
    """The model on new rows, in the same coordinates.

    Parameters
    ----------
    member : Member
    bound : Bound, optional
        What its formulas have learnt; None of a plain sample.
    data : as for `bind_new`; where all rows are alike a table, or anything that has a length
        None: the rows of the fit, with another offset.
    offset : optional
        See `offsets.with_offsets`.
    """
    if offset is not None:
        if bound is None or _alike(member):
            raise ModelError(
                f"{member.family!r} has no offset, so new rows have none; leave offset= out."
            )
        data = with_offsets(bound, bound.table if data is None else table_of(bound, data), offset)
    if bound is None or _alike(member):
        table = Table.of(data) if columns_of(data) is not None else None
        count = _length(data, table)
        bases: dict[int, Basis] = {}
        parts = [part.take(np.zeros(count, dtype=np.intp), bases) for part in member.parts]
        return replace(member, table=table, sample=_unseen(member, count), parts=tuple(parts))
    table, made = bind_new(bound, data)
    parts = []
    for part in member.parts:
        if part.basis is None:
            parts.append(part)
            continue
        name = part.keys[0][0]  # as it was declared: a limit may call the parameter by another
        design = made["designs"][name]
        basis = replace(part.basis, design=design)
        if not part.basis.design.wide:  # whose columns are scaled, no more
            design = design.transformed(part.basis.matrix)
            basis = replace(part.basis, design=design, scale=np.ones(part.basis.size))
        parts.append(replace(part, basis=basis, offset=made["offsets"].get(name)))
    return replace(
        member,
        table=table,
        sample=_unseen(member, table.rows),
        parts=tuple(parts),
        known=made["known"],
    )


def _unseen(member: Member, rows: int) -> Any:
    """A sample of rows whose response is not known."""
    source = Source(Array(np.full(rows, np.nan)))
    return replace(member.sample, rows=rows, source=source, weighted=False)


def _length(data: Any, table: Table | None) -> int:
    """How many rows new data have of which no column is read."""
    if table is not None:
        return table.rows
    try:
        return len(data)
    except TypeError:
        raise DataError(
            "new rows are a table, or an array with a row each; this model follows no column, so "
            f"only their number counts. Got {type(data).__name__}."
        ) from None
