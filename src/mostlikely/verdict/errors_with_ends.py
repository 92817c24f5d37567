"""A limit whose errors end at a predictor: uniform about it, or all on one side of it.

Where a family becomes the uniform law between location − scale and location + scale, the
likelihood is highest where the scale is as small as it can be with every row inside: a linear
program (Chebyshev's; Bloomfield and Steiger 1983, *Least Absolute Deviations*, section 1.3). Where
its errors become exponential or half-normal beyond the location, the sum of the distances, or of
their squares, is least with every row on its side: a linear program, or a least distance problem.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mostlikely.family.base import SpecialCase
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Ended, as_high
from mostlikely.verdict.one_sided import (
    OneSided,
    Spreads,
    least_squares_beyond,
    least_sum_beyond,
    on_one_side,
    program,
    spreads_of,
)
from mostlikely.verdict.proof import Proof

__all__ = ["errors_with_ends"]

#: More rows than this are not given to a program, and so many at most where a maximum is inside.
MOST, INSIDE = 20_000, 2_000


def errors_with_ends(ended: Ended) -> list[Proof]:
    """The proofs that the supremum has errors that end at a linear predictor."""
    loglik, met = ended.loglik.unreduced, ended.optimum
    if met.stop is Stop.NO_START or loglik.shared is not None or loglik.penalty:
        return []
    member, found = loglik.member, []
    if member.rows > (INSIDE if ended.inside else MOST) or not member.sample.weighting.counts:
        return []
    for case in member.family.special_cases:
        if _is_uniform(member, case) and not ended.inside:
            beta, size = _least_largest(member)
            height = -member.total * float(np.log(2.0 * size)) if size > 0.0 else np.inf
            words = f"{case.family.__name__} from -{size:.4g} to {size:.4g}"
            ends = {"low": -size, "high": size}
        elif _is_one_sided(member, case) and _one_predictor(member, case):
            beta, size, height = _on_one_side(member, case)
            words = case.family.__name__
            ends = dict(zip(case.family.parameters, (size, 1.0), strict=True))
        elif _is_one_sided(member, case) and (lines := spreads_of(member, case)) is not None:
            law = case.family.one_sided or (1, 1.0, False)
            solved = on_one_side(*_rows(member, law[2]), lines.columns, law)
            if solved is not None and as_high(loglik, solved.height, met.at.value):
                found.append(_with_spreads(ended, lines, solved, case))
            continue
        else:
            continue
        if np.isfinite(height) and as_high(loglik, height, met.at.value):
            own = case.at(**ends)
            found.append(_proof(ended, own, beta, height, f"{words} about its predictor"))
    return found


def _is_uniform(member: Member, case: SpecialCase) -> bool:
    """Whether a case is the uniform law from −1 to 1 at location 0 and scale 1, at an infinity."""
    standard, family = member.family.standard, case.family
    if standard is None or set(family.sample_extremes) != {"low", "high"}:
        return False
    if standard[0] != member.parts[0].name or not _one_predictor(member, case):
        return False
    at = case.at(low=-1.0, high=1.0)
    plain = member.family.link(member.parts[0].name).name == "identity"
    return plain and (at[standard[0]], at[standard[1]]) == (0.0, 1.0)


def _is_one_sided(member: Member, case: SpecialCase) -> bool:
    """Whether a case has its one end at the predictor, of y or of its logarithm."""
    if case.family.one_sided is None or member.parts[0].basis is None or not member.sample.exact:
        return False
    first = member.parts[0].name
    link, unit = member.family.link(first).name, member.family.parameters[first].unit
    logs = case.family.one_sided[2]
    return (link, unit) in ({("log", 1), ("identity", 0)} if logs else {("identity", 1)})


def _one_predictor(member: Member, case: SpecialCase) -> bool:
    """Whether the first parameter alone follows columns, and all of the family's are free."""
    parts = {part.name for part in member.parts if part.basis is None and part.function is None}
    return (
        member.parts[0].basis is not None
        and len(parts) == len(member.parts) - 1
        and len(member.parts) == sum(not p.known for p in member.family.parameters.values())
        and set(case.when) <= parts
    )


def _rows(member: Member, logs: bool = False) -> tuple[Vector, Vector, Vector]:
    """The columns, the response less the offset, and the weights."""
    rows, part = member.whole(), member.parts[0]
    assert part.basis is not None
    y, w = rows.block.y, rows.block.w
    aim = (np.log(y) if logs else y) - (0.0 if part.offset is None else part.offset)
    columns = rows.designs[0].dense() / part.basis.scale
    kept = np.ones(len(y), dtype=bool) if w is None else w > 0.0
    return columns[kept], aim[kept], np.ones(len(y)) if w is None else w[kept]


def _least_largest(member: Member) -> tuple[Vector, float]:
    """Coordinates of the predictor, and the least largest residual."""
    x, y, _ = _rows(member)
    size = member.response_spread or 1.0
    ones = np.ones((len(y), 1))
    beta = size * program(
        np.append(np.zeros(x.shape[1]), 1.0),
        np.block([[x, -ones], [-x, -ones]]),
        np.concatenate([y, -y]) / size,
    )
    # to the last digit, where the program stops sooner
    return beta[:-1], float(np.abs(y - x @ beta[:-1]).max())


def _on_one_side(member: Member, case: SpecialCase) -> tuple[Vector, float, float]:
    """Coordinates of the predictor, the limit's own first parameter, and the height."""
    assert case.family.one_sided is not None
    power, sign, logs = case.family.one_sided
    x, y, w = _rows(member, logs)
    beta = (least_sum_beyond if power == 1 else least_squares_beyond)(x, y, w, sign)
    distance = np.maximum(sign * (y - x @ beta), 0.0)
    size = float(np.average(distance**power, weights=w)) ** (1.0 / power)
    with np.errstate(divide="ignore"):
        height = -w.sum() * (np.log(size) + (1.0 if power == 1 else 0.5 + 0.5 * np.log(np.pi / 2)))
        height -= w @ y if logs else 0.0
    return beta, 1.0 / size if logs and size > 0.0 else size, float(height)


def _with_spreads(ended: Ended, lines: Spreads, solved: OneSided, case: SpecialCase) -> Proof:
    loglik, met = ended.loglik.unreduced, ended.optimum
    x = met.x.copy()
    x[loglik.member.slices[0]] = solved.beta
    params = {**loglik.natural(lines.moved(x, solved.eta)), **lines.ends}
    verdict = sentences.at_special_case(
        {label(k): v for k, v in lines.ends.items() if np.isinf(v)},
        loglik.member.family.name,
        f"{case.family.__name__} about its predictor",
        0.0,
        tuple(map(label, loglik.names)),
    )
    sentence = f"{verdict.sentence} {sentences.searched(solved.searches, 0)}"
    verdict = replace(verdict, sentence=sentence)
    return Proof(verdict, params, solved.height, met, (), loglik, met, dict, loglik)


def _proof(ended: Ended, own: dict[str, float], beta: Vector, height: float, words: str) -> Proof:
    loglik, met = ended.loglik.unreduced, ended.optimum
    member = loglik.member
    x = met.x.copy()
    x[member.slices[0]] = beta
    own = {k: float(v) for k, v in own.items() if k != member.parts[0].name}
    params = {**loglik.natural(x), **member.by_key(own)}
    ends = {k: v for k, v in own.items() if k in member.constants and not 0.0 < abs(v) < np.inf}
    verdict = sentences.at_special_case(
        ends, member.family.name, words, 0.0, tuple(map(label, loglik.names))
    )
    return Proof(verdict, params, height, met, (), loglik, met, dict, loglik)
