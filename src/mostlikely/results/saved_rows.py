"""The rows of a fit as plain values, for a file that keeps the data; and the proof from them again.

What formulas have learnt is not learnt again, and the estimate is proven from where it lies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from mostlikely.data.bind import Bound, X, bind_new
from mostlikely.data.response import Sample
from mostlikely.data.source.blocks import Array, Rows
from mostlikely.data.source.table import Table
from mostlikely.errors import DataError
from mostlikely.inference.evidence import Evidence
from mostlikely.inference.without_rows import columns_of_bound
from mostlikely.likelihood.build import BoundTogether
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.results.plain import array_of, number, plain, plain_array
from mostlikely.verdict.estimate import estimate
from mostlikely.verdict.proof import Proof

__all__ = ["plain_rows", "with_rows"]

#: How near the maximum of the rows of a file must be to the file's own, per unit of max(1, |ℓ|).
NEAR = 1e-7


def plain_rows(evidence: Evidence) -> dict[str, Any]:
    """Responses, weights and columns of a fit that has its data."""
    loglik, bound = evidence.proof.likelihood.unreduced, evidence.bound
    bounds = bound.members if isinstance(bound, BoundTogether) else [bound]
    return {
        "members": [
            {**_plain_source(member.sample), "table": None if b is None else _plain_table(b)}
            for member, b in zip(loglik.members, bounds, strict=True)
        ],
        "sample": _plain_source(loglik.sample),
        "places": [rows.tolist() for rows in loglik.places],
        "together": isinstance(bound, BoundTogether),
        "table": None
        if not isinstance(bound, BoundTogether) or bound.table is None
        else _plain_columns(bound.table, []),
    }


def with_rows(saved: Mapping[str, Any], light: Evidence, found: Proof) -> Evidence:
    """The evidence of the rows of a file.

    Parameters
    ----------
    saved : mapping
        As of `plain_rows`.
    light : Evidence
        The same without rows.
    found : Proof
        Its proof.

    Raises
    ------
    DataError
        If these rows have another maximum.
    """
    whole = found.likelihood
    bounds = light.bound.members if isinstance(light.bound, BoundTogether) else [light.bound]
    members, bound_again = [], []
    for one, old, bound in zip(saved["members"], whole.members, bounds, strict=True):
        sample = replace(old.sample, source=_source(one))
        if bound is None:
            members.append(Member.of_sample(old.family, sample))
            continue
        made = _bound(one["table"], bound, sample)
        separate = whole.penalty is not None and whole.penalty.separates
        members.append(Member.of(made, separate=separate))
        bound_again.append(made)
    if whole.shared is None:
        loglik = replace(LogLikelihood.of(members[0], whole.penalty), family=whole.family)
    else:
        sample = replace(whole.sample, source=_source(saved["sample"]))
        ties = [(slot.key, slot.owners) for slot in whole.shared.slots]
        places = [np.array(rows, dtype=np.intp) for rows in saved["places"]]
        loglik = LogLikelihood.together(whole.family, members, ties, sample, places, whole.penalty)
    start = found.params if found.verdict.kind == "interior" else None
    proof = estimate(loglik, start)
    same = proof.loglik == found.loglik  # which may be infinite
    if not same and not abs(proof.loglik - found.loglik) <= NEAR * max(1.0, abs(found.loglik)):
        raise DataError(
            f"the rows of the file have a maximum of {proof.loglik:.9g}, and the file says "
            f"{found.loglik:.9g}; it was changed, or saved by another version. Fit again."
        )
    bound = bound_again[0] if bound_again else None
    if saved["together"]:
        table = None if saved["table"] is None else _table(saved["table"])
        bound = BoundTogether(tuple(bound_again), table)
    return Evidence(proof, bound)


def _bound(table: Mapping[str, Any], light: Bound, sample: Sample) -> Bound:
    """A bound model on the rows of a file, read by what its formulas had learnt."""
    rows, made = bind_new(light, _table(table))
    return replace(light, sample=sample, table=rows, **made)


def _plain_source(sample: Sample) -> dict[str, Any]:
    source = sample.source
    rows, w = len(source), source.w
    ends = {} if source.ends is None else {"ends": plain_array(source.ends)}
    return {
        "y": plain_array(source.y.read(0, rows)),
        **ends,
        "w": None if w is None else plain_array(w.read(0, rows)),
        "gaps": source.gaps,
        "unit": plain(float(source.unit)),
    }


def _source(saved: Mapping[str, Any]) -> Rows:
    w = None if saved["w"] is None else Array(array_of(saved["w"], 1))
    y = array_of(saved["y"], len(saved["y"]["shape"]))
    ends = array_of(saved["ends"], 2) if "ends" in saved else None
    return Rows(Array(y), w, bool(saved["gaps"]), number(saved["unit"]), ends)


def _plain_table(bound: Bound) -> dict[str, Any]:
    return _plain_columns(bound.table, list(columns_of_bound(bound)))


def _plain_columns(table: Table, read: list[str]) -> dict[str, Any]:
    """All columns of numbers, booleans and text; others only if the model reads them."""
    columns: dict[str, Any] = {}
    for name in table.names:
        if name == X:
            continue
        try:
            columns[name] = _plain_column(table, name)
        except DataError:
            if name in read:
                raise
    array = plain_array(table.get(X)[_rows(table)]) if X in table else None
    return {"rows": table.rows, "columns": columns, "array": array}


def _rows(table: Table) -> Any:
    return slice(None) if table.keep is None else table.keep


def _plain_column(table: Table, name: str) -> dict[str, Any]:
    if table.holds_labels(name):
        codes, levels = table.labelled(name)
        return {"levels": [plain(level) for level in levels], "codes": codes.tolist()}
    values = table.numbers(name, finite=False)
    kind = {"b": "booleans", "i": "whole", "u": "whole"}.get(values.dtype.kind, "numbers")
    return {"kind": kind, "of": [plain(v) for v in values.tolist()]}


def _table(saved: Mapping[str, Any]) -> Table:
    columns: dict[str, Any] = {}
    for name, column in saved["columns"].items():
        if "levels" in column:
            levels = [*column["levels"], None]
            columns[str(name)] = [levels[int(code)] for code in column["codes"]]
        else:
            dtype = {"booleans": bool, "whole": np.int64, "numbers": float}[column["kind"]]
            columns[str(name)] = np.array(column["of"], dtype=dtype)
    if saved["array"] is not None:
        columns[X] = array_of(saved["array"], 2)
    rows = int(saved["rows"])
    if any(len(column) != rows for column in columns.values()):
        raise ValueError("its columns differ in length")
    return Table(tuple(columns), columns.__getitem__, rows)
