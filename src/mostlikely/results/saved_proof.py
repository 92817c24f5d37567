"""A proof without its rows as plain values: coordinates, covariances, where it ended; and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields, replace
from typing import Any

import numpy as np

from mostlikely.data.absent import NoRows, no_design
from mostlikely.data.formula.orthogonal import Basis
from mostlikely.data.observation import Exact, Partly
from mostlikely.data.response import Sample
from mostlikely.family import restored
from mostlikely.family.base import Family
from mostlikely.likelihood.coordinates import Part
from mostlikely.likelihood.loglikelihood import LogLikelihood
from mostlikely.likelihood.member import Member
from mostlikely.likelihood.shared import Shared
from mostlikely.results.plain import (
    array_of,
    key_of,
    keyed,
    mapped,
    name_of,
    number,
    plain,
    plain_array,
    tree,
)
from mostlikely.solve.objective import Evaluation
from mostlikely.solve.optimum import Optimum, Stop
from mostlikely.verdict.proof import InnerNames, Kept, Proof, Separation
from mostlikely.verdict.verdict import Verdict

__all__ = ["family_of", "plain_proof", "plain_verdict", "proof_of", "verdict_of"]


def plain_verdict(verdict: Verdict) -> dict[str, Any]:
    """A verdict's fields."""
    found = {f.name: getattr(verdict, f.name) for f in fields(verdict)}
    return {
        k: list(map(plain, v)) if isinstance(v, tuple | list) else plain(v)
        for k, v in found.items()
    }


def verdict_of(saved: Mapping[str, Any]) -> Verdict:
    """The inverse of `plain_verdict`."""
    return Verdict(
        saved["kind"],
        saved["ok"],
        saved["sentence"],
        number(saved["decrement"]),
        tuple(saved["parameters"]),
    )


def family_of(described: Mapping[str, Any], general: Family) -> Family:
    """A described family: one of the library's, or a special case that a family declares."""
    relatives: dict[str, Any] = {
        case.family.__name__: case.family for case in general.special_cases
    }
    name = described["family"]
    if name == type(general).__name__:
        return type(general).restore(described)
    return relatives[name].restore(described) if name in relatives else restored(described)


def plain_proof(proof: Proof) -> dict[str, Any]:
    """A proof that has no rows; see `inference.without_rows`."""
    loglik, kept = proof.likelihood, proof.kept
    inner: Any = proof.inner
    assert kept is not None
    separation = proof.separation
    return {
        "params": keyed(proof.params),
        "loglik": plain(proof.loglik),
        "x": plain_array(proof.optimum.x),
        "regular": [name_of(k) for k in proof.regular],
        "held": keyed(proof.held),
        "rank": proof.rank,
        "inner": None
        if inner is loglik
        else {
            "names": [name_of(k) for k in inner.names],
            "size": inner.size,
            "sample": _plain_sample(inner.sample),
        },
        "separation": None
        if separation is None
        else {
            "direction": keyed(separation.direction),
            "point": keyed(separation.point),
            "flat": plain_array(separation.flat),
            "moved": plain_array(separation.moved),
        },
        "covariances": {k: plain_array(v) for k, v in kept.covariances.items()},
        "of_inner": {k: plain_array(v) for k, v in kept.inner.items()},
        "points": [None if v is None else plain_array(v) for v in kept.points],
        "members": [_plain_member(m) for m in loglik.members],
        "shared": None if loglik.shared is None else _plain_shared(loglik.shared),
        "sample": _plain_sample(loglik.sample),
        "limit": None
        if proof.limit is None
        else {
            "verdict": plain_verdict(proof.limit.verdict),
            "families": [tree(m.family.describe()) for m in proof.limit.likelihood.members],
            "proof": plain_proof(proof.limit),
        },
    }


def proof_of(
    saved: Mapping[str, Any], model: Family, families: Sequence[Family], verdict: Verdict, more: Any
) -> Proof:
    """The inverse of `plain_proof`.

    Parameters
    ----------
    saved : mapping
    model : Family
        As it was declared.
    families : sequence of Family
        Of each member.
    verdict : Verdict
    more : Penalty, optional
        The penalty.
    """
    members = [_member(one, family) for one, family in zip(saved["members"], families, strict=True)]
    if saved["shared"] is None:
        loglik = replace(LogLikelihood.of(members[0], more), family=model)
    else:
        shared = _shared(saved["shared"], members)
        sample = _sample(saved["sample"])
        loglik = LogLikelihood(tuple(members), model, sample, shared, (), more)
    params = mapped(saved["params"])
    if set(params) != set(loglik.names):
        raise ValueError("its parameters are not those of its model")
    x = array_of(saved["x"], 1)
    if len(x) > loglik.size:
        raise ValueError("its point has other coordinates than its model")
    value = number(saved["loglik"])
    at = Optimum(
        x, Evaluation(value, np.zeros(0), np.zeros((0, 0))), verdict.decrement, 0, Stop.OPTIMUM
    )
    inner: Any = loglik
    if saved["inner"] is not None:
        names = tuple(map(key_of, saved["inner"]["names"]))
        inner = InnerNames(names, int(saved["inner"]["size"]), _sample(saved["inner"]["sample"]))
    separation = saved["separation"]
    if separation is not None:
        separation = Separation(
            mapped(separation["direction"]),
            mapped(separation["point"]),
            array_of(separation["flat"], 2),
            array_of(separation["moved"], 2),
        )
    limit = saved["limit"]
    if limit is not None:
        kin = [
            family_of(described, family)
            for described, family in zip(limit["families"], families, strict=True)
        ]
        top = kin[0] if len(kin) == 1 else model
        limit = proof_of(limit["proof"], top, kin, verdict_of(limit["verdict"]), more)
    return Proof(
        verdict,
        params,
        value,
        at,
        tuple(map(key_of, saved["regular"])),
        inner,
        at,
        dict,
        loglik,
        limit,
        mapped(saved["held"]),
        separation,
        saved["rank"],
        Kept(
            _square(saved["covariances"], len(loglik.names)),
            _square(saved["of_inner"], len(inner.names)),
            tuple(None if v is None else array_of(v, 2) for v in saved["points"]),
        ),
    )


