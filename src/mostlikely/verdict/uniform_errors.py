"""A limit whose errors are uniform about a predictor: the fit of least largest residual.

Where a family becomes the uniform law between location − scale and location + scale, its density
is flat, and the likelihood is highest where the scale is as small as it can be with every row
inside: a linear program (Chebyshev's; Bloomfield and Steiger 1983, *Least Absolute Deviations*,
section 1.3).
"""

from __future__ import annotations

import numpy as np

from mostlikely.family.base import SpecialCase
from mostlikely.likelihood.keys import label
from mostlikely.likelihood.member import Member
from mostlikely.solve.objective import Vector
from mostlikely.solve.optimum import Stop
from mostlikely.verdict import sentences
from mostlikely.verdict.check import Ended, as_high
from mostlikely.verdict.proof import Proof

__all__ = ["uniform_errors"]

#: More rows than this are not given to the program.
MOST = 20_000


def uniform_errors(ended: Ended) -> list[Proof]:
    """The proofs, none or one, that the supremum has uniform errors about a linear predictor."""
    loglik, met = ended.loglik.unreduced, ended.optimum
    if ended.inside or met.stop is Stop.NO_START or loglik.shared is not None or loglik.penalty:
        return []
    member = loglik.member
    for case in member.family.special_cases:
        if _is_uniform(member, case):
            found = _least_largest(member)
            if found is None:
                return []
            beta, half = found
            total = member.total
            height = -total * float(np.log(2.0 * half))
            if not as_high(height, met.at.value):
                return []
            return [_proof(ended, case, beta, half, height)]
    return []


def _is_uniform(member: Member, case: SpecialCase) -> bool:
    """Whether a case is the uniform law from −1 to 1 at location 0 and scale 1, at an infinity."""
    standard, family = member.family.standard, case.family
    if standard is None or standard[0] is None or member.rows > MOST:
        return False
    if not member.sample.weighting.counts or set(family.sample_extremes) != {"low", "high"}:
        return False
    if not all(np.isinf(v) for v in case.when.values()):
        return False
    place, scale = standard
    parts = {part.name: part for part in member.parts}
    if place not in parts or parts[place].basis is None or scale not in member.constants:
        return False
    others = set(parts) - {place, scale}
    if others != set(case.when) or not others <= set(member.constants):
        return False
    at = case.at(low=-1.0, high=1.0)
    plain = member.family.link(place).name == "identity"
    return plain and (at[place], at[scale]) == (0.0, 1.0)


def _least_largest(member: Member) -> tuple[Vector, float] | None:
    """Coordinates of the predictor, and the least largest residual."""
    from scipy.optimize import linprog

    index = next(i for i, part in enumerate(member.parts) if part.basis is not None)
    part, rows = member.parts[index], member.whole()
    assert part.basis is not None
    x = rows.designs[index].dense() / part.basis.scale
    y = rows.block.y - (0.0 if part.offset is None else part.offset)
    size = member.response_spread or 1.0
    n, k = x.shape
    ones = np.ones((n, 1))
    solved = linprog(
        np.append(np.zeros(k), 1.0),
        A_ub=np.block([[x, -ones], [-x, -ones]]),
        b_ub=np.concatenate([y, -y]) / size,
        bounds=[(None, None)] * k + [(0.0, None)],
        method="highs",
    )
    if solved.x is None:
        return None
    beta = size * solved.x[:k]
    half = float(np.abs(y - x @ beta).max())  # to the last digit, where the program stops sooner
    return (beta, half) if half > 0.0 else None


def _proof(ended: Ended, case: SpecialCase, beta: Vector, half: float, height: float) -> Proof:
    loglik, met = ended.loglik, ended.optimum
    member = loglik.member
    scale = (member.family.standard or ("", ""))[1]
    index = next(i for i, part in enumerate(member.parts) if part.basis is not None)
    x = met.x.copy()
    x[member.slices[index]] = beta
    own = member.by_key({scale: half, **case.when})
    params = {k: float(v) for k, v in {**loglik.natural(x), **own}.items()}
    ends = {label(k): v for k, v in own.items() if np.isinf(v)}
    words = f"{case.family.__name__} from -{half:.4g} to {half:.4g} about its predictor"
    verdict = sentences.at_special_case(
        ends, member.family.name, words, 0.0, tuple(map(label, loglik.names))
    )
    return Proof(verdict, params, height, met, (), loglik, met, dict, loglik)