def _square(saved: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Covariances of so many parameters."""
    found = {str(kind): array_of(matrix, 2) for kind, matrix in saved.items()}
    if any(matrix.shape != (size, size) for matrix in found.values()):
        raise ValueError("a covariance has another size than the parameters are many")
    return found


# Members and their coordinates.


def _plain_sample(sample: Sample) -> dict[str, Any]:
    seen = sample.observation
    known = ("label", "kind", "rows", "dropped", "n", "weighted", "smallest", "largest")
    found: dict[str, Any] = {
        name: plain(getattr(sample, name)) for name in (*known, "constant", "total")
    }
    if isinstance(seen, Partly):
        found["seen"] = asdict(seen)
    return {**found, "stored": sample.stored}


def _sample(saved: Mapping[str, Any]) -> Sample:
    rows: Any = NoRows(int(saved["stored"]))
    seen = saved.get("seen")
    return Sample(
        Exact() if seen is None else Partly(**{str(k): int(v) for k, v in seen.items()}),
        str(saved["label"]),
        str(saved["kind"]),
        int(saved["rows"]),
        int(saved["dropped"]),
        number(saved["n"]),
        bool(saved["weighted"]),
        number(saved["smallest"]),
        number(saved["largest"]),
        bool(saved["constant"]),
        number(saved["total"]),
        rows,
    )


def _plain_member(member: Member) -> dict[str, Any]:
    bases: list[Any] = []
    places: dict[int, int] = {}
    for part in member.parts:
        if part.basis is not None and id(part.basis) not in places:
            places[id(part.basis)] = len(bases)
            bases.append(_plain_basis(part.basis))
    return {
        "sample": _plain_sample(member.sample),
        "bases": bases,
        "parts": [
            {
                "name": part.name,
                "keys": [name_of(k) for k in part.keys],
                "basis": None if part.basis is None else places[id(part.basis)],
                "offset": part.offset is not None,
                "function": part.function is not None,
                "times": part.times,
            }
            for part in member.parts
        ],
    }


def _member(saved: Mapping[str, Any], family: Family) -> Member:
    sample = _sample(saved["sample"])
    bases = [_basis(basis, sample.stored) for basis in saved["bases"]]
    parts = []
    for part in saved["parts"]:
        function = family.predictors[part["name"]].function if part["function"] else None
        parts.append(
            Part(
                str(part["name"]),
                tuple(map(key_of, part["keys"])),
                None if part["basis"] is None else bases[part["basis"]],
                np.zeros(0) if part["offset"] else None,
                function,
                None if part["times"] is None else number(part["times"]),
            )
        )
    if tuple(part.name for part in parts) != tuple(family.free):
        raise ValueError("its predictors are not those of its model")
    return Member(family, sample, tuple(parts))


def _plain_basis(basis: Basis) -> dict[str, Any]:
    design = basis.design
    separate = design.wide and not basis.dependent
    return {
        "terms": list(design.terms),
        "width": design.width,
        "wide": design.wide,
        "scale": plain_array(basis.scale),
        "matrix": None if separate else plain_array(basis.matrix),
        "inverse": None if separate else plain_array(basis.inverse),
        "dependent": [[column, plain_array(way)] for column, way in basis.dependent],
    }


def _basis(saved: Mapping[str, Any], rows: int) -> Basis:
    scale = array_of(saved["scale"], 1)
    if saved["matrix"] is None:  # columns that are no more than scaled
        matrix, inverse = np.diag(1.0 / scale), np.diag(scale)
    else:
        matrix, inverse = array_of(saved["matrix"], 2), array_of(saved["inverse"], 2)
    if matrix.shape != inverse.shape[::-1] or matrix.shape[1] != len(scale):
        raise ValueError("the sizes of its coordinates do not fit together")
    terms = tuple(map(str, saved["terms"]))
    return Basis(
        no_design(terms, int(saved["width"]), rows, bool(saved["wide"])),
        scale,
        matrix,
        inverse,
        tuple((int(column), array_of(way, 1)) for column, way in saved["dependent"]),
    )


def _plain_shared(shared: Shared) -> dict[str, Any]:
    return {
        "slots": [[name_of(slot.key), [list(o) for o in slot.owners]] for slot in shared.slots],
        "matrix": plain_array(shared.matrix),
        "inverse": plain_array(shared.inverse),
        "jacobians": [plain_array(j) for j in shared.jacobians],
        "coefficients": [
            {"keys": [name_of(k) for k in part.keys], "basis": _plain_basis(part.basis)}
            for part in shared.parts
            if part.basis is not None
        ],
    }


def _shared(saved: Mapping[str, Any], members: Sequence[Member]) -> Shared:
    ties = [
        (key_of(key), tuple((int(m), int(place)) for m, place in owners))
        for key, owners in saved["slots"]
    ]
    parts = tuple(
        Part("coefficients", tuple(map(key_of, part["keys"])), _basis(part["basis"], 0))
        for part in saved["coefficients"]
    )
    return Shared.at(
        members,
        ties,
        array_of(saved["matrix"], 2),
        array_of(saved["inverse"], 2),
        tuple(array_of(j, 2) for j in saved["jacobians"]),
        parts,
    )
